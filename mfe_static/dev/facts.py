"""What the toolbar shows of a page: whose it is, what it is made of, what it weighs, who links where, why it was made.

The values are those of the protocol with the browser, plain and ready to be JSON.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mfe_static.dev.messages import Region
from mfe_static.problems import Problem
from mfe_static.run import Result
from mfe_static.stitched import Composed, Edge, Part, StitchedSite

Facts = dict[str, Any]
_COLOURS = 8
"""Colours that tell teams apart; then they begin again."""


class Parts(Protocol):
    """The parts of a page."""

    def __call__(self, composed: Composed) -> Sequence[Part]: ...


class Reasons:
    """Why each page was made, the last time that it was."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}

    def learn(self, site: StitchedSite) -> None:
        """A build has ended."""
        rendered = {url: cause for built in site.builds for url, cause in built.rendered.items()}
        for composed in site.pages:
            url = composed.page.url
            if url in rendered:
                self._known[url] = ("rendered", rendered[url])
            elif composed.cause:
                self._known[url] = ("stitched", composed.cause)

    def of(self, url: str) -> tuple[str, str]:
        """What was done to the page, and why; `reused` where that was before the server began."""
        return self._known.get(url, ("reused", ""))


class Links:
    """Who links to whom, on one site; worked out when somebody asks, because it needs the parts of all pages."""

    def __init__(self, site: StitchedSite, parts: Parts) -> None:
        self._teams = {composed.page.url: composed.page.team for composed in site.pages}
        self._to: dict[str, dict[str, None]] = {}
        for composed in site.pages:
            for to in {edge.to for part in parts(composed) for edge in part.edges}:
                if to and to != composed.page.url:
                    self._to.setdefault(to, {})[composed.page.url] = None

    def to(self, url: str) -> list[Mapping[str, str]]:
        """The pages that link to `url`, with their teams."""
        return [{"from": other, "team": self._teams[other]} for other in self._to.get(url, {})]

    def out(self, edges: Sequence[Edge], url: str) -> list[Mapping[str, str]]:
        """Where a page's links lead."""
        there = dict.fromkeys(edge.to for edge in edges if edge.to and edge.to != url)
        return [{"to": to, "team": self._teams.get(to, "")} for to in there]


def facts(
    composed: Composed,
    result: Result,
    links: Links,
    parts: Sequence[Part],
    regions: Sequence[Region],
    reason: tuple[str, str],
    problems: Sequence[int],
) -> Facts:
    """All that is known of a page. `problems`: numbers of those of the page, in the list of the build."""
    site = result.site
    assert site is not None
    page = composed.page
    state, cause = reason
    owners = {built.sources.name: built.sources.owner for built in site.builds}
    edges = [edge for part in parts for edge in part.edges]
    return {
        "url": page.url,
        "team": page.team,
        "owner": owners.get(page.team, ""),
        "source": page.source,
        "layout": page.own_layout.removeprefix("layouts/").removesuffix(".html") or page.layout,
        "title": page.title,
        "state": state,
        "causes": [cause] if cause else [],
        "bytes": {"html": composed.row.size, "css": _weights(composed, site), "js": {}},
        "links": {"out": links.out(edges, page.url), "in": links.to(page.url)},
        "regions": [_region(region, owners) for region in regions],
        "teams": [
            {"name": name, "owner": owner, "colour": number % _COLOURS + 1}
            for number, (name, owner) in enumerate(owners.items())
        ],
        "problems": list(problems),
    }


def concerns(found: Problem, composed: Composed, parts: Sequence[Part]) -> bool:
    """Whether a problem is one of this page: said of it, or of a file that it is made of."""
    files = {composed.page.source, *(part.file for part in parts)}
    return found.url == composed.page.url or (not found.url and found.file in files)


def _weights(composed: Composed, site: StitchedSite) -> Mapping[str, int]:
    """Bytes of style sheets by team."""
    folders = {f"/{asset.path}": asset.source.rpartition("/")[2] for asset in site.assets}
    themed = {f"/{asset.path}" for asset in site.assets if not asset.source.startswith("teams/")}
    weights = Counter[str]()
    for url in composed.css:
        weights["theme" if url in themed else folders.get(url, "theme")] += site.weights.get(url, 0)
    return weights


def _region(region: Region, owners: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "id": region.id,
        "fragment": region.fragment,
        "team": region.team,
        "owner": owners.get(region.team, ""),
        "source": region.source,
        "line": 1,
        "params": region.params,
        "bytes": region.size,
        "version": region.version,
    }
