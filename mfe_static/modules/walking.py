"""From the modules of fragments to all that they load: what each import means, whose it is, and what is wrong with it.

A relative import is a file of the same team or package. A bare one is a package that the team has declared, or that the
package says it needs; nothing else is read from `node_modules`. What leads elsewhere is refused.
"""

import os
import posixpath
import unicodedata
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

import msgspec

from mfe_static.kept import Import, Scan
from mfe_static.model import TeamSources
from mfe_static.modules.choosing import Choice, File, Offer, Wanted
from mfe_static.modules.packages import Package, at, found, split
from mfe_static.modules.ranges import lowest, parsed, shown, version, within
from mfe_static.modules.reading import Reading, own_module
from mfe_static.modules.scanning import scanned
from mfe_static.problems import Problem, did_you_mean, problem
from mfe_static.routes import joined, scheme

SUFFIXES = (".js", ".mjs")
_SOURCE = (".ts", ".mts", ".tsx", ".jsx", ".vue", ".svelte")
_BUILD = "browsers do not read it; build it with the team's own tool, and import what that writes"
_PLAIN = "write it as a module (export default …), or give the fragment a param"
_STYLES = "a fragment's styles go into its fragment.css"
_COMMON = "take a version that is an ES module, or bundle it into one with the team's own tool"
_ANYTHING = "*"


ROUTER = "mfe-static/router"
"""The one module of the tool's own that others may import."""
OWN = "mfe"
"""Where those are published: no team is called so."""


class Module(msgspec.Struct, frozen=True):
    """A module, and what its imports mean."""

    file: File
    shown: str
    """How problems name it."""
    real: str
    scan: Scan
    links: tuple[tuple[Import, File], ...]


class Walk:
    """One walk over everything that modules of fragments load, where packages are chosen so."""

    def __init__(self, reading: Reading, root: str, teams: Mapping[str, TeamSources], choice: Choice) -> None:
        self._reading, self._root, self._teams, self._choice = reading, root, teams, choice
        self.modules: dict[File, Module] = {}
        self.problems: list[Problem] = []
        self._packages: dict[str, Package] = {}
        self._wanted: dict[tuple[str, str], Wanted] = {}
        self._offers: dict[tuple[str, str], Offer | None] = {}

    @property
    def wanted(self) -> Iterable[Wanted]:
        """The packages that are wanted, by whom."""
        return self._wanted.values()

    def follow(self, files: Iterable[File]) -> None:
        """Read modules, and all that they load."""
        pending = [*files]
        while pending:
            file = pending.pop()
            if file not in self.modules and (module := self._module(file)):
                self.modules[file] = module
                pending += [to for _, to in reversed(module.links)]

    def app(self, team: str, said: str) -> File | Problem:
        """The module that a page of a team names."""
        path = joined("", said)
        outside = problem(
            "import-outside", f'"{said[:80]}" leads out of the folder', hint="name a file of the team's own"
        )
        return outside if path is None else self._checked(team, path, said)

    def _module(self, file: File) -> Module | None:
        home, path = file
        if home == OWN:
            return Module(file, ROUTER, "", scanned(own_module(posixpath.splitext(path)[0])), ())
        team = self._teams.get(home)
        real = team.modules[path] if team else f"{self._packages[home].folder}/{path}"
        name = team.named(path) if team else f"{self._packages[home].shown}/{path}"
        scan = self._reading.module(name, real, walked=team is not None)
        if isinstance(scan, Problem):
            self.problems.append(scan)
            return None
        if any(mark in path for mark in "\\#?%"):
            message = "the name holds a character that has no place in a URL"
            self.problems.append(problem("bad-file-name", message, file=name))
        if scan.common:
            self.problems.append(problem("module-kind", "this is CommonJS, and no module", file=name, hint=_COMMON))
        if team and scan.broken:
            line, column = scan.broken
            message = "what stands here is not understood as JavaScript; browsers may not load this module"
            self.problems.append(problem("module-syntax", message, file=name, line=line, column=column))
        links = [(its, to) for its in scan.imports if (to := self._target(file, name, its))]
        return Module(file, name, real, scan, tuple(links))

    def _target(self, file: File, name: str, its: Import) -> File | None:
        """The module that an import means; None, where something is said of it."""
        said = its.specifier
        to: File | Problem | None
        if said.startswith(("./", "../")):
            to = self._relative(file, said)
        elif said.startswith(("/", "\\")) or scheme(said) or said in {"", ".", ".."}:
            to = problem("import-outside", f'"{said[:80]}" is no module of this team', hint=_outside_hint(said))
        else:
            to = self._bare(file[0], said, its)
        if isinstance(to, Problem):
            place = to if to.file else msgspec.structs.replace(
                to, file=name, line=its.line, column=its.column, length=its.length
            )  # fmt: skip
            self.problems.append(place)
            return None
        return to

    # -- files of the same team or package

    def _relative(self, file: File, said: str) -> File | Problem:
        home, path = file
        wanted = unquote(said.partition("#")[0].partition("?")[0])
        target = joined(posixpath.dirname(path), unicodedata.normalize("NFC", wanted))
        if "//" in wanted or "\\" in wanted:  # browsers would ask for exactly this
            return problem("missing-asset", f'there is no file "{said[:80]}"')
        if target is None:
            return problem("import-outside", f'"{said[:80]}" leads out of the folder', hint=_outside_hint(said))
        return self._checked(home, target, said)

    def _checked(self, home: str, path: str, said: str) -> File | Problem:
        """A file that can be a module, if it is there."""
        team, suffix = self._teams.get(home), posixpath.splitext(path)[1].lower()
        if suffix in _SOURCE:
            return problem("module-kind", f'"{said}" is no JavaScript', hint=_BUILD)
        if suffix == ".cjs":
            return problem("module-kind", f'"{said}" is CommonJS, and no module', hint=_COMMON)
        if self._is_there(home, path):
            if suffix in SUFFIXES:
                return home, path
            return problem("module-kind", f'"{said}" is no JavaScript', hint=_STYLES if suffix == ".css" else _PLAIN)
        if suffix in {".css", ".json"}:
            return problem("module-kind", f'"{said}" is no JavaScript', hint=_STYLES if suffix == ".css" else _PLAIN)
        ends = (".js", ".mjs", "/index.js", "/index.mjs")
        if end := next((end for end in ends if self._is_there(home, path.rstrip("/") + end)), ""):
            return problem("missing-asset", f'there is no file "{said}"', hint=f'write "{said.rstrip("/")}{end}"')
        near = [other for other in team.modules if posixpath.dirname(other) == posixpath.dirname(path)] if team else []
        hint = did_you_mean(posixpath.basename(path), map(posixpath.basename, near))
        return problem("missing-asset", f'there is no file "{said}"', hint=hint)

    def _is_there(self, home: str, path: str) -> bool:
        if team := self._teams.get(home):
            return path in team.modules
        folder = self._packages[home].folder
        real = os.path.realpath(f"{folder}/{path}")
        return real.startswith(f"{folder}/") and os.path.isfile(real)

    # -- packages

    def _bare(self, home: str, said: str, its: Import) -> File | Problem | None:
        if said.startswith("mfe-static/"):
            hint = f'write "{ROUTER}", or give a type alone by `import type`'
            return (
                (OWN, "router.js")
                if said == ROUTER
                else problem("undeclared-import", f'there is no "{said[:80]}"', hint=hint)
            )
        package = self._packages.get(home)
        if package and said.startswith("#"):
            target = package.internal(said)
            if target.startswith("./"):
                return self._checked(home, posixpath.normpath(target), said)
            if not target:
                return problem("missing-dependency", f'"{package.name}" says nothing of "{said}"')
            said = target
        name, subpath = split(said)
        if package and name == package.name:
            path = package.entry(subpath)
            return self._checked(home, path, said) if path else _no_entry(package.name, package.version, subpath)
        if package is None:
            declared = self._declared(home, said)
            if declared is None:
                return self._undeclared(home, name)
            name, subpath = declared, "." if said == declared else f"./{said[len(declared) + 1 :]}"
        own = self._own(home, name)
        if own is None:
            optional = its.dynamic and package is not None
            return None if optional or package is None else _not_installed(name, f'"{package.name}" needs')
        if own.entry(subpath) is None:
            return _no_entry(name, own.version, subpath)
        self._want(home, name, own, subpath)
        offer = self._choice.get((home, name), own)
        to = offer.entry(subpath) or own.entry(subpath)
        assert to is not None
        if offer.package:
            self._packages.setdefault(offer.home, offer.package)
        return self._checked(*to, said)

    def _declared(self, home: str, said: str) -> str | None:
        """The key of `[dependencies]` that an import is meant by: the longest one."""
        keys = [key for key in self._teams[home].dependencies if said == key or said.startswith(f"{key}/")]
        return max(keys, key=len, default=None)

    def _undeclared(self, home: str, name: str) -> Problem:
        team = self._teams[home]
        if home == "theme":
            hint = "a theme has no dependencies; put a copy beside the module and import that"
        else:
            hint = did_you_mean(name, team.dependencies)
            hint = hint or f'add {_toml_key(name)} = "^…" under [dependencies] in {team.shown}/team.toml'
        return problem("undeclared-import", f'"{name}" is not declared', hint=hint)

    def _want(self, home: str, name: str, own: Offer, subpath: str) -> None:
        known = self._wanted.get((home, name))
        package = self._packages.get(home)
        said = (package.range_of(name) if package else self._teams[home].dependencies[name].version) or _ANYTHING
        before = known.subpaths if known else frozenset[str]()
        wanted = parsed(said) or ((),)
        self._wanted[home, name] = Wanted(home, name, said, wanted, own, before | {subpath})

    def _own(self, home: str, name: str) -> Offer | None:
        """What a team or a package has of what it wants; None: nothing, which is said of a team."""
        if (home, name) not in self._offers:
            package = self._packages.get(home)
            start = package.folder if package else ""
            there = found(self._reading, self._root, start, name) if package else self._of_team(home, name)
            if isinstance(there, Problem):
                self.problems.append(there)
            self._offers[home, name] = _offer(name, there) if isinstance(there, Package) else (
                there if isinstance(there, Offer) else None
            )  # fmt: skip
        return self._offers[home, name]

    def _of_team(self, home: str, name: str) -> Offer | Package | Problem:
        """What a team has of a dependency: a file or a folder of its own, else what is installed."""
        team = self._teams[home]
        asked, file = team.dependencies[name], f"{team.shown}/team.toml"
        sought = f"key:dependencies:{name}"
        wanted = parsed(asked.version)
        if wanted is None:
            message = f'"{asked.version}" is no range of versions'
            return problem("bad-value", message, file=file, sought=sought, hint='such as "^10" or ">=3 <5"')
        folder = f"{self._root}/{team.shown}"
        if asked.source:
            path = joined("", asked.source)
            if path and path in team.modules:
                key = lowest(wanted)
                return Offer(name, shown(key), key, file=(home, path))
            there = at(self._reading, self._root, f"{folder}/{path}") if path else None
            missing = f'there is no file or package "{asked.source}"'
        else:
            there, missing = found(self._reading, self._root, folder, name), f'"{name}" is not installed'
        if isinstance(there, Problem):
            return there
        if there is None:
            hint = "" if asked.source else f"run npm install {name} in {team.shown} or in the site's root"
            return problem("missing-dependency", missing, file=file, sought=sought, hint=hint)
        key_of = version(there.version)
        if key_of is None or not within(key_of, wanted):
            message = f'"{name}" is installed as {there.version}, and {asked.version} is declared'
            return problem(
                "dependency-range", message, file=file, sought=sought, hint="install it, or change the range"
            )
        return there


def _offer(name: str, package: Package) -> Offer:
    key = version(package.version) or version("0.0.0")
    assert key is not None
    return Offer(name, package.version, key, package=package)


def _no_entry(name: str, number: str, subpath: str) -> Problem:
    what = f'"{name}" {number}' if subpath == "." else f'"{name}/{subpath[2:]}": {name} {number}'
    return problem("missing-dependency", f"{what} offers no module for browsers there")


def _not_installed(name: str, who: str) -> Problem:
    return problem("missing-dependency", f'{who} "{name}", which is not installed', hint="run npm install")


def _outside_hint(said: str) -> str:
    if scheme(said) in {"http", "https"} or said.startswith("//"):
        return "put a copy into the team's folder, or declare the package under [dependencies]"
    if scheme(said) == "node":
        return "browsers have no modules of Node.js"
    return "import files of the team's own folder by ./ or ../"


def _toml_key(name: str) -> str:
    return name if all(each.isascii() and (each.isalnum() or each in "-_") for each in name) else f'"{name}"'
