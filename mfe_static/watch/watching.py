"""The watch itself: watchdog's events, mapped to paths from the site's root. The only room that knows watchdog."""

import contextlib
import logging
import os
import sys
import threading
import unicodedata
import warnings
from collections.abc import Callable, Collection, Iterator
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from watchdog import events
from watchdog.observers import Observer

from mfe_static.watch.plan import FOLDERS, Plan, Watched, known, plan

_KINDS: list[type[events.FileSystemEvent]] = [
    kind
    for name in ("Created", "Modified", "Moved", "Deleted", "Closed", "Attrib")
    if (kind := getattr(events, f"File{name}Event", None))  # older ones say Modified for Attrib
] + [events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent]
"""What is listened to; not that files are opened and read, which a build does thousands of times."""
_CLOSES = sys.platform.startswith("linux")
"""Whether the system tells that a file was closed to which something was written."""
_LIMITS = _CLOSES
"""Whether it bounds how many folders may be watched, and says so of the one alone that was asked for."""
_PAIRS = 0.01
"""Seconds in which the two ends of a rename must have come to be told as one. They come together; until then watchdog
holds back all that follows, and what was moved away for good has no other end: half a second is its own choice."""
_TIMES = 3
"""How often in a row the folders are looked at, while they are not those that are watched."""


Told = Callable[[Collection[str] | None, bool], None]
"""Gets paths from the root, or None for all, and whether somebody still writes to them."""


class Exhausted(Exception):
    """The system lets no more folders be watched. Its text says why."""


class Watch:
    """Watches a site's folders, as long as it is open."""

    def __init__(self, root: Path, told: Told, *, team: str = "") -> None:
        """`told` is called in a thread of its own. `team`: see `plan`. Raises `Exhausted`, as `arm` does."""
        self._root, self._told, self._team = os.path.realpath(root), told, team
        self._plan = Plan(frozenset(), frozenset())
        self._lock = threading.Lock()
        self.outdated = False
        """Whether folders came or went since the last `arm`."""
        self._scheduled: dict[Watched, Any] = {}
        # What watchdog has to say would stand between the lines of the terminal, and nobody could do anything about it.
        logging.getLogger("watchdog").setLevel(logging.CRITICAL)
        warnings.filterwarnings("ignore", module=r"watchdog\.")
        _hurry()
        try:
            self._observer = Observer()
            self._observer.start()
        except OSError as error:
            raise Exhausted(error.strerror or str(error)) from error
        try:
            self.arm()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Watch nothing any more."""
        self._observer.stop()
        self._observer.join()

    def arm(self) -> None:
        """Watch the folders that are there now. To be called when anything may have changed, before it is looked at.

        What stays watched is so all the time: a save in between would wait for the next moment of rest.
        """
        with self._lock:
            self.outdated = False
            begins = not self._scheduled
            for _ in range(_TIMES):  # a folder that came before the one above it was watched is found the next time
                wanted = plan(self._root, self._team)
                self._plan = wanted
                if wanted.watched == self._scheduled.keys():
                    break
                self._follow(wanted)
            if _LIMITS and not begins:
                self._probe()

    def renew(self) -> None:
        """The same, but nothing stays: something was not told that should have been."""
        with self._lock:
            for folder in list(self._scheduled):
                self._unwatch(folder)
        self.arm()

    def lost(self) -> bool:
        """Whether a folder is not the one any more that is watched. The system does not tell of all that can happen to
        it: a folder above it may have been moved, or a link to it changed."""
        return any(_inode(folder.real) != folder.inode for folder in self._scheduled) or not self._scheduled

    def _follow(self, wanted: Plan) -> None:
        names = {(folder.real, folder.whole) for folder in wanted.watched}
        former = self._scheduled.keys() - wanted.watched
        for folder in [it for it in former if (it.real, it.whole) in names]:  # another folder has its name
            self._unwatch(folder)
        # The root comes last: where no more can be watched, watchdog says so only of the folder that it was asked for,
        # not of those below it.
        for folder in sorted(wanted.watched - self._scheduled.keys(), key=lambda it: (not it.shown, it)):
            self._watch(folder)
        for folder in former & self._scheduled.keys():
            self._unwatch(folder)

    def _watch(self, folder: Watched) -> None:
        with _bounded():
            self._scheduled[folder] = self._observer.schedule(
                _Ears(folder, self._heard), folder.real, recursive=folder.whole, event_filter=_KINDS
            )

    def _unwatch(self, folder: Watched) -> None:
        with contextlib.suppress(KeyError):
            self._observer.unschedule(self._scheduled.pop(folder))

    def _probe(self) -> None:
        """Ask for one more, to know whether what is new below the folders could be watched."""
        with _bounded():
            more = self._observer.schedule(events.FileSystemEventHandler(), f"{self._root}/site.toml")
            self._observer.unschedule(more)

    def _heard(self, shown: str, *, plain: bool, writing: bool) -> None:
        """Something happened at a path from the root; `plain`: to a file that is no link."""
        top, name = (*shown.split("/", 2), "")[:2]
        if not known(shown):  # a folder of another tool is to be left out from the next `arm` on
            self.outdated = self.outdated or (top in FOLDERS and not plain)
            return
        if not name and top != "site.toml":
            self.outdated = True
            self._told(None, False)
        elif not plain or self._plan.linked & {top, f"{top}/{name}"}:
            self.outdated = self.outdated or not plain
            self._told((top if top == "public" else f"{top}/{name}",), False)
        else:
            self._told((shown,), writing)


@contextlib.contextmanager
def _bounded() -> Iterator[None]:
    """Where one more is watched. Raises `Exhausted`."""
    try:
        yield
    except FileNotFoundError:  # it is gone again, and the folder above it tells so
        pass
    except OSError as error:
        raise Exhausted(error.strerror or str(error)) from error


def _hurry() -> None:
    """Have watchdog wait no longer than `_PAIRS`; it has no setting for it, and has moved the place."""
    for room, name in (("inotify_move_event_grouper", "InotifyMoveEventGrouper"), ("inotify_buffer", "InotifyBuffer")):
        with contextlib.suppress(ImportError, AttributeError):  # another system, another version
            getattr(import_module(f"watchdog.observers.{room}"), name).delay = _PAIRS


def _inode(real: str) -> tuple[int, int]:
    try:
        status = os.stat(real)
    except OSError:
        return (0, 0)
    return status.st_dev, status.st_ino


class _Ears(events.FileSystemEventHandler):
    """Hears of one folder that is watched."""

    def __init__(self, folder: Watched, heard: Callable[..., None]) -> None:
        self._folder, self._heard = folder, heard

    def dispatch(self, event: events.FileSystemEvent) -> None:
        """Called by watchdog."""
        for path in map(os.fsdecode, (event.src_path, event.dest_path)):
            if path:
                plain = not event.is_directory and not os.path.islink(path)
                self._heard(self._shown(path), plain=plain, writing=_CLOSES and event.event_type == "modified")

    def _shown(self, path: str) -> str:
        """What a path is called, from the root."""
        inner = path.removeprefix(self._folder.real).lstrip(os.sep).replace(os.sep, "/")
        shown = "/".join(filter(None, (self._folder.shown, inner)))
        return shown if shown.isascii() else unicodedata.normalize("NFC", shown)
