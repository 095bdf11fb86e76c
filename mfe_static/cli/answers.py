"""What commands answer: the result of a run as the rows of `schemas`, and how an answer leaves the program."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from mfe_static.finish import counted
from mfe_static.output.trees import listed_files, read_manifest
from mfe_static.problems import Problem
from mfe_static.report import Summary, nearby
from mfe_static.schemas import (
    BuildRow,
    ExplainRow,
    FailedRow,
    ProblemRow,
    TeamRow,
    UrlRow,
    WeightRow,
    problem_row,
)

if TYPE_CHECKING:
    from mfe_static.build import Result
    from mfe_static.cli.options import Given
    from mfe_static.model import Composed

_CHANGED = "its source, its team's templates or data, or the settings are new or changed"
_UNCACHED = "the cache was not used"


def print_json(value: Any) -> None:
    """The one JSON value of stdout, in UTF-8 whatever the terminal speaks."""
    text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=1)
    stream = sys.stdout.buffer
    stream.write(text.encode("utf-8", "replace") + b"\n")
    stream.flush()


def rows_of(problems: Iterable[Problem]) -> tuple[ProblemRow, ...]:
    """Problems as other programs see them."""
    return tuple(map(problem_row, problems))


def failed(problems: Iterable[Problem]) -> FailedRow:
    """The answer of a command that could not answer."""
    return FailedRow(ok=False, problems=rows_of(problems))


def build_row(result: "Result", *, explain: bool, cached: bool) -> BuildRow:
    """What `build` and `check` answer."""
    pages, rendered = _totals(result)
    written = result.written
    return BuildRow(
        ok=result.code == 0,
        pages=pages,
        rendered=rendered,
        reused=pages - rendered,
        fragments=result.fragments,
        stitched=len(team_pages(result)),
        written=written.written,
        removed=written.removed,
        bytes=written.bytes,
        problems=rows_of(result.problems),
        teams=_teams(result),
        seconds=result.seconds,
        explain=explained(result, cached=cached) if explain else UNSET,
    )


def _totals(result: "Result") -> tuple[int, int]:
    builds = result.site.builds if result.site else ()
    return sum(len(built.pages) for built in builds), sum(len(built.rendered) for built in builds)


def _teams(result: "Result") -> Mapping[str, TeamRow]:
    builds = {built.sources.name: built for built in result.site.builds} if result.site else {}
    rows = {}
    for team in result.workspace.teams:
        built = builds.get(team.name)
        errors, warnings = counted([found for found in result.problems if found.team == team.name])
        rows[team.name] = TeamRow(
            pages=len(built.pages) if built else 0,
            rendered=len(built.rendered) if built else 0,
            errors=errors,
            warnings=warnings,
            owner=team.owner,
            path=team.prefix,
        )
    return rows


def explained(result: "Result", *, cached: bool) -> tuple[ExplainRow, ...]:
    """For every page, sorted by URL: whether it was rendered, and why."""
    cause = _CHANGED if cached else _UNCACHED
    rows = []
    for built in result.site.builds if result.site else ():
        for page in built.pages:
            fresh = page.url in built.rendered
            rows.append(
                ExplainRow(url=page.url, state="rendered" if fresh else "reused", causes=(cause,) if fresh else ())
            )
    return tuple(sorted(rows, key=lambda row: row.url))


def team_pages(result: "Result") -> Sequence["Composed"]:
    """The composed pages of teams, without the theme's own page for URLs where nothing is."""
    if result.site is None:
        return ()
    urls = {page.url for built in result.site.builds for page in built.pages}
    return [composed for composed in result.site.pages if composed.page.url in urls]


def url_row(composed: "Composed", result: "Result") -> UrlRow:
    """A page, as `list urls` shows it."""
    page = composed.page
    weights = result.site.weights if result.site else {}
    return UrlRow(
        url=page.url,
        team=page.team,
        source=page.source,
        layout=page.own_layout.removeprefix("layouts/").removesuffix(".html") or page.layout,
        title=page.title,
        fragments=composed.fragments,
        css=composed.css,
        js=(),
        bytes=WeightRow(html=composed.size, css=sum(weights[url] for url in composed.css), js=0),
    )


def summary(result: "Result", given: "Given") -> Summary:
    """The result in numbers."""
    errors, warnings = counted(result.problems)
    pages, rendered = _totals(result)
    space = result.workspace
    output = str(space.root / space.settings.output)
    return Summary(
        pages=pages,
        teams=len(space.teams),
        rendered=rendered,
        seconds=result.seconds["total"],
        errors=errors,
        warnings=warnings,
        output=nearby(output, os.getcwd()),
        fallbacks=result.fallbacks,
        published=result.published,
        previous=bool(listed_files(read_manifest(output))),
        strict=given.strict,
    )
