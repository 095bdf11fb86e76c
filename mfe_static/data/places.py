"""Where a key stands in TOML or JSON text: line and column for problems, looked for only when there is one.

The readers of the standard library give values without places. Scanning a second time keeps reading fast and
positions exact. The text is known to be readable (or to say a key twice), so this scanner trusts its syntax,
stops quietly where it cannot follow, and never raises.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mfe_static.patterns import pattern

Path = tuple[str | int, ...]
"""Keys and 0-based indexes from the root of a document to one of its values."""

DEPTH = 64
"""How deep tables and lists may be nested."""

_SKIP = r"(?:\s+|#[^\n]*)*"
_STRING = r'(?s)"""(?:[^\\]|\\.)*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'"
_BARE_KEY = r"[A-Za-z0-9_-]+"
_BARE_VALUE = r"[^,\]}\n#]+"
_BLANKS = r"[ \t]*"


class Place(NamedTuple):
    """A stretch of one line."""

    line: int
    """1-based."""
    column: int
    """1-based, in characters."""
    length: int
    """In characters, at least 1."""


class Entry(NamedTuple):
    """One key or item and its value, as offsets into the text."""

    path: Path
    start: int
    end: int
    value: tuple[int, int]
    kind: str
    """`key`: a key or item with a value, `table`: a header, `implied`: named on the way to another key."""


def place_at(text: str, start: int, end: int, first_line: int = 1) -> Place:
    """Offsets as line, column and length; what runs on past its first line is cut there."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    stop = min(end, line_end if line_end >= 0 else len(text))
    return Place(text.count("\n", 0, start) + first_line, start - line_start + 1, max(1, stop - start))


def nearest(entries: Iterable[Entry], path: Path) -> Entry | None:
    """The entry of `path`, else that of the longest part of it that stands in the text."""
    found: dict[Path, Entry] = {}
    for entry in entries:
        if entry.path == path[: len(entry.path)]:
            found.setdefault(entry.path, entry)
    return found[max(found, key=len)] if found else None


def twice(entries: Iterable[Entry]) -> tuple[Entry, Entry] | None:
    """The first key that is said again, and where it was said before: `(first, second)`."""
    said: dict[Path, Entry] = {}
    for entry in entries:
        before = said.get(entry.path)
        if before is None:
            said[entry.path] = entry
        elif entry.kind == "key" or (entry.kind == "table" and before.kind != "implied"):
            return before, entry
        elif entry.kind == "table":
            said[entry.path] = entry
    return None


def json_entries(text: str) -> Iterator[Entry]:
    """All keys and items of a JSON document, in the order of the text."""
    return iter(_Scan(text, ":").document_json())


def toml_entries(text: str) -> Iterator[Entry]:
    """All keys, items and table headers of a TOML document, in the order of the text."""
    return iter(_Scan(text, "=").document_toml())


class _Scan:
    """One pass over the text; `at` is the offset of what comes next."""

    def __init__(self, text: str, between: str) -> None:
        self.text = text
        self.between = between
        """What stands between a key and its value."""
        self.at = 0
        self.entries: list[Entry] = []
        self.counts: dict[Path, int] = {}
        """Arrays of tables: how many tables each has so far."""

    def skip(self) -> str:
        """Go past blanks, line ends and comments; the character that comes next, if any."""
        found = pattern(_SKIP).match(self.text, self.at)
        assert found
        self.at = found.end()
        return self.text[self.at : self.at + 1]

    def document_json(self) -> list[Entry]:
        self.skip()
        self.value((), 0)
        return self.entries

    def document_toml(self) -> list[Entry]:
        prefix: Path = ()
        while char := self.skip():
            before = self.at
            if char == "[":
                listed = self.text.startswith("[[", before)
                self.at += 2 if listed else 1
                prefix = self.header(self.dotted(), listed)
                self.skip()
                self.at += 2 if listed else 1
            elif not self.pair(prefix, 0):
                break
            if self.at == before:
                break
        return self.entries

    def header(self, keys: list[tuple[str, int, int]], listed: bool) -> Path:
        """Enter a table; within an array of tables that is its last one."""
        path: Path = ()
        for number, (key, start, end) in enumerate(keys, 1):
            path = (*path, key)
            last = number == len(keys)
            if last and listed:
                self.counts[path] = self.counts.get(path, -1) + 1
            kind = "table" if last and path not in self.counts else "implied"
            self.entries.append(Entry(path, start, end, (start, end), kind))
            if path in self.counts:
                path = (*path, self.counts[path])
                self.entries.append(Entry(path, start, end, (start, end), "table" if last and listed else "implied"))
        return path

    def dotted(self) -> list[tuple[str, int, int]]:
        """`a."b c".d` as names with their offsets."""
        keys: list[tuple[str, int, int]] = []
        while True:
            self.skip()
            found = pattern(_STRING).match(self.text, self.at) or pattern(_BARE_KEY).match(self.text, self.at)
            if not found:
                return keys
            keys.append((_plain(found[0]), found.start(), found.end()))
            blanks = pattern(_BLANKS).match(self.text, found.end())
            self.at = blanks.end() if blanks else found.end()
            if self.text[self.at : self.at + 1] != ".":
                return keys
            self.at += 1

    def pair(self, prefix: Path, depth: int) -> bool:
        """`key = value` or `"key": value`; False where there is none."""
        keys = self.dotted()
        if not keys or self.skip() != self.between:
            return False
        self.at += 1
        self.skip()
        path = prefix
        for key, start, end in keys[:-1]:
            path = (*path, key)
            self.entries.append(Entry(path, start, end, (start, end), "implied"))
        key, start, end = keys[-1]
        path = (*path, key)
        number = len(self.entries)
        self.entries.append(Entry(path, start, end, (start, end), "key"))
        span = self.value(path, depth)
        self.entries[number] = Entry(path, start, end, span, "key")
        return True

    def value(self, path: Path, depth: int) -> tuple[int, int]:
        """Go past one value; its offsets."""
        start = self.at
        char = self.text[start : start + 1]
        if char in {"{", "["}:
            if depth >= DEPTH:
                self.at = len(self.text)
            else:
                self.items(path, depth + 1, "}" if char == "{" else "]")
        elif found := pattern(_STRING).match(self.text, start) or pattern(_BARE_VALUE).match(self.text, start):
            self.at = found.end()
            return start, start + len(found[0].rstrip())
        return start, self.at

    def items(self, path: Path, depth: int, closing: str) -> None:
        """The inside of `{…}` or `[…]`."""
        self.at += 1
        index = 0
        while (char := self.skip()) and char != closing:
            if char == ",":
                self.at += 1
                continue
            before = self.at
            if closing == "]":
                number = len(self.entries)
                self.entries.append(Entry((*path, index), before, before, (before, before), "key"))
                span = self.value((*path, index), depth)
                self.entries[number] = Entry((*path, index), *span, span, "key")
                index += 1
            elif not self.pair(path, depth):
                self.at = len(self.text)
            if self.at == before:
                self.at = len(self.text)
        self.at += 1


def _plain(key: str) -> str:
    """A key without its quotes and escapes."""
    if key.startswith('"'):
        import json  # asked for problems only

        try:
            return str(json.loads(key, strict=False))
        except ValueError:
            return key[1:-1]
    return key[1:-1] if key.startswith("'") else key
