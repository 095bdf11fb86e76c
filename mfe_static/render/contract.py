"""A team's contract: all that other teams may know of it, made without any other team's contract."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mfe_static.contracts import CONTRACT_VERSION, Contract, ContractFragment, ContractRef
from mfe_static.digests import number
from mfe_static.html import cut
from mfe_static.kept import Blob
from mfe_static.model import Body, Facts, TeamBuild, TeamSources, leaves
from mfe_static.patterns import compiled
from mfe_static.pieces import Cut, Link, Picture, Slot, Written
from mfe_static.routes import scheme
from mfe_static.state import Damaged, Pack, Packs

_CALLS = compiled(r"""\bref\(\s*["']([^"']+)["']""")


def agreement_of(team: TeamSources, variants: Mapping[str, tuple[Mapping[str, Any], ...]]) -> Contract:
    """The contract of a team without its pages. `variants`: params of the variants a fragment publishes by itself."""
    return Contract(
        version=CONTRACT_VERSION,
        team=team.name,
        owner=team.owner,
        path=team.prefix,
        description=team.description,
        architecture=team.architecture,
        languages=team.languages,
        fragments=tuple(
            ContractFragment(
                name=name,
                description=team.fragments[name].description,
                params=team.fragments[name].params,
                vary=team.fragments[name].vary,
                variants=variants.get(name, ()),
                behaviour=bool(team.fragments[name].js),
            )
            for name in sorted(team.offered)
            if name in team.fragments
        ),
        events=tuple(sorted(team.events)),
        details=team.details,
        refs=tuple(_refs(team)),
    )


def facts_of(body: Body) -> Facts:
    """What a contract says of a body."""
    anchors = {*body.cut.ids, body.heading_id} if body.heading_id else {*body.cut.ids}
    return Facts(tuple(sorted(anchors)), tuple(sorted(_named(body.cut))))


def read_facts(build: TeamBuild, packs: Packs, known: Mapping[Blob, bytes]) -> Iterator[Facts]:
    """The facts of each body of a team: those `known`, and the others from where they rest. Raises `Damaged`."""
    decoder = msgspec.msgpack.Decoder(Facts)
    with Pack(packs) as pack:
        for name, place in zip(build.facts, build.bodies, strict=True):
            if not name or not place:
                yield Facts()
                continue
            data = known.get(place)
            if data is None:
                data = pack.above(place)[1]
                if number(data) != name:
                    raise Damaged(os.path.basename(packs.kept))
            yield decoder.decode(data)


def _refs(team: TeamSources) -> Iterator[ContractRef]:
    for name in sorted(team.fragments):
        text = team.templates[team.fragments[name].template]
        # A fragment's HTML depends on its params, so what its text says counts: literal links and calls of ref().
        written = _named(cut(text)) | {*_CALLS.findall(text)}
        for value in sorted(value for value in written if "{" not in value and leaves(team, value)):
            yield ContractRef(fragment=name, to=value)


def _named(body: Cut) -> set[str]:
    """What a body refers to by a path from the root or by a name: refs, absolute links and fragments."""
    out: set[str] = set()
    for piece in body.pieces:  # `isinstance` asks a `Struct`'s own type, which is slow
        if type(piece) is str:
            continue
        if type(piece) is Link:
            value = piece.value
        elif type(piece) is Picture and type(piece.link) is Link:
            value = piece.link.value
        elif type(piece) is Written:
            value = piece.to
        else:
            out |= {piece.src, *_named(piece.children)} if type(piece) is Slot else set()
            continue
        if value[:1] == "/" or (":" in value and scheme(value)):
            out.add(value)
    return out
