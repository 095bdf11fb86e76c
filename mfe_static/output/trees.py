"""A tree of output files: what stands in it, and what is known of it.

A site is kept in two folders, the live one and an idle one (see `write`). What the tool wrote is listed in the tree
itself, in `_mfe/manifest.json`, which is also the mark "this folder is ours".

Invariant 4: whatever is removed was found by a walk that follows no symbolic link, so no listed path, however forged,
leads out of the tree.
"""

import contextlib
import functools
import os
import stat
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from typing import Literal

import msgspec

from mfe_static.digests import Digest
from mfe_static.output.making import copy, digest_of, link
from mfe_static.output.record import MANIFEST, Entry, Record, Times, matching, opened

INCOMING = "_mfe/.incoming"
"""Where a file waits that comes from another file system (see `swap.move`); ours, never listed."""


class Found(msgspec.Struct, frozen=True):
    """What stands below a folder, by relative path; mutable, and held once, since a site may have many files."""

    files: set[str]
    """All that is no folder; symbolic links, too, wherever they lead."""
    folders: Times


class Sight(msgspec.Struct, frozen=True, array_like=True):
    """What another process saw of a tree, as far as it is not what the record says: mostly nothing."""

    files: list[str] = []
    """Those that the record does not have."""
    folders: Times = {}
    """The same, and those with another time."""
    gone: list[str] = []
    """Files and folders of the record that are not there."""
    other: Mapping[str, Entry] = {}
    """Files that stand as the record says of the other tree."""
    unsure: list[str] = []
    """Those of which it says nothing, or something else."""
    inode: int = -1
    """Of the tree that the record speaks of; -1: of none."""


class _Manifest(msgspec.Struct, frozen=True):
    version: Literal[1]
    files: dict[str, Digest]


def manifest_bytes(files: Mapping[str, Entry]) -> bytes:
    """The manifest of a site: sorted, one file a line."""
    # Sorted here, as `msgspec` takes n² for what is nearly sorted: with 20 000 files up to 0.7 s.
    listed = _Manifest(1, {path: files[path].digest for path in sorted(files)})
    return msgspec.json.format(msgspec.json.encode(listed, order="deterministic"), indent=1)


def read_manifest(root: str) -> bytes | None:
    """The manifest's bytes; None where there is none, or a symbolic link stands in its place."""
    try:
        if stat.S_ISLNK(os.lstat(f"{root}/_mfe").st_mode) or not stat.S_ISREG(os.lstat(f"{root}/{MANIFEST}").st_mode):
            return None
        with open(f"{root}/{MANIFEST}", "rb") as file:
            return file.read()
    except OSError:
        return None


@functools.lru_cache(maxsize=1)
def listed_files(manifest: bytes | None) -> Mapping[str, Digest] | None:
    """The files a manifest lists; None when it is missing or damaged. Asked twice in each build, of the same bytes."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(manifest, type=_Manifest).files if manifest else None
    return None


def walk(root: str, names: Iterable[str] = (), times: Times | None = None) -> Found:
    """All below `root`, following no link; nothing where there is no such folder. Raises OSError.

    `names` stood there when the folders had these `times`: a folder whose time is still the same is not listed again.
    Every folder on the way is known to be one, so no link has taken the place of any; else all is listed.
    """
    if not os.path.isdir(root):
        return Found(set(), {})
    now = folder_times(root, times) if times else {}
    again = {"", *(path for path, time in now.items() if time != times[path])} if times else {""}
    files = {path for path in names if path.rpartition("/")[0] not in again} if now else set()
    found = Found(files, now)
    for folder in again:
        _list(root, folder, found)
    return found


def folder_times(root: str, folders: Iterable[str]) -> Times:
    """When `folders` were last changed; nothing when one is no folder any more. Raises OSError."""
    out: Times = {}
    if not os.path.isdir(root):
        return out
    with opened(root) as top:
        for folder in folders:
            try:
                status = os.stat(folder, dir_fd=top, follow_symlinks=False)
            except (FileNotFoundError, NotADirectoryError):
                return {}
            if not stat.S_ISDIR(status.st_mode):
                return {}
            out[folder] = status.st_ctime_ns
    return out


def _list(root: str, folder: str, found: Found) -> None:
    """Add what stands in `folder`, and below those of its folders that are new. A time is taken before it is used."""
    pending = [folder]
    while pending:
        folder = pending.pop()
        prefix = f"{folder}/" if folder else ""
        with os.scandir(f"{root}/{folder}") as entries:
            for entry in entries:
                path = prefix + entry.name
                if not entry.is_dir(follow_symlinks=False):
                    found.files.add(path)
                elif path not in found.folders:
                    found.folders[path] = entry.stat(follow_symlinks=False).st_ctime_ns
                    pending.append(path)


def doubt(times: Times, passed: int) -> None:
    """Mark, in place, the folders whose time is no proof, since the clock had not `passed` it."""
    times.update({path: 0 for path, time in times.items() if time >= passed})


def parents(paths: Iterable[str]) -> set[str]:
    """All folders that hold one of `paths`, at any depth; without the root."""
    out = {""}
    for path in paths:
        while (path := path.rpartition("/")[0]) not in out:  # with a folder, all above it are there
            out.add(path)
    out.discard("")
    return out


def remove(root: str, files: Iterable[str], folders: Collection[str]) -> None:
    """Remove `files`, as far as they are there, then those of `folders` that are empty."""
    for path in files:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(f"{root}/{path}")
    for path in sorted(folders, key=len, reverse=True):
        with contextlib.suppress(OSError):  # something else stands there
            os.rmdir(f"{root}/{path}")


class Tree:
    """One of the two folders, seen once: by names, by what the record knows of its files, and by reading the rest."""

    def __init__(self, root: str, record: Record, passed: int) -> None:
        self.root = root
        self.passed = passed
        """What the clock had passed before anything was looked at."""
        self.read: dict[str, Entry] = {}
        """Entries that had to be read, because the record did not know them."""
        self.ahead: Callable[[], Sight | None] = lambda: None
        """What another process saw of it (see `ahead`)."""
        self.touched: dict[str, None] = {}
        """What this build has written into it; whoever looked `ahead` may not have seen it. A set takes five times as
        much memory."""
        self._record = record

    @functools.cached_property
    def found(self) -> Found:
        """What stood in the tree when it was first asked for."""
        if (sight := self.ahead()) is not None:
            if (found := self._brought_up(sight)) is not None:
                return found
            self.ahead = lambda: None
        return walk(self.root, *self._record.names(self.inode))

    @property
    def inode(self) -> int:
        """Of the tree's root; 0: there is none."""
        try:
            return os.stat(self.root).st_ino
        except FileNotFoundError:
            return 0

    @functools.cached_property
    def sure(self) -> dict[str, Entry]:
        """All files that stand as the record says."""
        return self.known(self.found.files)

    def known(self, paths: Set[str]) -> dict[str, Entry]:
        """Those of `paths`, all `found`, that stood as the record says when the tree was looked at. Raises OSError."""
        if (sight := self.ahead()) is None:
            return self._matching(paths)
        said, doubtful = {**self._record.files(sight.inode), **sight.other}, {*sight.unsure, *self.touched}
        return {path: entry for path, entry in said.items() if path in paths and path not in doubtful}

    def _brought_up(self, sight: Sight) -> Found | None:
        """What stands in the tree now that files were `touched`; None: a look has to tell."""
        files, folders = self._record.names(sight.inode)
        files.difference_update(sight.gone)
        files.update(sight.files)
        for path in sight.gone:
            folders.pop(path, None)
        folders.update(sight.folders)
        above = parents(self.touched)
        if above & files or self.touched.keys() & folders.keys():  # a file became a folder, or the other way round
            return None
        times = folder_times(self.root, above) if above else {}
        if len(times) < len(above):
            return None
        files.update(self.touched)
        folders.update(times)
        return Found(files, folders)

    def sight(self) -> Sight:
        """The tree, looked at for another process. Raises OSError."""
        inode, found, sure = self.inode, self.found, self.sure
        said, (files, before) = self._record.files(inode), self._record.names(inode)
        return Sight(
            [*(found.files - files)],
            {path: time for path, time in found.folders.items() if before.get(path) != time},
            [*(files - found.files), *(before.keys() - found.folders.keys())],
            {path: entry for path, entry in sure.items() if said.get(path) is not entry},
            [*(found.files - sure.keys())],
            inode,
        )

    def _matching(self, paths: Set[str]) -> dict[str, Entry]:
        """Those of `paths` that stand, now, as the record says."""
        record = self._record
        return matching(self.root, paths - record.young if record.young else paths, record.live, record.idle)

    def entry(self, path: str) -> Entry | None:
        """The regular file at `path`, by the record if it stands as recorded, else by reading it. Raises OSError."""
        known = self.read.get(path) or (self.sure.get(path) if "sure" in self.__dict__ else self._one(path))
        if known is None and os.path.lexists(f"{self.root}/{path}") and path in self.found.files:
            known = self.reading(path)
            if known is not None:
                self.read[path] = known
        return known

    def _one(self, path: str) -> Entry | None:
        """The file, if it stands as the record says and not behind a link; looked at by itself, as not all may be
        asked for."""
        folder = os.path.dirname(f"{self.root}/{path}")
        straight = bool(self._record.live) and os.path.realpath(folder) == folder
        return self._matching({path}).get(path) if straight else None

    def reading(self, path: str) -> Entry | None:
        """The regular file at `path`, read now. Raises OSError."""
        real = f"{self.root}/{path}"
        try:
            status = os.lstat(real)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        return Entry(digest_of(real), status.st_size, status.st_mtime_ns)

    def follow(self, other: "Tree", path: str, entry: Entry, seen: Entry | None) -> bool:
        """Have the file as `other` has it (`entry`), with its time; false when it is not so there any more.

        The two trees share it then, where the file system can: nobody ever writes into a file that stands (`making`).
        `seen`: what is known to stand at `path`; when nothing is, it is read.
        """
        if seen is None and path in self.found.files:
            seen = self.reading(path)
        if seen is not None and seen.digest == entry.digest:
            if seen.modified != entry.modified:
                os.utime(f"{self.root}/{path}", ns=(entry.modified, entry.modified))
            return True
        if other.sure.get(path) is entry and link(self.root, path, f"{other.root}/{path}"):
            return True
        try:
            source = os.open(f"{other.root}/{path}", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return copy(self.root, path, source, entry.modified).digest == entry.digest
        finally:
            os.close(source)
