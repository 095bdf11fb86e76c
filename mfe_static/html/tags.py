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
    return f"(?:{'|'.join(f'{first}(?i:{its})|{first.upper()}(?i:{its})' for first, its in tails.items())})"


# Attributes as the tokenizer reads them: quotes mean something only right behind `=`.
VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)"""
ATTRIBUTES = rf"""(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+{VALUE}?+)?+)*+"""

TEXTS = tuple("script style textarea title xmp iframe noembed noframes".split())
"""Elements whose content is text."""
_END = rf"{ATTRIBUTES}(?:>|\Z)"
_REST = rf"(?:[^\s/><{OPEN}]*+>|[^\s/>]*+[\s/]{_END})"
"""The rest of a tag, behind its name, or some of it."""


def _tags(mark: str) -> str:
    """Tags that may mean something. `mark`: what no value in the usual spelling holds, as each of them has to be found.

    Most tags mean nothing. So those that pages are full of are told first, by their first letters: the engine tries no
    alternative that begins with another. What is passed over holds no `<`, so nothing is read twice however a text is
    made. Sets of characters begin with the letters, as their ranges are tried in turn.
    """
    rest = rf"{chr(ord(mark) - 1)}{chr(ord(mark) + 1)}-\U0010ffff" if mark else r"\U0010ffff"
    value = rf'"[=-{rest}\x00-!\#-;]*+"'
    names = "class|role|tabindex|scope|title|lang|dir|rel|type|width|height|datetime|(?:aria|data)-[a-z]++"
    quiet = rf"(?:(?:{names})={value})"
    return rf"""<(?!/[^mM]|p>|code>|li>|em>|t[abdhr][a-z]*+>|strong>
        |t[hd]\ class={value}>|code\ class={value}>|span\ class={value}>|pre\ tabindex={value}>
        |[bcdegjklopqruvwyz][a-z]*+>|meta(?:\ (?:charset|name|property|media|content)={value})++>)
    (?:a\ href="(?P<href>[^"]++)">
    |a[\s/](?:(?:{quiet}\ )?+href="(?P<link>[^"]++)"(?:>|(?:\ {quiet})++>)|{_END})
    |h(?:[2-6]\ id="(?P<anchor>[^"{mark}]++)">|1>(?P<h1>[^<{mark}]*+)</h1>|1{_REST})
    |i[mMfF](?:(?<=im)g\ src="(?P<src>[^"]++)"\ alt={value}(?:\ title={value})?+>|{_REST})
    |m(?:fe-fragment(?P<slot>(?:\ [a-z]++={value})*+)></mfe-fragment>|[fF]{_REST})
    |link\ rel="canonical"\ href="(?P<canonical>[^"]++)">
    |t[iIeE](?!tle>[^<{mark}]*+</title>)[tTxX]{_REST}
    |s[cCtT][rRyY][iIlL]{_REST}|n[oO]{_REST}|x[mM]{_REST}
    |/(?P<end>[mM](?i:fe-fragment)\s*+>)
    |!--(?:-?>|.*?(?:--!?>|\Z))
    |[a-z][^\s/><{mark}]*+(?:[\s/](?:id="(?P<id>[^"{mark}]++)"(?:>|(?:\ {quiet})++>)|(?!{quiet}(?:\ {quiet})*+>){_END})
        |[<{mark}][^\s/>]*+[\s/]{_END})
    |[A-Z]{_REST})"""


_FLAGS = re.VERBOSE | re.DOTALL | re.ASCII  # HTML knows ASCII white space only
TAG = compiled(_tags(""), _FLAGS)
"""A tag that means one thing (`href`, `link`, `canonical`, `anchor`, `id`, `h1`, `src`, `slot`, `end`); any
other that may mean something, a comment, or a tag that the text ends in (no group)."""
TAG_OR_MARK = compiled(rf"{_tags(OPEN)}|{OPEN}(?P<mark>[^{OPEN}{CLOSE}]*+){CLOSE}", _FLAGS)
"""The same for texts that hold marks."""
SIMPLE = compiled(r'="(?:(?<=<a href=")([^"]++)|(?<=<img src=")([^"]++)("[^>]*+>))')
"""The URL of a link, or that of a picture and the rest of its tag; see `cut_simple`. `="` is rarer than `<`."""
NAME = compiled(r"[^\s/>]++", re.ASCII)
"""The name of a tag."""
TEXT_ENDS = {name: compiled(rf"</(?i:{name})", re.ASCII) for name in TEXTS}
"""Where the text of an element ends."""
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
BLOCK = compiled(rf"<(?!/|!|meta|link|title|script){_any_of(_BLOCKS.split())}[\s/>]")
"""Where block content begins; what heads are full of is no such tag, and told first."""
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
