"""`mfe-static dev`: the development server."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given, moment, shared

if TYPE_CHECKING:
    from mfe_static.dev.building import Building
    from mfe_static.dev.messages import Begin
    from mfe_static.problems import Problem
    from mfe_static.serve.listening import Listening

PROBLEMS = 200
"""How many problems of a build are shown; a person mends the first."""
INTERRUPTED = 130
_EVERYWHERE = "0.0.0.0"  # noqa: S104  only where it is asked for


@click.command(name="dev")
@shared
@click.option(
    "--host",
    metavar="[ADDRESS]",
    is_flag=False,
    flag_value=_EVERYWHERE,
    help="Let other machines in, too: at this address, or without one at all of this machine.",
)
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0: any free one. Where it is taken, the next free one is.",
)
@click.option("--strict-port", is_flag=True, help="Let a port that is taken be an error.")
@click.option("--open", "browse", is_flag=True, help="Open the site in a browser.")
@click.option("--drafts", is_flag=True, help="Build drafts, too.")
@click.option("--now", metavar="DATE", help="The date that publish and expiry dates are compared with; see build.")
@click.option("--poll", is_flag=True, help="Look for changes twice a second, where the system tells of none.")
@click.option(
    "--team", metavar="NAME", default="", help="Build and watch this team alone; the others stay as they are."
)
def command(
    given: Given,
    host: str | None,
    port: int,
    strict_port: bool,
    browse: bool,
    drafts: bool,
    now: str | None,
    poll: bool,
    team: str,
) -> int:
    """Show the site while it is written.

    Builds the site and shows it as a host would, builds again whatever is saved, and has the open pages follow. The
    page that somebody waits for comes first. While there are errors, the last good site stays; they are shown here and
    over the page. With --json, each event is one line: "ready", "built", "failed".

    \b
    Examples:
      mfe-static dev
      mfe-static dev --open --drafts
      mfe-static dev --host
      mfe-static dev --team docs --port 0 --json
    """
    if team and not (given.root / "teams" / team).is_dir():
        raise click.BadParameter(f"there is no folder teams/{team}/{_meant(given, team)}", param_hint="--team")
    if not os.path.lexists(given.root / "site.toml"):
        from mfe_static.config import load_site

        return _failed(given, load_site(given.root, environ=os.environ).problems)
    from mfe_static.dev.process import start

    process = start()  # first of all, so that it gets ready while this process does
    try:
        import asyncio

        from mfe_static.dev.building import Building
        from mfe_static.dev.messages import Begin
        from mfe_static.problems import Problem
        from mfe_static.serve.listening import listen

        limit = sys.maxsize if given.json else PROBLEMS
        begin = Begin(str(given.root), moment(now), dict(os.environ), drafts=drafts, strict=given.strict, team=team,
                      problems=limit)  # fmt: skip
        building = Building(process, begin)
        listening = listen(host, port, strict=strict_port)
        if isinstance(listening, Problem):
            return _failed(given, [listening])
        return asyncio.run(_develop(given, begin, building, listening, poll=poll, browse=browse))
    finally:
        process.kill()


async def _develop(
    given: Given, begin: "Begin", building: "Building", listening: "Listening", *, poll: bool, browse: bool
) -> int:
    from mfe_static.cli.keys import Keys
    from mfe_static.cli.news import Teller
    from mfe_static.dev.server import Development

    teller = Teller(given)
    server = Development(begin, building, listening, poll=poll, environ=os.environ, tell=teller)
    actions = {
        "o": lambda: open_page(server.url),
        "r": server.rebuild,
        "c": teller.clear,
        "q": server.end,
    }
    with Keys({} if given.json else actions) as keys:
        teller.keys = keys.listening
        if browse:
            open_page(server.url)
        await server.run()
    return INTERRUPTED if server.interrupted else 0


def _meant(given: Given, team: str) -> str:
    from mfe_static.problems import did_you_mean

    hint = did_you_mean(team, [folder.name for folder in (given.root / "teams").glob("*/")])
    return f"; {hint}" if hint else ""


def open_page(url: str) -> None:
    """In a browser; in a thread, since some browsers return only when they are closed."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _failed(given: Given, problems: "Sequence[Problem]") -> int:
    """Say why it cannot begin."""
    from mfe_static.cli.answers import print_event, rows_of
    from mfe_static.cli.run import tell
    from mfe_static.problems import exit_code

    if given.json:
        print_event({"event": "failed", "ok": False, "problems": rows_of(problems)})
    else:
        tell(given, problems)
    return exit_code(problems, strict=given.strict)
