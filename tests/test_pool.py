"""Promises about the processes that work for a build: they answer in order, whatever sizes and times, and they end."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfe_static import pool as room
from mfe_static import processes
from mfe_static.pool import Call, Killed, Pool
from mfe_static.problems import problem
from mfe_static.state import Damaged
from mfe_static.workers import WORTH_IT, Crew
from mfe_static.write import OutputFailed


@pytest.fixture(autouse=True)
def forkable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever thread another test has left."""
    monkeypatch.setattr(room, "forkable", lambda: True)
    monkeypatch.setattr(processes, "forkable", lambda: True)


@pytest.fixture(params=["forked", "spawned"])
def pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """Two processes, begun in either way."""
    monkeypatch.setattr(room, "forkable", lambda: request.param == "forked")
    with Pool(2) as made:
        yield made


def double(number: int) -> int:
    return 2 * number


def filled(size: int, seconds: float, given: bytes) -> bytes:
    time.sleep(seconds)
    return bytes(size) + given[:1]


def fail(number: int) -> int:
    raise LookupError(number)


def say(number: int) -> int:
    sys.stdout.write("a word\n")
    sys.stdout.flush()
    os.write(1, b"another")
    return number


def end_after(number: int) -> int:
    if number:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def end(process: int) -> int:
    os.kill(process, signal.SIGKILL)
    return 0


def who() -> tuple[int, int]:
    time.sleep(0.05)  # so that the other one has to take the next
    return os.getpid(), os.getppid()


def test_answers_come_in_the_order_of_the_tasks(pool: Pool) -> None:
    tasks = [(f"task {number}", (double, (number,))) for number in range(50)]
    assert [*pool.work_through(tasks)] == [(f"task {number}", 2 * number) for number in range(50)]
    assert [*pool.work_through(tasks[:3])] == [("task 0", 0), ("task 1", 2), ("task 2", 4)]


def test_the_next_call_may_depend_on_what_comes_of_those_before(pool: Pool) -> None:
    done = [1]

    def calls() -> Iterator[tuple[str, Call] | None]:
        while (value := done[-1]) < 64:
            yield "twice", (double, (value,))
            while done[-1] == value:
                yield None

    for _, answer in pool.work_through(calls()):
        done.append(answer)
    assert done == [1, 2, 4, 8, 16, 32, 64]


@given(
    st.lists(st.tuples(st.sampled_from([0, 70_000, 3_000_000]), st.sampled_from([0, 70_000, 3_000_000])), max_size=9)
)
@settings(max_examples=settings().max_examples // 4)
def test_nobody_waits_for_one_who_waits_whatever_the_sizes(sizes: list[tuple[int, int]]) -> None:
    answer_to_all(sizes)


def test_nobody_waits_for_one_who_waits_where_pipes_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_ROOM", 4096)  # as they are made for a user who has many
    answer_to_all([(5_000, 9_000)] * 40)


def answer_to_all(sizes: Sequence[tuple[int, int]]) -> None:
    with Pool(2) as pool:
        tasks = [(n, (filled, (back, 0.0, bytes(there)))) for n, (there, back) in enumerate(sizes)]
        done = [(n, len(answer)) for n, answer in pool.work_through(tasks)]
    assert done == [(n, back + (there > 0)) for n, (there, back) in enumerate(sizes)]


def test_a_slow_answer_keeps_the_others_in_order(pool: Pool) -> None:
    tasks = [(n, (filled, (n, 0.2 * (n == 1), b""))) for n in range(20)]
    assert [len(answer) for _, answer in pool.work_through(tasks)] == [*range(20)]


def test_what_a_call_raises_is_raised_here_and_says_where(pool: Pool) -> None:
    answers = pool.work_through([(0, (double, (1,))), (1, (fail, (7,))), (2, (double, (3,)))])
    assert next(answers) == (0, 2)
    with pytest.raises(LookupError, match="7") as raised:
        next(answers)
    assert "in fail" in "".join(raised.value.__notes__)
    assert [*pool.work_through([(0, (double, (4,)))])] == [(0, 8)], "the others go on"


class Odd(Exception):
    """Made of two things, of which it tells one."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__(name)
        self.value = value


def fail_oddly(value: str) -> NoReturn:
    raise Odd("a name", threading.Lock() if value == "lock" else value)


@pytest.mark.parametrize("value", ["lock", "word"])
def test_what_a_call_raises_is_told_where_it_cannot_be_sent_as_it_is(pool: Pool, value: str) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)in fail_oddly.*Odd: a name"):
        [*pool.work_through([(0, (fail_oddly, (value,)))])]
    assert [*pool.work_through([(0, (double, (4,)))])] == [(0, 8)], "the others go on"


@pytest.mark.parametrize("raised", [Damaged("a.0.pack", "no room", full=True), OutputFailed(problem("disk-full", "x"))])
def test_what_a_build_can_mend_comes_out_as_it_went_in(pool: Pool, raised: Exception) -> None:
    with pytest.raises(type(raised)) as found:
        [*pool.work_through([(0, (fail_with, (raised,)))])]
    assert {**vars(found.value), "__notes__": []} == {**vars(raised), "__notes__": []}


def fail_with(raised: Exception) -> NoReturn:
    raise raised


def test_what_is_printed_is_no_answer(pool: Pool) -> None:
    assert [*pool.work_through([(0, (say, (1,)))])] == [(0, 1)]


def test_a_process_that_was_killed_is_noticed(pool: Pool) -> None:
    with pytest.raises(Killed):
        [*pool.work_through([(n, (end_after, (n == 3,))) for n in range(20)])]


@pytest.mark.parametrize("which", [0, 1])
def test_whoever_of_them_is_killed_is_noticed_and_nobody_is_left(which: int) -> None:
    with children_gone(), Pool(2) as pool:
        found = {answer for _, answer in pool.work_through((n, (who, ())) for n in range(8))}
        first, second = sorted(found, key=lambda its: its[1] != os.getpid())
        assert (first[1], second[1]) == (os.getpid(), first[0]), "the first one was forked here, and divided"
        os.kill((first, second)[which][0], signal.SIGKILL)
        with pytest.raises(Killed):
            [*pool.work_through((n, (double, (n,))) for n in range(1_000))]


def test_what_is_read_before_they_divide_is_there_in_all() -> None:
    with Pool(2, lambda: os.environ.update(READ=str(os.getpid()))) as pool:
        found = {answer for _, answer in pool.work_through((n, (seen, ())) for n in range(8))}
    assert len(found) == 2
    assert {read for _, read in found} & {process for process, _ in found}
    assert len({read for _, read in found}) == 1
    assert "READ" not in os.environ


def test_what_cannot_be_read_before_they_divide_keeps_nobody_from_working() -> None:
    with Pool(2, lambda: 1 // 0) as pool:
        assert [*pool.work_through((n, (double, (n,))) for n in range(3))] == [(0, 0), (1, 2), (2, 4)]


def test_where_the_system_has_no_more_processes_fewer_do_the_work() -> None:
    def refuse() -> NoReturn:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with Pool(3, lambda: setattr(os, "fork", refuse)) as pool:
        tasks = [(n, (filled, (3_000_000, 0.0, bytes(3_000_000)))) for n in range(9)]
        assert [len(answer) for _, answer in pool.work_through(tasks)] == [3_000_001] * 9


def test_one_is_nobody() -> None:
    assert not Pool(1)


def seen() -> tuple[str, str]:
    time.sleep(0.05)
    return str(os.getpid()), os.environ["READ"]


@pytest.mark.parametrize("forked", [True, False])
def test_nothing_is_left_of_them(monkeypatch: pytest.MonkeyPatch, forked: bool) -> None:
    monkeypatch.setattr(room, "forkable", lambda: forked)
    before, open_before = {*threading.enumerate()}, len(os.listdir("/proc/self/fd"))
    with children_gone(), Pool(2) as pool:
        assert len([*pool.work_through((n, (double, (n,))) for n in range(9))]) == 9
        pool.dismiss()
        pool.dismiss()
    assert {*threading.enumerate()} == before, "the next build can fork"
    assert len(os.listdir("/proc/self/fd")) == open_before


@pytest.mark.parametrize("call", ["fork", "pipe"])
def test_where_the_system_has_no_more_processes_a_crew_does_the_work_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse() -> NoReturn:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    open_before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(room, "forkable", lambda: True)
    monkeypatch.setattr(os, call, refuse)
    with Crew(2, lambda: str(tmp_path)) as crew:
        done = [found for _, found in crew.work_through(times, {"": 3}, [("", 1), ("", 2)], amount=WORTH_IT)]
    assert done == [3, 6]
    assert len(os.listdir("/proc/self/fd")) == open_before


def test_work_that_nobody_waits_for_any_more_keeps_nobody(pool: Pool) -> None:
    tasks = ((n, (filled, (3_000_000, 0.0, b""))) for n in range(99))
    assert next(pool.work_through(tasks))[0] == 0
    with pytest.raises(ZeroDivisionError), pool:
        next(pool.work_through(tasks))
        raise ZeroDivisionError


def test_a_message_that_was_interrupted_in_the_middle_ends_them(monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def interrupted(place: int, message: bytes) -> NoReturn:
        monkeypatch.undo()
        write(place, message[:13])
        raise KeyboardInterrupt

    with children_gone(), pytest.raises(KeyboardInterrupt), Pool(2) as pool:
        [*pool.work_through((n, (double, (n,))) for n in range(3))]
        monkeypatch.setattr(os, "write", interrupted)
        [*pool.work_through((n, (double, (n,))) for n in range(3))]


@pytest.mark.parametrize("step", ["dismiss", "end"])
def test_an_end_that_was_interrupted_in_the_middle_is_an_end(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    real, steps = getattr(room._Hand, step), iter(range(9))

    def interrupted(hand: room._Hand) -> None:
        real(hand)
        if next(steps) == 0:
            raise KeyboardInterrupt

    with children_gone(), a_child_that_holds_what_is_there_later() as begin:
        pool = Pool(2)
        begin()
        with pytest.raises(KeyboardInterrupt), pool:
            [*pool.work_through((n, (double, (n,))) for n in range(3))]
            monkeypatch.setattr(room._Hand, step, interrupted)
            with pool:
                pool.dismiss()


def test_nobody_waits_for_work_that_is_given_up(pool: Pool) -> None:
    with pytest.raises(ZeroDivisionError), pool:
        next(pool.work_through((n, (filled, (0, 600.0 * (n > 0), b""))) for n in range(9)))
        raise ZeroDivisionError


def test_whoever_is_begun_is_not_interrupted_before_it_can_say_what_that_means(monkeypatch: pytest.MonkeyPatch) -> None:
    parent, fork = os.getpid(), os.fork

    def interrupted() -> int:
        child = fork()
        if child == 0 and os.getppid() == parent:
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                os._exit(1)
        return child

    monkeypatch.setattr(processes, "cores", lambda: 2)
    monkeypatch.setattr(os, "fork", interrupted)
    with Pool(2) as pool:
        assert [*pool.work_through([(0, (double, (1,)))])] == [(0, 2)]
    process = processes.beside(lambda: b"x")
    assert process and process.given() == b"x" and process.done()


def interrupt_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    end = room._Hand.end

    def interrupted(hand: room._Hand) -> None:
        signal.raise_signal(signal.SIGINT)
        end(hand)

    monkeypatch.setattr(room._Hand, "end", interrupted)


def test_whoever_ends_is_not_interrupted_and_is_told_then(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt_the_end(monkeypatch)
    with children_gone(), pytest.raises(KeyboardInterrupt), Pool(2) as pool:
        [*pool.work_through((n, (double, (n,))) for n in range(3))]
    assert not pool


def test_a_pipe_that_another_child_holds_keeps_nobody() -> None:
    with children_gone(), a_child_that_holds_what_is_there_later() as begin, Pool(2) as pool:
        begin()
        [*pool.work_through((n, (double, (n,))) for n in range(9))]
        pool.dismiss()
        pool.__exit__(None, None, None)


@contextmanager
def a_child_that_holds_what_is_there_later() -> Iterator[Callable[[], None]]:
    """What begins a child, which has all pipes that are open then until the block is over."""
    reading, writing = os.pipe()
    children: list[int] = []

    def begin() -> None:
        if (child := os.fork()) == 0:
            os.close(writing)
            os.read(reading, 1)  # as long as its parent lives
            os._exit(0)
        children.append(child)

    yield begin
    os.close(writing)
    for child in children:
        os.waitpid(child, 0)
    os.close(reading)


@contextmanager
def children_gone() -> Iterator[None]:
    """All children that are begun inside have ended, and were waited for."""
    mine = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    before = mine.read_text().split()
    yield
    assert mine.read_text().split() == before


def times(context: int, batch: int) -> int:
    return context * batch


def test_a_crew_that_was_interrupted_twice_leaves_no_file_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_the_end(monkeypatch)
    with children_gone(), pytest.raises(KeyboardInterrupt), Crew(2, lambda: str(tmp_path)) as crew:
        next(crew.work_through(times, {"": 2}, [("", number) for number in range(99)], amount=WORTH_IT))
        raise KeyboardInterrupt
    assert not [*tmp_path.iterdir()]


def test_a_crew_leaves_no_file_behind(tmp_path: Path) -> None:
    with Crew(2, lambda: str(tmp_path)) as crew:
        tasks = [("double", number) for number in range(8)]
        done = [found for _, found in crew.work_through(times, {"double": 2}, tasks, amount=WORTH_IT)]
        crew.dismiss()
    assert done == [0, 2, 4, 6, 8, 10, 12, 14]
    assert not [*tmp_path.iterdir()]
