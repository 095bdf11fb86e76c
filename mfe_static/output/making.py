"""How a file gets into a tree, by whichever process.

A file is never opened for writing when it exists: what has its name is unlinked and the file is made anew, exclusively.
So a reader that still has the old one open keeps its whole content, nothing linked to it changes, and no symbolic link
in its place is followed. What stands where a folder must be goes, and the other way round: the tree is ours alone.
Several processes may make files in the same new folder at once.

Before a file is made, every folder on the way to it is looked at; one process that makes many files at once does so
once for each folder, which halves what a file costs.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import stat

from mfe_static.digests import Digest
from mfe_static.output.record import Entry

_ATTEMPTS = 8
_CHUNK = 1 << 20
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


def write(
    root: str, path: str, content: bytes, mark: Digest, ours: set[str] | None = None, *, there: bool = False
) -> Entry:
    """Make the file anew. `mark`: the digest of `content`. `ours`: folders that are known to be no links, for calls
    that follow each other at once; more are added. `there`: whether a file probably has this name. Raises OSError."""
    made = _make(root, path, ours, there=there)
    try:
        _write(made, content)
        return Entry(mark, len(content), os.fstat(made).st_mtime_ns)
    finally:
        os.close(made)


def copy(root: str, path: str, source: int, modified: int | None = None) -> Entry:
    """Make the file anew from the open file `source`; with `modified` it gets that time. Raises OSError."""
    state = hashlib.blake2b(digest_size=16)
    made = _make(root, path)
    try:
        while chunk := os.read(source, _CHUNK):
            state.update(chunk)
            _write(made, chunk)
        if modified is not None:
            os.utime(made, ns=(modified, modified))
        status = os.fstat(made)
        return Entry(state.hexdigest(), status.st_size, status.st_mtime_ns)
    finally:
        os.close(made)


def link(root: str, path: str, source: str) -> bool:
    """Give the file `source` a second name in the tree; false where the file system gives none. Raises OSError."""
    real = f"{root}/{path}"
    _unlink_links(root, path)
    for prepare in (lambda: make_folder(root, path.rpartition("/")[0]), lambda: _clear(real), None):
        try:
            os.link(source, real, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError, FileExistsError):
            if prepare is None:
                raise
            prepare()
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise
            return False
        else:
            return True
    return False


def digest_of(path: str) -> Digest:
    """What `digests.digest` says of the file's content, without holding all of it. Raises OSError."""
    state = hashlib.blake2b(digest_size=16)
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            state.update(chunk)
    return state.hexdigest()


def _write(made: int, content: bytes) -> None:
    done = os.write(made, content)
    if done < len(content):
        rest = memoryview(content)[done:]
        while rest:
            rest = rest[os.write(made, rest) :]


def _make(root: str, path: str, ours: set[str] | None = None, *, there: bool = False) -> int:
    """A new, empty file, open for writing. Tried first, where probably nothing is in the way."""
    real, folder = f"{root}/{path}", path.rpartition("/")[0]
    if ours is None:
        _unlink_links(root, path)
    else:
        _own(root, folder, ours, there=there)
    if there:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            _clear(real)
    try:
        return os.open(real, _NEW, 0o666)
    except FileExistsError:
        _clear(real)
    except (FileNotFoundError, NotADirectoryError):
        make_folder(root, folder)
    return os.open(real, _NEW, 0o666)


def _own(root: str, folder: str, ours: set[str], *, there: bool) -> None:
    """Have a folder to which no link leads; `there`: probably it is one already."""
    if not folder or folder in ours:
        return
    above = folder.rpartition("/")[0]
    if above and above not in ours:
        _unlink_links(root, folder)
    if not (there and _is_folder(f"{root}/{folder}")):
        make_folder(root, folder)
    while folder and folder not in ours:
        ours.add(folder)
        folder = folder.rpartition("/")[0]


def _unlink_links(root: str, path: str) -> None:
    """No folder on the way to `path` may be a link: what is written through one lands elsewhere."""
    end = path.find("/")
    while end > 0:
        folder = f"{root}/{path[:end]}"
        try:
            if stat.S_ISLNK(os.lstat(folder).st_mode):
                _unlink(folder)
                return
        except (FileNotFoundError, NotADirectoryError):
            return
        end = path.find("/", end + 1)


def _clear(real: str) -> None:
    try:
        os.unlink(real)
    except (IsADirectoryError, PermissionError):  # the latter is what macOS says of a folder
        shutil.rmtree(real)


def make_folder(root: str, folder: str) -> None:
    """Have a folder, whatever stands there. Another process may be doing the same at any moment: what it removes is
    never a folder, so every further attempt finds more of the way made."""
    real = f"{root}/{folder}" if folder else root
    for _ in range(_ATTEMPTS):
        try:
            os.mkdir(real)
        except FileExistsError:
            if not folder or _is_folder(real):
                return
            _unlink(real)
        except (FileNotFoundError, NotADirectoryError):
            if not folder:
                raise
            make_folder(root, folder.rpartition("/")[0])
        else:
            return
    os.mkdir(real)


def _is_folder(real: str) -> bool:
    """Also said of a name that has gone meanwhile or lies below a file: False."""
    try:
        return stat.S_ISDIR(os.lstat(real).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _unlink(real: str) -> None:
    """Remove a file or a link, unless another process was faster and has put a folder there."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
        os.unlink(real)
