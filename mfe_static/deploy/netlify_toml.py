"""`netlify.toml` as a deployment needs it: all rules of a site in one file.

Netlify's command line reads `_redirects` and `_headers`, puts the rules of the repository's own `netlify.toml` after
them, and uploads the whole as `netlify.toml`; only that file is read in a deployment by digests. So do we. Of
redirects the first that fits counts; of two headers of one name the last, so the repository has the last word there.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mfe_static.deploy.compile.texts import below_root
from mfe_static.deploy.host import Headers, Redirect, Release
from mfe_static.problems import Problem, problem

FILE = "netlify.toml"
_Table = Mapping[str, Any]
_NOT_OURS = ("functions", "edge_functions", "plugins")
"""Tables that mean programs, which a deployment of files does not bring."""
_TARGET = re.compile(r"/(?![/\\])|https?://", re.IGNORECASE)


def netlify_toml(release: Release, repository: Path) -> bytes | list[Problem]:
    """The file's content, or what is wrong with the repository's own, where there is one."""
    own: _Table = {}
    if repository.is_file():
        try:
            own = tomllib.loads(repository.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            return [problem("bad-toml", f"it cannot be read: {error}", file=FILE)]
    if problems := list(_problems(own)):
        return problems
    redirects = [
        *(_redirect(below_root(rule, release)) for rule in release.rules.redirects),
        *map(_explicit, own.get("redirects", ())),
    ]
    headers = [*map(_headers, release.rules.headers), *own.get("headers", ())]
    parts = ["# Made by mfe-static: what the site says of redirects and headers, and what netlify.toml adds.\n"]
    parts.append("[build.processing]\nskip_processing = true\n")  # a rewritten file would not match its hash
    parts += [f"[[redirects]]\n{_lines(table)}" for table in redirects]
    parts += [f"[[headers]]\n{_lines(table)}" for table in headers]
    return "\n".join(parts).encode()


def _problems(own: _Table) -> Iterator[Problem]:
    for name in _NOT_OURS:
        if own.get(name):
            said = f"[{name}] is for programs, and only files are deployed here"
            yield problem("host-cannot", said, file=FILE, hint="let Netlify build the site, or take the table out")
    for kind, wanted in (("redirects", ("from", "to")), ("headers", ("for", "values"))):
        tables = own.get(kind, [])
        for table in tables if isinstance(tables, list) else [None]:
            if why := _wrong(table, kind, wanted):
                yield problem("bad-rule", f"hosts cannot be told an entry of [[{kind}]]: {why}", file=FILE)


def _wrong(table: Any, kind: str, wanted: tuple[str, str]) -> str:
    """Why Netlify would not take the entry, or not as it is meant."""
    if not isinstance(table, dict):
        return "it is no table"
    start, then = (table.get(key) for key in wanted)
    if not isinstance(start, str) or not re.match(r"/|https?://", start):
        return f'"{wanted[0]}" is a path that begins with /'
    if kind == "headers":
        return "" if isinstance(then, dict) and then else '"values" is a table of headers'
    if not isinstance(then, str) or not _TARGET.match(then):
        return f'"to" of {start} is a path that begins with /, or an address with https://'
    return "" if isinstance(table.get("status", 301), int) else f'"status" of {start} is a number'


def _redirect(rule: Redirect) -> _Table:
    query = {"query": dict(rule.query)} if rule.query else {}
    return {"from": rule.start, "to": rule.to, "status": rule.status, "force": False, **query}


def _explicit(table: _Table) -> _Table:
    return {**table, "status": table.get("status", 301), "force": table.get("force", False)}


def _headers(headers: Headers) -> _Table:
    return {"for": headers.path, "values": dict(headers.values)}


def _lines(table: _Table) -> str:
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in table.items())


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)


def _value(value: Any) -> str:
    """In TOML, on one line; its strings are those of JSON."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else str(value)
