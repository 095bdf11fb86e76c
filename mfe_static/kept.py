"""What outlives a build, beside the rows that each step keeps of its own: small values, for the next build to ask.

They are apart from the model of teams and pages because a build in which nothing changed reads these and nothing else:
this room imports next to nothing. What it holds is data, never code. A mark or key names inputs: where it is the same,
what was made is still the same (invariant 2).
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from mfe_static.digests import Digest
from mfe_static.files import Stamp
from mfe_static.problems import Problem

# -- where values rest


Blob = bytes
"""Where a value rests, and the name of its bytes (see `state.packs`); as one value, because each page has some."""
NOTHING = "nothing is remembered of it"
"""Why something is made where there is no memory, or none that counts."""


# -- what was looked at, and what was made of it


Read = tuple[str, str]
"""A kind and a name of what a template looked at: `("data", "products")`, `("next", "/docs/start/")`."""


class FragmentReads(msgspec.Struct, frozen=True, array_like=True):
    """What a fragment looked at in any of its variants, so far."""

    templates: Digest
    """Names the templates that it was rendered with: others may look at other things."""
    reads: tuple[Read, ...]


class KeptTarget(msgspec.Struct, frozen=True, array_like=True):
    """What a target made."""

    key: Digest
    """Names everything that it was made from."""
    files: tuple[tuple[str, Digest], ...]
    """Path and digest of each file."""


class KeptCheck(msgspec.Struct, frozen=True, array_like=True):
    """What the checks of addresses said."""

    key: Digest = ""
    """Names everything that they looked at."""
    problems: tuple[Problem, ...] = ()


class Asset(msgspec.Struct, frozen=True, array_like=True):
    """A file of the pool."""

    path: str
    """Under the output folder: `_mfe/assets/logo.0a1b2c3d4e.svg`."""
    integrity: str
    """The value of `integrity="…"`."""
    width: int
    """In CSS pixels, as shown; 0: not a picture, or unknown."""
    height: int
    real: str
    """The file to copy; empty when `content` is given."""
    content: bytes
    """The final content where it is not the file's own, as in a style sheet with new URLs; else empty."""
    size: int
    """In bytes."""


class Variant(msgspec.Struct, frozen=True, array_like=True):
    """A picture in a size and a format."""

    path: str
    """Under the output folder."""
    width: int
    size: int
    """In bytes."""
    digest: Digest


class Variants(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What browsers may choose from in place of a picture; nothing, where it is shown as it is."""

    own: tuple[Variant, ...] = ()
    """In the picture's own format, the narrowest first."""
    others: tuple[tuple[str, tuple[Variant, ...]], ...] = ()
    """In other formats, by type (`image/avif`), the best one first."""
    original: bool = False
    """Whether the widest of `own` is the picture's own file."""
    width: int = 0
    """Of the picture, as it is shown, as the next; 0: unknown."""
    height: int = 0
    problem: Problem | None = None
    """Why there is nothing; without the place."""

    @property
    def made(self) -> tuple[Variant, ...]:
        """All that were encoded."""
        own = self.own[:-1] if self.original else self.own
        return (*own, *(variant for _, its in self.others for variant in its))


# -- style sheets


ReachKind = Literal["selector", "id", "element", "font", "keyframes", "property", "variable"]


class Reach(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Something in a style sheet that reaches beyond who wrote it: a selector that matches anything, the id or custom
    element that a selector names, or a name that a page has once."""

    kind: ReachKind
    """`property` is a `@property`, `variable` the declaration of a custom property."""
    name: str
    """A selector as written; else the name."""
    value: str
    """Of a selector: the custom properties that its rule declares, if nothing else, with blanks between; of a name: a
    digest of what it stands for, without URLs."""
    line: int
    column: int
    length: int
    everywhere: bool = False
    """Whether a custom property is declared for whatever is on the page."""
    urls: tuple[str, ...] = ()
    """The URLs in what a font stands for."""


class SheetScan(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What is known of a style sheet by its bytes alone."""

    mark: Digest
    """Of the bytes."""
    reaches: tuple[Reach, ...] = ()
    """As they stand in it."""
    imports: tuple[str, ...] = ()
    """The URLs that it imports."""


# -- modules


class Import(msgspec.Struct, frozen=True, array_like=True):
    """What a module loads, as it says it."""

    specifier: str
    line: int
    column: int
    length: int
    dynamic: bool = False
    """Whether it is loaded only when the code comes to it: `import("…")`."""


class Element(msgspec.Struct, frozen=True, array_like=True):
    """A custom element that a module defines."""

    name: str
    line: int
    column: int
    length: int


class Listener(msgspec.Struct, frozen=True, array_like=True):
    """An event of a team that a module listens to."""

    event: str
    """As `team:event`."""
    line: int
    column: int
    length: int


class Scan(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a module by its bytes alone."""

    size: int
    fingerprint: str
    integrity: str
    imports: tuple[Import, ...] = ()
    elements: tuple[Element, ...] = ()
    common: bool = False
    """Whether it is CommonJS by its looks, which browsers do not load."""
    listeners: tuple[Listener, ...] = ()
    dispatched: tuple[str, ...] = ()
    """The events that it makes itself, as `team:event`, sorted."""
    exports: tuple[str, ...] = ()
    """What it exports, sorted; `*`: all that another module does."""
    broken: tuple[int, int] | None = None
    """Line and column of the first thing that the parser does not understand."""


class KeptModules(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of modules."""

    scans: Mapping[str, tuple[Digest, Scan]] = {}
    """By file, as problems name it, with the file's digest."""
    beside: Mapping[str, tuple[Stamp, Digest]] = {}
    """Files that lie where nobody walks (`node_modules`), by path from the root, also those that were not there."""


# -- what a build came to


class TeamReport(msgspec.Struct, frozen=True, array_like=True):
    """A team, in numbers."""

    owner: str
    path: str
    pages: int = 0
    rendered: int = 0
    listings: int = 0
    """Pages that nobody wrote: they have no body, and only list others."""


class Report(msgspec.Struct, frozen=True, array_like=True):
    """A build, in numbers."""

    output: str
    """The output folder, as a path from the root or as a whole path."""
    teams: Mapping[str, TeamReport] = {}
    stitched: int = 0
    """Pages that were composed."""
    fragments: int = 0
    """Variants that were rendered."""
    fallbacks: int = 0
    """How often a fragment failed and its fallback was shown."""

    @property
    def pages(self) -> int:
        """Pages of all teams."""
        return sum(team.pages for team in self.teams.values())

    @property
    def rendered(self) -> int:
        """Bodies that were rendered."""
        return sum(team.rendered for team in self.teams.values())

    @property
    def listings(self) -> int:
        """Pages without a body, that only list others."""
        return sum(team.listings for team in self.teams.values())

    @property
    def reused(self) -> int:
        """Bodies that an earlier build had rendered."""
        return sum(team.pages - team.rendered - team.listings for team in self.teams.values())
