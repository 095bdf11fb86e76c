"""A session: builds of one site one after another in one process, as the development server makes them.

What a build made stays in memory for the next one, so that what did not change need not even be looked at. Nothing a
build gives depends on it: a session is a memory like the one on disk, only nearer. For one thread at a time.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from mfe_static.digests import Digest


class Early(NamedTuple):
    """A document that is made, before the site it belongs to is live."""

    file: str
    """Where it stands; it may be gone once the build is over."""
    digest: Digest


class Session:
    """What outlives a build within a process, and what somebody who waits for it wants."""

    def __init__(
        self,
        *,
        first: Callable[[], Sequence[str]] = lambda: (),
        made: Callable[[Mapping[str, Early]], None] = lambda _: None,
    ) -> None:
        """`first`: URLs of pages that are waited for, asked whenever work is dealt out. `made`: told the documents of
        pages as they are done, by URL, in the thread of the build; not those of pages with an error."""
        self.first, self.made = first, made
        self.touched: Collection[str] | None = None
        """Paths from the root of which somebody knows that they may have changed since the last build; None: all may
        have. Said anew before each build."""
