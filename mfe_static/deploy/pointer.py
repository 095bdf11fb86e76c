"""What a bucket keeps of deployments, below `.mfe/`: each content once, a record of each deployment, and one pointer.

The pointer says what is live and what is on its way. It is written under a condition, so of two deployments one loses.
While one is on its way nobody else takes the pointer, for some minutes by the store's clock; a deployment that died on
this machine is known by what it signed the pointer with, and is not waited for.
"""

import contextlib
import datetime
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from mfe_static.deploy.bucket import Bucket
from mfe_static.deploy.host import Failed, Mark
from mfe_static.files import put
from mfe_static.problems import problem

OWN = ".mfe/"
LEASE = 300.0
"""Seconds for which a deployment that changes the site has it for itself."""
_JSON = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
_MINE = 8
"""How many signatures of this machine are known to it."""


class Record(msgspec.Struct, frozen=True):
    """A deployment."""

    id: str
    made: datetime.datetime
    said: str
    address: str
    files: Mapping[str, Mark]


class Pointer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is live."""

    live: str = ""
    """A deployment; empty: none yet."""
    next: str = ""
    """The deployment that is on its way; empty: the live one is whole."""
    by: str = ""
    """Who wrote this, each time another."""
    over: bool = False
    """Whether the one on its way was given up, so that nobody needs to wait for it."""
    been: tuple[str, ...] = ()
    """All that were live at any time, as far as they are kept; a record alone may be of one that never was."""


class Pointed(NamedTuple):
    """The pointer, as it is found."""

    pointer: Pointer
    tag: str
    modified: datetime.datetime


class Kept:
    """What is kept of the deployments of one site."""

    def __init__(self, bucket: Bucket, base: str, state: str) -> None:
        """`base`: what the keys of the site begin with. `state`: a folder of this machine."""
        self._bucket, self._base, self._file = bucket, base, Path(state, "s3-mine")

    def key(self, name: str) -> str:
        """The key of something that is kept."""
        return f"{self._base}{OWN}{name}"

    def content(self, mark: Mark) -> str:
        """The key of a content."""
        return self.key(f"files/{mark}")

    def names(self) -> list[str]:
        """All that there are records of, newest first: their names begin with the time."""
        listed = self._bucket.listed(self.key("deploys/"))
        return sorted((name.removesuffix(".json") for name in listed), reverse=True)

    def record(self, name: str) -> Record | None:
        """The record of a deployment; None where there is none that can be read."""
        found = self._bucket.get(self.key(f"deploys/{name}.json")) if name else None
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(found.content, type=Record) if found else None
        return None

    def remember(self, record: Record) -> None:
        """Keep a record."""
        self._bucket.put(self.key(f"deploys/{record.id}.json"), msgspec.json.encode(record), _JSON)

    def forget(self, names: list[str]) -> None:
        """Keep these records no longer."""
        self._bucket.delete([self.key(f"deploys/{name}.json") for name in names])

    def pointed(self) -> Pointed | None:
        """The pointer; None where nothing was ever deployed."""
        found = self._bucket.get(self.key("pointer.json"))
        if found is None:
            return None
        try:
            pointer = msgspec.json.decode(found.content, type=Pointer)
        except msgspec.DecodeError as error:
            said = f"what is kept below {OWN} of the bucket is damaged: {error}"
            hint = f"remove {OWN}pointer.json, and deploy with --replace"
            raise Failed(problem("deploy-failed", said, hint=hint)) from None
        return Pointed(pointer, found.tag, found.modified)

    def pointer(self) -> Pointer:
        """What the pointer says; where there is none, that nothing is live."""
        found = self.pointed()
        return found.pointer if found else Pointer()

    def point(self, pointer: Pointer, tag: str) -> str:
        """Write the pointer, if it is still what `tag` names; its new tag."""
        mine = uuid.uuid4().hex
        with contextlib.suppress(OSError):  # then nobody is known to be dead, and who comes next waits
            put(self._file, " ".join([mine, *self._mine()][:_MINE]).encode())
        content = msgspec.json.encode(msgspec.structs.replace(pointer, by=mine))
        fresh = self._bucket.swap(self.key("pointer.json"), content, tag)
        if fresh is None:
            said = "another deployment to the bucket went live meanwhile"
            raise Failed(problem("deploy-overtaken", said, hint="look at what it brought, and deploy again"))
        return fresh

    def wait(self) -> Pointer:
        """What is live. Refuse while another deployment may be changing the site. Only one runs at a time on this
        machine."""
        found = self.pointed()
        if not found or not found.pointer.next or found.pointer.over or found.pointer.by in self._mine():
            return found.pointer if found else Pointer()
        self._bucket.put(self.key("clock"), uuid.uuid4().bytes, {})
        clock = self._bucket.get(self.key("clock"))
        age = (clock.modified - found.modified).total_seconds() if clock else LEASE
        if age < LEASE:
            said = f"the deployment {found.pointer.next} is changing the site, or was interrupted {age:.0f} s ago"
            raise Failed(problem("deploy-overtaken", said, hint=f"deploy again in {LEASE - age:.0f} s"))
        return found.pointer

    def _mine(self) -> list[str]:
        """How the pointer was signed on this machine lately; the newest may not have arrived."""
        with contextlib.suppress(OSError):
            return self._file.read_text("ascii").split()
        return []
