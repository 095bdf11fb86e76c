"""Meetings: whose parts and whose style sheets stand on one page, so that one team's can reach another's.

Pages of a team are mostly alike in this, so checks of teams against each other look at meetings and not at pages. A
style sheet is read only where teams meet, and only when it is not the one that an earlier build has read.
"""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.files import read_bytes
from mfe_static.kept import Reach, SheetScan
from mfe_static.model import TeamSources
from mfe_static.problems import Problem
from mfe_static.routes import joined, scheme
from mfe_static.stitched import Composed, Meeting, TeamSheet


class Met(NamedTuple):
    """What came of looking."""

    meetings: tuple[Meeting, ...]
    scans: Mapping[str, SheetScan]
    """What the next build may know of style sheets, by file, as problems name it."""


def met(
    pages: Iterable[Composed],
    teams: Iterable[TeamSources],
    mark: Callable[[str], Digest],
    known: Mapping[str, SheetScan],
) -> Met:
    """Where teams meet. `mark`: the digest of a file. `known`: what an earlier build knew of style sheets."""
    sheets = _Sheets({team.name: team for team in teams}, mark, known)
    meetings = tuple(
        Meeting(page=composed, files=files, sheets=tuple(sheets.of(composed)))
        for composed in _distinct(pages)
        if len(files := sheets.sources(composed)) > 1
    )
    return Met(meetings, sheets.scans)


def _distinct(pages: Iterable[Composed]) -> Iterator[Composed]:
    """The first page of each kind on which more than one team has something."""
    first: dict[tuple[str, int], Composed] = {}
    for composed in pages:
        first.setdefault((composed.page.team, id(composed.uses)), composed)
    seen: set[tuple[object, ...]] = set()
    for composed in first.values():
        team, uses = composed.page.team, composed.uses
        whose = {team, *(name.partition(":")[0] for name in uses.fragments)} - {"theme"}
        key = team, uses.fragments, uses.css, *(file for file in uses.assets if file[1].endswith(".css"))
        if len(whose) > 1 and key not in seen:
            seen.add(key)
            yield composed


class _Sheets:
    """The style sheets of teams, each read once."""

    def __init__(
        self, teams: Mapping[str, TeamSources], mark: Callable[[str], Digest], known: Mapping[str, SheetScan]
    ) -> None:
        self._teams, self._mark, self._known = teams, mark, known
        self._shaded = {name for name, team in teams.items() if team.isolation == "shadow"}
        self._made: dict[tuple[str, str], TeamSheet | None] = {}
        self.scans: dict[str, SheetScan] = {}

    def sources(self, composed: Composed) -> dict[str, str]:
        """A file of each team that has something on a page, as problems name it, its owner's first; what stands in a
        shadow nobody reaches."""
        out = {composed.page.team: composed.page.source}
        for team, _, name in (src.partition(":") for src in composed.uses.fragments):
            if (its := self._teams.get(team)) and its.isolation != "shadow":
                out.setdefault(team, its.named(its.fragments[name].template))
        return out

    def of(self, composed: Composed) -> Iterator[TeamSheet]:
        """Those of teams on a page, and those that they import; not those in shadows, which reach nobody."""
        pending = [
            (team, path)
            for team, path, layer in composed.uses.assets
            if path.endswith(".css") and (team not in self._shaded or not layer.startswith("fragment-"))
        ]
        for file in pending:  # it grows
            sheet = self._sheet(*file)
            if sheet:
                yield sheet
                pending += [other for path in self._imported(*file) if (other := (file[0], path)) not in pending]

    def _sheet(self, team: str, path: str) -> TeamSheet | None:
        if (team, path) not in self._made:
            self._made[team, path] = self._read(team, path)
        return self._made[team, path]

    def _read(self, name: str, path: str) -> TeamSheet | None:
        team = self._teams.get(name)
        real = team.assets.get(path) if team else None
        if team is None or real is None:
            return None
        shown, mark = team.named(path), self._mark(real)
        scan = self._known.get(shown)
        if scan is None or scan.mark != mark:
            from mfe_static.assets.naming import scanned

            data = read_bytes(real, shown)
            scan = SheetScan("") if isinstance(data, Problem) else scanned(data, mark)
        self.scans[shown] = scan
        reaches = tuple(self._with_files(team, path, its) if its.urls else its for its in scan.reaches)
        if team.isolation == "scope":  # then names are all that reaches others
            named = (its for its in reaches if its.kind not in {"selector", "id", "element"})
            reaches = tuple(msgspec.structs.replace(its, everywhere=False) for its in named)
        return TeamSheet(team=name, file=shown, reaches=reaches)

    def _imported(self, name: str, path: str) -> Iterator[str]:
        team = self._teams[name]
        for url in self.scans[team.named(path)].imports:
            if (target := _target(path, url)) in team.assets:
                yield target

    def _with_files(self, team: TeamSources, path: str, its: Reach) -> Reach:
        """A font that is what its files are, under whatever name these lie somewhere."""
        real = [team.assets.get(_target(path, url), "") for url in its.urls]
        files = [self._mark(file) if file else url for file, url in zip(real, its.urls, strict=True)]
        return msgspec.structs.replace(its, value=digest(its.value, *files), urls=())


def _target(path: str, url: str) -> str:
    """The file below the team's folder that a URL in a style sheet means; empty: none."""
    bare = url.partition("#")[0].partition("?")[0]
    return "" if scheme(url) or url.startswith("/") else joined(posixpath.dirname(path), bare) or ""
