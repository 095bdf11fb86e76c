"""`mfe-static new`: a site, a team, a page, a fragment."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given, OneOf, interactive, shared

if TYPE_CHECKING:
    from mfe_static.problems import Problem
    from mfe_static.scaffold import Made


@click.group(name="new")
def command() -> None:
    """Start a site, a team, a page or a fragment.

    What is written builds without a warning. Nothing that exists is overwritten.

    \b
    Examples:
      mfe-static new site shop
      mfe-static new team checkout --path /buy/
      mfe-static new page checkout guide/payment --title "How to pay"
      mfe-static new fragment checkout mini-basket
    """


@command.command(name="site")
@shared
@click.argument("folder", required=False, type=click.Path())
@click.option("--title", help="The site's name; default: made from the folder's.")
@click.option("--base-url", metavar="URL", help="Where it will be served.")
@click.option(
    "--starter", type=OneOf(["minimal", "docs", "shop"]), help="What it begins with; default: minimal, or it asks."
)
def site(given: Given, folder: str | None, title: str | None, base_url: str | None, starter: str | None) -> int:
    """Start a site of a few teams.

    minimal: two teams with a shared header. docs: documentation with navigation, and news with tags and a feed. shop:
    pages made from data, and recommendations of a team without pages. On a terminal, and without --title, --base-url
    or --starter, it asks for the site's name and what to begin with.

    \b
    Examples:
      mfe-static new site
      mfe-static new site shop --title "The Tractor Store" --base-url https://tractors.example
      mfe-static new site handbook --starter docs
    """
    from mfe_static.scaffold import STARTERS, new_site, site_title

    folder = folder or click.get_current_context().params["root"] or "."
    asked = not (title or base_url or starter or given.json or given.quiet) and interactive()
    if asked:
        title = click.prompt("The site's name", default=site_title(Path(folder)) or "My site")
        starter = click.prompt("What it begins with", type=OneOf(STARTERS), default=STARTERS[0])
    made = new_site(Path(folder), title=title or "", base_url=base_url or "", starter=starter or STARTERS[0])
    return _told(given, made, folder)


@command.command(name="team")
@shared
@click.argument("name")
@click.option(
    "--path",
    metavar="PATH",
    help='Its path prefix; default: that of site.toml, else /NAME/. An empty one ("") is a team without pages.',
)
def team(given: Given, name: str, path: str | None) -> int:
    """Add a team: its folder, and its line in the route table.

    The line is added to site.toml as text; comments and order stay. A team that is in the route table already gets
    its folder only.

    \b
    Examples:
      mfe-static new team shop
      mfe-static new team inspire --path ""
    """
    from mfe_static.scaffold import new_team

    return _told(given, new_team(given.root, name, path=path))


@command.command(name="page")
@shared
@click.argument("team_name", metavar="TEAM")
@click.argument("path")
@click.option("--title", help="Its title; default: made from PATH.")
def page(given: Given, team_name: str, path: str, title: str | None) -> int:
    """Add a Markdown page to a team.

    PATH is the file under the team's pages/, with or without .md.

    \b
    Examples:
      mfe-static new page docs install
      mfe-static new page docs guide/start --title "First steps"
    """
    from mfe_static.scaffold import new_page

    return _told(given, new_page(given.root, team_name, path, title=title or ""))


@command.command(name="fragment")
@shared
@click.argument("team_name", metavar="TEAM")
@click.argument("name")
@click.option("--behaviour", is_flag=True, help="With a module that mounts into its HTML.")
def fragment(given: Given, team_name: str, name: str, behaviour: bool) -> int:
    """Add a fragment to a team.

    It is private to the team until its team.toml offers it.

    \b
    Examples:
      mfe-static new fragment checkout mini-basket
      mfe-static new fragment checkout counter --behaviour
    """
    from mfe_static.scaffold import new_fragment

    return _told(given, new_fragment(given.root, team_name, name, behaviour=behaviour))


def _told(given: Given, made: "Made | Problem", folder: str = ".") -> int:
    """Report what was made, or why nothing was."""
    from mfe_static.cli.answers import print_json, rows_of
    from mfe_static.cli.run import tell, terminal
    from mfe_static.problems import Problem, exit_code
    from mfe_static.report import clean
    from mfe_static.schemas import MadeRow

    problems = [made] if isinstance(made, Problem) else []
    code = exit_code(problems, strict=given.strict)
    if isinstance(made, Problem):
        if given.json:
            print_json(MadeRow(ok=False, created=(), changed=(), problems=rows_of(problems)))
        else:
            tell(given, problems)
        return code
    if given.json:
        print_json(MadeRow(ok=True, created=made.created, changed=made.changed))
    elif not given.quiet:
        within = "" if folder == "." else folder.rstrip("/") + "/"
        screen = terminal(given)
        for word, names in (("created", made.created), ("changed", made.changed)):
            for name in names:
                screen.say(f"{word}  {clean(within + name)}")
        where = f"cd {clean(folder)} && " if within else ""
        screen.say(f"next: {where}{clean(made.next)}")
    return code
