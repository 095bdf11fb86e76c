"""Survey: what stands in the folders of a site, before anything is read.

One walk tells what every file is called and when it was touched. It is enough to know that nothing changed, and
everything that is read later is found in it.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from mfe_static.files import NO_STAT, Folder, Stat, walk


class Survey(NamedTuple):
    """All files of a site's folders."""

    root: Path
    folders: Mapping[str, Folder]
    """By name: `teams/decide`, `themes/plain`, `public`."""
    stats: Mapping[str, Stat]
    """By path from the root; folders end in `/`."""
    real: Mapping[str, str]
    """The path to open, by the same path."""

    def folder(self, shown: str, path: Path) -> Folder:
        """The folder of that name, walked now where it lies elsewhere."""
        found = self.folders.get(shown)
        return found if found is not None and found.root == path else walk(path, shown)

    @property
    def sound(self) -> bool:
        """Whether everything could be looked at."""
        return not any(folder.problems for folder in self.folders.values())


def survey(root: Path) -> Survey:
    """Look at the site in `root`."""
    folders = {"public": walk(root / "public", "public", well_known=True)}
    for above in ("teams", "themes"):
        for name in _names(root / above):
            shown = f"{above}/{name}"
            folders[shown] = walk(root / shown, shown, well_known=above == "teams")
    stats: dict[str, Stat] = {f"{shown}/": NO_STAT for shown in folders}
    real: dict[str, str] = {}
    for shown, folder in folders.items():
        stats |= {f"{shown}/{path}": stat for path, stat in folder.stats.items()}
        real |= {f"{shown}/{path}": found for path, found in folder.real.items()}
    if (own := _stat(root / "site.toml")) is not None:
        stats["site.toml"], real["site.toml"] = own, str(root / "site.toml")
    return Survey(root, folders, stats, real)


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
