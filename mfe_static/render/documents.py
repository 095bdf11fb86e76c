"""Each page file on its own: front matter and Markdown, or a Jinja page kept for later.

The result depends on the file and the options alone, so it is cached under their digest, and any process can make it.
"""

import datetime
import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from mfe_static import markdown, matter
from mfe_static.cache import unkeepable
from mfe_static.digests import Digest, digest
from mfe_static.files import text_of
from mfe_static.html import cut, plain_text
from mfe_static.limits import TooSlow, time_limit
from mfe_static.model import Cut, Heading
from mfe_static.problems import Problem, problem
from mfe_static.settings import FrontMatterSettings, PageMatter
from mfe_static.templates import lines_above

_H1 = re.compile(r"<h1(?:\s[^>]*)?>(.*?)</h1\s*>", re.DOTALL | re.IGNORECASE)


class DocumentOptions(msgspec.Struct, frozen=True):
    """All that reading a document depends on, beside the document."""

    html: Literal["allow", "escape"]
    highlight: bool
    unknown_keys: Literal["error", "warn", "extra"]
    schemes: tuple[str, ...]
    layout: str
    """The layout of documents that name none."""
    own_layouts: tuple[str, ...]
    """Names of the team's own layouts: content that goes into one stays uncut."""


class Dates(msgspec.Struct, frozen=True):
    """The dates of front matter in ISO 8601, as dates and dates with time share no encoding; empty: none."""

    date: str = ""
    updated: str = ""
    publish: str = ""
    expires: str = ""


class Document(msgspec.Struct, frozen=True):
    """One page file, read."""

    shown: str
    matter: PageMatter = PageMatter()
    """Without its dates, which are in `dates`."""
    dates: Dates = Dates()
    template: str = ""
    """A Jinja page's text, with a comment in place of its front matter; empty for Markdown."""
    html: str = ""
    """Markdown's HTML, when a layout of the team still has to go around it."""
    cut: Cut | None = None
    """The finished body, when no template of the team is involved."""
    title: str = ""
    """The first heading's text."""
    heading: str = ""
    heading_id: str = ""
    headings: tuple[Heading, ...] = ()
    code: bool = False
    problems: tuple[Problem, ...] = ()


class Load(msgspec.Struct, frozen=True):
    """A document to read: its name and bytes."""

    shown: str
    content: bytes


def document_key(options: DocumentOptions, load: Load) -> Digest:
    """Names everything that the document depends on."""
    return digest(msgspec.msgpack.encode(options), load.shown, load.content)


def read_documents(options: DocumentOptions, batch: Sequence[Load]) -> list[Document]:
    """Read a batch of documents; one that takes too long is a problem."""
    out = []
    for load in batch:
        try:
            with time_limit():
                out.append(_read(options, load))
        except TooSlow:
            out.append(Document(load.shown, problems=(problem("too-slow", "the page took too long", file=load.shown),)))
    return out


def _read(options: DocumentOptions, load: Load) -> Document:
    shown = load.shown
    text = text_of(load.content, shown)
    if isinstance(text, Problem):
        return Document(shown, problems=(text,))
    front, body, body_line, problems = matter.page_matter(
        text, shown, FrontMatterSettings(unknown=options.unknown_keys)
    )
    if why := unkeepable(front):
        problems.append(problem("bad-front-matter", why, file=shown, line=1))
        front = PageMatter()
    dates = Dates(*(_iso(moment) for moment in (front.date, front.updated, front.publish, front.expires)))
    front = msgspec.structs.replace(front, date=None, updated=None, publish=None, expires=None)
    if not shown.lower().endswith(".md"):
        template = lines_above(body_line) + body
        heading = _H1.search(body)
        title = plain_text(heading[1]) if heading and "{" not in heading[1] else ""
        return Document(shown, front, dates, template=template, title=title, problems=tuple(problems))
    rendered = markdown.render(
        body,
        has_title=bool(front.title),
        options=markdown.Options(html=options.html, highlight=options.highlight),
    )
    framed = (front.layout or options.layout) in options.own_layouts
    return Document(
        shown,
        front,
        dates,
        html=rendered.html if framed else "",
        cut=None if framed else cut(rendered.html, frozenset(options.schemes)),
        title=rendered.title,
        heading=rendered.heading,
        heading_id=rendered.heading_id,
        headings=tuple(Heading(h.level, h.id, h.title) for h in rendered.headings),
        code=rendered.code,
        problems=tuple(problems),
    )


def _iso(moment: datetime.date | None) -> str:
    return moment.isoformat() if moment else ""
