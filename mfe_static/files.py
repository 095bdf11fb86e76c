"""Reading folders and text, safely: the only place that walks the disk for sources.

A team's folder is a closed world: a symbolic link is followed only when it stays inside, and never in a
circle. Text is UTF-8; a byte order mark and CRLF are accepted and gone before anyone looks, so that the same
text gives the same bytes whatever editor wrote it. What cannot be read is a problem, never an exception.
"""

import contextlib
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from copy import copy
from operator import attrgetter
from pathlib import Path
from struct import Struct, error

from mfe_static.problems import Problem, Related, problem

TEXT_LIMIT = 32 * 1024 * 1024
_IGNORED = frozenset({"__pycache__", "node_modules", ".DS_Store", "Thumbs.db", "desktop.ini"})
_IGNORED_ENDS = ("~", ".swp", ".swx", ".tmp", ".bak", ".orig")
_NO_CHARACTERS = ("\0", "\ufdd0", "\ufdd1")
"""NUL, and the two code points that mark what stays open in HTML."""
_PART = 1 << 16
"""Bytes that are asked for first; most files have fewer."""
_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)
"""As bytes, which only Windows has to be told."""


Stamp = bytes
"""By what a file is known again without being read: size, when it was modified and changed, and inode, as one value,
because there are as many as files, and mostly they are only compared. Of a folder: nothing."""
FOLDER: Stamp = b""
YOUNG = 2_000_000_000
"""Nanoseconds before a build in which a touched file may change again without its time telling (FAT counts in twos)."""
_STAMP = Struct("<IqqQ")
"""Of the size only what fits: then a stamp takes 64 bytes of memory, and not 80."""
_SIZES = 2**32
_FAR = 2**63 - 1


def stamp(status: os.stat_result) -> Stamp:
    """What the file system says of a file."""
    try:
        return _STAMP.pack(status.st_size % _SIZES, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    except error:  # a time after the year 2262: it is never certain that such a file is as it was
        return _STAMP.pack(status.st_size % _SIZES, _FAR, _FAR, status.st_ino)


def stamp_of(real: str) -> Stamp:
    """The same of a file that may not be there; then nothing."""
    with contextlib.suppress(OSError):
        return stamp(os.stat(real))
    return FOLDER


def touched(stamp: Stamp) -> int:
    """When the file was last touched, in nanoseconds since 1970; 0: it is a folder."""
    if not stamp:
        return 0
    times: tuple[int, int] = _STAMP.unpack(stamp)[1:3]
    return max(times)


def last_touched(stamps: Iterable[Stamp]) -> int:
    """When any of these files was; 0: there is none."""
    several = _STAMP.iter_unpack(b"".join(stamps))
    return max([max(modified, changed) for _, modified, changed, _ in several], default=0)


class Paths(MutableMapping[str, str]):
    """The file to open, by relative path. Most lie where their names say below `root`, and cost nothing here."""

    def __init__(self, root: str) -> None:
        self._root, self._elsewhere = f"{root}/", dict[str, str | None]()

    def __getitem__(self, path: str) -> str:
        return self._elsewhere[path] or self._root + path

    def __setitem__(self, path: str, real: str) -> None:
        self._elsewhere[path] = None if real == self._root + path else real

    def __delitem__(self, path: str) -> None:
        del self._elsewhere[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._elsewhere)

    def __len__(self) -> int:
        return len(self._elsewhere)

    def __contains__(self, path: object) -> bool:
        return path in self._elsewhere

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Paths) and (self._root, self._elsewhere) == (other._root, other._elsewhere)

    __hash__ = None  # type: ignore[assignment]  # as of any mapping that can be changed

    def among(self, wanted: Callable[[str], bool]) -> "Paths":
        """Those whose paths are `wanted`."""
        out = copy(self)
        out._elsewhere = {path: real for path, real in self._elsewhere.items() if wanted(path)}
        return out

    def sort(self) -> None:
        """Have them in the order of their paths."""
        self._elsewhere = dict(sorted(self._elsewhere.items()))


class Folder:
    """The files below one folder: `paths`, sorted, relative with `/`, in NFC as URLs are; `real` opens them."""

    def __init__(self, root: Path, shown: str) -> None:
        self.root = root
        self.shown = shown
        """How problems name the folder: relative to the site's root."""
        self.real = Paths(str(root))
        self.stats: dict[str, Stamp] = {}
        """By the relative path of each file and, with `/` at its end, each folder."""
        self.problems: list[Problem] = []
        self.lent: dict[str, str] = {}
        """Files that stand elsewhere: how problems name them."""

    def name(self, relative: str) -> str:
        """How problems name a file of this folder."""
        return self.lent.get(relative) or named(self.shown, relative)


Stats = Mapping[str, Mapping[str, Stamp]]
"""The stamps of a site's files, by folder and relative path; those of the site itself under an empty name."""


def apart(path: str) -> tuple[str, str]:
    """The folder of a site in which a file lies, and its path there: `teams/a/pages/x.md` → `teams/a`, `pages/x.md`."""
    above, slash, inner = path.partition("/")
    if slash and above in {"teams", "themes"}:
        name, slash, inner = inner.partition("/")
        above = f"{above}/{name}"
    return (above, inner) if slash else ("", path)


def named(folder: str, path: str) -> str:
    """The opposite of `apart`: how problems name a file."""
    return f"{folder}/{path}" if folder else path


def ignored(name: str, *, hidden: bool = False) -> bool:
    """Whether a file or folder is an editor's or system's own; with `hidden`, dotfiles are let through."""
    return (
        name in _IGNORED
        or name.endswith(_IGNORED_ENDS)
        or name.startswith("#")
        or (not hidden and name.startswith("."))
    )


def walk(
    root: Path,
    shown: str,
    *,
    inside: Path | None = None,
    well_known: bool = False,
    dotfiles: bool = False,
    without: str = "",
) -> Folder:
    """List the files below `root`. Links must stay below `inside` (default: `root` itself).

    With `well_known` the folder `.well-known` is let through, with `dotfiles` those in `root` itself, in which tools
    are set up; all other dotfiles are left out, as is what is called `without` in `root` itself.
    """
    folder = Folder(root, shown)
    boundary = os.path.realpath(inside or root)
    pending: list[tuple[str, str, tuple[str, ...]]] = [("", str(root), (os.path.realpath(root),))]
    while pending:
        relative, path, above = pending.pop()
        try:
            entries = sorted(os.scandir(path), key=attrgetter("name"))
        except FileNotFoundError:
            continue
        except OSError as error:
            folder.problems.append(
                problem("unreadable", f"the folder cannot be read: {error.strerror}", file=folder.name(relative))
            )
            continue
        for entry in entries:
            name = entry.name
            if name.startswith("."):
                known = well_known and name == ".well-known"
                if not known and not (dotfiles and not relative and entry.is_file(follow_symlinks=False)):
                    continue
            if ignored(name, hidden=True) or (name == without and not relative):
                continue
            _visit(folder, entry, relative, above, boundary, pending)
    folder.real.sort()
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
        if entry.is_dir():
            folder.stats[f"{path}/"] = FOLDER
            pending.append((path, entry.path, (*above, os.path.realpath(entry.path)) if entry.is_symlink() else above))
        elif entry.is_file():
            now = stamp(entry.stat())
            if path in folder.stats:
                message = "another file has this name in another Unicode form"
                related = (Related(file=folder.name(path)),)
                folder.problems.append(problem("url-taken", message, file=folder.name(path), related=related))
            folder.real[path], folder.stats[path] = entry.path, now
    except UnicodeEncodeError:
        shown = folder.name(path).encode(errors="backslashreplace").decode()
        folder.problems.append(problem("bad-file-name", "the file's name is not UTF-8", file=shown))
    except OSError as error:
        folder.problems.append(problem("unreadable", f"cannot be read: {error.strerror}", file=folder.name(path)))


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
    """What is left of an open file. A file object around it would cost a page 7 of 16 µs, to ask for its size one."""
    parts, size = [], _PART
    while part := os.read(file, size):
        parts.append(part)
        size += len(part)  # a large file in few steps
    return b"".join(parts)


def exact_text_of(data: bytes, shown: str) -> str | Problem:
    """Bytes as text, every one of which comes back when it is encoded: as they are, and only checked to be UTF-8."""
    if len(data) > TEXT_LIMIT:
        return problem("too-large", f"the file has {len(data):,} bytes; the limit is {TEXT_LIMIT:,}", file=shown)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return problem("bad-encoding", "the file is UTF-16, not UTF-8", file=shown, hint="save it as UTF-8")
    try:
        return data.decode()
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


def text_of(data: bytes, shown: str) -> str | Problem:
    """Bytes as text: UTF-8 without byte order mark, line ends as `\\n`, no NUL (CommonMark 0.31, §2.3)."""
    text = exact_text_of(data, shown)
    if isinstance(text, Problem):
        return text
    text = text.removeprefix("\ufeff")
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


def read_exactly(path: str, shown: str) -> str | Problem:
    """A file's text with every character as it is, or why it cannot be had."""
    data = read_bytes(path, shown)
    return data if isinstance(data, Problem) else exact_text_of(data, shown)


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
