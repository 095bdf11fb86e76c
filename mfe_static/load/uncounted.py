"""Files that were meant to be a fragment's module or style sheet, and do not count by their name.

Only names that others use for the same are told of (`index.js`, `style.css`, the fragment's own), only where the
fragment lacks what is meant, and only where no text of the team names the file: it may import it, or refer to it.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from mfe_static.files import Folder, read_text
from mfe_static.model import Fragment
from mfe_static.problems import Problem, nearest, problem

_MEANT = {
    ".js": frozenset({"index", "script", "main", "fragment"}),
    ".css": frozenset({"index", "style", "styles", "main", "fragment"}),
}
"""How else modules and style sheets are called."""
_SPEAKING = (".js", ".mjs", ".css", ".toml", ".md", ".html")


def uncounted(folder: Folder, fragments: Mapping[str, Fragment], templates: Mapping[str, str]) -> Iterator[Problem]:
    """`unused-file`, for the fragments of a folder. `templates`: their texts."""
    if not fragments:
        return
    found = [path for path in folder.real if path.startswith("fragments/") and path.endswith((".js", ".mjs", ".css"))]
    candidates = {path: of for path in found if (of := _meant(path, fragments))}
    if not candidates:
        return
    for path, (name, meant) in sorted(candidates.items()):
        last = path.rpartition("/")[2]
        if any(last in text for text in chain(templates.values(), _texts(folder, path))):
            continue
        inside = path.startswith(f"fragments/{name}/")
        yield problem(
            "unused-file",
            f"nothing uses it: {meant} is what counts",
            file=folder.name(path),
            hint=f"rename it to {meant}" if inside else f"move it to fragments/{name}/{meant}",
        )


def _meant(path: str, fragments: Mapping[str, Fragment]) -> tuple[str, str] | None:
    """Of which fragment a file was to be what."""
    stem, dot, suffix = path.removeprefix("fragments/").rpartition(".")
    name, inside, last = stem.partition("/")
    fragment = fragments.get(name)
    if fragment is None or "/" in last or last == "fragment":
        return None
    kind = ".css" if suffix == "css" else ".js"
    words = {*_MEANT[kind], name.lower()}
    if (fragment.css if kind == ".css" else fragment.js) or (inside and not _nearly(last.lower(), words)):
        return None
    return name, f"fragment{dot}{suffix}"


def _nearly(word: str, words: set[str]) -> bool:
    return word in words or bool(nearest(word, ["fragment"]))


def _texts(folder: Folder, besides: str) -> Iterator[str]:
    """What may name the file: modules and style sheets, settings (a dependency), then pages (an app)."""
    speaking = [path for path in folder.real if path != besides and path.endswith(_SPEAKING)]
    for path in sorted(speaking, key=lambda path: path.startswith("pages/")):
        if isinstance(text := read_text(folder.real[path], folder.name(path)), str):
            yield text
