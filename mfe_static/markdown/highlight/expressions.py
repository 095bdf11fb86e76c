"""What a regular expression says about itself: with what it can begin, where it may match, where it always does.

A set of characters is a number with a bit for each of the 128 of ASCII, one for all others, and one
for the end of the text. Everything here is
read off the inner form that Python's own parser makes; that form is not documented, so whoever calls this must get
along without an answer.

Invariant: what a match may begin with is never understated, what is certain never overstated, whatever the flags.
"""

import importlib
import re
import string
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from mfe_static.patterns import compiled

OTHER = 1 << 128
"""The bit that stands for all characters that are not ASCII."""
END = 1 << 129
"""The bit that stands for the end of the text."""
EVERY = OTHER | OTHER - 1
"""All characters."""

_DIGITS = sum(1 << c for c in range(128) if chr(c).isdigit())
_WORD = sum(1 << c for c in range(128) if chr(c).isalnum() or c == 95)
_BLANKS = sum(1 << ord(c) for c in " \t\n\r\f\v")
_ODD_BLANKS = 0xF << 28
"""Blank in Unicode, not blank in ASCII."""
_CATEGORIES = {
    "CATEGORY_DIGIT": (_DIGITS, _DIGITS),
    "CATEGORY_NOT_DIGIT": (~_DIGITS, ~_DIGITS),
    "CATEGORY_WORD": (_WORD, _WORD),
    "CATEGORY_NOT_WORD": (~_WORD, ~_WORD),
    "CATEGORY_SPACE": (_BLANKS | _ODD_BLANKS, _BLANKS),
    "CATEGORY_NOT_SPACE": (~(_BLANKS | _ODD_BLANKS), ~_BLANKS),
}
"""The ASCII characters in a category; and those in it when it is of ASCII only."""

_REFERENCE = compiled(r"\\[1-9]|\(\?P=|\(\?\(")
_CASELESS = {None, *range(128)} - {*string.ascii_letters.encode()}
"""What may stand in a set for one thing whatever the case: characters by number, or the sign that negates it."""

FOLD, DOTALL, ASCII, UNICODE = re.IGNORECASE.value, re.DOTALL.value, re.ASCII.value, re.UNICODE.value
"""As numbers: `re.RegexFlag` is slow, in Python's own compiler too."""
_FLAGS = FOLD | re.MULTILINE.value | DOTALL | ASCII | UNICODE
"""Flags that still mean something once an expression has been parsed."""


class Expression(NamedTuple):
    """An expression in its inner form, and what can be read off it."""

    tree: Any
    groups: int
    """How many groups it has."""
    flags: int
    possible: int
    """The characters at which it may match, `END` among them."""
    certain: int
    """The ASCII characters at which it matches whatever comes next: a set, or a run of one, and nothing else."""
    anchored: bool
    """Whether it matches only where a line, or the text, begins."""
    refers: bool
    """Whether it may refer to its own groups."""


@cache
def parser() -> Any:
    """Python's own parser of expressions."""
    return importlib.import_module("re._parser")


@cache
def compiler() -> Any:
    """What Python makes of that form."""
    return importlib.import_module("re._compiler")


def bit(character: str) -> int:
    """The set of this one character; of `END` when it is empty."""
    return (1 << ord(character) if character.isascii() else OTHER) if character else END


@cache
def parsed(pattern: str, flags: int) -> Expression:
    """`pattern` taken apart; raises what the parser raises."""
    tree = parser().parse(pattern, flags)
    flags = tree.state.flags & _FLAGS
    possible = _possible(tree.data, flags)
    refers = _REFERENCE.search(pattern) is not None
    certain, anchored = _certain(tree.data, flags), _anchored(tree.data)
    return Expression(tree, tree.state.groups - 1, flags, possible, certain, anchored, refers)


def _possible(items: list[tuple[Any, Any]], flags: int) -> int:
    possible = open_ended(*beginning(items, flags))
    for kind, value in items:
        if str(kind) == "ASSERT" and value[0] == 1:
            possible &= open_ended(*beginning(value[1].data, flags))
        elif str(kind) not in ("AT", "ASSERT", "ASSERT_NOT"):
            break
    return possible


def beginning(items: list[tuple[Any, Any]], flags: int) -> tuple[int, bool]:
    """What a row of parts may begin with, and whether it may be empty."""
    return _edge(items, flags, 1)


def ending(items: list[tuple[Any, Any]], flags: int) -> tuple[int, bool]:
    """What a row of parts may end with, and whether it may be empty."""
    return _edge(items, flags, -1)


def _edge(items: list[tuple[Any, Any]], flags: int, step: int) -> tuple[int, bool]:
    found = 0
    for kind, value in items[::step]:
        more, empty = _part(str(kind), value, flags, step)
        found |= more
        if not empty:
            return found, False
    return found, True


def _part(kind: str, value: Any, flags: int, step: int) -> tuple[int, bool]:
    match kind:
        case "LITERAL":
            return characters(value, value, bool(flags & FOLD)), False
        case "IN":
            return may_be(value, flags), False
        case "ANY" | "NOT_LITERAL":
            return EVERY if kind == "NOT_LITERAL" or flags & DOTALL else EVERY & ~bit("\n"), False
        case "BRANCH":
            branches = [_edge(branch.data, flags, step) for branch in value[1]]
            return _union(some for some, _ in branches), any(empty for _, empty in branches)
        case "SUBPATTERN":
            return _edge(value[3].data, (flags | value[1]) & ~value[2], step)
        case "ATOMIC_GROUP":
            return _edge(value.data, flags, step)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            some, empty = _edge(value[2].data, flags, step)
            return some, empty or value[0] == 0
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return 0, True
    return EVERY, True


def following(items: list[tuple[Any, Any]], first: int, flags: int) -> int:
    """What may stand behind a first character out of `first`: anything where a match may end there, or take none."""
    for place, (kind, value) in enumerate(items):
        rest = items[place + 1 :]
        match str(kind):
            case "AT" | "ASSERT" | "ASSERT_NOT":
                continue
            case "SUBPATTERN":
                return following([*value[3].data, *rest], first, flags | value[1])
            case "BRANCH":
                return _union(following([*branch.data, *rest], first, flags) for branch in value[1])
            case "MAX_REPEAT" | "MIN_REPEAT" if not beginning(value[2].data, flags)[1]:
                again = kind, (0, value[1], value[2])
                found = following([*value[2].data, again, *rest], first, flags)
                return found if value[0] else found | following(rest, first, flags)
            case "LITERAL" | "NOT_LITERAL" | "IN" | "ANY":
                return open_ended(*beginning(rest, flags)) if _part(str(kind), value, flags, 1)[0] & first else 0
            case _:
                break
    return EVERY | END


def open_ended(starts: int, empty: bool) -> int:
    """Where something may begin that may also match nothing: then whatever comes after it begins there."""
    return starts | (EVERY | END) * empty


def depends_on_flags(part: tuple[Any, Any], flags: int) -> bool:
    """Whether a set matches otherwise than without `flags`."""
    kind, value = part
    parts = value if str(kind) == "IN" else [(kind, value)]
    named = any(str(kind) != "CATEGORY" and value not in _CASELESS for kind, value in parts)
    return bool(flags & ASCII or (flags & FOLD and named))


def may_be(parts: list[tuple[Any, Any]], flags: int) -> int:
    """The characters that a set may match; when flags say so, whatever their case."""
    if str(parts[0][0]) == "NEGATE":
        return EVERY & ~_named(parts[1:], flags & ~FOLD) | OTHER
    return _named(parts, flags)


def _named(parts: list[tuple[Any, Any]], flags: int) -> int:
    found = 0
    for kind, value in parts:
        match str(kind):
            case "CATEGORY":
                found |= EVERY & _CATEGORIES[str(value)][bool(flags & ASCII)] | OTHER
            case "LITERAL":
                found |= characters(value, value, bool(flags & FOLD))
            case "RANGE":
                found |= characters(value[0], value[1], bool(flags & FOLD))
            case _:
                return EVERY
    return found


def characters(low: int, high: int, fold: bool) -> int:
    """The characters from `low` to `high`; with `fold`, those that differ only in case too."""
    found = OTHER if high > 127 or fold else 0
    if low < 128:
        found |= (OTHER - 1 >> 128 - (min(high, 127) - low + 1)) << low
    if not fold:
        return found
    if high > 127:
        return EVERY
    for code in range(low, high + 1):
        found |= 1 << ord(chr(code).lower()) | 1 << ord(chr(code).upper())
    return found


def _certain(items: list[tuple[Any, Any]], flags: int) -> int:
    if len(items) == 1 and str(items[0][0]) == "MAX_REPEAT":
        least, most, inner = items[0][1]
        items = inner.data if least == 1 and most is parser().MAXREPEAT else []
    if len(items) != 1:
        return 0
    kind, value = items[0]
    match str(kind):
        case "LITERAL":
            return characters(value, value, fold=False) & ~OTHER
        case "NOT_LITERAL":
            return EVERY & ~characters(value, value, fold=True) & ~OTHER
        case "IN" if str(value[0][0]) == "NEGATE":
            return EVERY & ~_named(value[1:], flags | FOLD) & ~OTHER
        case "IN":
            return _named(value, flags & ~FOLD) & ~OTHER
    return 0


def _anchored(items: list[tuple[Any, Any]]) -> bool:
    """Whether they begin with the sign for the beginning of a line or of the text."""
    if not items:
        return False
    kind, value = items[0]
    if str(kind) == "SUBPATTERN":
        return _anchored(value[3].data)
    return str(kind) == "AT" and str(value).startswith("AT_BEGINNING")


def _union(sets: Iterable[int]) -> int:
    found = 0
    for item in sets:
        found |= item
    return found
