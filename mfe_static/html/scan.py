"""The tags of a whole document, one after the other, with their places, as the tokenizer finds them (HTML Standard
§13.2.5): what stands in comments, declarations, CDATA and the text of `<script>` and the like is no tag.

Unlike `cut`, which meets our own HTML on the hot path and looks only for what means something, this goes through
documents of other tools, once each, and gives all of their tags. Quantifiers are possessive, so no input makes it
backtrack.
"""

import re
from typing import NamedTuple

from mfe_static.html.tags import ATTRIBUTES, TEXTS
from mfe_static.patterns import compiled

_FLAGS = re.VERBOSE | re.DOTALL | re.ASCII
_TOKEN = compiled(
    rf"""<(?:
    (?P<comment>!--)(?:-?>|.*?(?:--!?>|(?P<open>\Z)))
    |(?:[!?]|/[^a-zA-Z>])[^>]*+(?:>|(?P<unclosed>\Z))
    |/>
    |/(?P<end>[a-zA-Z][^\s/>]*+){ATTRIBUTES}>
    |(?P<tag>[a-zA-Z][^\s/>]*+){ATTRIBUTES}>
    )""",
    _FLAGS,
)
_CDATA = compiled(r"<!\[CDATA\[.*?(?:\]\]>|(?P<open>\Z))", re.DOTALL)
_ENDS = {name: compiled(rf"</(?i:{name})(?=[\s/>])", re.ASCII) for name in TEXTS} | {"plaintext": compiled(r"(?!)")}
_FOREIGN = frozenset({"svg", "math"})
"""Elements in which other rules hold: CDATA is text, `<title>` an element, and `/>` ends one (§13.2.6.5)."""


class Tag(NamedTuple):
    """A tag."""

    name: str
    """In lower case."""
    start: int
    end: int
    closes: bool = False
    text_end: int = 0
    """Of an element whose content is text: where that ends; else 0."""


class Scan(NamedTuple):
    """A document, gone through."""

    tags: list[Tag]
    hidden: list[tuple[int, int]]
    """What is neither a tag nor text to read: comments, declarations, the content of `<script>` and the like."""
    end: int
    """Where something may still be added: before what is open when the text ends."""


def scan(text: str) -> Scan:
    """Go through a document."""
    tags: list[Tag] = []
    hidden: list[tuple[int, int]] = []
    at, end, foreign = 0, len(text), 0
    while (at := text.find("<", at)) >= 0:
        found = (foreign > 0 and _CDATA.match(text, at)) or _TOKEN.match(text, at)
        if found is None:
            if not text[at + 1 : at + 2].isalpha() and text[at + 1 : at + 2] != "/":
                at += 1
                continue
            hidden.append((at, len(text)))  # a tag that the text ends in
            end = at
            break
        start, after = found.span()
        groups = found.groupdict()
        name = (groups.get("tag") or groups.get("end") or "").lower()
        if not name:
            hidden.append((start, after))
            if groups.get("open") is not None or groups.get("unclosed") is not None:
                end = start
        elif groups["end"]:
            tags.append(Tag(name, start, after, closes=True))
            foreign = max(0, foreign - (name in _FOREIGN))
        elif name in _ENDS and not (foreign > 0 and name == "title"):
            close = _ENDS[name].search(text, after)
            stop = close.start() if close else len(text)
            tags.append(Tag(name, start, after, text_end=stop))
            if name != "title":
                hidden.append((after, stop))
            end = end if close else start
            after = stop
        else:
            tags.append(Tag(name, start, after))
            foreign += name in _FOREIGN and text[after - 2] != "/"
        at = after
    return Scan(tags, hidden, end)
