"""Claims: every URL has one owner, on every host and every file system.

Two claims are one when they differ only by case or Unicode form, or when one is a file where the other needs a folder.
"""

from collections.abc import Iterable, Iterator, Mapping

from mfe_static.claims import WRITTEN, Claim, all_claims
from mfe_static.model import TeamSources
from mfe_static.patterns import compiled
from mfe_static.problems import Problem, Related, problem
from mfe_static.routes import RESERVED_PREFIX, claim_key, output_path
from mfe_static.stitched import StitchedSite

REPLACEABLE = ("/robots.txt", "/404.html")
"""What it writes unless somebody brings it."""
_OURS = frozenset(name.strip("/") for name in (RESERVED_PREFIX, *WRITTEN, *REPLACEABLE))
"""What nobody else may write, nor anything below."""
_SITEMAP = compiled(r"sitemap-\d+\.xml")


def claims(site: StitchedSite) -> Iterator[Problem]:
    """`url-taken`, `reserved-url`, `foreign-prefix`."""
    paths: list[str] = []
    nested = {build.sources.name: build.sources.foreign_prefixes for build in site.builds}
    sure = dict(_sure(build.sources for build in site.builds))
    for claim in all_claims(site):
        key = claim_key(claim.url)
        paths.append(output_path(key))
        if claim.url.startswith(sure.get(claim.team, "\0")):
            continue
        if _reserved(claim.url, key):
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
    if not _apart(paths):
        owners = {build.sources.name: build.sources.owner for build in site.builds}
        yield from _taken(all_claims(site), paths, owners)


def _sure(teams: Iterable[TeamSources]) -> Iterator[tuple[str, str]]:
    """The prefixes below which a team may have any URL, as neither the tool nor another team has one there."""
    for team in teams:
        if len(team.prefix) > 1 and not team.foreign_prefixes and not _reserved(team.prefix, claim_key(team.prefix)):
            yield team.name, team.prefix


def _reserved(url: str, key: str) -> bool:
    """Whether the tool writes there, on any file system: also by another case, and as a folder where it has a file."""
    first = key.split("/", 2)[1]
    return (first in _OURS and url not in REPLACEABLE) or (
        first.startswith("sitemap-") and _SITEMAP.fullmatch(first) is not None
    )


def _apart(paths: Iterable[str]) -> bool:
    """Whether nobody is in anybody's way, as on most sites. Where `/` sorts before all else, whoever has the same file
    as somebody, or one in a folder of that name, comes right behind them."""
    ordered = sorted([path.replace("/", "\0") + "\0" for path in paths])
    return not any(map(str.startswith, ordered[1:], ordered))


def _taken(found: Iterable[Claim], paths: Iterable[str], owners: Mapping[str, str]) -> Iterator[Problem]:
    """`url-taken`. Who comes first has it."""
    taken: dict[str, Claim] = {}
    folders: dict[str, Claim] = {}
    for claim, path in zip(found, paths, strict=True):
        above = _folders(path, folders)
        other = taken.get(path) or folders.get(path) or next((taken[part] for part in above if part in taken), None)
        if other is not None:
            yield _twice(claim, other, owners)
            continue
        taken[path] = claim
        folders.update(dict.fromkeys(above, claim))


def _folders(path: str, known: Mapping[str, Claim]) -> list[str]:
    """The folders above a file that are not `known`, the innermost first: `a/b/c` → `a/b`, `a`. Above one that is known
    all are, and nobody has a file in their place."""
    found = []
    end = path.rfind("/")
    while end > 0 and (folder := path[:end]) not in known:
        found.append(folder)
        end = path.rfind("/", 0, end)
    return found


def _twice(claim: Claim, other: Claim, owners: Mapping[str, str]) -> Problem:
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
