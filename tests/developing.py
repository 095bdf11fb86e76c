"""The development server as people start it: a process, its events, requests, and tabs that listen."""

import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode, urlsplit

PATIENCE = 60.0
"""Seconds until something must have happened; where all is well it is milliseconds."""
Event = dict[str, Any]


class Reply(NamedTuple):
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Dev:
    """`mfe-static dev`, running for a site."""

    def __init__(
        self, root: Path, *options: str, env: Mapping[str, str] | None = None, before: Sequence[str] = ()
    ) -> None:
        """`before`: the words of a program that starts it."""
        command = [
            *before,
            sys.executable,
            "-m",
            "mfe_static",
            "dev",
            "--root",
            str(root),
            "--port",
            "0",
            "--json",
            *options,
        ]
        self.root = root
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
        )
        self.events: queue.Queue[Event] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = ""

    def __enter__(self) -> Self:
        try:
            self.url = self.next("ready")["url"]
        except BaseException:
            self.process.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.put(json.loads(line))

    def end(self, number: int = signal.SIGINT) -> int:
        """End it as Ctrl-C does; its exit code."""
        out, err = self.process.stdout, self.process.stderr
        assert out is not None
        assert err is not None
        if not err.closed:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)
            with out, err:
                self._reader.join()
                said = err.read().decode()
            assert said in {"", "interrupted\n"}, said
        return self.process.returncode

    def next(self, *kinds: str) -> Event:
        """The next event that is one of these."""
        return self.until(lambda event: event["event"] in kinds)

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        """The next event that is as wanted."""
        passed: list[Event] = []
        while True:
            try:
                passed.append(self.events.get(timeout=PATIENCE))
            except queue.Empty:
                raise AssertionError(f"nothing more was said after {passed}") from None
            if wanted(passed[-1]):
                return passed[-1]

    def changed(self, path: str, content: str | bytes | None, kind: str = "built") -> Event:
        """Write a file (None: remove it), and wait for the build that heeds it and ends so."""
        file = self.root / path
        if content is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_name(f".{file.name}.swp")  # a slow machine may pause between two steps of writing
            draft.write_bytes(content if isinstance(content, bytes) else content.encode())
            draft.replace(file)
        return self.until(lambda event: event["event"] == kind and heeds(event, path))

    # -- requests

    def request(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Reply:
        """One request, without following redirects."""
        host = urlsplit(self.url)
        link = http.client.HTTPConnection(host.hostname or "", host.port, timeout=PATIENCE)
        try:
            link.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = link.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, found, answer.read().decode())
        finally:
            link.close()

    def get(self, path: str) -> str:
        """The text of a page that must be there."""
        reply = self.request(path)
        assert reply.status == 200, reply
        return reply.text

    def ask(self, name: str, **query: str) -> Any:
        """What our client asks."""
        return self.request(f"/_mfe/dev/{name}?{urlencode(query)}").json

    @contextmanager
    def tab(self, page: str) -> "Iterator[Tab]":
        """A tab that shows a page."""
        tab = Tab(self, page)
        try:
            yield tab
        finally:
            tab.close()


def heeds(event: Event, path: str) -> bool:
    """Whether a build was for this path, or for a folder above it."""
    changed = event.get("changed", ())
    return changed is None or any(f"{path}/".startswith(f"{it}/") for it in changed)


class Tab:
    """A tab that listens."""

    def __init__(self, dev: Dev, page: str) -> None:
        shown = dev.request(page, sec_fetch_dest="document").text
        self.digest = shown.partition('data-digest="')[2].partition('"')[0]
        self._dev, self.page = dev, page
        host = urlsplit(dev.url)
        self._link = http.client.HTTPConnection(host.hostname or "", host.port, timeout=PATIENCE)
        self._link.request("GET", f"/_mfe/dev/events?{urlencode({'page': page, 'digest': self.digest})}")
        self._stream = self._link.getresponse()
        assert self.next()["kind"] == "hello"

    def next(self) -> Event:
        """The next event."""
        while True:
            line = self._stream.readline().decode()
            assert line, "the stream has ended"
            if line.startswith("data: "):
                event: Event = json.loads(line.removeprefix("data: "))
                return event

    def told(self) -> Event:
        """The next event that is not just about a build that begins."""
        while (event := self.next())["kind"] == "building":
            pass
        return event

    def since(self) -> Event:
        """What a tab learns that asks."""
        event: Event = self._dev.ask("since", page=self.page, digest=self.digest)
        return event

    def close(self) -> None:
        self._link.close()
