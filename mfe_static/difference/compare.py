"""Two outputs compared: by digests which files differ, by reading why pages do."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

from mfe_static.assets import POOL
from mfe_static.difference.contents import Contents, Owners, is_page, owners
from mfe_static.difference.documents import POOLS, Stretch, differences, nameless
from mfe_static.difference.groups import Causes, Group
from mfe_static.problems import Problem

Kind = Literal["page", "asset", "target", "file"]
KINDS: tuple[Kind, ...] = ("page", "asset", "target", "file")
OWNER = "team"
"""The place of the difference that a page is somebody else's."""
_TARGETS = frozenset("_headers _redirects sitemap.xml robots.txt objects.inv".split())
_FEEDS = frozenset({"feed.xml", "feed.json"})


class Change(NamedTuple):
    """A file that came, went or changed."""

    path: str
    """The output path: of a file that changed, the new one."""
    kind: Kind
    team: str
    """Of a page or file, whose it is; empty: nobody's."""
    was: str = ""
    """The old path of an asset that has another fingerprint."""

    @property
    def name(self) -> str:
        """What people call it: a page by its URL, an asset without its fingerprint."""
        if self.kind == "page":
            return url(self.path)
        return nameless(self.path).removeprefix(POOL)


class Comparison(NamedTuple):
    """How two outputs differ."""

    added: tuple[Change, ...]
    removed: tuple[Change, ...]
    changed: tuple[Change, ...]
    groups: tuple[Group, ...]
    """Of pages that are on both sides; the largest first."""
    problems: tuple[Problem, ...]
    """Of files that cannot be read."""
    unread: int = 0
    """How many pages differ that nobody read, so that `groups` knows nothing of them."""

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.removed or self.changed)


def compare(
    old: Contents,
    new: Contents,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    *,
    most: int | None = None,
) -> Comparison:
    """How `new` differs from `old`. `progress` is told of each pair of pages that is read. `most`: how many are, spread
    over the site; None: all."""
    had, has = owners(old), owners(new)
    gone, come = old.files.keys() - new.files, new.files.keys() - old.files
    differing = {path for path in old.files.keys() & new.files if old.files[path].digest != new.files[path].digest}
    renewed = _renewed(gone, come)
    causes, problems = Causes(), list[Problem]()
    handed = _handed(had, has)
    all_pages = sorted(path for path in {*differing, *handed} if is_page(path))
    pages = all_pages if most is None else all_pages[:: -(-len(all_pages) // most) or 1] if most else []
    for done, path in enumerate(pages):
        progress("compare", done, len(pages))
        found = _page(path, old, new) if path in differing else []
        if isinstance(found, Problem):
            problems.append(found)
        else:
            causes.page(url(path), has.team(path), [*handed.get(path, ()), *found])
    return Comparison(
        added=tuple(sorted(_change(path, has) for path in come - renewed.keys())),
        removed=tuple(sorted(_change(path, had) for path in gone - {*renewed.values()})),
        changed=tuple(sorted(_change(path, has, renewed.get(path, "")) for path in differing | renewed.keys())),
        groups=tuple(causes.groups()),
        problems=tuple(problems),
        unread=len(all_pages) - len(pages),
    )


def url(path: str) -> str:
    """The URL that a file answers for: `a/index.html` → `/a/`."""
    folder, _, name = path.rpartition("/")
    return f"/{folder}/".replace("//", "/") if name == "index.html" else f"/{path}"


def _page(path: str, old: Contents, new: Contents) -> list[Stretch] | Problem:
    before = old.read(path)
    if isinstance(before, Problem):
        return before
    after = new.read(path)
    return after if isinstance(after, Problem) else differences(before, after)


def _handed(had: Owners, has: Owners) -> Mapping[str, tuple[Stretch]]:
    """Pages that another team has now, each with that difference."""
    return {
        path: (Stretch(OWNER, (had.pages[path],), (team,)),)
        for path, team in has.pages.items()
        if had.pages.get(path, team) != team
    }


def _renewed(gone: Iterable[str], come: Iterable[str]) -> Mapping[str, str]:
    """The old path of each asset that only has another fingerprint; several of one name go by the order of paths."""
    left: dict[str, list[str]] = {}
    for path in sorted(gone, reverse=True):
        if nameless(path) != path:
            left.setdefault(nameless(path), []).append(path)
    return {path: left[nameless(path)].pop() for path in sorted(come) if left.get(nameless(path))}


def _change(path: str, owners: Owners, was: str = "") -> Change:
    kind = _kind(path)
    return Change(path, kind, owners.team(path) if kind in {"page", "file"} else "", was)


def _kind(path: str) -> Kind:
    if is_page(path):
        return "page"
    if path.startswith("_mfe/"):
        return "asset" if path.startswith(POOLS) else "target"
    return "target" if path in _TARGETS or path.rpartition("/")[2] in _FEEDS else "file"
