"""One page: layout, body, fragments and links, joined.

The pieces of a page are joined depth first, as they stand. A fragment is joined once for each kind of asker and then
only copied, with what is known of it; in the shell's fragments the links stay apart, because one of them is marked as
the current one (`aria-current`, WAI-ARIA 1.2 §6.6) on each page anew.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
from markupsafe import Markup

from mfe_static.assets import AssetFolder
from mfe_static.clock import Timings
from mfe_static.html import cut
from mfe_static.html.marks import spot_mark
from mfe_static.model import (
    Asset,
    AssetLink,
    Body,
    Cut,
    Edge,
    Link,
    Page,
    Part,
    Site,
    Slot,
    TeamBuild,
    TeamSources,
    Uses,
)
from mfe_static.problems import Problem, Related, Severity, did_you_mean, problem
from mfe_static.stitch.ending import Head, Target, Text, closed
from mfe_static.stitch.fragments import DEPTH_LIMIT, Asker, Fragments, Variant
from mfe_static.stitch.links import AssetFile, Links, Origin
from mfe_static.templates import OUTPUT_LIMIT, Templates
from mfe_static.views import PageView, Seen, TeamView, Tree, View, site_view

THEME_LAYOUTS = frozenset({"shell", "page", "404"})
"""Layouts that pages get without asking: around a team's own layout, by default, and where nothing is."""


_PART_WEIGHT = 200
"""Bytes that are kept of each part of a page, beside its text."""


class Whole(NamedTuple):
    """A page, composed."""

    html: str
    """Empty: there is none."""
    parts: tuple[Part, ...] = ()
    uses: Uses = Uses()
    fallbacks: int = 0
    """How often a fragment failed and its fallback was shown."""
    problems: tuple[Problem, ...] = ()


class Joined(NamedTuple):
    """A fragment's variant, joined: its text, and what is known of it and all it includes."""

    text: Text
    parts: tuple[Part, ...]
    used: tuple[Variant, ...]
    asked: frozenset[str]
    files: frozenset[AssetFile]
    fallbacks: int
    problems: tuple[Problem, ...]
    blocks: bool
    height: int
    """How many fragments are nested in it, itself included."""
    weight: int
    """About how many bytes it takes."""


class _Walk:
    """One depth-first walk over the pieces of a page or a fragment, and what it has gathered."""

    def __init__(self, asker: Asker, trail: tuple[Variant, ...], shell: str, body: tuple[Cut, Origin] | None) -> None:
        self.asker, self.trail, self.shell, self.body = asker, trail, shell, body
        self.asked_by: dict[str, Origin] = {}
        """Who asks for a part of the shell, where it is not the layout that shows it: a page, or `site.toml`."""
        self.text: Text = []
        self.parts: list[Part] = []
        self.used: list[Variant] = []
        self.asked: set[str] = set()
        self.files: set[AssetFile] = set()
        self.fallbacks = 0
        self.height = 0
        self.weight = 0
        self.problems: list[Problem] = []

    def add(self, joined: Joined) -> None:
        self.text.extend(joined.text)
        self.parts.extend(joined.parts)
        self.height = max(self.height, joined.height)
        self.weight += joined.weight
        self.used.extend(joined.used)
        self.asked.update(joined.asked)
        self.files.update(joined.files)
        self.fallbacks += joined.fallbacks
        self.problems.extend(joined.problems)


class Composer:
    """Composes pages; remembers what they share."""

    def __init__(
        self,
        site: Site,
        theme: TeamSources,
        teams: Mapping[str, TeamBuild],
        route_table: Sequence[View],
        folders: Mapping[str, AssetFolder],
        links: Links,
        fragments: Fragments,
        timings: Timings,
    ) -> None:
        self._site, self._theme, self._teams = site, theme, teams
        self._folders, self._links, self._fragments = folders, links, fragments
        self._timings = timings
        self._layouts = Templates(theme.templates, theme.named)
        self._site_view = site_view(site, route_table)
        self._joined: dict[tuple[Variant, Asker, str], Joined] = {}

    def compose(self, page: Page, body: Body) -> Whole:
        """The page, whole, with the problems of its own parts and of the fragments it shows."""
        tree = self._fragments.kits[page.team].tree
        return self._compose(page, body, tree if page.url in tree.pages else Tree([page]))

    def not_found(self) -> Page:
        """The page for URLs where nothing is, from the theme's layout `404`."""
        owner = next((name for name, prefix in self._site.prefixes.items() if prefix == "/"), next(iter(self._teams)))
        return Page(
            url="/404.html", name="404", team=owner, source=self._theme.named("layouts/404.html"), base="",
            title="Page not found", description="There is nothing at this address.",
            language=self._site.language, layout="404", noindex=True, sitemap=False,
        )  # fmt: skip

    def _compose(self, page: Page, body: Body, tree: Tree) -> Whole:
        layout = self._layout(page, body, tree)
        if isinstance(layout, Problem):
            return Whole("", problems=(layout,))
        file = self._theme.named(f"layouts/{page.layout}.html")
        asker, origin = Asker(page.team, page.language), Origin(page.team, page.base, page.source)
        walk = _Walk(asker, (), shell="", body=(body.cut, origin))
        site = Origin("theme", "layouts", "site.toml")
        walk.asked_by = {src: site for src in self._site.shell.values() if not src.startswith("theme:")}
        walk.asked_by |= {src: origin for src in page.shell.values() if src}
        self._join(layout, Origin("theme", "layouts", file), walk)
        if walk.body is not None:
            walk.problems.append(problem("template-error", "the layout does not print `content`", file=file))
        used = tuple(dict.fromkeys(walk.used))
        css = self._style_sheets(page, used)
        if css and not any(isinstance(item, Head) for item in walk.text):
            walk.problems.append(problem("template-error", "the layout does not print `head`", file=file))
        return Whole(
            html=closed(walk.text, page.url, list(css.values()), self._site.base_path),
            parts=tuple(walk.parts),
            uses=Uses(
                fragments=tuple(sorted({f"{variant.team}:{variant.name}" for variant in used})),
                asked=tuple(sorted(walk.asked)),
                css=tuple("/" + asset.path for asset in css.values()),
                assets=tuple(sorted(walk.files.union(css))),
            ),
            fallbacks=walk.fallbacks,
            problems=tuple(msgspec.structs.replace(found, url=found.url or page.url) for found in walk.problems),
        )

    def _layout(self, page: Page, body: Body, tree: Tree) -> Cut | Problem:
        """The theme's layout for the page, cut, with spots for the content and the head."""
        path = f"layouts/{page.layout}.html"
        if path not in self._theme.templates:
            return self._unknown_layout(page)
        seen = Seen(tree, page.url)
        shell = {part: _slot_tag(page.shell.get(part, src)) for part, src in self._site.shell.items()}
        variables = {
            "page": PageView(page, body, seen, self._site),
            "team": TeamView(self._teams[page.team].sources, seen),
            "data": self._theme.data,
            "params": page.params,
            "site": self._site_view,
            "content": Markup(spot_mark("content")),  # noqa: S704  our own mark
            "head": Markup(spot_mark("head")) + _slot_tag(page.shell.get("head", "")),  # noqa: S704
            "shell": shell,
        }
        with self._timings("layout", self._theme.named(path)):
            html = self._layouts.render(path, variables, url=page.url)
        return html if isinstance(html, Problem) else cut(html, self._site.schemes)

    def _unknown_layout(self, page: Page) -> Problem:
        if page.layout in THEME_LAYOUTS:
            message = f'the theme has no layout "{page.layout}", which every theme needs'
            file = self._theme.named("theme.toml")
            return problem("unknown-layout", message, file=file, hint='extends = "default" lends every one')
        paths = (*self._theme.templates, *self._teams[page.team].sources.templates)
        known = sorted(
            path.removeprefix("layouts/").removesuffix(".html") for path in paths if path.startswith("layouts/")
        )
        return problem(
            "unknown-layout",
            f'neither {page.team} nor the theme has a layout "{page.layout}"',
            file=page.source,
            hint=did_you_mean(page.layout, known) or f"there are: {', '.join(known)}",
            sought="key:layout",
            team=page.team,
            url=page.url,
        )

    # -- joining

    def _join(self, pieces: Cut, origin: Origin, walk: _Walk) -> None:
        """Join a cut that was written at `origin`."""
        edges: list[Edge] = []
        broken: dict[str, int] = {}
        asked: dict[str, int] = {}
        for piece in pieces.pieces:
            if isinstance(piece, str):
                walk.text.append(piece)
            elif isinstance(piece, Link | AssetLink):
                link = self._links.resolve(piece, origin)
                walk.text.append(link.text)
                if link.file is not None:
                    walk.files.add(link.file)
                if link.problem is not None:
                    sought = piece.value if isinstance(piece, Link) else piece.path
                    broken[sought] = broken.get(sought, 0) + 1
                    walk.problems.append(_placed(link.problem, origin, f"link:{sought}", broken[sought]))
                elif link.asset is None:
                    edges.append(Edge(piece.value if isinstance(piece, Link) else "", link.to, link.anchor))
                    if walk.shell and link.to and piece.want == "page":
                        walk.text.append(Target(link.to, walk.shell))
            elif isinstance(piece, Slot):
                asked[piece.src] = asked.get(piece.src, 0) + 1
                self._slot(piece, origin, walk, asked[piece.src])
            elif piece.name == "head":
                walk.text.append(Head())
            elif walk.body is not None:
                body, walk.body = walk.body, None
                self._join(*body, walk)
        walk.weight += _PART_WEIGHT + sum(len(piece) for piece in pieces.pieces if isinstance(piece, str))
        for message, text in pieces.faults:
            walk.problems.append(
                problem("bad-fragment-tag", message, file=origin.file, team=origin.team, sought=f"text:{text}")
            )
        for value in pieces.unsafe:
            walk.problems.append(_placed(problem("unsafe-url", f'"{value[:60]}" runs code'), origin, f"link:{value}"))
        walk.parts.append(
            Part(
                file=origin.file,
                team=origin.team,
                ids=pieces.ids,
                edges=tuple(edges),
                without_alt=pieces.without_alt,
                external=pieces.external,
                inline=pieces.inline,
            )
        )

    def _slot(self, slot: Slot, origin: Origin, walk: _Walk, nth: int) -> None:
        """Join what a slot asks for, or its fallback; it is the `nth` of its source that asks for this fragment."""
        if not slot.src:  # said when it was cut
            self._join(slot.children, origin, walk)
            return
        shell = walk.shell or (slot.src if origin.team == "theme" and origin.base == "layouts" else "")
        origin = walk.asked_by.get(slot.src, origin) if shell else origin
        walk.asked.add(f"{origin.team}{slot.src}" if slot.src.startswith(":") else slot.src)
        variant = self._fragments.variant(slot, origin.team, walk.asker)
        if not isinstance(variant, Problem) and variant in walk.trail:
            circle = " → ".join(str(item) for item in (*walk.trail[walk.trail.index(variant) :], variant))
            variant = problem("fragment-cycle", f"fragments include each other in a circle: {circle}")
        elif len(walk.trail) >= DEPTH_LIMIT:
            variant = problem("fragment-depth", f"fragments are nested deeper than {DEPTH_LIMIT}")
        if isinstance(variant, Problem):
            walk.problems.append(_placed(variant, origin, f"slot:{slot.src}", nth))
            self._join(slot.children, origin, walk)
            return
        joined = self._variant(variant, walk.asker, walk.trail, shell)
        if isinstance(joined, Joined) and len(walk.trail) + joined.height > DEPTH_LIMIT:
            joined = problem("fragment-depth", f"fragments are nested deeper than {DEPTH_LIMIT}")
            walk.problems.append(_placed(joined, origin, f"slot:{slot.src}", nth))
            return
        if isinstance(joined, Problem):
            self._failed(joined, slot, variant, origin, walk)
            return
        if walk.weight + joined.weight > OUTPUT_LIMIT:
            found = problem("too-large", f'with "{variant}" the page goes beyond {OUTPUT_LIMIT // 1024 // 1024} MiB')
            walk.problems.append(_placed(found, origin, f"slot:{slot.src}", nth))
            return
        walk.used.append(variant)
        walk.add(joined)
        if slot.in_text and joined.blocks:
            message = f'"{variant}" yields block content, but stands in running text'
            found = problem("block-in-text", message, hint="put the tag on a line of its own")
            walk.problems.append(_placed(found, origin, f"slot:{slot.src}", nth))

    def _variant(self, variant: Variant, asker: Asker, trail: tuple[Variant, ...], shell: str) -> Joined | Problem:
        """A variant, joined. One with a circle is remembered, too: its error keeps the site from going live."""
        key = (variant, asker, shell)
        if key in self._joined:
            return self._joined[key]
        pieces = self._fragments.cut(variant)
        if isinstance(pieces, Problem):
            return pieces
        owner, fragment = self._fragments.source(variant)
        walk = _Walk(asker, (*trail, variant), shell, None)
        folder = fragment.template.rpartition("/")[0]
        self._join(pieces, Origin(owner.name, folder, owner.named(fragment.template)), walk)
        text: Text = walk.text if shell else ["".join(item for item in walk.text if isinstance(item, str))]
        blocks = pieces.blocks or any(self._fragments.has_blocks(inner) for inner in walk.used)
        self._joined[key] = Joined(
            text=text,
            parts=tuple(walk.parts),
            used=tuple(dict.fromkeys(walk.used)),
            asked=frozenset(walk.asked),
            files=frozenset(walk.files),
            fallbacks=walk.fallbacks,
            problems=tuple(dict.fromkeys(walk.problems)),
            blocks=blocks,
            height=walk.height + 1,
            weight=walk.weight,
        )
        return self._joined[key]

    def _failed(self, found: Problem, slot: Slot, variant: Variant, origin: Origin, walk: _Walk) -> None:
        """A fragment failed: its severity decides what the user is told; what is shown is the fallback."""
        self._join(slot.children, origin, walk)
        walk.fallbacks += 1
        if slot.severity == "regular":
            return
        severity: Severity = "error" if slot.severity == "primary" else "warning"
        hint = found.hint or (f'the fallback of "{variant}" is shown instead' if severity == "warning" else "")
        related = (*found.related, Related(file=origin.file, team=origin.team))
        walk.problems.append(msgspec.structs.replace(found, severity=severity, hint=hint, related=related))

    # -- style sheets and links

    def _style_sheets(self, page: Page, used: Sequence[Variant]) -> dict[AssetFile, Asset]:
        """The style sheets the page needs, weakest first; each team's and fragment's in a cascade layer of its own."""
        wanted = [("theme", f"assets/{name}.css", "theme") for name in ("theme", page.layout)]
        if page.code:
            wanted.append(("theme", "assets/highlight.css", "theme"))
        wanted.append(("theme", "assets/site.css", "theme"))
        for variant in used:
            owner, fragment = self._fragments.source(variant)
            if fragment.css:
                wanted.append((owner.name, fragment.css, f"fragment-{owner.name}-{fragment.name}"))
        wanted.append((page.team, "assets/team.css", f"team-{page.team}"))
        return {
            file: asset
            for file in dict.fromkeys(wanted)
            if (asset := self._folders[file[0]].get(*file[1:])) is not None
        }


@lru_cache(maxsize=1024)
def _slot_tag(src: str) -> Markup:
    """A part of the shell; the shell's fragments are primary."""
    return Markup('<mfe-fragment src="{}" severity="primary"></mfe-fragment>').format(src) if src else Markup("")


def _placed(found: Problem, origin: Origin, sought: str, nth: int = 1) -> Problem:
    return msgspec.structs.replace(found, file=origin.file, team=origin.team, sought=sought, nth=nth)
