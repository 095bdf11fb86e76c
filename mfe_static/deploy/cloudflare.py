"""Cloudflare Pages: direct upload, as its own command line does it.

        project ─► upload token ─► what is missing ─► buckets ─► hashes remembered │ deployment ─► polled
                   └──────────────────────────── send ───────────────────────────┘ └────── switch ──────┘

Contents are named by a hash of their bytes and their file's extension, and are kept for the project; a deployment is a
list of paths and hashes, and goes live whole. Cloudflare does not tell the files of a deployment, so each holds a
marker that does.

Sources: packages/wrangler/src/pages/upload.ts, api/pages/deploy.ts of Cloudflare's workers-sdk.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

import msgspec

from mfe_static.deploy.cloudflare_api import Broken, Described, Found, Project
from mfe_static.deploy.cloudflare_upload import WORKERS, Pass, Result, buckets, loads_of, mark_of, marker_mark
from mfe_static.deploy.compile.cloudflare import cloudflare
from mfe_static.deploy.earlier import no_such, nothing_before
from mfe_static.deploy.host import Asked, Deployment, Failed, Host, Item, Live, Mark, Plan, Release, Rules, Sent, Told
from mfe_static.deploy.http import Client, Clock, Patience, Refused
from mfe_static.deploy.limits import LIMITS, exceeded
from mfe_static.deploy.marker import MARKER, made_item, overtaken, the_site_itself, uncertain, unnameable
from mfe_static.deploy.visitor import Visitor
from mfe_static.deploy.workers import Workers
from mfe_static.digests import digest
from mfe_static.hosting import CloudflareSettings
from mfe_static.problems import Problem, problem
from mfe_static.serve.view import HEADERS, REDIRECTS

_LONGEST = 10 * 60.0
_MESSAGE = 384
"""Bytes of a message."""
_RULES = frozenset({REDIRECTS, HEADERS})
_PROGRAMS = re.compile(r"(_worker\.js|_routes\.json|functions)(/|$)")
"""What means programs at Cloudflare, and is no file there."""


def open_host(settings: CloudflareSettings, asked: Asked) -> Host | Problem:
    """The project, or the Worker, that is meant."""
    pages = Pages(settings, asked)
    if found := pages.unnamed():
        return found
    if settings.worker:
        account = settings.account or asked.environ["CLOUDFLARE_ACCOUNT_ID"]
        return Workers(settings.worker, account, pages.compiled, asked)
    return pages


class Pages:
    """A project of Cloudflare Pages, or one preview of it."""

    def __init__(
        self,
        settings: CloudflareSettings,
        asked: Asked,
        patience: Patience = Patience(),  # noqa: B008  frozen
        clock: Clock = Clock(),  # noqa: B008  frozen
    ) -> None:
        account = settings.account or asked.environ.get("CLOUDFLARE_ACCOUNT_ID", "")
        self._project = Project(settings.project, account, asked, patience, clock)
        self._worker = settings.worker
        self._visitor = Visitor(patience, clock)
        self._limits = msgspec.structs.replace(LIMITS["cloudflare"], files=settings.max_files)
        self._asked = asked

    def unnamed(self) -> Problem | None:
        """Whether nobody said which project, whose, or which preview."""
        if self._asked.preview and not self._project.preview:
            return unnameable(self._asked.preview)
        table = f"[deploy.{self._asked.name}.cloudflare]"
        if self._worker and self._project.name:
            said = "both a project and a Worker at Cloudflare are named"
            return problem("no-target", said, file="site.toml", hint=f"write one of them under {table}")
        if not self._project.name and not self._worker:
            hint = f'write project = "…" or worker = "…" under {table}'
            return problem(
                "no-target", "nothing says which project at Cloudflare is meant", file="site.toml", hint=hint
            )
        if not self._project.account:
            hint = f'set CLOUDFLARE_ACCOUNT_ID, or write account = "…" under {table}'
            return problem(
                "no-target", "nothing says whose project at Cloudflare is meant", file="site.toml", hint=hint
            )
        return None

    # -- before anything is sent

    def compiled(self, release: Release) -> Release | Sequence[Problem]:
        """Rules become `_redirects` and `_headers` in Cloudflare's dialect."""
        items, texts = release.items, cloudflare(release)
        problems = [*exceeded(self._limits, items.values(), release.rules), *_names(items), *self._crowded(release)]
        if not isinstance(texts, Mapping):
            return [*texts, *problems]
        if problems:
            return problems
        files = {path: made_item(path, text.encode()) for path, text in texts.items() if text}
        return msgspec.structs.replace(release, items={**items, **files})

    def _crowded(self, release: Release) -> Iterable[Problem]:
        """What is kept counts, too, and so does the marker."""
        most, kept = self._limits.files, len(release.kept)
        if (count := len(release.items)) <= most < count + kept + 1:
            said = (
                f"Cloudflare takes {most:,} files; the site has {count:,}, and {kept:,} are kept for pages still open"
            )
            yield problem("host-limit", said, hint="keep fewer: keep_deploys, keep_days")

    def marks(self, items: Iterable[Item], rules: Rules) -> Mapping[str, Mark]:
        """BLAKE3 of the content in base64 and the extension, 16 bytes of it."""
        return {item.path: mark_of(item.path, item.read()) for item in items}

    def live(self) -> Live | None:
        """What is live, by its marker."""
        with self._project.client() as client:
            current = self._project.current(client)
            if current is None:
                return None
            address = current.url.rstrip("/")
            marks = self._visitor.marks(address)
        return Live(id=current.id, marks=marks, read=lambda path: self._visitor.read(address, path), token=current.id)

    # -- sending

    def send(self, plan: Plan, told: Told) -> Sent:
        """All contents that the project does not have, the marker's too."""
        with self._project.client() as client:
            self._must_be_as_planned(client, plan)
            may = Pass(client, self._project.path)
            self._must_fit(plan, may.most())
            loads = loads_of(plan, _RULES)
            wanted = may.missing(loads)
            filled = buckets(load for load in loads.values() if load.mark in wanted)
            client.each(may.upload, filled, workers=WORKERS, done=lambda number: told("send", number, len(filled)))
            may.remember(loads)
        return Sent(id=plan.release.id, sent=sum(load.item.path != MARKER for bucket in filled for load in bucket))

    def _must_fit(self, plan: Plan, most: int) -> None:
        if most and len(plan.marks) >= most:
            said = f"the account takes {most:,} files, and the site has {len(plan.marks) + 1:,}"
            raise Failed(problem("host-limit", said))

    def lacking(self, plan: Plan, sent: Sent) -> Sequence[str]:
        """Files whose content Cloudflare says that it misses."""
        with self._project.client() as client:
            loads = loads_of(plan, _RULES)
            return [
                loads[mark].item.path
                for mark in sorted(Pass(client, self._project.path).missing(loads))
                if mark in loads
            ]

    # -- going live

    def switch(self, plan: Plan, sent: Sent) -> Deployment:
        """Make the deployment, and see it go live."""
        with self._project.client() as client:
            project = self._must_be_as_planned(client, plan)
            media, body = self._form(client, plan, self._project.preview or project.production_branch)
            return self._gone_live(client, plan, self._made(client, plan, media, body))

    def _form(self, client: Client, plan: Plan, branch: str) -> tuple[str, bytes]:
        """All files of the deployment, and its rules. What was kept and is gone all the same is left out."""
        items = plan.release.items
        kept = {path: mark for path, mark in plan.marks.items() if path not in items}
        gone = Pass(client, self._project.path).missing(kept.values()) if kept else set()
        listed = {
            f"/{path}": mark
            for path, mark in plan.marks.items()
            if path not in _RULES and not (path in kept and mark in gone)
        }
        fields = {
            "manifest": msgspec.json.encode({**listed, f"/{MARKER}": marker_mark(plan)}),
            "branch": branch.encode(),
            "commit_message": self._message(plan).encode(),
            "commit_dirty": b"false",
        }
        return _form(fields, {path: items[path].content for path in sorted(_RULES & items.keys())})

    def _made(self, client: Client, plan: Plan, media: str, body: bytes) -> Found:
        """The deployment. Where the answer was lost it is looked for, before another one is made."""
        for wait in (2.0, 4.0, 0.0):
            try:
                path = f"{self._project.path}/deployments"
                return client.value(Result[Found], "POST", path, body=body, media=media, again=False).result
            except Refused:
                raise
            except Failed as error:
                if found := self._made_after_all(client, plan, error):
                    return found
                if not wait:
                    raise
            client.sleep(wait)
        raise AssertionError

    def _made_after_all(self, client: Client, plan: Plan, error: Failed) -> Found | None:
        try:
            newest = next(iter(self._project.newest(client)), None)
        except Failed:
            raise uncertain(error) from None
        before = plan.live.token if plan.live else ""
        said = newest.told("commit_message") if newest else ""
        return newest if newest and newest.id != before and said == self._message(plan) else None

    def _gone_live(self, client: Client, plan: Plan, made: Found) -> Deployment:
        path = f"{self._project.path}/deployments/{quote(made.id, safe='')}"

        def finished() -> Found | None:
            deployment = client.value(Result[Found], "GET", path).result
            stage = deployment.latest_stage
            if stage is not None and stage.status in {"failure", "canceled"}:
                said = f"Cloudflare could not take the deployment {made.id} ({stage.name}: {stage.status})"
                raise Broken(problem("host-failed", said, hint="its log is at Cloudflare"))
            return deployment if deployment.done else None

        try:
            deployment = client.until(finished, pause=2.0, longest=_LONGEST, what="works on the deployment")
            current = self._project.current(client)
        except Broken:
            raise
        except Failed as error:
            raise uncertain(error) from None
        if current and current.id not in {made.id, plan.live.token if plan.live else ""}:
            raise Failed(overtaken(current.id))
        return self._project.told(deployment, live=True)

    def prune(self, plan: Plan) -> int:
        """Nothing is left to do: a deployment answers with its own files only."""
        return 0

    # -- earlier deployments

    def deployments(self) -> Sequence[Deployment]:
        """The last ones that can be answered with."""
        with self._project.client() as client:
            return self._project.listed(client)

    def rollback(self, to: str) -> Deployment:
        """Answer with an earlier deployment again."""
        if self._project.preview:
            raise Failed(problem("host-cannot", "Cloudflare rolls back the site itself, and no previews"))
        with self._project.client() as client:
            listed = self._project.listed(client)
            at = next((at for at, each in enumerate(listed) if each.live), -1)
            if not to and not 0 <= at < len(listed) - 1:
                raise nothing_before()
            to = to or listed[at + 1].id
            path = f"{self._project.path}/deployments/{quote(to, safe='')}"
            try:
                found = client.value(Result[Found], "GET", path).result
                if not (at >= 0 and to == listed[at].id):
                    client.tell("POST", f"{path}/rollback", heard=lambda: self._project.now(client) == to)
            except Refused as no:
                raise no_such(to) if no.status == 404 else no from None
            return self._project.told(found, live=True)

    # -- guarding

    def _must_be_as_planned(self, client: Client, plan: Plan) -> Described:
        """Two deployments at once: whoever comes second planned for something that is not there any more."""
        project = self._project.described(client)
        if self._project.preview and self._project.preview == project.production_branch:
            raise Failed(the_site_itself(self._project.preview))
        current = self._project.current(client, project)
        if (current.id if current else "") != (plan.live.token if plan.live else ""):
            raise Failed(overtaken(current.id if current else "none"))
        return project

    def _message(self, plan: Plan) -> str:
        said = self._asked.said or "mfe-static"
        text = f"{said} ({plan.release.id})"
        return text if len(text.encode()) <= _MESSAGE else f"mfe-static ({plan.release.id})"


def _names(items: Mapping[str, Item]) -> Iterable[Problem]:
    for path in items:
        if _PROGRAMS.match(path):
            yield problem("host-cannot", f"Cloudflare takes {path} for a program, not for a file")
        if path == MARKER:
            yield problem("host-cannot", f"{path} is a file that a deployment writes itself", hint="rename it")


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
