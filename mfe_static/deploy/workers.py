"""The static assets of a Worker at Cloudflare, as Cloudflare's command line brings them.

        session ─► buckets that are missing ─► version │ deployment
                   └───────────── send ──────────────┘ └ switch ──┘

A version holds all files and rules, and answers nobody; a deployment says which version does. Going back is a
deployment of an earlier one. A preview is a version with an alias, so it is made with the switch.

Source: packages/wrangler/src/assets.ts, versions/ of Cloudflare's workers-sdk.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from mfe_static.deploy import workers_form as form
from mfe_static.deploy.cloudflare_api import access_to, branch_of
from mfe_static.deploy.cloudflare_upload import WORKERS, Load, Result, loads_of, mark_of, marker_mark
from mfe_static.deploy.earlier import no_such, nothing_before
from mfe_static.deploy.host import Asked, Deployment, Failed, Item, Live, Mark, Plan, Release, Rules, Sent, Told
from mfe_static.deploy.http import Client, Clock, Patience, Refused
from mfe_static.deploy.marker import MARKER, overtaken, uncertain
from mfe_static.deploy.visitor import Visitor
from mfe_static.problems import Problem, problem
from mfe_static.serve.view import HEADERS, REDIRECTS

_RULES = frozenset({REDIRECTS, HEADERS})
_CONFIG = {"html_handling": "auto-trailing-slash", "not_found_handling": "404-page"}
_COMPATIBLE = "2026-01-01"
"""The day as of which Cloudflare's rules for Workers hold for ours."""


class _Session(msgspec.Struct, frozen=True):
    jwt: str | None = None
    buckets: list[list[Mark]] | None = None


class _Share(msgspec.Struct, frozen=True):
    version_id: str
    percentage: float = 100


class _Made(msgspec.Struct, frozen=True):
    """A deployment, as Cloudflare tells it."""

    id: str
    created_on: str = ""
    versions: list[_Share] = []
    annotations: dict[str, Any] | None = None

    @property
    def version(self) -> str:
        """The version that most visitors get."""
        return max(self.versions, key=lambda share: share.percentage).version_id if self.versions else ""


class _All(msgspec.Struct, frozen=True):
    deployments: list[_Made]


class _Version(msgspec.Struct, frozen=True):
    id: str


class _Subdomain(msgspec.Struct, frozen=True):
    subdomain: str = ""


class Workers:
    """A Worker that is nothing but a site, or one preview of it."""

    def __init__(
        self,
        name: str,
        account: str,
        compile_: Callable[[Release], Release | Sequence[Problem]],
        asked: Asked,
        patience: Patience = Patience(),  # noqa: B008  frozen
        clock: Clock = Clock(),  # noqa: B008  frozen
    ) -> None:
        """`compile_`: rules are put as for Pages."""
        self._name, self._account, self._asked = name, account, asked
        self.compiled = compile_
        self._preview = branch_of(asked.preview)
        self._patience, self._clock = patience, clock
        self._visitor = Visitor(patience, clock)

    def marks(self, items: Iterable[Item], rules: Rules) -> Mapping[str, Mark]:
        """The same names of contents as at Pages."""
        return {item.path: mark_of(item.path, item.read()) for item in items}

    def live(self) -> Live | None:
        """What is live, by its marker; of a preview nothing is known."""
        if self._preview:
            return None
        with self._client() as client:
            version = self._current(client)
        if not version:
            return None
        address = self._asked.base_url
        return Live(
            id=version,
            marks=self._visitor.marks(address),
            read=lambda path: self._visitor.read(address, path),
            token=version,
        )

    def send(self, plan: Plan, told: Told) -> Sent:
        """All contents that the Worker does not have, and the version that they make."""
        with self._client() as client:
            self._must_be_as_planned(client, plan)
            jwt, sent = self._brought(client, plan, told)
            id_ = plan.release.id if self._preview else self._version(client, plan, jwt)
        return Sent(id=id_, sent=sent)

    def lacking(self, plan: Plan, sent: Sent) -> Sequence[str]:
        """A version is made of what is there only."""
        return ()

    def switch(self, plan: Plan, sent: Sent) -> Deployment:
        """Answer with the version."""
        with self._client() as client:
            if self._preview:
                jwt, _ = self._brought(client, plan, lambda *_: None)
                address = self._alias(client)  # before, as after it nothing may fail
                version = self._version(client, plan, jwt)
                return Deployment(id=version, made="", address=address, live=True, said=self._message(plan))
            self._must_be_as_planned(client, plan)
            self._deploy(client, sent.id, self._message(plan))
            return self._gone_live(client, sent.id)

    def _gone_live(self, client: Client, version: str) -> Deployment:
        """What is live, if it is this version; that it is was answered already, so silence changes nothing."""
        try:
            live = next(each for each in self._listed(client) if each.live)
        except Failed:
            return Deployment(id=version, made="", address=self._asked.base_url, live=True)
        if live.id != version:
            raise Failed(overtaken(live.id))
        return live

    def prune(self, plan: Plan) -> int:
        """Nothing is left to do: a version answers with its own files only."""
        return 0

    def deployments(self) -> Sequence[Deployment]:
        """The last ones."""
        if self._preview:
            return ()
        with self._client() as client:
            return self._listed(client)

    def rollback(self, to: str) -> Deployment:
        """Deploy an earlier version again."""
        if self._preview:
            raise Failed(problem("host-cannot", "Cloudflare keeps the last version of a preview only"))
        with self._client() as client:
            listed = self._listed(client)
            if not to and len(listed) < 2:
                raise nothing_before()
            to = to or listed[1].id
            known = next((each for each in listed if each.id == to), None)
            if known is None:
                raise no_such(to)
            if not known.live:
                self._deploy(client, to, known.said)
            return self._gone_live(client, to)

    # -- asking

    @property
    def _path(self) -> str:
        account, name = quote(self._account, safe=""), quote(self._name, safe="")
        return f"/accounts/{account}/workers/scripts/{name}"

    def _client(self) -> Client:
        return Client(access_to(self._asked), self._patience, self._clock)

    def _made(self, client: Client) -> Sequence[_Made]:
        hint = f'look whether there is a Worker "{self._name}" in this account; `npx wrangler deploy` makes one'
        return client.value(Result[_All], "GET", f"{self._path}/deployments", hint=hint).result.deployments

    def _current(self, client: Client) -> str:
        return next((each.version for each in self._made(client)), "")

    def _listed(self, client: Client) -> Sequence[Deployment]:
        """Each version once, as of when it was last deployed."""
        seen: dict[str, Deployment] = {}
        for each in self._made(client):
            live, said = not seen, (each.annotations or {}).get("workers/message")
            address = self._asked.base_url if live else ""
            seen.setdefault(
                each.version,
                Deployment(id=each.version, made=each.created_on, address=address, live=live, said=str(said or "")),
            )
        return list(seen.values())

    def _must_be_as_planned(self, client: Client, plan: Plan) -> None:
        current = self._current(client)
        if not self._preview and current != (plan.live.token if plan.live else ""):
            raise Failed(overtaken(current))

    def _brought(self, client: Client, plan: Plan, told: Told) -> tuple[str, int]:
        """What says that all files are there, and how many had to be sent."""
        loads = loads_of(plan, _RULES)
        files = {path: mark for path, mark in plan.marks.items() if path not in _RULES}
        files[MARKER] = marker_mark(plan)
        session = self._session(client, files, loads)
        wanted = {mark for bucket in session.buckets or () for mark in bucket}
        if gone := wanted - loads.keys():  # of what was kept, and nobody has it any more
            files = {path: mark for path, mark in files.items() if mark not in gone}
            session = self._session(client, files, loads)
        buckets = [[loads[mark] for mark in bucket] for bucket in session.buckets or () if bucket]
        done: list[str] = []

        def upload(bucket: Sequence[Load]) -> None:
            path, query = f"/accounts/{quote(self._account, safe='')}/workers/assets/upload", {"base64": "true"}
            answer = client.value(
                Result[_Session], "POST", path, query=query, body=lambda: form.files(bucket), size=form.size(bucket),
                media=form.MEDIA, token=session.jwt or "",
            )  # fmt: skip
            done.extend([answer.result.jwt] if answer.result.jwt else [])

        client.each(upload, buckets, workers=WORKERS, done=lambda number: told("send", number, len(buckets)))
        if buckets and not done:
            raise Failed(problem("host-failed", "Cloudflare does not say that all files arrived", hint="deploy again"))
        return done[-1] if done else session.jwt or "", sum(
            load.item.path != MARKER for each in buckets for load in each
        )

    def _session(self, client: Client, files: Mapping[str, Mark], loads: Mapping[Mark, Load]) -> _Session:
        sizes = {mark: load.item.size for mark, load in loads.items()}
        manifest = {f"/{path}": {"hash": mark, "size": sizes.get(mark, 0)} for path, mark in files.items()}
        path = f"{self._path}/assets-upload-session"
        return client.value(Result[_Session], "POST", path, json={"manifest": manifest}).result

    def _version(self, client: Client, plan: Plan, jwt: str) -> str:
        items = plan.release.items
        rules = {path: items[path].content.decode() for path in sorted(_RULES & items.keys())}
        said = {"workers/message": self._message(plan), **({"workers/alias": self._preview} if self._preview else {})}
        assets = {"jwt": jwt, "config": {**_CONFIG, **rules}}
        metadata = {"assets": assets, "annotations": said, "compatibility_date": _COMPATIBLE, "compatibility_flags": []}
        path, body = f"{self._path}/versions", form.version(metadata)
        return client.value(Result[_Version], "POST", path, body=body, media=form.MEDIA).result.id

    def _deploy(self, client: Client, version: str, said: str) -> None:
        """Let everybody get a version. Where the answer was lost it is looked for, before it is said again."""
        wanted = {
            "strategy": "percentage",
            "versions": [{"version_id": version, "percentage": 100}],
            "annotations": {"workers/message": said},
        }
        for wait in (2.0, 4.0, 0.0):
            try:
                client.ask("POST", f"{self._path}/deployments", json=wanted, again=False)
                return
            except Refused:
                raise
            except Failed as error:
                try:
                    if self._current(client) == version:
                        return
                except Failed:
                    raise uncertain(error) from None
                if not wait:
                    raise
            client.sleep(wait)

    def _alias(self, client: Client) -> str:
        path = f"/accounts/{quote(self._account, safe='')}/workers/subdomain"
        found = client.value(Result[_Subdomain], "GET", path).result.subdomain
        return f"https://{self._preview}-{self._name}.{found}.workers.dev"

    def _message(self, plan: Plan) -> str:
        return (self._asked.said or f"mfe-static {plan.release.id}")[:100]
