"""What a build changed, as far as people can see it: which documents have other bytes, and where it is less than all.

A page is compared by the digest of its document, so that a page which was made anew and came out the same is no change.
For the pages that open tabs show the documents themselves are compared: when nothing but a style sheet's URL differs,
or nothing outside of fragments, there is no need to load the page again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from mfe_static.dev.messages import Swap
from mfe_static.digests import Digest
from mfe_static.stitched import StitchedSite

_SHEET = re.compile(r'<link rel="stylesheet" href="([^"]*)" integrity="[^"]*">')
"""As the stitcher writes it; all that differs when the content of a style sheet changes."""
_REGION = re.compile(r"<!--mfe:([1-9]\d*)-->.*?<!--/mfe:\1-->", re.DOTALL)
"""A fragment on a page, with those within it; 0 is the page's own body."""


class Look(NamedTuple):
    """A document."""

    html: str
    """With marks around its regions, where there are any; empty: there is no such page."""
    fragments: Mapping[str, str] = {}
    """What the regions show, by their ids."""


class Differences:
    """Knows the documents of the last site, and the text of those that are looked at."""

    def __init__(self, looked: Callable[[str], Look]) -> None:
        """`looked`: a page's document as it is now, by its URL."""
        self._looked = looked
        self._digests: dict[str, Digest] = {}
        self._shown: dict[str, Look] = {}

    def show(self, urls: Sequence[str]) -> None:
        """These pages are looked at from now on, as they are now."""
        self._shown = {url: self._shown.get(url) or self._looked(url) for url in urls}

    def of(self, site: StitchedSite) -> tuple[tuple[str, ...], tuple[str, ...], Mapping[str, Swap]]:
        """The URLs whose documents changed, those that are gone, and what is less than a page; of the first site, which
        changes nothing, none. `site` is the one that stands now."""
        before = self._digests
        self._digests = now = {composed.page.url: composed.row.mark for composed in site.pages}
        if not before:
            return (), (), {}
        changed = tuple(url for url, mark in now.items() if before.get(url) != mark)
        swaps: dict[str, Swap] = {}
        for url in self._shown.keys() & changed:
            was, self._shown[url] = self._shown[url], self._looked(url)
            if found := swap(was, self._shown[url]):
                swaps[url] = msgspec.structs.replace(found, was=before.get(url, ""), now=now[url])
        return changed, tuple(before.keys() - now.keys()), swaps


def swap(before: Look, after: Look) -> Swap | None:
    """What differs between two documents, where that is less than the page."""
    old, new = _SHEET.findall(before.html), _SHEET.findall(after.html)
    if not before.html or not after.html or len(old) != len(new):
        return None
    css = tuple((one, other) for one, other in zip(old, new, strict=True) if one != other)
    was, now = _SHEET.sub("", before.html), _SHEET.sub("", after.html)
    if css or was == now:
        return Swap(css=css) if css and was == now else None
    if before.fragments != after.fragments or _REGION.sub(r"\1", was) != _REGION.sub(r"\1", now):
        return None
    pairs = zip(_REGION.finditer(was), _REGION.finditer(now), strict=True)
    names = [after.fragments.get(one[1], "") for one, other in pairs if one[0] != other[0]]
    return Swap(regions=tuple(dict.fromkeys(names))) if all(names) else None
