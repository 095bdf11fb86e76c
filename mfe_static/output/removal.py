"""Removing a site: the opposite of publishing it.

What others put beside our files stays, and the folder stays ours with it: a manifest that lists no file is the mark by
which the next build takes the folder again. Invariant 4: only files that the tool wrote are removed.
"""

import contextlib
import os
from collections.abc import Collection
from typing import NamedTuple

from mfe_static.output.making import write
from mfe_static.output.record import MANIFEST
from mfe_static.output.swap import Strangers, move, strangers
from mfe_static.output.trees import INCOMING, manifest_bytes, parents, remove, walk


class Removed(NamedTuple):
    """What a removal did."""

    files: int
    """How many files of ours went."""
    left: tuple[str, ...] = ()
    """What stays, since it is not ours: files; or where there are none, folders, with `/` at the end."""


def remove_site(live: str, ours: Collection[str]) -> Removed:
    """Remove the files `ours` from the tree `live`, and what is empty then. Raises OSError."""
    found = walk(live)
    files = found.files & {*ours, MANIFEST, INCOMING}
    remove(live, files - {MANIFEST}, found.folders.keys() & parents(files))
    others = strangers(walk(live), (), set())
    left = tuple(sorted(others.files) or sorted(f"{name}/" for name in others.folders))
    if left:
        return Removed(len(files - _mark(live, others)), left)
    remove(live, files & {MANIFEST}, ["_mfe"])  # the mark last: a killed removal can be repeated
    with contextlib.suppress(OSError):  # never there
        os.rmdir(live)
    return Removed(len(files))


def _mark(live: str, others: Strangers) -> set[str]:
    """Put down a manifest that lists no file. Returns its path, or nothing where someone else's file has its place."""
    if {"_mfe", MANIFEST} & (others.files | others.folders):
        return set()
    write(live, INCOMING, manifest_bytes({}), "")
    move(f"{live}/{INCOMING}", live, MANIFEST)
    return {MANIFEST}
