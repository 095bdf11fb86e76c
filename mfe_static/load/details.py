"""What a team says of the details of its events: a JSON Schema (draft 2020-12), of which these keywords are looked at.

`runtime/dev/schema.js` looks at values by them. One that it would pass over in silence is refused here, so that nobody
believes in a check that is none.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mfe_static.problems import did_you_mean

TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
_SCHEMA = frozenset({"additionalProperties", "items", "not"})
_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf"})
_NUMBERS = frozenset({"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"})
_OTHERS = frozenset({"type", "const", "enum", "pattern", "required", "properties"})
_WORDS = frozenset({"title", "description", "default", "examples", "$schema", "$comment", "$id", "deprecated"})
"""What is for people."""
KEYWORDS = _SCHEMA | _SCHEMAS | _NUMBERS | _OTHERS
_DEPTH = 32


def unreadable(schema: Any, depth: int = 0) -> str:
    """Why a schema is none that can be looked at; empty: it is one."""
    if isinstance(schema, bool):
        return ""
    if not isinstance(schema, Mapping):
        return "a schema is a table, true or false"
    if depth > _DEPTH:
        return f"it is deeper than {_DEPTH}"
    return next(_faults(schema, depth + 1), "")


def _faults(schema: Mapping[str, Any], depth: int) -> Iterator[str]:
    for word, value in schema.items():
        if word not in KEYWORDS | _WORDS:
            hint = did_you_mean(word, sorted(KEYWORDS))
            yield f'"{word[:40]}" is no keyword that is looked at{f"; {hint}" if hint else ""}'
        elif why := _unfit(word, value):
            yield f'"{word}" must be {why}'
    inner = [schema[word] for word in _SCHEMA if word in schema]
    inner += [each for word in _SCHEMAS if isinstance(schema.get(word), list) for each in schema[word]]
    inner += schema["properties"].values() if isinstance(schema.get("properties"), Mapping) else ()
    yield from filter(None, (unreadable(each, depth) for each in inner))


def _unfit(word: str, value: Any) -> str:
    """What a keyword's value should be, where it is something else."""
    words = value if isinstance(value, list) else [value]
    if word == "type":
        return (
            "" if words and all(each in TYPES for each in words) else f"one of {', '.join(TYPES)}, or a list of these"
        )
    if word in _NUMBERS:
        return "" if isinstance(value, int | float) and not isinstance(value, bool) else "a number"
    if word == "pattern":
        return "" if isinstance(value, str) else "a text"
    if word == "properties":
        return "" if isinstance(value, Mapping) else "a table"
    if word == "required":
        return "" if isinstance(value, list) and all(isinstance(each, str) for each in value) else "a list of text"
    return "" if word not in _SCHEMAS | {"enum"} or isinstance(value, list) else "a list"
