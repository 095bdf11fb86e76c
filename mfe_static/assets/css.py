"""Style sheets as text with holes: where a sheet's URLs stand, and how it is put into a cascade layer.

Nothing is parsed into a tree and written again: the scanner finds positions, and `rewritten` and `in_layer`
change the text at these positions and nowhere else. That is why it is a scanner of our own and not tinycss2,
which gives values with lines and columns but no offsets, does not promise to write the author's bytes again,
and takes three times as long. One regular expression holds the tokens of CSS Syntax Level 3 §4 whose ends
matter here: comments, strings, escapes, both forms of `url()`, and names and numbers, so that `10url(` and
`#url(` are not taken for functions. Its repeats are possessive, which keeps the time linear.

Invariant: a sheet without replacements and without a layer comes back as it was, character for character.
A sheet in a layer means what it meant alone: what must stand in front of all rules is moved in front, and a
`}` too many cannot close the layer early and let the rest of the sheet out.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from mfe_static.digests import fingerprint
from mfe_static.patterns import compiled, pattern

_HEX_END = r"(?:\r\n|[ \t\n\r\f])?+"
_ESCAPE = rf"\\(?:[0-9a-fA-F]{{1,6}}+{_HEX_END}|[^\n\r\f0-9a-fA-F]|\Z)"
_IN_STRING = rf"\\(?:[0-9a-fA-F]{{1,6}}+{_HEX_END}|\r\n|[\s\S])?+"
_NAME = rf"(?:[-0-9A-Za-z_\x00]|[^\x00-\x7f]|{_ESCAPE})"
_IDENT = rf"(?:--|-?(?:[A-Za-z_\x00]|[^\x00-\x7f]|{_ESCAPE})){_NAME}*+"
_LETTERS = (("u", "57", "5"), ("r", "57", "2"), ("l", "46", "[cC]"))
_URL = "".join(  # `url(`, each letter plain or escaped: `u` is 75 in hexadecimal, `U` is 55
    rf"(?:[{low}{low.upper()}]|\\[{low}{low.upper()}]|\\0{{0,4}}[{high}]{digit}{_HEX_END})"
    for low, high, digit in _LETTERS
)
_BARE_URL = rf"""{_URL}\([ \t\n\r\f]*+(?!["'])"""
_TOKEN = rf"""(?x)
      (?P<blank>  [ \t\n\r\f:=~|&^$?!%>*]++ )
    | (?P<note>   /\*(?:[^*]|\*(?!/))*+(?:\*/)?+ )
    | (?P<string> "(?P<double>(?:[^"\\\n\r\f]|{_IN_STRING})*+)"?+
                | '(?P<single>(?:[^'\\\n\r\f]|{_IN_STRING})*+)'?+ )
    | (?P<url>    {_BARE_URL}(?P<bare>(?:[^"'()\\ \t\n\r\f\x01-\x08\x0b\x0e-\x1f\x7f]|{_ESCAPE})*+)
                  [ \t\n\r\f]*+(?:\)|\Z) )
    | (?P<badurl> {_BARE_URL}(?:[^)\\]|\\[\s\S]?+)*+\)?+ )
    | (?P<shell>  <!--|--> )
    | (?P<number> [+-]?(?:[0-9]*\.)?[0-9]++(?:[eE][+-]?[0-9]++)?(?:{_IDENT})? )
    | (?P<call>   {_IDENT}\( )
    | (?P<ident>  {_IDENT} )
    | (?P<at>     @{_IDENT} )
    | (?P<hash>   \#{_NAME}++ )
    | (?P<open>   [({{\[] )
    | (?P<close>  [)}}\]] )
    | (?P<end>    ; )
    | (?P<other>  [\s\S] )
    """
_UNESCAPE = compiled(rf"\\(?:([0-9a-fA-F]{{1,6}}){_HEX_END}|\r\n|[\n\r\f]|([\s\S])|\Z)")
_CLOSER = {"(": ")", "{": "}", "[": "]"}
_ONE_URL = frozenset({"url", "src"})
_URL_LIST = frozenset({"image-set", "-webkit-image-set"})


class Reference(NamedTuple):
    """A URL in a style sheet."""

    start: int
    """Offset of its first character, behind a quotation mark."""
    end: int
    quote: str
    """The quotation mark around it, or nothing in `url(x)`."""
    value: str
    """The URL with CSS's escapes resolved."""


class Statement(NamedTuple):
    """A rule at the top level."""

    name: str
    """`@import` and so on, in lower case; empty for a style rule."""
    start: int
    end: int
    block: bool
    """Whether it has a `{…}` block."""


class Sheet(NamedTuple):
    """A style sheet, and where something in it may have to change."""

    text: str
    references: tuple[Reference, ...]
    statements: tuple[Statement, ...]
    strays: tuple[int, ...]
    """Offset of each `}` that closes nothing."""
    shells: tuple[tuple[int, int], ...]
    """Spans of `<!--` and `-->` between rules: nothing there, but an error inside a layer."""
    ending: str
    """What closes everything that is still open where the text ends, as CSS does silently."""


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


class _Scan:
    """The workbench of one pass over a sheet; gone when `parsed` returns."""

    def __init__(self) -> None:
        self.open: list[tuple[str, str]] = []
        """What is open: the bracket that closes it, and the function's name."""
        self.start, self.name = -1, ""
        """Where the current top-level rule starts (-1: between rules), and its at-keyword."""
        self.prelude = -1
        """How many brackets were open where the at-rule began whose block we wait for; -1: none."""
        self.wanted = False
        """Whether the next token may be a URL written as a string: after `@import`, `url(` and `src(`."""
        self.references: list[Reference] = []
        self.statements: list[Statement] = []
        self.strays: list[int] = []
        self.shells: list[tuple[int, int]] = []
        self.steps = {
            "string": self.string,
            "url": self.url,
            "call": self.call,
            "at": self.at,
            "open": self.opened,
            "close": self.closed,
            "end": self.end,
        }

    def take(self, kind: str, token: re.Match[str]) -> None:
        """One token that is neither white space nor a comment."""
        if self.start < 0:
            if kind == "shell":
                self.shells.append(token.span())
                return
            self.start = token.start()
            self.name = meant(token[0]).lower() if kind == "at" else ""
        wanted, self.wanted = self.wanted, False
        if step := self.steps.get(kind):
            step(token, wanted)

    def string(self, token: re.Match[str], wanted: bool) -> None:
        listed = self.prelude < 0 and bool(self.open) and self.open[-1][1] in _URL_LIST
        if wanted or listed:
            self.refer(token, "double" if token[0][0] == '"' else "single", token[0][0])

    def url(self, token: re.Match[str], wanted: bool) -> None:
        # In the prelude of `@supports` and `@namespace` a URL is only looked at, never fetched.
        if wanted or self.prelude < 0:
            self.refer(token, "bare", "")

    def refer(self, token: re.Match[str], group: str, quote: str) -> None:
        self.references.append(Reference(*token.span(group), quote, meant(token[group])))

    def call(self, token: re.Match[str], wanted: bool) -> None:
        name = meant(token[0][:-1]).lower()
        self.open.append((")", name))
        self.wanted = name in _ONE_URL and (wanted or self.prelude < 0)

    def at(self, token: re.Match[str], wanted: bool) -> None:
        if self.prelude < 0:
            self.prelude = len(self.open)
            self.wanted = self.name == "@import" and token.start() == self.start

    def opened(self, token: re.Match[str], wanted: bool) -> None:
        if token[0] == "{" and len(self.open) == self.prelude:
            self.prelude = -1
        self.open.append((_CLOSER[token[0]], ""))

    def closed(self, token: re.Match[str], wanted: bool) -> None:
        if self.open and self.open[-1][0] == token[0]:
            self.open.pop()
            if len(self.open) < self.prelude:
                self.prelude = -1
            if token[0] == "}" and not self.open:
                self.finish(token.end(), block=True)
        elif token[0] == "}" and not self.open:
            self.strays.append(token.start())

    def end(self, token: re.Match[str], wanted: bool) -> None:
        if len(self.open) == self.prelude:
            self.prelude = -1
            if not self.open and self.name:
                self.finish(token.end(), block=False)

    def finish(self, end: int, *, block: bool) -> None:
        self.statements.append(Statement(self.name, self.start, end, block))
        self.start, self.prelude = -1, -1


def tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
    """The tokens of a sheet, white space and comments among them; `lastgroup` says of which kind each is."""
    return pattern(_TOKEN).finditer(text, start, len(text) if end is None else end)


def parsed(text: str) -> Sheet:
    """Find what may have to change. Every text is a style sheet, as it is for browsers, so nothing can fail."""
    scan, last = _Scan(), None
    for last in tokens(text):
        kind = last.lastgroup or ""
        if kind not in {"blank", "note"}:
            scan.take(kind, last)
    ending = _ending(text, last) + "".join(bracket for bracket, _ in reversed(scan.open))
    if scan.start >= 0:
        block = scan.open[:1] == [("}", "")]
        ending += ";" if scan.name and not block else ""
        scan.finish(len(text), block=block)
    return Sheet(
        text,
        tuple(scan.references),
        tuple(scan.statements),
        tuple(scan.strays),
        tuple(scan.shells),
        ending,
    )


def rewritten(sheet: Sheet, urls: Mapping[int, str]) -> str:
    """The sheet with other URLs; `urls` has the new ones by their reference's `start`."""
    return _applied(sheet.text, _new_urls(sheet, urls), 0, len(sheet.text))


def in_layer(sheet: Sheet, urls: Mapping[int, str], layer: str) -> str:
    """The sheet with other URLs and inside the cascade layer `layer` (CSS Cascade 5 §6.4).

    `@import` and `@namespace` are valid only in front of all rules, so they are hoisted, and imports get the
    layer: `layer(a)` becomes `layer(NAME.a)`, as `@layer a` inside the block means it too. `@layer` statements
    in front of an import decide the order of layers, so they are hoisted with it. `@charset` is dropped.
    """
    if sheet.ending:
        sheet = parsed(sheet.text + sheet.ending)
    text = sheet.text
    hoisted = _hoisted(sheet.statements)
    edits = _new_urls(sheet, urls)
    edits += (_Edit(*span, "") for span in sheet.shells)
    edits += (_Edit(at, at + 1, ")") for at in sheet.strays)
    for statement in hoisted:
        edits += _layered(text, statement, layer)
    edits.sort()
    front, body, place = [], [], 0
    for statement in hoisted:
        body.append(_applied(text, edits, place, statement.start))
        place = statement.end
        if statement.name != "@charset":
            front.append(_applied(text, edits, statement.start, place) + "\n")
    body.append(_applied(text, edits, place, len(text)))
    return f"{''.join(front)}@layer {layer} {{\n{''.join(body)}\n}}\n"


def _hoisted(statements: Iterable[Statement]) -> list[Statement]:
    """The statements that have to stand in front of all rules, where they are valid (CSS Cascade 5 §2)."""
    out: list[Statement] = []
    names: list[Statement] = []
    allowed = ["@layer", "@import", "@namespace"]
    for statement in statements:
        name = statement.name
        if statement.block or (name == "@layer" and name not in allowed):
            break
        if name == "@charset":
            out.append(statement)
        elif name == "@layer":
            names.append(statement)
        elif name in allowed:
            allowed = allowed[allowed.index(name) :]
            out += [*names, statement] if name == "@import" else [statement]
            names = [] if name == "@import" else names
    return out


def _layered(text: str, statement: Statement, layer: str) -> Iterator[_Edit]:
    spoken = [
        token for token in tokens(text, statement.start, statement.end) if token.lastgroup not in {"blank", "note"}
    ]
    if statement.name == "@layer":
        for before, token in pairwise(spoken):
            if token.lastgroup == "ident" and before[0] in {spoken[0][0], ","}:
                yield _Edit(token.start(), token.start(), layer + ".")
    elif statement.name == "@import" and len(spoken) > 1 and spoken[1].lastgroup in {"string", "url", "call"}:
        yield _imported(spoken, layer)


def _imported(spoken: list[re.Match[str]], layer: str) -> _Edit:
    """What puts an import into the layer. An anonymous layer gets a name of its own, as it cannot have a parent."""
    at, depth = 1, 0
    while True:
        depth += {"call": 1, "open": 1, "close": -1}.get(spoken[at].lastgroup or "", 0)
        at += 1
        if depth <= 0 or at == len(spoken):
            break
    rest = spoken[at:]
    word = meant(rest[0][0]).lower() if rest else ""
    if word == "layer":
        url = "".join(token[0] for token in spoken[1:at])
        return _Edit(*rest[0].span(), f"layer({layer}.import-{fingerprint(url.encode())})")
    if word == "layer(" and len(rest) > 1 and rest[1].lastgroup == "ident":
        return _Edit(rest[1].start(), rest[1].start(), layer + ".")
    return _Edit(spoken[at - 1].end(), spoken[at - 1].end(), f" layer({layer})")


def _new_urls(sheet: Sheet, urls: Mapping[int, str]) -> list[_Edit]:
    return [
        _Edit(ref.start, ref.end, _escaped(urls[ref.start], ref.quote)) for ref in sheet.references if ref.start in urls
    ]


def _applied(text: str, edits: list[_Edit], start: int, end: int) -> str:
    """The text from `start` to `end`, with those of the sorted edits that begin in there."""
    parts = []
    for edit in edits[bisect_left(edits, (start,)) : bisect_left(edits, (end,))]:
        parts += [text[start : edit.start], edit.text]
        start = edit.end
    return "".join((*parts, text[start:end]))


def _ending(text: str, last: re.Match[str] | None) -> str:
    """What closes the last token. One that takes in a letter more, when there is one, is not closed."""
    if last is None:
        return ""
    kind = last.lastgroup or ""
    cut = (len(text) - len(text.rstrip("\\"))) % 2 == 1 and kind != "note"
    out = ("\n" if kind == "string" else "fffd ") if cut else ""
    if kind in {"note", "string", "url", "badurl"}:
        longer = pattern(_TOKEN).match(text[last.start() :] + "x")
        if longer and longer.end() > len(last[0]):
            out += {"note": "*/", "string": last[0][0]}.get(kind, ")")
    return out


def meant(text: str) -> str:
    """A string's or name's text with escapes resolved (CSS Syntax 3 §4.3.7)."""
    return _UNESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    if not found[1]:
        return found[2] or ""
    code = int(found[1], 16)
    return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def _escaped(value: str, quote: str) -> str:
    """A URL as it may stand between quotation marks, or bare in `url(x)`."""
    special = rf"[{quote}\\]" if quote else r"[ \"'()\\]"
    value = re.sub(special, lambda found: "\\" + found[0], value)
    return re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\{ord(found[0]):x} ", value)
