"""The compiled parser, and its HTML brought into the form that `page` writes.

pyromark is pulldown-cmark in Rust: it makes the HTML of a page of 5 KB in 0.02 ms, where markdown-it-py takes 0.9 ms.
It is taken only for texts that `alike` passes, and what it makes is counted against what `alike` saw. It was chosen
among the compiled parsers because it has wheels for all systems and Pythons that we run on, is kept up, and writes
nearest to what we write: cmarkgfm and comrak encode destinations, markdown-it-pyrs is no longer kept up and fails on
some texts. Where it is not installed, or is of a series that the tests do not know, all pages take the other road.

Invariant: the result is the one of `dialect` and `page`, byte for byte, or None.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from mfe_static.markdown.alike import AFTER_URL, BARE_URL, Facts, alike
from mfe_static.markdown.ids import Ids, own
from mfe_static.markdown.page import Heading, Highlight, Rendered
from mfe_static.markdown.text import quoted

SERIES = "0.10."
"""The versions of pyromark that have been proven to agree."""

_ENDS = "p> ul> ol> li> pre> blockquote> table> hr> --> h1> h2> h3> h4> h5> h6>".split()
"""How the line before a block ends when it belongs to no text."""
_AFTER_TEXT = re.compile(
    r"\n(?=<(?:[uo]l|pre|blockquote|table|h[1-6r])\b)" + "".join([rf"(?<!{end}\n)" for end in _ENDS])
).sub
"""The line end between the text of a tight item and the next block."""
_HEADING = re.compile(r"<h([1-6])>(.*?)(?: \{#([A-Za-z][A-Za-z0-9-]*)\})?</h[1-6]>\n", re.DOTALL)
_LEADING = re.compile(r"(?:<!--[^>]*-->\n)*+(?=<h([1-6])>)").match
_PICTURES = re.compile(r"<img ([^>]*)>").subn
_TABLES = re.compile(r"<table><thead><tr>(.*?)</tr></thead><tbody>\n(.*?)</tbody></table>", re.DOTALL).subn
_ALERTS = re.compile(r"<blockquote>\n<p>\[!([A-Za-z]+)\](\n|</p>\n)(.*?)</blockquote>\n", re.DOTALL).subn
_BARE = re.compile(
    r"<pre>.*?</pre>|<code>.*?</code>|<a .*?</a>|<!--.*?-->|<[^>]*>" + rf"|(?<=[\s>(])({BARE_URL}){AFTER_URL}",
    re.DOTALL | re.ASCII,
).sub
"""What holds no bare URL, or a bare URL."""
_TAG = re.compile(r"<[^>]*>").sub
_ALTERNATIVE = re.compile(r'<img src="[^"]*" alt="([^"]*)"[^>]*>').sub
_LATE = ' loading="lazy" decoding="async"'


def render(text: str, *, has_title: bool, raw: bool, highlight: Highlight | None) -> Rendered | None:
    """The page of `text`, which is clean; None when it is not certain to be that of our dialect."""
    convert = converter()
    if convert is None:
        return None
    if text[-1:] != "\n":
        text += "\n"
    facts = alike(text, raw=raw)
    if facts is None:
        return None
    html = convert(text)
    if html is None or not _agree(html, facts):
        return None
    return _page(html, facts, has_title=has_title, highlight=highlight)


@lru_cache(maxsize=1)
def converter() -> Callable[[str], str | None] | None:
    """Markdown to HTML, in the compiled parser's form; None where it cannot be had."""
    try:
        import pyromark
    except ImportError:
        return None
    if not getattr(pyromark, "__version__", "").startswith(SERIES):
        return None
    to_html = pyromark.Markdown(options=pyromark.Options.ENABLE_TABLES).html

    def convert(text: str) -> str | None:
        try:
            return to_html(text)
        except UnicodeEncodeError:  # half a surrogate pair
            return None
        except BaseException as error:  # what the parser's own failures derive from
            if type(error).__name__ == "PanicException":
                return None
            raise

    return convert


def _agree(html: str, facts: Facts) -> bool:
    """Whether the parser has found what is known to be in the text."""
    blocks = len(facts.languages)
    return html.count("<code") == blocks + facts.spans and html.count("<a ") == facts.links


# -- from its form into ours


def _page(html: str, facts: Facts, *, has_title: bool, highlight: Highlight | None) -> Rendered | None:
    html = html.replace(" />", ">")
    if "<li>" in html:
        html = _AFTER_TEXT("", html.replace("<li>\n", "<li>"))
    pictures = tables = alerts = bare = 0
    if facts.bare:
        html, bare = _linked(html)
    if facts.pictures:
        html, pictures = _pictures(html)
    if facts.tables:
        html, tables = _TABLES(_table, html)
    if facts.alerts:
        html, alerts = _ALERTS(_alert, html)
    if (pictures, tables, alerts, bare) != (facts.pictures, facts.tables, facts.alerts, facts.bare):
        return None
    headings = _Headings(facts.ids)
    leading = _LEADING(html)
    if leading and (leading[1] == "1" or not has_title):
        html = headings.promoted(html, leading.end())
    html = _HEADING.sub(headings.written, html)
    if tuple(headings.own) != facts.ids:
        return None
    code = False
    if facts.languages:
        parts = html.split("<pre><code")
        if len(parts) != len(facts.languages) + 1:
            return None
        html, code = _code(parts, facts.languages, highlight=highlight)
    title = headings.titles[0] if headings.titles else ""
    return Rendered(html, tuple(headings.found), title, headings.heading, headings.heading_id, code)


class _Headings:
    """The headings of one page, met in order."""

    def __init__(self, ids: tuple[str, ...]) -> None:
        self._ids = Ids(ids)
        self.own: list[str] = []
        self.found: list[Heading] = []
        self.titles: list[str] = []
        self.heading = self.heading_id = ""

    def promoted(self, html: str, start: int) -> str:
        """`html` without the heading at `start`, which becomes the page's own."""
        match = _HEADING.match(html, start)
        assert match is not None
        self.heading = match[2]
        self.heading_id = self._name(match)
        return html[:start] + html[match.end() :]

    def written(self, match: re.Match[str]) -> str:
        """A heading of the content with its id."""
        level = "2" if match[1] == "1" else match[1]
        name = self._name(match)
        self.found.append(Heading(int(level), name, self.titles[-1]))
        return f'<h{level} id="{name}">{match[2]}</h{level}>\n'

    def _name(self, match: re.Match[str]) -> str:
        self.titles.append(_plain(match[2]))
        if match[3] is not None:
            self.own.append(match[3])
            return own(match[3])
        return self._ids.take(_text(match[2]))


def _text(html: str) -> str:
    """Running text without its markup."""
    if "<" in html:
        html = _TAG("", html)
    if "&" in html:
        html = _unescaped(html)
    return html


def _plain(html: str) -> str:
    """Running text without its markup, in one line; the alternative text of pictures counts."""
    if "<img" in html:
        html = _ALTERNATIVE(r"\1", html).replace("&quot;", '"')
    return " ".join(_text(html).split())


def _unescaped(html: str) -> str:
    return html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _linked(html: str) -> tuple[str, int]:
    """Bare URLs as links, and how many there were."""
    bare = 0

    def link(match: re.Match[str]) -> str:
        nonlocal bare
        if match[1] is None:
            return match[0]
        bare += 1
        return f'<a href="{match[1]}">{match[1]}</a>'

    return _BARE(link, html), bare


def _pictures(html: str) -> tuple[str, int]:
    """The first picture of a page is likely in view at once; only those after it may wait."""
    late = ""

    def picture(match: re.Match[str]) -> str:
        nonlocal late
        tag = f"<img {match[1]}{late}>".replace("&#39;", "'")
        late = _LATE
        return tag

    return _PICTURES(picture, html)


def _table(match: re.Match[str]) -> str:
    """A table in its box, with its alignment as classes; see `page`."""
    head, body = (part.replace(' style="text-align: ', ' class="align-') for part in match.groups())
    columns = [_plain(column) for column in match[1].split("</th>")]
    name = ", ".join([column for column in columns if column])
    label = f' aria-label="{quoted(name)}"' if name else ""
    rows = f"<tbody>\n{body}</tbody>\n" if body else ""
    return (
        f'<div class="table" role="group" tabindex="0"{label}><table>\n'
        f"<thead>\n<tr>{head}</tr>\n</thead>\n{rows}</table></div>"
    )


def _alert(match: re.Match[str]) -> str:
    kind, break_, rest = match.groups()
    start = "<p>" if break_ == "\n" else ""
    return (
        f'<div class="alert alert-{kind.lower()}" role="note">\n'
        f'<p class="alert-title">{kind.capitalize()}</p>\n{start}{rest}</div>\n'
    )


def _code(parts: list[str], languages: tuple[str, ...], *, highlight: Highlight | None) -> tuple[str, bool]:
    """Fenced blocks with their language, highlighted where that can be; and whether any was.

    `parts`: the page, cut before the attributes of each block's `code`.
    """
    out = [parts[0]]
    coloured = False
    for language, part in zip(languages, parts[1:], strict=True):
        end = part.index("</code>")
        code = part[part.index(">") + 1 : end]
        kind = f' class="language-{quoted(language)}"' if language else ""
        spans = highlight(_unescaped(code), language) if highlight and language else None
        coloured = coloured or spans is not None
        out += f'<pre tabindex="0"><code{kind}>', code if spans is None else spans, part[end:]
    return "".join(out), coloured
