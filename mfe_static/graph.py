"""Graph: a stitched site → its teams, their fragments, who links where, and who shows whose fragments.

Pages are counted, not listed: a site of ten thousand pages has a graph as small as its teams and fragments. The types
are what `mfe-static graph --json` prints.

Invariant: one walk over pages and their parts; everything sorted, or in the order of the route table.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from mfe_static.model import TeamSources
from mfe_static.patterns import compiled
from mfe_static.stitched import Behaviour, Island, StitchedSite

THEME = "theme"
"""Owns fragments and no pages; no team."""
_EXAMPLES = 3
_PACKAGE = compiled(r"/_mfe/modules/mfe/((?:@[^/]++/)?[^/@]++@[^/]++)/")
"""Where modules of a package are published, one folder for each version."""


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """Plain data."""


class TeamNode(_Value, frozen=True, kw_only=True):
    """A team."""

    team: str
    owner: str
    path: Annotated[str, Meta(description="the path prefix; empty: no pages")]
    architecture: str
    pages: int
    bytes: Annotated[int, Meta(description="of the HTML of its pages")]


class FragmentNode(_Value, frozen=True, kw_only=True):
    """A fragment; those of the theme only where a page shows them."""

    fragment: Annotated[str, Meta(description="`team:name`")]
    team: Annotated[str, Meta(description="who owns it; `theme` is no team")]
    pages: Annotated[int, Meta(description="on how many pages it stands")]
    bytes: Annotated[int, Meta(description="of its HTML on all pages together, with that of the fragments in it")]
    stands_on: Annotated[Mapping[str, int], Meta(description="pages by team")]


class LinkExample(_Value, frozen=True, kw_only=True):
    """A link, as its author wrote it."""

    file: str
    written: str
    url: str


class LinkEdge(_Value, frozen=True, kw_only=True):
    """Links from one team to pages of another."""

    team: str
    to_team: str
    links: Annotated[int, Meta(description="each counted once for the file that it stands in, as in `list refs`")]
    examples: tuple[LinkExample, ...]


class EmbedEdge(_Value, frozen=True, kw_only=True):
    """Pages of one team that show fragments of another, or of the theme."""

    team: str
    to_team: Annotated[str, Meta(description="who owns the fragments")]
    pages: Annotated[int, Meta(description="pages that show at least one")]
    fragments: tuple[str, ...]


class ModuleNode(_Value, frozen=True, kw_only=True):
    """A module with which a fragment or an app begins in the browser."""

    module: Annotated[str, Meta(description="what begins: a fragment as `team:name`, an app as `team:/path`")]
    team: Annotated[str, Meta(description="whose it is; `theme` is no team")]
    bytes: Annotated[int, Meta(description="of it and all that it imports at once, as written")]
    packages: Annotated[tuple[str, ...], Meta(description="shared packages among that, as `name@version`")]


class Graph(_Value, frozen=True, kw_only=True):
    """A site, drawn from afar. Teams are in the order of the route table, all else is sorted."""

    title: str
    teams: tuple[TeamNode, ...]
    fragments: tuple[FragmentNode, ...]
    links: tuple[LinkEdge, ...]
    embeds: tuple[EmbedEdge, ...]
    modules: tuple[ModuleNode, ...] = ()


class Crossing(NamedTuple):
    """A link from one team to a page of another, on one page."""

    team: str
    """Whose file it stands in."""
    file: str
    page: str
    written: str
    url: str
    to_team: str


def crossings(site: StitchedSite) -> Iterator[Crossing]:
    """Every link between teams, on every page that shows it; `site` must have its parts. The theme's links lead
    everywhere and are left out."""
    owners = {composed.page.url: composed.page.team for composed in site.pages}
    for composed in site.pages:
        for part in site.parts[composed.page.url]:
            for edge in part.edges:
                other = owners.get(edge.to, "")
                if other and part.team not in {other, THEME}:
                    yield Crossing(part.team, part.file, composed.page.url, edge.value, edge.to, other)


def graph(site: StitchedSite, theme: TeamSources) -> Graph:
    """The graph of a site that has its parts."""
    teams = [built.sources for built in site.builds]
    templates = {
        (team.name, team.named(fragment.template)): f"{team.name}:{name}"
        for team in (*teams, theme)
        for name, fragment in team.fragments.items()
    }
    counts = _count(site, templates)
    return Graph(
        title=site.site.title,
        teams=tuple(
            TeamNode(
                team=team.name,
                owner=team.owner,
                path=team.prefix,
                architecture=team.architecture,
                pages=counts.pages[team.name],
                bytes=counts.weights[team.name],
            )
            for team in teams
        ),
        fragments=tuple(_fragment(name, counts) for name in sorted(templates.values()) if _told(name, counts)),
        links=_links(site),
        embeds=tuple(
            EmbedEdge(team=team, to_team=owner, pages=counts.embedding[team, owner], fragments=tuple(sorted(names)))
            for (team, owner), names in sorted(counts.shown.items())
        ),
        modules=tuple(_module(name, island, site.behaviour) for name, island in sorted(site.behaviour.islands.items())),
    )


class _Counts(NamedTuple):
    """What is counted on the walk over pages and parts."""

    pages: Counter[str]
    """By team."""
    weights: Counter[str]
    """Bytes of documents, by team."""
    standing: dict[str, Counter[str]]
    """Pages by team, by fragment."""
    sizes: Counter[str]
    """Bytes on all pages, by fragment."""
    shown: dict[tuple[str, str], set[str]]
    """Fragments, by the team whose pages show them and their owner."""
    embedding: Counter[tuple[str, str]]
    """Pages, by the same."""


def _count(site: StitchedSite, templates: Mapping[tuple[str, str], str]) -> _Counts:
    """`templates`: fragments by the owner and the file of their templates."""
    counts = _Counts(Counter(), Counter(), {}, Counter(), {}, Counter())
    own = {page.url for built in site.builds for page in built.pages}
    for composed in site.pages:
        team, names = composed.page.team, composed.fragments
        if composed.page.url not in own:  # the theme's page for URLs where nothing is
            continue
        counts.pages[team] += 1
        counts.weights[team] += composed.row.size
        for name in names:
            counts.standing.setdefault(name, Counter())[team] += 1
            if _owner(name) != team:
                counts.shown.setdefault((team, _owner(name)), set()).add(name)
        counts.embedding.update((team, owner) for owner in set(map(_owner, names)) - {team})
        for part in site.parts[composed.page.url]:
            if part.size:
                counts.sizes[templates[part.team, part.file]] += part.size
    return counts


def _told(fragment: str, counts: _Counts) -> bool:
    return _owner(fragment) != THEME or fragment in counts.standing


def _fragment(name: str, counts: _Counts) -> FragmentNode:
    standing = counts.standing.get(name, Counter())
    return FragmentNode(
        fragment=name,
        team=_owner(name),
        pages=standing.total(),
        bytes=counts.sizes[name],
        stands_on=dict(sorted(standing.items())),
    )


def _module(name: str, island: Island, behaviour: Behaviour) -> ModuleNode:
    return ModuleNode(
        module=name,
        team=_owner(name),
        bytes=sum(behaviour.sizes[url] for url in island.loaded),
        packages=tuple(sorted({found[1] for url in island.loaded if (found := _PACKAGE.match(url))})),
    )


def _owner(fragment: str) -> str:
    return fragment.partition(":")[0]


def _links(site: StitchedSite) -> tuple[LinkEdge, ...]:
    found: dict[tuple[str, str], set[tuple[str, str, str]]] = {}
    for link in crossings(site):
        found.setdefault((link.team, link.to_team), set()).add((link.file, link.written, link.url))
    return tuple(
        LinkEdge(
            team=team,
            to_team=other,
            links=len(links),
            examples=tuple(
                LinkExample(file=file, written=written, url=url) for file, written, url in sorted(links)[:_EXAMPLES]
            ),
        )
        for (team, other), links in sorted(found.items())
    )
