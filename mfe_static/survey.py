"""Survey: what stands in the folders of a site, before anything is read.

One walk tells what every file is called and when it was touched. It is enough to know that nothing changed, and
everything that is read later is found in it.
"""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from mfe_static.files import NO_STAT, Folder, Stat, walk


class Survey(NamedTuple):
    """All files of a site's folders."""

    root: Path
    folders: Mapping[str, Folder]
    """By name: `teams/decide`, `themes/plain`, `public`. What nobody touched is the same object as before."""
    stats: Mapping[str, Stat]
    """By path from the root; folders end in `/`."""

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


def survey(root: Path, before: "Survey | None" = None, touched: Collection[str] | None = None) -> Survey:
    """Look at the site in `root`.

    `touched`: the only paths from the root that may have changed since the survey `before`; None: all may have.
    """
    known = before.folders if before is not None and touched is not None else {}
    again = {"/".join(path.split("/")[:2]) if "/" in path else path for path in touched or ()}
    again |= {"public" for path in again if path.startswith("public/")}

    def look(shown: str, *, well_known: bool) -> Folder:
        kept = known.get(shown)
        return kept if kept and shown not in again else walk(root / shown, shown, well_known=well_known)

    folders = {"public": look("public", well_known=True)}
    for above in ("teams", "themes"):
        for name in _names(root / above):
            folders[f"{above}/{name}"] = look(f"{above}/{name}", well_known=above == "teams")
    stats: dict[str, Stat] = {f"{shown}/": NO_STAT for shown in folders}
    for folder in folders.values():
        stats |= folder.stats
    if (own := _stat(root / "site.toml")) is not None:
        stats["site.toml"] = own
    return Survey(root, folders, stats)


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
