"""What a deployment changes: worked out before anything is sent, and the same for every host.

Whether a file differs is told by marks alone. Why pages differ is told by reading them, and of a site that is far away
only some hundred are read; the others are counted.
"""

from collections.abc import Callable, Mapping

from mfe_static.deploy.host import Live, Mark, Plan, Release, Told
from mfe_static.deploy.ledger import LEDGER, Ledger, pooled
from mfe_static.deploy.order import Place
from mfe_static.difference import Comparison, Contents, compare
from mfe_static.difference.contents import File
from mfe_static.output.record import MANIFEST
from mfe_static.output.swap import in_order
from mfe_static.problems import Problem, problem
from mfe_static.routes import emitted

_MOST, _ALWAYS = 256, 10
"""How many files a deployment may remove unless somebody says otherwise: so many, or a quarter; a few always."""
READ = 300
"""How many pages are read to tell why they differ."""


def planned(release: Release, marks: Mapping[str, Mark], live: Live | None) -> Plan:
    """What has to be done for `release` to be what the host answers with. `marks`: of its items."""
    had: Mapping[str, Mark] = live.marks if live else {}
    wanted = {**release.kept, **marks}
    upload = in_order(path for path, mark in marks.items() if had.get(path) != mark)
    remove = tuple(sorted(had.keys() - wanted.keys()))
    stale = [path for path in upload if path in had] + list(remove)
    return Plan(
        release=release,
        marks=wanted,
        live=live,
        upload=tuple(release.items[path] for path in upload),
        remove=remove,
        purge=tuple(sorted({_url(path) for path in stale})),
    )


def _url(path: str) -> str:
    """The URL path under which caches have a file."""
    folder, _, name = path.rpartition("/")
    return emitted("", (f"/{folder}/" if folder else "/") if name == "index.html" else f"/{path}")


def idle(plan: Plan) -> bool:
    """Whether all is live already; that the ledger would say so once more is no reason to deploy."""
    return not plan.remove and all(item.path == LEDGER for item in plan.upload)


def refused(plan: Plan, ledger: Ledger, place: Place) -> Problem | None:
    """Why the plan is not carried out, though it could be."""
    found = None if place.replace else _foreign(plan, ledger)
    return found or _too_many(plan, ledger, place.max_deletes)


def _foreign(plan: Plan, ledger: Ledger) -> Problem | None:
    """Refuse to take the place of something else."""
    base_url = plan.release.base_url
    if plan.live is None or not plan.live.marks:
        return None
    if ledger.base_url and ledger.base_url != base_url and not plan.release.preview:
        said = f"what is live there is the site of {ledger.base_url}, and this is the one of {base_url}"
    elif not plan.live.marks.keys() & {LEDGER, MANIFEST}:
        said = f"what is live there, {len(plan.live.marks):,} files, was not deployed by mfe-static"
    else:
        return None
    return problem("another-site", said, hint="if this site is to take its place: --replace")


def _too_many(plan: Plan, ledger: Ledger, allowed: int | None) -> Problem | None:
    """Refuse to remove more than is `allowed`. Assets of earlier deployments whose time is over do not count."""
    over = pooled(ledger.known()).keys()
    gone = [path for path in plan.remove if path not in over]
    all_of = len(plan.live.marks) if plan.live else 0
    most = max(_ALWAYS, min(_MOST, all_of // 4)) if allowed is None else allowed
    if len(gone) <= most:
        return None
    said = f"{len(gone):,} of {all_of:,} files would go, such as {gone[0]}; {most:,} may"
    return problem("too-many-deletes", said, hint=f"if that is meant: --max-deletes {len(gone)}")


def comparison(plan: Plan, told: Told, *, most: int) -> Comparison:
    """What changes, by team and, of `most` pages, by cause."""
    had: Mapping[str, Mark] = plan.live.marks if plan.live else {}
    items = plan.release.items
    sizes = {path: items[path].size for path in items}
    old = _contents(had, {}, plan.live.read if plan.live else lambda path: b"")
    new = _contents(plan.marks, sizes, lambda path: _read(plan, path))
    return compare(old, new, told, most=most)


def _contents(marks: Mapping[str, Mark], sizes: Mapping[str, int], read: Callable[[str], bytes | Problem]) -> Contents:
    """What only the hosts and we look at is left out."""
    files = {path: File(mark, sizes.get(path, 0)) for path, mark in marks.items() if path != LEDGER}
    return Contents(files, read)


def _read(plan: Plan, path: str) -> bytes | Problem:
    try:
        return plan.release.items[path].read()
    except OSError as error:
        return problem("unreadable", f"cannot be read: {error.strerror}", file=path)


def bytes_of(plan: Plan) -> int:
    """How many bytes are to be sent."""
    return sum(item.size for item in plan.upload)
