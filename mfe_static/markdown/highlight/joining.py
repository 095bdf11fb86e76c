"""Expressions that are tried in order become one, for the character at hand.

A lexer of Pygments tries a list of expressions at every place of the code. Those that can match where a certain
character stands are few. They become the branches of one expression. Branches are tried in order, as the list is; each
ends in an empty group of its own, and the group that closed last (`re.Match.lastindex`) says which it was.

As `re.Scanner` does, this works on the inner form of expressions. It is not documented; whoever calls this must get
along with any exception.

Invariant: what is joined matches where, and as far as, the first of its expressions that matches at all.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from mfe_static.markdown.highlight.expressions import UNICODE, Expression, compiler, parser
from mfe_static.markdown.highlight.trees import any_of, group, moved, row

_NOTHING: list[Any] = []


class Branch(NamedTuple):
    """One of the expressions that are joined."""

    expression: Expression
    ways: list[list[Any]]
    """What it may take along, each a row of parts: the first that fits."""


class Numbers(NamedTuple):
    """The groups of a branch."""

    first: int
    """The first of its expression."""
    marks: list[int]
    """For each way the group that is the last to close when it was taken: an empty one before it."""


def compiled(expression: Expression) -> re.Pattern[str]:
    """The expression by itself."""
    expression.tree.width = 0, 0  # The compiler need not work out how to search: nobody will.
    return compiler().compile(expression.tree)  # type: ignore[no-any-return]


def without_groups(expression: Expression) -> Expression:
    """The same without its groups, unless it refers to them; a match is much quicker then."""
    if expression.refers or not expression.groups:
        return expression
    return expression._replace(tree=moved(expression.tree, None, expression.tree.state), groups=0)


def joined(branches: Sequence[Branch]) -> tuple[re.Pattern[str], list[Numbers]]:
    """One expression for all, and the groups of each. Neighbours that may take along the same share what takes it."""
    kinds = parser()
    state = kinds.State()
    state.flags = UNICODE
    # No more than one of them matches, so groups that nothing refers to may have the same numbers in all.
    state.groupwidths += [(0, 0)] * max(expression.groups for expression, _ in branches)
    rows: list[tuple[list[Any], Any]] = []
    numbers = []
    for expression, ways in branches:
        first = len(state.groupwidths) if expression.refers else 1
        state.groupwidths += expression.tree.state.groupwidths[1:] if expression.refers else []
        tree = moved(expression.tree, first - 1, state) if expression.refers else expression.tree
        marks = [len(state.groupwidths) + number for number in range(len(ways))]
        state.groupwidths += [(0, 0)] * len(ways)
        numbers.append(Numbers(first, marks))
        ends = [group(state, mark) for mark in marks]
        if len(ways) > 1:
            ends = [any_of([row(state, end, *way) for end, way in zip(ends, ways, strict=True)])]
        flags = kinds.SUBPATTERN, (None, expression.flags, 0, tree)
        rows.append((ways[0] if len(ways) == 1 else _NOTHING, row(state, flags, *ends)))
    grouped = [list(some) for _, some in groupby(rows, key=lambda item: id(item[0]))]
    whole = [row(state, *_any([item for _, item in some]).data, *some[0][0]) for some in grouped]
    tree = _any(whole)
    tree.width = 0, 0
    return compiler().compile(tree), numbers


def _any(rows: list[Any]) -> Any:
    return rows[0] if len(rows) == 1 else row(rows[0].state, any_of(rows))
