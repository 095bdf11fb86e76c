"""Running the pipeline for a command, and telling what came out of it."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfe_static.cli.options import Given, How
from mfe_static.output.trees import listed_files, read_manifest
from mfe_static.problems import Problem, counted
from mfe_static.report import LIMIT, Summary, Terminal, clean, nearby

if TYPE_CHECKING:
    from mfe_static.run import Options, Result


def terminal(given: Given) -> Terminal:
    """Where a command prints."""
    return Terminal(sys.stdout, sys.stderr, given.color, os.environ)


def run(
    given: Given,
    how: How,
    *,
    write: bool,
    encode: bool = True,
    flags: Mapping[str, Any] | None = None,
    parts: bool = False,
    scriptless: bool = False,
    profile: bool = False,
    quick: bool = False,
) -> "Result":
    """Build the site that is meant. A folder without a site is only looked at, so nothing of ours is left in it.

    `encode`, `parts`, `scriptless`, `profile`, `quick`: see `run.Options`.
    """
    from mfe_static.build import build

    options = _options(given, how, write=write, flags=flags or {})._replace(
        encode=encode, parts=parts, scriptless=scriptless, profile=profile, quick=quick and how.cache
    )
    with terminal(given).progress(quiet=given.quiet or given.json) as progress:
        return build(given.root, options, progress)


def verified(result: "Result", given: Given, how: How, flags: Mapping[str, Any]) -> "Result":
    """The same result, with how the site that it published differs from a clean build."""
    from mfe_static.problems import exit_code, in_order
    from mfe_static.verify import verify

    if not result.published:
        return result
    with terminal(given).progress(quiet=given.quiet or given.json) as progress:
        found = verify(given.root, _options(given, how, write=True, flags=flags), result, progress)
    problems = in_order([*result.problems, *found])
    return result._replace(problems=problems, code=exit_code(problems, strict=given.strict), verified=not found)


def _options(given: Given, how: How, *, write: bool, flags: Mapping[str, Any]) -> "Options":
    from mfe_static.run import Options

    return Options(
        now=how.now,
        environ=os.environ,
        flags={"base_url": how.base_url, "environment": how.environment, **flags},
        drafts=how.drafts,
        write=write and os.path.lexists(given.root / "site.toml"),
        cache=how.cache,
        commands=how.commands,
        jobs=how.jobs,
        strict=given.strict,
    )


def tell(given: Given, problems: Sequence[Problem]) -> None:
    """Problems on stderr; when quiet, errors alone, and warnings where they fail."""
    if given.quiet and not given.strict:
        problems = [found for found in problems if found.severity == "error"]
    if given.searched:
        problems = [_searched(found, given.root) for found in problems]
    terminal(given).problems(problems, limit=None if given.verbose else LIMIT)


def _searched(found: Problem, root: Path) -> Problem:
    """That there is no site, with how far it was looked for: the steps know one folder only."""
    if found.code != "missing-site":
        return found
    from msgspec.structs import replace

    below = _site_below(root)
    hint = f"there is one in {below}/: cd {below}" if below else found.hint
    return replace(found, message=f"{found.message}, nor in a folder above", hint=hint)


def _site_below(folder: Path) -> str:
    """The first site right in `folder`: who has just made one forgets to go there."""
    with suppress(OSError):
        return min(
            (entry.name for entry in os.scandir(folder) if os.path.isfile(f"{entry.path}/site.toml")), default=""
        )
    return ""


def tell_explained(given: Given, result: "Result") -> None:
    """Every page, and whether and why it was rendered, on stdout."""
    from mfe_static.cli.answers import explained

    screen = terminal(given)
    for row in explained(result):
        screen.say(clean(f"{row.state:8}  {row.url}" + "".join(f"  ({cause})" for cause in row.causes)))


def summary(result: "Result", given: "Given") -> Summary:
    """The result in numbers."""
    errors, warnings = counted(result.problems)
    report = result.report
    output = os.path.join(given.root, report.output)
    return Summary(
        pages=report.pages,
        teams=len(report.teams),
        rendered=report.rendered,
        reused=report.reused,
        listings=report.listings,
        seconds=result.seconds["total"],
        errors=errors,
        warnings=warnings,
        output=nearby(output, os.getcwd()),
        fallbacks=report.fallbacks,
        published=result.published,
        previous=result.published or bool(listed_files(read_manifest(output))),
        strict=given.strict,
    )
