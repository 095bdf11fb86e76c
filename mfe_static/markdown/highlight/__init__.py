"""Highlighting code at build time, as short classes that a style sheet colours. The only room that knows Pygments.

Pygments' lexers are lists of regular expressions, tried one after the other at every place of the code. The rules are
theirs; the walk is ours, because it takes less than half the time. A lexer that has its own way of reading keeps it,
and so does code with which ours cannot be sure to do the same.

`sources` and `packing` say how little of a lexer's expressions must be read, `expressions` reads off one what it can
match, `choices` what of it counts at a character; `rules` says what a match means, `tails` what it takes along;
`joining` makes one expression of many, `states` holds a lexer's rules, `walking` reads code by them.

Invariants: the text of the spans is the code, character for character; the spans are those that Pygments' own tokens
give; a lexer that is not known, fails, or does not come to an end yields None; the result depends on the arguments
alone, not on a clock (`TooSlow` passes through) and not on what was highlighted before.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from mfe_static.limits import TooSlow
from mfe_static.markdown.highlight.choices import Words
from mfe_static.markdown.highlight.expressions import EVERY, OTHER
from mfe_static.markdown.highlight.rules import Token, class_of
from mfe_static.markdown.highlight.sources import Source, source, without_scripts
from mfe_static.markdown.highlight.states import PATIENCE, State
from mfe_static.markdown.highlight.walking import Endless, Spans, Strange, cut, walk

if TYPE_CHECKING:
    from pygments.lexer import Lexer

LIMIT = 100_000
"""Characters of code in one block that are highlighted; what is longer is data, and stays plain."""
LINE_LIMIT = 5_000
"""Characters in one line: minified code gains nothing by colour, and some expressions are quadratic in it."""


class _Known(msgspec.Struct, frozen=True):
    fresh: "Callable[[], Lexer]"
    """Makes a lexer. A lexer may remember what it has read, so each is used for one code."""
    states: Mapping[str, State] | None
    """None: the lexer has its own way of reading."""


def highlighted(code: str, language: str) -> str | None:
    """`code`, escaped, with `<span class="k">` and the like; None when it cannot be highlighted.

    The classes are Pygments' short ones. Neighbours of one class share a span; plain names, blanks and
    punctuation have none.
    """
    if len(code) > LIMIT or max(map(len, code.split("\n"))) > LINE_LIMIT:
        return None
    try:
        known = _known(language.lower(), code.isascii())
        return _html(code, _spans(code, known)) if known else None
    except TooSlow:
        raise
    except Exception:  # noqa: BLE001  (a lexer is code of others that a page must survive)
        return None


def _html(code: str, spans: Spans) -> str:
    classes, texts = spans
    texts = list(map(_escaped, texts)) if "\0" in code else _escaped("\0".join(texts)).split("\0")
    pieces = zip(texts[::2], classes, texts[1::2], strict=False)
    whole = [f'{plain}<span class="{name}">{text}</span>' if text else plain for plain, name, text in pieces]
    return "".join([*whole, texts[-1]])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _spans(code: str, known: _Known) -> Spans:
    if known.states is not None:
        try:
            return walk(code, known.states, known.fresh)
        except (Endless, TooSlow):
            raise
        except Exception:  # noqa: BLE001, S110  (the lexer's own way decides what becomes of it)
            pass
    return _own_spans(code, known.fresh().get_tokens_unprocessed(code))


def _own_spans(code: str, tokens: Iterable[Token]) -> Spans:
    """The spans of what a lexer yields; its tokens must be the code, and come to an end."""
    most = 4 * len(code) + 100
    read = list(islice(tokens, most))
    if len(read) == most:
        raise Endless
    if "".join([text for _, _, text in read]) != code:
        raise Strange
    classes: list[str] = []
    cuts = [0]
    current, place = "", 0
    for _, kind, text in read:
        name = class_of(kind)
        if name != current:
            if current:
                cuts.append(place)
            if name:
                classes.append(name)
                cuts.append(place)
            current = name
        place += len(text)
    if current:
        cuts.append(place)
    return classes, cut(code, cuts)


# -- lexers


@lru_cache(maxsize=1)
def _aliases() -> frozenset[str]:
    """The names of all languages that Pygments itself knows; plug-ins would make pages depend on the machine."""
    from pygments.lexers import get_all_lexers

    return frozenset(alias for _, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases)


@lru_cache(maxsize=256)
def _known(language: str, is_ascii: bool) -> _Known | None:
    if language not in _aliases():
        return None
    from pygments.lexer import RegexLexer
    from pygments.lexers import find_lexer_class_by_name

    lexer: Any = find_lexer_class_by_name(language)
    if lexer.get_tokens_unprocessed is not RegexLexer.get_tokens_unprocessed:
        return _Known(lexer, None)
    try:
        return _Known(lexer, _states(lexer, is_ascii))
    except TooSlow:
        raise
    except Exception:  # noqa: BLE001  (the tables' form is Pygments' own and may change)
        return _Known(lexer, None)


def _states(lexer: Any, is_ascii: bool, patience: int = PATIENCE) -> dict[str, State]:
    """The states of a lexer class, read from one with the same rules that keeps Pygments from compiling them all."""

    def read(_lexer: Any, regex: Any, flags: int, _state: str) -> Source | Words:
        found = source(regex, int(flags))
        return without_scripts(found) if is_ascii and isinstance(found, Source) else found

    twin = type(lexer)(lexer.__name__, (lexer,), {"_process_regex": classmethod(read)})
    universe = EVERY & ~OTHER if is_ascii else EVERY
    states: dict[str, State] = {}
    states.update((name, State(rules, states, universe, patience)) for name, rules in twin()._tokens.items())
    return states
