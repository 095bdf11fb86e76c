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
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from mfe_static.deploy.bucket import Bucket
from mfe_static.deploy.compile.cloudfront import cloudfront
from mfe_static.deploy.compile.pages import with_pages
from mfe_static.deploy.earlier import no_such, nothing_before
from mfe_static.deploy.host import Asked, Deployment, Failed, Host, Item, Live, Mark, Plan, Release, Rules, Sent, Told
from mfe_static.deploy.limits import LIMITS, exceeded
from mfe_static.deploy.packed import folder, forget, packed
from mfe_static.deploy.pointer import LEASE, OWN, Kept, Pointer, Record
from mfe_static.deploy.rules import REVALIDATE, answering
from mfe_static.digests import digest
from mfe_static.hosting import S3Settings
from mfe_static.output.swap import in_order
from mfe_static.problems import Problem, problem
from mfe_static.serve.encoding import offered, unpacked
from mfe_static.serve.media import media_type

PREVIEWS = "previews/"
_SENT_ALONG = ("Cache-Control", "Content-Disposition", "Content-Language")
"""Headers that a store keeps with an object, besides its type and encoding."""
_GRACE = datetime.timedelta(days=1)
"""For how long contents stay that are in no deployment: one may be about to be made of them."""


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
        self._kept = Kept(self._bucket, self._base, asked.state)

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
        found = self._kept.pointed()
        if found is None:
            strangers = self._standing()
            return Live(id="", marks=dict.fromkeys(strangers, ""), read=self._read) if strangers else None
        pointer, record = found.pointer, self._kept.record(found.pointer.live)
        marks = dict(record.files) if record else dict.fromkeys(self._standing() if pointer.live else (), "")
        if pointer.next:
            coming = self._kept.record(pointer.next)
            after = coming.files if coming else dict.fromkeys(self._standing(), "?")
            marks |= {path: "" for path in {*marks, *after} if marks.get(path) != after.get(path)}
        return Live(id=pointer.live, marks=marks, read=self._read, token=found.tag)

    def send(self, plan: Plan, told: Told) -> Sent:
        """Bring each content that is not there, then a record of the deployment."""
        release, there = plan.release, self._bucket.listed(self._kept.key("files/"))
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
        self._kept.remember(record)
        return Sent(id=id_, sent=len(new))

    def lacking(self, plan: Plan, sent: Sent) -> Sequence[str]:
        """What the store does not list. What it lists arrived as it was sent: each content comes with its SHA-256."""
        there = self._bucket.listed(self._kept.key("files/"))
        return [path for path, mark in plan.marks.items() if mark not in there]

    def switch(self, plan: Plan, sent: Sent) -> Deployment:
        """Change what is live to what was sent."""
        asked = self._asked
        record = Record(sent.id, asked.now, asked.said, asked.base_url, plan.marks)
        self._change(plan.live, record)
        return self._deployment(record, live=True)

    def prune(self, plan: Plan) -> int:
        """Forget deployments that are old and many, or came to nothing, and contents that are in none."""
        forget(folder(self._asked.root))
        try:
            names, pointer = self._kept.names(), self._kept.pointer()
            been = [name for name in names if name in pointer.been]
            days = datetime.timedelta(days=self._asked.keep_days)
            since, dead = (f"{self._asked.now - ago:%Y%m%dT%H%M%SZ}" for ago in (days, _GRACE))
            old = [name for name in been[self._asked.keep_deploys :] if name < since]
            old += [name for name in names if name not in been and name < dead]
            if not old:
                return 0
            kept = [self._kept.record(name) for name in names if name not in old]
            needed = {*plan.marks.values(), *(mark for record in kept if record for mark in record.files.values())}
            there = self._bucket.listed(self._kept.key("files/"))
            newest = max(found.modified for found in there.values())
            gone = [name for name, found in there.items() if name not in needed and newest - found.modified > _GRACE]
            self._kept.forget(old)
            self._bucket.delete([self._kept.content(name) for name in gone])
            return len(gone)
        except Failed as failed:
            raise Failed(failed.problem, live=True) from failed

    def deployments(self) -> Sequence[Deployment]:
        """Those that are kept and were live."""
        pointer = self._kept.pointer()
        records = [self._kept.record(name) for name in self._kept.names() if name in pointer.been]
        return [self._deployment(record, live=record.id == pointer.live) for record in records if record]

    def rollback(self, to: str) -> Deployment:
        """Change what is live back; where a deployment was interrupted in the middle, to what was live before it."""
        live, pointer = self.live(), self._kept.pointer()
        been = [name for name in self._kept.names() if name in pointer.been]
        now, had = (live.id, live.marks) if live else ("", {})
        earlier = been[been.index(now) :] if now in been else []
        records = map(self._kept.record, [to] if to in been else [] if to else earlier)
        record = next((each for each in records if each and (to or each.files != had)), None)
        if record is None:
            raise no_such(to) if to else nothing_before()
        there = self._bucket.listed(self._kept.key("files/"))
        if lost := [path for path, mark in record.files.items() if mark not in there]:
            said = f"of the deployment {record.id} {len(lost):,} files are not kept, such as {lost[0]}"
            raise Failed(problem("deploy-failed", said, hint="go back to another one"))
        self._change(live, record)
        return self._deployment(record, live=True)

    # -- how

    def _standing(self) -> list[str]:
        """The paths of all objects but what is kept for deployments."""
        listed = self._bucket.listed(self._base)
        other = (OWN,) if self._asked.preview else (OWN, PREVIEWS)
        return [path for path in listed if not path.startswith(other)]

    def _send(self, item: Item | None, path: str, mark: Mark, headers: Callable[[str], Mapping[str, str]]) -> None:
        """One content. Of a kept asset the store has the only one."""
        to = self._kept.content(mark)
        if item is None:
            self._bucket.copy(self._base + path, to)
            return
        attributes, encoding = _attributes(path, headers(path)), self._settings.compress
        if encoding != "none" and (small := packed(item, encoding, folder(self._asked.root))):
            self._bucket.put(to, small.read_bytes(), {**attributes, "Content-Encoding": encoding})
        else:
            self._bucket.put(to, item.read(), attributes)

    def _change(self, live: Live | None, record: Record) -> None:
        """Make `record` what is live."""
        had: Mapping[str, Mark] = live.marks if live else {}
        before = self._kept.wait()
        been = tuple(name for name in self._kept.names() if name == record.id or name in before.been)
        going = Pointer(live=before.live, next=record.id, been=before.been)
        tag = self._kept.point(going, live.token if live else "")
        changed = in_order(path for path, mark in record.files.items() if had.get(path) != mark)
        gone = sorted(had.keys() - record.files.keys())
        try:
            tag = self._copied({path: record.files[path] for path in changed}, going, tag)
            self._bucket.delete([self._base + path for path in gone])
        except Failed as failed:
            if failed.problem.code != "deploy-overtaken" and not self._put_back(going, record, tag):
                hint = "deploy again: that brings it to an end"
                said = f"the bucket is half changed, as {failed.problem.message}"
                raise Failed(problem("deploy-halfway", said, hint=hint)) from failed
            raise
        try:
            self._kept.point(Pointer(live=record.id, been=been), tag)
        except Failed as failed:
            raise Failed(failed.problem, live=failed.problem.code != "deploy-overtaken") from failed

    def _copied(self, files: Mapping[str, Mark], pointer: Pointer, tag: str) -> str:
        """Copy contents to their paths, pages when all else is there; the tag that the pointer has then."""
        since = time.monotonic()
        groups: tuple[list[str], ...] = [], [], []
        for path in files:
            groups[0 if path.startswith("_mfe/") else 2 if path.endswith(".html") else 1].append(path)
        for group in groups:
            for at in range(0, len(group), 1000):
                if time.monotonic() - since > LEASE / 3:
                    since, tag = time.monotonic(), self._kept.point(pointer, tag)
                part = group[at : at + 1000]
                self._bucket.each(
                    lambda path: self._bucket.copy(self._kept.content(files[path]), self._base + path),
                    part,
                    lambda done: None,
                )
        return tag

    def _put_back(self, going: Pointer, record: Record, tag: str) -> bool:
        """After a failure: what was live before. False where that fails too; then the next deployment does the rest."""
        try:
            before = self._kept.record(going.live)
            if going.live and before is None:
                return False
            files = before.files if before else {}
            changed = {path: mark for path, mark in files.items() if record.files.get(path) != mark}
            tag = self._copied(changed, going, tag)
            self._bucket.delete([self._base + path for path in record.files.keys() - files.keys()])
            self._kept.point(msgspec.structs.replace(going, next=""), tag)
            return True
        except Failed:
            with contextlib.suppress(Failed):
                self._kept.point(msgspec.structs.replace(going, over=True), tag)
            return False

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
        where = f"{self._settings.bucket}/{self._base}".rstrip("/")
        return Deployment(id=record.id, made=made, address=record.address, live=live, said=record.said, where=where)


def _attributes(path: str, headers: Mapping[str, str]) -> dict[str, str]:
    """What is sent with a file, but for its encoding."""
    said = {name: headers[name] for name in _SENT_ALONG if name in headers}
    return {"Content-Type": headers.get("Content-Type", media_type(path)), "Cache-Control": REVALIDATE, **said}


def _pairs(attributes: Mapping[str, str]) -> list[str]:
    return [part for pair in sorted(attributes.items()) for part in pair]
