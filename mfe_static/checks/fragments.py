"""Fragments: what is offered is used."""

from collections.abc import Iterator

from mfe_static.problems import Problem, did_you_mean, problem
from mfe_static.stitched import StitchedSite


def unused_fragments(site: StitchedSite) -> Iterator[Problem]:
    """`unused-fragment`, and `unknown-fragment` for an offer of what is not there. What teams use that could not be
    read nobody knows."""
    all_there = site.site.prefixes.keys() <= {build.sources.name for build in site.builds}
    for build in site.builds:
        team = build.sources
        for name in team.offered:
            file = f"{team.shown}/team.toml"
            if name not in team.fragments:
                yield problem(
                    "unknown-fragment",
                    f'{team.name} offers "{name}", but has no such fragment',
                    file=file,
                    team=team.name,
                    hint=did_you_mean(name, team.fragments) or f"make it: mfe-static new fragment {team.name} {name}",
                    sought=f"key:offers.fragments:{name}",
                )
            elif all_there and f"{team.name}:{name}" not in site.asked:
                message = f'"{team.name}:{name}" is offered, but nobody includes it'
                yield problem(
                    "unused-fragment", message, file=file, team=team.name, sought=f"key:offers.fragments:{name}"
                )
