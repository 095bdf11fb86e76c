"""The builder: the process that builds, again and again, and says what came of it.

It is alone in its process, without another thread, so all works as in `mfe-static build`: time limits, processes for
large work, the way it ends. Whatever a build comes to, a broken site or a bug of ours, the builder waits for the next
change. It ends when the server does, or when it is told to (SIGTERM), as a build does by Ctrl-C.
"""

import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from mfe_static.build import build
from mfe_static.dev.frames import frames
from mfe_static.dev.knowledge import Knowledge
from mfe_static.dev.messages import (
    Answer,
    Ask,
    Began,
    Begin,
    Built,
    Changed,
    Check,
    Checked,
    Crashed,
    Gone,
    Line,
    Made,
    Making,
    Noticed,
    Shown,
    Standing,
    ToBuilder,
    Wanted,
)
from mfe_static.garbage import seldom_collect
from mfe_static.problems import Problem, counted, problem
from mfe_static.processes import die_with_parent
from mfe_static.report.frames import chosen
from mfe_static.run import Options, Result, last_seen
from mfe_static.session import Overtaken, Session
from mfe_static.state import Sums
from mfe_static.stitched import Early
from mfe_static.survey import Survey, recalled, survey

_BREATH = 0.1
"""Seconds between two words on how far a build is."""
_FRAMES = 200
"""Problems that are shown in the browser, with the lines around them."""
_BUSY = 3
"""The exit code that says that another build is running."""
_AGAIN = 0.3
"""Seconds to wait then."""
_LONG, _TIMES = 250, 3
"""Pages left to stitch above which a change is not left to wait for them, and how often in a row."""
_SWEEP = 50
"""Builds after which circles of garbage are taken away. Each build leaves some, such as the template engines of the one
before, and Python by itself would wait until there are hundreds of megabytes of them (`seldom_collect`)."""
_ONCE = "this time all teams are built, as by mfe-static build; from then on it begins with this one alone"
Touched = frozenset[str] | None


class Builder:
    """Builds one site, as it is told to."""

    def __init__(self, line: Line, begin: Begin, heard: list[ToBuilder]) -> None:
        """`heard`: what was said already after `begin`."""
        self._line, self._limit = line, begin.problems
        self._root, self._team = Path(begin.root), begin.team
        self._options = Options(
            now=begin.now,
            environ=begin.environ,
            drafts=begin.drafts,
            commands=begin.commands,
            only=begin.team,
            strict=begin.strict,
        )
        self._session = Session(first=self._first, made=self._made)
        self._knowledge = Knowledge(self._root, self._session)
        self._problems: Sequence[Problem] | None = None
        """What was said last."""
        self._epoch, self._heeded = begin.epoch, begin.heeded
        self._announced = False
        """Whether the build that runs was."""
        self._breath = self._begun = 0.0
        self._left = self._overtaken = 0
        """How many pages are left to stitch; how many builds came to no end because something changed."""
        self._builds = 0
        """Since the last sweep."""
        self._wanted: dict[str, None] = {}
        self._shown: tuple[str, ...] = ()
        self._heard = self._heeding(heard)
        """What was said during a build, and waits for its end."""

    def run(self) -> None:
        """Build until nobody listens any more. Raises `Gone`."""
        self._start()
        gc.freeze()  # most of it stays, so that no sweep has to look at it
        while True:
            heard, self._heard = self._heard or self._listened(None), []
            changes = [said for said in heard if isinstance(said, Changed)]
            if changes:
                self._heeded = max(said.number for said in changes)
                known = [said.paths for said in changes if said.paths is not None]
                self._build(frozenset().union(*known) if len(known) == len(changes) else None)
            for said in heard:
                if isinstance(said, Check):
                    self._check()
                    self._line.send(Checked())
                elif isinstance(said, Ask):
                    self._line.send(Answer(said.number, self._knowledge.answer(said)))
            if self._builds >= _SWEEP:  # everybody has been answered
                self._builds = 0
                gc.collect()

    def _start(self) -> None:
        """The first build. Where nothing changed since the last one that is said at once, and learnt afterwards."""
        if self._team and not self._recall():
            self._line.send(
                Noticed(
                    problem("nothing-built", f'of the teams beside "{self._team}" nothing is built yet', hint=_ONCE)
                )
            )
        result = self._once(None, quick=True)
        if result is not None and result.published and result.site is None:
            self._announced, self._problems = True, result.problems
            self._epoch += 1
            problems = tuple(chosen(result.problems, self._limit))
            self._line.send(Standing(self._epoch, result.report, problems, frames(problems[:_FRAMES], self._root)))
            result = None
        if not self._overtaken:
            self._tell(result or self._once(None))

    def _recall(self) -> bool:
        """Take the other teams for what the last build saw; false: there was none that counts."""
        if self._team and (stats := last_seen(self._root).stats):
            self._session.seen = recalled(self._root, self._team, stats)
        return self._session.seen is not None

    def _forget(self) -> None:
        self._session.forget()
        self._recall()

    def _build(self, touched: Touched) -> None:
        self._announce()
        self._tell(self._once(touched))

    def _check(self) -> None:
        """Look at every source; what differs from what the last build saw is built, of the rest nobody hears. A change
        that is told meanwhile comes first."""
        last, memory = self._session.seen, self._session.memory
        if last is None or memory is None:
            self._tell(self._once(None))
            return
        now = survey(self._root, last, ())
        differing = now.folders.keys() ^ last.folders.keys()
        differing |= {"site.toml"} if now.own != last.own else set()
        found = set(differing)
        for shown in self._own(last):
            self._heard += self._listened(0)
            if any(isinstance(said, Changed) for said in self._heard):
                return
            folder = survey(self._root, last, (shown,)).folders.get(shown)
            was, stats = last.folders[shown].stats, folder.stats if folder else {}
            if stats != was:
                differing.add(shown)
                found |= {f"{shown}/{path}" for path, _ in stats.items() ^ was.items() if not path.endswith("/")}
        sums = Sums(last.stats, memory.site.files, last.recalled)
        if not differing and (young := sums.young(int(self._begun * 1e9))) and not sums.unchanged(last.real):
            differing = set(young)
        if differing:
            self._tell(self._once(frozenset(differing)), sorted(found))

    def _own(self, last: Survey) -> Sequence[str]:
        """All folders, or all but those of other teams."""
        own = f"teams/{self._team}"
        return [it for it in last.folders if not self._team or it == own or not it.startswith("teams/")]

    def _once(self, touched: Touched, *, quick: bool = False) -> Result | None:
        """One build; None: it ended by a bug of ours, which is said, or was overtaken by a change that was heard."""
        write = os.path.lexists(self._root / "site.toml")  # nothing of ours is left in a folder without a site
        if write is not self._options.write:
            self._options = self._options._replace(write=write)
            self._forget()
        self._session.touched = touched
        self._builds += 1
        self._begun = time.time()
        try:
            return build(self._root, self._options._replace(quick=quick), self._progress, self._session)
        except Gone:
            raise
        except Overtaken:
            self._overtaken, self._announced = self._overtaken + 1, False
            return None
        except Exception as error:  # noqa: BLE001  the last net: whatever it was, the next save may be better
            self._forget()
            self._announce()
            self._announced = False
            import traceback

            ours = [it for it in traceback.extract_tb(error.__traceback__) if "mfe_static" in it.filename][-1:]
            place = ", ".join(f"{it.filename.rpartition('mfe_static')[2].strip('/')}:{it.lineno}" for it in ours)
            details = "".join(traceback.format_exception(error))
            self._line.send(Crashed(self._epoch, self._heeded, repr(error), place, details))
            return None

    def _tell(self, result: Result | None, found: Sequence[str] | None = None) -> None:
        """Say what came of a build, unless nothing did that nobody asked for. `found`: see `Built`; None: told."""
        if result is None:
            return
        self._wanted.clear()
        self._overtaken = 0
        same, self._problems = result.problems == self._problems, result.problems
        if result.code == _BUSY:
            self._heard += [*self._listened(_AGAIN), Changed(self._heeded, None)]
        report, written = result.report, result.written
        idle = same and not (report.rendered or report.stitched or written.written or written.removed)
        idle = idle or (same and found == [] and not result.published)  # it failed as before
        if idle and not self._announced:
            return
        self._announce()
        self._announced = False
        change = self._knowledge.learn(result)
        errors, warnings = counted(result.problems)
        problems = tuple(chosen(result.problems, self._limit))
        self._line.send(
            Built(
                epoch=self._epoch,
                heeded=self._heeded,
                published=result.published,
                code=result.code,
                seconds=result.seconds,
                report=report,
                written=written,
                problems=problems,
                frames=frames(problems[:_FRAMES], self._root),
                errors=errors,
                warnings=warnings,
                base_path=result.site.site.base_path if result.site else "",
                changed=tuple(change.changed),
                gone=tuple(change.gone),
                swaps=change.swaps,
                idle=idle,
                found=tuple(found or ()),
            )
        )

    def _announce(self) -> None:
        if not self._announced:
            self._announced = True
            self._epoch += 1
            self._line.send(Began(self._epoch, self._heeded))

    # -- while a build runs

    def _progress(self, phase: str, done: int, total: int) -> None:
        self._announce()
        left = total - done
        self._left = left if phase == "stitch" else left * _LONG * 2 if phase == "encode" else 0
        now = time.monotonic()
        if now - self._breath > _BREATH:
            self._breath = now
            self._line.send(Making(phase, done, total))

    def _first(self) -> Sequence[str]:
        self._heard += self._listened(0)
        if self._left > _LONG and self._overtaken < _TIMES and any(isinstance(said, Changed) for said in self._heard):
            raise Overtaken
        base = self._base_path  # who asks before there is a site does not know it
        return [*self._wanted, *(path.removeprefix(base) for path in self._wanted if base), *self._shown]

    @property
    def _base_path(self) -> str:
        return self._session.space.site.base_path if self._session.space else ""

    def _made(self, documents: Mapping[str, Early]) -> None:
        made = {url: (early.file, early.digest) for url, early in documents.items()}
        self._line.send(Made(made, self._base_path))

    def _listened(self, patience: float | None) -> list[ToBuilder]:
        """What was said; what only tells who waits for what is heeded at once."""
        return self._heeding(self._line.receive(patience))

    def _heeding(self, heard: list[ToBuilder]) -> list[ToBuilder]:
        for said in heard:
            if isinstance(said, Wanted):
                self._wanted.update(dict.fromkeys(said.urls))
            elif isinstance(said, Shown):
                self._shown = said.urls
                self._knowledge.show(said.urls)
        return [said for said in heard if not isinstance(said, Wanted | Shown)]


def main(descriptor: int, parent: int) -> None:
    """The process. `descriptor`: of its end of the line; `parent`: the server's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's business
    signal.signal(signal.SIGTERM, _end)
    die_with_parent(parent)
    seldom_collect()
    line = Line(socket.socket(fileno=descriptor))
    try:
        begin, *heard = line.receive(None)
        assert isinstance(begin, Begin)
        Builder(line, begin, heard).run()
    except (Gone, KeyboardInterrupt):
        pass
    os._exit(0)  # nothing is left to be done, and to take down all that a large site was takes long


def _end(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
