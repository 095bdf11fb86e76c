"""Bounds for work: who is ended, and that nobody else is."""

import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mfe_static.limits import TooSlow, alarm, limited


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("mfe_static.limits.SECONDS_PER_PAGE", 0.001)
    yield


def endless() -> None:
    while True:
        pass


def enough() -> None:
    """Go on for longer than any work may."""
    end = time.monotonic() + 0.01
    while time.monotonic() < end:
        pass


def test_work_without_end_is_ended_and_more_may_follow() -> None:
    with alarm():
        for _ in range(3):
            with pytest.raises(TooSlow):
                limited(endless)
        assert limited(divmod, 7, 2) == (3, 1)


def test_what_is_not_limited_is_left_alone() -> None:
    with alarm():
        enough()
        limited(int)
        enough()
    enough()


def test_of_works_in_works_the_innermost_ends() -> None:
    ended = []

    def inner() -> None:
        try:
            limited(endless)
        except TooSlow:
            ended.append("inner")
        endless()

    with alarm(), pytest.raises(TooSlow):
        limited(inner)
    assert ended == ["inner"]


def test_work_that_does_not_end_when_it_is_told_to_is_told_again() -> None:
    def stubborn() -> None:
        try:
            endless()
        except TooSlow:
            endless()

    with alarm(), pytest.raises(TooSlow):
        limited(stubborn)


def test_alarms_in_alarms_and_those_of_others_are_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mfe_static.limits.SECONDS_PER_PAGE", 1000.0)
    before = signal.signal(signal.SIGALRM, others := _nothing)
    try:
        signal.setitimer(signal.ITIMER_REAL, 5000)
        with alarm():
            ours = signal.getsignal(signal.SIGALRM)
            with alarm():
                pass
            assert signal.getsignal(signal.SIGALRM) is ours
            assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 1000
        assert signal.getsignal(signal.SIGALRM) is others
        assert 1000 < signal.getitimer(signal.ITIMER_REAL)[0] <= 5000
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _nothing(*_: object) -> None:
    pass


@pytest.mark.parametrize("work", [enough, lambda: limited(enough)])
def test_other_threads_work_unbounded(work: Callable[[], None]) -> None:
    failed = []

    def run() -> None:
        try:
            with alarm():
                limited(work)
        except TooSlow:
            failed.append(1)

    with alarm():
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert not failed
