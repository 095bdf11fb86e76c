"""For readers who search the site: the index, in `_mfe/search/`.

It is made of what teams wrote, not of finished pages: the shell and what is around a text are the same everywhere, and
a fragment stands on many pages, so finding it on each would be noise. So a changed header makes no new index.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.kept import Blob
from mfe_static.model import Body, Page, Site
from mfe_static.patterns import compiled
from mfe_static.pieces import Picture, Piece, Spot
from mfe_static.routes import emitted
from mfe_static.state import mark_of
from mfe_static.stitched import Output

if TYPE_CHECKING:
    from mfe_static.pagefind import Document

FOLDER = "_mfe/search/"
_CHANGING = compiled("data-pagefind-(?:filter|sort)")
_MAIN = compiled(r"<main(?=[\s>]).*</main(?=[\s>])", re.IGNORECASE | re.DOTALL)
_JOINED = compiled("(?=</(?:th|dt|dd|summary|legend|label|button|option)>)", re.IGNORECASE)
"""Where Pagefind would take the last word of one thing and the first of the next for one word."""
Found = tuple[Page, Blob]
"""A page that can be found, and where its body rests."""


def search_key(site: Site, found: Sequence[Found]) -> Digest:
    """Names everything that the index is made from."""
    rows = [[page.url, page.title, page.description, page.language, page.team, mark_of(place)] for page, place in found]
    return digest(msgspec.msgpack.encode([site.base_path, rows]))


def search_index(site: Site, found: Sequence[Found], body: Callable[[Page, Blob], Body]) -> Iterator[Output]:
    """The index's files, and which of its results are whose. `body`: reads one. Raises `pagefind.Failed`."""
    from mfe_static.pagefind import indexed

    made = indexed(_document(site, page, body(page, place)) for page, place in found)
    teams: dict[str, list[str]] = {}
    for page, _ in found:
        if name := made.names.get(emitted(site.base_path, page.url)):  # else it has no words
            teams.setdefault(page.team, []).append(name)
    yield Output(path=f"{FOLDER}teams.json", source="mfe-static", content=msgspec.json.encode(teams))
    for path, content in made.files.items():
        yield Output(path=FOLDER + path, source="mfe-static", content=content)


def _written(piece: Piece) -> str:
    if isinstance(piece, Picture):
        return piece.before + piece.after
    return piece if isinstance(piece, str) else ""


def _document(site: Site, page: Page, body: Body) -> "Document":
    """A page as it is indexed: what its team wrote, with the title, the team and the description beside it.

    URLs and fragments are left out. Attributes `data-pagefind-…` that an author wrote count, but for those whose files
    would have other bytes each time.
    """
    from mfe_static.pagefind import Document

    said = {"title": page.title, "team": page.team, "description": page.description}
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in said.items())
    meta = ", ".join(f"{name}[data-{name}]" for name, value in said.items() if value)
    heading = "" if body.cut.h1 is not None and body.heading is None else body.heading or escape(page.title)
    title = f"<h1>{heading}</h1>" if heading else ""
    pieces = body.cut.pieces if page.layout else _within(body.cut.pieces)
    text = "".join(map(_written, pieces))
    text = found[0] if not page.layout and (found := _MAIN.search(text)) else text
    text = _JOINED.sub(" ", _CHANGING.sub("data-", text))
    return Document(
        emitted(site.base_path, page.url),
        f'<!doctype html><html lang="{page.language}"><body data-pagefind-body{data} data-pagefind-meta="{meta}">'
        f"{title}{text}</body></html>",
    )


def _within(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """What stands between header and footer in a document of another tool: its body."""
    spots = {piece.name: place for place, piece in enumerate(pieces) if isinstance(piece, Spot)}
    return pieces[spots.get("header", 0) : spots.get("footer", len(pieces))]
