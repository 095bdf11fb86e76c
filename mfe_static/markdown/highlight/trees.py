"""Building expressions in their inner form, and copying them.

A tree is a row of parts. All rows of one expression share a state, which knows its groups.
"""

from functools import cache
from typing import Any

from mfe_static.markdown.highlight.expressions import OTHER, compiler, parser


def row(state: Any, *parts: Any) -> Any:
    """One part after the other."""
    return parser().SubPattern(state, list(parts))


def any_of(rows: list[Any]) -> Any:
    """The first of these that matches."""
    return parser().BRANCH, (None, rows)


def option(state: Any, *parts: Any) -> Any:
    """These, or nothing."""
    return any_of([row(state, *parts), row(state)])


def repeat(state: Any, part: Any) -> Any:
    """This as often as can be, or not at all."""
    return parser().MAX_REPEAT, (0, parser().MAXREPEAT, row(state, part))


def literal(character: str) -> Any:
    """This character."""
    return parser().LITERAL, ord(character)


@cache
def one_of(characters: int) -> Any:
    """Any character of a set, as the compiler wants it.

    Of a set that goes beyond ASCII what it lacks is named; all that it has would be a table of 65 536 characters.
    """
    kinds = parser()
    named, sign = (~characters, [(kinds.NEGATE, None)]) if characters & OTHER else (characters, [])
    members = [(kinds.LITERAL, code) for code in range(128) if named >> code & 1]
    return kinds.IN, compiler()._optimize_charset([*sign, *members])[0]


def behind(state: Any, *parts: Any) -> Any:
    """That these were just passed. Behind what they are about, so that a branch begins with what is quick to test."""
    return parser().ASSERT, (-1, row(state, *parts))


def ahead(state: Any, part: Any) -> Any:
    """That this comes next."""
    return parser().ASSERT, (1, row(state, part))


def not_ahead(state: Any, part: Any) -> Any:
    """That this does not come next."""
    return parser().ASSERT_NOT, (1, row(state, part))


def moved(tree: Any, offset: int | None, state: Any) -> Any:
    """A copy in which every group has a number higher by `offset`; without groups when that is None."""
    parts: list[Any] = []
    for kind, value in tree.data:
        copy = _moved_value(str(kind), value, offset, state)
        if offset is None and str(kind) == "SUBPATTERN" and not any(copy[:3]):
            parts += copy[3].data
        else:
            parts.append((kind, copy))
    return row(state, *parts)


def _moved_value(kind: str, value: Any, offset: int | None, state: Any) -> Any:
    match kind:
        case "SUBPATTERN":
            number, added, removed, inner = value
            number = None if number is None or offset is None else number + offset
            return number, added, removed, moved(inner, offset, state)
        case "BRANCH":
            return value[0], [moved(branch, offset, state) for branch in value[1]]
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return value[0], value[1], moved(value[2], offset, state)
        case "ASSERT" | "ASSERT_NOT":
            return value[0], moved(value[1], offset, state)
        case "ATOMIC_GROUP":
            return moved(value, offset, state)
        case "GROUPREF":
            return value + offset
        case "GROUPREF_EXISTS":
            group, yes, no = value
            return group + offset, moved(yes, offset, state), no and moved(no, offset, state)
    return value
