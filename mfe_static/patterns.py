"""Regular expressions: compiled once on a machine, and meaning the same on every Python.

Compiling one takes 0.1 to 8 ms, which a build pays before it does anything. So an expression is compiled when it is
first needed, and what the compiler made of it is kept where Python keeps what it made of this package's modules, under
the same conditions: a file in `__pycache__` for each version of Python, and none where Python may not write any
(`PYTHONDONTWRITEBYTECODE`). Without the file all is as before, later. What is kept is numbers, which the engine checks
before it takes them.

Before Python 3.11.5 a possessive quantifier behind a group (`(?:…)*+`) misses matches when something in the group can
match in several ways (python/cpython#106052). Debian 12 has such a Python, so there these quantifiers are compiled as
what they are short for: an atomic group around the same, greedy (`re`, "Possessive quantifiers").
"""

import contextlib
import marshal
import os
import re
import sys
from functools import cache
from typing import Any

_SOUND = sys.version_info >= (3, 11, 5)
"""Whether possessive quantifiers do what they should."""
_FILE = f"{os.path.dirname(__file__)}/__pycache__/expressions.{sys.implementation.cache_tag}-{sys.hexversion:x}"

_MANY = 500
"""How many are kept before those are dropped that were of earlier versions of this package; there are some 150."""

_Code = tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]
"""What the engine wants to know of an expression: flags, code, groups, their names, and the names by group."""


@cache
def pattern(text: str) -> re.Pattern[str]:
    """The expression that `text` is; flags stand in front of it, such as `(?s)`."""
    return compiled(text)


def compiled(text: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile`, for our own expressions: they are few, and needed again."""
    key = f"{int(flags)} {text}"
    try:
        if known := _kept().get(key):
            _used().add(key)
            return _taken(text, known)
        code = _code(text, int(flags), atomic=not _SOUND)
        found = _taken(text, code)
    except re.error:
        raise
    except Exception:  # noqa: BLE001  (what `re` has inside is Python's own and may change)
        return re.compile(text, flags)
    _fresh()[key] = code
    return found


def keep() -> None:
    """Keep what this process has compiled, for those that come after it."""
    if not _fresh() or sys.dont_write_bytecode:
        return
    temporary = f"{_FILE}.{os.urandom(8).hex()}"  # processes of two containers may have one number
    with contextlib.suppress(OSError):
        known = {**_read(), **_fresh()}
        if len(known) > _MANY:
            known = {key: code for key, code in known.items() if key in _used() or key in _fresh()}
        _fresh().clear()
        with open(temporary, "wb") as file:
            file.write(marshal.dumps(known))
        os.replace(temporary, _FILE)


def atomic(text: str, flags: int = 0) -> re.Pattern[str]:
    """The same with atomic groups instead. Takes what `re` has inside, of versions that will not change any more."""
    return _taken(text, _code(text, int(flags), atomic=True))


@cache
def _fresh() -> dict[str, _Code]:
    """What this process has compiled and not kept yet, by flags and text."""
    return {}


@cache
def _used() -> set[str]:
    """What this process has taken from what was kept."""
    return set()


@cache
def _kept() -> dict[str, _Code]:
    return _read()


def _read() -> dict[str, _Code]:
    try:
        with open(_FILE, "rb") as file:
            found = marshal.loads(file.read())  # noqa: S302  as Python reads what lies beside it
    except Exception:  # noqa: BLE001  (damaged bytes may be taken for anything, and for any amount of it)
        return {}
    return found if isinstance(found, dict) else {}


def _code(text: str, flags: int, *, atomic: bool) -> _Code:
    from re import _compiler, _parser  # type: ignore[attr-defined]

    tree = _parser.parse(text, flags)
    if atomic:
        _relax(tree, _parser)
    state = tree.state
    names: list[str | None] = [None] * state.groups
    for name, number in state.groupdict.items():
        names[number] = name
    code = b"".join([number.to_bytes(4, sys.byteorder) for number in _compiler._code(tree, flags)])
    return flags | state.flags, code, state.groups - 1, state.groupdict, tuple(names)


def _taken(text: str, code: _Code) -> re.Pattern[str]:
    """The expression that has this code. Raises what the engine has against it."""
    import _sre  # type: ignore[import-not-found]

    flags, numbers, *groups = code
    found: re.Pattern[str] = _sre.compile(text, flags, memoryview(numbers).cast("I").tolist(), *groups)
    return found


def _relax(tree: Any, parser: Any) -> None:
    for place, (kind, its) in enumerate(tree.data):
        for inner in _inside(its, parser.SubPattern):
            _relax(inner, parser)
        if kind is parser.POSSESSIVE_REPEAT:
            greedy = parser.SubPattern(tree.state, [(parser.MAX_REPEAT, its)])
            tree.data[place] = (parser.ATOMIC_GROUP, greedy)


def _inside(its: Any, kind: type) -> list[Any]:
    """The expressions that a node of the parser's tree holds."""
    if isinstance(its, kind):
        return [its]
    return [found for it in its for found in _inside(it, kind)] if isinstance(its, tuple | list) else []
