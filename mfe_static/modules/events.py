"""Events between teams: modules listen to what somebody offers.

What is said of an event by its name alone can be known before it runs: a listener to a name that nobody has would wait
for ever, and nobody would miss anything.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from mfe_static.kept import Listener
from mfe_static.model import TeamSources
from mfe_static.modules.choosing import File
from mfe_static.modules.walking import OWN, Module
from mfe_static.problems import Problem, Related, did_you_mean, nearest, problem

OF_THE_TOOL = ("mfe:mounted", "mfe:error", "mfe:navigate", "mfe:before-swap", "mfe:load")
"""What the tool's own modules dispatch (`runtime/`)."""


def unknown_events(
    modules: Mapping[File, Module], teams: Sequence[TeamSources], known: Collection[str]
) -> Iterator[Problem]:
    """`unknown-event`. A team's own modules may listen to what they dispatch, offered or not. `known`: the teams of the
    route table; of one that could not be read nobody knows what it offers."""
    by_name = {team.name: team for team in teams}
    offered = {*OF_THE_TOOL, *(event for team in teams for event in team.events)}
    own = {(file[0], event) for file, module in modules.items() for event in module.scan.dispatched}
    for (home, _), module in sorted(modules.items()):
        for heard in module.scan.listeners if home in by_name else ():
            owner = heard.event.partition(":")[0]
            unread = owner in known and owner not in by_name
            if heard.event not in offered and (home, heard.event) not in own and not unread:
                yield _unknown(heard, module, home, by_name.get(owner), offered)


def _unknown(
    heard: Listener, module: Module, home: str, owner: TeamSources | None, offered: Collection[str]
) -> Problem:
    event, word = heard.event, heard.event.partition(":")[0]
    near = {event.partition(":")[2]: event for event in owner.events} if owner else {}
    best = nearest(event.partition(":")[2], near)
    hint = f'did you mean "{near[best]}"?' if best else did_you_mean(event, sorted(offered)) if not owner else ""
    if owner and not hint:
        hint = f'{owner.name} can offer it: events = ["{event}"] under [offers] in {owner.shown}/team.toml'
    nobody = "" if owner or word == OWN else f'; there is no team "{word}"'
    other = owner if owner and owner.name != home else None
    return problem(
        "unknown-event",
        f'nobody offers the event "{event}"{nobody}',
        file=module.shown,
        line=heard.line,
        column=heard.column,
        length=heard.length,
        team=home,
        hint=hint,
        related=(Related(file=f"{other.shown}/team.toml", team=other.name, owner=other.owner),) if other else (),
    )
