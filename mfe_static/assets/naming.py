"""What a style sheet says that reaches beyond its author: selectors that match anything, names that a page has once.

A document has one namespace for `@keyframes`, `@font-face` and `@property` (CSS Animations 1 §3, CSS Fonts 4 §4.1, CSS
Properties and Values 1 §2), which cascade layers do not part. Read from the tokens of `css`, block by block, with
nesting (CSS Nesting 1), by the bytes of one file alone. Every text is a style sheet, so nothing can fail.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence

from mfe_static.assets.css import meant, tokens
from mfe_static.assets.selectors import Selector, Token, scope_roots, selectors, spoken
from mfe_static.digests import Digest, digest
from mfe_static.kept import Reach, ReachKind, SheetScan

_INNER = frozenset({"@media", "@supports", "@layer", "@container", "@starting-style"})
"""Blocks in which rules mean what they would mean outside."""
_NAMED: dict[str, ReachKind] = {
    "@keyframes": "keyframes",
    "@-webkit-keyframes": "keyframes",
    "@font-face": "font",
    "@property": "property",
}
_LINE_END = re.compile(r"\r\n|\n|\r")


class _Rule:
    """A style rule on its way: what it declares is known at its end."""

    def __init__(self, loose: Sequence[Selector]) -> None:
        self.loose = loose
        """Those of its selectors that match anything."""
        self.declared: list[str] = []
        """The properties that it declares itself."""


class _Block:
    """What is open, from a `{` on."""

    def __init__(self, *, loose: bool, rule: _Rule | None = None, inner: bool = True) -> None:
        self.loose = loose
        """Whether a selector that says no more matches anything in here."""
        self.rule = rule
        """The style rule that declarations in here belong to."""
        self.inner = inner
        """Whether rules may stand in it."""
        self.kind: ReachKind | None = None
        """What is named by it."""
        self.name: list[Token] = []
        self.begun = 0


def scanned(data: bytes, mark: Digest) -> SheetScan:
    """What is in a style sheet. `mark`: its digest."""
    return _Reading(data.decode("utf-8-sig", "replace")).scan(mark)


class _Reading:
    """One pass over a sheet; gone when it is done."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0, *(end.end() for end in _LINE_END.finditer(text))]
        self._found: list[Reach] = []
        self._imports: list[str] = []
        self._blocks = [_Block(loose=True)]
        self._said: list[Token] = []
        """What was read since the last rule or declaration."""
        self._open: list[str] = []
        """The brackets that are open in it."""

    def scan(self, mark: Digest) -> SheetScan:
        for token in tokens(self._text):
            if token.lastgroup != "note":
                self._take(token)
        while len(self._blocks) > 1:  # what is open at the end is closed there
            self._close(len(self._text))
        self._statement()
        return SheetScan(mark, tuple(sorted(self._found, key=lambda it: (it.line, it.column))), tuple(self._imports))

    def _take(self, token: Token) -> None:
        kind, text = token.lastgroup, token[0]
        if not self._open and text == "{" and not self._is_value():
            self._begin(token)
        elif not self._open and text == "}":
            self._close(token.start())
        elif not self._open and text == ";":
            self._statement()
        else:
            if self._open and text == self._open[-1]:
                self._open.pop()
            elif kind in {"open", "call"}:
                self._open.append({"{": "}", "[": "]"}.get(text, ")"))
            self._said.append(token)

    def _is_value(self) -> bool:
        """Whether a `{` belongs to the value of a custom property."""
        said = spoken(self._said)
        of_property = len(said) > 1 and said[0].lastgroup == "ident" and said[0][0].startswith("--")
        return of_property and self._blocks[-1].rule is not None and said[1][0].lstrip().startswith(":")

    def _begin(self, brace: Token) -> None:
        said, around, self._said = spoken(self._said), self._blocks[-1], []
        at = meant(said[0][0]).lower() if said and said[0].lastgroup == "at" else ""
        if not around.inner:
            block = _Block(loose=False, inner=False)
        elif at in _INNER:
            block = _Block(loose=around.loose, rule=around.rule)
        elif at == "@scope":
            roots = scope_roots(said[1:])
            block = _Block(loose=around.loose and (not roots or any(root.loose for root in roots)))
        elif at:
            block = _Block(loose=False, inner=False)
            block.kind, block.begun, block.name = _NAMED.get(at), brace.end(), said[1:2]
        else:
            block = self._style(said, around)
        self._blocks.append(block)

    def _style(self, said: Sequence[Token], around: _Block) -> _Block:
        found = selectors(said)
        for each in found:
            for name in each.ids:
                self._note("id", meant(name[0][1:]), "", [name])
            for name in each.elements:
                self._note("element", meant(name[0]), "", [name])
        loose = [each for each in found if each.loose] if around.loose else []
        return _Block(loose=bool(loose), rule=_Rule(loose))

    def _statement(self) -> None:
        """A declaration has ended, or a rule without a block."""
        said, block, self._said = spoken(self._said), self._blocks[-1], []
        self._open.clear()
        if not said:
            return
        name, value = meant(said[0][0]), said[1:]
        if name.lower() == "@import" and len(self._blocks) == 1:
            self._imports += _urls(value)[:1] or [_text(its) for its in value[:1] if its.lastgroup == "string"]
        elif block.kind == "font" and name.lower() == "font-family":
            block.name = [its for its in value if its.lastgroup in {"ident", "string"}]
        elif block.rule and said[0].lastgroup == "ident":
            block.rule.declared.append(name)
            if name.startswith("--"):
                self._note("variable", name, digest(_plain(value)), said[:1], everywhere=block.loose)

    def _close(self, end: int) -> None:
        self._statement()
        if len(self._blocks) == 1:  # it closes nothing
            return
        block = self._blocks.pop()
        if block.kind and block.name:
            inner = list(tokens(self._text, block.begun, end))
            name = " ".join(map(_text, block.name))
            name = name.lower() if block.kind == "font" else name
            value = digest(_plain(inner, urls=block.kind == "font"))
            self._note(block.kind, name, value, block.name, urls=tuple(_urls(spoken(inner))))
        elif block.rule and block.rule is not self._blocks[-1].rule and block.rule.declared:
            names = block.rule.declared
            only = " ".join(dict.fromkeys(names)) if all(name.startswith("--") for name in names) else ""
            for each in block.rule.loose[:1]:
                text = self._text[each.tokens[0].start() : each.tokens[-1].end()]
                self._note("selector", " ".join(text.split()), only, each.tokens)

    def _note(
        self,
        kind: ReachKind,
        name: str,
        value: str,
        at: Sequence[Token],
        *,
        everywhere: bool = False,
        urls: tuple[str, ...] = (),
    ) -> None:
        start = at[0].start() + len(at[0][0]) - len(at[0][0].lstrip())
        line = bisect_right(self._lines, start)
        end = min(at[-1].end(), *self._lines[line : line + 1]) if line < len(self._lines) else at[-1].end()
        length = max(1, len(self._text[start:end].rstrip()))
        place = line, start - self._lines[line - 1] + 1, length
        self._found.append(Reach(kind, name, value, *place, everywhere, urls))


def _text(token: Token) -> str:
    """A name or string as it is meant."""
    if token.lastgroup == "string":
        return meant(token["double"] if token["double"] is not None else token["single"])
    return meant(token["bare"] if token.lastgroup == "url" else token[0])


def _plain(found: Sequence[Token], *, urls: bool = False) -> str:
    """Text as it counts, however it is written. `urls`: whether URLs are compared elsewhere."""
    instead = {"url": "url( string )", "string": "string"} if urls else {}
    parts = [instead.get(token.lastgroup or "", token[0]) for token in found if token.lastgroup != "note"]
    return " ".join(" ".join(parts).split())


def _urls(found: Sequence[Token]) -> list[str]:
    """The URLs in it, those behind `url(` without quotes and with."""
    pairs = zip([None, *found], found, strict=False)
    return [
        _text(its)
        for before, its in pairs
        if its.lastgroup == "url"
        or (its.lastgroup == "string" and before and before.lastgroup == "call" and meant(before[0]).lower() == "url(")
    ]
