"""Rows: what is remembered of one team, in the forms that the steps give it."""

from collections.abc import Iterator

import msgspec

from mfe_static import render
from mfe_static.kept import Blob
from mfe_static.stitched import KeptPages


class TeamMemory(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of a team."""

    pack: str = ""
    """The name of its pack."""
    rendered: render.Kept = render.Kept()
    pages: KeptPages = KeptPages()
    size: int = 0
    """Bytes of its pack, when that was left: no row points to what is above them."""


def blobs(team: TeamMemory) -> Iterator[Blob]:
    """Every value that a team's rows point to, in a fixed order."""
    yield from (row.rest for row in team.rendered.documents.values())
    yield from (row.rest for row in team.rendered.bodies.values())
    yield from (row.parts for row in team.pages.pages.values())


def placed(team: TeamMemory, pack: str, places: Iterator[Blob]) -> TeamMemory:
    """The same with its values in another pack, where `places` says, in the order of `blobs`."""
    replace = msgspec.structs.replace
    documents = {key: replace(row, rest=next(places)) for key, row in team.rendered.documents.items()}
    bodies = {key: replace(row, rest=next(places)) for key, row in team.rendered.bodies.items()}
    pages = {key: replace(row, parts=next(places)) for key, row in team.pages.pages.items()}
    rendered = replace(team.rendered, documents=documents, bodies=bodies)
    return TeamMemory(pack, rendered, replace(team.pages, pages=pages), team.size)
