"""The end of a build: the site goes live, and what was made is left to the next build.

Everything beside the pages is put into the staging tree, then one exchange makes it the site; while an error stands,
none of this happens (invariant 4). A target that was made of the same before is kept, and not made. What is remembered
is what is certain: nothing that a clock decided, and no answer for all where a folder could not be read whole.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from mfe_static.assemble import Assembled
from mfe_static.assets.variants import content_of
from mfe_static.bench import Bench
from mfe_static.kept import KeptCheck, KeptModules, KeptTarget
from mfe_static.memory import Memory, Outcome, SiteMemory
from mfe_static.pagefind import Failed
from mfe_static.problems import exit_code, problem
from mfe_static.render import Rendering
from mfe_static.rows import TeamMemory
from mfe_static.run import Result, Run
from mfe_static.stale import kept_pages
from mfe_static.state import Damaged
from mfe_static.stitch import Marks
from mfe_static.stitched import Output, StitchedSite
from mfe_static.targets import Ready, Target, of_bodies, of_pages
from mfe_static.write import OutputFailed, Placed, Staging, Written

_SEARCH_FAILED = "run it again; if it stays, take [search] out of site.toml and tell us"


class Published(NamedTuple):
    """What came of it."""

    written: Written | None
    """None: the site did not go live."""
    targets: Mapping[str, KeptTarget]
    """What is beside the pages."""
    whole: bool = True
    """Whether all of it was made of this site; else something slow was left as it was."""


def publish(
    run: Run, site: StitchedSite, bench: Bench, ready: Ready[Placed], staging: Staging | None, *, patient: bool
) -> Published:
    """Everything beside the pages, and then the one moment in which the site goes live. `patient`: whether what takes
    long is made anew; else it stays as it stands, if it does."""
    if staging is None or exit_code(run.judged(), strict=run.options.strict):
        return Published(None, dict(ready.known))
    made: dict[str, KeptTarget] = {}
    whole = True
    try:
        found = of_bodies(site.site, list(bench.found()), bench.body) if site.site.search else ()
        for output in (*site.files, *site.assets):
            if output.kept:
                _put_kept(staging, output)
            elif output.real:
                staging.copy(output.path, output.real, run.mark(output.real))
            else:
                staging.put(output.path, output.content)
        for target in _in_order((*ready.prepared, *found), site, staging):
            last = ready.known.get(target.name)
            will_do = last is not None and (last.key == target.key or (target.slow and not patient))
            if last and will_do and all(staging.keep(path, mark) for path, mark in last.files):
                made[target.name] = last
                whole &= last.key == target.key
                continue
            files = ready.files(target)
            for placed in files:
                staging.add(placed)
            made[target.name] = KeptTarget(target.key, tuple((placed.path, placed.digest) for placed in files))
        return Published(staging.publish(), made, whole)
    except OutputFailed as failed:
        run.problems.append(failed.problem)
    except Failed as failed:
        run.problems.append(problem("search-failed", f"Pagefind made no index: {failed}", hint=_SEARCH_FAILED))
    return Published(None, made)


def _in_order(first: Sequence[Target], site: StitchedSite, staging: Staging) -> Iterator[Target]:
    """All targets: those that are made, or take long, and then the others, which are little work."""
    yield from first
    staging.look_now()
    yield from of_pages(site)


def _put_kept(staging: Staging, output: Output) -> None:
    """A file that we made once and keep. Raises `Damaged`."""
    if not staging.keep(output.path, output.kept):
        content = content_of(output.real)
        if content is None:
            raise Damaged(f"file {os.path.basename(output.real)} of a picture")
        staging.put(output.path, content)


def remember(
    run: Run,
    memory: Memory,
    rendering: Rendering,
    assembled: Assembled,
    bench: Bench,
    marks: Marks,
    published: Published,
    addresses: KeptCheck,
    modules: KeptModules,
    result: Result,
) -> None:
    """Leave to the next build what this one made."""
    rendered = rendering.kept
    before = {name: memory.team(name).pages for name in rendered}
    rows = kept_pages(bench, marks, assembled.pages, assembled.causes, before)
    assets = {
        team: {path: (run.mark(asset.real), asset) for path, asset in its.items()}
        for team, its in bench.stitcher.plain().items()
    }
    pictures = bench.stitcher.variants({composed.uses for composed in assembled.pages}) if bench.encoding else {}
    seen, outcome = run.sums.remembered(run.begun), _outcome(run, result, whole=published.whole)
    assert result.site is not None
    beside = result.site.scans, result.site.sizes
    site = SiteMemory(seen, outcome, marks.known, published.targets, assets, addresses, pictures, modules, *beside)
    memory.save(site, {name: TeamMemory("", rendered[name], rows[name]) for name in rendered})


def hold(run: Run, memory: Memory, rendering: Rendering) -> None:
    """Keep what was rendered, where the build ends before its pages are stitched."""
    teams = {name: TeamMemory("", kept, memory.team(name).pages) for name, kept in rendering.kept.items()}
    memory.hold(run.sums.remembered(run.begun), teams)


def _outcome(run: Run, result: Result, *, whole: bool) -> Outcome | None:
    """What the next build answers where nothing changes; None where it must not rely on this one. Where the site is not
    `whole`, its files are as they were written, and yet nobody is answered with it."""
    if not result.published or not run.seen.sound:
        return None
    report = result.report
    quiet = msgspec.structs.replace(
        report,
        teams={name: msgspec.structs.replace(team, rendered=0) for name, team in report.teams.items()},
        stitched=0,
        fragments=0,
    )
    names = {name for team in run.space.teams if team.foreign for name in team.foreign.environment}
    key, drafts = run.key if whole else "", run.options.drafts or run.space.settings.drafts
    environment = run.environment(sorted(names))
    return Outcome(key, result.written.manifest, quiet, tuple(result.problems), environment, drafts)
