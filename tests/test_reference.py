"""The reference is whole: every answer, name of a template and file is in it, and nothing that is not there."""

import json
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from answers import Row, keys_of, rows
from guides import ROOT, Reader, text_of
from mfe_static import claims, graph, schemas
from mfe_static.cli.commands import list as listing
from mfe_static.contracts import Contract
from mfe_static.routes import TEAM_FOLDERS
from mfe_static.settings import SiteSettings, TeamSettings
from mfe_static.templates.sandbox import Sandbox
from mfe_static.views import PageView, Summary, TeamView, site_view
from sites import built, page, problems, put, site, team_toml

ANSWERS: Mapping[str, type[msgspec.Struct]] = {
    "Problems": schemas.ProblemRow,
    "build and check": schemas.BuildRow,
    "urls": schemas.UrlRow,
    "why": schemas.WhyRow,
    "graph": graph.Graph,
    "diff": schemas.DiffRow,
    "deploy": schemas.DeployRow,
    "deploys": schemas.DeploysRow,
    "new": schemas.MadeRow,
    "clean": schemas.RemovedRow,
    "ready": schemas.ReadyRow,
    "notice": schemas.NoticeRow,
    "failed": schemas.StoppedRow,
    "_mfe/contracts/TEAM.json": Contract,
}
"""Where the answer is explained on the page about JSON, and the type that it is made from."""
UNTYPED = ("pages", "teams", "fragments", "routes", "refs", "policy", "codeowners", "rules", "problems")
"""What `list` shows, besides `urls`."""


def section(page: str, heading: str) -> str:
    """The text below a heading, up to the next one."""
    found = re.search(rf"^##+ {re.escape(heading)}(?: {{[^\n]*}})?\n(.*?)(?=^##|\Z)", text_of(page), re.M | re.S)
    assert found, heading
    return found[1]


def table(heading: str) -> list[Row]:
    """The keys that the page about JSON documents below a heading; each has a meaning."""
    return [Row(*found) for found in re.findall(r"^\| `(\S+)` \| (.+?) \| \S.* \|$", section("json", heading), re.M)]


def in_table(page: str, heading: str) -> list[str]:
    """The names in the first column of a table; more than one may stand in a row."""
    firsts = re.findall(r"^\| (`.*?`) \| \S.* \|$", section(page, heading), re.M)
    return [name for first in firsts for name in re.findall(r"`([\w.]+)`", first)]


# -- answers


@pytest.mark.parametrize("heading", ANSWERS)
def test_every_key_of_an_answer_is_documented_with_its_kind(heading: str) -> None:
    assert table(heading) == list(rows(ANSWERS[heading]))


def test_an_event_of_the_development_server_has_the_keys_of_a_build_and_two_more() -> None:
    assert table("built") == [row for row in rows(schemas.BuiltRow) if row not in list(rows(schemas.BuildRow))]


def test_every_answer_that_has_a_schema_is_documented() -> None:
    elsewhere = {"problem": "Problems", "build": "build and check", "check": "build and check", "url": "urls"}
    elsewhere |= {"made": "new", "removed": "clean"}
    for name in get_args(schemas.Answer):
        assert section("json", elsewhere.get(name, name))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    reader = Reader(tmp_path_factory.mktemp("shop"))
    done = reader.run("mfe-static new site shop --starter shop && cd shop && mfe-static build")
    assert done.returncode == 0, done.stderr
    reader.folder /= "shop"
    return reader


def answer(reader: Reader, *words: str) -> Any:
    """What a command answers with `--json`."""
    done = reader.run(" ".join(["mfe-static", *words, "--json"]))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_list_is_documented() -> None:
    assert {*UNTYPED, "urls"} == {*listing._LISTS, "problems", "rules"}


@pytest.mark.parametrize("what", UNTYPED)
def test_every_key_of_a_list_is_documented(what: str, shop: Reader) -> None:
    more = ("--for", "netlify") if what == "rules" else ()
    found = {key.removeprefix("[].") for key in keys_of(answer(shop, "list", what, *more))}
    assert {row.key for row in table(what)} == found


def test_every_key_of_the_settings_and_of_markdown_is_documented(shop: Reader) -> None:
    (setting,) = {tuple(value) for value in answer(shop, "config").values()}
    assert [row.key for row in table("config")] == [f"<name>.{key}" for key in setting]
    done = shop.run("echo hello | mfe-static markdown --json")
    assert [row.key for row in table("markdown")] == list(json.loads(done.stdout))


def named(value: Mapping[str, Any], maps: Collection[str]) -> Iterator[str]:
    """The keys of a published file; in its `maps` the keys are data."""
    for key, inner in value.items():
        yield key
        if key in maps:
            yield from (f"{key}.<name>.{path}" for item in inner.values() for path in keys_of(item))


def test_every_key_of_the_published_files_is_documented(shop: Reader) -> None:
    folder = shop.folder / "dist" / "_mfe"
    index = json.loads((folder / "site.json").read_text())
    optional = {"shards"}
    assert {row.key for row in table("_mfe/site.json")} == {*named(index, {"teams", "pages"}), *optional}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [row.key for row in table("_mfe/manifest.json")] == list(manifest)


# -- templates


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("page", PageView.KEYS),
        ("team", TeamView.KEYS),
        ("Pages in lists", Summary.KEYS),
    ],
)
def test_everything_that_templates_see_is_documented(heading: str, names: tuple[str, ...]) -> None:
    assert sorted(in_table("formats/templates", heading)) == sorted(names)


def test_everything_of_the_site_that_templates_see_is_documented(tmp_path: Path) -> None:
    workspace = built(site(tmp_path, {"teams/a/pages/index.md": "# A\n"})).workspace
    assert workspace
    assert sorted(in_table("formats/templates", "site")) == sorted(site_view(workspace.site, ()))


def test_every_filter_test_and_function_of_templates_is_documented() -> None:
    said = {
        term: re.findall(r"`(\S+)`", text.partition(". All")[0])
        for term, text in re.findall(
            r"^(\w+)\n: (.*)$", section("formats/templates", "Filters, tests and functions of Jinja"), re.M
        )
    }
    sandbox = Sandbox(lambda _: None)
    assert sorted(said["Filters"]) == sorted(sandbox.filters)
    assert sorted(said["Tests"]) == sorted(sandbox.tests)
    assert sorted({*said["Functions"]} - {"range"}) == sorted({*sandbox.globals} - {"range"})
    assert "`range`" in section("formats/templates", "Filters, tests and functions of Jinja")


# -- examples


def examples(page: str, kind: str) -> list[str]:
    """The blocks of a page in one language."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text_of(page), re.M | re.S)


@pytest.mark.parametrize(
    ("page", "settings"),
    [("site", SiteSettings), ("checks", SiteSettings), ("checks", TeamSettings), ("team", TeamSettings)],
)
def test_every_setting_that_an_example_shows_is_one(page: str, settings: type[msgspec.Struct]) -> None:
    shown = examples(f"formats/{page}", "toml")
    assert shown
    for text in shown:
        msgspec.toml.decode(text, type=settings)


def test_the_examples_of_the_reference_work_in_the_demo(tmp_path: Path) -> None:
    for name in ("teams", "themes", "site.toml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, tmp_path / name)
    front_matter = examples("formats/pages", "yaml")[0]
    fragment = examples("formats/fragments", "jinja")[0]
    include = examples("formats/fragments", "html")[0]
    refs, call = examples("formats/urls", "markdown")[0], examples("formats/urls", "jinja")[0]
    links = examples("formats/markdown", "markdown")[0]
    single, nested = examples("formats/pages", "jinja")
    macro = examples("formats/templates", "jinja")[0]
    made = {
        "docs/pages/example/one.md": f"{front_matter}{refs}\n{include}",
        "docs/pages/example/two.md": f"---\ntitle: Two\ndescription: d\n---\n{links}",
        "docs/assets/machines/rowan.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>',
        "decide/fragments/example.html": fragment,
        "decide/pages/example.html": "---\ntitle: E\ndescription: d\n---\n"
        f'<mfe-fragment src="example" product="AU-02" />{{% set machine = data.products[0] %}}{call}',
    }
    for path, text in made.items():
        put(tmp_path, f"teams/{path}", text)
    put(tmp_path, "teams/single/layouts/machine.html", "{% macro show(a, b) %}<i>{{ a.name }}</i>{% endmacro %}")
    for name, text in (("single", single + macro), ("nested", nested)):
        put(tmp_path, f"teams/{name}/pages/example.html", text)
        put(tmp_path, f"teams/{name}/team.toml", team_toml(name))
        shutil.copytree(ROOT / "teams/decide/data", tmp_path / f"teams/{name}/data")
        toml = (tmp_path / "site.toml").read_text()
        put(tmp_path, "site.toml", toml.replace("[teams]", f'[teams]\n{name} = "/{name}/"'))
    result = built(tmp_path)
    assert problems(result) == []
    assert 'href="/product/AU-02/"' in page(tmp_path, "/docs/example/one/")
    assert "Ø.</p>" in page(tmp_path, "/single/AU-02/")
    assert "<i>" in page(tmp_path, "/single/AU-02/")


# -- files


def test_every_folder_of_a_team_is_documented() -> None:
    tree = text_of("formats/index")
    assert [name for name in TEAM_FOLDERS if f"\n  {name}/ " not in tree] == []


def test_every_file_beside_the_pages_is_documented(shop: Reader) -> None:
    listed = in_table_of_files()
    dist = shop.folder / "dist"
    files = {path.relative_to(dist).as_posix() for path in dist.rglob("*") if path.is_file()}
    others = {path for path in files if path.rpartition("/")[2] != "index.html" and not path.startswith("_mfe/assets/")}
    assert {re.sub(r"contracts/\w+\.", "contracts/<team>.", path) for path in others} | {"_mfe/assets/"} <= listed
    assert {path.lstrip("/") for path in claims.WRITTEN} <= listed


def in_table_of_files() -> set[str]:
    """The files that the page about the output lists."""
    head = text_of("formats/output").partition("\n## ")[0]
    return set(re.findall(r"^\| `(\S+)` \|", head, re.M))


def test_every_variable_of_the_environment_is_documented() -> None:
    pages = "".join(text_of(page) for page in ("commands", "formats/site", "formats/pages", "developing"))
    for name in ("MFE_STATIC_", "SOURCE_DATE_EPOCH", "NO_COLOR", "VISUAL", "EDITOR"):
        assert f"`{name}" in pages, name
