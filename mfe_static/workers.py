"""The seam for parallel work: batches go to the processes of a `pool`, or are done here where they are few.

Processes, because rendering is Python all the way down. They begin before there is much to hold, and are kept until the
build is over. What a batch needs beside itself, its *context*, is put into a file once, and each process reads it when
its first batch of that kind comes: so a process holds what it works with, not all that the parent knows, and it does
not matter how it came to be. What comes back is small, because workers write what is large to disk themselves. Work is
a function of its context and its batch, so it does not matter who does it or when, and a cluster can take the place of
the processes. The files are no memory: they live as long as the build, and nobody else reads them.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from mfe_static.limits import alarm
from mfe_static.patterns import keep
from mfe_static.pool import AHEAD, Call, Pool
from mfe_static.problems import problem
from mfe_static.processes import cores

Context = TypeVar("Context")
Batch = TypeVar("Batch")
Result = TypeVar("Result")
Value = TypeVar("Value")

WORTH_IT = 48
"""Pages from which on starting processes pays."""
_CONTEXT = ".context"
_LEAST = 32
"""Items of the last batches of many, which go in step (see `steps`)."""


class Unwritable(Exception):
    """What other processes are to be handed could not be put anywhere."""

    def __init__(self, why: OSError) -> None:
        self.problem = problem("disk-full", f"what processes share cannot be written: {why.strerror}")
        super().__init__(self.problem.message)


def batches(
    groups: Iterable[tuple[str, Sequence[Batch]]], amount: int, jobs: int
) -> Iterator[tuple[str, Sequence[Batch]]]:
    """Neighbours of one group together, with its name. `amount`: items of all groups."""
    most, left = batch_size(amount, jobs), amount
    for name, items in groups:
        start = 0
        while start < len(items):
            size = min(most, max(_LEAST, left // ((jobs or cores()) * 3)))  # the last ones are not waited for long
            yield name, items[start : start + size]
            start, left = start + size, left - size


def batch_size(amount: int, jobs: int) -> int:
    """How many items of `amount` make a batch at most: few enough that all processes end at about the same time."""
    return max(8, min(128, amount // ((jobs or cores()) * 16)))


class Crew:
    """Whoever works for one build: this process, and others when there is much to do."""

    def __init__(
        self,
        jobs: int,
        folder: Callable[[], str],
        pool: Pool | None = None,
        meanwhile: Callable[[], object] = tuple,
    ) -> None:
        """`jobs`: processes (0: one for each core). `folder`: where files may be put meanwhile. `pool`: those that were
        begun already, to be ended here. `meanwhile`: what this process does as soon as all others have enough to do."""
        self.jobs = jobs or cores()
        self.folder = folder
        self._pool, self._meanwhile = pool, meanwhile

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            try:
                self._pool.__exit__(kind, error, at)
            finally:
                folder = self.folder()
                for name in os.listdir(folder):
                    if name.endswith(_CONTEXT):
                        os.unlink(f"{folder}/{name}")

    def dismiss(self) -> None:
        """There is no more to do: the others may end while this process goes on."""
        if self._pool is not None:
            self._pool.dismiss()

    def work_through(
        self,
        work: Callable[[Context, Batch], Result],
        contexts: Mapping[str, Context],
        tasks: Iterable[tuple[str, Batch] | None],
        *,
        amount: int,
    ) -> Iterator[tuple[Batch, Result]]:
        """Each task with its result, in order; a task is taken when there is somebody to do it.

        A task names its context. None: the next one depends on what comes of those before. `amount`: pages in all
        tasks. Raises `Killed` and `Unwritable`."""
        if self.jobs > 1 and amount >= WORTH_IT and self._others():
            yield from self._others().work_through(self._calls(work, contexts, tasks))
            return
        for name, task in filter(None, tasks):
            with alarm():
                yield task, work(contexts[name], task)

    def _others(self) -> Pool:
        if self._pool is None:
            self._pool = Pool(self.jobs)
        return self._pool

    def _calls(
        self,
        work: Callable[[Context, Batch], Result],
        contexts: Mapping[str, Context],
        tasks: Iterable[tuple[str, Batch] | None],
    ) -> Iterator[tuple[Batch, Call] | None]:
        files: dict[str, str] = {}
        for number, given in enumerate(tasks):
            if number == self.jobs * AHEAD:
                self._meanwhile()
            if given is None:
                yield None
                continue
            name, task = given
            if name not in files:
                files[name] = put(contexts[name], self.folder())
            yield task, (_work, (work, files[name], task))


class Lent(Generic[Value]):
    """A value that other processes read whenever they ask for it, and not before."""

    def __init__(self, value: Value, folder: Callable[[], str]) -> None:
        self._value, self._folder = value, folder
        self._path = ""

    def __call__(self) -> Value:
        """The value."""
        return _read(self._path) if self._path else self._value

    def __getstate__(self) -> str:
        return put(self._value, self._folder())

    def __setstate__(self, path: str) -> None:
        self._path = path


def put(value: object, folder: str) -> str:
    """Put a value where every process can have it, while its `Crew` works: see `taken`. Raises `Unwritable`."""
    import pickle

    path = f"{folder}/{os.urandom(8).hex()}{_CONTEXT}"
    try:
        with open(path, "xb", opener=partial(os.open, mode=0o600)) as file:
            pickle.dump(value, file, pickle.HIGHEST_PROTOCOL)
    except OSError as error:
        raise Unwritable(error) from error
    return path


@lru_cache(maxsize=1)
def taken(path: str) -> Any:
    """What was `put` there; the last is remembered, as batches of one kind come together."""
    return _read(path)


def _read(path: str) -> Any:
    import pickle

    with open(path, "rb") as file:
        return pickle.load(file)  # noqa: S301  our own, made by this build


def _work(work: Callable[[Any, Batch], Result], path: str, task: Batch) -> Result:
    """Do one task."""
    with alarm():
        done = work(taken(path), task)
    keep()
    return done
