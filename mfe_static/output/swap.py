"""Making the idle tree the live one: in one step where the system can, else file by file.

Linux and macOS exchange two folders in one system call, so a reader that opens any path gets either the whole old
site or the whole new one; renaming the old folder away first would leave a moment without a site. Where that call
is missing or refused (network and overlay file systems, an output that is a mount point, a parent folder that is not
ours to write), files are renamed into place one at a time, in an order in which no page asks for a style sheet or
script that is not there yet.

Invariant 4: files that the tool did not write ("strangers") are never touched. They get a second name in the new
tree before the exchange and lose the one in the old tree after it, so there is no moment in which they are gone.
"""

import contextlib
import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Set

import msgspec

from mfe_static.output.record import MANIFEST
from mfe_static.output.trees import (
    INCOMING,
    Found,
    Tree,
    doubt,
    listed_files,
    parents,
    read_manifest,
    remove,
    walk,
)

Exchange = Callable[[str, str], bool]
"""Swaps two folders in one step; false where that cannot be done."""

JOURNAL = "swapping"
"""A file of the twin that stands from before strangers are carried until they are swept."""
DOUBLE = "double"
"""A folder of the twin in which a first site is doubled (see `doubling`); what is made there becomes the idle tree."""
LETTER = "told"
"""A file of the twin by which a process beside the build is told what was written (see `ahead.Onlooker`)."""
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # <linux/fs.h>
_RENAME_SWAP = 2  # <sys/stdio.h> of macOS


class Strangers(msgspec.Struct, frozen=True):
    """What the tool did not write: files it does not list, and folders that hold none it lists."""

    files: set[str]
    folders: set[str]


def exchange(one: str, other: str) -> bool:
    """Swap two folders in one step (renameat2(2) with RENAME_EXCHANGE, renamex_np(2) with RENAME_SWAP)."""
    import ctypes  # not needed by the first build

    library = ctypes.CDLL(None)
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        swap = getattr(library, "renamex_np", None)
        return swap is not None and swap(first, second, ctypes.c_uint(_RENAME_SWAP)) == 0
    swap = getattr(library, "renameat2", None)
    return swap is not None and swap(_AT_FDCWD, first, _AT_FDCWD, second, ctypes.c_uint(_RENAME_EXCHANGE)) == 0


def can_exchange(live: str, folder: str, trade: Exchange) -> bool:
    """Whether `live` may be swapped with a tree in `folder`: tried with two empty folders there, so that a whole
    second tree is not prepared in vain."""
    if not os.access(os.path.dirname(live), os.W_OK):
        return False
    names = [f"{folder}/try-1", f"{folder}/try-2"]
    try:
        for name in names:
            os.makedirs(name, exist_ok=True)
        return os.stat(live).st_dev == os.stat(folder).st_dev and trade(*names)
    finally:
        for name in names:
            with contextlib.suppress(OSError):
                os.rmdir(name)


def strangers(found: Found, ours: Collection[str], above: Set[str]) -> Strangers:
    """What of a tree is not ours. `above`: the folders that hold ours."""
    folders = found.folders.keys() - above - {"_mfe"}
    return Strangers(found.files.difference(ours, {MANIFEST, INCOMING}), folders)


def carry(live: str, idle: str, foreign: Strangers) -> bool:
    """Give strangers their second name; false where the file system gives none, as across a mount point.

    Those that have gone since they were seen have none; one that comes back is taken along by `settle`.
    """
    try:
        for folder in sorted(foreign.folders | parents(foreign.files)):
            with contextlib.suppress(FileExistsError, FileNotFoundError):
                status = os.stat(f"{live}/{folder}", follow_symlinks=False)
                if status.st_dev != os.stat(idle).st_dev:
                    return False
                os.mkdir(f"{idle}/{folder}")
                os.chmod(f"{idle}/{folder}", stat.S_IMODE(status.st_mode))
        for path in sorted(foreign.files):
            with contextlib.suppress(FileNotFoundError):
                os.link(f"{live}/{path}", f"{idle}/{path}", follow_symlinks=False)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise
        return False
    return True


def sweep(idle: str, live: str, foreign: Collection[str]) -> None:
    """Take the files `foreign` out of a tree that is no longer live.

    One that came into the old tree, or was replaced there, while the new one was prepared, moves to the live tree.
    Safe at any time after strangers were carried, also before the exchange, and any number of times: this is what
    the next build does after a kill.
    """
    for path in sorted(foreign):
        old, new = f"{idle}/{path}", f"{live}/{path}"
        if not os.path.lexists(new):
            os.makedirs(os.path.dirname(new), exist_ok=True)
            os.link(old, new, follow_symlinks=False)
        elif not os.path.samestat(os.lstat(old), os.lstat(new)) and os.lstat(old).st_mtime > os.lstat(new).st_mtime:
            os.replace(old, new)
            continue
        os.unlink(old)


def move(source: str, root: str, path: str) -> None:
    """Put the file `source` in the place of `path` below `root`, in one step, also from another file system."""
    try:
        os.replace(source, f"{root}/{path}")
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        os.makedirs(f"{root}/_mfe", exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{root}/{INCOMING}")
        shutil.copy2(source, f"{root}/{INCOMING}", follow_symlinks=False)
        os.replace(f"{root}/{INCOMING}", f"{root}/{path}")


def in_order(paths: Iterable[str]) -> list[str]:
    """The order of appearance: what pages ask for, other files, pages."""
    return sorted(paths, key=lambda path: (0 if path.startswith("_mfe/") else 2 if path.endswith(".html") else 1, path))


def in_one_step(live: str, idle: str, others: Strangers, trade: Exchange, settling: Callable[[], object]) -> bool:
    """Exchange the finished idle tree with the live one; false where that cannot be done.

    `others`: what was found there beside ours; `settling`: has to `settle` what came in since, now or later.
    """
    if not os.path.isdir(live):
        return renamed(idle, live)
    like(live, idle)
    journal = f"{os.path.dirname(idle)}/{JOURNAL}"
    os.close(os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666))
    if not carry(live, idle, others) or not trade(live, idle):
        return False
    settling()
    return True


def settle(old: Tree, idle: str, ours: Collection[str]) -> None:
    """Take back what came into the `old` live tree after it was looked at, and before it became the idle one.

    `ours`: files of the old tree that the tool wrote.
    """
    found = old.found
    doubt(found.folders, old.passed)
    now = walk(idle, strangers(found, ours, found.folders.keys()).files, found.folders)
    sweep(idle, old.root, strangers(now, ours, now.folders.keys()).files)
    os.unlink(f"{os.path.dirname(idle)}/{JOURNAL}")


def one_by_one(idle: str, live: str, changed: Collection[str], stale: set[str], found: Found) -> None:
    """Bring the live tree up to date without an exchange.

    `stale`: files of ours that the site no longer has; `found`: what stands in the live tree. A file that stands
    where a folder must be, or the other way round, goes first; all other removals come last.
    """
    folders = parents(changed)
    remove(live, stale & folders, ())
    for path in in_order(changed):
        if path in found.folders:
            below = path + "/"
            inner = {path, *(name for name in found.folders if name.startswith(below))}
            remove(live, {name for name in stale if name.startswith(below)}, inner)
        os.makedirs(os.path.dirname(f"{live}/{path}"), exist_ok=True)
        move(f"{idle}/{path}", live, path)
    remove(live, stale - folders, parents(stale))


def recover(live: str, place: str) -> None:
    """Finish what a killed build left between two steps, and make room for the idle tree."""
    idle, journal = f"{place}/idle", f"{place}/{JOURNAL}"
    shutil.rmtree(f"{place}/{DOUBLE}", ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{place}/{LETTER}")
    if os.path.islink(idle):
        os.unlink(idle)
    os.makedirs(idle, exist_ok=True)
    if os.path.lexists(journal):
        ours = listed_files(read_manifest(idle))
        if read_manifest(live) is not None and ours is not None:
            sweep(idle, live, strangers(walk(idle), ours, set()).files)
        os.unlink(journal)


def renamed(idle: str, live: str) -> bool:
    """Publish where there is no live tree yet; false where the two are on different file systems."""
    try:
        os.rename(idle, live)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def like(live: str, idle: str) -> None:
    """Give the new tree's root the owner and mode of the old one: they are the user's choice."""
    old, new = os.stat(live), os.stat(idle)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with contextlib.suppress(OSError):
            os.chown(idle, old.st_uid, old.st_gid)
    if old.st_mode != new.st_mode:
        os.chmod(idle, stat.S_IMODE(old.st_mode))
