"""Publishing a finished site so that no reader ever sees half of one.

The output folder (`dist`, the live tree) has a twin beside it (`.dist.mfe/idle`, the idle tree). A build writes what
differs from the live site into the idle tree, in as many processes as it likes; `publish` brings the rest of it up to
date and exchanges the two in one step. The twin then holds the last but one site, so the next build has to touch only
what two builds changed. Where nothing changed, nothing is written or exchanged. Files that are the same in both share
their bytes, where the file system can. Measured for 5 000 pages, two trees are faster than a fresh one each time (whose
deletion costs more than writing) or a rename for each file.

What a build costs: each tree is looked at, by one `lstat` a file and a folder; all else is work for the files that
differ. `standing_whole` asks only whether the live site is what was published, without a lock and in half the time.

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
from collections.abc import Sequence, Set
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mfe_static.digests import Digest, digest
from mfe_static.output.ahead import WORTH_TELLING, Onlooker, look_ahead
from mfe_static.output.complete import complete
from mfe_static.output.doubling import WORTH_DOUBLING, Doubler, has_room
from mfe_static.output.locks import lock, release, take
from mfe_static.output.making import copy, digest_of, write
from mfe_static.output.ownership import foreign, in_the_way, misplaced, owned, refusal, twin, twin_places
from mfe_static.output.record import MANIFEST, Entry, Record, matching, passed, read_record, write_record
from mfe_static.output.remember import replaced, unchanged, young
from mfe_static.output.standing import Written, standing_whole
from mfe_static.output.swap import (
    DOUBLE,
    JOURNAL,
    Exchange,
    Strangers,
    can_exchange,
    exchange,
    in_one_step,
    move,
    one_by_one,
    recover,
    settle,
    strangers,
)
from mfe_static.output.trees import INCOMING, Tree, manifest_bytes, parents, read_manifest, remove
from mfe_static.output.writer import OutputFailed, Placed, Writer, check
from mfe_static.problems import Problem, problem

if TYPE_CHECKING:
    from mfe_static.output.removal import Removed

__all__ = [
    "WORTH_DOUBLING",
    "Doubler",
    "OutputFailed",
    "Placed",
    "Staging",
    "Writer",
    "Written",
    "lock",
    "open_output",
    "remove_output",
    "standing_whole",
]


class Staging:
    """The site being written. Leaving it without `publish` leaves the live site alone. For one thread.

    Other processes write by a `writer`; what they return is `add`ed here.
    """

    def __init__(self, output: str, live: str, twin: str, held: int, trade: Exchange, trusted: bool) -> None:
        record = read_record(twin) if trusted else Record()
        begun = passed(held, live)
        self._live = Tree(live, record, begun)
        self._idle = Tree(f"{twin}/idle", record, begun)
        self.stood = os.path.lexists(live)
        """Whether there was a site at all when this one was begun."""
        self._output = output
        """How problems name the live tree."""
        self._twin = twin
        self._held: int | None = held
        self._trade = trade
        self._record = record
        self._writer = Writer(self._idle.root, output)
        ours = owned(live, twin)
        self._ours: Set[str] = record.live.keys() if ours == record.live.keys() else ours  # the same, held once
        self._wanted: dict[str, Entry] = {}
        self._unused: set[str] = set()
        """What was written into the idle tree, and is not what the site has at this path; not yet, or not any more."""
        self._onlooker: Onlooker | None = None
        self._doubler: Doubler | None = None
        self._double = f"{twin}/{DOUBLE}"
        self._doubling: Doubler | None = None
        """The one who was told to begin."""
        self._looking: Doubler | Onlooker | None = None
        """Who looks whether what was written stands as it was."""
        self._doubled = False
        """Whether the second tree is for a site that is live."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def look_ahead(self) -> None:
        """Have both trees looked at by another process, where that pays."""
        self._onlooker = look_ahead(self._live, self._idle, len(self._record.live), self._ours)

    def double_by(self, doubler: Doubler) -> None:
        """Have it make what will be the idle tree, if this site is the first."""
        self._doubler = doubler

    def nearly_done(self) -> None:
        """Most of the site is written, and nothing speaks against it: what takes the time of an unused processor may
        begin. Links take room as well, of which what is still to be written must find enough."""
        free, tree, wanted = None if self.stood or self._doubling else self._doubler, self._idle.root, self._wanted
        if free and has_room(self._twin, len(wanted)) and free.begin(tree, self._double, wanted):
            self._doubling = free

    def look_now(self) -> None:
        """What is still to be written takes a moment: have the rest looked at meanwhile, where there is somebody."""
        if self._looking:
            return
        if self._doubling:
            self._doubling.look()
            self._looking = self._doubling
        elif self._onlooker and len(self._idle.touched) >= WORTH_TELLING:
            changed = self._idle.touched.keys() - self._unused
            if self._onlooker.look({path: entry for path, entry in self._wanted.items() if path in changed}):
                self._looking = self._onlooker

    def close(self) -> None:
        """Let the next build in, when whoever works beside this one has done so."""
        try:
            if self._doubling:
                if self._doubled:
                    self._doubling.help(self._live.root)
                self._doubling.end()
                if self._doubled:
                    with contextlib.suppress(OSError):  # where it was not made, the next build does that
                        os.rename(f"{self._double}/tree", self._idle.root)
                shutil.rmtree(self._double, ignore_errors=True)
            if self._onlooker:
                self._onlooker.close()
        finally:
            self._onlooker = self._doubling = None
            if self._held is not None:
                release(self._held)
                self._held = None

    def standing(self, path: str) -> Digest:
        """The digest of the file that stands live at `path`; empty: there is none. Raises `OutputFailed`.

        Only this one is looked at; when it is `keep` that asks first, all are.
        """
        entry = self._standing(path)
        return entry.digest if entry else ""

    def place(self, path: str, *, changed: bool) -> str:
        """Where a file of the new site stands until it is live, whose content `changed` or not."""
        return f"{self._idle.root if changed else self._live.root}/{path}"

    def keep(self, path: str, mark: Digest) -> bool:
        """Add the live site's file as it is, if it stands there with this digest; else it has to be `put`."""
        entry = self._live.sure.get(path) or self._standing(path)
        if entry is None or entry.digest != mark:
            return False
        self._wanted[path] = entry
        if path in self._idle.touched:
            self._unused.add(path)
        return True

    def put(self, path: str, content: bytes) -> None:
        """Add a file. `path`: relative to the output, with `/`. Raises `OutputFailed`."""
        self.add(self.write(path, content))

    def write(self, path: str, content: bytes) -> Placed:
        """Write a file that may be added later. Raises `OutputFailed`."""
        placed = self.writer().put(path, content, self.standing(path))
        if placed.changed:
            self._idle.touched[path] = None
            self._unused.add(path)
        return placed

    def copy(self, path: str, real: str, mark: Digest = "") -> None:
        """Add a file with the content of the existing file `real`, never sharing it. Raises `OutputFailed`.

        `mark`: its digest, where it is known; then it is not read when the live site has it.
        """
        if mark and self.keep(path, mark):
            return
        try:
            found = mark or digest_of(real)
            source = os.open(real, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise OutputFailed(problem("unreadable", f"cannot be read: {error.strerror}", file=real)) from error
        try:
            if mark or not self.keep(path, found):
                entry = copy(self.writer().idle, path, source)
                self.add(Placed(path, entry.digest, entry.size, entry.modified, changed=True))
        except OSError as error:
            raise self._failed(error, path, os.fstat(source).st_size) from error
        finally:
            os.close(source)

    def writer(self) -> Writer:
        """Writes files in this or any other process, as long as this `Staging` is open."""
        return self._writer

    def add(self, placed: Placed) -> None:
        """Add what a writer did. Of several for one path, the last that was written must be the last that is added."""
        if not placed.changed:
            if self.keep(placed.path, placed.digest):
                return
            raise ValueError(f"{placed.path} does not stand as its writer was told")
        self._wanted[placed.path] = Entry(placed.digest, placed.size, placed.modified)
        self._idle.touched[placed.path] = None
        self._unused.discard(placed.path)

    def publish(self) -> Written:
        """Make the site live, whole. Raises `OutputFailed`, with the previous site live."""
        try:
            return self._publish()
        except OSError as error:
            raise self._failed(error, "", sum(entry.size for entry in self._wanted.values())) from error

    def remove(self) -> "Removed | Problem":
        """The opposite of publishing: see `remove_output`."""
        from mfe_static.output.removal import remove_site

        try:
            removed = remove_site(self._live.root, self._ours)
            shutil.rmtree(self._twin)
        except OSError as error:
            return refusal(error, self._output, self._twin, 0)
        finally:
            self.close()
        return removed

    def _standing(self, path: str) -> Entry | None:
        if self._held is None:
            raise ValueError(path)
        check(path)
        try:
            return self._live.entry(path) if self.stood else None
        except OSError as error:
            raise self._failed(error, path, 0) from error

    def _publish(self) -> Written:
        manifest, changed = manifest_bytes(self._wanted), self._idle.touched.keys() - self._unused
        size = sum(entry.size for entry in self._wanted.values())
        done = Written(0, 0, size, len(self._wanted), digest(manifest))
        if not changed and manifest == read_manifest(self._live.root):
            with contextlib.suppress(OSError):  # the site stands; to remember why is a convenience
                self._remember(unchanged(self._record, self._live, self._wanted, done.manifest))
            return done
        found = self._live.found
        folders = parents([*self._wanted, MANIFEST])
        others = strangers(found, self._ours, folders if self._ours == self._wanted.keys() else parents(self._ours))
        if refused := in_the_way(self._output, others, self._wanted.keys(), folders):
            raise OutputFailed(refused)
        if lost := self._lost(changed):
            raise self._disturbed(min(lost))
        stale = (found.files & self._ours) - self._wanted.keys()
        if not self._exchanged(manifest, others, folders, changed):
            self._replaced(manifest, stale, changed)
        return done._replace(written=len(changed), removed=len(stale))

    def _lost(self, changed: Set[str]) -> Set[str]:
        """What does not stand as it was written. What another process has looked at is not looked at again."""
        self.look_now()
        doubtful = changed
        if self._looking:
            _ = self._idle.found  # look at folders meanwhile
            doubtful = changed & self._looking.doubtful(self._wanted)
        return doubtful - matching(self._idle.root, doubtful, self._wanted).keys()

    def _exchanged(self, manifest: bytes, others: Strangers, folders: Set[str], changed: Set[str]) -> bool:
        """Publish in one step; false where the system cannot."""
        live, idle = self._live.root, self._idle.root
        if os.path.isdir(live) and not can_exchange(live, self._twin, self._trade):
            return False
        record = complete(self._idle, self._live, self._wanted, folders, changed, manifest)
        if isinstance(record, str):
            raise self._disturbed(record)
        self._remember(record)
        self._doubled = in_one_step(live, idle, others, self._trade, self._settle)
        return self._doubled

    def _settle(self) -> None:
        if self._onlooker:
            self._onlooker.settle()
        else:
            settle(self._live, self._idle.root, self._ours)

    def _replaced(self, manifest: bytes, stale: set[str], changed: Set[str]) -> None:
        """Publish file by file. The manifest lists old and new files meanwhile: after a kill, both are still ours."""
        live, idle = self._live.root, self._idle.root
        os.makedirs(f"{live}/_mfe", exist_ok=True)
        unknown = Entry("", 0, 0)
        both = manifest_bytes({**dict.fromkeys(self._ours, unknown), **self._wanted})
        write(idle, INCOMING, both, "")
        written = write(idle, MANIFEST, manifest, "").modified
        move(f"{idle}/{INCOMING}", live, MANIFEST)
        self._remember(replaced(self._live, self._wanted, digest(manifest), young(self._wanted, changed, written)))
        one_by_one(idle, live, changed, stale, self._live.found)
        move(f"{idle}/{MANIFEST}", live, MANIFEST)
        remove(live, [INCOMING], ())
        remove(self._twin, [JOURNAL], ())
        shutil.rmtree(idle)

    def _remember(self, record: Record) -> None:
        if record != self._record:
            write_record(self._twin, record)

    def _disturbed(self, path: str) -> OutputFailed:
        name = f"{self._output}/{path}"
        said = f"{name} was changed by another program during the build"
        return OutputFailed(problem("busy", said, file=name, hint="build again"))

    def _failed(self, error: OSError, path: str, needed: int) -> OutputFailed:
        if os.path.lexists(f"{self._twin}/{JOURNAL}"):
            return OutputFailed(refusal(error, f"{self._output}/{path}".rstrip("/"), self._twin, needed))
        return self._writer.failed(error, path, needed)


def open_output(
    output: Path,
    *,
    sources: Sequence[Path],
    state: Path | None,
    trade: Exchange = exchange,
    trusted: bool = True,
) -> Staging | Problem:
    """Begin a site in the folder `output`, which is made when missing.

    Refused: a folder that is not empty and not ours, one that holds a source or lies in one, one that cannot be
    written, one that another build writes to. `state`: where the idle tree goes when the folder above `output` cannot
    be written. `trade`: how two folders are exchanged. `trusted`: whether the record of the last build counts; else
    every file is read.
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
        return Staging(str(output), live, place, held, trade, trusted)
    except OSError as error:
        if isinstance(held, int):
            release(held)
        return refusal(error, str(output), os.path.dirname(live), 0)


def remove_output(output: Path, *, state: Path | None = None) -> "Removed | Problem":
    """Remove the site: the files we wrote, then folders that are empty, and the twin.

    Files of others stay, and with them their folders and our mark, so that the next build takes the folder again. A
    folder that is not ours is refused.
    """
    from mfe_static.output.removal import Removed

    live = os.path.realpath(output)
    if not any(os.path.lexists(place) for place in (live, *twin_places(live, state))):
        return Removed(0)
    begun = open_output(output, sources=(), state=state)
    return begun if isinstance(begun, Problem) else begun.remove()
