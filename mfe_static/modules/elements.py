"""Custom elements: a document has one registry, in which a name can be defined once (HTML Standard §4.13.4).

Who comes second throws, and its island fails. So names begin with the team's own, which nobody else has.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from mfe_static.kept import Element
from mfe_static.model import TeamSources
from mfe_static.modules.walking import Module
from mfe_static.problems import Problem, Related, problem

_TOOL = "mfe"


def clashes(modules: Iterable[Module], teams: Sequence[TeamSources]) -> Iterator[Problem]:
    """`element-clash`; packages are left out, as who has two versions of one is told so."""
    by_name = {team.name: team for team in teams}
    first: dict[str, Module] = {}
    places: dict[str, Element] = {}
    for module in sorted(modules, key=lambda its: its.file):
        team = module.file[0]
        for its in module.scan.elements if team in by_name else ():
            other = first.setdefault(its.name, module)
            place = places.setdefault(its.name, its)
            owner = owner_of(its.name, {*by_name, _TOOL})
            if other.file[0] != team:
                message = f"{other.file[0]} and {team} both define <{its.name}>, and the second definition throws"
                related = Related(file=other.shown, line=place.line, team=other.file[0])
                yield _clash(message, module, its, related)
            elif owner == _TOOL:
                yield _clash(f"<{its.name}> begins like the tool's own elements", module, its, None)
            elif owner not in {"", team}:
                message = f"<{its.name}> begins with the name of {owner}, and {team} defines it"
                shown = by_name[owner].shown
                yield _clash(message, module, its, Related(file=f"{shown}/team.toml", team=owner))


def owner_of(name: str, teams: Collection[str]) -> str:
    """The team whose name a custom element's begins with, the longest; empty: none."""
    return max((team for team in teams if name.startswith(f"{team}-")), key=len, default="")


def _clash(message: str, module: Module, its: Element, related: Related | None) -> Problem:
    return problem(
        "element-clash",
        message,
        file=module.shown,
        line=its.line,
        column=its.column,
        length=its.length,
        team=module.file[0],
        hint=f"begin its name with that of the team: {module.file[0]}-…",
        related=(related,) if related else (),
    )
