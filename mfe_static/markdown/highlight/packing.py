"""Large sets, made ready for the compiler once, not for every use.

The letters of all scripts are a table, and some hundred ranges for those from U+10000 on. The blank that ends a name
would be looked for in all of them; so what stands there is asked first whether it is so high a character.

Invariant: what is prepared matches as the expression itself.
"""

from functools import cache
from typing import Any

from mfe_static.markdown.highlight.expressions import FOLD, Expression, compiler, parsed, parser
from mfe_static.markdown.highlight.trees import behind, option, row

_FIRST_LONG = 0x10000
"""From here on a character has no place in the tables that the compiler makes for sets, and is looked for in ranges."""


@cache
def prepared(pattern: str, flags: int) -> Expression:
    """`pattern` in its inner form."""
    expression = parsed(pattern, flags)
    return expression if pattern.isascii() else expression._replace(tree=_packed(expression.tree, expression.flags))


class _Packed(list[tuple[Any, Any]]):
    """A set as the compiler wants it."""


@cache
def _pack(parts: tuple[tuple[Any, Any], ...]) -> _Packed:
    return _Packed(compiler()._optimize_charset(parts)[0])


def _packed(tree: Any, flags: int) -> Any:
    items = [_packed_item(kind, value, tree.state, flags) for kind, value in tree.data]
    return row(tree.state, *(part for parts in items for part in parts))


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
            again = [option(state, *long[0].data, (kind, (*value[:2], inner)))] if long else []
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
    table = [part for part in tree.data[0][1] if part[0] not in (kinds.RANGE, kinds.LITERAL)]
    if not ranges or not table:
        return [tree]
    high = kinds.IN, [(kinds.RANGE, (_FIRST_LONG, 0x10FFFF))]
    return [row(tree.state, (kinds.IN, table)), row(tree.state, high, behind(tree.state, (kinds.IN, ranges)))]
