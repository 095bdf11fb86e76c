"""A bucket as a host: any store that speaks S3, with whatever answers for it in front.

        send: contents, under their marks ─► switch: a pointer is taken ─► assets ─► files ─► pages ─► what goes
                                              ─► the pointer is given back

Below `.mfe/` the bucket keeps each content once, with all that is sent with it, a record for each deployment, and one
pointer: what is live, and what is on its way. A store cannot change many objects in one step. So all is there before
anything changes, and then changes by copies inside the store, assets first: who looks meanwhile gets whole pages with
all that they name, some of them old and some new. The pointer is written under a condition, so of two deployments one
loses. What fails on the way is put back; what a killed deployment left half done, the next one ends.
"""

import contextlib
import datetime
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from mfe_static.deploy.bucket import Bucket, Got
from mfe_static.deploy.compile.cloudfront import cloudfront
from mfe_static.deploy.compile.pages import with_pages
from mfe_static.deploy.host import Asked, Deployment, Failed, Host, Item, Live, Mark, Plan, Release, Rules, Sent, Told
from mfe_static.deploy.limits import LIMITS, exceeded
from mfe_static.deploy.packed import folder, forget, packed
from mfe_static.deploy.rules import REVALIDATE, answering
from mfe_static.digests import digest
from mfe_static.files import put
from mfe_static.hosting import S3Settings
from mfe_static.output.swap import in_order
from mfe_static.problems import Problem, problem
from mfe_static.serve.encoding import offered, unpacked
from mfe_static.serve.media import media_type

_OWN, PREVIEWS = ".mfe/", "previews/"
_SENT_ALONG = ("Cache-Control", "Content-Disposition", "Content-Language")
"""Headers that a store keeps with an object, besides its type and encoding."""
LEASE = 300.0
"""Seconds for which a deployment that changes the site has it for itself."""
_MINE = 8
"""How many signatures of this machine are known to it."""
_GRACE = datetime.timedelta(days=1)
"""For how long contents stay that are in no deployment: one may be about to be made of them."""


class Record(msgspec.Struct, frozen=True):
    """A deployment."""

    id: str
    made: datetime.datetime
    said: str
    address: str
    files: Mapping[str, Mark]


class Pointer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is live."""

    live: str = ""
    """A deployment; empty: none yet."""
    next: str = ""
    """The deployment that is on its way; empty: the live one is whole."""
    by: str = ""
    """Who wrote this, each time another."""
    over: bool = False
    """Whether the one on its way was given up, so that nobody needs to wait for it."""


def open_host(settings: S3Settings, asked: Asked) -> Host | Problem:
    """The bucket, or that none is named, or that its keys are not there."""
    if not settings.bucket:
        said = f"[deploy.{asked.name}.s3] does not say which bucket"
        return problem("no-target", said, file="site.toml", hint='bucket = "shop-site"')
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if not asked.environ.get(variable):
            said = f"the environment has no {variable}"
            return problem("no-credentials", said, hint="in pipelines, keep it among the secrets")
    if settings.compress == "br" and "br" not in offered():
        said = 'compress = "br" needs the library brotli, which is not installed'
        return problem("missing-library", said, file="site.toml", hint="pip install brotli")
    return S3Host(settings, asked)


class S3Host:
    """One bucket, or a part of one."""

    def __init__(self, settings: S3Settings, asked: Asked) -> None:
        self._settings, self._asked = settings, asked
        self._bucket = Bucket(settings, asked.environ)
        prefix = f"{settings.prefix.strip('/')}/".removeprefix("/")
        self._base = f"{prefix}{PREVIEWS}{asked.preview}/" if asked.preview else prefix

    def compiled(self, release: Release) -> Release | Sequence[Problem]:
        """A bucket knows no rules but what is sent with an object. What stands in front of it is told by others, and
        asked here whether it can be."""
        if problems := exceeded(LIMITS["s3"], release.items.values(), release.rules):
            return problems
        if self._settings.front == "none":
            return with_pages(release, "A bucket alone")
        told = cloudfront(release) if self._settings.front == "cloudfront" else {}
        return release if isinstance(told, Mapping) else told

    def marks(self, items: Iterable[Item], rules: Rules) -> Mapping[str, Mark]:
        """Digests of the content and of all that is sent with it."""
        headers = answering(rules.headers)
        return {
            item.path: digest(item.digest, self._settings.compress, *_pairs(_attributes(item.path, headers(item.path))))
            for item in items
        }

    def live(self) -> Live | None:
        """What the pointer says. Of what may have been changed by a deployment that never ended, no mark is known."""
        found = self._bucket.get(self._own("pointer.json"))
        if found is None:
            strangers = self._standing()
            return Live(id="", marks=dict.fromkeys(strangers, ""), read=self._read) if strangers else None
        pointer = _pointer(found)
        record = self._record(pointer.live) if pointer.live else None
        if pointer.live and record is None:
            return Live(id=pointer.live, marks=dict.fromkeys(self._standing(), ""), read=self._read, token=found.tag)
        marks = dict(record.files) if record else {}
        if pointer.next:
            coming = self._record(pointer.next)
            after = coming.files if coming else dict.fromkeys(self._standing(), "?")
            marks |= {path: "" for path in {*marks, *after} if marks.get(path) != after.get(path)}
        return Live(id=pointer.live, marks=marks, read=self._read, token=found.tag)

    def send(self, plan: Plan, told: Told) -> Sent:
        """Bring each content that is not there, then a record of the deployment."""
        release, there = plan.release, self._bucket.listed(self._own("files/"))
        new = {plan.marks[path]: path for path in plan.marks if plan.marks[path] not in there}
        headers = answering(release.rules.headers)
        self._bucket.each(
            lambda its: self._send(release.items.get(its[1]), its[1], its[0], headers),
            new.items(),
            lambda done: told("send", done, len(new)),
        )
        asked = self._asked
        id_ = f"{asked.now:%Y%m%dT%H%M%SZ}-{release.id[:8]}"
        record = Record(id_, asked.now, asked.said, asked.base_url, plan.marks)
        self._bucket.put(self._own(f"deploys/{id_}.json"), msgspec.json.encode(record), _JSON)
        return Sent(id=id_, sent=len(new))

    def lacking(self, plan: Plan, sent: Sent) -> Sequence[str]:
        """What the store does not list. What it lists arrived as it was sent: each content comes with its SHA-256."""
        there = self._bucket.listed(self._own("files/"))
        return [path for path, mark in plan.marks.items() if mark not in there]

    def switch(self, plan: Plan, sent: Sent) -> Deployment:
        """Change what is live to what was sent."""
        asked, live = self._asked, plan.live
        record = Record(sent.id, asked.now, asked.said, asked.base_url, plan.marks)
        had = live.marks if live else {}
        self._change(live.id if live else "", had, record, live.token if live else "")
        return self._deployment(record, live=True)

    def prune(self, plan: Plan) -> int:
        """Forget deployments that are old and many, and contents that are in none."""
        forget(folder(self._asked.root))
        try:
            names = self._names()
            since = f"{self._asked.now - datetime.timedelta(days=self._asked.keep_days):%Y%m%dT%H%M%SZ}"
            old = [name for name in names[self._asked.keep_deploys :] if name < since]
            if not old:
                return 0
            kept = [self._record(name) for name in names if name not in old]
            needed = {*plan.marks.values(), *(mark for record in kept if record for mark in record.files.values())}
            there = self._bucket.listed(self._own("files/"))
            newest = max(found.modified for found in there.values())
            gone = [name for name, found in there.items() if name not in needed and newest - found.modified > _GRACE]
            self._bucket.delete([self._own(f"files/{name}") for name in gone])
            self._bucket.delete([self._own(f"deploys/{name}.json") for name in old])
            return len(gone)
        except Failed as failed:
            raise Failed(failed.problem, live=True) from failed

    def deployments(self) -> Sequence[Deployment]:
        """Those that are kept."""
        found = self._bucket.get(self._own("pointer.json"))
        live = _pointer(found).live if found else ""
        records = [self._record(name) for name in self._names()]
        return [self._deployment(record, live=record.id == live) for record in records if record]

    def rollback(self, to: str) -> Deployment:
        """Change what is live back."""
        live, names = self.live(), self._names()
        now = live.id if live else ""
        earlier = names[names.index(now) + 1 :] if now in names else []
        if not to and not earlier:
            raise Failed(problem("no-such-deployment", "there is no deployment before the live one"))
        record = self._record(to or earlier[0]) if to in names or not to else None
        if record is None:
            hint = "mfe-static deploys list shows those that are kept"
            raise Failed(problem("no-such-deployment", f"there is no deployment {to or earlier[0]!r}", hint=hint))
        there = self._bucket.listed(self._own("files/"))
        if lost := [path for path, mark in record.files.items() if mark not in there]:
            said = f"of the deployment {record.id} {len(lost):,} files are not kept, such as {lost[0]}"
            raise Failed(problem("deploy-failed", said, hint="go back to another one"))
        self._change(now, live.marks if live else {}, record, live.token if live else "")
        return self._deployment(record, live=True)

    # -- how

    def _own(self, name: str) -> str:
        return f"{self._base}{_OWN}{name}"

    def _standing(self) -> list[str]:
        """The paths of all objects but what is kept for deployments."""
        listed = self._bucket.listed(self._base)
        other = (_OWN,) if self._asked.preview else (_OWN, PREVIEWS)
        return [path for path in listed if not path.startswith(other)]

    def _names(self) -> list[str]:
        """The deployments that are kept, newest first: their names begin with the time."""
        listed = self._bucket.listed(self._own("deploys/"))
        return sorted((name.removesuffix(".json") for name in listed), reverse=True)

    def _record(self, name: str) -> Record | None:
        found = self._bucket.get(self._own(f"deploys/{name}.json"))
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(found.content, type=Record) if found else None
        return None

    def _send(self, item: Item | None, path: str, mark: Mark, headers: Callable[[str], Mapping[str, str]]) -> None:
        """One content. Of a kept asset the store has the only one."""
        to = self._own(f"files/{mark}")
        if item is None:
            self._bucket.copy(self._base + path, to)
            return
        attributes, encoding = _attributes(path, headers(path)), self._settings.compress
        if encoding != "none" and (small := packed(item, encoding, folder(self._asked.root))):
            self._bucket.put(to, small.read_bytes(), {**attributes, "Content-Encoding": encoding})
        else:
            self._bucket.put(to, item.read(), attributes)

    def _change(self, now: str, had: Mapping[str, Mark], record: Record, token: str) -> None:
        """Make `record` what is live, in place of `now`, which had these files."""
        self._wait()
        tag = self._point(Pointer(live=now, next=record.id), token)
        changed = in_order(path for path, mark in record.files.items() if had.get(path) != mark)
        gone = sorted(had.keys() - record.files.keys())
        try:
            tag = self._copied({path: record.files[path] for path in changed}, Pointer(now, record.id), tag)
            self._bucket.delete([self._base + path for path in gone])
        except Failed as failed:
            if failed.problem.code != "deploy-overtaken":
                self._put_back(now, record, tag)
            raise
        self._point(Pointer(live=record.id), tag)

    def _copied(self, files: Mapping[str, Mark], pointer: Pointer, tag: str) -> str:
        """Copy contents to their paths, pages when all else is there; the tag that the pointer has then."""
        since = time.monotonic()
        groups: tuple[list[str], ...] = [], [], []
        for path in files:
            groups[0 if path.startswith("_mfe/") else 2 if path.endswith(".html") else 1].append(path)
        for group in groups:
            for at in range(0, len(group), 1000):
                if time.monotonic() - since > LEASE / 3:
                    since, tag = time.monotonic(), self._point(pointer, tag)
                part = group[at : at + 1000]
                self._bucket.each(
                    lambda path: self._bucket.copy(self._own(f"files/{files[path]}"), self._base + path),
                    part,
                    lambda done: None,
                )
        return tag

    def _put_back(self, now: str, record: Record, tag: str) -> None:
        """After a failure: what was live before; where that fails too, the next deployment does what is left."""
        with contextlib.suppress(Failed):
            before = self._record(now) if now else None
            files = before.files if before else {}
            changed = {path: mark for path, mark in files.items() if record.files.get(path) != mark}
            try:
                if now and before is None:
                    return
                tag = self._copied(changed, Pointer(now, record.id), tag)
                self._bucket.delete([self._base + path for path in record.files.keys() - files.keys()])
                self._point(Pointer(live=now), tag)
            except Failed:
                self._point(Pointer(live=now, next=record.id, over=True), tag)

    def _wait(self) -> None:
        """Refuse while another deployment may be changing the site; one of this machine that is dead is not waited for,
        since only one runs here at a time."""
        found = self._bucket.get(self._own("pointer.json"))
        pointer = _pointer(found) if found else Pointer()
        if not found or not pointer.next or pointer.over or pointer.by in self._mine():
            return
        self._bucket.put(self._own("clock"), uuid.uuid4().bytes, {})
        clock = self._bucket.get(self._own("clock"))
        age = (clock.modified - found.modified).total_seconds() if clock else LEASE
        if age < LEASE:
            said = f"the deployment {pointer.next} is changing the site, or was interrupted {age:.0f} s ago"
            raise Failed(problem("deploy-overtaken", said, hint=f"deploy again in {LEASE - age:.0f} s"))

    def _point(self, pointer: Pointer, tag: str) -> str:
        """Write the pointer, if it is still what `tag` names; its new tag."""
        mine = uuid.uuid4().hex
        with contextlib.suppress(OSError):  # then nobody is known to be dead, and who comes next waits
            put(Path(self._asked.state, "s3-mine"), " ".join([mine, *self._mine()][:_MINE]).encode())
        content = msgspec.json.encode(msgspec.structs.replace(pointer, by=mine))
        fresh = self._bucket.swap(self._own("pointer.json"), content, tag)
        if fresh is None:
            said = f"another deployment to {self._settings.bucket} went live meanwhile"
            raise Failed(problem("deploy-overtaken", said, hint="look at what it brought, and deploy again"))
        return fresh

    def _mine(self) -> list[str]:
        """How the pointer was signed on this machine lately; the newest may not have arrived."""
        with contextlib.suppress(OSError):
            return Path(self._asked.state, "s3-mine").read_text("ascii").split()
        return []

    def _read(self, path: str) -> bytes | Problem:
        try:
            found = self._bucket.get(self._base + path)
        except Failed as failed:
            return failed.problem
        try:
            return unpacked(found.content, found.encoding) if found else problem("unreadable", f"{path} is not there")
        except ValueError as error:
            return problem("unreadable", f"{path} is damaged: {error}")

    def _deployment(self, record: Record, *, live: bool) -> Deployment:
        made = f"{record.made.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
        return Deployment(id=record.id, made=made, address=record.address, live=live, said=record.said)


_JSON = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}


def _attributes(path: str, headers: Mapping[str, str]) -> dict[str, str]:
    """What is sent with a file, but for its encoding."""
    said = {name: headers[name] for name in _SENT_ALONG if name in headers}
    return {"Content-Type": headers.get("Content-Type", media_type(path)), "Cache-Control": REVALIDATE, **said}


def _pairs(attributes: Mapping[str, str]) -> list[str]:
    return [part for pair in sorted(attributes.items()) for part in pair]


def _pointer(found: Got) -> Pointer:
    try:
        return msgspec.json.decode(found.content, type=Pointer)
    except msgspec.DecodeError as error:
        said = f"what is kept below {_OWN} of the bucket is damaged: {error}"
        raise Failed(
            problem("deploy-failed", said, hint=f"remove {_OWN}pointer.json, and deploy with --replace")
        ) from None
