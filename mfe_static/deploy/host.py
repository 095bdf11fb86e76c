"""What a host must be able to do, and the values that pass between it and a deployment.

        dist ─► Release ─compiled─► Release ┐
                              host ─live─► Live ─plan─► Plan ─send─► Sent ─lacking─switch─► Deployment ─prune─►

A host keeps files under paths and answers with one whole set of them at any time. `compiled` and all before it need no
network. Until `switch`, nothing that a visitor can ask for by a known address changes; after it, nothing is left to do
but tidying. Whatever fails raises `Failed`, so no later step runs.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.problems import Problem

Mark = str
"""Names what a host answers with for a file: its content, and all that is sent with it. Each host has its own kind (a
SHA-1, say); equal marks of one host mean equal answers."""
Told = Callable[[str, int, int], None]
"""Is told how far a step is: its name, how much is done, and of how much."""


class Failed(Exception):
    """A step could not be done. What was live before is live still, unless `live` says otherwise."""

    def __init__(self, problem: Problem, *, live: bool = False) -> None:
        """`live`: whether the new site is live, and only what follows failed."""
        super().__init__(problem.message)
        self.problem, self.live = problem, live


class Changed(OSError):
    """A file was built anew while it was deployed."""

    def __init__(self, path: str) -> None:
        super().__init__(None, "it changed while it was deployed", path)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a host is told when it is opened, apart from its settings."""

    name: str
    """As in `[deploy.<name>]`."""
    root: str
    """The site's root."""
    state: str
    """A folder of the host's own on this machine, for what must outlive an attempt; made when it is needed."""
    environ: Mapping[str, str]
    """Where tokens come from; they are never printed."""
    base_url: str
    now: datetime.datetime
    """With a time zone."""
    said: str = ""
    """The message of the deployment."""
    preview: str = ""
    """The name of the preview that is meant; empty: the site itself."""
    keep_deploys: int = 20
    keep_days: int = 30
    """What can be rolled back to, at least one of both, where it is for the host to keep."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One file to be deployed."""

    path: str
    """The output path: `docs/index.html`."""
    size: int
    digest: Digest
    """Of its content, as in the manifest."""
    real: str = ""
    """The file that holds the content; empty: `content` does."""
    content: bytes = b""

    def read(self) -> bytes:
        """Its bytes. Raises OSError, and `Changed` where they are not those any more that were to be deployed."""
        if not self.real:
            return self.content
        with open(self.real, "rb") as file:
            content = file.read()
        if digest(content) != self.digest:
            raise Changed(self.path)
        return content


class Redirect(msgspec.Struct, frozen=True):
    """Where a path leads that has no file: with a status of 3xx the browser is sent there; with 200 the file there is
    the answer."""

    start: str
    """As in `_redirects`: a path, its last segment perhaps `*`, or `:name` in place of a segment."""
    to: str
    status: int
    query: tuple[tuple[str, str], ...] = ()
    """What the query must hold, where the host can tell."""


class Headers(msgspec.Struct, frozen=True):
    """What is sent with the files whose path fits."""

    path: str
    """As in `_headers`: `/*`, `/_mfe/assets/*`."""
    values: tuple[tuple[str, str], ...]


class Rules(msgspec.Struct, frozen=True):
    """How a site wants to be answered for, in no host's words. Of several headers of one name the last one counts."""

    redirects: tuple[Redirect, ...] = ()
    headers: tuple[Headers, ...] = ()


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A whole site, ready to be deployed."""

    id: Digest
    """Names all of its files."""
    base_url: str
    items: Mapping[str, Item]
    """By output path; what only tells hosts how to answer (`_headers`, `_redirects`) is in `rules` instead."""
    rules: Rules
    kept: Mapping[str, Mark] = {}
    """Assets of earlier deployments that go on being answered for; the host has their content."""
    preview: str = ""
    """The name of the preview; empty: this is for the site's own address."""
    notes: tuple[Problem, ...] = ()
    """What is to be said of it, and does not keep it from being deployed."""


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """What a host answers with now."""

    id: str
    """The host's own name of the deployment."""
    marks: Mapping[str, Mark]
    """By output path."""
    read: Callable[[str], bytes | Problem]
    """The content of one of them."""
    token: str = ""
    """What the host compares when it is asked to switch, so that of two deployments at once one loses."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment changes."""

    release: Release
    marks: Mapping[str, Mark]
    """Of all items and of what is kept."""
    live: Live | None
    """None: nothing is there yet."""
    upload: tuple[Item, ...]
    """What the host does not have as it is; assets first, then other files, pages last."""
    remove: tuple[str, ...]
    """Paths that will not be answered for any more."""
    purge: tuple[str, ...] = ()
    """URL paths that caches in front of the host must forget."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A release that a host has whole and does not answer with yet."""

    id: str
    sent: int
    """How many files had to be sent."""
    address: str = ""
    """Where it can be looked at already."""


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment that a host knows."""

    id: str
    made: str
    """When, in UTC (RFC 3339)."""
    address: str
    live: bool
    said: str = ""
    """The message it was made with."""
    where: str = ""
    """What holds it, where its address does not tell: a folder, a branch, a bucket."""


class Host(Protocol):
    """A place that sites are deployed to. All but `compiled` and `marks` take time, and raise `Failed`."""

    def compiled(self, release: Release) -> Release | Sequence[Problem]:
        """The release with its rules as files in the host's own words, or what the host cannot do of it: a limit that
        is exceeded, a rule it has no word for."""
        ...

    def marks(self, items: Iterable[Item], rules: Rules) -> Mapping[str, Mark]:
        """What the host would say of them. Raises OSError."""
        ...

    def live(self) -> Live | None:
        """What is live; of a preview, what that preview shows."""
        ...

    def send(self, plan: Plan, told: Told) -> Sent:
        """Bring everything to the host that it does not have. What an earlier attempt brought is not sent again."""
        ...

    def lacking(self, plan: Plan, sent: Sent) -> Sequence[str]:
        """Paths that the host itself says it does not have as `plan.marks` wants them, asked once more before the
        switch; none where a host cannot be asked. When there are any, nothing is switched."""
        ...

    def switch(self, plan: Plan, sent: Sent) -> Deployment:
        """Answer with the release from now on, if what is live is still `plan.live`."""
        ...

    def prune(self, plan: Plan) -> int:
        """Remove what neither this release nor one that can be rolled back to needs; how many files went. Raises
        `Failed` with `live`."""
        ...

    def deployments(self) -> Sequence[Deployment]:
        """The last ones, newest first."""
        ...

    def rollback(self, to: str) -> Deployment:
        """Answer with an earlier deployment again, by its id; empty: the one before the live one."""
        ...
