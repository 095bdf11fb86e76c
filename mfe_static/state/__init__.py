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
import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import msgspec

from mfe_static.digests import Digest
from mfe_static.problems import Problem, problem
from mfe_static.state.packs import Damaged, Pack, Packs, marked, moved, wasteful
from mfe_static.state.sums import Remembered, Sums, as_left

__all__ = [
    "Damaged",
    "Pack",
    "Packs",
    "Remembered",
    "Sums",
    "as_left",
    "maker",
    "marked",
    "moved",
    "read_index",
    "unkeepable",
    "wasteful",
    "write_index",
]

T = TypeVar("T")

_MAGIC = b"mfe-static index 2\n"
_MARK = 16
_LIBRARIES = frozenset(
    (
        "beautifulsoup4 jinja2 markupsafe markdown_it_py mdit_py_plugins mdurl pygments pyyaml msgspec imagesize "
        "pillow pyromark pagefind_bin pagefind_bin_extended tree_sitter tree_sitter_javascript"
    ).split()
)
"""Libraries whose version decides what a page looks like, as their folders spell them."""


def maker() -> Digest:
    """Names the code that fills the cache: this package, byte for byte, and the versions of what it calls."""
    state = blake2b(digest_size=_MARK)
    state.update("\n".join([sys.version, *sorted(_installed())]).encode())
    pending = [os.path.dirname(os.path.dirname(__file__))]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir():
                    pending += [entry.path] if entry.name != "__pycache__" else []
                    continue
                state.update(f"\n{entry.name}\n{entry.stat().st_size}\n".encode())
                with open(entry.path, "rb", buffering=0) as file:
                    state.update(file.read())
    return state.hexdigest()


def _installed() -> Iterator[str]:
    """Names and versions of the libraries, by the folders that installers leave (`jinja2-3.1.6.dist-info`).

    `importlib.metadata` would tell the same, and takes longer than to find that nothing changed on a small site.
    """
    for place in sys.path:
        with contextlib.suppress(OSError):
            for name in os.listdir(place or "."):
                if name.endswith((".dist-info", ".egg-info")) and name.partition("-")[0].lower() in _LIBRARIES:
                    yield name


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
    if not data.startswith(_MAGIC) or blake2b(body, digest_size=_MARK).digest() != data[len(_MAGIC) : head]:
        raise Damaged(path.name)
    by, rest = bytes(body[:32]).decode("ascii", "replace"), body[32:]
    try:
        return msgspec.msgpack.decode(rest, type=kind) if by == made_by else None
    except msgspec.DecodeError:
        raise Damaged(path.name) from None


def write_index(path: Path, value: object, made_by: Digest) -> Problem | None:
    """Write an index. A crash on the way leaves the old one whole."""
    body = made_by.encode() + msgspec.msgpack.encode(value)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(_MAGIC + blake2b(body, digest_size=_MARK).digest() + body)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        return problem("cannot-write-state", f"the cache cannot be written: {error.strerror}")
    return None
