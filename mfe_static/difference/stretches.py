"""Where two sequences differ, in n log n whatever they hold.

`difflib` compares each line with all that are like it, and takes minutes where a line stands a thousand times.
Here only lines that stand once on both sides tie the two together (patience diff); between two ties, what is the same
at both ends is taken off, and the rest differs. What is told may be more than the least, never less.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)


def stretches(old: Sequence[Item], new: Sequence[Item]) -> Iterator[tuple[range, range]]:
    """Which items of `old` stood where which of `new` are; all between is the same."""
    start, end = _ends(old, new)
    inner = old[start : len(old) - end], new[start : len(new) - end]
    for (a, b), (c, d) in pairwise([(-1, -1), *_ties(*inner), (len(inner[0]), len(inner[1]))]):
        gone, come = inner[0][a + 1 : c], inner[1][b + 1 : d]
        if gone or come:
            first, last = _ends(gone, come)
            if first + last < max(len(gone), len(come)):
                at, to = start + a + 1, start + b + 1
                yield range(at + first, at + len(gone) - last), range(to + first, to + len(come) - last)


def _ends(old: Sequence[Item], new: Sequence[Item]) -> tuple[int, int]:
    """How many items are the same at the beginning, and how many of the others at the end."""
    first = same_start(old, new)
    return first, same_end(old, new, first)


def same_start(old: Sequence[Item], new: Sequence[Item]) -> int:
    """How many items are the same at the beginning."""
    return next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def same_end(old: Sequence[Item], new: Sequence[Item], first: int) -> int:
    """How many items are the same at the end, behind the `first` ones, which are the same at the beginning."""
    room = min(len(old), len(new)) - first
    return same_start(old[: -room - 1 : -1], new[: -room - 1 : -1]) if room else 0


def _ties(old: Sequence[Item], new: Sequence[Item]) -> list[tuple[int, int]]:
    """The longest row of items that stand once on both sides, in the same order on both."""
    counts = Counter(old), Counter(new)
    places = {item: n for n, item in enumerate(new) if counts[1][item] == 1}
    both = [(n, places[item]) for n, item in enumerate(old) if counts[0][item] == 1 and item in places]
    ends: list[int] = []  # where in `new` the best row of each length ends
    tails: list[int] = []  # and which of `both` that is
    before: list[int] = []  # which of `both` stands before each
    for n, (_, place) in enumerate(both):
        length = bisect_left(ends, place)
        before.append(tails[length - 1] if length else -1)
        ends[length : length + 1], tails[length : length + 1] = [place], [n]
    row, at = [], tails[-1] if tails else -1
    while at >= 0:
        row.append(both[at])
        at = before[at]
    return row[::-1]
