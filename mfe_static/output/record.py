"""What is remembered of the output between builds, and when memory may be trusted.

Beside the idle tree a `Record` keeps each file's digest by size and time of change, so that an unchanged site is proven
unchanged by one `lstat` a file and no reading. A statement about (path, size, time) holds in whichever of the two trees
that file is found, so one line serves both. Of each tree it also keeps when its folders were last changed: a folder
whose time stands still holds the same names as before and need not be listed (see `trees.walk`).

When a time proves something. A file system stamps changes with a clock that ticks every few milliseconds (or seconds),
so two changes within one tick look like one. Hence a time `t`, seen at some moment, tells of every later change only
if the clock had already passed `t` at that moment. The clock is read where the stamps are made: from the time of a file
that was just written to the same file system (`passed`), so neither the tick nor a server's idea of the time matters.
Two moments do, because each tree can be changed by others only while it is live:

* The new site is private while it lies in the idle tree. Its last file is the manifest, so what is older than the
  manifest is settled; what a build wrote in that same tick, a few files at most, is `young`.
* The old site is public all the time. Of it, what is older than the beginning of the build (the lock's time) was
  settled when it was looked at.

What is young is read again by the next build, and so is all the record does not know: it says nothing that reading
would not. A damaged record, or one of another version, is forgotten.
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from mfe_static.digests import Digest

MANIFEST = "_mfe/manifest.json"
_COARSE = 2_000_000_000
"""Nanoseconds in which a file may change twice unseen on the coarsest file system (FAT: two seconds)."""

Times = dict[str, int]
"""When each folder was last changed, by path, in nanoseconds (its ctime, which nobody can set); 0: to be listed."""


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of one file."""

    digest: Digest
    size: int
    modified: int
    """Nanoseconds, as the file system says."""


class Shape(msgspec.Struct, frozen=True):
    """What is known of one tree's folders."""

    inode: int
    """Of the tree's root: tells which of the two trees is meant, wherever a kill left them; 0: neither."""
    folders: Times


class _Column(msgspec.Struct, frozen=True, array_like=True):
    """A `Shape`, its times in the order of `Record.folders`."""

    inode: int = 0
    times: list[int] = []
    """-1: the tree has no such folder."""


class Record(msgspec.Struct, frozen=True, array_like=True):
    """The two trees, as they are once the exchange that this record prepares is done."""

    version: Literal[2] = 2
    manifest: Digest = ""
    """Of the live site's manifest."""
    live: dict[str, Entry] = {}
    """The site that is, or is about to be, live: all of it."""
    idle: dict[str, Entry] = {}
    """What stands otherwise in the idle tree."""
    absent: frozenset[str] = frozenset()
    """What of `live` the idle tree lacks."""
    young: frozenset[str] = frozenset()
    """What may have changed unseen, and has to be read."""
    folders: list[str] = []
    """Of both trees, which mostly have the same."""
    new: _Column = _Column()
    """The live tree."""
    old: _Column = _Column()
    """The idle tree."""

    def names(self, inode: int) -> tuple[set[str], Times]:
        """The names and folders that the tree whose root is `inode` had, each time anew; nothing when it is unknown."""
        if inode == self.new.inode:
            return {*self.live, MANIFEST}, self._times(self.new)
        if inode == self.old.inode:
            return {*self.live, *self.idle, MANIFEST} - self.absent, self._times(self.old)
        return set(), {}

    def files(self, inode: int) -> dict[str, Entry]:
        """What stands in the tree whose root is `inode`, but for what is `absent` in the idle one."""
        return {**self.live, **self.idle} if inode == self.old.inode else self.live

    def idle_shape(self) -> Shape:
        """What is known of the idle tree's folders."""
        return Shape(self.old.inode, self._times(self.old))

    def shaped(self, new: Shape, old: Shape) -> "Record":
        """With what is known of the two trees' folders."""
        folders = sorted([*new.folders, *(old.folders.keys() - new.folders.keys())])
        one, two = (_Column(tree.inode, [tree.folders.get(path, -1) for path in folders]) for tree in (new, old))
        return msgspec.structs.replace(self, folders=folders, new=one, old=two)

    def _times(self, tree: _Column) -> Times:
        return {path: time for path, time in zip(self.folders, tree.times, strict=False) if time >= 0}


def passed(written: int, place: str) -> int:
    """The time that the clock of `place` had passed when the open file `written` was last written."""
    status = os.fstat(written)
    try:
        same = os.stat(place).st_dev == status.st_dev
    except FileNotFoundError:  # nothing stands there that could be older
        same = True
    return status.st_mtime_ns if same else status.st_mtime_ns - _COARSE


def matching(root: str, paths: Iterable[str], *known: Mapping[str, Entry]) -> dict[str, Entry]:
    """Those files of `paths` below `root` that stand as an entry of `known` says. Raises OSError."""
    out: dict[str, Entry] = {}
    if not os.path.isdir(root):
        return out
    with opened(root) as top:
        for path in paths:
            try:
                status = os.stat(path, dir_fd=top, follow_symlinks=False)
            except (FileNotFoundError, NotADirectoryError):
                continue
            for entries in known:
                entry = entries.get(path)
                if entry is not None and _stands(entry, status):
                    out[path] = entry
                    break
    return out


def unlike(root: str, files: Mapping[str, Entry]) -> bytes:
    """Those of `files` that do not stand as they should, for another process: see `doubtful`. Raises OSError."""
    return msgspec.msgpack.encode([*(files.keys() - matching(root, files, files).keys())])


def doubtful(files: Mapping[str, Entry], told: Mapping[str, Entry], said: bytes) -> set[str]:
    """Those of `files` that another process has not looked at, or that are `unlike` what it was `told`; all of them
    where it `said` nothing."""
    try:
        lost = msgspec.msgpack.decode(said, type=list[str])
    except msgspec.DecodeError:
        return {*files}
    return {path for path, entry in files.items() if told.get(path) is not entry}.union(lost)


def _stands(entry: Entry, status: os.stat_result) -> bool:
    same = entry.modified == status.st_mtime_ns and entry.size == status.st_size
    return same and stat.S_ISREG(status.st_mode)


@contextlib.contextmanager
def opened(root: str) -> Iterator[int]:
    """A descriptor of the folder: what is asked relative to it is found in less time than by a whole path."""
    top = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield top
    finally:
        os.close(top)


def read_record(twin: str) -> Record:
    """What the twin remembers."""
    try:
        with open(f"{twin}/record", "rb") as file:
            return msgspec.msgpack.decode(file.read(), type=Record)
    except (OSError, ValueError, msgspec.MsgspecError):
        return Record()


def write_record(twin: str, record: Record) -> None:
    """Remember. Replaced, not rewritten, so that a killed build leaves the last one."""
    try:
        content = msgspec.msgpack.encode(record)
    except UnicodeEncodeError:  # somebody's folder has a name that is no text
        content = msgspec.msgpack.encode(record.shaped(Shape(0, {}), Shape(0, {})))
    with open(f"{twin}/record.new", "wb") as file:
        file.write(content)
    os.replace(f"{twin}/record.new", f"{twin}/record")
