"""Which folders are to be watched, and what paths in them are called.

A folder is watched with all below it, in one go, unless something below is none of ours (`node_modules`, `.git`): that
may hold more folders than all sources, so its neighbours are then watched one by one. Never among them: what a build
writes.
"""

import os
from typing import NamedTuple

from mfe_static.files import ignored

FOLDERS = ("public", "teams", "themes")
"""The folders in a site's root that hold sources."""
_DEEP = 64
"""Folders in folders, from which on nobody looks for what could be left out."""


class Watched(NamedTuple):
    """A folder that is watched."""

    real: str
    shown: str
    """Its path from the site's root; empty: the root itself."""
    whole: bool
    """With all below it."""
    inode: tuple[int, int]
    """Device and inode; another one means that another folder has its name."""


class Plan(NamedTuple):
    """What is to be watched."""

    watched: frozenset[Watched]
    linked: frozenset[str]
    """Folders, by their paths from the root, in which links stand: a file there may have other paths, too."""


def plan(root: str, team: str = "") -> Plan:
    """What is to be watched of the site in `root`; with `team`, of that team alone and of what all teams share."""
    linked: set[str] = set()
    watched = [it for name in FOLDERS for it in _collection(root, name, team if name == "teams" else "", linked)]
    return Plan(frozenset([*watched, *_one(root, "", whole=False)]), frozenset(linked))


def known(shown: str) -> bool:
    """Whether a file of this path, from the root, is one that a build may read."""
    top, _, rest = shown.partition("/")
    if top not in FOLDERS:
        return shown in {"", "site.toml"}  # the root itself tells when it is gone
    names = rest.split("/")
    own = top == "teams" and len(names) == 2  # a dotfile there may set up a team's tool
    return not any(ignored(name, hidden=name == ".well-known" or (own and name is names[1])) for name in names)


def _collection(root: str, name: str, only: str, linked: set[str]) -> list[Watched]:
    """The folder of all teams, or of all themes. What in it is a link leads to a folder that is watched, too."""
    real = os.path.realpath(f"{root}/{name}")
    if name == "public":
        return _below(real, name, name, linked)
    inner: list[list[Watched]] = []
    at_once = True
    for entry in _entries(real):
        if ignored(entry.name) or not entry.is_dir():
            at_once = at_once and not entry.is_dir(follow_symlinks=False)
        elif only and entry.name != only:
            at_once = False
        else:
            shown = f"{name}/{entry.name}"
            at_once = at_once and not entry.is_symlink()
            inner.append(_below(os.path.realpath(entry.path), shown, shown, linked))
    return _joined(real, name, inner, at_once=at_once)


def _below(real: str, shown: str, top: str, linked: set[str], depth: int = 0) -> list[Watched]:
    """A folder and all below it. `top`: what it belongs to."""
    inner: list[list[Watched]] = []
    at_once = True
    for entry in _entries(real) if depth < _DEEP else ():
        if entry.is_symlink():
            linked.add(top)
        elif entry.is_dir():
            if ignored(entry.name, hidden=entry.name == ".well-known"):
                at_once = False
            else:
                inner.append(_below(entry.path, f"{shown}/{entry.name}", top, linked, depth + 1))
    return _joined(real, shown, inner, at_once=at_once)


def _joined(real: str, shown: str, inner: list[list[Watched]], *, at_once: bool) -> list[Watched]:
    whole = at_once and all(its[0].whole for its in inner if its)
    return [*_one(real, shown, whole=whole), *([] if whole else [found for its in inner for found in its])]


def _one(real: str, shown: str, *, whole: bool) -> list[Watched]:
    try:
        status = os.stat(real)
    except OSError:
        return []
    return [Watched(real, shown, whole, (status.st_dev, status.st_ino))] if os.path.isdir(real) else []


def _entries(real: str) -> list["os.DirEntry[str]"]:
    try:
        return list(os.scandir(real))
    except OSError:
        return []
