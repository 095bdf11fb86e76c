"""What Netlify's API is asked for one site, or one preview of it, and what it says."""

import re
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from mfe_static.deploy.access import Door, access
from mfe_static.deploy.host import Asked, Deployment, Failed
from mfe_static.deploy.http import Client, Clock, Patience
from mfe_static.problems import problem

_DOOR = Door("Netlify", "NETLIFY_AUTH_TOKEN", "NETLIFY_API_URL", "https://api.netlify.com/api/v1")
_ALIAS = 37
"""Characters of a preview's name: with the site's, it is one label of a host name."""


class Deploy(msgspec.Struct, frozen=True):
    """What Netlify says of a deployment, as far as it matters here."""

    id: str
    state: str = ""
    required: list[str] | None = None
    error_message: str | None = None
    locked: bool | None = None
    branch: str | None = None
    title: str | None = None
    created_at: str | None = None
    published_at: str | None = None
    ssl_url: str | None = None
    deploy_ssl_url: str | None = None


class Broken(Failed):
    """Netlify says that a deployment came to nothing."""


class _Built(msgspec.Struct, frozen=True):
    repo_branch: str | None = None


class _Published(msgspec.Struct, frozen=True):
    id: str
    published_deploy: Deploy | None = None
    build_settings: _Built | None = None


class File(msgspec.Struct, frozen=True):
    """A file of the published deployment."""

    path: str
    sha: str


class Site:
    """A site, or one preview of it."""

    def __init__(self, name: str, asked: Asked, patience: Patience, clock: Clock) -> None:
        self.name, self._asked = name, asked
        self.alias = alias_of(asked.preview)
        self._patience, self._clock = patience, clock

    @property
    def path(self) -> str:
        """The path of the site's part of the API."""
        name = self.name if re.search(r"\.|^[0-9a-f]{8}-[0-9a-f-]{27}$", self.name) else f"{self.name}.netlify.app"
        return f"/sites/{quote(name, safe='')}"

    def client(self, attempts: int = 0) -> Client:
        """Somebody to ask; `attempts`: fewer than usual."""
        to = access(_DOOR, self._asked.environ)
        patience = msgspec.structs.replace(self._patience, attempts=attempts) if attempts else self._patience
        return Client(to, patience, self._clock)

    def current(self, client: Client) -> Deploy | None:
        """What visitors see: the published deployment; of a preview, its last one that is ready."""
        if not self.alias:
            return client.value(_Published, "GET", self.path, hint=self._hint).published_deploy
        query: dict[str, str | int] = {"branch": self.alias, "state": "ready", "per_page": 1}
        found = client.value(list[Deploy], "GET", f"{self.path}/deploys", query=query, hint=self._hint)
        return found[0] if found else None

    @property
    def _hint(self) -> str:
        return f'look whether "{self.name}" is the id or the name of a site that the token may see'

    def production(self, client: Client) -> frozenset[str]:
        """Branches that are the site itself, so that no preview may be called like them."""
        site = client.value(_Published, "GET", self.path, hint=self._hint)
        branch = site.build_settings.repo_branch if site.build_settings else ""
        return frozenset({alias_of(branch)} if branch else {"main", "master"})

    def deploy(self, client: Client, id_: str) -> Deploy:
        """A deployment."""
        return client.value(Deploy, "GET", f"{self.path}/deploys/{quote(id_, safe='')}")

    def reached(self, client: Client, id_: str, states: frozenset[str]) -> Deploy | None:
        """The deployment, once it is in one of these states. Raises `Failed` when it has failed."""
        deploy = self.deploy(client, id_)
        if deploy.state in {"error", "rejected"}:
            why = (deploy.error_message or "it does not say why")[:300]
            raise Broken(problem("host-failed", f"Netlify could not take the deployment {id_}: {why}"))
        return deploy if deploy.state in states else None

    def now(self, client: Client) -> str:
        """The id of what visitors see; empty: there is nothing."""
        current = self.current(client)
        return current.id if current else ""

    def published(self, client: Client, *, besides: str) -> Deploy | None:
        """What is live, once it is another deployment."""
        current = self.current(client)
        return current if current and current.id != besides else None

    def listed(self, client: Client) -> Sequence[Deployment]:
        """The last deployments that were live, newest first. While publishing is locked, one is whole and never was."""
        current = self.current(client)
        which: dict[str, str | int] = {"branch": self.alias} if self.alias else {"production": "true"}
        query = {**which, "state": "ready", "per_page": 30}
        found = client.value(list[Deploy], "GET", f"{self.path}/deploys", query=query)
        return [
            deployment_of(deploy, live=current is not None and deploy.id == current.id, alias=bool(self.alias))
            for deploy in found
            if self.alias or deploy.published_at
        ]


def alias_of(preview: str) -> str:
    """A preview's name as a part of its address."""
    return re.sub(r"[^a-z0-9]+", "-", preview.lower()).strip("-")[:_ALIAS].rstrip("-")


def deployment_of(deploy: Deploy, *, live: bool, alias: bool = False) -> Deployment:
    """In nobody's words. `alias`: whether it is a preview."""
    address = (deploy.ssl_url if live and not alias else "") or deploy.deploy_ssl_url or ""
    made = deploy.published_at or deploy.created_at or ""
    return Deployment(id=deploy.id, made=made, address=address, live=live, said=deploy.title or "")
