"""How long the phases of a run take, for its report and nothing else: no result depends on it."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


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
