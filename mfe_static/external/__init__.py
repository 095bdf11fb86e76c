"""Links that lead out of the site: whether what they lead to still answers.

Other people's servers are asked politely (`asking`): each URL once, one request at a time for each host with a pause
between two, and not again for days. What they answer is remembered in one file, so a site that was checked yesterday
is checked in no time. Anchors are not looked at: that would need the whole page.
"""

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from mfe_static.external.asking import Verdict, asked
from mfe_static.problems import Problem, problem
from mfe_static.stitched import StitchedSite

REMEMBER_FINE, REMEMBER_DEAD = 7 * 86400, 3600
"""Seconds for which an answer counts."""


class Answer(msgspec.Struct, frozen=True):
    """What is known of one URL."""

    at: float
    """Seconds since 1970."""
    wrong: str = ""
    """Why it is dead, as a part of a sentence; empty: it answers."""
    moved: str = ""
    """Where it moved for good."""

    def counts(self, now: float) -> bool:
        """Whether it is fresh enough."""
        return now - (REMEMBER_DEAD if self.wrong else REMEMBER_FINE) < self.at <= now


class _Memory(msgspec.Struct, frozen=True):
    """The file in which answers rest."""

    version: int
    answers: dict[str, Answer]


class _Place(NamedTuple):
    """Where a link stands."""

    file: str
    team: str
    page: str
    written: str


def check_external(
    site: StitchedSite,
    *,
    cache: Path | None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    pause: Callable[[float], object] | None = None,
    private: bool = False,
    now: float | None = None,
) -> list[Problem]:
    """`dead-link` for every place from which a link leads to a page of another site that does not answer.

    `cache`: the file in which answers are remembered. `pause`: how to wait some seconds. `private`: whether addresses
    that are not public may be asked. `now`: seconds since 1970.
    """
    now = time.time() if now is None else now
    links = _links(site)
    known = {url: answer for url, answer in _recalled(cache).items() if answer.counts(now)}
    unknown = sorted(links.keys() - known.keys())
    try:
        for done, (url, verdict) in enumerate(asked(unknown, pause=pause, private=private, now=now), 1):
            known[url] = Answer(now, *verdict)
            progress("external", done, len(unknown))
    finally:
        if unknown:
            _remember(cache, known)
    return [_told(place, known[url]) for url, places in links.items() for place in places if _noteworthy(known[url])]


def _links(site: StitchedSite) -> dict[str, list[_Place]]:
    """Every foreign URL, without its anchor, with the places that link to it, each file once."""
    out: dict[str, dict[tuple[str, str], _Place]] = {}
    own = site.site.base_url + "/"
    for composed in site.pages:
        for part in site.parts[composed.page.url]:
            for written in part.external:
                url = ("https:" + written if written.startswith("//") else written).partition("#")[0].strip()
                if not url.lower().startswith(("http://", "https://")) or (url + "/").startswith(own):
                    continue
                place = _Place(part.file, part.team, composed.page.url, written)
                out.setdefault(url, {}).setdefault((part.file, written), place)
    return {url: list(places.values()) for url, places in sorted(out.items())}


def _noteworthy(answer: Answer) -> bool:
    return bool(answer.wrong or answer.moved)


def _told(place: _Place, answer: Answer) -> Problem:
    return problem(
        "dead-link" if answer.wrong else "moved-link",
        f'"{place.written}" {answer.wrong or "has moved for good"}',
        file=place.file,
        team="" if place.team == "theme" else place.team,
        url=place.page,
        hint=f"it moved to {answer.moved}" if answer.moved else "",
        sought=f"link:{place.written}",
    )


def _recalled(cache: Path | None) -> dict[str, Answer]:
    """What is remembered; nothing where the file is missing, damaged or of another version."""
    if cache is None:
        return {}
    try:
        memory = msgspec.json.decode(cache.read_bytes(), type=_Memory)
    except (OSError, msgspec.DecodeError):
        return {}
    return memory.answers if memory.version == 1 else {}


def _remember(cache: Path | None, answers: Mapping[str, Answer]) -> None:
    """Write what is known in one step; where it cannot be written, it is forgotten."""
    if cache is None:
        return
    fresh = cache.with_name(f"{cache.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(msgspec.json.encode(_Memory(1, dict(sorted(answers.items())))))
        fresh.replace(cache)


__all__ = ["Answer", "Verdict", "check_external"]
