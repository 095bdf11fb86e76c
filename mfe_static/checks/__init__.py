"""Checks: facts about the composed site in, problems out.

Refs, links and assets are checked where they are closed, when stitching; what can only be known when all pages are
there is checked here. A check is a function; the list is their order. None of them reads a file.
"""

from collections.abc import Callable, Iterable, Sequence

from mfe_static.checks.claims import claims
from mfe_static.checks.fragments import unused_fragments
from mfe_static.checks.links import anchors
from mfe_static.checks.pages import descriptions, duplicate_ids, headings, inline_code, pictures, titles
from mfe_static.checks.redirects import redirects
from mfe_static.model import StitchedSite
from mfe_static.problems import Problem

Check = Callable[[StitchedSite], Iterable[Problem]]

CHECKS: Sequence[Check] = (
    claims,
    redirects,
    anchors,
    duplicate_ids,
    titles,
    descriptions,
    headings,
    pictures,
    inline_code,
    unused_fragments,
)


def check(site: StitchedSite) -> list[Problem]:
    """Every problem that the checks find."""
    return [problem for step in CHECKS for problem in step(site)]
