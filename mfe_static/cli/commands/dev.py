"""`mfe-static dev`: the development server."""

import os
import sys
from typing import TYPE_CHECKING

import click

from mfe_static.cli import INTERRUPTED
from mfe_static.cli.options import Given, commandless, moment, shared
from mfe_static.cli.serving import listening, network, not_begun, open_page

if TYPE_CHECKING:
    from mfe_static.dev.building import Building
    from mfe_static.dev.messages import Begin
    from mfe_static.problems import Problem
    from mfe_static.serve.listening import Listening

PROBLEMS = 200
"""How many problems of a build are shown; a person mends the first."""


@click.command(name="dev")
@shared
@network
@click.option("--drafts", is_flag=True, help="Build drafts, too.")
@click.option("--now", metavar="DATE", help="The date that publish and expiry dates are compared with; see build.")
@click.option("--poll", is_flag=True, help="Look for changes twice a second, where the system tells of none.")
@click.option(
    "--team", metavar="NAME", default="", help="Build and watch this team alone; the others stay as they are."
)
@commandless
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
    no_commands: bool,
) -> int:
    """Show the site while it is written.

    Builds the site and shows it as a host would, builds again whatever is saved, and has the open pages follow. The
    page that somebody waits for comes first. While there are errors, the last good site stays; they are shown here and
    over the page. With --json, each event is one line: "ready", "built", "failed", "notice".

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

        return not_begun(given, load_site(given.root, environ=os.environ).problems)
    from mfe_static.dev.process import start

    process = start()  # first of all, so that it gets ready while this process does
    try:
        import asyncio

        from mfe_static.dev.building import Building
        from mfe_static.dev.messages import Begin

        limit = sys.maxsize if given.json else PROBLEMS
        begin = Begin(str(given.root), moment(now), dict(os.environ), drafts=drafts, strict=given.strict, team=team,
                      commands=not no_commands, problems=limit)  # fmt: skip
        building = Building(process, begin)
        problems: list[Problem] = []
        door = listening(host, port, strict_port, problems)
        if door is None:
            return not_begun(given, problems)
        return asyncio.run(_develop(given, begin, building, door, poll=poll, browse=browse))
    finally:
        process.kill()


async def _develop(
    given: Given, begin: "Begin", building: "Building", door: "Listening", *, poll: bool, browse: bool
) -> int:
    from mfe_static.cli.keys import Keys
    from mfe_static.cli.news import Teller
    from mfe_static.dev.server import Development

    teller = Teller(given)
    server = Development(begin, building, door, poll=poll, environ=os.environ, tell=teller)
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
