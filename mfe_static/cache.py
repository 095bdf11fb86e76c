"""What was worked out before, by content: a key names everything that a value depends on (DESIGN, invariant 2).

One file a team under `.mfe/cache/`, read in one go and written atomically, only when something changed. Values are
MessagePack by msgspec, so reading a cache runs no code of anybody. A file that is damaged or made by another version
of the tool counts as empty; damage is said once. Nothing here decides what a page looks like: without a cache the
same bytes come out, later.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.problems import Problem, problem

T = TypeVar("T")
Item = TypeVar("Item")
Context = TypeVar("Context")

_MAGIC = b"mfe-static cache 1\n"
_DIGEST_SIZE = 16
BATCH = 32
"""How few items are handed to a worker at once: enough to make the hand-over cheap."""


def maker() -> str:
    """Names the code that fills a cache: this package, byte for byte, and the versions of what it calls."""
    here = Path(__file__).parent
    own = (path.read_bytes() for path in sorted(here.rglob("*.py")))
    libraries = ("jinja2", "markdown-it-py", "mdit-py-plugins", "pygments", "pyyaml", "msgspec")
    return digest(sys.version, *(version(name) for name in libraries), *own)


def unkeepable(value: object) -> str:
    """Why a value cannot be kept or published, as it is no plain data; empty when it is."""
    try:
        msgspec.msgpack.encode(value)
    except OverflowError:
        return "a number has more than 64 bits"
    except UnicodeEncodeError:
        return "a text holds half of a character (a lone surrogate)"
    except TypeError:
        return "a value is no plain data"
    return ""


class _Content(msgspec.Struct):
    maker: str
    entries: dict[str, bytes]


class Shelf:
    """The cache of one team: values by key. What a run does not ask for is dropped when it is saved."""

    def __init__(self, file: Path | None, maker: str) -> None:
        """`maker` names the tool's and the libraries' versions; `file` None: nothing is kept."""
        self._file, self._maker = file, maker
        self._used: dict[Digest, bytes] = {}
        self.problems: list[Problem] = []
        self._old = self._read() if file else {}

    def _read(self) -> dict[Digest, bytes]:
        assert self._file is not None
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError:
            data = b""
        head = len(_MAGIC) + _DIGEST_SIZE
        body = data[head:]
        sound = data.startswith(_MAGIC) and blake2b(body, digest_size=_DIGEST_SIZE).digest() == data[len(_MAGIC) : head]
        if not sound:
            self.problems.append(problem("cache-damaged", f"the cache {self._file.name} is damaged and is made anew"))
            return {}
        content = msgspec.msgpack.decode(body, type=_Content)
        return content.entries if content.maker == self._maker else {}

    def get(self, key: Digest, kind: type[T]) -> T | None:
        """The value kept under `key`, or None."""
        data = self._used.get(key) or self._old.get(key)
        if data is None:
            return None
        self._used[key] = data
        return msgspec.msgpack.decode(data, type=kind)

    def put(self, key: Digest, value: object) -> None:
        """Keep `value`, a msgspec Struct."""
        if self._file is not None:
            self._used[key] = msgspec.msgpack.encode(value)

    def save(self) -> Problem | None:
        """Write what this run used. A crash on the way leaves the old file whole."""
        if self._file is None or (self._used.keys() == self._old.keys() and not self.problems):
            return None
        body = msgspec.msgpack.encode(_Content(self._maker, dict(sorted(self._used.items()))))
        temporary = self._file.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(_MAGIC + blake2b(body, digest_size=_DIGEST_SIZE).digest() + body)
            temporary.replace(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            return problem("cannot-write-state", f"the cache cannot be written: {error.strerror}")
        return None


class Work(Protocol[Context, Item, T]):  # type: ignore[misc]  # variance of a protocol with one use is of no interest
    """Work on a batch: a module-level function, so that it can be handed to another process."""

    def __call__(self, context: Context, batch: Sequence[Item], /) -> list[T]:
        """One value an item, in order."""
        ...


def cached_map(
    work: Work[Context, Item, T],
    context: Context,
    items: Sequence[tuple[Digest, Item]],
    kind: type[T],
    shelf: Shelf,
    executor: Executor | None,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[list[T], list[T]]:
    """The value of each keyed item, in order, and those that had to be made. `progress` is told how many are there.

    What the shelf lacks is made in batches, by the executor when there is one. The result does not depend on who
    worked or when.
    """
    out: list[T | None] = [shelf.get(key, kind) for key, _ in items]
    missing = [index for index, value in enumerate(out) if value is None]
    there = len(items) - len(missing)
    progress(there)
    size = max(BATCH, len(missing) // 16)  # the context crosses once a batch, so there are never many
    batches = [missing[start : start + size] for start in range(0, len(missing), size)]
    for batch, values in _results(
        work, context, [[items[i][1] for i in batch] for batch in batches], batches, executor
    ):
        for index, value in zip(batch, values, strict=True):
            out[index] = value
            if all(found.code != "too-slow" for found in getattr(value, "problems", ())):  # a clock's word is not kept
                shelf.put(items[index][0], value)
        there += len(batch)
        progress(there)
    values = [value for value in out if value is not None]
    return values, [values[index] for index in missing]


def _results(
    work: Work[Context, Item, T],
    context: Context,
    loads: list[list[Item]],
    batches: list[list[int]],
    executor: Executor | None,
) -> Iterator[tuple[list[int], list[T]]]:
    if executor is None or len(loads) < 2:
        for batch, load in zip(batches, loads, strict=True):
            yield batch, work(context, load)
        return
    futures: list[Future[list[T]]] = [executor.submit(work, context, load) for load in loads]
    for batch, future in zip(batches, futures, strict=True):
        yield batch, future.result()
