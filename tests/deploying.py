"""A host in memory, whose every operation may fail; and sites that are deployed to it.

It stands in the registry in place of one kind of host, as a module of this package would: see `shelf`.
"""

import sys
import types
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from mfe_static.deploy import Order, Outcome, deploy, registry
from mfe_static.deploy.host import Asked, Deployment, Failed, Item, Live, Mark, Plan, Release, Rules, Sent, Told
from mfe_static.problems import Problem, problem
from sites import NOW, Files, built, problems, site

BASE = 'base_url = "https://shop.test"\n'
TABLES = '[deploy.production]\ntarget = "folder"\n[checks]\nmissing-description = "off"\nheading-count = "off"\n'
SHOP: Files = {
    "teams/home/pages/index.md": "# Home\n\nWelcome.\n",
    "teams/home/assets/team.css": "p { color: red }\n",
    "teams/shop/pages/index.md": "# Shop\n\nRope.\n",
    "teams/shop/public/plan.txt": "a plan\n",
}


def shop(root: Path, files: Files = SHOP, **options: Any) -> Path:
    """A site, built, that can be deployed."""
    site(root, files, **{"keys": BASE, "tables": TABLES, **options})
    assert problems(built(root)) == []
    return root


class Shelf:
    """What the host has."""

    def __init__(self) -> None:
        self.contents: dict[Mark, bytes] = {}
        self.made: dict[str, Mapping[str, Mark]] = {}
        self.live: dict[str, str] = {}
        """The live deployment, by preview."""
        self.done: list[str] = []
        """All operations."""
        self.fails = 0
        """The operation that fails, counted from 1; 0: none."""
        self.loses: set[str] = set()
        """Paths whose content does not arrive."""
        self.limit = 1_000

    def __call__(self, operation: str, *, live: bool = False) -> None:
        """Do it, or fail."""
        self.done.append(operation)
        if len(self.done) == self.fails:
            raise Failed(problem("deploy-failed", f"{operation} failed"), live=live)

    def state(self) -> tuple[dict[str, Any], ...]:
        """What it has, for `restore`."""
        return self.contents.copy(), self.made.copy(), self.live.copy()

    def restore(self, state: tuple[dict[str, Any], ...]) -> None:
        """Have what it had."""
        self.contents, self.made, self.live = (part.copy() for part in state)

    def site(self, preview: str = "") -> dict[str, bytes]:
        """What visitors get."""
        marks = self.made.get(self.live.get(preview, ""), {})
        return {path: self.contents[mark] for path, mark in marks.items()}

    def open_host(self, settings: object, asked: Asked) -> "ShelfHost | Problem":
        """As a module of the registry does it."""
        return ShelfHost(self, asked)


class ShelfHost:
    """The host, for one deployment."""

    def __init__(self, shelf: Shelf, asked: Asked) -> None:
        self.shelf, self.asked = shelf, asked

    def compiled(self, release: Release) -> Release | Sequence[Problem]:
        count = len(release.items) + len(release.kept)
        return [problem("host-limit", f"{count} files")] if count > self.shelf.limit else release

    def marks(self, items: Iterable[Item], rules: Rules) -> Mapping[str, Mark]:
        return {item.path: item.digest for item in items}

    def live(self) -> Live | None:
        self.shelf("live")
        now = self.shelf.live.get(self.asked.preview)
        if now is None:
            return None
        marks = self.shelf.made[now]
        return Live(id=now, marks=marks, read=lambda path: self.shelf.contents[marks[path]], token=now)

    def send(self, plan: Plan, told: Told) -> Sent:
        new = [item for item in plan.upload if plan.marks[item.path] not in self.shelf.contents]
        for done, item in enumerate(new):
            told("send", done, len(new))
            self.shelf(f"send {item.path}")
            if item.path not in self.shelf.loses:
                self.shelf.contents[plan.marks[item.path]] = item.read()
        return Sent(id=f"d{len(self.shelf.made) + 1}", sent=len(new))

    def lacking(self, plan: Plan, sent: Sent) -> Sequence[str]:
        self.shelf("look")
        return [path for path, mark in plan.marks.items() if mark not in self.shelf.contents]

    def switch(self, plan: Plan, sent: Sent) -> Deployment:
        self.shelf("switch")
        if self.shelf.live.get(self.asked.preview) != (plan.live.token if plan.live else None):
            raise Failed(problem("deploy-overtaken", "another deployment went live"))
        self.shelf.made[sent.id] = plan.marks
        self.shelf.live[self.asked.preview] = sent.id
        return self.deployments()[0]

    def prune(self, plan: Plan) -> int:
        self.shelf("prune", live=True)
        needed = {mark for marks in self.shelf.made.values() for mark in marks.values()}
        gone = self.shelf.contents.keys() - needed
        for mark in gone:
            del self.shelf.contents[mark]
        return len(gone)

    def deployments(self) -> Sequence[Deployment]:
        now = self.shelf.live.get(self.asked.preview)
        return [
            Deployment(id=name, made="2026-06-01T12:00:00Z", address="https://shop.test", live=name == now)
            for name in reversed(self.shelf.made)
        ]

    def rollback(self, to: str) -> Deployment:
        names = list(self.shelf.made)
        name = to or names[names.index(self.shelf.live[self.asked.preview]) - 1]
        if name not in names:
            raise Failed(problem("deploy-failed", f"there is no deployment {name}"))
        self.shelf.live[self.asked.preview] = name
        return next(made for made in self.deployments() if made.id == name)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The host that `target = "folder"` means, and `"git"`, in memory."""
    made = Shelf()
    module = types.ModuleType("shelf")
    module.open_host = made.open_host  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "shelf", module)
    monkeypatch.setattr(registry, "MODULES", {**registry.MODULES, "folder": "shelf", "git": "shelf"})
    return made


def deployed(root: Path, **order: Any) -> Outcome:
    """Deploy the site in `root`."""
    return deploy(Order(**{"root": root, "name": "", "environ": {}, "now": NOW, **order}))


def said(outcome: Outcome) -> list[str]:
    """The codes of what is wrong."""
    return [found.code for found in outcome.problems]
