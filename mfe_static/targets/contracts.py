"""For other tools: each team's contract, who owns which URL, and an inventory that Sphinx and MkDocs can link by."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from mfe_static.contracts import Contract
from mfe_static.digests import Digest, digest
from mfe_static.model import Facts, Site, TeamBuild
from mfe_static.patterns import compiled
from mfe_static.routes import emitted
from mfe_static.stitched import Output, StitchedSite

FactsOf = Callable[[TeamBuild], Iterable[Facts]]
"""The facts of each body of a team, read where they rest."""
_AS_IT_IS = compiled(r"[A-Za-z0-9._-]*").fullmatch
"""Ids that stand in URLs as they are."""
SITE_INDEX_VERSION = 1
SHARD_LIMIT = 4 * 1024 * 1024
"""Bytes up to which the site's index is one file."""


def published(site: Site, build: TeamBuild) -> Digest:
    """Names everything that a published contract is made from."""
    around = [build.agreement, site.publish_emails, build.sources.prefix, build.sources.foreign_prefixes]
    return digest(
        msgspec.msgpack.encode([around, build.marks["pages"], build.marks["addresses"], _made(build), build.facts])
    )


def _made(build: TeamBuild) -> list[tuple[str, str]]:
    """What nobody wrote, and so no other page sees."""
    return [(page.url, page.title) for page in build.pages if page.listing and page.listing.made]


def contract(site: Site, build: TeamBuild, inventory: "Inventory") -> Iterator[Output]:
    """`_mfe/contracts/<team>.json`."""
    found = build.contract(inventory.facts(build))
    found = msgspec.structs.replace(found, owner=_owner(site, found.owner))
    yield _json(f"_mfe/contracts/{found.team}.json", found)


def _owner(site: Site, owner: str) -> str:
    """The owner as published: without the address, unless asked."""
    return owner if site.publish_emails else owner.partition("<")[0].strip()


def site_index(site: StitchedSite) -> Iterator[Output]:
    """`_mfe/site.json`: who owns which URL and which fragments it embeds; large ones are split by team."""
    teams = {
        build.sources.name: {
            "owner": _owner(site.site, build.sources.owner),
            "path": build.sources.prefix,
            "architecture": build.sources.architecture,
            "contract": f"/_mfe/contracts/{build.sources.name}.json",
        }
        for build in site.builds
    }
    ordered = sorted(site.pages, key=lambda composed: composed.page.url)  # `msgspec` takes n² for what is nearly so
    entries: dict[tuple[str, int], msgspec.Raw] = {}
    """What is said of a page, once for all that are made of the same."""
    pages: dict[str, msgspec.Raw] = {}
    for composed in ordered:
        key = composed.page.team, id(composed.uses)
        if (entry := entries.get(key)) is None:
            said = {"team": composed.page.team, "fragments": composed.fragments}
            entry = entries[key] = msgspec.Raw(msgspec.json.encode(said, order="sorted"))
        pages[composed.page.url] = entry
    index: dict[str, Any] = {
        "version": SITE_INDEX_VERSION,
        "title": site.site.title,
        "base_url": site.site.base_url,
        "teams": teams,
        "pages": pages,
    }
    whole = _json("_mfe/site.json", index)
    if len(whole.content) <= SHARD_LIMIT:
        yield whole
        return
    shards: dict[str, dict[str, msgspec.Raw]] = {team: {} for team in teams}
    for composed in ordered:
        shards[composed.page.team][composed.page.url] = pages[composed.page.url]
    for team, own in shards.items():
        yield _json(f"_mfe/site/{team}.json", {"version": SITE_INDEX_VERSION, "pages": own})
    del index["pages"]
    yield _json("_mfe/site.json", {**index, "shards": {team: f"/_mfe/site/{team}.json" for team in sorted(teams)}})


class Inventory:
    """`objects.inv`, Sphinx's inventory format 2: pages as `std:doc`, their anchors as `std:label`, by their refs.

    Its rows are sorted, and begin with a team's name, so it grows team by team. When the facts of the next one are read
    for its contract, its rows are added in passing, so that nothing is read again.
    """

    def __init__(self, site: Site, builds: Iterable[TeamBuild], facts: FactsOf) -> None:
        self.builds = sorted(builds, key=lambda build: f"{build.sources.name}:")
        self._title, self._facts = " ".join(site.title.split()) or "site", facts
        self._packed, self._body, self._added = zlib.compressobj(3), b"", 0

    def facts(self, build: TeamBuild) -> tuple[Facts, ...]:
        """The facts of each body of a team."""
        found = tuple(self._facts(build))
        if self._added < len(self.builds) and build is self.builds[self._added]:
            self._body += self._packed.compress("".join(_inventory_rows(build, found)).encode())
            self._added += 1
        return found

    def outputs(self) -> Iterator[Output]:
        """The file, with the teams that nobody has read yet."""
        for build in self.builds[self._added :]:
            self.facts(build)
        head = f"# Sphinx inventory version 2\n# Project: {self._title}\n# Version: \n"
        head += "# The remainder of this file is compressed using zlib.\n"
        content = head.encode() + self._body + self._packed.copy().flush()
        yield Output(path="objects.inv", source="mfe-static", content=content)


def _inventory_rows(build: TeamBuild, facts: Iterable[Facts]) -> list[str]:
    team, rows = build.sources.name, list[str]()
    for page, its in zip(build.pages, facts, strict=True):
        name = f"{team}:{page.name}" + (f"?{urlencode(sorted(page.params.items()))}" if page.params else "")
        name = name.replace(" ", "%20")
        url = emitted("", page.url).lstrip("/")
        rows.append(f"{name} std:doc -1 {url} {' '.join(page.title.split()) or '-'}\n")
        start, middle = f"{name}#", f" std:label -1 {url}#"
        if _AS_IT_IS("".join(its.anchors)):
            rows += [f"{start}{anchor}{middle}{anchor} -\n" for anchor in its.anchors]
        else:
            rows += [f"{start}{anchor}{middle}{emitted('', '', '', anchor)[1:]} -\n" for anchor in its.anchors]
    rows.sort()
    return rows


def _json(path: str, value: Mapping[str, Any] | Contract) -> Output:
    data = msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1)
    return Output(path=path, source="mfe-static", content=data + b"\n")
