"""Two documents, and how they differ: each stretch with its place, and apart from these what the pool's names say.

The fingerprint of an asset stands in every page that uses it. So names of the pool are compared without theirs, and
each asset that has another one is a difference of its own: a page may differ in nothing else.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mfe_static.assets import POOL
from mfe_static.difference.places import pieces
from mfe_static.difference.stretches import stretches
from mfe_static.patterns import compiled

STYLES, SCRIPTS, ASSETS, BLANKS, MUCH = "style sheets", "scripts", "assets", "white space", "much of it"
"""Places of differences that stand at none."""
LIMIT = 16 * 1024 * 1024
"""Bytes of a document that is looked into; no page of ours is longer."""
_MOST = 200
"""Differences of one page from which on it is much of it that differs."""
POOLS = (POOL, "_mfe/modules/")
"""Where files with fingerprints are."""
_FINGERPRINTED = compiled(
    r"(_mfe/(?:assets|modules)/[^\s\"'<>]*?)\.([0-9a-f]{10})(?=\.[\w-]+|[\s\"'<>])(?:(\.[\w-]+))?"
)
_INTEGRITY = compiled(r' integrity="sha\d{3}-[^"<>]*"')


class Stretch(NamedTuple):
    """What stood at a place, and what stands there now."""

    where: str
    old: tuple[str, ...]
    new: tuple[str, ...]


def nameless(path: str) -> str:
    """The path of a fingerprinted file without its fingerprint; of any other file as it is."""
    return _FINGERPRINTED.sub(r"\1\3", path) if path.startswith(POOLS) else path


def differences(old: bytes, new: bytes) -> list[Stretch]:
    """How two documents differ, in their order; at most `_MOST`, or one that says how they begin to."""
    if max(len(old), len(new)) > LIMIT:
        return [Stretch(MUCH, (), ())]
    before, after = (data.decode("utf-8", "replace") for data in (old, new))
    found = [*_assets(before, after), *_stretches(_plain(before), _plain(after))]
    if len(found) > _MOST:
        return [Stretch(MUCH, found[0].old, found[0].new)]
    return found or [Stretch(BLANKS, (), ())]


def _plain(text: str) -> str:
    """The document without fingerprints."""
    return _INTEGRITY.sub("", _FINGERPRINTED.sub(r"\1\3", text)) if "_mfe/" in text else text


def _assets(old: str, new: str) -> Iterator[Stretch]:
    """Assets of the same name with another fingerprint, each once, in the order in which the page names them."""
    had, has = (
        {found[0]: found[1] + (found[3] or "") for found in _FINGERPRINTED.finditer(text)} for text in (old, new)
    )
    come: dict[str, list[str]] = {}
    for url, name in has.items():
        if url not in had:
            come.setdefault(name, []).append(url)
    for url, name in had.items():
        if url not in has and come.get(name):
            kind = STYLES if name.endswith(".css") else SCRIPTS if name.endswith((".js", ".mjs")) else ASSETS
            yield Stretch(kind, (f"/{url}",), (f"/{come[name].pop(0)}",))


def _stretches(old: str, new: str) -> Iterator[Stretch]:
    """What differs, by place: first lines are compared, then what stands in those that differ."""
    before, after = old.split("\n"), new.split("\n")
    spans = list(stretches(before, after))
    had = pieces(old, _spans(before, [gone for gone, _ in spans]))
    has = pieces(new, _spans(after, [come for _, come in spans]))
    for was, now in zip(had, has, strict=True):
        for gone, come in stretches(was, now):
            left, right = was[gone.start : gone.stop], now[come.start : come.stop]
            for place in dict.fromkeys(where for where, _ in (*left, *right)):
                yield Stretch(place, *(tuple(text for where, text in side if where == place) for side in (left, right)))


def _spans(lines: Sequence[str], parts: Sequence[range]) -> Iterator[tuple[int, int]]:
    """The parts of a text's lines, in characters."""
    at, done = 0, 0
    for part in parts:
        start = at + sum(map(len, lines[done : part.start])) + part.start - done
        at, done = start + sum(map(len, lines[part.start : part.stop])) + len(part), part.stop
        yield start, at
