"""A whole deployment without a build: files in, and what a host did with them."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from cloudflare_standin import ACCOUNT, PROJECT
from cloudflare_standin import Cloudflare as CloudflareStandin
from mfe_static.deploy.cloudflare import Pages
from mfe_static.deploy.host import Asked, Deployment, Host, Item, Mark, Plan, Release, Rules, Sent
from mfe_static.deploy.http import Clock, Patience
from mfe_static.deploy.netlify import Netlify
from mfe_static.deploy.workers import Workers
from mfe_static.digests import digest
from mfe_static.hosting import CloudflareSettings, NetlifySettings
from mfe_static.problems import Problem
from netlify_standin import SITE
from netlify_standin import Netlify as NetlifyStandin
from standins import TOKEN
from workers_standin import WORKER
from workers_standin import Workers as WorkersStandin

OLD = {
    "index.html": b"<h1>Old</h1>",
    "docs/index.html": b"<h1>Docs</h1>",
    "404.html": b"none",
    "_mfe/assets/look.0123456789.css": b"old",
    "_mfe/assets/same.0123456789.js": b"same",
    "empty.txt": b"",
}
NEW = {
    **OLD,
    "index.html": b"<h1>New</h1>",
    "news/a b \xc3\xa4.html".encode("latin-1").decode(): b"<h1>News</h1>",
    "_mfe/assets/look.9876543210.css": b"new",
}
del NEW["_mfe/assets/look.0123456789.css"], NEW["docs/index.html"]
PATIENCE = Patience(quiet=5, whole=20)
SHORT = Patience(quiet=0.1, whole=10, attempts=4)
"""Where much is silent."""


class Ticking:
    """A clock that moves by itself a little whenever it is looked at, and by the whole when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        self.time += 0.5
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    @property
    def clock(self) -> Clock:
        return Clock(self.now, self.sleep)


def release(
    files: Mapping[str, bytes], rules: Rules | None = None, kept: Mapping[str, Mark] = {}, **said: Any
) -> Release:
    items = {
        path: Item(path=path, size=len(content), digest=digest(content), content=content)
        for path, content in files.items()
    }
    id_ = digest(*(part for path in sorted(files) for part in (path, files[path])))
    base = said.pop("base_url", "https://tractors.test")
    return Release(id=id_, base_url=base, items=items, rules=rules or Rules(), kept=kept, **said)


def asked(environ: Mapping[str, str], *, root: str = "/nowhere", preview: str = "", said: str = "") -> Asked:
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return Asked(
        name="production", root=root, state="/nowhere", environ=environ, base_url="https://tractors.test", now=now,
        preview=preview, said=said,
    )  # fmt: skip


def netlify(
    at: NetlifyStandin, clock: Ticking | None = None, site: str = SITE, patience: Patience = PATIENCE, **given: str
) -> Netlify:
    environ = {"NETLIFY_AUTH_TOKEN": TOKEN, "NETLIFY_API_URL": at.api}
    return Netlify(NetlifySettings(site=site), asked(environ, **given), patience, (clock or Ticking()).clock)


def cloudflare(
    at: CloudflareStandin,
    clock: Ticking | None = None,
    project: str = PROJECT,
    patience: Patience = PATIENCE,
    **given: str,
) -> Pages:
    environ = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_API_BASE_URL": at.api, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT}
    return Pages(CloudflareSettings(project=project), asked(environ, **given), patience, (clock or Ticking()).clock)


def worker(
    at: WorkersStandin, clock: Ticking | None = None, name: str = WORKER, patience: Patience = PATIENCE, **given: str
) -> Workers:
    environ = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_API_BASE_URL": at.api, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT}
    its = msgspec.structs.replace(asked(environ, **given), base_url=f"{at.origin}/live")
    pages = Pages(CloudflareSettings(worker=name), its, PATIENCE)
    return Workers(name, ACCOUNT, pages.compiled, its, patience, (clock or Ticking()).clock)


def planned(host: Host, wanted: Release) -> Plan:
    """What is to be done, as the command would find it."""
    compiled = host.compiled(wanted)
    assert isinstance(compiled, msgspec.Struct), [problem.message for problem in compiled]
    live = host.live()
    marks = host.marks(compiled.items.values(), compiled.rules)
    had = live.marks if live else {}
    changed = [item for path, item in compiled.items.items() if had.get(path) != marks[path]]
    changed.sort(key=lambda item: (item.path.endswith(".html"), not item.path.startswith("_mfe/"), item.path))
    gone = tuple(sorted(had.keys() - marks.keys() - wanted.kept.keys()))
    return Plan(release=compiled, marks={**wanted.kept, **marks}, live=live, upload=tuple(changed), remove=gone)


class Done(NamedTuple):
    plan: Plan
    sent: Sent
    deployment: Deployment
    told: list[tuple[str, int, int]]


def brought(host: Host, wanted: Release, between: Callable[[], object] = lambda: None) -> Done:
    """Deploy; `between`: what happens after all was sent, and before the switch. Raises `Failed`."""
    told: list[tuple[str, int, int]] = []
    plan = planned(host, wanted)
    sent = host.send(plan, lambda *news: told.append(news))
    assert not list(host.lacking(plan, sent))
    between()
    deployment = host.switch(plan, sent)
    assert host.prune(plan) == 0
    return Done(plan, sent, deployment, told)


def refused(host: Host, wanted: Release) -> list[Problem]:
    """Why a host does not take a release."""
    compiled = host.compiled(wanted)
    assert not isinstance(compiled, msgspec.Struct)
    return list(compiled)
