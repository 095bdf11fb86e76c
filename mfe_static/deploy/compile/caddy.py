"""Caddy: a file to be imported into a site's block (its documentation: Caddyfile, matchers, placeholders).

`root` is the site's own: with it, the address `/shop/x` is the file `ROOT/shop/x`. `file_server` knows folders and
what is compressed beside a file; rules count where there is no file. Values are quoted, and one in which Caddy would
look for a placeholder is refused, so nothing that a site says is a directive.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote

from mfe_static.deploy.compile.texts import with_query
from mfe_static.deploy.compile.wild import address, answering_file, filled_in, looked_up, sent, types_of
from mfe_static.deploy.host import Redirect, Release
from mfe_static.deploy.rules import REVALIDATE, base_of, cannot, pattern_of
from mfe_static.problems import Problem
from mfe_static.serve.patterns import plain
from mfe_static.serve.view import HEADERS, REDIRECTS

FILE = "site.caddy"
_QUERY = "{mfe_query}"
_PLACEHOLDER = re.compile(r"\{[$A-Za-z_]")
"""What Caddy would replace; braces around anything else, such as JSON, it leaves as they are."""


def caddy(release: Release) -> Mapping[str, str] | Sequence[Problem]:
    """The file."""
    if problems := [*with_query("Caddy", release.rules.redirects), *_refused(release)]:
        return problems
    base = unquote(base_of(release))
    lines = ["# Made by mfe-static, to be imported into a site's block, which has the root."]
    lines += _block(f"route {_quoted(f'{base}/*')}", [*_headers(release, base), *_rules(release, base), *_served(base)])
    lines += _missing(base) if "404.html" in release.items else []
    return {FILE: "\n".join([*lines, ""])}


def _refused(release: Release) -> Iterator[Problem]:
    for rule in release.rules.redirects:
        start = unquote(rule.start)
        if ("`" in start and "\\" in start) or "{$" in start:
            yield cannot("Caddy", rule, "it has no quotation marks for its path")
    for under in release.rules.headers:
        for name, value in under.values:
            if _PLACEHOLDER.search(value):
                yield cannot("Caddy", under, f"it would put something of its own into {name}")
            elif ("`" in value and "\\" in value) or value in {"{", "}"}:
                yield cannot("Caddy", under, f"it has no quotation marks for the value of {name}")


def _headers(release: Release, base: str) -> Iterator[str]:
    """What is sent; what is said later counts."""
    yield f"header Cache-Control {_quoted(REVALIDATE)}"
    for number, (kind, ends) in enumerate(types_of(release.items).items()):
        yield f"@mfe_type{number} path {' '.join(f'*.{end}' for end in ends)}"
        yield f"header @mfe_type{number} Content-Type {_quoted(kind)}"
    for number, under in enumerate(release.rules.headers):
        to = ""
        if under.path != "/*":
            to = f"@mfe_headers{number} "
            yield f"{to}path_regexp {_regex(f'(?s)^{re.escape(base)}{pattern_of(under.path).regex.pattern}$')}"
        for name, value in under.values:
            yield f"header {to}{name} {_raw(value)}"


def _rules(release: Release, base: str) -> Iterator[str]:
    """Who leaves out the slash of a folder is sent to it, with the query; where there is no file, rules count."""
    rules = release.rules.redirects
    moved = [rule for rule in rules if plain(rule.start) and rule.status != 200]
    others = [rule for rule in rules if rule not in moved]
    yield from _block("map {query} {mfe_query}", ['"" ""', 'default "?{query}"'])
    asked = _regex(r"^/+([^?\\]*[^/?\\])(?:\?|$)")
    yield from _block("@mfe_folder", ["file {path}/index.html", f"vars_regexp mfe_folder {{uri}} {asked}"])
    yield "redir @mfe_folder /{re.mfe_folder.1}/{mfe_query} 301"
    if not rules:
        return
    if moved:
        rows = [row for rule in moved for row in _moved(rule, base)]
        yield from _block("map {path} {mfe_status} {mfe_to}", [*rows, 'default "" ""'])
    yield "@mfe_missing not file {path} {path}/index.html"
    inside = ['@mfe_moved expression `{mfe_to} != ""`', "redir @mfe_moved {mfe_to} {mfe_status}"] if moved else []
    for number, rule in enumerate(others):
        inside += _wild(rule, f"mfe_rule{number}", release, base)
    yield from _block("route @mfe_missing", inside)


def _moved(rule: Redirect, base: str) -> Iterator[str]:
    to = _raw(address(rule, None, str, _QUERY))
    bare = base + unquote(rule.start).rstrip("/")
    for start in (bare, f"{bare}/") if bare else ("/",):
        yield f"{_quoted(start)} {rule.status} {to}"


def _wild(rule: Redirect, name: str, release: Release, base: str) -> Iterator[str]:
    def group(number: int) -> str:
        return f"{{re.{name}.{number}}}"

    if rule.status == 200:
        wild = looked_up(rule.start, base)
        yield f"@{name} path_regexp {name} {_regex('(?is)' + wild.regex)}"
        file = _quoted(answering_file(rule, release, base))
        yield f"rewrite @{name} {filled_in(file, wild, group)}"
    else:
        wild = sent(rule.start, base_of(release))
        yield f"@{name} vars_regexp {name} {{uri}} {_regex('(?i)' + wild.regex)}"
        yield f"redir @{name} {_raw(address(rule, wild, group, _QUERY))} {rule.status}"


def _served(base: str) -> list[str]:
    hidden = f"@mfe_hidden path {_quoted(f'{base}/{HEADERS}')} {_quoted(f'{base}/{REDIRECTS}')}"
    return [hidden, "error @mfe_hidden 404", *_block("file_server", ["precompressed br zstd gzip", "index index.html"])]


def _missing(base: str) -> list[str]:
    """The page for what is not there; of it no cache keeps anything."""
    inside = [
        f"@mfe_404 expression `{{http.error.status_code}} == 404 && path({_string(f'{base}/*')})`",
        "header @mfe_404 -Cache-Control",
        'header @mfe_404 Content-Type "text/html; charset=utf-8"',
        f"rewrite @mfe_404 {_quoted(f'{base}/404.html')}",
        "file_server @mfe_404",
    ]
    return _block("handle_errors", inside)


def _block(head: str, lines: Iterable[str]) -> list[str]:
    return [f"{head} {{", *(f"\t{line}" for line in lines), "}"]


def _string(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _raw(text: str) -> str:
    """A word with placeholders of ours. Between backticks nothing is escaped; between quotation marks only those."""
    if "`" not in text:
        return f"`{text}`"
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def _regex(text: str) -> str:
    """An expression; a brace would begin a placeholder."""
    return _raw(text.replace("\\{", "\\x7b"))


def _quoted(text: str) -> str:
    """A word that Caddy would look for placeholders in."""
    return _raw(text.replace("{", "\\{"))
