"""The bench: everything that a site's pages are assembled from, laid out once for all who work on them.

Another process gets it without the pages, which come with the tasks. Where a process builds again, and nothing but
bodies changed, it takes over what is on the bench of the build before.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mfe_static.assets.variants import Encoding
from mfe_static.digests import Digest
from mfe_static.kept import Asset, Blob, Variants
from mfe_static.model import Body, Facts, Page, Site, TeamBuild, TeamSources
from mfe_static.render import read_facts
from mfe_static.state import Pack, Packs
from mfe_static.stitch import Stitcher, searchable
from mfe_static.stitched import Behaviour, Composed, Marked, Part
from mfe_static.workers import Crew, Lent
from mfe_static.write import Writer

Asked = tuple[Page, Digest, Blob | None]
"""A page, what it says of itself, and the place of its body."""


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
        crew: Crew,
        last: "Bench | None" = None,
        encoding: Encoding | None = None,
        variants: Mapping[Digest, Variants] | None = None,
        *,
        behaviour: Behaviour,
        timed: bool = False,
    ) -> None:
        """`given`, `known`, `behaviour`, `variants`, `timed`: see `Stitcher`. `writer`: None when nothing is written.
        `last`: one that was made of the same; only bodies may differ. `encoding`: how pictures are encoded; None: they
        stay as they are."""
        self.site, self.builds, self.packs, self.writer = site, builds, packs, writer
        self.encoding = encoding
        self.failed = frozenset(url for build in builds for url in build.failed)
        pages = {build.sources.name: Lent(build.pages, crew.folder) for build in builds}
        self.stitcher: Stitcher = (
            last.stitcher
            if last
            else Stitcher(site, builds, theme, given, known, pages, variants=variants, behaviour=behaviour, timed=timed)
        )
        self.pages: dict[str, Asked] = {}
        """Every page, what it says of itself, and the place of its body, by URL; pages of the theme have no body."""
        self.teams: Mapping[str, list[str]] = {build.sources.name: [] for build in builds}
        """The URLs of each team's pages."""
        self.own: list[str] = []
        """Those of pages that nobody wrote. What they say may be of any team, and not of the one that they count to."""
        if last:
            self.pages, self.teams = {**last.pages, **dict(_moved(last, builds))}, last.teams
            self.own = last.own
            return
        for build in builds:
            for page, name, place in zip(build.pages, build.names, build.bodies, strict=True):
                if page.url not in self.pages:
                    self.pages[page.url] = page, name, place
                    self.teams[page.team].append(page.url)
        for page, name in self.stitcher.own_pages():
            self.pages[page.url] = (page, name, None)
            self.teams[page.team].append(page.url)
            self.own.append(page.url)

    def found(self) -> Iterator[tuple[Page, Blob]]:
        """The pages that can be found by searching, and the places of their bodies."""
        for build in self.builds:
            for number in searchable(build):
                if place := build.bodies[number]:
                    yield build.pages[number], place

    def body(self, page: Page, place: Blob) -> Body:
        """The body of a page."""
        with Pack(self.packs[page.team]) as pack:
            return body_of(pack, place)

    def parts(self, composed: Composed) -> tuple[Part, ...]:
        """The parts of a composed page."""
        with Pack(self.packs[composed.page.team].later()) as pack:
            return pack.read(composed.row.parts, tuple[Part, ...])

    def facts(self, made: dict[str, dict[Blob, bytes]], build: TeamBuild) -> Iterator[Facts]:
        """What a contract says of each body of a team. `made`: see `Rendering.facts`. Raises `Damaged`."""
        team = build.sources.name
        return read_facts(build, self.packs[team], made.pop(team, {}))

    def marked(self, url: str) -> Marked:
        """A page with marks around its regions, for those who look at it; never for the output. Raises `Damaged`."""
        page, _, place = self.pages[url]
        with Pack(self.packs[page.team].later()) as pack:
            return self.stitcher.marked(page, body_of(pack, place))

    def content(self, url: str) -> str:
        """A page's content alone, for those who read it elsewhere. Raises `Damaged`."""
        page, _, place = self.pages[url]
        with Pack(self.packs[page.team]) as pack:
            return self.stitcher.content(page, body_of(pack, place))

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs: pages come with the tasks."""
        return {name: value for name, value in self.__dict__.items() if name not in {"builds", "pages", "teams", "own"}}


def _moved(last: Bench, builds: Sequence[TeamBuild]) -> Iterator[tuple[str, Asked]]:
    """The pages of the teams whose bodies are not those that they were, where `last` has the same pages."""
    for build, was in zip(builds, last.builds, strict=True):
        if build.names is was.names and build.bodies is was.bodies:
            continue
        for place in range(len(build.pages)):
            page = build.pages[place]
            if last.pages[page.url][0] is was.pages[place]:
                yield page.url, (page, build.names[place], build.bodies[place])


def body_of(pack: Pack, place: Blob | None) -> Body:
    """The body that rests there; an empty one where a page has none."""
    return pack.read(place, Body) if place else Body()
