"""Each page file on its own: front matter and Markdown, or a Jinja page kept for later.

The result depends on the file and the options alone, so it is kept as long as both are the same, and any process can
make it.
What it makes goes into the team's pack; only a row comes back.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

import msgspec

from mfe_static import markdown, matter
from mfe_static.clock import Spent, Timings
from mfe_static.digests import Digest, digest, number
from mfe_static.files import read_bytes, text_of
from mfe_static.html import cut, cut_simple, plain_text
from mfe_static.kept import Blob
from mfe_static.limits import TooSlow, limited, limited_steps
from mfe_static.model import Body
from mfe_static.patterns import compiled
from mfe_static.pieces import Cut
from mfe_static.problems import Problem, problem
from mfe_static.render import foreign
from mfe_static.render.contract import facts_of
from mfe_static.render.foreign import Place
from mfe_static.settings import FrontMatterSettings, PageMatter
from mfe_static.state import Pack, Packs, mark_of, name_of, two, unkeepable
from mfe_static.steps import Steps, Work, together

_H1 = compiled(r"<h1(?:\s[^>]*)?>(.*?)</h1\s*>", re.DOTALL | re.IGNORECASE)


class DocumentOptions(msgspec.Struct, frozen=True):
    """All that reading a document depends on, beside the document."""

    markdown: markdown.Options
    unknown_keys: Literal["error", "warn", "extra"]
    schemes: tuple[str, ...]
    layout: str
    """The layout of documents that name none."""
    own_layouts: tuple[str, ...]
    """Names of the team's own layouts: content that goes into one stays uncut."""
    foreign: Place | None = None
    """Where another tool made the documents."""


class Dates(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """The dates of front matter in ISO 8601, as dates and dates with time share no encoding; empty: none."""

    date: str = ""
    updated: str = ""
    publish: str = ""
    expires: str = ""


class Front(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What a page file says of itself; nothing of it depends on the text below, but the title."""

    matter: PageMatter = PageMatter()
    """Without its dates, which are in `dates`."""
    dates: Dates = Dates()
    title: str = ""
    """The first heading's text."""
    code: bool = False
    """Whether it shows highlighted code."""
    final: bool = True
    """Whether its body is finished; else a template of the team still has to make it."""
    problems: tuple[Problem, ...] = ()


class Draft(msgspec.Struct, frozen=True, array_like=True):
    """What rests of a page file that a template of the team still has to make a body of."""

    template: str = ""
    """A Jinja page's text, with a comment in place of its front matter; empty for Markdown."""
    html: str = ""
    """Markdown's HTML, when a layout of the team goes around it."""
    body: Body = Body()
    """What is known of the body: its headings, and its code."""


class Document(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A page file, read: the row that is kept of it."""

    mark: Digest
    """The digest of the file; empty: it cannot be read, which its front says."""
    front: int
    """Names its `Front`, which is looked at once, when pages are planned, and rests above the body."""
    facts: int
    """Names the `Facts` of a finished body, which rest right above it; 0: it is none yet."""
    rest: Blob
    """Where its `Body` rests, or its `Draft`."""
    each: bool = False
    """Whether data makes its pages."""
    dated: bool = False
    """Whether it is published by date."""
    slow: bool = False
    """Whether it took too long: a clock's word, which is not kept."""


Fresh = tuple[Document, bytes, bytes]
"""A page file that was read now, with its `Front` and the `Facts` of its body, encoded, so that nobody reads them
again; no facts where a template makes the body."""
_Made = tuple[Fresh, bytes, bytes]
"""The same before its rest is in the pack, with that and its name; no name: there is none, as it cannot be read."""


class Documents(msgspec.Struct, frozen=True, array_like=True):
    """What a worker made of some page files."""

    rows: tuple[Fresh | None, ...]
    """None for a file whose row is still right."""
    spent: tuple[Spent, ...]


class Reading(msgspec.Struct, frozen=True):
    """What reading any page file of one team needs."""

    shown: str
    """How problems name the team's folder."""
    options: DocumentOptions
    packs: Packs
    key: Digest
    """Names the options."""
    usable: bool
    """Whether what is kept is right as long as the file is the same; else the options changed."""
    timed: bool
    """Whether somebody will ask how long each file took."""


File = tuple[str, str, Document | None]
"""A page file: its path below the team's folder, the file to open, and what is kept of it."""


def read_documents(reading: Reading, task: Sequence[File]) -> bytes:
    """Read some page files of a team: `Documents`, encoded."""
    timings = Timings(keep=reading.timed)
    with Pack(reading.packs) as pack:
        made = together("read", _works(reading, pack, task), timings)
        rows = tuple([row for some in made for row in _put(pack, some)])
    return msgspec.msgpack.encode(Documents(rows, timings.taken()))


def _put(pack: Pack, made: Sequence[_Made | None]) -> Iterator[Fresh | None]:
    """Some page files whose rests are in the pack."""
    rests = [(rest, two(said, facts), name) for (_, said, facts), rest, name in filter(None, made) if name]
    blobs = iter(pack.put_all(rests) if rests else ())
    for some in made:
        if some is None:
            yield None
            continue
        (row, said, facts), _, name = some
        yield msgspec.structs.replace(row, rest=next(blobs)) if name else row, said, facts


def _works(reading: Reading, pack: Pack, task: Sequence[File]) -> Iterator[Work[_Made | None]]:
    for path, real, kept in task:
        shown = f"{reading.shown}/{path}"
        content = read_bytes(real, shown)
        size = len(content) if isinstance(content, bytes) else 0
        yield shown, size, _document(reading, pack, shown, content, kept)


def _document(
    reading: Reading, pack: Pack, shown: str, content: bytes | Problem, kept: Document | None
) -> Steps[_Made | None]:
    if isinstance(content, Problem):
        return (Document("", 0, 0, b""), msgspec.msgpack.encode(Front(problems=(content,))), b""), b"", b""
    mark = digest(content)
    if kept and reading.usable and kept.mark == mark:
        return None
    slow, painter = False, Painter(lambda: _highlighted(kept, pack))
    try:
        front, rest = yield from _read(reading, shown, content, painter)
    except TooSlow:
        slow, rest = True, Body()
        front = Front(problems=(problem("too-slow", "the page took too long", file=shown),))
    if painter.painted:
        code = tuple(painter.painted)
        body = msgspec.structs.replace(rest if isinstance(rest, Body) else rest.body, code=code)
        rest = body if isinstance(rest, Body) else msgspec.structs.replace(rest, body=body)
    said, made = msgspec.msgpack.encode(front), msgspec.msgpack.encode(rest)
    facts = msgspec.msgpack.encode(facts_of(rest)) if isinstance(rest, Body) else b""
    if kept and kept.mark and pack.get(kept.rest) == made:
        name = mark_of(kept.rest)
    else:  # all that it was made from, but for a clock's word
        name = name_of(made if slow else f"{reading.key} {mark} {shown}".encode())
    row = Document(
        mark,
        number(said),
        number(facts) if facts else 0,
        b"",
        each=front.matter.each is not None,
        dated=bool(front.dates.publish or front.dates.expires),
        slow=slow,
    )
    return (row, said, facts), made, name


class Painter:
    """Highlights code, unless the body that is kept of the page has the same code already."""

    def __init__(self, known: Callable[[], Mapping[Digest, str]]) -> None:
        self._ask = known
        self.painted: list[tuple[Digest, Digest]] = []
        """See `Body.code`."""

    def __call__(self, code: str, language: str) -> str | None:
        """See `markdown.Highlight`."""
        name = digest(language, code)
        html = self._known.get(name) or markdown.highlighted(code, language)
        if html is not None:
            self.painted.append((name, digest(html)))
        return html

    @cached_property
    def _known(self) -> Mapping[Digest, str]:
        return self._ask()


def _highlighted(kept: Document | None, pack: Pack) -> Mapping[Digest, str]:
    """The highlighted code of what is kept of a page, by its name."""
    if not kept or not kept.mark:
        return {}
    rest = pack.get(kept.rest)
    if kept.facts:
        body = msgspec.msgpack.decode(rest, type=Body)
        found = markdown.blocks(piece for piece in body.cut.pieces if isinstance(piece, str))
    else:
        draft = msgspec.msgpack.decode(rest, type=Draft)
        body, found = draft.body, markdown.blocks([draft.html])
    by_mark = {digest(html): html for html in found}
    return {name: by_mark[mark] for name, mark in body.code if mark in by_mark}


def _read(reading: Reading, shown: str, content: bytes, painter: Painter) -> Steps[tuple[Front, Body | Draft]]:
    """What a file says, and holds. Raises `TooSlow`."""
    options = reading.options
    if options.foreign:
        path = shown.removeprefix(f"{reading.shown}/")
        made_elsewhere = limited(foreign.read, content, path, shown, options.foreign, frozenset(options.schemes))
        return Front(made_elsewhere.matter, problems=made_elsewhere.problems), made_elsewhere.body
    text = text_of(content, shown)
    if isinstance(text, Problem):
        return Front(problems=(text,)), Body()
    matter_settings = FrontMatterSettings(unknown=options.unknown_keys)
    front, text, first_line, problems = limited(matter.page_matter, text, shown, matter_settings)
    if why := unkeepable(front):
        problems.append(problem("bad-front-matter", why, file=shown, line=1))
        front = PageMatter()
    dates = Dates(_iso(front.date), _iso(front.updated), _iso(front.publish), _iso(front.expires))
    front = msgspec.structs.replace(front, date=None, updated=None, publish=None, expires=None)
    if not shown.lower().endswith(".md"):
        heading = limited(_H1.search, text)
        title = plain_text(heading[1]) if heading and "{" not in heading[1] else ""
        return Front(front, dates, title, False, False, tuple(problems)), Draft(matter.lines_above(first_line) + text)
    yield
    rendering = markdown.rendering(text, has_title=bool(front.title), options=options.markdown, highlight=painter)
    made = yield from limited_steps(rendering)
    yield
    if made.unread:
        problems += limited(_unread, shown, text, first_line, made.unread)
    body = Body(Cut(), made.heading or None, made.heading_id, made.headings)
    framed = (front.layout or options.layout) in options.own_layouts
    known = Front(front, dates, made.title, made.code, not framed, tuple(problems))
    if framed:
        return known, Draft(html=made.html, body=body)
    schemes = frozenset(options.schemes)
    if made.simple:
        found = limited(cut_simple, made.html, [heading.id for heading in made.headings], schemes)
    else:
        found = limited(cut, made.html, schemes)
    body = msgspec.structs.replace(body, cut=found)
    yield
    return known, body


def _unread(shown: str, text: str, first_line: int, unread: Sequence[tuple[int, str]]) -> list[Problem]:
    """`markdown-as-text`. `unread`: lines, from 0, of the text that begins at `first_line`, and what is said there."""
    lines = text.split("\n")
    return [
        problem(
            "markdown-as-text",
            "this is not read as Markdown, as it stands right behind a fragment's tag",
            file=shown,
            line=first_line + below,
            column=lines[below].find(said) + 1,
            length=len(said),
            hint="leave a blank line above it, and below it",
        )
        for below, said in unread
    ]


def _iso(moment: datetime.date | None) -> str:
    return moment.isoformat() if moment else ""
