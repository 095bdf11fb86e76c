"""Finding tags by the tokenizer's rules (HTML Standard §13.2.5), as far as they matter here, and what attributes mean.

Quantifiers are possessive, so no input makes an expression backtrack.
"""

import re

from mfe_static.html.marks import CLOSE, OPEN
from mfe_static.model import Want

# Attributes as the tokenizer reads them: quotes mean something only right behind `=`.
VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)"""
ATTRIBUTES = rf"""(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+{VALUE}?+)?+)*+"""
TAG = re.compile(
    rf"""<!--(?:-?>|.*?(?:--!?>|\Z))
    |<(?P<raw>script|style|textarea|title|xmp|iframe|noembed|noframes)(?P<rawattrs>(?=[\s/>]){ATTRIBUTES})>(?P<text>.*?)(?=</(?P=raw)|\Z)
    |<(?!span\ class="[a-z0-9]{{1,3}}">)(?P<tag>[a-z][^\s/>]*+)(?P<attrs>(?=[\s/]){ATTRIBUTES})>
    |<(?P<bare>h1|mfe-fragment|img)>
    |<[a-z][^\s/>]*+(?=[\s/]){ATTRIBUTES}\Z
    |(?P<end></mfe-fragment\s*>)
    |{OPEN}(?P<mark>[^{OPEN}{CLOSE}]*){CLOSE}""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL | re.ASCII,  # HTML knows ASCII white space only
)
"""A comment (no group), an element whose content is text (`raw`), a tag (`tag`, `bare`, `end`), or a mark."""
ATTRIBUTE = re.compile(r"""([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*))?)?""", re.ASCII)
"""Name, and the value in double quotes, in single quotes, or bare."""
CANDIDATE = re.compile(r"(?:^|,)\s*([^\s,]\S*[^\s,]|[^\s,])")
"""A URL of a `srcset`."""
MARK = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
TAGS = re.compile(r"<[^>]*>")
BLOCK = re.compile(
    r"<(?:address|article|aside|blockquote|center|details|dialog|dd|dir|div|dl|dt|fieldset|figcaption|figure|footer|form"
    r"|h[1-6]|header|hgroup|hr|li|main|menu|nav|ol|p|pre|search|section|summary|table|ul)[\s/>]",
    re.IGNORECASE,
)
"""Where block content begins."""
HEADING_END = re.compile(r"</h1[\s>]", re.IGNORECASE)
TEXT_OPEN = re.compile(r"<(/?)(p|h[1-6])[\s>]", re.IGNORECASE)

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
DATA_BLOCK = re.compile(
    r"""\btype\s*=\s*["']?(?!module\b|text/javascript\b|application/javascript\b)[\w+/-]+""", re.IGNORECASE
)
"""A type by which a `<script>` holds data."""
PAGE_RELS = frozenset("alternate author canonical help license next prev search bookmark".split())
"""The kinds of `<link>` that lead to pages."""

RUNNING = frozenset("href xlink:href src action formaction data background to from by values".split())
"""Attributes that lead somewhere on some element, known or not: what runs code is taken out of all of them."""
REFRESH = re.compile(r"^[\s\d.]*[;,\s]\s*(?:url\s*=\s*)?[\"']?", re.IGNORECASE)
"""What stands before the URL in `<meta http-equiv=refresh content="0; url=…">`."""
WITH_INTEGRITY = frozenset({"stylesheet", "preload", "modulepreload"})
"""The kinds of `<link>` that may say `integrity` (HTML Standard §4.2.4)."""
