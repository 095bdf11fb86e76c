"""`mfe-static serve`: a finished build, shown as a static host would show it."""

import os
from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given, OneOf, shared
from mfe_static.cli.serving import broke, listening, network, not_begun, open_page, ready

if TYPE_CHECKING:
    from mfe_static.problems import Problem
    from mfe_static.serve import Asked
    from mfe_static.serve.hosts import StyleName
    from mfe_static.serve.view import View

STYLES = ("netlify", "cloudflare", "github", "nginx")


@click.command(name="serve")
@shared
@click.argument("folder", required=False, type=click.Path())
@click.option(
    "--host-style",
    "style",
    type=OneOf(STYLES),
    default="netlify",
    show_default=True,
    help="The host to behave like: its clean URLs, its reading of _redirects and _headers.",
)
@network
@click.option(
    "--latency",
    metavar="MS",
    type=click.IntRange(0, 60_000),
    default=0,
    help="Milliseconds that each answer takes longer, as over a network.",
)
def command(
    given: Given,
    folder: str | None,
    style: "StyleName",
    host: str | None,
    port: int,
    strict_port: bool,
    browse: bool,
    latency: int,
) -> int:
    """Show a finished build as a static host would.

    Serves what the last build wrote, by its manifest: only the site's own files, with redirects, headers, clean URLs,
    404 pages and compression as the host has them. A later build is seen at once. Only this machine is let in, unless
    --host says otherwise. With --json, each event is one line; the first is "ready" and has the URL.

    \b
    Examples:
      mfe-static serve
      mfe-static serve public --host-style cloudflare --open
      mfe-static serve --host --port 0
      mfe-static serve --json --strict-port
    """
    from mfe_static.cli.run import terminal
    from mfe_static.serve import application
    from mfe_static.serve.listening import run
    from mfe_static.serve.view import Standing, base_path_of

    problems: list[Problem] = []
    shown = _site(given, folder, style, problems)
    door = listening(host, port, strict_port, problems) if shown else None
    if shown is None or door is None:
        return not_begun(given, problems)
    place, view = shown
    base = base_path_of(view)
    ready(given, door, base, f"shows {_near(place)}/ as {style} would · Ctrl-C ends", problems)
    if browse:
        open_page(door.url(door.hosts[0], base + "/"))
    screen = terminal(given)
    app = application(
        Standing(place, view), style=style, base_path=base, named=door.named, latency=latency / 1000,
        asked=(lambda asked: screen.tell(_said(asked))) if given.verbose else None,
        broke=lambda error: broke(screen, error, verbose=given.verbose),
    )  # fmt: skip
    run(app, door)
    return 0


def _site(given: Given, folder: str | None, style: "StyleName", problems: "list[Problem]") -> "tuple[str, View] | None":
    """The folder and what stands in it; None where it cannot be shown. What is to be said is added to `problems`."""
    from mfe_static.problems import exit_code, problem
    from mfe_static.serve.hosts import STYLES, read_rules
    from mfe_static.serve.view import standing

    place = _place(given, folder, problems)
    if place is None:
        return None
    view = standing(place)
    if view is None:
        said = f"{_near(place)} holds no finished site: it has no _mfe/manifest.json that can be read"
        problems.append(problem("nothing-to-serve", said, file=_near(place), hint="build one: mfe-static build"))
        return None
    _, ignored = read_rules(view, STYLES[style])
    problems += [line.problem(_near(os.path.join(place, name))) for name, line in ignored]
    return (place, view) if exit_code(problems, strict=given.strict) == 0 else None


def _place(given: Given, folder: str | None, problems: "list[Problem]") -> str | None:
    """The folder that is meant: from where the user stands, else the output of the site."""
    if folder is not None:
        return os.path.abspath(folder)
    from mfe_static.config import load_site

    loaded = load_site(given.root, environ=os.environ)
    if loaded.parsed is None:
        problems += loaded.problems
        return None
    return str(given.root / loaded.settings.output)


def _near(path: str) -> str:
    from mfe_static.report import nearby

    return nearby(path, os.getcwd())


def _said(asked: "Asked") -> str:
    from mfe_static.report import clean

    return clean(f"{asked.status} {asked.method} {asked.path}  {asked.seconds * 1000:.0f} ms")
