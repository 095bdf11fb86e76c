"""What is shown at this moment: the site that stands, and over it documents that are done before their site is live.

Who asks for a page gets the one that belongs to the last save. While something changed that is not built yet, a request
waits for the page that it needs, and for no other: until its document is done, or the build is over, however it ended.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from mfe_static.digests import Digest, digest
from mfe_static.output.record import MANIFEST
from mfe_static.output.trees import listed_files, read_manifest
from mfe_static.routes import output_path
from mfe_static.serve.hosts import STYLES, Rules, decide, read_rules
from mfe_static.serve.view import HEADERS, REDIRECTS, File, View, base_path_of, servable, standing

STYLE = STYLES["netlify"]
_POOL = "/_mfe/assets/"
"""Files there never change."""
_OPEN = "/proc/self/fd"
"""Where the system shows what a process has open. A folder under such a name stays the same when another takes its
place, as the live tree and the idle one do (see `write`)."""
_LINGERS = 5.0
"""Seconds after which nobody reads from such a folder any more."""
_PATIENCE, _FRESHER = 120.0, 1.0
"""Seconds that a request waits."""


class Document(NamedTuple):
    """What a page's address shows."""

    url: str
    """Of the page, without the path of `base_url`."""
    there: bool
    """Whether it is the page, and not what is shown where nothing is."""
    digest: Digest
    """Empty: another address."""


class Present:
    """What is shown. For one thread."""

    def __init__(self, want: Callable[[str], None], overtaken: Callable[[], bool]) -> None:
        """`want`: told the URL of each page that somebody waits for. `overtaken`: whether something changed that the
        build which runs does not know."""
        self._want, self._overtaken = want, overtaken
        self._site = self._shown = View({})
        self._rules = Rules()
        self._folder = ""
        self._seen: tuple[int, ...] = ()
        self._for_the_host = ("", "")
        self._early: dict[str, File] = {}
        self._opened: dict[str, int] = {}
        self._waited: set[str] = set()
        self._news = asyncio.Event()
        self._touched: set[str] | None = None
        self.pending = True
        """Whether something changed that is not built yet; nobody knows before the first build is over."""
        self.base_path = ""

    def __call__(self) -> View:
        """The site as it is now."""
        return self._shown

    # -- what happens

    def touch(self, paths: Collection[str] | None) -> None:
        """Something changed, at these paths from the root; None: anything may have."""
        if not self.pending:
            self.pending, self._touched = True, set()
        if paths is None or self._touched is None:
            self._touched = None
        else:
            self._touched.update(paths)

    def begun(self) -> None:
        """A build begins. If another one has not ended, what it made is out of date."""
        if self._early:
            self._shown, self._early = self._site, {}

    def made(self, documents: Mapping[str, tuple[str, Digest]], base_path: str) -> None:
        """Documents are done, before the site is: file and digest by URL."""
        if not os.path.isdir(_OPEN):
            return
        self.base_path = base_path
        for url, (file, mark) in documents.items():
            path = output_path(url)
            folder = self._held(file.removesuffix(f"/{path}"))
            # When this is heard late, the trees have changed places, and what stands there is the site before.
            if folder and _holds(f"{folder}/{path}", mark):
                self._early[f"/{path}"] = File(folder, path, mark)
        self._shown = self._site._replace(files=_Over(self._early, self._site.files))
        self._tell()

    def settle(self, folder: str | None, base_path: str | None, *, pending: bool) -> None:
        """A build is over. `folder`: where the site stands that it published; None: the one before stays. `base_path`:
        None where the site itself has to be asked. `pending`: whether something changed meanwhile."""
        if folder is not None:
            self._site = self._read(folder)
            self._rules = read_rules(self._site, STYLE)[0]
            self.base_path = base_path_of(self._site) if base_path is None else base_path
        self._shown, self._early = self._site, {}
        self._let_go()
        self._waited.clear()
        self.pending = pending
        self._tell()

    # -- what is asked

    @property
    def empty(self) -> bool:
        """Whether there is nothing at all to show."""
        return not self._shown.files

    def disturbed(self) -> bool:
        """Whether somebody else changed what was published."""
        return bool(self._folder) and self._state() != self._seen

    async def known(self, path: str) -> None:
        """Until it is known where the site is shown. `path`: what is asked for."""
        while self.pending and not self._shown.files:
            self._wish(path)
            await self._news.wait()

    async def wait(self, path: str) -> None:
        """Until the file that answers for a decoded path is what it should be; at most for `_PATIENCE`, and no longer
        than `_FRESHER` for a document that is newer than the one which a build has just made."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while self.pending and not self._settled(path):
            early = self._early_for(path)
            left = begun + (_FRESHER if early else _PATIENCE) - loop.time()
            if left <= 0:
                return
            self._wish(path)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)

    def document(self, pathname: str) -> Document:
        """What a decoded path, as browsers show it, leads to."""
        path = pathname.removeprefix(self.base_path) or "/"
        answer = decide(STYLE, self._shown.files, self._rules, self.base_path, path, "")
        file = self._shown.files.get(answer.path)
        there = answer.status < 400
        url = (answer.path if there and answer.path else path).removesuffix("index.html")  # of a client route its page
        return Document(url, there, file.digest if file else "")

    def _wish(self, path: str) -> None:
        if path not in self._waited:
            self._waited.add(path)
            self._want(path.removesuffix("index.html"))

    def _early_for(self, path: str) -> bool:
        found = STYLE.find(self._shown.files, path)
        return found is not None and found.path in self._early

    def _settled(self, path: str) -> bool:
        files = self._shown.files
        found = STYLE.find(files, path)
        if found is None:
            return False
        if found.moved or found.path.startswith(_POOL):
            return True
        if found.path in self._early:
            return not self._overtaken()
        if found.path.endswith(".html") or self._touched is None:
            return False
        ending = os.path.splitext(found.path)[1].lower()
        return not any(os.path.splitext(path)[1].lower() in {"", ending} for path in self._touched)

    # -- within

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _read(self, folder: str) -> View:
        """The site in a folder, with what stayed taken over: it may have many files, and somebody waits."""
        self._folder = folder
        self._seen = self._state()
        listed = listed_files(read_manifest(folder)) or {}
        rules, self._for_the_host = self._for_the_host, (listed.get(HEADERS, ""), listed.get(REDIRECTS, ""))
        known = self._site.files
        if not known or rules != self._for_the_host:
            return standing(folder) or View({})
        files: dict[str, File] = {}
        for path, mark in listed.items():
            was = known.get(url := f"/{path}")
            if was and was.folder == folder and was.digest == mark:
                files[url] = was
            elif was or servable(path):
                files[url] = File(folder, path, mark)
        return self._site._replace(files=files)

    def _held(self, folder: str) -> str:
        """A name for the folder that stays with it; empty: there is none."""
        if folder not in self._opened:
            try:
                self._opened[folder] = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError:
                return ""
        return f"{_OPEN}/{self._opened[folder]}"

    def _let_go(self) -> None:
        for descriptor in self._opened.values():
            asyncio.get_running_loop().call_later(_LINGERS, os.close, descriptor)
        self._opened.clear()

    def _state(self) -> tuple[int, ...]:
        try:
            status = os.stat(f"{self._folder}/{MANIFEST}")
        except OSError:
            return ()
        return status.st_ino, status.st_size, status.st_mtime_ns


def _holds(file: str, mark: Digest) -> bool:
    try:
        with open(file, "rb") as content:
            return digest(content.read()) == mark
    except OSError:
        return False


class _Over(Mapping[str, File]):
    """Files of one table over those of another."""

    def __init__(self, upper: Mapping[str, File], lower: Mapping[str, File]) -> None:
        self._upper, self._lower = upper, lower

    def __getitem__(self, path: str) -> File:
        return self._upper.get(path) or self._lower[path]

    def __contains__(self, path: object) -> bool:
        return path in self._upper or path in self._lower

    def __iter__(self) -> Iterator[str]:
        return iter(self._upper.keys() | self._lower.keys())

    def __len__(self) -> int:
        return len(self._upper.keys() | self._lower.keys())
