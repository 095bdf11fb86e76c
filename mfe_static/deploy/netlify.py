"""Netlify: deployments by digests, as its own command line makes them.

        site ─► create ─► manifest (path: SHA-1) ─► what it requires ─► the last file ─► ready ─► published
                          └──────────────── send ────────────────────┘  └──────── switch ─────────┘

A deployment goes live by itself as soon as its last file has arrived. So one file is kept back until `switch`: the
marker, which names the deployment and therefore is always new. Whatever ends before that leaves the live site as it is.
Netlify keeps every content it ever got, so what an earlier attempt brought is not asked for again.

Sources: Netlify's OpenAPI description; src/utils/deploy of netlify/cli.
"""

import contextlib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import msgspec

from mfe_static.deploy import netlify_toml
from mfe_static.deploy.earlier import no_such, nothing_before
from mfe_static.deploy.host import Asked, Deployment, Failed, Item, Live, Mark, Plan, Release, Rules, Sent, Told
from mfe_static.deploy.http import Client, Clock, Patience, Refused
from mfe_static.deploy.limits import LIMITS, exceeded
from mfe_static.deploy.marker import MARKER, made_item, marker, overtaken, the_site_itself, uncertain, unnameable
from mfe_static.deploy.netlify_api import Broken, Deploy, File, Site, deployment_of
from mfe_static.deploy.visitor import SAFE, Visitor
from mfe_static.hosting import NetlifySettings
from mfe_static.problems import Problem, problem

_SYNC, _WORKERS, _PAUSE, _LONGEST = 100, 5, 1.0, 20 * 60.0
"""Files up to which a manifest is answered at once; uploads side by side; seconds between two looks, and for which
Netlify may work. All as its command line has them."""
_TAKEN = frozenset({"prepared", "uploading", "uploaded", "processing", "processed", "ready"})
_ARRIVED = frozenset({"uploaded", "processing", "processed", "ready"})
_READY = frozenset({"ready"})


def open_host(settings: NetlifySettings, asked: Asked) -> "Netlify | Problem":
    """The site that is meant."""
    host = Netlify(settings, asked)
    return host.unnamed() or host


class Netlify:
    """A site at Netlify, or one preview of it."""

    def __init__(
        self,
        settings: NetlifySettings,
        asked: Asked,
        patience: Patience = Patience(),  # noqa: B008  frozen
        clock: Clock = Clock(),  # noqa: B008  frozen
    ) -> None:
        self._asked = asked
        name = settings.site or asked.environ.get("NETLIFY_SITE_ID", "")
        self._site = Site(name, asked, patience, clock)
        self._visitor = Visitor(patience, clock)

    def unnamed(self) -> Problem | None:
        """Whether nobody said which site, or which preview."""
        if self._asked.preview and not self._site.alias:
            return unnameable(self._asked.preview)
        if self._site.name:
            return None
        said = "nothing says which of your sites at Netlify is meant"
        hint = f'write site = "…" under [deploy.{self._asked.name}.netlify], or set NETLIFY_SITE_ID'
        return problem("no-target", said, file="site.toml", hint=hint)

    # -- before anything is sent

    def compiled(self, release: Release) -> Release | Sequence[Problem]:
        """All rules become one file, `netlify.toml`."""
        content = netlify_toml.netlify_toml(release, Path(self._asked.root) / netlify_toml.FILE)
        problems = [*exceeded(LIMITS["netlify"], release.items.values(), release.rules), *_names(release.items)]
        if isinstance(content, list) or problems:
            return [*(content if isinstance(content, list) else ()), *problems]
        file = made_item(netlify_toml.FILE, content)
        return msgspec.structs.replace(release, items={**release.items, file.path: file})

    def marks(self, items: Iterable[Item], rules: Rules) -> Mapping[str, Mark]:
        """SHA-1 of the content; rules are a file of their own."""
        return {item.path: _sha1(item.read()) for item in items}

    def live(self) -> Live | None:
        """What is published; of a preview, its last deployment."""
        with self._site.client() as client:
            current = self._site.current(client)
            if current is None:
                return None
            address = current.deploy_ssl_url or ""
            if self._site.alias:
                marks = self._visitor.marks(address)
            else:
                files = client.value(list[File], "GET", f"{self._site.path}/files")
                marks = {file.path.lstrip("/"): file.sha for file in files}
        known = {path: mark for path, mark in marks.items() if path != MARKER}
        return Live(id=current.id, marks=known, read=lambda path: self._visitor.read(address, path), token=current.id)

    # -- sending

    def send(self, plan: Plan, told: Told) -> Sent:
        """All files but the marker."""
        with self._site.client() as client:
            self._must_be_as_planned(client, plan)
            made = {"draft": False, **({"branch": self._site.alias} if self._site.alias else {})}
            title = {"title": self._asked.said or f"mfe-static {plan.release.id}"}
            deploy = client.value(Deploy, "POST", f"{self._site.path}/deploys", query=title, json=made)
            with self._cancelled_on_failure(deploy.id):
                items = self._required(client, deploy.id, plan)
                client.each(
                    lambda item: self._upload(client, deploy.id, item),
                    items,
                    workers=_WORKERS,
                    done=lambda number: told("send", number, len(items)),
                )
        return Sent(id=deploy.id, sent=len(items))

    def _required(self, client: Client, id_: str, plan: Plan) -> Sequence[Item]:
        """What Netlify does not have, one item for each content, in the order of the plan."""
        wanted = self._declared(client, id_, plan, plan.marks)
        items = {item.path: item for item in (*plan.upload, *plan.release.items.values())}
        ours = {plan.marks[path] for path in items}
        if gone := wanted - ours:  # of what was kept, and nobody has it any more
            marks = {path: mark for path, mark in plan.marks.items() if path in items or mark not in gone}
            wanted = self._declared(client, id_, plan, marks)
        chosen = {plan.marks[path]: item for path, item in reversed(items.items()) if plan.marks[path] in wanted}
        return [item for item in items.values() if chosen.get(plan.marks[item.path]) is item]

    def _declared(self, client: Client, id_: str, plan: Plan, marks: Mapping[str, Mark]) -> set[Mark]:
        """Tell Netlify all files of the deployment; which contents it wants, but for the marker's."""
        last = _sha1(marker(id_, plan.marks))
        files = {**marks, MARKER: last}
        body = {"files": files, "async": len(files) > _SYNC, "draft": False}
        body |= {"branch": self._site.alias} if self._site.alias else {}
        deploy = client.value(Deploy, "PUT", f"{self._site.path}/deploys/{id_}", json=body)
        if body["async"]:
            deploy = client.until(
                lambda: self._site.reached(client, id_, _TAKEN),
                pause=_PAUSE,
                longest=_LONGEST,
                what="compares the files",
            )
        return set(deploy.required or ()) - {last}

    def _upload(self, client: Client, id_: str, item: Item) -> None:
        """Send a file. Netlify says 422 when its bytes are not those of the manifest; then it is read once more."""
        path = f"/deploys/{id_}/files/{quote(item.path, safe=SAFE)}"
        for last in (False, True):
            content = item.read()
            try:
                client.ask("PUT", path, body=content or _empty, query={"size": len(content)})
                return
            except Refused as no:
                if no.status != 422 or last:
                    raise

    def lacking(self, plan: Plan, sent: Sent) -> Sequence[str]:
        """Netlify compares every content with its digest itself, and does not publish before it has all."""
        return ()

    # -- going live

    def switch(self, plan: Plan, sent: Sent) -> Deployment:
        """Send the marker, and see the deployment go live."""
        with self._site.client() as client, self._cancelled_on_failure(sent.id):
            self._must_be_as_planned(client, plan)
            content = marker(sent.id, plan.marks)
            path = f"/deploys/{sent.id}/files/{MARKER}"
            try:
                client.ask("PUT", path, body=content, query={"size": len(content)})
            except Failed:  # its answer may be lost, and not the file
                if not self._arrived(client, sent.id):
                    raise
            return self._gone_live(client, plan, sent.id)

    def _arrived(self, client: Client, id_: str) -> bool:
        """Whether the last file may have; where nobody answers, what follows finds out."""
        try:
            return self._site.deploy(client, id_).state in _ARRIVED
        except Failed:
            return True

    def _gone_live(self, client: Client, plan: Plan, id_: str) -> Deployment:
        try:
            deploy = client.until(
                lambda: self._site.reached(client, id_, _READY),
                pause=_PAUSE,
                longest=_LONGEST,
                what="prepares the site",
            )
        except Broken:
            raise
        except Failed as error:
            deploy = self._settled(client, id_, error)
        if self._site.alias:
            return deployment_of(deploy, live=True, alias=True)
        current = self._published(client, plan.live.token if plan.live else "")
        if current.id != id_:
            raise Failed(overtaken(current.id))
        return deployment_of(deploy, live=True)

    def _settled(self, client: Client, id_: str, error: Failed) -> Deploy:
        """The deployment, if it was ready after all. What can still be cancelled never goes live."""
        try:
            with self._site.client(attempts=2) as once:
                once.ask("POST", f"/deploys/{id_}/cancel")
        except Refused:
            with contextlib.suppress(Failed):
                if found := self._site.reached(client, id_, _READY):
                    return found
        except Failed:
            pass
        else:
            raise error
        raise uncertain(error) from None

    def _published(self, client: Client, before: str) -> Deploy:
        """What is live, once it is not what was before."""
        try:
            return client.until(
                lambda: self._site.published(client, besides=before), pause=_PAUSE, longest=60.0, what="does not switch"
            )
        except Failed as error:
            raise uncertain(error) from None

    def prune(self, plan: Plan) -> int:
        """Nothing is left to do: a deployment answers with its own files only."""
        return 0

    # -- earlier deployments

    def deployments(self) -> Sequence[Deployment]:
        """The last ones that can be answered with."""
        with self._site.client() as client:
            return self._site.listed(client)

    def rollback(self, to: str) -> Deployment:
        """Publish an earlier deployment again."""
        with self._site.client() as client:
            listed = self._site.listed(client)
            at = next((at for at, each in enumerate(listed) if each.live), -1)
            if self._site.alias:
                raise Failed(problem("host-cannot", "Netlify keeps the last deployment of a preview only"))
            if not to and not 0 <= at < len(listed) - 1:
                raise nothing_before()
            to = to or listed[at + 1].id
            try:
                deploy = self._site.deploy(client, to)
                path = f"{self._site.path}/deploys/{quote(to, safe='')}/restore"
                client.tell("POST", path, heard=lambda: self._site.now(client) == to)
            except Refused as no:
                raise no_such(to) if no.status == 404 else no from None
            before = listed[at].id if at >= 0 else ""
            if to != before:
                self._published(client, before)
            return deployment_of(deploy, live=True)

    # -- guarding

    def _must_be_as_planned(self, client: Client, plan: Plan) -> None:
        """Two deployments at once: whoever comes second planned for something that is not there any more."""
        if self._site.alias and self._site.alias in self._site.production(client):
            raise Failed(the_site_itself(self._site.alias))
        current = self._site.current(client)
        if current and current.locked and not self._site.alias:
            said = f"the site stays at its deployment {current.id}: publishing is locked at Netlify"
            raise Failed(
                problem("deploy-locked", said, hint="unlock it there (“Start auto publishing”), or deploy a preview")
            )
        if (current.id if current else "") != (plan.live.token if plan.live else ""):
            raise Failed(overtaken(current.id if current else "none"))

    @contextlib.contextmanager
    def _cancelled_on_failure(self, id_: str) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            if not (isinstance(error, Failed) and error.live):
                with contextlib.suppress(Failed), self._site.client(attempts=2) as client:
                    client.ask("POST", f"/deploys/{id_}/cancel")
            raise


def _empty() -> Iterator[bytes]:
    yield b""


def _sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _names(items: Mapping[str, Item]) -> Iterable[Problem]:
    for path in items:
        if re.search(r"[#?]", path):
            yield problem("host-cannot", f"Netlify takes no # and no ? in a file's name: {path}")
        if path in {MARKER, netlify_toml.FILE}:
            yield problem("host-cannot", f"{path} is a file that a deployment writes itself", hint="rename it")
