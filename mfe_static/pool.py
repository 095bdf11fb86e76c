"""Processes that do what they are sent: the executor of a build.

The first one is forked as soon as it is clear that there will be much to do, while this process goes on to look at the
site. It reads the code that the work needs and then divides, so that code is read once, on a processor that would have
nothing to do, and none of them holds what this process learns meanwhile. Where this one cannot be forked, each begins
from nothing.

`concurrent.futures` has the same to offer (`ProcessPoolExecutor`): its modules, its threads and a lock around each
message took a tenth of the time of a build of 1 000 pages, and what it forks is a copy of this process, as it is then.
Here a process has two pipes, one for work and one for what comes of it, and this one listens to all. A message is its
length and what pickle makes of it. Nobody sends what does not fit into a pipe to somebody who works, so nobody waits
for one who waits.
"""

import contextlib
import os
import select
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from mfe_static.garbage import seldom_collect
from mfe_static.processes import cores, die_with_parent, forkable

Task = TypeVar("Task")
Call = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function that can be imported, and what it is given."""

_AHEAD = 4
"""Calls that wait for each process, so that none is idle and few results pile up."""
_LENGTH = 8
"""Bytes that say how many follow."""
_ROOM = 1 << 20
"""Bytes that a pipe is asked to hold."""


class Killed(Exception):
    """A process was ended from outside."""


class Pool:
    """Processes, which are there until they are dismissed."""

    def __init__(self, jobs: int, prepare: Callable[[], object] = tuple) -> None:
        """`jobs`: how many (0: one for each core). `prepare`: what the first one does before it divides."""
        self._hands: list[_Hand] = []
        self._children: list[int] = []
        self._waits: list[Callable[[], object]] = []
        """For each child, what returns when it has ended."""
        self._dismissed = False
        self._whole = True
        """Whether no message was left unfinished."""
        with contextlib.suppress(OSError):  # the system has no more of them
            if forkable():
                self._fork(jobs or cores(), prepare)
            else:
                self._spawn(jobs or cores())

    def __bool__(self) -> bool:
        """Whether anybody is there."""
        return bool(self._hands)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with _undisturbed() if error else contextlib.nullcontext():
            self.dismiss()
            for hand in self._hands:
                hand.hear_out()
            for wait in self._waits:
                with contextlib.suppress(ChildProcessError):  # where nobody may wait for children
                    wait()
            self._hands, self._children, self._waits = [], [], []

    def work_through(self, calls: Iterable[tuple[Task, Call]]) -> Iterator[tuple[Task, Any]]:
        """Each task with what its call gave, in order; a call is made when there is somebody for it.

        Raises what a call raised, and `Killed`."""
        waiting: deque[tuple[Task, _Answer]] = deque()
        for task, call in calls:
            waiting.append((task, self._send(call)))
            while waiting and (waiting[0][1].there or len(waiting) >= len(self._hands) * _AHEAD):
                first, answer = waiting.popleft()
                yield first, self._taken(answer)
        for first, answer in waiting:
            yield first, self._taken(answer)

    def dismiss(self) -> None:
        """There is no more to do: they end while this process goes on."""
        if self._dismissed:
            return
        self._dismissed = True
        for child in self._children if not self._whole else ():
            os.kill(child, signal.SIGTERM)
        for hand in self._hands:
            hand.dismiss()

    def _send(self, call: Call) -> "_Answer":
        import pickle

        message = pickle.dumps(call, pickle.HIGHEST_PROTOCOL)
        while not (free := [hand for hand in self._hands if hand.has_room(len(message))]):
            self._listen()
        self._whole = False
        answer = min(free, key=_Hand.load).call(message)
        self._whole = True
        return answer

    def _taken(self, answer: "_Answer") -> Any:
        while not answer.there:
            self._listen()
        if answer.failed:
            raise answer.value
        return answer.value

    def _listen(self) -> None:
        """Wait until somebody answers."""
        listening = select.poll()
        for hand in self._hands:
            if hand.answers:
                listening.register(hand.receiving, select.POLLIN)
        ready = {place for place, _ in listening.poll()}
        for hand in self._hands:
            if hand.receiving in ready:
                hand.listen()

    def _fork(self, jobs: int, prepare: Callable[[], object]) -> None:
        pipes: list[tuple[int, int]] = []
        try:
            for _ in range(2 * jobs):
                pipes.append(os.pipe())
            parent, child = os.getpid(), os.fork()
        except OSError:
            _close(pipes)
            raise
        calls, answers = pipes[:jobs], pipes[jobs:]
        ends = [(call[0], answer[1]) for call, answer in zip(calls, answers, strict=True)]
        mine = [(call[1], answer[0]) for call, answer in zip(calls, answers, strict=True)]
        if child == 0:
            _live(ends, mine, prepare, parent)
        _close(ends)
        self._hands = [_Hand(*pair) for pair in mine]
        self._children, self._waits = [child], [partial(os.waitpid, child, 0)]

    def _spawn(self, jobs: int) -> None:
        import subprocess

        code = f"import sys; sys.path[:] = {sys.path!r}; from mfe_static import pool; pool.spawned({os.getpid()})"
        for _ in range(jobs):
            command = [sys.executable, "-c", code]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  our own
            assert process.stdin and process.stdout
            self._hands.append(_Hand(os.dup(process.stdin.fileno()), os.dup(process.stdout.fileno())))
            process.stdin.close()
            process.stdout.close()
            self._children.append(process.pid)
            self._waits.append(process.wait)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let nobody interrupt what is ending already: people press Ctrl-C twice."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Answer:
    """What a call gives, once it is there."""

    def __init__(self, size: int) -> None:
        self.size = size
        """Bytes of the call."""
        self.there = self.failed = False
        self.value: Any = None


class _Hand:
    """One of the processes, as this one sees it."""

    def __init__(self, sending: int, receiving: int) -> None:
        self.sending, self.receiving = sending, receiving
        self.answers: deque[_Answer] = deque()
        """Those that are not there yet, in the order of the calls."""
        _widen(receiving)
        self._room = _widen(sending)

    def load(self) -> int:
        """How many calls it has to do."""
        return len(self.answers)

    def has_room(self, size: int) -> bool:
        """Whether a message may be sent without waiting for somebody who works. (The first call it has read, or is
        about to.)"""
        there = sum(answer.size for answer in list(self.answers)[1:])
        return not self.answers or (len(self.answers) < _AHEAD and there + size <= self._room)

    def call(self, message: bytes) -> _Answer:
        """Send a call."""
        try:
            _send(self.sending, message)
        except OSError as gone:
            raise Killed from gone
        self.answers.append(_Answer(len(message)))
        return self.answers[-1]

    def listen(self) -> None:
        """Take the next answer."""
        import pickle

        message = _receive(self.receiving)
        if not message:
            raise Killed
        answer = self.answers.popleft()
        answer.failed, answer.value = pickle.loads(message)  # noqa: S301  our own
        answer.there = True

    def dismiss(self) -> None:
        """Say that nothing more comes. To close the pipe does not do: other children of this process have it, too."""
        with contextlib.suppress(OSError):  # it is gone
            _send(self.sending, b"")
        os.close(self.sending)

    def hear_out(self) -> None:
        """Listen to the end: it may have something to say still, and would wait for ever."""
        while os.read(self.receiving, _ROOM):
            pass
        os.close(self.receiving)


# -- in the other processes


def spawned(parent: int) -> None:
    """The life of a process that began from nothing, as the child of `parent`."""
    pipes = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)  # what somebody prints is no answer
    _begin(parent)
    _serve(*pipes)


def _live(
    ends: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]], prepare: Callable[[], object], parent: int
) -> NoReturn:
    """The life of the process that was forked, and of those that it forks: it ends here.

    `ends`: for each of them, where it reads and writes. `others`: what its parent has."""
    status = 1
    try:
        _begin(parent)
        _close(others)
        prepare()
        own, *left = ends
        children: list[int] = []
        while left:
            leader, child = os.getpid(), os.fork()
            if child == 0:
                die_with_parent(leader)
                _close([own, *left[1:]])
                own, left, children = left[0], [], []
            else:
                children.append(child)
                _close([left.pop(0)])
        _serve(*own)
        _close([own])  # whoever listens to it, listens to its children next
        for child in children:
            os.waitpid(child, 0)
        status = 0
    finally:
        os._exit(status)


def _begin(parent: int) -> None:
    # Ctrl-C reaches every process of the terminal; only the parent has something to say about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent(parent)
    seldom_collect()


def _serve(receiving: int, sending: int) -> None:
    """Do what is sent, until nothing more comes or nobody listens."""
    with contextlib.suppress(BrokenPipeError):
        while message := _receive(receiving):
            _send(sending, _done(message))


def _done(message: bytes) -> bytes:
    import pickle

    try:
        work, given = pickle.loads(message)  # noqa: S301  our own
        return pickle.dumps((False, work(*given)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001  (it is raised where somebody waits)
        import traceback

        error.add_note(traceback.format_exc())
        return pickle.dumps((True, error), pickle.HIGHEST_PROTOCOL)


# -- messages


def _send(place: int, message: bytes) -> None:
    left = memoryview(len(message).to_bytes(_LENGTH, "big") + message)
    while left:
        left = left[os.write(place, left) :]


def _receive(place: int) -> bytes:
    """A message; nothing when the other end is closed, or says so."""
    head = _read(place, _LENGTH)
    return _read(place, int.from_bytes(head, "big"))


def _read(place: int, size: int) -> bytes:
    """So many bytes, or none."""
    found = bytearray()
    while len(found) < size:
        piece = os.read(place, size - len(found))
        if not piece:
            return b""
        found += piece
    return bytes(found)


def _widen(pipe: int) -> int:
    """Have a pipe hold more than 64 KiB, where the system can; the bytes that it holds."""
    import fcntl

    with contextlib.suppress(OSError, AttributeError):
        return fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)
    return 1 << 14


def _close(pairs: Iterable[tuple[int, int]]) -> None:
    for pair in pairs:
        for end in pair:
            os.close(end)
