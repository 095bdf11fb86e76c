"""Processes that do what they are sent: the executor of a build.

The first one is forked as soon as it is clear that there will be much to do, while this process goes on to look at the
site. It reads the code that the work needs and then divides, so that code is read once, on a processor that would have
nothing to do, and none of them holds what this process learns meanwhile. Where this one cannot be forked, each begins
from nothing.

`concurrent.futures` has the same to offer (`ProcessPoolExecutor`), but its modules and threads take 20 ms before
anybody works, and what it forks is a copy of this process, as it is then. Here a process has two pipes, one for
work and one for what comes of it, and this one listens to all. A message is its length and what pickle makes of it.
Whoever works may wait until it is listened to; this one never waits for one of them without listening to all, so
nobody waits for one who waits.
"""

import contextlib
import os
import select
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from mfe_static.garbage import seldom_collect
from mfe_static.problems import problem
from mfe_static.processes import cores, die_with_parent, forkable, live_below, uninterrupted

Task = TypeVar("Task")
Call = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function that can be imported, and what it is given."""

AHEAD = 4
"""Calls that wait for each process, so that none is idle and few results pile up."""
_LENGTH = 8
"""Bytes that say how many follow."""
_ROOM = 1 << 18
"""Bytes that a pipe is asked to hold: what waits for each process fits. A user has 64 MiB in all (pipe(7))."""


class Killed(Exception):
    """A process was ended from outside."""

    problem = problem("process-killed", "a process of the build was ended from outside")


class Pool:
    """Processes, which are there until they are dismissed."""

    def __init__(self, jobs: int, prepare: Callable[[], object] = tuple) -> None:
        """`jobs`: how many (0: one for each core); nobody instead of one, for whom this one would only wait. `prepare`:
        what the first one does before it divides."""
        self._hands: list[_Hand] = []
        self._children: list[tuple[int, Callable[[], object]]] = []
        """With each, what returns when it has ended."""
        self._dismissed = False
        if (jobs := jobs or cores()) > 1:
            with contextlib.suppress(OSError), uninterrupted():  # the system has no more of them
                self._fork(jobs, prepare) if forkable() else self._spawn(jobs)

    def __bool__(self) -> bool:
        """Whether anybody is there."""
        return bool(self._hands)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with uninterrupted():  # people press Ctrl-C twice
            for child, _ in () if self._dismissed else self._children:  # nobody waits for what it does
                with contextlib.suppress(ProcessLookupError):  # where nobody may wait for children
                    os.kill(child, signal.SIGKILL)
            while self._hands:
                self._hands.pop().end()
            while self._children:
                with contextlib.suppress(ChildProcessError):
                    self._children.pop()[1]()

    def work_through(self, calls: Iterable[tuple[Task, Call] | None]) -> Iterator[tuple[Task, Any]]:
        """Each task with what its call gave, in order; a call is made when there is somebody for it. None in the place
        of one: which is the next will only be known when more of those before are done.

        Raises what a call raised, and `Killed`."""
        waiting: deque[tuple[Task, _Answer]] = deque()
        for given in calls:
            room = len(self._hands) * AHEAD
            if given is None:
                room = len(waiting)
            else:
                waiting.append((given[0], self._send(given[1])))
            while waiting and (waiting[0][1].there or len(waiting) >= room):
                first, answer = waiting.popleft()
                yield first, self._taken(answer)
        for first, answer in waiting:
            yield first, self._taken(answer)

    def dismiss(self) -> None:
        """There is no more to do: they end while this process goes on."""
        if not self._dismissed and not any(hand.answers for hand in self._hands):
            for hand in self._hands:
                hand.dismiss()
            self._dismissed = True

    def _send(self, call: Call) -> "_Answer":
        import pickle

        left = _framed(pickle.dumps(call, pickle.HIGHEST_PROTOCOL))
        while (hand := min(self._hands, key=_Hand.load)).load() >= AHEAD:
            self._listen()
        hand.answers.append(answer := _Answer())
        while left:
            try:
                left = left[os.write(hand.sending, left) :]
            except BlockingIOError:
                self._listen(hand.sending)
            except OSError as gone:
                raise Killed from gone
        return answer

    def _taken(self, answer: "_Answer") -> Any:
        while not answer.there:
            self._listen()
        if answer.failed:
            raise answer.value
        return answer.value

    def _listen(self, *sending: int) -> None:
        """Wait until somebody answers, or there is room for what is being sent."""
        busy = {hand.receiving: hand for hand in self._hands if hand.answers}
        for place in _ready(busy, sending):
            if place in busy:
                busy[place].listen()

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
        self._children.append((child, partial(os.waitpid, child, 0)))
        self._hands = [_Hand(*pair) for pair in mine]

    def _spawn(self, jobs: int) -> None:
        import subprocess

        code = f"import sys; sys.path[:] = {sys.path!r}; from mfe_static import pool; pool.spawned({os.getpid()})"
        for _ in range(jobs):
            command = [sys.executable, "-c", code]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  our own
            assert process.stdin and process.stdout
            self._children.append((process.pid, process.wait))
            self._hands.append(_Hand(os.dup(process.stdin.fileno()), os.dup(process.stdout.fileno())))
            process.stdin.close()
            process.stdout.close()


class _Answer:
    """What a call gives, once it is there."""

    def __init__(self) -> None:
        self.there = self.failed = False
        self.value: Any = None


class _Hand:
    """One of the processes, as this one sees it."""

    def __init__(self, sending: int, receiving: int) -> None:
        self.sending, self.receiving = sending, receiving
        self.answers: deque[_Answer] = deque()
        """Those that are not there yet, in the order of the calls."""
        os.set_blocking(sending, False)
        _widen(sending)
        _widen(receiving)

    def load(self) -> int:
        """How many calls it has to do."""
        return len(self.answers)

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
            os.write(self.sending, _framed(b""))

    def end(self) -> None:
        """Listen until it is gone, be it killed or told to go."""
        self.dismiss()
        os.close(self.sending)
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
    live_below(parent)
    seldom_collect()
    _serve([pipes])


def _live(
    ends: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]], prepare: Callable[[], object], parent: int
) -> NoReturn:
    """The life of the process that was forked, and of those that it forks: it ends here.

    `ends`: for each of them, where it reads and writes. `others`: what its parent has."""
    try:
        live_below(parent)
        seldom_collect()
        _close(others)
        with contextlib.suppress(Exception):  # what fails here, fails in the work, and is told there
            prepare()
        own, children = [ends[0]], list[int]()
        for number, pair in enumerate(ends[1:], 2):
            leader = os.getpid()
            try:
                child = os.fork()
            except OSError:  # the system has no more of them
                own.append(pair)
                continue
            if child == 0:
                die_with_parent(leader)
                _close([*own, *ends[number:]])
                own, children = [pair], []
                break
            _close([pair])
            children.append(child)
        _serve(own)
        for child in children:
            os.waitpid(child, 0)
    finally:
        os._exit(0)


def _serve(ends: Iterable[tuple[int, int]]) -> None:
    """Do what is sent, until nothing more comes or nobody listens."""
    places = dict(ends)
    with contextlib.suppress(BrokenPipeError):
        while places:
            for receiving in _ready(places):
                if message := _receive(receiving):
                    _send(places[receiving], _done(message))
                else:  # whoever listens to it, listens to its children next
                    _close([(receiving, places.pop(receiving))])


def _done(message: bytes) -> bytes:
    import pickle

    try:
        work, given = pickle.loads(message)  # noqa: S301  our own
        return pickle.dumps((False, work(*given)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001  (it is raised where somebody waits)
        import traceback

        error.add_note(traceback.format_exc())
        try:
            pickle.loads(answer := pickle.dumps((True, error), pickle.HIGHEST_PROTOCOL))  # noqa: S301  our own
        except Exception:  # noqa: BLE001  (it does not come out as it went in)
            return pickle.dumps((True, RuntimeError("".join(traceback.format_exception(error)))))
        return answer


# -- messages


def _framed(message: bytes) -> memoryview:
    return memoryview(len(message).to_bytes(_LENGTH, "big") + message)


def _send(place: int, message: bytes) -> None:
    left = _framed(message)
    while left:
        left = left[os.write(place, left) :]


def _ready(reading: Iterable[int], writing: Iterable[int] = ()) -> list[int]:
    """Wait until there is something to read, or room to write; where."""
    polled = select.poll()
    for place in reading:
        polled.register(place, select.POLLIN)
    for place in writing:
        polled.register(place, select.POLLOUT)
    return [place for place, _ in polled.poll()]


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


def _widen(pipe: int) -> None:
    """Have a pipe hold more than 64 KiB, where the system can."""
    import fcntl

    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)


def _close(pairs: Iterable[tuple[int, int]]) -> None:
    for pair in pairs:
        for end in pair:
            os.close(end)
