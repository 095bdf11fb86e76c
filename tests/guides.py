"""Pages of the documentation that are followed word for word, as a reader would: in an empty folder, from the top.

What a line ending in a colon says of the block below it, and what the block's language says:

* `path`: the file has this text.
* Add to `path`: the file gets this text at its end.
* `path` holds: the file holds these lines somewhere, one after the other.
* a console block holds commands, each with what it prints; `…` stands for anything, and nothing shown for whatever it
  says. One that shows an error fails, all others succeed.
* a text block is a picture: nothing is done with it.

Any other block is a mistake of the page, so that no example goes untested.
"""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "teams" / "docs" / "pages"
_BLOCK = re.compile(
    r"^(?:(?P<before>(?:Add to )?)`(?P<file>[\w./-]+)`(?P<after>(?: holds)?):\n\n)?"
    r"(?P<fence>```+)(?P<kind>\w+)\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_FENCE = re.compile(r"^```+\w+$", re.MULTILINE)


class Command(NamedTuple):
    """A command line, and what it is said to print; `…` stands for anything."""

    line: str
    shown: str


def text_of(page: str) -> str:
    """The source of a page of the documentation."""
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


def commands_of(block: str) -> Iterator[Command]:
    """The commands of a console block."""
    for part in ("\n" + block).split("\n$ ")[1:]:
        line, _, shown = part.partition("\n")
        yield Command(line, shown.strip("\n"))


class Reader:
    """Somebody at a terminal who does what a page says."""

    def __init__(self, folder: Path) -> None:
        self.start = self.folder = folder
        self.done: list[Command] = []
        programs = folder / ".programs"
        programs.mkdir(exist_ok=True)
        tool = programs / "mfe-static"
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mfe_static "$@"\n')
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
        self.environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("MFE_STATIC_", "GIT_"))},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "HOME": str(programs),
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "user.name",
            "GIT_CONFIG_VALUE_0": "Reader",
            "GIT_CONFIG_KEY_1": "user.email",
            "GIT_CONFIG_VALUE_1": "reader@example.org",
        }

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a command line."""
        return subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def follow(self, page: str) -> list[Command]:
        """Do what the page says, in its order."""
        text = text_of(page)
        blocks = list(_BLOCK.finditer(text))
        assert blocks, "a guide has something to do"
        for start in (found.start() for found in _FENCE.finditer(text)):
            assert any(block.start() <= start < block.end() for block in blocks), text[start : start + 200]
        for block in blocks:
            if block["file"]:
                self.file(block["file"], block["text"], (block["before"] + block["after"]).strip())
            elif block["kind"] == "console":
                for command in commands_of(block["text"]):
                    self.command(command)
            else:
                assert block["kind"] == "text", f"neither a file nor a command: {block['text']}"
        return self.done

    def file(self, name: str, text: str, what: str) -> None:
        """A file is written, grows, or is looked into."""
        path = self.folder / name
        if what == "holds":
            wanted = [line.strip() for line in text.splitlines()]
            lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
            assert any(
                all(_like(want, line) for want, line in zip(wanted, lines[start:], strict=False))
                for start in range(len(lines) - len(wanted) + 1)
            ), f"{name}\n" + "\n".join(lines)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        old = path.read_text(encoding="utf-8") + "\n" if what else ""
        path.write_text(old + text, encoding="utf-8")

    def command(self, command: Command) -> None:
        """A command does and prints what the page says."""
        words = command.line.split()
        if words[0] == "cd":
            self.folder = (self.folder / words[1]).resolve()
            assert self.folder.is_relative_to(self.start.resolve())
            assert self.folder.is_dir()
            return
        result = self.run(command.line)
        output = (result.stderr + result.stdout).strip("\n")
        assert result.returncode == (1 if "error[" in command.shown else 0), output
        assert not command.shown or _like(command.shown, output), output
        self.done.append(command)


def _like(shown: str, text: str) -> bool:
    return bool(re.fullmatch(".*".join(map(re.escape, shown.split("…"))), text, re.DOTALL))
