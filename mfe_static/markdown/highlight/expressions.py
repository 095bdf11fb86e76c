"""What a regular expression says about itself: with what it can begin, where it may match, where it always does.

A set of characters is a number with a bit for each of the 128 of ASCII, one for all others, and one
for the end of the text. Everything here is
read off the inner form that Python's own parser makes; that form is not documented, so whoever calls this must get
along without an answer.

Invariant: what a match may begin with is never understated, what is certain never overstated, whatever the flags.
"""

import importlib
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

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
    "CATEGORY_DIGIT": (OTHER | _DIGITS, _DIGITS),
    "CATEGORY_NOT_DIGIT": (EVERY & ~_DIGITS, EVERY & ~_DIGITS),
    "CATEGORY_WORD": (OTHER | _WORD, _WORD),
    "CATEGORY_NOT_WORD": (EVERY & ~_WORD, EVERY & ~_WORD),
    "CATEGORY_SPACE": (OTHER | _BLANKS | _ODD_BLANKS, _BLANKS),
    "CATEGORY_NOT_SPACE": (EVERY & ~_BLANKS, EVERY & ~_BLANKS & ~_ODD_BLANKS),
}
"""What a category may match, and which ASCII characters it matches for certain, whatever the flags."""

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
    """The ASCII characters at which it matches whatever comes next."""
    anchored: bool
    """Whether it matches only where a line, or the text, begins."""


def parser() -> Any:
    """Python's own parser of expressions."""
    return importlib.import_module("re._parser")


def bit(character: str) -> int:
    """The set of this one character; of `END` when it is empty."""
    return (1 << ord(character) if character.isascii() else OTHER) if character else END


@cache
def parsed(pattern: str, flags: int) -> Expression:
    """`pattern` taken apart; raises what the parser raises."""
    tree = parser().parse(pattern, flags)
    flags = tree.state.flags & _FLAGS
    possible = _possible(tree.data, flags)
    return Expression(tree, tree.state.groups - 1, flags, possible, _certain(tree.data), _anchored(tree.data))


def _possible(items: list[tuple[Any, Any]], flags: int) -> int:
    starts, empty = beginning(items, flags)
    possible = starts | (EVERY | END) * empty
    for kind, value in items:
        if str(kind) == "ASSERT" and value[0] == 1:
            starts, empty = beginning(value[1], flags)
            possible &= starts | (EVERY | END) * empty
        elif str(kind) not in ("AT", "ASSERT", "ASSERT_NOT"):
            break
    return possible


def beginning(items: Iterable[tuple[Any, Any]], flags: int) -> tuple[int, bool]:
    """What a row of parts may begin with, and whether it may be empty."""
    starts = 0
    for kind, value in items:
        more, empty = _part(str(kind), value, flags)
        starts |= more
        if not empty:
            return starts, False
    return starts, True


def _part(kind: str, value: Any, flags: int) -> tuple[int, bool]:
    match kind:
        case "LITERAL":
            return _characters(value, value, bool(flags & FOLD)), False
        case "IN":
            return may_be(value, bool(flags & FOLD)), False
        case "ANY" | "NOT_LITERAL":
            return EVERY if kind == "NOT_LITERAL" or flags & DOTALL else EVERY & ~bit("\n"), False
        case "BRANCH":
            branches = [beginning(branch, flags) for branch in value[1]]
            return _union(starts for starts, _ in branches), any(empty for _, empty in branches)
        case "SUBPATTERN":
            return beginning(value[3], (flags | value[1]) & ~value[2])
        case "ATOMIC_GROUP":
            return beginning(value, flags)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            starts, empty = beginning(value[2], flags)
            return starts, empty or value[0] == 0
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return 0, True
    return EVERY, True


def may_be(parts: list[tuple[Any, Any]], fold: bool) -> int:
    """The characters that a set may match; with `fold`, whatever their case."""
    negated = str(parts[0][0]) == "NEGATE"
    if negated:
        return EVERY & ~_in_set(parts[1:], 1, fold=False) | OTHER
    return _in_set(parts, 0, fold)


def _in_set(parts: list[tuple[Any, Any]], certainty: int, fold: bool) -> int:
    found = 0
    for kind, value in parts:
        if str(kind) == "CATEGORY":
            found |= _CATEGORIES[str(value)][certainty]
        elif str(kind) not in ("LITERAL", "RANGE"):
            return EVERY
        else:
            low, high = (value, value) if str(kind) == "LITERAL" else value
            found |= _characters(low, high, fold)
    return found


def _characters(low: int, high: int, fold: bool) -> int:
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


def _certain(items: list[tuple[Any, Any]]) -> int:
    """The ASCII characters that match without regard to what follows: for a set, or a run of one, and nothing else."""
    if len(items) == 1 and str(items[0][0]) == "MAX_REPEAT":
        least, most, inner = items[0][1]
        items = inner.data if least == 1 and most is parser().MAXREPEAT else []
    if len(items) != 1:
        return 0
    kind, value = items[0]
    match str(kind):
        case "LITERAL":
            return _characters(value, value, fold=False) & ~OTHER
        case "NOT_LITERAL":
            return EVERY & ~_characters(value, value, fold=True) & ~OTHER
        case "IN" if str(value[0][0]) == "NEGATE":
            return EVERY & ~_in_set(value[1:], 0, fold=True) & ~OTHER
        case "IN":
            return _in_set(value, 1, fold=False) & ~OTHER
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
