"""Anchors: a link to a place on a page leads to an id that the composed page has, whoever wrote that id."""

from collections.abc import Iterator

from mfe_static.problems import Problem, Related, did_you_mean, problem
from mfe_static.stitched import Anchored, Composed, StitchedSite


def anchors(site: StitchedSite) -> Iterator[Problem]:
    """`broken-anchor`; a link of a fragment to another page is looked at once, however many pages show it."""
    linking = [composed for composed in site.pages if composed.row.anchored]
    if not linking:
        return
    failed = {url for build in site.builds for url in build.failed}
    pages = {composed.page.url: composed for composed in site.pages if composed.page.url not in failed}
    seen: set[Anchored] = set()
    for composed in linking:
        for link in composed.row.anchored:
            if link.edge.to:
                if link in seen:
                    continue
                seen.add(link)
            target = pages.get(link.edge.to or composed.page.url)
            if target and link.edge.anchor not in target.row.ids.split("\n"):
                yield _broken(link, target, composed.page.url)


def _broken(link: Anchored, target: Composed, url: str) -> Problem:
    anchor, page = link.edge.anchor or "", target.page
    return problem(
        "broken-anchor",
        f'{page.url} has no anchor "{anchor}"',
        file=link.file,
        team=link.team,
        url=url,
        hint=did_you_mean(anchor, sorted(set(target.row.ids.split("\n")) - {""})),
        related=(Related(file=page.source, team=page.team),),
        sought=f"link:{link.edge.value}",
    )
