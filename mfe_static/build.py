"""The whole pipeline on one screen.

        folders ─load─► sources ─render─► bodies ─stitch─► pages ─check─► ─targets─► files ─publish─► site

Build, check and dev run this and nothing else (invariant 6). Pages go into the staging tree as they are composed; they
become the live site only when the last check is done and no error stands (invariant 4). Each step asks the memory what
an earlier build made, and makes what is missing; where nothing at all changed, the earlier build's answer still stands.
"""

import datetime
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mfe_static.clock import Clock, Spent, Timings
from mfe_static.digests import Digest, digest
from mfe_static.memory import Memory
from mfe_static.model import KeptTarget, Report, TeamReport
from mfe_static.problems import Problem, exit_code
from mfe_static.state import Damaged, Remembered, Sums, maker
from mfe_static.survey import survey
from mfe_static.write import OutputFailed, Staging, Written, lock, open_output, standing_whole

if TYPE_CHECKING:
    from mfe_static.assemble import Bench
    from mfe_static.assemble import Kept as Pages
    from mfe_static.load import Workspace
    from mfe_static.model import (
        Asset,
        Composed,
        FragmentReads,
        KeptCheck,
        KeptTarget,
        StitchedSite,
        TeamBuild,
        TeamSources,
    )
    from mfe_static.render import Kept as Rendered
    from mfe_static.stitch import Marks
    from mfe_static.targets import Ready

STATE = ".mfe"
"""The folder in the site's root in which the tool remembers."""
Progress = Callable[[str, int, int], None]
"""Told the phase, how much of it is done, and how much there is."""


class Options(NamedTuple):
    """How to build; everything that is not in the site's folder."""

    now: datetime.datetime
    """With a time zone; matters only to pages with publish or expiry dates."""
    environ: Mapping[str, str] = {}
    flags: Mapping[str, Any] = {}
    """Settings from the command line, by dotted key."""
    drafts: bool = False
    write: bool = True
    """False: check only; nothing is written, not even what is remembered."""
    cache: bool = True
    jobs: int = 0
    """Processes; 0: one for each core."""
    strict: bool = False
    """Whether warnings, too, keep the site from being published."""
    parts: bool = False
    """Whether the result is to have the parts of the pages, too."""
    quick: bool = False
    """Whether the answer of an earlier build will do where nothing changed; then there is no `site` in the result."""


class Result(NamedTuple):
    """What a build did."""

    problems: Sequence[Problem]
    code: int
    """The exit code of the command line."""
    seconds: Mapping[str, float]
    """By phase, and `total`."""
    report: Report
    workspace: "Workspace | None" = None
    """The site's folders, read; None where they were not read."""
    site: "StitchedSite | None" = None
    """None where it was not stitched."""
    written: Written = Written(0, 0, 0, 0)
    published: bool = False
    """Whether the site that stands in the output is this one."""
    spent: Sequence[Spent] = ()
    """Where the processes' time went."""


def build(root: Path, options: Options, progress: Progress = lambda *_: None) -> Result:
    """Build the site in `root`. Problems are in the result; the output changes only when none is an error."""
    run = _Run(root, options, progress)
    with ExitStack() as stack:
        found = "site.toml" in run.seen.real
        if found and options.write and (busy := stack.enter_context(lock(root / STATE))):
            return Result([busy], exit_code([busy], strict=False), run.clock.seconds(), Report(""))
        folder = root / STATE / "cache" if found and options.cache else None
        memory = stack.enter_context(Memory(folder, maker(), keep=options.write))
        if options.quick and (same := run.same(memory)):
            return same
        run.load(memory)
        staging = _staging(run)
        stack.enter_context(staging or nullcontext())
        if not found or not run.space.teams or (options.write and staging is None):
            return run.result()
        try:
            return _built(run, memory, staging)
        except Damaged as damaged:
            memory.forget(damaged)
            run.load(memory)
            return _built(run, memory, staging)
        except OutputFailed as failed:
            run.problems.append(failed.problem)
            return run.result()


def _built(run: "_Run", memory: Memory, staging: Staging | None) -> Result:
    """The steps, one after another."""
    from mfe_static import checks
    from mfe_static.assemble import assemble, kept_pages, stale
    from mfe_static.render import Publishing, render
    from mfe_static.targets import Ready, of_teams

    options, space = run.options, run.space
    teams = [team.name for team in space.teams]
    rows = {name: memory.team(name) for name in teams}
    with run.clock("render"):
        rendering = render(
            space.teams,
            space.site,
            Publishing(now=options.now, drafts=options.drafts),
            kept={name: row.rendered for name, row in rows.items()},
            packs={name: memory.packs(name) for name in teams},
            sums=run.sums,
            jobs=options.jobs,
            timings=run.timings,
            progress=run.told("render", sum(len(team.pages) for team in space.teams)),
        )
        run.problems += [found for built in rendering.builds for found in built.problems]
    with run.clock("stitch"):
        bench, marks = _bench(run, rendering.builds, memory, staging)
        kept = {name: row.pages for name, row in rows.items()}
        causes = stale(bench, marks, kept, staging.standing if staging else None)
        told = run.told("stitch", len(bench.pages))
        ready = Ready(memory.site.targets)
        assembled = assemble(
            bench,
            marks,
            kept,
            causes,
            staging,
            jobs=options.jobs,
            timings=run.timings,
            progress=told,
            meanwhile=ready.prepare(of_teams(space.site, bench.builds)) if staging else iter(()),
        )
    with run.clock("check"):
        site = _site(run, bench, assembled.pages)
        found, checked = checks.check(site, memory.site.addresses)
        run.problems += [*bench.stitcher.problems(), *found]
    with run.clock("write"):
        written, made = _publish(run, site, ready, staging)
    fallbacks = sum(composed.row.fallbacks for composed in site.pages)
    stitched = sum(bench.pages[url][1] is not None for url in causes)  # without the theme's own page
    report = _report(space, bench.builds, stitched, assembled.variants, fallbacks)
    result = run.result(report=report, site=site, written=written or Written(0, 0, 0, 0), published=written is not None)
    with run.clock("remember"):
        pages = kept_pages(assembled.pages, marks, teams)
        plain = {
            team: {path: (run.mark(asset.real), asset) for path, asset in its.items()}
            for team, its in bench.stitcher.plain().items()
        }
        _remember(run, memory, rendering.kept, pages, marks.known, made, plain, checked, result)
    if memory.problems:
        run.problems += memory.problems
        result = result._replace(problems=run.placed())
    return result._replace(seconds=run.clock.seconds(), spent=run.timings.taken())


class _Run:
    """One build on its way: what the steps share."""

    def __init__(self, root: Path, options: Options, progress: Progress) -> None:
        self.options, self.progress = options, progress
        self.begun = time.time_ns()  # decides what has to be read again, and nothing else
        self.clock, self.timings = Clock(), Timings()
        with self.clock("load"):
            self.seen = survey(root)
        self.sums = Sums(self.seen.stats, Remembered())
        self._space: Workspace | None = None
        self._marks: dict[str, Digest] = {}
        self.problems: list[Problem] = []

    @property
    def space(self) -> "Workspace":
        """The site's folders, read."""
        assert self._space is not None
        return self._space

    @property
    def key(self) -> Digest:
        """Names how it was asked to build."""
        options = self.options
        environ = sorted(f"{name}={value}" for name, value in options.environ.items() if name.startswith("MFE_STATIC_"))
        flags = sorted(f"{name}={value!r}" for name, value in options.flags.items() if value is not None)
        return digest(repr((environ, flags, options.now.isoformat(), options.drafts, options.strict)))

    def same(self, memory: Memory) -> Result | None:
        """The answer of the last build, where nothing changed since then, in the sources and in the output."""
        last, root = memory.site.outcome, self.seen.root
        self.sums = Sums(self.seen.stats, memory.site.files)
        if last is None or last.key != self.key or not self.seen.sound or memory.problems:
            return None
        with self.clock("load"):
            if not self.sums.unchanged(self.seen.real):
                return None
        with self.clock("write"):
            written = standing_whole(root / last.report.output, root / STATE, last.manifest)
        if written is None:
            return None
        code = exit_code(last.problems, strict=self.options.strict)
        return Result(last.problems, code, self.clock.seconds(), last.report, written=written, published=True)

    def load(self, memory: Memory) -> None:
        """Read the folders."""
        from mfe_static.load import load

        self.sums = Sums(self.seen.stats, memory.site.files)
        with self.clock("load"):
            for shown in self.sums.young(self.begun):  # before they are read, so that a change in between is seen
                if shown in self.seen.real and "/pages/" not in shown:
                    self.sums.digest(shown, self.seen.real[shown])
            self._space = load(self.seen, self.options.environ, self.options.flags)
        self.problems = [*self.space.problems]

    def mark(self, real: str) -> Digest:
        """The digest of a file; empty where it cannot be read, which is said when it is needed."""
        if real not in self._marks:
            found = self.sums.digest(os.path.relpath(real, self.seen.root), real) if real else ""
            self._marks[real] = "" if isinstance(found, Problem) else found
        return self._marks[real]

    def folder(self, team: "TeamSources") -> Digest:
        """Names the contents of all files of a team that can be fingerprinted."""
        return digest(*[part for path, real in team.assets.items() for part in (path, self.mark(real))])

    def told(self, phase: str, total: int) -> Callable[[int], None]:
        """Progress of a phase."""
        return lambda done: self.progress(phase, done, total)

    def judged(self) -> list[Problem]:
        """The problems so far, with the levels that decide what is an error."""
        from mfe_static.finish import judged

        owners = {team.name: team.owner for team in self.space.teams}
        return judged(self.problems, owners, self.space.levels)

    def placed(self) -> list[Problem]:
        """The problems as users see them."""
        from mfe_static.finish import placed
        from mfe_static.load import BUILT_IN_THEMES

        with self.clock("report"):
            return placed(self.judged(), self.seen.root, BUILT_IN_THEMES.parent)

    def result(self, **fields: Any) -> Result:
        """The end of the run."""
        problems = self.placed()
        code = exit_code(problems, strict=self.options.strict)
        report = fields.pop("report", None) or _report(self.space)
        return Result(problems, code, self.clock.seconds(), report, self.space, **fields)


def _staging(run: _Run) -> Staging | None:
    """The tree that the site goes into; None when nothing is to be written, or cannot be."""
    if not run.options.write:
        return None
    root = run.seen.root
    sources = [folder for name in ("teams", "themes", "public") if (folder := root / name).exists()]
    staging = open_output(root / run.space.settings.output, sources=sources, state=root / STATE)
    if isinstance(staging, Problem):
        run.problems.append(staging)
        return None
    return staging


def _bench(run: _Run, builds: "Sequence[TeamBuild]", memory: Memory, staging: Staging | None) -> "tuple[Bench, Marks]":
    """What assembling needs, and the names of all that goes into pages."""
    from mfe_static.assemble import Bench
    from mfe_static.stitch import Marks

    space = run.space
    packs = {build.sources.name: memory.packs(build.sources.name) for build in builds}
    given = _given_files(space)
    assets = {team.name: team.assets for team in (space.theme, *space.teams)}
    known = {
        team: {
            path: asset
            for path, (mark, asset) in made.items()
            if path in assets.get(team, {}) and run.mark(assets[team][path]) == mark
        }
        for team, made in memory.site.assets.items()
    }
    writer = staging.writer() if staging else None
    bench = Bench(space.site, builds, space.theme, given, known, packs, writer)
    stitcher = bench.stitcher
    real = {
        **given,
        **{build.sources.prefix + path: real for build in builds for path, real in build.sources.public.items()},
    }
    marks = Marks(
        space.site,
        stitcher.builds,
        space.theme,
        stitcher.fragments,
        stitcher.route_table,
        files={url: run.mark(path) for url, path in sorted(real.items())},
        folder=run.folder,
        known=memory.site.fragments,
    )
    return bench, marks


def _given_files(space: "Workspace") -> dict[str, str]:
    """Files that no team owns but links may lead to: the site's own, and those that the tool writes."""
    names = ["sitemap.xml", "robots.txt", "objects.inv", "_mfe/site.json"]
    names += [f"_mfe/contracts/{team.name}.json" for team in space.teams]
    return {f"/{name}": "" for name in names} | {f"/{path}": real for path, real in space.public.real.items()}


def _site(run: _Run, bench: "Bench", pages: "Sequence[Composed]") -> "StitchedSite":
    from mfe_static.model import Output, StitchedSite

    space = run.space
    files = [
        Output(
            path=f"{built.sources.prefix}{path}".lstrip("/"),
            source=os.path.relpath(real, space.root),
            team=built.sources.name,
            real=real,
        )
        for built in bench.builds
        for path, real in built.sources.public.items()
    ]
    files += [Output(path=path, source=space.public.name(path), real=real) for path, real in space.public.real.items()]
    uses = {composed.uses for composed in pages}
    return StitchedSite(
        site=space.site,
        builds=tuple(bench.builds),
        pages=tuple(pages),
        files=tuple(files),
        assets=tuple(bench.stitcher.assets(uses)),
        asked=frozenset(name for its in uses for name in its.asked),
        weights=bench.stitcher.weights(),
        parts={composed.page.url: bench.parts(composed) for composed in pages} if run.options.parts else {},
    )


def _publish(
    run: _Run, site: "StitchedSite", ready: "Ready", staging: Staging | None
) -> "tuple[Written | None, dict[str, KeptTarget]]":
    """Everything beside the pages, and then the one moment in which the site goes live; None: it did not."""
    from mfe_static.targets import of_pages, of_teams

    if staging is None or exit_code(run.judged(), strict=run.options.strict):
        return None, dict(ready.known)
    made: dict[str, KeptTarget] = {}
    try:
        for target in (*of_teams(site.site, site.builds), *of_pages(site)):
            last = ready.known.get(target.name)
            if last and last.key == target.key and all(staging.keep(path, mark) for path, mark in last.files):
                made[target.name] = last
                continue
            outputs = ready.outputs(target)
            for output in outputs:
                staging.put(output.path, output.content)
            made[target.name] = KeptTarget(target.key, tuple((it.path, digest(it.content)) for it in outputs))
        for output in (*site.files, *site.assets):
            if output.real:
                staging.copy(output.path, output.real, run.mark(output.real))
            else:
                staging.put(output.path, output.content)
        return staging.publish(), made
    except OutputFailed as failed:
        run.problems.append(failed.problem)
        return None, made


def _report(
    space: "Workspace", builds: "Sequence[TeamBuild]" = (), stitched: int = 0, variants: int = 0, fallbacks: int = 0
) -> Report:
    counts = {build.sources.name: (len(build.pages), len(build.rendered)) for build in builds}
    teams = {team.name: TeamReport(team.owner, team.prefix, *counts.get(team.name, ())) for team in space.teams}
    return Report(space.settings.output, teams, stitched, variants, fallbacks)


def _remember(
    run: _Run,
    memory: Memory,
    rendered: "Mapping[str, Rendered]",
    pages: "Mapping[str, Pages]",
    fragments: "Mapping[str, FragmentReads]",
    targets: "Mapping[str, KeptTarget]",
    assets: "Mapping[str, Mapping[str, tuple[Digest, Asset]]]",
    addresses: "KeptCheck",
    result: Result,
) -> None:
    """Leave to the next build what this one made."""
    from mfe_static.memory import Outcome, SiteMemory
    from mfe_static.rows import TeamMemory

    outcome = None
    if result.published and run.seen.sound:
        quiet = msgspec.structs.replace(
            result.report,
            teams={name: msgspec.structs.replace(team, rendered=0) for name, team in result.report.teams.items()},
            stitched=0,
            fragments=0,
        )
        outcome = Outcome(run.key, result.written.manifest, quiet, tuple(result.problems))
    site = SiteMemory(run.sums.remembered(run.begun), outcome, fragments, targets, assets, addresses)
    teams = {name: TeamMemory("", rendered[name], pages[name]) for name in rendered}
    memory.save(site, teams)
