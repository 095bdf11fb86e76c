"""Ids of headings, as GitHub makes them, so that links into a document work here as they do there.

The rule is GitHub's own (html-pipeline, table of contents filter): lower case; every character goes that is
neither a letter, mark, digit, letter-like number or connector (Unicode L, M, Nd, Nl, Pc) nor `-` nor a blank;
blanks become `-`; the second of its kind gets `-1`. Two additions: an id is never empty, and never begins with
`mfe-`, which belongs to themes and footnotes.
"""

import unicodedata
from collections.abc import Iterable

from mfe_static.patterns import pattern

_DROPPED_ASCII = r"[^a-z0-9_-]"
_KEPT = frozenset(["Nd", "Nl", "Pc", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me"])


def slug(text: str) -> str:
    """The id that GitHub gives a heading of this text, were it the only one; may be empty."""
    name = text.lower().replace(" ", "-")
    if not name.isascii():
        return "".join([c for c in name if c == "-" or unicodedata.category(c) in _KEPT])
    return name if name.replace("-", "").isalnum() else pattern(_DROPPED_ASCII).sub("", name)


def own(name: str) -> str:
    """An id as an author may have it: what is reserved gets a prefix, what is empty a name."""
    if name.startswith("mfe-"):
        return "h-" + name
    return name or "section"


class Ids:
    """Gives out ids in the order of the document, each once."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._seen = {own(name): 0 for name in taken}

    def take(self, text: str) -> str:
        """An id for a heading of this text that nothing else has."""
        return self.once(slug(text))

    def once(self, name: str) -> str:
        """The same for one that has this slug."""
        base = name = own(name)
        seen = self._seen
        while name in seen:
            seen[base] += 1
            name = f"{base}-{seen[base]}"
        seen[name] = 0
        return name
