"""The end of a page's composition: what depends on all of its parts, or on the page itself.

While the pieces are joined, the places of the style sheets and the fragments of the shell stay apart from the text;
here they are filled in. Which link of the shell is the current one is asked on every page; what follows is mostly the
same as on the page before.
"""

from collections.abc import Sequence
from typing import cast

import msgspec

from mfe_static.kept import Asset
from mfe_static.routes import quoted


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
        self._last = ("", True, "")

    def current(self, url: str) -> str:
        """Which of its links is the current one on the page at `url`: the page itself, else the longest prefix but `/`;
        empty: none."""
        if url in self._urls:
            return url
        end = url.rfind("/") + 1 if self._urls else 0
        while end > 1:
            if (above := url[:end]) in self._urls:
                return above
            end = url.rfind("/", 0, end - 1) + 1
        return ""

    def closed(self, current: str, url: str) -> str:
        """Its text on the page at `url`, where the links to `current` are the current ones."""
        page = current == url
        if self._last[:2] != (current, page):
            mark = f'" aria-current="{"page" if page else "true"}'
            text = [item if isinstance(item, str) else mark if item.url == current else "" for item in self._text]
            self._last = current, page, "".join(text)
        return self._last[2]


Text = list[str | Target | Head | Shown]


def closed(text: Text, open_: Sequence[int], url: str, css: str) -> bytes:
    """The text, with the links to style sheets in the head and the current links of the shell marked. `open_`: the
    places where these go.

    Each item is encoded by itself: most have no letter beyond ASCII, and then that is a copy."""
    current: dict[str, str] = {}
    for place in open_:
        if isinstance(item := text[place], Shown):
            found = item.current(url)
            if len(found) >= len(current.get(item.part, "")):  # nothing is longer than the page itself
                current[item.part] = found
    done = text.copy()
    for place in open_:
        done[place] = item.closed(current[item.part], url) if isinstance(item := text[place], Shown) else css
    return b"".join(map(str.encode, cast("list[str]", done)))


def style_links(css: Sequence[Asset], base_path: str) -> str:
    """HTML for the style sheets, in order."""
    return "".join(
        f'<link rel="stylesheet" href="{quoted(base_path, "/" + asset.path)}" integrity="{asset.integrity}">\n'
        for asset in css
    )
