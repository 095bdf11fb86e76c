"""Rules with wildcards as regular expressions, in what PCRE, RE2 and JavaScript have in common, and where they lead.

A redirect looks at the path as it was sent, so that what a wildcard catches stays percent-encoded on its way into
`Location`: a line break or a blank that was encoded cannot come out there, and `/x//evil.example` or a backslash leads
to no other host.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from mfe_static.deploy.host import Redirect, Release
from mfe_static.serve.media import media_type
from mfe_static.serve.patterns import NAME, netlify

_ADDRESS = "%/:?#[]@!&'()*+,;=~-._"
"""What of a target stands as it is. `$`, `{`, `\"` and `\\` mean something to servers, and are encoded."""


class Wild(NamedTuple):
    """An expression, and the name of each group."""

    regex: str
    names: tuple[str, ...]

    def group(self, name: str) -> int:
        """The number of the group of this name, from 1."""
        return self.names.index(name) + 1


def sent(start: str, base: str = "") -> Wild:
    """What fits the target of a request, query included, for a rule that begins at `start` below the path `base`."""
    parts, names = [re.escape(base)], []
    for segment in start.split("/"):
        if segment.startswith(":"):
            parts.append(r"/+([^/?\\]+)")
            names.append(segment[1:])
        elif segment == "*":
            parts.append(r"(?:/+([^?\\]*))?")
            names.append("splat")
        elif segment:
            parts.append("/" + re.escape(segment))
    end = "" if names[-1:] == ["splat"] else "/?"
    return Wild(f"^{''.join(parts)}{end}(?:\\?|$)", tuple(names))


def looked_up(start: str, base: str = "") -> Wild:
    """The same for a decoded path, for rewrites: what is caught is part of a file's name."""
    pattern = netlify(start)
    return Wild(f"^{re.escape(base)}{pattern.regex.pattern}$", pattern.names)


def answering_file(rule: Redirect, release: Release, base: str = "") -> str:
    """The path of the file that a rewrite answers with; names in it are still to be filled in. `base` is decoded."""
    path = unquote(urlsplit(rule.to).path).removeprefix(base).removeprefix("/")
    folder = f"{path.rstrip('/')}/index.html".removeprefix("/")
    is_folder = path not in release.items and (folder in release.items or path.endswith("/") or not path)
    return f"{base}/{folder if is_folder else path}"


def address(rule: Redirect, wild: Wild | None, group: Callable[[int], str], query: str) -> str:
    """Where a redirect leads: with what was caught, and with the query that was asked for unless it has its own.

    `group` and `query`: how the server is told to put them in."""
    to, mark, anchor = quote(rule.to, safe=_ADDRESS).partition("#")
    whole = to + ("" if "?" in to else query) + mark + anchor
    return filled_in(whole, wild, group)


def filled_in(text: str, wild: Wild | None, group: Callable[[int], str]) -> str:
    """`text` with the groups that its names mean."""
    if wild is None:
        return text
    return NAME.sub(lambda name: group(wild.group(name[1])) if name[1] in wild.names else name[0], text)


def types_of(paths: Iterable[str]) -> dict[str, list[str]]:
    """Which endings of names each media type has, among these files."""
    ends = {name.rpartition(".")[2].lower() for path in paths if "." in (name := path.rpartition("/")[2])}
    known: dict[str, list[str]] = {}
    for end in sorted(end for end in ends if re.fullmatch(r"[a-z0-9_-]+", end)):
        known.setdefault(media_type(f"x.{end}"), []).append(end)
    known.pop("application/octet-stream", None)
    return dict(sorted(known.items()))
