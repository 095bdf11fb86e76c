"""Paths of rules: splats and placeholders, as Netlify and Cloudflare match them.

Both hosts compare percent-encoded paths; here both sides are decoded, so that `/größe` and `/gr%C3%B6%C3%9Fe` are one
path, and what a pattern catches is encoded again where it goes into an address.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import unquote

NAME = re.compile(r":([A-Za-z]\w*)", re.ASCII)
_CLOUDFLARE_PARTS = re.compile(r"(\*)|:([A-Za-z]\w*)", re.ASCII)


class Pattern(NamedTuple):
    """A path with wildcards."""

    regex: re.Pattern[str]
    names: tuple[str, ...]
    """Of its groups, in order; the first of several with one name counts."""

    def match(self, path: str) -> dict[str, str] | None:
        """What each name catches in a decoded path; None when it does not fit."""
        found = self.regex.fullmatch(path)
        if found is None:
            return None
        return dict(zip(reversed(self.names), reversed([value or "" for value in found.groups()]), strict=True))


def plain(path: str) -> bool:
    """Whether a rule's path has no wildcards."""
    return "*" not in path and "/:" not in path and not NAME.search(path)


def netlify(path: str) -> Pattern:
    """By segments: `:name` is one, `*` all from there on, or a part of one; a slash at the end makes no difference."""
    parts, names = [], []
    for segment in unquote(path).split("/"):
        if segment.startswith(":"):
            parts.append("/([^/]+)")
            names.append(segment[1:])
        elif segment == "*":
            parts.append("(?:/(.*))?")
            names.append("splat")
        elif segment:
            literals = segment.split("*")
            parts.append("/" + "(.*)".join(map(re.escape, literals)))
            names += ["splat"] * (len(literals) - 1)
    return Pattern(re.compile("".join(parts) + "/?", re.DOTALL), tuple(names))


def cloudflare(path: str) -> Pattern | None:
    """By characters, to the end: one `*`, and `:name` up to the next slash. None: a name stands twice, so nothing fits.

    As pages-shared/asset-server/rulesEngine.ts of Cloudflare's workers-sdk has it.
    """
    text, parts, names, end = unquote(path), [], [], 0
    for found in _CLOUDFLARE_PARTS.finditer(text):
        parts += [re.escape(text[end : found.start()]), "(.*)" if found[1] else "([^/]+)"]
        names.append(found[2] or "splat")
        end = found.end()
    if len(set(names)) < len(names):
        return None
    return Pattern(re.compile("".join(parts) + re.escape(text[end:]), re.DOTALL), tuple(names))


def filled(template: str, values: Mapping[str, str], encode: Callable[[str], str] = str) -> str:
    """`template` with what its names caught; a name that caught nothing stays as it is."""
    return NAME.sub(lambda name: encode(values[name[1]]) if name[1] in values else name[0], template)
