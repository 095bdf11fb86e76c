"""What another process does for the two trees beside the build.

That every file and folder of a large site stands as it did takes as long as all else that a build with one new page
does. So another process looks, from the moment on at which the output is locked, and what it saw is taken over when it
is asked for. Of the live tree that is a look like any other, only sooner. The idle tree is written to meanwhile; what
was (`touched`) is looked at again.

After a first build there is no idle tree. Another process makes one, of links to the live files, while this one writes
down what it knows: else the next build would have to, and somebody waits for that one.
"""

import os
from collections.abc import Callable, Collection
from functools import lru_cache

import msgspec

from mfe_static.output.record import MANIFEST, Shape, read_record, write_record
from mfe_static.output.trees import Sight, Tree, folder_times, parents
from mfe_static.processes import beside

WORTH_IT = 300
"""Files from which on another process pays."""


def look_ahead(live: Tree, idle: Tree, entries: int) -> Callable[[], object]:
    """Begin to look at both trees, which take over what was seen. `entries`: how many files there are. What is returned
    has to be called when nobody needs it any more."""
    if entries < WORTH_IT:
        if _is_empty(idle.root):  # then all that will stand there is `touched`
            idle.ahead = lambda: Sight([], {}, {}, [])
        return lambda: None
    result = beside(lambda: msgspec.msgpack.encode((live.sight(), idle.sight())))

    @lru_cache(maxsize=1)
    def sights() -> tuple[Sight | None, Sight | None]:
        data = result()
        return msgspec.msgpack.decode(data, type=tuple[Sight, Sight]) if data else (None, None)

    live.ahead, idle.ahead = (lambda: sights()[0]), (lambda: sights()[1])
    return result


def double(live: str, twin: str, paths: Collection[str]) -> Callable[[], object]:
    """Begin to make an idle tree of the live files `paths`, where there is none and that pays. Until what is returned
    was called, nobody else may write into the twin."""
    if len(paths) < WORTH_IT or os.path.lexists(f"{twin}/idle"):
        return lambda: None
    return beside(lambda: _doubled(live, twin, paths))


def _is_empty(root: str) -> bool:
    try:
        return not os.listdir(root)
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _doubled(live: str, twin: str, paths: Collection[str]) -> bytes:
    """Link every file, and remember the new tree's folders as well. Raises OSError where the file system gives no
    links, say: then the next build completes what it finds."""
    root, paths = f"{twin}/idle", [*paths, MANIFEST]
    folders = ["", *sorted(parents(paths))]
    for folder in folders:
        os.mkdir(f"{root}/{folder}")
    for path in paths:
        os.link(f"{live}/{path}", f"{root}/{path}", follow_symlinks=False)
    write_record(twin, read_record(twin).idle_shaped(Shape(os.stat(root).st_ino, folder_times(root, folders))))
    return b""
