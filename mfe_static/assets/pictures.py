"""How large pictures are, read from their headers: no pixel is decoded, so a picture of any size costs the same.

imagesize does it: it knows all the browsers' raster formats with the orientation of photographs, in pure Python. Pillow
would bring decoders, and thereby their holes. SVG is measured here, from its root tag: no XML parser runs, so entities
cannot explode.
"""

import math
import re
from typing import BinaryIO

from mfe_static.patterns import compiled
from mfe_static.problems import Problem, problem

_RASTER = frozenset("png apng jpg jpeg jfif pjpeg pjp gif webp avif bmp".split())
_READS = 10_000
"""How often a picture's header may be read from; beyond that it is noise, not a header."""
_PIXELS_PER_UNIT = {"": 1.0, "px": 1.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "in": 96.0, "pc": 16.0}
_PIXELS_PER_UNIT |= {"pt": 96 / 72}
_BEFORE_ROOT = compiled(
    r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[(?:[^\]\"']|\"[^\"]*+\"|'[^']*+')*+\]\s*+)?>", re.DOTALL
)
_ROOT = compiled(r"<(?:[\w.-]+:)?svg(?=[\s/>])((?:[^>\"']|\"[^\"]*+\"|'[^']*+')*+)>")
_ATTRIBUTE = compiled(r"(?<![\w:.-])([\w:.-]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)')")
_LENGTH = compiled(r"\s*\+?((?:\d*\.)?\d+(?:e[+-]?\d+)?)(px|cm|mm|q|in|pc|pt)?\s*", re.IGNORECASE | re.ASCII)


_PNG = re.compile(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR(?!\0{4})([\0-\x7f]...)(?!\0{4})([\0-\x7f]...)", re.DOTALL).match
"""How a PNG begins, with its width and height (PNG third edition §5.2, §11.2.1): neither is zero or beyond 31 bits."""


def picture_size(real: str, shown: str) -> tuple[int, int] | Problem | None:
    """Width and height in CSS pixels, photographs as they are turned when shown.

    None: the name is not that of a picture format, or the picture has no size of its own (an SVG may have none).
    """
    try:
        with open(real, "rb") as stream:
            return measured(stream, real, shown)
    except OSError as error:
        return problem("unreadable", f"cannot be read: {error.strerror}", file=shown)


class _Header:
    """What imagesize reads from: gives up on endless small reads, as what needs so many is no picture's header.

    It also takes the box `irot` out of an AVIF's way (ISO 23008-12 §6.5.10: one byte, quarter turns), which
    imagesize 2.0.1 takes for longer than it is and calls every picture damaged that has one.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._left = stream, _READS
        self.seek = stream.seek
        self.turned = False

    def read(self, size: int = -1) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise ValueError("not a picture's header")
        data = self._stream.read(size)
        if data != b"\0\0\0\x09irot":
            return data
        self.turned = bool(self._stream.read(1)[0] & 1)
        return b"\0\0\0\x09free"  # whoever reads boxes seeks to the next one


def measured(stream: BinaryIO, name: str, shown: str) -> tuple[int, int] | Problem | None:
    """As `picture_size`, of a stream; `name` tells the format."""
    suffix = name.rpartition(".")[2].lower()
    if suffix == "svg":
        return _svg_size(stream.read(), shown)
    if suffix not in _RASTER:
        return None
    if found := _PNG(head := stream.read(24)):
        return int.from_bytes(found[1]), int.from_bytes(found[2])
    import imagesize  # with HTTP and TLS, which it brings along, it costs a tenth of a small site's build

    stream.seek(-len(head), 1)
    header = _Header(stream)
    width, height = imagesize.get(header)
    if width <= 0 or height <= 0:
        return _bad_picture(shown)
    return (int(height), int(width)) if header.turned else (int(width), int(height))


def _bad_picture(shown: str) -> Problem:
    hint = "save it again with a picture editor, or mend the name's ending"
    return problem("bad-picture", "the picture's width and height cannot be read", file=shown, hint=hint)


def _svg_size(data: bytes, shown: str) -> tuple[int, int] | Problem | None:
    """From `width` and `height` in absolute units, else the `viewBox`, one completing the other (SVG 2 §8.12)."""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16" if utf16 else "utf-8-sig", "replace")
    at = 0
    while skipped := _BEFORE_ROOT.match(text, at):
        at = skipped.end()
    root = _ROOT.match(text, at)
    if root is None:
        return _bad_picture(shown)
    given = {found[1]: found[2] or found[3] or "" for found in _ATTRIBUTE.finditer(root[1])}
    width, height = _pixels(given.get("width", "")), _pixels(given.get("height", ""))
    box = [_pixels(part) for part in re.split(r"[\s,]+", given.get("viewBox", "").strip())[2:]]
    if len(box) == 2 and box[0] and box[1]:
        if width and not height:
            height = width * box[1] / box[0]
        elif not width:
            width, height = (height * box[0] / box[1], height) if height else (box[0], box[1])
    return (max(1, round(width)), max(1, round(height))) if width and height else None


def _pixels(length: str) -> float:
    """A length in CSS pixels; 0: not absolute, or beyond reason."""
    found = _LENGTH.fullmatch(length)
    value = float(found[1]) * _PIXELS_PER_UNIT[(found[2] or "").lower()] if found else 0
    return value if math.isfinite(value) and value < 1e9 else 0
