"""The builder: the process that builds, again and again, and says what came of it.

It is alone in its process, without another thread, so all works as in `mfe-static build`: time limits, worker processes,
the way it ends. Whatever a build comes to, a broken site or a bug of ours, the builder waits for the next change. It ends
when the server does, or when it is told to (SIGTERM), as a build does by Ctrl-C.
"""

import inspect
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mfe_static.build import build
from mfe_static.dev.frames import frames
from mfe_static.dev.knowledge import Knowledge
from mfe_static.dev.messages import (
    Answer,
    Ask,
    Begin,
    Building,
    Built,
    Changed,
    Check,
    Crashed,
    Gone,
    Line,
    Made,
    Making,
    Shown,
    Standing,
    ToBuilder,
    Wanted,
)
from mfe_static.problems import Problem, counted
from mfe_static.report.frames import chosen
from mfe_static.run import Options, Result
from mfe_static.session import Early, Session
from mfe_static.survey import survey
from mfe_static.workers import _die_with_parent, seldom_collect

_BREATH = 0.1
"""Seconds between two words on how far a build is."""
_BUSY = 3
"""The exit code that says that another build is running."""
_AGAIN = 0.3
"""Seconds to wait then."""


class Builder:
    """Builds one site, as it is told to."""

    def __init__(self, line: Line, begin: Begin) -> None:
        self._line, self._limit = line, begin.problems
        self._root = Path(begin.root)
        self._options = Options(
            now=begin.now,
            environ=begin.environ,
            flags=begin.flags,
            drafts=begin.drafts,
            cache=begin.cache,
            jobs=begin.jobs,
            strict=begin.strict,
        )
        self._session = Session(first=self._first, made=self._made)
        self._knowledge = Knowledge(self._root, self._session)
        self._problems: Sequence[Problem] = ()
        """What was said last."""
        self._epoch = 0
        self._announced = False
        self._told = 0.0
        self._heard: list[ToBuilder] = []
        """What was said during a build, and waits for its end."""
        self._wanted: dict[str, None] = {}
        self._shown: tuple[str, ...] = ()

    def run(self) -> None:
        """Build until nobody listens any more. Raises `Gone`."""
        self._start()
        while True:
            heard, self._heard = self._heard or self._line.receive(None), []
            self._listen(heard)
            changes = [said for said in heard if isinstance(said, Changed)]
            if changes:
                self._build(_together(changes))
            elif any(isinstance(said, Check) for said in heard):
                self._check()
            for said in heard:
                if isinstance(said, Ask):
                    self._line.send(Answer(said.number, self._knowledge.answer(said)))

    def _start(self) -> None:
        """The first build. Where nothing changed since the last one, that is said at once; what it made is learnt then."""
        if self._options.cache:
            result = self._once(None, quick=True)
            if result is None or result.site is not None or not result.published:
                self._tell(result)
                return
            self._epoch += 1
            self._line.send(Standing(self._epoch, result.report.output))
            self._announced = True
        self._tell(self._once(None))

    def _build(self, touched: frozenset[str] | None) -> None:
        """Build, and say so."""
        self._announce()
        self._tell(self._once(touched))

    def _check(self) -> None:
        """Look at all sources; build what changed without a word of it."""
        last, now = self._session.seen, survey(self._root)
        ...

    def _once(self, touched: frozenset[str] | None, *, quick: bool = False) -> Result | None:
        """One build; None: it ended by a bug of ours, which is said."""
        self._session.touched = touched
        try:
            return build(self._root, self._options._replace(quick=quick), self._progress, self._session)
        except (KeyboardInterrupt, Gone):
            raise
        except Exception as error:  # noqa: BLE001  the last net: a bug must not end the server
            self._session.forget()
            self._announce()
            self._line.send(Crashed(self._epoch, f"{error!r}"))
            return None
