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
from mfe_static.markdown.ids import Ids, own, slug
from mfe_static.markdown.page import Highlight, Rendered
from mfe_static.markdown.text import escaped, quoted
from mfe_static.patterns import pattern
from mfe_static.pieces import Heading
from mfe_static.steps import Steps

SERIES = "0.10."
"""The versions of pyromark that have been proven to agree."""

_ENDS = tuple("p> ul> ol> li> pre> blockquote> table> hr> --> h1> h2> h3> h4> h5> h6>".split())
"""How the line before a block ends when it belongs to no text."""
_BLOCKS = (
    r"\n<(h[1-6]>(?:[^<]++|<(?!/h))*+|[uo]l|pre><code[^>]*+>"
    r"|table><thead><tr>(?:[^<]++|<(?!/tr>))*+</tr></thead><tbody>\n(?:<tr>[^\n]*+\n)*+</tbody></table>)"
)
"""A heading up to its end, where a list and a block of code begin, and a table: each at the start of a line."""
_OWN_ID = r" \{#([A-Za-z][A-Za-z0-9-]*)\}\Z"
_BEFORE_HEADING = r"(?:\n<!--[^>]*-->)*+"
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
    """Whether the parser has found what is known to be in the text.

    Most often nothing has to be counted: where no backtick is left, each of them is an edge of code, and where no `]`
    is, each ends a label, or they stood in cells for which a table has no column, which both leave out. Of blocks and
    pictures `_page` counts all.
    """
    if "`" in html and html.count("</code>") != len(facts.blocks) + facts.spans:
        return False
    return (facts.bracketed and "]" not in html) or html.count('<a href="') == facts.links


# -- from its form into ours


def _page(html: str, facts: Facts, *, has_title: bool, highlight: Highlight | None, lazy: bool) -> Rendered | None:
    html, pictures = _closed(f"\n{html}", facts.pictures, lazy)
    bare = tables = alerts = 0
    if facts.bare:
        html, bare = _linked(html)
    parts = pattern(_BLOCKS).split(html)
    headings: list[int] = []
    blocks: list[int] = []
    for place in range(1, len(parts), 2):
        block = parts[place]
        if block[0] == "h":
            headings.append(place)
            continue
        if block[0] == "t":
            tables += 1
            block = _table(block)
        elif block[0] == "p":
            blocks.append(place)
        # A line end between the text of a tight item and the next block goes.
        tight = facts.depth > 1 and parts[place - 1] and not parts[place - 1].endswith(_ENDS)
        parts[place] = f"<{block}" if tight else f"\n<{block}"
    if len(blocks) != len(facts.blocks):
        return None
    code = _coded(parts, blocks, facts.blocks, highlight)
    headed = _headed(parts, headings, facts.ids, has_title=has_title)
    if headed is None:
        return None
    html = "".join(parts)[1:]
    if facts.loose:
        html = html.replace("<li>\n", "<li>")
    if facts.alerts:
        html, alerts = pattern(_ALERTS).subn(_alert, html)
    if (pictures, tables, alerts, bare) != (facts.pictures, facts.tables, facts.alerts, facts.bare):
        return None
    return Rendered(html, headed.headings, headed.title, headed.heading, headed.heading_id, code, simple=True)


class _Headed(msgspec.Struct, frozen=True):
    """What is known of a page's headings; see `Rendered`."""

    headings: tuple[Heading, ...]
    title: str
    heading: str
    heading_id: str


def _headed(parts: list[str], places: list[int], ids: tuple[str, ...], *, has_title: bool) -> _Headed | None:
    """Put ids into the headings at `places` of a page, of which authors gave `ids`; None when they gave others."""
    once = Ids(ids).once
    headings: list[Heading] = []
    own_ids: list[str] = []
    first = heading = heading_id = ""
    for place in places:
        level, content = parts[place][1], parts[place][3:]
        words = content.split(" ")
        if "" not in words and content.isascii() and "".join(words).isalnum():  # as most: there is nothing to take out
            title, name = content, once("-".join(words).lower())
        else:
            given = pattern(_OWN_ID).search(content) if "}" in content else None
            if given:
                content = content[: given.start()]
                own_ids.append(given[1])
            title = " ".join(_text(content, pictures=True).split())
            name = own(given[1]) if given else once(slug(_text(content)))
        if place == places[0]:
            first = title
            leads = place == 1 and pattern(_BEFORE_HEADING).fullmatch(parts[0])
            if leads and (level == "1" or not has_title):
                heading, heading_id = content, name
                parts[1], parts[2] = "", parts[2][len("</h1>") :]
                continue
        if level == "1":  # which is the page's title alone
            level, parts[place + 1] = "2", f"</h2>{parts[place + 1][len('</h1>') :]}"
        headings.append(Heading(int(level), name, title))
        parts[place] = f'\n<h{level} id="{name}">{content}'
    if tuple(own_ids) != ids:
        return None
    return _Headed(tuple(headings), first, heading, heading_id)


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


def _table(html: str) -> str:
    """A table in its box, with alignment as classes; see `page`. Each without the first `<`."""
    head, body = html[len("table><thead><tr>") : -len("</tbody></table>")].split("</tr></thead><tbody>\n")
    if "style=" in head:
        head = head.replace('<th style="text-align: ', '<th class="align-')
        body = body.replace('<td style="text-align: ', '<td class="align-')
    columns = _text(head.replace("</th>", "\n"), pictures=True).split("\n")
    name = ", ".join([" ".join(words) for column in columns if (words := column.split())])
    label = f' aria-label="{quoted(name)}"' if name else ""
    rows = f"<tbody>\n{body}</tbody>\n" if body else ""
    return (
        f'div class="table" role="group" tabindex="0"{label}><table>\n'
        f"<thead>\n<tr>{head}</tr>\n</thead>\n{rows}</table></div>"
    )


def _alert(match: re.Match[str]) -> str:
    kind, break_, rest = match.groups()
    start = "<p>" if break_ == "\n" else ""
    return (
        f'<div class="alert alert-{kind.lower()}" role="note">\n'
        f'<p class="alert-title">{kind.capitalize()}</p>\n{start}{rest}</div>\n'
    )


def _coded(
    parts: list[str], places: list[int], blocks: tuple[tuple[str, str], ...], highlight: Highlight | None
) -> bool:
    """Put `blocks` of code where they begin in a page, highlighted where that can be; whether any was."""
    coloured = False
    for place, (language, code) in zip(places, blocks, strict=True):
        kind = f' class="language-{quoted(language)}"' if language else ""
        spans = highlight(code, language) if highlight and language else None
        coloured = coloured or spans is not None
        shown = escaped(code) if spans is None else spans
        start, _, _ = parts[place].partition("<")
        parts[place] = f'{start}<pre tabindex="0"><code{kind}>{shown}'
    return coloured
