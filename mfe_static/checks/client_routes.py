"""Client routes: each answers for addresses where nothing else is.

On one host a rule wins over a file, on another the file does, so that a rule which covers one would be two things.
"""

from collections.abc import Iterator

from mfe_static.claims import WRITTEN, Claim, all_claims, all_redirects, all_rewrites
from mfe_static.problems import Problem, Related, problem
from mfe_static.routes import covers
from mfe_static.stitched import StitchedSite


def client_routes(site: StitchedSite) -> Iterator[Problem]:
    """`url-taken`, of a client route that covers a page, a file, a redirect, or another one."""
    rewrites = all_rewrites(site)
    if not rewrites:
        return
    owners = {build.sources.name: build.sources.owner for build in site.builds}
    there = [*all_claims(site), *(Claim(url, "mfe-static", "") for url in WRITTEN)]
    former = [Claim(rule.start, rule.source, rule.team) for rule in all_redirects(site)]
    for number, rule in enumerate(rewrites):
        alike = [
            Claim(other.start, other.source, other.team)
            for other in rewrites[:number]
            if covers(other.start, rule.start) and covers(rule.start, other.start)
        ]
        # A redirect is a rule as well, and the plainer one goes first.
        taken = [*alike, *there, *(() if ":" in rule.start else former)]
        if other := next((claim for claim in taken if covers(rule.start, claim.url)), None):
            yield problem(
                "url-taken",
                f"the client route {rule.start} covers {other.url}, which is claimed by {other.source}",
                file=rule.source,
                team=rule.team,
                url=rule.to,
                sought="key:routes",
                hint="give it a path of its own, or leave it out where there is a page",
                related=(Related(file=other.source, team=other.team, owner=owners.get(other.team, "")),),
            )
