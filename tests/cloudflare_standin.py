"""A stand-in for Cloudflare Pages: direct upload as Cloudflare's command line makes it."""

import base64
import email
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from standins import TOKEN, Reply, Request, Standin, page_at

ACCOUNT = "0123456789abcdef0123456789abcdef"
PROJECT = "tractors"


@dataclass
class Deployment:
    """What Cloudflare would keep of one deployment."""

    id: str
    created: str
    branch: str
    message: str
    files: dict[str, str]
    rules: dict[str, bytes]
    steps: int = 0
    state: str = "active"


class Cloudflare(Standin):
    """One account with one project."""

    prefix = "/client/v4"

    def __init__(self) -> None:
        super().__init__()
        self.blobs: dict[str, bytes] = {}
        self.media: dict[str, str] = {}
        self.remembered: set[str] = set()
        self.deployments: dict[str, Deployment] = {}
        self.live = ""
        self.shown: list[Mapping[str, bytes]] = []
        """What was live at any time, one after the other."""
        self.passes = 0
        self.valid = 0
        """The number of the first pass that is valid."""
        self.expires: float = 2**40
        self.most = 20_000
        self.fails = False
        project = rf"/accounts/{ACCOUNT}/pages/projects/{PROJECT}"
        self.routes = [
            ("GET", project, self.project),
            ("GET", rf"{project}/upload-token", self.token),
            ("POST", r"/pages/assets/check-missing", self.missing),
            ("POST", r"/pages/assets/upload", self.upload),
            ("POST", r"/pages/assets/upsert-hashes", self.upsert),
            ("POST", rf"{project}/deployments", self.create),
            ("GET", rf"{project}/deployments", self.listed),
            ("GET", rf"{project}/deployments/([^/]+)", self.deployment),
            ("POST", rf"{project}/deployments/([^/]+)/rollback", self.rollback),
        ]

    # -- what visitors see

    def visible(self, id_: str = "") -> Mapping[str, bytes]:
        """The files of a deployment, or of the one that is live, and its rules."""
        found = self.deployments.get(id_ or self.live)
        if not found:
            return {}
        return {**{path.lstrip("/"): self.blobs[mark] for path, mark in found.files.items()}, **found.rules}

    def visit(self, path: str) -> Reply:
        match = re.fullmatch(r"/(live|deploy/([^/]+))/(.*)", path)
        return page_at(self.visible(match[2] or ""), match[3]) if match else Reply(404)

    def step(self) -> None:
        """A deployment is rolled out."""
        for deployment in self.deployments.values():
            deployment.steps += 1
            if deployment.state == "active" and deployment.steps >= 2:
                deployment.state = "failure" if self.fails else "success"
                if deployment.branch == "main" and not self.fails:
                    self.publish(deployment)

    def publish(self, deployment: Deployment) -> None:
        self.live = deployment.id
        self.shown.append(self.visible())

    # -- the API

    def answer(self, request: Request) -> Reply:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        own = request.path.startswith("/pages/assets/")
        if own and bearer not in {self.jwt(number) for number in range(max(self.valid, 1), self.passes + 1)}:
            return self.no(401, 8000013, "Authorization failed")
        if not own and bearer != TOKEN:
            return self.no(401, 10000, "Authentication error")
        for method, path, answer in self.routes:
            if method == request.method and (match := re.fullmatch(path, request.path)):
                return answer(request, *match.groups())  # type: ignore[operator, no-any-return]
        return self.no(
            404, 8000007, "Project not found. The specified project name does not match any of your projects."
        )

    def no(self, status: int, code: int, said: str) -> Reply:
        return Reply(status, {"success": False, "errors": [{"code": code, "message": said}], "result": None})

    def yes(self, result: Any) -> Reply:
        return Reply(200, {"success": True, "errors": [], "messages": [], "result": result})

    def jwt(self, number: int) -> str:
        claims = {"exp": self.expires, "max_file_count_allowed": self.most, "number": number}
        return ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, claims, {})
        )

    def project(self, request: Request) -> Reply:
        live = self.deployments.get(self.live)
        said: dict[str, Any] = {
            "name": PROJECT,
            "subdomain": f"{PROJECT}.pages.dev",
            "domains": [f"{PROJECT}.pages.dev"],
            "production_branch": "main",
            "deployment_configs": {"production": {}, "preview": {}},
            "canonical_deployment": self.told(live) if live else None,
        }
        return self.yes(said)

    def token(self, request: Request) -> Reply:
        self.passes += 1
        return self.yes({"jwt": self.jwt(self.passes)})

    def missing(self, request: Request) -> Reply:
        return self.yes([mark for mark in request.json["hashes"] if mark not in self.blobs])

    def upload(self, request: Request) -> Reply:
        for file in request.json:
            assert file["base64"] is True
            self.blobs[file["key"]] = base64.b64decode(file["value"], validate=True)
            self.media[file["key"]] = file["metadata"]["contentType"]
        return self.yes(None)

    def upsert(self, request: Request) -> Reply:
        self.remembered |= set(request.json["hashes"])
        return self.yes(None)

    def create(self, request: Request) -> Reply:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        parts: dict[str, bytes] = {}
        for part in email.message_from_bytes(head + request.body).walk():
            if name := part.get_param("name", header="content-disposition"):
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                parts[str(name)] = content
        files = json.loads(parts["manifest"])
        if lacking := [path for path, mark in files.items() if mark not in self.blobs]:
            return self.no(400, 8000096, f"missing {lacking[0]}")
        deployment = Deployment(
            id=f"{len(self.deployments) + 1:08x}-0000-4000-8000-000000000000",
            created=f"2026-01-01T00:00:{len(self.deployments):02}.000000Z",
            branch=parts.get("branch", b"main").decode(),
            message=parts.get("commit_message", b"").decode(),
            files=files,
            rules={name: parts[name] for name in ("_headers", "_redirects") if name in parts},
        )
        self.deployments[deployment.id] = deployment
        return self.yes(self.told(deployment))

    def listed(self, request: Request) -> Reply:
        wanted = request.query.get("env")
        found = [
            self.told(deployment)
            for deployment in reversed(self.deployments.values())
            if wanted is None or (deployment.branch == "main") == (wanted == "production")
        ]
        return self.yes(found[: int(request.query.get("per_page", 25))])

    def deployment(self, request: Request, id_: str) -> Reply:
        found = self.deployments.get(id_)
        return self.yes(self.told(found)) if found else self.no(404, 8000009, "Deployment not found")

    def rollback(self, request: Request, id_: str) -> Reply:
        found = self.deployments.get(id_)
        if found is None or found.branch != "main" or found.state != "success":
            return self.no(404, 8000009, "Deployment not found")
        self.publish(found)
        return self.yes(self.told(found))

    def told(self, deployment: Deployment) -> dict[str, Any]:
        production = deployment.branch == "main"
        return {
            "id": deployment.id,
            "short_id": deployment.id[:8],
            "project_name": PROJECT,
            "environment": "production" if production else "preview",
            "url": f"{self.origin}/deploy/{deployment.id}",
            "created_on": deployment.created,
            "aliases": None if production else [f"{self.origin}/deploy/{deployment.id}"],
            "latest_stage": {
                "name": "queued" if deployment.state == "active" else "deploy",
                "status": deployment.state,
            },
            "deployment_trigger": {
                "type": "ad_hoc",
                "metadata": {"branch": deployment.branch, "commit_message": deployment.message},
            },
        }
