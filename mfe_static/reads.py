"""What templates look at, noted while they run.

A read has a name, and what the name stands for can be marked at any later time: `data_mark` for data, `Tree.mark` for
pages. So what was rendered before is known to be the same as long as all that it read is. A list is one read, however
long it is; after `EVERY_PAGE` no further page is noted.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mfe_static.digests import Digest, digest
from mfe_static.kept import Read

EVERY_PAGE: Read = ("pages", "")
"""All pages of the team."""


class Reads:
    """What templates looked at, beside what is always in front of them."""

    def __init__(self) -> None:
        self.names: set[Read] = set()

    def page(self, kind: str, url: str) -> None:
        """Some pages of the team were looked at from the page at `url`."""
        if EVERY_PAGE not in self.names:
            self.names.add((kind, url))

    def data(self, key: str) -> None:
        """A data file was looked at; with an empty key, all of them."""
        self.names.add(("data", key))


class Data(dict[str, Any]):  # noqa: PLW1641  as a dictionary, it has no hash
    """`data` of templates: a dictionary that notes which of its keys are looked at."""

    def __init__(self, values: Mapping[str, Any], reads: Reads) -> None:
        super().__init__(values)
        self._reads = reads

    def __getitem__(self, key: str) -> Any:
        self._reads.data(key)
        return super().__getitem__(key)

    def __ne__(self, other: object) -> bool:
        self._reads.data("")
        return super().__ne__(other)

    def __reversed__(self) -> Iterator[str]:
        self._reads.data("")
        return super().__reversed__()

    def __contains__(self, key: object) -> bool:
        self._reads.data(str(key))
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """As of a dictionary."""
        self._reads.data(key)
        return super().get(key, default)

    def __iter__(self) -> Iterator[str]:
        self._reads.data("")
        return super().__iter__()

    def __len__(self) -> int:
        self._reads.data("")
        return super().__len__()

    def __eq__(self, other: object) -> bool:
        self._reads.data("")
        return super().__eq__(other)

    def __repr__(self) -> str:
        self._reads.data("")
        return super().__repr__()

    def __or__(self, other: Any) -> Any:
        self._reads.data("")
        return super().__or__(other)

    def __ror__(self, other: Any) -> Any:
        self._reads.data("")
        return super().__ror__(other)

    def keys(self) -> Any:
        """As of a dictionary."""
        self._reads.data("")
        return super().keys()

    def values(self) -> Any:
        """As of a dictionary."""
        self._reads.data("")
        return super().values()

    def items(self) -> Any:
        """As of a dictionary."""
        self._reads.data("")
        return super().items()

    def copy(self) -> dict[str, Any]:
        """As of a dictionary."""
        self._reads.data("")
        return super().copy()


def data_mark(data: Mapping[str, Any], key: str) -> Digest:
    """Names what `data` holds under `key`; with an empty key, all it holds."""
    if key and key not in data:
        return ""
    return digest(repr(data[key] if key else dict(data)))  # which tells a date from its text
