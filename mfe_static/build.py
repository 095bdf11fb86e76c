"""The whole pipeline on one screen.

        folders ─load─► sources ─render─► bodies ─stitch─► pages ─check─► ─targets─► files ─publish─► site

Build, check and dev run this and nothing else (invariant 6). Pages go into the staging tree as they are composed; they
become the live site only when the last check is done and no error stands (invariant 4).
"""

import datetime
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from mfe_static import checks, targets
from mfe_static.cache import Shelf, maker
from mfe_static.clock import Clock
from mfe_static.finish import exit_code, judged, placed
from mfe_static.load import BUILT_IN_THEMES, Workspace, load
from mfe_static.model import Composed, Output, StitchedSite, TeamBuild
from mfe_static.problems import Problem
from mfe_static.render import Publishing, render
from mfe_static.routes import output_path
from mfe_static.stitch import Stitcher
from mfe_static.workers import workers
from mfe_static.write import OutputFailed, Staging, Written, lock, open_output

STATE = ".mfe"
"""The folder in the site's root in which the tool remembers."""


class Options(NamedTuple):
    """How to build; everything that is not in the site's folder."""

    now: datetime.datetime
    """With a time zone; matters only to pages with publish or expiry dates."""
    environ: Mapping[str, str] = {}
    flags: Mapping[str, Any] = {}
    """Settings from the command line, by dotted key."""
    drafts: bool = False
    write: bool = True
    """False: check only; nothing is written, not even the cache."""
    cache: bool = True
    jobs: int = 0
    """Processes; 0: one for each core."""
    strict: bool = False
    """Whether warnings, too, keep the site from being published."""


class Result(NamedTuple):
    """What a build did."""

    workspace: Workspace
    problems: Sequence[Problem]
    code: int
    """The exit code of the command line."""
    seconds: Mapping[str, float]
    """By phase, and `total`."""
    site: StitchedSite | None = None
    """None when it did not come to stitching."""
    fragments: int = 0
    """Variants rendered."""
    fallbacks: int = 0
    """How often a fragment failed and its fallback was shown."""
    written: Written = Written(0, 0, 0, 0)
    published: bool = False


Progress = Callable[[str, int, int], None]
"""Told the phase, how much of it is done, and how much there is."""


class _Run:
    """One build on its way: what the steps share."""

    def __init__(self, root: Path, options: Options, progress: Progress) -> None:
        self.options, self.progress = options, progress
        self.clock = Clock()
        with self.clock("load"):
            self.workspace = load(root, options.environ, options.flags)
        self.problems = list(self.workspace.problems)

    def judged(self) -> list[Problem]:
        """The problems so far, with the levels that decide what is an error."""
        owners = {team.name: team.owner for team in self.workspace.teams}
        return judged(self.problems, owners, self.workspace.levels)

    def result(self, **fields: Any) -> Result:
        """The end of the run, with problems as users see them."""
        space = self.workspace
        with self.clock("report"):
            problems = placed(self.judged(), space.root, BUILT_IN_THEMES.parent)
        code = exit_code(problems, strict=self.options.strict)
        return Result(space, problems, code, self.clock.seconds(), **fields)


def build(root: Path, options: Options, progress: Progress = lambda *_: None) -> Result:
    """Build the site in `root`. Problems are in the result; the output changes only when none is an error."""
    run = _Run(root, options, progress)
    with ExitStack() as stack:
        if any(found.code == "missing-site" for found in run.problems):
            return run.result()
        if options.write and (busy := stack.enter_context(lock(root / STATE))):
            run.problems = [busy]
            return run.result()
        staging = _staging(run)
        stack.enter_context(staging or nullcontext())
        if not run.workspace.teams or (options.write and staging is None):
            return run.result()
        with run.clock("render"):
            builds = _render(run)
        with run.clock("stitch"):
            stitcher = Stitcher(run.workspace.site, builds, run.workspace.theme, _given_files(run.workspace))
            pages = _stitch(run, stitcher, staging)
        with run.clock("check"):
            site = _site(run.workspace, builds, pages, stitcher)
            run.problems += checks.check(site)
        with run.clock("write"):
            written = _publish(run, site, stitcher, staging)
    return run.result(
        site=site,
        fragments=stitcher.fragments.rendered,
        fallbacks=stitcher.fallbacks,
        written=written or Written(0, 0, 0, 0),
        published=written is not None,
    )


def _staging(run: _Run) -> Staging | None:
    """The tree that the site goes into; None when nothing is to be written, or cannot be."""
    if not run.options.write:
        return None
    root = run.workspace.root
    sources = [folder for name in ("teams", "themes", "public") if (folder := root / name).exists()]
    staging = open_output(root / run.workspace.settings.output, sources=sources, state=root / STATE)
    if isinstance(staging, Problem):
        run.problems.append(staging)
        return None
    return staging


def _render(run: _Run) -> list[TeamBuild]:
    """Every team, one after another; the work inside a team is what is shared among processes."""
    space, options = run.workspace, run.options
    publishing = Publishing(now=options.now, drafts=options.drafts)
    total = sum(len(team.pages) for team in space.teams)
    builds: list[TeamBuild] = []
    made_by = maker()
    with workers(options.jobs, total) as executor:
        for team in space.teams:
            file = space.root / STATE / "cache" / f"{team.name}.cache" if options.cache else None
            shelf = Shelf(file, made_by)
            before = sum(len(built.sources.pages) for built in builds)
            builds.append(
                render(
                    team,
                    space.site,
                    publishing,
                    shelf=shelf,
                    executor=executor,
                    progress=partial(_told, run, before, total),
                )
            )
            run.problems += [*builds[-1].problems, *shelf.problems]
            if options.write and (unsaved := shelf.save()):
                run.problems.append(unsaved)
    return builds


def _told(run: _Run, before: int, total: int, done: int) -> None:
    run.progress("render", before + done, total)


def _stitch(run: _Run, stitcher: Stitcher, staging: Staging | None) -> list[Composed]:
    """Compose every page and hand it to the staging tree; only what is known of it stays."""
    total = sum(len(built.pages) for built in stitcher.builds.values())
    pages: list[Composed] = []
    for composed in stitcher.pages():
        run.problems += composed.problems
        if staging and composed.html:
            try:
                staging.put(output_path(composed.page.url), composed.html)
            except OutputFailed as failed:
                run.problems.append(failed.problem)
                staging = None
        pages.append(msgspec.structs.replace(composed, html=b"", size=len(composed.html)))
        run.progress("stitch", len(pages), total)
    run.problems += stitcher.problems()
    return pages


def _site(space: Workspace, builds: Sequence[TeamBuild], pages: Sequence[Composed], stitcher: Stitcher) -> StitchedSite:
    files = [
        Output(
            path=f"{built.sources.prefix}{path}".lstrip("/"),
            source=os.path.relpath(real, space.root),
            team=built.sources.name,
            real=real,
        )
        for built in builds
        for path, real in built.sources.public.items()
    ]
    files += [Output(path=path, source=space.public.name(path), real=real) for path, real in space.public.real.items()]
    asked = frozenset(stitcher.fragments.asked)
    return StitchedSite(
        site=space.site,
        builds=tuple(builds),
        pages=tuple(pages),
        files=tuple(files),
        asked=asked,
        weights=stitcher.weights(),
    )


def _given_files(space: Workspace) -> dict[str, str]:
    """Files that no team owns but links may lead to: the site's own, and those that the tool writes."""
    names = ["sitemap.xml", "robots.txt", "objects.inv", "_mfe/site.json"]
    names += [f"_mfe/contracts/{team.name}.json" for team in space.teams]
    return {f"/{name}": "" for name in names} | {f"/{path}": real for path, real in space.public.real.items()}


def _publish(run: _Run, site: StitchedSite, stitcher: Stitcher, staging: Staging | None) -> Written | None:
    """Everything beside the pages, and then the one moment in which the site goes live; None: it did not."""
    if staging is None or exit_code(run.judged(), strict=run.options.strict):
        return None
    try:
        for output in (*targets.outputs(site), *site.files, *stitcher.assets()):
            if output.real:
                staging.copy(output.path, output.real)
            else:
                staging.put(output.path, output.content)
        return staging.publish()
    except OutputFailed as failed:
        run.problems.append(failed.problem)
        return None
