"""A stand-in for Workers at Cloudflare, as far as static assets go: sessions, versions, deployments."""

import base64
import email
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudflare_standin import ACCOUNT, Cloudflare
from standins import TOKEN, Reply, Request, page_at

WORKER = "tractors"


@dataclass
class Version:
    """What Cloudflare would keep of one version."""

    id: str
    files: Mapping[str, str]
    config: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass
class Session:
    """Files that are about to be brought."""

    files: Mapping[str, str]
    missing: set[str] = field(default_factory=set)


class Workers(Cloudflare):
    """One account with one Worker."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions: list[Session] = []
        self.versions: dict[str, Version] = {}
        self.made: list[dict[str, Any]] = []
        """Deployments, newest first."""
        account = rf"/accounts/{ACCOUNT}/workers"
        script = rf"{account}/scripts/{WORKER}"
        self.routes = [
            ("GET", rf"{account}/services/{WORKER}", self.service),
            ("GET", rf"{account}/subdomain", self.subdomain),
            ("POST", rf"{account}/assets/upload", self.bring),
            ("POST", rf"{script}/assets-upload-session", self.session),
            ("GET", rf"{script}/settings", self.settings),
            ("GET", rf"{script}/subdomain", self.subdomain),
            ("POST", rf"{script}/versions", self.version),
            ("GET", rf"{script}/deployments", self.all),
            ("POST", rf"{script}/deployments", self.deploy),
        ]

    def visible(self, id_: str = "") -> Mapping[str, bytes]:
        found = self.versions.get(id_ or self.live)
        if not found:
            return {}
        rules = {path: text.encode() for path, text in found.config.items() if path.startswith("_")}
        return {**{path.lstrip("/"): self.blobs[mark] for path, mark in found.files.items()}, **rules}

    def visit(self, path: str) -> Reply:
        match = re.fullmatch(r"/live/(.*)", path)
        return page_at(self.visible(), match[1]) if match else Reply(404)

    def answer(self, request: Request) -> Reply:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        allowed = {self.jwt(at) for at in range(len(self.sessions))} if request.path.endswith("/upload") else {TOKEN}
        if bearer not in allowed:
            return self.no(401, 10000, "Authentication error")
        for method, path, answer in self.routes:
            if method == request.method and (match := re.fullmatch(path, request.path)):
                return answer(request, *match.groups())  # type: ignore[operator, no-any-return]
        return self.no(404, 10007, "This Worker does not exist on your account.")

    def session(self, request: Request) -> Reply:
        files = {path: each["hash"] for path, each in request.json["manifest"].items()}
        missing = {mark for mark in files.values() if mark not in self.blobs}
        self.sessions.append(Session(files, set(missing)))
        ordered = sorted(missing)
        said = {
            "jwt": self.jwt(len(self.sessions) - 1),
            "buckets": [ordered[at : at + 3] for at in range(0, len(ordered), 3)],
        }
        return self.yes(said)

    def bring(self, request: Request) -> Reply:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        at = [self.jwt(at) for at in range(len(self.sessions))].index(
            request.headers["authorization"][len("Bearer ") :]
        )
        session = self.sessions[at]
        for part in email.message_from_bytes(head + request.body).walk():
            if mark := part.get_param("name", header="content-disposition"):
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                self.blobs[str(mark)] = base64.b64decode(content, validate=True)
                self.media[str(mark)] = str(part["content-type"])
                session.missing.discard(str(mark))
        return Reply(202 if session.missing else 201, self.yes({} if session.missing else {"jwt": self.jwt(at)}).json)

    def version(self, request: Request) -> Reply:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        (content,) = [
            part.get_payload(decode=True)
            for part in email.message_from_bytes(head + request.body).walk()
            if part.get_param("name", header="content-disposition") == "metadata"
        ]
        assert isinstance(content, bytes)
        metadata = json.loads(content)
        session = self.sessions[[self.jwt(at) for at in range(len(self.sessions))].index(metadata["assets"]["jwt"])]
        if session.missing:
            return self.no(400, 10021, "files are missing")
        id_ = f"{len(self.versions) + 1:08x}-0000-4000-8000-000000000000"
        said = metadata.get("annotations", {})
        self.versions[id_] = Version(id_, session.files, metadata["assets"]["config"], said)
        return self.yes({"id": id_, "metadata": {"has_preview": True}})

    def deploy(self, request: Request) -> Reply:
        (share,) = request.json["versions"]
        if share["version_id"] not in self.versions:
            return self.no(404, 10007, "no such version")
        self.live = share["version_id"]
        made = {
            "id": f"d{len(self.made)}",
            "created_on": f"2026-01-01T00:00:{len(self.made):02}.000000Z",
            "strategy": "percentage",
            "versions": [share],
            "annotations": request.json.get("annotations", {}),
        }
        self.made.insert(0, made)
        self.shown.append(self.visible())
        return self.yes(made)

    def all(self, request: Request) -> Reply:
        return self.yes({"deployments": self.made})

    def service(self, request: Request) -> Reply:
        return self.no(404, 10007, "workers.api.error.service_not_found")

    def settings(self, request: Request) -> Reply:
        return self.yes({"tags": []})

    def subdomain(self, request: Request) -> Reply:
        return self.yes({"subdomain": "farm", "enabled": True, "previews_enabled": True})
