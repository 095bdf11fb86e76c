"""Profile: what a build says of itself → where its time went, as a value and as a page in the state folder.

Nothing is measured here. The build counts seconds anyway (`clock`), by phase and by file; this adds them up for teams,
templates and pages, and keeps the first rows of each list, so that the profile of any site can be read.

Invariant: counts of pages are those of the build's report; a build that ended early has the profile of what it did.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Sized
from heapq import nlargest
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypeVar

from mfe_static.clock import Spent
from mfe_static.files import put
from mfe_static.model import Page
from mfe_static.problems import Problem, problem
from mfe_static.processes import cores
from mfe_static.report.profile_html import page_of
from mfe_static.report.times import (
    KEPT,
    Cause,
    FragmentTime,
    Kept,
    PageTime,
    Phase,
    Profile,
    TeamTime,
    TemplateKind,
    TemplateTime,
    Work,
)
from mfe_static.run import Result
from mfe_static.stitched import Composed
from mfe_static.survey import STATE
from mfe_static.workers import WORTH_IT, batch_size

FILE = "profile.html"
"""The page, in the state folder."""
_STEPS = ("read", "render", "stitch")
"""The kinds of work that are no part of another."""
_MICRO = 6
"""Digits of a second that are told."""
_Spents = Mapping[str, Mapping[str, Spent]]
"""What was spent, by kind and name."""
_Row = TypeVar("_Row", TeamTime, TemplateTime, FragmentTime)


class _Source(NamedTuple):
    """A file that pages are made of."""

    first: Page
    pages: int


class _Times(NamedTuple):
    """Seconds that went into such a file and its pages."""

    read: float = 0.0
    render: float = 0.0
    stitch: float = 0.0


def profile(result: Result, *, jobs: int) -> Profile:
    """The profile of a build that was told to use `jobs` processes (0: one for each core)."""
    report, spent = result.report, _by_kind(result.spent)
    pages = result.site.pages if result.site else ()
    sources = _sources(pages)
    times = _times(pages, spent)
    processes = _processes(spent, jobs)
    teams, causes = _teams(result, times), _causes(result)
    templates, fragments = _templates(result, spent, sources), _fragments(spent)
    lists: dict[str, Sized] = {
        "teams": teams,
        "templates": templates,
        "fragments": fragments,
        "slowest": times,
        "causes": causes,
    }
    return Profile(
        total=result.seconds["total"],
        processes=processes,
        busy=_busy(result, spent, processes),
        bodies=Kept(report.pages - report.rendered, report.rendered),
        pages=Kept(report.pages - report.stitched, report.stitched),
        variants=report.fragments,
        phases=_phases(result.seconds),
        work=_work(spent),
        teams=_first(teams),
        templates=_first(templates),
        fragments=_first(fragments),
        slowest=_slowest(result, times, sources),
        causes=tuple(causes[:KEPT]),
        left={name: len(rows) - KEPT for name, rows in lists.items() if len(rows) > KEPT},
    )


def write(root: Path, made: Profile, title: str) -> Problem | None:
    """Put the page of a profile into the state folder of the site in `root`, in one step."""
    try:
        put(root / STATE / FILE, page_of(made, title).encode())
    except OSError as error:
        return problem("cannot-write-state", f"the profile cannot be written: {error.strerror}", file=f"{STATE}/{FILE}")
    return None


# -- the whole


def _by_kind(spent: Iterable[Spent]) -> _Spents:
    out: dict[str, dict[str, Spent]] = {kind: {} for kind in (*_STEPS, "layout", "fragment", "encode")}
    for it in spent:
        out[it.kind][it.name] = it
    return out


def _sum(spent: _Spents, kind: str) -> tuple[int, float]:
    """How often, and how long."""
    its = spent[kind].values()
    return sum(it.times for it in its), sum(it.seconds for it in its)


def _processes(spent: _Spents, jobs: int) -> int:
    """How many processes the largest step could use: few pages are dealt with by one (see `workers`)."""
    amount = max(_sum(spent, kind)[0] for kind in _STEPS)
    pages = -(-amount // batch_size(amount, jobs)) if amount >= WORTH_IT else 1
    return min(jobs or cores(), max(pages, _sum(spent, "encode")[0]))


def _busy(result: Result, spent: _Spents, processes: int) -> float:
    wall = result.seconds.get("render", 0.0) + result.seconds.get("stitch", 0.0)
    worked = sum(_sum(spent, kind)[1] for kind in (*_STEPS, "encode"))
    return min(round(worked / (wall * processes), 3), 1.0) if wall else 0.0


def _phases(seconds: Mapping[str, float]) -> tuple[Phase, ...]:
    phases = [Phase(name, value) for name, value in seconds.items() if name != "total"]
    other = seconds["total"] - sum(phase.seconds for phase in phases)
    return (*phases, Phase("other", round(max(other, 0.0), 3)))


def _work(spent: _Spents) -> tuple[Work, ...]:
    """Each kind; joining is what stitching takes beside the templates that run on the way."""
    layouts, fragments = _sum(spent, "layout"), _sum(spent, "fragment")
    stitched, seconds = _sum(spent, "stitch")
    kinds = (
        ("render", "pages read", *_sum(spent, "read")),
        ("render", "templates of teams", *_sum(spent, "render")),
        ("stitch", "layouts of the theme", *layouts),
        ("stitch", "fragments", *fragments),
        ("stitch", "pictures encoded", *_sum(spent, "encode")),
        ("stitch", "pages joined and written", stitched, max(seconds - layouts[1] - fragments[1], 0.0)),
    )
    return tuple(Work(phase, kind, times, round(long, _MICRO)) for phase, kind, times, long in kinds if times)


def _own(result: Result) -> list[Composed]:
    """The pages of teams that were stitched, without the theme's own page for URLs where nothing is."""
    if result.site is None:
        return []
    own = {page.url for build in result.site.builds for page in build.pages}
    return [composed for composed in result.site.pages if composed.cause and composed.page.url in own]


def _causes(result: Result) -> list[Cause]:
    builds = result.site.builds if result.site else ()
    rendered = Counter(chain.from_iterable(build.rendered.values() for build in builds))
    stitched = Counter(composed.cause for composed in _own(result))
    rows = [Cause("render", cause, pages) for cause, pages in rendered.items()]
    rows += [Cause("stitch", cause, pages) for cause, pages in stitched.items()]
    return sorted(rows, key=lambda row: (-row.pages, row.step, row.cause))


# -- its parts


def _first(rows: Iterable[_Row]) -> tuple[_Row, ...]:
    """Those that took longest."""
    return tuple(nlargest(KEPT, rows, key=lambda row: row.seconds))


def _team(file: str) -> str:
    """Whose file it is: that of `teams/<name>/`, else the theme's."""
    folder, _, rest = file.partition("/")
    return rest.partition("/")[0] if folder == "teams" else "theme"


def _sources(pages: Iterable[Composed]) -> dict[str, _Source]:
    """The files that pages are made of."""
    out: dict[str, _Source] = {}
    for it in pages:
        before = out.get(it.page.source)
        out[it.page.source] = before._replace(pages=before.pages + 1) if before else _Source(it.page, 1)
    return out


def _times(pages: Iterable[Composed], spent: _Spents) -> dict[str, _Times]:
    """What went into each file, also one that no page is made of."""
    out = {file: _Times(read=it.seconds) for file, it in spent["read"].items()}
    for file, it in spent["render"].items():
        out[file] = out.get(file, _Times())._replace(render=it.seconds)
    for composed in pages:
        if its := spent["stitch"].get(composed.page.url):
            before = out.get(composed.page.source, _Times())
            out[composed.page.source] = before._replace(stitch=before.stitch + its.seconds)
    return out


def _slowest(result: Result, times: Mapping[str, _Times], sources: Mapping[str, _Source]) -> tuple[PageTime, ...]:
    rows, teams = [], result.report.teams
    for file, its in nlargest(KEPT, times.items(), key=lambda item: sum(item[1])):
        team, source = _team(file), sources.get(file)
        url, pages = (source.first.url, source.pages) if source else ("", 0)
        owner = teams[team].owner if team in teams else ""
        rows.append(PageTime(file, url, pages, team, owner, *(round(seconds, _MICRO) for seconds in its)))
    return tuple(rows)


def _teams(result: Result, times: Mapping[str, _Times]) -> list[TeamTime]:
    seconds: dict[str, float] = {}
    for file, spent in times.items():
        team = _team(file)
        seconds[team] = seconds.get(team, 0.0) + sum(spent)
    stitched = Counter(composed.page.team for composed in _own(result))
    return [
        TeamTime(name, its.owner, its.pages, its.rendered, stitched[name], round(seconds.get(name, 0.0), _MICRO))
        for name, its in result.report.teams.items()
    ]


def _templates(result: Result, spent: _Spents, sources: Mapping[str, _Source]) -> list[TemplateTime]:
    """Jinja pages, the teams' layouts around Markdown, and the theme's layouts."""
    folders = {build.sources.name: build.sources for build in (result.site.builds if result.site else ())}
    rows = [_template(file, "theme layout", [it]) for file, it in spent["layout"].items()]
    around: dict[str, list[Spent]] = {}
    for file, it in spent["render"].items():
        page = sources[file].first if file in sources else None
        if page and page.own_layout and file.lower().endswith(".md"):
            around.setdefault(folders[page.team].named(page.own_layout), []).append(it)
        else:
            rows.append(_template(file, "page", [it]))
    return rows + [_template(file, "team layout", its) for file, its in around.items()]


def _template(file: str, kind: TemplateKind, spent: Sequence[Spent]) -> TemplateTime:
    seconds = round(sum(it.seconds for it in spent), _MICRO)
    return TemplateTime(file, kind, sum(it.times for it in spent), seconds)


def _fragments(spent: _Spents) -> list[FragmentTime]:
    return [FragmentTime(name, it.times, round(it.seconds, _MICRO)) for name, it in spent["fragment"].items()]
