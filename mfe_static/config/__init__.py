"""`site.toml`, `team.toml` and `theme.toml` as settings, each value with where it came from.

A site's value is the one of the command line, else of the environment, else of the file, else the default. What is
wrong is said with its place, all at once; the value below it stays in force, so that a run can go on and find more.
"""

import os
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote, unquote, urlsplit

import msgspec

from mfe_static.config.layers import CHOICE, PREFIX, Layers, as_tables, chosen, command_line, environment, leaves
from mfe_static.config.reference import definition, keys, schema, tunable
from mfe_static.data import Parsed, parse
from mfe_static.data.keys import belongs_above, dotted, read
from mfe_static.data.places import Path as KeyPath
from mfe_static.data.places import Place
from mfe_static.files import read_text
from mfe_static.patterns import compiled
from mfe_static.policy import DIRECTIVES, refused
from mfe_static.problems import CODES, Problem, Related, did_you_mean, problem
from mfe_static.routes import RESERVED_PREFIX, RESERVED_TEAM_NAMES, TEAM_NAME, bad_segment, claim_key
from mfe_static.settings import RouteSettings, SiteSettings, TeamSecuritySettings, TeamSettings, ThemeSettings

__all__ = ["Loaded", "definition", "keys", "load_site", "load_team", "load_theme", "routes", "schema"]

T = TypeVar("T", bound=msgspec.Struct)
S = TypeVar("S", SiteSettings, TeamSettings)

_PATIENT = "linked-spa"
"""What stands for an architecture that is none: it takes whatever pages say, so nothing follows from it."""
_OWNER = compiled(r"^owner[ \t]*=[ \t]*\"([^\"\\\n]*)\"", re.MULTILINE)
"""The owner, in a file that cannot be read as TOML."""
_PATH_SAFE = "/!$&'()*+,;=:@~-._"
_HOST = compiled(r"[^\s/?#@\\%<>\"{}|^`]+")


class Loaded(NamedTuple, Generic[T]):
    """Settings, and all that is known of where they come from."""

    settings: T
    origins: dict[str, str]
    """By dotted key: `site.toml:3`, `MFE_STATIC_BASE_URL`, `--base-url` or `default`."""
    problems: list[Problem]
    shown: str
    """The file's name in problems."""
    parsed: Parsed | None
    """The file; None when it could not be read."""

    def place(self, key: str | KeyPath, *, value: bool = False) -> Place | None:
        """Where a key (dotted, or as a path) stands in the file; None when its value is not from there."""
        path = tuple(key.split(".")) if isinstance(key, str) else key
        origin = self.origins.get(dotted(path), f"{self.shown}:")
        if self.parsed is None or not origin.startswith(f"{self.shown}:"):
            return None
        return self.parsed.place(path, value=value)

    def problem(
        self, code: str, message: str, key: str | KeyPath, hint: str = "", related: tuple[Related, ...] = ()
    ) -> Problem:
        """A problem of the value of `key`: with its place, or the variable or option that it came from."""
        place = self.place(key, value=True)
        if place is None:
            origin = self.origins.get(key if isinstance(key, str) else dotted(key), "")
            if origin.startswith((PREFIX, "--")):
                return problem(code, f"{origin}: {message}", hint=hint, related=related)
            return problem(code, message, file=self.shown, hint=hint, related=related)
        line, column, length = place
        return problem(
            code, message, file=self.shown, line=line, column=column, length=length, hint=hint, related=related
        )


def load_site(
    root: Path, *, environ: Mapping[str, str], flags: Mapping[str, Any] | None = None
) -> Loaded[SiteSettings]:
    """The site in `root`. `flags` are values of the command line by dotted key; None there is not given. `environment`
    among them names one of `[environments]`."""
    path = root / "site.toml"
    if not os.path.lexists(path):
        hint = 'run in the site\'s root, pass --root, or start with "mfe-static new site"'
        missing = problem("missing-site", f"there is no site.toml in {root}", file="site.toml", hint=hint)
        return Loaded(SiteSettings(), {}, [missing], "site.toml", None)
    layers, parsed = _file(SiteSettings, path, "site.toml")
    given = dict(flags or {})
    if name := given.pop("environment", None) or environ.get(CHOICE):
        chosen(layers, name)
    environment(layers, environ)
    command_line(layers, given)
    return _checked_site(_finished(SiteSettings, layers, "site.toml", parsed))


def load_team(path: Path, shown: str) -> Loaded[TeamSettings]:
    """A team's `team.toml`."""
    layers, parsed = _file(TeamSettings, path, shown)
    if parsed is None and isinstance(text := read_text(str(path), shown), str) and (owner := _OWNER.search(text)):
        layers.table["owner"] = owner[1]  # whose the mistake is
    if parsed and "architecture" in parsed.value:
        layers.table.setdefault("architecture", _PATIENT)
    return _checked_security(_checked_levels(_finished(TeamSettings, layers, shown, parsed)))


def load_theme(path: Path, shown: str) -> Loaded[ThemeSettings]:
    """A theme's `theme.toml`."""
    layers, parsed = _file(ThemeSettings, path, shown)
    return _finished(ThemeSettings, layers, shown, parsed)


def _file(kind: type[msgspec.Struct], path: Path, shown: str) -> tuple[Layers, Parsed | None]:
    """The file's own layer, without what is wrong in it."""
    layers = Layers({}, {}, [])
    text = read_text(str(path), shown)
    parsed = text if isinstance(text, Problem) else parse(text, "toml", shown, code="bad-toml")
    if isinstance(parsed, Problem):
        layers.problems.append(parsed)
        return layers, None
    value, faults = read(kind, parsed.value)
    for fault in faults:
        line, column, length = parsed.place(fault.path, value=fault.code == "bad-value")
        layers.problems.append(
            problem(fault.code, fault.message, file=shown, line=line, column=column, length=length, hint=fault.hint)
        )
    layers.table.update(_given(parsed.value, as_tables(value), tuple(fault.path for fault in faults)))
    lines = parsed.lines()
    for leaf in leaves(layers.table):
        layers.origins[dotted(leaf)] = f"{shown}:{lines.get(leaf, 1)}"
    return layers, parsed


def _given(table: dict[str, Any], accepted: dict[str, Any], wrong: tuple[KeyPath, ...]) -> dict[str, Any]:
    """What of `table` was accepted, without the defaults that came with it."""
    out: dict[str, Any] = {}
    for key, value in table.items():
        inside = tuple(path[1:] for path in wrong if path[0] == key)
        if () in inside or key not in accepted:
            continue
        found = accepted[key]
        out[key] = _given(value, found, inside) if isinstance(value, dict) and isinstance(found, dict) else found
    return out


def _finished(kind: type[T], layers: Layers, shown: str, parsed: Parsed | None) -> Loaded[T]:
    settings, _ = read(kind, layers.table)
    defaults = {dotted(leaf): "default" for leaf in leaves(as_tables(settings))}
    return Loaded(settings, defaults | layers.origins, layers.problems, shown, parsed)


def _wrong(loaded: Loaded[S], code: str, message: str, key: KeyPath, hint: str = "") -> Problem:
    """A value that only a rule of ours refuses: of the environment it is `bad-environment`, else `code`."""
    from_environment = loaded.origins.get(dotted(key), "").startswith(PREFIX)
    return loaded.problem("bad-environment" if from_environment else code, message, key, hint)


def _checked_levels(loaded: Loaded[S]) -> Loaded[S]:
    """Leave out what `[checks]` cannot set."""
    problems, levels = list(loaded.problems), {}
    for code, level in loaded.settings.checks.items():
        key = ("checks", code)
        if code not in CODES:
            hint = did_you_mean(code, tunable()) or "`mfe-static list problems` shows all codes"
            found = _wrong(loaded, "unknown-key", f'there is no check "{code}"', key, hint)
            if found.line and (place := loaded.place(key)):
                found = msgspec.structs.replace(found, column=place.column, length=place.length)
            problems.append(found)
        elif not CODES[code].tunable:
            hint = "it concerns safety, or leaves nothing to publish"
            problems.append(_wrong(loaded, "bad-value", f'the level of "{code}" cannot be changed', key, hint))
        else:
            levels[code] = level
    return loaded._replace(settings=msgspec.structs.replace(loaded.settings, checks=levels), problems=problems)


def _checked_security(loaded: Loaded[TeamSettings]) -> Loaded[TeamSettings]:
    """Leave out what would take the policy its strength, and what is no origin."""
    problems, kept = list(loaded.problems), {}
    for kind in DIRECTIVES:
        sources: tuple[str, ...] = getattr(loaded.settings.security, kind)
        for index, source in enumerate(sources):
            if why := refused(kind, source):
                message = f'"{source[:80]}" is not let in: {why}'
                problems.append(loaded.problem("unsafe-policy", message, ("security", kind, index)))
        kept[kind] = tuple(source for source in sources if not refused(kind, source))
    security = TeamSecuritySettings(**kept)
    return loaded._replace(settings=msgspec.structs.replace(loaded.settings, security=security), problems=problems)


def _checked_site(loaded: Loaded[SiteSettings]) -> Loaded[SiteSettings]:
    loaded = _checked_levels(loaded)
    base_url, why = _base_url(loaded.settings.base_url)
    if why:
        hint = "such as https://example.org or https://example.org/shop"
        loaded.problems.append(_wrong(loaded, "bad-value", f'"base_url" {why}', ("base_url",), hint))
        base_url = SiteSettings().base_url
    return loaded._replace(settings=msgspec.structs.replace(loaded.settings, base_url=base_url))


def _base_url(value: str) -> tuple[str, str]:
    """Where the site is served, without a trailing slash, and why it cannot be."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return "", f'is not a URL: "{value}"'
    if parts.scheme not in {"http", "https"}:
        return "", f'must begin with http:// or https://, not "{value}"'
    if not parts.hostname or not _HOST.fullmatch(parts.netloc) or port == 0:
        return "", f'needs a host, and nothing else before its path: "{value}"'
    if "?" in value or "#" in value:
        return "", f'must not have a query or fragment: "{value}"'
    path = parts.path.rstrip("/")
    for segment in path.split("/")[1:]:
        if why := bad_segment(unquote(segment)):
            return "", f'has a path that cannot be, because {why}: "{value}"'
    return f"{parts.scheme}://{parts.netloc.lower()}{quote(unquote(path), safe=_PATH_SAFE)}", ""


def routes(loaded: Loaded[SiteSettings]) -> tuple[dict[str, str], list[Problem]]:
    """The route table: team → path prefix, empty for a team without pages; and what is wrong with it.

    A team whose name cannot be is left out. One whose route cannot be gets another for the time being, so that its
    pages are looked at and nothing is said of them that only follows.
    """
    out: dict[str, str] = {}
    taken: dict[str, str] = {}
    problems: list[Problem] = []
    schemes = {scheme.lower() for scheme in loaded.settings.links.schemes}
    for team, route in loaded.settings.teams.items():
        key: KeyPath = ("teams", team)
        stray = team in SiteSettings.__struct_fields__ and isinstance(route, str) and not route.startswith("/")
        if why := f'"{team}" is no team but a key of the site' if stray else _bad_team_name(team, schemes):
            hint = belongs_above(team) if stray else _better_name(team)
            problems.append(_at_key(loaded, loaded.problem("bad-team-name", why, key, hint), key))
            continue
        if isinstance(route, RouteSettings) and route.path:
            key = (*key, "path")
        prefix = unicodedata.normalize("NFC", route.path if isinstance(route, RouteSettings) else route)
        out[team] = ""
        if isinstance(route, RouteSettings) and not prefix:
            continue
        if bad := _bad_route(team, prefix):
            problems.append(loaded.problem("bad-route", bad[0], key, bad[1]))
            prefix = _stand_in(team, prefix)
        elif other := taken.get(claim_key(prefix)):
            place = loaded.place(("teams", other))
            related = (Related(file=loaded.shown, line=place.line if place else 0, team=other),)
            message = f'the teams "{other}" and "{team}" both claim "{prefix}"'
            hint = f'give one of them another path, such as {team} = "/{team}/"' if prefix != f"/{team}/" else ""
            problems.append(
                loaded.problem("route-taken", message, key, hint or "give one of them another path", related)
            )
            prefix = _stand_in(team, "")
        if claim_key(prefix) not in taken:
            taken[claim_key(prefix)] = team
            out[team] = prefix
    if not loaded.settings.teams and loaded.parsed and not loaded.problems:
        hint = 'add a line such as docs = "/docs/" under [teams]'
        problems.append(
            _at_key(loaded, loaded.problem("no-teams", "the route table is empty", "teams", hint), ("teams",))
        )
    return out, problems


def _at_key(loaded: Loaded[SiteSettings], found: Problem, key: KeyPath) -> Problem:
    """The same problem, with the key meant instead of its value."""
    place = loaded.place(key) if found.line else None
    return msgspec.structs.replace(found, **place._asdict()) if place else found


def _bad_team_name(team: str, schemes: set[str]) -> str:
    if not TEAM_NAME.fullmatch(team):
        return f'"{team}" cannot be a team\'s name: a-z, then a-z, 0-9 and "-"'
    if team in RESERVED_TEAM_NAMES | schemes:
        kind = "is reserved" if team in {"theme", "site", "mfe"} else "is a URL scheme"
        return f'"{team}" cannot be a team\'s name: it {kind}'
    return ""


def _better_name(team: str) -> str:
    better = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", team).encode("ascii", "ignore").decode().lower())
    better = better.strip("-")
    return f'such as "{better}"' if better != team and not _bad_team_name(better, set()) else ""


def _stand_in(team: str, prefix: str) -> str:
    """A route instead of one that cannot be: the one that was meant, where that is plain."""
    better = "/" + prefix.strip("/") + "/"
    return f"/{team}/" if not prefix.strip("/") or _bad_route(team, better) else better


def _bad_route(team: str, prefix: str) -> tuple[str, str] | None:
    """Why a route cannot be, and a way out."""
    if not prefix:
        return "a route must not be empty", f"a team without pages is {team} = {{}}"
    if not prefix.startswith("/") or not prefix.endswith("/"):
        better = "/" + prefix.strip("/") + "/"
        return f'the route "{prefix}" must start and end with "/"', f'write "{better}"'
    if claim_key(prefix).startswith(RESERVED_PREFIX):
        return f'the route "{prefix}" is under {RESERVED_PREFIX}, which is reserved', ""
    for segment in prefix.split("/")[1:-1] if prefix != "/" else ():
        why = bad_segment(segment)
        if not why and segment.startswith(".") and segment != ".well-known":
            why = "hosts do not serve what begins with a dot"
        if why:
            return f'the route "{prefix}" cannot be: {why}', ""
    return None
