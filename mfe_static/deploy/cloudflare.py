"""Cloudflare Pages: direct upload, as its own command line does it.

        project ─► upload token ─► what is missing ─► buckets ─► hashes remembered │ deployment ─► polled
                   └──────────────────────────── send ───────────────────────────┘ └────── switch ──────┘

Contents are named by a hash of their bytes and their file's extension, and are kept for the project; a deployment is a
list of paths and hashes, and goes live whole. Cloudflare does not tell the files of a deployment, so each holds a
marker that does.

Sources: packages/wrangler/src/pages/upload.ts, api/pages/deploy.ts of Cloudflare's workers-sdk.
"""

import re
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from mfe_static.deploy.cloudflare_upload import WORKERS, Load, Pass, Result, buckets, mark_of
from mfe_static.deploy.compile.cloudflare import cloudflare
from mfe_static.deploy.host import Asked, Deployment, Failed, Item, Live, Mark, Plan, Release, Rules, Sent, Told
from mfe_static.deploy.http import Client, Clock, Door, Patience, Refused, access
from mfe_static.deploy.limits import LIMITS, exceeded
from mfe_static.deploy.marker import MARKER, made_item, marker, marks_of, overtaken, uncertain
from mfe_static.digests import digest
from mfe_static.hosting import CloudflareSettings
from mfe_static.problems import Problem, problem
from mfe_static.serve.view import HEADERS, REDIRECTS

_DOOR = Door("Cloudflare", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_BASE_URL", "https://api.cloudflare.com/client/v4")
_LONGEST = 10 * 60.0
_BRANCH = 28
"""Characters of a branch that become a part of its address."""
_MESSAGE = 384
"""Bytes of a message."""
_RULES = frozenset({REDIRECTS, HEADERS})
_SAFE = "/!$&'()*+,;=:@~"
_PROGRAMS = re.compile(r"(_worker\.js|_routes\.json|functions)(/|$)")
"""What means programs at Cloudflare, and is no file there."""


def open_host(settings: CloudflareSettings, asked: Asked) -> "Pages | Problem":
    """The project that is meant."""
    host = Pages(settings, asked)
    return host.unnamed() or host


class _Stage(msgspec.Struct, frozen=True):
    name: str = ""
    status: str = ""


class _Deployment(msgspec.Struct, frozen=True):
    """What Cloudflare says of a deployment, as far as it matters here."""

    id: str
    url: str = ""
    created_on: str = ""
    aliases: list[str] | None = None
    latest_stage: _Stage | None = None
    deployment_trigger: dict[str, Any] | None = None

    def told(self, key: str) -> str:
        """What it was made with: `branch`, `commit_message`."""
        metadata = (self.deployment_trigger or {}).get("metadata")
        return str(metadata.get(key) or "") if isinstance(metadata, dict) else ""

    @property
    def done(self) -> bool:
        """Whether it is answered with."""
        return self.latest_stage is not None and (self.latest_stage.name, self.latest_stage.status) == (
            "deploy",
            "success",
        )


class _Project(msgspec.Struct, frozen=True):
    production_branch: str
    subdomain: str = ""
    domains: list[str] = []
    canonical_deployment: _Deployment | None = None


class _Broken(Failed):
    """Cloudflare says that a deployment came to nothing."""


class Pages:
    """A project of Cloudflare Pages, or one preview of it."""

    def __init__(
        self,
        settings: CloudflareSettings,
        asked: Asked,
        patience: Patience = Patience(),  # noqa: B008  frozen
        clock: Clock = Clock(),  # noqa: B008  frozen
    ) -> None:
        self._project = settings.project
        self._limits = msgspec.structs.replace(LIMITS["cloudflare"], files=settings.max_files)
        self._account = settings.account or asked.environ.get("CLOUDFLARE_ACCOUNT_ID", "")
        self._asked = asked
        self._preview = _branch(asked.preview)
        self._patience, self._clock = patience, clock
        self._reader: Client | None = None

    def unnamed(self) -> Problem | None:
        """Whether nobody said which project, or whose."""
        table = f"[deploy.{self._asked.name}.cloudflare]"
        if not self._project:
            hint = f'write project = "…" under {table}'
            return problem(
                "no-target", "nothing says which project at Cloudflare is meant", file="site.toml", hint=hint
            )
        if not self._account:
            hint = f'set CLOUDFLARE_ACCOUNT_ID, or write account = "…" under {table}'
            return problem(
                "no-target", "nothing says whose project at Cloudflare is meant", file="site.toml", hint=hint
            )
        return None

    # -- before anything is sent

    def compiled(self, release: Release) -> Release | Sequence[Problem]:
        """Rules become `_redirects` and `_headers` in Cloudflare's dialect."""
        items, texts = release.items, cloudflare(release)
        problems = [*exceeded(self._limits, items.values(), release.rules), *_names(items)]
        if not isinstance(texts, Mapping):
            return [*texts, *problems]
        if problems:
            return problems
        files = {path: made_item(path, text.encode()) for path, text in texts.items() if text}
        return msgspec.structs.replace(release, items={**items, **files})

    def marks(self, items: Iterable[Item], rules: Rules) -> Mapping[str, Mark]:
        """BLAKE3 of the content in base64 and the extension, 16 bytes of it."""
        return {item.path: mark_of(item.path, item.read()) for item in items}

    def live(self) -> Live | None:
        """What is live, by its marker."""
        with self._client() as client:
            current = self._current(client)
            if current is None:
                return None
            address = current.url.rstrip("/")
            marks = marks_of(client.fetch(f"{address}/{MARKER}")) if address else {}
        return Live(id=current.id, marks=marks, read=lambda path: self._read(address, path), token=current.id)

    # -- sending

    def send(self, plan: Plan, told: Told) -> Sent:
        """All contents that the project does not have, the marker's too."""
        with self._client() as client:
            self._must_be_as_planned(client, plan)
            may = Pass(client, self._path)
            self._must_fit(plan, may.most())
            loads = self._loads(plan)
            wanted = may.missing(loads)
            filled = buckets(load for load in loads.values() if load.mark in wanted)
            client.each(may.upload, filled, workers=WORKERS, done=lambda number: told("upload", number, len(filled)))
            may.remember(loads)
        return Sent(id=plan.release.id, sent=sum(load.item.path != MARKER for bucket in filled for load in bucket))

    def _must_fit(self, plan: Plan, most: int) -> None:
        if most and len(plan.marks) >= most:
            said = f"the account takes {most:,} files, and the site has {len(plan.marks) + 1:,}"
            raise Failed(problem("host-limit", said))

    def lacking(self, plan: Plan, sent: Sent) -> Sequence[str]:
        """Files whose content Cloudflare says that it misses."""
        with self._client() as client:
            loads = self._loads(plan)
            return [loads[mark].item.path for mark in sorted(Pass(client, self._path).missing(loads)) if mark in loads]

    def _loads(self, plan: Plan) -> Mapping[Mark, Load]:
        """One file for each content, in the order of the plan; the marker last."""
        ordered = {item.path: item for item in (*plan.upload, *plan.release.items.values()) if item.path not in _RULES}
        content = marker(plan.release.id, plan.marks)
        last = made_item(MARKER, content)
        out: dict[Mark, Load] = {}
        for mark, item in (*((plan.marks[path], item) for path, item in ordered.items()), (_marker_mark(plan), last)):
            out.setdefault(mark, Load(mark, item))
        return out

    # -- going live

    def switch(self, plan: Plan, sent: Sent) -> Deployment:
        """Make the deployment, and see it go live."""
        with self._client() as client:
            project = self._must_be_as_planned(client, plan)
            media, body = self._form(client, plan, self._preview or project.production_branch)
            return self._gone_live(client, plan, self._made(client, plan, media, body))

    def _form(self, client: Client, plan: Plan, branch: str) -> tuple[str, bytes]:
        """All files of the deployment, and its rules. What was kept and is gone all the same is left out."""
        items = plan.release.items
        kept = {path: mark for path, mark in plan.marks.items() if path not in items}
        gone = Pass(client, self._path).missing(kept.values()) if kept else set()
        listed = {
            f"/{path}": mark
            for path, mark in plan.marks.items()
            if path not in _RULES and not (path in kept and mark in gone)
        }
        fields = {
            "manifest": msgspec.json.encode({**listed, f"/{MARKER}": _marker_mark(plan)}),
            "branch": branch.encode(),
            "commit_message": self._message(plan).encode(),
            "commit_dirty": b"false",
        }
        return _form(fields, {path: items[path].content for path in sorted(_RULES & items.keys())})

    def _made(self, client: Client, plan: Plan, media: str, body: bytes) -> _Deployment:
        """The deployment. Where the answer was lost it is looked for, before another one is made."""
        for wait in (2.0, 4.0, 0.0):
            try:
                path = f"{self._path}/deployments"
                return client.value(Result[_Deployment], "POST", path, body=body, media=media, again=False).result
            except Refused:
                raise
            except Failed as error:
                if found := self._made_after_all(client, plan, error):
                    return found
                if not wait:
                    raise
            client.sleep(wait)
        raise AssertionError

    def _made_after_all(self, client: Client, plan: Plan, error: Failed) -> _Deployment | None:
        try:
            newest = next(iter(self._list(client)), None)
        except Failed:
            raise uncertain(error) from None
        before = plan.live.token if plan.live else ""
        said = newest.told("commit_message") if newest else ""
        return newest if newest and newest.id != before and said == self._message(plan) else None

    def _gone_live(self, client: Client, plan: Plan, made: _Deployment) -> Deployment:
        path = f"{self._path}/deployments/{quote(made.id, safe='')}"

        def finished() -> _Deployment | None:
            deployment = client.value(Result[_Deployment], "GET", path).result
            stage = deployment.latest_stage
            if stage is not None and stage.status in {"failure", "canceled"}:
                said = f"Cloudflare could not take the deployment {made.id} ({stage.name}: {stage.status})"
                raise _Broken(problem("host-failed", said, hint="its log is at Cloudflare"))
            return deployment if deployment.done else None

        try:
            deployment = client.until(finished, pause=2.0, longest=_LONGEST, what="works on the deployment")
            current = self._current(client)
        except _Broken:
            raise
        except Failed as error:
            raise uncertain(error) from None
        if current and current.id not in {made.id, plan.live.token if plan.live else ""}:
            raise Failed(overtaken(current.id))
        return _told(deployment, live=True)

    def prune(self, plan: Plan) -> int:
        """Nothing is left to do: a deployment answers with its own files only."""
        return 0

    # -- earlier deployments

    def deployments(self) -> Sequence[Deployment]:
        """The last ones that can be answered with."""
        with self._client() as client:
            return self._listed(client)

    def rollback(self, to: str) -> Deployment:
        """Answer with an earlier deployment again."""
        if self._preview:
            raise Failed(problem("host-cannot", "Cloudflare rolls back the site itself, and no previews"))
        with self._client() as client:
            listed = self._listed(client)
            at = next((at for at, each in enumerate(listed) if each.live), -1)
            if not to and not 0 <= at < len(listed) - 1:
                raise Failed(problem("no-such-deployment", "there is no deployment before the one that is live"))
            to = to or listed[at + 1].id
            path = f"{self._path}/deployments/{quote(to, safe='')}/rollback"
            hint = "`deploys list` shows those that there are"
            if not (at >= 0 and to == listed[at].id):
                client.ask("POST", path, hint=hint)
            found = client.value(Result[_Deployment], "GET", path.removesuffix("/rollback"), hint=hint).result
            return _told(found, live=True)

    def _listed(self, client: Client) -> Sequence[Deployment]:
        current = self._current(client)
        found = [deployment for deployment in self._list(client) if deployment.done]
        return [_told(deployment, live=current is not None and deployment.id == current.id) for deployment in found]

    # -- asking

    @property
    def _path(self) -> str:
        """The path of the project's part of the API."""
        return f"/accounts/{quote(self._account, safe='')}/pages/projects/{quote(self._project, safe='')}"

    def _client(self) -> Client:
        return Client(access(_DOOR, self._asked.environ), self._patience, self._clock)

    def _read(self, address: str, path: str) -> bytes | Problem:
        """A file of a deployment, as visitors get it."""
        if self._reader is None:
            self._reader = self._client()
            weakref.finalize(self, self._reader.__exit__)
        try:
            content = self._reader.fetch(f"{address}/{quote(path, safe=_SAFE)}")
        except Failed as error:
            return error.problem
        return problem("host-failed", f"{path} cannot be read at {address}") if content is None else content

    def _asked_project(self, client: Client) -> _Project:
        hint = f'look whether there is a project "{self._project}" in this account, and make one there if not'
        return client.value(Result[_Project], "GET", self._path, hint=hint).result

    def _list(self, client: Client) -> Sequence[_Deployment]:
        """The last deployments of what is meant, newest first."""
        query: dict[str, str | int] = {"env": "preview" if self._preview else "production", "per_page": 25}
        found = client.value(Result[list[_Deployment]], "GET", f"{self._path}/deployments", query=query).result
        return [each for each in found if not self._preview or each.told("branch") == self._preview]

    def _current(self, client: Client, project: _Project | None = None) -> _Deployment | None:
        """What visitors see."""
        if self._preview:
            return next((each for each in self._list(client) if each.done), None)
        return (project or self._asked_project(client)).canonical_deployment

    def _must_be_as_planned(self, client: Client, plan: Plan) -> _Project:
        """Two deployments at once: whoever comes second planned for something that is not there any more."""
        project = self._asked_project(client)
        if self._preview and self._preview == project.production_branch:
            said = f'a preview "{self._preview}" would be the site itself: that is its branch for production'
            raise Failed(problem("host-cannot", said, hint="give the preview another name"))
        current = self._current(client, project)
        if (current.id if current else "") != (plan.live.token if plan.live else ""):
            raise Failed(overtaken(current.id if current else "none"))
        return project

    def _message(self, plan: Plan) -> str:
        said = self._asked.said or "mfe-static"
        text = f"{said} ({plan.release.id})"
        return text if len(text.encode()) <= _MESSAGE else f"mfe-static ({plan.release.id})"


def _marker_mark(plan: Plan) -> Mark:
    return mark_of(MARKER, marker(plan.release.id, plan.marks))


def _branch(preview: str) -> str:
    """A preview's name as a branch, which is a part of its address as it stands."""
    return re.sub(r"[^a-z0-9]+", "-", preview.lower()).strip("-")[:_BRANCH].rstrip("-")


def _names(items: Mapping[str, Item]) -> Iterable[Problem]:
    for path in items:
        if _PROGRAMS.match(path):
            yield problem("host-cannot", f"Cloudflare takes {path} for a program, not for a file")
        if path == MARKER:
            yield problem("host-cannot", f"{path} is a file that a deployment writes itself", hint="rename it")


def _told(deployment: _Deployment, *, live: bool) -> Deployment:
    aliases = deployment.aliases or ()
    address = next(iter(aliases), "") or deployment.url
    made, said = deployment.created_on, deployment.told("commit_message")
    return Deployment(id=deployment.id, made=made, address=address, live=live, said=said)


def _form(fields: Mapping[str, bytes], files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """A form with files (RFC 7578): its media type, and itself. The boundary is a digest of the content."""
    boundary = f"mfe-static-{digest(*fields.values(), *files.values())}"
    parts = [(f'name="{name}"', content) for name, content in fields.items()]
    parts += [
        (f'name="{name}"; filename="{name}"\r\nContent-Type: application/octet-stream', content)
        for name, content in files.items()
    ]
    rows = [f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + body for head, body in parts]
    return f"multipart/form-data; boundary={boundary}", b"\r\n".join([*rows, f"--{boundary}--\r\n".encode()])
