"""Reading a table by the keys of `settings`.

`read` goes through a table key by key, so that all that is wrong in it is said at once, and what is right counts.
It knows no files: a fault names the path of the key, and whoever has the text finds the place.
"""

import datetime
import types
from collections.abc import Callable, Container
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mfe_static.data.places import Path
from mfe_static.data.scalars import moment
from mfe_static.problems import did_you_mean

T = TypeVar("T", bound=msgspec.Struct)

TEXT_KEYS = frozenset({"title", "description", "slug", "name", "tags"})
"""Front matter in which a number, date or truth value is text as written: `title: 2024`."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one key of a table."""

    path: Path
    code: str
    """`unknown-key` (the key is meant) or `bad-value` (its value is)."""
    message: str
    hint: str = ""


class _Reader:
    """Collects faults; `written` makes it lenient, as front matter is read. `outer`: keys that stand in no table."""

    def __init__(self, written: Callable[[Path], str] | None, outer: Container[object] = ()) -> None:
        self.written, self.outer = written, outer
        self.faults: list[Fault] = []

    def table(self, kind: type[T], table: dict[str, Any], path: Path) -> T:
        fields = _fields(kind)
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key not in fields:
                self.unknown((*path, key), list(fields))
            elif value is not None or self.written is None or path:
                name, wants = fields[key]
                found = self.value(wants, value, (*path, key))
                if found is not UNSET:
                    values[name] = found
        return kind(**values)

    def unknown(self, path: Path, known: list[str]) -> None:
        outer = belongs_above(str(path[-1])) if len(path) > 1 and path[-1] in self.outer else ""
        hint = outer or did_you_mean(str(path[-1]), known)
        self.faults.append(Fault(path, "unknown-key", f'unknown key "{dotted(path)}"', hint))

    def value(self, kind: Any, value: Any, path: Path) -> Any:
        """The value as `kind` wants it, or UNSET and a fault."""
        options = alternatives(kind)
        if isinstance(value, dict):
            for option in options:
                if isinstance(option, type) and issubclass(option, msgspec.Struct):
                    return self.table(option, value, path)
                if get_origin(option) is dict:
                    return self.names(get_args(option), value, path)
        if value is not None and any(get_origin(option) is tuple for option in options):
            if self.written and isinstance(value, str | int | float) and str not in options:
                value = [value]
            if isinstance(value, list | tuple):
                item = next(get_args(option)[0] for option in options if get_origin(option) is tuple)
                found = (self.value(item, each, (*path, index)) for index, each in enumerate(value))
                return tuple(each for each in found if each is not UNSET)
        if datetime.date in options and value is not None:
            when = moment(value) if isinstance(value, str) else value
            return when if isinstance(when, datetime.date) else self.wrong(kind, value, path)
        if self.written and str in options and path[0] in TEXT_KEYS and isinstance(value, int | float | datetime.date):
            return self.written(path) or str(value)
        try:
            return msgspec.convert(value, kind, strict=True)
        except msgspec.ValidationError:
            return self.wrong(kind, value, path)

    def names(self, kinds: tuple[Any, ...], table: dict[str, Any], path: Path) -> dict[str, Any]:
        """A table whose keys are names."""
        out = {}
        for key, value in table.items():
            if get_origin(kinds[0]) is Literal and key not in get_args(kinds[0]):
                self.unknown((*path, key), list(get_args(kinds[0])))
                continue
            found = value if kinds[1] is Any else self.value(kinds[1], value, (*path, key))
            if found is not UNSET:
                out[key] = found
        return out

    def wrong(self, kind: Any, value: Any, path: Path) -> UnsetType:
        words = [word for option in alternatives(kind) if get_origin(option) is Literal for word in get_args(option)]
        hint = did_you_mean(value, words) if isinstance(value, str) and words else ""
        if isinstance(value, str) and not words and get_origin(next(iter(alternatives(kind)), None)) is tuple:
            hint = f"in brackets, even if it is one: [{_quoted(value)}]"
        message = f'"{dotted(path)}" must be {wanted(kind)}, not {_shown(value)}'
        self.faults.append(Fault(path, "bad-value", message, hint))
        return UNSET


def read(
    kind: type[T], table: dict[str, Any], *, written: Callable[[Path], str] | None = None
) -> tuple[T, list[Fault]]:
    """Settings from a table, and all that is wrong with it; a key that is wrong keeps its default.

    With `written` (the text of a value as its author wrote it) the table is read as front matter is elsewhere: null is
    no value, one text is a list of one, and a number may be a title.
    """
    reader = _Reader(written, () if written else _fields(kind))
    return reader.table(kind, table, ()), reader.faults


def read_value(kind: Any, value: Any, path: Path) -> tuple[Any, list[Fault]]:
    """One value as `kind` wants it, or UNSET, and what is wrong with it."""
    reader = _Reader(None)
    return reader.value(kind, value, path), reader.faults


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, tuple[str, Any]]:
    """Names in the definition and types, by key; definitions never change, and front matter asks for them page after
    page."""
    return {item.encode_name: (item.name, item.type) for item in msgspec.structs.fields(kind)}


def belongs_above(key: str) -> str:
    """The way out for a key of a TOML file that stands below a table's head by mistake."""
    return f'"{key}" belongs above the first line with [ ]; what stands below one is part of that table'


def dotted(path: Path) -> str:
    """A path as users write it: `teams.docs`, `tags[0]`."""
    out = ""
    for step in path:
        out += f"[{step}]" if isinstance(step, int) else f".{step}" if out else step
    return out


def alternatives(kind: Any) -> tuple[Any, ...]:
    """The types that a union offers, without "nothing" and bounds."""
    if get_origin(kind) is Annotated:
        return alternatives(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        return tuple(each for part in get_args(kind) for each in alternatives(part))
    return () if kind in {type(None), UnsetType} else (kind,)


def wanted(kind: Any) -> str:
    """A type in plain words."""
    if get_origin(kind) in {Union, types.UnionType}:
        options = [part for part in get_args(kind) if part not in {type(None), UnsetType}]
        parts = [wanted(part) for part in options if part is not int or float not in options]
        return " or ".join(dict.fromkeys(parts))
    if get_origin(kind) is Annotated:
        said = [meta.description for meta in get_args(kind)[1:] if isinstance(meta, Meta) and meta.description]
        return said[0] if said else wanted(get_args(kind)[0])
    if get_origin(kind) is Literal:
        words = [_quoted(word) for word in get_args(kind)]
        return words[0] if len(words) == 1 else "one of " + ", ".join(words)
    if get_origin(kind) is tuple:
        return f"a list of {wanted(get_args(kind)[0])}"
    if get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return "a table"
    names = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
    names |= {datetime.date: "a date such as 2026-05-31"}
    return names.get(kind, "anything")


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list | tuple):
        return "a table" if isinstance(value, dict) else "a list"
    text = value.isoformat() if isinstance(value, datetime.date | datetime.time) else value
    said = _quoted(text)
    return said if len(said) <= 60 else said[:57] + "…" + ('"' if isinstance(text, str) else "")


def _quoted(value: Any) -> str:
    """A value as JSON has it."""
    import json  # asked for problems only

    return json.dumps(value, ensure_ascii=False)
