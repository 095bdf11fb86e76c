"""What the toolbar shows of a page: whose it is, what it is made of, what it weighs, who links where, why it was made.

The values are those of the protocol with the browser, plain and ready to be JSON.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from mfe_static.kept import Blob
from mfe_static.problems import problem
from mfe_static.schemas import problem_row
from mfe_static.stitched import Composed, Edge, Output, Part, Region, StitchedSite

Facts = dict[str, Any]
_MARK = re.compile(r"<!--(/?)mfe:(\d+)-->")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SCRIPT = re.compile(r"""<script\s(?:[^>]*?\s)?src\s*=\s*["']?([^"'\s>?#]+)""", re.IGNORECASE)

Parts = Callable[[Composed], Sequence[Part]]
"""Gives the parts of a page."""


class Reasons:
    """Why each page was made, the last time that it was."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}

    def learn(self, site: StitchedSite) -> None:
        """A build has ended."""
        rendered = {url: cause for built in site.builds for url, cause in built.rendered.items()}
        known, self._known = self._known, {}
        for composed in site.pages:
            url = composed.page.url
            if url in rendered:
                self._known[url] = ("rendered", rendered[url])
            elif composed.cause:
                self._known[url] = ("stitched", composed.cause)
            elif url in known:
                self._known[url] = known[url]

    def of(self, url: str) -> tuple[str, str]:
        """What was done to the page, and why; `reused` where that was before the server began."""
        return self._known.get(url, ("reused", ""))


class Links:
    """Who links to whom, on one site; worked out when somebody asks, because it needs the parts of all pages."""

    def __init__(self, site: StitchedSite, parts: Parts, before: "Links | None" = None) -> None:
        """`before`: those of an earlier site; pages whose parts rest where they did link to the same."""
        self._teams = {composed.page.url: composed.page.team for composed in site.pages}
        known = before._edges if before else {}
        self._edges: dict[str, tuple[Blob, Collection[str]]] = {}
        self._to: dict[str, dict[str, None]] = {}
        for composed in site.pages:
            url, place = composed.page.url, composed.row.parts
            last = known.get(url)
            if last is None or last[0] != place:
                last = place, {edge.to for part in parts(composed) for edge in part.edges}
            self._edges[url] = last
            for to in last[1]:
                if to and to != url:
                    self._to.setdefault(to, {})[url] = None

    def to(self, url: str) -> list[Mapping[str, str]]:
        """The pages that link to `url`, with their teams."""
        return [{"from": other, "team": self._teams[other]} for other in self._to.get(url, {})]

    def out(self, edges: Sequence[Edge], url: str) -> list[Mapping[str, str]]:
        """Where a page's links lead."""
        there = dict.fromkeys(edge.to for edge in edges if edge.to and edge.to != url)
        return [{"to": to, "team": self._teams.get(to, "")} for to in there]


def facts(
    composed: Composed,
    site: StitchedSite,
    links: Links,
    parts: Sequence[Part],
    html: str,
    regions: Sequence[Region],
    reason: tuple[str, str],
) -> Facts:
    """All that is known of a page. `html`: its document, with marks around the regions if there are any. Under `files`
    stand the sources that it is made of."""
    page = composed.page
    state, cause = reason
    owners = _owners(site)
    return {
        "url": page.url,
        "team": page.team,
        "owner": owners.get(page.team, ""),
        "source": page.source,
        "layout": page.own_layout.removeprefix("layouts/").removesuffix(".html") or page.layout,
        "title": page.title,
        "params": page.params,
        "state": state,
        "causes": [cause] if cause else [],
        "bytes": {
            "html": _shares(html, {"0": page.team} | {region.id: region.team for region in regions}),
            "css": _weights(composed.css, site),
            "js": _weights(dict.fromkeys([*_scripts(html, site.site.base_path), *composed.js]), site),
        },
        "links": {
            "out": links.out([edge for part in parts for edge in part.edges], page.url),
            "in": links.to(page.url),
        },
        "regions": shown(regions, site),
        "teams": [
            {"name": name, "owner": owner, "colour": number} for number, (name, owner) in enumerate(owners.items(), 1)
        ],
        "files": sorted({page.source, *(part.file for part in parts)}),
    }


def details(site: StitchedSite) -> Facts:
    """What teams say of their events: the schema of each, and what is to be said of one that does not follow it."""
    return {
        event: {
            "schema": schema,
            "problem": msgspec.to_builtins(
                problem_row(
                    problem(
                        "event-detail",
                        f"the detail of {event} is not what its team says it is",
                        file=f"{built.sources.shown}/team.toml",
                        team=built.sources.name,
                    )
                )
            )
            | {"severity": "warning", "owner": built.sources.owner},
        }
        for built in site.builds
        for event, schema in built.sources.details.items()
    }


def source_of(site: StitchedSite, url: str) -> Facts | None:
    """The source that is published at a URL, and whose it is; None: there is none."""
    source = next((file.source for file in (*site.assets, *site.files) if f"/{file.path}" == url), "")
    team = source.removeprefix("teams/").partition("/")[0] if source.startswith("teams/") else ""
    return {"file": source, "owner": _owners(site).get(team, "")} if source else None


def shown(regions: Iterable[Region], site: StitchedSite) -> list[Mapping[str, Any]]:
    """The fragments on a page."""
    owners = _owners(site)
    return [_region(region, owners) for region in regions]


def _owners(site: StitchedSite) -> Mapping[str, str]:
    return {built.sources.name: built.sources.owner for built in site.builds}


def _shares(html: str, teams: Mapping[str, str]) -> Mapping[str, int]:
    """Bytes of a document by team; what stands in no region is the theme's."""
    shares, owners, begun = Counter[str](), ["theme"], 0
    for mark in _MARK.finditer(html):
        shares[owners[-1]] += len(html[begun : mark.start()].encode())
        begun = mark.end()
        if not mark[1]:
            owners.append(teams.get(mark[2], owners[-1]))
        elif len(owners) > 1:
            owners.pop()
    shares[owners[-1]] += len(html[begun:].encode())
    return shares


def _scripts(html: str, base_path: str) -> Iterable[str]:
    """URLs of the scripts that a document loads."""
    found = (url.removeprefix(base_path) for url in _SCRIPT.findall(_COMMENT.sub("", html)))
    return dict.fromkeys(found)


def _weights(urls: Iterable[str], site: StitchedSite) -> Mapping[str, int]:
    """Bytes of files by team; of those that belong to none by the folder."""
    files = {f"/{file.path}": file for file in (*site.assets, *site.files)}
    weights = Counter[str]()
    for url in urls:
        if file := files.get(url):
            above, _, rest = file.source.partition("/")
            name = {"teams": rest.partition("/")[0], "public": "public"}.get(above, "theme")
            weights[name] += site.weights.get(url) or _size(file)
    return weights


def _size(file: Output) -> int:
    try:
        return len(file.content) or os.stat(file.real).st_size
    except OSError:
        return 0


def _region(region: Region, owners: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "id": region.id,
        "fragment": region.fragment,
        "team": region.team,
        "owner": owners.get(region.team, ""),
        "source": region.source,
        "line": region.line,
        "params": region.params,
        "bytes": region.size,
        "version": region.version,
    }
