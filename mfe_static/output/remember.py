"""What is to be remembered of the two trees, by how a build ends: see `record` for when it may be trusted."""

from collections.abc import Collection, Mapping, Set

from mfe_static.digests import Digest
from mfe_static.output.record import MANIFEST, Entry, Record, Shape
from mfe_static.output.trees import Tree, doubt, read_manifest


def exchanged(old: Tree, site: dict[str, Entry], mark: Digest, new: Shape, late: Collection[str]) -> Record:
    """When `site` stands in the tree `new`, and the live tree `old` becomes the idle one.

    `mark`: the digest of the manifest; `late`: files that are `young`.
    """
    known = {**old.sure, **old.read}
    idle = _other(known, site)
    return Record(
        manifest=mark,
        live=site,
        idle=idle,
        absent=frozenset(site.keys() - known.keys()) if known else frozenset(),
        young=frozenset({*late, *_unsettled(old), *_alike(idle, site)}),
    ).shaped(new, _shape(old, known.keys()))


def replaced(old: Tree, site: dict[str, Entry], mark: Digest, late: Collection[str]) -> Record:
    """When the live tree was changed file by file and the idle one is no more."""
    return Record(manifest=mark, live=site, young=frozenset({*late, *_unsettled(old)}))


def unchanged(before: Record, live: Tree, site: dict[str, Entry], mark: Digest) -> Record:
    """When the live tree is as it has to be already; the idle one is as it was.

    Folders are remembered only where they were before: the exchange has tried whether their times tell anything.
    """
    same = before.new.inode == live.inode and before.live.keys() == site.keys()
    idle = _other(before.live | before.idle, site)
    doubtful = {*_unsettled(live), *_alike(idle, site)}
    if same and before.old.inode:  # what is young in both trees was read in the live one only
        doubtful |= before.young - before.idle.keys() - before.absent
    record = Record(
        manifest=mark,
        live=site,
        idle=idle,
        absent=before.absent if same else frozenset(),
        young=frozenset(doubtful),
    )
    return record.shaped(_shape(live, site.keys()), before.idle_shape()) if same and before.folders else record


def young(site: Mapping[str, Entry], made: Collection[str], last: int) -> set[str]:
    """Those of the new files `made` that are not older than the `last` one."""
    return {path for path, entry in site.items() if entry.modified >= last and path in made}


def _unsettled(live: Tree) -> set[str]:
    """What was read of a public tree so early that it may have changed unseen."""
    return {path for path, entry in live.read.items() if entry.modified >= live.passed}


def _other(known: Mapping[str, Entry], site: Mapping[str, Entry]) -> dict[str, Entry]:
    """What is known besides the site."""
    return {path: entry for path, entry in known.items() if (now := site.get(path)) is not entry and now != entry}


def _alike(idle: Mapping[str, Entry], site: Mapping[str, Entry]) -> set[str]:
    """Files that the two trees have with the same size and time, but with other bytes."""
    both = [(path, entry, site[path]) for path, entry in idle.items() if path in site]
    return {path for path, one, two in both if (one.size, one.modified) == (two.size, two.modified)}


def _shape(tree: Tree, files: Set[str]) -> Shape:
    """What is known of a public tree's folders; those that hold anything besides `files` are to be listed."""
    others = tree.found.files - files
    if read_manifest(tree.root) is not None:
        others.discard(MANIFEST)
    times = tree.found.folders
    times.update(dict.fromkeys({path.rpartition("/")[0] for path in others} & times.keys(), 0))
    doubt(times, tree.passed)
    return Shape(tree.inode, times)
