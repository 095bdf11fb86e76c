"""Structured data: what search engines are told of a page in the words of schema.org, ready to be printed as JSON-LD.

A page says what it shows in its front matter (`schema`); what is known already is added. Where it stands comes from
the pages above it, and the home page names the site. It is a block of data, which browsers never run, so a strict
Content-Security-Policy lets it be (HTML Standard §4.12.1).
"""

from collections.abc import Sequence
from typing import Any

from mfe_static.model import Page, Site
from mfe_static.routes import emitted

Thing = dict[str, Any]


def structured(page: Page, above: Sequence[Page], site: Site, image: str) -> dict[str, Any]:
    """All of it, as one JSON-LD document; empty where there is nothing to say. `above`: the pages above it, from the
    top down. `image`: the whole URL of its picture for link previews."""
    things: list[Thing] = []
    if page.url == "/" and site.title:
        things.append(_thing("WebSite", name=site.title, url=_url(site, page), description=site.description))
    elif above:
        items = [
            {"@type": "ListItem", "position": place, "name": its.title or its.url, "item": _url(site, its)}
            for place, its in enumerate((*above, page), 1)
        ]
        things.append(_thing("BreadcrumbList", itemListElement=items))
    if page.schema:
        about = _thing("Thing", name=page.title, description=page.description, url=_url(site, page), image=image)
        things.append({**about, **page.schema})
    if page.noindex or not things:
        return {}
    return {"@context": "https://schema.org", **(things[0] if len(things) == 1 else {"@graph": things})}


def _thing(kind: str, **said: Any) -> Thing:
    return {"@type": kind, **{key: value for key, value in said.items() if value}}


def _url(site: Site, page: Page) -> str:
    return site.base_url + emitted("", page.url)
