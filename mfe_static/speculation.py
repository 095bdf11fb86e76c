"""Speculation rules: which pages a browser may fetch before somebody follows a link to them (HTML Standard §7.6.1).

They stand in one file that a header names: so no page carries them, the policy need not let anything in, and a host
that sends no headers loses nothing else. A link counts by where it leads. The team there has asked for it; the pages of
others that lie inside its own are left out, and so are its own links on pages where a script follows them: soft
navigation asks ahead itself, an app need not ask.
"""

import re

import msgspec

from mfe_static.digests import fingerprint
from mfe_static.model import TeamSources
from mfe_static.routes import emitted
from mfe_static.stitched import StitchedSite

TYPE = "application/speculationrules+json"
"""The only type of answer that browsers take them from."""
_ASKING = "[data-mfe-prerender], [data-mfe-prerender] *"
"""Links that ask for more: to be made ready in advance, scripts and all."""
_MEANT = re.compile(r"[*+?:{}()\\]")
"""What is not itself in a pattern (URL Pattern Standard §1.2)."""

Condition = dict[str, object]


def speculation(site: StitchedSite) -> tuple[str, bytes]:
    """The path of the file and its content; empty where no team asks for any."""
    teams = [build.sources for build in site.builds if build.sources.prefetch and build.sources.prefix]
    if not teams:
        return "", b""
    wanted: Condition = {"or": [_leads_to(team, site.site.base_path) for team in teams]}
    asking = {"and": [wanted, {"selector_matches": _ASKING}]}
    rules = {kind: [{"where": where, "eagerness": "moderate"}]
             for kind, where in (("prefetch", wanted), ("prerender", asking))}  # fmt: skip
    content = msgspec.json.encode(rules)
    return f"_mfe/assets/speculation.{fingerprint(content)}.speculationrules", content


def _leads_to(team: TeamSources, base_path: str) -> Condition:
    """That a link leads to a page of the team."""
    conditions: list[Condition] = [{"href_matches": _pages([team.prefix], base_path)}]
    if team.foreign_prefixes:
        conditions.append({"not": {"href_matches": _pages(team.foreign_prefixes, base_path)}})
    if mark := _followed_by(team):
        conditions.append({"not": {"selector_matches": f":root:has({mark}) *"}})
    return {"and": conditions}


def _followed_by(team: TeamSources) -> str:
    """What is on pages whose script follows links to the team's own; empty: none does. A module's name has a dot."""
    if team.soft:
        return f"[data-mfe={team.name}]"
    return f"mfe-island[team={team.name}][fragment*='.']" if team.architecture == "linked-spa" else ""


def _pages(prefixes: "tuple[str, ...] | list[str]", base_path: str) -> list[str]:
    """Patterns for pages; what is behind these may be a file of any size."""
    paths = [_MEANT.sub(r"\\\g<0>", emitted(base_path, prefix)) for prefix in prefixes]
    return [pattern for path in paths for pattern in (path, f"{path}*/")]
