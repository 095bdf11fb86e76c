"""Marks: what `ref()` and `asset()` print in place of URLs that are not known yet.

A mark is text between two code points that are no characters (U+FDD0, U+FDD1) and that no source can contain.
"""

from html import escape

OPEN, CLOSE = "\ufdd0", "\ufdd1"


def link_mark(value: str) -> str:
    """The mark that `ref()` prints: a URL to be closed, wherever it stands."""
    return f"{OPEN}l:{escape(value)}{CLOSE}"


def asset_mark(path: str) -> str:
    """The mark that `asset()` prints."""
    return f"{OPEN}a:{escape(path)}{CLOSE}"


def spot_mark(name: str) -> str:
    """The mark for a spot of a layout: `content`, `head`."""
    return f"{OPEN}s:{name}{CLOSE}"
