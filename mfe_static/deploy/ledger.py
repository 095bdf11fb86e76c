"""Which assets of earlier deployments a site still answers for: a ledger that is part of each deployed site.

Who opened a page before a deployment loads what that page names after it. Names of assets hold a fingerprint, so the
old ones can stay; they do while a page of the last deployments, or of the last days, can ask for them. The ledger says
so wherever the site is, so it needs no memory on this machine, and no host needs one of its own.

An asset stands in it once, with the last deployment that had it, so a ledger grows with what changes.
"""

import contextlib
import datetime
from collections.abc import Mapping
from typing import Annotated

import msgspec

from mfe_static.deploy.host import Item, Live, Mark, Release
from mfe_static.deploy.order import Place
from mfe_static.difference.documents import POOLS
from mfe_static.digests import Digest, digest

LEDGER = "_mfe/deploys.json"


class Entry(msgspec.Struct, frozen=True):
    """One deployment."""

    id: Digest
    """Of its release."""
    time: Annotated[datetime.datetime, msgspec.Meta(tz=True)]
    assets: Mapping[str, Mark] = {}
    """What no later deployment has, by output path."""


class Ledger(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last deployments, newest first."""

    version: int = 1
    base_url: str = ""
    """Of the site: another one in its place is most likely a mistake."""
    deploys: tuple[Entry, ...] = ()

    def known(self) -> dict[str, Mark]:
        """All assets, by path."""
        return {path: mark for entry in reversed(self.deploys) for path, mark in entry.assets.items()}


def read_ledger(live: Live | None) -> Ledger:
    """The ledger of what is live; an empty one where there is none, or none that can be read."""
    if live is None or LEDGER not in live.marks:
        return Ledger()
    content = live.read(LEDGER)
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        if isinstance(content, bytes) and (found := msgspec.json.decode(content, type=Ledger)).version == 1:
            return found
    return Ledger()


def entered(last: Ledger, release: Release, assets: Mapping[str, Mark], place: Place) -> Ledger:
    """The ledger with one more deployment. Of the earlier ones those stay that are among the last `keep_deploys`, or
    not older than `keep_days`; each only with the assets that none after it has."""
    settings, now = place.settings, place.asked.now
    since = now - datetime.timedelta(days=settings.keep_days)
    seen, out = {*assets}, [Entry(release.id, now, assets)]
    for number, earlier in enumerate(last.deploys, 1):
        if number >= settings.keep_deploys and earlier.time < since:
            break
        left = {path: mark for path, mark in earlier.assets.items() if path not in seen}
        seen |= left.keys()
        if left or number < settings.keep_deploys:  # else it neither keeps anything nor counts
            out.append(msgspec.structs.replace(earlier, assets=left))
    return Ledger(base_url=release.base_url, deploys=tuple(out))


def pooled(marks: Mapping[str, Mark]) -> dict[str, Mark]:
    """Those files whose names hold a fingerprint."""
    return {
        path: mark for path, mark in sorted(marks.items()) if path.startswith(POOLS) and ".." not in path.split("/")
    }


def kept(ledger: Ledger, live: Live | None) -> dict[str, Mark]:
    """Assets of earlier deployments that go on being answered for: those that are answered for now."""
    there: Mapping[str, Mark] = live.marks if live else {}
    earlier = Ledger(deploys=ledger.deploys[1:]).known()
    return {path: mark for path, mark in pooled(earlier).items() if there.get(path) == mark}


def item(ledger: Ledger) -> Item:
    """The ledger as a file of the site."""
    content = msgspec.json.format(msgspec.json.encode(ledger), indent=1) + b"\n"
    return Item(path=LEDGER, size=len(content), digest=digest(content), content=content)
