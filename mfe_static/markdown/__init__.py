"""Markdown: text in, HTML and what is known of it out. The only room that knows markdown-it.

`dialect` says what the language is and parses it, `quick` makes that quick, `ids` names headings, `page` writes
HTML, `presets` are the two public dialects, `places` finds where something stood in the source. Markdown is
no template: braces are text. Destinations leave this room as they were written, because only later rooms know
teams, pages and files.

Invariant: `render` is a pure function of its arguments and never raises, whatever the text. What is nested
beyond all measure is shown as text.
"""

from typing import Literal, NamedTuple

from mfe_static.markdown.dialect import parse
from mfe_static.markdown.page import Heading, Rendered, write
from mfe_static.markdown.places import Position, locate
from mfe_static.markdown.presets import specified
from mfe_static.markdown.text import escaped, quoted

__all__ = ["Heading", "Options", "Position", "Rendered", "locate", "render", "to_html"]


class Options(NamedTuple):
    """`[markdown]` of a team."""

    html: Literal["allow", "escape"] = "allow"
    """Whether raw HTML is kept or shown as text; fragments are kept in both."""
    highlight: bool = True


def render(text: str, *, has_title: bool, options: Options) -> Rendered:
    """Render `text`, which is Markdown without front matter.

    A leading heading becomes the page's own and is taken out: of any level when the page has no title yet
    (`has_title`), else of level 1. All others of level 1 become level 2.
    """
    try:
        tokens, env = parse(text, options.html)
        raw = options.html == "allow"
        return write(tokens, env["ids"], has_title=has_title, raw=raw, highlight=options.highlight)
    except RecursionError:
        return Rendered(_as_text(text), (), "", "", "", False)


def to_html(text: str, preset: Literal["commonmark", "gfm", "site"]) -> str:
    """The HTML of `text` in one dialect. The first two: no ids, no highlighting, no links rewritten."""
    if preset == "site":
        page = render(text, has_title=True, options=Options())
        heading = f'<h1 id="{quoted(page.heading_id)}">{page.heading}</h1>\n' if page.heading_id else ""
        return heading + page.html
    try:
        return str(specified(preset).render(text))
    except RecursionError:
        return _as_text(text)


def _as_text(text: str) -> str:
    return f'<pre tabindex="0">{escaped(text)}</pre>\n'
