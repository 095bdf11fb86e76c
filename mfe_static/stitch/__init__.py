"""Stitch: contracts + bodies + fragments + theme → the pages of the site.

For each page the theme's layout is rendered around a mark, cut, and joined with the body, the fragments and the links,
which are all closed by now. Whatever pages share is worked out once: a link, a variant, the header. A page's own part
is a Jinja layout and a join, so a changed header stitches every page again and renders none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import msgspec

from mfe_static.assets import AssetFolder
from mfe_static.assets.scoping import roots
from mfe_static.assets.variants import Wanted
from mfe_static.clock import Timings
from mfe_static.digests import Digest
from mfe_static.kept import Asset, Variants
from mfe_static.model import Body, Page, Site, TeamBuild, TeamSources
from mfe_static.problems import Problem
from mfe_static.stitch.compose import Composer, Whole
from mfe_static.stitch.directory import Directory, without_pages
from mfe_static.stitch.fragments import Fragments
from mfe_static.stitch.islands import Islands
from mfe_static.stitch.links import Links
from mfe_static.stitch.marks import Marks
from mfe_static.stitch.pictures import Pictures
from mfe_static.stitch.resolved import AssetFile
from mfe_static.stitch.searching import search_pages, searchable, searches
from mfe_static.stitched import Behaviour, Marked, Output, Uses
from mfe_static.views import View, site_view

__all__ = ["Directory", "Marks", "Stitcher", "Whole", "searchable", "searches"]


_HEAVY: Mapping[str, Any] = {"pages": (), "names": (), "bodies": (), "facts": (), "problems": (), "rendered": {}}
"""What of a team's build grows with its pages, and stitching takes from elsewhere or not at all."""


Menus = Mapping[str, Sequence[View]]


class Stitcher:
    """Everything that stitching one site needs, and what was worked out for it so far."""

    def __init__(
        self,
        site: Site,
        builds: Sequence[TeamBuild],
        theme: TeamSources,
        given: Mapping[str, str],
        known: Mapping[str, Mapping[str, Asset]],
        pages: Mapping[str, Callable[[], Sequence[Page]]],
        directory: Directory | None = None,
        menus: Menus | None = None,
        found: Mapping[str, View] | None = None,
        variants: Mapping[Digest, Variants] | None = None,
        *,
        behaviour: Behaviour,
        timed: bool,
    ) -> None:
        """`given`: files that no team owns but links may lead to, by URL, with the file that is copied if it is one.
        `known`: by team and path, what files became in an earlier build that are still the same. `pages`: those of
        each team; they are taken from nowhere else. `directory`, `menus`, `found`: where these were made already.
        `variants`: what became of pictures, as far as it is known. `timed`: whether somebody will ask how long pages
        take."""
        self._made_of = site, theme, known, pages
        self.behaviour = behaviour
        self.builds = {build.sources.name: build for build in builds}
        self._folders = self._empty_folders()
        self._asked: set[AssetFile] = set()
        """Assets that the pages of the last build used."""
        directory = directory or Directory(builds, pages, given)
        self.route_table: list[View] = [  # those that a navigation can lead to
            {"name": name, "path": prefix, "url": prefix, "description": self.builds[name].sources.description}
            for name, prefix in site.prefixes.items()
            if name in self.builds and directory.has_page(name, prefix)
        ]
        self.menus = _menus(builds) if menus is None else menus
        """The entries of each menu, from all teams."""
        self.searches = searches(site, builds) if found is None else found
        """Where pages can be searched, by language."""
        self.links = Links(site, self.builds, self._folders, directory)
        self.pictures = Pictures(self.links, variants or {})
        self.timings = Timings(keep=timed)
        whole = site_view(site, self.route_table, self.menus, self.searches)
        self.fragments = Fragments(site, self.builds, pages, theme, whole, self.timings)
        self.composer = Composer(
            site,
            theme,
            self.builds,
            whole,
            self._folders,
            self.links,
            self.fragments,
            Islands(behaviour, site.base_path),
            self.timings,
            self.pictures.offer,
        )

    def __reduce__(self) -> tuple[object, ...]:
        """As another process gets it: without what grows with pages, but for the directory."""
        site, theme, known, pages = self._made_of
        if self.pictures.variants:  # who comes to a picture should not read it once more
            known = {team: {**known.get(team, {}), **folder.plain()} for team, folder in self._folders.items()}
        light = [
            msgspec.structs.replace(build, sources=without_pages(build.sources), **_HEAVY)
            for build in self.builds.values()
        ]
        found = self.links.directory, self.menus, self.searches, self.pictures.variants
        behaviour = msgspec.structs.replace(self.behaviour, files=())
        make = partial(Stitcher, behaviour=behaviour, timed=self.timings.keep)
        return make, (site, light, theme, {}, known, pages, *found)

    def own_pages(self) -> Iterator[tuple[Page, Digest]]:
        """The pages that nobody wrote and the site has all the same, where no team has one there; each with what names
        all that it says of itself."""
        find = self.links.directory.find
        if find("/404.html") is None:
            yield self.composer.not_found(), ""
        builds = list(self.builds.values())
        for page, name in search_pages(self._made_of[0], self._made_of[1], builds, self.searches):
            if (found := find(page.url)) is None or not found.team:
                yield page, name

    def marked(self, page: Page, body: Body) -> Marked:
        """A page with marks around its regions, for those who look at it; never for the output."""
        from mfe_static.stitch.regions import marked

        return marked(self.composer, self.links, self.fragments, self.pictures.offer, page, body)

    def content(self, page: Page, body: Body) -> str:
        """A page's content alone, for those who read it elsewhere."""
        from mfe_static.stitch.alone import content

        return content(self.links, self.fragments, self.pictures, page, body)

    def learn(self, wanted: Wanted, variants: Variants) -> None:
        """A picture was encoded."""
        self.pictures.learn(wanted.key, variants)
        self._folders[wanted.team].learn(wanted.path, wanted.asset)

    def variants(self, uses: Iterable[Uses]) -> dict[Digest, Variants]:
        """What became of the pictures that pages show."""
        known = self.pictures.variants
        return {key: known[key] for its in uses for _, _, key in its.pictures if key in known}

    def assets(self, uses: Iterable[Uses], kept: str) -> list[Output]:
        """Every asset that pages use, and what those refer to. `kept`: the folder with what was made of pictures."""
        uses = list(uses)
        wanted = {file for its in uses for file in its.assets}
        if not self._asked <= wanted:  # a page of an earlier build used more: only what pages use belongs to the site
            self._folders.update(self._empty_folders())
        self._asked = wanted
        for team, path, layer in sorted(wanted):
            self._folders[team].get(path, layer)
        made = {
            asset.path: Output(path=asset.path, source=folder.shown, content=asset.content, real=asset.real)
            for folder in self._folders.values()
            for asset in folder.made()
        }
        for team, path, key in sorted({picture for its in uses for picture in its.pictures}):
            self._folders[team].look(path)  # so that the next build knows it
            for its in self.pictures.variants[key].made if key in self.pictures.variants else ():
                source, real = self._folders[team].shown, f"{kept}/{its.digest}"
                made.setdefault(its.path, Output(path=its.path, source=source, real=real, kept=its.digest))
        return [output for _, output in sorted(made.items())]

    def loads(self, uses: Uses) -> Iterator[tuple[str, str, Asset]]:
        """The style sheets and scripts among the assets of such pages, and the sheets that these import: whose each is,
        how problems name its file, and what it became."""
        _, theme, _, _ = self._made_of
        for name, path, layer in uses.assets:
            if path.endswith((".css", ".js", ".mjs")):
                team, folder = theme if name == "theme" else self.builds[name].sources, self._folders[name]
                for file in (path, *(folder.imported(path) if path.endswith(".css") else ())):
                    if asset := folder.get(file, layer if file == path else ""):
                        yield name, team.named(file), asset

    def _empty_folders(self) -> dict[str, AssetFolder]:
        """The assets of all teams, before anybody asked for one."""
        site, theme, known, _ = self._made_of
        return {
            team.name: AssetFolder(
                team.assets,
                team.shown,
                base_path=site.base_path,
                known=known.get(team.name),
                scope=roots(team.name) if team.isolation == "scope" else "",
            )
            for team in (theme, *(build.sources for build in self.builds.values()))
        }

    def plain(self) -> dict[str, dict[str, Asset]]:
        """What files became that refer to no others, by team and path."""
        return {team: folder.plain() for team, folder in self._folders.items()}

    def weights(self) -> dict[str, int]:
        """Bytes of each of these assets and of all modules, by URL."""
        sizes = {f"/{asset.path}": asset.size for folder in self._folders.values() for asset in folder.made()}
        return {**sizes, **self.behaviour.sizes}

    def problems(self) -> list[Problem]:
        """What was found in these assets on the way."""
        return [found for folder in self._folders.values() for found in folder.problems]


def _menus(builds: Sequence[TeamBuild]) -> Menus:
    """The entries of each menu, lightest first, then by URL."""
    found: dict[str, list[tuple[tuple[bool, float, str], View]]] = {}
    for build in builds:
        for page in build.pages:
            for menu, (title, weight) in page.menu.items():
                rank = weight is None, weight or 0.0, page.url
                entry = {"title": title or page.title, "url": page.url, "team": page.team, "language": page.language}
                found.setdefault(menu, []).append((rank, entry))
    return {name: [entry for _, entry in sorted(its, key=itemgetter(0))] for name, its in sorted(found.items())}
