"""Slots: what a `<mfe-fragment …>` tag asks for, and the children that are its fallback."""

from collections.abc import Iterable
from functools import lru_cache
from html import unescape
from typing import Literal

import msgspec

from mfe_static.html.frame import Frame
from mfe_static.html.tags import BLOCK, LAST_OPENER, SHORT, attributes
from mfe_static.patterns import compiled
from mfe_static.pieces import Cut, Slot
from mfe_static.problems import did_you_mean

RESERVED = frozenset({"src", "severity", "mode", "hydrate", "class", "id", "slot"})
"""Attributes that are no params."""

LOOK_BACK = 20_000
"""Characters before a fragment in which a paragraph or heading around it is looked for."""

_OF_ISLANDS = ("hydrate", "class", "id")
"""Attributes that go to the element which a fragment with behaviour becomes."""
_MOMENT = compiled(r"load|idle|interaction|visible(?::(?: *-?[0-9]+(?:\.[0-9]+)?(?:px|%)){1,4})?|media\(.+\)")
"""When a module is loaded; behind `visible:`, how far around the window counts (`rootMargin`)."""
_MOMENTS = ("load", "idle", "visible", "interaction", "media(…)")

_SEVERITIES: dict[str, Literal["primary", "essential", "regular"]] = {
    "primary": "primary",
    "essential": "essential",
    "regular": "regular",
}


_NOTHING = Cut()


class _Asked(msgspec.Struct, frozen=True):
    src: str
    params: tuple[tuple[str, str], ...]
    severity: Literal["primary", "essential", "regular"]
    island: tuple[tuple[str, str], ...]
    faults: tuple[tuple[str, str], ...]


def put_slot(frame: Frame, tag: str, text: str, position: int) -> None:
    """Put a slot that has no children, as most."""
    asked = _asked(tag)
    frame.put(Slot(asked.src, asked.params, asked.severity, _NOTHING, in_text(text, position), asked.island))
    frame.faults.extend(asked.faults)


def open_slot(frames: list[Frame], tag: str, text: str, position: int) -> None:
    """Begin a slot at a `<mfe-fragment …>` tag, which stands at `position` of the text."""
    frames[-1].faults.extend(_asked(tag).faults)
    frames.append(Frame(tag))
    frames[-1].in_text = in_text(text, position)
    if tag[:-1].rstrip().endswith("/"):
        close_slot(frames)


def close_slot(frames: list[Frame]) -> None:
    """End the innermost slot: its children become the fallback."""
    frame = frames.pop()
    frame.flush()
    children = frame.cut(blocks=any(isinstance(piece, str) and BLOCK.search(piece) for piece in frame.pieces))
    asked = _asked(frame.tag)
    frames[-1].put(Slot(asked.src, asked.params, asked.severity, children, frame.in_text, asked.island))
    frames[-1].faults.extend(frame.faults)


def _asked(tag: str) -> _Asked:
    return _remembered(tag) if len(tag) <= SHORT else _read(tag)


def _read(tag: str) -> _Asked:
    given = {name: unescape(value) for name, value, _, _ in attributes(tag, len("<mfe-fragment"))}
    faults = []
    src, severity, mode = given.get("src", ""), given.get("severity", "essential"), given.get("mode", "inline")
    if not src:
        faults.append(('the <mfe-fragment> has no src, such as src="team:name"', tag))
    if severity not in _SEVERITIES:
        message = f'severity is "primary", "essential" or "regular", not "{severity}"'
        faults.append((message + _meant(severity, _SEVERITIES), severity))
    if mode != "inline":
        faults.append((f'mode="{mode}" is not available; fragments are put in when the site is built', mode))
    when = given.get("hydrate", "visible")
    if not _MOMENT.fullmatch(when):
        message = f'hydrate is "load", "idle", "visible", "interaction" or "media(…)", not "{when[:40]}"'
        faults.append((message + _meant(when[:40], _MOMENTS), when or tag))
    params = tuple(sorted((name, value) for name, value in given.items() if name not in RESERVED))
    island = tuple((name, given[name]) for name in _OF_ISLANDS if given.get(name))
    return _Asked(src, params, _SEVERITIES.get(severity, "essential"), island, tuple(faults))


def _meant(word: str, words: Iterable[str]) -> str:
    """The nearest of the words, as the end of a message."""
    hint = did_you_mean(word, words)
    return f"; {hint}" if hint else ""


_remembered = lru_cache(500)(_read)


def in_text(text: str, position: int) -> bool:
    """Whether a paragraph or heading is open at `position`; only asked for fragments, which are few."""
    last = LAST_OPENER.match(text, max(0, position - LOOK_BACK), position)
    return last is not None and not last[1]
