"""Text as plain data, with places: YAML, TOML, JSON and CSV behind one door.

Places are found by reading a second time, which happens only for problems.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec

from mfe_static.data.formats import Unreadable, read_csv, read_json, read_toml
from mfe_static.data.places import Entry, Path, Place, json_entries, nearest, place_at, toml_entries
from mfe_static.data.yaml_plain import read_plain
from mfe_static.problems import Problem, Related, problem

Kind = Literal["yaml", "toml", "json", "csv"]


class Parsed(msgspec.Struct, frozen=True):
    """Plain data (dict, list, str, int, float, bool, None, date, datetime), and the text it came from."""

    value: Any
    text: str
    kind: Kind
    first_line: int
    """The line of the file that the text begins on."""

    def place(self, path: Path, *, value: bool = False) -> Place:
        """Where the key or item at `path` stands, or with `value` what it holds; else the nearest table around it."""
        span = self._span(path, value)
        return place_at(self.text, *span, self.first_line) if span else Place(self.first_line, 1, 1)

    def lines(self) -> dict[Path, int]:
        """The line of every key and item."""
        entries = _ENTRIES[self.kind](self.text)
        return {entry.path: place_at(self.text, entry.start, entry.end, self.first_line).line for entry in entries}

    def written(self, path: Path) -> str:
        """The value at `path` as its author wrote it: `1.10`, not 1.1; empty where it stands elsewhere (an alias)."""
        entry = nearest(_ENTRIES[self.kind](self.text), path)
        text = self.text[slice(*entry.value)] if entry and entry.path == path else ""
        return "" if text.startswith(("*", "&", "!")) else text

    def _span(self, path: Path, value: bool) -> tuple[int, int] | None:
        entry = nearest(_ENTRIES[self.kind](self.text), path)
        if entry is None:
            return None
        return entry.value if value and entry.path == path else (entry.start, entry.end)


def parse(text: str, kind: Kind, shown: str, *, first_line: int = 1, code: str = "bad-data") -> Parsed | Problem:
    """Read `text`; what cannot be read is a problem with `code`, a key said twice one with `duplicate-key`.

    Lines and columns are those of the file `shown`, in which the text begins at `first_line`.
    """
    try:
        return Parsed(_READERS[kind](text), text, kind, first_line)
    except Unreadable as error:
        place = place_at(text, error.start, error.end, first_line)
        related: tuple[Related, ...] = ()
        if error.first is not None:
            code = "duplicate-key"
            related = (Related(file=shown, line=place_at(text, error.first, error.first, first_line).line),)
        return problem(
            code,
            error.message,
            file=shown,
            line=place.line,
            column=place.column,
            length=place.length,
            hint=error.hint,
            related=related,
        )


def _read_yaml(text: str) -> Any:
    found = read_plain(text)
    if found is not None:
        return found
    from mfe_static.data.yaml_text import read_yaml  # PyYAML is for what is not that plain

    return read_yaml(text)


def _yaml_entries(text: str) -> Iterator[Entry]:
    from mfe_static.data.yaml_text import yaml_entries

    return yaml_entries(text)


def _csv_entries(text: str) -> Iterator[Entry]:
    return iter(())


_READERS: dict[Kind, Callable[[str], Any]] = {
    "yaml": _read_yaml,
    "toml": read_toml,
    "json": read_json,
    "csv": read_csv,
}
_ENTRIES: dict[Kind, Callable[[str], Iterator[Entry]]] = {
    "yaml": _yaml_entries,
    "toml": toml_entries,
    "json": json_entries,
    "csv": _csv_entries,
}
