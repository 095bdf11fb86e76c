"""How static hosts find the answer for a path: clean URLs, rules against files, pages for what is not there.

A style is data: how a path finds a file, how the rules are read, what is sent along. Sources: for Cloudflare the
handler of pages-shared in its workers-sdk; for Netlify its command line, and for slashes what was measured at the
hosts (github.com/slorber/trailing-slash-guide, with "pretty URLs", as is the default); likewise for GitHub Pages;
nginx is `try_files $uri $uri/index.html =404; error_page 404 /404.html`.
"""

import re
from collections.abc import Callable, Container, Mapping
from typing import Literal, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from mfe_static.serve.headers import HeaderRule, read_headers, with_rules
from mfe_static.serve.lines import Dialect, Ignored
from mfe_static.serve.paths import escaped, local
from mfe_static.serve.patterns import filled
from mfe_static.serve.redirects import MOVES, Redirect, Redirects, read_redirects
from mfe_static.serve.view import HEADERS, REDIRECTS, View

StyleName = Literal["netlify", "cloudflare", "github", "nginx"]
_REVALIDATE = "public, max-age=0, must-revalidate"
_ADDRESS = "%/:?#[]@!$&'()*+,;=~-._"


class Found(NamedTuple):
    """Where a path leads."""

    path: str
    moved: bool = False
    """Whether `path` is another spelling, to which the browser is sent; else the file's."""


class Style(NamedTuple):
    """A kind of host."""

    find: Callable[[Container[str], str], Found | None]
    dialect: Dialect | None = None
    """How it reads `_redirects` and `_headers`; None: it does not."""
    moved: int = 301
    """The status with which it sends to another spelling."""
    files_first: bool = True
    """Whether a file wins over a rule."""
    nearest: bool = False
    """Whether a folder may have its own 404.html; and without any the first page answers, for apps of one page."""
    headers: Mapping[str, str] = {}
    missing: Mapping[str, str] = {}
    """Headers of a page for what is not there; no rule changes them."""


class Answer(NamedTuple):
    """What is to be sent."""

    status: int
    path: str = ""
    """Of the file whose content is the answer; empty: there is none."""
    location: str = ""
    headers: Mapping[str, str] = {}


class Rules(NamedTuple):
    """What the files for the host say, in the way it reads them."""

    redirects: Redirects = Redirects()
    headers: tuple[HeaderRule, ...] = ()


def _netlify(files: Container[str], path: str) -> Found | None:
    if path.endswith("/"):
        if path != "/" and f"{path[:-1]}.html" in files:
            return Found(path[:-1], moved=True)
        return _file(files, f"{path}index.html")
    return _file(files, path) or _file(files, f"{path}.html") or _folder(files, path)


def _cloudflare(files: Container[str], path: str) -> Found | None:
    if path.endswith("/"):
        if f"{path}index.html" in files:
            return Found(f"{path}index.html")
        if path.endswith("/index/"):
            return Found(path.removesuffix("index/"), moved=True)
        return Found(path[:-1], moved=True) if f"{path[:-1]}.html" in files else None
    if path in files:
        clean = path.removesuffix(".html")
        if clean.endswith("/index") and clean != path:
            return Found(clean.removesuffix("index"), moved=True)
        return Found(path) if clean in {path, "/"} or clean in files else Found(clean, moved=True)
    if path.endswith("/index"):
        return Found(path.removesuffix("index"), moved=True)
    return _file(files, f"{path}.html") or _folder(files, path)


def _github(files: Container[str], path: str) -> Found | None:
    if path.endswith("/"):
        return _file(files, f"{path}index.html")
    return _file(files, path) or _file(files, f"{path}.html") or _folder(files, path)


def _nginx(files: Container[str], path: str) -> Found | None:
    path = re.sub("//+", "/", path)
    return _file(files, path) or _file(files, f"{path.removesuffix('/')}/index.html")


def _file(files: Container[str], path: str) -> Found | None:
    return Found(path) if path in files else None


def _folder(files: Container[str], path: str) -> Found | None:
    return Found(f"{path}/", moved=True) if f"{path}/index.html" in files else None


STYLES: Mapping[StyleName, Style] = {
    "netlify": Style(_netlify, "netlify", headers={"cache-control": _REVALIDATE}),
    "cloudflare": Style(
        _cloudflare,
        "cloudflare",
        moved=308,
        files_first=False,
        nearest=True,
        headers={
            "cache-control": _REVALIDATE,
            "referrer-policy": "strict-origin-when-cross-origin",
            "x-content-type-options": "nosniff",
        },
        missing={"cache-control": "no-store"},
    ),
    "github": Style(_github, headers={"cache-control": "max-age=600"}),
    "nginx": Style(_nginx),
}


def read_rules(view: View, style: Style) -> tuple[Rules, list[tuple[str, Ignored]]]:
    """The rules of a site, and the lines that do nothing, each with its file."""
    if style.dialect is None:
        return Rules(), []
    redirects, unmoved = read_redirects(view.redirects, style.dialect)
    headers, unsaid = read_headers(view.headers, style.dialect)
    ignored = [*((REDIRECTS, line) for line in unmoved), *((HEADERS, line) for line in unsaid)]
    return Rules(redirects, tuple(headers)), ignored


def decide(style: Style, files: Container[str], rules: Rules, base: str, path: str, query: str) -> Answer:
    """The answer for a decoded path below `base`, the path of the site's `base_url`, and a raw query."""
    found = style.find(files, path)
    rule = rules.redirects.first(path, query)
    if rule and (rule[0].force or found is None or not style.files_first):
        answer = _ruled(style, files, rule, base, path, query)
    else:
        answer = _plain(style, files, found, base, path, query)
    if answer.location and style.dialect == "netlify":
        return answer
    headers = with_rules(answer.headers, rules.headers, path, style.dialect)
    return answer._replace(headers={**headers, **style.missing} if answer.status == 404 else headers)


def _plain(style: Style, files: Container[str], found: Found | None, base: str, path: str, query: str) -> Answer:
    if found is None:
        return _missing(style, files, path)
    if found.moved:
        location = local(base + found.path) + (f"?{query}" if query else "")
        return Answer(style.moved, location=location, headers=_without_cache(style))
    return Answer(200, found.path, headers=style.headers)


def _ruled(
    style: Style, files: Container[str], rule: tuple[Redirect, dict[str, str]], base: str, path: str, query: str
) -> Answer:
    redirect, caught = rule
    if redirect.status in MOVES:
        return Answer(redirect.status, location=_location(redirect.to, caught, query), headers=_without_cache(style))
    target = filled(unquote(urlsplit(redirect.to).path), caught)
    found = style.find(files, target)
    if found is None and target.startswith(base + "/"):
        target = target.removeprefix(base)
        found = style.find(files, target)
    if found and found.moved and style.files_first:
        found = style.find(files, found.path)  # the address stays, so nobody is sent to another spelling
    if found is None or found.moved or redirect.status == 200:
        return _plain(style, files, found, base, target, query)
    return Answer(redirect.status, found.path, headers=style.headers)


def _location(to: str, caught: Mapping[str, str], query: str) -> str:
    """Where a rule leads, with the query that was asked for unless it has its own. Never to another host unsaid."""
    address, mark, anchor = quote(filled(to, caught, escaped), safe=_ADDRESS).partition("#")
    if address.startswith("/"):
        address = "/" + address.lstrip("/")
    if query and "?" not in address:
        address += f"?{query}"
    return address + mark + anchor


def _missing(style: Style, files: Container[str], path: str) -> Answer:
    """The page for what is not there: the nearest one upwards, where the host looks for it."""
    folder = path.rpartition("/")[0] if style.nearest else ""
    while f"{folder}/404.html" not in files:
        if not folder:
            first = style.nearest and "/index.html" in files
            return Answer(200, "/index.html", headers=style.headers) if first else Answer(404, headers=style.headers)
        folder = folder.rpartition("/")[0]
    return Answer(404, f"{folder}/404.html", headers=style.headers)


def _without_cache(style: Style) -> dict[str, str]:
    return {name: value for name, value in style.headers.items() if name != "cache-control"}
