"""Bringing the idle tree up to date: the whole new site, and nothing else, whoever wrote it.

The tree is looked at once: when everything is written, or before, and then what was written is known. Names, sizes and
times are compared as sets; only a file that differs is copied, removed or given its time. What somebody wrote and
nobody asked for goes, and a file that cannot be had any more stops the build (invariant 4: what is published is what
the manifest says).
"""

from collections.abc import Iterable, Set

from mfe_static.digests import digest
from mfe_static.output.making import write
from mfe_static.output.record import MANIFEST, Entry, Record, Shape
from mfe_static.output.remember import exchanged, young
from mfe_static.output.trees import Tree, doubt, folder_times, remove


def complete(
    idle: Tree, live: Tree, site: dict[str, Entry], folders: Set[str], made: Set[str], manifest: bytes
) -> Record | str:
    """Make `idle` the whole `site`, and say what is to be remembered once it is exchanged with `live`.

    `folders`: all that hold a file of the site or the manifest; `made`: files that were written into the tree; all
    others are as in `live`. A path is answered when the file there is not as in `live` any more. Raises OSError.
    """
    found = idle.found
    stale, empty = found.files - site.keys(), found.folders.keys() - folders
    remove(idle.root, stale, empty)
    sure = idle.known(found.files - made)
    differing = {
        path
        for path, entry in site.items()
        if path not in made and (seen := sure.get(path)) is not entry and seen != entry
    }
    if lost := {path for path in differing if not idle.follow(live, path, site[path], sure.get(path))}:
        return min(lost)
    written = write(idle.root, MANIFEST, manifest, "").modified
    _update(idle, folders, [*stale, *differing, MANIFEST])
    stamps = found.folders.get("_mfe", 0) >= idle.passed  # some network file systems give folders no time of change
    doubt(found.folders, written)
    record = exchanged(live, site, digest(manifest), Shape(idle.inode, found.folders), young(site, made, written))
    return record if stamps else record.shaped(Shape(0, {}), Shape(0, {}))


def _update(idle: Tree, folders: Set[str], touched: Iterable[str]) -> None:
    """Know the times of `folders` again, now that the files `touched` were made or removed."""
    times = idle.found.folders
    fresh, gone = folders - times.keys(), times.keys() - folders
    above = {path.rpartition("/")[0] for path in [*touched, *fresh, *gone]}
    for path in gone:
        del times[path]
    times.update(folder_times(idle.root, (above | fresh) & folders))
