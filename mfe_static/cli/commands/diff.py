"""`mfe-static diff`: what changed between two outputs."""

import os
from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given, shared

if TYPE_CHECKING:
    from mfe_static.difference import Comparison, Contents
    from mfe_static.problems import Problem
    from mfe_static.schemas import DiffRow


@click.command(name="diff")
@shared
@click.argument("old", type=click.Path())
@click.argument("new", required=False, type=click.Path())
@click.option("--exit-code", "telling", is_flag=True, help="Exit with 1 when something differs.")
def command(given: Given, old: str, new: str | None, telling: bool) -> int:
    """Show what changed between two outputs, and why.

    OLD and NEW are folders that build wrote; without NEW it is the site's output. Folders of HTML files that something
    else wrote can be compared as well. Pages that differ in the same way are told once, with the place at which they
    do: an edit of the header is one entry, on however many pages it shows. Where OLD is no folder but the name of a
    place that the site is deployed to ([deploy.<name>] in site.toml), it is what a deployment would change there.

    \b
    Examples:
      mfe-static diff before
      mfe-static diff production
      mfe-static diff before after -v
      mfe-static diff before --exit-code --json
    """
    from mfe_static.cli.answers import failed, print_json
    from mfe_static.cli.changes import lines
    from mfe_static.cli.deploying import place_called, planned
    from mfe_static.cli.run import tell, terminal
    from mfe_static.difference import compare
    from mfe_static.problems import Problem, exit_code, in_order

    if new is None and (place := place_called(given, old)):
        return planned(given, place, telling)
    problems: list[Problem] = []
    had, has = _side(given, old, problems), _side(given, new, problems)
    if had is None or has is None:
        problems = in_order(problems)
        print_json(failed(problems)) if given.json else tell(given, problems)
        return exit_code(problems, strict=given.strict)
    with terminal(given).progress(quiet=given.quiet or given.json) as progress:
        found = compare(had, has, progress)
    if given.json:
        print_json(_row(found, had, has))
    else:
        tell(given, found.problems)
        size = f"{had.size:,} bytes, now {has.size:,}"
        for line in () if given.quiet else lines(found, [("size", size)], len(has.files), verbose=given.verbose):
            terminal(given).say(line)
    return exit_code(found.problems, strict=given.strict) or int(telling and not found.same)


def _side(given: Given, folder: str | None, problems: "list[Problem]") -> "Contents | None":
    """What the folder holds, meant from where the user stands; without one, what the site's output holds. None where
    that cannot be had, and why is added to `problems`."""
    from msgspec.structs import replace

    from mfe_static.cli.deploying import places
    from mfe_static.config import load_site
    from mfe_static.difference import Contents, standing
    from mfe_static.problems import did_you_mean
    from mfe_static.report import nearby

    place = os.path.abspath(folder) if folder is not None else ""
    if not place:
        loaded = load_site(given.root, environ=os.environ)
        if loaded.parsed is None:
            problems += loaded.problems
            return None
        place = str(given.root / loaded.settings.output)
    found = standing(place, nearby(place, os.getcwd()))
    if isinstance(found, Contents):
        return found
    known = places(given) if folder and not os.path.lexists(place) else ()
    near = did_you_mean(folder or "", known) or f"{found.hint}, or name a place: {', '.join(known)}"
    problems.append(replace(found, hint=near) if known else found)
    return None


def _row(found: "Comparison", old: "Contents", new: "Contents") -> "DiffRow":
    from mfe_static.cli.answers import rows_of
    from mfe_static.cli.changes import groups_of, rows
    from mfe_static.schemas import DiffRow, SizesRow

    return DiffRow(
        ok=not found.problems,
        added=rows(found.added),
        removed=rows(found.removed),
        changed=rows(found.changed),
        groups=groups_of(found.groups),
        bytes=SizesRow(old=old.size, new=new.size),
        problems=rows_of(found.problems),
    )
