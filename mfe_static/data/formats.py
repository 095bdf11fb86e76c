"""TOML, JSON and CSV by the standard library, made strict: what it would swallow or blow up on is said instead.

Python's readers accept a key said twice in JSON, `NaN`, ragged CSV rows, and fall over deep nesting. Here each of
these is `Unreadable`, with the offsets of what is meant. That exception never leaves `data`, which makes a problem of
it.
"""

import io
import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from mfe_static.data.places import DEPTH, Entry, json_entries, toml_entries, twice
from mfe_static.patterns import pattern

if TYPE_CHECKING:
    from json import JSONDecodeError

_TOML_PLACE = r"(?s)(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)"
_TOML_TWICE = ("Cannot overwrite a value", "Cannot declare", "Duplicate inline table key", "Cannot mutate")
_TOML_SAYS = {
    "Expected '=' after a key in a key/value pair": ('a "=" is missing behind the key', 'key = "text"'),
    "Invalid value": ("a value is missing or is not TOML", 'text needs quotes: key = "text"'),
    "Invalid statement": ("this is neither `key = value` nor a `[table]`", ""),
    "Expected newline or end of document after a statement": (
        "the line goes on after the value, or the value is not TOML",
        'text needs quotes: key = "text"',
    ),
    "Unclosed array": (
        "a list that opens further up is not closed here",
        "`]` is missing, or a comma between two items",
    ),
    "Unclosed inline table": ("a table in braces that opens further up is not closed here", "it ends with `}`"),
    "Unterminated string": (
        "a text in quotes is never closed",
        "text over several lines stands in three quotes, twice",
    ),
    "Expected ']' at the end of a table declaration": ("the name of a table is not closed", "write it as `[table]`"),
    "Expected ']]' at the end of an array declaration": (
        "the name of a table is not closed",
        "write it as `[[table]]`",
    ),
    "Invalid initial character for a key part": ("a key is missing", "letters, digits, _ and -; others in quotes"),
    "Illegal character '\\n'": ("a quote is opened but not closed on this line", ""),
}
_TOO_DEEP = f"tables and lists are nested deeper than {DEPTH}"


class Unreadable(Exception):
    """Why text is not data, and which offsets are meant."""

    def __init__(self, message: str, start: int, end: int = 0, *, hint: str = "", first: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = max(end, start + 1)
        self.hint = hint
        self.first = first
        """A key said twice: the offset of its first place."""


def said_twice(key: str, start: int, end: int, first: int | None, hint: str = "") -> Unreadable:
    """The problem of a key that stands twice in one mapping."""
    return Unreadable(f'the key "{key}" stands twice', start, end, hint=hint, first=start if first is None else first)


def read_toml(text: str) -> dict[str, Any]:
    """A TOML document (1.0, as `tomllib` reads it)."""
    try:
        value = tomllib.loads(text)
    except RecursionError:
        raise Unreadable(_TOO_DEEP, 0) from None
    except ValueError as error:
        raise _toml_error(text, str(error)) from None
    bounded(value)
    return value


def _toml_error(text: str, says: str) -> Unreadable:
    if says.startswith("Exceeds the limit"):
        return Unreadable("a number has too many digits", 0)
    found = pattern(_TOML_PLACE).fullmatch(says)
    message = found[1] if found else says
    if message.startswith(_TOML_TWICE):
        if error := _repeated(toml_entries(text)):
            return error
        message = "a key or table stands twice"
    at = _offset(text, int(found[2]), int(found[3])) if found and found[2] else max(0, len(text.rstrip()) - 1)
    message, hint = _TOML_SAYS.get(message, (message[:1].lower() + message[1:], ""))
    return Unreadable(message, at, hint=hint)


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start + column - 1


def _repeated(entries: Iterator[Entry]) -> Unreadable | None:
    found = twice(entries)
    if found is None:
        return None
    first, second = found
    hint = "put all that is in it under the first" if second.kind == "table" else ""
    return said_twice(str(second.path[-1]), second.start, second.end, first.start, hint)


class _SaidTwiceError(Exception):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _SaidTwiceError
    return value


def _constant(word: str) -> NoReturn:
    raise ValueError(word)


def _finite(word: str) -> float:
    value = float(word)
    if value in {float("inf"), float("-inf")}:
        raise ValueError(word)
    return value


def read_json(text: str) -> Any:
    """A JSON document (RFC 8259), without what only Python would take: `NaN`, keys said twice."""
    import json  # few sites have any

    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite)
    except _SaidTwiceError:
        raise _repeated(json_entries(text)) or Unreadable("a key stands twice in one object", 0) from None
    except json.JSONDecodeError as error:
        raise _json_error(text, error) from None
    except RecursionError:
        raise Unreadable(_TOO_DEEP, 0) from None
    except ValueError as error:
        word = str(error)
        if word.startswith("Exceeds the limit"):
            raise Unreadable("a number has too many digits", 0) from None
        at = max(0, text.find(word))
        raise Unreadable(f"{word[:40]} is not a number that JSON can hold", at, at + len(word)) from None
    bounded(value)
    return value


def _json_error(text: str, error: "JSONDecodeError") -> Unreadable:
    at = min(error.pos, max(0, len(text) - 1))
    char = text[error.pos : error.pos + 1]
    before = text[: error.pos].rstrip()[-1:]
    hint = ""
    if char in {"}", "]"} and before == ",":
        hint = "no comma after the last item"
    elif char == "'":
        hint = 'JSON takes only double quotes: "text"'
    elif char in {"/", "#"}:
        hint = "JSON has no comments"
    message = error.msg[:1].lower() + error.msg[1:]
    return Unreadable(message if text.strip() else "the file is empty", at, hint=hint)


def bounded(value: object) -> None:
    """Refuse what is nested deeper than `DEPTH`; looks level by level, so that depth cannot hurt."""
    level = [value]
    for _ in range(DEPTH + 2):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise Unreadable(_TOO_DEEP, 0)


def read_csv(text: str) -> list[dict[str, str]]:
    """A CSV table (RFC 4180) with a header row: one mapping of texts for each row; empty lines do not count."""
    import csv  # few sites have any

    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    out: list[dict[str, str]] = []
    ragged: list[tuple[int, int]] = []
    line = 0
    try:
        for row in rows:
            start, line = line, rows.line_num
            if not row:
                continue
            if not header:
                header = _header(text, [name.strip() for name in row], start)
            elif len(row) != len(header):
                ragged.append((start, len(row)))
            else:
                out.append(dict(zip(header, row, strict=True)))
    except csv.Error as error:
        at = _offset(text, line + 1, 1)
        raise Unreadable(f"the row cannot be read: {error}", at, text.find("\n", at)) from None
    if ragged:
        start, width = ragged[0]
        at = _offset(text, start + 1, 1)
        more = f" ({len(ragged) - 1} more do not fit)" if len(ragged) > 1 else ""
        end = text.find("\n", at)
        raise Unreadable(
            f"the row has {width} fields where the header has {len(header)}{more}",
            at,
            end if end >= 0 else len(text),
            hint="put a field that holds a comma in double quotes",
        )
    return out


def _header(text: str, names: list[str], line: int) -> list[str]:
    at = _offset(text, line + 1, 1)
    for number, name in enumerate(names):
        if not name:
            raise Unreadable(f"column {number + 1} has no name in the header", at)
        if name in names[:number]:
            raise said_twice(name, at, at, at)
    return names
