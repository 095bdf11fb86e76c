"""Assemble: the last work on each page, in whichever process: stitch it, look at it, write it.

A page that is as it was in an earlier build is left alone, when its document still stands in the output. All others are
composed, in batches of one team. A worker writes the document itself and appends what is known of its parts to the
team's pack; what comes back is a row (`Stitched`).
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from mfe_static.checks import Look, Seen, look
from mfe_static.clock import Spent, Timings
from mfe_static.digests import Digest, digest
from mfe_static.kept import NOTHING, Asset, Blob, Read
from mfe_static.model import Body, Page, Site, TeamBuild, TeamSources
from mfe_static.routes import output_path
from mfe_static.state import Pack, Packs
from mfe_static.stitch import Marks, Stitcher
from mfe_static.stitched import Composed, Part, Stitched, Uses
from mfe_static.workers import batch_size, batches, work_through
from mfe_static.write import Placed, Staging, Writer


class Bench:
    """All that assembling a site needs, the same for every worker."""

    def __init__(
        self,
        site: Site,
        builds: Sequence[TeamBuild],
        theme: TeamSources,
        given: Mapping[str, str],
        known: Mapping[str, Mapping[str, Asset]],
        packs: Mapping[str, Packs],
        writer: Writer | None,
    ) -> None:
        """`given`, `known`: see `Stitcher`. `writer`: None when nothing is written."""
        self.site, self.builds, self.theme, self.given, self.known = site, builds, theme, given, known
        self.packs, self.writer = packs, writer
        self.failed = frozenset(url for build in builds for url in build.failed)
        self.pages: dict[str, tuple[Page, Digest, Blob | None]] = {}
        """Every page, what it says of itself, and the place of its body, by URL; the theme's 404 has neither."""
        for build in builds:
            for page, name, place in zip(build.pages, build.names, build.bodies, strict=True):
                self.pages.setdefault(page.url, (page, name, place))
        if self.stitcher.links.directory.find("/404.html") is None:
            page = self.stitcher.composer.not_found()
            self.pages[page.url] = (page, "", None)

    @cached_property
    def stitcher(self) -> Stitcher:
        """Worked out once in each process."""
        return Stitcher(self.site, self.builds, self.theme, self.given, self.known)

    def parts(self, composed: Composed) -> tuple[Part, ...]:
        """The parts of a composed page."""
        with Pack(self.packs[composed.page.team]) as pack:
            return msgspec.msgpack.decode(pack.get(composed.row.parts), type=tuple[Part, ...])

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs to make its own."""
        return {name: value for name, value in self.__dict__.items() if name != "stitcher"}


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """What a worker made of some pages."""

    rows: tuple[Stitched, ...]
    uses: tuple[Uses, ...]
    placed: tuple[Placed | None, ...]
    """What was written for each."""
    reads: Mapping[str, tuple[Read, ...]]
    """What fragments looked at, by `team:name`."""
    variants: tuple[Digest, ...]
    """The variants of fragments that this process has rendered so far, each with a name of its own."""
    spent: tuple[Spent, ...]


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of the pages of a team."""

    pages: Mapping[str, Stitched] = {}
    """By URL."""
    uses: tuple[Uses, ...] = ()
    """What rows refer to by number."""
    around: Mapping[str, Digest] = {}
    """What was around them, by what users call it."""
    fragments: Mapping[str, Digest] = {}
    """The fragments that they ask for, by `team:name`."""


class Assembled(NamedTuple):
    """Every page of the site."""

    pages: Sequence[Composed]
    variants: int
    """How many variants of fragments were rendered."""


def stale(
    bench: Bench, marks: Marks, kept: Mapping[str, Kept], standing: Callable[[str], Digest] | None
) -> dict[str, str]:
    """The pages that have to be stitched, by URL, and why. `standing`: the digest of a file in the output; None:
    nothing is written."""
    out: dict[str, str] = {}
    empty = Kept()
    around = {team: _around(marks.around(team), kept.get(team, empty)) for team in bench.stitcher.builds}
    shown = {team: [_shown(marks, uses, was) for uses in was.uses] for team, was in kept.items()}
    for url, (page, name, body) in bench.pages.items():
        team = page.team
        was = kept.get(team, empty)
        row = was.pages.get(url)
        if row is None:
            out[url] = "it is new" if was.pages else NOTHING
        elif not row.mark:
            out[url] = "it failed"
        elif row.body != (body.mark if body else ""):
            out[url] = "its body changed"
        elif row.page != name:
            out[url] = "its front matter, or a setting for it, changed"
        elif cause := around[team] or shown[team][row.uses]:
            out[url] = cause
        elif standing and standing(output_path(url)) != row.mark:
            out[url] = "its document in the output is missing or was changed"
    return out


def _around(now: Mapping[str, Digest], was: Kept) -> str:
    """What changed around a team's pages, in words; empty: nothing."""
    return _changed([part for part, mark in now.items() if was.around.get(part) != mark])


def _shown(marks: Marks, uses: Uses, was: Kept) -> str:
    """Which fragments changed, or what they look at; empty: none."""
    names = [f"the fragment {name}" for name in uses.asked if was.fragments.get(name) != marks.fragment(name)]
    return f"{_changed(names)}, or what it looks at" if names else ""


def _changed(what: Sequence[str]) -> str:
    return f"{' and '.join(what)} changed" if what else ""


def assemble(
    bench: Bench,
    marks: Marks,
    kept: Mapping[str, Kept],
    causes: Mapping[str, str],
    staging: Staging | None,
    *,
    jobs: int,
    timings: Timings,
    progress: Callable[[int], None],
    meanwhile: Iterator[object],
) -> Assembled:
    """Every page of the site, in the order of the teams; those of `causes` are stitched, the others are kept.

    `meanwhile`: steps of other work, each done while processes stitch; all are done in the end.
    """
    by_team: dict[str, list[str]] = {}
    for url in causes:
        by_team.setdefault(bench.pages[url][0].team, []).append(url)
    size = batch_size(len(causes), jobs)
    standing = staging.standing if staging else lambda _: ""
    tasks = [
        [(url, standing(output_path(url))) for url in batch]
        for urls in by_team.values()
        for batch in batches(urls, size)
    ]
    rows: dict[str, tuple[Stitched, Uses]] = {}
    variants: set[Digest] = set()
    done = len(bench.pages) - len(causes)
    progress(done)
    next(meanwhile, None)
    for task, data in zip(tasks, work_through(assembled, bench, tasks, jobs=jobs, amount=len(causes)), strict=True):
        batch = msgspec.msgpack.decode(data, type=Batch)
        for (url, _), row, placed in zip(task, batch.rows, batch.placed, strict=True):
            rows[url] = row, batch.uses[row.uses]
            if staging and placed:
                staging.add(placed)
        marks.learn(batch.reads)
        variants.update(batch.variants)
        timings.add(batch.spent)
        done += len(task)
        progress(done)
        next(meanwhile, None)
    deque(meanwhile, maxlen=0)
    pages = list(_pages(bench, kept, rows, causes))
    if staging:
        for composed in pages:
            if not composed.cause and not staging.keep(output_path(composed.page.url), composed.row.mark):
                raise AssertionError(composed.page.url)
    return Assembled(pages, len(variants))


def _pages(
    bench: Bench,
    kept: Mapping[str, Kept],
    rows: Mapping[str, tuple[Stitched, Uses]],
    causes: Mapping[str, str],
) -> Iterator[Composed]:
    for url, (page, _, _) in bench.pages.items():
        if url in rows:
            yield Composed(page, *rows[url], causes[url])
        else:
            was = kept[page.team]
            yield Composed(page, was.pages[url], was.uses[was.pages[url].uses])


def assembled(bench: Bench, task: Sequence[tuple[str, Digest]]) -> bytes:
    """Stitch, look at and write some pages of one team: a `Batch`, encoded. With each URL comes the digest of the
    document that stands in the output."""
    rows: list[Stitched] = []
    uses: dict[Uses, int] = {}
    placed: list[Placed | None] = []
    ours: set[str] = set()
    timings = bench.stitcher.timings
    with Pack(bench.packs[bench.pages[task[0][0]][0].team]) as pack:
        for url, standing in task:
            with timings("stitch", url):
                row, its = _assembled(bench, pack, url, standing, uses, ours)
            rows.append(row)
            placed.append(its)
    fragments = bench.stitcher.fragments
    reads = {
        f"{team}:{name}": tuple(sorted(its.names))
        for team, kit in fragments.kits.items()
        for name, its in kit.reads.items()
    }
    variants = tuple(digest(msgspec.msgpack.encode(variant)) for variant in fragments.rendered)
    return msgspec.msgpack.encode(Batch(tuple(rows), tuple(uses), tuple(placed), reads, variants, timings.taken()))


def _assembled(
    bench: Bench, pack: Pack, url: str, standing: Digest, uses: dict[Uses, int], ours: set[str]
) -> tuple[Stitched, Placed | None]:
    page, name, place = bench.pages[url]
    body = msgspec.msgpack.decode(pack.get(place), type=Body) if place else Body()
    whole = bench.stitcher.composer.compose(page, body)
    html = whole.html.encode()
    view = Look(page, whole.html, whole.parts, policy=bool(bench.site.policy), failed=url in bench.failed)
    seen = look(view) if html else Seen()
    placed = bench.writer.put(output_path(url), html, standing, ours) if html and bench.writer else None
    row = Stitched(
        mark=placed.digest if placed else digest(html) if html else "",
        size=len(html),
        page=name,
        body=place.mark if place else "",
        uses=uses.setdefault(whole.uses, len(uses)),
        parts=pack.put(msgspec.msgpack.encode(whole.parts)),
        ids=seen.ids,
        anchored=seen.anchored,
        fallbacks=whole.fallbacks,
        problems=(*whole.problems, *seen.problems),
    )
    return row, placed


def kept_pages(pages: Sequence[Composed], marks: Marks, teams: Iterable[str]) -> dict[str, Kept]:
    """Each row, and what went into all of them: what the next build compares with."""
    rows: dict[str, dict[str, Stitched]] = {team: {} for team in teams}
    uses: dict[str, dict[Uses, int]] = {team: {} for team in rows}
    for composed in pages:
        row, team = composed.row, composed.page.team
        if any(found.code == "too-slow" for found in row.problems):  # a clock's word
            continue
        number = uses[team].setdefault(composed.uses, len(uses[team]))
        rows[team][composed.page.url] = row if row.uses == number else msgspec.structs.replace(row, uses=number)
    asked = {team: sorted({name for its in uses[team] for name in its.asked}) for team in rows}
    return {
        team: Kept(
            rows[team], tuple(uses[team]), marks.around(team), {name: marks.fragment(name) for name in asked[team]}
        )
        for team in rows
    }
