"""Bounds for work on what users write: a page may take long, but not forever.

A template can loop, a regular expression can crawl. The bound is generous, is there to turn "it hangs" into a
problem with a file's name, and never decides what a page looks like. It rests on `SIGALRM`, so it holds in the main
thread of a process (workers, the command line); elsewhere the work runs unbounded.

An alarm that is set and taken back for each page took 4 % of a build. So one is set for many pages (`alarm`), and when
it rings, the frames that it interrupts tell what is going on: whether work is `limited`, and since when. It can raise
nowhere else, and the innermost of such works is who ends.
"""

import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import ParamSpec, TypeVar

SECONDS_PER_PAGE = 30.0
"""For each of its steps."""
OUTPUT_LIMIT = 16 * 1024 * 1024
"""Characters that one page may have."""

Given = ParamSpec("Given")
Result = TypeVar("Result")


class TooSlow(Exception):
    """The time is up."""


@contextmanager
def alarm() -> Iterator[None]:
    """Watch over the `limited` works inside the block."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGALRM, _ring)
    timer = signal.setitimer(signal.ITIMER_REAL, SECONDS_PER_PAGE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *timer)


def limited(work: Callable[Given, Result], *args: Given.args, **named: Given.kwargs) -> Result:
    """What `work` gives. Raises `TooSlow` inside it when it takes longer than `SECONDS_PER_PAGE` of wall time and an
    `alarm` is set."""
    began = time.monotonic()  # noqa: F841  read by `_ring`
    return work(*args, **named)


def limited_steps(work: Generator[None, None, Result]) -> Generator[None, None, Result]:
    """The same for each step of `work`."""
    while True:
        try:
            limited(next, work)
        except StopIteration as end:
            result: Result = end.value
            return result
        yield


def _ring(_signal: int, frame: FrameType | None) -> None:
    """End the work that has taken too long, or come back when it might have."""
    while frame and frame.f_code is not limited.__code__:
        frame = frame.f_back
    now = time.monotonic()
    began = frame.f_locals.get("began", now) if frame else now
    left = began + SECONDS_PER_PAGE - now
    if left > 0:  # what begins later has all of its time
        signal.setitimer(signal.ITIMER_REAL, left)
    else:
        signal.setitimer(signal.ITIMER_REAL, SECONDS_PER_PAGE)  # for what goes on although it was told to end
        raise TooSlow
