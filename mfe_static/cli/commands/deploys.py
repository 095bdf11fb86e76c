"""`mfe-static deploys`: what was deployed, and going back to it."""

from typing import TYPE_CHECKING

import click

from mfe_static.cli.deploying import Steps, agreeing, answered, asks, deployment_row, order, places, whereto
from mfe_static.cli.options import Given, shared

if TYPE_CHECKING:
    from mfe_static.deploy.order import Place


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
@agreeing
def rollback_command(given: Given, place: str, preview: str, deployment: str, agreed: bool | None) -> int:
    """Answer with an earlier deployment again.

    ID is one of "deploys list"; without it, the deployment before the live one. PLACE need not be said where there is
    only one.

    \b
    Examples:
      mfe-static deploys rollback
      mfe-static deploys rollback production 20260601T120000Z-5f3a9c21
      mfe-static deploys rollback 20260601T120000Z-5f3a9c21 --yes
    """
    from mfe_static.cli.run import terminal
    from mfe_static.deploy import rollback
    from mfe_static.report import clean

    if place and not deployment and _only_place_unlike(given, place):
        place, deployment = "", place
    asked_first = asks(given, agreed)

    def confirmed(there: "Place") -> bool:
        if not asked_first:
            return True
        what = deployment or "the deployment before the live one"
        return click.confirm(
            f"go back to {clean(what)} at {clean(there.asked.base_url or there.asked.name)}?", err=True
        )

    with Steps(given) as steps:
        outcome = rollback(order(given, place, preview), deployment, confirmed)
        code = answered(given, outcome, steps)
    if asked_first and not outcome.problems and outcome.deployment is None and not given.quiet and not given.json:
        terminal(given).say("nothing was changed")
    return code


def _only_place_unlike(given: Given, word: str) -> bool:
    """Whether there is one place alone, and the word is neither its name nor meant to be."""
    from mfe_static.problems import nearest

    known = places(given)
    return len(known) == 1 and word not in known and not nearest(word, known)
