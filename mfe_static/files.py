"""Reading folders and text, safely: the only place that walks the disk for sources.

A team's folder is a closed world: a symbolic link is followed only when it stays inside, and never in a
circle. Text is UTF-8; a byte order mark and CRLF are accepted and gone before anyone looks, so that the same
text gives the same bytes whatever editor wrote it. What cannot be read is a problem, never an exception.
"""

import contextlib
import os
import stat as modes
import unicodedata
from pathlib import Path

import msgspec

from mfe_static.problems import Problem, Related, problem

TEXT_LIMIT = 32 * 1024 * 1024
_IGNORED = frozenset({"__pycache__", "node_modules", "Thumbs.db", "desktop.ini"})
_IGNORED_ENDS = ("~", ".swp", ".swx", ".tmp", ".bak", ".orig")
_NO_CHARACTERS = ("\0", "\ufdd0", "\ufdd1")
"""NUL, and the two code points that mark what stays open in HTML."""
_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)
"""As bytes, which only Windows has to be told."""


class Stat(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """By what a file is known again without being read."""

    size: int
    modified: int
    """Nanoseconds since 1970, as the next."""
    changed: int
    inode: int


NO_STAT = Stat(-1, 0, 0, 0)


class Folder:
    """The files below one folder: `paths`, sorted, relative with `/`, in NFC as URLs are; `real` opens them."""

    def __init__(self, root: Path, shown: str) -> None:
        self.root = root
        self.shown = shown
        """How problems name the folder: relative to the site's root."""
        self.real: dict[str, str] = {}
        """Path to open, by relative path."""
        self.stats: dict[str, Stat] = {}
        """What the file system says of each file, by what problems name it; of a folder, `NO_STAT`."""
        self.problems: list[Problem] = []
        self.lent: dict[str, str] = {}
        """Files that stand elsewhere: how problems name them."""

    def name(self, relative: str) -> str:
        """How problems name a file of this folder."""
        return self.lent.get(relative) or (f"{self.shown}/{relative}" if self.shown else relative)


def ignored(name: str, *, hidden: bool = False) -> bool:
    """Whether a file or folder is an editor's or system's own; with `hidden`, dotfiles are let through."""
    return (
        name in _IGNORED
        or name.endswith(_IGNORED_ENDS)
        or name.startswith("#")
        or (name.startswith(".") and not hidden)
    )


def walk(root: Path, shown: str, *, inside: Path | None = None, well_known: bool = False, without: str = "") -> Folder:
    """List the files below `root`. Links must stay below `inside` (default: `root` itself).

    With `well_known` the folder `.well-known` is let through; all other dotfiles are left out, as is what is called
    `without` in `root` itself.
    """
    folder = Folder(root, shown)
    boundary = os.path.realpath(inside or root)
    pending: list[tuple[str, str, tuple[str, ...]]] = [("", str(root), (os.path.realpath(root),))]
    while pending:
        relative, path, above = pending.pop()
        try:
            entries = sorted(os.scandir(path), key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        except OSError as error:
            folder.problems.append(
                problem("unreadable", f"the folder cannot be read: {error.strerror}", file=folder.name(relative))
            )
            continue
        for entry in entries:
            if ignored(entry.name, hidden=well_known and entry.name == ".well-known"):
                continue
            if not relative and entry.name == without:
                continue
            _visit(folder, entry, relative, above, boundary, pending)
    folder.real = dict(sorted(folder.real.items()))
    return folder


def _visit(
    folder: Folder,
    entry: os.DirEntry[str],
    relative: str,
    above: tuple[str, ...],
    boundary: str,
    pending: list[tuple[str, str, tuple[str, ...]]],
) -> None:
    name = entry.name if entry.name.isascii() else unicodedata.normalize("NFC", entry.name)
    path = f"{relative}/{name}" if relative else name
    try:
        name.encode()
        if entry.is_symlink() and not _inside(folder, entry, path, boundary, above):
            return
        status = entry.stat()
    except UnicodeEncodeError:
        folder.problems.append(problem("bad-file-name", "the file's name is not UTF-8", file=repr(folder.name(path))))
        return
    except OSError as error:
        folder.problems.append(problem("unreadable", f"cannot be read: {error.strerror}", file=folder.name(path)))
        return
    if modes.S_ISDIR(status.st_mode):
        folder.stats[f"{folder.name(path)}/"] = NO_STAT
        pending.append((path, entry.path, (*above, os.path.realpath(entry.path)) if entry.is_symlink() else above))
    elif modes.S_ISREG(status.st_mode):
        if path in folder.real:
            message = "another file has this name in another Unicode form"
            related = (Related(file=folder.name(path)),)
            folder.problems.append(problem("url-taken", message, file=folder.name(path), related=related))
        folder.real[path] = entry.path
        folder.stats[folder.name(path)] = Stat(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _inside(folder: Folder, entry: os.DirEntry[str], path: str, boundary: str, above: tuple[str, ...]) -> bool:
    target = os.path.realpath(entry.path)
    if target != boundary and not target.startswith(boundary + os.sep):
        folder.problems.append(
            problem(
                "symlink-outside",
                f"the link leads to {os.readlink(entry.path)!r}, outside {folder.shown or 'the folder'}",
                file=folder.name(path),
                hint="copy the file into the folder",
            )
        )
        return False
    here = os.path.realpath(os.path.dirname(entry.path))
    if here == target or here.startswith(target + os.sep) or target in above[1:]:
        folder.problems.append(
            problem("symlink-loop", "the link leads back to a folder that contains it", file=folder.name(path))
        )
        return False
    if not os.path.exists(target):
        folder.problems.append(
            problem(
                "symlink-outside",
                f"the link leads to {os.readlink(entry.path)!r}, which does not exist",
                file=folder.name(path),
            )
        )
        return False
    return True


def read_bytes(path: str, shown: str) -> bytes | Problem:
    """A file's bytes, or why they cannot be had."""
    try:
        file = os.open(path, _READING)
        try:
            return _all_of(file)
        finally:
            os.close(file)
    except OSError as error:
        return problem("unreadable", f"cannot be read: {error.strerror}", file=shown)


def _all_of(file: int) -> bytes:
    """What is left of an open file. A file object around it would cost a page 7 of 16 µs."""
    size = os.fstat(file).st_size + 1
    parts = []
    while part := os.read(file, size):
        parts.append(part)
    return b"".join(parts)


def text_of(data: bytes, shown: str) -> str | Problem:
    """Bytes as text: UTF-8 without byte order mark, line ends as `\\n`, no NUL (CommonMark 0.31, §2.3)."""
    if len(data) > TEXT_LIMIT:
        return problem("too-large", f"the file has {len(data):,} bytes; the limit is {TEXT_LIMIT:,}", file=shown)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return problem("bad-encoding", "the file is UTF-16, not UTF-8", file=shown, hint="save it as UTF-8")
    try:
        text = data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        return problem(
            "bad-encoding",
            f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8",
            file=shown,
            line=before.count("\n") + 1,
            column=len(before) - before.rfind("\n"),
            hint="save the file as UTF-8",
        )
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    for character in _NO_CHARACTERS:
        if character in text:
            text = text.replace(character, "\ufffd")
    return text


def read_text(path: str, shown: str) -> str | Problem:
    """A file's text, or why it cannot be had."""
    data = read_bytes(path, shown)
    return data if isinstance(data, Problem) else text_of(data, shown)


def put(file: Path, content: bytes) -> None:
    """Write a file beside the site in one step, with the folders above it; what is no regular file, such as a pipe, is
    written to as it is. Raises OSError."""
    if file.exists() and not file.is_file():
        file.write_bytes(content)
        return
    file = file.resolve()  # where a link leads, so that the link stays
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        fresh.write_bytes(content)
        fresh.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
