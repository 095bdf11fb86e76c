"""The development server: it watches, has the site built, answers browsers, and tells the tabs what changed.

    folders ─watch─► bursts ─► builder (a process of its own) ─► documents, news ─► present ─serve─► browsers
                                                                             └────► tabs ─events─►

All of it runs in one thread, on one event loop, but for the watching, whose events come in from threads. The builder is
a process because of the two things that people wait for: an answer has to come while a build works, and a build needs a
process for itself, with its time limits and its workers.

Invariant: what users save never ends it. A build that fails leaves the last good site; a builder that dies is replaced.
"""

import asyncio
import os
import secrets
import signal
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from mfe_static.dev.answers import Answers
from mfe_static.dev.building import Building
from mfe_static.dev.changes import Changes, Paths
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
    Noticed,
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

_PULSE = 0.5
"""Seconds between two looks at whether something happened that nobody told."""
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


class Broken(NamedTuple):
    """An island failed in a browser."""

    problem: Problem


class Over(NamedTuple):
    """A build is over."""

    built: Built
    changed: Paths
    """What it was for; None: nobody knows."""
    asked: bool
    """Whether a person asked for it."""


News = Ready | Notice | Broken | Standing | Making | Over
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
        self._changes = Changes(
            self._root, begin.team, poll=poll, heard=self._heard, build=self._build, notice=self._notice
        )
        self._works = self._checks = False
        """Whether a build runs; whether all sources are looked at."""
        self._asked = 0
        """Up to which change a person wants to know what came of it."""
        self._shown: OrderedDict[str, None] = OrderedDict()
        self._told: set[Problem] = set()
        """What failed in browsers since the last build."""
        self._ended = asyncio.Event()
        self.interrupted = False
        """Whether Ctrl-C ended it, or whoever asks programs to end."""
        server = secrets.token_hex(8)
        self._present = Present(self._want, lambda: self._changes.overtaken)
        self._tabs = Tabs(server, self._present.document)
        self._answers = Answers(
            self._present, self._tabs, Editor(self._root, environ), self._ask, self._root, self._broken
        )
        self._front = Front(
            self._present, self._tabs, self._answers, self._looked_at, self._marked, server, listening.named
        )

    async def run(self) -> None:
        """Serve until `end`."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._interrupt)
        self._tell(Ready(self._listening))
        self._changes.start()
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
            self._changes.close()
            await self._building.end()

    # -- what people can do

    def rebuild(self) -> None:
        """Build, whatever is known to have changed."""
        self._asked = self._changes.told + 1
        self._changes.add(None)

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

    def _heard(self, paths: Paths) -> None:
        self._present.touch(paths)

    def _build(self, message: Changed) -> None:
        self._building.say(message)

    def _notice(self, found: Problem) -> None:
        self._tell(Notice(found))

    async def _pulse(self) -> None:
        """Look now and then whether something happened that nobody told."""
        changes = self._changes
        while True:
            await asyncio.sleep(_PULSE)
            if self._works or self._checks or changes.unheeded:
                continue
            if changes.lost or self._present.disturbed():
                changes.arm()
                changes.add(None)
            elif changes.rested():
                self._checks = True
                self._building.say(Check())

    # -- what the builder says

    async def _listen(self) -> None:
        while True:
            started = time.monotonic()
            async for message in self._building.messages():
                self._take(message)
            self._lose()
            if time.monotonic() - started < _SHORT:  # it would only die again
                known = self._changes.told
                while known == self._changes.told:
                    await asyncio.sleep(_PULSE)
            again = msgspec.structs.replace(self._begin, epoch=self._tabs.epoch, heeded=self._changes.told)
            self._building = Building(start(), again)

    def _take(self, message: ToServer) -> None:
        if isinstance(message, Began):
            self._works = True
            self._changes.begun(message.heeded)
            self._present.begun()
            if not self._present.pending:
                self._present.touch(None)
            self._tabs.building(message.epoch)
        elif isinstance(message, Made):
            self._present.made(message.documents, message.base_path)
        elif isinstance(message, Noticed):
            self._notice(message.problem)
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
        changed = self._changes.ended(built.heeded)
        if built.found:
            self._changes.missed()
            changed = None if changed is None else (*changed, *built.found)
        self._told.clear()
        self._answers.problems, self._answers.frames = built.problems, built.frames
        self._settle(built.report.output if built.published else None, built.base_path)
        self._tabs.over(built.epoch, built.errors + built.warnings, built.swaps, failed=not built.published)
        asked = 0 < self._asked <= built.heeded
        self._asked = 0 if asked else self._asked
        self._tell(Over(built, changed, asked))

    def _settle(self, output: str | None, base_path: str | None) -> None:
        folder = None if output is None else os.path.realpath(self._root / output)
        self._present.settle(folder, base_path, pending=self._changes.unheeded)

    def _lose(self) -> None:
        """The builder is gone, and nobody told it to."""
        said = "the process that builds was ended from outside, or by the system for want of memory"
        self._checks = False
        self._fail(self._tabs.epoch + 1, self._changes.told, problem("process-killed", said))

    def _fail(self, epoch: int, heeded: int, why: Problem, details: str = "") -> None:
        """A build came to nothing, not even to problems."""
        self._works = False
        self._changes.ended(heeded)
        self._answers.problems, self._answers.frames = (why,), ((),)
        self._settle(None, None)
        self._tabs.over(epoch, 1, {}, failed=True)
        self._tell(Notice(why, details))

    # -- what browsers want

    def _broken(self, found: Problem) -> None:
        """An island failed. Each tab and each reload says so; it is told once."""
        if found not in self._told and len(self._told) < _TABS:
            self._told.add(found)
            self._tell(Broken(found))

    def _want(self, url: str) -> None:
        self._building.say(Wanted((url,)))

    async def _ask(self, what: str, url: str) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = await self._building.ask(what, url, _ANSWER)
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
