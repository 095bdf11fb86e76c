"""Writing files of the new site in any process.

Workers write what they compose themselves, so that no page travels through the parent. A `Writer` is a value: it names
the idle tree and nothing else, so it may be sent anywhere while the `Staging` that gave it is open. What it did comes
back as a `Placed`, and only what the parent then adds is part of the site: a file that was written and never added is
taken away again before the exchange.
"""

import shutil

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.output.making import write
from mfe_static.output.ownership import refusal
from mfe_static.output.record import MANIFEST
from mfe_static.output.trees import INCOMING
from mfe_static.problems import Problem

_ASTRAY = frozenset({"", ".", ".."})
"""Parts of a path that lead elsewhere."""


class OutputFailed(Exception):
    """The one exception of this package: the file system refused, deep inside a step. `build` catches it."""

    def __init__(self, why: Problem) -> None:
        super().__init__(why)  # what is pickled
        self.problem = why

    def __str__(self) -> str:
        return self.problem.message


class Placed(msgspec.Struct, frozen=True, array_like=True):
    """What became of one file."""

    path: str
    digest: Digest
    size: int
    """Bytes."""
    modified: int
    """Nanoseconds, as the file system says; 0 when it was not written."""
    changed: bool
    """False: the live site has these bytes already, and nothing was written."""


class Writer(msgspec.Struct, frozen=True):
    """Puts files into the idle tree; for any number of processes at once, forked or spawned."""

    idle: str
    shown: str
    """How problems name the live tree."""

    def put(self, path: str, content: bytes, standing: Digest, ours: set[str] | None = None) -> Placed:
        """Write a file, if it is not the one that stands live there.

        `path`: relative to the output, with `/`. `standing`: what `Staging.standing` says of it. `ours`: see
        `making.write`. Raises `OutputFailed`.
        """
        check(path)
        mark = digest(content)
        if mark == standing:
            return Placed(path, mark, len(content), 0, changed=False)
        try:
            entry = write(self.idle, path, content, mark, ours, there=bool(standing))
        except OSError as error:
            raise self.failed(error, path, len(content)) from error
        return Placed(path, mark, entry.size, entry.modified, changed=True)

    def failed(self, error: OSError, path: str, needed: int) -> OutputFailed:
        """What the file system's refusal means; when the disk is full, the room that was taken is given back."""
        why = refusal(error, f"{self.shown}/{path}".rstrip("/"), self.idle.rpartition("/")[0], needed)
        if why.code == "disk-full":
            shutil.rmtree(self.idle, ignore_errors=True)  # others need the room, and so does the next build
        return OutputFailed(why)


def check(path: str) -> None:
    """Raises ValueError for a path that leads out of the output, or where the tool's own files go."""
    if path in {MANIFEST, INCOMING} or "\0" in path or not _ASTRAY.isdisjoint(path.split("/")):
        raise ValueError(path)
