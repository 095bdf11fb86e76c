"""The generators: how each is called, what it makes, and whether it is there."""

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.sites import FLAVOURS


class Call(NamedTuple):
    """How a generator is called in a site's folder."""

    command: str
    build: str
    """Arguments that build the site and say little."""
    version: str
    output: str
    """The folder it writes."""
    remembered: Sequence[str] = ()
    """What it keeps besides; a cold build has neither."""


CALLS = {
    "mfe-static": Call("mfe-static", "build --json", "--version", "dist", (".mfe", ".dist.mfe")),
    "hugo": Call("hugo", "build --quiet", "version", "public", ("resources", ".hugo_build.lock")),
    "zola": Call("zola", "build", "--version", "public"),
    "eleventy": Call("eleventy", "--quiet", "--version", "_site", (".cache",)),
    "mkdocs": Call("mkdocs", "build --quiet", "--version", "site"),
    "pelican": Call("pelican", "--quiet --settings pelicanconf.py --output output", "--version", "output", ("cache",)),
}


class Tool(NamedTuple):
    """A generator that can be started."""

    name: str
    """Its flavour, or `flavour@label` where two of a kind are compared."""
    command: Sequence[str]

    @property
    def flavour(self) -> str:
        """Which sites it reads."""
        return self.name.partition("@")[0]

    @property
    def call(self) -> Call:
        """How it is called."""
        return CALLS[self.flavour]

    @property
    def build(self) -> Sequence[str]:
        """The command that builds."""
        return [*self.command, *shlex.split(self.call.build)]

    def version(self) -> str:
        """What it says it is, in three words: more would tell where it is installed."""
        done = subprocess.run(  # noqa: S603 (a command that the user named)
            [*self.command, *shlex.split(self.call.version)], capture_output=True, text=True, check=False
        )
        return " ".join((done.stdout or done.stderr).split()[:3])

    def forget(self, site: Path) -> None:
        """Remove what builds left in a site."""
        for name in (self.call.output, *self.call.remembered):
            path = site / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def found(names: Sequence[str], given: Sequence[str]) -> tuple[list[Tool], list[str]]:
    """The tools that are there, and a sentence for each that is not.

    `given`: `name=command`; they come after `names`, whose commands are looked for on PATH.
    """
    commands = {name: CALLS[name].command for name in names if name in CALLS}
    commands.update((name, command) for name, _, command in (one.partition("=") for one in given))
    tools, missing = [], [f"There is no generator {name!r} here." for name in names if name not in commands]
    for name, command in commands.items():
        words = shlex.split(command)
        if name.partition("@")[0] not in FLAVOURS:
            missing.append(f"{name} has no flavour; there are {', '.join(FLAVOURS)}.")
        elif not words or not (program := shutil.which(words[0])):
            missing.append(f"{name} is left out: there is no command {words[0] if words else ''!r}.")
        else:
            tools.append(Tool(name, [program, *words[1:]]))
    return tools, missing
