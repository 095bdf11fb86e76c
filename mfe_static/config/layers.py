"""What lies over `site.toml`: the environment, and over that the command line.

A variable is `MFE_STATIC_` and the key in capitals, `__` per level, `_` for `-`. Its value is read as TOML, and as
plain text where text is wanted: `MFE_STATIC_BASE_URL=https://x`, `MFE_STATIC_TEAMS__DOCS=/handbook/`. It replaces what
stands under its key, and does not add to it. What is wrong is left out, and said.
"""

import datetime
import re
from collections.abc import Mapping
from typing import Any, get_args, get_origin

import msgspec

from mfe_static.data import Parsed, parse
from mfe_static.data.keys import alternatives, dotted, read_value
from mfe_static.data.places import Path
from mfe_static.problems import Problem, did_you_mean, problem
from mfe_static.settings import SiteSettings

PREFIX = "MFE_STATIC_"
CHOICE = "MFE_STATIC_ENVIRONMENT"
"""Names an environment, as `--environment` does; no key of `site.toml`."""
_DATES = (datetime.date, datetime.datetime, datetime.time)


class Layers(msgspec.Struct, frozen=True):
    """The table that grows from file, environment and command line."""

    table: dict[str, Any]
    origins: dict[str, str]
    """By dotted key."""
    problems: list[Problem]


def as_tables(value: Any) -> Any:
    """Settings as tables, lists and single values; dates stay dates."""
    return msgspec.to_builtins(value, builtin_types=_DATES)


def leaves(table: Mapping[str, Any], path: Path = ()) -> list[Path]:
    """The paths of all values that are no tables, and of empty tables."""
    out: list[Path] = []
    for key, value in table.items():
        out += leaves(value, (*path, key)) if isinstance(value, dict) and value else [(*path, key)]
    return out


def environment(layers: Layers, environ: Mapping[str, str]) -> None:
    """Lay the variables over the table, those of outer keys first."""
    names = sorted((name for name in environ if name.startswith(PREFIX)), key=lambda name: (name.count("__"), name))
    for name in names:
        if name == CHOICE:
            continue
        found = _key_of(name, layers.table)
        if found is None:
            message = f"{name} names no key"
            layers.problems.append(problem("bad-environment", message, hint=did_you_mean(name, _variables())))
            continue
        path, kind = found
        value, wrong = _value_of(environ[name], kind, path)
        if wrong:
            layers.problems.append(problem("bad-environment", f"{name}: {wrong}"))
        else:
            _lay(layers, path, value, name)


def chosen(layers: Layers, name: str) -> None:
    """Lay what `[environments.<name>]` says over the table; where each value comes from is where it stands."""
    known = layers.table.get("environments", {})
    if name not in known:
        hint = did_you_mean(name, known) or "[environments.<name>] in site.toml makes one"
        layers.problems.append(problem("bad-environment", f'there is no environment "{name}"', hint=hint))
        return
    for path in leaves(known[name]):
        value: Any = known[name]
        for step in path:
            value = value[step]
        _lay(layers, path, value, layers.origins[dotted(("environments", name, *path))])


def _variables() -> list[str]:
    names = []
    for field in msgspec.structs.fields(SiteSettings):
        name = PREFIX + field.name.upper()
        inner = [option for option in alternatives(field.type) if isinstance(option, type)]
        tables = [option for option in inner if issubclass(option, msgspec.Struct)]
        names += [name, *(f"{name}__{key.upper()}" for table in tables for key in table.__struct_fields__)]
    return names


def _key_of(name: str, table: Mapping[str, Any]) -> tuple[Path, Any] | None:
    """The path and type of the key that a variable means."""
    path: Path = ()
    kind: Any = SiteSettings
    here: Any = table
    for word in name.removeprefix(PREFIX).split("__"):
        step = _step(word, kind, here if isinstance(here, Mapping) else {})
        if step is None:
            return None
        key, kind = step
        path = (*path, key)
        here = here.get(key) if isinstance(here, Mapping) else None
    return path, kind


def _step(word: str, kind: Any, here: Mapping[str, Any]) -> tuple[str, Any] | None:
    for option in alternatives(kind):
        if option is Any and word:
            return _named(word, here, "_"), Any
        if isinstance(option, type) and issubclass(option, msgspec.Struct):
            fields = {field.name: field.type for field in msgspec.structs.fields(option)}
            if word.lower() in fields:
                return word.lower(), fields[word.lower()]
        elif get_origin(option) is dict and word:
            inner = get_args(option)[1]
            return _named(word, here, "_" if inner is Any else "-"), inner
    return None


def _named(word: str, known: Mapping[str, Any], between: str) -> str:
    """The name that stands already and differs only in case and in `-` for `_`, else a new one."""
    plain = word.lower().replace("-", "_")
    same = [name for name in known if name.lower().replace("-", "_") == plain]
    return same[0] if same else plain.replace("_", between)


def _value_of(text: str, kind: Any, path: Path) -> tuple[Any, str]:
    """A variable's value, as TOML where that fits, else as plain text where that does; or why neither fits."""
    parsed = parse(f"value = {text}", "toml", "")
    candidates: list[Any] = [text]
    if isinstance(parsed, Parsed) and parsed.value.keys() == {"value"}:
        candidates.insert(0, parsed.value["value"])
    message = ""
    for candidate in candidates:
        value, faults = (candidate, []) if kind is Any else read_value(kind, candidate, path)
        if not faults:
            return as_tables(value), ""
        message = message or faults[0].message
    return None, message


def command_line(layers: Layers, given: Mapping[str, Any]) -> None:
    """Lay the options over the table; a key that does not exist is a bug of the command line, not of its user."""
    for key, option_value in given.items():
        if option_value is None:
            continue
        path = tuple(key.split("."))
        kind: Any = SiteSettings
        for word in path:
            step = _step(word, kind, {})
            if step is None:
                raise KeyError(key)
            kind = step[1]
        option = "--" + re.sub(r"[._]", "-", key)
        value, faults = read_value(kind, option_value, path)
        if faults:
            layers.problems.extend(
                problem("bad-value", f"{option}: {fault.message}", hint=fault.hint) for fault in faults
            )
        else:
            _lay(layers, path, as_tables(value), option)


def _lay(layers: Layers, path: Path, value: Any, origin: str) -> None:
    """Put a value over what is there, with its origin."""
    table = layers.table
    for number, key in enumerate(path[:-1], 1):
        if not isinstance(table.get(str(key)), dict):
            layers.origins.pop(dotted(path[:number]), None)
            table[str(key)] = {}
        table = table[str(key)]
    table[str(path[-1])] = value
    name = dotted(path)
    for old in [old for old in layers.origins if old == name or old.startswith(name + ".")]:
        del layers.origins[old]
    for leaf in leaves({name: value}):
        layers.origins[dotted(leaf)] = origin
