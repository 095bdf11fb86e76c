"""Targets: what the site has beside its pages, for search engines, hosts and other tools.

A target is a function from the stitched site to files, and one that tells what these files are made from. Each is
deterministic: sorted, without times of its own. So a target whose inputs are what they were is not made again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.kept import Blob, KeptTarget
from mfe_static.model import Body, Facts, Page, Site, TeamBuild
from mfe_static.security import header_lines
from mfe_static.speculation import speculation
from mfe_static.stitched import Output, StitchedSite
from mfe_static.targets.contracts import FactsOf, Inventory, contract, published, site_index
from mfe_static.targets.feeds import asking_pages, feeds
from mfe_static.targets.finding import Found, search_index, search_key
from mfe_static.targets.hosts import headers, redirects
from mfe_static.targets.search import robots, sitemap

__all__ = ["Ready", "Target", "asking_pages", "of_bodies", "of_pages", "of_teams", "outputs"]


class Target(msgspec.Struct, frozen=True):
    """Some files beside the pages."""

    name: str
    key: Digest
    """Names everything that they are made from."""
    make: Callable[[], Iterable[Output]]
    slow: bool = False
    """Whether it takes longer than anybody would wait who has just saved a page."""


Put = TypeVar("Put")


class Ready(Generic[Put]):
    """Files of targets that were made before they are part of the site."""

    def __init__(self, known: Mapping[str, KeptTarget], put: Callable[[str, bytes], Put]) -> None:
        """`known`: what was made in an earlier build. `put`: puts a file somewhere, so that nobody has to hold it."""
        self.known, self._put = known, put
        self.prepared: Sequence[Target] = ()
        self._made: dict[str, list[Put]] = {}

    def prepare(self, targets: Iterable[Target]) -> Iterator[None]:
        """Make those that changed, one a step."""
        self.prepared = tuple(targets)
        for target in self.prepared:
            last = self.known.get(target.name)
            if last is None or last.key != target.key:
                self._made[target.name] = self._files(target)
                yield

    def files(self, target: Target) -> list[Put]:
        """The files of a target, made now if they are not ready."""
        return self._made.pop(target.name, None) or self._files(target)

    def _files(self, target: Target) -> list[Put]:
        return [self._put(output.path, output.content) for output in target.make()]


def of_teams(site: Site, builds: Sequence[TeamBuild], facts: FactsOf) -> Iterator[Target]:
    """The targets that look at no stitched page, so that they can be made while pages are stitched."""
    contracts = {build.sources.name: published(site, build) for build in builds}
    inventory = Inventory(site, builds, facts)
    for build in inventory.builds:  # in its order: it is made with them
        name = build.sources.name
        yield Target(f"contract of {name}", contracts[name], partial(contract, site, build, inventory))
    key = digest(msgspec.msgpack.encode([site.title, contracts]))
    yield Target("inventory", key, inventory.outputs)
    listing = [site.base_url, site.noindex, [build.marks["listing"] for build in builds]]
    yield Target("sitemap", digest(msgspec.msgpack.encode(listing)), partial(sitemap, site, builds))


def of_pages(site: StitchedSite) -> Iterator[Target]:
    """All others."""
    own = site.site
    shown = [[composed.page.url, composed.fragments] for composed in site.pages]
    files = [[file.path, file.source, file.team] for file in site.files]
    teams = [[build.sources.name, build.sources.owner, build.sources.architecture] for build in site.builds]
    yield _target(site, site_index, [own.title, own.base_url, own.publish_emails, teams, own.prefixes, shown])
    if asking := [build for build in site.builds if asking_pages(build)]:
        seen = [[build.marks["pages"], build.marks["listing"], build.sources.owner] for build in asking]
        listing = [[msgspec.structs.replace(page, shell={}) for page in asking_pages(build)] for build in asking]
        yield _target(site, feeds, [own.base_url, own.title, seen, listing, [*_documents(site, asking)]])
    yield _target(
        site, robots, [own.base_url, own.noindex, [file.path for file in site.files if file.path == "robots.txt"]]
    )
    yield _target(site, headers, [header_lines(site), bool(site.behaviour.files), speculation(site)])
    addresses = [build.marks["addresses"] for build in site.builds]
    feeding = [page.url for build in site.builds for page in asking_pages(build)]
    yield _target(site, redirects, [own.base_path, own.redirects, addresses, files, feeding, len(shown)])


def _documents(site: StitchedSite, asking: Sequence[TeamBuild]) -> Iterator[Digest]:
    """Names the documents of all pages whose content may be in feeds."""
    for build in asking:
        if any(page.listing and page.listing.whole for page in asking_pages(build)):
            yield from (composed.row.mark for composed in site.pages if composed.page.team == build.sources.name)


def of_bodies(site: Site, found: Sequence[Found], body: Callable[[Page, Blob], Body]) -> Iterator[Target]:
    """Those that read what teams wrote: `found`, by `body`."""
    if site.search:
        yield Target("search index", search_key(site, found), partial(search_index, site, found, body), slow=True)


def _target(site: StitchedSite, make: Callable[[StitchedSite], Iterable[Output]], inputs: object) -> Target:
    return Target(make.__name__, digest(msgspec.msgpack.encode(inputs)), partial(make, site))


def outputs(site: StitchedSite) -> list[Output]:
    """Every file that the targets make; contracts are without what bodies say, which may be gone by now."""
    found = (*of_teams(site.site, site.builds, lambda build: [Facts()] * len(build.pages)), *of_pages(site))
    return [output for target in found for output in target.make()]
