"""Where a link leads: refs, absolute and relative links of any team, against the contracts of all teams.

A link is resolved once for each (team, folder, value), however many pages show it. Links come out in their final form:
pretty, with the right case, past any alias, with the path of `base_url`.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

import msgspec

from mfe_static.assets import AssetFolder, picture_size
from mfe_static.digests import integrity
from mfe_static.files import read_bytes
from mfe_static.kept import Asset
from mfe_static.model import Site, TeamBuild
from mfe_static.pieces import AssetLink, Link, Written
from mfe_static.problems import Problem, problem
from mfe_static.routes import (
    emitted,
    joined,
    longest_prefix,
    normal_segment,
    parse_target,
    quoted,
    scheme,
)
from mfe_static.stitch.directory import Directory, Entry, stem_of
from mfe_static.stitch.refs import Refs
from mfe_static.stitch.resolved import AnyLink, AssetFile, Origin, Resolved, broken
from mfe_static.stitched import Edge

_REMEMBERED = 10_000
"""Links of which it is remembered where they lead: those that many pages show are soon there again."""


class Links:
    """Resolves the links of all teams; remembers each."""

    def __init__(
        self,
        site: Site,
        builds: Mapping[str, TeamBuild],
        folders: Mapping[str, AssetFolder],
        directory: Directory,
    ) -> None:
        self.site, self.directory = site, directory
        self._folders = folders
        self._builds = builds
        self._refs = Refs(site, builds, directory)
        self._rooted: dict[AnyLink, tuple[Resolved, Edge | None]] = {}
        """What begins at the root means the same wherever it stands."""
        self._known: dict[tuple[str, str, AnyLink], tuple[Resolved, Edge | None]] = {}
        self._sizes: dict[str, tuple[int, int]] = {}

    def resolve(self, link: AnyLink, origin: Origin) -> tuple[Resolved, Edge | None]:
        """`link`, as written at `origin`, closed; and what is known of it as a link within the site, if it is one."""
        found = self._rooted.get(link)
        if found is not None:
            return found
        if isinstance(link, Link) and link.value.startswith("/"):
            _make_room(self._rooted)
            found = self._rooted[link] = self._edged(link, origin)
            return found
        key = (origin.team, origin.base, link)
        found = self._known.get(key)
        if found is None:
            _make_room(self._known)
            found = self._known[key] = self._edged(link, origin)
        return found

    def _looked_at(self, link: Written, team: str) -> tuple[Problem | None, Edge | None]:
        """What is wrong with a link that stays as the tool of `team` wrote it, or what is known of it."""
        prefix = self.site.prefixes.get(team, "")
        base = f"tell the tool its base path, {emitted(self.site.base_path, prefix)} (MFE_BASE_PATH)"
        if not link.to:
            hint = f"the site stands below {self.site.base_path}/: {base}"
            return problem("broken-link", f"{link.value} leads out of the site", hint=hint), None
        target = parse_target(link.to)
        entry = self._find(link, target.path)
        if entry is None and longest_prefix(dict(self.site.prefixes), target.path) not in {"", *self._builds}:
            return None, None  # the team could not be read, which is said elsewhere
        if entry is None:
            found = self._broken_path(Link(link.value, link.want), target.path, link.value).problem
            below = f"{prefix}{target.path.removeprefix('/')}"
            if found and link.value.startswith("/") and self.directory.find(below):
                found = msgspec.structs.replace(found, hint=f"{below} is there: {base}")
            return found, None
        if _bare(entry.url) != _bare(target.path) and _bare(entry.url).lower() == _bare(target.path).lower():
            code = "broken-link" if link.want == "page" else "missing-asset"
            return problem(code, f"{target.path} is spelt {entry.url}", hint="hosts tell capital letters apart"), None
        return None, Edge(link.value, entry.url, target.anchor)

    def _edged(self, link: AnyLink, origin: Origin) -> tuple[Resolved, Edge | None]:
        if isinstance(link, Link):
            found, value = self._resolve(link, origin), link.value
        elif isinstance(link, AssetLink):
            found, value = self._asset(link, origin), ""
        else:
            wrong, edge = self._looked_at(link, origin.team)
            return Resolved("", problem=wrong), edge
        if found.problem is not None or found.asset is not None:
            return found, None
        return found, Edge(value, found.to, found.anchor)

    def _resolve(self, link: Link, origin: Origin) -> Resolved:
        value = link.value
        if value.startswith("/"):
            return self._absolute(link, value)
        if not value or value.startswith(("#", "?")):
            return Resolved(escape(value), "", parse_target(value).anchor)
        if scheme(value) or value.startswith(":"):
            return self._refs.resolve(value, origin)
        return self._relative(link, origin)

    # -- by path

    def _absolute(self, link: Link, value: str) -> Resolved:
        target = parse_target(value)
        entry = self._find(link, target.path)
        if entry is None and longest_prefix(dict(self.site.prefixes), target.path) not in {"", *self._builds}:
            return Resolved(escape(value))  # the team could not be read, which is said elsewhere
        if entry is None:
            return self._broken_path(link, target.path, value)
        return self._to(link, entry, target.query, target.anchor)

    def _find(self, link: Link | Written, path: str) -> Entry | None:
        """What answers for a path; only a link to somewhere to go can mean the view of an app."""
        return self.directory.find(path) or (self.directory.find_view(path) if link.want == "page" else None)

    def _to(self, link: Link, entry: Entry, query: str, anchor: str | None) -> Resolved:
        text = quoted(self.site.base_path, entry.url, query, anchor)
        if link.want == "picture" and not link.sized and entry.real:
            text += _size(*self._picture_size(entry))
        if link.want == "asset" and not link.sized and entry.real:
            text += self._integrity(entry)
        return Resolved(text, entry.url, anchor)

    def _picture_size(self, entry: Entry) -> tuple[int, int]:
        if entry.real not in self._sizes:
            size = picture_size(entry.real, entry.source)
            self._sizes[entry.real] = (0, 0) if size is None or isinstance(size, Problem) else size
        return self._sizes[entry.real]

    def _integrity(self, entry: Entry) -> str:
        """That of a file that is copied as it is: `Integrity-Policy` lets no script run without."""
        data = read_bytes(entry.real, entry.source)
        return "" if isinstance(data, Problem) else f'" integrity="{integrity(data)}'

    def _broken_path(self, link: Link, path: str, value: str) -> Resolved:
        code = "broken-link" if link.want == "page" else "missing-asset"
        owner = longest_prefix(dict(self.site.prefixes), path)
        whose = f"; the path belongs to {owner}" if owner else ""
        what = "nothing is at" if link.want == "page" else "there is no file"
        return broken(value, problem(code, f"{what} {path}{whose}", hint=self.directory.nearest(path)))

    def _relative(self, link: Link, origin: Origin) -> Resolved:
        target = parse_target(link.value)
        if link.want != "page" and (found := self._find_asset(origin, target.path)):
            return self._emit_asset(link, *found, target.anchor)
        path = joined(origin.base, target.path)
        if path is None or not (path + "/").startswith("pages/"):
            return self._missing_relative(link, origin, target.path)
        url = self.directory.source(origin.team, path)
        if url:
            return self._to(link, Entry(url, origin.team, ""), target.query, target.anchor)
        prefix = self.site.prefixes.get(origin.team, "")
        inside = prefix + "/".join(normal_segment(part) for part in path.removeprefix("pages/").split("/"))
        entry = self._find(link, inside) if url is None else None
        if entry is None:
            return self._missing_relative(link, origin, target.path, many=url == "")
        return self._to(link, entry, target.query, target.anchor)

    def _missing_relative(self, link: Link, origin: Origin, path: str, *, many: bool = False) -> Resolved:
        if many:
            return broken(
                link.value,
                problem("broken-link", f'"{path}" makes many pages', hint="link to one of them by a ref with params"),
            )
        wanted = joined(origin.base, path)
        for name in (wanted or "", f"{wanted}.md", f"{wanted}.html", f"{wanted}/index.md", f"{wanted}/index.html"):
            if absent := self._refs.absent(origin.team, name.replace("//", "/"), f'"{path}"', "broken-link"):
                return absent
        if link.want != "page":
            folder = self._folders.get(origin.team)
            hint = folder.nearest(wanted) if folder and wanted else ""
            hint = hint or "put it there, or into assets/ of the team"  # the same for all files of the folder
            return broken(
                link.value, problem("missing-asset", f'there is no file "{path}" at {origin.base}/', hint=hint)
            )
        if wanted is None or not wanted.startswith("pages/"):
            hint = "a page of another team is linked by a ref, such as [text](team:name)"
        else:
            prefix = self.site.prefixes.get(origin.team, "")
            hint = self.directory.nearest(prefix + stem_of(wanted).removeprefix("pages/") + "/")
        return broken(link.value, problem("broken-link", f'"{path}" leads to no page or file of this team', hint=hint))

    # -- assets

    def file(self, link: Link | AssetLink, origin: Origin) -> tuple[AssetFile, AssetFolder] | None:
        """The file that a relative link leads to, if it can be fingerprinted, and the folder that it is of."""
        folder, value = self._folders.get(origin.team), link.path if isinstance(link, AssetLink) else link.value
        path = parse_target(value).path
        if folder is None or value.startswith("/") or scheme(value):
            return None
        found = _file(folder, origin, path) if isinstance(link, Link) else joined("assets", path)
        return ((origin.team, found, ""), folder) if found and found in folder.files else None

    def _find_asset(self, origin: Origin, path: str) -> tuple[Asset, AssetFile] | None:
        folder = self._folders.get(origin.team)
        file = _file(folder, origin, path) if folder else None
        asset = folder.get(file) if folder and file else None
        return (asset, (origin.team, file, "")) if asset and file else None

    def _asset(self, link: AssetLink, origin: Origin) -> Resolved:
        target = parse_target(link.path)
        folder = self._folders.get(origin.team)
        wanted = joined("assets", target.path.lstrip("/"))
        asset = folder.get(wanted) if folder and wanted else None
        if asset is None or not wanted:
            hint = folder.nearest(wanted, "assets") if folder and wanted else ""
            return broken(link.path, problem("missing-asset", f'there is no "{link.path}" in assets/', hint=hint))
        return self._emit_asset(link, asset, (origin.team, wanted, ""), target.anchor)

    def _emit_asset(self, link: Link | AssetLink, asset: Asset, file: AssetFile, anchor: str | None) -> Resolved:
        text = quoted(self.site.base_path, "/" + asset.path, "", anchor)
        if not link.sized:
            text += _size(asset.width, asset.height) if link.want == "picture" else f'" integrity="{asset.integrity}'
        return Resolved(text, asset=asset, file=file)


def _file(folder: AssetFolder, origin: Origin, path: str) -> str | None:
    """A file by its path from the source's folder, else from the team's folder, else from its `assets/`."""
    places = (joined(base, path) for base in (origin.base, "", "assets"))
    return next((place for place in places if place and place in folder.files), None)


def _bare(url: str) -> str:
    """A URL without what hosts may leave out."""
    return url.removesuffix("index.html").removesuffix(".html").rstrip("/")


def _make_room(known: dict[Any, Any]) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()


def _size(width: int, height: int) -> str:
    return f'" width="{width}" height="{height}' if width and height else ""
