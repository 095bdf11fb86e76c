"""A team's contract: all that other teams may know of it, made without any other team's contract."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mfe_static.contracts import CONTRACT_VERSION, Contract, ContractFragment, ContractPage, ContractRef, ContractRoute
from mfe_static.html import cut
from mfe_static.model import Cut, Link, Page, Slot, TeamSources
from mfe_static.routes import scheme

_CALLS = re.compile(r"""\bref\(\s*["']([^"']+)["']""")


def contract_of(
    team: TeamSources,
    pages: Sequence[Page],
    bodies: Sequence[Cut],
    variants: Mapping[str, tuple[Mapping[str, Any], ...]],
) -> Contract:
    """The contract of a rendered team. `variants`: params of the variants a fragment publishes by itself."""
    return Contract(
        version=CONTRACT_VERSION,
        team=team.name,
        owner=team.owner,
        path=team.prefix,
        description=team.description,
        architecture=team.architecture,
        pages=tuple(
            ContractPage(
                url=page.url,
                name=page.name,
                title=page.title,
                description=page.description,
                params=page.params,
                anchors=tuple(sorted({*anchors(body), *([page.heading_id] if page.heading_id else ())})),
                aliases=page.aliases,
            )
            for page, body in zip(pages, bodies, strict=True)
        ),
        routes=_routes(pages),
        fragments=tuple(
            ContractFragment(
                name=name,
                description=team.fragments[name].description,
                params=team.fragments[name].params,
                vary=team.fragments[name].vary,
                variants=variants.get(name, ()),
            )
            for name in sorted(team.offered)
            if name in team.fragments
        ),
        events=tuple(sorted(team.events)),
        refs=tuple(_refs(team, pages, bodies)),
    )


def anchors(body: Cut) -> Iterator[str]:
    """Every id of a body, those of fallbacks left out: whether they are shown is decided later."""
    yield from body.ids


def _routes(pages: Sequence[Page]) -> tuple[ContractRoute, ...]:
    """A route for each name and set of params."""
    counts = Counter((page.name, tuple(sorted(page.params))) for page in pages)
    return tuple(ContractRoute(name=name, params=params, pages=counts[name, params]) for name, params in sorted(counts))


def _refs(team: TeamSources, pages: Sequence[Page], bodies: Sequence[Cut]) -> Iterator[ContractRef]:
    for page, body in zip(pages, bodies, strict=True):
        for value in sorted(set(_foreign(team, body))):
            yield ContractRef(page=page.url, to=value)
    for name in sorted(team.fragments):
        text = team.templates[team.fragments[name].template]
        # A fragment's HTML depends on its params, so what its text says counts: literal links and calls of ref().
        written = {*_foreign(team, cut(text)), *(ref for ref in _CALLS.findall(text) if _leaves(team, ref))}
        for value in sorted(value for value in written if "{" not in value):
            yield ContractRef(fragment=name, to=value)


def _foreign(team: TeamSources, body: Cut) -> Iterator[str]:
    """What a body refers to outside its team: refs, absolute links and fragments."""
    for piece in body.pieces:
        if isinstance(piece, Link) and _leaves(team, piece.value):
            yield piece.value
        elif isinstance(piece, Slot):
            if not piece.src.startswith((f"{team.name}:", ":")) and ":" in piece.src:
                yield piece.src
            yield from _foreign(team, piece.children)


def _leaves(team: TeamSources, value: str) -> bool:
    """Whether a link leads out of what the team owns."""
    if value.startswith("/"):
        own = bool(team.prefix) and value.startswith(team.prefix)
        return not own or value.startswith(team.foreign_prefixes)
    word = scheme(value)
    return bool(word) and word != team.name
