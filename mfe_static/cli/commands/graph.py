"""`mfe-static graph`: the site, drawn: teams, fragments, and how they lean on each other."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given, How, OneOf, pipeline, shared

if TYPE_CHECKING:
    from mfe_static.graph import Graph
    from mfe_static.problems import Problem

_ENDINGS = {".html": "html", ".svg": "svg", ".json": "json", ".mmd": "mermaid"}
_STDOUT = "-"


@click.command(name="graph")
@shared
@pipeline
@click.option(
    "--format", "form", type=OneOf(list(_ENDINGS.values())), help="Default: what the end of FILE says, else html."
)
@click.option(
    "-o", "--out", metavar="FILE", type=click.Path(),
    help="Where to; - is stdout. Default: .mfe/graph.html, and stdout for the other formats.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite FILE even where it is no graph of this tool.")
def command(given: Given, how: How, form: str | None, out: str | None, force: bool) -> int:
    """Draw the site: teams, their fragments, and links.

    Who links where, who shows whose fragments, and what it weighs: as a page that needs nothing else, as a picture, as
    JSON, or as Mermaid text for a README. With --json the JSON goes to stdout, and a file is written only with -o.

    \b
    Examples:
      mfe-static graph
      mfe-static graph -o graph.svg
      mfe-static graph --format mermaid >> README.md
      mfe-static graph --json
    """
    from mfe_static.cli.answers import failed, print_json
    from mfe_static.cli.run import run, tell, terminal
    from mfe_static.graph import graph
    from mfe_static.problems import counted, exit_code
    from mfe_static.report import clean, nearby, tally
    from mfe_static.survey import STATE

    form = form or _meant(out)
    if given.json and out == _STDOUT and form != "json":
        raise click.UsageError(f"--json and -o {_STDOUT} both want stdout")
    result = run(given, how, write=False, parts=True)
    if result.site is None or result.workspace is None:
        print_json(failed(result.problems)) if given.json else tell(given, result.problems)
        return result.code or 1
    screen = terminal(given)
    if not given.quiet and not given.json and any(counted(result.problems)):
        screen.tell(f"the site has {tally(*counted(result.problems))}; see mfe-static check")
    made = graph(result.site, result.workspace.theme)
    file = out or (_STDOUT if given.json or form != "html" else str(given.root / STATE / "graph.html"))
    spared = None if force or out is None or file == _STDOUT else _spared(Path(file))
    if file != _STDOUT and (problem := spared or _write(Path(file), _text(made, form))):
        print_json(failed([problem])) if given.json else tell(given, [problem])
        return exit_code([problem], strict=given.strict)
    if given.json:
        print_json(made)
    elif file == _STDOUT:
        _print(_text(made, form))
    elif not given.quiet:
        screen.say(f"graph in {clean(nearby(os.path.abspath(file), os.getcwd()))}")
    return 0


def _meant(out: str | None) -> str:
    """The format that a file's name asks for; a name that asks for none might be that of something else."""
    if out is None or out == _STDOUT:
        return "html"
    form = _ENDINGS.get(os.path.splitext(out)[1].lower())
    if form is None:
        raise click.UsageError(f'"{out}" ends in none of {" ".join(_ENDINGS)}; say what it shall be with --format')
    return form


def _text(made: "Graph", form: str) -> bytes:
    if form == "json":
        from mfe_static.cli.answers import json_of

        return json_of(made)
    if form == "mermaid":
        from mfe_static.report.graph_mermaid import mermaid

        return mermaid(made).encode()
    if form == "svg":
        from mfe_static.report.graph_svg import picture

        return picture(made, alone=True).svg.encode()
    from mfe_static.report.graph_html import page_of

    return page_of(made).encode()


def _print(text: bytes) -> None:
    """In UTF-8 whatever the terminal speaks, as the file would be."""
    sys.stdout.buffer.write(text)
    sys.stdout.flush()


def _spared(file: Path) -> "Problem | None":
    """Why the file stays as it is: it is not empty, and no graph that this tool wrote."""
    from mfe_static.problems import problem

    try:
        text = file.read_bytes() if file.is_file() else b""
    except OSError:
        return None  # writing says it
    if not text.strip() or _is_graph(text):
        return None
    message = f"{file} is no graph that this tool wrote; it was not overwritten"
    return problem("exists-already", message, hint="choose another name, or --force")


def _is_graph(text: bytes) -> bool:
    """Whether it is one of ours, of whatever version."""
    import msgspec

    from mfe_static.graph import Graph

    if text.startswith((b"<!doctype html>", b"<svg ", b"graph LR")):
        return b"mfe-static graph" in text[:2000]
    try:
        msgspec.json.decode(text, type=Graph)
    except msgspec.DecodeError:
        return False
    return True


def _write(file: Path, text: bytes) -> "Problem | None":
    from mfe_static.files import put
    from mfe_static.problems import problem

    try:
        put(file, text)
    except OSError as error:
        return problem("output-unwritable", f"the graph cannot be written to {file}: {error.strerror}")
    return None
