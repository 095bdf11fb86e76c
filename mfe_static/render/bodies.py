"""Bodies that need the team's templates: Jinja pages, and content that goes into a layout of the team.

They may read the team's data and list its pages. What each really read is kept with it (`reads.Reads`), so it is
rendered again when that changes, and only then.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from markupsafe import Markup

from mfe_static.clock import Spent, Timings
from mfe_static.digests import Digest, digest, number
from mfe_static.html import cut
from mfe_static.kept import Blob, Read
from mfe_static.model import Facts, Site, TeamSources
from mfe_static.problems import Problem, Related
from mfe_static.reads import Data, Reads, data_mark
from mfe_static.render.contract import facts_of
from mfe_static.render.documents import Draft
from mfe_static.render.pages import Plan
from mfe_static.state import Pack, Packs, mark_of, name_of, size_of, two
from mfe_static.steps import Steps, Work, in_step
from mfe_static.tree import Tree
from mfe_static.views import PageView, Seen, TeamView, site_view

if TYPE_CHECKING:
    from mfe_static.templates import Templates

_CAUSES = {
    "page": "its source changed",
    "site": "a setting of the site or the team changed",
    "include": "a template changed",
    "data": "data changed",
    "pages": "one of the team's pages changed, which it lists",
}
_NEAR = "a page that it shows changed"
_OF_TREE = frozenset("pages children breadcrumbs section previous next listed translations related".split())
_ALWAYS: tuple[Read, ...] = (("page", ""), ("site", ""))


class Made(msgspec.Struct, frozen=True, array_like=True):
    """A body that templates made: the row that is kept of it."""

    reads: tuple[tuple[Read, Digest], ...]
    """All that it depends on, and what that was like."""
    rest: Blob
    """Where the `Body` rests."""
    facts: int
    """Names its `Facts`, which rest right above it."""
    problems: tuple[Problem, ...] = ()

    @property
    def slow(self) -> bool:
        """Whether it took too long: a clock's word, which is not kept."""
        return any(found.code == "too-slow" for found in self.problems)


class Bodies(msgspec.Struct, frozen=True, array_like=True):
    """What a worker made of some pages."""

    team: str
    rows: tuple[Made, ...]
    facts: tuple[bytes, ...]
    """The `Facts` of each, encoded, which need not be read again."""
    spent: tuple[Spent, ...]


class Kitchen:
    """Everything that the bodies of one team are made from; what they share is worked out once."""

    def __init__(
        self,
        team: TeamSources,
        site: Site,
        plans: Sequence[Plan],
        rests: Mapping[str, Blob],
        packs: Packs,
        *,
        timed: bool = False,
    ) -> None:
        """`rests`: where each page file's draft rests, by its name in problems. `timed`: see `Reading`."""
        self.team, self.site, self.packs, self.timed = team, site, packs, timed
        self.plans = {plan.page.url: plan for plan in plans}
        self.rests = rests
        self._marks: dict[Read, Digest] = {}

    @cached_property
    def tree(self) -> Tree:
        """The team's pages."""
        return Tree([plan.page for plan in self.plans.values()])

    @cached_property
    def templates(self) -> "Templates":
        """The team's templates, compiled once in each process."""
        from mfe_static.templates import Templates

        return Templates(self.team.templates, self.team.named)

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs to make its own."""
        return {name: value for name, value in self.__dict__.items() if name not in {"tree", "templates"}}

    def mark(self, read: Read, plan: Plan) -> Digest:
        """What a read of this page's body gives now."""
        kind, name = read
        if kind in _OF_TREE:
            return self.tree.mark(read)
        if kind == "page":
            place = self.rests.get(plan.page.source)  # a page that nobody wrote has none
            rest = mark_of(place).hex() if place else ""
            return digest(plan.mark, repr(plan.variables), rest) if plan.variables else plan.mark + rest
        found = self._marks.get(read)
        if found is None:
            found = self._marks[read] = self._shared(kind, name)
        return found

    def _shared(self, kind: str, name: str) -> Digest:
        """What a read gives that is the same for all pages."""
        if kind == "data":
            return data_mark(self.team.data, name)
        if kind == "include":  # one that is missing is said with the names of those that are there
            return digest(msgspec.msgpack.encode(self.templates.closure(name) or list(self.team.templates)))
        team = [
            self.team.name,
            self.team.owner,
            self.team.description,
            self.team.prefix,
            self.team.tags.path,
            self.team.edit_url,
        ]
        return digest(
            msgspec.msgpack.encode([team, site_view(self.site), self.site.noindex, sorted(self.site.schemes)])
        )

    def stale(self, plan: Plan, made: Made | None) -> str:
        """Why a body has to be made anew; empty: it is as it was."""
        if made is None:
            return "it is new"
        for read, mark in made.reads:
            if self.mark(read, plan) != mark:
                named = read[0] in _CAUSES and read[1] not in {"", "*"}
                return _CAUSES.get(read[0], _NEAR) + (f" ({read[1]})" if named else "")
        return ""


def make_bodies(kitchen: Kitchen, urls: Sequence[str]) -> bytes:
    """Make the bodies of some pages of a team, given by URL: `Bodies`, encoded."""
    timings = Timings(keep=kitchen.timed)
    with Pack(kitchen.packs) as pack:
        rows, facts = zip(*in_step("render", _works(kitchen, pack, urls), timings), strict=True)
    return msgspec.msgpack.encode(Bodies(kitchen.team.name, rows, facts, timings.taken()))


def sharing(row: Made, once: dict[Any, Any]) -> Made:
    """The same row; what others have too, as most depend on the same layouts and settings, is held `once`."""
    pairs = [(once.setdefault(read, read), mark) for read, mark in row.reads]
    return msgspec.structs.replace(row, reads=tuple([once.setdefault(pair, pair) for pair in pairs]))


def _works(kitchen: Kitchen, pack: Pack, urls: Sequence[str]) -> Iterator[Work[tuple[Made, bytes]]]:
    for url in urls:
        plan = kitchen.plans[url]
        place = kitchen.rests.get(plan.page.source, b"")
        yield plan.page.source, size_of(place), _made(kitchen, pack, plan, place)


def _made(kitchen: Kitchen, pack: Pack, plan: Plan, place: Blob) -> Steps[tuple[Made, bytes]]:
    draft = pack.read(place, Draft) if place else Draft()
    reads = Reads()
    yield
    html = _render(kitchen, plan, draft, reads)
    yield
    problems = (html,) if isinstance(html, Problem) else ()
    body = draft.body
    if isinstance(html, str):
        body = msgspec.structs.replace(body, cut=cut(html, kitchen.site.schemes))
    yield
    includes = {*kitchen.templates.names(draft.template), plan.page.own_layout} - {""}
    names = {*_ALWAYS, *reads.names, *(("include", name) for name in includes)}
    facts, data = msgspec.msgpack.encode(Facts() if problems else facts_of(body)), msgspec.msgpack.encode(body)
    row = Made(
        tuple((read, kitchen.mark(read, plan)) for read in sorted(names)),
        pack.put(data, two(b"", facts), name_of(data)),
        number(facts),
        problems,
    )
    return row, facts


def _render(kitchen: Kitchen, plan: Plan, draft: Draft, reads: Reads) -> str | Problem:
    page, team = plan.page, kitchen.team
    seen = Seen(kitchen.tree, page.url, reads)
    variables: dict[str, Any] = {
        "page": PageView(page, draft.body, seen, kitchen.site, team),
        "team": TeamView(team, seen),
        "site": site_view(kitchen.site),
        "data": Data(team.data, reads),
        "params": page.params,
        **plan.variables,
    }
    html: str | Problem = draft.html
    if draft.template:
        html = kitchen.templates.render_text(draft.template, page.source, variables, url=page.url)
    if isinstance(html, str) and page.own_layout:
        framed = {**variables, "content": Markup(html)}  # noqa: S704  our own HTML
        html = kitchen.templates.render(page.own_layout, framed, url=page.url)
    if isinstance(html, Problem) and html.file != page.source:
        return msgspec.structs.replace(html, related=(*html.related, Related(file=page.source, team=team.name)))
    return html
