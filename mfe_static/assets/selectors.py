"""Selectors: what of a list matches anything on a page, and which ids and custom elements it names.

A selector without a class, an id or an attribute of the author's own matches what others have on the page, too. What is
odd counts as the author's own: a check should be silent rather than wrong.
"""

import re
from collections.abc import Sequence

import msgspec

from mfe_static.assets.css import meant

Token = re.Match[str]
_OF_SELECTORS = frozenset({"is", "where", "has", "matches", "-webkit-any", "nth-child", "nth-last-child"})
"""Functions in which a class says whose something is; in `:not()` it says whose it is not."""
_OWN_ATTRIBUTES = ("data-", "class", "id", "fragment", "team")
"""How attributes begin that tell whose something is; the last two are those of `<mfe-island>`."""
_TRANSITIONS = "view-transition"
"""Begins pseudo-elements that are nobody's part of the page."""
_TOOL = "mfe-"
_BLANK = " \t\n\r\f"


class Selector(msgspec.Struct, frozen=True):
    """One selector of a list."""

    tokens: tuple[Token, ...]
    loose: bool
    """Whether nothing in it is the author's own."""
    ids: tuple[Token, ...]
    elements: tuple[Token, ...]
    """Names of custom elements."""


def spoken(found: Sequence[Token]) -> list[Token]:
    """The tokens without comments and white space."""
    return [token for token in found if token.lastgroup != "note" and token[0].strip(_BLANK)]


def selectors(found: Sequence[Token]) -> list[Selector]:
    """The selectors of a list."""
    lists: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += {"call": 1, "open": 1, "close": -1}.get(token.lastgroup or "", 0)
        if token[0] == "," and depth == 0:
            lists.append([])
        else:
            lists[-1].append(token)
    return [_selector(each) for each in map(spoken, lists) if each]


def scope_roots(found: Sequence[Token]) -> list[Selector]:
    """The selectors of `@scope (…) to (…)` before the `to`. `found`: what stands behind `@scope`."""
    inner: list[Token] = []
    depth = 0
    for token in found:
        depth -= token[0] == ")"
        if depth > 0:
            inner.append(token)
        elif token.lastgroup == "ident":
            break
        depth += token.lastgroup == "call" or token[0] == "("
    return selectors(inner)


def _selector(found: Sequence[Token]) -> Selector:
    own = False
    ids: list[Token] = []
    elements: list[Token] = []
    inside: list[str] = []
    """What is open: brackets, and functions by their names."""
    before = ""
    for token in found:
        kind, text = token.lastgroup, token[0]
        own = own or (before.endswith("::") and text.startswith(_TRANSITIONS))
        if kind in {"call", "open"}:
            inside.append(meant(text[:-1]).lower() or text)
        elif kind == "close":
            inside = inside[:-1]
        elif inside and inside[-1] == "[":
            counts = before == "[" and _OF_SELECTORS.issuperset(inside[:-1])
            own = own or (counts and text.lower().startswith(_OWN_ATTRIBUTES))
        elif _OF_SELECTORS.issuperset(inside):
            if kind == "hash":
                ids.append(token)
            elif kind == "ident" and not before.endswith((".", ":")) and "-" in text[1:]:
                elements += [token] * (not text.startswith(_TOOL))
            own = own or (kind == "ident" and (before.endswith(".") or (before.endswith(":") and text == "host")))
        before = text.rstrip(_BLANK)
    return Selector(tuple(found), not (own or ids or elements), tuple(ids), tuple(elements))
