"""What is known of the site that stands: what the last build changed of it, and what the toolbar asks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mfe_static.dev.differences import Differences, Look
from mfe_static.dev.facts import Links, Reasons, facts
from mfe_static.dev.messages import Ask, Region, Swap
from mfe_static.routes import output_path
from mfe_static.run import Result
from mfe_static.session import Session
from mfe_static.stitched import Composed, Part, StitchedSite


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
        self._links: Links | None = None

    def learn(self, result: Result) -> Change:
        """A build has ended."""
        if not result.published or result.site is None:
            return Change()
        first, self._site, self._links = self._site is None, result.site, None
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
        composed = next((it for it in site.pages if it.page.url == ask.url), None) if site else None
        if site is None or composed is None:
            return None
        if ask.what == "marked":
            html, regions = self._marked(ask.url)
            return {"digest": composed.row.mark, "html": html} if regions else None
        if self._links is None:
            self._links = Links(site, self._parts)
        _, regions = self._marked(ask.url)
        return facts(composed, site, self._links, self._parts(composed), regions, self._reasons.of(ask.url))

    def _parts(self, composed: Composed) -> Sequence[Part]:
        before = self._session.before
        return before.bench.parts(composed) if before else ()

    def _look(self, url: str) -> Look:
        html, regions = self._marked(url)
        return Look(html, {region.id: region.fragment for region in regions})

    def _marked(self, url: str) -> tuple[str, Sequence[Region]]:
        """A page's document with marks around its regions, and these. The stitcher sets none so far."""
        try:
            return (self._root / self._output / output_path(url)).read_text(encoding="utf-8"), ()
        except (OSError, ValueError):
            return "", ()
