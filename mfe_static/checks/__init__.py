"""Checks: facts about pages and the composed site in, problems out.

Refs, links and assets are checked where they are closed, when stitching. `PAGE_CHECKS` look at one page, right after it
was composed; `SITE_CHECKS` at what can only be known when all pages are there. A check is a function; the lists are
their order. None of them reads a file.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from mfe_static.checks.budgets import budgets
from mfe_static.checks.fragments import unused_fragments
from mfe_static.checks.headers import long_headers
from mfe_static.checks.isolation import names, selectors
from mfe_static.checks.links import anchors
from mfe_static.checks.pages import (
    Look,
    anchored,
    descriptions,
    duplicate_ids,
    headings,
    inline_code,
    pictures,
    titles,
)
from mfe_static.checks.scripts import without_script
from mfe_static.digests import digest
from mfe_static.kept import KeptCheck
from mfe_static.model import Page
from mfe_static.problems import Problem
from mfe_static.stitched import Anchored, Part, StitchedSite

__all__ = ["Seen", "check", "look"]

PAGE_CHECKS: Sequence[Callable[[Look], Iterable[Problem]]] = (
    duplicate_ids,
    titles,
    descriptions,
    headings,
    pictures,
    inline_code,
)
SITE_CHECKS: Sequence[Callable[[StitchedSite], Iterable[Problem]]] = (
    anchors,
    unused_fragments,
    long_headers,
    selectors,
    names,
    budgets,
    without_script,
)
_OF_PARTS = frozenset({"missing-alt", "inline-code", "duplicate-id"})
"""What is said of a part once, however many pages show it."""


class Seen(msgspec.Struct, frozen=True):
    """What a look at a page gives."""

    ids: str = ""
    """Every id of the page, a line each."""
    anchored: tuple[Anchored, ...] = ()
    problems: tuple[Problem, ...] = ()


def look(page: Page, parts: Sequence[Part], *, policy: bool, failed: bool) -> Seen:
    """Look at one page. `parts`, `policy`, `failed`: see `Look`."""
    ids = [name for part in parts for name in part.ids]
    view = Look(page, parts, ids, policy, failed)
    return Seen("\n".join(ids), tuple(anchored(view)), tuple([found for step in PAGE_CHECKS for found in step(view)]))


def check(site: StitchedSite, known: KeptCheck) -> tuple[list[Problem], KeptCheck]:
    """Every problem of the pages and of the site, and what is to be kept; `known`: what was kept last time."""
    addresses = [build.marks["addresses"] for build in site.builds]
    files = [[file.path, file.source, file.team] for file in site.files]
    own = [site.site.prefixes, site.site.redirects, [build.sources.owner for build in site.builds], len(site.pages)]
    feeding = [page.url for build in site.builds for page in build.pages if page.listing and page.listing.feed]
    key = digest(msgspec.msgpack.encode([addresses, files, own, feeding]))
    if known.key != key:
        known = KeptCheck(key, tuple(found for step in _address_checks() for found in step(site)))
    problems = [*_once(site), *known.problems, *(found for step in SITE_CHECKS for found in step(site))]
    return problems, known


def _address_checks() -> Sequence[Callable[[StitchedSite], Iterable[Problem]]]:
    """These look at nothing but who wants which URL, so they are asked again, and loaded, only when that changed."""
    from mfe_static.checks.claims import claims
    from mfe_static.checks.client_routes import client_routes
    from mfe_static.checks.redirects import redirects

    return claims, redirects, client_routes


def _once(site: StitchedSite) -> Iterator[Problem]:
    """The problems of all pages; what is said of a part, with the first page that shows it."""
    said: set[tuple[object, ...]] = set()
    for composed in site.pages:
        for found in composed.row.problems:
            key = (found.code, found.file, found.sought, found.nth, *(other.file for other in found.related))
            if found.code not in _OF_PARTS or key not in said:
                said.add(key)
                yield found
