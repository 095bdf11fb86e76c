"""Islands: what stands around a fragment that has behaviour, and what the head of a page says of its modules.

A fragment's own HTML is the same with and without; the element goes around it where a tag asks for it, as each tag may
say another moment. An app is an island as well, which begins at once and holds all that a page itself has to show: its
skeleton. A page without islands says nothing of modules.
"""

from collections.abc import Collection, Mapping
from html import escape
from typing import Any

import msgspec

from mfe_static.model import Body, Page
from mfe_static.pieces import Slot
from mfe_static.routes import emitted, quoted
from mfe_static.stitch.fragments import Variant
from mfe_static.stitched import Behaviour

END = "</mfe-island>"
AT_ONCE = "load"
OnPage = tuple[str, bool]
"""An island of a page: its fragment, as `team:name`, and whether its module is loaded with the page."""


class Islands:
    """The islands of a site."""

    def __init__(self, behaviour: Behaviour, base_path: str) -> None:
        self.behaviour, self._base_path = behaviour, base_path

    def __contains__(self, variant: Variant) -> bool:
        return f"{variant.team}:{variant.name}" in self.behaviour.islands

    def on_page(self, slot: Slot, variant: Variant) -> OnPage:
        """What the slot shows."""
        return f"{variant.team}:{variant.name}", dict(slot.island).get("hydrate") == AT_ONCE

    def begin(self, slot: Slot, variant: Variant) -> str:
        """The tag of the element around a variant."""
        said = dict(slot.island)
        island = self.behaviour.islands[f"{variant.team}:{variant.name}"]
        given = {"id": said.get("id"), "class": said.get("class"), "src": emitted(self._base_path, island.module),
                 "when": said.get("hydrate"), "team": variant.team, "fragment": variant.name,
                 "owner": island.owner}  # fmt: skip
        return _tag(given, dict(variant.params))

    def app(self, page: Page) -> OnPage | None:
        """The app of a page; None: it has none, or none that could be found."""
        if not page.app:
            return None
        name = f"{page.team}:/{page.app.module}"
        return (name, True) if name in self.behaviour.islands else None

    def mounted(self, page: Page, body: Body, app: OnPage) -> Body:
        """The body of a page in the element of its app. Its heading comes into it, as each view has one of its own."""
        name, _ = app
        island = self.behaviour.islands[name]
        given = {"src": emitted(self._base_path, island.module), "when": AT_ONCE, "team": page.team,
                 "fragment": name.partition("/")[2], "owner": island.owner}  # fmt: skip
        cut, heading = body.cut, ""
        if body.heading is not None or cut.h1 is None:
            anchor = f' id="{escape(body.heading_id)}"' if body.heading_id else ""
            heading = f"<h1{anchor}>{escape(page.title) if body.heading is None else body.heading}</h1>\n"
            ids = (body.heading_id, *cut.ids) if body.heading_id else cut.ids
            cut = msgspec.structs.replace(cut, h1=page.title, h1s=cut.h1s + 1, ids=ids)
        pieces = (_tag(given, page.params) + heading, *cut.pieces, END)
        return msgspec.structs.replace(
            body, cut=msgspec.structs.replace(cut, pieces=pieces), heading=None, heading_id=""
        )

    def head(self, shown: Collection[OnPage], soft: bool) -> str:
        """What the head says: the one import map, before all that it is for (HTML Standard §8.1.5.2); what is loaded
        with the page; and the tool's own modules. Pages that are exchanged softly have the map with islands and
        without, as it cannot come later."""
        its = self.behaviour
        early = dict.fromkeys(url for name, at_once in sorted(shown) if at_once for url in its.islands[name].loaded)
        links = [
            f'<link rel="modulepreload" href="{self._url(url)}" integrity="{its.integrity[url]}">\n' for url in early
        ]
        scripts = [self._script(url) for url in self._tools(shown, soft)]
        told = f'<meta name="mfe-tabs" content="{escape(" ".join(its.told))}">\n' if its.told else ""
        known = f'<script type="importmap">{its.map}</script>\n' if its.map else ""
        return told + known + "".join([*links, *scripts])

    def loaded(self, shown: Collection[OnPage], soft: bool) -> tuple[str, ...]:
        """The URLs of all modules of a page, the tool's own first."""
        own = (url for name, _ in sorted(shown) for url in self.behaviour.islands[name].loaded)
        return tuple(dict.fromkeys([*self._tools(shown, soft), *own]))

    def _tools(self, shown: Collection[OnPage], soft: bool) -> list[str]:
        """The URLs of the tool's own modules that a page needs."""
        its = self.behaviour
        wanted = {its.runtime: bool(shown), its.navigate: soft, its.tabs: bool(its.tabs)}
        return [url for url, asked in wanted.items() if asked]

    def measuring(self, endpoint: str) -> str:
        """What the head of a page says that tells how it fared."""
        return f'<meta name="mfe-vitals" content="{escape(endpoint)}">\n{self._script(self.behaviour.vitals)}'

    def _script(self, url: str) -> str:
        return f'<script type="module" src="{self._url(url)}" integrity="{self.behaviour.integrity[url]}"></script>\n'

    def _url(self, url: str) -> str:
        return quoted(self._base_path, url)


def _tag(given: Mapping[str, str | None], params: Mapping[str, Any]) -> str:
    """The element's tag; the params as JSON, in single quotes, as JSON itself is full of the others."""
    texts = [f' {name}="{escape(value)}"' for name, value in given.items() if value]
    return f"<mfe-island{''.join(texts)}{_props(params)}>"


def _props(params: Mapping[str, Any]) -> str:
    if not params:
        return ""
    text = msgspec.json.encode(params).decode()
    return " props='" + text.replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;").replace(">", "&gt;") + "'"
