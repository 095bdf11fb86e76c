"""Anchors: a link to a place on a page leads to an id that the composed page has, whoever wrote that id."""

from collections.abc import Iterator

from mfe_static.model import Composed, Edge, Part, StitchedSite
from mfe_static.problems import Problem, Related, did_you_mean, problem

_ALWAYS = frozenset({"", "top"})
"""Anchors that every document has (HTML Standard §7.4.6.4)."""


def anchors(site: StitchedSite) -> Iterator[Problem]:
    """`broken-anchor`."""
    failed = {url for build in site.builds for url in build.failed}
    ids = {composed.page.url: _ids(composed) for composed in site.pages if composed.page.url not in failed}
    pages = {composed.page.url: composed.page for composed in site.pages}
    owners = {build.sources.name: build.sources.owner for build in site.builds}
    seen: set[int] = set()
    for composed in site.pages:
        for part in composed.parts:
            known = id(part) in seen
            seen.add(id(part))
            for edge in part.edges:
                if (
                    edge.anchor is None
                    or edge.anchor in _ALWAYS
                    or edge.anchor.startswith(":~:")
                    or (known and edge.to)
                ):
                    continue
                to = edge.to or composed.page.url
                if to in ids and edge.anchor not in ids[to]:
                    target = pages[to]
                    related = Related(file=target.source, team=target.team, owner=owners.get(target.team, ""))
                    yield _broken(part, edge, to, ids[to], composed.page.url, related)


def _ids(composed: Composed) -> frozenset[str]:
    return frozenset(name for part in composed.parts for name in part.ids)


def _broken(part: Part, edge: Edge, to: str, ids: frozenset[str], url: str, related: Related) -> Problem:
    anchor = edge.anchor or ""
    return problem(
        "broken-anchor",
        f'{to} has no anchor "{anchor}"',
        file=part.file,
        team=part.team,
        url=url,
        hint=did_you_mean(anchor, sorted(ids)),
        related=(related,),
        sought=f"link:{edge.value}",
    )
