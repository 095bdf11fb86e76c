"""Publishing a finished site so that no reader ever sees half of one.

The output folder (`dist`, the live tree) has a twin beside it (`.dist.mfe/idle`, the idle tree). A build writes what
differs from the live site into the idle tree; `publish` brings the rest of it up to date and exchanges the two in one
step. The twin then holds the last but one site, so the next build has to touch only what two builds changed. Where
nothing changed, nothing is written or exchanged. Two trees cost their room twice; measured for 5 000 pages they are
faster than a fresh tree of hard links (whose deletion costs more than writing) or a rename for each file.

Invariant 4: a crash or `kill -9` at any moment leaves the previous site whole, and the next build repairs what it
finds; only files the tool wrote are removed; a file of someone else is never overwritten. Nothing is flushed to the
disk file by file: a killed process loses nothing, as the kernel has its data, and one `fsync` a file would cost more
than all else together. A power cut may cost the last site; the next build notices by size and time and writes it
again. A file whose bytes stay the same keeps its time across exchanges; one whose bytes change gets a new one, so
`Last-Modified` never goes back.

A program that holds on to the folder itself instead of its path (a shell or server started inside it, a container
that mounts it) is left with the idle tree after an exchange; let it hold the folder above.
"""

import contextlib
import errno
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from mfe_static.digests import Digest, digest
from mfe_static.output.locks import lock, release, take
from mfe_static.output.ownership import foreign, in_the_way, misplaced, owned, refusal, twin, twin_places
from mfe_static.output.removal import Removed, remove_site
from mfe_static.output.swap import (
    JOURNAL,
    Exchange,
    can_exchange,
    exchange,
    in_one_step,
    move,
    one_by_one,
    recover,
    strangers,
)
from mfe_static.output.trees import (
    INCOMING,
    MANIFEST,
    Entry,
    Found,
    Record,
    Tree,
    digest_of,
    manifest_bytes,
    parents,
    read_manifest,
    read_record,
    remove,
    walk,
    write_record,
)
from mfe_static.problems import Problem, problem

__all__ = ["OutputFailed", "Removed", "Staging", "Written", "lock", "open_output", "remove_output"]


class Written(NamedTuple):
    """What a publish did."""

    written: int
    """Files whose bytes differ from the site that was live before."""
    removed: int
    bytes: int
    """Size of the whole site, without the manifest."""
    files: int
    """Number of files of the whole site, without the manifest."""


class OutputFailed(Exception):
    """The one exception of this package: the file system refused, deep inside a step. `build` catches it."""

    def __init__(self, why: Problem) -> None:
        super().__init__(why.message)
        self.problem = why


class Staging:
    """The site being written. Leaving it without `publish` leaves the live site alone. For one thread."""

    def __init__(self, output: str, live: str, twin: str, held: int, trade: Exchange) -> None:
        record = read_record(f"{twin}/record.json")
        self._output = output
        """How problems name the live tree."""
        self._live = Tree(live, record)
        self._idle = Tree(f"{twin}/idle", record)
        self._twin = twin
        self._held: int | None = held
        self._trade = trade
        self._record = record
        self._ours = owned(live, twin)
        self._wanted: dict[str, Entry] = {}
        self._changed: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let the next build in."""
        if self._held is not None:
            release(self._held)
            self._held = None

    def put(self, path: str, content: bytes) -> None:
        """Add a file. `path`: relative to the output, with `/`. Raises `OutputFailed`."""
        mark = digest(content)
        if self.keep(path, mark):
            return
        try:
            self._wanted[path] = self._idle.write(path, content, mark)
        except OSError as error:
            raise self._failed(error, path, len(content)) from error
        self._changed.add(path)

    def copy(self, path: str, real: str) -> None:
        """Add a file with the content of the existing file `real`, never sharing it. Raises `OutputFailed`."""
        try:
            mark = digest_of(real)
            source = os.open(real, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise OutputFailed(problem("unreadable", f"cannot be read: {error.strerror}", file=real)) from error
        try:
            if not self.keep(path, mark):
                self._wanted[path] = self._idle.copy(path, source)
                self._changed.add(path)
        except OSError as error:
            raise self._failed(error, path, os.fstat(source).st_size) from error
        finally:
            os.close(source)

    def keep(self, path: str, mark: Digest) -> bool:
        """Add the live site's file as it is, if it stands there with this digest; else it has to be `put`."""
        if self._held is None or path in {MANIFEST, INCOMING} or "\0" in path:
            raise ValueError(path)
        if any(part in {"", ".", ".."} for part in path.split("/")):
            raise ValueError(path)
        try:
            entry = self._live.seen(path)
        except OSError as error:
            raise self._failed(error, path, 0) from error
        if entry is None or entry.digest != mark:
            return False
        self._wanted[path] = entry
        self._changed.discard(path)
        return True

    def publish(self) -> Written:
        """Make the site live, whole, and let the next build in. Raises `OutputFailed`, with the previous site live."""
        try:
            return self._publish()
        except OSError as error:
            raise self._failed(error, "", sum(entry.size for entry in self._wanted.values())) from error
        finally:
            self.close()

    def remove(self) -> Removed | Problem:
        """The opposite of publishing: see `remove_output`."""
        try:
            removed = remove_site(self._live.root, self._ours)
            shutil.rmtree(self._twin)
        except OSError as error:
            return refusal(error, self._output, self._twin, 0)
        finally:
            self.close()
        return removed

    def _publish(self) -> Written:
        manifest = manifest_bytes(self._wanted)
        size = sum(entry.size for entry in self._wanted.values())
        if not self._changed and manifest == read_manifest(self._live.root):
            if self._live.read:
                with contextlib.suppress(OSError):  # the site stands; to remember why is a convenience
                    self._remember(self._record.idle)
            return Written(0, 0, size, len(self._wanted))
        found = walk(self._live.root)
        others = strangers(found, self._ours)
        if refused := in_the_way(self._output, others, self._wanted.keys()):
            raise OutputFailed(refused)
        stale = (found.files & self._ours) - self._wanted.keys()
        if not self._exchanged(manifest, others):
            self._replaced(manifest, stale, found)
        return Written(len(self._changed), len(stale), size, len(self._wanted))

    def _exchanged(self, manifest: bytes, others: Found) -> bool:
        """Publish in one step; false where the system cannot."""
        live, idle = self._live.root, self._idle.root
        if os.path.isdir(live) and not can_exchange(live, self._twin, self._trade):
            return False
        self._complete(manifest)
        return in_one_step(live, idle, others, self._trade)

    def _complete(self, manifest: bytes) -> None:
        """Make the idle tree the whole new site."""
        files, folders = self._idle.found
        stale = files - self._wanted.keys()
        empty = folders - parents([*self._wanted, MANIFEST])
        remove(self._idle.root, stale, empty)
        files -= stale
        folders -= empty
        for path, entry in self._wanted.items():
            if path not in self._changed and not self._idle.follow(self._live, path, entry):
                name = f"{self._output}/{path}"
                said = f"{name} was changed by another program during the build"
                raise OutputFailed(problem("busy", said, file=name, hint="build again"))
        self._idle.write(MANIFEST, manifest, "")
        self._remember({**self._record.live, **self._live.read})

    def _replaced(self, manifest: bytes, stale: set[str], found: Found) -> None:
        """Publish file by file. The manifest lists old and new files meanwhile: after a kill, both are still ours."""
        live, idle = self._live.root, self._idle.root
        os.makedirs(f"{live}/_mfe", exist_ok=True)
        unknown = Entry("", 0, 0)
        both = manifest_bytes({**dict.fromkeys(self._ours, unknown), **self._wanted})
        for path, content in ((INCOMING, both), (MANIFEST, manifest)):
            self._idle.write(path, content, "")
        move(f"{idle}/{INCOMING}", live, MANIFEST)
        self._remember({})
        one_by_one(idle, live, self._changed, stale, found)
        move(f"{idle}/{MANIFEST}", live, MANIFEST)
        remove(live, [INCOMING], ())
        remove(self._twin, [JOURNAL], ())
        shutil.rmtree(idle)

    def _remember(self, others: dict[str, Entry]) -> None:
        rest = {path: entry for path, entry in others.items() if self._wanted.get(path) != entry}
        write_record(f"{self._twin}/record.json", Record(1, self._wanted, rest))

    def _failed(self, error: OSError, path: str, needed: int) -> OutputFailed:
        why = refusal(error, f"{self._output}/{path}".rstrip("/"), self._twin, needed)
        if why.code == "disk-full" and not os.path.lexists(f"{self._twin}/{JOURNAL}"):
            shutil.rmtree(self._idle.root, ignore_errors=True)  # others need the room, and so does the next build
        return OutputFailed(why)


def open_output(
    output: Path, *, sources: Sequence[Path], state: Path | None, trade: Exchange = exchange
) -> Staging | Problem:
    """Begin a site in the folder `output`, which is made when missing.

    Refused: a folder that is not empty and not ours, one that holds a source or lies in one, one that cannot be
    written, one that another build writes to. `state`: where the idle tree goes when the folder above `output` cannot
    be written. `trade`: how two folders are exchanged.
    """
    live = os.path.realpath(output)
    if refused := misplaced(output, live, sources):
        return refused
    held: int | Problem | None = None
    try:
        if refused := foreign(output, live, state):
            return refused
        if os.path.isdir(live) and not os.access(live, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "it is read-only")
        os.makedirs(os.path.dirname(live), exist_ok=True)
        place = twin(live, state)
        if isinstance(place, Problem):
            return place
        held = take(f"{place}/lock")
        if isinstance(held, Problem):
            return held
        if held is None:
            raise PermissionError(errno.EACCES, f"{place} cannot be locked")
        recover(live, place)
        return Staging(str(output), live, place, held, trade)
    except OSError as error:
        if isinstance(held, int):
            release(held)
        return refusal(error, str(output), os.path.dirname(live), 0)


def remove_output(output: Path, *, state: Path | None = None) -> Removed | Problem:
    """Remove the site: the files we wrote, then folders that are empty, and the twin.

    Files of others stay, and with them their folders and our mark, so that the next build takes the folder again. A
    folder that is not ours is refused.
    """
    live = os.path.realpath(output)
    if not any(os.path.lexists(place) for place in (live, *twin_places(live, state))):
        return Removed(0)
    begun = open_output(output, sources=(), state=state)
    return begun if isinstance(begun, Problem) else begun.remove()
