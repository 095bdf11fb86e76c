"""The frozen values that flow through a build.

    TeamSources ─render─► TeamBuild (Contract, Page, Body) ─stitch─► StitchedSite (Stitched, Output)

A value is filled once, by the step that makes it, and never changed. Values that cross a process or rest
in the cache are `msgspec.Struct`s, so their encoding needs no code of its own and never runs any. What HTML is cut into
is in `pieces`, what stitching gives in `stitched`, and what the next build finds in `kept`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from mfe_static.contracts import Contract, ContractPage, ContractParam, ContractRef, ContractRoute
from mfe_static.digests import Digest
from mfe_static.kept import Blob
from mfe_static.pieces import Cut, Heading
from mfe_static.problems import Problem
from mfe_static.routes import scheme

# -- what a team is made of


class Free(dict[str, Any]):
    """Free keys (`extra`): a missing one can be tested with `if`, so that it can be optional."""


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


class Dependency(msgspec.Struct, frozen=True):
    """A package that a team's modules import by name."""

    version: str
    """Which versions will do, as npm writes it."""
    source: str = ""
    """A file or a package in the team's folder; empty: it is installed."""


class Tagging(msgspec.Struct, frozen=True):
    """The tag pages of a team."""

    path: str = ""
    """Below the team's prefix, without `/` around it; empty: there are none."""
    title: str = ""
    paginate: int = 0
    """How many pages stand on one; 0: all."""


class Foreign(msgspec.Struct, frozen=True, kw_only=True):
    """How a team is built that builds with another tool."""

    output: str
    """The folder with what the tool made, below the team's folder, without `/` around it."""
    command: tuple[str, ...] = ()
    """Empty: nothing is run."""
    inputs: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    timeout: int = 0
    header: str = ""
    """The fragment that is put in behind `<body>`, as `team:name`; empty: none."""
    footer: str = ""
    styles: Literal["theme", "fragments", "none"] = "theme"


class Budget(msgspec.Struct, frozen=True):
    """What pages of a team may weigh, in bytes after brotli; None: whatever they do."""

    html: int | None = None
    css: int | None = None
    js: int | None = None
    team_css: int | None = None
    """All style sheets of the team together."""
    team_js: int | None = None

    @property
    def of_files(self) -> bool:
        """Whether it says anything of the files that a page loads."""
        return self.css is not None or self.js is not None

    @property
    def of_team(self) -> bool:
        """Whether it says anything of all that the team has."""
        return self.team_css is not None or self.team_js is not None


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
    tabs: tuple[str, ...] = ()
    """Those of `events` that other tabs hear of."""
    details: Mapping[str, Mapping[str, Any]] = {}
    """JSON Schemas of what comes with them, by event."""
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
    tags: Tagging = Tagging()
    languages: Mapping[str, str] = {}
    """The language of what is in a folder of `pages/`, by the folder."""
    edit_url: str = ""
    reviewers: tuple[str, ...] = ()
    foreign_prefixes: tuple[str, ...] = ()
    """Prefixes of other teams that lie inside this team's."""
    modules: Mapping[str, str] = {}
    """File to open, by path, of all that a module may import; empty where there is no module to begin with."""
    dependencies: Mapping[str, Dependency] = {}
    """Packages, by the name they are imported by."""
    origins: Mapping[str, tuple[str, ...]] = {}
    """Origins of others that the team's pages need, by the policy's directive."""
    prefetch: bool = False
    """Whether browsers may fetch its pages before somebody follows a link to them."""
    transitions: bool = False
    """Whether its pages fade into the next one when that is loaded."""
    lent: Mapping[str, str] = {}
    """Files of other folders, as in a theme that extends another: how problems name them."""
    isolation: Literal["layer", "scope", "shadow"] = "layer"
    """What keeps its style sheets from what others have on a page."""
    budget: Budget | None = None
    foreign: Foreign | None = None
    """Where another tool makes the pages, which are whole documents then; None: we do."""

    @property
    def soft(self) -> bool:
        """Whether a click within its pages exchanges what differs, instead of loading the next one."""
        return self.architecture == "linked-universal-spa" and self.foreign is None

    @property
    def spa(self) -> bool:
        """Whether pages may be mounted by a module."""
        return self.architecture == "linked-spa" and self.foreign is None

    def folder_of(self, base: str) -> str:
        """The folder of a language that the folder `base` lies in; empty: it is in the team's own."""
        first = base.removeprefix("pages/").split("/")[0] if self.languages and base.startswith("pages/") else ""
        return first if first in self.languages else ""

    @property
    def top(self) -> str:
        """The folder with the pages, below the team's."""
        return self.foreign.output if self.foreign else "pages"

    def named(self, path: str) -> str:
        """How problems name a file of the folder."""
        return self.lent.get(path) or f"{self.shown}/{path}"


class Pictures(msgspec.Struct, frozen=True):
    """How pictures are offered to browsers."""

    widths: tuple[int, ...]
    """In pixels, ascending; never empty."""
    formats: tuple[Literal["avif", "webp"], ...]
    """Beside a picture's own, the one that makes the smallest files first."""
    quality: tuple[tuple[str, int], ...]
    """By format."""
    sizes: str
    """The attribute `sizes`."""
    encoder: str
    """The version of what encodes them."""


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
    noindex: bool = False
    search: str = ""
    """Where all pages can be searched, as `/search/`; empty: nowhere."""
    endpoint: str = ""
    """Whom pages tell how they fared; empty: nobody."""
    pictures: Pictures | None = None
    """None: they stay as they are."""


# -- what rendering gives


class App(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What mounts a page in the browser."""

    module: str
    """As written: a path below the team's folder."""
    routes: tuple[str, ...] = ()
    """Its client routes that the page answers for, from the site's root: `/checkout/order/:id/`."""


class Listing(msgspec.Struct, frozen=True, gc=False):
    """What a page lists, where it says so: the pages below it, or those with a tag."""

    urls: tuple[str, ...] = ()
    """Those on this page of the listing, in order."""
    count: int = 0
    """Those on all its pages."""
    number: int = 1
    """Which of its pages this is."""
    numbers: int = 1
    """How many pages it has."""
    first: str = ""
    """The URL of its first page."""
    tag: str = ""
    """The tag whose pages they are."""
    feed: int = 0
    """How many of them are in its feeds; 0: there are none."""
    whole: bool = False
    """Whether feeds hold what stands on them, too."""
    made: bool = False
    """Whether nobody wrote this page: it stands in no navigation."""

    def url(self, number: int) -> str:
        """The URL of the page of that number."""
        return self.first if number == 1 else f"{self.first}page/{number}/"


class Page(
    msgspec.Struct, frozen=True, omit_defaults=True, gc=False
):  # not `kw_only`: then pickle takes three times as long
    """One URL, one HTML document, one owner."""

    url: str
    name: str
    team: str
    source: str
    """The file, as problems name it."""
    base: str
    """The folder of the file, relative to the team's folder: relative links resolve against it."""
    title: str
    language: str
    layout: str
    """A layout of the theme; empty: it is a whole document already, of another tool."""
    own_layout: str = ""
    """The layout of the team that dressed the content before, by its path; empty: none."""
    description: str = ""
    date: str = ""
    """ISO 8601, with or without time; empty: none."""
    updated: str = ""
    tags: tuple[str, ...] = ()
    weight: float | None = None
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
    listing: Listing | None = None
    menu: Mapping[str, tuple[str, float | None]] = {}
    """The menus it is listed in, by name: what they call it, and its weight there."""
    image: str = ""
    """A picture for link previews, as written."""
    schema: Mapping[str, Any] = {}
    """What it shows, in the words of schema.org."""
    original: str = ""
    """What it is called in all languages: its name, without the folder of its language; empty: the team has one."""
    app: App | None = None

    @property
    def lane(self) -> str:
        """The language that it is read in, in a team that has several; pages of another are no neighbours."""
        return self.language if self.original else ""


class Body(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What a team renders for a page. It rests in a pack, and whoever stitches the page reads it."""

    cut: Cut = Cut()
    heading: str | None = None
    """HTML for the `h1`, where the content's first heading became one; None: the title is it."""
    heading_id: str = ""
    headings: tuple[Heading, ...] = ()
    """The table of contents."""
    code: tuple[tuple[Digest, Digest], ...] = ()
    """Names each block of code in it, and the HTML that was made of it."""


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """What a contract says of a body."""

    anchors: tuple[str, ...] = ()
    """Its ids, sorted; those of fallbacks left out, as whether they are shown is decided later."""
    refs: tuple[str, ...] = ()
    """What it refers to by a path from the root or by a name, as written, sorted."""


def leaves(team: TeamSources, value: str) -> bool:
    """Whether a link, written by `team`, leads out of what the team owns."""
    if team.prefix and value.startswith(team.prefix):  # as most
        return bool(team.foreign_prefixes) and value.startswith(team.foreign_prefixes)
    return value.startswith("/") or scheme(value) not in {"", team.name}


class TeamBuild(msgspec.Struct, frozen=True, kw_only=True):
    """One team, rendered: everything that stitching needs of it."""

    sources: TeamSources
    pages: tuple[Page, ...]
    """In reading order."""
    names: tuple[Digest, ...]
    """What each page says of itself, as a digest."""
    bodies: tuple[Blob | None, ...]
    """Where the body of each page rests; None: it has none."""
    facts: tuple[int, ...]
    """Names the `Facts` of each body, which rest above it and are looked at one by one; 0: there are none."""
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
    def routes(self) -> tuple[ContractRoute, ...]:
        """The names under which refs find its pages."""
        counts = Counter([(page.name, tuple(sorted(page.params)) if page.params else ()) for page in self.pages])
        return tuple([ContractRoute(name=key[0], params=key[1], pages=counts[key]) for key in sorted(counts)])

    def contract(self, facts: Sequence[Facts]) -> Contract:
        """All that other teams may know of the team. `facts`: those of each body."""
        team = self.sources
        own = team.prefix if team.prefix and not team.foreign_prefixes else "\0"  # what begins so stays, as most does
        refs = [
            ContractRef(page=page.url, to=to)
            for page, its in zip(self.pages, facts, strict=True)
            for to in its.refs
            if not to.startswith(own) and leaves(team, to)
        ]
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
                    client_routes=page.app.routes if page.app else (),
                )
                for page, its in zip(self.pages, facts, strict=True)
            ),
            routes=self.routes,
            refs=(*refs, *self.agreement.refs),
        )
