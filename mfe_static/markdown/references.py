"""Links by reference, for `alike`: they and their definitions are taken out where both parsers see the same."""

import re

from mfe_static.markdown.indents import EDGE
from mfe_static.patterns import compiled

_LABEL = r"""[\w`$.(*'"/{}|,+=#@?%;:-]"""
_DEFINITION = rf"""\n\[({_LABEL}+(?: {_LABEL}+)*+)\]: [\w./#?=:@%+,;!$~*-]+(?: "[^"'\n&<\\]*")?(?=\n|\Z)"""
_DEFINITIONS = compiled(rf"\n(?:{_DEFINITION})++(?=\n\n|\n?\Z)", re.ASCII).sub
_LABELS = compiled(_DEFINITION, re.ASCII).findall
_REFERENCES = compiled(r"!?\[([^][\n]*)\](?:\[([^][\n]*)\])?+(?![(:])").sub
_MEANINGS = frozenset("x")
"""Labels that mean something else, too: check boxes."""


def without_references(rest: str) -> tuple[str, int] | None:
    """The text without definitions of links and the links by reference to them, and how many these were."""
    labels: set[str] = set()

    def define(found: re.Match[str]) -> str:
        labels.update([label.lower() for label in _LABELS(found[0])])
        return f"\n\n{EDGE}"

    rest = _DEFINITIONS(define, rest)
    if not labels.isdisjoint(_MEANINGS):
        return None
    links = 0
    doubtful = False

    def refer(found: re.Match[str]) -> str:
        nonlocal links, doubtful
        if (found[2] or found[1]).lower() not in labels:
            doubtful = doubtful or bool(found[2])
            return found[0]
        doubtful = doubtful or found[0].startswith("!") or rest.startswith("[", found.end())
        links += 1
        return EDGE + found[1] + EDGE

    rest = _REFERENCES(refer, rest)
    return None if doubtful else (rest, links)
