"""A rule of a Pygments lexer: an expression, what a match of it means, and the state that comes next."""

from collections.abc import Callable, Iterable
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from mfe_static.markdown.highlight.choices import Branches, Choice, Words
from mfe_static.markdown.highlight.expressions import UNICODE, Expression, bit, ending
from mfe_static.markdown.highlight.joining import Code, coded_expression
from mfe_static.markdown.highlight.packing import prepared
from mfe_static.markdown.highlight.sources import Source

if TYPE_CHECKING:
    from pygments.lexer import Lexer

_PLAIN = frozenset({"", "w", "n", "p", "err", "g", "x", "l", "esc"})
"""Short names without a span: blanks, plain names, punctuation, and what the lexer did not understand."""

Token = tuple[int, Any, str]
"""As lexers yield them: a place, a token type, the text."""
Meaning = tuple[str | None, tuple[tuple[int, str], ...], "Callable[[str, int, Lexer], Iterable[Token]] | None", Any]
"""What a match says: the class of all of it; else groups and the class of each; else what yields tokens for a match at
a place. And where it leads: the name of a state to enter, or a transition in Pygments' form, or None to stay.

A plain tuple because it is unpacked for every token, and named ones take longer."""


class Rule:
    """A rule of a state; compared by identity."""

    def __init__(self, match: Any, action: Any, transition: Any) -> None:
        self.written = match if isinstance(match, Words) else Branches(prepared(*_source(match)))
        self._parts: dict[Choice, tuple[Expression, Code]] = {}
        self.action, self.move = action, transition
        if isinstance(transition, tuple) and len(transition) == 1 and transition[0] not in ("#pop", "#push"):
            self.move = transition[0]
        elif transition == "#push":
            self.move = ("#push",)

    def meaning_from(self, first: int, move: Any) -> Meaning:
        """What a match means that leads to `move`, when its groups count from `first`."""
        from pygments.token import _TokenType

        if self.action is None:
            return None, (), None, move
        if type(self.action) is _TokenType:
            return class_of(self.action), (), None, move
        if self._kinds is None:
            return None, (), self._tokens, move
        parts = tuple((group, class_of(kind)) for group, kind in enumerate(self._kinds, first) if kind is not None)
        return None, parts, None, move

    @cached_property
    def meaning(self) -> Meaning:
        """What a match by itself means."""
        return self.meaning_from(1, self.move)

    def part(self, choice: Choice) -> tuple[Expression, Code]:
        """What of its expression counts, for being joined: with groups only if its meaning is said group by group."""
        if choice not in self._parts:
            chosen = self._joinable.chosen(choice)
            self._parts[choice] = chosen, coded_expression(chosen.tree, chosen.flags)
        return self._parts[choice]

    @cached_property
    def _joinable(self) -> Branches | Words:
        return self.written if self.meaning[1] else self.written.without_groups()

    @property
    def is_plain(self) -> bool:
        """Whether what it matches needs no span."""
        return self.meaning[0] == ""

    @cached_property
    def is_void(self) -> bool:
        """Whether it always matches, means nothing, and only leads elsewhere."""
        return self.action is None and not self.written.whole.tree.data

    @property
    def is_run(self) -> bool:
        """Whether it takes as many characters as there are, not one."""
        return str(self.written.whole.tree.data[0][0]) == "MAX_REPEAT"

    @cached_property
    def may_end_line(self) -> bool:
        """Whether a line may begin where its match ends: for all that is known, it may where that is empty, too."""
        ends, empty = ending(self.written.whole.tree.data, self.written.whole.flags)
        return empty or bool(ends & bit("\n"))

    @cached_property
    def _kinds(self) -> tuple[Any, ...] | None:
        """The token types that `pygments.lexer.bygroups` was given; None if it was another, or given other things."""
        from pygments.lexer import bygroups
        from pygments.token import _TokenType

        by_groups: Any = bygroups
        if getattr(self.action, "__code__", None) is not by_groups().__code__:
            return None
        kinds: tuple[Any, ...] = self.action.__closure__[0].cell_contents
        return kinds if all(kind is None or type(kind) is _TokenType for kind in kinds) else None

    def _tokens(self, code: str, place: int, lexer: "Lexer") -> Iterable[Token]:
        match = self.written.match(self.written.choice(bit(code[place : place + 1])))
        tokens: Iterable[Token] = self.action(lexer, match(code, place))
        return tokens


def _source(match: Any) -> Source:
    """Of Pygments' own making are expressions for rules that match nothing."""
    return match if isinstance(match, Source) else Source(match.__self__.pattern, match.__self__.flags & ~UNICODE)


@cache
def class_of(kind: Any) -> str:
    """The class of a token type: its own short name or its nearest ancestor's; empty when it needs none."""
    from pygments.token import STANDARD_TYPES

    while kind is not None and kind not in STANDARD_TYPES:
        kind = kind.parent
    name = STANDARD_TYPES.get(kind, "")
    return "" if name in _PLAIN else name
