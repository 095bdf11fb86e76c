"""What the page of JSON answers has to say, from the types that they are made of: each key with its path and kind."""

import collections.abc
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from mfe_static.schemas import ProblemRow


class Row(NamedTuple):
    """A key: `teams.<name>.pages`, `explain[].url`; `kind` in plain words."""

    key: str
    kind: str


_PLAIN = {str: "text", bool: "true or false", int: "whole number", float: "number", type(None): "null", Any: "anything"}


def rows(table: type[msgspec.Struct], prefix: str = "") -> Iterator[Row]:
    """Every key of an answer and of what is in it; a problem has a table of its own."""
    for field in msgspec.structs.fields(table):
        missing = field.default is UNSET or _left_out(table, field)
        yield Row(prefix + field.encode_name, kind(field.type) + (", optional" if missing else ""))
        for inner, step in _inner(field.type):
            if inner is not ProblemRow:
                yield from rows(inner, f"{prefix}{field.encode_name}{step}.")


def _left_out(table: type[msgspec.Struct], field: msgspec.structs.FieldInfo) -> bool:
    return bool(table.__struct_config__.omit_defaults) and not field.required


def kind(of: Any) -> str:
    """A type as people say it."""
    origin, inside = get_origin(of), get_args(of)
    if origin is Annotated:
        return kind(inside[0])
    if origin in {Union, types.UnionType}:
        return " or ".join(kind(part) for part in inside if part is not UnsetType)
    if origin is Literal:
        return " or ".join("false" if word is False else f"`{word}`" for word in inside)
    if origin is tuple:
        item = kind(inside[0])
        return f"list of {item}s" if item in {"object", "whole number"} else f"list of {item}"
    if origin is collections.abc.Mapping or (isinstance(of, type) and issubclass(of, msgspec.Struct)):
        return "object"
    return _PLAIN[of]


def _inner(of: Any) -> Iterator[tuple[type[msgspec.Struct], str]]:
    """Objects in a value, and the step that leads to them."""
    if isinstance(of, type) and issubclass(of, msgspec.Struct):
        yield of, ""
    origin = get_origin(of)
    for part in get_args(of):
        if part is Ellipsis or (part is str and origin is collections.abc.Mapping):
            continue
        step = "[]" if origin is tuple else ".<name>" if origin is collections.abc.Mapping else ""
        yield from ((inner, step + further) for inner, further in _inner(part))


def keys_of(value: Any, prefix: str = "") -> Iterator[str]:
    """The same paths, from an answer itself; keys that are data are called `<name>` by who compares."""
    if isinstance(value, list):
        for item in value:
            yield from keys_of(item, prefix + "[]")
    elif isinstance(value, dict):
        for key, item in value.items():
            path = f"{prefix}.{key}" if prefix else key
            yield path
            yield from keys_of(item, path)
