"""Claims: every URL has one owner, on every host and every file system.

Two claims are one when they differ only by case or Unicode form, or when one is a file where the other needs a folder.
"""

from collections.abc import Iterator, Mapping

from mfe_static.claims import WRITTEN, Claim, all_claims
from mfe_static.patterns import compiled
from mfe_static.problems import Problem, Related, problem
from mfe_static.routes import RESERVED_PREFIX, claim_key, output_path
from mfe_static.stitched import StitchedSite

REPLACEABLE = ("/robots.txt", "/404.html")
"""What it writes unless somebody brings it."""
_OURS = (RESERVED_PREFIX, *(f"{file}/" for file in WRITTEN if file != "/robots.txt"))
"""What nobody else may write, nor anything below; a site may bring its own robots.txt."""
_BELOW = tuple(f"{file}/" for file in REPLACEABLE)
_SITEMAP = compiled(r"/sitemap-\d+\.xml(/.*)?")


def claims(site: StitchedSite) -> Iterator[Problem]:
    """`url-taken`, `reserved-url`, `foreign-prefix`."""
    owners = {build.sources.name: build.sources.owner for build in site.builds}
    taken: dict[str, Claim] = {}
    folders: dict[str, Claim] = {}
    nested = {build.sources.name: build.sources.foreign_prefixes for build in site.builds}
    for claim in all_claims(site):
        if _reserved(claim.url):
            yield problem(
                "reserved-url",
                f"{claim.url} is one of the files that the tool writes",
                file=claim.source,
                team=claim.team,
            )
        elif claim.url.startswith(nested.get(claim.team, ())):
            prefix = next(prefix for prefix in nested[claim.team] if claim.url.startswith(prefix))
            yield problem(
                "foreign-prefix",
                f"{claim.url} is inside {prefix}, which another team owns",
                file=claim.source,
                team=claim.team,
            )
        path = claim_key(output_path(claim.url))
        above = _folders(path, folders)
        other = taken.get(path) or folders.get(path) or next((taken[part] for part in above if part in taken), None)
        if other is not None:
            yield _twice(claim, other, owners)
            continue
        taken[path] = claim
        folders.update(dict.fromkeys(above, claim))


def _reserved(url: str) -> bool:
    """Whether the tool writes there, on any file system: also by another case, and as a folder where it has a file."""
    path = claim_key(url)
    return (
        f"{path}/".startswith(_OURS)
        or path.startswith(_BELOW)
        or (path in REPLACEABLE and url not in REPLACEABLE)
        or (path.startswith("/sitemap-") and _SITEMAP.fullmatch(path) is not None)
    )


def _folders(path: str, known: Mapping[str, Claim]) -> list[str]:
    """The folders above a file that are not `known`, the innermost first: `a/b/c` → `a/b`, `a`. Above one that is known
    all are, and nobody has a file in their place."""
    found = []
    end = path.rfind("/")
    while end > 0 and (folder := path[:end]) not in known:
        found.append(folder)
        end = path.rfind("/", 0, end)
    return found


def _twice(claim: Claim, other: Claim, owners: dict[str, str]) -> Problem:
    differs = "" if claim.url == other.url else f", as {other.url}"
    return problem(
        "url-taken",
        f"{claim.url} is claimed by {other.source} too{differs}",
        file=claim.source,
        team=claim.team,
        url=claim.url,
        hint="give one of them another path",
        related=(Related(file=other.source, team=other.team, owner=owners.get(other.team, "")),),
    )
