"""How long the phases of a run take, for its report and nothing else: no result depends on it."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

import msgspec


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


class Spent(msgspec.Struct, frozen=True, array_like=True):
    """Time that went into one thing."""

    kind: str
    """`read` and `stitch` a page; `render` a template, `layout` or `fragment`; `encode` a picture."""
    name: str
    """The page's file or URL, the template's file, the fragment as `team:name`, the picture as `team:path`."""
    times: int
    """How often it was done."""
    seconds: float


_UNTIMED = nullcontext()
_Sums = dict[tuple[str, str], tuple[int, float]]


class Timings:
    """Seconds by kind and name, for a report and nothing else."""

    def __init__(self, *, keep: bool = True) -> None:
        """`keep`: whether somebody will ask; else nothing is counted, as there are as many entries as pages."""
        self._spent: _Sums = {}
        self._keep = keep

    @property
    def keep(self) -> bool:
        """Whether somebody will ask."""
        return self._keep

    def __call__(self, kind: str, name: str) -> AbstractContextManager[None]:
        """Count the block as spent on this."""
        return _Stretch(self._spent, (kind, name)) if self._keep else _UNTIMED

    def add(self, spent: Iterable[Spent]) -> None:
        """Count what was spent elsewhere."""
        for its in spent:
            _count(self._spent, (its.kind, its.name), its.times, its.seconds)

    def taken(self) -> tuple[Spent, ...]:
        """What was counted since the last time."""
        spent = tuple(Spent(*key, *value) for key, value in self._spent.items())
        self._spent.clear()
        return spent


class _Stretch:
    """A block that is timed; each page has several, and one of `contextlib` takes three times as long."""

    __slots__ = ("_before", "_key", "_sums")

    def __init__(self, sums: _Sums, key: tuple[str, str]) -> None:
        self._sums, self._key = sums, key

    def __enter__(self) -> None:
        self._before = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        _count(self._sums, self._key, 1, time.perf_counter() - self._before)


def _count(sums: _Sums, key: tuple[str, str], times: int, seconds: float) -> None:
    before = sums.get(key, (0, 0.0))
    sums[key] = (before[0] + times, before[1] + seconds)
