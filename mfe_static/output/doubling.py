"""A second tree for a first site, made by another process, which also looks at the first one.

After a first build there is no idle tree. A process makes one, of links to the same files, while the build checks and
publishes; else the next build would have to, and somebody waits for that one. It is told what to link, since finding it
takes as long as linking it. When little is left to be written it is asked to look whether each file stands as it was
written, so that the build has to look only at those that it wrote since. As it holds both trees by descriptors, it goes
on while the first one goes live. A build that has nothing else to do helps: it begins with the last file, and where the
two meet all is done.
"""

import os
import select
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

import msgspec

from mfe_static.output.record import Entry, doubtful, opened, unlike
from mfe_static.processes import beside

WORTH_DOUBLING = 2_000
"""Files from which on the first build makes a second tree: the next one makes a smaller one as quickly."""
_ROOM = 3, 20_000
"""Names and bytes that have to be free for each file of the tree: a link and a folder take two names and a block."""
_OFTEN = 64
"""Links between two looks at whether anybody asks."""
_LOOK, _END = b"?", b"\n"


class _Told(msgspec.Struct, frozen=True, array_like=True):
    """What the process has to know. More than a pipe holds, so it is in a file: nobody waits until it is read."""

    tree: bytes
    files: dict[str, Entry]


class Doubler:
    """The process, in a context that waits for it. It is best begun before there is much to hold: what two processes
    share is there twice as soon as one of them touches it."""

    def __init__(self) -> None:
        self._asked, self._asking = os.pipe()
        other = _Other(self._asked)
        self._process = beside(other.seen, other.finish)
        self._told: dict[str, Entry] = {}
        self._place = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()
        os.close(self._asking)
        os.close(self._asked)

    def begin(self, tree: str, place: str, files: dict[str, Entry]) -> bool:
        """Begin to give `files` of the folder `tree` second names in `place`, which is made: below its folder `tree`.
        False where nobody does it, or there are so few that it does not pay."""
        if self._process is None or len(files) < WORTH_DOUBLING:
            return False
        self._told, self._place = {**files}, place
        try:
            os.mkdir(place)
            with open(f"{place}/told", "wb") as file:
                file.write(msgspec.msgpack.encode(_Told(os.fsencode(tree), files)))
        except OSError:
            shutil.rmtree(place, ignore_errors=True)  # the room it took may be all that was left
            return False
        os.write(self._asking, os.fsencode(place).hex().encode() + _END)
        return True

    def look(self) -> None:
        """Have it look, now, before it goes on. Said once."""
        os.write(self._asking, _LOOK)

    def doubtful(self, files: Mapping[str, Entry]) -> set[str]:
        """Those of `files` that the build has to look at itself, once it has looked."""
        return doubtful(files, self._told, self._process.given() if self._process else b"")

    def help(self, tree: str) -> None:
        """Make what is left to be made. `tree`: where the files are by now."""
        with suppress(OSError):
            for _ in _linked(tree, f"{self._place}/tree", reversed(self._told)):
                pass

    def end(self) -> None:
        """Wait for it. Where it was not asked to look, it does no more: the site does not go live."""
        os.write(self._asking, _END)  # one who was asked has read its byte, and reads no other
        if self._process:
            self._process.done()


class _Other:
    """What that process does."""

    def __init__(self, asked: int) -> None:
        self._asked = asked
        self._links: Iterator[object] = iter(())
        """What is left to be made."""

    def seen(self) -> bytes:
        """Begin, and look when that is asked for. Raises OSError where the file system gives no links, say; the next
        build completes what it finds."""
        with open(self._asked, "rb", buffering=0, closefd=False) as asked:
            place = bytes.fromhex(asked.readline().decode())
        if not place:
            return b""
        with open(place + b"/told", "rb") as file:
            told = msgspec.msgpack.decode(file.read(), type=_Told)
        tree, double = os.fsdecode(told.tree), os.fsdecode(place + b"/tree")
        os.mkdir(double)
        self._links = _linked(tree, double, told.files)
        waiting = select.poll()
        waiting.register(self._asked, select.POLLIN)
        for number, _ in enumerate(self._links):
            if number % _OFTEN == 0 and waiting.poll(0):
                break
        if os.read(self._asked, 1) != _LOOK:
            self._links = iter(())
            return b""
        return unlike(tree, told.files)

    def finish(self) -> None:
        """Make what is left."""
        for _ in self._links:
            pass


def _linked(tree: str, double: str, files: Iterable[str]) -> Iterator[None]:
    """Give `files` of the folder `tree` second names in the folder `double`, one a step, up to one that has it."""
    made = {""}
    with opened(tree) as one, opened(double) as other:
        for path in files:
            folder = path.rpartition("/")[0]
            if folder not in made:
                _make(folder, other, made)
            try:
                os.link(path, path, src_dir_fd=one, dst_dir_fd=other, follow_symlinks=False)
            except FileExistsError:
                return
            except FileNotFoundError:  # somebody has removed it; the next build makes it anew
                continue
            yield


def _make(folder: str, tree: int, made: set[str]) -> None:
    """Have a folder in the open folder `tree`, and those above it that are not `made`."""
    above = folder.rpartition("/")[0]
    if above not in made:
        _make(above, tree, made)
    made.add(folder)
    try:
        os.mkdir(folder, dir_fd=tree)
    except FileExistsError:  # by whoever began at the other end
        return


def has_room(folder: str, files: int) -> bool:
    """Whether a tree of links to so many `files` leaves room for others in the file system of `folder`."""
    names, size = _ROOM
    try:
        free = os.statvfs(folder)
    except OSError:
        return False
    return free.f_bavail * free.f_frsize >= size * files and (not free.f_files or free.f_favail >= names * files)
