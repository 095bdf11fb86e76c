"""Bursts: what changed at about the same time is one change, and is built once.

An editor that saves touches a file several times, `git checkout` a thousand files. A burst ends when nothing was heard
for a moment: a short one for a file that was saved, a longer one where there are many, or where somebody still writes.
Time is passed in, so that this holds without waiting.
"""

from collections.abc import Collection

Changes = frozenset[str] | None
"""Paths from the site's root that may have changed; None: any may have."""

QUIET = 0.005
"""Seconds without an event that end a burst of few files."""
CALM = 0.030
"""The same for many: while a program goes through them, it pauses longer."""
OPEN = 0.060
"""The same while a file is open that was written to; then it holds half of what it will."""
LONGEST = 0.200
"""Seconds after which a burst ends in any case."""
_FEW = 3
_MANY = 10_000
"""Paths from which on it is cheaper to look at all."""


class Bursts:
    """The burst that is under way, if there is one."""

    def __init__(self) -> None:
        self._paths: set[str] | None = set()
        self._writing: set[str] = set()
        self._begun = self._last = 0.0
        self.waiting = False
        """Whether something changed that nobody has taken yet."""

    def add(self, paths: Collection[str] | None, now: float, *, writing: bool = False) -> None:
        """Something changed at `now`, in seconds of any clock. `writing`: and there is more to come; it ends when the
        same path is added without."""
        if not self.waiting:
            self.waiting, self._begun = True, now
        self._last = now
        if writing:
            self._writing.update(paths or ())
        else:
            self._writing.difference_update(paths or ())
        if paths is None or self._paths is None or len(self._paths) > _MANY:
            self._paths = None
        else:
            self._paths.update(paths)

    def ends(self) -> float:
        """When the burst ends, if nothing else is heard."""
        few = self._paths is not None and len(self._paths) <= _FEW
        quiet = OPEN if self._writing else QUIET if few else CALM
        return min(self._last + quiet, self._begun + LONGEST)

    def take(self) -> Changes:
        """All of it; from now on there is none."""
        taken = None if self._paths is None else frozenset(self._paths)
        self._paths, self._writing, self.waiting = set(), set(), False
        return taken
