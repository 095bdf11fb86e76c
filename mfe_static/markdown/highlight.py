"""Highlighting code at build time, as short classes that a style sheet colours. The only room that knows Pygments.

Pygments' lexers are lists of regular expressions, tried one after the other at every place of the code, and most
of them cannot match there because they begin with another character. What an expression can begin with is read
off the expression itself, once (`_starts`), and only those that can are tried, in the lexer's order. That halves
the time; the tokens are the same, which a test compares.

Invariants: the text of the spans is the code, character for character; a lexer that is not known, fails, or does
not come to an end yields None, never an exception; the result depends on the arguments alone, never on a clock.
"""

import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pygments.lexer import Lexer

LIMIT = 100_000
"""Characters of code in one block that are highlighted; what is longer is data, and stays plain."""
LINE_LIMIT = 5_000
"""Characters in one line: minified code gains nothing by colour, and some expressions are quadratic in it."""

_PLAIN = frozenset({"", "w", "n", "p", "err", "g", "x", "l", "esc"})
"""Short names without a span: blanks, plain names, punctuation, and what the lexer did not understand."""

_EVERY = (1 << 128) - 1
"""All ASCII characters, as a set of bits."""
_DIGITS = sum(1 << c for c in range(128) if chr(c).isdigit())
_WORD = sum(1 << c for c in range(128) if chr(c).isalnum() or c == 95)
_BLANKS = sum(1 << ord(c) for c in " \t\n\r\f\v")
_CATEGORIES = {
    "CATEGORY_DIGIT": (_DIGITS, _DIGITS),
    "CATEGORY_NOT_DIGIT": (_EVERY & ~_DIGITS, _EVERY & ~_DIGITS),
    "CATEGORY_WORD": (_WORD, _WORD),
    "CATEGORY_NOT_WORD": (_EVERY & ~_WORD, _EVERY & ~_WORD),
    "CATEGORY_SPACE": (_BLANKS | 0xF << 28, _BLANKS),
    "CATEGORY_NOT_SPACE": (_EVERY & ~_BLANKS, _EVERY & ~_BLANKS & ~(0xF << 28)),
}
"""What a category may match, and what it matches for certain, whatever the flags."""


class _Rule(NamedTuple):
    match: Callable[[str, int], re.Match[str] | None]
    action: Any
    """A token type, or a function that yields tokens; None: nothing."""
    transition: Any
    starts: int
    """The ASCII characters it may begin with."""


class _Known(NamedTuple):
    lexer: "Lexer"
    states: "Mapping[str, _State] | None"
    """None: the lexer has its own way of reading."""


class _State(dict[str, tuple[_Rule, ...]]):
    """The rules of a lexer's state that may match, by the character at hand; filled as characters come up."""

    def __init__(self, rules: Iterable[Any]) -> None:
        super().__init__()
        self._source = rules
        self._rules: tuple[_Rule, ...] = ()

    def __missing__(self, start: str) -> tuple[_Rule, ...]:
        if not self._rules:
            self._rules = tuple(
                _Rule(match, action, transition, _starts(getattr(match, "__self__", None)))
                for match, action, transition in self._source
            )
        known = start and start.isascii()
        found = tuple(rule for rule in self._rules if not known or rule.starts & 1 << ord(start))
        self[start] = found
        return found


def highlighted(code: str, language: str) -> str | None:
    """`code`, escaped, with `<span class="k">` and the like; None when it cannot be highlighted.

    The classes are Pygments' short ones. Neighbours of one class share a span; plain names, blanks and
    punctuation have none.
    """
    known = _known(language.lower())
    if known is None or len(code) > LIMIT or max(map(len, code.split("\n"))) > LINE_LIMIT:
        return None
    try:
        if known.states is None:
            return _spans(code, known.lexer.get_tokens_unprocessed(code))
        return _spans(code, _tokens(known.lexer, known.states, code))
    except Exception:  # noqa: BLE001  (a lexer is code of others that a page must survive)
        return None


def _spans(code: str, tokens: Iterable[tuple[int, Any, str]]) -> str | None:
    """The tokens as HTML; None when they are not the code, or come without end."""
    texts: list[str] = []
    out: list[str] = []
    current, start, end = "", 0, 0
    left = 4 * len(code) + 100
    for _, kind, text in tokens:
        name = _short(kind)
        if name != current:
            out.append(_span(current, code[start:end]))
            current, start = name, end
        texts.append(text)
        end += len(text)
        left -= 1
        if left < 0:
            return None
    out.append(_span(current, code[start:]))
    return "".join(out) if "".join(texts) == code else None


def _span(name: str, text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<span class="{name}">{text}</span>' if name and text else text


@cache
def _short(kind: Any) -> str:
    """The class of a token type: its own short name or its nearest ancestor's; empty when it needs none."""
    from pygments.token import STANDARD_TYPES

    while kind is not None and kind not in STANDARD_TYPES:
        kind = kind.parent
    name = STANDARD_TYPES.get(kind, "")
    return "" if name in _PLAIN else name


# -- lexers


@lru_cache(maxsize=1)
def _aliases() -> frozenset[str]:
    """The names of all languages that Pygments itself knows; plug-ins would make pages depend on the machine."""
    from pygments.lexers import get_all_lexers

    return frozenset(alias for _, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases)


@lru_cache(maxsize=256)
def _known(language: str) -> _Known | None:
    if language not in _aliases():
        return None
    from pygments.lexer import RegexLexer
    from pygments.lexers import get_lexer_by_name

    try:
        lexer = get_lexer_by_name(language)
    except Exception:  # noqa: BLE001
        return None
    if type(lexer).get_tokens_unprocessed is not RegexLexer.get_tokens_unprocessed:
        return _Known(lexer, None)
    states: Mapping[str, Any] = getattr(lexer, "_tokens", {})
    return _Known(lexer, {name: _State(rules) for name, rules in states.items()} or None)


def _tokens(lexer: "Lexer", states: Mapping[str, _State], code: str) -> Iterator[tuple[int, Any, str]]:
    """What `RegexLexer.get_tokens_unprocessed` yields, by fewer tries."""
    from pygments.token import Error, Whitespace, _TokenType

    place = 0
    stack = ["root"]
    state = states["root"]
    while True:
        start = code[place : place + 1]
        for match, action, transition, _ in state[start]:
            found = match(code, place)
            if found is None:
                continue
            if type(action) is _TokenType:
                yield place, action, found[0]
            elif action is not None:
                yield from action(lexer, found)
            place = found.end()
            if transition is not None:
                _move(stack, transition)
                state = states[stack[-1]]
            break
        else:
            if not start:
                return
            if start == "\n":
                stack = ["root"]
                state = states["root"]
            yield place, Whitespace if start == "\n" else Error, start
            place += 1


def _move(stack: list[str], transition: Any) -> None:
    """Apply a lexer's transition; the lowest state is never left."""
    if isinstance(transition, int):
        del stack[max(1, len(stack) + transition) :]
    elif isinstance(transition, tuple):
        for name in transition:
            if name == "#pop":
                del stack[max(1, len(stack) - 1) :]
            else:
                stack.append(stack[-1] if name == "#push" else name)
    else:
        stack.append(stack[-1])


# -- what an expression can begin with


def _starts(expression: object) -> int:
    """The ASCII characters that a match of `expression` may begin with: too many rather than too few."""
    return _starts_of(expression.pattern, expression.flags) if isinstance(expression, re.Pattern) else _EVERY


@cache
def _starts_of(pattern: str, flags: int) -> int:
    try:
        parsed = importlib.import_module("re._parser").parse(pattern, flags)
        starts, empty = _sequence(parsed, bool(parsed.state.flags & re.IGNORECASE))
    except Exception:  # noqa: BLE001  (the parser is Python's own and undocumented; without it all is tried)
        return _EVERY
    return _EVERY if empty else starts


def _sequence(items: Iterable[tuple[Any, Any]], fold: bool) -> tuple[int, bool]:
    """What a row of parts may begin with, and whether it may be empty."""
    starts = 0
    for kind, value in items:
        more, empty = _part(str(kind), value, fold)
        starts |= more
        if not empty:
            return starts, False
    return starts, True


def _part(kind: str, value: Any, fold: bool) -> tuple[int, bool]:
    match kind:
        case "LITERAL":
            return _characters(value, value, fold), False
        case "IN":
            return _set(value, fold), False
        case "BRANCH":
            branches = [_sequence(branch, fold) for branch in value[1]]
            return _union(starts for starts, _ in branches), any(empty for _, empty in branches)
        case "SUBPATTERN":
            return _sequence(value[3], (fold or bool(value[1] & re.IGNORECASE)))
        case "ATOMIC_GROUP":
            return _sequence(value, fold)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            starts, empty = _sequence(value[2], fold)
            return starts, empty or value[0] == 0
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return 0, True
    return _EVERY, kind not in ("ANY", "NOT_LITERAL")


def _set(parts: list[tuple[Any, Any]], fold: bool) -> int:
    negated = str(parts[0][0]) == "NEGATE"
    found = 0
    for kind, value in parts[negated:]:
        if str(kind) == "CATEGORY":
            found |= _CATEGORIES[str(value)][negated]
        else:
            low, high = (value, value) if str(kind) == "LITERAL" else value
            found |= _characters(low, high, fold and not negated)
    return _EVERY & ~found if negated else found


def _characters(low: int, high: int, fold: bool) -> int:
    """The ASCII characters from `low` to `high`; with `fold`, those that differ only in case too."""
    found = (_EVERY >> 128 - (min(high, 127) - low + 1)) << low if low < 128 else 0
    if not fold:
        return found
    if high > 127:
        return _EVERY
    for code in range(low, high + 1):
        found |= 1 << ord(chr(code).lower()) | 1 << ord(chr(code).upper())
    return found


def _union(sets: Iterable[int]) -> int:
    found = 0
    for item in sets:
        found |= item
    return found
