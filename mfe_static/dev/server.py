"""The development server: it watches, has the site built, answers browsers, and tells the tabs what changed.

    folders ─watch─► bursts ─► builder (a process of its own) ─► documents, news ─► present ─serve─► browsers
                                                                             └────► tabs ─events─►

All of it runs in one thread, on one event loop, but for the watching, whose events come in from threads. The builder is
a process because of the two things that people wait for: an answer has to come while a build works, and a build needs a
process for itself, with its time limits and its workers.

Invariant: what users save never ends it. A build that fails leaves the last good site; a builder that dies is replaced.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from mfe_static.dev.answers import Answers
from mfe_static.dev.building import Building
from mfe_static.dev.editor import Editor
from mfe_static.dev.front import Front
from mfe_static.dev.messages import (
    Began,
    Begin,
    Built,
    Changed,
    Check,
    Checked,
    Crashed,
    Made,
    Making,
    Shown,
    Standing,
    ToServer,
    Wanted,
)
from mfe_static.dev.present import Present
from mfe_static.dev.process import start
from mfe_static.dev.tabs import Tabs
from mfe_static.problems import Problem, problem
from mfe_static.serve.listening import Listening, answering
from mfe_static.watch.bursts import Bursts
from mfe_static.watch.watching import Exhausted, Watch

_REST = 1.0
"""Seconds after the last change in which everything is looked at once more."""
_POLL = 0.5
"""Seconds between two looks where nothing tells of changes."""
_ANSWER, _MARKS = 30.0, 2.0
"""Seconds that the toolbar waits for what is known of a page, and a page for its marks."""
_TABS = 16
"""Pages that are taken for the ones that people look at."""
_SHORT = 5.0
"""Seconds; a builder that dies sooner is not started again before something changes."""


class Ready(NamedTuple):
    """The server listens."""

    listening: Listening


class Notice(NamedTuple):
    """Something to know that no build says."""

    problem: Problem
    details: str = ""
    """For those who mend the tool."""


class Over(NamedTuple):
    """A build is over."""

    built: Built
    changed: Collection[str] | None
    """The paths that it was for; None: nobody knows."""
    asked: bool
    """Whether a person asked for it."""


News = Ready | Notice | Standing | Making | Over
"""What the command line is told."""


class Development:
    """The server for one site."""

    def __init__(
        self,
        begin: Begin,
        building: Building,
        listening: Listening,
        *,
        poll: bool,
        environ: Mapping[str, str],
        tell: Callable[[News], None],
    ) -> None:
        """`building`: a builder that was told to `begin`."""
        self._begin, self._building, self._listening = begin, building, listening
        self._root, self._tell = Path(begin.root), tell
        self._poll = poll
        self._watch: Watch | None = None
        self._bursts = Bursts()
        self._ending: asyncio.TimerHandle | None = None
        """Of the burst."""
        self._sent = self._begun = self._heeded = 0
        """How many changes were sent, are in the build that runs, and in the last one that ended."""
        self._named: dict[int, Collection[str] | None] = {}
        """What changed, by the number of the message that said so."""
        self._works = self._checks = self._asked = False
        self._rests = 0.0
        """When everything is looked at again; 0: not."""
        self._shown: OrderedDict[str, None] = OrderedDict()
        self._ended = asyncio.Event()
        self.interrupted = False
        """Whether Ctrl-C ended it, or whoever asks programs to end."""
        server = secrets.token_hex(8)
        self._present = Present(self._want, lambda: self._bursts.waiting or self._sent > self._begun)
        self._tabs = Tabs(server, self._present.document)
        self._answers = Answers(self._present, self._tabs, Editor(self._root, environ), self._ask)
        self._front = Front(
            self._present, self._tabs, self._answers, self._looked_at, self._marked, server, listening.named
        )

    async def run(self) -> None:
        """Serve until `end`."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._interrupt)
        self._tell(Ready(self._listening))
        self._start_watching(loop)
        tasks = [
            asyncio.ensure_future(work)
            for work in (answering(self._front, self._listening), self._listen(), self._pulse())
        ]
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            done, _ = await asyncio.wait([ended, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._tabs.close()
            for task in (ended, *tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._watch:
                await asyncio.to_thread(self._watch.close)
            await self._building.end()

    # -- what people can do

    def rebuild(self) -> None:
        """Build, whatever is known to have changed."""
        self._asked = True
        self._changed(None)

    def end(self) -> None:
        """Let `run` come to its end."""
        self._ended.set()

    def _interrupt(self) -> None:
        if self.interrupted:  # people press Ctrl-C twice
            self._building.kill()
        self.interrupted = True
        self.end()

    @property
    def url(self) -> str:
        """Where the site is shown."""
        return self._listening.url(self._listening.hosts[0], self._present.base_path + "/")

    # -- what changes

    def _start_watching(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._poll:
            return

        def told(paths: Collection[str] | None, writing: bool) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                loop.call_soon_threadsafe(self._heard, paths, writing)

        try:
            self._watch = Watch(self._root, told, team=self._begin.team)
        except Exhausted as why:
            self._exhausted(why)
        self._rests = loop.time() + _REST  # what changed before the watch began

    def _exhausted(self, why: Exhausted) -> None:
        """Nothing tells of changes any more: go and look for them."""
        self._poll = True
        watch, self._watch = self._watch, None
        if watch:
            watch.close()
        said = f"the system lets no more folders be watched ({why}); they are looked at twice a second instead"
        hint = "raise fs.inotify.max_user_watches, see the page on the development server" if os.name == "posix" else ""
        self._tell(Notice(problem("watch-limit", said, hint=hint)))

    def _heard(self, paths: Collection[str] | None, writing: bool) -> None:
        """Something changed."""
        loop = asyncio.get_running_loop()
        self._bursts.add(paths, loop.time(), writing=writing)
        self._present.touch(paths)
        if self._ending:
            self._ending.cancel()
        self._ending = loop.call_at(self._bursts.ends(), self._burst)

    def _burst(self) -> None:
        self._ending = None
        self._changed(self._bursts.take())

    def _changed(self, paths: Collection[str] | None) -> None:
        """Have it built."""
        self._sent += 1
        self._named[self._sent] = paths
        self._present.touch(paths)
        self._rests = asyncio.get_running_loop().time() + _REST
        if self._watch and self._watch.outdated:
            self._arm()
        self._building.say(Changed(self._sent, None if paths is None else tuple(paths)))

    def _arm(self) -> None:
        """Watch the folders that are there now."""
        try:
            if self._watch:
                self._watch.arm()
        except Exhausted as why:
            self._exhausted(why)

    async def _pulse(self) -> None:
        """Look now and then whether something happened that nobody told."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_POLL)
            if self._works or self._unheeded or self._checks:
                continue
            if self._watch and self._watch.lost():
                self._arm()
                self._changed(None)
            elif self._present.disturbed():
                self._changed(None)
            elif self._poll or 0 < self._rests <= loop.time():
                self._rests, self._checks = 0.0, True
                self._building.say(Check())

    @property
    def _unheeded(self) -> bool:
        """Whether something changed that is in no build so far."""
        return self._bursts.waiting or self._sent > self._heeded

    # -- what the builder says

    async def _listen(self) -> None:
        while True:
            started = time.monotonic()
            async for message in self._building.messages():
                self._take(message)
            self._lose()
            if time.monotonic() - started < _SHORT:  # it would only die again
                known = self._sent
                while known == self._sent:
                    await asyncio.sleep(_POLL)
            self._sent += 1
            again = msgspec.structs.replace(self._begin, epoch=self._tabs.epoch, heeded=self._sent)
            self._building = Building(start(), again)

    def _take(self, message: ToServer) -> None:
        if isinstance(message, Began):
            self._works, self._begun = True, message.heeded
            if not self._present.pending:
                self._present.touch(None)
            self._tabs.building(message.epoch)
        elif isinstance(message, Made):
            self._present.made(message.documents, message.base_path)
        elif isinstance(message, Making):
            self._tell(message)
        elif isinstance(message, Checked):
            self._checks = False
        elif isinstance(message, Standing):
            self._answers.problems, self._answers.frames = message.problems, message.frames
            self._settle(message.report.output, None)
            self._tabs.over(message.epoch, len(message.problems), {}, failed=False)
            self._tell(message)
        elif isinstance(message, Built):
            self._over(message)
        elif isinstance(message, Crashed):
            said = f"this is a bug of mfe-static, not of your site: {message.error} ({message.place})"
            self._fail(message.epoch, message.heeded, problem("build-crashed", said), message.details)

    def _over(self, built: Built) -> None:
        self._works = False
        self._heeded = max(self._heeded, built.heeded)
        self._answers.problems, self._answers.frames = built.problems, built.frames
        self._settle(built.report.output if built.published else None, built.base_path)
        self._tabs.over(built.epoch, built.errors + built.warnings, built.swaps, failed=not built.published)
        named = [self._named.pop(number) for number in sorted(self._named) if number <= built.heeded]
        paths = [path for paths in named if paths is not None for path in paths]
        asked, self._asked = self._asked and self._sent == built.heeded, self._asked and self._sent != built.heeded
        self._tell(Over(built, None if None in named else tuple(dict.fromkeys(paths)), asked))

    def _settle(self, output: str | None, base_path: str | None) -> None:
        folder = None if output is None else os.path.realpath(self._root / output)
        self._present.settle(folder, base_path, pending=self._unheeded)

    def _lose(self) -> None:
        """The builder is gone, and nobody told it to."""
        said = "the process that builds was ended from outside, or by the system for want of memory"
        self._checks = False
        self._fail(self._tabs.epoch + 1, self._sent, problem("process-killed", said))

    def _fail(self, epoch: int, heeded: int, why: Problem, details: str = "") -> None:
        """A build came to nothing, not even to problems."""
        self._works = False
        self._heeded = max(self._heeded, heeded)
        self._named.clear()
        self._answers.problems, self._answers.frames = (why,), ((),)
        self._settle(None, None)
        self._tabs.over(epoch, 1, {}, failed=True)
        self._tell(Notice(why, details))

    # -- what browsers want

    def _want(self, url: str) -> None:
        self._building.say(Wanted((url,)))

    async def _ask(self, url: str) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = await self._building.ask("facts", url, _ANSWER)
        return found

    async def _marked(self, url: str) -> Mapping[str, str] | None:
        """A page's document with marks around its regions, and the digest of the one without."""
        found: Mapping[str, str] | None = await self._building.ask("marked", url, _MARKS)
        return found

    def _looked_at(self, url: str) -> None:
        """Somebody looks at this page."""
        if url not in self._shown:
            self._shown[url] = None
            if len(self._shown) > _TABS:
                self._shown.popitem(last=False)
            self._building.say(Shown(tuple(self._shown)))
        self._shown.move_to_end(url)
