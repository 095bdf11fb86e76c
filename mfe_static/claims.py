"""Who wants which URL: every page, every copied file, every redirect of a stitched site.

Checks say what is wrong with the claims; targets write what is left of them. Both look here.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from mfe_static.routes import claim_key, emitted, feed_urls, output_path, parse_target
from mfe_static.stitched import StitchedSite

WRITTEN = ("/_headers", "/_redirects", "/sitemap.xml", "/robots.txt", "/objects.inv")
"""What the tool itself writes at the root."""


class Claim(msgspec.Struct, frozen=True):
    """Who wants a URL."""

    url: str
    source: str
    team: str


def all_claims(site: StitchedSite) -> Iterator[Claim]:
    """Every page with its feeds, and every copied file."""
    for composed in site.pages:
        yield Claim(composed.page.url, composed.page.source, composed.page.team)
        if (listing := composed.page.listing) and listing.feed and listing.number == 1:
            for url in feed_urls(composed.page.url):
                yield Claim(url, composed.page.source, composed.page.team)
    for file in site.files:
        yield Claim("/" + file.path, file.source, file.team)


class Redirect(NamedTuple):
    """One rule: from a path of the site, decoded, to a URL as links write it, without the path of `base_url`."""

    start: str
    to: str
    source: str
    team: str


def all_redirects(site: StitchedSite) -> Iterator[Redirect]:
    """Every redirect that was asked for, whether or not it can work; by URL, so that reading order has no say in it."""
    for start, to in sorted(site.site.redirects.items()):
        yield Redirect(unquote(start), to, "site.toml", "")
    former = [composed.page for composed in site.pages if composed.page.aliases]
    for page in sorted(former, key=lambda page: page.url):
        for alias in page.aliases:
            yield Redirect(alias, emitted("", page.url), page.source, page.team)


def all_rewrites(site: StitchedSite) -> list[Redirect]:
    """Every client route, with the page that answers for it; the plainer ones first, as the first that fits counts."""
    apps = [(composed.page, composed.page.app) for composed in site.pages if composed.page.app]
    rules = [Redirect(route, page.url, page.source, page.team) for page, app in apps for route in app.routes]
    return sorted(
        rules, key=lambda rule: (":" in rule.start, [_plainness(part) for part in rule.start.split("/")], rule)
    )


def _plainness(segment: str) -> tuple[bool, str]:
    return segment.startswith(":"), segment


def file_key(url: str) -> str:
    """What two URLs have in common that one file answers for: `/a/` and `/a/index.html`."""
    return claim_key(output_path(url))


def following(rule: Redirect, rules: Mapping[str, Redirect]) -> Redirect | None:
    """The redirect that begins where `rule` leads to."""
    return rules.get(file_key(parse_target(rule.to).path)) if rule.to.startswith("/") else None


def effective_redirects(site: StitchedSite) -> list[Redirect]:
    """The redirects that work: one a path, past each other to the last URL, none over a page or a file."""
    asked = list(all_redirects(site))
    taken = {file_key(claim.url) for claim in all_claims(site)} if asked else set()
    rules: dict[str, Redirect] = {}
    for rule in asked:
        if file_key(rule.start) not in taken:
            rules.setdefault(file_key(rule.start), rule)
    return sorted(rule._replace(to=end.to) for rule in rules.values() if (end := _end(rule, rules)) is not None)


def _end(rule: Redirect, rules: Mapping[str, Redirect]) -> Redirect | None:
    """The last redirect of a chain; None for a circle."""
    passed = {rule.start}
    while after := following(rule, rules):
        if after.start in passed:
            return None
        passed.add(after.start)
        rule = after
    return rule
