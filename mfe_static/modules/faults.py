"""What is wrong with the modules of a site as a whole: packages that it has twice, modules that nothing can start."""

from collections.abc import Iterable, Iterator, Sequence

from mfe_static.model import TeamSources
from mfe_static.modules.choosing import File, Offer, Wanted, chosen
from mfe_static.modules.walking import Walk
from mfe_static.problems import Problem, Related, nearest, problem


def unmounted(walk: Walk, starts: Iterable[File]) -> Iterator[Problem]:
    """`no-mount`: modules of fragments and apps that a page could only fail to start."""
    for file in dict.fromkeys(starts):
        module = walk.modules.get(file)
        if module and not (module.scan.broken or module.scan.common or {"mount", "*"} & {*module.scan.exports}):
            near = next((name for name in module.scan.exports if nearest(name, ["mount"])), "")
            default = ", without `default`" if "default" in module.scan.exports else ""
            hint = f'rename "{near}"' if near else f"write `export function mount({{ host, props, signal }})`{default}"
            yield problem("no-mount", "it exports no function `mount`", file=module.shown, hint=hint)


def twice(walk: Walk, teams: Sequence[TeamSources]) -> Iterator[Problem]:
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
