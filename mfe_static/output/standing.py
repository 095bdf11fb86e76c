"""Whether the site still stands as it was published: the question that makes a build with nothing to do cheap.

It is answered by the record alone (see `record` for when that proves something), the manifest's digest, and one look at
the live tree. "Yes" is proven; everything else is "no", and then a build finds out.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mfe_static.digests import Digest, digest
from mfe_static.output.ownership import twin_places
from mfe_static.output.record import read_record
from mfe_static.output.swap import JOURNAL
from mfe_static.output.trees import Tree, read_manifest


class Written(NamedTuple):
    """What a publish did."""

    written: int
    """Files whose bytes differ from the site that was live before."""
    removed: int
    bytes: int
    """Size of the whole site, without the manifest."""
    files: int
    """Number of files of the whole site, without the manifest."""
    manifest: Digest = ""
    """Names the whole site: the digest of its manifest's bytes. For `standing_whole`."""


def standing_whole(output: Path, state: Path | None, manifest: Digest) -> Written | None:
    """The site, if it stands in `output` exactly as it was published with this `manifest`, which names it (`Written`).

    None when in doubt: when a file of ours is missing or has another size or time, or was written in the last moment
    before the record, or when a build was cut short. Files of others do not matter. Takes no lock, writes nothing.
    """
    live = os.path.realpath(output)
    for place in twin_places(live, state):
        record = read_record(place)
        if record.manifest != manifest or record.young or os.path.lexists(f"{place}/{JOURNAL}"):
            continue
        content = read_manifest(live)
        with contextlib.suppress(OSError):
            if content is not None and digest(content) == manifest and Tree(live, record, 0).sure == record.live:
                return Written(0, 0, sum(entry.size for entry in record.live.values()), len(record.live), manifest)
    return None


def standing_files(root: str, listed: Iterable[str]) -> dict[str, Digest]:
    """Those files of `listed` that stand in the live tree, with the digests that they have: by the record where they
    stand as recorded, else by reading them. Raises OSError."""
    tree = Tree(root, read_record(twin_places(root, None)[0]), 0)
    _ = tree.sure  # all are asked for
    return {path: entry.digest for path in listed if (entry := tree.entry(path))}
