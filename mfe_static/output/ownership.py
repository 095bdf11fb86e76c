"""Whether a folder may be an output, and whether it is ours; and what the file system's refusals mean.

A folder is ours when it is empty or holds `_mfe/manifest.json`. Where that file is damaged or gone (a power cut, a
hand), the twin's record is asked instead: a file that stands exactly as it was written is ours, an empty one can be
lost without loss, and all else is someone else's. Where nothing proves that the folder is ours, it is refused.

Invariant 4: an output never overwrites an input, nor anything that the tool did not write.
"""

import errno
import os
import stat
from collections.abc import Collection, Iterable, Sequence, Set
from pathlib import Path

from mfe_static.digests import digest
from mfe_static.output.record import MANIFEST, read_record
from mfe_static.output.swap import Strangers
from mfe_static.output.trees import listed_files, parents, read_manifest
from mfe_static.problems import Problem, problem

MARK = b"# Made by mfe-static: the twin of the output folder. May be deleted when no build runs.\n*\n"
"""Content of the twin's `.gitignore`: keeps it out of repositories, and tells it from a folder of someone else."""
_READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FULL = {
    errno.ENOSPC: "there is no room left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is larger than the system allows",
}


def misplaced(output: Path, live: str, sources: Iterable[Path]) -> Problem | None:
    """Refuse an output that holds a source or lies in one. `live`: its real path."""
    shown = str(output)
    if live == os.path.dirname(live) or live == os.path.realpath(os.path.expanduser("~")):
        return problem("output-not-ours", f"{live} is never an output", file=shown, hint="name a folder of its own")
    for source in sources:
        real = os.path.realpath(source)
        if live == real or live.startswith(real.rstrip(os.sep) + os.sep):
            return problem("output-in-source", f"the output {shown} lies inside the source {source}", file=shown)
        if real.startswith(live + os.sep):
            return problem("output-in-source", f"the output {shown} contains the source {source}", file=shown)
    return None


def foreign(output: Path, live: str, state: Path | None) -> Problem | None:
    """Refuse a folder that is neither empty nor ours. Raises OSError when it cannot be looked into."""
    shown = str(output)
    if not os.path.lexists(live):
        return None
    if not os.path.isdir(live):
        return problem("output-not-ours", f"{shown} is a file, not a folder", file=shown, hint="name another folder")
    if not os.listdir(live) or any(owned(live, place) for place in twin_places(live, state)):
        return None
    manifest = read_manifest(live)
    if listed_files(manifest) is not None:
        return None
    damaged = "its _mfe/manifest.json is damaged" if manifest is not None else "was not written by mfe-static"
    return problem(
        "output-not-ours",
        f"{shown} is not empty, and {damaged}; nothing was touched",
        file=shown,
        hint="empty the folder, or name another",
    )


def in_the_way(shown: str, others: Strangers, wanted: Collection[str], folders: Set[str]) -> Problem | None:
    """Refuse to write where something stands that is not ours. `others`: what the output holds besides our files;
    `folders`: those that hold the `wanted` files.

    Raises ValueError when `wanted` has a name both as file and as folder; claims on URLs are settled long before.
    """
    if not folders.isdisjoint([*wanted, MANIFEST]):
        raise ValueError(f"a file and a folder: {min(folders & {*wanted, MANIFEST})}")
    if not others.files and not others.folders:
        return None
    files = {*wanted, MANIFEST}
    clashes = (others.files & (files | folders)) | (others.folders & files) | (parents(others.files) & files)
    if not clashes:
        return None
    name = f"{shown}/{min(clashes)}"
    more = f" (and {len(clashes) - 1} more)" if len(clashes) > 1 else ""
    return problem(
        "output-not-ours",
        f"{name}{more} stands where the site has a file, but was not written by mfe-static",
        file=name,
        hint="move it away; nothing was touched",
    )


def owned(live: str, twin: str) -> set[str]:
    """The files of the live tree that may be replaced and removed, by the manifest or else by the twin's record."""
    listed = listed_files(read_manifest(live))
    if listed is not None:
        return set(listed)
    same, empty = set(), set()
    for path, entry in read_record(twin).live.items():
        try:
            status = os.lstat(f"{live}/{path}")
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and (status.st_size, status.st_mtime_ns) == (entry.size, entry.modified):
            same.add(path)
        elif stat.S_ISREG(status.st_mode) and status.st_size == 0:
            empty.add(path)
    return same | empty if same else set()


def twin_places(live: str, state: Path | None) -> list[str]:
    """Where the twin of `live` may stand, best first: beside it, so that the two can be exchanged; else in `state`."""
    folder, name = os.path.split(live)
    beside = os.path.join(folder, f".{name}.mfe")
    return [beside] if state is None else [beside, os.path.join(os.path.realpath(state), "output-" + digest(live)[:8])]


def twin(live: str, state: Path | None) -> str | Problem:
    """Make or find the folder of the idle tree. Raises OSError when there is no place for it."""
    places: Sequence[str] = twin_places(live, state)
    for place in places[:-1]:
        try:
            return _marked(place)
        except OSError as error:
            if error.errno not in _READ_ONLY:
                raise
    if state is not None:
        os.makedirs(state, exist_ok=True)
    return _marked(places[-1])


def _marked(place: str) -> str | Problem:
    """The folder `place`, with our mark in it; one that is not empty and lacks it is refused."""
    mark = f"{place}/.gitignore"
    if not os.path.lexists(place):
        os.mkdir(place)
    names = os.listdir(place) if os.path.isdir(place) and not os.path.islink(place) else None
    content = b""
    if names is not None and ".gitignore" in names:
        with open(mark, "rb") as file:
            content = file.read(len(MARK) + 1)
    if content != MARK:
        if names is None or set(names) - {".gitignore"} or not MARK.startswith(content):
            return problem(
                "output-not-ours",
                f"{place} has the name of the output's twin, but was not made by mfe-static",
                file=place,
                hint="move it away",
            )
        with open(mark, "wb") as file:
            file.write(MARK)
    if not os.access(place, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return place


def refusal(error: OSError, shown: str, folder: str, needed: int) -> Problem:
    """What the file system's refusal to write `shown` means. `needed`: bytes that were to be written below `folder`;
    0: nobody knows how many."""
    if error.errno in _FULL:
        free = f"{_free(folder):,}"
        room = f"{shown} needs {needed:,} bytes, {free} are free" if needed else f"{free} bytes are free"
        return problem(
            "disk-full",
            f"{_FULL[error.errno]}: {room}",
            file=shown,
            hint="the previous site stays; make room, twice the size of the site",
        )
    if error.errno == errno.ENAMETOOLONG:
        return problem("name-too-long", f"{shown} has a name longer than the file system takes", file=shown)
    return problem("output-unwritable", f"{shown} cannot be written: {error.strerror or error}", file=shown)


def _free(folder: str) -> int:
    try:
        status = os.statvfs(folder)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize
