"""Compressed answers: which encoding a client takes (RFC 9110 §12.5.3), and what was compressed already.

Brotli is there where its library is; gzip always. The levels are those that hosts use while a client waits.
"""

import re
import zlib
from collections import OrderedDict
from collections.abc import Sequence

from mfe_static import packing

_GZIP_LEVEL, _BROTLI_LEVEL = 6, 5
_GZIP_SMALLEST = 9
SMALLEST = 256
"""Bytes under which compressing gains nothing."""
_WEIGHT = re.compile(r"[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*", re.IGNORECASE)


def offered() -> tuple[str, ...]:
    """The encodings that we have, best first."""
    return ("br", "gzip") if packing.available() else ("gzip",)


def chosen(accept: str, available: Sequence[str]) -> str:
    """The encoding that the client likes best, by its `Accept-Encoding`; empty: as it is."""
    weights: dict[str, float] = {}
    for item in accept.split(",") if accept.strip() else ():
        name, mark, params = item.partition(";")
        said = _WEIGHT.fullmatch(mark + params) if mark else None
        weights[name.strip().lower()] = float(said[1]) if said else 0.0 if mark else 1.0
    if "x-gzip" in weights:
        weights.setdefault("gzip", weights["x-gzip"])
    rest = weights.get("*", 0.0)
    best = max(available, key=lambda name: weights.get(name, rest), default="")
    weight = weights.get(best, rest)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else ""


def compressed(content: bytes, encoding: str, *, smallest: bool = False) -> bytes:
    """`content` in one of the encodings that are `offered`; the same bytes each time. `smallest`: as nobody waits."""
    if encoding == "br":
        return packing.packed(content, packing.BEST if smallest else _BROTLI_LEVEL)
    level = _GZIP_SMALLEST if smallest else _GZIP_LEVEL
    packer = zlib.compressobj(level, wbits=31)  # 31: with gzip's head, and no time in it
    return packer.compress(content) + packer.flush()


def unpacked(content: bytes, encoding: str) -> bytes:
    """What was compressed. Raises ValueError where it is damaged."""
    if encoding == "br":
        return packing.unpacked(content)
    try:
        return zlib.decompress(content, wbits=31) if encoding == "gzip" else content
    except zlib.error as error:
        raise ValueError(str(error)) from error


class Packed:
    """What was compressed, by the tag of the content; the oldest goes when there is no room. For one thread."""

    def __init__(self, room: int = 64 * 1024 * 1024) -> None:
        """`room`: bytes."""
        self._room = room
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    def get(self, tag: str) -> bytes | None:
        """What was put under `tag`, if it is still there."""
        if found := self._held.get(tag):
            self._held.move_to_end(tag)
        return found

    def put(self, tag: str, content: bytes) -> None:
        """Remember it for a while."""
        if tag in self._held or len(content) > self._room // 4:
            return
        self._held[tag] = content
        self._size += len(content)
        while self._size > self._room:
            self._size -= len(self._held.popitem(last=False)[1])
