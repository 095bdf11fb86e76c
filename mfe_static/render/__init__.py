"""Render: the teams' sources → their bodies, with everything foreign still open.

    documents   each file on its own: front matter, Markdown            (parallel)
    pages       which URLs there are: drafts, dates, `each`, slugs
    bodies      Jinja pages, and content in layouts of the team         (parallel)
    contract    what other teams may know

A team's render is a pure function of its folder and the render settings: no clock, environment, network, theme or other
team (invariant 1). A file that needs no template of the team is finished after the first step. Each step keeps a row
for what it made (`Kept`) and makes it again only when something it depends on changed. All teams go through a step
together, so that the processes are busy whether a site has one large team or many small ones.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from mfe_static import markdown
from mfe_static.clock import Timings
from mfe_static.digests import Digest, digest, number
from mfe_static.kept import NOTHING
from mfe_static.model import Site, TeamBuild, TeamSources
from mfe_static.problems import Problem
from mfe_static.render.bodies import Bodies, Kitchen, Made, make_bodies, sharing
from mfe_static.render.contract import agreement_of, read_facts
from mfe_static.render.documents import Document, DocumentOptions, Documents, File, Front, Reading, read_documents
from mfe_static.render.each import variants
from mfe_static.render.foreign import Place
from mfe_static.render.pages import Planned, Publishing, plan_key, plan_pages
from mfe_static.state import Damaged, Pack, Packs, Sums
from mfe_static.workers import Crew, batch_size, batches

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
    for team, its in _documents(teams, site, kept, packs, sums, crew, progress, timings):
        # Planned here while other processes read the next team's files.
        read[team.name] = its
        planned[team.name] = _planned(team, site, its, kept.get(team.name, nothing), publishing, packs[team.name])
        its.fronts.clear()
    kitchens = {
        team.name: Kitchen(
            team,
            site,
            planned[team.name].plans,
            {shown: document.rest for shown, document in read[team.name].documents.items()},
            packs[team.name],
            timed=timings.keep,
        )
        for team in teams
        if any(not plan.final for plan in planned[team.name].plans)
    }
    bodies, causes = _bodies(kitchens, kept, crew, timings)
    builds, keep = [], {}
    for team in everyone:
        name = team.name
        if name in same:
            build, keep[name] = same[name]
            builds.append(build)
            continue
        made = bodies.get(name, {})
        builds.append(_build(team, read[name], planned[name], made, causes.get(name, {})))
        keep[name] = Kept(
            _named(_options(team, site)),
            {shown: document for shown, document in read[name].documents.items() if not document.slow},
            # What data bound to a page keeps its types only in memory: dates, groups, pairs.
            None if any(document.each for document in read[name].documents.values()) else planned[name],
            {url: row for url, row in made.items() if not row.slow},
        )
    return Rendering(builds, keep, asked)


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
) -> Iterator[tuple[TeamSources, _Read]]:
    """Every page file of each team, read, in the order of paths."""
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
    there = sum(len(team.pages) for team in teams) - amount
    progress(there)
    results = crew.work_through(read_documents, readings, _files(teams, kept, missing, crew), amount=amount)
    for team in teams:
        found: dict[str, tuple[Document, bytes] | None] = {}
        while len(found) < len(missing[team.name]):
            files, data = next(results)
            batch = msgspec.msgpack.decode(data, type=Documents)
            found.update(zip((path for path, _, _ in files), batch.rows, strict=True))
            timings.add(batch.spent)
            there += len(files)
            progress(there)
        yield team, _merged(team, kept.get(team.name, Kept()), found, sums)
    next(results, None)


def _files(
    teams: Sequence[TeamSources], kept: Mapping[str, Kept], missing: Mapping[str, Sequence[str]], crew: Crew
) -> Iterator[tuple[str, list[File]]]:
    """The files that have to be read, in batches of one team."""
    size = batch_size(sum(map(len, missing.values())), crew.jobs)
    for team in teams:
        known = kept[team.name].documents if team.name in kept else {}
        for paths in batches(missing[team.name], size):
            yield team.name, [(path, team.pages[path], known.get(f"{team.shown}/{path}")) for path in paths]


def _merged(team: TeamSources, kept: Kept, found: Mapping[str, tuple[Document, bytes] | None], sums: Sums) -> _Read:
    """The rows that were kept and those that are new, in the order of paths."""
    out = _Read({}, {}, {}, [])
    for path in team.pages:
        shown = f"{team.shown}/{path}"
        row, front = found.get(path) or (None, b"")
        if row is not None and not row.mark:
            out.problems.extend(msgspec.msgpack.decode(front, type=Front).problems)
            continue
        old = kept.documents.get(shown)
        if row is not None:
            out.fresh[shown] = _cause(row, old) if kept.documents else NOTHING
            out.fronts[shown] = front
        now = row or old
        assert now is not None
        out.documents[shown] = now
        if path in found:
            sums.learn(shown, now.mark)
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
            row = documents[shown]
            if found := read.fronts.get(shown):
                return found
            found = pack.above(row.rest)[0]
            if number(found) != row.front:
                raise Damaged(os.path.basename(packs.kept))
            return found

        from mfe_static.templates import Templates

        return plan_pages(team, site, documents, front, Templates(team.templates, team.named), publishing)


def _bodies(
    kitchens: Mapping[str, Kitchen], kept: Mapping[str, Kept], crew: Crew, timings: Timings
) -> tuple[dict[str, dict[str, Made]], dict[str, dict[str, str]]]:
    """The bodies that templates make, by team and URL, and why those of this build were made."""
    rows: dict[str, dict[str, Made]] = {}
    causes: dict[str, dict[str, str]] = {}
    once: dict[Any, Any] = {}
    for name, kitchen in kitchens.items():
        old = kept[name].bodies if name in kept else {}
        rows[name], causes[name] = {}, {}
        for url, plan in kitchen.plans.items():
            if plan.final:
                continue
            if cause := kitchen.stale(plan, old.get(url)):
                causes[name][url] = cause if old else NOTHING
            else:
                rows[name][url] = old[url]
    amount = sum(map(len, causes.values()))
    size = batch_size(amount, crew.jobs)
    tasks = ((name, batch) for name, urls in causes.items() for batch in batches(list(urls), size))
    for urls, data in crew.work_through(make_bodies, kitchens, tasks, amount=amount):
        batch = msgspec.msgpack.decode(data, type=Bodies)
        rows[batch.team].update(zip(urls, [sharing(row, once) for row in batch.rows], strict=True))
        timings.add(batch.spent)
    return rows, causes


def _build(
    team: TeamSources, read: _Read, planned: Planned, made: Mapping[str, Made], causes: Mapping[str, str]
) -> TeamBuild:
    problems = [*read.problems, *planned.problems, *(found for row in made.values() for found in row.problems)]
    rows: list[Document | Made | None] = [  # a page that nobody wrote has no document
        read.documents.get(plan.page.source) if plan.final else made[plan.page.url] for plan in planned.plans
    ]
    fresh = {
        plan.page.url: read.fresh[plan.page.source]
        for plan in planned.plans
        if plan.final and plan.page.source in read.fresh
    }
    return TeamBuild(
        sources=team,
        pages=tuple(plan.page for plan in planned.plans),
        names=tuple(plan.mark for plan in planned.plans),
        bodies=tuple(row.rest if row else None for row in rows),
        facts=tuple(row.facts if row else 0 for row in rows),
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
