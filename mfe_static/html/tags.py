"""Finding tags by the tokenizer's rules (HTML Standard §13.2.5), as far as they matter here, and what attributes mean.

Quantifiers are possessive, so no input makes an expression backtrack.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from mfe_static.html.marks import CLOSE, OPEN
from mfe_static.patterns import compiled
from mfe_static.pieces import Want


def _any_of(names: Sequence[str]) -> str:
    """An expression for names in any case, in which Python's engine tries none whose first letter is not there."""
    tails = {first: "|".join(name[1:] for name in its) for first, its in groupby(sorted(names), itemgetter(0))}
    return f"(?:{'|'.join(f'[{first}{first.upper()}](?i:{its})' for first, its in tails.items())})"


# Attributes as the tokenizer reads them: quotes mean something only right behind `=`.
VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)"""
ATTRIBUTES = rf"""(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+{VALUE}?+)?+)*+"""

# What most tags of a page look like. Their values hold no `<`, so that nothing is read twice however a text is made.
_SIMPLE = rf'"[^"<{OPEN}]*+"'
_QUIET = rf"""(?:\ (?:class|role|tabindex|scope|title|lang|dir|rel|type|width|height|datetime|(?:aria|data)-[a-z]++)
    ={_SIMPLE})*+"""
"""Attributes that mean nothing here, on whatever element."""
TEXTS = tuple("script style textarea title xmp iframe noembed noframes".split())
"""Elements whose content is text."""
_RAW = _any_of(TEXTS)
_NAME = rf"(?!(?:h1|img|{'|'.join(TEXTS)})[\ >])[a-z][a-z0-9]*+"
"""Elements that mean nothing but for their attributes; `mfe-fragment` has a hyphen and is none."""
_META = rf"meta(?:\ (?:charset|name|property|media|content)={_SIMPLE})++"
_LOCAL = r"""(?:/(?!/)|[\#?.])[!\#-%'-;=-~]*+"""
"""A URL that leads to this site as it is written: no scheme, mark, character reference or blank."""
_TAG = rf"""<
    (?!/[^mM]|title>[^<{OPEN}]*+</title>|span\ class="[a-z0-9]{{1,3}}">|{_NAME}{_QUIET}>|{_META}>)
    (?:(?:a{_QUIET}|(?P<link>link\ rel="canonical"))
        \ href="(?:(?P<local>{_LOCAL})(?=")|(?P<href>[^"<]++))"(?(link)|{_QUIET})>
    |{_NAME}{_QUIET}\ id="(?P<id>[^"<{OPEN}]++)"{_QUIET}>
    |img\ src="(?P<src>[^"<]++)"\ alt={_SIMPLE}(?:\ title={_SIMPLE})?>
    |h1>(?P<h1>[^<{OPEN}]*+)</h1>
    |mfe-fragment(?P<slot>(?:\ [a-z]++={_SIMPLE})*+)></mfe-fragment>
    |/(?P<end>(?i:mfe-fragment)\s*+>)
    |!--(?:-?>|.*?(?:--!?>|\Z))
    |(?P<raw>{_RAW})(?P<rawattrs>(?=[\s/>]){ATTRIBUTES})>(?P<text>.*?)(?=</(?i:(?P=raw))|\Z)
    |(?P<tag>[a-zA-Z][^\s/>]*+)(?P<attrs>(?=[\s/]){ATTRIBUTES})>
    |(?P<bare>(?i:h1|mfe-fragment|img))>
    |[a-zA-Z][^\s/>]*+(?=[\s/]){ATTRIBUTES}\Z)"""
_FLAGS = re.VERBOSE | re.DOTALL | re.ASCII  # HTML knows ASCII white space only
TAG = compiled(_TAG, _FLAGS)
"""A comment or a tag that the text ends in (no group), a tag that means one thing (`id`, `local`,
`href`, `src`, `slot`, `h1`), an element whose
content is text (`raw`), any other tag (`tag`, `bare`, `end`). Tags that mean nothing are not found at all."""
TAG_OR_MARK = compiled(rf"{_TAG}|{OPEN}(?P<mark>[^{OPEN}{CLOSE}]*+){CLOSE}", _FLAGS)
ATTRIBUTE = compiled(r"""([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*))?)?""", re.ASCII)
"""Name, and the value in double quotes, in single quotes, or bare."""
CANDIDATE = compiled(r"(?:^|,)\s*([^\s,]\S*[^\s,]|[^\s,])")
"""A URL of a `srcset`."""
MARK = compiled(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
TAGS = compiled(r"<[^>]*>")
_BLOCKS = (
    "address article aside blockquote center details dialog dd dir div dl dt fieldset figcaption figure footer form h1 "
    "h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre search section summary table ul"
)
BLOCK = compiled(rf"<{_any_of(_BLOCKS.split())}[\s/>]")
"""Where block content begins."""
HEADING_END = compiled(r"</h1[\s>]", re.IGNORECASE)
LAST_OPENER = compiled(r".*<(/?)(?:[pP]|[hH][1-6])[\s>]", re.DOTALL)
"""The last tag of a paragraph or heading: of one that begins, when the group is empty."""

LINKS: dict[str, dict[str, Want]] = {
    "a": {"href": "page", "xlink:href": "page", "ping": "page"},
    "area": {"href": "page"},
    "audio": {"src": "asset"},
    "base": {"href": "page"},
    "blockquote": {"cite": "page"},
    "button": {"formaction": "page"},
    "del": {"cite": "page"},
    "embed": {"src": "asset"},
    "body": {"background": "picture"},
    "form": {"action": "page"},
    "frame": {"src": "page"},
    "iframe": {"src": "page"},
    "image": {"href": "picture", "xlink:href": "picture"},
    "img": {"src": "picture", "srcset": "picture"},
    "input": {"src": "picture", "formaction": "page"},
    "ins": {"cite": "page"},
    "link": {"href": "asset", "imagesrcset": "picture"},
    "object": {"data": "asset"},
    "q": {"cite": "page"},
    "script": {"src": "asset"},
    "source": {"src": "asset", "srcset": "picture"},
    "track": {"src": "asset"},
    "use": {"href": "asset", "xlink:href": "asset"},
    "video": {"src": "asset", "poster": "picture"},
}
"""Which attributes of which elements are URLs, and of what kind."""
DATA_BLOCK = compiled(
    r"""\btype\s*=\s*["']?(?!module\b|text/javascript\b|application/javascript\b)[\w+/-]+""", re.IGNORECASE
)
"""A type by which a `<script>` holds data."""
PAGE_RELS = frozenset("alternate author canonical help license next prev search bookmark".split())
"""The kinds of `<link>` that lead to pages."""

RUNNING = frozenset("href xlink:href src action formaction data background to from by values".split())
"""Attributes that lead somewhere on some element, known or not: what runs code is taken out of all of them."""
REFRESH = compiled(r"^[\s\d.]*[;,\s]\s*(?:url\s*=\s*)?[\"']?", re.IGNORECASE)
"""What stands before the URL in `<meta http-equiv=refresh content="0; url=…">`."""
WITH_INTEGRITY = frozenset({"stylesheet", "preload", "modulepreload"})
"""The kinds of `<link>` that may say `integrity` (HTML Standard §4.2.4)."""

SHORT = 300
"""Characters of a tag up to which what it means may be remembered."""

Attribute = tuple[str, str, int, int]
"""Name, value (still escaped), and where the value begins and ends in the tag, quotes included; -1: it has none."""


def attributes(tag: str, start: int) -> Iterator[Attribute]:
    """The attributes of a tag, whose name ends at `start`."""
    for match in ATTRIBUTE.finditer(tag, start, len(tag) - 1):
        index = match.lastindex
        if index == 1 or index is None:
            yield match[1].lower(), "", -1, -1
        else:
            quoted = 0 if index == 4 else 1
            yield match[1].lower(), match[index], match.start(index) - quoted, match.end(index) + quoted
