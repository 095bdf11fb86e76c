"""How long the phases of a run take, for its report and nothing else: no result depends on it."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple


class Clock:
    """Seconds of wall time by phase."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._phases: dict[str, float] = {}

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        """Count the block as part of `phase`."""
        before = time.perf_counter()
        try:
            yield
        finally:
            self._phases[phase] = self._phases.get(phase, 0.0) + time.perf_counter() - before

    def seconds(self) -> Mapping[str, float]:
        """Each phase, and the `total` up to now; milliseconds are the last digit."""
        total = time.perf_counter() - self._start
        return {name: round(value, 3) for name, value in {"total": total, **self._phases}.items()}


class Spent(NamedTuple):
    """Time that went into one thing."""

    kind: str
    """`read` and `stitch` a page; `render` a template, `layout` or `fragment`."""
    name: str
    """The page's file or URL, the template's file, the fragment as `team:name`."""
    times: int
    """How often it was done."""
    seconds: float


class Timings:
    """Seconds by kind and name, for a report and nothing else."""

    def __init__(self) -> None:
        self._spent: dict[tuple[str, str], tuple[int, float]] = {}

    @contextmanager
    def __call__(self, kind: str, name: str) -> Iterator[None]:
        """Count the block as spent on this."""
        before = time.perf_counter()
        try:
            yield
        finally:
            self.add([Spent(kind, name, 1, time.perf_counter() - before)])

    def add(self, spent: Iterable[Spent]) -> None:
        """Count what was spent elsewhere."""
        for kind, name, times, seconds in spent:
            before = self._spent.get((kind, name), (0, 0.0))
            self._spent[kind, name] = (before[0] + times, before[1] + seconds)

    def taken(self) -> tuple[Spent, ...]:
        """What was counted since the last time."""
        spent = tuple(Spent(*key, *value) for key, value in self._spent.items())
        self._spent.clear()
        return spent
