"""One page, whole: the theme's layout around a body, the style sheets of all that it shows, and the page's links.

The layout is a template like any other and knows the page only through its views; it prints marks where the content and
the head go. `join` closes what is open in it, in the body and in fragments; what depends on all of them is filled in
last (`ending`). What comes out is final: nobody changes a document after it was composed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from operator import attrgetter

import msgspec
from markupsafe import Markup

from mfe_static.assets import AssetFolder
from mfe_static.clock import Timings
from mfe_static.html import Cutter, Moulds
from mfe_static.html.marks import spot_mark
from mfe_static.kept import Asset
from mfe_static.model import Body, Page, Site, TeamBuild, TeamSources
from mfe_static.pieces import Link, Slot
from mfe_static.problems import Problem, did_you_mean, problem
from mfe_static.routes import SCHEMES, scheme
from mfe_static.steps import Steps
from mfe_static.stitch.around import Arounds
from mfe_static.stitch.ending import closed, style_links
from mfe_static.stitch.fragments import Asker, Fragments, Variant
from mfe_static.stitch.islands import Islands, OnPage
from mfe_static.stitch.join import Apart, Joiner
from mfe_static.stitch.links import Links
from mfe_static.stitch.pictures import Offer
from mfe_static.stitch.resolved import AssetFile, Origin
from mfe_static.stitch.scopes import with_region
from mfe_static.stitch.shadow import Shadows
from mfe_static.stitch.softly import outlet, scope_head, soft_head, with_outlet
from mfe_static.stitch.walk import Walk
from mfe_static.stitched import Part, PictureFile, Uses
from mfe_static.templates import Templates
from mfe_static.tree import Tree
from mfe_static.views import PageView, Seen, TeamView, View

THEME_LAYOUTS = frozenset({"shell", "page", "404", "search"})
"""Layouts that pages get without asking: around a team's own layout, by default, where nothing is, and where all pages
are searched."""


_MADE = frozenset({"404", "search"})


class Whole(msgspec.Struct, frozen=True):
    """A page, composed."""

    html: bytes
    """Empty: there is none."""
    parts: tuple[Part, ...] = ()
    uses: Uses = Uses()
    fallbacks: int = 0
    """How often a fragment failed and its fallback was shown."""
    problems: tuple[Problem, ...] = ()
    missed: bool = False
    """Whether it shows a picture that has to be encoded first: then nobody may see it."""


_CONTENT, _HEAD = Markup(spot_mark("content")), Markup(spot_mark("head"))  # noqa: S704  our own marks

Name = tuple[str, str]
"""A fragment: its team and its name."""


class _Sheets(msgspec.Struct, frozen=True):
    """The style sheets of a page, and its modules."""

    files: frozenset[AssetFile]
    urls: tuple[str, ...]
    """Those of the style sheets, in order."""
    js: tuple[str, ...]
    """URLs of the modules of its islands."""
    head: str
    """All of them as they stand in the head."""


class _Preview(msgspec.Struct, frozen=True):
    """A page's picture for link previews."""

    view: View | None
    """As templates see it; None: there is none."""
    file: AssetFile | None = None
    problem: Problem | None = None


_NO_SHEETS = _Sheets(frozenset(), (), (), "")
_NO_PREVIEW = _Preview(None)
_name_of = attrgetter("team", "name")


class Composer:
    """Composes pages; remembers what they share."""

    def __init__(
        self,
        site: Site,
        theme: TeamSources,
        teams: Mapping[str, TeamBuild],
        seen_site: View,
        folders: Mapping[str, AssetFolder],
        links: Links,
        fragments: Fragments,
        islands: Islands,
        timings: Timings,
        offer: Offer | None,
    ) -> None:
        """`offer`: see `Joiner`."""
        self._site, self._theme, self._teams = site, theme, teams
        self._folders, self._fragments = folders, fragments
        self._timings = timings
        self._layouts = Templates(theme.templates, theme.named)
        self._site_view = seen_site
        self._cutter, self._moulds = Cutter(site.schemes), Moulds(site.schemes)
        whole = Origin("theme", "layouts", "site.toml")
        self._asked_by = {src: whole for src in site.shell.values() if not src.startswith("theme:")}
        self._shell = {part: _slot_tag(src) for part, src in site.shell.items()}
        """The parts of the shell, where a page has no other ones."""
        self._sheets: dict[tuple[str, bool, str, tuple[Name, ...], frozenset[OnPage]], _Sheets] = {}
        self._links = links
        self.islands = islands
        modes = {name: build.sources.isolation for name, build in teams.items()}
        self._scoped = frozenset(name for name, mode in modes.items() if mode == "scope")
        shaded = frozenset(name for name, mode in modes.items() if mode == "shadow")
        shadows = Shadows(shaded, fragments, folders, site.base_path)
        self.apart = Apart(self._scoped, shadows) if self._scoped or shaded else None
        """The teams that are kept apart; None: there are none."""
        self._joiner = Joiner(links.resolve, fragments, offer, islands, self.apart)
        self._arounds = Arounds(self._joiner, self._asked_by, site.schemes)

    def compose(self, page: Page, body: Body, joiner: Joiner | None = None) -> Steps[Whole]:
        """The page, whole, with the problems of its own parts and of the fragments it shows. `joiner`: another one
        that joins it. Pages of one team may be composed in step."""
        if not page.layout:
            return self._complete(page, body, joiner or self._joiner)
        app = self.islands.app(page)
        if app:
            body = self.islands.mounted(page, body, app)
        preview, file = self._preview(page), self._theme.named(f"layouts/{page.layout}.html")
        printed = self._layout(page, body, preview, file)
        if not isinstance(printed, tuple):
            return Whole(b"", problems=(printed,))
        yield
        walk = self._joined(page, body, printed, file, joiner or self._joiner)
        yield
        if app:
            walk.islands.add(app)
        if preview.file:
            walk.files.add(preview.file)
        if preview.problem:
            walk.problems.append(
                msgspec.structs.replace(preview.problem, file=page.source, team=page.team, sought="key:image")
            )
        if walk.body is not None:
            walk.problems.append(problem("template-error", "the layout does not print `content`", file=file))
        used = _names(walk.used)
        css = self._css(page, used, frozenset(walk.islands))
        if css.head and not walk.head:
            walk.problems.append(problem("template-error", "the layout does not print `head`", file=file))
        return self._finished(page, walk, used, css)

    def not_found(self) -> Page:
        """The page for URLs where nothing is, from the theme's layout `404`."""
        prefixes = {name: self._site.prefixes[name] for name in self._teams}
        owner = next((name for name, prefix in prefixes.items() if prefix == "/"), next(iter(prefixes)))
        return Page(
            url="/404.html", name="404", team=owner, source=self._theme.named("layouts/404.html"), base="",
            title="Page not found", description="There is nothing at this address.",
            language=self._site.language, layout="404", noindex=True, sitemap=False,
        )  # fmt: skip

    def _joined(self, page: Page, body: Body, printed: tuple[str, Sequence[str]], file: str, joiner: Joiner) -> Walk:
        """The layout, printed, and the body, joined."""
        html, parts = printed
        asker, origin = Asker(page.team, page.language), Origin(page.team, page.base, page.source)
        alike = self._moulds.find(html, parts, self._layouts.literals) if parts else None
        if alike and joiner is self._joiner and not page.shell:
            shared = self._arounds.join(alike, file, asker, body.cut, origin)
            if shared:
                return shared
        walk = Walk(asker, (), shell="", body=(body.cut, origin))
        walk.asked_by = {**self._asked_by, **{src: origin for src in page.shell.values() if src}}
        layout = alike[0].filled(alike[1], self._site.schemes) if alike else self._cutter.cut(html)
        joiner.join(layout, Origin("theme", "layouts", file), walk)
        return walk

    def _finished(self, page: Page, walk: Walk, used: tuple[Name, ...], css: _Sheets) -> Whole:
        urls = css.urls
        if walk.inside:
            used = tuple(dict.fromkeys((*used, *_names(walk.inside))))
            urls = tuple(dict.fromkeys((*urls, *self._in_shadows(walk))))
        return Whole(
            html=closed(walk.text, walk.open, page.url, css.head),
            parts=tuple(walk.parts),
            uses=_uses(
                used,
                frozenset(walk.asked),
                urls,
                css.files.union(walk.files) if walk.files else css.files,
                frozenset(walk.pictures),
                css.js,
            ),
            fallbacks=walk.fallbacks,
            missed=walk.missed,
            problems=tuple([msgspec.structs.replace(found, url=found.url or page.url) for found in walk.problems]),
        )

    def _in_shadows(self, walk: Walk) -> Iterator[str]:
        """The URLs of the style sheets that are linked in shadows: nothing else that a page refers to has a layer."""
        for team, path, layer in sorted(walk.files):
            if layer and (asset := self._folders[team].get(path, layer)):
                yield "/" + asset.path

    def _complete(self, page: Page, body: Body, joiner: Joiner) -> Whole:
        """A document of another tool: as it is, with the fragments that it asks for, and with what is put into it."""
        team = self._teams[page.team].sources
        foreign = team.foreign
        assert foreign is not None
        walk = Walk(Asker(page.team, page.language), (), shell="", body=None)
        walk.shell_of = frozenset(self._site.shell.values())
        asked = {piece.src for piece in body.cut.pieces if isinstance(piece, Slot)}
        given = {"header": foreign.header, "footer": foreign.footer}
        whole = Origin("theme", "layouts", "site.toml")
        walk.parts_of_shell = {
            name: (self._cutter.cut("" if src in asked else _slot_tag(src)), whole) for name, src in given.items()
        }
        own = Origin(team.name, "", f"{team.shown}/team.toml")
        walk.asked_by = {src: own for src in given.values() if src not in walk.shell_of}
        joiner.join(body.cut, Origin(page.team, page.base, page.source), walk)
        used = _names(walk.used)
        css = self._css(page, used, frozenset(walk.islands)) if used or walk.islands else _NO_SHEETS
        return self._finished(page, walk, used, css)

    def _preview(self, page: Page) -> "_Preview":
        """The picture of the page for link previews, which want whole URLs."""
        if not page.image:
            return _NO_PREVIEW
        if page.image.startswith(("https://", "http://")):
            return _Preview({"url": page.image, "width": 0, "height": 0})
        if scheme(page.image) in SCHEMES | self._site.schemes or page.image.startswith("//"):
            message = f'"image" must be a file or an https:// URL, not "{page.image[:60]}"'
            return _Preview(None, None, problem("bad-value", message))
        found, _ = self._links.resolve(Link(page.image, "picture"), Origin(page.team, page.base, page.source))
        if found.problem:
            return _Preview(None, None, found.problem)
        url = self._site.base_url.removesuffix(self._site.base_path) + unescape(found.text)
        width, height = (found.asset.width, found.asset.height) if found.asset else (0, 0)
        return _Preview({"url": url, "width": width, "height": height}, found.file)

    def _layout(self, page: Page, body: Body, preview: "_Preview", file: str) -> tuple[str, Sequence[str]] | Problem:
        """The theme's layout for the page, with spots for the content and the head, and what it was joined of, if
        nothing was put into it. `file`: how problems name it."""
        path = f"layouts/{page.layout}.html"
        if path not in self._theme.templates:
            return self._unknown_layout(page)
        tree = self._fragments.turn_to(page.team)
        if page.layout in _MADE and page.url not in tree.pages:  # nobody wrote it
            tree = Tree([page])
        seen = Seen(tree, page.url)
        shell = self._shell
        if page.shell:
            shell = {part: _slot_tag(page.shell.get(part, src)) for part, src in self._site.shell.items()}
        soft = self._is_soft(page)
        variables = {
            "page": PageView(page, body, seen, self._site, self._teams[page.team].sources, preview.view),
            "team": TeamView(self._teams[page.team].sources, seen),
            "data": self._theme.data,
            "params": page.params,
            "site": self._site_view,
            "content": _CONTENT,
            "head": _HEAD + _slot_tag(src) if (src := page.shell.get("head")) else _HEAD,
            "shell": shell,
            "outlet": outlet(page.team) if soft else "",
        }
        with self._timings("layout", file):
            printed = self._layouts.printed(path, variables, url=page.url)
        scoped = page.team in self._scoped
        if not (scoped or soft) or not isinstance(printed, tuple):
            return printed
        html = with_region(printed[0], page.team) if scoped else printed[0]
        changed = with_outlet(html, page.team, file) if soft else html
        return changed if isinstance(changed, Problem) else (changed, ())

    def _is_soft(self, page: Page) -> bool:
        """Whether the page can take the place of another, and another its own. Those that nobody wrote have scripts
        that run once, or stand at many addresses."""
        return self._teams[page.team].sources.soft and page.layout not in _MADE

    def _unknown_layout(self, page: Page) -> Problem:
        if page.layout in THEME_LAYOUTS:
            message = f'the theme has no layout "{page.layout}", which every theme needs'
            file = self._theme.named("theme.toml")
            return problem("unknown-layout", message, file=file, hint='extends = "default" lends every one')
        paths = (*self._theme.templates, *self._teams[page.team].sources.templates)
        known = sorted(
            path.removeprefix("layouts/").removesuffix(".html") for path in paths if path.startswith("layouts/")
        )
        lent = 'there are none: extends = "default" in theme.toml lends some'
        there = f"there are: {', '.join(known)}" if known else lent
        return problem(
            "unknown-layout",
            f'neither {page.team} nor the theme has a layout "{page.layout}"',
            file=page.source,
            hint=did_you_mean(page.layout, known) or there,
            sought="key:layout",
            team=page.team,
            url=page.url,
        )

    def _css(self, page: Page, used: tuple[Name, ...], islands: frozenset[OnPage]) -> _Sheets:
        key = (page.layout, page.code, page.team, used, islands)
        found = self._sheets.get(key)
        if found is None:
            css = self._style_sheets(page, used)
            head = style_links(list(css.values()), self._site.base_path)
            soft = self._is_soft(page)
            if soft:
                head += soft_head(self._teams[page.team].sources, self._site.base_path, self.islands.behaviour.build)
            if page.app:
                head += scope_head(self._teams[page.team].sources, self._site.base_path)
            head += self.islands.head(islands, soft) if islands or soft else ""
            js = self.islands.loaded(islands, soft) if islands or soft else ()
            if self._site.endpoint and page.layout:
                head += self.islands.measuring(self._site.endpoint)
                js += (self.islands.behaviour.vitals,)
            found = self._sheets[key] = _Sheets(
                frozenset(css), tuple("/" + asset.path for asset in css.values()), js, head
            )
        return found

    def _style_sheets(self, page: Page, used: Sequence[Name]) -> dict[AssetFile, Asset]:
        """The style sheets the page needs, weakest first; each team's and fragment's in a cascade layer of its own."""
        foreign = self._teams[page.team].sources.foreign
        if foreign and foreign.styles == "none":
            return {}
        asked = {"highlight": page.code, "transitions": self._teams[page.team].sources.transitions}
        names = ["theme", page.layout, *(name for name, its in asked.items() if its), "site"]
        wanted = [("theme", f"assets/{name}.css", "theme") for name in names]
        if foreign and foreign.styles == "fragments":
            wanted.clear()
        for team, name in used:
            if css := self._fragments.kits[team].sources.fragments[name].css:
                wanted.append((team, css, f"fragment-{team}-{name}"))
        wanted.append((page.team, "assets/team.css", f"team-{page.team}"))
        return {
            file: asset
            for file in dict.fromkeys(wanted)
            if (asset := self._folders[file[0]].get(*file[1:])) is not None
        }


def _names(variants: Iterable[Variant]) -> tuple[Name, ...]:
    """The fragments of variants, each once."""
    return tuple(dict.fromkeys(map(_name_of, variants)))


@lru_cache(maxsize=256)
def _uses(
    used: tuple[Name, ...],
    asked: frozenset[str],
    css: tuple[str, ...],
    files: frozenset[AssetFile],
    pictures: frozenset[PictureFile],
    js: tuple[str, ...],
) -> Uses:
    """Most pages of a team use the same."""
    names = tuple(sorted(f"{team}:{name}" for team, name in used))
    return Uses(names, tuple(sorted(asked)), css, tuple(sorted(files)), tuple(sorted(pictures)), js)


@lru_cache(maxsize=1024)
def _slot_tag(src: str) -> Markup:
    """A part of the shell; the shell's fragments are primary."""
    return Markup('<mfe-fragment src="{}" severity="primary"></mfe-fragment>').format(src) if src else Markup("")
