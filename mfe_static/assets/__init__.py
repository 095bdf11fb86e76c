"""The asset room: what a team's files are called in the pool `/_mfe/assets/`, and how large its pictures are.

A name carries the fingerprint of the final content, so a file may be kept for ever, and the same file of two
teams is one URL. Final means: a style sheet's URLs already name other files of the pool. So a sheet is
finished after all it refers to, and a changed font renames every sheet above it. Sheets that import each
other in a circle have no such order; the links inside the circle are left alone, and that is a problem.

Nothing is read before it is asked for, and then once.

Invariant: an asset depends on the contents of its file and of those it refers to, the layer and the base
path; not on what was asked for before.
"""

import io
import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import unquote

import msgspec

from mfe_static import routes
from mfe_static.assets import css
from mfe_static.assets.pictures import measured, picture_size
from mfe_static.digests import fingerprint, integrity
from mfe_static.files import read_bytes, text_of
from mfe_static.kept import Asset
from mfe_static.problems import Problem, did_you_mean, problem

__all__ = ["Asset", "AssetFolder", "picture_size", "pool_path"]

POOL = "_mfe/assets/"
_NAME_LIMIT = 255
_WAY_SHOWN = 8
_COMPARED = 100


class AssetFolder:
    """One team's or theme's assets: a memory for one process, filled as it is asked."""

    def __init__(
        self,
        files: Mapping[str, str],
        shown: str,
        *,
        layer: str = "",
        base_path: str = "",
        known: Mapping[str, Asset] | None = None,
        scope: str = "",
    ) -> None:
        """`known`: what files became before that are still the same; style sheets are looked at anew. `scope`: where
        the rules of style sheets hold; empty: everywhere."""
        self._scope = scope
        self._known = known or {}
        self._faulty: set[str] = set()
        """Files of which something was said, so that it is said again."""
        self.files = files
        """The path to open, by path relative to the folder (`css/site.css`)."""
        self.shown = shown
        """How problems name the folder: `teams/decide/assets`."""
        self.layer = layer
        """The cascade layer that style sheets are put into; empty: none."""
        self.base_path = base_path
        """The path of `base_url`, for URLs that begin with `/`."""
        self.problems: list[Problem] = []
        """What was found on the way, each once, in no particular order."""
        self._made: dict[tuple[str, str], Asset] = {}
        self._looked: dict[str, Asset] = {}
        self._sheets: dict[str, tuple[bytes, css.Sheet]] = {}
        self._circles: dict[str, frozenset[str]] = {}
        """The sheets that can reach each other by references, for each of them; for most only itself."""
        self._near: dict[str, list[str]] = {}
        """Files by name and by folder, for hints."""
        self._said: set[Problem] = set()

    def get(self, path: str, layer: str | None = None) -> Asset | None:
        """The asset that the file `path` becomes, in another `layer` if one is given; None: no such file."""
        if path not in self.files:
            return None
        if not _is_sheet(path):
            return self._asset(path, "")
        wanted = self.layer if layer is None else layer
        if (path, wanted) not in self._made:
            self._make_imported(path)
        return self._asset(path, wanted)

    def look(self, path: str) -> Asset | None:
        """The asset that the file `path`, which is no style sheet, would become; it is not asked for."""
        if path not in self.files:
            return None
        found = self._made.get((path, "")) or self._looked.get(path)
        if found is None:
            found = self._looked[path] = self._file_asset(path)
        return found

    def learn(self, path: str, asset: Asset) -> None:
        """What the file `path` would become, as somebody else has found."""
        self._looked.setdefault(path, asset)

    def made(self) -> list[Asset]:
        """Every asset that was asked for, and those it refers to."""
        return list(self._made.values())

    def _make_imported(self, path: str) -> None:
        """Make what the sheet refers to from the bottom up, so that no chain of imports is too long for the stack."""
        if path in self._circles:
            return
        for circle in _circles(path, lambda sheet: [to for to in self._imported(sheet) if to not in self._circles]):
            self._circles |= dict.fromkeys(circle, circle)
            self._check_circle(circle)
            for sheet in sorted(circle - {path}):
                self._asset(sheet, "")

    def _asset(self, path: str, layer: str) -> Asset:
        made = self._made.get((path, layer))
        if made is None:
            made = self._looked.get(path)
            made = made or (self._sheet_asset(path, layer) if _is_sheet(path) else self._file_asset(path))
            self._made[path, layer] = made
        return made

    def plain(self) -> dict[str, Asset]:
        """What files became that refer to no others, by path: it depends on their bytes alone."""
        made = {path: asset for (path, _), asset in self._made.items() if not _is_sheet(path)}
        known = {**self._looked, **made}
        return {path: asset for path, asset in known.items() if asset.real and path not in self._faulty}

    def _file_asset(self, path: str) -> Asset:
        if found := self._known.get(path):
            return msgspec.structs.replace(found, real=self.files[path])
        data = read_bytes(self.files[path], self._name(path))
        if isinstance(data, Problem):
            self.problems.append(data)
            return _asset(path, "", b"", b"")
        size = measured(io.BytesIO(data), path, self._name(path))
        if isinstance(size, Problem):
            self.problems.append(size)
            self._faulty.add(path)
            size = None
        return _asset(path, self.files[path], data, b"", *(size or (0, 0)))

    def _sheet_asset(self, path: str, layer: str) -> Asset:
        data, sheet = self._sheet(path)
        urls = {ref.start: url for ref in sheet.references if (url := self._url(path, sheet, ref)) is not None}
        if self._scope and data:
            from mfe_static.assets.scoping import scoped

            text = scoped(css.parsed(css.rewritten(sheet, urls)), self._scope)
            content = (css.in_layer(css.parsed(text), {}, layer) if layer else text).encode()
            return _asset(path, "", content, content)
        if not layer and not urls:
            return _asset(path, self.files[path] if data else "", data, b"")
        text = css.in_layer(sheet, urls, layer) if layer else css.rewritten(sheet, urls)
        content = text.encode()
        return _asset(path, "", content, content)

    def _sheet(self, path: str) -> tuple[bytes, css.Sheet]:
        """A sheet's bytes and what was found in it; one that is not text is a plain file without references."""
        known = self._sheets.get(path)
        if known is None:
            name = self._name(path)
            data = read_bytes(self.files[path], name)
            text = data if isinstance(data, Problem) else text_of(data, name)
            if isinstance(text, Problem):
                self.problems.append(text)
            # Only the check is wanted of `text_of`: the author's line ends stay.
            text = "" if isinstance(data, Problem) or isinstance(text, Problem) else data.decode("utf-8-sig")
            known = b"" if isinstance(data, Problem) else data, css.parsed(text)
            self._sheets[path] = known
        return known

    def _imported(self, path: str) -> list[str]:
        """The sheets of this folder that a sheet refers to."""
        targets = [self._target(path, _cleaned(ref.value)) for ref in self._sheet(path)[1].references]
        return [target for target in targets if _is_sheet(target) and target in self.files]

    def imported(self, path: str) -> list[str]:
        """All sheets of this folder that a sheet refers to, directly or through others."""
        found = self._imported(path)
        for sheet in found:  # it grows
            found += [to for to in self._imported(sheet) if to not in found and to != path]
        return list(dict.fromkeys(found))

    def _target(self, path: str, value: str) -> str:
        """The file of this folder that a relative URL means; empty: not a relative URL, or outside."""
        if routes.scheme(value) or value.replace("\\", "/").startswith("/"):
            return ""
        decoded = unicodedata.normalize("NFC", unquote(value[: _path_end(value)]))
        return routes.joined(posixpath.dirname(path), decoded) or ""

    def _url(self, path: str, sheet: css.Sheet, ref: css.Reference) -> str | None:
        """What a URL in a sheet becomes; None: it stays as it is. Pool names need no folder: the sheet is there too."""
        value = _cleaned(ref.value)
        if routes.unsafe(value):
            self._found("unsafe-url", f'the URL "{value[:60]}" runs code; it was taken out', path, sheet, ref)
            return "about:invalid"
        slashed = value.replace("\\", "/")
        if slashed.startswith("/") and not slashed.startswith("//") and self.base_path:
            return self.base_path + value
        if value[:1] in {"", "/", "\\", "#", "?"} or routes.scheme(value):
            return None
        target = self._target(path, value)
        if target not in self.files:
            self._missing(path, sheet, ref, target)
            return None
        if target in self._circles[path]:
            return None
        return self._asset(target, "").path.removeprefix(POOL) + value[_path_end(value) :]

    def _missing(self, path: str, sheet: css.Sheet, ref: css.Reference, target: str) -> None:
        if not target:
            self._found("missing-asset", f'"{ref.value}" is no file in {self.shown}', path, sheet, ref)
            return
        hint = self.nearest(target, posixpath.dirname(path) or ".")
        self._found("missing-asset", f'no file "{target}" in {self.shown}', path, sheet, ref, hint)

    def nearest(self, target: str, start: str = ".") -> str:
        """A hint, seen from `start`: the file of that name in another folder, else one with nearly that name."""
        if not self._near:
            for file in sorted(self.files):
                self._near.setdefault(posixpath.basename(file), []).append(file)
                self._near.setdefault(posixpath.dirname(file) + "/", []).append(file)
        folder, file = posixpath.split(target)
        if same := self._near.get(file):
            return f'did you mean "{posixpath.relpath(same[0], start)}"?'
        near = self._near.get(folder + "/", [])
        if len(near) > _COMPARED:  # comparing is slow; hardly anybody mistypes the first letter
            begin = posixpath.join(folder, file[:1])
            near = [file for file in near if file.startswith(begin)][:_COMPARED]
        return did_you_mean(posixpath.relpath(target, start), [posixpath.relpath(file, start) for file in near])

    def _check_circle(self, circle: frozenset[str]) -> None:
        """A problem when the sheets do refer to each other; it names a shortest way round."""
        first = min(circle)
        links = {sheet: [to for to in self._imported(sheet) if to in circle] for sheet in circle}
        came: dict[str, str] = {}
        queue = [first]
        for sheet in queue:
            if first in links[sheet]:
                way = [first, sheet]
                while way[-1] != first:
                    way.append(came[way[-1]])
                self._report_circle(way[::-1])
                return
            fresh = [to for to in links[sheet] if to not in came]
            came |= dict.fromkeys(fresh, sheet)
            queue += dict.fromkeys(fresh)

    def _report_circle(self, way: list[str]) -> None:
        sheet = self._sheet(way[0])[1]
        ref = next(ref for ref in sheet.references if self._target(way[0], _cleaned(ref.value)) == way[1])
        names = way if len(way) <= _WAY_SHOWN else [*way[: _WAY_SHOWN - 2], "…", *way[-2:]]
        self._found("asset-cycle", f"style sheets import each other: {' → '.join(names)}", way[0], sheet, ref)

    def _found(self, code: str, message: str, path: str, sheet: css.Sheet, ref: css.Reference, hint: str = "") -> None:
        """Note a problem at a URL; a sheet that is made for several layers has it once."""
        before = re.split(r"\r\n|\n|\r", sheet.text[: ref.start])
        column, length = len(before[-1]) + 1, max(1, ref.end - ref.start)
        place = self._name(path)
        found = problem(code, message, file=place, line=len(before), column=column, length=length, hint=hint)
        if found not in self._said:
            self._said.add(found)
            self.problems.append(found)

    def _name(self, path: str) -> str:
        return f"{self.shown}/{path}" if self.shown else path


def pool_path(name: str, content: bytes) -> str:
    """Where a file called `name` stands in the pool: only `a-z 0-9 . _ -`, no leading dot, at most 255 bytes."""
    stem, dot, suffix = posixpath.basename(name).rpartition(".")
    stem, suffix = (_plain(stem), _plain(suffix)) if dot else (_plain(suffix), "")
    ending = f".{fingerprint(content)}" + (f".{suffix[:32]}" if suffix else "")
    return f"{POOL}{stem[: _NAME_LIMIT - len(ending)] or 'file'}{ending}"


def _asset(path: str, real: str, data: bytes, content: bytes, width: int = 0, height: int = 0) -> Asset:
    return Asset(pool_path(path, data), integrity(data), width, height, real, content, len(data))


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9._-]", "", routes.normal_segment(text)).strip(".")


def _is_sheet(path: str) -> bool:
    return path[-4:].lower() == ".css"


def _cleaned(value: str) -> str:
    """A URL without what URL parsers drop (WHATWG URL §4.4): white space around it, line ends and tabs in it."""
    return re.sub(r"[\t\n\r]", "", value.strip("".join(map(chr, range(33)))))


def _path_end(value: str) -> int:
    return min((at for at in (value.find("?"), value.find("#")) if at >= 0), default=len(value))


def _circles(start: str, targets: Callable[[str], Iterable[str]]) -> Iterator[frozenset[str]]:
    """Groups of nodes that reach each other, what is referred to first (Tarjan 1972, without recursion)."""
    order, low = {start: 0}, {start: 0}
    held = {start: None}
    work = [(start, iter(targets(start)))]
    while work:
        node, rest = work[-1]
        other = next((to for to in rest if to not in order or to in held), None)
        if other is None:
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == order[node]:
                group: list[str] = []
                while not group or group[-1] != node:
                    group.append(held.popitem()[0])
                yield frozenset(group)
        elif other in order:
            low[node] = min(low[node], order[other])
        else:
            order[other] = low[other] = len(order)
            held[other] = None
            work.append((other, iter(targets(other))))
