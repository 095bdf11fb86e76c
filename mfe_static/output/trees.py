"""A tree of output files: what stands in it, what is known of it, and how a file gets into it.

A site is kept in two folders, the live one and an idle one (see `write`). What the tool wrote is listed in the
tree itself, in `_mfe/manifest.json`, which is also the mark "this folder is ours". Beside the idle tree a `Record`
remembers each file's digest by size and time of change, so that an unchanged site is proven unchanged by one
`lstat` a file. The record says nothing that reading would not: a damaged one is forgotten.

Invariant 4: whatever is removed was found by a walk that follows no symbolic link, so no listed path, however
forged, leads out of the tree. A file is never opened for writing when it exists: it is unlinked and made anew.
So a reader that still has it open keeps its whole old content, and nothing linked to it changes.
"""

import contextlib
import functools
import hashlib
import os
import shutil
import stat
from collections.abc import Collection, Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from mfe_static.digests import Digest

MANIFEST = "_mfe/manifest.json"
INCOMING = "_mfe/.incoming"
"""Where a file waits that comes from another file system (see `swap.move`); ours, never listed."""
_CHUNK = 1 << 20
_TICK = 20_000_000
"""Nanoseconds in which a file may change twice without its time telling (a kernel tick is at most 10 ms)."""
_COARSE = 2_000_000_000
"""The same for file systems that count in seconds (FAT: two)."""


class Entry(NamedTuple):
    """What is known of one file."""

    digest: Digest
    size: int
    modified: int
    """Nanoseconds, as the file system says."""


class Found(NamedTuple):
    """What stands below a folder, by relative path; mutable, kept true by `Tree`."""

    files: set[str]
    """All that is no folder; symbolic links, too, wherever they lead."""
    folders: set[str]


class _Manifest(msgspec.Struct, frozen=True):
    version: Literal[1]
    files: dict[str, Digest]


class Record(msgspec.Struct, frozen=True):
    """Digests that need not be computed again. A statement about path, size and time, whichever tree it is found in."""

    version: Literal[1] = 1
    live: dict[str, Entry] = {}
    """The site that is, or is about to be, live: all of it."""
    idle: dict[str, Entry] = {}
    """What else stands, or will stand, in the idle tree."""


def manifest_bytes(files: Mapping[str, Entry]) -> bytes:
    """The manifest of a site: sorted, one file a line."""
    listed = _Manifest(1, {path: entry.digest for path, entry in files.items()})
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


def listed_files(manifest: bytes | None) -> dict[str, Digest] | None:
    """The files a manifest lists; None when it is missing or damaged."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(manifest, type=_Manifest).files if manifest else None
    return None


def read_record(path: str, *, settled: bool = True) -> Record:
    """What is remembered; `settled`: without what was written in the same moment, as it may have changed unseen."""
    try:
        with open(path, "rb") as file:
            written = os.fstat(file.fileno()).st_mtime_ns
            record = msgspec.json.decode(file.read(), type=Record)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Record()
    if not settled:
        return record
    return Record(1, _settled(record.live, written), _settled(record.idle, written))


def _settled(entries: dict[str, Entry], written: int) -> dict[str, Entry]:
    return {
        path: entry
        for path, entry in entries.items()
        if entry.modified + (_TICK if entry.modified % 10_000_000 else _COARSE) < written
    }


def write_record(path: str, record: Record) -> None:
    """Remember. Replaced, not rewritten, so that a killed build leaves the last one."""
    with open(path + ".new", "wb") as file:
        file.write(msgspec.json.encode(record))
    os.replace(path + ".new", path)


def walk(root: str) -> Found:
    """All below `root`, following no link; nothing where there is no such folder."""
    found = Found(set(), set())
    pending = [("", root)] if os.path.isdir(root) else []
    while pending:
        prefix, path = pending.pop()
        with os.scandir(path) as entries:
            for entry in entries:
                relative = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    found.folders.add(relative)
                    pending.append((relative + "/", entry.path))
                else:
                    found.files.add(relative)
    return found


def parents(paths: Iterable[str]) -> set[str]:
    """All folders that hold one of `paths`, at any depth; without the root."""
    out: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in out:
            out.add(folder)
            folder = folder.rpartition("/")[0]
    return out


def remove(root: str, files: Iterable[str], folders: Collection[str]) -> None:
    """Remove `files`, as far as they are there, then those of `folders` that are empty."""
    for path in files:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(f"{root}/{path}")
    for path in sorted(folders, reverse=True):
        with contextlib.suppress(OSError):  # not empty: something else stands there
            os.rmdir(f"{root}/{path}")


def digest_of(path: str) -> Digest:
    """What `digests.digest` says of the file's content, without holding all of it."""
    state = hashlib.blake2b(digest_size=16)
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            state.update(chunk)
    return state.hexdigest()


class Tree:
    """One of the two folders."""

    def __init__(self, root: str, record: Record) -> None:
        self.root = root
        self.read: dict[str, Entry] = {}
        """Entries that had to be read, because the record did not know them."""
        self._record = record

    @functools.cached_property
    def found(self) -> Found:
        """What stands in the tree; walked once, then kept true by `write` and `copy`."""
        return walk(self.root)

    def seen(self, path: str) -> Entry | None:
        """The regular file at `path`, by the record if it stands as recorded, else by reading it."""
        real = f"{self.root}/{path}"
        try:
            status = os.lstat(real)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        size, modified = status.st_size, status.st_mtime_ns
        known = {
            entry.digest
            for entries in (self._record.live, self._record.idle)
            if (entry := entries.get(path)) and entry.size == size and entry.modified == modified
        }
        if len(known) == 1:
            return Entry(known.pop(), size, modified)
        self.read[path] = Entry(digest_of(real), size, modified)
        return self.read[path]

    def write(self, path: str, content: bytes, mark: Digest) -> Entry:
        """Make the file anew. `mark`: the digest of `content`."""
        made = self._made(path)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(made, rest) :]
            return Entry(mark, len(content), os.fstat(made).st_mtime_ns)
        finally:
            os.close(made)

    def copy(self, path: str, source: int, modified: int | None = None) -> Entry:
        """Make the file anew from the open file `source`, in one pass; with `modified` it gets that time."""
        state = hashlib.blake2b(digest_size=16)
        made = self._made(path)
        try:
            while chunk := os.read(source, _CHUNK):
                state.update(chunk)
                rest = memoryview(chunk)
                while rest:
                    rest = rest[os.write(made, rest) :]
            if modified is not None:
                os.utime(made, ns=(modified, modified))
            status = os.fstat(made)
            return Entry(state.hexdigest(), status.st_size, status.st_mtime_ns)
        finally:
            os.close(made)

    def follow(self, other: "Tree", path: str, entry: Entry) -> bool:
        """Have the file as `other` has it (`entry`), with its time; false when it is not so there any more."""
        seen = self.seen(path) if path in self.found.files else None
        if seen is not None and seen.digest == entry.digest:
            if seen.modified != entry.modified:
                os.utime(f"{self.root}/{path}", ns=(entry.modified, entry.modified))
            return True
        try:
            source = os.open(f"{other.root}/{path}", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return self.copy(path, source, entry.modified).digest == entry.digest
        finally:
            os.close(source)

    def _made(self, path: str) -> int:
        """A new, empty file at `path`, open for writing; files where folders must be go, and the other way round."""
        files, folders = self.found
        folder = path.rpartition("/")[0]
        if folder and folder not in folders:
            self._make_folders(folder)
        real = f"{self.root}/{path}"
        if path in files:
            os.unlink(real)
        elif path in folders:
            shutil.rmtree(real)
            folders.difference_update([name for name in folders if name == path or name.startswith(path + "/")])
            files.difference_update([name for name in files if name.startswith(path + "/")])
        made = os.open(real, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        files.add(path)
        return made

    def _make_folders(self, folder: str) -> None:
        parts = folder.split("/")
        for depth in range(1, len(parts) + 1):
            name = "/".join(parts[:depth])
            if name in self.found.folders:
                continue
            if name in self.found.files:
                os.unlink(f"{self.root}/{name}")
                self.found.files.discard(name)
            os.mkdir(f"{self.root}/{name}")
            self.found.folders.add(name)
