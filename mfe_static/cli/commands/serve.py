"""`mfe-static serve`: a finished build, shown as a static host would show it."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given, OneOf, shared

if TYPE_CHECKING:
    from mfe_static.problems import Problem
    from mfe_static.report import Terminal
    from mfe_static.serve import Asked
    from mfe_static.serve.hosts import StyleName
    from mfe_static.serve.listening import Listening
    from mfe_static.serve.view import View

STYLES = ("netlify", "cloudflare", "github", "nginx")
_EVERYWHERE = "0.0.0.0"  # noqa: S104  only where it is asked for


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
    listening = _listening(host, port, strict_port, problems) if shown else None
    if shown is None or listening is None:
        return _failed(given, problems)
    place, view = shown
    base = base_path_of(view)
    _ready(given, listening, base, f"{_near(place)}/ as {style} would", problems)
    if browse:
        _open(listening.url(listening.hosts[0], base + "/"))
    screen = terminal(given)
    app = application(
        Standing(place, view), style=style, base_path=base, named=listening.named, latency=latency / 1000,
        asked=(lambda asked: screen.tell(_said(asked))) if given.verbose else None,
        broke=lambda error: _broke(screen, error, verbose=given.verbose),
    )  # fmt: skip
    run(app, listening)
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


def _listening(host: str | None, port: int, strict: bool, problems: "list[Problem]") -> "Listening | None":
    from mfe_static.serve.listening import Listening, listen

    found = listen(host, port, strict=strict)
    if isinstance(found, Listening):
        return found
    problems.append(found)
    return None


def _failed(given: Given, problems: "Sequence[Problem]") -> int:
    from mfe_static.cli.answers import print_event, rows_of
    from mfe_static.cli.run import tell
    from mfe_static.problems import exit_code, in_order
    from mfe_static.schemas import StoppedRow

    problems = in_order(problems)
    if given.json:
        print_event(StoppedRow(event="failed", ok=False, problems=rows_of(problems)))
    else:
        tell(given, problems)
    return exit_code(problems, strict=given.strict)


def _ready(given: Given, listening: "Listening", base: str, what: str, problems: "Sequence[Problem]") -> None:
    """Say where the site is: in a line; to a network, every address, and one of them for phones."""
    from mfe_static.cli.answers import print_event, rows_of
    from mfe_static.cli.run import tell, terminal
    from mfe_static.problems import in_order
    from mfe_static.report import clean
    from mfe_static.schemas import ReadyRow
    from mfe_static.serve.guard import loopback

    urls = tuple(listening.url(host, base + "/") for host in listening.hosts)
    if given.json:
        print_event(ReadyRow(event="ready", url=urls[0], urls=urls, problems=rows_of(in_order(problems))))
        return
    tell(given, in_order(problems))
    if given.quiet:
        return
    screen = terminal(given)
    screen.say(clean(f"{urls[0]} shows {what} · Ctrl-C ends"))
    for url in urls[1:]:
        screen.say(f"{url} for other machines")
    others = [url for host, url in zip(listening.hosts, urls, strict=True) if not loopback(host)]
    if others and sys.stdout.isatty():
        from mfe_static.serve.squares import squares

        for line in squares(others[0]):
            screen.say(line)


def _near(path: str) -> str:
    from mfe_static.report import nearby

    return nearby(path, os.getcwd())


def _open(url: str) -> None:
    """In a browser; in a thread, since some browsers return only when they are closed."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _said(asked: "Asked") -> str:
    from mfe_static.report import clean

    return clean(f"{asked.status} {asked.method} {asked.path}  {asked.seconds * 1000:.0f} ms")


def _broke(screen: "Terminal", error: Exception, *, verbose: bool) -> None:
    import traceback

    screen.tell(f"an answer failed; this is a bug of ours: {error!r}")
    if verbose:
        screen.tell("".join(traceback.format_exception(error)))
