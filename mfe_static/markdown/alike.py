"""Which texts the compiled parser understands exactly as our dialect does.

Both keep CommonMark, so on plain pages they agree; they part ways in our additions (bare URLs, footnotes, definition
lists, attributes) and in corners of the specification. So a text is judged by its source alone: what is the same for
certain is taken away step by step (code, links, quotes, tables), and what is left must bear no sign of anything
else. In doubt the answer is None, which costs time and nothing else.

Most pages hold little of all this, so what is looked for begins with a rare character where that can be: Python finds
one in 4 KB in 0.1 µs, a regular expression looks at every character and takes 1 to 5. Where there is no rare one, an
expression that begins with a character as such is the fastest: for a few characters `in`, `find`, `split` and `count`
take up to twice as long.

Invariants: a text that passes gives the same page by both roads, kept by tests over real books, the specification's
examples and texts made at random; the time is linear in the length of the text.
"""

import msgspec

from mfe_static.markdown.fences import without_fences
from mfe_static.markdown.indents import BLOCK, EDGE, INLINE, depth
from mfe_static.patterns import pattern

LENGTH = 200_000
"""Characters; beyond, the known bounds of our dialect might be reached, which the compiled parser does not have."""
BRACKETS = 4_000
"""How many `[` may be left; see `dialect.BRACKETS`."""
ROWS = 2_000
"""Line ends of a text with tables, for the same reason; 32 columns times this is where our dialect stops."""


class Facts(msgspec.Struct, frozen=True):
    """What a text holds. The compiled parser's HTML must hold as much of each, else it has seen something else."""

    text: str
    """What the parser has to read: the text without the code in its fenced blocks, which nobody reads differently."""
    blocks: tuple[tuple[str, str], ...]
    """Language and code of each fenced block, in order; no language where none is given."""
    spans: int
    """Code in running text."""
    pictures: int
    links: int
    bracketed: bool
    """Whether each `]` ends the label of a link or a picture, and no link lacks one."""
    bare: int
    """Bare URLs, which the compiled parser leaves as they are."""
    alerts: int
    tables: int
    depth: int
    """How deep blocks lie in lists; 1 where items hold nothing but text."""
    loose: bool
    """Whether an item may begin with a block."""
    ids: tuple[str, ...]
    """Those that authors gave to headings, in order."""


_CONTROLS = (INLINE, EDGE, "\t", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f")
"""What is a blank to one of the parsers only, and our own marks."""
_SYMBOL = r"[^\w\n\x01-\x03 -~‐-‧«»]"
"""What `_FOREIGN` is about, and more; without any, it need not be looked for, which takes ten times as long."""
_FOREIGN = (
    "[\x00\x04-\x09\x0b-\x1f\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff]"
    r"|[*_](?![\x00-\x7f‐-‧«»])\W|[^\w\x00-\x7f‐-‧«»][*_]"
)
"""Blanks and invisible characters of Unicode, and marks of emphasis beside what may or may not be punctuation."""
_EARLY = r"\n(?:</?[A-Za-z][\w-]*[\s>/]|[:~]|\[\^)"
"""What very often keeps a text from passing, looked for before anything that takes time."""

_SPAN = INLINE + INLINE
_WRAPPED = r"""[^\n]+(\n *)(?=[A-Za-z({'"])[^\n]*"""
_DOUBLE_SPANS = r"``(?!`)[^`\n]+(?:`(?!`)[^`\n]+)*``(?!`)"
_TARGET = r"""\([A-Za-z0-9_./#?=:@%+,!$~*&-]+(?: "[^"'\n&]*"|)\)"""
_LABEL = rf"[^][\n{EDGE}]*+(?:(?<=!){EDGE}[^][\n{EDGE}]*+{EDGE}[^][\n{EDGE}]*+)*+"
_LINKS = rf"\[(?:(?<=(!)\[)|(?<!!\[))((?(1)[^][\n{INLINE}{EDGE}]*+|{_LABEL}(?:\n *(?=[A-Za-z(]){_LABEL}|)))\]" + _TARGET
"""A picture, when its first group is there, or a link, which may hold pictures that stand between marks already."""
_ADDRESSES = r"(?a)<https?://[\w./#?=:@%+,!$~*&-]+>"
_COMMENTS = r"\n\n<!--(?:[^<>-]|-(?!-))*-->(?=\n(?:\n|\Z)|\Z)"
_TAG = r"<(?![\s=\d])"
_ENTITY = r"&(?!(?:amp|lt|gt|quot|nbsp|ndash|mdash|hellip|copy);)#?\w+;"
BARE_URL = r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/(?:[A-Za-z0-9/.#?=%+-]*[A-Za-z0-9/])?)?"
"""A URL in running text that is a link whoever looks, where a blank or `(` is before it and `AFTER_URL` after."""
AFTER_URL = r"(?=[.,:;!?)]*(?:\s|<|\Z))"
_BARE = r"(?a)(?<![^\s(])" + BARE_URL + AFTER_URL
_COLON = r":(?://|(?<=\]:)|(?<=mailto:)|(?<=xmpp:))"
_DEFINED = r"\]:"
_OPEN = r"\](?=[(:])|\[(?=\^)"
_WWW = r"www\."
_EMAIL = r"@(?<=[\w.+-]@)"
_SCHEME = r":(?://|(?<=mailto:)|(?<=xmpp:))"

_QUOTE = r"(\n>(?: [^\n]*)?(?=\n|\Z)(?:\n>(?: [^\n]*)?(?=\n|\Z))*+)(\n(?=\n|\Z)|\Z)?"
_ALERT = r"(?i)\n\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\](?=\n(?:[^\W\d_]|[*_(\x02\x03\n]|!\x03|\Z)|\Z)"
_IDS = r"(\n#{1,6} [^\n]*[^\n ]) \{#([A-Za-z][A-Za-z0-9-]*)\}(?=\n|\Z)"
_BRACED = r"\n#[^\n]*\} *(?:#+ *)?(?=\n|\Z)|\} *\n *(?:=+|-+) *(?=\n|\Z)"
_TABLES = r"\n\n( *)\|[^\n]*\| *\n\1\|(?: *:?-+:? *\|){1,32} *\n(?:\1\|[^\n]*\| *\n)*+(?=\n|\Z)"
_TABLE_RULE = r"\n[ >]*[-:|][-:| ]*(?=\n|\Z)"


def alike(text: str, *, raw: bool) -> Facts | None:
    """What is in a text that both understand alike; None when that is not certain.

    `text` is clean and ends with a line feed; `raw`: HTML is kept, not shown as text.
    """
    if len(text) > LENGTH or BLOCK in text:
        return None
    fenced = without_fences("\n\n" + text)
    if fenced is None or _strange(fenced.rest):
        return None
    rest = fenced.rest
    if raw and "<" in rest:
        rest = pattern(_COMMENTS).sub("\n\n" + INLINE, rest)
    running = _without_inlines(rest)
    if running is None:
        return None
    unquoted = _without_quotes(running.rest)
    if unquoted is None:
        return None
    rest, alerts = unquoted
    ids: tuple[str, ...] = ()
    if "}" in rest:
        ids = tuple([found[1] for found in pattern(_IDS).findall(rest)])
        rest = pattern(_IDS).sub(r"\1", rest)
        if pattern(_BRACED).search(rest):
            return None
    lists = depth(rest)
    if lists is None:
        return None
    tables = 0
    if "|" in rest:
        if len(text) > 3 * ROWS and text.count("\n") > ROWS:  # a row takes three characters
            return None
        rest, tables = _without_tables(rest + "\n")
        if "|" in rest and pattern(_TABLE_RULE).search(rest):
            return None
    return Facts(
        fenced.text,
        fenced.blocks,
        running.spans,
        running.pictures,
        running.links,
        running.bracketed,
        running.bare,
        alerts,
        tables,
        *lists,
        ids,
    )


def _strange(rest: str) -> bool:
    """Whether a text bears a sign of what can be told without taking it apart."""
    # Without these two, all that is early is found later as well: it cannot stand in a comment, and is no footnote.
    if ("<" in rest or "^" in rest) and pattern(_EARLY).search(rest):
        return True
    if any(map(rest.__contains__, _CONTROLS)):
        return True
    return not rest.isascii() and bool(pattern(_SYMBOL).search(rest) and pattern(_FOREIGN).search(rest))


class _Running(msgspec.Struct, frozen=True):
    """A text with marks in place of what stands in running text, and how much of each there was."""

    rest: str
    spans: int
    pictures: int
    links: int
    bracketed: bool
    bare: int


def _without_inlines(rest: str) -> _Running | None:
    spans = referred = bare = 0
    colon = rest.find(":")
    told = colon >= 0 and pattern(_COLON).search(rest, colon)  # most pages have none that means anything
    defined = told and pattern(_DEFINED).search(rest)
    if defined:
        from mfe_static.markdown.references import without_references  # few pages have any

        found = without_references(rest)
        if found is None:
            return None
        rest, referred = found
    if "`" in rest:
        found = _without_code(rest)
        if found is None:
            return None
        rest, spans = found
    if "\\" in rest or "~" in rest or ("&" in rest and pattern(_ENTITY).search(rest)):
        return None
    linked = _without_links(rest)
    if linked is None:
        return None
    rest, pictures, links, bracketed = linked
    if told and pattern(_SCHEME).search(rest):
        rest, bare = pattern(_BARE).subn(INLINE, rest)
        if pattern(_SCHEME).search(rest):
            return None
    if pattern(_WWW).search(rest) or ("@" in rest and pattern(_EMAIL).search(rest)):
        return None
    return _Running(rest, spans, pictures, referred + links, bracketed and not defined, bare)


def _without_links(rest: str) -> tuple[str, int, int, bool] | None:
    """The text with marks in place of pictures and links, how many there were of each, and whether all are marked by
    brackets, and nothing else is."""
    pictures = links = addresses = 0
    if "<" in rest:
        rest, addresses = pattern(_ADDRESSES).subn(INLINE, rest)
        if pattern(_TAG).search(rest):
            return None
    if "]" in rest:
        rest, pictures, links = _marked(rest)
        if pictures and "]" in rest:  # of a link around a picture
            rest, more, around = _marked(rest)
            pictures, links = pictures + more, links + around
        if "]" in rest and (pattern(_OPEN).search(rest) or rest.count("[") > BRACKETS):
            return None
    return rest, pictures, links + addresses, not addresses and "]" not in rest


def _marked(rest: str) -> tuple[str, int, int]:
    """The text with only the label left of each picture and link, between marks; and how many of each there were."""
    parts = pattern(_LINKS).split(rest)  # a third of the time that `subn` takes with a template
    pictures = parts[1::3].count("!")
    del parts[1::3]
    return EDGE.join(parts), pictures, len(parts) // 2 - pictures


def _without_code(rest: str) -> tuple[str, int] | None:
    """The text with marks in place of code, and how often; None where a backtick belongs to something odd."""
    doubles = 0
    parts = rest.split("`")
    if "" in parts:  # two stand side by side
        rest, doubles = pattern(_DOUBLE_SPANS).subn(INLINE, rest)
        parts = rest.split("`")
    if "" in parts or len(parts) % 2 == 0:
        return None
    spans = parts[1::2]
    parts[1::2] = [_SPAN] * len(spans)
    if "\n" in "".join(spans):
        for place, span in enumerate(spans):
            if "\n" in span:
                wrapped = pattern(_WRAPPED).fullmatch(span)
                if wrapped is None:
                    return None
                parts[2 * place + 1] = INLINE + wrapped[1] + INLINE
    return "".join(parts), len(spans) + doubles


def _without_quotes(rest: str) -> tuple[str, int] | None:
    """The text with what is quoted standing by itself, and how many of the quotes are alerts."""
    if ">" not in rest:
        return rest, 0
    out: list[str] = []
    alerts = start = 0
    at = rest.find(">")
    while at >= 0:
        quote = pattern(_QUOTE).match(rest, at - 1) if rest[at - 1] == "\n" else None
        if quote is None:
            at = rest.find(">", at + 1)
            continue
        lines, end = quote.groups()
        if end is None:  # a line that belongs to the quote without saying so
            return None
        inside = lines.replace("\n>", "\n").replace("\n ", "\n")
        alert = pattern(_ALERT).match(inside) if "[!" in inside else None
        if alert:
            alerts += 1
            inside = inside[alert.end() :]
        out += rest[start : at - 1], f"\n{EDGE}\n{inside}\n{EDGE}\n"
        start = quote.end()
        at = rest.find(">", start)
    out.append(rest[start:])
    return "".join(out), alerts


def _without_tables(rest: str) -> tuple[str, int]:
    """The text with an empty line in place of each table, and how many there were."""
    out: list[str] = []
    start = 0
    at = rest.find("|")
    while at >= 0:
        line = rest.rfind("\n", start, at)
        table = pattern(_TABLES).match(rest, line - 1) if line > start else None
        if table:
            out.append(rest[start : line - 1])
            start = at = table.end()
        else:
            at = rest.find("\n", at)
        at = rest.find("|", at)
    out.append(rest[start:])
    return "\n\n".join(out), len(out) - 1
