"""Bounds for work on what users write: a page may take long, but not forever.

A template can loop, a regular expression can crawl. The bound is generous, is there to turn "it hangs" into a
problem with a file's name, and never decides what a page looks like. It rests on `SIGALRM`, so it holds in the main
thread of a process (workers, the command line); elsewhere the work runs unbounded.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS_PER_PAGE = 30.0


class TooSlow(Exception):
    """The time is up."""


@contextmanager
def time_limit(seconds: float = SECONDS_PER_PAGE) -> Iterator[None]:
    """Raise `TooSlow` inside the block when it takes longer than `seconds` of wall time."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow
