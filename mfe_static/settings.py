"""What users may write: the keys of `site.toml`, `team.toml`, `theme.toml` and front matter.

These definitions are the only place where a key, its type and its default stand. Reading, unknown-key
problems, JSON Schemas, `mfe-static config` and the reference documentation all come from them. A field's
docstring stands under the field and becomes its description in the schema.
"""

import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from mfe_static.hosting import DeploySettings
from mfe_static.problems import Level

Architecture = Literal["linked-pages", "linked-spa", "linked-universal-spa", "unified-spa", "unified-universal-spa"]
ParamType = Literal["string", "int", "number", "bool", "list"]
Sort = Literal["weight", "title", "-title", "date", "-date", "updated", "-updated"]
Slug = Annotated[str, Meta(min_length=1)]
Moment = datetime.date
"""A date, or a `datetime.datetime` (which is a date, too): msgspec takes no union of the two."""
Language = Annotated[
    str,
    Meta(pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?$", description="a language tag such as `en` or `pt-BR`"),
]
"""BCP 47 (RFC 5646 §2.1) by its looks; the registry of subtags is not consulted."""
Folder = Annotated[str, Meta(min_length=1, pattern=r"^[^\x00-\x1f]+$", description="a folder's name")]
EditUrl = Annotated[
    str,
    Meta(
        pattern=r"^(https?://[^\s{}]*(\{(path|file)\}[^\s{}]*)+)?$", description="a URL with `{path}` or `{file}` in it"
    ),
]
Reviewer = Annotated[
    str, Meta(pattern=r"^(@[\w./-]+|[^@\s]+@[^@\s]+)$", description="`@name`, `@org/team` or an address")
]
PictureWidth = Annotated[int, Meta(ge=16, le=8192, description="numbers from 16 to 8192")]
Quality = Annotated[int, Meta(ge=1, le=100, description="a number from 1 to 100")]
ThemeName = Annotated[
    str, Meta(pattern=r"^([A-Za-z0-9_][A-Za-z0-9_.-]*)?$", description="the name of a theme's folder")
]


Size = Annotated[str, Meta(pattern=r"^([0-9]+(\.[0-9]+)? ?(B|KB|MB))?$", description="a size such as `5 KB`")]
"""A KB is 1,000 bytes."""
SearchPath = Annotated[
    str, Meta(pattern=r"^(/([a-z0-9~-][a-z0-9_~-]*/)+)?$", description="a path such as `/search/`, in lower case")
]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table whose keys are all known."""


class MarkdownSettings(Settings, frozen=True, kw_only=True):
    """`[markdown]` of a site or team."""

    html: Literal["allow", "escape"] = "allow"
    """Whether raw HTML in Markdown is kept, or shown as text (fragments work in both)."""
    highlight: bool = True
    """Whether fenced code is highlighted at build time, as classes."""
    engine: Literal["auto", "markdown-it", "pyromark"] = "auto"
    """Which parser reads Markdown. The HTML is the same with each: `auto` and `pyromark` take the fast compiled one
    for every text that both understand alike, where it is installed, and markdown-it for the rest; `markdown-it`
    takes markdown-it for all, for those who want to rule the other out."""


class FrontMatterSettings(Settings, frozen=True, kw_only=True):
    """`[front_matter]` of a site or team."""

    unknown: Literal["error", "warn", "extra"] = "error"
    """What an unknown key is: an error, a warning, or a free key kept under `extra`."""


class LinkSettings(Settings, frozen=True, kw_only=True):
    """`[links]` of the site."""

    schemes: tuple[str, ...] = ()
    """Further URL schemes that links may start with, so that `word:rest` is not taken for a ref."""


class PictureQuality(Settings, frozen=True, kw_only=True):
    """`[pictures.quality]`: how much of a picture is kept, from 1 to 100; the scales of formats differ."""

    avif: Quality = 60
    """Of AVIF."""
    webp: Quality = 80
    """Of WebP."""
    jpeg: Quality = 80
    """Of JPEG."""


class PictureSettings(Settings, frozen=True, kw_only=True):
    """`[pictures]` of the site: pictures in sizes and formats for browsers to choose from."""

    widths: tuple[PictureWidth, ...] = ()
    """The widths that pictures are offered in, in pixels; empty: they stay as they are."""
    formats: tuple[Literal["avif", "webp"], ...] = ("avif", "webp")
    """The formats that they are offered in beside their own."""
    sizes: Annotated[str, Meta(pattern=r"^[^\x00-\x1f<>]*$")] = "auto, 100vw"
    """How wide they are shown, as in the attribute `sizes`; `auto` counts only where a picture is loaded lazily."""
    quality: PictureQuality = field(default_factory=PictureQuality)
    """How much of a picture is kept, by format."""


class SecuritySettings(Settings, frozen=True, kw_only=True):
    """`[security]` of the site: what goes into `_headers`."""

    policy: str = ""
    """The Content-Security-Policy; empty: the strict default."""
    headers: dict[str, str] = {}
    """Further headers for every page, or other values for the default ones; an empty value drops one."""
    publish_emails: bool = False
    """Whether owners are published with their e-mail addresses, in `/_mfe/`."""


class MonitoringSettings(Settings, frozen=True, kw_only=True):
    """`[monitoring]` of the site."""

    endpoint: Annotated[str, Meta(pattern=r"^(/[^/\s\\][^\s\\]*)?$", description="a path such as `/vitals`")] = ""
    """An address of the same host that pages tell how they fared, such as `/vitals`; empty: they tell nobody."""


class SearchSettings(Settings, frozen=True, kw_only=True):
    """`[search]` of the site."""

    path: SearchPath = ""
    """Where the page stands on which all teams' pages can be searched, such as `/search/`; empty: none is made, and no
    index. In other languages it is one further below, as `/search/de/`."""


class ShellSettings(Settings, frozen=True, kw_only=True):
    """`[shell]`: which fragments fill the theme's shell."""

    header: str = "theme:header"
    """The fragment at the top of every page, as `team:name`."""
    footer: str = "theme:footer"
    """The fragment at the end of every page, as `team:name`."""


class RouteSettings(Settings, frozen=True, kw_only=True):
    """A team's entry in the route table, written as a table; `"/x/"` is short for `{path = "/x/"}`."""

    path: str = ""
    """The path prefix the team owns; empty: a team without pages."""


class EnvironmentSettings(Settings, frozen=True, kw_only=True):
    """`[environments.<name>]`: what is otherwise where `--environment` names it."""

    base_url: str | UnsetType = UNSET
    """Where the site will be served."""
    title: str | UnsetType = UNSET
    """The site's name."""
    output: Folder | UnsetType = UNSET
    """The folder that the site is written to."""
    noindex: bool | UnsetType = UNSET
    """Whether search engines are told to leave the whole site out."""
    drafts: bool | UnsetType = UNSET
    """Whether drafts are built."""


class SiteSettings(Settings, frozen=True, kw_only=True):
    """`site.toml`: the route table, the theme, the hosts."""

    title: str = ""
    """The site's name."""
    base_url: str = "http://localhost"
    """Where the site will be served; may carry a path, such as `https://example.org/shop`."""
    language: Language = "en"
    """The language of pages that say nothing else (BCP 47)."""
    description: str = ""
    """The site in one sentence."""
    theme: ThemeName = "default"
    """A folder in `themes/`, or the name of a built-in theme."""
    output: Folder = "dist"
    """The folder that the site is written to, relative to the site's root."""
    noindex: bool = False
    """Whether search engines are told to leave the whole site out: on every page, in `robots.txt` and `_headers`."""
    drafts: bool = False
    """Whether drafts are built, as with `--drafts`."""
    teams: dict[str, str | RouteSettings] = {}
    """The route table: which team owns which path prefix."""
    shell: ShellSettings = field(default_factory=ShellSettings)
    """Which fragments fill the theme's shell."""
    checks: dict[str, Level] = {}
    """The level of each check, by its code."""
    markdown: MarkdownSettings = field(default_factory=MarkdownSettings)
    """How Markdown is read, in teams that say nothing else."""
    links: LinkSettings = field(default_factory=LinkSettings)
    """How links are read."""
    front_matter: FrontMatterSettings = field(default_factory=FrontMatterSettings)
    """How front matter is read, in teams that say nothing else."""
    redirects: dict[str, str] = {}
    """Redirects of the site itself, from a path to a path or URL; pages say theirs by `aliases`."""
    search: SearchSettings = field(default_factory=SearchSettings)
    """Search over the pages of all teams."""
    pictures: PictureSettings = field(default_factory=PictureSettings)
    """Pictures in sizes and formats for browsers to choose from."""
    security: SecuritySettings = field(default_factory=SecuritySettings)
    """Headers that hosts send."""
    monitoring: MonitoringSettings = field(default_factory=MonitoringSettings)
    """What readers have of the site, measured in their browsers."""
    environments: dict[str, EnvironmentSettings] = {}
    """What is otherwise in an environment, by its name; `--environment` chooses one."""
    deploy: dict[str, DeploySettings] = {}
    """Where the site is deployed to, by name."""


class OffersSettings(Settings, frozen=True, kw_only=True):
    """`[offers]`: all that other teams may use; everything else is private."""

    fragments: tuple[str, ...] = ()
    """Names of fragments that other teams may include."""
    events: tuple[str, ...] = ()
    """Names of events that other teams may listen to, as `team:event`."""
    tabs: tuple[str, ...] = ()
    """Those of `events` that come out in the visitor's other tabs, too."""
    details: dict[str, dict[str, Any]] = {}
    """What the `detail` of an event is, by the event's name, as a JSON Schema; `dev` looks at each that goes by."""


class MenuSettings(Settings, frozen=True, kw_only=True):
    """How a page stands in a menu: `menu: {main: {title: Start, weight: 1}}`."""

    title: str = ""
    """What the menu calls it; empty: by its title."""
    weight: int | float | None = None
    """Its place among the menu's entries, lightest first; without one the page's own weight counts."""


class TagSettings(Settings, frozen=True, kw_only=True):
    """`[tags]` of a team."""

    path: Annotated[str, Meta(pattern=r"^[^\x00-\x1f]*$")] = ""
    """Where the team's tag pages stand, below its path, such as `tags/`; empty: none are made."""
    title: str = "Tags"
    """The title of the page that lists all tags."""
    paginate: Annotated[int, Meta(ge=0)] = 0
    """How many pages stand on one page of a tag; 0: all."""


class InjectSettings(Settings, frozen=True, kw_only=True):
    """`[build.inject]`: what is put into the documents of another tool where no `<mfe-fragment>` asks for it."""

    header: str | bool = False
    """The fragment right behind `<body>`: true for the one that `[shell]` names, or another as `team:name`."""
    footer: str | bool = False
    """The fragment right before `</body>`: true for the one that `[shell]` names, or another as `team:name`."""
    styles: Literal["theme", "fragments", "none"] = "theme"
    """Which style sheets come into the head of documents that show fragments: those of the theme and the fragments, of
    the fragments alone, or none."""


class BuildSettings(Settings, frozen=True, kw_only=True):
    """`[build]` of a team: another tool makes its documents, and nothing else of its folder is read."""

    output: str = ""
    """The folder, below the team's own, in which the tool leaves its documents and all that goes with them."""
    command: tuple[str, ...] = ()
    """The program that makes them, and its arguments; `{base_path}` and `{base_url}` in these say where the team's
    pages will stand. Without a command the folder is taken as it is."""
    inputs: tuple[str, ...] = ()
    """The files that the command reads, such as `src/**`; empty: all of the team's folder but the output."""
    environment: tuple[str, ...] = ()
    """Names of environment variables that the command may see; their values count as inputs."""
    timeout: Annotated[int, Meta(ge=1, le=86_400)] = 300
    """Seconds that the command may take."""
    fragments: str = ""
    """A folder of the output that holds fragments: `card.html` is the fragment `card`."""
    inject: InjectSettings = field(default_factory=InjectSettings)
    """What is put into documents where no `<mfe-fragment>` asks for it."""


class DependencySettings(Settings, frozen=True, kw_only=True):
    """A package that the team's modules import: `preact = {version = "^10", from = "vendor/preact.js"}`, or short
    `preact = "^10"`."""

    version: str = "*"
    """Which versions will do, as npm writes it: `^10`, `>=3 <5`; `*`: any."""
    from_: str = field(name="from", default="")
    """A file or a package in the team's folder; empty: what is installed in `node_modules`, the team's or the site's.
    A file counts as the lowest version that `version` lets in."""


class NavigationSettings(Settings, frozen=True, kw_only=True):
    """`[navigation]` of a team: what makes a page load feel soft, without script, where browsers can."""

    prefetch: bool = False
    """Whether the team's pages are fetched when somebody is about to follow a link to them, from any page of the
    site."""
    transitions: bool = False
    """Whether its pages fade into the next one, where that has it so, too."""


class TeamSecuritySettings(Settings, frozen=True, kw_only=True):
    """`[security]` of a team: origins of others that its pages need, let in by the site's Content-Security-Policy."""

    connect: tuple[str, ...] = ()
    """Where modules may fetch from, such as `https://api.example`."""
    font: tuple[str, ...] = ()
    """Where fonts come from."""
    form: tuple[str, ...] = ()
    """Where forms are sent to."""
    frame: tuple[str, ...] = ()
    """Whose pages are shown in frames."""
    img: tuple[str, ...] = ()
    """Where pictures come from; the default policy lets in any `https:`."""
    media: tuple[str, ...] = ()
    """Where sound and video come from."""
    script: tuple[str, ...] = ()
    """Where scripts come from."""
    style: tuple[str, ...] = ()
    """Where style sheets come from."""
    trusted_types: tuple[str, ...] = ()
    """Names of Trusted Types policies that its libraries make, such as `lit-html`."""
    worker: tuple[str, ...] = ()
    """Where workers come from."""


class TeamBudgetSettings(Settings, frozen=True, kw_only=True):
    """`[budget.team]` of a team: what all that it has may weigh together."""

    css: Size = ""
    """All its style sheets that any page loads."""
    js: Size = ""
    """All its modules and scripts, those too that are loaded later."""


class BudgetSettings(Settings, frozen=True, kw_only=True):
    """`[budget]` of a team: what each of its pages may weigh, after brotli."""

    html: Size = ""
    """The document."""
    css: Size = ""
    """All style sheets that the page links, whoever wrote them, and those that they import."""
    js: Size = ""
    """All scripts that are loaded with the page or by its islands, whoever wrote them, the tool's own among them."""
    team: TeamBudgetSettings = field(default_factory=TeamBudgetSettings)
    """What all that the team has itself may weigh together."""


class TeamSettings(Settings, frozen=True, kw_only=True):
    """`team.toml`: who a team is and what it offers."""

    owner: str = ""
    """Who answers for the team, as `Name <address>`."""
    architecture: Architecture = "linked-pages"
    """How the team's pages behave in the browser."""
    isolation: Literal["layer", "scope", "shadow"] = "layer"
    """What keeps the team's style sheets from what others have on a page: a cascade layer only orders rules; `scope`
    lets them hold in the team's own parts; `shadow` makes its fragments shadow trees."""
    description: str = ""
    """The team's mission in one sentence."""
    layout: str = ""
    """The layout of pages that name none; empty: `page`."""
    language: Language = ""
    """The language of the team's pages; empty: the site's."""
    languages: dict[str, Language] = {}
    """The language of what is in a folder of `pages/`, by the folder: `de = "de"`. Pages of the same name in them are
    translations of each other."""
    edit_url: EditUrl = ""
    """Where a page's source is edited: `{path}` stands for its path from the site's root, `{file}` for the one below
    the team's folder."""
    reviewers: tuple[Reviewer, ...] = ()
    """Who reviews changes of the team's folder, as hosts of repositories know them (`@org/team`); else the owner's
    address."""
    offers: OffersSettings = field(default_factory=OffersSettings)
    """What other teams may use."""
    checks: dict[str, Level] = {}
    """The level of each check for this team, by its code."""
    markdown: MarkdownSettings | UnsetType = UNSET
    """How Markdown is read; the site's where it is not given."""
    front_matter: FrontMatterSettings | UnsetType = UNSET
    """How front matter is read; the site's where it is not given."""
    tags: TagSettings = field(default_factory=TagSettings)
    """Tag pages."""
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    """What the team's pages may weigh, after brotli; more is an error."""
    dependencies: dict[str, str | DependencySettings] = {}
    """The packages that the team's modules import by name, with the versions that will do: `preact = "^10"`."""
    navigation: NavigationSettings = field(default_factory=NavigationSettings)
    """What makes a page load feel soft, where browsers can."""
    security: TeamSecuritySettings = field(default_factory=TeamSecuritySettings)
    """Origins of others that the team's pages need."""
    build: BuildSettings | UnsetType = UNSET
    """Another tool makes the team's documents."""


class ThemeSettings(Settings, frozen=True, kw_only=True):
    """`theme.toml`: marks a folder as a theme."""

    extends: ThemeName = ""
    """The theme that lends every file which this one does not have."""
    description: str = ""
    """The theme in one sentence."""


class FragmentParam(Settings, frozen=True, kw_only=True):
    """A param that a fragment declares: `sku: {type: string, required: true}`, or short `sku: string`."""

    type: ParamType = "string"
    """How the attribute's text is read; a list is separated by commas or blanks."""
    required: bool = False
    """Whether an including tag must give it."""
    default: Any = None
    """Its value where a tag does not give it."""


class FragmentMatter(Settings, frozen=True, kw_only=True):
    """Front matter of `fragments/<name>.html`."""

    description: str = ""
    """The fragment in one sentence, for its users."""
    params: dict[str, ParamType | FragmentParam] = {}
    """The params it takes, by name."""
    vary: tuple[Literal["team", "language"], ...] = ()
    """What of the including page it gets to know, as `params.team` and `params.language`."""
    each: str | dict[str, str] | None = None
    """Data that makes variants beyond those asked for: `data.skus`, or `{sku: data.skus}`; its names are params."""
    extra: dict[str, Any] = {}
    """Free keys."""


class FeedSettings(Settings, frozen=True, kw_only=True):
    """What is in a feed: `feed: {entries: 10, content: true}`; `true` is short for one with descriptions only, a number
    for its entries."""

    entries: Annotated[int, Meta(ge=1)] = 20
    """How many pages are in the feed, the last first."""
    content: bool = False
    """Whether it holds their whole content, not only what describes them."""


class PageMatter(Settings, frozen=True, kw_only=True, omit_defaults=True):
    """Front matter of a page."""

    title: str | None = None
    """The page's title; without it the first heading is one."""
    description: str | None = None
    """One or two sentences for search engines and link previews."""
    date: Moment | None = None
    """When it was first published."""
    updated: Moment | None = None
    """When it was last changed; `lastmod` in the sitemap."""
    draft: bool = False
    """Drafts are built only with `--drafts`."""
    publish: Moment | None = None
    """From when on it is built."""
    expires: Moment | None = None
    """From when on it is no longer built."""
    layout: str | None = None
    """The team's layout of that name, else the theme's."""
    path: str | None = None
    """The whole path: from the site's root with a leading `/`, else from the file's folder."""
    slug: str | None = None
    """The last segment of the path."""
    name: str | None = None
    """What refs call it; else its path under `pages/` without extension."""
    aliases: tuple[str, ...] = ()
    """Former URLs, which redirect here: from the site's root with a leading `/`, else from the page's parent."""
    tags: tuple[str, ...] = ()
    """Subjects."""
    language: Language | None = None
    """The page's language, where it is not its team's."""
    weight: int | float | None = None
    """Its place among its siblings, lightest first; without one it stands after those that have one."""
    menu: bool | str | tuple[str, ...] | dict[str, MenuSettings] | None = None
    """The menus it is listed in, by name, `true` for `main`; a table says how."""
    noindex: bool = False
    """Whether search engines are told to leave it out; it is not in the sitemap then."""
    header: str | bool | None = None
    """Another header for this page, as `team:name`, or false for none."""
    footer: str | bool | None = None
    """Another footer for this page, as `team:name`, or false for none."""
    head: str | None = None
    """A fragment for the document's head, as `team:name`."""
    each: str | dict[str, str] | None = None
    """Data that makes one page per item: `data.products`, or `{p: data.products, v: p.variants}`."""
    params: dict[str, str] | None = None
    """Route params of a page made by `each`: name and expression, such as `{id: p.id}`."""
    paginate: Annotated[int, Meta(ge=1)] | None = None
    """How many of the pages below it stand on one page; the others are on `page/2/` and so on."""
    sort: Sort | None = None
    """How the pages below it are sorted in `page.pages`: by `weight` as in navigation, by `title`, `date` or `updated`,
    with a `-` the last first; where there is a feed, `-date`."""
    feed: bool | Annotated[int, Meta(ge=1)] | FeedSettings = False
    """Whether the pages below it that have a date are in a feed, or how many of them: `feed.xml`, `feed.json`; a table
    says more."""
    toc: bool = True
    """Whether the layout may show a table of contents."""
    image: str | None = None
    """A picture for link previews: a file as in a link of the page, or a URL."""
    schema: dict[str, Any] = {}
    """What the page shows, in the words of schema.org, for search engines: `{"@type": Product, sku: AU-02}`. On pages
    made from data braces in its texts are filled in."""
    sitemap: bool = True
    """Whether it stands in the sitemap."""
    app: Slug | None = None
    """The module that mounts the page in the browser, by its path in the team's folder: `app.js`; of teams of the
    architecture `linked-spa`."""
    routes: tuple[str, ...] = ()
    """Further addresses for which the app has a view, and which this page answers for, such as `order/:id/`: below the
    team's path, or from the site's root with a leading `/`."""
    extra: dict[str, Any] = {}
    """Free keys, for the team's own templates."""
