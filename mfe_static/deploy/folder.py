"""A folder as a host: on this machine, or mounted from another.

What is kept for it lies beside it (`beside`). The folder itself changes in one step, as the output of a build does
(`write`): only files of ours are replaced or removed, and a folder of somebody else is refused. What is live is what
stands there, not what the manifest says: a file that was changed by hand is told by its size and time, as in an output.

A file that comes back by a rollback gets a new time, so that browsers who know the newer one ask for it.
"""

import contextlib
import datetime
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from mfe_static.deploy.beside import Beside, Record, plain
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
from mfe_static.deploy.marker import uncertain
from mfe_static.deploy.packed import beside, forget
from mfe_static.deploy.packed import folder as cache
from mfe_static.digests import Digest, digest
from mfe_static.files import put
from mfe_static.hosting import FolderSettings
from mfe_static.output.ownership import foreign, refusal
from mfe_static.output.record import MANIFEST
from mfe_static.output.standing import standing_files
from mfe_static.output.trees import listed_files, read_manifest
from mfe_static.problems import Problem, problem
from mfe_static.serve.encoding import offered
from mfe_static.serve.view import File, opened
from mfe_static.write import OutputFailed, open_output

_SOURCES = ("teams", "themes", "public")


def open_host(settings: FolderSettings, asked: Asked) -> Host | Problem:
    """The folder, or that none is named."""
    if not settings.path:
        said = f"[deploy.{asked.name}.folder] does not say which folder"
        return problem("no-target", said, file="site.toml", hint='path = "/srv/www/shop"')
    if "br" in settings.compress and "br" not in offered():
        said = 'compress = ["br"] needs the library brotli, which is not installed'
        return problem("missing-library", said, file="site.toml", hint="pip install brotli")
    path = os.path.normpath(os.path.join(asked.root, os.path.expanduser(settings.path)))
    return FolderHost(f"{path}-{asked.preview}" if asked.preview else path, asked, settings)


class FolderHost:
    """One folder. All that the file system refuses is `Failed`."""

    def __init__(self, shown: str, asked: Asked, settings: FolderSettings) -> None:
        self._shown, self._asked, self._settings = shown, asked, settings
        self._folder = os.path.realpath(shown)
        self._beside = Beside(self._folder)

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
        """What the folder's manifest lists, as it stands there."""
        with self._refused():
            if why := foreign(Path(self._shown), self._folder, None):
                raise Failed(why)
            manifest = read_manifest(self._folder)
            if manifest is None:
                return None
            token, listed = digest(manifest), dict(plain(listed_files(manifest) or {}))
            marks = standing_files(self._folder, listed)
            ours = {LEDGER: ""} if LEDGER in listed else {}  # even where somebody took it away
            return Live(id=token, marks={**ours, **marks}, read=self._read, token=token)

    def send(self, plan: Plan, told: Told) -> Sent:
        """Keep each content that is not kept yet."""
        sent = 0
        with self._refused():
            for done, (path, mark) in enumerate(plan.marks.items()):
                told("send", done, len(plan.marks))
                kept, item = self._beside.content(mark), plan.release.items.get(path)
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
        return self._damaged(plan.marks, plan.live)

    def switch(self, plan: Plan, sent: Sent) -> Deployment:
        """Publish."""
        asked = self._asked
        record = Record(sent.id, asked.now, asked.said, asked.base_url, plan.marks)
        self._publish(record, plan.live.token if plan.live else "")
        return self._deployment(record, live=True)

    def prune(self, plan: Plan) -> int:
        """Forget deployments that are old and many, and contents that are in none."""
        forget(cache(self._asked.root))
        since = self._asked.now - datetime.timedelta(days=self._asked.keep_days)
        with self._refused(live=True):
            records = self._beside.records()
            old = [it for it in records[self._asked.keep_deploys :] if it.made < since]
            self._beside.forget(old)
            needed = {mark for record in records if record not in old for mark in record.files.values()}
            return self._beside.sweep(needed | {*plan.marks.values()})

    def deployments(self) -> Sequence[Deployment]:
        """Those that are kept."""
        with self._refused():
            records = self._beside.records()
        now = next((record.id for record in records if self._beside.is_live(record)), "")
        return [self._deployment(record, live=record.id == now) for record in records]

    def rollback(self, to: str) -> Deployment:
        """Publish what was."""
        found = self.deployments()
        now = next((number for number, made in enumerate(found) if made.live), -1)
        if not to and now + 1 >= len(found):
            raise nothing_before()
        wanted = to or found[now + 1].id
        record = next((each for each in self._beside.records() if each.id == wanted), None)
        if record is None:
            raise no_such(wanted)
        live = self.live()
        if lost := self._damaged(record.files, live):
            said = f"of the deployment {wanted} {len(lost):,} files are not kept as they were, such as {lost[0]}"
            raise Failed(problem("deploy-failed", said, hint="go back to another one"))
        self._publish(record, live.token if live else "")
        return self._deployment(record, live=True)

    # -- how

    def _damaged(self, files: Mapping[str, Digest], live: Live | None) -> list[str]:
        """Paths that are neither live as they should be nor kept so."""
        there: Mapping[str, Mark] = live.marks if live else {}
        with self._refused():
            return [path for path, mark in files.items() if there.get(path) != mark and not self._beside.stands(mark)]

    def _publish(self, record: Record, token: str) -> None:
        """Make the folder what the record says, in one step, if it is still what `token` names."""
        sources = [folder for name in _SOURCES if (folder := Path(self._asked.root) / name).exists()]
        with self._refused():
            self._beside.records()
            staging = open_output(Path(self._shown), sources=sources, state=None)
            if isinstance(staging, Problem):
                raise Failed(staging)
            with staging:
                manifest = read_manifest(self._folder)
                if (digest(manifest) if manifest else "") != token:
                    said = f"another deployment to {self._shown} went live meanwhile"
                    raise Failed(problem("deploy-overtaken", said, hint="look at what it brought, and deploy again"))
                for path, mark in record.files.items():
                    staging.copy(path, self._beside.content(mark), mark)
                self._beside.begin(record)
                try:
                    staging.publish()
                except OutputFailed as failed:
                    if not self._beside.is_whole(record):  # else only tidying is left, which the next one does
                        raise self._broken_off(failed, manifest) from failed
                with contextlib.suppress(OSError):  # the next one does it
                    self._beside.done(record)

    def _broken_off(self, failed: OutputFailed, before: bytes | None) -> Exception:
        """What has become of the folder, which is not what it was to be."""
        now = read_manifest(self._folder)
        if now == before:
            return failed
        if now is None:
            return uncertain(Failed(failed.problem))
        said = f"{self._shown} is half changed, as {failed.problem.message}"
        return Failed(problem("deploy-halfway", said, hint="deploy again: that brings it to an end"))

    def _read(self, path: str) -> bytes | Problem:
        try:
            with opened(File(self._folder, path, "")) as file, open(file, "rb", closefd=False) as stream:
                return stream.read()
        except OSError as error:
            return problem("unreadable", f"cannot be read: {error.strerror}", file=f"{self._shown}/{path}")

    def _deployment(self, record: Record, *, live: bool) -> Deployment:
        made = f"{record.made.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
        return Deployment(
            id=record.id, made=made, address=record.address, live=live, said=record.said, where=self._folder
        )

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
