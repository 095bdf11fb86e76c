"""What is remembered between builds, under `.mfe/cache/`: rows in an index, bodies in packs.

    site.index          what every source file was like, and how the last build ended
    <team>.index        one row for each document, body and page of a team, read in one go
    <team>.<n>.pack     what the rows point to: bodies, cut, and what is known of each page (see `packs`)

Rows are small and always in memory; what they point to is read where it is needed, by the process that needs it. An
index is written anew and in one step; a pack only grows, so whatever a killed build left behind is bytes that no row
points to. Everything is MessagePack by msgspec: reading it runs no code of anybody. What is damaged, or made by another
version of the tool, counts as empty; damage is said once. Nothing here decides what a page looks like: without it the
same bytes come out, later (DESIGN §4, invariant 2).
"""

import contextlib
import os
import zlib
from functools import reduce
from pathlib import Path
from typing import TypeVar

import msgspec

from mfe_static.digests import Digest
from mfe_static.problems import Problem, problem
from mfe_static.state.makers import maker
from mfe_static.state.packs import Damaged, Pack, Packs, begun, mark_of, moved, name_of, size_of, two, wasteful
from mfe_static.state.sums import Remembered, Sums, as_left

__all__ = [
    "Damaged",
    "Pack",
    "Packs",
    "Remembered",
    "Sums",
    "as_left",
    "begun",
    "maker",
    "mark_of",
    "moved",
    "name_of",
    "read_index",
    "size_of",
    "two",
    "unkeepable",
    "wasteful",
    "write_index",
]

T = TypeVar("T")

_MAGIC = b"mfe-static index 3\n"
_MARK = 4
"""Bytes of the sum that tells whether an index is as it was written (CRC-32: a fifth of the time of a digest)."""


def unkeepable(value: object) -> str:
    """Why a value cannot be kept or published, as it is no plain data; empty when it is."""
    try:
        msgspec.msgpack.encode(value)
    except OverflowError:
        return "a number has more than 64 bits"
    except UnicodeEncodeError:
        return "a text holds half of a character (a lone surrogate)"
    except TypeError:
        return "a value is no plain data"
    return ""


def read_index(path: Path, kind: type[T], made_by: Digest) -> T | None:
    """What an index holds; None when there is none or another maker wrote it. Raises `Damaged`."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Damaged(path.name, f"cannot be read: {error.strerror}") from None
    head = len(_MAGIC) + _MARK
    body = memoryview(data)[head:]
    if not data.startswith(_MAGIC) or _sum(body) != data[len(_MAGIC) : head]:
        raise Damaged(path.name)
    by, rest = bytes(body[:32]).decode("ascii", "replace"), body[32:]
    try:
        return msgspec.msgpack.decode(rest, type=kind) if by == made_by else None
    except msgspec.DecodeError:
        raise Damaged(path.name) from None


def write_index(path: Path, value: object, made_by: Digest) -> Problem | None:
    """Write an index. A crash on the way leaves the old one whole."""
    by, rest = made_by.encode(), msgspec.msgpack.encode(value)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            file.writelines((_MAGIC, _sum(by, rest), by, rest))  # not joined, as an index may be large
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        return problem("cannot-write-state", f"the cache cannot be written: {error.strerror}")
    return None


def _sum(*parts: bytes | memoryview) -> bytes:
    return reduce(lambda found, part: zlib.crc32(part, found), parts, 0).to_bytes(_MARK, "big")
