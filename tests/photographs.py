"""Pictures for tests, drawn: what is said of them is true, and nobody's photograph is copied."""

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw, ImageFilter


def drawn(width: int, height: int, seed: int = 1) -> Image.Image:
    """Soft discs on a gradient: a picture that shrinks as photographs do."""
    chance = random.Random(seed)
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y, r = chance.randrange(width), chance.randrange(height), chance.randrange(4, max(6, width // 5))
        pen.ellipse((x - r, y - r, x + r, y + r), fill=tuple(chance.randrange(256) for _ in range(3)))
    return picture.filter(ImageFilter.GaussianBlur(1))


def photograph(width: int, height: int, kind: str = "JPEG", seed: int = 1, **options: Any) -> bytes:
    """The file of a drawn picture."""
    return saved(drawn(width, height, seed), kind, **({"quality": 92} if kind == "JPEG" else {}) | options)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks."""
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def header(width: int, height: int) -> tuple[bytes, bytes]:
    """The header of a PNG in RGB."""
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
