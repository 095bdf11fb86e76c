"""What an output holds: a value, so that something else than a folder may stand behind it one day.

A folder that this tool wrote says itself what it holds, in its manifest; of any other with HTML files all is read once.
No symbolic link below the folder is followed, so no manifest, however forged, leads out of it.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from mfe_static.digests import Digest
from mfe_static.files import read_bytes
from mfe_static.output.making import digest_of
from mfe_static.output.record import MANIFEST
from mfe_static.output.trees import listed_files, read_manifest, walk
from mfe_static.problems import Problem, problem
from mfe_static.routes import longest_prefix, output_path

INDEX = "_mfe/site.json"
_BUILD = "build one: mfe-static build"


class File(NamedTuple):
    """One file of an output."""

    digest: Digest
    """Compared with that of the other side, so both must be made alike."""
    size: int


class Contents(NamedTuple):
    """What an output holds."""

    files: Mapping[str, File]
    """By output path: `docs/index.html`."""
    read: Callable[[str], bytes | Problem]
    """The bytes of one of them, or why they cannot be had."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())


class Owners(NamedTuple):
    """Whose the pages are; of a folder that says nothing of it, nobody's."""

    pages: Mapping[str, str]
    """Team by output path."""
    prefixes: dict[str, str]
    """Path prefix by team."""

    def team(self, path: str) -> str:
        """Whose the file is, by its page or else by its URL; empty: nobody's."""
        return self.pages.get(path) or longest_prefix(self.prefixes, f"/{path}")


def is_page(path: str) -> bool:
    """Whether the file is an HTML document, by its name."""
    return path.endswith((".html", ".htm"))


def standing(folder: str, shown: str) -> Contents | Problem:
    """What stands in `folder`, which people call `shown`: `nothing-to-compare` where that is no output."""
    try:
        return _standing(folder, shown)
    except OSError as error:
        return problem("unreadable", f"the folder cannot be read: {error.strerror}", file=shown)


def _standing(folder: str, shown: str) -> Contents | Problem:
    if not os.path.isdir(folder):
        return _nothing("there is no such folder", shown, _BUILD)
    if os.path.lexists(f"{folder}/site.toml"):
        return _nothing("the folder holds the sources of a site, not its output", shown, _BUILD)
    manifest = read_manifest(folder)
    listed = listed_files(manifest)
    if manifest is not None and listed is None:
        return _nothing(f"{MANIFEST} in the folder is damaged", shown, "build the site again: mfe-static build")
    found = walk(folder).files - {MANIFEST}
    if listed is None and not any(map(is_page, found)):
        return _nothing(f"the folder holds neither {MANIFEST} nor HTML files", shown, _BUILD)
    files = {}
    for path in sorted(found if listed is None else found & listed.keys()):
        status = os.lstat(f"{folder}/{path}")
        if stat.S_ISREG(status.st_mode) and _writable(path):
            files[path] = File(listed[path] if listed else digest_of(f"{folder}/{path}"), status.st_size)
    return Contents(files, lambda path: read_bytes(f"{folder}/{path}", f"{shown}/{path}"))


def _nothing(message: str, shown: str, hint: str) -> Problem:
    return problem("nothing-to-compare", message, file=shown, hint=hint)


def _writable(path: str) -> bool:
    """Whether the name can be said in UTF-8; no host takes another."""
    with contextlib.suppress(UnicodeEncodeError):
        return bool(path.encode())
    return False


# -- who owns what


class _Page(msgspec.Struct):
    team: str


class _Team(msgspec.Struct):
    path: str = ""


class _Index(msgspec.Struct):
    teams: dict[str, _Team] = {}
    pages: dict[str, _Page] = {}
    shards: dict[str, str] = {}


def owners(contents: Contents) -> Owners:
    """Whose the pages are, by `_mfe/site.json`; what of it is missing or damaged says nothing."""
    index = _index(contents, INDEX)
    pages = [index.pages, *(_index(contents, shard.lstrip("/")).pages for shard in index.shards.values())]
    return Owners(
        {output_path(url): page.team for part in pages for url, page in part.items()},
        {name: team.path for name, team in index.teams.items()},
    )


def _index(contents: Contents, path: str) -> _Index:
    data = contents.read(path) if path in contents.files else b"{}"
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(b"{}" if isinstance(data, Problem) else data, type=_Index)
    return _Index()
