"""Rules as Cloudflare reads them: `_redirects` and `_headers` in its dialect, and what it has no word for.

Cloudflare lets a rule win over a file, takes paths to the letter, counts rules from the first wildcard on otherwise
than those before, and joins headers of one name. So no redirect may begin where a file is; those without wildcards
stand first, which changes nothing once those are left out that a wildcard before them would have caught; each is
written with and without a slash at its end, while there is room; and a header that a later path sets anew is taken
back there first.

Source: workers-shared/utils/configuration and pages-shared of Cloudflare's workers-sdk.
"""

from collections.abc import Iterator, Mapping, Sequence

from mfe_static.deploy.compile.texts import below_root, block, first, lines, with_query
from mfe_static.deploy.host import Headers, Redirect, Release
from mfe_static.deploy.limits import LIMITS
from mfe_static.deploy.rules import pattern_of
from mfe_static.problems import Problem, problem
from mfe_static.serve.headers import read_headers
from mfe_static.serve.patterns import Pattern, plain
from mfe_static.serve.redirects import read_redirects
from mfe_static.serve.view import HEADERS, REDIRECTS


def cloudflare(release: Release) -> Mapping[str, str] | Sequence[Problem]:
    """For Cloudflare Pages and Workers' assets."""
    rules = release.rules.redirects
    if problems := [*with_query("Cloudflare", rules), *first("Cloudflare", release)]:
        return problems
    files = {
        REDIRECTS: _redirects([below_root(rule, release) for rule in rules]),
        HEADERS: _headers(release.rules.headers),
    }
    return [*_dropped(files)] or files


def _dropped(files: Mapping[str, str]) -> Iterator[Problem]:
    """Lines that Cloudflare would drop, and say nothing to whoever deploys."""
    found = [(REDIRECTS, line) for line in read_redirects(files[REDIRECTS], "cloudflare")[1]]
    found += [
        (HEADERS, line)
        for line in read_headers(files[HEADERS], "cloudflare")[1]
        if not line.line.text.lower().startswith("access-control-")  # only `serve` lets nobody else in
    ]
    for file, ignored in found:
        said = f"Cloudflare cannot be told {ignored.line.text[:200]}: {ignored.why}"
        yield problem("host-cannot", said, file=file)


def _redirects(rules: Sequence[Redirect]) -> str:
    plains, wilds = _reached(rules)
    also = list(_also(rules))
    if len(plains) + len(also) <= LIMITS["cloudflare"].redirects:
        plains = [*plains, *also]
    return lines([*plains, *wilds])


def _reached(rules: Sequence[Redirect]) -> tuple[list[Redirect], list[Redirect]]:
    """Those without wildcards that no rule before them catches, and those with."""
    plains: list[Redirect] = []
    wilds: list[Redirect] = []
    patterns = []
    for rule in rules:
        if not plain(rule.start):
            wilds.append(rule)
            patterns.append(pattern_of(rule.start))
        elif not any(pattern.match(rule.start) is not None for pattern in patterns):
            plains.append(rule)
    return plains, wilds


def _also(rules: Sequence[Redirect]) -> Iterator[Redirect]:
    """The other spellings under which other hosts find a rule: `/a/` for `/a`, and both for `/a/*`."""
    known = {rule.start for rule in rules}
    patterns: list[Pattern] = []
    for rule in rules:
        bare, wild = rule.start.rstrip("/"), rule.start.endswith("/*")
        if wild:
            bare = rule.start.removesuffix("/*")
        spellings = (bare, f"{bare}/") if plain(bare) and bare else ()
        for start in spellings:
            if start not in known and not any(pattern.match(start) is not None for pattern in patterns):
                known.add(start)
                yield Redirect(start, rule.to.replace(":splat", "") if wild else rule.to, rule.status)
        if not plain(rule.start):
            patterns.append(pattern_of(rule.start))


def _headers(rules: Sequence[Headers]) -> str:
    blocks = []
    for at, rule in enumerate(rules):
        earlier = {name.lower() for other in rules[:at] if _meet(other.path, rule.path) for name, _ in other.values}
        blocks.append(block(rule, "".join(f"  ! {name}\n" for name, _ in rule.values if name.lower() in earlier)))
    return "\n".join(blocks)


def _meet(one: str, other: str) -> bool:
    """Whether some path may fit both. Said once too often, it costs a line."""
    if plain(other):
        return pattern_of(one).match(other) is not None
    return not plain(one) or pattern_of(other).match(one) is not None
