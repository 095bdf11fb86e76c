"""`mfe-static build`: the site, written."""

import os

import click

from mfe_static.cli.options import Given, How, pipeline, shared


@click.command(name="build")
@shared
@pipeline
@click.option(
    "-o", "--out", "--output", "out", metavar="FOLDER", type=click.Path(), help="Where to; instead of site.toml's."
)
@click.option("--explain", is_flag=True, help="Say for every page whether it was rendered, and why.")
def command(given: Given, how: How, out: str | None, explain: bool) -> int:
    """Build the site.

    Renders every team, stitches header, footer and fragments into the pages, checks every link, and publishes the
    whole in one step. While an error stands nothing is published, and the previous site stays as it is.

    \b
    Examples:
      mfe-static build
      mfe-static build --strict -o public
      mfe-static build --base-url https://example.org/shop --json
      mfe-static build --now 2026-12-24 --drafts
    """
    from mfe_static.cli.answers import build_row, print_json, summary
    from mfe_static.cli.run import run, tell, tell_explained, terminal
    from mfe_static.report import built, duration

    result = run(given, how, write=True, flags={"output": _folder(given, out)})
    if given.json:
        print_json(build_row(result, explain=explain, cached=how.cache))
        return result.code
    tell(given, result.problems)
    screen = terminal(given)
    if explain:
        tell_explained(given, result, cached=how.cache)
    if given.quiet:
        return result.code
    done = summary(result, given)
    (screen.say if result.published else screen.tell)(built(done))
    if given.verbose:
        screen.tell(" · ".join(f"{name} {duration(seconds)}" for name, seconds in result.seconds.items()))
    return result.code


def _folder(given: Given, out: str | None) -> str | None:
    """The output folder, meant from where the user stands; told as from the root where it lies below that."""
    if not out:
        return out
    path = os.path.abspath(out)
    inside = os.path.relpath(path, given.root)
    return path if inside == os.curdir or inside.startswith(os.pardir) else inside
