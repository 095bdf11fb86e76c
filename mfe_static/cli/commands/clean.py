"""`mfe-static clean`: the opposite of a build."""

import os
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given, shared

if TYPE_CHECKING:
    from pathlib import Path

    from mfe_static.output.removal import Removed
    from mfe_static.problems import Problem

_NAMED = 3
"""How many of the files that stay are named."""


@click.command(name="clean")
@shared
@click.option("-o", "--out", "--output", "out", metavar="FOLDER", type=click.Path(), help="Instead of site.toml's.")
@click.option("--cache", is_flag=True, help="Remove .mfe/, too: the next build renders every page.")
def command(given: Given, out: str | None, cache: bool) -> int:
    """Remove the built site.

    Removes the files that this tool wrote and the folders that are empty then. Files of others stay where they are,
    with a list of no files beside them (_mfe/manifest.json), so that the next build takes the folder again. A folder
    that is not ours is not touched.

    \b
    Examples:
      mfe-static clean
      mfe-static clean --cache
    """
    from mfe_static.cli.answers import failed, print_json, rows_of
    from mfe_static.cli.run import tell, terminal
    from mfe_static.config import load_site
    from mfe_static.output.removal import Removed
    from mfe_static.problems import Problem, exit_code
    from mfe_static.schemas import RemovedRow
    from mfe_static.survey import STATE
    from mfe_static.write import remove_output

    loaded = load_site(given.root, environ=os.environ, flags={"output": os.path.abspath(out) if out else None})
    if loaded.parsed is None:
        print_json(failed(loaded.problems)) if given.json else tell(given, loaded.problems)
        return exit_code(loaded.problems, strict=given.strict)
    output, state = given.root / loaded.settings.output, given.root / STATE
    answer = remove_output(output, state=state)
    removed, problems = (Removed(0), [answer]) if isinstance(answer, Problem) else (answer, [])
    gone = _without_cache(str(state)) if cache and not problems else False
    if not isinstance(gone, bool):
        problems, gone = [gone], False
    if given.json:
        print_json(
            RemovedRow(
                ok=not problems, removed=removed.files, cache=gone, problems=rows_of(problems), left=removed.left
            )
        )
    elif problems:
        tell(given, problems)
    elif not given.quiet:
        terminal(given).say(_said(removed, output, cache=gone))
    return exit_code(problems, strict=given.strict)


def _said(removed: "Removed", output: "Path", *, cache: bool) -> str:
    """What was done, in a line."""
    from mfe_static.report import clean, many, nearby

    shown = clean(nearby(str(output), os.getcwd()))
    did = f"removed {many(removed.files, 'file')} from {shown}/" if removed.files else f"nothing to remove in {shown}/"
    return did + (", and the cache in .mfe/" if cache else "") + _left(removed.left)


def _left(names: Sequence[str]) -> str:
    """What stays, by its first names."""
    from mfe_static.report import clean, many

    if not names:
        return ""
    kind = "folder" if names[0].endswith("/") else "file"
    named = ", ".join(map(clean, names[:_NAMED])) + (" …" if len(names) > _NAMED else "")
    return f"; left {many(len(names), kind)} that {'is' if len(names) == 1 else 'are'} not ours: {named}"


def _without_cache(state: str) -> "bool | Problem":
    """Remove the folder in which builds remember. Only a real folder is ours; a link to one is not followed."""
    from pathlib import Path

    from mfe_static.problems import problem
    from mfe_static.write import lock

    if not os.path.isdir(state) or os.path.islink(state):
        return False
    with lock(Path(state)) as busy:
        if busy:
            return busy
        try:
            shutil.rmtree(state)
        except OSError as error:
            return problem("output-unwritable", f"cannot be removed: {error.strerror}", file=state)
    return True
