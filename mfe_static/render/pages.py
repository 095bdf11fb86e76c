"""Which pages a team has: drafts and dates, pages made from data, URLs and names.

Cheap and serial: it runs over front matter only, after all documents are read, because a template may list every page.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.model import App, Page, Site, Tagging, TeamSources
from mfe_static.patterns import compiled
from mfe_static.problems import Problem, Related
from mfe_static.reads import data_mark
from mfe_static.render.addresses import NOT_FOUND, Source, aliases_of, refusal, url_of
from mfe_static.render.apps import app_of
from mfe_static.render.documents import Document, Front
from mfe_static.render.each import bindings, filled, filled_in, params_of
from mfe_static.render.listings import listings
from mfe_static.routes import claim_key, page_name
from mfe_static.settings import PageMatter
from mfe_static.tree import Tree
from mfe_static.views import moment

if TYPE_CHECKING:
    from mfe_static.templates import Templates

BARE_LAYOUT = "shell"
"""The theme's layout around content that a team's own layout has dressed already."""
DEFAULT_LAYOUT = "page"
_NOTHING: dict[str, Any] = {}
"""Shared by all pages that have no values, params or keys of their own, as most."""
_BAD_IN_NAME = compiled(r"[\s#?:]|^/|/$")


class Publishing(msgspec.Struct, frozen=True):
    """What decides whether a page is built today."""

    now: datetime.datetime
    """With a time zone."""
    drafts: bool = False


class Plan(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A page to come: all of it but the body."""

    page: Page
    final: bool
    """Whether its document is its body already."""
    mark: Digest
    """Names all that the page says of itself."""
    variables: Mapping[str, Any]
    """What `each` bound for this page."""


class Planned(msgspec.Struct, frozen=True, array_like=True):
    """What the documents of a team come to."""

    key: Digest
    """Names everything that it depends on."""
    marks: Mapping[str, Digest]
    """See `TeamBuild.marks`."""
    plans: tuple[Plan, ...]
    """In reading order."""
    absent: Mapping[str, str]
    """Documents without a page, by name and by path, and why; empty where a problem says it."""
    problems: tuple[Problem, ...]


def plan_key(team: TeamSources, site: Site, documents: Mapping[str, Document], publishing: Publishing) -> Digest:
    """Names everything that the pages of a team depend on, beside its own name."""
    settings = [
        msgspec.to_builtins(team.tags),
        team.languages,
        team.prefix,
        team.owner,
        team.layout,
        team.spa,
        team.language,
        team.foreign_prefixes,
        site.language,
        *([team.foreign.output, site.base_url] if team.foreign else []),
    ]
    layouts = sorted(path for path in team.templates if path.startswith("layouts/"))
    data = data_mark(team.data, "") if any(document.each for document in documents.values()) else ""
    now = publishing.now.isoformat() if any(document.dated for document in documents.values()) else ""
    fronts = {shown: document.front for shown, document in documents.items()}
    return digest(msgspec.msgpack.encode([settings, layouts, data, now, publishing.drafts, fronts]))


def plan_pages(
    team: TeamSources,
    site: Site,
    documents: Mapping[str, Document],
    fronts: Callable[[str], bytes],
    templates: "Templates",
    publishing: Publishing,
) -> Planned:
    """Every page that the documents make, each URL and each name once. `fronts`: what each says of itself, encoded."""
    planner, decoder = _Planner(team, site, templates, publishing), msgspec.msgpack.Decoder(Front)
    for shown in documents:
        planner.add(Source(team, shown, decoder.decode(fronts(shown))))
    planner.list_pages()
    by_url = planner.plans
    pages = [plan.page for plan in by_url.values()]
    tree = Tree(pages)
    addresses = [
        (page.url, page.name, page.params, page.source, page.aliases, page.app.routes if page.app else ())
        for page in pages
    ]
    listing = [(page.url, page.updated, page.date, page.noindex, page.sitemap) for page in pages]
    translated = [tree.alternates(url) for urls in tree.translations.values() for url in urls]
    marks = {
        "pages": tree.mark(("pages", "")),
        "addresses": digest(msgspec.msgpack.encode([addresses, planner.absent])),
        "listing": digest(msgspec.msgpack.encode([listing, translated])),
    }
    made = sorted(by_url.keys() - set(tree.order)) if len(tree.order) < len(by_url) else ()
    plans = tuple([by_url[url] for url in (*tree.order, *made)])
    return Planned(plan_key(team, site, documents, publishing), marks, plans, planner.absent, tuple(planner.problems))


class _Planner:
    """The pages of one team so far, with their claims."""

    def __init__(self, team: TeamSources, site: Site, templates: "Templates", publishing: Publishing) -> None:
        self.team, self.site, self.templates, self.publishing = team, site, templates, publishing
        self.plans: dict[str, Plan] = {}
        """By URL."""
        self.problems: list[Problem] = []
        self.absent: dict[str, str] = {}
        self._urls: dict[str, Page] = {}
        self._names: dict[str | tuple[str, frozenset[tuple[str, str]]], Page] = {}
        self._listing: dict[str, Source] = {}
        """By URL, the document of each page that may list others."""
        self._language = team.language or site.language
        self._top = team.top
        self._above = f"{team.shown}/{team.top}/"
        self._layouts = {path[len("layouts/") : -len(".html")]: path for path in team.templates if _is_layout(path)}
        """The team's own layouts, by name."""
        self._said: dict[Any, Any] = {}
        """What many pages say, each held once: folders, layouts, tags, dates."""

    def add(self, document: Source) -> None:
        """Plan the pages of one document."""
        matter = document.front.matter
        self.problems += document.front.problems
        made, said = len(self.plans), len(self.problems)
        why = self._unpublished(document)
        if not why:
            try:
                if matter.each:
                    for bound in bindings(matter.each, self.team.data, self.templates):
                        self._plan(document, bound, params_of(matter, bound, self.templates) if bound else _NOTHING)
                else:
                    self._plan(document, _NOTHING, _NOTHING)
            except ValueError as error:
                self._complain(document, "bad-each", str(error), "key:each")
        if len(self.plans) == made:
            if not why and len(self.problems) == said:
                why = "makes no page, as its `each` is empty"
            source = document.shown.removeprefix(f"{self.team.shown}/")
            name = matter.name or page_name(source.removeprefix(f"{self.team.top}/"))
            self.absent |= {name: why, source: why}

    def list_pages(self) -> None:
        """Let pages list others, when all are there."""
        tagging = self.team.tags
        if tagging.path:
            toml = Source(self.team, f"{self.team.shown}/team.toml", Front())
            if refused := refusal(toml, f"{self.team.prefix}{tagging.path}/", "tags.path"):
                self.problems.append(refused)
                tagging = Tagging()
        documents = self._listing.items()
        matter = {url: its.front.matter for url, its in documents if _lists(its.front.matter) and url != NOT_FOUND}
        if not matter and not tagging.path:
            return
        plans = self.plans
        pages = [plan.page for plan in plans.values()]
        changed, made = listings(self.team, tagging, pages, matter, self.site.language)
        for url, page in changed.items():
            plans[url] = _plan(page, plans[url].final, plans[url].variables)
        refusals: set[tuple[str, str]] = set()
        for url, front in matter.items():
            if front.paginate and "page" in plans[url].page.params:
                message = (
                    '"page" is the param of the further pages of a list; choose another name in `each` or `params`'
                )
                self._complain(self._listing[url], "bad-value", message, "key:paginate", url=url)
        for its in made:
            document = self._listing[its.of.url] if its.of else Source(self.team, its.page.source, Front())
            of = plans[its.of.url] if its.of else None
            if of and "page" in of.page.params:
                continue
            if refused := refusal(document, its.page.url, "paginate" if of else ""):
                why = refused.file, refused.message.partition(" would be ")[2] or refused.message
                if why not in refusals:
                    self.problems.append(refused)
                refusals.add(why)
            elif self._claim(document, its.page):
                final = of.final if of else not its.page.own_layout
                plans[its.page.url] = _plan(its.page, final, of.variables if of else _NOTHING)

    def _complain(self, document: Source, code: str, message: str, sought: str, **fields: Any) -> None:
        self.problems.append(document.problem(code, message, sought, **fields))

    def _unpublished(self, document: Source) -> str:
        """Why the document makes no page today; an empty text: it does."""
        if document.front.matter.draft and not self.publishing.drafts:
            return "is a draft, built only with --drafts"
        dates = document.front.dates
        if not dates.publish and not dates.expires:
            return ""
        now, publish, expires = self.publishing.now, _instant(dates.publish), _instant(dates.expires)
        if publish is not None and now < publish:
            return f"is published from {dates.publish} on"
        return f"has expired on {dates.expires}" if expires is not None and expires <= now else ""

    def _plan(self, document: Source, bound: dict[str, Any], params: dict[str, str]) -> None:
        team, front, once = self.team, document.front, self._said.setdefault
        matter, dates = front.matter, front.dates
        source = document.shown.removeprefix(self._above)
        url = url_of(document, source, bound, self.templates)
        if isinstance(url, Problem):
            self.problems.append(url)
            return
        if matter.name and (bad := _BAD_IN_NAME.search(matter.name)):
            message = f'"{matter.name}" cannot be a name: a ref could not say {bad[0]!r}'
            self._complain(document, "bad-value", message, "key:name")
        name = matter.name or _name(team, source)
        base = f"{self._top}/{source}".rpartition("/")[0]
        layout = matter.layout or team.layout
        own = self._layouts.get(layout, "")
        spoken = original = ""
        if team.languages:
            folder = source.partition("/")[0] if "/" in source else ""
            spoken = team.languages.get(folder, "")
            original = _original(name, folder if spoken else "")
        page = Page(  # by place: so many names would become a dictionary first, in six times the time
            url,
            name,
            team.name,
            document.shown,
            once(base, base),
            (filled(matter.title, bound, self.templates) if bound else matter.title) or front.title,
            once(matter.language, matter.language) if matter.language else spoken or self._language,
            "" if team.foreign else BARE_LAYOUT if own else once(layout, layout) or DEFAULT_LAYOUT,
            own,
            filled(matter.description, bound, self.templates) if bound else matter.description or "",
            once(dates.date, dates.date),
            once(dates.updated, dates.updated),
            self._tags(matter.tags) if matter.tags else (),
            matter.weight,
            matter.extra or _NOTHING,
            params,
            matter.toc,
            tuple(self._aliases(document, url, bound)) if matter.aliases else (),
            matter.noindex or url == NOT_FOUND,
            matter.sitemap and url != NOT_FOUND,
            _shell(matter),
            front.code,
            None,  # what it lists is known when all are there
            _menus(matter) if matter.menu else _NOTHING,
            filled(matter.image, bound, self.templates) if matter.image else "",
            filled_in(matter.schema, bound, self.templates) if matter.schema else _NOTHING,
            original,
            self._app(document, bound) if matter.app or matter.routes else None,
        )
        if self._claim(document, page):
            self.plans[url] = _plan(page, front.final, bound)
            if team.tags.path or _lists(matter):
                self._listing[url] = document

    def _app(self, document: Source, bound: Mapping[str, Any]) -> App | None:
        app, problems = app_of(document, bound, self.templates)
        self.problems += problems
        return app

    def _tags(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        once = self._said.setdefault
        said = tuple([once(tag, tag) for tag in tags])
        found: tuple[str, ...] = once(said, said)
        return found

    def _aliases(self, document: Source, url: str, bound: Mapping[str, Any]) -> Iterator[str]:
        for alias in aliases_of(document, url, bound, self.templates):
            if isinstance(alias, Problem):
                self.problems.append(alias)
            else:
                yield alias

    def _claim(self, document: Source, page: Page) -> bool:
        """Enter the page's URL and name; False after a complaint that somebody has them."""
        other = self._urls.setdefault(claim_key(page.url), page)
        if other is not page:
            self._taken(document, page, other)
            return False
        key = (page.name, frozenset(page.params.items())) if page.params else page.name
        other = self._names.setdefault(key, page)
        if other is not page:
            params = ", ".join(f"{name}={value}" for name, value in page.params.items())
            self._complain(
                document, "name-taken",
                f'"{page.name}"{f" with {params}" if params else ""} is the name of {other.source} too', "key:name",
                url=page.url, related=(Related(file=other.source, team=self.team.name, owner=self.team.owner),),
            )  # fmt: skip
        return True

    def _taken(self, document: Source, page: Page, other: Page) -> None:
        matter = document.front.matter
        key = next((key for key in ("path", "slug", "each") if getattr(matter, key) is not None), "")
        if other.source == page.source:
            message = f"two items of `each` make the page {page.url}"
            hint = "let the path tell them apart"
            self._complain(document, "url-taken", message, "key:path", url=page.url, hint=hint)
            return
        spelt = f", as {other.url}" if other.url != page.url else ""
        self._complain(
            document, "url-taken", f"{page.url} is the URL of {other.source} too{spelt}", f"key:{key}" if key else "",
            url=page.url, hint="give one of them another `path` or `slug`",
            related=(Related(file=other.source, team=self.team.name, owner=self.team.owner),),
        )  # fmt: skip


def _name(team: TeamSources, source: str) -> str:
    """What refs call the page of a file. Tools may make `about.html` beside `about/index.html`; ours cannot be both."""
    name = page_name(source)
    twin = team.foreign and source != f"{name}/index.html" and f"{team.top}/{name}/index.html" in team.pages
    return source if twin else name


def _is_layout(path: str) -> bool:
    return path.startswith("layouts/") and path.endswith(".html")


def _lists(matter: PageMatter) -> bool:
    return bool(matter.paginate or matter.sort or matter.feed)


def _plan(page: Page, final: bool, variables: Mapping[str, Any]) -> Plan:
    return Plan(page, final, digest(msgspec.msgpack.encode(page)), variables)


def _original(name: str, folder: str) -> str:
    """The name without the folder of its language."""
    return "index" if name == folder else name.removeprefix(f"{folder}/") if folder else name


def _menus(matter: PageMatter) -> dict[str, tuple[str, float | None]]:
    """The menus that a page is listed in."""
    menu = matter.menu
    if isinstance(menu, dict):
        return {name: (its.title, matter.weight if its.weight is None else its.weight) for name, its in menu.items()}
    names = ("main",) if menu is True else (menu,) if isinstance(menu, str) else menu or ()
    return dict.fromkeys(names, ("", matter.weight))


def _instant(text: str) -> datetime.datetime | None:
    """A date as a moment: UTC where it names no zone, its first second where it names no time."""
    value = moment(text)
    if value is None:
        return None
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)


def _shell(matter: PageMatter) -> dict[str, str]:
    """The parts of the shell that the page wants otherwise."""
    if matter.header is matter.footer is matter.head is None:
        return _NOTHING
    parts = {"header": matter.header, "footer": matter.footer, "head": matter.head}
    asked = {
        name: value if isinstance(value, str) else "" for name, value in parts.items() if value not in {None, True}
    }
    return asked or _NOTHING
