"""Markdown: text in, HTML and what is known of it out. The only room that knows markdown-it.

`dialect` says what the language is and parses it, `quick` makes that quick, `ids` names headings, `page` writes
HTML, `presets` are the two public dialects, `places` finds where something stood in the source. Markdown is
no template: braces are text. Destinations leave this room as they were written, because only later rooms know
teams, pages and files.

There are two roads to a page. markdown-it's is the definition; `compiled` is the short one, for texts of which
`alike` (with `fences` and `indents`) is certain that they come out the same. A page of 5 KB takes 0.9 ms and 0.1 ms.

Invariants: `render` is a pure function of its arguments and never raises, whatever the text; what is nested beyond
all measure is shown as text; the road makes no difference, but that the short one knows of `Rendered.simple`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import msgspec

from mfe_static.markdown import compiled
from mfe_static.markdown.page import Highlight, Rendered, write
from mfe_static.markdown.text import clean, escaped, quoted
from mfe_static.patterns import pattern
from mfe_static.steps import Steps, alone

if TYPE_CHECKING:
    from mfe_static.markdown.places import Position

_BLOCK = r'(?s)<pre tabindex="0"><code class="language-[^"]*">(.*?)</code></pre>'

__all__ = [
    "Highlight",
    "Options",
    "Rendered",
    "blocks",
    "highlighted",
    "locate",
    "render",
    "rendering",
    "to_html",
]


class Options(msgspec.Struct, frozen=True):
    """`[markdown]` of a team."""

    html: Literal["allow", "escape"] = "allow"
    """Whether raw HTML is kept or shown as text; fragments are kept in both."""
    highlight: bool = True
    engine: Literal["auto", "markdown-it", "pyromark"] = "auto"
    """Whether the compiled parser may be taken, all but `markdown-it`; the page is the same with each."""
    lazy: bool = True
    """Whether all pictures but the first are said to be lazy; else whoever stitches the page says so."""


def highlighted(code: str, language: str) -> str | None:
    """`code` as HTML; see `highlight`, which a build with little to do never needs."""
    from mfe_static.markdown import highlight

    return highlight.highlighted(code, language)


def render(text: str, *, has_title: bool, options: Options, highlight: Highlight = highlighted) -> Rendered:
    """What `rendering` comes to, for one text alone."""
    return alone(rendering(text, has_title=has_title, options=options, highlight=highlight))


def rendering(text: str, *, has_title: bool, options: Options, highlight: Highlight) -> Steps[Rendered]:
    """Render `text`, which is Markdown without front matter, in steps.

    `highlight`: somebody who may remember what came of code. A leading heading becomes the page's own and is taken out:
    of any level when the page has no title yet (`has_title`), else of level 1. All others of level 1 become level 2.
    """
    text = clean(text)
    raw, paint = options.html == "allow", highlight if options.highlight else None
    if options.engine != "markdown-it":
        page = yield from compiled.rendering(text, has_title=has_title, raw=raw, highlight=paint, lazy=options.lazy)
        if page is not None:
            return page
    from mfe_static.markdown.dialect import parse  # most sites need markdown-it for few pages, many for none

    try:
        tokens, env = parse(text, options.html)
        return write(tokens, env["ids"], has_title=has_title, raw=raw, highlight=paint, lazy=options.lazy)
    except RecursionError:
        return Rendered(_as_text(text), (), "", "", "", False)


def blocks(html: Iterable[str]) -> list[str]:
    """The inside of all that looks like a block of code with a language."""
    return [inside for text in html for inside in pattern(_BLOCK).findall(text)]


def locate(text: str, url: str, nth: int = 1) -> "Position | None":
    """Where the `nth` link or picture with this destination stands in `text`; see `places`."""
    from mfe_static.markdown import places

    return places.locate(text, url, nth)


def to_html(text: str, preset: Literal["commonmark", "gfm", "site"]) -> str:
    """The HTML of `text` in one dialect. The first two: no ids, no highlighting, no links rewritten."""
    if preset == "site":
        page = render(text, has_title=True, options=Options())
        heading = f'<h1 id="{quoted(page.heading_id)}">{page.heading}</h1>\n' if page.heading_id else ""
        return heading + page.html
    from mfe_static.markdown.presets import specified

    try:
        return str(specified(preset).render(text))
    except RecursionError:
        return _as_text(text)


def _as_text(text: str) -> str:
    return f'<pre tabindex="0">{escaped(text)}</pre>\n'
