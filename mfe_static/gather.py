"""Gather: what a site has beside the pages of its teams, brought together twice.

Before pages are assembled, on one bench: the files that are copied, what files became in earlier builds, packs and the
writer, and the marks of all that goes into pages. Afterwards, as one value: pages, copied files, assets. From then on
nobody asks the folders what belongs to the site.
"""

import os
from collections.abc import Sequence
from typing import NamedTuple

from mfe_static.assets.variants import Encoding
from mfe_static.bench import Bench
from mfe_static.digests import digest
from mfe_static.kept import Asset, KeptModules
from mfe_static.load import Workspace
from mfe_static.meeting import met
from mfe_static.memory import Memory
from mfe_static.model import TeamBuild
from mfe_static.modules import Asked, behaviour
from mfe_static.routes import feed_urls
from mfe_static.run import Run
from mfe_static.stitch import Marks, searches
from mfe_static.stitched import Composed, Output, StitchedSite
from mfe_static.targets import asking_pages
from mfe_static.weighing import weighed
from mfe_static.workers import Crew
from mfe_static.write import Staging


class Gathered(NamedTuple):
    """All that assembling starts from."""

    bench: Bench
    marks: Marks
    around: tuple[object, ...]
    """What the bench's stitcher was made of."""
    modules: KeptModules
    """What the next build may know of modules."""


def gather(run: Run, builds: Sequence[TeamBuild], memory: Memory, staging: Staging | None, crew: Crew) -> Gathered:
    """What assembling needs, and the names of all that goes into pages."""
    space, before = run.space, run.session.before
    packs = {build.sources.name: memory.packs(build.sources.name) for build in builds}
    given = _given_files(space, builds)
    writer = staging.writer() if staging else None
    real = {
        **given,
        **{build.sources.prefix + path: real for build in builds for path, real in build.sources.public.items()},
    }
    files = {url: run.mark(path) for url, path in sorted(real.items())}
    folders = [run.folder(team) for team in (space.theme, *space.teams)]
    teams = [(build.sources, build.pages, build.absent, build.failed) for build in builds]
    its, kept, problems = behaviour(
        Asked(
            root=str(space.root),
            base_path=space.site.base_path,
            teams=(space.theme, *space.teams),
            apps=[page for build in builds if build.sources.spa for page in build.pages if page.app],
            mark=run.mark,
            kept=memory.site.modules,
            begun=memory.site.files.begun,
            shell=digest(folders[0], *[part for pair in space.theme.templates.items() for part in pair]),
            measured=bool(space.site.endpoint),
            known=space.site.prefixes,
        )
    )
    run.problems += problems
    around = space.site, space.theme, teams, files, folders, its
    last = before.bench if before and before.around == around else None
    bench = Bench(
        space.site,
        builds,
        space.theme,
        given,
        _known_assets(run, memory),
        packs,
        writer,
        crew,
        last,
        _encoding(run, memory),
        memory.site.pictures,
        behaviour=its,
        timed=run.timings.keep,
    )
    stitcher = bench.stitcher
    marks = Marks(
        space.site,
        {build.sources.name: build for build in builds},
        space.theme,
        stitcher.fragments,
        its,
        stitcher.route_table,
        stitcher.menus,
        stitcher.searches,
        files=files,
        folder=run.folder,
        known=memory.site.fragments,
    )
    return Gathered(bench, marks, around, kept)


def _encoding(run: Run, memory: Memory) -> Encoding | None:
    """How pictures are encoded; None: they stay as they are."""
    settings = run.space.site.pictures
    return Encoding(settings, *memory.pictures(), only_look=not run.options.encode) if settings else None


def _known_assets(run: Run, memory: Memory) -> dict[str, dict[str, Asset]]:
    """By team and path, what files became in an earlier build that are still the same."""
    assets = {team.name: team.assets for team in (run.space.theme, *run.space.teams)}
    return {
        team: {
            path: asset
            for path, (mark, asset) in made.items()
            if path in assets.get(team, {}) and run.mark(assets[team][path]) == mark
        }
        for team, made in memory.site.assets.items()
    }


def _given_files(space: Workspace, builds: Sequence[TeamBuild]) -> dict[str, str]:
    """Files that no team brings but links may lead to: the site's own, and those that the tool writes."""
    names = ["sitemap.xml", "robots.txt", "objects.inv", "_mfe/site.json"]
    names += [f"_mfe/contracts/{team.name}.json" for team in space.teams]
    feeds = [url for build in builds for page in asking_pages(build) for url in feed_urls(page.url)]
    found = [its["url"] for its in searches(space.site, builds).values()]
    written = dict.fromkeys([*(f"/{name}" for name in names), *feeds, *found], "")
    return written | {f"/{path}": real for path, real in space.public.real.items()}


def site_of(run: Run, bench: Bench, pages: Sequence[Composed], memory: Memory) -> StitchedSite:
    """The whole site, as checks and targets look at it."""
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
    uses = {*{id(composed.uses): composed.uses for composed in pages}.values()}  # asked for its hash once
    known = memory.site
    teams = [build.sources for build in bench.builds]
    meetings, scans = met(pages, teams, run.mark, known.sheets)
    modules = bench.stitcher.behaviour.files
    loads, owned, sizes = weighed(pages, teams, bench.stitcher.loads, modules, known.sizes)
    return StitchedSite(
        site=space.site,
        builds=tuple(bench.builds),
        pages=tuple(pages),
        files=tuple(files),
        assets=(
            *bench.stitcher.assets(uses, bench.encoding.folder if bench.encoding else ""),
            *modules,
        ),
        behaviour=bench.stitcher.behaviour,
        asked=frozenset(name for its in uses for name in its.asked),
        weights=bench.stitcher.weights(),
        content=bench.content,
        parts={composed.page.url: bench.parts(composed) for composed in pages} if run.options.parts else {},
        parts_of=bench.parts,
        marked=bench.marked if run.options.scriptless else None,
        loads=loads,
        owned=owned,
        sizes=sizes,
        meetings=meetings,
        scans=scans,
    )
