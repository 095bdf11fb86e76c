"""A folder as a host: on this machine, or mounted from another.

Beside the folder lies what is kept for it: each content once, under its digest, and for each deployment a record of
which path had which. So what an interrupted deployment brought is there for the next one, and an old deployment can be
put together again. The folder itself changes in one step, as the output of a build does (`write`): only files of ours
are replaced or removed, and a folder of somebody else is refused.

A file that comes back by a rollback gets a new time, so that browsers who know the newer one ask for it.
"""

import contextlib
import datetime
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated

import msgspec

from mfe_static.deploy.compile import COMPILERS, Compiled
from mfe_static.deploy.compile.pages import with_pages
from mfe_static.deploy.earlier import no_such, nothing_before
from mfe_static.deploy.host import (
    Asked,
    Changed,
    Deployment,
    Failed,
    Host,
    Item,
    Live,
    Mark,
    Plan,
    Release,
    Rules,
    Sent,
    Told,
)
from mfe_static.deploy.ledger import LEDGER
from mfe_static.deploy.packed import beside, forget
from mfe_static.deploy.packed import folder as cache
from mfe_static.digests import Digest, digest
from mfe_static.files import put
from mfe_static.hosting import FolderSettings
from mfe_static.output.making import digest_of
from mfe_static.output.ownership import foreign, refusal, twin, twin_places
from mfe_static.output.record import MANIFEST
from mfe_static.output.trees import listed_files, read_manifest
from mfe_static.patterns import compiled
from mfe_static.problems import Problem, problem
from mfe_static.routes import bad_segment
from mfe_static.serve.encoding import offered
from mfe_static.serve.view import File, opened
from mfe_static.write import OutputFailed, open_output

_DIGEST = compiled(r"[0-9a-f]{32}")
_SOURCES = ("teams", "themes", "public")


def _plain(files: Mapping[str, Digest]) -> Iterator[tuple[str, Digest]]:
    """What a manifest lists, without what could lead elsewhere: others may write to the folder as well."""
    for path, mark in files.items():
        if _DIGEST.fullmatch(mark) and not any(map(bad_segment, path.split("/"))):
            yield path, mark


class Record(msgspec.Struct, frozen=True):
    """A deployment."""

    id: str
    made: Annotated[datetime.datetime, msgspec.Meta(tz=True)]
    said: str
    address: str
    files: Mapping[str, Digest]


def open_host(settings: FolderSettings, asked: Asked) -> Host | Problem:
    """The folder, or that none is named."""
    if not settings.path:
        said = f"[deploy.{asked.name}.folder] does not say which folder"
        return problem("no-target", said, file="site.toml", hint='path = "/srv/www/shop"')
    if "br" in settings.compress and "br" not in offered():
        said = 'compress = ["br"] needs the library brotli, which is not installed'
        return problem("missing-library", said, file="site.toml", hint="pip install brotli")
    path = os.path.join(asked.root, os.path.expanduser(settings.path)).rstrip("/")
    return FolderHost(f"{path}-{asked.preview}" if asked.preview else path, asked, settings)


class FolderHost:
    """One folder. All that the file system refuses is `Failed`."""

    def __init__(self, shown: str, asked: Asked, settings: FolderSettings) -> None:
        self._shown, self._asked, self._settings = shown, asked, settings
        self._folder = os.path.realpath(shown)

    def compiled(self, release: Release) -> Release | Sequence[Problem]:
        """The release with compressed forms beside its texts. What serves the folder is told by others, and asked here
        whether it can be."""
        output = release.items[MANIFEST].real.removesuffix(f"/{MANIFEST}")
        if os.path.commonpath([self._folder, output]) in {self._folder, output}:
            said = f"{self._shown} holds the output that would be deployed, or is in it"
            return [problem("output-in-source", said, file="site.toml", hint="name another folder")]
        told: Release | Compiled = release
        if self._settings.front == "none":
            told = with_pages(release, "A folder that nobody is told about")
        elif self._settings.front != "other":
            told = COMPILERS[self._settings.front](release)
        if isinstance(told, Sequence):
            return told
        release = told if isinstance(told, Release) else release
        ours = {MANIFEST, LEDGER}  # the folder has its own manifest, and nobody else reads the ledger
        texts = [item for item in release.items.values() if item.path not in ours]
        packed = {item.path: item for item in beside(texts, self._settings.compress, cache(self._asked.root))}
        return msgspec.structs.replace(release, items={**packed, **release.items}) if packed else release

    def marks(self, items: Iterable[Item], rules: Rules) -> Mapping[str, Mark]:
        """Digests; the manifest of the folder is its own."""
        return {item.path: item.digest for item in items if item.path != MANIFEST}

    def live(self) -> Live | None:
        """What the folder's manifest lists."""
        with self._refused():
            if why := foreign(Path(self._shown), self._folder, None):
                raise Failed(why)
            manifest = read_manifest(self._folder)
            if manifest is None:
                return None
            token = digest(manifest)
            return Live(id=token, marks=dict(_plain(listed_files(manifest) or {})), read=self._read, token=token)

    def send(self, plan: Plan, told: Told) -> Sent:
        """Keep each content that is not kept yet."""
        sent = 0
        with self._refused():
            for done, (path, mark) in enumerate(plan.marks.items()):
                told("send", done, len(plan.marks))
                kept, item = self._kept(mark), plan.release.items.get(path)
                if os.path.exists(kept) and (item is None or os.path.getsize(kept) == item.size):
                    continue
                content = item.read() if item else self._read(path)
                if isinstance(content, Problem):
                    raise Failed(content)
                put(Path(kept), content)
                sent += 1
        return Sent(id=f"{self._asked.now:%Y%m%dT%H%M%SZ}-{plan.release.id[:8]}", sent=sent)

    def lacking(self, plan: Plan, sent: Sent) -> Sequence[str]:
        """What is kept is read once more, as far as it is new to the folder."""
        return self._damaged(plan.marks)

    def switch(self, plan: Plan, sent: Sent) -> Deployment:
        """Publish."""
        asked = self._asked
        record = Record(sent.id, asked.now, asked.said, asked.base_url, plan.marks)
        self._publish(record, plan.live.token if plan.live else "")
        return self._deployment(record, live=True)

    def prune(self, plan: Plan) -> int:
        """Forget deployments that are old and many, and contents that are in none."""
        now, gone = self._asked.now, 0
        forget(cache(self._asked.root))
        since = now - datetime.timedelta(days=self._asked.keep_days)
        with self._refused(live=True):
            records = self._records()
            old = [it for it in records[self._asked.keep_deploys :] if it.made < since]
            for record in old:
                os.unlink(self._record(record.id))
            needed = {mark for record in records if record not in old for mark in record.files.values()}
            needed |= {*plan.marks.values()}
            for folder in os.scandir(f"{self._beside}/files"):
                for entry in os.scandir(folder.path):
                    if folder.name + entry.name not in needed:
                        os.unlink(entry.path)
                        gone += 1
        return gone

    def deployments(self) -> Sequence[Deployment]:
        """Those that are kept."""
        with self._refused():
            records = self._records()
        now = next((record.id for record in records if self._is_live(record)), "")
        return [self._deployment(record, live=record.id == now) for record in records]

    def rollback(self, to: str) -> Deployment:
        """Publish what was."""
        found = self.deployments()
        now = next((number for number, made in enumerate(found) if made.live), -1)
        if not to and now + 1 >= len(found):
            raise nothing_before()
        wanted = to or found[now + 1].id
        record = next((each for each in self._records() if each.id == wanted), None)
        if record is None:
            raise no_such(wanted)
        if lost := self._damaged(record.files):
            said = f"of the deployment {wanted} {len(lost):,} files are not kept as they were, such as {lost[0]}"
            raise Failed(problem("deploy-failed", said, hint="go back to another one"))
        manifest = read_manifest(self._folder)
        self._publish(record, digest(manifest) if manifest else "")
        return self._deployment(record, live=True)

    # -- how

    @cached_property
    def _beside(self) -> str:
        """The folder for what is kept. Raises OSError."""
        os.makedirs(os.path.dirname(self._folder), exist_ok=True)
        found = twin(self._folder, None)
        if isinstance(found, Problem):
            raise Failed(found)
        os.makedirs(f"{found}/deploys/files", exist_ok=True)
        return f"{found}/deploys"

    def _kept(self, mark: Digest) -> str:
        return f"{self._beside}/files/{mark[:2]}/{mark[2:]}"

    def _record(self, name: str) -> str:
        return f"{self._beside}/{name}.json"

    def _records(self) -> list[Record]:
        """Newest first. One that was begun counts when it is what is live: then only its renaming is missing."""
        if not os.path.lexists(twin_places(self._folder, None)[0]):
            return []  # who only asks what was deployed makes no folder
        found, begun = [], f"{self._beside}/begun"
        with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
            record = msgspec.json.decode(Path(begun).read_bytes(), type=Record)
            if self._is_live(record):
                os.replace(begun, self._record(record.id))
        for entry in os.scandir(self._beside):
            with contextlib.suppress(msgspec.DecodeError):
                if entry.name.endswith(".json"):
                    record = msgspec.json.decode(Path(entry.path).read_bytes(), type=Record)
                    found.append(msgspec.structs.replace(record, files=dict(_plain(record.files))))
        return sorted(found, key=lambda record: (record.made, record.id), reverse=True)

    def _is_live(self, record: Record) -> bool:
        return record.files == listed_files(read_manifest(self._folder))

    def _damaged(self, files: Mapping[str, Digest]) -> list[str]:
        """Paths that are neither live as they should be nor kept so."""
        listed = listed_files(read_manifest(self._folder)) or {}
        with self._refused():
            return [path for path, mark in files.items() if listed.get(path) != mark and not self._stands(mark)]

    def _stands(self, mark: Digest) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return digest_of(self._kept(mark)) == mark
        return False

    def _publish(self, record: Record, token: str) -> None:
        """Make the folder what the record says, in one step, if it is still what `token` names."""
        sources = [folder for name in _SOURCES if (folder := Path(self._asked.root) / name).exists()]
        with self._refused():
            self._records()
            begun, done = f"{self._beside}/begun", self._record(record.id)
            staging = open_output(Path(self._shown), sources=sources, state=None)
            if isinstance(staging, Problem):
                raise Failed(staging)
            with staging:
                manifest = read_manifest(self._folder)
                if (digest(manifest) if manifest else "") != token:
                    said = f"another deployment to {self._shown} went live meanwhile"
                    raise Failed(problem("deploy-overtaken", said, hint="look at what it brought, and deploy again"))
                for path, mark in record.files.items():
                    staging.copy(path, self._kept(mark), mark)
                put(Path(begun), msgspec.json.encode(record))
                try:
                    staging.publish()
                except OutputFailed:
                    if not self._is_live(record):
                        raise  # else only tidying is left, which the next one does
                with contextlib.suppress(OSError):  # the next one does it
                    os.replace(begun, done)

    def _read(self, path: str) -> bytes | Problem:
        try:
            with opened(File(self._folder, path, "")) as file, open(file, "rb", closefd=False) as stream:
                return stream.read()
        except OSError as error:
            return problem("unreadable", f"cannot be read: {error.strerror}", file=f"{self._shown}/{path}")

    def _deployment(self, record: Record, *, live: bool) -> Deployment:
        made = f"{record.made.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
        return Deployment(id=record.id, made=made, address=record.address, live=live, said=record.said)

    @contextlib.contextmanager
    def _refused(self, *, live: bool = False) -> Iterator[None]:
        try:
            yield
        except OutputFailed as failed:
            raise Failed(failed.problem, live=live) from failed
        except Changed:
            raise
        except OSError as error:
            raise Failed(refusal(error, self._shown, os.path.dirname(self._folder), 0), live=live) from error
