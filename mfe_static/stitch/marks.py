"""What a stitched page depends on, as digests: its body, what is around it, and the fragments it shows.

A page is as it was stitched before when these three are. They are worked out once for a team, or for a set of fragments
that pages share, so that looking at a page costs next to nothing. Fragments are asked what they really read: data,
pages of their team, templates.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.kept import FragmentReads, Read
from mfe_static.model import Site, TeamBuild, TeamSources
from mfe_static.reads import data_mark
from mfe_static.stitch.fragments import Fragments, Kit
from mfe_static.stitched import Behaviour
from mfe_static.views import View


class Marks:
    """All that goes into pages, as it is now."""

    def __init__(
        self,
        site: Site,
        builds: Mapping[str, TeamBuild],
        theme: TeamSources,
        fragments: Fragments,
        behaviour: Behaviour,
        route_table: Sequence[View],
        menus: Mapping[str, Sequence[View]],
        searches: Mapping[str, View],
        *,
        files: Mapping[str, Digest],
        folder: Callable[[TeamSources], Digest],
        known: Mapping[str, FragmentReads],
    ) -> None:
        """`files`: digests of the files that are copied, by URL. `folder`: names the contents of a team's assets.
        `known`: what fragments looked at in earlier builds, by `team:name`."""
        self._site, self._builds, self._theme = site, builds, theme
        self._kits, self._behaviour = fragments.kits, behaviour
        self._route_table, self._menus, self._searches = route_table, menus, searches
        self._files, self._folder = files, folder
        self.known = {name: reads for name, reads in known.items() if reads.templates == self._templates(name)}
        self._folders: dict[str, Digest] = {}
        self._fragments: dict[str, Digest] = {}

    @cached_property
    def _shared(self) -> dict[str, Digest]:
        """What is the same around all pages, by what users call it."""
        layouts = [path for path in self._theme.templates if path.startswith("layouts/")]
        closures = [self._kits["theme"].templates.closure(path) for path in layouts]
        addresses = {
            name: [build.marks["addresses"], list(build.agreement.languages.items())]
            for name, build in self._builds.items()
        }
        return {
            "the settings of the site": _marked(
                [_in_order(self._site), self._route_table, self._menus, self._searches, self._behaviour.vitals]
            ),
            "the theme": _marked([closures, data_mark(self._theme.data, ""), self._theme.lent, self._assets("theme")]),
            "which pages and files there are": _marked([addresses, self._files]),
        }

    def around(self, team: str) -> dict[str, Digest]:
        """What is around the pages of a team, by what users call it."""
        build = self._builds[team]
        listed = (
            {} if build.sources.foreign else {"the pages of the team": build.marks["pages"]}
        )  # no layout lists them
        return {
            **self._shared,
            **listed,
            "the assets of the team": self._assets(team),
            "the settings of the team": _marked([*_seen(build.sources), build.sources.transitions]),
            "how the pages of the team are exchanged": self._soft(build.sources),
        }

    def _soft(self, team: TeamSources) -> Digest:
        its = self._behaviour
        soft = [its.navigate, its.build] if team.soft else []
        return _marked([its.mark, *soft, team.foreign_prefixes]) if team.soft or team.spa else ""

    def fragment(self, name: str) -> Digest:
        """Names a fragment, given as `team:name`, and all that it is made from."""
        found = self._fragments.get(name)
        if found is None:
            found = self._fragments[name] = self._fragment(name)
        return found

    def learn(self, read: Mapping[str, Iterable[Read]]) -> None:
        """What fragments looked at in this build."""
        for name, reads in read.items():
            before = self.known[name].reads if name in self.known else None
            if before is None or not set(before).issuperset(reads):  # every process says what it has seen so far
                self.known[name] = FragmentReads(self._templates(name), tuple(sorted({*(before or ()), *reads})))
                self._fragments.pop(name, None)

    def _fragment(self, name: str) -> Digest:
        team, _, own = name.partition(":")
        kit = self._kits.get(team)
        fragment = kit.sources.fragments.get(own) if kit else None
        if kit is None or fragment is None:  # what is said of it names one that is like it
            return _marked([[key, list(its.sources.fragments)] for key, its in self._kits.items()])
        reads = self.known[name].reads if name in self.known else ()
        marks = [_read(kit, read) for read in reads]
        offered = team == "theme" or own in kit.sources.offered
        # One import map names all modules, so each island has to do with each of them.
        modules = [self._behaviour.mark] if name in self._behaviour.islands else []
        inputs = [fragment, offered, self._templates(name), reads, marks, _seen(kit.sources), self._assets(team)]
        return _marked([*inputs, *modules])

    def _templates(self, name: str) -> Digest:
        """Names all templates that a fragment may reach."""
        team, _, own = name.partition(":")
        kit = self._kits.get(team)
        fragment = kit.sources.fragments.get(own) if kit else None
        return _marked(kit.templates.closure(fragment.template)) if kit and fragment else ""

    def _assets(self, team: str) -> Digest:
        if team not in self._folders:
            self._folders[team] = self._folder(self._theme if team == "theme" else self._builds[team].sources)
        return self._folders[team]


def _read(kit: Kit, read: Read) -> Digest:
    kind, name = read
    return data_mark(kit.sources.data, name) if kind == "data" else kit.tree.mark(read)


def _seen(team: TeamSources) -> list[str]:
    """What templates see of a team itself."""
    own = [team.name, team.isolation, team.owner, team.description, team.prefix, team.tags.path, team.edit_url]
    if team.budget and team.budget.html is not None:  # then documents are weighed when they are made
        own.append(str(team.budget.html))
    if team.foreign:
        own += [team.foreign.header, team.foreign.footer, team.foreign.styles]
    return [*own, *(part for pair in team.languages.items() for part in pair)]


def _in_order(site: Site) -> list[object]:
    """The site's values; a set has no order of its own, a table has one that counts."""
    return [sorted(value) if isinstance(value, frozenset) else value for value in msgspec.structs.astuple(site)]


def _marked(value: object) -> Digest:
    return digest(msgspec.msgpack.encode(value))
