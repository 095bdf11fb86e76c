"""What changed, in which order, and which build knows of it.

Changes are counted as they are told to the builder, and the builder says up to which number a build heeded them. So it
is always known whether what was just made is what belongs to the last save.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from mfe_static.dev.messages import Changed
from mfe_static.problems import Problem, problem
from mfe_static.watch.bursts import Bursts
from mfe_static.watch.watching import Exhausted, Watch

_REST = 1.0
"""Seconds after the last change in which everything is looked at once more."""
Paths = Collection[str] | None
"""From the site's root; None: any."""


class Changes:
    """The changes of a site, as long as it is watched. For one event loop."""

    def __init__(
        self,
        root: Path,
        team: str,
        *,
        poll: bool,
        heard: Callable[[Paths], None],
        build: Callable[[Changed], None],
        notice: Callable[[Problem], None],
    ) -> None:
        """`team`: the only one that is watched; empty: all are. `poll`: nothing is watched, somebody looks instead.
        Told of what happens: `heard` at once, `build` when a burst is over, `notice` of trouble."""
        self._root, self._team, self.poll = root, team, poll
        self._hear, self._build, self._notice = heard, build, notice
        self._watch: Watch | None = None
        self._bursts = Bursts()
        self._ending: asyncio.TimerHandle | None = None
        """Of the burst."""
        self._named: dict[int, Paths] = {}
        self._rests = 0.0
        self.told = 0
        """How many changes were told to the builder."""
        self._begun = self._heeded = 0
        """How many of them are in the build that runs, and in the last one that ended."""

    def start(self) -> None:
        """Watch from now on."""
        self._rests = asyncio.get_running_loop().time() + _REST  # for what changed just before
        if not self.poll:
            with self._bounded():
                self._watch = Watch(self._root, self._from_thread(), team=self._team)

    def close(self) -> None:
        """Watch nothing any more."""
        watch, self._watch = self._watch, None
        if watch:
            watch.close()

    def add(self, paths: Paths) -> None:
        """Have this built."""
        self.told += 1
        self._named[self.told] = paths
        self._hear(paths)
        self._rests = asyncio.get_running_loop().time() + _REST
        if self._watch and self._watch.outdated:
            self.arm()
        self._build(Changed(self.told, None if paths is None else tuple(paths)))

    def arm(self) -> None:
        """Watch the folders that are there now."""
        if self._watch:
            with self._bounded():
                self._watch.arm()

    def missed(self) -> None:
        """Something changed that nobody had told: watch anew, and look at all once more."""
        if self._watch:
            self._rests = asyncio.get_running_loop().time() + _REST
            with self._bounded():
                self._watch.renew()

    # -- what is known of them

    @property
    def unheeded(self) -> bool:
        """Whether something changed that is in no build that has ended."""
        return self._bursts.waiting or self.told > self._heeded

    @property
    def overtaken(self) -> bool:
        """Whether something changed that the build which runs does not know."""
        return self._bursts.waiting or self.told > self._begun

    @property
    def lost(self) -> bool:
        """Whether something is not watched any more that was."""
        return self._watch is not None and self._watch.lost()

    def rested(self) -> bool:
        """Whether it is time to look at everything; then it is not until something changes again."""
        if not self.poll and not 0 < self._rests <= asyncio.get_running_loop().time():
            return False
        self._rests = 0.0
        return True

    def begun(self, number: int) -> None:
        """A build runs that knows the changes up to this one."""
        self._begun = number

    def ended(self, number: int) -> Paths:
        """A build ended that knew them; what it was for."""
        self._heeded = max(self._heeded, number)
        named = [self._named.pop(known) for known in sorted(self._named) if known <= number]
        paths = [path for paths in named if paths is not None for path in paths]
        return None if None in named else tuple(dict.fromkeys(paths))

    # -- what happens

    def _from_thread(self) -> Callable[[Paths, bool], None]:
        loop = asyncio.get_running_loop()

        def told(paths: Paths, writing: bool) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                loop.call_soon_threadsafe(self._heard, paths, writing)

        return told

    def _heard(self, paths: Paths, writing: bool) -> None:
        """Something happened."""
        loop = asyncio.get_running_loop()
        self._bursts.add(paths, loop.time(), writing=writing)
        self._hear(paths)
        if self._ending:
            self._ending.cancel()
        self._ending = loop.call_at(self._bursts.ends(), self._burst)

    def _burst(self) -> None:
        self._ending = None
        self.add(self._bursts.take())

    @contextlib.contextmanager
    def _bounded(self) -> Iterator[None]:
        """Where the system lets no more be watched, go and look instead."""
        try:
            yield
        except Exhausted as why:
            self.close()
            self.poll = True
            said = f"the system lets no more folders be watched ({why}); they are looked at twice a second instead"
            self._notice(
                problem("watch-limit", said, hint="on Linux, raise fs.inotify.max_user_watches, or max_user_instances")
            )
