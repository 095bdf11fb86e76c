"""What another process does for the two trees beside the build.

That every file and folder of a large site stands as it did takes as long as all else that a build with one new page
does. So another process looks, from the moment on at which the output is locked, and what it saw is taken over when it
is asked for. Of the live tree that is a look like any other, only sooner. The idle tree is written to meanwhile; what
was (`touched`) is looked at again. When the two have changed places, the same process takes back what came into the old
one at the last moment, which is one more look at every folder.
"""

import os
from collections.abc import Collection
from contextlib import suppress
from functools import cached_property, partial

import msgspec

from mfe_static.output.swap import settle
from mfe_static.output.trees import Sight, Tree
from mfe_static.processes import beside

WORTH_IT = 300
"""Files from which on another process pays."""


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


def _is_empty(root: str) -> bool:
    try:
        return not os.listdir(root)
    except FileNotFoundError:
        return True
    except OSError:
        return False
