"""The frozen values that flow through a build.

    TeamSources ─render─► TeamBuild (Contract, Page, Body) ─stitch─► Output

A value is filled once, by the step that makes it, and never changed. Values that cross a process or rest
in the cache are `msgspec.Struct`s, so their encoding needs no code of its own and never runs any.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from mfe_static.contracts import Contract, ContractParam
from mfe_static.problems import Problem

Want = Literal["page", "picture", "asset"]
SHELL_PARTS = ("header", "footer")


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


class Heading(msgspec.Struct, frozen=True, array_like=True):
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
    heading: str | None
    """HTML for the `h1`, where the content's first heading became one; None: the title is it."""
    heading_id: str = ""
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
    headings: tuple[Heading, ...] = ()
    """The table of contents; empty where the page wants none."""
    aliases: tuple[str, ...] = ()
    """Former URLs, from the site's root."""
    noindex: bool = False
    sitemap: bool = True
    shell: Mapping[str, str] = {}
    """Other fragments for parts of the shell; an empty one for none."""
    code: bool = False
    """Whether it shows highlighted code."""


class TeamBuild(msgspec.Struct, frozen=True, kw_only=True):
    """One team, rendered: everything that stitching needs of it."""

    sources: TeamSources
    contract: Contract
    pages: tuple[Page, ...]
    """In reading order."""
    bodies: tuple[Cut, ...]
    """The body of each page."""
    problems: tuple[Problem, ...]
    rendered: frozenset[str] = frozenset()
    """The URLs whose bodies were rendered; the others came from the cache."""
    absent: Mapping[str, str] = {}
    """Page files that make no page, by name and by path: why not; an empty text where a problem says it already."""
    failed: frozenset[str] = frozenset()
    """The URLs that have no body, because their templates failed."""


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


class Edge(msgspec.Struct, frozen=True, array_like=True):
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


class Composed(msgspec.Struct, frozen=True, kw_only=True):
    """A page, ready to be written, with what the checks need to know of it."""

    page: Page
    html: bytes
    parts: tuple[Part, ...]
    fragments: tuple[str, ...]
    """The fragments embedded, as `team:name`, sorted."""
    css: tuple[str, ...]
    """URLs of the style sheets, in order."""
    size: int = 0
    """Bytes of the document."""
    h1: int = 1
    """How many `h1` it has."""
    problems: tuple[Problem, ...] = ()


class StitchedSite(msgspec.Struct, frozen=True, kw_only=True):
    """A whole site, composed: what checks and targets look at. Documents are not in it; they are written already."""

    site: Site
    builds: tuple[TeamBuild, ...]
    pages: tuple[Composed, ...]
    """Without their HTML."""
    files: tuple[Output, ...]
    """Files that are copied: public files, page resources."""
    asked: frozenset[tuple[str, str]]
    """Fragments that somebody includes, as team and name."""
    weights: Mapping[str, int]
    """Bytes of each fingerprinted file, by URL."""
