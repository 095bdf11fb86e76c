"""Whole sites, said inline: folders in, folders out.

A test writes the few files it is about. What every site needs besides is filled in: `site.toml` with a route for each
team (the first at `/`, the others at `/<team>/`), a `team.toml` with an owner, and a theme that is small enough to be
read here, so that no test depends on how the built-in theme looks.
"""

import datetime
import os
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from mfe_static import processes, write
from mfe_static.build import build
from mfe_static.contracts import Contract
from mfe_static.output import ahead
from mfe_static.problems import Problem
from mfe_static.routes import output_path
from mfe_static.run import Options, Result

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
"""The moment of every build that says nothing else."""

Files = Mapping[str, str | bytes]
THEME: Files = {
    "themes/plain/theme.toml": "",
    "themes/plain/layouts/shell.html": (
        "<!doctype html>\n"
        '<html lang="{{ page.language }}"><head><title>{{ page.title }}</title>{{ head }}</head>\n'
        "<body>{{ shell.header }}\n"
        "<main>{% block main %}{{ content }}{% endblock %}</main>\n"
        "{{ shell.footer }}</body></html>\n"
    ),
    "themes/plain/layouts/page.html": (
        '{% extends "shell.html" %}{% block main %}'
        '{% if page.heading is not none %}<h1{% if page.heading_id %} id="{{ page.heading_id }}"{% endif %}>'
        "{{ page.heading }}</h1>\n{% endif %}{{ content }}{% endblock %}"
    ),
    "themes/plain/layouts/404.html": '{% extends "page.html" %}',
    "themes/plain/fragments/header.html": (
        '<header>{% for t in site.teams %}<a href="{{ t.url }}">{{ t.name }}</a>{% endfor %}</header>'
    ),
    "themes/plain/fragments/footer.html": "<footer>{{ site.title }}</footer>",
}
PARTIAL = '[checks]\nno-start-page = "off"\n'
"""Few tests are about a whole site."""
QUIET = '[checks]\nmissing-description = "off"\nheading-count = "off"\n'
"""What most tests are not about."""


def site(
    root: Path, files: Files, *, routes: Mapping[str, str] | None = None, keys: str = "", tables: str = QUIET
) -> Path:
    """Write a site into `root`, which is returned.

    `routes`: the path of each team; empty: a team without pages. `keys` and `tables` go into the `site.toml` that is
    made when `files` has none. A text that begins with a line end is indented as the test is.
    """
    teams = list(dict.fromkeys(path.split("/")[1] for path in files if path.startswith("teams/")))
    if routes is None:
        routes = {name: f"/{name}/" if index else "/" for index, name in enumerate(teams)}
    rows = "".join(f'{name} = "{path}"\n' if path else f"{name} = {{}}\n" for name, path in routes.items())
    tables = tables.replace("[checks]\n", PARTIAL) if "[checks]\n" in tables else f"{tables}\n{PARTIAL}"
    given = {
        "site.toml": f'title = "Site"\ntheme = "plain"\n{keys}\n[teams]\n{rows}\n{tables}',
        **{f"teams/{name}/team.toml": team_toml(name) for name in routes},
        **THEME,
        **files,
    }
    for path, content in given.items():
        put(root, path, content)
    return root


def team_toml(name: str, rest: str = "") -> str:
    """A `team.toml` with an owner, and `rest`."""
    return f'owner = "Team {name.capitalize()} <{name}@site.example>"\n{rest}'


def put(root: Path, path: str, content: str | bytes) -> Path:
    """Write one file."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        content = (textwrap.dedent(content[1:]) if content.startswith("\n") else content).encode()
    file.write_bytes(content)
    return file


def built(root: Path, **options: Any) -> Result:
    """Build the site in `root`: in this process, at `NOW`, unless said otherwise."""
    return build(root, Options(**{"now": NOW, "jobs": 1, **options}))


def made(root: Path, files: Files, **site_options: Any) -> Result:
    """Write and build a site that must have no problem at all."""
    result = built(site(root, files, **site_options))
    assert problems(result) == []
    assert result.published
    return result


def page(root: Path, url: str) -> str:
    """The document that answers for `url`, in the published site."""
    return (root / "dist" / output_path(url)).read_text(encoding="utf-8")


def looked_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have another process look at both trees of any output before anything else is done."""

    def at_once(work: Callable[[], bytes], then: Callable[[], object] = tuple) -> processes.Beside | None:
        process = processes.beside(work, then)
        if process:
            process.given()
        return process

    monkeypatch.setattr(ahead, "WORTH_IT", 0)
    monkeypatch.setattr(write, "WORTH_TELLING", 0)
    monkeypatch.setattr(ahead, "beside", at_once)
    monkeypatch.setattr(processes, "forkable", lambda: True)
    monkeypatch.setattr(processes, "cores", lambda: 2)


def main(root: Path, url: str) -> str:
    """What stands in the theme's `<main>` of the page at `url`."""
    return page(root, url).partition("<main>")[2].partition("</main>")[0]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, by path."""
    return {
        os.path.relpath(os.path.join(above, name), folder): Path(above, name).read_bytes()
        for above, _, names in os.walk(folder)
        for name in names
    }


def problems(result: Result) -> list[str]:
    """Each problem as one line, with its place, code, owner and hint."""
    return [shown(found) for found in result.problems]


def shown(found: Problem) -> str:
    """A problem as a line."""
    place = f"{found.file}:{found.line}:{found.column}" if found.line else found.file
    owner = found.owner.partition(" <")[0]
    rest = "; ".join(part for part in (owner, found.hint) if part)
    return f"{place}: {found.severity}[{found.code}]: {found.message}" + (f" ({rest})" if rest else "")


def codes(result: Result) -> list[str]:
    """The codes of all problems, in order."""
    return [found.code for found in result.problems]


def only(result: Result, code: str) -> Problem:
    """The one problem of the build, which has this code."""
    assert codes(result) == [code], problems(result)
    return result.problems[0]


def rendered(result: Result) -> set[str]:
    """The URLs whose bodies were rendered by this build."""
    assert result.site is not None
    return {url for build in result.site.builds for url in build.rendered}


def stitched(result: Result) -> set[str]:
    """The URLs of the pages that this build composed."""
    assert result.site is not None
    return {composed.page.url for composed in result.site.pages if composed.cause}


def contract(result: Result, team: str) -> Contract:
    """A team's contract, as it was published."""
    assert result.workspace is not None
    output = result.workspace.root / result.workspace.settings.output
    return msgspec.json.decode((output / f"_mfe/contracts/{team}.json").read_bytes(), type=Contract)


class Case(NamedTuple):
    """A site and the problems that it must have."""

    title: str
    files: dict[str, str]
    expected: list[str]


def cases(name: str) -> list[Case]:
    """The cases of `cases/<name>.txt`: `== title`, files under `-- path --`, and problems under `-- expected --`."""
    text = (Path(__file__).parent / "cases" / f"{name}.txt").read_text(encoding="utf-8")
    out = []
    for block in ("\n" + text).split("\n== ")[1:]:
        title, _, rest = block.partition("\n")
        parts = ("\n" + rest).split("\n-- ")[1:]
        files = {
            path.removesuffix(" --"): body + "\n" if mark else ""
            for path, mark, body in (part.partition(" --\n") for part in parts)
        }
        expected = files.pop("expected").split("\n")
        out.append(Case(title, files, [line for line in expected if line.strip()]))
    return out
