"""Files of modules, read once: those of teams' folders, and those that lie where nobody walks.

`node_modules` is left out when folders are walked, as it may hold more files than all else. What is read of it, and
what was looked for in vain, is noted here (`beside`), so that the next build can ask whether it is still so.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache

from mfe_static.digests import Digest, digest
from mfe_static.files import YOUNG, Stamp, read_bytes, stamp_of, touched
from mfe_static.kept import KeptModules, Scan
from mfe_static.modules.scanning import scanned
from mfe_static.problems import Problem

RUNTIME = os.path.join(os.path.dirname(os.path.dirname(__file__)), "runtime")


@cache
def own_module(name: str) -> bytes:
    """A module of the tool itself, as it is published."""
    with open(os.path.join(RUNTIME, f"{name}.min.js"), "rb") as file:
        return file.read()


class Reading:
    """The files of one build's modules."""

    def __init__(self, root: str, mark: Callable[[str], Digest], kept: KeptModules, begun: int) -> None:
        """`mark`: the digest of a file of a walked folder. `kept`, `begun`: of the build before, and when it began."""
        self._root, self._mark, self._kept, self._begun = root, mark, kept, begun
        self._beside: dict[str, tuple[Stamp, Digest]] = {}
        self._scans: dict[str, tuple[Digest, Scan]] = {}

    @property
    def kept(self) -> KeptModules:
        """What the next build may know."""
        return KeptModules(self._scans, self._beside)

    def module(self, shown: str, real: str, *, walked: bool) -> Scan | Problem:
        """What is known of a module."""
        if shown in self._scans:
            return self._scans[shown][1]
        mark = self._mark(real) if walked else self._marked(real)
        last = self._kept.scans.get(shown)
        if last and mark and last[0] == mark:
            self._scans[shown] = last
            return last[1]
        data = read_bytes(real, shown)
        if isinstance(data, Problem):
            return data
        mark = digest(data)
        if not walked:
            self._beside[self._name(real)] = stamp_of(real), mark
        self._scans[shown] = mark, scanned(data)
        return self._scans[shown][1]

    def text(self, real: str) -> bytes | None:
        """What a small file holds that lies beside; None: it is not there."""
        before = stamp_of(real)
        data = None
        with suppress(OSError), open(real, "rb") as file:
            data = file.read()
        self._beside[self._name(real)] = before, "" if data is None else digest(data)
        return data

    def _marked(self, real: str) -> Digest:
        """The digest of a file that lies beside, as far as it is certain without reading; else empty."""
        name, now = self._name(real), stamp_of(real)
        last = self._kept.beside.get(name)
        if last is None or not last[1] or last[0] != now or touched(now) > self._begun - YOUNG:
            return ""
        self._beside[name] = last
        return last[1]

    def _name(self, real: str) -> str:
        return os.path.relpath(real, self._root)
