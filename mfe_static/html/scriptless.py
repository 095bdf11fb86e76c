"""What of a document is not there, or leads nowhere, where no script runs.

Only what a document says itself is known: what is hidden, empty, or has no target. What a style sheet hides is not
seen. `<noscript>` is content here; `<template>` is none, but for shadow trees, which the parser makes.
"""

import re
from collections.abc import Mapping
from html import unescape
from typing import Literal, NamedTuple

from mfe_static.html.scan import Tag, scan
from mfe_static.html.tags import attributes
from mfe_static.patterns import compiled

Kind = Literal["link", "button", "form", "hidden", "dialog", "popover", "island", "app", "element"]
_NOTE = compiled(r"<!--.*?(?:--!?>|\Z)|<[!?][^>]*+>", re.DOTALL)
_SHOWN = frozenset("audio button embed iframe img input object picture select svg textarea video".split())
"""Elements that are something without text in them."""
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_NOWHERE = frozenset({"#", "#!", "#0"})


class Missing(NamedTuple):
    """Something that is not there without script."""

    kind: Kind
    start: int
    """Where its tag begins in the document."""
    tag: str
    name: str
    """Its element."""


class _Open:
    """An element that is open."""

    def __init__(self, tag: Tag, text: str, given: Mapping[str, str], kind: Kind | None, silent: bool) -> None:
        self.name, self.start, self.text, self.given = tag.name, tag.start, text, given
        self.kind = kind
        """What is to be said of it at its end, if it is so."""
        self.silent = silent
        """Whether nothing is said of what is in it."""
        self.filled = self.beyond = self.sends = False
        """Whether it holds anything; anything but headings; a button with an address of its own."""


def missing(html: str, app: str = "") -> list[Missing]:
    """All of it, as it stands in the document. `app`: what the island of the page's app is called."""
    return sorted(_Look(html, app).found, key=lambda its: its.start)


class _Look:
    """One pass over a document."""

    def __init__(self, html: str, app: str) -> None:
        self._html, self._app = html, app
        self.found: list[Missing] = []
        self._open: list[_Open] = []
        tags = scan(html).tags
        self._given = {tag.start: _given(html, tag) for tag in tags if not tag.closes}
        shown = [(tag, self._given[tag.start]) for tag in tags if not tag.closes]
        self._opened = {its[key] for _, its in shown for key in ("popovertarget", "commandfor") if key in its}
        """Ids of what a button opens by itself."""
        self._forms = {its["id"] for tag, its in shown if tag.name == "form" and "id" in its}
        done = 0
        for tag in tags:
            self._text(html[done : tag.start])
            self._end(tag) if tag.closes else self._begin(tag)
            done = tag.text_end or tag.end
            if tag.text_end and tag.name in {"textarea", "title"}:
                self._text(html[tag.end : done])
        while self._open:
            self._close()

    def _text(self, text: str) -> None:
        if self._open and text.strip() and _NOTE.sub("", text).strip():
            self._fill()

    def _fill(self) -> None:
        self._open[-1].filled = True
        self._open[-1].beyond = self._open[-1].beyond or self._open[-1].name not in _HEADINGS

    def _begin(self, tag: Tag) -> None:
        given, text = self._given[tag.start], self._html[tag.start : tag.end]
        silent = bool(self._open) and self._open[-1].silent
        if self._open and tag.name in _SHOWN:
            self._fill()
        kind = None if silent else self._kind(tag.name, given)
        closes_here = tag.name in _VOID or (text.endswith("/>") and any(its.name == "svg" for its in self._open))
        if kind in {"link", "button"}:
            self._say(kind, tag.start, text, tag.name)
            kind = None
        if closes_here:
            return
        silent = silent or kind in {"hidden", "dialog", "popover"} or tag.name == "noscript"
        silent = silent or (tag.name == "template" and "shadowrootmode" not in given)
        self._open.append(_Open(tag, text, given, kind, silent))

    def _kind(self, name: str, given: Mapping[str, str]) -> Kind | None:
        """What may be said of an element."""
        if name == "dialog" and "open" not in given:
            return None if given.get("id") in self._opened else "dialog"
        if "popover" in given:
            return None if given.get("id") in self._opened else "popover"
        if "hidden" in given and given["hidden"].lower() != "until-found" and name != "svg":
            return "hidden"
        if name in {"a", "area"} and "href" in given:
            to = given["href"].strip()
            return "link" if to in _NOWHERE or to.lower().startswith("javascript:") else None
        if name == "button" or (name == "input" and given.get("type", "").lower() in {"button", "submit", "image"}):
            return "button" if self._is_dead(name, given) else None
        if name == "form":
            return None if given.get("method", "").lower() == "dialog" or given.get("action") else "form"
        if name == "mfe-island":
            return "app" if self._app and given.get("fragment") == self._app else "island"
        return "element" if "-" in name and not name.startswith("mfe-") else None

    def _is_dead(self, name: str, given: Mapping[str, str]) -> bool:
        """Whether nothing happens when a button is pressed."""
        if "disabled" in given or not {"popovertarget", "commandfor"}.isdisjoint(given):
            return False
        form = next((its for its in reversed(self._open) if its.name == "form"), None)
        if form and given.get("formaction"):
            form.sends = True
        sends = given.get("type", "submit" if name == "button" else "").lower()
        if sends == "reset":
            return False
        return sends == "button" or (form is None and given.get("form") not in self._forms)

    def _end(self, tag: Tag) -> None:
        if any(its.name == tag.name for its in self._open):
            while self._close() != tag.name:
                pass

    def _close(self) -> str:
        its = self._open.pop()
        if self._open and (its.name not in {"template", "canvas"} or "shadowrootmode" in its.given):
            around = self._open[-1]
            around.filled = around.filled or its.filled
            around.beyond = around.beyond or (its.beyond and around.name not in _HEADINGS)
        empty = not (its.beyond if its.kind == "app" else its.filled)
        if its.kind in {"hidden", "dialog", "popover"}:
            says = its.filled
        elif its.kind == "form":
            says = not its.sends
        else:
            says = empty
        if its.kind and says:
            self._say(its.kind, its.start, its.text, its.name)
        return its.name

    def _say(self, kind: Kind, start: int, text: str, name: str) -> None:
        self.found.append(Missing(kind, start, text, name))


def _given(html: str, tag: Tag) -> dict[str, str]:
    text = html[tag.start : tag.end]
    out: dict[str, str] = {}
    for name, value, _, _ in attributes(text, 1 + len(tag.name)):
        out.setdefault(name, unescape(value))
    return out
