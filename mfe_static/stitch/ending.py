"""The end of a page's composition: what depends on all of its parts, or on the page itself.

While the pieces are joined, the places of the style sheets and the fragments of the shell stay apart from the text;
here they are filled in. Which link of the shell is the current one is asked on every page; what follows is mostly the
same as on the page before.
"""

from collections.abc import Sequence
from html import escape
from typing import cast

import msgspec

from mfe_static.kept import Asset
from mfe_static.routes import emitted


class Target(msgspec.Struct, frozen=True):
    """The end of a link's URL in a fragment of the shell, where `aria-current` may go."""

    url: str


class Head(msgspec.Struct, frozen=True):
    """Where the style sheets go, once all fragments of the page are known."""


class Shown:
    """A fragment of the shell, as it stands on pages; it remembers the last form it had."""

    def __init__(self, part: str, text: Sequence[str | Target]) -> None:
        """`part`: the fragment as the layout asks for it; each has a current link of its own."""
        self.part, self._text = part, text
        self._urls = frozenset(item.url for item in text if isinstance(item, Target))
        self._prefixes = sorted((url for url in self._urls if url != "/" and url.endswith("/")), key=len, reverse=True)
        self._last = ("", "", "")

    def current(self, url: str) -> str:
        """Which of its links is the current one on the page at `url`: the page itself, else the longest prefix but `/`;
        empty: none."""
        return url if url in self._urls else next(filter(url.startswith, self._prefixes), "")

    def closed(self, current: str, url: str) -> str:
        """Its text on the page at `url`, where the links to `current` are the current ones."""
        mark = f'" aria-current="{"page" if current == url else "true"}'
        if self._last[:2] != (current, mark):
            text = [item if isinstance(item, str) else mark if item.url == current else "" for item in self._text]
            self._last = current, mark, "".join(text)
        return self._last[2]


Text = list[str | Target | Head | Shown]


def closed(text: Text, url: str, css: str) -> str:
    """The text, with the links to style sheets in the head and the current links of the shell marked."""
    current: dict[str, str] = {}
    items = [(place, item) for place, item in enumerate(text) if type(item) is not str]
    for _, item in items:
        if isinstance(item, Shown):  # nothing is longer than the page itself
            current[item.part] = max(current.get(item.part, ""), item.current(url), key=len)
    done = text.copy()
    for place, item in items:
        done[place] = item.closed(current[item.part], url) if isinstance(item, Shown) else css
    return "".join(cast("list[str]", done))


def style_links(css: Sequence[Asset], base_path: str) -> str:
    """HTML for the style sheets, in order."""
    return "".join(
        f'<link rel="stylesheet" href="{escape(emitted(base_path, "/" + asset.path))}" integrity="{asset.integrity}">\n'
        for asset in css
    )
