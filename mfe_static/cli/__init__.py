"""The command line: the only place that prints, reads flags and the clock, and exits.

A command is a module of `commands` with a click command named `command`, imported when it is used: so
`--version` and completion are quick, and `--help` needs no template engine. A command returns its exit code:

    0 fine (warnings too) · 1 problems · 2 usage · 3 busy · 4 not deployed · 5 live, but something after it failed ·
    6 refused for safety · 7 what is live is not known, or half changed · 70 a bug of ours · 130 interrupted

Problems of users' files are answers and never exceptions; an exception that gets as far as `Program.main` is a bug,
and is called one (70 is EX_SOFTWARE of sysexits.h).
"""

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from mfe_static import __version__, patterns

NAME = "mfe-static"
COMMANDS = (
    "dev", "build", "serve", "check", "deploy", "deploys", "new", "list", "why", "graph", "diff", "config", "clean",
    "markdown", "completion",
)  # fmt: skip
BUG, INTERRUPTED = 70, 130


class Program(click.Group):
    """All commands, each imported on use; and what the program does when a command ends in any way."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"mfe_static.cli.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begin with; a near miss gets a suggestion."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            raise click.UsageError(f'no command "{args[0]}"' + (f'; did you mean "{near[0]}"?' if near else ""), ctx)
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> NoReturn:
        """Run a command and exit with its code."""
        given = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        extra["prog_name"] = NAME
        try:
            code = super().main(given, *rest, **extra)
        except click.ClickException as wrong:
            wrong.show()
            if said := _belongs(wrong, given):
                click.echo(said, err=True)
            sys.exit(wrong.exit_code)
        except (click.Abort, KeyboardInterrupt):
            click.echo("interrupted", err=True)
            sys.exit(INTERRUPTED)
        except Exception as error:  # noqa: BLE001  the last net: users see a sentence, not a traceback
            _own_up(error, verbose=bool({"-v", "--verbose"} & set(given)))
            sys.exit(BUG)
        sys.exit(code or 0)


def _belongs(wrong: click.ClickException, given: Sequence[str]) -> str:
    """Where an option, or the site's folder, has to stand that stands where nobody looks for it; else empty."""
    context = wrong.ctx if isinstance(wrong, click.UsageError) else None
    if context is None:
        return ""
    name = next((word for word in given if word in COMMANDS), "")
    if isinstance(wrong, click.NoSuchOption) and context.command is program and name:
        command = program.get_command(context, name)
        if command and any(wrong.option_name in option.opts for option in command.params):
            return f"It stands behind the command: {NAME} {name} {wrong.option_name} …"
    folder = next((word for word in given if os.path.isfile(os.path.join(word, "site.toml"))), "")
    takes = any("--root" in option.opts for option in context.command.params)
    if type(wrong) is click.UsageError and takes and folder and "--root" not in given:
        return f"The site's folder is said by --root: {context.command_path} --root {folder}"
    return ""


def _own_up(error: Exception, *, verbose: bool) -> None:
    import traceback

    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "mfe_static" in frame.filename]
    place = ", ".join(f"{frame.filename.rpartition('mfe_static')[2].strip('/')}:{frame.lineno}" for frame in ours[-1:])
    click.echo(f"this is a bug of {NAME} {__version__}, not of your site: {error!r} ({place})", err=True)
    if verbose:
        click.echo("".join(traceback.format_exception(error)), err=True)
    else:
        click.echo("please report it; -v shows the details", err=True)


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine · 1 problems · 2 usage · 3 busy · 4 not deployed · 5 live, but not all done · "
    "6 refused for safety · 7 what is live is not known · 70 a bug · 130 interrupted",
)
@click.version_option(__version__, prog_name=NAME, message="%(prog)s %(version)s")
def program() -> None:
    """Build one static site from the folders of several teams.

    \b
    Examples:
      mfe-static new site shop        start a site with two teams
      mfe-static dev                  show it while you write
      mfe-static build                build it into dist/
      mfe-static serve                look at it, as a static host would show it
      mfe-static check --strict       check it without writing anything
      mfe-static deploy               bring it to its host
      mfe-static why /docs/           who is behind a URL, and who links there
      mfe-static graph                draw the teams, and how they lean on each other
    """


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _open_streams() -> None:
    """Have all three standard streams: in the place of a closed one stood the next file that is opened, and it would
    get what is printed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  as long as the process


def main() -> NoReturn:
    """The program."""
    _open_streams()
    if sys.getfilesystemencoding().lower() != "utf-8":  # names of files are UTF-8, whatever the locale says
        os.execv(sys.executable, [sys.executable, "-X", "utf8", "-m", "mfe_static", *sys.argv[1:]])  # noqa: S606  ourselves
    code: int | str | None = 0
    signal.signal(signal.SIGTERM, _interrupt)  # so that it ends as orderly as by Ctrl-C
    try:
        program()
    except SystemExit as end:
        code = end.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads any more
        code = code or 1
    patterns.keep()
    # Nothing is left to be done, and to take down all that a large site was takes long.
    os._exit(code if isinstance(code, int) else 1)
