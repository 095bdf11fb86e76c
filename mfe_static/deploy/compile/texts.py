"""`_redirects` and `_headers`, in the dialects of Netlify and GitLab Pages, and what Cloudflare's has in common.

Sources: as in `serve/redirects.py` and `serve/headers.py`; for GitLab, "GitLab Pages redirects". GitLab knows 301, 302
and 200 and no queries, wants the path of a project in front of each rule, and lets files win.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from mfe_static.deploy.host import Headers, Redirect, Release
from mfe_static.deploy.rules import base_of, cannot, line_of, over_files
from mfe_static.problems import Problem
from mfe_static.serve.view import HEADERS, REDIRECTS


def netlify(release: Release) -> Mapping[str, str]:
    """Netlify reads what a build writes."""
    rules = (below_root(rule, release) for rule in release.rules.redirects)
    return {REDIRECTS: lines(rules), HEADERS: "\n".join(block(under) for under in release.rules.headers)}


def gitlab_redirects(release: Release) -> Mapping[str, str] | Sequence[Problem]:
    """For GitLab Pages: it sends no headers of ours."""
    rules = release.rules.redirects
    if problems := with_query("GitLab Pages", rules):
        return problems
    base, known = base_of(release), {301: 301, 308: 301, 200: 200}

    def below(rule: Redirect) -> Redirect:
        to = base + rule.to.removeprefix(base) if rule.status == 200 else rule.to
        return msgspec.structs.replace(rule, start=base + rule.start, to=to, status=known.get(rule.status, 302))

    return {REDIRECTS: lines(below(rule) for rule in rules)}


def with_query(host: str, rules: Iterable[Redirect]) -> list[Problem]:
    """The redirects that ask for a query, at a host that does not look at it."""
    return [cannot(host, rule, "it does not look at queries") for rule in rules if rule.query]


def first(host: str, release: Release) -> list[Problem]:
    """The redirects that would take files away, at a host where a rule wins over a file."""
    return [
        cannot(host, rule, f"there a rule wins over files, and {url} would not be reached")
        for rule, url in over_files(release.rules.redirects, release.items)
    ]


def below_root(rule: Redirect, release: Release) -> Redirect:
    """A rewrite leads to a file of the host, which knows nothing of the path of `base_url`."""
    base = base_of(release)
    return msgspec.structs.replace(rule, to=rule.to.removeprefix(base)) if rule.status == 200 and base else rule


def lines(rules: Iterable[Redirect]) -> str:
    """Redirects, one a line."""
    return "".join(f"{line_of(rule)}\n" for rule in rules)


def block(under: Headers, before: str = "") -> str:
    """A path and its headers."""
    return f"{under.path}\n{before}" + "".join(f"  {name}: {value}\n" for name, value in under.values)
