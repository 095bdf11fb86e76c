"""The states of a Pygments lexer, made for being asked once a token.

A state is a list of rules: an expression, what a match of it means, and the state that comes next. Which rules can
match is sorted by the character at hand, when a state meets that character for the first time. They are then tried one
by one, as Pygments does; when a character has come up often enough to pay for it, they are joined to one expression.
A language that a site uses twice costs little, and one that it uses always is read by one match a token.

Invariant: what a state answers does not depend on how often it was asked; only the time does.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from mfe_static.limits import TooSlow
from mfe_static.markdown.highlight.expressions import UNICODE, bit
from mfe_static.markdown.highlight.joining import compiled, joined, narrowed, prepared, tail

if TYPE_CHECKING:
    from pygments.lexer import Lexer

PATIENCE = 200
"""How often rules are tried one by one before they are joined, which costs about as much as was lost by then."""

_PLAIN = frozenset({"", "w", "n", "p", "err", "g", "x", "l", "esc"})
"""Short names without a span: blanks, plain names, punctuation, and what the lexer did not understand."""

_OTHER = "\x80"
"""Stands for all characters that are not ASCII; each by itself would be too many."""

Token = tuple[int, Any, str]
"""As lexers yield them: a place, a token type, the text."""
Found = re.Match[str] | None
Matcher = Callable[[str, int], Found]

# The two that follow are plain tuples because they are unpacked for every token, and named ones take longer.

Meaning = tuple[str | None, tuple[tuple[int, str], ...], "Callable[[str, int, Lexer], Iterable[Token]] | None", Any]
"""What a match says: the class of all of it; else groups and the class of each; else what yields tokens for a match at
a place. And where it leads: the name of a state to enter, or a transition in Pygments' form, or None to stay."""

Cell = tuple[Matcher | None, tuple[Meaning | None, ...], Callable[[str, int], tuple[Found, Meaning | None]]]
"""What to do at a character: a joined expression, and its meanings by the group that closed last; or, when that is
None, what finds a match and its meaning, a meaning without a match, or neither."""


class Source(NamedTuple):
    """An expression that is not compiled. It stands in Pygments' tables where the method `match` of one would stand."""

    pattern: str
    flags: int


class State(dict[str, Cell]):
    """What to do by the character at hand; it is empty at the end of the text. Filled as characters come up."""

    def __init__(self, rules: Iterable[Any], states: "Mapping[str, State]", patience: int) -> None:
        super().__init__()
        self._source = rules
        self._states = states
        self._patience = patience

    def __missing__(self, character: str) -> Cell:
        if character > _OTHER:
            return self[_OTHER]
        rules = self._possible(character)
        if not rules:
            self[character] = None, (), lambda _code, _place: (None, None)
        elif rules[0].is_void:
            move = None, rules[0].meaning
            self[character] = None, (), lambda _code, _place: move
        else:
            self[character] = None, (), _Tries(self, character, rules, self._patience)
        return self[character]

    def join(self, character: str) -> None:
        """From now on, do with one match what is tried at `character`; where that cannot be, all stays as it is."""
        rules = self._possible(character)
        try:
            pattern, marks = joined([(narrowed(rule.expression, character), self._after(rule)) for rule in rules])
        except TooSlow:
            raise
        except Exception:  # noqa: BLE001  (the inner form of expressions is Python's own and may change)
            return
        meanings: list[Meaning | None] = [None] * (pattern.groups + 1)
        for mark, rule in zip(marks, rules, strict=True):
            meanings[mark] = rule.meaning_from(mark - rule.expression.groups)
        self[character] = pattern.match, tuple(meanings), self[character][2]

    @cached_property
    def _rules(self) -> tuple["_Rule", ...]:
        return tuple(_Rule(*rule) for rule in self._source)

    def _possible(self, character: str) -> list["_Rule"]:
        start = bit(character)
        return [rule for rule in self._rules if rule.expression.possible & start]

    def _after(self, rule: "_Rule") -> list[Any]:
        """What a match of `rule` may take along of what follows it."""
        state = self if rule.move is None else self._states.get(rule.move) if isinstance(rule.move, str) else None
        return state._tail if state else []

    @cached_property
    def _tail(self) -> list[Any]:
        within = [rule for rule in self._rules if not rule.expression.anchored]
        found: dict[_Rule, int] = {}
        for start in (1 << code for code in range(128)):
            first = next((rule for rule in within if rule.expression.possible & start), None)
            if first and first.is_plain and first.expression.certain & start:
                found[first] = found.get(first, 0) | start
        return tail([(rule.expression, starts) for rule, starts in found.items()])


class _Tries:
    """Rules that are tried one after the other, and joined in the end."""

    def __init__(self, state: State, character: str, rules: list["_Rule"], patience: int) -> None:
        self._state, self._character, self._rules, self._left = state, character, rules, patience

    def __call__(self, code: str, place: int) -> tuple[Found, Meaning | None]:
        if self._left == 0:
            self._state.join(self._character)
        self._left -= 1
        for rule in self._rules:
            if found := rule.match(code, place):
                return found, rule.meaning
        return None, None


class _Rule:
    """A rule of a state; compared by identity."""

    def __init__(self, match: Any, action: Any, transition: Any) -> None:
        source = match if isinstance(match, Source) else Source(match.__self__.pattern, match.__self__.flags & ~UNICODE)
        self.expression = prepared(*source)
        self.is_void = not source.pattern and action is None
        self.action, self.move = action, transition
        if isinstance(transition, tuple) and len(transition) == 1 and transition[0] not in ("#pop", "#push"):
            self.move = transition[0]
        elif transition == "#push":
            self.move = ("#push",)

    @cached_property
    def match(self) -> Matcher:
        """Matches this rule's expression by itself."""
        return compiled(self.expression).match

    @cached_property
    def meaning(self) -> Meaning:
        """What a match by itself means."""
        return self.meaning_from(1)

    def meaning_from(self, first: int) -> Meaning:
        """What a match means when the expression's groups count from `first`."""
        from pygments.token import _TokenType

        if self.action is None:
            return None, (), None, self.move
        if type(self.action) is _TokenType:
            return class_of(self.action), (), None, self.move
        kinds = _kinds_by_group(self.action)
        if kinds is None:
            return None, (), lambda code, place, lexer: self.action(lexer, self.match(code, place)), self.move
        parts = tuple((group, class_of(kind)) for group, kind in enumerate(kinds, first) if kind is not None)
        return None, parts, None, self.move

    @property
    def is_plain(self) -> bool:
        """Whether what it matches needs no span, and the state stays."""
        return self.move is None and self.meaning[0] == ""


def _kinds_by_group(action: Any) -> tuple[Any, ...] | None:
    """The token types that `pygments.lexer.bygroups` was given; None if it was another, or was given something else."""
    from pygments.lexer import bygroups
    from pygments.token import _TokenType

    by_groups: Any = bygroups
    if getattr(action, "__code__", None) is not by_groups().__code__:
        return None
    kinds: tuple[Any, ...] = action.__closure__[0].cell_contents
    return kinds if all(kind is None or type(kind) is _TokenType for kind in kinds) else None


@cache
def class_of(kind: Any) -> str:
    """The class of a token type: its own short name or its nearest ancestor's; empty when it needs none."""
    from pygments.token import STANDARD_TYPES

    while kind is not None and kind not in STANDARD_TYPES:
        kind = kind.parent
    name = STANDARD_TYPES.get(kind, "")
    return "" if name in _PLAIN else name
