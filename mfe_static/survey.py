"""Survey: what stands in the folders of a site, before anything is read.

One walk tells what every file is called and when it was touched. It is enough to know that nothing changed, and
everything that is read later is found in it. Where one team works alone, the pages of the others are not even looked
at: they are taken to be what the last build saw (`recalled`), so that what was made of them still counts.
"""

import os
import stat as modes
from collections.abc import Collection, Mapping
from copy import copy
from pathlib import Path

import msgspec

from mfe_static.files import NO_STAT, Folder, Stat, walk
from mfe_static.routes import PAGE_SUFFIXES


class Survey(msgspec.Struct, frozen=True):
    """All files of a site's folders."""

    root: Path
    folders: Mapping[str, Folder]
    """By name: `teams/decide`, `themes/plain`, `public`. What nobody touched is the same object as before."""
    stats: Mapping[str, Stat]
    """By path from the root; folders end in `/`."""
    recalled: Collection[str] = frozenset()
    """Files that nobody looked at: they are taken to be as a build before saw them."""

    def folder(self, shown: str, path: Path) -> Folder:
        """The folder of that name, walked now where it lies elsewhere."""
        found = self.folders.get(shown)
        return found if found is not None and found.root == path else walk(path, shown)

    def real(self, path: str) -> str | None:
        """The file to open, for a path from the root; None: there is none."""
        top, name, rest = (*path.split("/", 2), "", "")[:3]
        shown, inner = (top, path.removeprefix("public/")) if top == "public" else (f"{top}/{name}", rest)
        if path == "site.toml":
            return str(self.root / path) if path in self.stats else None
        return self.folders[shown].real.get(inner) if shown in self.folders else None

    @property
    def sound(self) -> bool:
        """Whether everything could be looked at."""
        return not any(folder.problems for folder in self.folders.values())


def survey(
    root: Path, before: "Survey | None" = None, touched: Collection[str] | None = None, only: str = ""
) -> Survey:
    """Look at the site in `root`.

    `touched`: the only paths from the root that may have changed since the survey `before`; None: all may have. `only`:
    the one team that is looked at; the others stay as they are in `before`.
    """
    known = before.folders if before is not None else {}
    again: dict[str, list[str]] = {}
    for path in touched or ():
        again.setdefault("public" if path.startswith("public/") else "/".join(path.split("/")[:2]), []).append(path)

    def look(shown: str, *, well_known: bool) -> Folder:
        kept, other = known.get(shown), only and shown.startswith("teams/") and shown != f"teams/{only}"
        if kept and (other or (touched is not None and shown not in again)):
            return kept
        saved = _saved(kept, again[shown]) if kept and touched is not None else None
        return saved or walk(root / shown, shown, well_known=well_known)

    folders = {"public": look("public", well_known=True)}
    for above in ("teams", "themes"):
        for name in _names(root / above):
            folders[f"{above}/{name}"] = look(f"{above}/{name}", well_known=above == "teams")
    stats: dict[str, Stat] = {f"{shown}/": NO_STAT for shown in folders}
    for folder in folders.values():
        stats |= folder.stats
    if (own := _stat(root / "site.toml")) is not None:
        stats["site.toml"] = own
    return Survey(root, folders, stats, before.recalled if before is not None and only else frozenset())


def _saved(folder: Folder, touched: Collection[str]) -> Folder | None:
    """The folder, where all that was touched are files that were there before and still are; None: it has to be walked,
    which takes a hundred times as long in a large team."""
    if folder.problems:
        return None
    out = copy(folder)
    out.stats = dict(folder.stats)
    for path in touched:
        real = folder.real.get(path.removeprefix(f"{folder.shown}/"))
        try:
            status = os.lstat(real) if real and path in folder.stats else None
        except OSError:
            return None
        if status is None or not modes.S_ISREG(status.st_mode):
            return None
        out.stats[path] = Stat(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    return out


def recalled(root: Path, only: str, stats: Mapping[str, Stat]) -> Survey:
    """The teams beside `only`, for a survey to begin with: their pages as a build before saw them, which left `stats`.

    What else they have is little, and shown on the pages of others (fragments, data, assets): that is as it is now.
    """
    pages: dict[str, dict[str, Stat]] = {}
    for path, stat in stats.items():
        top, _, rest = path.partition("/")
        name, _, inner = rest.partition("/")
        if top == "teams" and name != only and inner.startswith("pages/"):
            pages.setdefault(name, {})[inner] = stat
    found = {f"teams/{name}": _recalled(root, f"teams/{name}", its) for name, its in pages.items()}
    folders = {shown: folder for shown, folder in found.items() if folder is not None}
    paths = frozenset(path for folder in folders.values() for path in folder.stats if _is_page(folder, path))
    return Survey(root, folders, {}, paths)


def _is_page(folder: Folder, path: str) -> bool:
    return path.startswith(f"{folder.shown}/pages/") and path.lower().endswith(PAGE_SUFFIXES)


def _recalled(root: Path, shown: str, pages: Mapping[str, Stat]) -> Folder | None:
    """A team's folder in which nobody looks for pages; None where only looking tells how to open them."""
    folder = walk(root / shown, shown, well_known=True, without="pages")
    for path, last in pages.items():
        real = f"{folder.root}/{path}"
        if path.endswith("/"):
            folder.stats[f"{shown}/{path}"] = last
            continue
        if not path.isascii() and not os.path.exists(real):  # on the disk, the name has another Unicode form
            return None
        stat = last if _is_page(folder, f"{shown}/{path}") else _stat(Path(real))
        if stat is not None:
            folder.real[path], folder.stats[f"{shown}/{path}"] = real, stat
    folder.real = dict(sorted(folder.real.items()))
    return folder


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    except OSError:
        return []


def _stat(path: Path) -> Stat | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return Stat(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
