"""Bursts: what changed at about the same time is one change, and is built once.

An editor that saves touches a file several times, `git checkout` a thousand files. A burst ends when nothing was heard
for a moment, or when it has lasted long enough. Time is passed in, so that this holds without waiting.
"""

from collections.abc import Collection

Changes = frozenset[str] | None
"""Paths from the site's root that may have changed; None: any may have."""

QUIET = 0.010
"""Seconds without an event that end a burst."""
LONGEST = 0.200
"""Seconds after which a burst ends in any case."""
_MANY = 10_000
"""Paths from which on it is cheaper to look at all."""


class Bursts:
    """The burst that is under way, if there is one."""

    def __init__(self) -> None:
        self._paths: set[str] | None = set()
        self._begun = self._last = 0.0
        self.waiting = False
        """Whether something changed that nobody has taken yet."""

    def add(self, paths: Collection[str] | None, now: float) -> None:
        """Something changed at `now`, in seconds of any clock."""
        if not self.waiting:
            self.waiting, self._begun = True, now
        self._last = now
        if paths is None or self._paths is None or len(self._paths) > _MANY:
            self._paths = None
        else:
            self._paths.update(paths)

    def ends(self) -> float:
        """When the burst ends, if nothing else is heard."""
        return min(self._last + QUIET, self._begun + LONGEST)

    def take(self) -> Changes:
        """All of it; from now on there is none."""
        taken = None if self._paths is None else frozenset(self._paths)
        self._paths, self.waiting = set(), False
        return taken
