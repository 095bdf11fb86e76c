"""`mfe-static check`: the same build, with nothing written."""

from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given, How, pipeline, shared

if TYPE_CHECKING:
    from mfe_static.run import Result


@click.command(name="check")
@shared
@pipeline
@click.option("--explain", is_flag=True, help="Say whether each page was rendered, stitched or reused, and why.")
@click.option("--external", is_flag=True, help="Ask for every link that leads out of the site, too; slow.")
@click.option("--no-js", is_flag=True, help="Say what of each page is not there, or leads nowhere, without JavaScript.")
def command(given: Given, how: How, explain: bool, external: bool, no_js: bool) -> int:
    """Check the site without writing anything.

    Runs the whole build but for its last step. `--external` also asks other sites, politely, whether the pages that
    are linked still answer; what was learned is remembered in .mfe/ for a while. `--no-js` looks at each page as it is
    where no script runs.

    \b
    Examples:
      mfe-static check
      mfe-static check --strict --json
      mfe-static check --external
      mfe-static check --no-js
    """
    from mfe_static.cli.run import run, summary, tell, tell_explained, terminal
    from mfe_static.report import checked

    if external:
        _needs_httpx()
    quick = not (external or explain or no_js)
    result = run(given, how, write=False, encode=False, parts=external, scriptless=no_js, quick=quick)
    if external and result.site is not None:
        result = _with_external(result, given)
    if given.json:
        from mfe_static.cli.answers import build_row, print_json

        print_json(build_row(result, explain=explain))
        return result.code
    tell(given, result.problems)
    if explain:
        tell_explained(given, result)
    if not given.quiet:
        done = summary(result, given)
        (terminal(given).say if result.code == 0 else terminal(given).tell)(checked(done))
    return result.code


def _needs_httpx() -> None:
    from importlib.util import find_spec

    if find_spec("httpx") is None:
        install = 'pip install "mfe-static[external]", or in a clone pip install ".[external]"'
        raise click.UsageError(f"--external needs httpx: {install}")


def _with_external(result: "Result", given: Given) -> "Result":
    """The same result, with what other sites say."""
    from mfe_static.cli.run import terminal
    from mfe_static.external import check_external
    from mfe_static.finish import judged, placed
    from mfe_static.load import BUILT_IN_THEMES
    from mfe_static.problems import exit_code, in_order
    from mfe_static.survey import STATE

    space = result.workspace
    assert result.site is not None and space is not None
    with terminal(given).progress(quiet=given.quiet or given.json) as progress:
        dead = check_external(result.site, cache=space.root / STATE / "external.json", progress=progress)
    owners = {team.name: team.owner for team in space.teams}
    more = placed(judged(dead, owners, space.levels), space.root, BUILT_IN_THEMES.parent)
    problems = in_order([*result.problems, *more])
    return result._replace(problems=problems, code=exit_code(problems, strict=given.strict))
