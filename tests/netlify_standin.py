"""A stand-in for Netlify: digest deployments as its OpenAPI description and its command line have them."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from standins import TOKEN, Reply, Request, Standin, page_at

SITE_ID = "3970e0fe-8564-4903-9a55-c5f8de49fb8b"
SITE = "tractors"


@dataclass
class Deploy:
    """What Netlify would keep of one deployment."""

    id: str
    created: str
    draft: bool = False
    branch: str = ""
    title: str = ""
    state: str = "new"
    files: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    published: str = ""
    error: str = ""
    locked: bool = False


class Netlify(Standin):
    """One account with one site."""

    prefix = "/api/v1"

    def __init__(self) -> None:
        super().__init__()
        self.blobs: dict[str, bytes] = {}
        self.deploys: dict[str, Deploy] = {}
        self.live: str = ""
        self.shown: list[Mapping[str, bytes]] = []
        """What was live at any time, one after the other."""
        self.moment = 0
        self.refuses = ""
        """What a deployment fails of, while it is processed."""
        self.routes = [
            ("GET", r"/sites", self.sites),
            ("GET", r"/sites/([^/]+)", self.site),
            ("GET", r"/sites/([^/]+)/files", self.files),
            ("POST", r"/sites/([^/]+)/deploys", self.create),
            ("GET", r"/sites/([^/]+)/deploys", self.listed),
            ("PUT", r"/sites/([^/]+)/deploys/([^/]+)", self.manifest),
            ("GET", r"/sites/([^/]+)/deploys/([^/]+)", self.deploy),
            ("POST", r"/sites/([^/]+)/deploys/([^/]+)/restore", self.restore),
            ("PUT", r"/deploys/([^/]+)/files/(.+)", self.upload),
            ("POST", r"/deploys/([^/]+)/cancel", self.cancel),
            ("GET", r"/accounts", self.accounts),
            ("GET", r"/accounts/([^/]+)/env", self.variables),
        ]

    # -- what visitors see

    def visible(self, id_: str = "") -> Mapping[str, bytes]:
        """The files of a deployment, or of the one that is live; rules are read, not served."""
        deploy = self.deploys.get(id_ or self.live)
        return {path: self.blobs[sha] for path, sha in deploy.files.items()} if deploy else {}

    def rules(self) -> Mapping[str, Any]:
        """The rules of the live site."""
        return tomllib.loads(self.visible()["netlify.toml"].decode())

    def visit(self, path: str) -> Reply:
        match = re.fullmatch(r"/(live|deploy/([^/]+))/(.*)", path)
        return page_at(self.visible(match[2] or ""), match[3]) if match else Reply(404)

    def step(self) -> None:
        """A manifest is compared, a complete deployment processed and published."""
        for deploy in self.deploys.values():
            if deploy.state == "preparing":
                self.compare(deploy)
            elif deploy.state == "uploaded":
                deploy.state = "processing"
            elif deploy.state == "processing":
                deploy.state, deploy.error = ("error", self.refuses) if self.refuses else ("ready", "")
                live = self.deploys.get(self.live)
                if deploy.state == "ready" and not (deploy.draft or deploy.branch or (live and live.locked)):
                    self.publish(deploy)

    def publish(self, deploy: Deploy) -> None:
        self.live, deploy.published = deploy.id, self.now()
        self.shown.append(self.visible())

    def compare(self, deploy: Deploy) -> None:
        deploy.missing = {sha for sha in deploy.files.values() if sha not in self.blobs}
        deploy.state = "prepared" if deploy.missing else "uploaded"

    def now(self) -> str:
        self.moment += 1
        return f"2026-01-01T00:{self.moment // 60:02}:{self.moment % 60:02}.000Z"

    # -- the API

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, {"code": 401, "message": "Access Denied"})
        for method, path, answer in self.routes:
            if method == request.method and (match := re.fullmatch(path, request.path)):
                return answer(request, *match.groups())  # type: ignore[operator, no-any-return]
        return Reply(404, {"code": 404, "message": "Not Found"})

    def known(self, site: str) -> bool:
        return site in {SITE_ID, f"{SITE}.netlify.app"}

    def sites(self, request: Request) -> Reply:
        """Netlify's command line looks a site up by its id as if that were a name."""
        return Reply(200, [{**self.described(), "name": request.query.get("name", SITE)}])

    def site(self, request: Request, site: str) -> Reply:
        return Reply(200, self.described()) if self.known(site) else Reply(404, {"code": 404, "message": "Not Found"})

    def described(self) -> dict[str, Any]:
        live = self.deploys.get(self.live)
        return {
            "id": SITE_ID,
            "name": SITE,
            "url": f"{self.origin}/live",
            "ssl_url": f"{self.origin}/live",
            "admin_url": f"{self.origin}/admin",
            "account_slug": "farm",
            "account_name": "Farm",
            "build_settings": {},
            **({"published_deploy": self.told(live)} if live else {}),
        }

    def files(self, request: Request, site: str) -> Reply:
        deploy = self.deploys.get(self.live)
        rows = [
            {"id": f"/{path}", "path": f"/{path}", "sha": sha, "mime_type": "text/html", "size": len(self.blobs[sha])}
            for path, sha in (deploy.files if deploy else {}).items()
        ]
        return Reply(200, rows)

    def create(self, request: Request, site: str) -> Reply:
        if not self.known(site):
            return Reply(404, {"code": 404, "message": "Not Found"})
        body = request.json
        deploy = Deploy(
            id=f"{len(self.deploys) + 1:024x}",
            created=self.now(),
            draft=body.get("draft", False),
            branch=body.get("branch") or "",
            title=request.query.get("title", ""),
        )
        self.deploys[deploy.id] = deploy
        return Reply(200, self.told(deploy))

    def listed(self, request: Request, site: str) -> Reply:
        asked = request.query
        found = [
            deploy
            for deploy in reversed(self.deploys.values())
            if asked.get("state", deploy.state) == deploy.state
            and asked.get("branch", deploy.branch) == deploy.branch
            and (asked.get("production") != "true" or not (deploy.branch or deploy.draft))
        ]
        return Reply(200, [self.told(deploy) for deploy in found[: int(asked.get("per_page", 100))]])

    def manifest(self, request: Request, site: str, id_: str) -> Reply:
        deploy = self.deploys.get(id_)
        if deploy is None or deploy.state not in {"new", "prepared"}:
            return Reply(422, {"code": 422, "message": "this deployment takes no files"})
        deploy.files = {path.lstrip("/"): sha for path, sha in request.json["files"].items()}
        if request.json.get("async"):
            deploy.state = "preparing"
        else:
            self.compare(deploy)
        return Reply(200, self.told(deploy))

    def deploy(self, request: Request, site: str, id_: str) -> Reply:
        deploy = self.deploys.get(id_)
        return Reply(200, self.told(deploy)) if deploy else Reply(404, {"code": 404, "message": "Not Found"})

    def upload(self, request: Request, id_: str, path: str) -> Reply:
        deploy, sha = self.deploys.get(id_), hashlib.sha1(request.body).hexdigest()
        if deploy is None or deploy.state != "prepared" or deploy.files.get(path) != sha:
            return Reply(422, {"code": 422, "message": "No records matched"})
        self.blobs[sha] = request.body
        deploy.missing.discard(sha)
        if not deploy.missing:
            deploy.state = "uploaded"
        return Reply(200, {"id": f"/{path}", "path": f"/{path}", "sha": sha, "size": len(request.body)})

    def cancel(self, request: Request, id_: str) -> Reply:
        deploy = self.deploys.get(id_)
        if deploy is None or deploy.state == "ready":
            return Reply(422, {"code": 422, "message": "it cannot be cancelled any more"})
        deploy.state, deploy.error = "error", "Canceled build"
        return Reply(201, self.told(deploy))

    def restore(self, request: Request, site: str, id_: str) -> Reply:
        deploy = self.deploys.get(id_)
        if deploy is None or deploy.state != "ready":
            return Reply(404, {"code": 404, "message": "Not Found"})
        self.publish(deploy)
        return Reply(201, self.told(deploy))

    def accounts(self, request: Request) -> Reply:
        return Reply(200, [{"id": "1", "slug": "farm", "name": "Farm", "default": True}])

    def variables(self, request: Request, account: str) -> Reply:
        return Reply(200, [])

    def told(self, deploy: Deploy) -> dict[str, Any]:
        said = {
            "id": deploy.id,
            "site_id": SITE_ID,
            "name": SITE,
            "state": deploy.state,
            "draft": deploy.draft,
            "branch": deploy.branch or "main",
            "title": deploy.title,
            "created_at": deploy.created,
            "published_at": deploy.published,
            "error_message": deploy.error,
            "url": f"{self.origin}/live",
            "ssl_url": f"{self.origin}/live",
            "deploy_url": f"{self.origin}/deploy/{deploy.id}",
            "deploy_ssl_url": f"{self.origin}/deploy/{deploy.id}",
            "admin_url": f"{self.origin}/admin",
            "locked": deploy.locked,
        }
        if deploy.state not in {"new", "preparing"}:
            said |= {"required": sorted(deploy.missing), "required_functions": []}
        return {key: value for key, value in said.items() if value != ""}
