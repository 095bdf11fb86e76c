"""Keys that a person presses while a command goes on: each at once, without Enter.

The terminal is put back as it was at the end, and while the program is stopped (Ctrl-Z); in the background it is left
alone, as the shell reads there then.
"""

import asyncio
import contextlib
import os
import signal
import sys
import termios
import tty
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self


class Keys:
    """Listens, on a running event loop, where standard input is a terminal."""

    def __init__(self, actions: Mapping[str, Callable[[], None]]) -> None:
        """`actions`: by key."""
        self._actions = actions
        self._loop = asyncio.get_running_loop()
        self._stream = sys.stdin.fileno() if sys.stdin.isatty() else -1
        self._before: list[Any] = []
        """How the terminal was; empty: it is so."""

    def __enter__(self) -> Self:
        if self._stream >= 0:
            self._begin()
            self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
            self._loop.add_signal_handler(signal.SIGCONT, self._begin)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._stream >= 0:
            self._end()
            for number in (signal.SIGTSTP, signal.SIGCONT):
                self._loop.remove_signal_handler(number)

    @property
    def listening(self) -> bool:
        """Whether keys are heard."""
        return bool(self._before)

    def _begin(self) -> None:
        if self._before or not self._in_front():
            return
        with contextlib.suppress(termios.error):
            self._before = termios.tcgetattr(self._stream)
            tty.setcbreak(self._stream, termios.TCSADRAIN)
            self._loop.add_reader(self._stream, self._read)

    def _end(self) -> None:
        if self._before:
            self._loop.remove_reader(self._stream)
            before, self._before = self._before, []
            if self._in_front():
                with contextlib.suppress(termios.error):
                    termios.tcsetattr(self._stream, termios.TCSADRAIN, before)

    def _stop(self) -> None:
        """Be stopped as any program is; it goes on here."""
        self._end()
        self._loop.remove_signal_handler(signal.SIGTSTP)
        signal.raise_signal(signal.SIGTSTP)
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
        self._begin()

    def _in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self._stream) == os.getpgrp()
        except OSError:
            return False

    def _read(self) -> None:
        if not self._in_front():  # reading would stop the program
            self._loop.remove_reader(self._stream)
            self._before = []
            return
        pressed = os.read(self._stream, 64).decode(errors="ignore")
        if not pressed:  # the terminal is gone
            self._loop.remove_reader(self._stream)
        for key in pressed:
            if action := self._actions.get(key.lower()):
                action()
