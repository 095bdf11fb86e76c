"""Bodies that need the team's templates: Jinja pages, and content that goes into a layout of the team.

They may read all of the team's data and list all its pages, so their key holds all of that.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from markupsafe import Markup

from mfe_static.digests import Digest, digest
from mfe_static.html import cut
from mfe_static.model import Cut, Page, Site, TeamSources
from mfe_static.problems import Problem, Related
from mfe_static.templates import Templates
from mfe_static.views import Seen, TeamView, Tree, page_view, seen_of, site_view


class Body(msgspec.Struct, frozen=True):
    """What a team's templates made of a page."""

    cut: Cut
    problems: tuple[Problem, ...] = ()


class BodyContext(msgspec.Struct, frozen=True):
    """All that the bodies of one team may read."""

    team: TeamSources
    site: Site
    pages: tuple[Page, ...]


class BodySource(msgspec.Struct, frozen=True):
    """A body to render."""

    page: Page
    template: str
    """A Jinja page's text; empty for Markdown."""
    html: str
    """Markdown's HTML."""
    own_layout: str
    """The team's layout that goes around the content; empty: none."""
    variables: Mapping[str, Any]
    """What `each` bound for this page."""


def templates_of(team: TeamSources) -> Templates:
    """The team's templates, compiled when they are first used."""
    return Templates(team.templates, team.named)


def context_digest(context: BodyContext) -> Digest:
    """Names all that a body may read, beside its own source."""
    team = context.team
    return digest(
        msgspec.msgpack.encode([team.name, team.owner, team.description, team.prefix]),
        msgspec.msgpack.encode(team.data),
        msgspec.msgpack.encode([seen_of(page) for page in context.pages]),
        msgspec.msgpack.encode([site_view(context.site), sorted(context.site.schemes)]),
    )


def body_key(around: Digest, source: BodySource, templates: Templates) -> Digest:
    """Names everything that a body depends on; `around` is the digest of its context.

    Of the team's templates only those count that the body can reach, so a changed fragment renders no page.
    """
    reached = templates.reached(source.template, source.own_layout)
    return digest(around, msgspec.msgpack.encode(source), msgspec.msgpack.encode(reached))


def render_bodies(context: BodyContext, batch: Sequence[BodySource]) -> list[Body]:
    """Render a batch of bodies."""
    templates = templates_of(context.team)
    tree = Tree(context.pages)
    return [_render(context, templates, tree, source) for source in batch]


def _render(context: BodyContext, templates: Templates, tree: Tree, source: BodySource) -> Body:
    page, team = source.page, context.team
    seen = Seen(tree, page.url)
    variables = {
        "page": page_view(page, seen, context.site),
        "team": TeamView(team, seen),
        "site": site_view(context.site),
        "data": team.data,
        "params": page.params,
        **source.variables,
    }
    html: str | Problem = source.html
    if source.template:
        html = templates.render_text(source.template, page.source, variables, url=page.url)
    if isinstance(html, str) and source.own_layout:
        html = templates.render(source.own_layout, {**variables, "content": Markup(html)}, url=page.url)  # noqa: S704  our own HTML
    if isinstance(html, Problem):
        if html.file != page.source:
            html = msgspec.structs.replace(html, related=(*html.related, Related(file=page.source, team=team.name)))
        return Body(Cut(), (html,))
    return Body(cut(html, context.site.schemes))
