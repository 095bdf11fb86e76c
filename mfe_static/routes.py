"""URLs, refs and output paths: pure rules on strings.

Inside the tool a URL is the decoded path from the site's root, in NFC, with a trailing `/` for pages:
`/docs/größe/`. Percent-encoding and the path of `base_url` are added at the very end, by `emitted`.
The rules for names are DESIGN's (documentation, "URLs and links"); percent-encoding is RFC 3986 §2 and §3.3.
"""

import re
import unicodedata
from html import escape
from urllib.parse import parse_qsl, quote, unquote

import msgspec

from mfe_static.patterns import compiled

TEAM_FOLDERS = ("pages", "fragments", "layouts", "data", "assets", "public")
"""What is read of a team's folder."""
PAGE_SUFFIXES = (".md", ".html")
RESERVED_PREFIX = "/_mfe/"
SCHEMES = frozenset("http https mailto tel sms data blob file javascript vbscript about ws wss ftp".split())
UNSAFE = compiled(r"(?:javascript|vbscript):|data:text/html", re.IGNORECASE)
TEAM_NAME = compiled(r"[a-z][a-z0-9-]*")
RESERVED_TEAM_NAMES = frozenset({"theme", "site", "mfe"}) | SCHEMES

_WORD = compiled(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BLANKS = compiled(r"\s+")
_IGNORED_IN_URLS = compiled(r"[\x00-\x20\x7f-\x9f]")
_LONGEST_TAG = 200
"""Bytes of a tag that count: a segment may have 255."""
_AS_IT_IS = compiled(r"[A-Za-z0-9/!$&'()*+,;=:@~._-]*").fullmatch
_BARE = compiled(r"[A-Za-z0-9/!$()*+,;=:@~._-]*").fullmatch
"""The same without what HTML escapes."""
_NORMAL = compiled(r"[a-z0-9_/-]*").fullmatch
"""What `normal_segment` leaves as it is, in each segment."""
_HARMLESS = compiled(r"/(?:[A-Za-z0-9_-]{1,255}/)*").fullmatch
_BAD_IN_SEGMENT = compiled(r"[\x00-\x1f\x7f\\#?%]")


class Ref(msgspec.Struct, frozen=True):
    """A link by name: `team:name#anchor?param=value`."""

    team: str
    """Empty: the team that wrote it."""
    name: str
    anchor: str
    params: tuple[tuple[str, str], ...]


class Target(msgspec.Struct, frozen=True):
    """A URL as written in content, taken apart and percent-decoded."""

    path: str
    query: str
    anchor: str | None
    """None: the URL has no `#`."""


def normal_segment(name: str) -> str:
    """One file name as one URL segment: NFC, lower case, blanks to `-`."""
    if _NORMAL(name):  # as most are
        return name
    return _BLANKS.sub("-", unicodedata.normalize("NFC", name).strip()).lower()


def is_page(path: str) -> bool:
    """Whether a file of a team's folder makes pages."""
    return path.startswith("pages/") and path.lower().endswith(PAGE_SUFFIXES)


def page_path(source: str) -> str:
    """The URL path, relative to the team's prefix, of the page `pages/<source>`: `Guide/Start.md` → `guide/start/`."""
    path = source.rpartition(".")[0]
    if not _NORMAL(path):
        path = "/".join([normal_segment(part) for part in path.split("/")])
    return path[:-5] if path[-6:] in {"index", "/index"} else path + "/"


def tag_segment(tag: str) -> str:
    """A tag as one URL segment: `C++` → `c-plus-plus`, `C#` → `c-sharp`, `Größe & Form` → `größe-form`."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", tag).strip().lower())
    spelt = re.sub(r"^\.(?=\w)", "dot ", text).replace("+", " plus ").replace("#", " sharp ")
    # Vowel signs and the like belong to the letter before them, and tell words apart.
    kept = "".join([each if each in "._" or unicodedata.category(each)[0] in "LNM" else " " for each in spelt])
    words = "-".join(kept.split()).strip(".") or "-".join(f"u{ord(character):x}" for character in text)
    return words.encode()[:_LONGEST_TAG].decode(errors="ignore").strip("-.")


def page_name(source: str) -> str:
    """What refs call the page `pages/<source>`: `guide/start`; a folder's index is the folder, the root `index`."""
    stem = unicodedata.normalize("NFC", source.rpartition(".")[0])
    end = stem[-6:].lower()
    return "index" if end == "index" else stem[:-6] if end == "/index" else stem


def resource_path(source: str) -> str:
    """The URL path, relative to the team's prefix, of the page resource `pages/<source>`."""
    return "/".join(normal_segment(part) for part in source.split("/"))


def output_path(url: str) -> str:
    """The file under the output folder that answers for `url`: `/a/` → `a/index.html`, `/x.png` → `x.png`."""
    path = url[1:] if url[:1] == "/" else url
    return path + "index.html" if path[-1:] in {"", "/"} else path


def covers(route: str, url: str) -> bool:
    """Whether a client route such as `/order/:id/` answers for a URL, on any host: with and without the last slash."""
    parts, asked = route.strip("/").split("/"), url.strip("/").split("/")
    return len(parts) == len(asked) and begins(route, url)


def begins(route: str, prefix: str) -> bool:
    """Whether a client route answers for something below a prefix, or for what stands there."""
    parts, above = route.strip("/").split("/"), prefix.strip("/").split("/")
    return len(parts) >= len(above) and all(
        bool(other) if part.startswith(":") else claim_key(part) == claim_key(other)
        for part, other in zip(parts, above, strict=False)
    )


def feed_urls(url: str) -> tuple[str, str]:
    """The feeds of the page at `url`: Atom and JSON."""
    return f"{url}feed.xml", f"{url}feed.json"


def claim_key(url: str) -> str:
    """What two URLs have in common that no static host can tell apart: case and Unicode form."""
    return url.lower() if url.isascii() else unicodedata.normalize("NFC", url).lower()


def harmless(url: str) -> bool:
    """Whether each segment of a page's URL can be one, on every host; said of most, and told at once."""
    return _HARMLESS(url) is not None


def bad_segment(segment: str) -> str:
    """Why `segment` cannot be part of a URL path, or nothing."""
    if segment in {"", ".", ".."}:
        return f'"{segment}" is not a segment'
    if found := _BAD_IN_SEGMENT.search(segment):
        return f"{found[0]!r} has no place in a URL path"
    if segment[-1] in ". " or segment[0] == " ":
        return "it begins or ends with a blank, or ends with a dot"
    return ""


def scheme(value: str) -> str:
    """The lower-case word before the first `:`, if any; browsers ignore control characters there, so do we."""
    if ":" not in value:
        return ""
    found = _WORD.match(value) or _WORD.match(_IGNORED_IN_URLS.sub("", value))
    return found[1].lower() if found else ""


def unsafe(value: str) -> bool:
    """Whether following `value` would run code."""
    return UNSAFE.match(_IGNORED_IN_URLS.sub("", value)) is not None


def parse_ref(value: str) -> Ref:
    """Take a ref apart; the anchor may stand before or after the params."""
    team, _, rest = value.partition(":")
    name, anchor, query = rest, "", ""
    if "?" in name:
        name, _, query = name.partition("?")
    if "#" in query:
        query, _, anchor = query.partition("#")
    if "#" in name:
        name, _, anchor = name.partition("#")
    params = tuple(parse_qsl(query, keep_blank_values=True)) if query else ()
    return Ref(team, unquote(name).strip("/") or "index", unquote(anchor), params)


def parse_target(value: str) -> Target:
    """Take a URL of this site apart."""
    rest, mark, anchor = value.partition("#")
    path, _, query = rest.partition("?")
    if "%" in path or not path.isascii():
        path = unicodedata.normalize("NFC", unquote(path))
    return Target(path, query, unquote(anchor) if mark else None)


def joined(folder: str, relative: str) -> str | None:
    """Resolve `relative` against `folder` (both without leading `/`); None when it leads out at the top."""
    parts = [part for part in folder.split("/") if part]
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts) + ("/" if parts and relative.endswith(("/", "/.", "/..")) else "")


def emitted(base_path: str, url: str, query: str = "", anchor: str | None = None) -> str:
    """The URL as it stands in an attribute or header: with the path of `base_url` and percent-encoded."""
    out = base_path + (url if _AS_IT_IS(url) else quote(url, safe="/!$&'()*+,;=:@~-._"))
    if query:
        out += "?" + query
    if anchor is not None:
        out += "#" + (anchor if _AS_IT_IS(anchor) else quote(anchor, safe="!$&'()*+,;=:@~-._/?"))
    return out


def quoted(base_path: str, url: str, query: str = "", anchor: str | None = None) -> str:
    """The same as it stands in HTML, between quotation marks."""
    plain = base_path + url
    if not query and anchor is None and _BARE(plain):  # as most are
        return plain
    return escape(emitted(base_path, url, query, anchor))


def longest_prefix(prefixes: dict[str, str], url: str) -> str:
    """The key of `prefixes` (path prefix by team) whose prefix is the longest one of `url`, or an empty string."""
    best, owner = -1, ""
    for team, prefix in prefixes.items():
        if prefix and url.startswith(prefix) and len(prefix) > best:
            best, owner = len(prefix), team
    return owner
