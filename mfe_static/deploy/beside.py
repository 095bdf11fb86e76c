"""What lies beside a folder that is deployed to: each content once, under its digest, and a record of each deployment.

So what an interrupted deployment brought is there for the next one, and an old deployment can be put together again.
A record is written before the folder changes and gets its name after it; one that was begun counts when it is what is
live, as then only its renaming is missing.
"""

import contextlib
import datetime
import os
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

import msgspec

from mfe_static.deploy.host import Failed
from mfe_static.digests import Digest
from mfe_static.files import put
from mfe_static.output.making import digest_of
from mfe_static.output.ownership import twin, twin_places
from mfe_static.output.standing import standing_files
from mfe_static.output.trees import listed_files, read_manifest
from mfe_static.patterns import compiled
from mfe_static.problems import Problem
from mfe_static.routes import bad_segment

_DIGEST = compiled(r"[0-9a-f]{32}")


class Record(msgspec.Struct, frozen=True):
    """A deployment."""

    id: str
    made: Annotated[datetime.datetime, msgspec.Meta(tz=True)]
    said: str
    address: str
    files: Mapping[str, Digest]


def plain(files: Mapping[str, Digest]) -> Iterator[tuple[str, Digest]]:
    """What a manifest lists, without what could lead elsewhere: others may write to the folder as well."""
    for path, mark in files.items():
        if _DIGEST.fullmatch(mark) and not any(map(bad_segment, path.split("/"))):
            yield path, mark


class Beside:
    """What is kept of one folder. All raise OSError, and `Failed` where somebody else's files lie there."""

    def __init__(self, folder: str) -> None:
        """`folder`: without links on the way."""
        self._folder = folder

    @cached_property
    def _place(self) -> str:
        os.makedirs(os.path.dirname(self._folder), exist_ok=True)
        found = twin(self._folder, None)
        if isinstance(found, Problem):
            raise Failed(found)
        os.makedirs(f"{found}/deploys/files", exist_ok=True)
        return f"{found}/deploys"

    def content(self, mark: Digest) -> str:
        """The file that holds a content, if it is kept."""
        return f"{self._place}/files/{mark[:2]}/{mark[2:]}"

    def stands(self, mark: Digest) -> bool:
        """Whether a content is kept as it was; it is read."""
        with contextlib.suppress(FileNotFoundError):
            return digest_of(self.content(mark)) == mark
        return False

    def records(self) -> list[Record]:
        """Newest first."""
        if not os.path.lexists(twin_places(self._folder, None)[0]):
            return []  # who only asks what was deployed makes no folder
        found = []
        with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
            record = msgspec.json.decode(Path(self._begun).read_bytes(), type=Record)
            if self.is_whole(record):
                self.done(record)
        for entry in os.scandir(self._place):
            with contextlib.suppress(msgspec.DecodeError):
                if entry.name.endswith(".json"):
                    record = msgspec.json.decode(Path(entry.path).read_bytes(), type=Record)
                    if entry.path != self._name(record):
                        continue  # to forget it would remove another file
                    found.append(msgspec.structs.replace(record, files=dict(plain(record.files))))
        return sorted(found, key=lambda record: (record.made, record.id), reverse=True)

    def is_live(self, record: Record) -> bool:
        """Whether the folder's manifest says so."""
        return record.files == listed_files(read_manifest(self._folder))

    def is_whole(self, record: Record) -> bool:
        """Whether the folder is so, too; one that is changed file by file has the manifest of the new site before."""
        return self.is_live(record) and standing_files(self._folder, record.files) == record.files

    def begin(self, record: Record) -> None:
        """Remember what the folder is about to be."""
        put(Path(self._begun), msgspec.json.encode(record))

    def done(self, record: Record) -> None:
        """Remember that it is."""
        os.replace(self._begun, self._name(record))

    def forget(self, records: Collection[Record]) -> None:
        """Keep these records no longer."""
        for record in records:
            os.unlink(self._name(record))

    def sweep(self, needed: Collection[Digest]) -> int:
        """Remove all contents but these; how many went."""
        gone = 0
        for folder in os.scandir(f"{self._place}/files"):
            for entry in os.scandir(folder.path):
                if folder.name + entry.name not in needed:
                    os.unlink(entry.path)
                    gone += 1
        return gone

    @property
    def _begun(self) -> str:
        return f"{self._place}/begun"

    def _name(self, record: Record) -> str:
        return f"{self._place}/{record.id}.json"
