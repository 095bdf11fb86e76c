"""Redirects: aliases of pages and the site's own, each leading somewhere, none in a circle, none in a page's way."""

from collections.abc import Iterator, Sequence

import msgspec

from mfe_static.claims import WRITTEN, Claim, Redirect, all_claims, all_redirects, all_rewrites, file_key, following
from mfe_static.patterns import compiled
from mfe_static.problems import Problem, Related, problem
from mfe_static.routes import RESERVED_PREFIX, bad_segment, covers, longest_prefix, parse_target, scheme
from mfe_static.stitched import StitchedSite

_NOBODYS = 'give a team the path "/" under [teams], or lead on: "/" = "…" under [redirects]'
_BAD_TARGET = compiled(r"[\x00-\x20\x7f\\]")


def redirects(site: StitchedSite) -> Iterator[Problem]:
    """`alias-shadowed`, `alias-twice`, `redirect-loop`, `bad-path` and `broken-link` of the site's own redirects; and
    `no-start-page`."""
    owners = {build.sources.name: build.sources.owner for build in site.builds}
    asked, start = list(all_redirects(site)), file_key("/")
    begun = any(composed.page.url == "/" for composed in site.pages)
    taken = {file_key(claim.url): claim for claim in all_claims(site)} if asked or not begun else {}
    rules: dict[str, Redirect] = {}
    for rule in asked:
        if not rule.team and (why := _impossible(rule)):
            yield _problem("bad-path", why, rule)
            continue
        key = file_key(rule.start)
        if claim := taken.get(key):
            related = (Related(file=claim.source, team=claim.team, owner=owners.get(claim.team, "")),)
            yield _problem("alias-shadowed", f"{rule.start} is the URL of {claim.source}, which wins", rule, related)
        elif (other := rules.setdefault(key, rule)) is not rule:
            related = (Related(file=other.source, team=other.team, owner=owners.get(other.team, "")),)
            yield _problem("alias-twice", f"{rule.start} is an alias in {other.source} too", rule, related)
    routes = [rewrite.start for rewrite in all_rewrites(site)]
    for rule in rules.values():
        owner = longest_prefix(dict(site.site.prefixes), parse_target(rule.to).path)
        for found in _followed(rule, rules, taken, routes):
            if found.code != "broken-link" or owner in {"", *owners}:  # else the team could not be read, which is said
                yield found
    if not (begun or start in taken or start in rules or any(covers(its, "/") for its in routes)):
        yield from _startless(site)


def _startless(site: StitchedSite) -> Iterator[Problem]:
    """`no-start-page`, unless a page is to stand there of which something else is said."""
    owner = longest_prefix(dict(site.site.prefixes), "/")
    build = next((build for build in site.builds if build.sources.name == owner), None)
    if (owner and build is None) or any(page.url == "/" for page in (build.pages if build else ())):
        return
    what = f"{build.sources.shown}/pages/index.md" if build and not build.sources.foreign else "an index.html"
    hint = f'{owner} can write {what}, or lead on: "/" = "…" under [redirects]' if build else _NOBODYS
    yield problem(
        "no-start-page",
        "nothing is at /",
        file="site.toml",
        sought=f"key:teams.{owner}" if owner else "key:teams",
        hint=hint,
    )


def _impossible(rule: Redirect) -> str:
    """Why a redirect of the site's own cannot be."""
    if not rule.start.startswith("/"):
        return f'a redirect starts at a path such as /old/, not at "{rule.start}"'
    for segment in rule.start.removeprefix("/").removesuffix("/").split("/") if rule.start != "/" else ():
        if why := bad_segment(segment):
            return f'a redirect cannot start at "{rule.start}": {why}'
    if rule.start in WRITTEN or rule.start.startswith(RESERVED_PREFIX):
        return f"{rule.start} is one of the files that the tool writes"
    if "*" in rule.start or "/:" in rule.start:
        return f'a redirect cannot start at "{rule.start}": hosts read * and : as wildcards'
    if _BAD_TARGET.search(rule.to) or (not rule.to.startswith("/") and scheme(rule.to) not in {"http", "https"}):
        return f'a redirect leads to a path or an http(s) URL, not to "{rule.to}"'
    return ""


def _followed(
    rule: Redirect, rules: dict[str, Redirect], taken: dict[str, Claim], routes: Sequence[str]
) -> Iterator[Problem]:
    trail, end = [rule.start], rule
    while after := following(end, rules):
        if after.start in trail:
            if after is rule and rule.start == min(trail):  # once for a circle
                yield _problem("redirect-loop", f"redirects lead in a circle: {' → '.join([*trail, rule.start])}", rule)
            return
        trail.append(after.start)
        end = after
    path = parse_target(end.to).path
    there = file_key(path) in taken or path in WRITTEN or path.startswith(RESERVED_PREFIX)
    there = there or any(covers(route, path) for route in routes)
    if end is rule and path.startswith("/") and not there:
        found = _problem("broken-link", f"the redirect leads to {path}, where nothing is", rule)
        better = taken.get(file_key(path + "/"))
        yield msgspec.structs.replace(found, hint=f'did you mean "{better.url}"?') if better else found


def _problem(code: str, message: str, rule: Redirect, related: tuple[Related, ...] = ()) -> Problem:
    return problem(
        code,
        message,
        file=rule.source,
        team=rule.team,
        related=related,
        sought=f"key:{'aliases' if rule.team else 'redirects'}:{rule.start}",
    )
