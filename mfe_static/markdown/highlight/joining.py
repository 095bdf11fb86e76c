"""Expressions that are tried in order become one, for the character at hand.

A lexer of Pygments tries a list of expressions at every place of the code. Those that can match where a certain
character stands are few. They become the branches of one expression. Branches are tried in order, as the list is; each
ends in an empty group of its own, and the group that closed last (`re.Match.lastindex`) says which it was.

What Python's compiler makes of a rule does not say where it stands. So it is made once, however many characters the
rule can match at, and here only put between what makes a choice of several (`_any_of`).

The inner forms of expressions are not documented; whoever calls this must get along with any exception. Python checks
such code before it takes it.

Invariant: what is joined matches where, and as far as, the first of its expressions that matches at all.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from mfe_static.markdown.highlight.expressions import UNICODE, Expression, compiler, parser
from mfe_static.markdown.highlight.trees import moved

Code = list[int]
"""What the compiler makes of a row of parts. It does not say where it stands, so it can be used in many places."""


class Branch(NamedTuple):
    """One of the expressions that are joined."""

    expression: Expression
    code: Code
    """Its own."""
    ways: list[Code]
    """What it may take along: the first that fits."""


class Numbers(NamedTuple):
    """The groups of a branch."""

    first: int
    """The first of its expression."""
    marks: range
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


def coded(parts: Iterable[Any]) -> Code:
    """What the compiler makes of a row of parts."""
    code: Code = []
    compiler()._compile(code, parts, UNICODE)
    return code


def coded_expression(tree: Any, flags: int) -> Code:
    """What it makes of an expression with its flags."""
    return coded([(parser().SUBPATTERN, (None, flags, 0, tree))])


def joined(branches: Sequence[Branch]) -> tuple[re.Pattern[str], list[Numbers]]:
    """One expression for all, and the groups of each."""
    # No more than one of them matches, so groups that nothing refers to may have the same numbers in all.
    groups = max(expression.groups for expression, _, _ in branches)
    codes = []
    numbers = []
    for expression, code, ways in branches:
        first = 1
        if expression.refers:
            first, groups = groups + 1, groups + expression.groups
            state = parser().State()
            state.groupwidths = [None] * first + expression.tree.state.groupwidths[1:]
            code = coded_expression(moved(expression.tree, first - 1, state), expression.flags)
        marks = range(groups + 1, groups + 1 + len(ways))
        groups += len(ways)
        numbers.append(Numbers(first, marks))
        codes.append([*code, *_any_of([[*_mark(mark), *way] for mark, way in zip(marks, ways, strict=True)])])
    whole = [*_any_of(codes), parser().SUCCESS]
    names = (None,) * (groups + 1)
    return compiler()._sre.compile(None, UNICODE, whole, groups, {}, names), numbers


def _any_of(codes: Sequence[Code]) -> Code:
    """The first of these that matches: each with its length before it, and behind it the way to the end of all."""
    if len(codes) == 1:
        return codes[0]
    kinds = parser()
    left = sum(len(code) + 3 for code in codes) + 2
    whole: Code = [kinds.BRANCH]
    for code in codes:
        left -= len(code) + 3
        whole += len(code) + 3, *code, kinds.JUMP, left
    return [*whole, kinds.FAILURE]


def _mark(group: int) -> Code:
    """An empty group."""
    mark = parser().MARK
    return [mark, 2 * group - 2, mark, 2 * group - 1]
