"""Processes beside this one, as the system gives them.

Forking is safe only while no other thread holds a lock, and it is cheap where nothing has to be imported again: so
`beside` forks where there is no other thread, and says that nobody does the work where there is one.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

_ENDING = (signal.SIGINT, signal.SIGTERM)


def cores() -> int:
    """How many processes can work at once on this machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def forkable() -> bool:
    """Whether this process may be forked as it is."""
    return sys.platform == "linux" and threading.active_count() == 1


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait until the block is over. A process that is begun inside has them wait until it says what
    they mean to it (`live_below`): else it would do for a moment what its parent does about them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def live_below(parent: int) -> None:
    """Be a process that works for `parent`."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # it reaches all of a terminal; the parent has something to say about it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    die_with_parent(parent)


def die_with_parent(parent: int) -> None:
    """Where the system can, have this process end with its parent, even when that is killed (prctl(2), Linux).

    `parent`: the number of that process, which is 1 where a container runs nothing else.
    """
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it was gone before
            os._exit(1)


def beside(work: Callable[[], bytes], then: Callable[[], object] = tuple) -> "Beside | None":
    """Begin `work` in a process of its own, which does `then` when what it gave was taken; None: nobody does it."""
    if not forkable() or cores() < 2:
        return None
    ends: tuple[int, ...] = ()
    with uninterrupted():
        try:
            reading, writing = ends = os.pipe()
            parent, child = os.getpid(), os.fork()
        except OSError:  # the system has no more of them
            for end in ends:
                os.close(end)
            return None
        if child == 0:
            _work(work, then, writing, parent)
        os.close(writing)
        return Beside(reading, child)


class Beside:
    """A process that works. It has to be waited for (`done`), as it lives until then."""

    def __init__(self, reading: int, child: int) -> None:
        self._reading, self._child = reading, child
        self._given: bytes | None = None
        self._done: bool | None = None

    def given(self) -> bytes:
        """What it gave, once that is all; nothing where it failed, or where this was interrupted: it is read once."""
        if self._given is None:
            self._given = b""
            with open(self._reading, "rb") as pipe:
                self._given = pipe.read()
        return self._given

    def done(self) -> bool:
        """Whether it did all of it, once it has ended."""
        if self._done is None:
            self._done = False
            self.given()  # as long as nobody takes it, there is no end
            with contextlib.suppress(ChildProcessError):  # where nobody may wait for children
                self._done = os.waitpid(self._child, 0)[1] == 0
        return self._done


def _work(work: Callable[[], bytes], then: Callable[[], object], writing: int, parent: int) -> None:
    """The life of a process beside: it ends here, and nothing that its parent began is ended by it."""
    status = 1
    try:
        live_below(parent)
        with open(writing, "wb") as pipe:
            pipe.write(work())
        then()
        status = 0
    except BaseException:  # noqa: BLE001, S110  the parent does the work itself, and says what is wrong with it
        pass
    finally:
        os._exit(status)
