"""The seam for parallel work: batches go to an executor of `concurrent.futures`, or are done here where they are few.

Processes, because rendering is Python all the way down. What a batch needs beside itself, its *context*, is made once
by the parent and is there when a process starts: forked, it shares the parent's memory; where processes cannot be
forked, it is sent to each once. What comes back is small, because workers write what is large to disk themselves. Work
is a function of its context and its batch, so it does not matter who does it or when, and a cluster can take the place
of the processes. In every batch, whatever is `limited` is bounded.
"""

import contextlib
import gc
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from mfe_static.limits import alarm

if TYPE_CHECKING:
    from concurrent.futures import Future

Context = TypeVar("Context")
Batch = TypeVar("Batch")
Result = TypeVar("Result")


class Killed(Exception):
    """A process was ended from outside."""


WORTH_IT = 48
"""Pages from which on starting processes pays."""
_AHEAD = 4
"""Batches that wait for each process, so that none is idle and few results pile up."""


def seldom_collect() -> None:
    """Let Python look for circles of garbage seldom: a build makes few, and looking at all it holds takes long."""
    gc.set_threshold(1_000_000, 20, 100)


def cores() -> int:
    """How many processes can work at once on this machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def batches(items: Sequence[Batch], size: int) -> list[Sequence[Batch]]:
    """Neighbours together."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def batch_size(amount: int, jobs: int) -> int:
    """How many items of `amount` make a batch: few enough that all processes end at about the same time."""
    return max(8, min(64, amount // ((jobs or cores()) * 8)))


def work_through(
    work: Callable[[Context, Batch], Result],
    context: Context,
    tasks: Iterable[Batch],
    *,
    jobs: int,
    amount: int,
) -> Iterator[tuple[Batch, Result]]:
    """Each task with its result, in order; a task is taken when there is somebody to do it.

    `jobs`: processes (0: one for each core); `amount`: pages in all tasks. Raises `Killed`."""
    count = jobs or cores()
    if count < 2 or amount < WORTH_IT:
        for task in tasks:
            yield task, _done(work, context, task)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    # Forking is safe only while no other thread holds a lock.
    forkable = sys.platform == "linux" and threading.active_count() == 1
    method = multiprocessing.get_context("fork" if forkable else "spawn")
    with ProcessPoolExecutor(count, mp_context=method, initializer=_Desk.begin, initargs=(context,)) as pool:
        waiting: deque[tuple[Batch, Future[Result]]] = deque()
        try:
            for task in tasks:
                waiting.append((task, pool.submit(_Desk.work, work, task)))
                if len(waiting) >= count * _AHEAD:
                    first, result = waiting.popleft()
                    yield first, result.result()
            for task, result in waiting:
                yield task, result.result()
        except BrokenProcessPool as broken:
            raise Killed from broken
        except BaseException:
            with _undisturbed():
                pool.shutdown(cancel_futures=True)
            raise


def _done(work: Callable[[Context, Batch], Result], context: Context, task: Batch) -> Result:
    with alarm():
        return work(context, task)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let nobody interrupt what is ending already: people press Ctrl-C twice."""
    import signal

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _die_with_parent() -> None:
    """Where the system can, have this process end with its parent, even when that is killed (prctl(2), Linux)."""
    if sys.platform == "linux":
        import ctypes
        import signal

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() == 1:  # it was gone before
            os._exit(1)


class _Desk:
    """Where a worker process keeps its context: set once when it starts, and never changed."""

    context: Any = None

    @classmethod
    def begin(cls, context: object) -> None:
        """Start a process."""
        import signal

        cls.context = context
        # Ctrl-C reaches every process of the terminal; only the parent has something to say about it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _die_with_parent()
        seldom_collect()

    @classmethod
    def work(cls, work: Callable[[Any, Batch], Result], task: Batch) -> Result:
        """Do one task."""
        return _done(work, cls.context, task)
