"""Packages as npm installs them: where one lies, which version it is, and which of its files an import means.

The rules are Node's (Node.js documentation, "Modules: Packages": `exports`, `imports`, `main`), with the conditions
that tools for browsers use. A package is looked for from where it is wanted upwards, up to the site's root and no
further.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mfe_static.modules.reading import Reading
from mfe_static.problems import Problem, problem

CONDITIONS = frozenset({"browser", "import", "module", "default"})
_NEEDED = ("dependencies", "peerDependencies", "optionalDependencies")


class Package(msgspec.Struct, frozen=True):
    """An installed package."""

    name: str
    version: str
    folder: str
    """Where it really lies."""
    shown: str
    """How problems name the folder."""
    said: Mapping[str, Any]
    """Its `package.json`."""

    @property
    def home(self) -> str:
        """Where its modules are published, below `/_mfe/modules/`."""
        return f"mfe/{self.name}@{self.version}"

    def entry(self, subpath: str) -> str:
        """The file that `name/subpath` means, below its folder; empty: there is none. `subpath`: `.` or `./hooks`."""
        if (exports := self.said.get("exports")) is not None:
            if not isinstance(exports, dict) or not any(key.startswith(".") for key in exports):
                exports = {".": exports}
            return _inside(_matched(exports, subpath))
        if subpath != ".":
            return _inside(subpath)
        for key in ("browser", "module", "main"):
            if isinstance(found := self.said.get(key), str):
                return _inside(found if found.startswith("./") else f"./{found}")
        return "index.js"

    def internal(self, name: str) -> str:
        """The same for a name that begins with `#` (`imports`); it may be another package's."""
        imports = self.said.get("imports")
        return _matched(imports, name) if isinstance(imports, dict) else ""

    def range_of(self, name: str) -> str | None:
        """Which versions of another package it wants; None: it does not say that it needs it."""
        for key in _NEEDED:
            wanted = self.said.get(key)
            if isinstance(wanted, dict) and isinstance(found := wanted.get(name), str):
                return found.rpartition("@")[2] if found.startswith("npm:") else found
        return None


def split(specifier: str) -> tuple[str, str]:
    """A bare import as the package's name and the path in it: `@lit/x/y.js` → `@lit/x`, `./y.js`."""
    parts = specifier.split("/")
    name = "/".join(parts[: 2 if specifier.startswith("@") else 1])
    rest = specifier[len(name) + 1 :]
    return name, f"./{rest}" if rest else "."


def found(reading: Reading, root: str, start: str, name: str) -> Package | Problem | None:
    """The package of that name, as a module in the folder `start` sees it; None: it is not installed."""
    for folder in _upwards(root, start):
        if os.path.basename(folder) != "node_modules":
            package = at(reading, root, f"{folder}/node_modules/{name}")
            if package is not None:
                return package
    return None


def at(reading: Reading, root: str, folder: str) -> Package | Problem | None:
    """The package in a folder; None: there is none."""
    text = reading.text(f"{folder}/package.json")
    if text is None:
        return None
    real, shown = os.path.realpath(folder), os.path.relpath(folder, root)
    if not f"{real}/".startswith(f"{os.path.realpath(root)}/"):
        message = f"the package lies in {real}, outside the site's folder"
        return problem("symlink-outside", message, file=shown, hint="install it there, or copy it")
    try:
        said = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return problem("bad-data", f"this is no JSON: {error}", file=f"{shown}/package.json")
    name, version = (said.get("name"), said.get("version")) if isinstance(said, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(version, str) or not _plain(name) or not _plain(version):
        return problem("bad-data", "it names no package and version", file=f"{shown}/package.json")
    return Package(name, version, real, shown, said)


def _plain(word: str) -> bool:
    """Whether a name or a version can be part of a URL as it is."""
    parts = word.split("/")
    safe = all(part and part not in {".", ".."} and part.isascii() for part in parts)
    return safe and all(each.isalnum() or each in "@._+~-/" for each in word)


def _upwards(root: str, start: str) -> Iterator[str]:
    """A folder and those above it, up to the root."""
    folder, top = start, os.path.realpath(root)
    while True:
        yield folder
        if os.path.realpath(folder) == top or os.path.dirname(folder) == folder:
            return
        folder = os.path.dirname(folder)


def _matched(table: Mapping[str, Any], wanted: str) -> str:
    """What a table of `exports` or `imports` says of a path; empty: nothing."""
    if wanted in table and "*" not in wanted:
        return _target(table[wanted], "")
    keys = [key for key in table if key.count("*") == 1]
    for key in sorted(keys, key=lambda key: (-key.index("*"), -len(key))):
        before, _, after = key.partition("*")
        if wanted.startswith(before) and wanted.endswith(after) and len(wanted) >= len(before) + len(after):
            return _target(table[key], wanted[len(before) : len(wanted) - len(after)])
    return ""


def _target(said: Any, star: str) -> str:
    """The path that counts here, of alternatives by condition; empty: there is none."""
    if isinstance(said, str):
        return said.replace("*", star)
    if isinstance(said, list):
        return next((path for each in said if (path := _target(each, star))), "")
    if isinstance(said, dict):
        for condition, inner in said.items():
            if condition in CONDITIONS and (path := _target(inner, star)):
                return path
    return ""


def _inside(target: str) -> str:
    """A path below the package's folder, from how `package.json` says it; empty where it leads elsewhere."""
    if not target.startswith("./"):
        return ""
    path = target[2:]
    bad = any(part in {"", ".", "..", "node_modules"} for part in path.split("/"))
    return "" if bad or not path.isprintable() or "\\" in path or "%" in path else path
