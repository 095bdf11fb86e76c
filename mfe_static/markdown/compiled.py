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

import msgspec

from mfe_static.markdown.alike import AFTER_URL, BARE_URL, Facts, alike
from mfe_static.markdown.ids import Ids, own
from mfe_static.markdown.page import Heading, Highlight, Rendered
from mfe_static.markdown.text import escaped, quoted
from mfe_static.patterns import pattern
from mfe_static.steps import Steps

SERIES = "0.10."
"""The versions of pyromark that have been proven to agree."""

_ENDS = "p> ul> ol> li> pre> blockquote> table> hr> --> h1> h2> h3> h4> h5> h6>".split()
"""How the line before a block ends when it belongs to no text."""
_AFTER_TEXT = r"\n(?=<(?:[uo]l|pre|blockquote|table|h[1-6r])\b)" + "".join([rf"(?<!{end}\n)" for end in _ENDS])
"""The line end between the text of a tight item and the next block."""
_HEADINGS = r"<h([1-6])>((?:[^<]++|<(?!/h))*+)</h[1-6]>\n"
_OWN_ID = r" \{#([A-Za-z][A-Za-z0-9-]*)\}\Z"
_BEFORE_HEADING = r"(?:<!--[^>]*-->\n)*+"
_ALERTS = r"(?s)<blockquote>\n<p>\[!([A-Za-z]+)\](\n|</p>\n)(.*?)</blockquote>\n"
_BARE = (
    r"(?as)<code>.*?</code>|<a .*?</a>|<!--.*?-->|<[^>]*>"
    rf"|(?<=[\s>(])({BARE_URL}){AFTER_URL}"
)
"""What holds no bare URL, or a bare URL."""
_CLOSING = r"/>(?<= />)"
_TAG = r"<[^>]*>"
_ALTERNATIVE = r'<img src="[^"]*" alt="([^"]*)"[^>]*>'
_LATE = ' loading="lazy" decoding="async"'


def rendering(
    text: str, *, has_title: bool, raw: bool, highlight: Highlight | None, lazy: bool = True
) -> Steps[Rendered | None]:
    """The page of `text`, which is clean; None when it is not certain to be that of our dialect."""
    convert = converter()
    if convert is None:
        return None
    if text[-1:] != "\n":
        text += "\n"
    facts = alike(text, raw=raw)
    if facts is None:
        return None
    yield
    html = convert(facts.text)
    if html is None or not _agree(html, facts):
        return None
    yield
    return _page(html, facts, has_title=has_title, highlight=highlight, lazy=lazy)


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
    return html.count("</code>") == len(facts.blocks) + facts.spans and html.count('<a href="') == facts.links


# -- from its form into ours


def _page(html: str, facts: Facts, *, has_title: bool, highlight: Highlight | None, lazy: bool) -> Rendered | None:
    html, pictures = _closed(html, facts.pictures, lazy)
    if facts.loose:
        html = html.replace("<li>\n", "<li>")
    if facts.depth > 1:
        html = pattern(_AFTER_TEXT).sub("", html)
    bare = tables = alerts = 0
    if facts.bare:
        html, bare = _linked(html)
    if facts.tables:
        html, tables = _tables(html)
    if facts.alerts:
        html, alerts = pattern(_ALERTS).subn(_alert, html)
    if (pictures, tables, alerts, bare) != (facts.pictures, facts.tables, facts.alerts, facts.bare):
        return None
    headed = _headed(html, facts.ids, has_title=has_title)
    if headed is None:
        return None
    html, code = headed.html, False
    if facts.blocks:
        parts = html.split("></code></pre>")
        if len(parts) != len(facts.blocks) + 1:
            return None
        html, code = _coded(parts, facts.blocks, highlight)
    return Rendered(html, headed.headings, headed.title, headed.heading, headed.heading_id, code, simple=True)


class _Headed(msgspec.Struct, frozen=True):
    """A page with ids in its headings; see `Rendered` for the others."""

    html: str
    headings: tuple[Heading, ...]
    title: str
    heading: str
    heading_id: str


def _headed(html: str, ids: tuple[str, ...], *, has_title: bool) -> _Headed | None:
    """The page with ids in its headings, of which authors gave `ids`; None when they gave others."""
    parts = pattern(_HEADINGS).split(html)
    take = Ids(ids).take
    headings: list[Heading] = []
    own_ids: list[str] = []
    first = heading = heading_id = ""
    for place in range(1, len(parts), 3):
        level, content = parts[place], parts[place + 1]
        given = pattern(_OWN_ID).search(content) if "}" in content else None
        if given:
            content = content[: given.start()]
            own_ids.append(given[1])
        text = title = content
        if "<" in content or "&" in content:
            text, title = _text(content), _text(content, pictures=True)
        title = " ".join(title.split())
        name = own(given[1]) if given else take(text)
        parts[place] = ""
        if place == 1:
            first = title
            if (level == "1" or not has_title) and pattern(_BEFORE_HEADING).fullmatch(parts[0]):
                heading, heading_id = content, name
                parts[2] = ""
                continue
        if level == "1":  # which is the page's title alone
            level = "2"
        headings.append(Heading(int(level), name, title))
        parts[place + 1] = f'<h{level} id="{name}">{content}</h{level}>\n'
    if tuple(own_ids) != ids:
        return None
    return _Headed("".join(parts), tuple(headings), first, heading, heading_id)


def _text(html: str, *, pictures: bool = False) -> str:
    """Running text without its markup; with `pictures`, their alternative text counts."""
    if "<" in html:
        if pictures and "<img" in html:
            html = pattern(_ALTERNATIVE).sub(r"\1", html).replace("&quot;", '"')
        html = pattern(_TAG).sub("", html)
    if "&" in html:
        html = _unescaped(html)
    return html


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

    return pattern(_BARE).sub(link, html), bare


def _closed(html: str, pictures: int, lazy: bool) -> tuple[str, int]:
    """Tags that close themselves without a slash, and how many of `pictures` there were.

    The first picture of a page is likely in view at once; only those after it may wait.
    """
    parts = pattern(_CLOSING).split(html)  # sooner done than by `str.split`; see `alike`
    seen = 0
    for place, part in enumerate(parts[:-1]):
        tag = part.rfind("<")
        if pictures and part.startswith("<img ", tag):
            late = _LATE if lazy and seen else ""
            parts[place] = part[:tag] + part[tag:-1].replace("&#39;", "'") + late
            seen += 1
        else:
            parts[place] = part[:-1]
    return ">".join(parts), seen


def _tables(html: str) -> tuple[str, int]:
    """Tables in their boxes, and how many there were."""
    parts = html.split("<table><thead><tr>")
    for place in range(1, len(parts)):
        table, _, rest = parts[place].partition("</tbody></table>")
        parts[place] = _table(table) + rest
    return "".join(parts), len(parts) - 1


def _table(html: str) -> str:
    """What is between a table's first and last tags, in its box, with alignment as classes; see `page`."""
    head, _, body = html.partition("</tr></thead><tbody>\n")
    if "style=" in head:
        head = head.replace('<th style="text-align: ', '<th class="align-')
        body = body.replace('<td style="text-align: ', '<td class="align-')
    columns = [_text(cell[cell.find(">") + 1 :], pictures=True).split() for cell in head.split("</th>")]
    name = ", ".join([" ".join(column) for column in columns if column])
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


def _coded(parts: list[str], blocks: tuple[tuple[str, str], ...], highlight: Highlight | None) -> tuple[str, bool]:
    """The page with its blocks of code, highlighted where that can be; and whether any was.

    `parts`: the page, cut where the tag ends after which each block's code belongs.
    """
    out: list[str] = []
    coloured = False
    for part, (language, code) in zip(parts[:-1], blocks, strict=True):
        kind = f' class="language-{quoted(language)}"' if language else ""
        spans = highlight(code, language) if highlight and language else None
        coloured = coloured or spans is not None
        shown = escaped(code) if spans is None else spans
        out += part[: part.rindex("<pre>")], f'<pre tabindex="0"><code{kind}>', shown, "</code></pre>"
    out.append(parts[-1])
    return "".join(out), coloured
