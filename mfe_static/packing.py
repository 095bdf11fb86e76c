"""Brotli (RFC 7932): what hosts send. Its library is Google's own binding, which not every Python has wheels for."""

from importlib.util import find_spec

BEST = 11
"""How hosts compress what they keep; while a client waits they take less."""


def available() -> bool:
    """Whether the library is there."""
    return find_spec("brotli") is not None


def packed(content: bytes, quality: int = BEST) -> bytes:
    """`content`, compressed; the same bytes each time."""
    import brotli

    return bytes(brotli.compress(content, quality=quality))


def unpacked(content: bytes) -> bytes:
    """What was compressed. Raises ValueError where it is damaged."""
    import brotli

    try:
        return bytes(brotli.decompress(content))
    except brotli.error as error:
        raise ValueError(str(error)) from error
