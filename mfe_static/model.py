"""The frozen values that flow through a build.

    TeamSources ─render─► TeamBuild (Contract, Page, Body) ─stitch─► Output

A value is filled once, by the step that makes it, and never changed. Values that cross a process or rest
in the cache are `msgspec.Struct`s, so their encoding needs no code of its own and never runs any.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from mfe_static.contracts import Contract, ContractPage, ContractParam, ContractRef, ContractRoute
from mfe_static.digests import Digest
from mfe_static.problems import Problem
from mfe_static.routes import scheme

Want = Literal["page", "picture", "asset"]
SHELL_PARTS = ("header", "footer")


# -- where values rest


class Blob(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """Where a value rests."""

    start: int
    length: int
    mark: Digest
    fresh: bool = False
    """Whether it is in the pack for new values, where that is another one."""


# -- what HTML is cut into


class Link(msgspec.Struct, frozen=True, tag="link", array_like=True):
    """A URL as written, open until stitching."""

    value: str
    want: Want = "page"
    sized: bool = True
    """Pictures: whether the tag says width or height itself. Styles and scripts: whether it has `integrity`."""


class AssetLink(msgspec.Struct, frozen=True, tag="asset", array_like=True):
    """What `asset("…")` of a template stands for: a file in the assets of the team that wrote it."""

    path: str
    want: Want = "page"
    sized: bool = True


class Spot(msgspec.Struct, frozen=True, tag="spot", array_like=True):
    """Where a layout wants the content or the style sheets."""

    name: str


class Slot(msgspec.Struct, frozen=True, tag="slot", array_like=True):
    """Where a fragment goes; its children are the fallback."""

    src: str
    params: tuple[tuple[str, str], ...]
    severity: Literal["primary", "essential", "regular"]
    children: "Cut"
    in_text: bool
    """Whether it stands in running text, where block content would break the paragraph."""


Piece = str | Link | AssetLink | Spot | Slot


class Cut(msgspec.Struct, frozen=True, array_like=True):
    """HTML, cut once at everything that stays open, with the facts the checks need."""

    pieces: tuple[Piece, ...] = ()
    ids: tuple[str, ...] = ()
    h1: str | None = None
    """Text of the first `h1`."""
    without_alt: tuple[str, ...] = ()
    """The `src` of each picture without `alt`."""
    external: tuple[str, ...] = ()
    """Links that lead out of the site."""
    unsafe: tuple[str, ...] = ()
    """Links that were taken out because they would run code."""
    blocks: bool = False
    """Whether it holds block content."""
    inline: tuple[str, ...] = ()
    """Inline scripts, styles and handlers, as the text to look for in the source."""
    faults: tuple[tuple[str, str], ...] = ()
    """Tags that cannot be: what is wrong, and the text to look for in the source."""


class Heading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entry of a table of contents."""

    level: int
    id: str
    title: str


# -- what a team is made of


class Fragment(msgspec.Struct, frozen=True, kw_only=True):
    """An includable piece of UI, read but not rendered. Paths are relative to the team's folder."""

    name: str
    template: str
    css: str = ""
    js: str = ""
    description: str = ""
    params: tuple[ContractParam, ...] = ()
    vary: tuple[str, ...] = ()
    each: str | Mapping[str, str] | None = None


class TeamSources(msgspec.Struct, frozen=True, kw_only=True):
    """One team's folder (or the theme's), read but not rendered. Paths are relative, with `/`, sorted."""

    name: str
    prefix: str
    """The path prefix the team owns; empty: no pages."""
    shown: str
    """How problems name the folder: `teams/decide`."""
    owner: str
    description: str
    architecture: str
    layout: str
    language: str
    html: Literal["allow", "escape"]
    highlight: bool
    engine: Literal["auto", "markdown-it", "pyromark"]
    unknown_keys: Literal["error", "warn", "extra"]
    offered: tuple[str, ...]
    events: tuple[str, ...]
    pages: Mapping[str, str]
    """File to open, by path below the team's folder: `pages/guide/start.md`."""
    assets: Mapping[str, str]
    """The same for all that can be fingerprinted: `assets/…`, `fragments/…`, files in `pages/` that are no pages."""
    public: Mapping[str, str]
    """File to open, by the URL path below the team's prefix: `public/…` and files in `pages/` that are no pages."""
    templates: Mapping[str, str]
    """Text by path: `layouts/…` and `fragments/…`."""
    fragments: Mapping[str, Fragment]
    data: Mapping[str, Any]
    """Plain data by name."""
    foreign_prefixes: tuple[str, ...] = ()
    """Prefixes of other teams that lie inside this team's."""
    lent: Mapping[str, str] = {}
    """Files of other folders, as in a theme that extends another: how problems name them."""

    def named(self, path: str) -> str:
        """How problems name a file of the folder."""
        return self.lent.get(path) or f"{self.shown}/{path}"


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What all teams share."""

    title: str
    description: str
    base_url: str
    """Without a trailing `/`."""
    base_path: str
    """The path of `base_url`, without a trailing `/`; empty at a host's root."""
    language: str
    shell: Mapping[str, str]
    schemes: frozenset[str]
    prefixes: Mapping[str, str]
    """Path prefix by team, in the order of the route table; empty for a team without pages."""
    redirects: Mapping[str, str]
    """Redirects of the site itself, beside the pages' aliases."""
    policy: str
    headers: Mapping[str, str]
    publish_emails: bool = False


# -- what rendering gives


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One URL, one HTML document, one owner."""

    url: str
    name: str
    team: str
    source: str
    """The file, as problems name it."""
    base: str
    """The folder of the file, relative to the team's folder: relative links resolve against it."""
    title: str
    description: str = ""
    date: str = ""
    """ISO 8601, with or without time; empty: none."""
    updated: str = ""
    tags: tuple[str, ...] = ()
    language: str
    weight: float | None = None
    layout: str
    """A layout of the theme."""
    own_layout: str = ""
    """The layout of the team that dressed the content before, by its path; empty: none."""
    extra: Mapping[str, Any] = {}
    params: Mapping[str, str] = {}
    toc: bool = True
    """Whether the layout may show a table of contents."""
    aliases: tuple[str, ...] = ()
    """Former URLs, from the site's root."""
    noindex: bool = False
    sitemap: bool = True
    shell: Mapping[str, str] = {}
    """Other fragments for parts of the shell; an empty one for none."""
    code: bool = False
    """Whether it shows highlighted code."""


class Body(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What a team renders for a page. It rests in a pack, and whoever stitches the page reads it."""

    cut: Cut = Cut()
    heading: str | None = None
    """HTML for the `h1`, where the content's first heading became one; None: the title is it."""
    heading_id: str = ""
    headings: tuple[Heading, ...] = ()
    """The table of contents."""


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """What a contract says of a body."""

    anchors: tuple[str, ...] = ()
    """Its ids, sorted; those of fallbacks left out, as whether they are shown is decided later."""
    refs: tuple[str, ...] = ()
    """What it refers to by a path from the root or by a name, as written, sorted."""


def leaves(team: TeamSources, value: str) -> bool:
    """Whether a link, written by `team`, leads out of what the team owns."""
    if value.startswith("/"):
        own = bool(team.prefix) and value.startswith(team.prefix)
        return not own or value.startswith(team.foreign_prefixes)
    word = scheme(value)
    return bool(word) and word != team.name


class TeamBuild(msgspec.Struct, frozen=True, kw_only=True):
    """One team, rendered: everything that stitching needs of it."""

    sources: TeamSources
    pages: tuple[Page, ...]
    """In reading order."""
    bodies: tuple[Blob, ...]
    """Where the body of each page rests."""
    facts: tuple[bytes, ...]
    """`Facts` of each body, encoded: they are looked at one by one."""
    agreement: Contract
    """The contract without what pages add to it."""
    problems: tuple[Problem, ...]
    marks: Mapping[str, Digest]
    """`pages`: names all that other pages can see of the pages; `addresses`: all that links can see of them; `listing`:
    all that search engines are told."""
    rendered: Mapping[str, str] = {}
    """The URLs whose bodies were rendered, with the reason; the others came from the cache."""
    absent: Mapping[str, str] = {}
    """Page files that make no page, by name and by path: why not; an empty text where a problem says it already."""
    failed: frozenset[str] = frozenset()
    """The URLs that have no body, because their templates failed."""

    @property
    def contract(self) -> Contract:
        """All that other teams may know of the team; made when it is asked for."""
        facts = [msgspec.msgpack.decode(data, type=Facts) for data in self.facts]
        refs = [
            ContractRef(page=page.url, to=to)
            for page, its in zip(self.pages, facts, strict=True)
            for to in its.refs
            if leaves(self.sources, to)
        ]
        counts = Counter((page.name, tuple(sorted(page.params))) for page in self.pages)
        return msgspec.structs.replace(
            self.agreement,
            pages=tuple(
                ContractPage(
                    url=page.url,
                    name=page.name,
                    title=page.title,
                    description=page.description,
                    params=page.params,
                    anchors=its.anchors,
                    aliases=page.aliases,
                )
                for page, its in zip(self.pages, facts, strict=True)
            ),
            routes=tuple(
                ContractRoute(name=name, params=params, pages=counts[name, params]) for name, params in sorted(counts)
            ),
            refs=(*refs, *self.agreement.refs),
        )


# -- what stitching gives


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


class Edge(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A link within the site."""

    value: str
    """As written."""
    to: str
    """The URL it leads to, without query and anchor; empty: the page it stands on."""
    anchor: str | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one part of a composed page: a body, a layout, a fragment. Pages share the parts they share."""

    file: str
    """The source, as problems name it."""
    team: str
    ids: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    without_alt: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()


class Anchored(msgspec.Struct, frozen=True, array_like=True):
    """A link to a place on a page, and who wrote it."""

    edge: Edge
    file: str
    team: str


class Uses(msgspec.Struct, frozen=True, array_like=True):
    """What a page is made of beside its body; many pages share one."""

    fragments: tuple[str, ...] = ()
    """The fragments embedded, as `team:name`, sorted."""
    asked: tuple[str, ...] = ()
    """Every fragment that was asked for, also where it failed or is not there, sorted."""
    css: tuple[str, ...] = ()
    """URLs of the style sheets, in order."""
    assets: tuple[tuple[str, str, str], ...] = ()
    """The files in the pool that it refers to, as team, path and cascade layer, sorted."""


class Stitched(msgspec.Struct, frozen=True, kw_only=True, array_like=True, omit_defaults=True):
    """What is kept of a composed page, from build to build; its parts rest in a pack."""

    mark: Digest
    """The digest of the document; empty: there is none."""
    size: int
    """Bytes of the document."""
    body: Digest
    """The mark of the body that went into it."""
    around: Digest
    """Names all else that went into it, but the fragments."""
    fragments: Digest
    """Names the fragments that went into it."""
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


class Composed(msgspec.Struct, frozen=True):
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
    parts: Mapping[str, tuple[Part, ...]] = {}
    """The parts of each page, by URL; empty unless they were asked for."""


# -- what a build comes to


class TeamReport(msgspec.Struct, frozen=True, array_like=True):
    """A team, in numbers."""

    owner: str
    path: str
    pages: int = 0
    rendered: int = 0


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


# -- what one build leaves to the next, beside what each step keeps of its own


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
