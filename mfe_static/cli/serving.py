"""What commands share that show a site in browsers: their flags, how they begin or fail, how they say where it is."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given

if TYPE_CHECKING:
    from mfe_static.problems import Problem
    from mfe_static.report import Terminal
    from mfe_static.serve.listening import Listening

_EVERYWHERE = "0.0.0.0"  # noqa: S104  only where it is asked for
Command = Callable[..., int]


def network(command: Command) -> Command:
    """Give a command the flags for where it listens: `host`, `port`, `strict_port`; and `browse`."""
    for option in reversed(_NETWORK):
        command = option(command)
    return command


_NETWORK: tuple[Callable[[Command], Command], ...] = (
    click.option(
        "--host",
        metavar="[ADDRESS]",
        is_flag=False,
        flag_value=_EVERYWHERE,
        help="Let other machines in, too: at this address, or without one at all of this machine.",
    ),
    click.option(
        "--port",
        metavar="N",
        type=click.IntRange(0, 65535),
        default=8000,
        show_default=True,
        help="0: any free one. Where it is taken, the next free one is.",
    ),
    click.option("--strict-port", is_flag=True, help="Let a port that is taken be an error."),
    click.option("--open", "browse", is_flag=True, help="Open the site in a browser."),
)


def listening(host: str | None, port: int, strict: bool, problems: "list[Problem]") -> "Listening | None":
    """Where the command listens; None: it cannot, and why is added to `problems`."""
    from mfe_static.serve.listening import Listening, listen

    found = listen(host, port, strict=strict)
    if isinstance(found, Listening):
        return found
    problems.append(found)
    return None


def not_begun(given: Given, problems: "Sequence[Problem]") -> int:
    """Say why the command cannot begin; its exit code."""
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


def ready(given: Given, listening: "Listening", base: str, what: str, problems: "Sequence[Problem]") -> None:
    """Say where the site is: in a line, with `what` is to be said of it; to a network, every address, one of them for
    phones."""
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
    instead = f" · another program has port {listening.taken}" if listening.taken else ""
    screen.say(clean(f"{urls[0]} {what}{instead}"))
    for url in urls[1:]:
        screen.say(f"{url} for other machines")
    others = [url for host, url in zip(listening.hosts, urls, strict=True) if not loopback(host)]
    if others and sys.stdout.isatty():
        from mfe_static.serve.squares import squares

        for line in squares(others[0]):
            screen.say(line)


def open_page(url: str) -> None:
    """In a browser; in a thread, since some browsers return only when they are closed."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def broke(screen: "Terminal", error: Exception, *, verbose: bool) -> None:
    """Own up to a bug that kept an answer from being given."""
    import traceback

    screen.tell(f"an answer failed; this is a bug of ours: {error!r}")
    if verbose:
        screen.tell("".join(traceback.format_exception(error)))
