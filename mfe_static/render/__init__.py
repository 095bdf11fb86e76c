"""Render: the teams' sources → their bodies, with everything foreign still open.

    documents   each file on its own: front matter, Markdown            (parallel)
    pages       which URLs there are: drafts, dates, `each`, slugs
    bodies      Jinja pages, and content in layouts of the team         (parallel)
    contract    what other teams may know

A team's render is a pure function of its folder and the render settings: no clock, environment, network, theme or other
team (invariant 1). A file that needs no template of the team is finished after the first step. Each step keeps a row
for what it made (`Kept`) and makes it again only when something it depends on changed. The files of all teams are read
in one go, and bodies are made as soon as a team's pages are planned, so that the processes are busy whether a site has
one large team or many small ones.
"""

import os
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from mfe_static import markdown
from mfe_static.clock import Timings
from mfe_static.digests import Digest, digest, number
from mfe_static.kept import NOTHING, Blob
from mfe_static.model import Site, TeamBuild, TeamSources
from mfe_static.problems import Problem
from mfe_static.render.bodies import Kitchen, Made, make_bodies
from mfe_static.render.contract import agreement_of, read_facts
from mfe_static.render.cooking import Cooking
from mfe_static.render.documents import (
    Document,
    DocumentOptions,
    Documents,
    File,
    Fresh,
    Front,
    Reading,
    read_documents,
)
from mfe_static.render.each import variants
from mfe_static.render.foreign import Place
from mfe_static.render.pages import Planned, Publishing, plan_key, plan_pages
from mfe_static.state import Damaged, Pack, Packs, Sums
from mfe_static.workers import WORTH_IT, Crew, batches

__all__ = ["Kept", "Publishing", "Rendering", "read_facts", "render"]

Progress = Callable[[int], None]


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a team's render."""

    options: Digest = ""
    """Names the options that the documents were read with."""
    documents: Mapping[str, Document] = {}
    """By file, as problems name it."""
    planned: Planned | None = None
    bodies: Mapping[str, Made] = {}
    """Of those that templates made, by URL."""


class Rendering(msgspec.Struct, frozen=True):
    """All teams, rendered."""

    builds: Sequence[TeamBuild]
    kept: Mapping[str, Kept]
    """By team, for the next build."""
    asked: tuple[Site, Publishing]
    """What it was asked for, beside the teams."""
    facts: dict[str, dict[Blob, bytes]]
    """The `Facts` of bodies that were made now, encoded, by team and where the body rests: who makes a contract takes
    them away, and has to read the others only."""

    def of(self, team: TeamSources, asked: tuple[Site, Publishing]) -> tuple[TeamBuild, Kept] | None:
        """What was made of the same value of a team, as if nothing of it was new; None: nothing was."""
        found = next((build for build in self.builds if build.sources is team and self.asked == asked), None)
        return (msgspec.structs.replace(found, rendered={}), self.kept[team.name]) if found else None


class _Read(msgspec.Struct, frozen=True):
    """The page files of a team, read."""

    documents: dict[str, Document]
    fresh: dict[str, str]
    """Those that were read by this build, and why."""
    fronts: dict[str, bytes]
    """What these say of themselves."""
    facts: dict[Blob, bytes]
    """What contracts say of their bodies, by where they rest."""
    problems: list[Problem]


def render(
    teams: Sequence[TeamSources],
    site: Site,
    publishing: Publishing,
    *,
    kept: Mapping[str, Kept],
    packs: Mapping[str, Packs],
    sums: Sums,
    crew: Crew,
    timings: Timings,
    progress: Progress = lambda _: None,
    before: Rendering | None = None,
) -> Rendering:
    """Render `teams`. `progress` is told how many page files were dealt with.

    `before`: what this process rendered last; a team that is the same object since then is taken over.
    """
    nothing, asked = Kept(), (site, publishing)
    same = {team.name: known for team in teams if (known := before.of(team, asked))} if before else {}
    everyone, teams = teams, [team for team in teams if team.name not in same]
    read: dict[str, _Read] = {}
    planned: dict[str, Planned] = {}
    cooking = Cooking({name: its.bodies for name, its in kept.items()}, timings)
    for team, its in _documents(teams, site, kept, packs, sums, crew, progress, timings, cooking):
        # Planned here while other processes read the next team's files.
        name, read[team.name] = team.name, its
        planned[name] = now = _planned(team, site, its, kept.get(name, nothing), publishing, packs[name])
        its.fronts.clear()
        if any(not plan.final for plan in now.plans):
            rests = {shown: document.rest for shown, document in its.documents.items()}
            cooking.begin(Kitchen(team, site, now.plans, rests, packs[name], timed=timings.keep))
    cooking.finish(crew)
    builds, keep = [], {}
    for team in everyone:
        name = team.name
        if name in same:
            build, keep[name] = same[name]
            builds.append(build)
            continue
        made = cooking.rows.get(name, {})
        builds.append(_build(team, read[name], planned[name], made, cooking.causes.get(name, {})))
        keep[name] = Kept(
            _named(_options(team, site)),
            {shown: document for shown, document in read[name].documents.items() if not document.slow},
            # What data bound to a page keeps its types only in memory: dates, groups, pairs.
            None if any(document.each for document in read[name].documents.values()) else planned[name],
            {url: row for url, row in made.items() if not row.slow},
        )
    facts = {name: {**its.facts, **cooking.facts.get(name, {})} for name, its in read.items()}
    return Rendering(builds, keep, asked, facts)


def _options(team: TeamSources, site: Site) -> DocumentOptions:
    layouts = [path.removeprefix("layouts/").removesuffix(".html") for path in team.templates if path.startswith("lay")]
    own = team.foreign
    return DocumentOptions(
        markdown=markdown.Options(
            html=team.html, highlight=team.highlight, engine=team.engine, lazy=site.pictures is None
        ),
        unknown_keys=team.unknown_keys,
        schemes=tuple(sorted(site.schemes)),
        layout=team.layout,
        own_layouts=tuple(layouts),
        foreign=Place(own.output, team.prefix, site.base_url, bool(own.header or own.footer)) if own else None,
    )


def _named(options: DocumentOptions) -> Digest:
    return digest(msgspec.msgpack.encode(options))


def _documents(
    teams: Sequence[TeamSources],
    site: Site,
    kept: Mapping[str, Kept],
    packs: Mapping[str, Packs],
    sums: Sums,
    crew: Crew,
    progress: Progress,
    timings: Timings,
    cooking: Cooking,
) -> Iterator[tuple[TeamSources, _Read]]:
    """Every page file of each team, read, in the order of paths.

    Where other processes read them, what has to be cooked comes right behind them, so that nobody waits for the last
    team's pages to be planned."""
    by_name = {team.name: team for team in teams}
    readings: dict[str, Reading] = {}
    missing: dict[str, list[str]] = {}
    for team in teams:
        options, old = _options(team, site), kept.get(team.name, Kept())
        key, certain = _named(options), sums.certain(team.shown)
        usable = old.options == key
        readings[team.name] = Reading(team.shown, options, packs[team.name], key, usable, timings.keep)
        missing[team.name] = [
            path
            for path in team.pages
            if not usable
            or not (row := old.documents.get(shown := f"{team.shown}/{path}"))
            or certain.get(shown) != row.mark
        ]
    amount = sum(map(len, missing.values()))
    there, left = sum(len(team.pages) for team in teams) - amount, amount
    progress(there)

    def tasks() -> Iterator[tuple[str, Sequence[Any]] | None]:
        for name, paths in batches(missing.items(), amount, crew.jobs):
            yield name, _files(by_name[name], kept.get(name, Kept()), paths)
        while amount >= WORTH_IT and (left or cooking.due):
            yield from cooking.tasks(amount, crew.jobs)
            if left:
                yield None

    results = crew.work_through(_work, ChainMap(readings, cooking.kitchens), tasks(), amount=amount)
    for team in teams:
        found: dict[str, Fresh | None] = {}
        while len(found) < len(missing[team.name]):
            files, data = next(results)
            batch = msgspec.msgpack.decode(data, type=Documents)
            found.update(zip((path for path, _, _ in files), batch.rows, strict=True))
            timings.add(batch.spent)
            there, left = there + len(files), left - len(files)
            progress(there)
        yield team, _merged(team, kept.get(team.name, Kept()), found, sums)
    for urls, data in results:
        cooking.take(urls, data)


def _work(context: "Reading | Kitchen", batch: Sequence[Any]) -> bytes:
    """Read some files, or make some bodies."""
    return make_bodies(context, batch) if isinstance(context, Kitchen) else read_documents(context, batch)


def _files(team: TeamSources, kept: Kept, paths: Sequence[str]) -> list[File]:
    """Files of a team, with what is kept of each."""
    return [(path, team.pages[path], kept.documents.get(f"{team.shown}/{path}")) for path in paths]


def _merged(team: TeamSources, kept: Kept, found: Mapping[str, Fresh | None], sums: Sums) -> _Read:
    """The rows that were kept and those that are new, in the order of paths."""
    out = _Read({}, {}, {}, {}, [])
    for path in team.pages:
        shown = f"{team.shown}/{path}"
        if fresh := found.get(path):
            row, front, facts = fresh
            if not row.mark:
                out.problems.extend(msgspec.msgpack.decode(front, type=Front).problems)
                continue
            out.fresh[shown] = _cause(row, kept.documents.get(shown)) if kept.documents else NOTHING
            out.fronts[shown] = front
            if facts:
                out.facts[row.rest] = facts
        else:
            row = kept.documents[shown]
        out.documents[shown] = row
        if path in found:
            sums.learn(shown, row.mark)
    return out


def _cause(row: Document, old: Document | None) -> str:
    if old is None:
        return "it is new"
    return "its text changed" if row.mark != old.mark else "a setting of the site or the team changed"


def _planned(team: TeamSources, site: Site, read: _Read, kept: Kept, publishing: Publishing, packs: Packs) -> Planned:
    documents = read.documents
    if kept.planned is not None and kept.planned.key == plan_key(team, site, documents, publishing):
        return kept.planned
    with Pack(packs) as pack:

        def front(shown: str) -> bytes:
            if found := read.fronts.get(shown):
                return found
            row = documents[shown]
            found = pack.above(row.rest)[0]
            if number(found) != row.front:
                raise Damaged(os.path.basename(packs.kept))
            return found

        from mfe_static.templates import Templates

        return plan_pages(team, site, documents, front, Templates(team.templates, team.named), publishing)


def _build(
    team: TeamSources, read: _Read, planned: Planned, made: Mapping[str, Made], causes: Mapping[str, str]
) -> TeamBuild:
    ordered = [made[plan.page.url] for plan in planned.plans if not plan.final]  # as in a build from nothing
    problems = [*read.problems, *planned.problems, *(found for row in ordered for found in row.problems)]
    rows: list[Document | Made | None] = [  # a page that nobody wrote has no document
        read.documents.get(plan.page.source) if plan.final else made[plan.page.url] for plan in planned.plans
    ]
    fresh = {plan.page.url: why for plan in planned.plans if plan.final and (why := read.fresh.get(plan.page.source))}
    return TeamBuild(
        sources=team,
        pages=tuple([plan.page for plan in planned.plans]),
        names=tuple([plan.mark for plan in planned.plans]),
        bodies=tuple([row.rest if row else None for row in rows]),
        facts=tuple([row.facts if row else 0 for row in rows]),
        agreement=agreement_of(team, dict(_variants(team, problems))),
        problems=tuple(problems),
        marks=planned.marks,
        rendered={**fresh, **causes},
        absent=planned.absent,
        failed=frozenset(url for url, row in made.items() if row.problems),
    )


def _variants(team: TeamSources, problems: list[Problem]) -> Iterator[tuple[str, tuple[dict[str, Any], ...]]]:
    """What the offered fragments publish by themselves."""
    from mfe_static.templates import Templates

    templates = Templates(team.templates, team.named)
    for name in team.offered:
        if name in team.fragments:
            found = variants(team.fragments[name], team, templates)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                yield name, found
