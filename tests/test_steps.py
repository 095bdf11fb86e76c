"""Work in step: the same results as one after another, in the order that was asked for."""

from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfe_static.clock import Timings
from mfe_static.steps import AT_ONCE, TOGETHER, alone, in_step


def _work(name: int, steps: int, log: list[tuple[int, int]]) -> Generator[None, None, int]:
    for step in range(steps):
        log.append((step, name))
        yield
    log.append((steps, name))
    return name


@given(st.lists(st.integers(0, 4), max_size=3 * AT_ONCE))
def test_results_come_in_order_however_many_steps_each_takes(lengths: list[int]) -> None:
    log: list[tuple[int, int]] = []
    timings = Timings()
    works = ((str(name), 1, _work(name, steps, log)) for name, steps in enumerate(lengths))
    assert in_step("read", works, timings) == list(range(len(lengths)))
    for first in range(0, len(lengths), AT_ONCE):  # a step of one is done before the next step of any other
        group = [entry for entry in log if first <= entry[1] < first + AT_ONCE]
        assert group == sorted(group)
    assert {(spent.kind, spent.name, spent.times) for spent in timings.taken()} == {
        ("read", str(name), 1) for name in range(len(lengths))
    }


def test_of_large_works_few_are_begun_at_once() -> None:
    log: list[tuple[int, int]] = []
    works = ((str(name), TOGETHER // 2, _work(name, 1, log)) for name in range(4))
    assert in_step("read", works, Timings(keep=False)) == [0, 1, 2, 3]
    assert log == [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3), (1, 2), (1, 3)]


def test_one_work_alone_gives_what_it_returns() -> None:
    log: list[tuple[int, int]] = []
    assert alone(_work(7, 3, log)) == 7
    assert log == [(step, 7) for step in range(4)]


def test_whoever_asks_is_told_the_error_of_a_step() -> None:
    def fails() -> Generator[None, None, int]:
        yield
        raise ValueError("no more")

    log: list[tuple[int, int]] = []
    with pytest.raises(ValueError, match="no more"):
        in_step("read", [("a", 0, _work(1, 3, log)), ("b", 0, fails())], Timings(keep=False))
    assert log == [(0, 1), (1, 1)], "the others go no further"
