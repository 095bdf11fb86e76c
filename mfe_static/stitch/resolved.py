"""A link that is closed: what stands in its attribute in the end, and what is known of it."""

from html import escape

import msgspec

from mfe_static.kept import Asset
from mfe_static.pieces import AssetLink, Link, Written
from mfe_static.problems import Problem

AnyLink = Link | AssetLink | Written
AssetFile = tuple[str, str, str]
"""A file that becomes an asset: team, path, and the cascade layer it is put into (empty: none)."""


class Origin(msgspec.Struct, frozen=True):
    """Who wrote a link, and where."""

    team: str
    base: str
    """The folder that relative links resolve against, below the team's folder."""
    file: str
    """As problems name it."""


class Resolved(msgspec.Struct, frozen=True):
    """A link, closed."""

    text: str
    """What stands in the attribute, escaped, without the closing quote."""
    to: str = ""
    """The URL it leads to; empty: the page it stands on."""
    anchor: str | None = None
    asset: Asset | None = None
    file: AssetFile | None = None
    """The file that the asset was made of."""
    problem: Problem | None = None
    """Without the place."""


def broken(value: str, found: Problem) -> Resolved:
    """A link that leads nowhere, as it was written, and why."""
    return Resolved(escape(value), problem=found)
