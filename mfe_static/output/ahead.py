"""What another process does for the two trees beside the build.

That every file and folder of a large site stands as it did takes as long as all else that a build with one new page
does. So another process looks, from the moment on at which the output is locked, and what it saw is taken over when it
is asked for. Of the live tree that is a look like any other, only sooner. The idle tree is written to meanwhile; what
was (`touched`) is looked at again. When the two have changed places, the same process takes back what came into the old
one at the last moment, which is one more look at every folder.

After a first build there is no idle tree. A process makes one, of links to the same files, while the build looks at
what it has made and writes down what it knows; else the next build would have to, and somebody waits for that one.
"""

import os
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import cached_property, partial
from types import TracebackType
from typing import Self

import msgspec

from mfe_static.output.swap import settle
from mfe_static.output.trees import Sight, Tree
from mfe_static.processes import beside

WORTH_IT = 300
"""Files from which on another process pays."""
WORTH_DOUBLING = 2_000
"""Files from which on the first build makes a second tree: the next one makes a smaller one as quickly."""
_ROOM = 3, 20_000
"""Names and bytes that have to be free for each file of the tree: a link and a folder take two names and a block."""


def look_ahead(live: Tree, idle: Tree, entries: int, ours: Collection[str]) -> "Onlooker | None":
    """Begin to look at both trees, where it pays. `entries`: how many files there are; `ours`: see `Onlooker`."""
    if entries >= WORTH_IT:
        return Onlooker(live, idle, ours)
    if _is_empty(idle.root):  # then all that will stand there is `touched`
        idle.ahead = lambda: Sight([], {}, {}, [])
    return None


class Onlooker:
    """A process that looks at both trees, which take over what it saw, and that settles them in the end."""

    def __init__(self, live: Tree, idle: Tree, ours: Collection[str]) -> None:
        """`ours`: files of the live tree that the tool wrote."""
        self._settle = partial(settle, live, idle.root, ours)
        self._asked, self._asking = os.pipe()
        self._begun = False
        self._process = beside(lambda: msgspec.msgpack.encode((live.sight(), idle.sight())), self._settle_if_asked)
        live.ahead, idle.ahead = (lambda: self._sights[0]), (lambda: self._sights[1])

    def settle(self) -> None:
        """The trees have changed places: begin to `swap.settle` what came in meanwhile."""
        if self._process is None:
            self._settle()
            return
        os.write(self._asking, b"+")
        self._begun = True

    def close(self) -> None:
        """Wait until it is done."""
        os.write(self._asking, b"-")  # one who was begun has read its byte, and reads no other
        done = self._process is not None and self._process.done()
        os.close(self._asking)
        os.close(self._asked)
        if self._begun and not done:
            with suppress(OSError):  # then the next build does it, as after a kill
                self._settle()

    @cached_property
    def _sights(self) -> tuple[Sight | None, Sight | None]:
        data = self._process.given() if self._process else b""
        try:
            return msgspec.msgpack.decode(data, type=tuple[Sight, Sight])
        except msgspec.DecodeError:
            return None, None

    def _settle_if_asked(self) -> None:
        if os.read(self._asked, 1) == b"+":
            self._settle()


class Doubler:
    """A process that makes an idle tree when it is told to, in a context that waits for it. It is best begun before
    there is much to hold: what two processes share is there twice as soon as one of them touches it."""

    def __init__(self) -> None:
        self._asked, self._asking = os.pipe()
        self._process = beside(self._double)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.write(self._asking, b"\n")  # one who was begun has read its line, and reads no other
        self._done()
        os.close(self._asking)
        os.close(self._asked)

    def begin(self, tree: str, other: str, files: int) -> Callable[[], object]:
        """Begin to give all files below `tree` second names below `other`, where nothing is, if there are so many that
        it pays. Neither may be moved until what is returned was called."""
        if files < WORTH_DOUBLING:
            return lambda: None
        os.write(self._asking, b"%s %s\n" % (os.fsencode(tree).hex().encode(), os.fsencode(other).hex().encode()))
        return self._done

    def _done(self) -> bool:
        return self._process is not None and self._process.done()

    def _double(self) -> bytes:
        """Raises OSError where the file system gives no links, say; the next build completes what it finds."""
        with open(self._asked, "rb", closefd=False) as asked:
            places = [bytes.fromhex(place.decode()) for place in asked.readline().split()]
        if places:
            _link(*places)
        return b""


def has_room(folder: str, files: int) -> bool:
    """Whether a tree of links to so many `files` leaves room for others in the file system of `folder`."""
    names, size = _ROOM
    try:
        free = os.statvfs(folder)
    except OSError:
        return False
    return free.f_bavail * free.f_frsize >= size * files and (not free.f_files or free.f_favail >= names * files)


def _link(tree: bytes, double: bytes) -> None:
    """Give all files below `tree` second names below `double`."""
    os.mkdir(double)
    with os.scandir(tree) as entries:
        for entry in entries:
            other = os.path.join(double, entry.name)
            if entry.is_dir(follow_symlinks=False):
                _link(entry.path, other)
            else:
                os.link(entry.path, other, follow_symlinks=False)


def _is_empty(root: str) -> bool:
    try:
        return not os.listdir(root)
    except FileNotFoundError:
        return True
    except OSError:
        return False
