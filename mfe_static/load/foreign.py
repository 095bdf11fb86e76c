"""The folder of a team that builds with another tool: what `[build]` says, and what the tool left in its output.

The folder is the tool's own: of it only `team.toml` and the output are read, so `layouts/`, `data/` or `public/` there
mean what the tool takes them for. Files keep the places that the tool gave them, because its links lead there.
"""

from collections.abc import Iterator

from mfe_static.files import Folder, read_exactly
from mfe_static.load.folder import Contents, unfit
from mfe_static.model import Foreign, Fragment, Site
from mfe_static.patterns import compiled
from mfe_static.problems import Problem, problem
from mfe_static.settings import BuildSettings

DOCUMENTS = (".html", ".htm")
_NAME = compiled(r"[A-Za-z_][A-Za-z0-9_]*")


def foreign_of(name: str, site: Site, build: BuildSettings, shown: str, problems: list[Problem]) -> Foreign | None:
    """How the team `name` is built; None, after a complaint, where it cannot be."""
    wrong = [
        problem("bad-value", f"`build.{key}` {why}", file=f"{shown}/team.toml", hint=hint, sought=f"key:build.{key}")
        for key, why, hint in _wrong(build)
    ]
    problems += wrong
    if wrong:
        return None
    return Foreign(
        output=_plain(build.output),
        command=build.command,
        inputs=tuple(_plain(each) for each in build.inputs),
        environment=tuple(sorted(set(build.environment))),
        timeout=build.timeout,
        header=_part(build.inject.header, site.shell["header"], name),
        footer=_part(build.inject.footer, site.shell["footer"], name),
        styles=build.inject.styles,
    )


def made_by(foreign: Foreign, build: BuildSettings, folder: Folder, problems: list[Problem]) -> Contents:
    """What the tool made: documents, files that go with them, fragments."""
    top = f"{foreign.output}/"
    inner = f"{top}{_plain(build.fragments)}/" if build.fragments else ""
    problems += [found for found in folder.problems if f"{found.file}/".startswith(f"{folder.shown}/{top}")]
    pages: dict[str, str] = {}
    public: dict[str, str] = {}
    templates: dict[str, str] = {}
    fragments: dict[str, Fragment] = {}
    for path, real in folder.real.items():
        if not path.startswith(top):
            continue
        stem, _, kind = path.removeprefix(inner).rpartition(".")
        if inner and path.startswith(inner) and kind == "html" and "/" not in stem:
            text = read_exactly(real, folder.name(path))
            if isinstance(text, Problem):
                problems.append(text)
            else:
                templates[path], fragments[stem] = text, Fragment(name=stem, template=path)
        elif path.lower().endswith(DOCUMENTS):
            pages[path] = real
        else:
            public[path.removeprefix(top)] = real
            problems += unfit(path.removeprefix(top), folder.name(path))
    if not (pages or public or fragments):
        problems.append(_nothing(foreign, folder))
    return Contents(pages, public, templates=templates, fragments=fragments)


def _nothing(foreign: Foreign, folder: Folder) -> Problem:
    hint = "" if foreign.command else "name the folder with the documents, or the `command` that makes them"
    return problem(
        "no-output",
        f"there is nothing in {folder.shown}/{foreign.output}/",
        file=f"{folder.shown}/team.toml",
        hint=hint,
        sought="key:build.output",
    )


def _wrong(build: BuildSettings) -> Iterator[tuple[str, str, str]]:
    """Key, what is wrong with its value, and a way out."""
    if why := _no_folder(build.output):
        hint = f'such as output = "{"dist" if build.command else "html"}"'
        yield "output", why, hint
    if build.fragments and (why := _no_folder(build.fragments)):
        yield "fragments", why, "name a folder of the output"
    for pattern in build.inputs:
        if not _plain(pattern) or pattern.startswith("/") or ".." in pattern.split("/"):
            yield "inputs", f'"{pattern}" is no path within the team\'s folder', ""
    for name in build.environment:
        if not _NAME.fullmatch(name):
            yield "environment", f'"{name}" is no name of an environment variable', ""
    if build.command:
        program = build.command[0]
        if not program or program.startswith("/") or ".." in program.split("/"):
            hint = "a program on PATH (npm, hugo), or a file such as ./build.sh"
            yield "command", f'cannot begin with "{program}", which is no program within the team\'s folder', hint
        if any("\0" in part for part in build.command):
            yield "command", "holds a character that no program can be given", ""


def _no_folder(path: str) -> str:
    """Why a path cannot be the output of a tool; empty: it can."""
    parts = path.removeprefix("./").rstrip("/").split("/")
    if not path:
        return "has to name the folder that the tool writes"
    if path.startswith("/") or ".." in parts:
        return f'"{path}" is outside of the team\'s folder'
    if any(not part or part.startswith(".") for part in parts):
        return f'"{path}" has to be a folder of its own that no dot hides'
    return f'"{path}" is a folder that is never read' if "node_modules" in parts else ""


def _plain(path: str) -> str:
    return path.removeprefix("./").rstrip("/")


def _part(said: str | bool, shell: str, team: str) -> str:
    """A part of the shell that is put into documents, as `team:name`."""
    src = shell if said is True else said or ""
    return f"{team}{src}" if src.startswith(":") else src
