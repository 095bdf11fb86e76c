"""Who fills the cache: what another version of this package made counts for nothing.

The package is named by its bytes, so a cache that was carried to another machine still counts there. To read them all
takes as long as all else that a build of a small site does; so their name is kept where Python keeps what it made of
the same files, and counts as long as every file looks as it did (DESIGN §4, invariant 2). Where Python may not write
there, or does not want to, they are read each time.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from mfe_static.digests import Digest, digest
from mfe_static.files import YOUNG, stamp, touched

_PACKAGE = os.path.dirname(os.path.dirname(__file__))
_LENGTH = 32
"""Characters of a digest."""
_LIBRARIES = frozenset(
    (
        "beautifulsoup4 jinja2 markupsafe markdown_it_py mdit_py_plugins mdurl pygments pyyaml msgspec imagesize "
        "pillow pyromark pagefind_bin pagefind_bin_extended tree_sitter tree_sitter_javascript"
    ).split()
)
"""Libraries whose version decides what a page looks like, as their folders spell them."""


@lru_cache(maxsize=1)
def maker() -> Digest:
    """Names the code that fills the cache: this package, byte for byte, and the versions of what it calls.

    Asked once: whatever becomes of the files, this process goes on with what it has read of them.
    """
    return maker_of(_PACKAGE)


def maker_of(package: str) -> Digest:
    """The same, with another folder for this package."""
    return digest(sys.version, *sorted(_installed()), _of_files(package))


def _of_files(package: str) -> Digest:
    """Names the package by its bytes."""
    files = sorted(_files(package), key=lambda entry: entry.path)
    stamps = [(entry.path, stamp(entry.stat())) for entry in files]
    looks = digest(*(part for pair in stamps for part in pair))
    kept = f"{package}/__pycache__/maker.{sys.implementation.cache_tag}"
    with contextlib.suppress(OSError, UnicodeDecodeError), open(kept, encoding="ascii") as file:
        known = file.read()
        if len(known) == 2 * _LENGTH and known.startswith(looks):
            return known[_LENGTH:]
    found = _read(package, files)
    if not sys.dont_write_bytecode and max(touched(at) for _, at in stamps) < time.time_ns() - YOUNG:
        _keep(kept, looks + found)
    return found


def _read(package: str, files: list[os.DirEntry[str]]) -> Digest:
    state = blake2b(digest_size=_LENGTH // 2)
    for entry in files:
        with open(entry.path, "rb", buffering=0) as file:
            data = file.read()
        state.update(f"\n{entry.path.removeprefix(package)}\n{len(data)}\n".encode())
        state.update(data)
    return state.hexdigest()


def _keep(path: str, text: str) -> None:
    fresh = f"{path}.{os.urandom(8).hex()}"  # processes of two containers may have one number
    with contextlib.suppress(OSError):
        with open(fresh, "w", encoding="ascii") as file:
            file.write(text)
        os.replace(fresh, path)


def _files(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir():
                yield entry
            elif entry.name != "__pycache__":
                yield from _files(entry.path)


def _installed() -> Iterator[str]:
    """Names and versions of the libraries, by the folders that installers leave (`jinja2-3.1.6.dist-info`).

    `importlib.metadata` would tell the same, and takes longer than to find that nothing changed on a small site.
    """
    for place in sys.path:
        with contextlib.suppress(OSError):
            for name in os.listdir(place or "."):
                if name.endswith((".dist-info", ".egg-info")) and name.partition("-")[0].lower() in _LIBRARIES:
                    yield name
