"""`mfe-static deploys`: what was deployed, and going back to it."""

import click

from mfe_static.cli.deploying import Steps, answered, deployment_row, order, whereto
from mfe_static.cli.options import Given, shared


@click.group(name="deploys")
def command() -> None:
    """List the deployments of a place, or go back to an earlier one.

    \b
    Examples:
      mfe-static deploys list production
      mfe-static deploys rollback production
    """


@command.command(name="list")
@shared
@whereto
def list_command(given: Given, place: str, preview: str) -> int:
    """List the last deployments, newest first.

    \b
    Examples:
      mfe-static deploys list
      mfe-static deploys list production --json
    """
    from mfe_static.cli.answers import print_json, rows_of
    from mfe_static.cli.run import tell, terminal
    from mfe_static.deploy import deployments
    from mfe_static.report import clean
    from mfe_static.schemas import DeploysRow

    found, outcome = deployments(order(given, place, preview))
    if given.json:
        made = tuple(map(deployment_row, found))
        print_json(DeploysRow(ok=outcome.code == 0, deployments=made, problems=rows_of(outcome.problems)))
        return outcome.code
    tell(given, outcome.problems)
    rows = [[each.id, each.made, "live" if each.live else "", clean(each.said or each.address)] for each in found]
    if rows:
        terminal(given).table([("id", "made", "", "what"), *rows])
    elif not outcome.problems and not given.quiet:
        terminal(given).say("nothing was deployed there")
    return outcome.code


@command.command(name="rollback")
@shared
@whereto
@click.argument("deployment", required=False, metavar="[ID]", default="")
def rollback_command(given: Given, place: str, preview: str, deployment: str) -> int:
    """Answer with an earlier deployment again.

    ID is one of "deploys list"; without it, the deployment before the live one.

    \b
    Examples:
      mfe-static deploys rollback
      mfe-static deploys rollback production 20260601T120000Z-5f3a9c21
    """
    from mfe_static.deploy import rollback

    with Steps(given) as steps:
        return answered(given, rollback(order(given, place, preview), deployment), steps)
