"""What hosts can be told: a line of `_headers` has an end."""

from collections.abc import Iterator

from mfe_static.problems import Problem, problem
from mfe_static.security import asked, header_lines
from mfe_static.stitched import StitchedSite

LIMIT = 2_000
"""Characters of a line that Cloudflare reads (Cloudflare, "Headers": limits)."""


def long_headers(site: StitchedSite) -> Iterator[Problem]:
    """`header-too-long`."""
    for name, value in header_lines(site):
        length = len(f"{name}: {value}")
        if length > LIMIT:
            teams = sorted({team for _, _, team in asked(site)}) if name == "Content-Security-Policy" else []
            yield problem(
                "header-too-long",
                f"the line of {name} has {length:,} characters; Cloudflare reads {LIMIT:,}",
                file="site.toml",
                sought="key:security",
                hint=f"{' and '.join(teams)} ask for origins; see mfe-static list policy" if teams else "",
            )
