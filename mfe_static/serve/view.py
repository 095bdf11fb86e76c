"""What a server may serve: a table from URL path to file, made from the manifest that a build leaves in its output.

Invariant: nothing but what stands in the table is ever opened, and a URL is looked up in it, never resolved on the
disk. A manifest may be forged and a folder full of links, so paths that cannot be a site's are left out of the table,
and a file is opened folder by folder without following a symbolic link.
"""

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from mfe_static.digests import Digest
from mfe_static.output.record import MANIFEST
from mfe_static.output.trees import listed_files, read_manifest
from mfe_static.routes import bad_segment

HEADERS, REDIRECTS, INDEX = "_headers", "_redirects", "_mfe/site.json"
_FOR_THE_HOST = frozenset({HEADERS, REDIRECTS, MANIFEST})
RULES_LIMIT = 4 * 1024 * 1024
"""Bytes of a file of rules that are read; no host takes as many."""


class File(NamedTuple):
    """Where the content of a URL stands."""

    folder: str
    """Real; it may be a symbolic link itself."""
    path: str
    """Below the folder, with `/`."""
    digest: Digest
    """Of what should stand there."""


class View(NamedTuple):
    """A site at one moment. Of two different ones, a server shows the one that it was given last."""

    files: Mapping[str, File]
    """By URL path, decoded: `/docs/index.html`."""
    redirects: str = ""
    """The text of `_redirects`."""
    headers: str = ""
    """The text of `_headers`."""


def servable(path: str) -> bool:
    """Whether an output path (`docs/index.html`) has a URL: no file for the host, no dotfile but in `.well-known/`."""
    segments = path.split("/")
    hidden = any(segment.startswith(".") for segment in segments[segments[0] == ".well-known" :])
    return path not in _FOR_THE_HOST and not hidden and not any(map(bad_segment, segments))


def standing(folder: str) -> View | None:
    """The finished site in `folder`; None where there is none."""
    listed = listed_files(read_manifest(folder))
    if listed is None:
        return None
    files = {f"/{path}": File(folder, path, mark) for path, mark in listed.items() if servable(path)}
    return View(files, *(_text(folder, name) if name in listed else "" for name in (REDIRECTS, HEADERS)))


def _text(folder: str, name: str) -> str:
    try:
        with opened(File(folder, name, "")) as file, open(file, "rb", closefd=False) as stream:
            return stream.read(RULES_LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""


class _Index(msgspec.Struct):
    base_url: str = ""


def base_path_of(view: View) -> str:
    """The path of the site's `base_url`, as its builder left it; empty: the site is at the root of its host."""
    return "/".join(["", *base_url_of(view).split("/")[3:]])


def base_url_of(view: View) -> str:
    """The site's `base_url`, as its builder left it, without a slash at the end; empty where it left none."""
    index = view.files.get(f"/{INDEX}")
    if index is None:
        return ""
    suppressed = contextlib.suppress(msgspec.DecodeError, OSError, ValueError)
    with suppressed, opened(index) as file, open(file, "rb", closefd=False) as stream:
        return msgspec.json.decode(stream.read(), type=_Index).base_url.rstrip("/")
    return ""


class Standing:
    """The site in a folder as it is now: read again when a build has published another one. Call it for a `View`."""

    def __init__(self, folder: str, view: View) -> None:
        """`view`: what `standing` found."""
        self._folder, self._view = folder, view
        self._seen = self._state()

    def __call__(self) -> View:
        """The site; an empty one where it was removed."""
        state = self._state()
        if state != self._seen:
            self._seen = state  # what is published from here on is seen the next time
            self._view = standing(self._folder) or View({})
        return self._view

    def _state(self) -> tuple[int, ...]:
        try:
            status = os.stat(f"{self._folder}/{MANIFEST}")
        except OSError:
            return ()
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@contextlib.contextmanager
def opened(file: File) -> Iterator[int]:
    """A descriptor of the regular file. No symbolic link below its folder is followed. Raises OSError."""
    *folders, name = file.path.split("/")
    folder = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    at = os.open(file.folder, folder)
    try:
        for step in folders:
            below = os.open(step, folder | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        found = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at)
    finally:
        os.close(at)
    try:
        if not stat.S_ISREG(os.fstat(found).st_mode):
            raise FileNotFoundError(file.path)
        yield found
    finally:
        os.close(found)
