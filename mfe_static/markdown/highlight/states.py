"""The states of a Pygments lexer, made for being asked once a token.

A state is a list of rules. Which of them can match is sorted by the character at hand, when a state meets that
character for the first time. They are then tried one by one, as Pygments does; when that has been done often enough to
pay for it, they are joined to one expression. Characters at which the same can match share all of this.
A language that a site uses twice costs little, and one that it uses always is read by one match a token.

Invariant: what a state answers does not depend on how often it was asked; only the time does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from mfe_static.limits import TooSlow
from mfe_static.markdown.highlight.choices import Choice, Found, Matcher
from mfe_static.markdown.highlight.expressions import EVERY, bit
from mfe_static.markdown.highlight.joining import Branch, Code, coded, joined
from mfe_static.markdown.highlight.rules import Meaning, Rule
from mfe_static.markdown.highlight.tails import Sure, sure, tail, unless, until

PATIENCE = 30
"""How often rules are tried one by one before they are joined, which costs about as much as was lost by then."""

_OTHER = "\x80"
"""Stands for all characters that are not ASCII; each by itself would be too many."""

Tries = Callable[[str, int], tuple[Found, Meaning | None]]
"""Finds a match at a place and its meaning, or a meaning without a match, or neither."""

Cell = tuple[Matcher | None, Sequence[Meaning | None], Tries]
"""What to do at a character: a joined expression, and its meanings by the group that closed last. Where that is None,
or does not match, what else finds something. A plain tuple, as `Meaning` is."""

Rules = tuple[tuple[Rule, Choice], ...]
"""Those that can match at some characters, with what of them counts there."""


class State(dict[str, Cell]):
    """What to do by the character at hand; it is empty at the end of the text. Filled as characters come up."""

    def __init__(self, rules: Iterable[Any], states: "Mapping[str, State]", universe: int, patience: int) -> None:
        super().__init__()
        self._universe = universe
        self._source = rules
        self._states = states
        self._patience = patience
        self._tried: dict[Rules, _Tried] = {}
        self._known_ways: dict[tuple[Any, bool], list[tuple[Code, Any]]] = {}

    def __missing__(self, character: str) -> Cell:
        if character > _OTHER:
            return self[_OTHER]
        start = bit(character)
        possible = self._possible(start)
        if possible and possible[0].is_void:
            self[character] = None, (), _always((None, possible[0].meaning))
        else:
            rules = tuple((rule, rule.written.choice(start)) for rule in possible)
            tried = self._tried.get(rules) or self._tried.setdefault(rules, _Tried(self, rules, self._patience))
            self[character] = tried.add(character)
        return self[character]

    def join(self, rules: Rules) -> Cell | None:
        """What finds with one match what `rules` find with many; None where that cannot be."""
        try:
            ways = [self._ways(rule) for rule, _ in rules]
            branches = [
                Branch(*rule.part(choice), [way for way, _ in some])
                for (rule, choice), some in zip(rules, ways, strict=True)
            ]
            pattern, numbers = joined(branches)
        except TooSlow:
            raise
        except Exception:  # noqa: BLE001  (the inner form of expressions is Python's own and may change)
            return None
        meanings: list[Meaning | None] = [None] * (pattern.groups + 1)
        for (rule, _), some, (first, marks) in zip(rules, ways, numbers, strict=True):
            for mark, (_, move) in zip(marks, some, strict=True):
                meanings[mark] = rule.meaning_from(first, move)
        return pattern.match, meanings, _always((None, None))

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        return tuple(Rule(*rule) for rule in self._source)

    def _possible(self, start: int) -> list[Rule]:
        return [rule for rule in self._rules if rule.written.possible & start]

    def _ways(self, rule: Rule) -> list[tuple[Code, Any]]:
        """What a match of `rule` may take along of what follows it, and where that leads."""
        key = rule.move, rule.may_end_line
        if key not in self._known_ways:
            self._known_ways[key] = [(coded(parts), move) for parts, move in self._trees_of_ways(*key)]
        return self._known_ways[key]

    def _trees_of_ways(self, move: Any, at_line: bool) -> list[tuple[list[Any], Any]]:
        if move is None:
            return [(self._tail[at_line], None)]
        state = self._states.get(move) if isinstance(move, str) else None
        if state is None:
            return [([], move)]
        if not state._left_at:
            return [(state._tail[at_line], move)]
        return [([*self._through(state, at_line), *self._tail[True]], None), ([], move)]

    def _through(self, state: "State", at_line: bool) -> list[Any]:
        """What leads through `state` and straight back.

        After most that is written in JavaScript an expression may stand in slashes, and hardly ever does.
        """
        return [*tail(state._sure, at_line=at_line), until(state._left_at)]

    @cached_property
    def _left_at(self) -> int:
        """The characters at which this state is left for the one before it, and nothing else is done."""
        before = 0
        for rule in self._rules:
            if rule.is_void:
                return EVERY & ~before if rule.move == -1 else 0
            before |= rule.written.possible
        return 0

    @cached_property
    def _tail(self) -> tuple[list[Any], list[Any]]:
        """What a match may take along that leads here: where no line begins, and where one may."""
        passing = [
            (starts, [*unless(following), *self._through(state, at_line=False)])
            for (rule, following), starts in self._sure.starts.items()
            if (state := self._states.get(rule.move)) and state._left_at and not rule.is_run
        ]
        return tail(self._sure, passing, at_line=False), tail(self._sure, passing, at_line=True)

    @cached_property
    def _sure(self) -> Sure:
        return sure(self._rules, self._universe)


class _Tried:
    """Rules that are tried one after the other, and joined in the end."""

    def __init__(self, state: State, rules: Rules, patience: int) -> None:
        self._state, self._rules, self._left = state, rules, patience
        self._ready: list[tuple[Matcher, Meaning]] = []
        self._rest = iter(rules)
        self._characters: list[str] = []
        self._cell: Cell = None, (), self._try

    def add(self, character: str) -> Cell:
        """What to do at `character`, too."""
        self._characters.append(character)
        return self._cell

    def _try(self, code: str, place: int) -> tuple[Found, Meaning | None]:
        if self._left == 0 and (cell := self._state.join(self._rules)):
            self._cell = cell
            self._state.update(dict.fromkeys(self._characters, cell))
        self._left -= 1
        for match, meaning in self._ready:
            if found := match(code, place):
                return found, meaning
        for rule, choice in self._rest:
            match = rule.written.match(choice)
            self._ready.append((match, rule.meaning))
            if found := match(code, place):
                return found, rule.meaning
        return None, None


def _always(answer: tuple[Found, Meaning | None]) -> Tries:
    return lambda _code, _place: answer
