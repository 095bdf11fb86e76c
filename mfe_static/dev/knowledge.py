"""What is known of the site that stands: what the last build changed of it, and what the toolbar asks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mfe_static.dev.differences import Differences, Look
from mfe_static.dev.facts import Links, Reasons, details, facts, shown, source_of
from mfe_static.dev.messages import Ask, Swap
from mfe_static.dev.places import begins
from mfe_static.digests import digest
from mfe_static.routes import output_path
from mfe_static.run import Result
from mfe_static.session import Session
from mfe_static.state import Damaged
from mfe_static.stitched import Composed, Marked, Part, StitchedSite


class Change(NamedTuple):
    """What a build changed, as far as people can see it."""

    changed: Sequence[str] = ()
    """URLs of documents that are new or have other bytes."""
    gone: Sequence[str] = ()
    swaps: Mapping[str, Swap] = {}
    """What is less than a page, by its URL."""


class Knowledge:
    """Knows the last site that went live."""

    def __init__(self, root: Path, session: Session) -> None:
        self._root, self._session = root, session
        self._differences = Differences(self._look)
        self._reasons = Reasons()
        self._output = ""
        self._site: StitchedSite | None = None
        self._pages: Mapping[str, Composed] = {}
        self._links: Links | None = None
        self._linked = False
        """Whether they are those of this site."""

    def learn(self, result: Result) -> Change:
        """A build has ended."""
        if not result.published or result.site is None:
            return Change()
        first, self._site, self._linked = self._site is None, result.site, False
        self._pages = {composed.page.url: composed for composed in result.site.pages}
        self._output = result.report.output
        if not first:
            self._reasons.learn(result.site)
        return Change(*self._differences.of(result.site))

    def show(self, urls: Sequence[str]) -> None:
        """These pages are looked at."""
        self._differences.show(urls)

    def answer(self, ask: Ask) -> Any:
        """The answer to a question; None: there is no such page."""
        site = self._site
        if ask.what == "details":
            return details(site) if site else None
        if ask.what == "source":
            return source_of(site, ask.url) if site else None
        composed = self._pages.get(ask.url)
        if site is None or composed is None:
            return None
        marked = self._marked(composed)
        if ask.what == "marked":
            return {"digest": composed.row.mark, "html": marked.html} if marked else None
        regions = marked.regions if marked else ()
        if ask.what == "regions":
            return {"regions": shown(regions, site)}
        if not self._linked or self._links is None:
            self._links, self._linked = Links(site, self._parts, self._links), True
        html = marked.html if marked else self._standing(ask.url)
        found = facts(composed, site, self._links, self._parts(composed), html, regions, self._reasons.of(ask.url))
        return found | {"line": begins(self._root, composed.page.source)}

    def _parts(self, composed: Composed) -> Sequence[Part]:
        before = self._session.before
        return before.bench.parts(composed) if before else ()

    def _look(self, url: str) -> Look:
        composed = self._pages.get(url)
        if composed and (marked := self._marked(composed)):
            return Look(marked.html, {region.id: region.fragment for region in marked.regions})
        return Look(self._standing(url))

    def _standing(self, url: str) -> str:
        """A page's document as it stands in the output; empty: it does not."""
        try:
            return (self._root / self._output / output_path(url)).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    def _marked(self, composed: Composed) -> Marked | None:
        """A page with marks around its regions; None where they cannot be had, as while there are errors: then the last
        build composed another page than the one that stands."""
        before, url = self._session.before, composed.page.url
        if before is None or url not in before.bench.pages:
            return None
        try:
            marked = before.bench.marked(url)
        except Damaged:  # the next build says so, and makes it anew
            return None
        return marked if digest(marked.plain.encode()) == composed.row.mark else None
