"""All modules of a site, as they are published: found, told apart, named, and tied together by the import map."""

from collections.abc import Mapping, Sequence

import msgspec

from mfe_static.digests import digest, fingerprint, module_integrity
from mfe_static.model import Page, TeamSources
from mfe_static.modules import Asked, Found
from mfe_static.modules.choosing import Choice, File, chosen
from mfe_static.modules.elements import clashes
from mfe_static.modules.events import unknown_events
from mfe_static.modules.faults import twice, unmounted
from mfe_static.modules.mapping import ROOT, import_map, loaded, url_of
from mfe_static.modules.reading import Reading, own_module
from mfe_static.modules.walking import OWN, Walk
from mfe_static.problems import Problem
from mfe_static.stitched import Behaviour, Island, Output

_ROUNDS = 4
"""How often versions are chosen anew, because other versions want other packages."""


def published(asked: Asked) -> Found:
    """What a site has of modules."""
    reading = Reading(asked.root, asked.mark, asked.kept, asked.begun)
    apps, problems = _apps(Walk(reading, asked.root, {team.name: team for team in asked.teams}, {}), asked.apps)
    starts = {**asked.starts, **apps}
    walk = _walked(reading, asked.root, asked.teams, list(starts.values()))
    problems += [*walk.problems, *twice(walk, asked.teams), *unmounted(walk, starts.values())]
    problems += [*clashes(walk.modules.values(), asked.teams)]
    problems += unknown_events(walk.modules, asked.teams, asked.known)
    return _behaviour(asked, starts, walk), reading.kept, problems


def _behaviour(asked: Asked, starts: Mapping[str, File], walk: Walk) -> Behaviour:
    modules, soft = walk.modules, asked.soft
    urls = {file: url_of(module) for file, module in modules.items()}
    told = tuple(sorted({name for team in asked.teams for name in team.tabs}))
    wanted = {"islands": starts, "navigate": soft, "tabs": told, "vitals": asked.measured}
    own = {name: _own(name) for name, its in wanted.items() if its}
    tools = dict([*own.values(), *(_own("router") for file in modules if file[0] == OWN)])
    runtime, navigate, tabs, vitals = (own[name][0] if name in own else "" for name in wanted)
    integrity = {urls[file]: module.scan.integrity for file, module in modules.items()}
    sizes = {urls[file]: module.scan.size for file, module in modules.items()}
    owners = {team.name: team.owner.partition("<")[0].strip() for team in asked.teams}
    islands = {
        name: Island(urls[file], tuple(urls[each] for each in loaded(file, modules)), owners[name.partition(":")[0]])
        for name, file in starts.items()
        if file in modules
    }
    text = import_map(modules, asked.base_path) if starts else ""
    return Behaviour(
        islands=islands,
        map=text,
        runtime=runtime,
        navigate=navigate,
        tabs=tabs,
        told=told,
        vitals=vitals,
        build=digest(msgspec.msgpack.encode([text, list(tools), asked.shell]))[:10] if soft else "",
        integrity={**integrity, **{url: module_integrity(data) for url, data in tools.items()}},
        sizes={**sizes, **{url: len(data) for url, data in tools.items()}},
        files=(
            *(
                Output(path=urls[file][1:], source=its.shown, real=its.real)
                for file, its in sorted(modules.items())
                if file[0] != OWN
            ),
            *(Output(path=url[1:], source="mfe-static", content=data) for url, data in tools.items()),
        ),
        mark=digest(msgspec.msgpack.encode([text, runtime, list(islands.items()), tabs, told])),
    )


def _apps(walk: Walk, pages: Sequence[Page]) -> tuple[dict[str, File], list[Problem]]:
    """The modules of apps, by what they are called, and what is wrong with those that cannot be."""
    found, problems = dict[str, File](), list[Problem]()
    for page in pages:
        assert page.app is not None
        module = walk.app(page.team, page.app.module)
        if isinstance(module, Problem):
            problems.append(msgspec.structs.replace(module, file=page.source, team=page.team, sought="key:app"))
        else:
            found[f"{page.team}:/{page.app.module}"] = module
    return found, problems


def _own(name: str) -> tuple[str, bytes]:
    """A module of the tool itself: where it is published, and its bytes."""
    data = own_module(name)
    return f"{ROOT}{OWN}/{name}.{fingerprint(data)}.js", data


def _walked(reading: Reading, root: str, teams: Sequence[TeamSources], starts: Sequence[File]) -> Walk:
    """A walk in which everybody gets what was chosen."""
    by_name = {team.name: team for team in teams}
    choice: Choice = {}
    for _ in range(_ROUNDS):
        walk = Walk(reading, root, by_name, choice)
        walk.follow(starts)
        fresh = chosen(walk.wanted)
        if all(choice.get(key, each.own) == fresh[key] for each in walk.wanted for key in [(each.home, each.name)]):
            break
        choice = fresh
    return walk
