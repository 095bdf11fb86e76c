"""Asking fewer rules: a parser's own rules, two to three times as quick.

markdown-it asks every rule at every line and at every character that might mean something. Here one rule stands
in front of the others and asks only those that can begin with the character at hand, in markdown-it's order.

Invariant, kept by a test: the tokens are the same as without. So a rule's starts may name too many characters, but
never too few.
"""

import re
from collections.abc import Mapping
from typing import Generic, TypeVar

from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.parser_inline import RuleFuncInline2Type, RuleFuncInlineType
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_Rule = TypeVar("_Rule")

_BLOCK_STARTS = {
    "fence": "`~",
    "blockquote": ">",
    "hr": "*-_",
    "list": "*+-0123456789",
    "reference": "[",
    "footnote_def": "[",
    "html_block": "<",
    "heading": "#",
}
"""The characters that a line of a block rule can begin with; rules that are not here can begin with any."""

_INLINE_STARTS = {
    "newline": "\n",
    "escape": "\\",
    "backticks": "`",
    "strikethrough": "~",
    "emphasis": "*_",
    "link": "[",
    "image": "!",
    "footnote_ref": "[",
    "autolink": "<",
    "html_inline": "<",
    "entity": "&",
    "gfm_autolink_www": "w",
    "gfm_autolink_protocol": ":",
    "gfm_autolink_email": "@",
}
"""The characters that an inline rule can begin with. All other characters, but `]`, are text."""


class _Chains(Ruler[_Rule], Generic[_Rule]):
    """The rules of another ruler, with other chains in front of them."""

    def __init__(self, rules: Ruler[_Rule], chains: Mapping[str, list[_Rule]]) -> None:
        super().__init__()
        self.__rules__ = rules.__rules__
        self._chains = chains

    def getRules(self, chainName: str = "") -> list[_Rule]:  # noqa: N802, N803
        """The rules to ask; `chainName` says what they would end."""
        return self._chains[chainName]


def hasten(parser: MarkdownIt) -> None:
    """Put one rule in front of each chain of rules. The parser must not be configured any further."""
    blocks = parser.block.ruler
    names = {"", *(name for rule in blocks.__rules__ for name in rule.alt)}
    parser.block.ruler = _Chains(blocks, {name: [_first_block(blocks, name)] for name in names})
    inlines = parser.inline.ruler
    parser.inline.ruler = _Chains(inlines, {"": [_first_inline(inlines)]})
    used = "".join(_INLINE_STARTS[name] for name in inlines.get_active_rules() if name != "text")
    parser.inline.terminator_re = re.compile("[" + re.escape("".join(sorted({*used, "]"}))) + "]")
    pairs = parser.inline.ruler2
    parser.inline.ruler2 = _Chains(pairs, {"": [_pairs(pairs.getRules(""))]})


def _first_block(ruler: Ruler[RuleFuncBlockType], chain: str) -> RuleFuncBlockType:
    """The rule that stands for a whole chain of block rules."""
    names = {rule.fn: rule.name for rule in ruler.__rules__}
    every = tuple(ruler.getRules(chain))
    other = tuple(rule for rule in every if names[rule] not in _BLOCK_STARTS and names[rule] != "code")
    starts = {character for name in _BLOCK_STARTS.values() for character in name}
    by_start = {
        start: tuple(rule for rule in every if start in _BLOCK_STARTS.get(names[rule], start) and names[rule] != "code")
        for start in starts
    }

    def first(state: StateBlock, startLine: int, endLine: int, silent: bool) -> bool:  # noqa: N803
        if state.sCount[startLine] - state.blkIndent >= 4:
            rules = every
        else:
            start = state.bMarks[startLine] + state.tShift[startLine]
            rules = by_start.get(state.src[start : start + 1], other)
        for rule in rules:  # noqa: SIM110  (a generator would cost more than the rules)
            if rule(state, startLine, endLine, silent):
                return True
        return False

    return first


def _first_inline(ruler: Ruler[RuleFuncInlineType]) -> RuleFuncInlineType:
    """The rule that stands for all inline rules."""
    by_start: dict[str, list[RuleFuncInlineType]] = {"]": []}
    text = ruler.__rules__[0].fn
    for rule in ruler.__rules__:
        if rule.enabled and rule.name != "text":
            for start in _INLINE_STARTS[rule.name]:
                by_start.setdefault(start, []).append(rule.fn)

    def first(state: StateInline, silent: bool) -> bool:
        rules = by_start.get(state.src[state.pos])
        if rules is None:
            return text(state, silent)
        for rule in rules:  # noqa: SIM110
            if rule(state, silent):
                return True
        return False

    return first


def _pairs(rules: list[RuleFuncInline2Type]) -> RuleFuncInline2Type:
    """The rules that make emphasis of its marks, asked only where there are marks."""
    marked = re.compile(r"[*_~]").search

    def pairs(state: StateInline) -> None:
        if marked(state.src):
            for rule in rules:
                rule(state)

    return pairs
