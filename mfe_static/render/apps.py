"""Apps: the module that mounts a page in the browser, and the client routes for which it has views.

A client route is an address at which no file stands; hosts are told to answer it with the page that declares it. So
each is declared, and no rule catches all: what is not declared is not there, and hosts say so with the right status.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mfe_static.model import App
from mfe_static.patterns import compiled
from mfe_static.problems import Problem
from mfe_static.render.addresses import Source, refusal
from mfe_static.render.each import filled
from mfe_static.routes import RESERVED_PREFIX, begins, joined

if TYPE_CHECKING:
    from mfe_static.templates import Templates

_PARAM = compiled(r":[A-Za-z][A-Za-z0-9_]*+")


def app_of(source: Source, bound: Mapping[str, Any], templates: "Templates") -> tuple[App | None, list[Problem]]:
    """What mounts a page of `source`, for which `each` bound these values. Raises ValueError as `filled` does."""
    team, matter = source.team, source.front.matter
    if matter.app is None:
        said = "`routes` are those of an app, and the page has none"
        return None, [source.problem("bad-value", said, "key:routes", hint="say `app`, too, or `aliases`")]
    if not team.spa:
        said = '`app` is for teams of the architecture "linked-spa"'
        hint = f'write architecture = "linked-spa" into {team.shown}/team.toml'
        return None, [source.problem("bad-value", said, "key:app", hint=hint)]
    routes, problems = list[str](), list[Problem]()
    for text in matter.routes:
        found = _route(source, filled(text, bound, templates))
        if isinstance(found, Problem):
            problems.append(found)
        else:
            routes.append(found)
    module = joined("", matter.app)
    return App(matter.app if module is None else module, tuple(routes)), problems


def _route(source: Source, written: str) -> str | Problem:
    """A client route from the site's root, with a `/` at its end."""
    team = source.team
    route = written if written.startswith("/") else team.prefix + written
    route = route if route.endswith("/") else f"{route}/"
    if refused := refusal(source, route, "routes"):
        return refused
    if why := next(_impossible(route), ""):
        return source.problem("bad-path", f'"{written}" cannot be a client route: {why}', "key:routes")
    for prefix in (RESERVED_PREFIX, *team.foreign_prefixes):
        if begins(route, prefix):
            said = f"the client route {route} would answer for addresses below {prefix}, which are not this team's"
            return source.problem("foreign-prefix", said, "key:routes", hint="begin it with a name of its own")
    return route


def _impossible(route: str) -> Iterator[str]:
    params = list[str]()
    for segment in route.strip("/").split("/"):
        if segment.startswith(":"):
            if not _PARAM.fullmatch(segment):
                yield f'"{segment}" is no param, which is a `:` and a word'
            params.append(segment)
        elif "*" in segment or ":" in segment:
            yield "hosts read * and : as wildcards, and a param is a whole segment"
    if len(set(params)) < len(params):
        yield "a param stands in it twice"
