"""`_redirects`: lines of a path, a target and a status, as Netlify and Cloudflare read them.

Sources: @netlify/redirect-parser and netlify-redirector of Netlify's tools; workers-shared/utils/configuration of
Cloudflare's workers-sdk.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from mfe_static.serve.lines import Dialect, Ignored, Line, lines
from mfe_static.serve.patterns import Pattern, cloudflare, netlify, plain

MOVES = frozenset({301, 302, 303, 307, 308})
"""Statuses that send a browser elsewhere; with all others, the target's file is the answer."""
_NETLIFY_STATUSES = frozenset(status.value for status in HTTPStatus if status >= 200) - {204, 205, 206, 300, 304, 305}
_CLOUDFLARE_STATUSES = MOVES | {200}
_CLOUDFLARE_LINE, _CLOUDFLARE_PLAIN, _CLOUDFLARE_WILD = 2000, 2000, 100
_ORIGIN = re.compile(r"https?://[^/?#]+", re.IGNORECASE)


class Redirect(NamedTuple):
    """A line of the file."""

    line: int
    start: str
    """A decoded path."""
    pattern: Pattern | None
    """None: `start` is compared as it is."""
    to: str
    status: int
    force: bool = False
    """Whether it wins over a file, where files win."""
    query: tuple[tuple[str, str], ...] = ()
    """What the query must hold; a value `:name` is caught."""

    def match(self, path: str, query: Mapping[str, str]) -> dict[str, str] | None:
        """What the names in it caught; None when another path or query is meant."""
        values = self.pattern.match(path) if self.pattern else {}
        if values is None:
            return None
        for key, wanted in self.query:
            if key not in query:
                return None
            if wanted.startswith(":"):
                values[wanted[1:]] = query[key]
            elif wanted != query[key]:
                return None
        return values


class Redirects:
    """All lines, of which the first that fits counts. Those without wildcards are looked up, as there may be many."""

    def __init__(self, rules: Iterable[Redirect] = (), *, slashes: bool = True) -> None:
        """`slashes`: whether a slash at the end of a path makes a difference."""
        self._slashes = slashes
        self._plain: dict[str, Redirect] = {}
        self._wild: list[Redirect] = []
        for rule in rules:
            if rule.pattern:
                self._wild.append(rule)
            else:
                self._plain.setdefault(self._key(rule.start), rule)

    def first(self, path: str, query: str) -> tuple[Redirect, dict[str, str]] | None:
        """The rule for a decoded path, and what its names caught."""
        best = self._plain.get(self._key(path))
        given = dict(reversed(parse_qsl(query, keep_blank_values=True))) if self._wild else {}
        for rule in self._wild:
            if best and best.line < rule.line:
                break
            if (values := rule.match(path, given)) is not None:
                return rule, values
        return (best, {}) if best else None

    def _key(self, path: str) -> str:
        return path if self._slashes else path.rstrip("/")


def read_redirects(text: str, dialect: Dialect) -> tuple[Redirects, list[Ignored]]:
    """The rules in the file's text, and the lines that are none."""
    rules, ignored = listed_redirects(text, dialect)
    return Redirects(rules, slashes=dialect != "netlify"), ignored


def listed_redirects(text: str, dialect: Dialect) -> tuple[list[Redirect], list[Ignored]]:
    """The same, with the rules in the order of the file."""
    found = list((_netlify if dialect == "netlify" else _cloudflare)(lines(text)))
    rules = [rule for rule in found if isinstance(rule, Redirect)]
    return rules, [line for line in found if isinstance(line, Ignored)]


def _netlify(found: Iterable[Line]) -> Iterator[Redirect | Ignored]:
    for line in found:
        rule = _netlify_rule(line)
        yield Ignored(line, rule) if isinstance(rule, str) else rule


def _netlify_rule(line: Line) -> Redirect | str:
    start, *words = _without_comment(line.text.split(), 1)
    if not start.startswith("/"):
        return "it is for another host" if _ORIGIN.match(start) else "a path begins with /"
    if start.startswith("/.netlify"):
        return "paths under /.netlify belong to the host"
    if start.endswith("/*") and words and re.fullmatch(r"2\d\d!?", words[0]):  # short for: what is asked for
        words.insert(0, start.removesuffix("*") + ":splat")
    at = next((at for at, word in enumerate(words) if word.startswith("/") or _ORIGIN.match(word)), None)
    if at is None:
        return "a target begins with /, http:// or https://"
    to, status, *conditions = (*words[at:], "301") if at == len(words) - 1 else words[at:]
    if not re.fullmatch(r"\d{3}!?", status) or int(status[:3]) not in _NETLIFY_STATUSES:
        return f'"{status}" is not the status of an answer'
    if conditions:
        return "conditions such as Country and Language cannot be tried here"
    if why := _wrong_target(to, int(status[:3])):
        return why
    query = tuple((key, value) for key, _, value in (word.partition("=") for word in words[:at]))
    pattern = None if plain(start) and not query else netlify(start)
    return Redirect(line.number, unquote(start), pattern, to, int(status[:3]), status.endswith("!"), query)


def _cloudflare(found: Iterable[Line]) -> Iterator[Redirect | Ignored]:
    """Cloudflare takes so many plain rules, and so many from the first with a wildcard on."""
    known: set[str] = set()
    wild, left = False, _CLOUDFLARE_PLAIN
    for line in found:
        rule = _cloudflare_rule(line)
        if isinstance(rule, Redirect):
            if rule.pattern and not wild:
                wild, left = True, _CLOUDFLARE_WILD
            if rule.start in known:
                rule = "an earlier line begins at the same path"
            elif not left:
                rule = f"the host takes {_CLOUDFLARE_PLAIN} rules, and {_CLOUDFLARE_WILD} from the first wildcard on"
            else:
                known.add(rule.start)
                left -= 1
        yield Ignored(line, rule) if isinstance(rule, str) else rule


def _cloudflare_rule(line: Line) -> Redirect | str:
    if len(line.text) > _CLOUDFLARE_LINE:
        return f"it is longer than {_CLOUDFLARE_LINE} characters"
    words = _without_comment(line.text.split(), 2)
    if not 2 <= len(words) <= 3:
        return "the host wants a path, a target and perhaps a status, and nothing else"
    start, to, status = (*words, "302")[:3]
    if _ORIGIN.match(start):
        return "it begins at another host"
    if not status.isdecimal() or int(status) not in _CLOUDFLARE_STATUSES:
        return f'the host knows the statuses 200, 301, 302, 303, 307 and 308, not "{status}"'
    if to.lower().startswith("http:"):
        return "a target at another host begins with https://"
    if why := _wrong_target(to, int(status)):
        return why
    start = unquote(urlsplit("/" + start.lstrip("/")).path)
    if to.startswith("/") and re.search(r"/\*?$", start) and re.search(r"/index(\.html)?$", to):
        return "it would lead in a circle, as the host takes index.html out of addresses"
    pattern = None if plain(start) else cloudflare(start)
    if pattern is None and not plain(start):
        return "a wildcard's name stands in it twice"
    return Redirect(line.number, start, pattern, to, int(status))


def _without_comment(words: list[str], first: int) -> list[str]:
    return words[: next((at for at, word in enumerate(words) if at >= first and word.startswith("#")), len(words))]


def _wrong_target(to: str, status: int) -> str:
    """Why nothing can lead to `to`: at the host, or here."""
    if to.startswith(("//", "/\\")):
        return "its target is another host without saying so; write https://"
    origin = _ORIGIN.match(to)
    if origin and status not in MOVES:
        return "answers of other hosts are not fetched here"
    if origin and re.search(r":[A-Za-z]", origin[0].partition("://")[2]):
        return "with a wildcard in the name of a host, a visitor could lead others anywhere"
    return "" if origin or to.startswith("/") else "a target begins with /, http:// or https://"
