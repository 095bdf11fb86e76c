"""What the development server tells: for people as little as will do, for programs one JSON value a line."""

from collections.abc import Collection
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal

import click
import msgspec

from mfe_static.cli.answers import build_row, print_event, rows_of
from mfe_static.cli.options import Given
from mfe_static.cli.run import tell, terminal
from mfe_static.cli.serving import ready
from mfe_static.dev.messages import Built, Making, Standing
from mfe_static.dev.server import Broken, News, Notice, Over, Ready
from mfe_static.problems import counted
from mfe_static.report import clean, duration, many, tally
from mfe_static.run import Result
from mfe_static.schemas import BuiltRow, NoticeRow, StoppedRow

if TYPE_CHECKING:
    from mfe_static.report import Progress

_KEYS = "o opens it, r builds, c clears, q quits"


class Teller:
    """Tells a person, or another program."""

    def __init__(self, given: Given) -> None:
        self._given, self._screen = given, terminal(given)
        self._bar = ExitStack()
        self._progress: Progress | None = None
        self._broken = False
        self._begun = False
        """Whether a build was told of."""
        self.keys = False
        """Whether keys are heard."""

    @property
    def _ends(self) -> str:
        return _KEYS if self.keys else "Ctrl-C ends"

    def __call__(self, news: News) -> None:
        """Something happened."""
        if isinstance(news, Ready):
            ready(self._given, news.listening, "", f"shows the site while it is written · {self._ends}", ())
        elif self._given.json:
            if event := _event(news):
                print_event(event)
        elif isinstance(news, Making):
            self._making(news)
        else:
            self._bar.close()
            self._progress = None
            self._say(news)

    def clear(self) -> None:
        """Empty the terminal."""
        click.clear()

    def _making(self, news: Making) -> None:
        if self._progress is None:
            self._progress = self._bar.enter_context(self._screen.progress(quiet=self._given.quiet))
        self._progress(news.phase, news.done, news.total)

    def _say(self, news: News) -> None:
        if isinstance(news, Broken):
            tell(self._given, [news.problem])
        elif isinstance(news, Notice):
            tell(self._given, [news.problem])
            if self._given.verbose and news.details:
                self._screen.tell(news.details)
        elif isinstance(news, Standing):
            self._begun = True
            tell(self._given, news.problems)
            self._line(" · ".join(filter(None, [_extent(news), "as built before", _found(news)])))
        elif isinstance(news, Over):
            self._over(news)

    def _over(self, news: Over) -> None:
        built = news.built
        if built.idle and self._begun and not news.asked:
            return
        tell(self._given, built.problems)
        left = built.errors + built.warnings - len(built.problems)
        parts = [_named(news.changed) if self._begun else _extent(built)]
        if built.published:
            parts += [f"{built.report.rendered:,} rendered, {built.report.stitched:,} stitched"]
            parts += ["mended"] if self._broken and not built.errors else []
        else:
            parts += ["not published; the last good site stays" if self._begun else "not published"]
        parts += [tally(built.errors, built.warnings)] if built.errors or built.warnings else []
        parts += [f"{left:,} not shown"] if left else []
        self._broken, self._begun = not built.published, True
        self._line(" · ".join(filter(None, [*parts, _took(built.seconds["total"])])))

    def _line(self, text: str) -> None:
        if not self._given.quiet:
            self._screen.say(clean(text))


def _named(changed: Collection[str] | None) -> str:
    """What changed, in a few words; empty where nobody knows."""
    if not changed:
        return ""
    first, *others = sorted(changed)
    return f"{first} and {len(others):,} more" if others else first


def _extent(news: Standing | Built) -> str:
    return f"{many(news.report.pages, 'page')} of {many(len(news.report.teams), 'team')}"


def _found(news: Standing) -> str:
    errors, warnings = counted(news.problems)
    return tally(errors, warnings) if news.problems else ""


def _took(seconds: float) -> str:
    return duration(seconds) if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _event(news: News) -> "BuiltRow | NoticeRow | StoppedRow | None":
    """As JSON; None: other programs need not know."""
    if isinstance(news, Broken):
        return NoticeRow(event="notice", problems=rows_of([news.problem]))
    if isinstance(news, Notice):
        rows = rows_of([news.problem])
        serious = news.problem.severity == "error"
        return (
            StoppedRow(event="failed", ok=False, problems=rows) if serious else NoticeRow(event="notice", problems=rows)
        )
    if isinstance(news, Standing):
        return _row("built", Result(news.problems, 0, {"total": 0.0}, news.report, published=True), ())
    if not isinstance(news, Over):
        return None
    built = news.built
    result = Result(built.problems, built.code, built.seconds, built.report, written=built.written)
    return _row("built" if built.published else "failed", result, news.changed)


def _row(event: Literal["built", "failed"], result: Result, changed: Collection[str] | None) -> BuiltRow:
    row = msgspec.structs.asdict(build_row(result, explain=False))
    return BuiltRow(event=event, changed=None if changed is None else tuple(sorted(changed)), **row)
