"""nginx: two files, one for `http { … }` and one for `server { … }` (its documentation: core, map, rewrite, headers).

`root` is the server's own: with it, the address `/shop/x` is the file `ROOT/shop/x`. Files come first, then rules.
What depends on a path is a `map`, because a location that sets one header loses those of the server. `return`, `set`
and `rewrite` are what `if` does safely. Values are quoted, `$` among them, so nothing that a site says is a directive.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote

from mfe_static.deploy.compile.texts import with_query
from mfe_static.deploy.compile.wild import address, answering_file, filled_in, looked_up, sent, types_of
from mfe_static.deploy.host import Headers, Redirect, Release
from mfe_static.deploy.rules import REVALIDATE, base_of, cannot, pattern_of
from mfe_static.digests import digest
from mfe_static.problems import Problem
from mfe_static.serve.patterns import plain
from mfe_static.serve.view import HEADERS, REDIRECTS

HTTP, SERVER = "nginx-http.conf", "nginx-server.conf"
_WORD = 4_000
"""Bytes of one word that nginx reads."""
_GROUPS = 9


def nginx(release: Release) -> Mapping[str, str] | Sequence[Problem]:
    """The two files."""
    rules, name, base = release.rules, f"mfe_{digest(release.base_url)[:6]}", unquote(base_of(release))
    if problems := [*with_query("nginx", rules.redirects), *_refused(release)]:
        return problems
    maps, said = _headers(rules.headers, name, base)
    moved = [rule for rule in rules.redirects if plain(rule.start) and rule.status != 200]
    others = [rule for rule in rules.redirects if rule not in moved]
    shared = [*_files(release, name, base), *said]
    lines = [
        f"set ${name}_path $uri;",
        "absolute_redirect off;",
        *([] if base else shared),
        *(line for rule in moved for line in _moved(rule, base)),
    ]
    own = shared if base else []
    for file in (HEADERS, REDIRECTS):
        lines += _block(f"location = {_quoted(f'{base}/{file}')}", [*own, "return 404;"])
    lines += _block(f"location {_quoted(f'{base}/')}", [*own, f"try_files $uri @{name};"])
    folders = _quoted(f"^{re.escape(base)}(/.*)?/$")
    lines += _block(f"location ~ {folders}", [*own, f"try_files ${{uri}}index.html @{name};"])
    lines += _block(f"location @{name}", [*own, *_otherwise(others, name, base, release)])
    if any(f"${{{name}_dollar}}" in line for line in (*maps, *lines)):
        maps.insert(0, f'geo ${name}_dollar {{ default "$"; }}')
    return {
        HTTP: "\n".join(["# Made by mfe-static, to be included in http { … }.", *maps, ""]),
        SERVER: "\n".join(["# Made by mfe-static, to be included in server { … }, which has the root.", *lines, ""]),
    }


def _refused(release: Release) -> Iterator[Problem]:
    for rule in release.rules.redirects:
        if not plain(rule.start) and len(sent(rule.start).names) > _GROUPS:
            yield cannot("nginx", rule, f"it counts {_GROUPS} wildcards")
    for headers in release.rules.headers:
        if any(len(value.encode()) > _WORD for _, value in headers.values):
            yield cannot("nginx", headers, f"it reads {_WORD:,} bytes of a value")


def _files(release: Release, name: str, base: str) -> Iterator[str]:
    """How files are sent."""
    yield from ("gzip_static on;", "gzip_vary on;")
    yield "# brotli_static on;  # with ngx_brotli (Debian: libnginx-mod-http-brotli-static)"
    yield "default_type application/octet-stream;"
    yield from _block("types", [f"{_quoted(kind)} {' '.join(ends)};" for kind, ends in types_of(release.items).items()])
    if "404.html" in release.items:
        yield f"error_page 404 {_value(f'{base}/404.html', name)};"


def _headers(headers: Iterable[Headers], name: str, base: str) -> tuple[list[str], list[str]]:
    """Maps, and what is set with their help. How long a file may be kept is not said of one that is not there."""
    known: dict[str, list[tuple[str, str]]] = {"Cache-Control": [("/*", REVALIDATE)]}
    for under in headers:
        for key, value in under.values:
            if key != "Content-Type":  # that comes by a file's name; said again, it would be there twice
                known.setdefault(key, []).append((under.path, value))
    maps, said = [], []
    for number, (key, values) in enumerate(known.items()):
        last = max((at for at, (path, _) in enumerate(values) if path == "/*"), default=-1)
        everywhere, differing = values[last][1] if last >= 0 else "", values[last + 1 :]
        shown = _value(everywhere, name)
        if differing:
            rows = [f"{_fits(path, base)} {_value(value, name)};" for path, value in reversed(differing)]
            maps += _block(f"map ${name}_path ${name}_{number}", [f"default {shown};", *rows])
            shown = f"${name}_{number}"
        said.append(f"add_header {key} {shown}{'' if key == 'Cache-Control' else ' always'};")
    return maps, said


def _fits(path: str, base: str) -> str:
    """What fits a path of `_headers`, as a map has it; the first that fits counts there."""
    return _quoted(f"~(?s)^{re.escape(base)}{pattern_of(path).regex.pattern}$")


def _moved(rule: Redirect, base: str) -> Iterator[str]:
    """A redirect without wildcards, with a slash at its end and without."""
    to = _quoted(address(rule, None, str, "$is_args$args"))
    bare = base + unquote(rule.start).rstrip("/")
    for start in (bare, f"{bare}/") if bare else ("/",):
        yield f"location = {_quoted(start)} {{ return {rule.status} {to}; }}"


def _otherwise(rules: Iterable[Redirect], name: str, base: str, release: Release) -> Iterator[str]:
    """What happens where there is no file: a folder is known by its slash, then come the rules, then nothing."""
    yield f'set ${name}_folder "";'
    yield f'if (-f $document_root$uri/index.html) {{ set ${name}_folder "is"; }}'
    asked = _quoted(rf"^/+(?<{name}_at>[^?\\]*[^/?\\])(?:\?|$)")  # by name, as `set` would encode it once more
    yield f'if ($request_uri ~ {asked}) {{ set ${name}_folder "${{{name}_folder}} asked"; }}'
    yield f'if (${name}_folder = "is asked") {{ return 301 "/${name}_at/$is_args$args"; }}'
    for rule in rules:
        if rule.status == 200:
            wild = looked_up(rule.start, base)
            file = _value(answering_file(rule, release, base), name)
            to = filled_in(file, wild, "${}".format)
            yield f"rewrite {_quoted(f'(?is){wild.regex}')} {to} break;"
        else:
            wild = sent(rule.start, base_of(release))
            to = _quoted(address(rule, wild, "${}".format, "$is_args$args"))
            yield f"if ($request_uri ~* {_quoted(wild.regex)}) {{ return {rule.status} {to}; }}"
    yield "return 404;"


def _block(head: str, lines: Iterable[str]) -> list[str]:
    return [f"{head} {{", *(f"  {line}" for line in lines), "}"]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _value(text: str, name: str) -> str:
    """A word that nginx would look for variables in."""
    return _quoted(text).replace("$", f"${{{name}_dollar}}")
