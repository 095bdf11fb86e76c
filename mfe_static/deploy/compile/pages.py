"""For hosts that serve files and nothing else: GitHub Pages, a bucket; and for GitLab Pages, which knows redirects.

A redirect becomes a page that leads on at once (`<meta http-equiv="refresh">`) and names the address that counts
(`rel="canonical"`); search engines take that for a lasting redirect. The Content-Security-Policy and the
Referrer-Policy go into each document, without what only a header can say (CSP 3 §3.3). All other headers are not sent.
"""

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

import msgspec

from mfe_static.deploy.compile.texts import gitlab_redirects
from mfe_static.deploy.host import Item, Redirect, Release
from mfe_static.deploy.rules import answering, cannot
from mfe_static.digests import digest
from mfe_static.patterns import compiled
from mfe_static.policy import parsed, written
from mfe_static.problems import Problem
from mfe_static.serve.media import HTML, UNKNOWN, media_type
from mfe_static.serve.patterns import plain
from mfe_static.serve.view import REDIRECTS

_HEADER_ONLY = frozenset({"frame-ancestors", "report-uri", "report-to", "sandbox"})
"""Directives that a `<meta>` cannot hold (CSP 3 §3.3), and one that would name what only a header can define."""
_TAG = r"(?:[^>\"']|\"[^\"]*+\"|'[^']*+')*+>"
_PROLOGUE = compiled(
    rf"(?is)\ufeff?(?:\s++|<!--.*?-->|<!doctype{_TAG}|<html(?=[\s>]){_TAG})*+(?:<head(?=[\s>]){_TAG})?+"
    rf"(?:(?:\s++|<!--.*?-->)*+<meta\s++charset{_TAG})?+"
)
"""What stands before a document's first element that does something, its `charset` included, which has to be in the
first 1024 bytes (HTML Standard §4.2.5.4)."""


def github(release: Release) -> Release | Sequence[Problem]:
    """The release for GitHub Pages."""
    return with_pages(release, "GitHub Pages", {".nojekyll": _item(".nojekyll", b"")})


def with_pages(
    release: Release, host: str, also: Mapping[str, Item] = MappingProxyType({})
) -> Release | Sequence[Problem]:
    """The release for a host that serves files and nothing else, with further files."""
    made, problems = {**also}, []
    for rule in release.rules.redirects:
        place = _place(rule, release, host)
        if isinstance(place, Problem):
            problems.append(place)
        else:
            made[place] = _item(place, _moved(rule, release.base_url))
    return problems or _with(release, made)


def gitlab(release: Release) -> Release | Sequence[Problem]:
    """The release for GitLab Pages."""
    texts = gitlab_redirects(release)
    if not isinstance(texts, Mapping):
        return texts
    return _with(release, {REDIRECTS: _item(REDIRECTS, texts[REDIRECTS].encode())} if texts[REDIRECTS] else {})


def with_policy(content: bytes, headers: Mapping[str, str]) -> bytes:
    """A document that says in its head what hosts would have said; the same where it is none, or there is nothing to
    say."""
    rules = parsed(headers.get("Content-Security-Policy", ""))
    policy = written({name: sources for name, sources in rules.items() if name not in _HEADER_ONLY})
    referrer = headers.get("Referrer-Policy", "")
    text = content.decode("utf-8", "surrogateescape")
    found = _PROLOGUE.match(text)
    if not (policy or referrer) or found is None or "<" not in found[0]:
        return content
    says = f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">' if policy else ""
    says += f'<meta name="referrer" content="{escape(referrer)}">' if referrer else ""
    return (text[: found.end()] + says + text[found.end() :]).encode("utf-8", "surrogateescape")


def _with(release: Release, made: Mapping[str, Item]) -> Release:
    """The release with these files, and with policies in its documents."""
    headers = answering(release.rules.headers)
    items = {path: _spoken(item, headers(path)) for path, item in release.items.items()}
    return msgspec.structs.replace(release, items={**items, **made})


def _spoken(item: Item, headers: Mapping[str, str]) -> Item:
    if not item.path.endswith(".html") or item.path.startswith("_mfe/"):
        return item
    content = item.read()
    changed = with_policy(content, headers)
    return item if changed == content else _item(item.path, changed)


def _item(path: str, content: bytes) -> Item:
    return Item(path=path, size=len(content), digest=digest(content), content=content)


def _place(rule: Redirect, release: Release, host: str) -> str | Problem:
    """The path of the page that leads on."""
    if rule.status == 200:
        hint = "give each such address a page instead of a route, or deploy to a host that has them"
        return cannot(host, rule, "it has no rewrites", hint)
    if rule.query or not plain(rule.start):
        return cannot(host, rule, "a page that leads on stands at one address")
    path = unquote(rule.start).strip("/")
    media = media_type(path)  # a name such as `strings.Trim` ends with no type, and a page can have it
    if media not in {HTML, UNKNOWN}:
        return cannot(host, rule, "only where a page can be, another can lead on")
    above = path
    while above := above.rpartition("/")[0]:
        if above in release.items:
            return cannot(host, rule, f"{above} is a file, so nothing can be below it")
    return path if media == HTML else f"{path}/index.html"


def _moved(rule: Redirect, base_url: str) -> bytes:
    """A page that leads on. It says no word, so it is in no language."""
    to, whole = escape(rule.to), rule.to
    if rule.to.startswith("/"):
        parts = urlsplit(base_url)
        whole = f"{parts.scheme}://{parts.netloc}{rule.to}"
    return (
        f'<!doctype html>\n<meta charset="utf-8">\n<title>{escape(whole)}</title>\n'
        f'<link rel="canonical" href="{escape(whole)}">\n<meta http-equiv="refresh" content="0; url={to}">\n'
        f'<p><a href="{to}">{escape(whole)}</a>\n'
    ).encode()
