"""The modules of a site: which there are, what they are called, and the one import map that ties them together.

    fragment.js ─follow imports─► modules ─choose versions─► the same, with packages shared ─► import map, files

Everything is worked out before a page is stitched, from files alone. A site without modules is done at once.
Invariant: modules are published byte for byte as they were written.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import msgspec

from mfe_static.digests import Digest, digest, fingerprint, module_integrity
from mfe_static.kept import KeptModules
from mfe_static.model import Page, TeamSources
from mfe_static.modules.choosing import Choice, File, Offer, Wanted, chosen
from mfe_static.modules.elements import clashes
from mfe_static.modules.events import unknown_events
from mfe_static.modules.mapping import ROOT, import_map, loaded, url_of
from mfe_static.modules.reading import Reading, own_module
from mfe_static.modules.walking import OWN, Walk
from mfe_static.problems import Problem, Related, nearest, problem
from mfe_static.stitched import Behaviour, Island, Output

_ROUNDS = 4
"""How often versions are chosen anew, because other versions want other packages."""


def behaviour(
    root: str,
    base_path: str,
    teams: Sequence[TeamSources],
    apps: Sequence[Page],
    *,
    mark: Callable[[str], Digest],
    kept: KeptModules,
    begun: int,
    shell: Digest,
    measured: bool,
    known: Collection[str],
) -> tuple[Behaviour, KeptModules, list[Problem]]:
    """All modules of a site, what the next build may know of them, and what is wrong with them.

    `teams`: the theme among them. `apps`: the pages that have one. `mark`: the digest of a file of their folders.
    `kept`, `begun`: of the build before. `shell`: names what stays where pages are exchanged softly. `measured`:
    whether pages tell how they fared. `known`: the teams of the route table, also those that could not be read.
    """
    starts = {
        f"{team.name}:{name}": (team.name, fragment.js)
        for team in teams
        for name, fragment in sorted(team.fragments.items())
        if fragment.js
    }
    soft = any(team.soft for team in teams)
    if not (starts or soft or measured or apps):
        return Behaviour(), KeptModules(), []
    reading = Reading(root, mark, kept, begun)
    found, problems = _apps(Walk(reading, root, {team.name: team for team in teams}, {}), apps)
    starts |= found
    walk = _walked(reading, root, teams, list(starts.values()))
    modules = walk.modules
    used = {url_of(module) for file, module in modules.items() if file[0] == OWN}
    urls = {file: url_of(module) for file, module in modules.items()}
    told = tuple(sorted({name for team in teams for name in team.tabs}))
    wanted = {"islands": starts, "navigate": soft, "tabs": told, "vitals": measured}
    own = {name: _own(name) for name, its in wanted.items() if its}
    tools = dict([*own.values(), *(_own("router") for _ in used)])
    runtime, navigate, tabs, vitals = (own[name][0] if name in own else "" for name in wanted)
    integrity = {urls[file]: module.scan.integrity for file, module in modules.items()}
    sizes = {urls[file]: module.scan.size for file, module in modules.items()}
    owners = {team.name: team.owner.partition("<")[0].strip() for team in teams}
    islands = {
        name: Island(urls[file], tuple(urls[each] for each in loaded(file, modules)), owners[name.partition(":")[0]])
        for name, file in starts.items()
        if file in modules
    }
    text = import_map(modules, base_path) if starts else ""
    out = Behaviour(
        islands=islands,
        map=text,
        runtime=runtime,
        navigate=navigate,
        tabs=tabs,
        told=told,
        vitals=vitals,
        build=digest(msgspec.msgpack.encode([text, list(tools), shell]))[:10] if soft else "",
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
    problems += [*walk.problems, *_twice(walk, teams), *_unmounted(walk, starts.values())]
    problems += [*clashes(modules.values(), teams), *unknown_events(modules, teams, known)]
    return out, reading.kept, problems


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


def _unmounted(walk: Walk, starts: Iterable[File]) -> Iterator[Problem]:
    """`no-mount`: modules of fragments and apps that a page could only fail to start."""
    for file in dict.fromkeys(starts):
        module = walk.modules.get(file)
        if module and not (module.scan.broken or module.scan.common or {"mount", "*"} & {*module.scan.exports}):
            near = next((name for name in module.scan.exports if nearest(name, ["mount"])), "")
            hint = f'rename "{near}"' if near else "write `export function mount({ host, props, signal })`"
            yield problem("no-mount", "it exports no `mount`", file=module.shown, hint=hint)


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


def _twice(walk: Walk, teams: Sequence[TeamSources]) -> Iterator[Problem]:
    """`dependency-twice`: packages of which the site has more than one version."""
    got = chosen(walk.wanted)
    by_name: dict[str, dict[str, list[Wanted]]] = {}
    offers: dict[str, Offer] = {}
    for each in walk.wanted:
        offer = got[each.home, each.name]
        version = f"{offer.home} {offer.version}"
        offers[version] = offer
        by_name.setdefault(each.name, {}).setdefault(version, []).append(each)
    for name, takers in sorted(by_name.items()):
        first, *others = sorted(takers, key=lambda its: (len(takers[its]), offers[its].key), reverse=True)
        for other in others:
            size = sum(its.scan.size for file, its in walk.modules.items() if _of(file, offers[other]))
            said = [f"{offers[its].version} for {_whom(takers[its])} ({takers[its][0].said})" for its in (first, other)]
            mine, theirs = (_settings_of(takers[its][0].home, teams) for its in (other, first))
            yield problem(
                "dependency-twice",
                f'"{name}" is on the site twice: {said[0]}, {said[1]}; the second costs {size:,} bytes',
                file=mine.file if mine else "",
                team=mine.team if mine else "",
                sought=f"key:dependencies:{name}",
                hint="agree on a range that one version satisfies",
                related=(theirs,) if theirs else (),
            )


def _settings_of(home: str, teams: Sequence[TeamSources]) -> Related | None:
    """Where a team says what it wants; None: it is a package that wants it."""
    team = next((team for team in teams if team.name == home), None)
    return Related(file=f"{team.shown}/team.toml", team=home) if team else None


def _of(file: File, offer: Offer) -> bool:
    return file == offer.file or (offer.package is not None and file[0] == offer.home)


def _whom(wanted: Sequence[Wanted]) -> str:
    return " and ".join(sorted(each.home.removeprefix("mfe/") for each in wanted))
