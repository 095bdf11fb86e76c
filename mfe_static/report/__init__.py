"""What a person reads: problems as frames, one summary line, tables, a progress bar. The only room that knows rich.

What is shown is first made as plain values (`frames`, `summary`, `texts`), then written here: plainly on pipes, with
colour on terminals. Rich, which is slow to import, is needed only where it shows.

Invariant: text of users reaches the terminal only through `clean`, so that no file can move the cursor, change the
window's title or turn the direction of what follows. Nothing here starts a thread, as a build may fork.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, TextIO

from mfe_static.problems import Problem
from mfe_static.report.frames import WIDTH, Line, chosen, frame
from mfe_static.report.summary import Summary, built, checked
from mfe_static.report.texts import clean, duration, many, table, tally

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar

__all__ = ["LIMIT", "Line", "Progress", "Summary", "Terminal", "built", "checked", "clean", "duration", "frame",
           "many", "nearby", "table", "tally"]  # fmt: skip

Color = Literal["auto", "always", "never"]
LIMIT = 50
"""How many problems are shown in full unless asked for all."""
PATIENCE = 0.5
"""Seconds of work from which on a progress bar appears."""
_BREATH = 0.1
"""Seconds between two pictures of the progress bar."""


class Terminal:
    """The two streams of a command: what was asked for goes to `out`, what is said about it to `err`."""

    def __init__(self, out: TextIO, err: TextIO, color: Color, environ: Mapping[str, str]) -> None:
        self._out, self._err = out, err
        self._dumb = environ.get("TERM") == "dumb"
        self._colored = color == "always" or (
            color == "auto" and _is_terminal(err) and not environ.get("NO_COLOR") and not self._dumb
        )

    def say(self, text: str) -> None:
        """One line of the answer. Its parts that come from users are clean already."""
        _write(self._out, text + "\n")

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """Rows as the answer: folded to the width of a terminal, whole for other programs."""
        width = shutil.get_terminal_size((WIDTH, 24)).columns if _is_terminal(self._out) else None
        for line in table(rows, width):
            self.say(line)

    def tell(self, text: str) -> None:
        """One line about the answer."""
        self._out.flush()
        _write(self._err, text + "\n")

    def problems(self, problems: Sequence[Problem], *, limit: int | None = LIMIT) -> None:
        """Problems as frames; all of them where `limit` is None."""
        shown = chosen(problems, limit)
        for found in shown:
            for line in frame(found, self._width()):
                self._line(line)
            self._line([])
        if left := len(problems) - len(shown):
            self._line([(f"and {left:,} more (use -v, or --json)", "")])
            self._line([])

    def progress(self, *, quiet: bool, clock: Callable[[], float] = time.monotonic) -> "Progress":
        """A bar for long work; none where nobody looks."""
        wanted = _is_terminal(self._err) and not self._dumb and not quiet
        return Progress(self._console if wanted else None, clock)

    def _line(self, line: Line) -> None:
        if not self._colored:
            _write(self._err, "".join(text for text, _ in line).rstrip() + "\n")
            return
        from rich.text import Text

        self._console().print(Text.assemble(*line), soft_wrap=True)

    def _console(self) -> "Console":
        from rich.console import Console

        system: Literal["standard"] | None = "standard" if self._colored else None
        return Console(file=self._err, force_terminal=True, color_system=system, highlight=False, markup=False,
                       emoji=False, legacy_windows=False)  # fmt: skip

    def _width(self) -> int:
        return shutil.get_terminal_size((WIDTH, 24)).columns if _is_terminal(self._err) else WIDTH


class Progress:
    """A bar that appears when work lasts, and leaves no trace. Call it with phase, done and total."""

    def __init__(self, console: "Callable[[], Console] | None", clock: Callable[[], float]) -> None:
        self._console, self._clock = console, clock
        self._begun = self._last = clock()
        self._bar: Bar | None = None

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Told of every step; draws some of them."""
        now = self._clock()
        if self._console is None or now - self._begun < PATIENCE or (self._bar and now - self._last < _BREATH):
            return
        self._last = now
        bar = self._bar = self._bar or self._started(self._console())
        task = bar.tasks[0].id if bar.tasks else bar.add_task(phase, total=total)
        bar.update(task, description=phase, completed=done, total=total)
        bar.refresh()

    def _started(self, console: "Console") -> "Bar":
        from rich import progress

        columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn())
        bar = progress.Progress(*columns, console=console, auto_refresh=False, transient=True,
                                redirect_stdout=False, redirect_stderr=False)  # fmt: skip
        bar.start()
        return bar

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()


def _write(stream: TextIO, text: str) -> None:
    """Write, whatever the stream's encoding can hold."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


def nearby(path: str, folder: str) -> str:
    """`path` as people name it who stand in `folder`: relative where it lies below, else absolute."""
    near = os.path.relpath(path, folder)
    return path if near.startswith("..") else near
