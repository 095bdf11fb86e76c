"""Many things done in step: each goes one step further before the first goes on to its next.

What a page runs through, in the interpreter, in the engine of regular expressions, in a parser, is more than a
processor's nearest caches hold. So a step that is done for some pages one after another finds there what it needs: to
read pages of 5 KB takes 155 µs each in step, and 215 µs one page after the other. What comes of it is the same; more
is in memory at once.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from time import perf_counter
from typing import TypeVar

from mfe_static.clock import Spent, Timings

Result = TypeVar("Result")
Steps = Generator[None, None, Result]
"""Work that yields between its steps, and returns what came of it."""
Work = tuple[str, int, Steps[Result]]
"""Some work, the name under which its time is counted, and about how many bytes it looks at."""

AT_ONCE = 32
"""How many go in step: with 4 half is gained, and more bring next to nothing."""
TOGETHER = 4 << 20
"""Bytes from which on no more go along, since all are in memory."""


def alone(work: Steps[Result]) -> Result:
    """What comes of one work alone."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result


def in_step(kind: str, works: Iterable[Work[Result]], timings: Timings) -> list[Result]:
    """What came of each of `works`, in order. `kind`: see `Spent`."""
    return [result for results in together(kind, works, timings) for result in results]


def together(kind: str, works: Iterable[Work[Result]], timings: Timings) -> Iterator[list[Result]]:
    """The same for each few that go in step, so that they can be put away before the next begin."""
    going: list[Steps[Result]] = []
    size = 0
    for name, its, work in works:
        going.append(_timed(kind, name, work, timings) if timings.keep else work)
        size += its
        if len(going) == AT_ONCE or size >= TOGETHER:
            yield _finished(going)
            going, size = [], 0
    yield _finished(going)


def _finished(works: Sequence[Steps[Result]]) -> list[Result]:
    """The results of a few, which go in step."""
    results: dict[int, Result] = {}
    places = list(range(len(works)))
    while places:
        left = []
        for place in places:
            try:
                next(works[place])
            except StopIteration as end:
                results[place] = end.value
            else:
                left.append(place)
        places = left
    return [results[place] for place in range(len(works))]


def _timed(kind: str, name: str, work: Steps[Result], timings: Timings) -> Steps[Result]:
    """The same work, whose time is counted."""
    seconds = 0.0
    while True:
        began = perf_counter()
        try:
            next(work)
        except StopIteration as end:
            timings.add([Spent(kind, name, 1, seconds + perf_counter() - began)])
            result: Result = end.value
            return result
        seconds += perf_counter() - began
        yield
