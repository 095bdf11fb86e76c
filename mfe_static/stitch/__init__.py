"""Stitch: contracts + bodies + fragments + theme → the pages of the site.

For each page the theme's layout is rendered around a mark, cut, and joined with the body, the fragments and the links,
which are all closed by now. Whatever pages share is worked out once: a link, a variant, the header. A page's own part
is a Jinja layout and a join, so a changed header stitches every page again and renders none.
"""

from collections.abc import Iterator, Mapping, Sequence

from mfe_static.assets import AssetFolder
from mfe_static.model import Composed, Output, Site, TeamBuild, TeamSources
from mfe_static.problems import Problem
from mfe_static.stitch.compose import Composer
from mfe_static.stitch.fragments import Fragments
from mfe_static.stitch.links import Directory, Links

__all__ = ["Directory", "Stitcher"]


class Stitcher:
    """Everything that stitching one site needs; `pages` composes one after another."""

    def __init__(self, site: Site, builds: Sequence[TeamBuild], theme: TeamSources, given: Mapping[str, str]) -> None:
        """`given`: files that no team owns but links may lead to, by URL, with the file that is copied if it is one."""
        self.builds = {build.sources.name: build for build in builds}
        self._folders = {
            sources.name: AssetFolder(sources.assets, sources.shown, base_path=site.base_path)
            for sources in (theme, *(build.sources for build in builds))
        }
        teams = [  # those that a navigation can lead to
            {"name": name, "path": prefix, "url": prefix, "description": self.builds[name].sources.description}
            for name, prefix in site.prefixes.items()
            if name in self.builds and any(page.url == prefix for page in self.builds[name].pages)
        ]
        self.links = Links(site, self.builds, self._folders, given)
        self.fragments = Fragments(site, self.builds, theme, teams)
        self._composer = Composer(site, theme, self.builds, teams, self._folders, self.links, self.fragments)

    def pages(self) -> Iterator[Composed]:
        """Every page, team by team, and the theme's 404 where no team has one."""
        for build in self.builds.values():
            for page, body in zip(build.pages, build.bodies, strict=True):
                yield self._composer.compose(page, body)
        if self.links.directory.find("/404.html") is None:
            yield self._composer.not_found()

    def assets(self) -> list[Output]:
        """Every asset that the pages composed so far use, and what those refer to."""
        made = {asset.path: (asset, folder) for folder in self._folders.values() for asset in folder.made()}
        return [
            Output(path=path, source=folder.shown, content=asset.content, real=asset.real)
            for path, (asset, folder) in sorted(made.items())
        ]

    def weights(self) -> dict[str, int]:
        """Bytes of each of these assets, by URL."""
        return {f"/{asset.path}": asset.size for folder in self._folders.values() for asset in folder.made()}

    @property
    def fallbacks(self) -> int:
        """How often a fragment failed and its fallback was shown."""
        return self._composer.fallbacks

    def problems(self) -> list[Problem]:
        """What was found in assets on the way."""
        return [found for folder in self._folders.values() for found in folder.problems]
