"""The modules of a site: which there are, what they are called, and the one import map that ties them together.

    fragment.js ─follow imports─► modules ─choose versions─► the same, with packages shared ─► import map, files

Everything is worked out before a page is stitched, from files alone. A site without modules is done at once.
Invariant: modules are published byte for byte as they were written.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from mfe_static.digests import Digest
from mfe_static.kept import KeptModules
from mfe_static.model import Page, TeamSources
from mfe_static.problems import Problem
from mfe_static.stitched import Behaviour

Found = tuple[Behaviour, KeptModules, list[Problem]]
"""All modules of a site, what the next build may know of them, and what is wrong with them."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What decides which modules a site has."""

    root: str
    base_path: str
    teams: Sequence[TeamSources]
    """The theme among them."""
    apps: Sequence[Page]
    """The pages that have one."""
    mark: Callable[[str], Digest]
    """The digest of a file of their folders."""
    kept: KeptModules
    """Of the build before."""
    begun: int
    """When that was, in nanoseconds since 1970."""
    shell: Digest
    """Names what stays where pages are exchanged softly."""
    measured: bool
    """Whether pages tell how they fared."""
    known: Collection[str]
    """The teams of the route table, also those that could not be read."""

    @property
    def starts(self) -> Mapping[str, tuple[str, str]]:
        """The modules of fragments, as team and path, by `team:name`."""
        return {
            f"{team.name}:{name}": (team.name, fragment.js)
            for team in self.teams
            for name, fragment in sorted(team.fragments.items())
            if fragment.js
        }

    @property
    def soft(self) -> bool:
        """Whether pages are exchanged softly anywhere."""
        return any(team.soft for team in self.teams)


def behaviour(asked: Asked) -> Found:
    """What a site has of modules."""
    if not (asked.starts or asked.soft or asked.measured or asked.apps):
        return Behaviour(), KeptModules(), []
    from mfe_static.modules.published import published  # most sites of documents need none of it

    return published(asked)
