"""Which bodies templates have to make, of all teams, and what came of it.

Those of a team can be begun as soon as its pages are planned, while files of other teams are read.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from mfe_static.clock import Timings
from mfe_static.kept import NOTHING, Blob
from mfe_static.render.bodies import Bodies, Kitchen, Made, make_bodies, sharing
from mfe_static.workers import Crew, batches


class Cooking:
    """The bodies of this build that templates make."""

    def __init__(self, kept: Mapping[str, Mapping[str, Made]], timings: Timings) -> None:
        """`kept`: by team and URL, those of an earlier build."""
        self.rows: dict[str, dict[str, Made]] = {}
        """By team and URL."""
        self.causes: dict[str, dict[str, str]] = {}
        """Why those of this build were made."""
        self.facts: dict[str, dict[Blob, bytes]] = {}
        """What contracts say of these, by team and where they rest."""
        self.kitchens: dict[str, Kitchen] = {}
        """By what tasks call them, which is no team's name."""
        self._kept, self._timings = kept, timings
        self.due: deque[tuple[str, list[str]]] = deque()
        """What has to be made of each team, by URL."""
        self._once: dict[Any, Any] = {}

    def begin(self, kitchen: Kitchen) -> None:
        """Tell those of a team that are as they were from those that have to be made."""
        name = kitchen.team.name
        old = self._kept.get(name, {})
        rows, causes = self.rows.setdefault(name, {}), self.causes.setdefault(name, {})
        for url, plan in kitchen.plans.items():
            if plan.final:
                continue
            if cause := kitchen.stale(plan, old.get(url)):
                causes[url] = cause if old else NOTHING
            else:
                rows[url] = old[url]
        if causes:
            self.kitchens[f"bodies of {name}"] = kitchen
            self.due.append((f"bodies of {name}", list(causes)))

    def tasks(self, amount: int, jobs: int) -> Iterator[tuple[str, Sequence[str]]]:
        """What is due, in batches of the size that is right for so many pages."""
        while self.due:
            yield from batches([self.due.popleft()], amount, jobs)

    def take(self, urls: Sequence[str], data: bytes) -> None:
        """Take in what came of a task."""
        batch = msgspec.msgpack.decode(data, type=Bodies)
        rows = [sharing(row, self._once) for row in batch.rows]
        self.rows[batch.team].update(zip(urls, rows, strict=True))
        self.facts.setdefault(batch.team, {}).update(zip([row.rest for row in rows], batch.facts, strict=True))
        self._timings.add(batch.spent)

    def finish(self, crew: Crew) -> None:
        """Make all that nobody has begun with."""
        amount = sum(len(urls) for _, urls in self.due)
        tasks = self.tasks(amount, crew.jobs)
        for urls, data in crew.work_through(make_bodies, self.kitchens, tasks, amount=amount):
            self.take(urls, data)
