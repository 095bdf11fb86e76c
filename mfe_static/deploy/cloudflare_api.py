"""What Cloudflare's API is asked for one project, or one preview of it, and what it says."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from mfe_static.deploy.access import Access, Door, access
from mfe_static.deploy.cloudflare_upload import Result
from mfe_static.deploy.host import Asked, Deployment, Failed
from mfe_static.deploy.http import Client, Clock, Patience

_DOOR = Door("Cloudflare", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_BASE_URL", "https://api.cloudflare.com/client/v4")
_BRANCH = 28
"""Characters of a branch that become a part of its address."""


def access_to(asked: Asked) -> Access:
    """What the environment says of Cloudflare's API. Raises `Failed`."""
    return access(_DOOR, asked.environ)


class _Stage(msgspec.Struct, frozen=True):
    name: str = ""
    status: str = ""


class Found(msgspec.Struct, frozen=True):
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
        return self.latest_stage == _Stage("deploy", "success")


class Described(msgspec.Struct, frozen=True):
    """What Cloudflare says of the project."""

    production_branch: str
    canonical_deployment: Found | None = None


class Broken(Failed):
    """Cloudflare says that a deployment came to nothing."""


class Project:
    """A project, or one preview of it."""

    def __init__(self, name: str, account: str, asked: Asked, patience: Patience, clock: Clock) -> None:
        self.name, self.account, self._asked = name, account, asked
        self.preview = branch_of(asked.preview)
        self._patience, self._clock = patience, clock

    @property
    def path(self) -> str:
        """The path of the project's part of the API."""
        return f"/accounts/{quote(self.account, safe='')}/pages/projects/{quote(self.name, safe='')}"

    def client(self) -> Client:
        """Somebody to ask."""
        return Client(access_to(self._asked), self._patience, self._clock)

    def described(self, client: Client) -> Described:
        """The project."""
        hint = f'look whether there is a project "{self.name}" in this account, and make one there if not'
        return client.value(Result[Described], "GET", self.path, hint=hint).result

    def newest(self, client: Client) -> Sequence[Found]:
        """The last deployments of what is meant, newest first."""
        query: dict[str, str | int] = {"env": "preview" if self.preview else "production", "per_page": 25}
        found = client.value(Result[list[Found]], "GET", f"{self.path}/deployments", query=query).result
        return [each for each in found if not self.preview or each.told("branch") == self.preview]

    def current(self, client: Client, project: Described | None = None) -> Found | None:
        """What visitors see."""
        if self.preview:
            return next((each for each in self.newest(client) if each.done), None)
        return (project or self.described(client)).canonical_deployment

    def now(self, client: Client) -> str:
        """The id of what visitors see; empty: there is nothing."""
        current = self.current(client)
        return current.id if current else ""

    def listed(self, client: Client) -> Sequence[Deployment]:
        """The last deployments that are whole, newest first."""
        current = self.current(client)
        found = [deployment for deployment in self.newest(client) if deployment.done]
        return [self.told(deployment, live=current is not None and deployment.id == current.id) for deployment in found]

    def told(self, deployment: Found, *, live: bool) -> Deployment:
        """In nobody's words."""
        address = next(iter(deployment.aliases or ()), "") or deployment.url
        if live and not self.preview:
            address = self._asked.base_url
        made, said = deployment.created_on, deployment.told("commit_message")
        return Deployment(id=deployment.id, made=made, address=address, live=live, said=said)


def branch_of(preview: str) -> str:
    """A preview's name as a branch, which is a part of its address as it stands."""
    return re.sub(r"[^a-z0-9]+", "-", preview.lower()).strip("-")[:_BRANCH].rstrip("-")
