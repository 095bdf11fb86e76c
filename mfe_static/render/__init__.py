"""Render: one team's sources → its bodies, with everything foreign still open.

    documents   each file on its own: front matter, Markdown            (parallel, cached)
    pages       which URLs there are: drafts, dates, `each`, slugs
    bodies      Jinja pages, and content in layouts of the team         (parallel, cached)
    contract    what other teams may know

A render is a pure function of the team's folder and the render settings: no clock, environment, network, theme or
other team (invariant 1). A file that needs no template of the team is finished after the first step.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

from mfe_static.cache import Shelf, cached_map
from mfe_static.files import read_bytes
from mfe_static.model import Site, TeamBuild, TeamSources
from mfe_static.problems import Problem
from mfe_static.render.bodies import (
    Body,
    BodyContext,
    BodySource,
    body_key,
    context_digest,
    render_bodies,
    templates_of,
)
from mfe_static.render.contract import contract_of
from mfe_static.render.documents import Document, DocumentOptions, Load, document_key, read_documents
from mfe_static.render.each import variants
from mfe_static.render.pages import Plan, Publishing, plan_pages
from mfe_static.templates import Templates
from mfe_static.views import Tree

__all__ = ["Publishing", "render"]


def render(
    team: TeamSources,
    site: Site,
    publishing: Publishing,
    *,
    shelf: Shelf,
    executor: Executor | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> TeamBuild:
    """Render `team`. Without an executor the work is done here; `progress` is told how many files were dealt with."""
    documents, fresh, problems = _documents(team, site, shelf, executor, progress)
    templates = templates_of(team)
    planned = plan_pages(team, site, documents, templates, publishing)
    plans = planned.plans
    bodies, made = _bodies(team, site, plans, shelf, executor)
    problems += planned.problems
    problems += [found for document in documents for found in document.problems]
    problems += [found for body in bodies for found in body.problems]
    by_url = {plan.page.url: (plan.page, body.cut) for plan, body in zip(plans, bodies, strict=True)}
    ordered = [by_url[url] for url in Tree([plan.page for plan in plans]).order]
    pages, cuts = tuple(page for page, _ in ordered), tuple(cut for _, cut in ordered)
    return TeamBuild(
        sources=team,
        contract=contract_of(team, pages, cuts, _variants(team, templates, problems)),
        pages=pages,
        bodies=cuts,
        problems=tuple(problems),
        rendered=frozenset(plan.page.url for plan in plans if plan.document.shown in fresh) | made,
        absent=planned.absent,
        failed=frozenset(plan.page.url for plan, body in zip(plans, bodies, strict=True) if body.problems),
    )


def _documents(
    team: TeamSources, site: Site, shelf: Shelf, executor: Executor | None, progress: Callable[[int], None]
) -> tuple[list[Document], set[str], list[Problem]]:
    """Every page file, read, in the order of paths; those whose body was made just now; files that cannot be read."""
    options = DocumentOptions(
        html=team.html,
        highlight=team.highlight,
        unknown_keys=team.unknown_keys,
        schemes=tuple(sorted(site.schemes)),
        layout=team.layout,
        own_layouts=tuple(
            path.removeprefix("layouts/").removesuffix(".html")
            for path in team.templates
            if path.startswith("layouts/")
        ),
    )
    items, problems = [], []
    for path, real in team.pages.items():
        shown = f"{team.shown}/{path}"
        content = read_bytes(real, shown)
        if isinstance(content, Problem):
            problems.append(content)
        else:
            load = Load(shown, content)
            items.append((document_key(options, load), load))
    documents, made = cached_map(read_documents, options, items, Document, shelf, executor, progress)
    return documents, {document.shown for document in made if document.cut is not None}, problems


def _variants(
    team: TeamSources, templates: Templates, problems: list[Problem]
) -> dict[str, tuple[dict[str, Any], ...]]:
    """What the offered fragments publish by themselves."""
    out = {}
    for name in team.offered:
        if name in team.fragments:
            found = variants(team.fragments[name], team, templates)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                out[name] = found
    return out


def _bodies(
    team: TeamSources, site: Site, plans: Sequence[Plan], shelf: Shelf, executor: Executor | None
) -> tuple[list[Body], set[str]]:
    """The body of each plan, and the URLs of those that templates rendered just now."""
    bodies: dict[int, Body] = {}
    sources: list[tuple[int, BodySource]] = []
    for index, plan in enumerate(plans):
        document = plan.document
        if document.cut is not None:
            bodies[index] = Body(document.cut)
        else:
            sources.append(
                (index, BodySource(plan.page, document.template, document.html, plan.page.own_layout, plan.variables))
            )
    if not sources:
        return [bodies[index] for index in range(len(plans))], set()
    context = BodyContext(team, site, tuple(plan.page for plan in plans))
    around = context_digest(context)
    templates = templates_of(team)
    items = [(body_key(around, source, templates), source) for _, source in sources]
    rendered, made = cached_map(render_bodies, context, items, Body, shelf, executor)
    bodies.update(zip((index for index, _ in sources), rendered, strict=True))
    new = {id(body) for body in made}
    fresh = {source.page.url for (_, source), body in zip(sources, rendered, strict=True) if id(body) in new}
    return [bodies[index] for index in range(len(plans))], fresh
