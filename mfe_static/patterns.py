"""Regular expressions: compiled when they are first needed, and meaning the same on every Python.

Compiling one takes 0.1 to 3 ms, which a build pays before it does anything; what is rare in sites is never needed.

Before Python 3.11.5 a possessive quantifier behind a group (`(?:…)*+`) misses matches when something in the group can
match in several ways (python/cpython#106052). Debian 12 has such a Python, so there these quantifiers are compiled as
what they are short for: an atomic group around the same, greedy (`re`, "Possessive quantifiers").
"""

import re
import sys
from functools import cache
from typing import Any

_SOUND = sys.version_info >= (3, 11, 5)
"""Whether possessive quantifiers do what they should."""


@cache
def pattern(text: str) -> re.Pattern[str]:
    """The expression that `text` is; flags stand in front of it, such as `(?s)`."""
    return compiled(text)


def compiled(text: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile`, for expressions with a possessive quantifier behind a group."""
    return re.compile(text, flags) if _SOUND else atomic(text, flags)


def atomic(text: str, flags: int = 0) -> re.Pattern[str]:
    """The same with atomic groups instead. Takes what `re` has inside, of versions that will not change any more."""
    import _sre  # type: ignore[import-not-found]
    from re import _compiler, _parser  # type: ignore[attr-defined]

    tree = _parser.parse(text, int(flags))
    _relax(tree, _parser)
    state, code = tree.state, _compiler._code(tree, int(flags))
    names: list[str | None] = [None] * state.groups
    for name, number in state.groupdict.items():
        names[number] = name
    found: re.Pattern[str] = _sre.compile(
        text, int(flags) | state.flags, code, state.groups - 1, state.groupdict, tuple(names)
    )
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
