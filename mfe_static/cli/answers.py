"""What commands answer: the result of a run as the rows of `schemas`, and how an answer leaves the program."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import UNSET

from mfe_static.problems import Problem, counted
from mfe_static.schemas import (
    BuildRow,
    ExplainRow,
    FailedRow,
    ProblemRow,
    ProfileRow,
    TeamRow,
    UrlRow,
    WeightRow,
    problem_row,
)

if TYPE_CHECKING:
    from mfe_static.report.times import Profile
    from mfe_static.run import Result
    from mfe_static.stitched import Composed


def print_json(value: Any) -> None:
    """The one JSON value of stdout, in UTF-8 whatever the terminal speaks."""
    stream = sys.stdout.buffer
    stream.write(json_of(value))
    stream.flush()


def json_of(value: Any) -> bytes:
    """One JSON value as text that people can read, too."""
    text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace") + b"\n"


def print_event(value: Any) -> None:
    """One JSON value of a command that goes on: a line of its own, at once."""
    stream = sys.stdout.buffer
    stream.write(msgspec.json.encode(value) + b"\n")
    stream.flush()


def rows_of(problems: Iterable[Problem]) -> tuple[ProblemRow, ...]:
    """Problems as other programs see them."""
    return tuple(map(problem_row, problems))


def failed(problems: Iterable[Problem]) -> FailedRow:
    """The answer of a command that could not answer."""
    return FailedRow(ok=False, problems=rows_of(problems))


def build_row(result: "Result", *, explain: bool, profile: "Profile | None" = None) -> BuildRow:
    """What `build` and `check` answer."""
    report, written = result.report, result.written
    return BuildRow(
        ok=result.code == 0,
        pages=report.pages,
        rendered=report.rendered,
        reused=report.reused,
        listings=report.listings,
        fragments=report.fragments,
        stitched=report.stitched,
        written=written.written,
        removed=written.removed,
        bytes=written.bytes,
        problems=rows_of(result.problems),
        teams=_teams(result),
        seconds=result.seconds,
        verified=UNSET if result.verified is None else result.verified,
        explain=explained(result) if explain else UNSET,
        profile=msgspec.convert(profile, ProfileRow, from_attributes=True) if profile else UNSET,
    )


def _teams(result: "Result") -> Mapping[str, TeamRow]:
    rows = {}
    for name, team in result.report.teams.items():
        errors, warnings = counted([found for found in result.problems if found.team == name])
        rows[name] = TeamRow(
            pages=team.pages,
            rendered=team.rendered,
            errors=errors,
            warnings=warnings,
            owner=team.owner,
            path=team.path,
        )
    return rows


def explained(result: "Result") -> tuple[ExplainRow, ...]:
    """For every page, sorted by URL: what was done with it, and why. The body of one that was stitched was reused."""
    rendered = (
        {url: cause for built in result.site.builds for url, cause in built.rendered.items()} if result.site else {}
    )
    builds = result.site.builds if result.site else ()
    listings = {page.url for built in builds for page, body in zip(built.pages, built.bodies, strict=True) if not body}
    rows = []
    for composed in team_pages(result):
        url = composed.page.url
        cause = rendered.get(url) or composed.cause
        body: Literal["rendered", "listing"] | None = (
            "rendered" if url in rendered else "listing" if url in listings else None
        )
        state = body or ("stitched" if composed.cause else "reused")
        rows.append(ExplainRow(url=url, state=state, causes=(cause,) if cause else ()))
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
        js=composed.js,
        bytes=WeightRow(
            html=composed.row.size,
            css=sum(weights[url] for url in composed.css),
            js=sum(weights[url] for url in composed.js),
        ),
    )
