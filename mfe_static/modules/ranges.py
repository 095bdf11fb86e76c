"""Versions and ranges as npm has them (semver 2.0.0, and the grammar in npm's `range.bnf`).

A range is alternatives of bounds. `^1.2`, `~1`, `1.x` and `1 - 2` are short for bounds and are written out when the
range is read. A prerelease is in a range only where a bound names one of the same version. Of the libraries, neither
agrees with npm: one takes `2.0.0-rc` for less than `<2`, one takes any word for a range.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from mfe_static.patterns import compiled

Key = tuple[int, int, int, tuple[tuple[int, int, str], ...]]
"""What versions are compared by: a prerelease stands before its version, numbers before words."""

_NUMBER = r"(?:0|[1-9][0-9]{0,15})"
_PART = r"(?:0|[1-9][0-9]{0,15}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_TAIL = rf"(?:-({_PART}(?:\.{_PART})*))?(?:\+[0-9A-Za-z.-]+)?"
_VERSION = compiled(rf"[v=\s]*({_NUMBER})\.({_NUMBER})\.({_NUMBER}){_TAIL}\s*")
_X = rf"(?:{_NUMBER}|[xX*])"
_PARTIAL = rf"[v=\s]*({_X})(?:\.({_X})(?:\.({_X}){_TAIL})?)?"
_SIMPLE = compiled(rf"(\^|~>?|[<>]=?|=?)\s*{_PARTIAL}")
_HYPHEN = compiled(rf"\s*{_PARTIAL}\s+-\s+{_PARTIAL}\s*")
_BLANK = compiled(r"\s*")
_RELEASE = ((1, 0, ""),)


class Bound(msgspec.Struct, frozen=True):
    """One side of a range."""

    key: Key
    above: bool
    """Whether versions are to be above it, else below."""
    itself: bool
    """Whether it is in the range itself."""


Range = tuple[tuple[Bound, ...], ...]
"""Alternatives, each of bounds that all must hold."""


def version(text: str) -> Key | None:
    """What a version is compared by; None: it is no version."""
    found = _VERSION.fullmatch(text)
    return _key(int(found[1]), int(found[2]), int(found[3]), found[4]) if found else None


def parsed(text: str) -> Range | None:
    """A range; None: it is none."""
    out = []
    for part in text.split("||"):
        bounds = _alternative(part)
        if bounds is None:
            return None
        out.append(bounds)
    return tuple(out)


def within(key: Key, wanted: Range) -> bool:
    """Whether a version is in a range."""
    return any(_within(key, bounds) for bounds in wanted)


def lowest(wanted: Range) -> Key:
    """The lowest version that a range begins with."""
    starts = [max([bound.key for bound in bounds if bound.above], default=_key(0, 0, 0)) for bounds in wanted]
    return min(starts)


def shown(key: Key) -> str:
    """A version as text."""
    tail = "" if key[3] == _RELEASE else "-" + ".".join(word or str(number) for _, number, word in key[3])
    return ".".join(map(str, key[:3])) + tail


def _within(key: Key, bounds: Iterable[Bound]) -> bool:
    for bound in bounds:
        if key == bound.key:
            if not bound.itself:
                return False
        elif (key > bound.key) != bound.above:
            return False
    if key[3] == _RELEASE:
        return True
    return any(bound.key[3] != _RELEASE and bound.key[:3] == key[:3] for bound in bounds)


def _alternative(text: str) -> tuple[Bound, ...] | None:
    """The bounds of an alternative, written out; None: it is none."""
    if hyphen := _HYPHEN.fullmatch(text):
        low, high = _partial(hyphen.groups()[:4]), _partial(hyphen.groups()[4:])
        return None if low is None or high is None else (*_bounds(">=", low), *_bounds("<=", high))
    out: list[Bound] = []
    at = _end(_BLANK, text, 0)
    while at < len(text):
        found = _SIMPLE.match(text, at)
        partial = _partial(found.groups()[1:]) if found else None
        if found is None or partial is None or found.end() == at:
            return None
        out += _bounds(found[1], partial)
        at = _end(_BLANK, text, found.end())
        if at == found.end() < len(text):
            return None
    return tuple(out)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


class _Partial(msgspec.Struct, frozen=True):
    """A version as far as it is given."""

    numbers: tuple[int, ...]
    tail: str | None

    @property
    def start(self) -> Key:
        major, minor, patch = (*self.numbers, 0, 0, 0)[:3]
        return _key(major, minor, patch, self.tail if len(self.numbers) == 3 else None)

    def after(self, place: int) -> Key:
        """Where the versions end that have the same numbers up to `place`: before any prerelease of the next."""
        major, minor, patch = (*self.numbers[:place], self.numbers[place] + 1, 0, 0)[:3]
        return _key(major, minor, patch, "0")


def _partial(groups: Sequence[str | None]) -> _Partial | None:
    """A version as it is given; None where a number stands behind an `x`."""
    numbers: list[int] = []
    for index, part in enumerate(groups[:3]):
        if part is None or part in "xX*":
            if any(rest is not None and rest not in "xX*" for rest in groups[index:3]):
                return None
            break
        numbers.append(int(part))
    return _Partial(tuple(numbers), groups[3])


def _bounds(sign: str, partial: _Partial) -> tuple[Bound, ...]:
    """What a sign and a version are short for."""
    given, start = len(partial.numbers), partial.start
    if not given:
        return (Bound(_key(0, 0, 0, "0"), above=False, itself=False),) if sign in {"<", ">"} else ()
    match sign:
        case "^":
            place = next((place for place, number in enumerate(partial.numbers) if number), given - 1)
            return _between(start, partial.after(place))
        case "~" | "~>":
            return _between(start, partial.after(min(1, given - 1)))
        case ">" if given < 3:
            return (Bound(_released(partial.after(given - 1)), above=True, itself=True),)
        case "<=" if given < 3:
            return (Bound(partial.after(given - 1), above=False, itself=False),)
        case "<" if given < 3:
            return (Bound(_key(*start[:3], tail="0"), above=False, itself=False),)
        case ">" | ">=":
            return (Bound(start, above=True, itself=sign == ">="),)
        case "<" | "<=":
            return (Bound(start, above=False, itself=sign == "<="),)
    if given < 3:
        return _between(start, partial.after(given - 1))
    return (Bound(start, above=True, itself=True), Bound(start, above=False, itself=True))


def _released(key: Key) -> Key:
    return _key(*key[:3])


def _between(low: Key, high: Key) -> tuple[Bound, ...]:
    return Bound(low, above=True, itself=True), Bound(high, above=False, itself=False)


def _key(major: int, minor: int = 0, patch: int = 0, tail: str | None = None) -> Key:
    if tail is None:
        return major, minor, patch, _RELEASE
    words = tuple((0, int(word), "") if word.isdigit() else (0, _WORD, word) for word in tail.split("."))
    return major, minor, patch, words


_WORD = 10**17
"""More than any number of a prerelease: words stand behind numbers."""
