"""What is in a folder of a team or a theme: templates, fragments, data, files to copy and files to fingerprint."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mfe_static import data, matter
from mfe_static.contracts import ContractParam
from mfe_static.files import Folder, read_text
from mfe_static.html import RESERVED
from mfe_static.load.uncounted import uncounted
from mfe_static.model import Fragment
from mfe_static.problems import Problem, Related, problem
from mfe_static.routes import is_page, resource_path
from mfe_static.settings import FragmentMatter, FragmentParam
from mfe_static.state import unkeepable

_DATA_KINDS: Mapping[str, data.Kind] = {"json": "json", "toml": "toml", "yaml": "yaml", "yml": "yaml", "csv": "csv"}
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "int": int,
    "number": (int, float),
    "bool": bool,
    "list": (list, tuple),
}


_MODULES = (".js", ".mjs")
_SOURCES = (".ts", ".tsx", ".jsx", ".mts")
"""What is built into a module by a tool of the team's own."""
_IMPORTED = (*_MODULES, ".json", ".css")


class Parts(msgspec.Struct, frozen=True):
    """The files of a folder by what they are for; each with the file to open, by path, in order."""

    pages: Mapping[str, str]
    resources: dict[str, str]
    """Files in `pages/` that are no pages."""
    others: dict[str, dict[str, str]]
    """By the name of any other folder."""

    def of(self, *folders: str) -> Iterator[tuple[str, str]]:
        """The files below these folders, `pages` not among them."""
        for name in folders:
            yield from self.others.get(name, {}).items()


class Contents(msgspec.Struct, frozen=True):
    """What a team's folder holds, by what it is for; see `TeamSources`."""

    pages: Mapping[str, str]
    public: Mapping[str, str]
    assets: Mapping[str, str] = {}
    templates: Mapping[str, str] = {}
    fragments: Mapping[str, Fragment] = {}
    data: Mapping[str, Any] = {}


def parts_of(folder: Folder) -> Parts:
    """The folder's files, gone through once: most of them are pages."""
    pages = folder.real.among(is_page)
    out = Parts(pages, {}, {})
    for path in folder.real:
        if path in pages:
            continue
        if path.startswith("pages/"):
            out.resources[path] = folder.real[path]
        elif "/" in path:
            out.others.setdefault(path.partition("/")[0], {})[path] = folder.real[path]
    return out


def public_files(folder: Folder, parts: Parts, team: str, problems: list[Problem]) -> dict[str, str]:
    """Files to copy, by the URL path below the team's prefix."""
    out: dict[str, str] = {}
    first: dict[str, str] = {}
    for path, real in (*parts.resources.items(), *parts.of("public")):
        top, _, rest = path.partition("/")
        url = rest if top == "public" else resource_path(rest)
        if out.setdefault(url, real) != real:
            message = f'two files are copied to "{url}"'
            related = (Related(file=first[url], team=team),)
            problems.append(problem("url-taken", message, file=folder.name(path), related=related))
        first.setdefault(url, folder.name(path))
        problems += unfit(url, folder.name(path))
    return out


def unfit(url: str, shown: str) -> Iterator[Problem]:
    """Why a file, which problems name so, cannot be copied to `url`."""
    if any(len(part.encode()) > 255 for part in url.split("/")):
        yield problem("name-too-long", f"{url[:60]}… has more than 255 bytes", file=shown)
    elif any(mark in url for mark in "\\#?%") or not url.isprintable():
        yield problem("bad-file-name", "the name holds a character that has no place in a URL", file=shown)


def asset_files(parts: Parts) -> dict[str, str]:
    """Everything that can be fingerprinted. Templates cannot; scripts of fragments are modules (`module_files`)."""
    fragments = {path: real for path, real in parts.of("fragments") if not path.endswith((".html", *_MODULES))}
    return {**dict(parts.of("assets")), **fragments, **parts.resources}


def module_files(folder: Folder, fragments: Mapping[str, Fragment], *, spa: bool = False) -> Mapping[str, str]:
    """All files that a module may import, or may seem to, where a fragment has one, or a page may have (`spa`)."""
    if not spa and not any(fragment.js for fragment in fragments.values()):
        return {}
    return {path: folder.real[path] for path in folder.real.among(lambda path: path.endswith(_IMPORTED))}


def read_data(folder: Folder, parts: Parts, problems: list[Problem]) -> dict[str, Any]:
    """`data/a/b.json` → `data.a.b`."""
    out: dict[str, Any] = {}
    said: dict[str, str] = {}
    for path, real in parts.of("data"):
        stem, _, suffix = path.rpartition(".")
        kind = _DATA_KINDS.get(suffix.lower())
        if kind is None:
            continue
        text = read_text(real, folder.name(path))
        parsed = text if isinstance(text, Problem) else data.parse(text, kind, folder.name(path))
        if isinstance(parsed, Problem):
            problems.append(parsed)
            continue
        if why := unkeepable(parsed.value):
            problems.append(problem("bad-data", why, file=folder.name(path)))
            continue
        *above, name = stem.removeprefix("data/").split("/")
        place = out
        for part in above:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else {}
        outer = next((part for part in _above(stem) if part in said), "")
        if stem in said:
            problems.append(problem("bad-data", f"{said[stem]} is data.{name} too", file=folder.name(path)))
        elif outer:
            message = f"{said[outer]} is a whole; there can be no data.{'.'.join([*above, name])} in it"
            problems.append(problem("bad-data", message, file=folder.name(path)))
        said[stem] = folder.name(path)
        place[name] = parsed.value
    return out


def _above(path: str) -> list[str]:
    """The folders above a path: `a/b/c` → `a`, `a/b`."""
    parts = path.split("/")
    return ["/".join(parts[:index]) for index in range(1, len(parts))]


def read_templates(folder: Folder, parts: Parts, problems: list[Problem]) -> tuple[dict[str, str], dict[str, Fragment]]:
    """The texts of all templates, and the fragments among them."""
    templates: dict[str, str] = {}
    fragments: dict[str, Fragment] = {}
    for path, real in parts.of("fragments", "layouts"):
        if not path.endswith(".html"):
            continue
        shown = folder.name(path)
        text = read_text(real, shown)
        if isinstance(text, Problem):
            problems.append(text)
            continue
        name = fragment_name(path)
        if name:
            front, body, line, more = matter.fragment_matter(text, shown)
            problems += more
            text = matter.lines_above(line) + body
            if name in fragments:
                problems.append(
                    problem("url-taken", f'{fragments[name].template} is the fragment "{name}" too', file=shown)
                )
            fragments[name] = _fragment(name, path, front, folder.real)
            if source := next((its for its in _SOURCES if f"fragments/{name}/fragment{its}" in folder.real), ""):
                problems += _unbuilt(fragments[name], folder, source)
            if faulty := _param_problems(fragments[name], shown):
                problems += faulty
                fragments[name] = msgspec.structs.replace(fragments[name], params=())
        templates[path] = text
    problems += uncounted(folder, fragments, templates)
    return templates, fragments


def fragment_name(path: str) -> str:
    """`fragments/x.html`, `fragments/x/fragment.html` → `x`; other templates are no fragments."""
    top, _, rest = path.partition("/")
    if top != "fragments":
        return ""
    name, _, inner = rest.partition("/")
    if inner:
        return name if inner == "fragment.html" else ""
    return name.removesuffix(".html")


def _fragment(name: str, path: str, front: FragmentMatter, files: Mapping[str, str]) -> Fragment:
    css, module = f"fragments/{name}/fragment.css", f"fragments/{name}/fragment"
    declared = {
        key: param if isinstance(param, FragmentParam) else FragmentParam(type=param)
        for key, param in front.params.items()
    }
    return Fragment(
        name=name,
        template=path,
        css=css if css in files else "",
        js=next((module + suffix for suffix in _MODULES if module + suffix in files), ""),
        description=front.description,
        params=tuple(
            ContractParam(name=key, type=param.type, required=param.required, default=param.default)
            for key, param in declared.items()
        ),
        vary=front.vary,
        each=front.each,
    )


def _unbuilt(fragment: Fragment, folder: Folder, suffix: str) -> Iterator[Problem]:
    """A module's source without the module that is built from it."""
    if not fragment.js:
        file = folder.name(f"fragments/{fragment.name}/fragment{suffix}")
        hint = "build it with the team's own tool, which writes fragment.js beside it"
        yield problem("module-kind", "browsers do not read this", file=file, hint=hint)


def _param_problems(fragment: Fragment, shown: str) -> list[Problem]:
    """Params that no tag could ever give, and defaults of another type."""
    found = []
    for param in fragment.params:
        if param.name in RESERVED:
            message = f'"{param.name}" cannot be a param: the tag itself uses this attribute'
            found.append(problem("bad-value", message, file=shown, sought="key:params"))
        elif param.default is not None and not isinstance(param.default, _TYPES[param.type]):
            message = f'the default of "{param.name}" is no {param.type}'
            found.append(problem("bad-value", message, file=shown, sought="key:params"))
        elif why := unkeepable(param.default) or _nested(param.default):
            message = f'the default of "{param.name}" cannot be: {why}'
            found.append(problem("bad-value", message, file=shown, sought="key:params"))
    return found


def _nested(default: Any) -> str:
    """Why a list is none that a tag could give; empty when it is one."""
    flat = not isinstance(default, list | tuple) or not any(isinstance(item, list | tuple | dict) for item in default)
    return "" if flat else "its items are lists or tables themselves"
