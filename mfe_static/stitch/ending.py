"""The end of a page's composition: what depends on all of its parts, or on the page itself.

While the pieces are joined, the places of the style sheets and of the shell's links stay apart from the text; here they
are filled in.
"""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from mfe_static.kept import Asset
from mfe_static.routes import emitted


class Target(NamedTuple):
    """The end of a link's URL in a shell fragment, where `aria-current` may go."""

    url: str
    part: str
    """The fragment of the shell, as the layout asks for it; each has a current link of its own."""


class Head(NamedTuple):
    """Where the style sheets go, once all fragments of the page are known."""


Text = list[str | Target | Head]


def closed(text: Text, url: str, css: Sequence[Asset], base_path: str) -> str:
    """The text, with the style sheets in the head and the current links of the shell marked."""
    targets = {item for item in text if isinstance(item, Target)}
    current = {
        part: _current(url, {item.url for item in targets if item.part == part})
        for part in {item.part for item in targets}
    }
    out = []
    for item in text:
        if isinstance(item, str):
            out.append(item)
        elif isinstance(item, Head):
            out.extend(_style_link(asset, base_path) for asset in css)
        elif item.url == current[item.part]:
            out.append(f'" aria-current="{"page" if item.url == url else "true"}')
    return "".join(out)


def _style_link(asset: Asset, base_path: str) -> str:
    url = escape(emitted(base_path, "/" + asset.path))
    return f'<link rel="stylesheet" href="{url}" integrity="{asset.integrity}">\n'


def _current(url: str, targets: set[str]) -> str:
    """Which link of a shell fragment is current: the page itself, else the longest prefix but `/`."""
    if url in targets:
        return url
    prefixes = [target for target in targets if target != "/" and target.endswith("/") and url.startswith(target)]
    return max(prefixes, key=len, default="")
