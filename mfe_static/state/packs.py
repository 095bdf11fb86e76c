"""Packs: files that only grow, in which values rest that no process has to hold.

A row points to a value by a `Blob`: its name, the sum of its bytes, where it begins, its length and that of what stands
right above it, and whether it is in the pack for new values, where that is another one. The sum is compared when it is
read, so a pack that was truncated, swapped or changed is never trusted; what a run has written itself it takes as it
is, while the pack is there and has not become shorter than it was when the run began. The sum is CRC-32, as that of an
index: a quarter of the time of a digest. Several processes may add to one pack at once: the system appends each value
as a whole (POSIX `write`, O_APPEND) and tells the process where it ended.

What no row points to any more stays until more than half of a pack is such; then the rest is copied to a new pack.
"""

import errno
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from hashlib import blake2b
from struct import Struct
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from mfe_static.kept import Blob

T = TypeVar("T")

_MAGIC = b"mfe-static pack\n"
_WORTH_IT = 1 << 20
"""Bytes below which a pack is never compacted."""
_LENGTH = 4
"""Bytes of the length of what stands right above a value."""
_NAME = 10
"""Bytes of a value's name: enough that two never meet by chance, and a `Blob` fits into 64 bytes of memory."""
_BLOB = Struct(f"<{_NAME}sIQII?")


class Damaged(Exception):
    """What is remembered is not what was written, or cannot be had. Everything is then made anew, and that is said."""

    def __init__(self, name: str, why: str = "is damaged", *, full: bool = False) -> None:
        super().__init__(name, why)
        self.name, self.why = name, why
        self.full = full
        """Whether it is for want of writing: then nothing more is remembered."""

    def __reduce__(self) -> tuple[object, ...]:  # as it comes from other processes
        return partial(Damaged, full=self.full), (self.name, self.why)


class Packs(msgspec.Struct, frozen=True, array_like=True):
    """The packs of one team."""

    kept: str
    """The file with what earlier builds made; need not be there."""
    new: str
    """The file that new values are appended to: the same, or one that is thrown away after the run."""
    since: int | None = None
    """Where in `kept` begins what this run itself writes, see `begun`; None: all is proven."""

    def later(self) -> "Packs":
        """The same for who reads when the run is over, and anybody may have been here."""
        return msgspec.structs.replace(self, since=None)


class Pack:
    """A team's packs, opened by one process for a while."""

    def __init__(self, packs: Packs) -> None:
        self._packs = packs
        self._name = os.path.basename(packs.kept)
        self._reading: dict[bool, int] = {}
        self._writing = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for descriptor in (*self._reading.values(), *([self._writing] if self._writing >= 0 else ())):
            os.close(descriptor)

    def get(self, blob: Blob) -> bytes:
        """The value's bytes. Raises `Damaged`."""
        _, total, start, length, _, fresh = _BLOB.unpack(blob)
        data, since = self._read(fresh, start, length), self._packs.since
        own = since is not None and start >= since
        if len(data) != length or (not own and zlib.crc32(data) != total):
            raise Damaged(self._name)
        return data

    def read(self, blob: Blob, kind: type[T]) -> T:
        """The value. Raises `Damaged`."""
        try:
            return msgspec.msgpack.decode(self.get(blob), type=kind)
        except (msgspec.DecodeError, ValueError):  # of a pack that was emptied, which another process has noticed
            raise Damaged(self._name) from None

    def above(self, blob: Blob) -> tuple[bytes, bytes]:
        """The two values that were put above this one, whether or not they are what was written. Raises `Damaged`."""
        data = self.head(blob)
        end = len(data) - _LENGTH
        start = end - int.from_bytes(data[end:], "little")
        return data[: max(start, 0)], data[max(start, 0) : end]

    def head(self, blob: Blob) -> bytes:
        """All that stands above the value, whether or not it is what was written there. Raises `Damaged`."""
        _, _, start, _, above, fresh = _BLOB.unpack(blob)
        return self._read(fresh, start - above, above)

    def _read(self, fresh: bool, start: int, length: int) -> bytes:
        try:
            if fresh not in self._reading:
                path = self._packs.new if fresh else self._packs.kept
                self._reading[fresh] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            return os.pread(self._reading[fresh], length, start)
        except FileNotFoundError as error:
            raise Damaged(self._name, "is gone") from error
        except OSError as error:
            raise Damaged(self._name, f"cannot be read: {error.strerror}") from error

    def put(self, data: bytes, above: bytes, name: bytes) -> Blob:
        """Append a value, and what is to stand above it; see `two` and `mark_of`. Raises `Damaged`."""
        return self.put_all([(data, above, name)])[0]

    def put_all(self, values: Sequence[tuple[bytes, bytes, bytes]]) -> list[Blob]:
        """The same for some values at once. Raises `Damaged`."""
        start = self._write(b"".join([part for data, above, _ in values for part in (above, data)]))
        fresh = self._packs.new != self._packs.kept
        blobs = []
        for data, above, name in values:
            start += len(above)
            blobs.append(_BLOB.pack(name, zlib.crc32(data), start, len(data), len(above), fresh))
            start += len(data)
        return blobs

    def _write(self, data: bytes) -> int:
        """Append all of it; returns where it begins."""
        since = self._packs.since
        if not data:  # it rests nowhere
            return since or 0
        try:
            if self._writing < 0:
                flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | (os.O_CREAT if since is None else 0)
                self._writing = os.open(self._packs.new, flags, 0o666)
            if os.write(self._writing, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            start = os.lseek(self._writing, 0, os.SEEK_CUR) - len(data)
        except OSError as error:
            raise Damaged(self._name, f"cannot be written: {error.strerror}", full=True) from error
        if since is not None and start < since:
            raise Damaged(self._name)
        return start


def begun(path: str, left: int) -> int | None:
    """Where a run begins that appends to a pack which was left with so many bytes; 0: there was none, and it is made.

    It begins with some bytes that are no value, so that whoever takes it away or empties it meanwhile is noticed (see
    `Pack.put`). None: it cannot be had; who needs it says so. Raises `Damaged` when it is shorter than it was left."""
    try:
        if left:
            size = os.path.getsize(path)
        else:
            with open(path, "ab") as file:
                file.write(b"" if file.tell() else _MAGIC)
                size = file.tell()
    except OSError:
        return None
    if size < left:
        raise Damaged(os.path.basename(path))
    return size


def two(first: bytes, second: bytes) -> bytes:
    """Two values as one, to stand above another; see `Pack.above`."""
    return b"".join((first, second, len(second).to_bytes(_LENGTH, "little")))


def name_of(data: bytes) -> bytes:
    """A name for a value: that of its bytes, or of all that it was made from."""
    return blake2b(data, digest_size=_NAME).digest()


def mark_of(blob: Blob) -> bytes:
    """The name that the value was given, wherever it rests: what has the same name, in the same place of the site, is
    the same. Not to be asked of values without a name."""
    return blob[:_NAME]


def size_of(blob: Blob) -> int:
    """Bytes of the value; 0 for an empty blob, which points to none."""
    return int(_BLOB.unpack(blob)[3]) if blob else 0


def wasteful(path: str, blobs: Iterable[Blob]) -> bool:
    """Whether more than half of a pack is of no use."""
    try:
        size = os.path.getsize(path)
    except OSError:
        return False
    left = size / 2 if size > _WORTH_IT else 0
    for blob in blobs if left else ():
        _, _, _, length, above, _ = _BLOB.unpack(blob)
        left -= length + above
        if left <= 0:  # most often after half of them
            return False
    return left > 0


def moved(old: Packs, new: str, blobs: Iterable[Blob]) -> Iterator[Blob]:
    """Copy values to a new pack; yields where each is now. Raises `Damaged`."""
    with Pack(old) as source, Pack(Packs(new, new)) as target:
        for blob in blobs:
            yield target.put(source.get(blob), source.head(blob), mark_of(blob))
