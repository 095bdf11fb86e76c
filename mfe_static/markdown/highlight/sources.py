"""What the rules of a lexer are written as, and how little of it must be read.

Taking expressions apart is most of what a process pays before it has read its first code. So lists of words are not
made expressions (`choices.Words`), and sets lose the letters of all scripts where the code is ASCII
(`without_scripts`).

Invariant: what is left matches where, and as far as, the whole would in such code.
"""

import re
from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

from mfe_static.markdown.highlight.choices import Words
from mfe_static.markdown.highlight.expressions import FOLD, parsed
from mfe_static.patterns import compiled

_MEMBER = r"(?:[\x00-,.-Z^-\x7f]|\\[!-/:-@[-`{-~])"
_HIGH = compiled(r"[^\x00-\x7f](?:-[^\x00-\x7f])?")
_SET = compiled(rf"(?<!\\)\[(?!\^)((?:{_HIGH.pattern}(?!-(?!\]))|{_MEMBER}(?:-{_MEMBER})?(?!-(?!\])))+-?)\]")
"""A set in which no sign has another meaning, with ranges that begin and end on the same side of ASCII."""
_HARD = compiled(r"\(\?(?:#|[a-zA-Z-]*[ix])")
"""What changes how letters match, or how signs are read."""
_ALTERNATIVES = compiled(r"((?:\\b|\(\?<![^()|]*\))?)\((\w+(?:\|\w+){3,})\)(\\b.*)", re.DOTALL)
"""Words, and where they begin and end."""


class Source(NamedTuple):
    """An expression that is not compiled. It stands in Pygments' tables where the method `match` of one would stand."""

    pattern: str
    flags: int


def source(regex: Any, flags: int) -> Source | Words:
    """What a rule is written as: `regex` is a string, or a list of words of Pygments' kind."""
    if isinstance(regex, str):
        parts = _ALTERNATIVES.fullmatch(regex)
        return (parts and _words(parts[2].split("|"), parts[1], parts[3], flags)) or Source(regex, flags)
    from pygments.lexer import words

    found = _words(regex.words, regex.prefix, regex.suffix, flags, by_length=True) if type(regex) is words else None
    return found or Source(regex.get(), flags)


def _words(words: Collection[str], prefix: str, suffix: str, flags: int, *, by_length: bool = False) -> Words | None:
    """None where it is not sure that some of these words do as all would.

    They do if nothing is read before them, so that their first character is the one at hand; and if no more than one
    can match, or a longer one goes before one that it begins with. So does an expression that Pygments makes of words
    (`by_length`), unless they differ in case.
    """
    text = "".join(words)
    frame = parsed(f"{prefix}(\0){suffix}", flags)
    only_one = suffix.startswith(r"\b") and text.isascii() and text.replace("_", "").isalnum()
    one_case = not frame.flags & FOLD or (text.isascii() and text in (text.lower(), text.upper()))
    if not (only_one or (by_length and one_case)) or not all(words) or "\n" in text or frame.refers:
        return None
    for kind, value in frame.tree.data:
        if str(kind) not in ("AT", "ASSERT", "ASSERT_NOT"):
            inner = value[3].data if str(kind) == "SUBPATTERN" else []
            return Words(words, frame) if [(str(kind), value) for kind, value in inner] == [("LITERAL", 0)] else None
    return None


@cache
def without_scripts(source: Source) -> Source:
    """The same for code that is ASCII: sets lose what else they name, of which some have six hundred ranges."""
    if source.pattern.isascii() or source.flags & (FOLD | re.VERBOSE) or _HARD.search(source.pattern):
        return source
    return source._replace(pattern=_SET.sub(_ascii_set, source.pattern))


def _ascii_set(found: re.Match[str]) -> str:
    members = _HIGH.sub("", found[1])
    return f"[{members}]" if members and members[0] != "^" else found[0]
