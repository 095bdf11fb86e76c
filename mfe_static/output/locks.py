"""One build at a time: an advisory lock with a name in it.

Two locks on one file. The POSIX record lock belongs to the process, so the kernel frees it when the process
dies, however it dies. The BSD lock belongs to the open file, so it also keeps two builds in one process apart; but
worker processes inherit it, and workers that outlive a killed build would hold it for ever. Hence: whoever gets
the first but not the second is refused only while the process named in the file lives.

Invariant 4 (nothing is lost) rests on it: two builds never write one output at once.
"""

import contextlib
import datetime
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from mfe_static.problems import Problem, problem

_HELD = frozenset({errno.EACCES, errno.EAGAIN})


@contextlib.contextmanager
def lock(state: Path, what: str = "build") -> Iterator[Problem | None]:
    """Hold the lock in the folder `state` (made when missing); yields `busy` when another build, or `what`, holds it.

    A folder that cannot be written gives no lock and no failure: a build must work from read-only sources.
    """
    try:
        os.makedirs(state, exist_ok=True)
    except OSError:
        yield None
        return
    held = take(str(state / "lock"), what)
    try:
        yield held if isinstance(held, Problem) else None
    finally:
        if isinstance(held, int):
            release(held)


def take(path: str, what: str = "build") -> int | Problem | None:
    """Lock the file `path`: a descriptor for `release`, or `busy`; None where files cannot be written or locked."""
    try:
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError:
        return None
    try:
        free = _locked(held)
        if free:
            os.ftruncate(held, 0)
            os.pwrite(held, f"{os.getpid()}\n".encode(), 0)
            return held
        busy = _busy(held, what) if free is not None else None
    except OSError:  # a full disk has no room for the pid; the lock holds all the same
        return held
    os.close(held)
    return busy


def release(held: int) -> None:
    """Free a lock, also for children that inherited it."""
    with contextlib.suppress(OSError):
        fcntl.flock(held, fcntl.LOCK_UN)
    os.close(held)


def _locked(held: int) -> bool | None:
    """Whether the lock is ours now; None where the file system has no locks."""
    try:
        fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _HELD else None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return not _alive(_holder(held)) if error.errno in _HELD else None
    return True


def _holder(held: int) -> int:
    """The process named in the file; 0 where none is."""
    word = os.pread(held, 32, 0).strip()
    return int(word) if word.isdigit() else 0


def _alive(pid: int) -> bool:
    if pid == 0:
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _busy(held: int, what: str) -> Problem:
    pid = _holder(held)
    since = datetime.datetime.fromtimestamp(os.fstat(held).st_mtime, datetime.UTC)
    return problem(
        "busy",
        f"another {what} is running: process {pid or 'unknown'}, started {since:%Y-%m-%d %H:%M:%S} UTC",
        hint="wait for it, or end it",
    )
