"""Links by name: a ref leads to the page that a team calls so, in the language and with the params that are asked for.

A name stays while URLs move, so teams link each other by refs. What is wrong with one is said with the nearest name
that there is.
"""

from collections.abc import Mapping, Sequence

from mfe_static.model import Site, TeamBuild
from mfe_static.problems import Problem, did_you_mean, problem
from mfe_static.routes import parse_ref, quoted
from mfe_static.stitch.directory import Directory
from mfe_static.stitch.resolved import Origin, Resolved, broken


class Refs:
    """Resolves refs to the pages of all teams."""

    def __init__(self, site: Site, builds: Mapping[str, TeamBuild], directory: Directory) -> None:
        self._site, self._builds, self._directory = site, builds, directory

    def resolve(self, value: str, origin: Origin) -> Resolved:
        """The ref `value`, as written at `origin`, closed."""
        ref = parse_ref(value)
        team, anchor = ref.team or origin.team, ref.anchor or None
        if spoken := self._spoken(team, ref.name, origin):
            url = self._directory.routes(team, spoken).get(frozenset(ref.params))
            if url is not None:
                return Resolved(quoted(self._site.base_path, url, "", anchor), url, anchor)
        routes = self._directory.routes(team, ref.name)
        url = routes.get(frozenset(ref.params))
        if url is None and (absent := self.absent(team, ref.name, f'"{value}"', "unknown-page")):
            return absent
        if not routes:
            return broken(value, self._unknown(team, ref.name, value))
        if url is None:
            return broken(value, _unknown_params(team, ref.name, dict(ref.params), list(routes)))
        return Resolved(quoted(self._site.base_path, url, "", anchor), url, anchor)

    def _spoken(self, team: str, name: str, origin: Origin) -> str:
        """What a page is called in the language of who links to it; empty: as it is written."""
        own, there = self._builds.get(origin.team), self._builds.get(team)
        if not own or not own.agreement.languages or not there or not origin.base.startswith("pages/"):
            return ""
        language = own.agreement.languages.get(origin.base.split("/")[1], "")
        folder = next((its for its, spoken in there.agreement.languages.items() if spoken == language), "")
        return (folder if name == "index" else f"{folder}/{name}") if language and folder else ""

    def absent(self, team: str, name: str, shown: str, code: str) -> Resolved | None:
        """A link to a page that is there, but not on the site; what a problem says already is not said again."""
        if team in self._site.prefixes and team not in self._builds:
            return Resolved(shown)
        why = self._builds[team].absent.get(name) if team in self._builds else None
        if why is None:
            return None
        return broken(shown, problem(code, f"{shown} {why}")) if why else Resolved(shown)

    def _unknown(self, team: str, name: str, value: str) -> Problem:
        if team not in self._builds:
            hint = did_you_mean(team, self._builds)
            if not hint:
                hint = f'if "{team}:" is a URL scheme, add it to [links] schemes'
            return problem("unknown-page", f'no team "{team}" for the ref "{value}"', hint=hint)
        hint = did_you_mean(name, self._directory.names(team))
        if hint:
            hint = hint.replace('"', f'"{team}:', 1)
        return problem("unknown-page", f'no page "{team}:{name}"', hint=hint)


def _unknown_params(
    team: str, name: str, given: Mapping[str, str], routes: Sequence[frozenset[tuple[str, str]]]
) -> Problem:
    """Why no page of that name has these params. One name may have several sets of params."""
    shapes = sorted({tuple(sorted(key for key, _ in route)) for route in routes})
    ways = [", ".join(shape) if shape else "no params" for shape in shapes]
    takes = f"it takes {' or '.join(ways)}"
    wanted = {key for shape in shapes for key in shape}
    if unknown := sorted(set(given) - wanted):
        message = f'"{team}:{name}" has no param "{unknown[0]}"; {takes}'
        return problem("unknown-route-param", message, hint=did_you_mean(unknown[0], wanted))
    if tuple(sorted(given)) not in shapes:
        missing = sorted(set(min(shapes, key=lambda shape: (len(set(shape) - set(given)), shape))) - set(given))
        lacks = f'needs the param "{missing[0]}"' if missing else "has no page with all of these params"
        return problem("unknown-route-param", f'"{team}:{name}" {lacks}; {takes}')
    alike = [dict(route) for route in routes if tuple(sorted(key for key, _ in route)) == tuple(sorted(given))]
    for key, value in sorted(given.items()):
        values = sorted({route[key] for route in alike})
        if value not in values:
            message = f'"{team}:{name}" has no page for {key}={value}'
            return problem("unknown-route-param", message, hint=did_you_mean(value, values))
    pairs = ", ".join(f"{key}={value}" for key, value in sorted(given.items()))
    return problem("unknown-route-param", f'"{team}:{name}" has no page for {pairs}')
