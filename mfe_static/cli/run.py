"""Running the pipeline for a command, and telling what came out of it."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mfe_static.cli.options import Given, How
from mfe_static.problems import Problem
from mfe_static.report import LIMIT, Terminal, clean

if TYPE_CHECKING:
    from mfe_static.build import Result


def terminal(given: Given) -> Terminal:
    """Where a command prints."""
    return Terminal(sys.stdout, sys.stderr, given.color, os.environ)


def run(given: Given, how: How, *, write: bool, flags: Mapping[str, Any] | None = None) -> "Result":
    """Build the site that is meant. A folder without a site is only looked at, so nothing of ours is left in it."""
    from mfe_static.build import Options, build

    options = Options(
        now=how.now,
        environ=os.environ,
        flags={"base_url": how.base_url, **(flags or {})},
        drafts=how.drafts,
        write=write and os.path.lexists(given.root / "site.toml"),
        cache=how.cache,
        jobs=how.jobs,
        strict=given.strict,
    )
    with terminal(given).progress(quiet=given.quiet or given.json) as progress:
        return build(given.root, options, progress)


def tell(given: Given, problems: Sequence[Problem]) -> None:
    """Problems on stderr; when quiet, errors alone, and warnings where they fail."""
    if given.quiet and not given.strict:
        problems = [found for found in problems if found.severity == "error"]
    if given.searched:
        problems = [_searched(found) for found in problems]
    terminal(given).problems(problems, limit=None if given.verbose else LIMIT)


def _searched(found: Problem) -> Problem:
    """That there is no site, with how far it was looked for: the steps know one folder only."""
    if found.code != "missing-site":
        return found
    from msgspec.structs import replace

    return replace(found, message=f"{found.message}, nor in a folder above")


def tell_explained(given: Given, result: "Result", *, cached: bool) -> None:
    """Every page, and whether and why it was rendered, on stdout."""
    from mfe_static.cli.answers import explained

    screen = terminal(given)
    for row in explained(result, cached=cached):
        screen.say(clean(f"{row.state:8}  {row.url}" + "".join(f"  ({cause})" for cause in row.causes)))
