"""`mfe-static build`: the site, written."""

import os
from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given, How, pipeline, shared

if TYPE_CHECKING:
    from mfe_static.report.times import Profile
    from mfe_static.run import Result


@click.command(name="build")
@shared
@pipeline
@click.option(
    "-o", "--out", "--output", "out", metavar="FOLDER", type=click.Path(), help="Where to; instead of site.toml's."
)
@click.option("--explain", is_flag=True, help="Say whether each page was rendered, stitched or reused, and why.")
@click.option("--profile", is_flag=True, help="Say where the time went, here and in .mfe/profile.html.")
@click.option("--verify", is_flag=True, help="Build a second time, from nothing, and compare every byte.")
def command(given: Given, how: How, out: str | None, explain: bool, profile: bool, verify: bool) -> int:
    """Build the site.

    Renders every team, stitches header, footer and fragments into the pages, checks every link, and publishes the
    whole in one step. While an error stands nothing is published, and the previous site stays as it is.

    \b
    Examples:
      mfe-static build
      mfe-static build --strict -o public
      mfe-static build --base-url https://example.org/shop --json
      mfe-static build --now 2026-12-24 --drafts
      mfe-static build --profile --no-cache
      mfe-static build --verify
    """
    from mfe_static.cli.run import run, summary, tell, tell_explained, terminal, verified
    from mfe_static.report import built, duration

    flags = {"output": _folder(given, out)}
    result = run(given, how, write=True, flags=flags, profile=profile, quick=not (explain or profile))
    times, page, result = _profiled(result, given, how) if profile else (None, "", result)
    if verify:
        result = verified(result, given, how, flags)
    if given.json:
        from mfe_static.cli.answers import build_row, print_json

        print_json(build_row(result, explain=explain, profile=times))
        return result.code
    tell(given, result.problems)
    screen = terminal(given)
    if explain:
        tell_explained(given, result)
    if given.quiet:
        return result.code
    if times:
        _tell_profile(given, times)
    done = summary(result, given)
    (screen.say if result.published else screen.tell)(built(done))
    if given.verbose:
        screen.tell(" · ".join(f"{name} {duration(seconds)}" for name, seconds in result.seconds.items()))
    if result.verified:
        screen.say("verified: a build from nothing makes the same site, byte for byte")
    if page:
        screen.say(f"profile in {page}")
    return result.code


def _profiled(result: "Result", given: Given, how: How) -> "tuple[Profile | None, str, Result]":
    """The profile and its page, written, as people name it, and the result with the problem of writing it.

    Without a site, or while another build runs, there is none: what stands in the folder is not ours to change.
    """
    from mfe_static.problems import in_order
    from mfe_static.profile import FILE, profile, write
    from mfe_static.report import clean, nearby
    from mfe_static.survey import STATE

    space = result.workspace
    if space is None or not (given.root / "site.toml").is_file():
        return None, "", result
    made = profile(result, jobs=how.jobs)
    if failed := write(given.root, made, space.settings.title):
        return made, "", result._replace(problems=in_order([*result.problems, failed]))
    return made, clean(nearby(str(given.root / STATE / FILE), os.getcwd())), result


def _tell_profile(given: Given, profile: "Profile") -> None:
    """The first rows of each list, on stdout."""
    from mfe_static.cli.run import terminal
    from mfe_static.report.profile import MORE, TOP, lines

    screen = terminal(given)
    for line in lines(profile, top=MORE if given.verbose else TOP):
        screen.say(line)
    screen.say("")


def _folder(given: Given, out: str | None) -> str | None:
    """The output folder, meant from where the user stands; told as from the root where it lies below that."""
    if not out:
        return out
    path = os.path.abspath(out)
    inside = os.path.relpath(path, given.root)
    return path if inside == os.curdir or inside.startswith(os.pardir) else inside
