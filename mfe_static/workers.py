"""The seam for parallel work: an executor of `concurrent.futures`, or none where the work is too small for one.

Processes, because rendering is Python all the way down. They are forked where that is possible and safe, as a fork
shares the modules that are loaded already; elsewhere they are spawned. What runs in them is a function of its arguments
(`cache.cached_map`), so a cluster can take its place.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

WORTH_IT = 48
"""Pages from which on starting processes pays."""


@contextmanager
def workers(jobs: int, pages: int) -> Iterator[Executor | None]:
    """An executor of `jobs` processes (0: one for each core); None when one process, or so few pages, need none."""
    count = jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else jobs or os.cpu_count() or 1
    if count < 2 or pages < WORTH_IT:
        yield None
        return
    forkable = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if forkable else "spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=_leave_interrupts_to_parent) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches every process of the terminal; only the parent has something to say about it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
