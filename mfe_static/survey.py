"""Survey: what stands in the folders of a site, before anything is read.

One walk tells what every file is called and when it was touched. It is enough to know that nothing changed, and
everything that is read later is found in it. Where one team works alone, the pages of the others are not even looked
at: they are taken to be what the last build saw (`recalled`), so that what was made of them still counts.
"""

import os
import stat as modes
from collections.abc import Collection, Mapping
from contextlib import suppress
from copy import copy
from pathlib import Path

import msgspec

from mfe_static.files import Folder, Stamp, Stats, apart, stamp, walk
from mfe_static.routes import PAGE_SUFFIXES, is_page

STATE = ".mfe"
"""The folder in the site's root in which the tool remembers."""
_OF_TEAMS = ("pages", "fragments", "layouts")


class Survey(msgspec.Struct, frozen=True):
    """All files of a site's folders."""

    root: Path
    folders: Mapping[str, Folder]
    """By name: `teams/decide`, `themes/plain`, `public`. What nobody touched is the same object as before."""
    own: Mapping[str, Stamp]
    """`site.toml`, if it is there."""
    recalled: Collection[str] = frozenset()
    """Files that nobody looked at: they are taken to be as a build before saw them."""
    astray: tuple[str, ...] = ()
    """Folders of the root that count only in a team's."""

    def folder(self, shown: str, path: Path) -> Folder:
        """The folder of that name, walked now where it lies elsewhere."""
        found = self.folders.get(shown)
        return found if found is not None and found.root == path else walk(path, shown)

    def real(self, path: str) -> str | None:
        """The file to open, for a path from the root; None: there is none."""
        shown, inner = apart(path)
        if not shown:
            return str(self.root / path) if path in self.own else None
        return self.folders[shown].real.get(inner) if shown in self.folders else None

    @property
    def stats(self) -> Stats:
        """What the file system says of each."""
        return {"": self.own, **{shown: folder.stats for shown, folder in self.folders.items()}}

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
        return saved or walk(root / shown, shown, well_known=well_known, dotfiles=shown.startswith("teams/"))

    folders = {"public": look("public", well_known=True)}
    for above in ("teams", "themes"):
        for name in _names(root / above):
            folders[f"{above}/{name}"] = look(f"{above}/{name}", well_known=above == "teams")
    own = _stat(root / "site.toml")
    return Survey(
        root,
        folders,
        {"site.toml": own} if own else {},
        before.recalled if before is not None and only else frozenset(),
        tuple(name for name in _OF_TEAMS if os.path.isdir(root / name)),
    )


def is_large(root: Path, pages: int) -> bool:
    """Whether the site in `root` has at least so many page files; no more of it is looked at than that takes."""
    pending = [str(root / "teams" / team / "pages") for team in _names(root / "teams")]
    while pending and pages > 0:
        with suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif entry.name.lower().endswith(PAGE_SUFFIXES):
                    pages -= 1
    return pages <= 0


def _saved(folder: Folder, touched: Collection[str]) -> Folder | None:
    """The folder, where all that was touched are files that were there before and still are; None: it has to be walked,
    which takes a hundred times as long in a large team."""
    if folder.problems:
        return None
    out = copy(folder)
    out.stats = dict(folder.stats)
    for path in [path.removeprefix(f"{folder.shown}/") for path in touched]:
        real = folder.real.get(path)
        try:
            status = os.lstat(real) if real and path in folder.stats else None
        except OSError:
            return None
        if status is None or not modes.S_ISREG(status.st_mode):
            return None
        out.stats[path] = stamp(status)
    return out


def recalled(root: Path, only: str, stats: Stats) -> Survey:
    """The teams beside `only`, for a survey to begin with: their pages as a build before saw them, which left `stats`.

    What else they have is little, and shown on the pages of others (fragments, data, assets): that is as it is now.
    """
    pages = {
        shown: {path: stat for path, stat in its.items() if path.startswith("pages/")}
        for shown, its in stats.items()
        if shown.startswith("teams/") and shown != f"teams/{only}"
    }
    found = {shown: _recalled(root, shown, its) for shown, its in pages.items() if its}
    folders = {shown: folder for shown, folder in found.items() if folder is not None}
    paths = (folder.name(path) for folder in folders.values() for path in folder.stats if is_page(path))
    return Survey(root, folders, {}, frozenset(paths))


def _recalled(root: Path, shown: str, pages: Mapping[str, Stamp]) -> Folder | None:
    """A team's folder in which nobody looks for pages; None where only looking tells how to open them."""
    folder = walk(root / shown, shown, well_known=True, dotfiles=True, without="pages")
    for path, last in pages.items():
        real = f"{folder.root}/{path}"
        if path.endswith("/"):
            folder.stats[path] = last
            continue
        if not path.isascii() and not os.path.exists(real):  # on the disk, the name has another Unicode form
            return None
        stat = last if is_page(path) else _stat(Path(real))
        if stat is not None:
            folder.real[path], folder.stats[path] = real, stat
    folder.real.sort()
    return folder


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    except OSError:
        return []


def _stat(path: Path) -> Stamp | None:
    try:
        return stamp(os.stat(path))
    except OSError:
        return None
