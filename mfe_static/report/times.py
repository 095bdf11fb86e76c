"""The values of a profile: where the time of a build went.

Wall time and work are kept apart: phases are seconds on the clock, everything else is seconds of work, summed over all
processes, and may be more than the clock says.

Invariant: no list is longer than `KEPT` rows; what was left out is counted.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

KEPT = 200
"""Rows of a list that a profile keeps."""
TemplateKind = Literal["page", "team layout", "theme layout"]


class Phase(msgspec.Struct, frozen=True):
    """A step of the build, on the clock."""

    name: str
    seconds: float


class Work(msgspec.Struct, frozen=True):
    """One kind of work, in all processes."""

    phase: str
    """The phase in which it is done."""
    kind: str
    times: int
    seconds: float


class TeamTime(msgspec.Struct, frozen=True):
    """The work on the pages of a team; fragments count for the page on whose way they were rendered."""

    name: str
    owner: str
    pages: int
    rendered: int
    stitched: int
    seconds: float


class TemplateTime(msgspec.Struct, frozen=True):
    """A Jinja page or a layout."""

    file: str
    """As problems name it."""
    kind: TemplateKind
    times: int
    seconds: float


class FragmentTime(msgspec.Struct, frozen=True):
    """The template of a fragment."""

    name: str
    """`team:name`."""
    times: int
    """How often it was rendered: each variant once, by each process that needs it."""
    seconds: float


class PageTime(msgspec.Struct, frozen=True):
    """A page file and the pages made of it."""

    file: str
    """As problems name it."""
    url: str
    """The first of its pages; empty: there is none."""
    pages: int
    team: str
    owner: str
    read: float
    render: float
    stitch: float

    @property
    def seconds(self) -> float:
        """All work on it."""
        return self.read + self.render + self.stitch


class Cause(msgspec.Struct, frozen=True):
    """Why pages could not be taken from the memory."""

    step: Literal["render", "stitch"]
    cause: str
    pages: int


class Kept(msgspec.Struct, frozen=True):
    """How much of what was remembered could be used."""

    kept: int
    made: int

    @property
    def share(self) -> float:
        """The part that was kept, 0 to 1; 0 where there is nothing."""
        return self.kept / (self.kept + self.made) if self.kept else 0.0


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time of a build went. Times are seconds; lists begin with what took longest, or happened most often."""

    total: float
    processes: int
    busy: float
    """The part of the time of render and stitch in which the processes worked, 0 to 1."""
    bodies: Kept
    pages: Kept
    variants: int
    """Variants of fragments that were rendered."""
    phases: tuple[Phase, ...]
    """In the order of the build; what stands in none is `other`."""
    work: tuple[Work, ...]
    teams: tuple[TeamTime, ...]
    templates: tuple[TemplateTime, ...]
    fragments: tuple[FragmentTime, ...]
    slowest: tuple[PageTime, ...]
    causes: tuple[Cause, ...]
    left: Mapping[str, int] = {}
    """How many rows a list does not show, by its name here; lists that are whole are not in it."""
