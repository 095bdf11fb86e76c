"""Bringing a site to its hosts.

        place ─► release ─► preflight ─► compiled ─► live ─► plan ─► send ─► lacking ─► switch ─► prune

Up to `plan` nothing is changed anywhere, and that much is shown before anything is done (`diff`, `--dry-run`). Up to
`switch` visitors see the old site, after it the new one; whatever fails ends the deployment, so nothing is switched and
nothing pruned after an error. Of two deployments to one place at once, the second is told to wait where both are of
this folder; else the host lets one of them switch.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from msgspec.structs import replace

from mfe_static.deploy import ledger as ledgers
from mfe_static.deploy.host import Deployment, Failed, Host, Plan, Release, Told
from mfe_static.deploy.ledger import Ledger
from mfe_static.deploy.order import Order, Place, place_of
from mfe_static.deploy.plan import idle, planned, refused
from mfe_static.deploy.registry import open_host
from mfe_static.deploy.release import read_release
from mfe_static.deploy.secrets import secrets
from mfe_static.problems import Problem, exit_code, problem
from mfe_static.write import lock

__all__ = ["Opened", "Order", "Outcome", "Ready", "deploy", "deployments", "opened", "prepare", "rollback"]


_UNKNOWN = frozenset({"deploy-halfway", "deploy-uncertain"})
"""What is live is neither the old site nor the new one, or nobody knows which."""


class Opened(NamedTuple):
    """A place, and the host that is there."""

    place: Place
    host: Host


class Ready(NamedTuple):
    """A deployment that could be made now."""

    plan: Plan
    ledger: Ledger
    """Of what is live."""


class Outcome(NamedTuple):
    """What came of a deployment."""

    problems: Sequence[Problem] = ()
    place: Place | None = None
    """None: there is none of that name."""
    plan: Plan | None = None
    deployment: Deployment | None = None
    """What is live now; None: nothing was switched."""
    sent: int = 0
    pruned: int = 0
    failed: Literal["", "before", "after"] = ""
    """Whether it failed on the way, before the switch or after it; else whatever is wrong was known at the start."""

    @property
    def code(self) -> int:
        """The exit code of the command line."""
        if self.failed and {found.code for found in self.problems} & _UNKNOWN:
            return 7
        if self.failed == "after":
            return 5
        code = exit_code(self.problems, strict=False)
        return 4 if self.failed and code == 1 else code

    def ended(self, why: Failed | OSError) -> "Outcome":
        """The same, ended by a failure."""
        if isinstance(why, OSError):
            said = f"{why.filename or 'the system says'}: {why.strerror}"
            why = Failed(problem("deploy-failed", said, hint="deploy again"))
        after = why.live or self.deployment is not None
        if why.problem.code == "no-credentials":  # known at the start, whichever step asks for them
            return self._replace(problems=(why.problem,))
        return self._replace(problems=(why.problem,), failed="after" if after else "before")


def silent(step: str, done: int, total: int) -> None:
    """For nobody who looks."""


def deploy(order: Order, told: Told = silent, agreed: Callable[[Plan], bool] = lambda plan: True) -> Outcome:
    """Bring the site to where `order` says. `agreed`: asked before anything is sent."""
    found = opened(order)
    if not isinstance(found, Opened):
        return Outcome(found)
    outcome = Outcome(place=found.place)
    with lock(Path(found.place.asked.state), "deployment") as busy:
        if busy:
            return outcome._replace(problems=(busy,))
        try:
            ready = prepare(found, told)
            if not isinstance(ready, Ready):
                return outcome._replace(problems=ready)
            host, plan = found.host, ready.plan
            outcome = outcome._replace(plan=plan, problems=plan.release.notes)
            if why := refused(plan, ready.ledger, found.place):
                return outcome._replace(problems=(why,))
            if idle(plan) or not agreed(plan):
                return outcome
            sent = host.send(plan, told)
            outcome = outcome._replace(sent=sent.sent)
            if lacking := host.lacking(plan, sent):
                said = f"{len(lacking):,} files did not arrive as they were sent, such as {lacking[0]}"
                raise Failed(problem("deploy-failed", said, hint="deploy again; what arrived is not sent again"))
            outcome = outcome._replace(deployment=host.switch(plan, sent))
            return outcome._replace(pruned=host.prune(plan))
        except (Failed, OSError) as why:
            return outcome.ended(why)


def prepare(found: Opened, told: Told = silent) -> Ready | Sequence[Problem]:
    """All that comes before anything is changed. Raises `Failed`, and OSError where the output cannot be read."""
    place, host = found
    release = read_release(place.wanted)
    if not isinstance(release, Release):
        return release
    compiled = host.compiled(release)
    if not isinstance(compiled, Release):
        return compiled
    if leaks := secrets(compiled, place, told):
        return leaks
    live = host.live()
    last = ledgers.read_ledger(live)
    marks = host.marks(compiled.items.values(), compiled.rules)
    ledger = ledgers.entered(last, release, ledgers.pooled(marks), place)
    item = ledgers.item(ledger)
    kept = {path: mark for path, mark in ledgers.kept(ledger, live).items() if path not in compiled.items}
    whole = host.compiled(replace(release, items={**release.items, item.path: item}, kept=kept))
    if not isinstance(whole, Release):  # a limit is exceeded only by what is kept
        return whole
    had = compiled.items
    fresh = [item for path, item in whole.items.items() if path not in had or had[path].digest != item.digest]
    same = {path: mark for path, mark in marks.items() if path in whole.items}
    return Ready(planned(whole, {**same, **host.marks(fresh, whole.rules)}, live), last)


def opened(order: Order) -> Opened | Sequence[Problem]:
    """The place that is meant, and its host."""
    place = place_of(order)
    if not isinstance(place, Place):
        return place
    host = open_host(place.settings, place.asked)
    if isinstance(host, Problem):
        return [replace(host, line=place.line) if host.file == "site.toml" else host]
    return Opened(place, host)


def deployments(order: Order) -> tuple[Sequence[Deployment], Outcome]:
    """The last deployments, newest first, and what kept them from being listed."""
    found = opened(order)
    if not isinstance(found, Opened):
        return (), Outcome(found)
    try:
        return found.host.deployments(), Outcome(place=found.place)
    except (Failed, OSError) as why:
        return (), Outcome(place=found.place).ended(why)


def rollback(order: Order, to: str, agreed: Callable[[Place], bool] = lambda place: True) -> Outcome:
    """Answer with an earlier deployment again, by its id; empty: the one before the live one. `agreed`: asked before
    anything is changed."""
    found = opened(order)
    if not isinstance(found, Opened):
        return Outcome(found)
    outcome = Outcome(place=found.place)
    with lock(Path(found.place.asked.state), "deployment") as busy:
        if busy:
            return outcome._replace(problems=(busy,))
        if not agreed(found.place):
            return outcome
        try:
            return outcome._replace(deployment=found.host.rollback(to))
        except (Failed, OSError) as why:
            return outcome.ended(why)
