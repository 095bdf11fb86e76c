"""`_headers`: paths, and under each the headers of its answers, as Netlify and Cloudflare read them.

Sources: @netlify/headers-parser of Netlify's tools; workers-shared/utils/configuration and the handler of pages-shared
in Cloudflare's workers-sdk.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from mfe_static.serve.lines import Dialect, Ignored, Line, lines
from mfe_static.serve.paths import escaped
from mfe_static.serve.patterns import Pattern, cloudflare, filled, netlify

_CLOUDFLARE_PATHS = 100
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]+")
_OURS = frozenset(
    "accept-ranges age allow alt-svc connection content-encoding content-length content-range date etag keep-alive "
    "location server set-cookie te trailer transfer-encoding upgrade".split()
)
"""Headers that say how an answer was sent, which no file can know: Netlify's list, and the rest of the kind."""


class Block(NamedTuple):
    """A path of the file, and the lines under it."""

    path: Line | None
    """None for lines above the first path."""
    under: list[Line]


class HeaderRule(NamedTuple):
    """A path of the file, and what stands under it."""

    pattern: Pattern
    values: Mapping[str, str]
    """By name, in lower case."""
    dropped: tuple[str, ...] = ()
    """Names that an answer then does not have (Cloudflare: `! Name`)."""


def read_headers(text: str, dialect: Dialect) -> tuple[list[HeaderRule], list[Ignored]]:
    """The rules in the file's text, and the lines that are none."""
    rules: list[HeaderRule] = []
    ignored: list[Ignored] = []
    for path, under in blocks(text):
        pattern = _pattern(path, dialect, len(rules)) if path else "it stands under no path"
        if isinstance(pattern, Pattern):
            rules.append(_rule(pattern, under, dialect, ignored))
        else:
            ignored += [Ignored(line, pattern) for line in ((path,) if path else under)]
    return rules, ignored


def blocks(text: str) -> list[Block]:
    """The file's text, cut at its paths."""
    found = [Block(None, [])]
    for line in lines(text):
        if re.match(r"/|[^\s:]+://", line.text):
            found.append(Block(line, []))
        else:
            found[-1].under.append(line)
    return found


def _pattern(path: Line, dialect: Dialect, before: int) -> Pattern | str:
    if not path.text.startswith("/"):
        return "it is for another host"
    if dialect == "netlify":
        wild = netlify(path.text)
        return wild._replace(regex=re.compile(wild.regex.pattern, wild.regex.flags | re.IGNORECASE))
    if before >= _CLOUDFLARE_PATHS:
        return f"the host takes {_CLOUDFLARE_PATHS} paths"
    return cloudflare(path.text) or "a wildcard's name stands in it twice"


def _rule(pattern: Pattern, under: Iterable[Line], dialect: Dialect, ignored: list[Ignored]) -> HeaderRule:
    values: dict[str, str] = {}
    dropped: list[str] = []
    for line in under:
        name, colon, value = line.text.partition(":")
        name, value = name.strip().lower(), value.strip()
        if dialect == "cloudflare" and name.startswith("!") and not colon:
            dropped.append(name[1:].strip())
        elif why := wrong(name, value) or _not_here(name):
            ignored.append(Ignored(line, why))
        else:
            values[name] = f"{values[name]}, {value}" if name in values else value
    return HeaderRule(pattern, values, tuple(dropped))


def wrong(name: str, value: str) -> str:
    """Why no answer can have this header. `name` is in lower case."""
    if not _TOKEN.fullmatch(name) or not value:
        return "a header is a name, a colon and a value"
    if not _VALUE.fullmatch(value):
        return "its value holds a character that no header can"
    if name in _OURS:
        return f"{name} is for the server to say"
    return ""


def _not_here(name: str) -> str:
    """Why none of our answers has it, although a host's may."""
    return "here, no page of another origin is let in; the host will send it" if name[:15] == "access-control-" else ""


def with_rules(
    headers: Mapping[str, str], rules: Sequence[HeaderRule], path: str, dialect: Dialect | None
) -> dict[str, str]:
    """The headers of an answer for a decoded path, changed as the rules say. What they set replaces what was there.

    A name that several rules set: Netlify takes the last, Cloudflare joins them, and puts in what wildcards caught.
    """
    out, said = dict(headers), set()
    for rule in rules:
        caught = rule.pattern.match(path)
        if caught is None:
            continue
        for name in rule.dropped:
            out.pop(name, None)
        for name, text in rule.values.items():
            value = filled(text, caught, escaped) if dialect == "cloudflare" else text
            joined = dialect == "cloudflare" and name in said and name in out
            out[name] = f"{out[name]}, {value}" if joined else value
            said.add(name)
    return {name: value for name, value in out.items() if _VALUE.fullmatch(value)}
