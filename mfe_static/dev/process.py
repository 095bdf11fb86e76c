"""The builder's process, started before anything large is imported, so that it gets ready while the server does."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import mfe_static


class Process(NamedTuple):
    """A builder, and our end of the line to it."""

    process: "subprocess.Popen[bytes]"
    end: socket.socket

    def kill(self) -> None:
        """End it at once, if it has not ended yet."""
        self.process.kill()
        self.process.wait()


def start() -> Process:
    """Start one."""
    end, other = socket.socketpair()
    folder = str(Path(mfe_static.__file__).parents[1])
    path = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
    with other:
        process = subprocess.Popen(  # noqa: S603  ourselves
            # -P: nothing is imported from the folder in which somebody happens to stand
            [sys.executable, "-P", "-X", "utf8", "-m", "mfe_static.dev.builder", str(other.fileno()), str(os.getpid())],
            stdin=subprocess.DEVNULL,
            pass_fds=[other.fileno()],
            env={**os.environ, "PYTHONPATH": path},
        )
    return Process(process, end)
