"""What another process does for the two trees beside the build.

That every file and folder of a large site stands as it did takes as long as all else that a build with one new page
does. So another process looks, from the moment on at which the output is locked, and what it saw is taken over when it
is asked for. Of the live tree that is a look like any other, only sooner. The idle tree is written to meanwhile; what
was (`touched`) is looked at again, where it was much by the same process, while the build makes what is left. When the
two have changed places, it takes back what came into the old one at the last moment, which is one more look at every
folder.
"""

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import cached_property, partial

import msgspec

from mfe_static.output.record import Entry, doubtful, unlike
from mfe_static.output.swap import LETTER, settle
from mfe_static.output.trees import Sight, Tree
from mfe_static.processes import beside

WORTH_IT = 300
"""Files from which on another process pays."""
WORTH_TELLING = 1_000
"""Files from which on it pays to have another process look at what was written."""
_LOOK, _SETTLE, _END = b"?", b"+", b"-"


def look_ahead(live: Tree, idle: Tree, entries: int, ours: Collection[str]) -> "Onlooker | None":
    """Begin to look at both trees, where it pays. `entries`: how many files there are; `ours`: see `Onlooker`."""
    if entries >= WORTH_IT:
        return Onlooker(live, idle, ours)
    if _is_empty(idle.root):  # then all that will stand there is `touched`
        idle.ahead = Sight
    return None


class Onlooker:
    """A process that looks at both trees, which take over what it saw, and that settles them in the end."""

    def __init__(self, live: Tree, idle: Tree, ours: Collection[str]) -> None:
        """`ours`: files of the live tree that the tool wrote."""
        self._settle = partial(settle, live, idle.root, ours)
        self._tree, self._letter = idle.root, f"{os.path.dirname(idle.root)}/{LETTER}"
        self._told: Mapping[str, Entry] | None = None
        self._asked, self._asking = os.pipe()
        self._answers, self._answering = os.pipe()
        self._begun = False
        self._process = beside(lambda: msgspec.msgpack.encode((live.sight(), idle.sight())), self._do_what_is_asked)
        os.close(self._answering)
        live.ahead, idle.ahead = (lambda: self._sights[0]), (lambda: self._sights[1])

    def look(self, files: Mapping[str, Entry]) -> bool:
        """Begin to look whether `files`, which were written into the idle tree, stand there; false: nobody does."""
        if self._process is None:
            return False
        try:
            with open(self._letter, "wb") as file:
                file.write(msgspec.msgpack.encode(files))
        except OSError:
            with suppress(OSError):
                os.unlink(self._letter)  # the room it took may be all that was left
            return False
        self._told = files
        os.write(self._asking, _LOOK)
        return True

    def doubtful(self, files: Mapping[str, Entry]) -> set[str]:
        """Those of `files` that the build has to look at itself, once that is done."""
        return doubtful(files, self._told or {}, self._said)

    def settle(self) -> None:
        """The trees have changed places: begin to `swap.settle` what came in meanwhile."""
        if self._process is None:
            self._settle()
            return
        os.write(self._asking, _SETTLE)
        self._begun = True

    def close(self) -> None:
        """Wait until it is done."""
        os.write(self._asking, _END)  # one who was begun has read its byte, and reads no other
        if self._told is not None:
            _ = self._said  # as long as nobody takes it, there is no end
            with suppress(OSError):
                os.unlink(self._letter)
        done = self._process is not None and self._process.done()
        for end in (self._asking, self._asked, self._answers):
            os.close(end)
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

    @cached_property
    def _said(self) -> bytes:
        """What it says of the files that it was told."""
        if self._process:
            self._process.given()  # before that it hears nothing
        with open(self._answers, "rb", closefd=False) as pipe:
            return pipe.read()

    def _do_what_is_asked(self) -> None:
        asked = os.read(self._asked, 1)
        if asked == _LOOK:
            with open(self._letter, "rb") as file, open(self._answering, "wb") as pipe:
                pipe.write(unlike(self._tree, msgspec.msgpack.decode(file.read(), type=dict[str, Entry])))
            asked = os.read(self._asked, 1)
        if asked == _SETTLE:
            self._settle()


def _is_empty(root: str) -> bool:
    try:
        return not os.listdir(root)
    except FileNotFoundError:
        return True
    except OSError:
        return False
