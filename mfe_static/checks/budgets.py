"""Budgets: pages of a team weigh what it says they may, after brotli, and not more.

A budget is a promise of a team about its own pages, whoever wrote what they load, so it is said with all of it. Pages
over budget are told once for each kind of file, with the heaviest.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from mfe_static.model import TeamSources
from mfe_static.problems import Problem, problem
from mfe_static.stitched import Composed, Loaded, StitchedSite

_WAY = "begin with the largest of what it is spent on, or raise the budget"
_SHOWN = 12
"""Files that are named; the smaller ones are counted."""


def budgets(site: StitchedSite) -> Iterator[Problem]:
    """`over-budget`."""
    for build in site.builds:
        team = build.sources
        if team.budget:
            yield from _of_files(site, team)
            yield from _of_team(site, team)
            yield from _of_documents(site, team)


def _of_files(site: StitchedSite, team: TeamSources) -> Iterator[Problem]:
    """Style sheets and scripts of its pages."""
    for kind, limit in (("css", team.budget.css), ("js", team.budget.js)) if team.budget else ():
        if limit is None:
            continue
        over = [load for load in site.loads if load.first.page.team == team.name and load.weight(kind) > limit]
        if over:
            worst = max(over, key=lambda load: load.weight(kind))
            others = sum(load.count for load in over) - 1
            files = [its for its in worst.files if its.kind == kind]
            yield _over(team, kind, worst.first.page.url, worst.weight(kind), limit, others, _spent(files))


def _of_team(site: StitchedSite, team: TeamSources) -> Iterator[Problem]:
    """All that it has itself, on whatever page."""
    for kind, limit in (("css", team.budget.team_css), ("js", team.budget.team_js)) if team.budget else ():
        files = [its for its in site.owned.get(team.name, ()) if its.kind == kind]
        size = sum(its.size for its in files)
        if limit is not None and size > limit:
            yield problem(
                "over-budget",
                f"the {kind} of {team.name} is {size:,} bytes after brotli, {size - limit:,} over its budget",
                file=f"{team.shown}/team.toml",
                team=team.name,
                sought=f"key:budget.team.{kind}",
                hint=_WAY,
                output=_spent(files),
            )


def _of_documents(site: StitchedSite, team: TeamSources) -> Iterator[Problem]:
    """The documents themselves."""
    limit = team.budget.html if team.budget else None
    if limit is None:
        return
    over = [composed for composed in site.pages if composed.page.team == team.name and composed.row.packed > limit]
    if over:
        worst = max(over, key=lambda composed: composed.row.packed)
        spent = _parts(site, worst)
        yield _over(team, "html", worst.page.url, worst.row.packed, limit, len(over) - 1, spent)


def _over(
    team: TeamSources, kind: str, url: str, size: int, limit: int, others: int, spent: tuple[str, ...]
) -> Problem:
    more = f", and {others:,} more page{'s are' if others > 1 else ' is'} over it" if others else ""
    return problem(
        "over-budget",
        f"{url} has {size:,} bytes of {kind} after brotli, {size - limit:,} over its team's budget{more}",
        file=f"{team.shown}/team.toml",
        team=team.name,
        url=url,
        sought=f"key:budget.{kind}",
        hint=_WAY,
        output=spent,
    )


def _spent(files: Sequence[Loaded]) -> tuple[str, ...]:
    """What it is spent on, the largest first."""
    ranked = sorted(files, key=lambda its: (-its.size, its.file))
    return _lines([(its.size, its.file) for its in ranked])


def _parts(site: StitchedSite, composed: Composed) -> tuple[str, ...]:
    """What a document consists of: its fragments, before compression, and the rest."""
    sizes: dict[str, list[int]] = {}
    for part in site.parts_of(composed):
        if part.size:
            sizes.setdefault(part.file, []).append(part.size)
    rows = [(sum(its), f"{file} ({len(its)} times)" if len(its) > 1 else file) for file, its in sizes.items()]
    rows = [*sorted(rows, key=lambda row: (-row[0], row[1])), (composed.row.size, "the whole document")]
    return ("before compression, what is in a fragment counted with it:", *_lines(rows))


def _lines(rows: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    width = max((len(f"{size:,}") for size, _ in rows), default=0)
    shown = [f"{size:>{width},}  {name}" for size, name in islice(rows, _SHOWN)]
    rest = rows[_SHOWN:]
    return (*shown, *([f"{sum(size for size, _ in rest):>{width},}  {len(rest)} more"] if rest else []))
