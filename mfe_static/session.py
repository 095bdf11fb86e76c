"""A session: builds of one site one after another in one process, as the development server makes them.

What a build made stays in memory for the next one, as the same objects: what did not change need not even be looked at.
A session is a memory like the one on disk, only nearer, and nothing that a build gives depends on it. It is let go
whenever a build did not come to its end. For one thread at a time.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mfe_static.memory import Memory
from mfe_static.survey import Survey

if TYPE_CHECKING:
    from mfe_static.bench import Bench
    from mfe_static.load import Workspace
    from mfe_static.render import Rendering
    from mfe_static.stitched import Early, KeptPages
    from mfe_static.tools import Tried


class Overtaken(Exception):
    """What is being built is out of date, and whoever waits wants the newer. Raised by who is asked what comes first:
    the build ends, nothing goes live, and what it rendered is kept for the next one."""


class Before(NamedTuple):
    """What the last build had in its hands when it was done."""

    rendering: "Rendering"
    bench: "Bench"
    around: object
    """All that the bench's stitcher was made of."""
    kept: Mapping[str, "KeptPages"]
    """What was kept of the pages of each team."""

    def settled(self, rendering: "Rendering", kept: Mapping[str, "KeptPages"]) -> frozenset[str]:
        """The teams of which every page was stitched, from the bodies that they have now."""
        last = {build.sources.name: build for build in self.rendering.builds}
        return frozenset(
            name
            for build in rendering.builds
            if (was := last.get(name := build.sources.name)) is not None
            and was.bodies is build.bodies
            and was.names is build.names
            and kept[name] is self.kept.get(name)
            and len(kept[name].pages) == len(self.bench.teams[name])
            and all(row.mark for row in kept[name].pages.values())
        )


class Session:
    """What outlives a build within a process, and what somebody who waits for it wants."""

    def __init__(
        self,
        *,
        first: Callable[[], Sequence[str]] = tuple,
        made: "Callable[[Mapping[str, Early]], None] | None" = None,
    ) -> None:
        """`first`, `made`: see `stitched.Waiting`; `first` may raise `Overtaken`."""
        self.first, self.made = first, made
        self.touched: Collection[str] | None = None
        """Paths from the root of which somebody knows that they may have changed since the last build; None: all may
        have. Said anew before each build."""
        self.memory: Memory | None = None
        self.seen: Survey | None = None
        self.space: Workspace | None = None
        self.before: Before | None = None
        self.tried: dict[str, Tried] = {}
        """How commands of teams were run last."""

    def forget(self) -> None:
        """Let go of all that builds made; what rests on disk stays."""
        self.memory = self.seen = self.space = self.before = None
