"""Which version of a package everybody gets who wants one.

One that satisfies all is shared; of several the highest. Where there is none, the one that satisfies most is, and the
others get what satisfies them. Only what somebody has installed can be chosen.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from mfe_static.modules.packages import Package
from mfe_static.modules.ranges import Key, Range, within

File = tuple[str, str]
"""A module: its folder below `/_mfe/modules/` (a team's, or a package's of one version), and its path there."""


class Offer(msgspec.Struct, frozen=True):
    """A version of a package that is there: installed, or a file in a team's folder."""

    name: str
    version: str
    key: Key
    """What the version is compared by."""
    package: Package | None = None
    file: File | None = None

    @property
    def home(self) -> str:
        """Where its modules are published, below `/_mfe/modules/`."""
        return self.package.home if self.package else self.file[0] if self.file else ""

    def entry(self, subpath: str) -> File | None:
        """The module that a path in it means; None: there is none."""
        if self.package is None:
            return self.file if subpath == "." else None
        path = self.package.entry(subpath)
        return (self.package.home, path) if path else None


class Wanted(msgspec.Struct, frozen=True):
    """What a team or a package wants, and what it has."""

    home: str
    """Who wants it."""
    name: str
    said: str
    """The range, as written."""
    range: Range
    own: Offer
    subpaths: frozenset[str]

    def takes(self, offer: Offer) -> bool:
        """Whether an offer will do."""
        fits = offer == self.own or within(offer.key, self.range)
        return fits and all(offer.entry(subpath) for subpath in self.subpaths)


Choice = Mapping[tuple[str, str], Offer]
"""What each gets: by who wants it, and what."""


def chosen(wanted: Iterable[Wanted]) -> dict[tuple[str, str], Offer]:
    """What each gets."""
    by_name: dict[str, list[Wanted]] = {}
    for each in wanted:
        by_name.setdefault(each.name, []).append(each)
    out: dict[tuple[str, str], Offer] = {}
    for name, rest in by_name.items():
        offers = _offers(rest)
        while rest:
            best = max(offers, key=lambda offer: (sum(each.takes(offer) for each in rest), offer.key))
            takers = [each for each in rest if each.takes(best)]
            out |= {(each.home, name): best for each in takers}
            rest = [each for each in rest if not each.takes(best)]
    return out


def _offers(wanted: Sequence[Wanted]) -> list[Offer]:
    """What there is, each version once; of two with one version, what is installed goes first."""
    found = sorted((each.own for each in wanted), key=lambda offer: (offer.package is None, offer.home))
    out: list[Offer] = []
    for offer in found:
        if all(offer.key != other.key or offer.entry(".") != other.entry(".") for other in out):
            out.append(offer)
    return out
