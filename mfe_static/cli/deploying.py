"""What the commands share that look at a host: their flags, and how they say what would change there, or did."""

import os
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import click

from mfe_static.cli.options import Given, interactive

if TYPE_CHECKING:
    import datetime

    from mfe_static.deploy import Order, Outcome
    from mfe_static.deploy.host import Deployment, Plan, Told
    from mfe_static.difference import Comparison
    from mfe_static.report import Progress
    from mfe_static.schemas import DeploymentRow, DeployRow

_PREVIEW = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,35}[a-z0-9])?")
"""What hosts take as a part of a host's name: a label (RFC 1123 §2.1), of Netlify no more than 37 characters."""
Command = Callable[..., int]


def whereto(command: Command) -> Command:
    """Give a command the name of the place, and the preview that is meant there."""
    option = click.option(
        "--preview", metavar="[NAME]", is_flag=False, flag_value="preview", callback=_preview,
        help="A preview instead of the site itself, such as pr-12, with an address of its own.",
    )  # fmt: skip
    return click.argument("place", required=False, metavar="[PLACE]", default="")(option(command))


def agreeing(command: Command) -> Command:
    """Give a command that changes what visitors see the options of whether it asks before."""
    return click.option(
        "--yes/--confirm", "agreed", default=None,
        help="Ask nothing, or always. Default: a person at a terminal is asked.",
    )(command)  # fmt: skip


def asks(given: Given, agreed: bool | None) -> bool:
    """Whether somebody is to be asked."""
    there = interactive()
    if agreed is False and not there:
        raise click.UsageError("--confirm needs somebody at a terminal")
    return not agreed and (agreed is False or (there and not given.json))


def _preview(_context: click.Context, _option: click.Parameter, value: str | None) -> str:
    if value and not _PREVIEW.fullmatch(value):
        raise click.BadParameter(f'"{value}" is no name such as pr-12: a-z, 0-9 and "-", at most 37 characters')
    return value or ""


def order(given: Given, place: str, preview: str, **more: Any) -> "Order":
    """What is asked for, now."""
    from mfe_static.deploy import Order

    return Order(given.root, place, os.environ, instant(), preview, **more)


def instant() -> "datetime.datetime":
    """Now, or SOURCE_DATE_EPOCH, so that a deployment can be made with the same bytes again."""
    import datetime

    from mfe_static.cli.options import moment

    return moment(None) if os.environ.get("SOURCE_DATE_EPOCH") else datetime.datetime.now(datetime.UTC)


class Steps:
    """A bar for each part of a deployment that goes on without a question."""

    def __init__(self, given: Given) -> None:
        self._given, self._open = given, ExitStack()
        self._bar: Progress | None = None

    def __call__(self, step: str, done: int, total: int) -> None:
        """Told how far a step is."""
        if self._bar is None:
            from mfe_static.cli.run import terminal

            quiet = self._given.quiet or self._given.json
            self._bar = self._open.enter_context(terminal(self._given).progress(quiet=quiet))
        self._bar(step, done, total)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the terminal to others."""
        self._open.close()
        self._bar = None


# -- what would change


def places(given: Given) -> Sequence[str]:
    """The names of all places that the site can be deployed to."""
    from mfe_static.config import load_site

    if not os.path.lexists(given.root / "site.toml"):
        return ()
    return tuple(load_site(given.root, environ=os.environ).settings.deploy)


def place_called(given: Given, name: str) -> str:
    """The place that is meant by a word of `diff`: one of that name, and no folder."""
    return name if not os.path.lexists(name) and name in places(given) else ""


def planned(given: Given, place: str, telling: bool) -> int:
    """Say what a deployment to the place would change there."""
    from mfe_static.deploy import deploy

    with Steps(given) as steps:
        outcome = deploy(order(given, place, ""), steps, lambda plan: False)
        return answered(given, outcome, steps, looked=True) or int(telling and not _same(outcome.plan))


def _same(plan: "Plan | None") -> bool:
    from mfe_static.deploy.plan import idle

    return plan is None or idle(plan)


def shown(given: Given, plan: "Plan", steps: "Steps") -> "Comparison":
    """Tell a person what the plan changes, and why."""
    from mfe_static.cli.changes import lines
    from mfe_static.cli.run import terminal
    from mfe_static.deploy.plan import bytes_of
    from mfe_static.report import clean, many

    found = _compared(plan, steps, looked=True)
    steps.close()
    sizes = [("to send", f"{many(len(plan.upload), 'file')}, {bytes_of(plan):,} bytes")]
    if kept := len(plan.release.kept):
        sizes.append(("kept", f"{many(kept, 'asset')} of earlier deployments"))
    if plan.purge and given.verbose:
        sizes += [("" if number else "to purge", clean(url)) for number, url in enumerate(plan.purge)]
    elif plan.purge:
        sizes.append(("to purge", many(len(plan.purge), "URL")))
    for line in () if given.quiet else lines(found, sizes, len(plan.marks), verbose=given.verbose):
        terminal(given).say(line)
    return found


def _compared(plan: "Plan", told: "Told", *, looked: bool) -> "Comparison":
    from mfe_static.deploy.plan import READ, comparison

    return comparison(plan, told, most=READ if looked else 0)


# -- what came of it


def answered(given: Given, outcome: "Outcome", steps: Steps, *, looked: bool = False, asked: bool = False) -> int:
    """Say what came of it; the exit code. `looked`: whether pages are read to tell why they differ. `asked`: whether a
    person was asked, who was told of the plan."""
    from mfe_static.cli.answers import print_json
    from mfe_static.cli.run import tell, terminal

    if given.json:
        row = _row(outcome, steps, looked=looked)
        steps.close()
        print_json(row)
        return outcome.code
    if outcome.plan and looked:
        shown(given, outcome.plan, steps)
    steps.close()
    known = outcome.plan.release.notes if asked and outcome.plan else ()
    tell(given, [found for found in outcome.problems if found not in known])
    if not given.quiet:
        for line in _said(outcome, looked=looked):
            terminal(given).say(line)
    return outcome.code


def _said(outcome: "Outcome", *, looked: bool) -> Sequence[str]:
    from mfe_static.deploy.plan import idle
    from mfe_static.report import clean, many

    plan, made = outcome.plan, outcome.deployment
    if made is not None:
        parts = [f"{made.address} is live{f' in {made.where}' if made.where else ''}", made.id]
        if plan is not None:
            parts.insert(1, f"{many(outcome.sent, 'file')} sent, {len(plan.remove):,} removed")
        return [clean(" · ".join(parts))]
    if plan is None or outcome.code or looked:
        return []
    return ["all of it is live already"] if idle(plan) else ["nothing was deployed"]


def _row(outcome: "Outcome", steps: Steps, *, looked: bool) -> "DeployRow":
    from mfe_static.cli.answers import rows_of
    from mfe_static.cli.changes import groups_of, rows
    from mfe_static.deploy.plan import bytes_of, idle
    from mfe_static.schemas import ChangesRow, DeployRow, FilesRow

    plan, place = outcome.plan, outcome.place
    found = _compared(plan, steps, looked=looked) if plan else None
    sends = plan if plan and not idle(plan) else None
    return DeployRow(
        ok=outcome.code == 0,
        place=place.asked.name if place else "",
        target=str(place.settings.target) if place else "",
        preview=place.asked.preview if place else "",
        release=plan.release.id if plan else "",
        upload=FilesRow(files=len(sends.upload) if sends else 0, bytes=bytes_of(sends) if sends else 0),
        remove=len(plan.remove) if plan else 0,
        kept=len(plan.release.kept) if plan else 0,
        purge=sends.purge if sends else (),
        changes=ChangesRow(
            added=rows(found.added),
            removed=rows(found.removed),
            changed=rows(found.changed),
            groups=groups_of(found.groups),
            unread=found.unread,
        )
        if found
        else None,
        sent=outcome.sent,
        pruned=outcome.pruned,
        deployment=deployment_row(outcome.deployment) if outcome.deployment else None,
        problems=rows_of(outcome.problems),
    )


def deployment_row(made: "Deployment") -> "DeploymentRow":
    """A deployment, as other programs see it."""
    from mfe_static.schemas import DeploymentRow

    return DeploymentRow(
        id=made.id, made=made.made, address=made.address, live=made.live, said=made.said, where=made.where
    )
