"""A page's content alone, for those who read it elsewhere, as in a feed: fragments and links closed, URLs whole.

It is joined as it is on the page, by a joiner of its own, since nowhere else URLs are whole. What would run is taken
out, and so are style sheets: whoever shows the content has its own, and would drop ours (RFC 4287 §8.1).
"""

import re

import msgspec

from mfe_static.html.tags import ATTRIBUTE, ATTRIBUTES, TEXTS
from mfe_static.model import Body, Page
from mfe_static.patterns import compiled
from mfe_static.routes import emitted
from mfe_static.stitch.fragments import Asker, Fragments
from mfe_static.stitch.join import Joiner
from mfe_static.stitch.links import Links
from mfe_static.stitch.pictures import Pictures
from mfe_static.stitch.resolved import AnyLink, Origin, Resolved
from mfe_static.stitch.walk import Walk
from mfe_static.stitched import Edge

_DROPPED = "script|style|template|noscript"
_PARTS = compiled(
    rf"""<!--(?:-?>|.*?(?:--!?>|\Z))
    |<(?P<dropped>{_DROPPED})(?=[\s/>]){ATTRIBUTES}>.*?(?:</(?P=dropped)(?=[\s/>]){ATTRIBUTES}>|\Z)
    |(?P<raw><(?P<name>{"|".join(TEXTS)})(?=[\s/>]){ATTRIBUTES}>)(?P<text>.*?(?=</(?P=name)|\Z))
    |(?P<tag><[a-z][^\s/>]*+(?=[\s/]){ATTRIBUTES}>)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII,
)
"""A comment, an element that is dropped, one whose content is text, any other tag with attributes."""


def content(links: Links, fragments: Fragments, pictures: Pictures, page: Page, body: Body) -> str:
    """HTML of the page's content, without its `h1` where that is the layout's."""
    site = links.site
    root = site.base_url.removesuffix(site.base_path)
    own = site.base_url + emitted("", page.url)

    def resolve(link: AnyLink, origin: Origin) -> tuple[Resolved, Edge | None]:
        found, edge = links.resolve(link, origin)
        base = own if found.text.startswith(("#", "?")) else root if found.text.startswith("/") else ""
        return msgspec.structs.replace(found, text=base + found.text), edge

    walk = Walk(Asker(page.team, page.language), (), shell="", body=None)
    Joiner(resolve, fragments, pictures.whole(root)).join(body.cut, Origin(page.team, page.base, page.source), walk)
    text = "".join(item for item in walk.text if isinstance(item, str))
    return _PARTS.sub(_quiet, text).strip()


def _quiet(part: re.Match[str]) -> str:
    """Nothing of what is dropped; any other tag without handlers of events."""
    tag = part["raw"] or part["tag"] or ""
    return tag and ATTRIBUTE.sub(_unless_handler, tag[:-1]) + ">" + (part["text"] or "")


def _unless_handler(attribute: re.Match[str]) -> str:
    return "" if attribute[1].lower().startswith("on") else attribute[0]
