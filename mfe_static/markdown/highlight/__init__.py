"""Highlighting code at build time, as short classes that a style sheet colours. The only room that knows Pygments.

Pygments' lexers are lists of regular expressions, tried one after the other at every place of the code. The rules are
theirs; the walk is ours, because it takes less than half the time. A lexer that has its own way of reading keeps it,
and so does code with which ours cannot be sure to do the same.

`expressions` reads off a regular expression what it can match, `joining` makes one of many, `states` holds a lexer's
rules, `walking` reads code by them.

Invariants: the text of the spans is the code, character for character; the spans are those that Pygments' own tokens
give; a lexer that is not known, fails, or does not come to an end yields None; the result depends on the arguments
alone, not on a clock (`TooSlow` passes through) and not on what was highlighted before.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from mfe_static.limits import TooSlow
from mfe_static.markdown.highlight.states import PATIENCE, Source, State, Token, class_of
from mfe_static.markdown.highlight.walking import Endless, Runs, Strange, walk

if TYPE_CHECKING:
    from pygments.lexer import Lexer

LIMIT = 100_000
"""Characters of code in one block that are highlighted; what is longer is data, and stays plain."""
LINE_LIMIT = 5_000
"""Characters in one line: minified code gains nothing by colour, and some expressions are quadratic in it."""


class _Known(NamedTuple):
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
        known = _known(language.lower())
        return _html(code, _runs(code, known)) if known else None
    except TooSlow:
        raise
    except Exception:  # noqa: BLE001  (a lexer is code of others that a page must survive)
        return None


def _html(code: str, runs: Runs) -> str:
    classes, texts = runs
    texts = list(map(_escaped, texts)) if "\0" in code else _escaped("\0".join(texts)).split("\0")
    pairs = zip(classes, texts, strict=True)
    return "".join([f'<span class="{name}">{text}</span>' if name and text else text for name, text in pairs])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _runs(code: str, known: _Known) -> Runs:
    if known.states is not None:
        try:
            return walk(code, known.states, known.fresh)
        except (Endless, TooSlow):
            raise
        except Exception:  # noqa: BLE001, S110  (the lexer's own way decides what becomes of it)
            pass
    return _own_runs(code, known.fresh().get_tokens_unprocessed(code))


def _own_runs(code: str, tokens: Iterable[Token]) -> Runs:
    """The runs of what a lexer yields; they must be the code, and come to an end."""
    classes, texts = [""], []
    current, start, end = "", 0, 0
    read: list[str] = []
    left = 4 * len(code) + 100
    for _, kind, text in tokens:
        name = class_of(kind)
        if name != current:
            classes.append(name)
            texts.append(code[start:end])
            current, start = name, end
        read.append(text)
        end += len(text)
        left -= 1
        if left < 0:
            raise Endless
    if "".join(read) != code:
        raise Strange
    return classes, [*texts, code[start:]]


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
    from pygments.lexers import find_lexer_class_by_name

    lexer: Any = find_lexer_class_by_name(language)
    if lexer.get_tokens_unprocessed is not RegexLexer.get_tokens_unprocessed:
        return _Known(lexer, None)
    try:
        return _Known(lexer, _states(lexer))
    except TooSlow:
        raise
    except Exception:  # noqa: BLE001  (the tables' form is Pygments' own and may change)
        return _Known(lexer, None)


def _states(lexer: Any, patience: int = PATIENCE) -> dict[str, State]:
    """The states of a lexer class, read from one with the same rules that keeps Pygments from compiling them all."""

    def source(_lexer: Any, regex: Any, flags: int, _state: str) -> Source:
        return Source(regex if isinstance(regex, str) else regex.get(), int(flags))

    twin = type(lexer)(lexer.__name__, (lexer,), {"_process_regex": classmethod(source)})
    states: dict[str, State] = {}
    states.update((name, State(rules, states, patience)) for name, rules in twin()._tokens.items())
    return states
