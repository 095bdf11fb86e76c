"""What of a rule's expression counts where some character stands.

Of an expression with branches those that may begin with it (`Branches`); of a list of words, which are up to eight
hundred, those that do (`Words`). Characters with the same choice can share what is made of it.

Invariant: what is chosen matches where, and as far as, the whole would.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from functools import cache, cached_property
from typing import Any

from mfe_static.markdown.highlight.expressions import FOLD, Expression, beginning, characters, open_ended
from mfe_static.markdown.highlight.joining import compiled, without_groups
from mfe_static.markdown.highlight.trees import any_of, literal, row

Choice = tuple[int, ...]
"""Numbers of what counts."""
Found = re.Match[str] | None
Matcher = Callable[[str, int], Found]


class Branches:
    """An expression, and the branches that it begins with, if it does."""

    def __init__(self, whole: Expression) -> None:
        self.whole = whole
        self.possible = whole.possible
        """The characters at which it may match; see `Expression.possible`."""
        self.beginnings = tuple(_beginnings(whole.tree.data, whole.flags))
        """Where each of its branches may match."""

    def choice(self, start: int) -> Choice:
        """What counts where a character out of `start` stands."""
        return tuple(number for number, starts in enumerate(self.beginnings) if starts & start)

    def chosen(self, choice: Choice) -> Expression:
        """The expression with no more than counts."""
        if len(choice) == len(self.beginnings):
            return self.whole
        return self.whole._replace(tree=_with_branches(self.whole.tree, choice))

    def without_groups(self) -> "Branches":
        """The same without its groups."""
        found = copy(self)
        found.whole = without_groups(self.whole)
        return found

    def match(self, _choice: Choice) -> Matcher:
        """Matches it by itself: the whole, which is compiled once for all characters."""
        return self._match

    @cached_property
    def _match(self) -> Matcher:
        return compiled(self.whole).match


def _beginnings(items: list[tuple[Any, Any]], flags: int) -> Iterator[int]:
    for kind, value in items:
        match str(kind):
            case "AT" | "ASSERT" | "ASSERT_NOT":
                continue
            case "SUBPATTERN":
                yield from _beginnings(value[3].data, (flags | value[1]) & ~value[2])
            case "BRANCH":
                yield from (open_ended(*beginning(branch.data, flags)) for branch in value[1])
        return


def _with_branches(tree: Any, choice: Choice) -> Any:
    place = next(place for place, (kind, _) in enumerate(tree.data) if str(kind) in ("SUBPATTERN", "BRANCH"))
    kind, value = tree.data[place]
    if str(kind) == "SUBPATTERN":
        part = [(kind, (*value[:3], _with_branches(value[3], choice)))]
    else:
        part = _any([value[1][number] for number in choice])
    return row(tree.state, *tree.data[:place], *part, *tree.data[place + 1 :])


class Words:
    """A list of words with the same before and after each; in Pygments' tables it stands where `Source` does.

    Pygments makes an expression of them that prefers a longer word to one that it begins with. So does this.
    """

    def __init__(self, words: Iterable[str], frame: Expression) -> None:
        self.whole = frame
        """The expression with something else in the place of the words."""
        self._folds = bool(frame.flags & FOLD)
        by_first: dict[str, list[str]] = {}
        for word in words:
            by_first.setdefault(word[0], []).append(word)
        self.beginnings = [characters(ord(first), ord(first), self._folds) for first in by_first]
        """Where words of one first character may match."""
        self._words = [tuple(some) for some in by_first.values()]

    @cached_property
    def possible(self) -> int:
        """The characters with which a word may begin."""
        found = 0
        for starts in self.beginnings:
            found |= starts
        return found

    def choice(self, start: int) -> Choice:
        """What counts where a character out of `start` stands."""
        return tuple(number for number, starts in enumerate(self.beginnings) if starts & start)

    def chosen(self, choice: Choice) -> Expression:
        """The expression with no more than counts."""
        return self._with(word for number in choice for word in self._words[number])

    def without_groups(self) -> "Words":
        """The same without its groups."""
        found = copy(self)
        found.whole = without_groups(self.whole)
        return found

    def match(self, choice: Choice) -> Matcher:
        """Matches it by itself. Mostly no word stands there, and nothing is compiled before one does."""
        words = tuple(word for number in choice for word in self._words[number])
        whole = cache(lambda: compiled(self.chosen(choice)).match)
        if not self._folds:
            return lambda code, place: whole()(code, place) if code.startswith(words, place) else None
        plain = tuple(map(str.lower, words))
        longest = max(map(len, words))

        @cache
        def some(numbers: tuple[int, ...]) -> Matcher:
            return compiled(self._with([words[number] for number in numbers])).match

        @cache
        def find(start: str) -> Matcher | None:
            numbers = tuple(number for number, word in enumerate(plain) if start.startswith(word))
            return some(numbers) if numbers else None

        def match(code: str, place: int) -> Found:
            start = code[place : place + longest]
            if not start.isascii():
                return whole()(code, place)
            start = start.lower()
            if not start.startswith(plain):
                return None
            found = find(start)
            return found(code, place) if found else None

        return match

    def _with(self, words: Iterable[str]) -> Expression:
        return self.whole._replace(tree=_with_words(self.whole.tree, sorted({*words})))


def _with_words(tree: Any, words: list[str]) -> Any:
    """`tree` with `words` in the place of what stands for them."""
    part: list[Any]
    for place, (kind, value) in enumerate(tree.data):
        if str(kind) == "SUBPATTERN":
            part = [(kind, (*value[:3], _with_words(value[3], words)))]
        elif (str(kind), value) == ("LITERAL", 0):
            part = _rest(words, 0, tree.state)
        else:
            continue
        return row(tree.state, *tree.data[:place], *part, *tree.data[place + 1 :])
    return tree


def _rest(words: list[str], place: int, state: Any) -> list[Any]:
    """What matches the rest of any of these words, which are sorted and alike before `place`."""
    rows = []
    ends = len(words[0]) == place
    start = int(ends)
    while start < len(words):
        first, end = words[start], start + 1
        while end < len(words) and words[end][place] == first[place]:
            end += 1
        same, last = place + 1, words[end - 1]
        while same < len(first) and first[same] == last[same]:
            same += 1
        rest = _rest(words[start:end], same, state) if end - start > 1 else ()
        rows.append(row(state, *map(literal, first[place:same]), *rest))
        start = end
    return _any([*rows, row(state)] if ends else rows)


def _any(rows: list[Any]) -> list[Any]:
    return rows[0].data if len(rows) == 1 else [any_of(rows)]
