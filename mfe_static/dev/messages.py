"""What the server and the builder say to each other, over a pair of sockets.

Two processes: the server waits for people and must always answer, the builder works, as `mfe-static build` does, alone
in its process, so that its time limits and its own processes work the same. Messages are data, never code: values with
a tag, each behind its length.
"""

import datetime
import select
import socket
import struct
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from mfe_static.digests import Digest
from mfe_static.kept import Report
from mfe_static.problems import Problem
from mfe_static.write import Written

# -- to the builder


class Begin(msgspec.Struct, frozen=True, tag=True):
    """The first message: which site, and how. See `run.Options`."""

    root: str
    now: datetime.datetime
    environ: Mapping[str, str]
    drafts: bool = False
    strict: bool = False
    commands: bool = True
    team: str = ""
    """The team that is built; empty: all."""
    problems: int = 200
    """How many problems of a build are told at most."""
    epoch: int = 0
    """Where it goes on, after a builder that was killed; builds are counted from here."""
    heeded: int = 0
    """The changes up to this number need not be told again."""


class Changed(msgspec.Struct, frozen=True, tag=True):
    """Build: something may have changed."""

    number: int
    """Counts such messages; a build says up to which it heeded them."""
    paths: tuple[str, ...] | None
    """From the root; None: anything."""


class Check(msgspec.Struct, frozen=True, tag=True):
    """Nothing is known to have changed: look at all, and build only what did. Answered by `Checked`."""


class Wanted(msgspec.Struct, frozen=True, tag=True):
    """Pages that somebody waits for, by URL: they come first."""

    urls: tuple[str, ...]


class Shown(msgspec.Struct, frozen=True, tag=True):
    """The pages that open tabs show, by URL."""

    urls: tuple[str, ...]


class Ask(msgspec.Struct, frozen=True, tag=True):
    """A question about a page, answered by `Answer`."""

    number: int
    what: Literal["facts", "regions", "marked", "details", "source"]
    """What is known of the page, or of its fragments alone; or its document, with marks around its regions. `details`:
    what teams say of their events, whatever the page. `source`: the file that is published at this URL."""
    url: str


ToBuilder = Begin | Changed | Check | Wanted | Shown | Ask

# -- to the server


class Began(msgspec.Struct, frozen=True, tag=True):
    """A build has begun."""

    epoch: int
    heeded: int
    """The changes up to this number are in it."""


class Noticed(msgspec.Struct, frozen=True, tag=True):
    """Something to know that no build says."""

    problem: Problem


class Making(msgspec.Struct, frozen=True, tag=True):
    """How far it is."""

    phase: str
    done: int
    total: int


class Made(msgspec.Struct, frozen=True, tag=True):
    """Documents that are done before the site is live: file and digest, by URL."""

    documents: Mapping[str, tuple[str, Digest]]
    base_path: str
    """Under which the site is shown."""


class Standing(msgspec.Struct, frozen=True, tag=True):
    """The site that was published before is what would be built now; what is known of it follows."""

    epoch: int
    report: Report
    problems: tuple[Problem, ...]
    frames: tuple[tuple[tuple[int, str], ...], ...]
    """See `Built`."""


class Swap(msgspec.Struct, frozen=True, tag=True):
    """What changed on a page that a tab shows, where that is less than the page."""

    was: Digest = ""
    """Of the document, before and after."""
    now: Digest = ""
    css: tuple[tuple[str, str], ...] = ()
    """Former and new URL of style sheets, when nothing else changed."""
    regions: tuple[str, ...] = ()
    """Fragments that changed, when nothing else did, as `team:name`."""


class Built(msgspec.Struct, frozen=True, tag=True):
    """A build has ended."""

    epoch: int
    heeded: int
    """The changes up to this number are in it."""
    published: bool
    """Whether the site that stands in the output is this one."""
    code: int
    seconds: Mapping[str, float]
    report: Report
    written: Written
    problems: tuple[Problem, ...]
    """The first of them (`Begin.problems`)."""
    frames: tuple[tuple[tuple[int, str], ...], ...]
    """For the first of these, numbers and texts of the lines around each."""
    errors: int
    warnings: int
    base_path: str = ""
    changed: tuple[str, ...] = ()
    """URLs of documents that are new or have other bytes than before."""
    gone: tuple[str, ...] = ()
    """URLs of documents that are not there any more."""
    swaps: Mapping[str, Swap] = {}
    """By the URL of a page that a tab shows."""
    idle: bool = False
    """Whether nothing at all was to be done, and everything is as it was."""
    found: tuple[str, ...] = ()
    """Paths from the root that differed, where nobody had told of them."""


class Checked(msgspec.Struct, frozen=True, tag=True):
    """All sources were looked at; where something differed, it was built."""


class Answer(msgspec.Struct, frozen=True, tag=True):
    """To a question."""

    number: int
    value: Any
    """None: there is no such page, or nothing that can be said of it."""


class Crashed(msgspec.Struct, frozen=True, tag=True):
    """A build ended by a bug of ours."""

    epoch: int
    heeded: int
    error: str
    place: str
    """In our code."""
    details: str


ToServer = Began | Noticed | Making | Made | Standing | Built | Checked | Answer | Crashed

# -- how they travel

LENGTH = struct.Struct("!I")
"""What stands in front of each message."""
_to_builder = msgspec.msgpack.Decoder(ToBuilder)
to_server = msgspec.msgpack.Decoder(ToServer)


def framed(message: ToBuilder | ToServer) -> bytes:
    """A message as it travels."""
    data = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(data)) + data


class Gone(Exception):
    """Nobody is at the other end any more."""


class Line:
    """The builder's end: it waits where it has nothing else to do."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._begun = b""

    def send(self, message: ToServer) -> None:
        """Say something. Raises `Gone`."""
        try:
            self._end.sendall(framed(message))
        except OSError as error:
            raise Gone from error

    def receive(self, patience: float | None) -> list[ToBuilder]:
        """What was said since the last time; waits for it at most so many seconds, or for ever. Raises `Gone`."""
        while select.select([self._end], [], [], patience)[0]:
            try:
                data = self._end.recv(1 << 16)
            except OSError as error:
                raise Gone from error
            if not data:
                raise Gone
            self._begun += data
            if messages := self._whole():
                return messages
        return []

    def _whole(self) -> list[ToBuilder]:
        messages = []
        while len(self._begun) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self._begun)[0]
            if len(self._begun) < end:
                break
            messages.append(_to_builder.decode(self._begun[LENGTH.size : end]))
            self._begun = self._begun[end:]
        return messages
