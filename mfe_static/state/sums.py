"""What every source file holds, told without reading those that did not change.

A file is as it was when its size, its times and its inode are, and when it was last touched well before the last build
began: a file that changes within a tick of the clock may keep its time (DESIGN §4, invariant 2). All others are read.
"""

from collections.abc import Callable, Collection, Iterator, Mapping

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.files import YOUNG, Stamp, Stats, apart, last_touched, named, read_bytes, stamp_of, touched
from mfe_static.problems import Problem

_NONE: Mapping[str, Stamp] = {}


class Remembered(msgspec.Struct, frozen=True, array_like=True):
    """What the last build saw."""

    begun: int = 0
    """When it began, in nanoseconds since 1970."""
    stats: Stats = {}
    digests: Mapping[str, Digest] = {}
    """Of the files that were read."""


def as_left(root: str, begun: int, beside: Mapping[str, tuple[Stamp, Digest]]) -> bool:
    """Whether files that lie where nobody walks are as a build left them that was `begun` then; those that were not
    there, too."""
    return all(_as_left(f"{root}/{path}", begun, *known) for path, known in beside.items())


def _as_left(real: str, begun: int, was: Stamp, mark: Digest) -> bool:
    now = stamp_of(real)
    if now != was or touched(now) <= begun - YOUNG:
        return now == was
    data = read_bytes(real, real)
    return (digest(data) if isinstance(data, bytes) else "") == mark


class Sums:
    """The digests of a site's files: by path, as problems name them."""

    def __init__(self, stats: Stats, last: Remembered, recalled: Collection[str] = ()) -> None:
        """`recalled`: files that nobody looked at, and that count as the last build saw them."""
        self.stats = stats
        self._last, self._recalled = last, recalled
        self._known: dict[str, Digest] = {}
        self._touched: dict[str, int] = {}

    def known(self, shown: str) -> Digest:
        """The file's digest, as far as it is certain without reading; else empty."""
        if shown in self._known:
            return self._known[shown]
        last, (folder, path) = self._last, apart(shown)
        stat = self.stats.get(folder, _NONE).get(path)
        if stat is None or last.stats.get(folder, _NONE).get(path) != stat:
            return ""
        if touched(stat) > last.begun - YOUNG and shown not in self._recalled:
            return ""
        found = self._known[shown] = last.digests.get(shown, "")
        return found

    def certain(self, folder: str) -> Mapping[str, Digest]:
        """What `known` says of all files of a folder, by path as problems name them; those of others may be in it. In a
        folder that nobody touched, or that is new, no file is looked at by itself."""
        last, stats = self._last, self.stats.get(folder, _NONE)
        if folder not in last.stats:
            return self._known
        if self._latest(folder) <= last.begun - YOUNG and stats == last.stats.get(folder):
            return last.digests
        paths = (named(folder, path) for path in stats)
        return {shown: found for shown in paths if (found := self.known(shown))}

    def last(self, shown: str) -> Digest:
        """What the file's digest was in the last build."""
        return self._last.digests.get(shown, "")

    def touched(self) -> Iterator[str]:
        """Files that were touched, made or removed since the last build."""
        for folder in {**self._last.stats, **self.stats}:
            was, now = self._last.stats.get(folder, _NONE), self.stats.get(folder, _NONE)
            if was != now:
                yield from (named(folder, path) for path in {**was, **now} if was.get(path) != now.get(path))

    def learn(self, shown: str, found: Digest) -> None:
        """Somebody has read the file."""
        self._known[shown] = found

    def digest(self, shown: str, real: str) -> Digest | Problem:
        """The digest of the file `real`, read if need be."""
        if found := self.known(shown):
            return found
        data = read_bytes(real, shown)
        if isinstance(data, Problem):
            return data
        self.learn(shown, digest(data))
        return self._known[shown]

    def young(self, begun: int) -> list[str]:
        """Files that were touched so shortly before `begun` that they may change again without a sign."""
        limit = begun - YOUNG
        folders = [(folder, stats) for folder, stats in self.stats.items() if self._latest(folder) > limit]
        return [named(folder, path) for folder, stats in folders for path, at in stats.items() if touched(at) > limit]

    def _latest(self, folder: str) -> int:
        """When a file of the folder was last touched."""
        if folder not in self._touched:
            self._touched[folder] = last_touched(self.stats.get(folder, _NONE).values())
        return self._touched[folder]

    def remembered(self, begun: int) -> Remembered:
        """What the next build needs to know; `begun`: when this one began, or the last one that looked at all files."""
        begun = self._last.begun or begun if self._recalled else begun
        digests: dict[str, Digest] = {}
        for folder, stats in self.stats.items():
            certain = self.certain(folder)
            for path in stats:
                shown = named(folder, path)
                if found := self._known.get(shown) or certain.get(shown):
                    digests[shown] = found
        return Remembered(begun, self.stats, digests)

    def unchanged(self, real: Callable[[str], str | None]) -> bool:
        """Whether every file is as the last build saw it. `real`: where to read those that are too young to tell."""
        last = self._last
        if not last.begun or self.stats != last.stats:
            return False
        return all(
            (file := real(shown)) and (was := last.digests.get(shown)) is not None and self.digest(shown, file) == was
            for shown in self.young(last.begun)
        )
