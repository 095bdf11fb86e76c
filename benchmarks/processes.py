"""What a command takes: time on the clock, time of processors, memory.

Looking at memory takes a processor a while and stops the looked-at process meanwhile, so whoever wants exact times
takes memory in a run of its own.
"""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

REST = 20
"""After a look at memory, it is left alone this many times as long as the look took."""
CAN_LOOK = Path("/proc/self/smaps_rollup").exists()
"""Only Linux tells what processes hold together."""


class Run(NamedTuple):
    """A command that has ended."""

    wall: float
    """Seconds from its start to its end."""
    cpu: float
    """Seconds of processors, user and system, of the process and all children that were waited for."""
    peak: int
    """The most bytes that all its processes held together; 0 when nobody looked."""
    status: int
    output: str
    errors: str


def run(command: Sequence[str], folder: Path, *, look: bool = False) -> Run:
    """Run a command to its end; `look` at its memory, too, where that can be done.

    It gets a session of its own, by which all processes that it starts are known; they end with us.
    """
    with tempfile.TemporaryFile("w+b") as out, tempfile.TemporaryFile("w+b") as errors:
        os.sync()  # what was written before is not to be waited for now
        start = time.perf_counter()
        child = subprocess.Popen(  # noqa: S603 (a command that the user named)
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, start_new_session=True
        )
        try:
            peak = _watch(child.pid) if look and CAN_LOOK else 0
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - start
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
        child.returncode = os.waitstatus_to_exitcode(status)
        return Run(wall, usage.ru_utime + usage.ru_stime, peak, child.returncode, _text(out), _text(errors))


def _text(log: IO[bytes]) -> str:
    log.seek(0)  # the child wrote through the same open file, and left it at the end
    return log.read().decode("utf-8", errors="replace")


def _watch(leader: int) -> int:
    """The largest sum seen until the leader has ended, in bytes; it is left to be waited for."""
    peak = 0
    while os.waitid(os.P_PID, leader, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        began = time.perf_counter()
        peak = max(peak, sum(proportional(pid) for pid in members(leader)))
        time.sleep(REST * (time.perf_counter() - began))
    return peak


def members(session: int) -> Iterator[int]:
    """The processes of a session (proc(5), `stat`: the fourth field after the command's name in parentheses)."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path("/proc", name, "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:  # it ended just now
                continue
            if int(fields[3]) == session:
                yield int(name)


def proportional(pid: int) -> int:
    """The bytes a process holds, its share of what it shares with others (proc(5), `smaps_rollup`: Pss)."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:  # it ended just now
        pass
    return 0
