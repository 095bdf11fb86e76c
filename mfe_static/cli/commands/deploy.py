"""`mfe-static deploy`: the built site, brought to its host."""

from typing import TYPE_CHECKING

import click

from mfe_static.cli.deploying import Steps, agreeing, answered, asks, order, shown, whereto
from mfe_static.cli.options import Given, shared

if TYPE_CHECKING:
    from mfe_static.deploy.host import Plan


@click.command(name="deploy")
@shared
@whereto
@click.option("--dry-run", "dry", is_flag=True, help="Say what would change, and why; send nothing.")
@click.option("-m", "--message", metavar="TEXT", default="", help="What is said of the deployment.")
@click.option(
    "--max-deletes", metavar="N", type=click.IntRange(0),
    help="How many files may be removed. Default: 256, or a quarter where that is less.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Take the place of another site, or of files of another tool.")
@agreeing
def command(
    given: Given,
    place: str,
    preview: str,
    dry: bool,
    message: str,
    max_deletes: int | None,
    replace: bool,
    agreed: bool | None,
) -> int:
    """Bring the built site to its host.

    PLACE is one of [deploy.<name>] in site.toml; without it the only one, else "production". What stands in the output
    is deployed: build it before. Visitors see the old site until all of the new one is there. Nothing is deployed that
    is incomplete, older than its sources, built for another address, or holds a secret.

    \b
    Examples:
      mfe-static deploy --dry-run
      mfe-static deploy production --message "Autumn" --yes
      mfe-static deploy --preview pr-12 --json
      mfe-static deploy --max-deletes 400
    """
    from mfe_static.cli.run import tell
    from mfe_static.deploy import deploy
    from mfe_static.report import clean

    asked_first = not dry and asks(given, agreed)
    asked = order(given, place, preview, said=message, max_deletes=max_deletes, replace=replace)
    told = False
    with Steps(given) as steps:

        def confirmed(plan: "Plan") -> bool:
            nonlocal told
            if asked_first:
                shown(given, plan, steps)
                tell(given, plan.release.notes)
                told = True
                where = f"{place} ({plan.release.base_url})" if place else plan.release.base_url
                return click.confirm(f"deploy to {clean(where)}?", err=True)
            return not dry

        return answered(given, deploy(asked, steps, confirmed), steps, looked=dry, asked=told)
