"""The import map: one for the whole site, as small as it can be (HTML Standard §8.1.6.2).

Modules are published under their own paths with a fingerprint, byte for byte as they were written. So a relative
import leads to a URL without fingerprint, and the map says which file that is; no importer has to be made anew when a
module changes. What a bare import means for most is said for all; what it means otherwise, for the folder of whoever
sees it so.
"""

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from mfe_static.modules.choosing import File
from mfe_static.modules.walking import Module
from mfe_static.routes import emitted

ROOT = "/_mfe/modules/"


def url_of(module: Module) -> str:
    """Where a module is published."""
    home, path = module.file
    stem, suffix = posixpath.splitext(path)
    return f"{ROOT}{home}/{stem}.{module.scan.fingerprint}{suffix}"


def import_map(modules: Mapping[File, Module], base_path: str) -> str:
    """The map as it stands in pages."""
    urls = {file: emitted(base_path, url_of(module)) for file, module in modules.items()}
    imports: dict[str, str] = {}
    bare: dict[str, dict[str, str]] = {}
    for file, module in modules.items():
        for its, to in module.links:
            if to not in urls:  # something is said of it
                continue
            if its.specifier.startswith("."):
                imports[_spelt(base_path, file, its.specifier)] = urls[to]
            else:
                bare.setdefault(file[0], {})[its.specifier] = urls[to]
    imports |= _shared(bare.values())
    scopes = {
        f"{base_path}{ROOT}{home}/": other
        for home, table in bare.items()
        if (other := {name: url for name, url in table.items() if imports[name] != url})
    }
    table = {
        "imports": imports,
        "scopes": scopes,
        "integrity": {urls[file]: module.scan.integrity for file, module in modules.items()},
    }
    text = msgspec.json.encode({key: value for key, value in table.items() if value}, order="sorted").decode()
    return text.replace("<", "\\u003c")


def loaded(file: File, modules: Mapping[File, Module]) -> list[File]:
    """A module and all that it imports at once, itself first."""
    found = [file] if file in modules else []
    for each in found:  # it grows
        links = modules[each].links
        found += dict.fromkeys(to for its, to in links if not its.dynamic and to in modules and to not in found)
    return found


def _shared(tables: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """What each bare import means for most."""
    counts: dict[str, Counter[str]] = {}
    for table in tables:
        for name, url in table.items():
            counts.setdefault(name, Counter())[url] += 1
    return {name: max(sorted(its, reverse=True), key=its.__getitem__) for name, its in counts.items()}


def _spelt(base_path: str, file: File, specifier: str) -> str:
    """The URL that an import leads to without the map, as browsers read both: only folders are resolved."""
    home, path = file
    end = min((at for at in (specifier.find("?"), specifier.find("#")) if at >= 0), default=len(specifier))
    inner = posixpath.normpath(posixpath.join(posixpath.dirname(path), specifier[:end]))
    return f"{base_path}{ROOT}{home}/{inner}{specifier[end:]}"
