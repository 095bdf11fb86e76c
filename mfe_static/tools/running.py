"""Programs of teams, run: without a shell, in the team's folder, with few variables of the environment, for a bounded
time. What they print goes into a file of their own, so that nobody has to read along, and none of it is lost.

A program gets a process group of its own, and whatever is left of that when it ends is ended with it, as it is when
its time is up or when the build is interrupted. Nothing is decided by how long a program took, but for that bound.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple

from mfe_static.patterns import compiled

_PATIENCE = 2.0
"""Seconds that a program has to end when it is told to."""
_SHORTEST, _LONGEST = 0.005, 0.1
"""Seconds between two looks at whether a program has ended."""
_READ = 64 * 1024
_SHOWN = 12
"""Lines that are shown of what a program printed."""
_COMMANDS_TO_TERMINALS = compiled(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_PLACE = compiled(r"""(?:^|[\s('"])((?:/|\./)?[\w@+-][\w@+./-]*\.\w+):(\d+)(?=[:\s),]|$)""")


class Program(NamedTuple):
    """A program to run."""

    arguments: tuple[str, ...]
    """The first one is the file to execute, as a whole path."""
    folder: str
    environ: Mapping[str, str]
    timeout: float
    """In seconds."""
    log: str
    """The file that gets what it prints."""


class Ended(NamedTuple):
    """How a program ended."""

    why: str = ""
    """What went wrong, after the program's name; empty: nothing."""
    hint: str = ""
    lines: tuple[str, ...] = ()
    """The last that it printed."""
    places: tuple[tuple[str, int], ...] = ()
    """Files and lines that it names, as it does."""


def run_all(programs: Sequence[Program], at_once: int, tell: Callable[[int], None]) -> list[Ended]:
    """Run programs, some of them at once; how each ended, in their order. `tell` hears how many have, now and then."""
    ended: dict[int, Ended] = {}
    running: dict[int, _Running] = {}
    waiting = list(enumerate(programs))[::-1]
    pause = _SHORTEST
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                number, program = waiting.pop()
                try:
                    running[number] = _Running(program)
                except OSError as error:
                    hint = "make it executable, and give it a first line such as #!/bin/sh" if error.errno else ""
                    ended[number] = Ended(f"cannot be started: {error.strerror}", hint)
            done = [number for number, its in running.items() if its.over()]
            for number in done:
                ended[number] = running.pop(number).end()
            tell(len(ended))
            if running and not done:
                time.sleep(pause)
                pause = min(pause * 1.5, _LONGEST)
    finally:
        for its in running.values():
            its.end()
    return [ended[number] for number in range(len(programs))]


class _Running:
    """A program at work."""

    def __init__(self, program: Program) -> None:
        """Begin. Raises OSError."""
        self._program = program
        self._deadline = time.monotonic() + program.timeout
        self._late = False
        with _opened(program.log) as log:
            self._process = subprocess.Popen(  # noqa: S603  what a team asks for, as the documentation says
                program.arguments,
                cwd=program.folder,
                env=dict(program.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def over(self) -> bool:
        """Whether it has ended, or its time is up."""
        if self._gone():
            return True
        self._late = time.monotonic() > self._deadline
        return self._late

    def end(self) -> Ended:
        """End what is left of its group."""
        group = self._process.pid
        if not self._gone():
            self._kill(group, signal.SIGTERM)
            patience = time.monotonic() + _PATIENCE
            while not self._gone() and time.monotonic() < patience:
                time.sleep(_SHORTEST)
        self._kill(group, signal.SIGKILL)
        code = self._process.wait()
        text = _printed(self._program.log)
        lines = tuple(line.rstrip() for line in text.split("\n") if line.strip())
        places = tuple(
            dict.fromkeys((match[1], int(match[2][:9])) for line in lines for match in _PLACE.finditer(line))
        )
        return Ended(*_said(code, self._late, self._program.timeout), lines[-_SHOWN:], places)

    def _gone(self) -> bool:
        """Whether it has ended. Where the system can, it is not waited for yet, so that its group keeps its number."""
        if self._process.returncode is None and hasattr(os, "waitid"):  # macOS has it from Python 3.13 on
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        return self._process.poll() is not None

    @staticmethod
    def _kill(group: int, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _said(code: int, late: bool, timeout: float) -> tuple[str, str]:
    """What went wrong, and a way out."""
    if late:
        return f"took longer than its {timeout:,.0f} s and was ended", "build.timeout may be more"
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}", ""
        return f"was ended by the signal {-code}", ""
    return (f"ended with exit code {code}", "") if code else ("", "")


@contextlib.contextmanager
def _opened(log: str) -> Iterator[BinaryIO | int]:
    """The file for what a program prints; nothing, where it cannot be written."""
    try:
        os.makedirs(os.path.dirname(log), exist_ok=True)
        file = open(log, "wb")  # noqa: SIM115  closed below
    except OSError:
        yield subprocess.DEVNULL
        return
    with file:
        yield file


def _printed(log: str) -> str:
    """The end of what a program printed, without what commands a terminal."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _READ))
            return _COMMANDS_TO_TERMINALS.sub("", file.read().decode("utf-8", "replace").replace("\r", "\n"))
    except OSError:
        return ""
