"""The open tabs: who hears of what. Events carry no content; a tab learns that something changed, and asks for it.

A tab is known by the digest of the document that it shows. So it hears of a change however it came by its document:
before a restart, out of a cache, or while a build ran.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from mfe_static.dev.messages import Swap
from mfe_static.dev.present import Document

Event = dict[str, Any]
_SWAPS = 64
"""Changes of a part of a page that are remembered, for tabs that ask later."""
_HEARTBEAT = 15.0
"""Seconds of silence after which a stream is kept open by a comment."""


class Stream:
    """A tab that listens."""

    def __init__(self, page: str, digest: str) -> None:
        self.page, self.digest = page, digest
        self.events: asyncio.Queue[Event | None] = asyncio.Queue()


class Tabs:
    """The tabs that listen, and what they would have heard."""

    def __init__(self, server: str, document: Callable[[str], Document]) -> None:
        """`server`: names this start of the server. `document`: what a path shows now."""
        self._server, self._document = server, document
        self._streams: set[Stream] = set()
        self._swaps: Mapping[str, Swap] = {}
        self.epoch = 0
        self.failed = False
        self.problems = 0

    def __len__(self) -> int:
        return len(self._streams)

    def building(self, epoch: int) -> None:
        """A build has begun."""
        self.epoch = epoch
        for stream in self._streams:
            stream.events.put_nowait({"kind": "building", "epoch": epoch})

    def over(self, epoch: int, problems: int, swaps: Mapping[str, Swap], *, failed: bool) -> None:
        """A build has ended."""
        self.epoch, self.problems, self.failed = epoch, problems, failed
        kept = [(url, swap) for url, swap in self._swaps.items() if url not in swaps]
        self._swaps = {**dict(kept[-_SWAPS:]), **swaps}
        for stream in self._streams:
            stream.events.put_nowait(self.since(stream.page, stream.digest))
            stream.digest = self._document(stream.page).digest

    def since(self, page: str, digest: str) -> Event:
        """What a tab has to know that shows this document of a page."""
        now = self._document(page)
        changed = now.digest != digest
        kind = "failed" if self.failed else "gone" if changed and not now.there else "built"
        event: Event = {"kind": kind, "epoch": self.epoch, "page": changed, "css": [], "regions": []}
        swap = self._swaps.get(now.url)
        if swap and changed and (swap.was, swap.now) == (digest, now.digest):
            event |= {"css": [list(pair) for pair in swap.css], "regions": list(swap.regions)}
        return event | {"problems": self.problems}

    async def listen(self, page: str, digest: str) -> AsyncIterator[bytes]:
        """A stream of server-sent events (HTML, §9.2)."""
        stream = Stream(page, digest)
        self._streams.add(stream)
        try:
            yield b"retry: 500\n"
            yield _sent({"kind": "hello", "epoch": self.epoch, "server": self._server})
            while True:
                try:
                    event = await asyncio.wait_for(stream.events.get(), _HEARTBEAT)
                except TimeoutError:
                    yield b":\n\n"
                    continue
                if event is None:
                    return
                yield _sent(event)
        finally:
            self._streams.discard(stream)

    def close(self) -> None:
        """End all streams."""
        for stream in self._streams:
            stream.events.put_nowait(None)


def _sent(event: Event) -> bytes:
    return f"data: {json.dumps(event)}\n\n".encode()
