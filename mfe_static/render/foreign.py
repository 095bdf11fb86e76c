"""Documents of other tools: what they say of themselves, and their bodies, which are the documents themselves, cut.

A document is read from its bytes, and where it will stand, alone; it is kept like any page file (`documents`).
"""

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from mfe_static.files import exact_text_of
from mfe_static.model import Body
from mfe_static.patterns import compiled
from mfe_static.pieces import Cut, Slot
from mfe_static.problems import Problem, problem
from mfe_static.settings import PageMatter

if TYPE_CHECKING:
    from mfe_static.html.whole import Told

_INDEX, _NOT_FOUND = "index.html", "404.html"
_LANGUAGE = compiled(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*+")
_UTF_8 = frozenset({"", "utf-8", "utf8", "unicode-1-1-utf-8"})
"""Labels under which a document is read as it was meant, with what is put into it (Encoding Standard §4.2)."""


class Place(msgspec.Struct, frozen=True):
    """Where the documents of a team stand, and will stand."""

    output: str
    """The folder that they are in, below the team's."""
    prefix: str
    base_url: str
    filled: bool
    """Whether something is to be put into them for which they do not ask."""


class Read(NamedTuple):
    """A document, read."""

    matter: PageMatter
    body: Body
    problems: tuple[Problem, ...]


def url_of(path: str, prefix: str) -> str:
    """The URL of a document, by its path in the output: where the tool put it, and the folder for an `index.html`."""
    return prefix + (path.removesuffix(_INDEX) if path == _INDEX or path.endswith(f"/{_INDEX}") else path)


def read(content: bytes, path: str, shown: str, place: Place, schemes: frozenset[str]) -> Read:
    """Read a document. `path`: below the team's folder."""
    text = exact_text_of(content, shown)
    if isinstance(text, Problem):
        return Read(PageMatter(), Body(), (text,))
    path = path.removeprefix(f"{place.output}/")
    from mfe_static.html.whole import Home, read_document

    cut, told = read_document(text, Home(place.base_url, url_of(path, place.prefix)), schemes)
    left_out = told.noindex or told.refreshes or not told.whole or path == _NOT_FOUND
    matter = PageMatter(
        title=told.title or None,
        description=told.description or None,
        language=told.language if _LANGUAGE.fullmatch(told.language) else None,
        noindex=left_out,
    )
    return Read(matter, Body(cut), tuple(_problems(told, cut, shown, place)))


def _problems(told: "Told", cut: Cut, shown: str, place: Place) -> list[Problem]:
    found = []
    if told.charset not in _UTF_8:
        message = f'the document says that it is "{told.charset}", but what is put into it is UTF-8'
        hint = 'have the tool write UTF-8, and say <meta charset="utf-8">'
        found.append(problem("bad-encoding", message, file=shown, hint=hint, sought=f"text:{told.charset}"))
    if told.framed and place.filled:
        message = "the document consists of frames: neither header nor footer has a place in it"
        found.append(problem("no-place", message, file=shown, sought="text:<frameset"))
    elif told.based and (place.filled or any(isinstance(piece, Slot) for piece in cut.pieces)):
        message = f"the links of what is put into the document would lead to {told.based}, as its <base> says"
        found.append(problem("no-place", message, file=shown, sought="text:<base"))
    return found
