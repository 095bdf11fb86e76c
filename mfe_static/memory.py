"""Memory: what a build leaves to the next one, opened, and written when the build is done.

One index for the site, and for each team an index and a pack (see `state`); variants of pictures are files of their own
(see `assets.variants`). A build without a cache, or one that writes nothing, works the same way: what it makes goes
into packs that are thrown away when it ends.
"""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mfe_static.digests import Digest
from mfe_static.kept import Asset, FragmentReads, KeptCheck, KeptModules, KeptTarget, Report, SheetScan, Variants
from mfe_static.problems import Problem, problem
from mfe_static.state import Damaged, Packs, Remembered, begun, moved, read_index, wasteful, write_index

if TYPE_CHECKING:
    from mfe_static.rows import TeamMemory


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """How the last build that went live ended."""

    key: Digest
    """Names how it was asked to build."""
    manifest: Digest
    """Names the site that it published."""
    report: Report
    problems: tuple[Problem, ...]
    environment: Mapping[str, Digest] = {}
    """The variables that commands of teams were shown, and their values as digests."""
    drafts: bool = False
    """Whether drafts are part of the site."""


class SiteMemory(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of the site."""

    files: Remembered = Remembered()
    outcome: Outcome | None = None
    fragments: Mapping[str, FragmentReads] = {}
    """What fragments looked at, by `team:name`."""
    targets: Mapping[str, KeptTarget] = {}
    assets: Mapping[str, Mapping[str, tuple[Digest, Asset]]] = {}
    """What files became that refer to no others, by team and path, with the file's digest."""
    addresses: KeptCheck = KeptCheck()
    pictures: Mapping[Digest, Variants] = {}
    """What became of the pictures that pages show, by the name of all that it depends on."""
    modules: KeptModules = KeptModules()
    sheets: Mapping[str, SheetScan] = {}
    """What is known of style sheets by their bytes alone, by file, as problems name it."""
    sizes: Mapping[str, int] = {}
    """Bytes of files after brotli, by URL, as far as somebody asked."""


class Memory:
    """What is remembered, for one build."""

    def __init__(self, folder: Path | None, made_by: Digest, *, keep: bool, scratch: Path | None) -> None:
        """`folder`: where it rests; None: nothing is remembered. `keep`: whether this build may be remembered.
        `scratch`: a folder of our own for what is thrown away; None: somewhere in the system's temporary folder."""
        self._folder, self._made_by = folder, made_by
        self._keep = keep and folder is not None
        self._forgot = False
        """Whether this build has found damage before."""
        self._own, self._scratch = scratch, ""
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)  # of a build that was killed
        self._teams: dict[str, TeamMemory] = {}
        self._since: dict[str, int | None] = {}
        """Where in packs this build begins."""
        self._held: set[str] = set()
        """Teams of which more is remembered than rests on disk."""
        self.site = SiteMemory()
        self.problems: list[Problem] = []
        with self._forgetting():
            if folder is not None:
                self.site = read_index(folder / "site.index", SiteMemory, made_by) or self.site
        if self._keep and (unwritable := self._unwritable()):
            self.problems.append(unwritable)
            self._keep = False

    def begin(self) -> None:
        """One more build begins: problems were said, and what the one before wrote is as old as all else."""
        self.problems.clear()
        self._since.clear()
        self._forgot = False

    def close(self) -> None:
        """Throw away what is not kept."""
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def team(self, name: str) -> "TeamMemory":
        """What is remembered of a team."""
        from mfe_static.rows import TeamMemory

        if name not in self._teams:
            found = None
            with self._forgetting():
                if self._folder is not None:
                    found = read_index(self._folder / f"{name}.index", TeamMemory, self._made_by)
            self._teams[name] = found or TeamMemory()
        return self._teams[name]

    def packs(self, name: str) -> Packs:
        """Where a team's values rest, and where new ones go. Raises `Damaged`."""
        team = self.team(name)
        kept = f"{self._folder}/{team.pack or f'{name}.0.pack'}"
        if not self._keep:
            return Packs(kept, f"{self.scratch()}/{name}.pack")
        if kept not in self._since:
            self._since[kept] = begun(kept, team.size)
        return Packs(kept, kept, self._since[kept])

    def pictures(self) -> tuple[str, str]:
        """Where the variants of pictures rest (empty: nowhere that counts), and where new ones go."""
        kept = str(self._folder.with_name("pictures")) if self._folder else ""
        return kept, kept if self._keep else f"{self.scratch()}/pictures"

    def scratch(self) -> str:
        """A folder for what is thrown away when it is over."""
        if not os.path.isdir(self._scratch):  # the next build of the site sweeps that of a session
            self._scratch = self._made_scratch()
        return self._scratch

    def _made_scratch(self) -> str:
        import tempfile

        if self._own is not None:
            with contextlib.suppress(OSError):
                self._own.mkdir()
                return str(self._own)
        return tempfile.mkdtemp(prefix="mfe-static-")

    def forget(self, damaged: Damaged) -> bool:
        """Some of it is not what was written: none of it counts, and when that was said before, nothing is remembered
        any more. False: that does not help either."""
        if not self._keep and (damaged.full or self._folder is None):
            return False
        self._say(damaged)
        self.site = SiteMemory()
        self._teams.clear()
        self._since.clear()
        if self._keep and not damaged.full and not self._forgot:
            self._forgot = True
            self._sweep(set())
        else:
            self._folder, self._keep = None, False
        return True

    def hold(self, files: Remembered, teams: "Mapping[str, TeamMemory]") -> None:
        """Remember, in this process alone, what a build made that was not finished; `files`: what it saw."""
        self.site = msgspec.structs.replace(self.site, files=files)
        for name, now in teams.items():
            self._teams[name] = _sized(now, self.packs(name).kept)
            self._held.add(name)

    def save(self, site: SiteMemory, teams: "Mapping[str, TeamMemory]") -> None:
        """Remember a build."""
        unwritten, before, self.site = None, self.site, site
        for name, now in teams.items():
            known = self._teams.get(name)
            kept = self.packs(name).kept
            now = msgspec.structs.replace(now, pack=os.path.basename(kept), size=known.size if known else 0)
            if now == known and name not in self._held:
                continue
            if self._keep and self._folder is not None:
                now = self._compact(name, now)
                now = _sized(now, f"{self._folder}/{now.pack}")
                unwritten = unwritten or write_index(self._folder / f"{name}.index", now, self._made_by)
            self._teams[name] = now
        self._teams = {name: self._teams[name] for name in teams}  # as on disk, where nothing is left of any other
        self._held.clear()
        if not self._keep or self._folder is None:
            return
        unwritten = unwritten or write_index(self._folder / "site.index", site, self._made_by)
        if unwritten:
            self.problems.append(unwritten)
            return
        if site.pictures or before.pictures:
            from mfe_static.assets.variants import trim

            trim(self.pictures()[0], site.pictures)
        self._sweep({f"{name}.index" for name in teams} | {now.pack for now in self._teams.values()} | {"site.index"})

    def _compact(self, name: str, now: "TeamMemory") -> "TeamMemory":
        """The same, in a new pack when most of the old one is of no use."""
        from mfe_static.rows import blobs, placed

        packs = self.packs(name)
        if not wasteful(packs.kept, blobs(now)):
            return now
        stem, number, _ = now.pack.rsplit(".", 2)
        pack = f"{stem}.{int(number) + 1}.pack"
        with contextlib.suppress(OSError, Damaged):  # it works as it is, too
            (self._folder / pack).unlink(missing_ok=True) if self._folder else None
            return placed(now, pack, moved(packs, f"{self._folder}/{pack}", blobs(now)))
        return now

    def _sweep(self, wanted: set[str]) -> None:
        """Take away what no index points to."""
        assert self._folder is not None
        with contextlib.suppress(OSError):
            for entry in os.scandir(self._folder):
                if entry.name not in wanted:
                    shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)

    def _unwritable(self) -> Problem | None:
        assert self._folder is not None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not os.access(self._folder, os.W_OK | os.X_OK):
                raise PermissionError(13, "Permission denied")
        except OSError as error:
            return problem("cannot-write-state", f"the cache cannot be written: {error.strerror}")
        return None

    @contextlib.contextmanager
    def _forgetting(self) -> Iterator[None]:
        try:
            yield
        except Damaged as damaged:
            self._say(damaged)

    def _say(self, damaged: Damaged) -> None:
        code, end = ("cannot-write-state", "") if damaged.full else ("cache-damaged", "; it is made anew")
        if not any(found.code == code for found in self.problems):
            self.problems.append(problem(code, f"the cache {damaged.name} {damaged.why}{end}"))


def _sized(team: "TeamMemory", pack: str) -> "TeamMemory":
    """The same, as long as its pack is now; where nobody can tell, the pack counts as damaged from then on."""
    try:
        size = os.path.getsize(pack)
    except OSError:
        size = sys.maxsize
    return msgspec.structs.replace(team, pack=os.path.basename(pack), size=size)
