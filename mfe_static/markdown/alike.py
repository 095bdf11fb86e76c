"""Which texts the compiled parser understands exactly as our dialect does.

Both keep CommonMark, so on plain pages they agree; they part ways in our additions (bare URLs, footnotes, definition
lists, attributes) and in corners of the specification. So a text is judged by its source alone: what is the same for
certain is taken away step by step (code, links, quotes, tables), and what is left must bear no sign of anything
else. In doubt the answer is None, which costs time and nothing else.

Invariants: a text that passes gives the same page by both roads, kept by tests over real books, the specification's
examples and texts made at random; the time is linear in the length of the text.
"""

import re
from typing import NamedTuple

from mfe_static.markdown.indents import BLOCK, EDGE, INLINE, regular
from mfe_static.markdown.text import language_of

LENGTH = 200_000
"""Characters; beyond, the known bounds of our dialect might be reached, which the compiled parser does not have."""
BRACKETS = 4_000
"""How many `[` may be left; see `dialect.BRACKETS`."""
ROWS = 2_000
"""Line ends of a text with tables, for the same reason; 32 columns times this is where our dialect stops."""


class Facts(NamedTuple):
    """What a text holds. The compiled parser's HTML must hold as much of each, else it has seen something else."""

    languages: tuple[str, ...]
    """Of each fenced block, in order; empty where none is given."""
    spans: int
    """Code in running text."""
    pictures: int
    links: int
    bare: int
    """Bare URLs, which the compiled parser leaves as they are."""
    alerts: int
    tables: int
    ids: tuple[str, ...]
    """Those that authors gave to headings, in order."""


_FENCES = re.compile(r"\n( *)(```+)([^\n]*)").finditer
_CONTROLS = (INLINE, EDGE, "\t", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f")
"""What is a blank to one of the parsers only, and our own marks."""
_FOREIGN = re.compile(
    "[\x00\x04-\x09\x0b-\x1f\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff]"
    r"|[*_](?![\x00-\x7f‐-‧«»])\W|[^\w\x00-\x7f‐-‧«»][*_]"
).search
"""Blanks and invisible characters of Unicode, and marks of emphasis beside what may or may not be punctuation."""

_SPANS = re.compile(r"`[^`\n]+(?:(\n *)(?=[A-Za-z({'\"])[^`\n]*)?`").subn
_DOUBLE_SPANS = re.compile(r"``(?!`)[^`\n]+(?:`(?!`)[^`\n]+)*``(?!`)").subn
_TICKS = re.compile("`(?=`)").search
_TARGET = r"""\([\w./#?=:@%+,!$~*&-]+(?: "[^"'\n&]*")?\)"""
_PICTURES = re.compile(r"!\[([^][\n]*)\]" + _TARGET, re.ASCII).subn
_LINKS = re.compile(r"\[([^][\n]*(?:\n *(?=[A-Za-z(])[^][\n]*)?)\]" + _TARGET, re.ASCII).subn
_ADDRESSES = re.compile(r"<https?://[\w./#?=:@%+,!$~*&-]+>", re.ASCII).subn
_COMMENTS = re.compile(r"\n\n<!--(?:[^<>-]|-(?!-))*-->(?=\n(?:\n|\Z)|\Z)").sub
_TAG = re.compile(r"<(?![\s=\d])").search
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|nbsp|ndash|mdash|hellip|copy);)#?\w+;").search
BARE_URL = r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/(?:[A-Za-z0-9/.#?=%+-]*[A-Za-z0-9/])?)?"
"""A URL in running text that is a link whoever looks, where a blank or `(` is before it and `AFTER_URL` after."""
AFTER_URL = r"(?=[.,:;!?)]*(?:\s|<|\Z))"
_BARE = re.compile(r"(?<![^\s(])" + BARE_URL + AFTER_URL, re.ASCII).subn
_DEFINED = re.compile(r"\](?=:)").search
_LABEL = r"""[\w`$.(*'"/{}|,+=#@?%;:-]"""
_DEFINITION = rf"""\n\[({_LABEL}+(?: {_LABEL}+)*+)\]: [\w./#?=:@%+,;!$~*-]+(?: "[^"'\n&<\\]*")?(?=\n|\Z)"""
_DEFINITIONS = re.compile(rf"\n(?:{_DEFINITION})++(?=\n\n|\n?\Z)", re.ASCII).sub
_LABELS = re.compile(_DEFINITION, re.ASCII).findall
_REFERENCES = re.compile(r"!?\[([^][\n]*)\](?:\[([^][\n]*)\])?+(?![(:])").sub
_MEANINGS = frozenset("x")
"""Labels that mean something else, too: check boxes."""
_OPEN = re.compile(r"\](?=[(:])|\[(?=\^)").search
_EMAIL = re.compile(r"@(?<=[\w.+-]@)").search
_SCHEME = re.compile(r":(?://|(?<=mailto:)|(?<=xmpp:))").search

_QUOTES = re.compile(r"(\n>(?: [^\n]*)?(?=\n|\Z)(?:\n>(?: [^\n]*)?(?=\n|\Z))*+)(\n(?=\n|\Z)|\Z)?").sub
_QUOTED = re.compile(r"\n> ?").sub
_ALERT = re.compile(
    r"\n\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\](?=\n(?:[^\W\d_]|[*_(\x02\x03\n]|\Z)|\Z)", re.IGNORECASE
).match
_EARLY = re.compile(r"\n(?:</?[A-Za-z][\w-]*[\s>/]|[:~]|\[\^)").search
"""What very often keeps a text from passing, looked for before anything that takes time."""
_LINES = re.compile(r"\n(?: *[>:~]| *\[!| +(?=\n|\Z))").search
"""Beginnings of lines: definitions, quotes and alerts in other blocks, nothing but blanks."""
_IDS = re.compile(r"(\n#{1,6} [^\n]*[^\n ]) \{#([A-Za-z][A-Za-z0-9-]*)\}(?=\n|\Z)")
_BRACED = re.compile(r"\n#[^\n]*\} *(?:#+ *)?(?=\n|\Z)|\} *\n *(?:=+|-+) *(?=\n|\Z)").search
_TABLES = re.compile(r"\n\n( *)\|[^\n]*\| *\n\1\|(?: *:?-+:? *\|){1,32} *\n(?:\1\|[^\n]*\| *\n)*+(?=\n|\Z)").subn
_TABLE_RULE = re.compile(r"\n[ >]*[-:|][-:| ]*(?=\n|\Z)").search


def alike(text: str, *, raw: bool) -> Facts | None:
    """What is in a text that both understand alike; None when that is not certain.

    `text` is clean and ends with a line feed; `raw`: HTML is kept, not shown as text.
    """
    if len(text) > LENGTH or BLOCK in text:
        return None
    cut = _without_fences("\n\n" + text)
    if cut is None:
        return None
    rest, languages = cut
    if _EARLY(rest) or any(control in rest for control in _CONTROLS) or not (rest.isascii() or not _FOREIGN(rest)):
        return None
    if raw and "<" in rest:
        rest = _COMMENTS("\n\n" + INLINE, rest)
    running = _without_inlines(rest)
    if running is None:
        return None
    blocks = _without_quotes(running.rest)
    if blocks is None:
        return None
    rest, alerts = blocks
    ids: tuple[str, ...] = ()
    if "}" in rest:
        ids = tuple([found[1] for found in _IDS.findall(rest)])
        if ids:
            rest = _IDS.sub(r"\1", rest)
        if _BRACED(rest):
            return None
    if _LINES(rest) or not regular(rest):
        return None
    tables = 0
    if "|" in rest:
        rest, tables = _TABLES("\n\n", rest + "\n")
        if ("|" in rest and _TABLE_RULE(rest)) or text.count("\n") > ROWS:
            return None
    return Facts(languages, running.spans, running.pictures, running.links, running.bare, alerts, tables, ids)


def _without_fences(text: str) -> tuple[str, tuple[str, ...]] | None:
    """The text with a mark in place of each fenced block, and their languages."""
    if "`" not in text:
        return text, ()
    out: list[str] = []
    languages: list[str] = []
    start = 0
    opening: re.Match[str] | None = None
    for fence in _FENCES(text):
        indent, ticks, info = fence.groups()
        if opening is None:
            if "`" in info or "|" in info:
                return None
            opening = fence
            out += text[start : fence.start()], "\n", indent, BLOCK
            languages.append(language_of(info))
        elif indent == opening[1] and ticks == opening[2] and not info.strip(" "):
            if indent and _hangs_out(text[opening.end() : fence.start()], indent):
                return None
            start = fence.end()
            opening = None
        elif len(ticks) >= len(opening[2]):
            return None
    if opening is not None:
        return None
    return "".join([*out, text[start:]]), tuple(languages)


def _hangs_out(code: str, indent: str) -> bool:
    """Whether a line of an indented block ends what the block stands in."""
    return any(line.strip(" ") and not line.startswith(indent) for line in code.split("\n"))


class _Running(NamedTuple):
    """A text with marks in place of what stands in running text, and how much of each there was."""

    rest: str
    spans: int = 0
    pictures: int = 0
    links: int = 0
    bare: int = 0


def _without_inlines(rest: str) -> _Running | None:
    pictures = links = referred = addresses = bare = 0
    if _DEFINED(rest):
        found = _without_references(rest)
        if found is None:
            return None
        rest, referred = found
    rest, spans = _without_code(rest)
    if "`" in rest or "\\" in rest or "~" in rest or ("&" in rest and _ENTITY(rest)):
        return None
    if "<" in rest:
        rest, addresses = _ADDRESSES(INLINE, rest)
        if _TAG(rest):
            return None
    if "]" in rest:
        if "!" in rest:
            rest, pictures = _PICTURES(INLINE + r"\1" + INLINE, rest)
        rest, links = _LINKS(EDGE + r"\1" + EDGE, rest)
        if "]" in rest and (_OPEN(rest) or rest.count("[") > BRACKETS):
            return None
    if _SCHEME(rest):
        rest, bare = _BARE(INLINE, rest)
        if _SCHEME(rest):
            return None
    if "www." in rest or ("@" in rest and _EMAIL(rest)):
        return None
    return _Running(rest, spans, pictures, referred + links + addresses, bare)


def _without_code(rest: str) -> tuple[str, int]:
    """The text with marks in place of code, and how often; a backtick that is left belongs to something odd."""
    if "`" not in rest:
        return rest, 0
    doubles = 0
    if _TICKS(rest):
        rest, doubles = _DOUBLE_SPANS(INLINE, rest)
        if _TICKS(rest):
            return rest, doubles
    rest, spans = _SPANS(INLINE + r"\1" + INLINE, rest)
    return rest, spans + doubles


def _without_references(rest: str) -> tuple[str, int] | None:
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


def _without_quotes(rest: str) -> tuple[str, int] | None:
    """The text with what is quoted standing by itself, and how many of the quotes are alerts."""
    if ">" not in rest:
        return rest, 0
    alerts = 0
    lazy = False

    def bare(found: re.Match[str]) -> str:
        nonlocal alerts, lazy
        lazy = lazy or found[2] is None
        inside = _QUOTED("\n", found[1])
        alert = _ALERT(inside)
        if alert:
            alerts += 1
            inside = inside[alert.end() :]
        return f"\n{EDGE}\n{inside}\n{EDGE}\n"

    rest = _QUOTES(bare, rest)
    return None if lazy else (rest, alerts)
