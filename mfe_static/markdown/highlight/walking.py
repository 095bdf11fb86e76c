"""Reading code by the states of a lexer, into runs of one class.

Where Pygments yields tokens, only the places are noted at which the class changes: most tokens are plain and follow on
plain ones.

Invariants: the runs are those of the tokens that `RegexLexer.get_tokens_unprocessed` yields, or `Strange` is raised;
a walk comes to an end.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mfe_static.markdown.highlight.rules import Token, class_of
from mfe_static.markdown.highlight.states import State

if TYPE_CHECKING:
    from pygments.lexer import Lexer

Spans = tuple[list[str], list[str]]
"""The classes of a code's spans; and its text, cut where one begins or ends: before the first, the first, between …"""


class Strange(Exception):
    """A lexer loses, repeats or changes text."""


class Endless(Exception):
    """A lexer goes round without reading on."""


def walk(  # noqa: PLR0912, PLR0915  (one loop: a call for every token would take as long as all the rest)
    code: str, states: Mapping[str, State], fresh: Callable[[], "Lexer"]
) -> Spans:
    """The spans of `code`. A rule that is a function is handed a lexer that `fresh` makes."""
    classes: list[str] = []
    cuts = [0]
    current, place, size = "", 0, len(code)
    state = states["root"]
    stack = [state]
    for _ in range(_steps(size)):
        match, meanings, tries = state[code[place] if place < size else ""]
        if match is not None and (found := match(code, place)):
            mark = found.lastindex or 0
            meaning = meanings[mark]
        else:
            mark = 0
            found, meaning = tries(code, place)
        if meaning is None:
            if place == size:
                return classes, cut(code, cuts)
            current = ""
            if code[place] == "\n":
                state = states["root"]
                stack = [state]
            place += 1
            continue
        name, parts, action, move = meaning
        if found is not None:
            after = found.end()
            if name:
                end = found.end(mark)
                if name == current:
                    cuts[-1] = end
                else:
                    classes.append(name)
                    cuts.append(place)
                    cuts.append(end)
                current = name if end == after else ""
            elif name is not None:
                current = ""
            else:
                for name, end in _by_groups(found, parts, mark) if parts else _by_tokens(found, action, mark, fresh):
                    if name == current:
                        cuts[-1] = end if name else cuts[-1]
                    elif name:
                        classes.append(name)
                        cuts.append(place)
                        cuts.append(end)
                    current = name
                    place = end
                if place != after:
                    current = ""
            place = after
        if move is not None:
            if move.__class__ is str:
                state = states[move]
                stack.append(state)
                continue
            if move == -1 and len(stack) > 1:
                stack.pop()
            else:
                _move(stack, move, states)
            state = stack[-1]
    raise Endless


def cut(code: str, cuts: list[int]) -> list[str]:
    """What lies between the cuts, and behind the last."""
    return [code[start:end] for start, end in pairwise([*cuts, len(code)])]


def _steps(size: int) -> int:
    """How many steps a walk may take: no lexer takes more than two or three a character."""
    return 8 * size + 1000


def _by_groups(found: re.Match[str], parts: tuple[tuple[int, str], ...], mark: int) -> Iterator[tuple[str, int]]:
    """The class of each group and where it ends; the groups must cover the match."""
    place = found.start()
    for group, name in parts:
        start, end = found.span(group)
        if start < end:
            if start != place:
                raise Strange
            yield name, end
            place = end
    if place != found.end(mark):
        raise Strange


def _by_tokens(found: re.Match[str], action: Any, mark: int, fresh: Callable[[], "Lexer"]) -> Iterator[tuple[str, int]]:
    """The class of each token that a function yields for a match, and where it ends; they must cover the match."""
    code, place, end = found.string, found.start(), found.end(mark)
    tokens: Iterable[Token] = action(code, place, fresh()) if action else ()
    left = _steps(end - place)
    for _, kind, text in tokens:
        left -= 1
        if left < 0:
            raise Endless
        if not code.startswith(text, place):
            raise Strange
        place += len(text)
        yield class_of(kind), place
    if place != end:
        raise Strange


def _move(stack: list[State], transition: Any, states: Mapping[str, State]) -> None:
    """Apply a lexer's transition; the lowest state is never left."""
    if isinstance(transition, int):
        del stack[max(1, len(stack) + transition) :]
        return
    for name in transition:
        if name == "#pop":
            del stack[max(1, len(stack) - 1) :]
        else:
            stack.append(stack[-1] if name == "#push" else states[name])
