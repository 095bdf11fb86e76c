"""Servers that others wrote, as processes: they are asked what ours is asked.

What they say is kept in a file, and shown where one does not come up or fails of itself.
"""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from serving import Got, Server

PORTS = range(20_000, 32_000)
"""Where no system takes the ports of connections from, nor those of servers that ask for any port."""


class Witness(Server):
    """Where another's server answers."""

    def __init__(self, port: int, said: Path) -> None:
        super().__init__(port)
        self.said = said


class Faltering(Witness):
    """A tool that answers 500 of itself now and then when the machine is busy, and then is asked again.

    Cloudflare's does: github.com/cloudflare/workers-sdk/issues/5552. Netlify's does where it does not reach the server
    it has for files. No rule of ours says 500.
    """

    def ask(self, method: str, target: str, /, **headers: str) -> Got:
        for pause in range(20):
            answer = super().ask(method, target, **headers)
            if answer.status != 500:
                return answer
            time.sleep(pause / 10)
        raise AssertionError(f"500 for {target} each time: {answer.body.decode()}\n{last_words(self.said)}")


@contextmanager
def started(
    command: Callable[[int], list[str]], said: Path, witness: Callable[[int, Path], Witness] = Witness
) -> Iterator[Witness]:
    """A server that listens on the port its command is told. Where it ends at once, another may have had the port."""
    for _ in range(3):
        port = free_port()
        with said.open("wb") as log:
            process = subprocess.Popen(
                command(port), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        try:
            if listens(process, port, said):
                yield witness(port, said)
                return
        finally:
            end(process)
    raise AssertionError(f"{process.args!r} ended with {process.returncode}\n{last_words(said)}")


def free_port() -> int:
    while True:
        port = random.choice(PORTS)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def listens(process: subprocess.Popen[bytes], port: int, said: Path) -> bool:
    """Whether somebody came to listen before the process ended."""
    until = time.monotonic() + 120
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        assert time.monotonic() < until, f"{process.args!r} does not listen\n{last_words(said)}"
        time.sleep(0.02)
    return False


def end(process: subprocess.Popen[bytes]) -> None:
    """End it, and whatever it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def last_words(said: Path) -> str:
    return said.read_text(errors="replace")[-4000:]
