"""The server's end of the line to the builder: what it says, what it is told and asked, and how it ends."""

import asyncio
import contextlib
import itertools
import subprocess
from collections.abc import AsyncIterator
from typing import Any

from mfe_static.dev.messages import LENGTH, Answer, Ask, Begin, ToBuilder, ToServer, framed, to_server
from mfe_static.dev.process import Process

_PATIENCE = 10.0
"""Seconds that a builder has to end."""


class Building:
    """A builder at work."""

    def __init__(self, process: Process, begin: Begin) -> None:
        """`process`: one that was told nothing so far."""
        self._process, self._end = process.process, process.end
        self._writer: asyncio.StreamWriter | None = None
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._end.sendall(framed(begin))

    async def messages(self) -> AsyncIterator[ToServer]:
        """What the builder says, until it is no more."""
        reader, self._writer = await asyncio.open_unix_connection(sock=self._end)
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                message = to_server.decode(await reader.readexactly(length))
                if not isinstance(message, Answer):
                    yield message
                elif (asked := self._asked.pop(message.number, None)) and not asked.done():
                    asked.set_result(message.value)
        for asked in self._asked.values():
            asked.set_result(None)

    def say(self, message: ToBuilder) -> None:
        """Tell it something; one that is gone need not know."""
        if self._writer is None:
            with contextlib.suppress(OSError):
                self._end.sendall(framed(message))
        elif not self._writer.is_closing():
            self._writer.write(framed(message))

    async def ask(self, what: Any, url: str, patience: float) -> Any:
        """Ask about a page; None: there is no such page, or no answer in so many seconds."""
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self.say(Ask(number, what, url))
        try:
            return await asyncio.wait_for(answer, patience)
        except TimeoutError:
            return None
        finally:
            self._asked.pop(number, None)

    def kill(self) -> None:
        """End it at once, if it has not ended yet."""
        self._process.kill()
        self._process.wait()

    async def end(self) -> None:
        """Let it end as `mfe-static build` does by Ctrl-C; what it has not published by then, it does not."""
        self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, _PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
        if self._writer is not None:
            self._writer.close()
