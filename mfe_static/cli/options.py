"""Flags that commands share, and what they say as values: `Given` for all, `How` for those that run the pipeline.

The clock and the environment are read here, once, and nowhere below (invariant 1).
"""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import click

if TYPE_CHECKING:
    import datetime

Command = Callable[..., int]


class OneOf(click.Choice[str]):
    """One of some words; a near miss gets a suggestion."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """What is wrong, and what may be meant."""
        from difflib import get_close_matches

        near = get_close_matches(str(value), self.choices, n=1)
        return super().get_invalid_choice_message(value, ctx) + (f' Did you mean "{near[0]}"?' if near else "")


class Given(NamedTuple):
    """What every command is told."""

    root: Path
    json: bool
    quiet: bool
    verbose: bool
    strict: bool
    color: Literal["auto", "always", "never"]
    searched: bool = False
    """Whether the root was looked for, here and in the folders above."""


class How(NamedTuple):
    """How the pipeline is to run."""

    now: "datetime.datetime"
    base_url: str | None
    environment: str | None
    drafts: bool
    jobs: int
    cache: bool
    commands: bool


def shared(command: Command) -> Command:
    """Give a command the flags that all have; it gets them as its first argument, a `Given`."""
    return _with((_ROOT, *_SPEECH, _STRICT, _COLOR), _told(command))


def siteless(command: Command) -> Command:
    """The same for a command that looks at no site, and so has neither a root nor warnings."""
    return _with((*_SPEECH, _COLOR), _told(command))


def _told(command: Command) -> Command:
    @functools.wraps(command)
    def wrapped(
        json: bool, quiet: bool, verbose: bool, color: Any, root: str | None = None, strict: bool = False, **rest: Any
    ) -> int:
        return command(Given(site_root(root), json, quiet, verbose, strict, color, root is None), **rest)

    return wrapped


_ROOT: Callable[[Command], Command] = click.option(
    "--root", metavar="FOLDER", type=click.Path(),
    help="The site's root. Default: the nearest folder with a site.toml, from here upwards.",
)  # fmt: skip
_SPEECH: tuple[Callable[[Command], Command], ...] = (
    click.option("--json", is_flag=True, help="Print one JSON value on stdout, and nothing else."),
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    click.option("-v", "--verbose", is_flag=True, help="Show all problems and more details."),
)
_STRICT: Callable[[Command], Command] = click.option("--strict", is_flag=True, help="Let warnings fail, too.")
_COLOR: Callable[[Command], Command] = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto",
    help="Default: on terminals, unless NO_COLOR is set.",
)  # fmt: skip


def _with(options: tuple[Callable[[Command], Command], ...], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def site_root(given: str | None) -> Path:
    """The folder that is meant; without a word, the nearest one from here upwards with a `site.toml`, else here."""
    if given is not None:
        return Path(os.path.abspath(given))
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "site.toml").is_file()), here)


def pipeline(command: Command) -> Command:
    """Give a command the flags of the pipeline; it gets them as `how`, a `How`."""

    @functools.wraps(command)
    def wrapped(
        *args: Any,
        now: str | None,
        base_url: str | None,
        environment: str | None,
        drafts: bool,
        jobs: int,
        no_cache: bool,
        no_commands: bool,
        **rest: Any,
    ) -> int:
        how = How(moment(now), base_url, environment, drafts, jobs, not no_cache, not no_commands)
        return command(*args, how=how, **rest)

    return _with(_PIPELINE, wrapped)


commandless: Callable[[Command], Command] = click.option(
    "--no-commands", is_flag=True, envvar="MFE_NO_COMMANDS",
    help="Start no program of a team: take what its tool left. Also by MFE_NO_COMMANDS=1.",
)  # fmt: skip
"""For whoever looks at a change of somebody who is not to be trusted."""

_PIPELINE: tuple[Callable[[Command], Command], ...] = (
    click.option("--base-url", metavar="URL", help="Where the site will be served; instead of site.toml's."),
    click.option(
        "-e", "--environment", metavar="NAME",
        help="One of [environments] in site.toml, such as preview. Default: MFE_STATIC_ENVIRONMENT, else none.",
    ),
    click.option("--drafts", is_flag=True, help="Build drafts, too."),
    click.option(
        "--now", metavar="DATE",
        help="The date that publish and expiry dates are compared with. Default: SOURCE_DATE_EPOCH, else today (UTC).",
    ),
    click.option(
        "-j", "--jobs", metavar="N", type=click.IntRange(0, 1024), default=0, help="Processes; 0: one for each core."
    ),
    click.option(
        "--no-cache", is_flag=True,
        help="Render every page, whatever .mfe/ remembers, and read every file of the output.",
    ),
    commandless,
)  # fmt: skip


def moment(given: str | None) -> "datetime.datetime":
    """`--now`, else SOURCE_DATE_EPOCH (seconds, reproducible-builds.org), else the beginning of today in UTC."""
    import datetime

    utc = datetime.UTC
    if given is not None:
        try:
            found = datetime.datetime.fromisoformat(given)
        except ValueError:
            raise click.BadParameter(f'"{given}" is no date such as 2026-05-31', param_hint="--now") from None
        return found if found.tzinfo else found.replace(tzinfo=utc)
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        try:
            return datetime.datetime.fromtimestamp(int(epoch), utc)
        except (ValueError, OverflowError, OSError):
            raise click.UsageError(f'SOURCE_DATE_EPOCH is no number of seconds: "{epoch}"') from None
    return datetime.datetime.combine(datetime.datetime.now(utc).date(), datetime.time(), utc)


def interactive() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()
