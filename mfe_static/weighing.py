"""Weighing: what pages load, after brotli, for teams with a budget.

Pages that are made of the same load the same, so it is looked at once for all of them. A file is compressed once: its
URL names its bytes, so what it weighs is kept by that. Teams without a budget pay nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from mfe_static.files import read_bytes
from mfe_static.kept import Asset
from mfe_static.model import TeamSources
from mfe_static.packing import packed
from mfe_static.problems import Problem
from mfe_static.stitched import Composed, Load, Loaded, Output, Uses, Weight

_SCRIPTS = (".js", ".mjs")
Found = Callable[[Uses], Iterable[tuple[str, str, Asset]]]
"""The style sheets and scripts among the assets that pages of such uses load: whose each is, how problems name its
file, and what it became."""


class Weighed(NamedTuple):
    """What came of it."""

    loads: tuple[Load, ...]
    """What pages of teams with a budget load, those that load the same together."""
    weights: Mapping[str, Weight]
    """By team with a budget for all that it has: what that is."""
    sizes: Mapping[str, int]
    """Bytes after brotli, by URL, for the next build."""


def weighed(
    pages: Sequence[Composed],
    teams: Iterable[TeamSources],
    found: Found,
    modules: Sequence[Output],
    known: Mapping[str, int],
) -> Weighed:
    """What pages load. `modules`: those of the site. `known`: sizes by URL, of an earlier build."""
    by_name = {team.name: team for team in teams if team.budget}
    if not by_name:
        return Weighed((), {}, {})
    scale = _Scale(found, modules, known)
    of_pages = {name for name, its in by_name.items() if its.budget and its.budget.of_files}
    loads = tuple(Load(first, count, tuple(scale.files(first.uses))) for first, count in _distinct(pages, of_pages))
    whole = {name for name, its in by_name.items() if its.budget and its.budget.of_team}
    weights = dict(scale.owned(pages, whole)) if whole else {}
    return Weighed(loads, weights, scale.sizes)


def _distinct(pages: Iterable[Composed], teams: set[str]) -> Iterator[tuple[Composed, int]]:
    """The first page of each kind, and how many there are."""
    first: dict[tuple[str, int], Composed] = {}
    counts: dict[tuple[str, int], int] = {}
    for composed in pages:
        if (team := composed.page.team) in teams:
            key = team, id(composed.uses)
            first.setdefault(key, composed)
            counts[key] = counts.get(key, 0) + 1
    return ((first[key], counts[key]) for key in first)


class _Scale:
    """Weighs files, each once."""

    def __init__(self, found: Found, modules: Sequence[Output], known: Mapping[str, int]) -> None:
        self._found, self._known = found, known
        self._modules = {f"/{output.path}": output for output in modules}
        self.sizes: dict[str, int] = {}

    def files(self, uses: Uses) -> Iterator[Loaded]:
        """What pages of such uses load."""
        for team, file, asset in self._found(uses):
            yield self._asset(team, file, asset)
        for url in uses.js:
            if output := self._modules.get(url):
                yield self._module(url, output)

    def owned(self, pages: Iterable[Composed], teams: set[str]) -> Iterator[tuple[str, Weight]]:
        """All that teams have on the site: style sheets and scripts that any page loads, and every module."""
        own: dict[str, dict[str, Loaded]] = {team: {} for team in sorted(teams)}
        for uses in {id(composed.uses): composed.uses for composed in pages}.values():
            for team, file, asset in self._found(uses):
                if team in teams:
                    own[team][asset.path] = self._asset(team, file, asset)
        for url, output in self._modules.items():
            team = output.path.split("/")[2]
            if team in teams:
                own[team][output.path] = self._module(url, output)
        for team, files in own.items():
            yield team, tuple(files.values())

    def _asset(self, team: str, file: str, asset: Asset) -> Loaded:
        size = self._size("/" + asset.path, asset.content, asset.real)
        return Loaded("js" if asset.path.endswith(_SCRIPTS) else "css", file, team, size)

    def _module(self, url: str, output: Output) -> Loaded:
        home = output.path.split("/")[2]
        name = output.source if output.real else f"{output.path.rpartition('/')[2].split('.')[0]}.js of mfe-static"
        return Loaded("js", name, "" if home == "mfe" else home, self._size(url, output.content, output.real))

    def _size(self, url: str, content: bytes, real: str) -> int:
        if url not in self.sizes:
            known = self._known.get(url)
            if known is None:
                data = content or (read_bytes(real, real) if real else b"")
                known = 0 if isinstance(data, Problem) else len(packed(data))
            self.sizes[url] = known
        return self.sizes[url]
