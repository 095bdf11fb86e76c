"""Expressions that are tried in order become one, for the character at hand.

A lexer of Pygments tries a list of expressions at every place of the code. Those that can match where a certain
character stands are few, and of a list of two hundred words among them the few remain that begin with it (`narrowed`).
They become the branches of one expression (`joined`). Branches are tried in order, as the list is; each ends in an
empty group of its own, and the group that closed last (`re.Match.lastindex`) says which it was.

A branch may take along what follows it and needs no span: blanks and punctuation (`tail`), where it is certain which
rules would match there.

As `re.Scanner` does, this works on the inner form of expressions. It is not documented; whoever calls this must get
along with any exception.

Invariant: what is joined matches where, and as far as, the first of its expressions that matches at all.
"""

import importlib
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from mfe_static.markdown.highlight.expressions import ASCII, FOLD, UNICODE, Expression, beginning, bit, parsed, parser

_LINE = bit("\n")
_FIRST_LONG = 0x10000
"""From here on a character has no place in the tables that the compiler makes for sets, and is looked for in ranges."""


@cache
def prepared(pattern: str, flags: int) -> Expression:
    """`pattern` in its inner form, where large sets are made ready for the compiler once, not for every use.

    The letters of all scripts are a table, and some hundred ranges for those from U+10000 on. The blank that ends a
    name would be looked for in all of them; so what stands there is asked first whether it is so high a character.
    """
    expression = parsed(pattern, flags)
    return expression if pattern.isascii() else expression._replace(tree=_packed(expression.tree, expression.flags))


def compiled(expression: Expression) -> re.Pattern[str]:
    """The expression by itself."""
    return _compiler().compile(expression.tree)  # type: ignore[no-any-return]


def narrowed(expression: Expression, character: str) -> Expression:
    """The same for a place where `character` stands: without branches that cannot begin with it."""
    return expression._replace(tree=_narrow(expression.tree, bit(character), expression.flags))


def joined(branches: Sequence[tuple[Expression, list[Any]]]) -> tuple[re.Pattern[str], list[int]]:
    """One expression for all, each with its `tail`, and for each the number of the group that is last when it matched.

    That group lies between expression and tail. The expression's own groups stand right before it: those of one with
    two groups and 7 as its last are 5 and 6.
    """
    kinds = parser()
    state = kinds.State()
    state.flags = UNICODE
    rows, marks = [], []
    for expression, after in branches:
        tree = _moved(expression.tree, len(state.groupwidths) - 1, state)
        state.groupwidths += expression.tree.state.groupwidths[1:]
        marks.append(len(state.groupwidths))
        state.groupwidths.append((0, 0))
        mark = kinds.SUBPATTERN, (marks[-1], 0, 0, _row(state))
        rows.append(_row(state, (kinds.SUBPATTERN, (None, expression.flags, 0, tree)), mark, *after))
    whole = rows[0] if len(rows) == 1 else _row(state, (kinds.BRANCH, (None, rows)))
    return _compiler().compile(whole), marks


def tail(rules: Sequence[tuple[Expression, int]]) -> list[Any]:
    """What takes, in one piece, as many matches of `rules` as follow on each other within a line, and the line's end.

    Each rule is a set or a run of one (see `Expression.certain`), and comes with the characters at which it is the
    first to match, unless a line begins there. At most one run counts.
    """
    kinds = parser()
    state = kinds.State()
    single = long = 0
    inside: Any = None
    for expression, starts in rules:
        kind, value = expression.tree.data[0]
        if kind is not kinds.MAX_REPEAT:
            single |= starts
        elif inside is None and not expression.flags & (FOLD | ASCII):
            long, inside = starts, value[2].data[0]
    if inside is not None:
        single &= ~beginning([inside], 0)[0]
    more = kinds.MAX_REPEAT, (0, kinds.MAXREPEAT, _row(state, inside))
    end = [(kinds.LITERAL, 10), more][: 1 if single & _LINE else 2] if (single | long) & _LINE else []
    no_line = kinds.NOT_LITERAL, 10
    choices = []
    if (single | long) & ~_LINE:
        some = _set((single | long) & ~_LINE)
        items = [some, _behind(state, no_line, some), (kinds.MAX_REPEAT, (0, kinds.MAXREPEAT, _row(state, some)))]
        if long & ~_LINE:
            items.append(_option(state, inside, _behind(state, _set(long & ~_LINE), inside), more))
        choices.append(_row(state, *items, *([_option(state, *end)] if end else [])))
    if end:
        choices.append(_row(state, end[0], _behind(state, no_line, end[0]), *end[1:]))
    return [(kinds.BRANCH, (None, [*choices, _row(state)]))] if choices else []


@cache
def _compiler() -> Any:
    return importlib.import_module("re._compiler")


# -- building trees


def _row(state: Any, *items: Any) -> Any:
    return parser().SubPattern(state, list(items))


def _set(characters: int) -> Any:
    return parser().IN, [(parser().LITERAL, code) for code in range(128) if characters >> code & 1]


def _behind(state: Any, *items: Any) -> Any:
    """That these were just passed. Behind what they are about, so that a branch begins with what is quick to test."""
    return parser().ASSERT, (-1, _row(state, *items))


def _option(state: Any, *items: Any) -> Any:
    return parser().BRANCH, (None, [_row(state, *items), _row(state)])


# -- changing trees


def _narrow(tree: Any, start: int, flags: int) -> Any:
    for place, (kind, value) in enumerate(tree.data):
        match str(kind):
            case "AT" | "ASSERT" | "ASSERT_NOT":
                continue
            case "SUBPATTERN":
                group, added, removed, inner = value
                part: list[Any] = [(kind, (group, added, removed, _narrow(inner, start, (flags | added) & ~removed)))]
            case "BRANCH":
                branches = [_narrow(branch, start, flags) for branch in value[1] if _may_begin(branch, start, flags)]
                part = branches[0].data if len(branches) == 1 else [(kind, (value[0], branches))]
            case _:
                return tree
        return _row(tree.state, *tree.data[:place], *part, *tree.data[place + 1 :])
    return tree


def _may_begin(tree: Any, start: int, flags: int) -> bool:
    starts, empty = beginning(tree.data, flags)
    return empty or bool(starts & start)


def _moved(tree: Any, offset: int, state: Any) -> Any:
    """A copy in which every group has a number higher by `offset`."""
    return _row(state, *((kind, _moved_value(str(kind), value, offset, state)) for kind, value in tree.data))


def _moved_value(kind: str, value: Any, offset: int, state: Any) -> Any:
    match kind:
        case "SUBPATTERN":
            group, added, removed, inner = value
            return group and group + offset, added, removed, _moved(inner, offset, state)
        case "BRANCH":
            return value[0], [_moved(branch, offset, state) for branch in value[1]]
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return value[0], value[1], _moved(value[2], offset, state)
        case "ASSERT" | "ASSERT_NOT":
            return value[0], _moved(value[1], offset, state)
        case "ATOMIC_GROUP":
            return _moved(value, offset, state)
        case "GROUPREF":
            return value + offset
        case "GROUPREF_EXISTS":
            group, yes, no = value
            return group + offset, _moved(yes, offset, state), no and _moved(no, offset, state)
    return value


class _Packed(list[tuple[Any, Any]]):
    """A set as the compiler wants it."""


@cache
def _pack(parts: tuple[tuple[Any, Any], ...]) -> _Packed:
    return _Packed(_compiler()._optimize_charset(parts)[0])


def _packed(tree: Any, flags: int) -> Any:
    items = [_packed_item(kind, value, tree.state, flags) for kind, value in tree.data]
    return _row(tree.state, *(part for parts in items for part in parts))


def _packed_item(kind: Any, value: Any, state: Any, flags: int) -> list[Any]:
    match str(kind):
        case "IN" if len(value) > 16 and not flags & FOLD and _is_plain(value):
            value = _pack(tuple(value))
        case "SUBPATTERN":
            value = *value[:3], _packed(value[3], (flags | value[1]) & ~value[2])
        case "BRANCH":
            value = value[0], [choice for branch in value[1] for choice in _halves(_packed(branch, flags))]
        case "MAX_REPEAT" if value[0] == 0 and value[1] is parser().MAXREPEAT:
            inner = _packed(value[2], flags)
            short, *long = _halves(inner)
            again = [_option(state, *long[0].data, (kind, (*value[:2], inner)))] if long else []
            return [(kind, (*value[:2], short)), *again]
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            value = *value[:2], _packed(value[2], flags)
        case "ASSERT" | "ASSERT_NOT":
            value = value[0], _packed(value[1], flags)
    return [(kind, value)]


def _is_plain(parts: list[tuple[Any, Any]]) -> bool:
    return all(str(kind) in ("LITERAL", "RANGE") for kind, _ in parts)


def _halves(tree: Any) -> list[Any]:
    """A single packed set as two choices: its table, and its ranges of high characters; the same if it is not one."""
    kinds = parser()
    if len(tree.data) != 1 or not isinstance(tree.data[0][1], _Packed):
        return [tree]
    ranges = [part for part in tree.data[0][1] if part[0] in (kinds.RANGE, kinds.LITERAL)]
    table = [part for part in tree.data[0][1] if part not in ranges]
    if not ranges or not table:
        return [tree]
    high = kinds.IN, [(kinds.RANGE, (_FIRST_LONG, 0x10FFFF))]
    return [_row(tree.state, (kinds.IN, table)), _row(tree.state, high, _behind(tree.state, (kinds.IN, ranges)))]
