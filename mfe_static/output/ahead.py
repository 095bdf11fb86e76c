"""Looking at the two trees while the build goes on.

That every file and folder of a large site stands as it did takes as long as all else that a build with one new page
does. So another process looks, from the moment on at which the output is locked, and what it saw is taken over when it
is asked for. Of the live tree that is a look like any other, only sooner. The idle tree is written to meanwhile; what
was (`touched`) is looked at again.

Where there is no idle tree yet, as after a first build, and the new site will differ in a few pages, the process makes
one of links to the live files: `complete` would do the same, later.
"""

import contextlib
import os
from collections.abc import Callable
from functools import lru_cache

import msgspec

from mfe_static.output.making import make_folder
from mfe_static.output.trees import Sight, Tree
from mfe_static.processes import beside

WORTH_IT = 300
"""Files from which on another process pays."""


def look_ahead(live: Tree, idle: Tree, entries: int, *, twin: bool) -> Callable[[], object]:
    """Begin to look at both trees, which take over what was seen. `entries`: how many files there are. `twin`: whether
    an idle tree is to be made where there is none. What is returned has to be called when nobody needs it any more."""
    if entries < WORTH_IT:
        if _is_empty(idle.root):  # then all that will stand there is `touched`
            idle.ahead = lambda: Sight([], {}, {}, [])
        return lambda: None
    result = beside(lambda: msgspec.msgpack.encode(_looked(live, idle, twin=twin)))

    @lru_cache(maxsize=1)
    def sights() -> tuple[Sight | None, Sight | None]:
        data = result()
        return msgspec.msgpack.decode(data, type=tuple[Sight, Sight]) if data else (None, None)

    live.ahead, idle.ahead = (lambda: sights()[0]), (lambda: sights()[1])
    return result


def _looked(live: Tree, idle: Tree, *, twin: bool) -> tuple[Sight, Sight]:
    if twin and _is_empty(idle.root):
        _link(live, idle.root)
    return live.sight(), idle.sight()


def _is_empty(root: str) -> bool:
    try:
        return not os.listdir(root)
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _link(live: Tree, root: str) -> None:
    """Give the live files second names below `root`, as far as the file system can, where nobody has written."""
    with contextlib.suppress(OSError):  # then `complete` finds another way, or says why there is none
        for path in live.sure:
            with contextlib.suppress(FileExistsError):
                try:
                    os.link(f"{live.root}/{path}", f"{root}/{path}", follow_symlinks=False)
                except FileNotFoundError:
                    make_folder(root, path.rpartition("/")[0])
                    os.link(f"{live.root}/{path}", f"{root}/{path}", follow_symlinks=False)
