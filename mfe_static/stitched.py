"""What stitching gives: pages in their final form, what is known of them, and the files that go with them.

A document itself is in memory only while its page is made; what stays is a row (`Stitched`), and its parts rest in a
pack. Checks and targets see the whole site as one value (`StitchedSite`), and say and write what follows from it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from mfe_static.digests import Digest
from mfe_static.kept import Blob, Reach, SheetScan
from mfe_static.model import Page, Site, TeamBuild
from mfe_static.problems import Problem


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the site."""

    path: str
    """Relative to the output folder, with `/`."""
    source: str
    """Who is responsible: the source file as problems name it, or what in the tool made it."""
    team: str = ""
    content: bytes = b""
    real: str = ""
    """A file to copy instead of `content`."""
    kept: Digest = ""
    """The digest of `real`, where it is one that the tool has made and keeps."""


class Edge(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A link within the site."""

    value: str
    """As written."""
    to: str
    """The URL it leads to, without query and anchor; empty: the page it stands on."""
    anchor: str | None = None


class Part(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What is known of one part of a composed page: a body, a layout, a fragment. Pages share the parts they share."""

    file: str
    """The source, as problems name it."""
    team: str
    ids: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    without_alt: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    h1s: int = 0
    size: int = 0
    """Bytes of a fragment's HTML, with that of the fragments in it; 0 of what is no fragment."""


class Anchored(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A link to a place on a page, and who wrote it."""

    edge: Edge
    file: str
    team: str


PictureFile = tuple[str, str, Digest]
"""A picture that browsers choose variants of: team, path, and the name of all that these depend on."""


class Uses(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What a page is made of beside its body; many pages share one."""

    fragments: tuple[str, ...] = ()
    """The fragments embedded, as `team:name`, sorted."""
    asked: tuple[str, ...] = ()
    """Every fragment that was asked for, also where it failed or is not there, sorted."""
    css: tuple[str, ...] = ()
    """URLs of the style sheets, in order."""
    assets: tuple[tuple[str, str, str], ...] = ()
    """The files in the pool that it refers to, as team, path and cascade layer, sorted."""
    pictures: tuple[PictureFile, ...] = ()
    """The pictures whose variants it shows, sorted."""
    js: tuple[str, ...] = ()
    """URLs of the modules that its islands load, the tool's own first."""


class Stitched(msgspec.Struct, frozen=True, kw_only=True, array_like=True, omit_defaults=True, gc=False):
    """What is kept of a composed page, from build to build; its parts rest in a pack."""

    mark: Digest
    """The digest of the document; empty: there is none."""
    size: int
    """Bytes of the document."""
    page: Digest
    """What the page said of itself when it was composed."""
    body: Blob
    """Where the body rested that went into it; empty: there was none."""
    uses: int
    """Its place in the list of `Uses` that is kept with it: many pages share one."""
    parts: Blob
    """Where its `Part`s rest."""
    ids: str = ""
    """Every id of the document, a line each."""
    anchored: tuple[Anchored, ...] = ()
    """Its links to places on pages."""
    fallbacks: int = 0
    """How often a fragment failed and its fallback was shown."""
    problems: tuple[Problem, ...] = ()
    packed: int = 0
    """Bytes of the document after brotli, where it may be over the budget of its team; else 0."""


class KeptPages(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of the pages of a team."""

    pages: Mapping[str, Stitched] = {}
    """By URL."""
    uses: tuple[Uses, ...] = ()
    """What rows refer to by number."""
    around: Mapping[str, Digest] = {}
    """What was around them, by what users call it."""
    fragments: Mapping[str, Digest] = {}
    """The fragments that they ask for, by `team:name`."""


class Composed(msgspec.Struct, frozen=True, gc=False):
    """A page, composed and written."""

    page: Page
    row: Stitched
    uses: Uses
    cause: str = ""
    """Why this build composed it; empty: an earlier one did."""

    @property
    def fragments(self) -> tuple[str, ...]:
        """The fragments embedded, as `team:name`, sorted."""
        return self.uses.fragments

    @property
    def css(self) -> tuple[str, ...]:
        """URLs of the style sheets, in order."""
        return self.uses.css

    @property
    def js(self) -> tuple[str, ...]:
        """URLs of the modules that its islands load, the tool's own first."""
        return self.uses.js


class Island(msgspec.Struct, frozen=True):
    """The behaviour of a fragment."""

    module: str
    """The URL of its module."""
    loaded: tuple[str, ...]
    """The same, and those of all modules that it imports at once."""
    owner: str = ""
    """Who is named where it fails, without an address."""


class Behaviour(msgspec.Struct, frozen=True):
    """All modules of a site. URLs are from the site's root, without the path of `base_url`."""

    islands: Mapping[str, Island] = {}
    """By fragment, as `team:name`; apps by their module, as `team:/path`, which is the name of no fragment."""
    map: str = ""
    """The import map, as it stands in pages; empty: there are no modules."""
    runtime: str = ""
    """The URL of the tool's own module, which makes islands work."""
    navigate: str = ""
    """The URL of the one that exchanges pages softly; empty: no team has it so."""
    tabs: str = ""
    """The URL of the one that tells other tabs of events; empty: there are none to tell of."""
    told: tuple[str, ...] = ()
    """These events, sorted."""
    vitals: str = ""
    """The URL of the one that tells how a page fared; empty: nobody wants to know."""
    build: str = ""
    """Names all that two pages have in common where one of them can take the other's place."""
    integrity: Mapping[str, str] = {}
    """By URL."""
    sizes: Mapping[str, int] = {}
    """Bytes, by URL."""
    files: tuple[Output, ...] = ()
    mark: Digest = ""
    """Names all that pages say of modules."""


class Loaded(msgspec.Struct, frozen=True):
    """A file that pages load."""

    kind: Literal["css", "js"]
    file: str
    """As problems name it."""
    team: str
    """Whose it is; empty: the tool's."""
    size: int
    """Bytes after brotli."""


Weight = tuple[Loaded, ...]
"""All files of a team."""


class Load(msgspec.Struct, frozen=True):
    """What pages load that are made of the same."""

    first: Composed
    count: int
    """How many pages."""
    files: tuple[Loaded, ...]

    def weight(self, kind: str) -> int:
        """Bytes of one kind."""
        return sum(its.size for its in self.files if its.kind == kind)


class TeamSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A style sheet of a team, on a page where others have something, too."""

    team: str
    file: str
    """As problems name it."""
    reaches: tuple[Reach, ...]


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """A page on which more than one team has something; it stands for all that are made of the same."""

    page: Composed
    files: Mapping[str, str]
    """By team, a file of what it has there, as problems name it."""
    sheets: tuple[TeamSheet, ...]

    @property
    def url(self) -> str:
        """Where it stands."""
        return self.page.page.url


# -- for those who look at a page


class Region(msgspec.Struct, frozen=True):
    """A fragment on a page, as it stands there."""

    id: str
    """Its number on the page, in the order in which regions begin; 0 is the page's own body, which is no fragment."""
    fragment: str
    """As `team:name`."""
    team: str
    source: str
    """Its template, as problems name it."""
    line: int
    """Where the template begins, below its front matter."""
    params: Mapping[str, str]
    size: int
    """Bytes of its HTML, with that of the fragments in it."""
    version: str
    """Changes with its HTML."""


class Marked(msgspec.Struct, frozen=True):
    """A page's document with marks around its regions."""

    html: str
    plain: str
    """The same without marks: what the output holds."""
    regions: tuple[Region, ...]
    """Those in the head, too, which bear no marks."""


# -- the whole


class StitchedSite(msgspec.Struct, frozen=True, kw_only=True):
    """A whole site, composed: what checks and targets look at. Documents are not in it; they are written already."""

    site: Site
    builds: tuple[TeamBuild, ...]
    pages: tuple[Composed, ...]
    files: tuple[Output, ...]
    """Files that are copied: public files, page resources."""
    assets: tuple[Output, ...]
    """Files of the pool."""
    asked: frozenset[str]
    """Fragments that somebody includes, as `team:name`."""
    weights: Mapping[str, int]
    """Bytes of each fingerprinted file, by URL."""
    behaviour: Behaviour = Behaviour()
    content: Callable[[str], str]
    """HTML of a page's content alone, by its URL."""
    parts: Mapping[str, tuple[Part, ...]] = {}
    """The parts of each page, by URL; empty unless they were asked for."""
    parts_of: Callable[[Composed], tuple[Part, ...]]
    """Those of one page, while it is checked."""
    loads: tuple[Load, ...] = ()
    """What pages of teams with a budget load."""
    owned: Mapping[str, Weight] = {}
    """By team with a budget for it: all its files."""
    sizes: Mapping[str, int] = {}
    """Bytes of files after brotli, by URL, as far as somebody asked."""
    marked: Callable[[str], Marked] | None = None
    """A page with marks around its regions, by its URL; None: nobody asked for it."""
    meetings: tuple[Meeting, ...] = ()
    scans: Mapping[str, SheetScan] = {}
    """What is known of the style sheets on these, by file, as problems name it."""


# -- while pages are made


class Early(msgspec.Struct, frozen=True):
    """A document that is made, before the site that it belongs to is live."""

    file: str
    """Where it stands; it may be gone once the build is over."""
    digest: Digest


class Waiting(msgspec.Struct, frozen=True):
    """What somebody wants who waits for pages while they are made."""

    first: Callable[[], Sequence[str]] = tuple
    """The URLs of pages that are waited for; asked whenever work is dealt out."""
    made: Callable[[Mapping[str, Early]], None] | None = None
    """Told documents as they are done, by URL, in the thread of the build, and those that are waited for and stay as
    they were; none with an error. None: nobody waits."""
