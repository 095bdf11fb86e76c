"""The command line: what it prints, where, and with which exit code; what other programs may rely on."""

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import click
import pytest
from click.testing import CliRunner, Result

from mfe_static.__main__ import main as start
from mfe_static.cli import COMMANDS, program
from mfe_static.cli.commands.config import _SCHEMAS
from mfe_static.cli.options import moment
from mfe_static.problems import CODES

SITE = {
    "site.toml": 'title = "Shop"\nbase_url = "https://shop.example/x"\n[teams]\nhome = "/"\ndocs = "/docs/"\n'
    '[shell]\nheader = "home:header"\n',
    "teams/home/team.toml": 'owner = "Team Home <home@shop.example>"\n[offers]\nfragments = ["header"]\n',
    "teams/home/fragments/header.html": '<header><a href="docs:index">Docs</a></header>\n',
    "teams/home/pages/index.md": "---\ntitle: Home\ndescription: d\n---\n\n[Start](docs:guide/start)\n",
    "teams/docs/team.toml": 'owner = "Team Docs <docs@shop.example>"\n',
    "teams/docs/pages/index.md": "---\ntitle: Docs\ndescription: d\n---\n\n[Start](guide/start.md)\n",
    "teams/docs/pages/guide/start.md": "---\ntitle: Start\ndescription: d\naliases: [/docs/begin/]\n---\n\n"
    "[Home](home:index)\n",
    "teams/docs/public/plan.pdf": "%PDF",
}
BROKEN = "---\ntitle: Home\ndescription: d\n---\n\n[Start](docs:guide/strat)\n"
SITELESS = {("markdown",), ("completion",), ("config", "schema")}
HEAVY = (
    "jinja2",
    "markdown_it",
    "rich",
    "yaml",
    "msgspec",
    "bs4",
    "pygments",
    "httpx",
    "watchdog",
    "starlette",
    "uvicorn",
)


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "SOURCE_DATE_EPOCH", "TERM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    for name, text in SITE.items():
        write(folder, name, text)
    monkeypatch.chdir(folder)
    return folder


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def run(*args: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(program, args, input=stdin)


def answer(*args: str, code: int = 0) -> Any:
    """The JSON of a command, which must be all that it prints."""
    result = run(*args, "--json")
    assert result.exit_code == code, result.output
    assert result.stderr == ""
    return json.loads(result.stdout)


def started(*args: str, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([sys.executable, "-m", "mfe_static", *args], capture_output=True, check=False, **options)


def every_command() -> Iterator[tuple[str, ...]]:
    context = click.Context(program)
    for name in COMMANDS:
        yield (name,)
        command = program.get_command(context, name)
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                yield (name, inner)


# -- starting


def test_the_version_needs_no_heavy_library() -> None:
    script = (
        "import sys\nfrom mfe_static.cli import program\n"
        "try: program(['--version'])\nexcept SystemExit as end: assert end.code == 0\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[0].startswith("mfe-static ")
    assert out.splitlines()[1] == "[]"


def test_help_needs_no_heavy_library() -> None:
    script = (
        "import sys\nfrom mfe_static.cli import program\n"
        "try: program(['--help'])\nexcept SystemExit as end: assert end.code == 0\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"


@pytest.mark.parametrize("path", list(every_command()), ids=" ".join)
def test_the_help_of_every_command_teaches_by_examples_that_exist(path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    examples = [line.strip() for line in result.stdout.splitlines() if "mfe-static " in line and "Usage" not in line]
    assert "Examples:" in result.stdout
    assert examples
    for example in examples:
        words = example.partition("mfe-static ")[2].split()
        assert words[0] in COMMANDS
        assert path[0] == words[0]


@pytest.mark.parametrize(
    "path", [path for path in every_command() if path not in {("new",), ("deploys",)}], ids=" ".join
)
def test_every_command_takes_the_shared_flags_and_those_about_a_site_where_it_looks_at_one(
    path: tuple[str, ...],
) -> None:
    text = run(*path, "--help").stdout
    for flag in ("--json", "-q, --quiet", "-v, --verbose", "--color"):
        assert flag in text
    for flag in ("--root", "--strict"):
        assert (flag in text) == (path not in SITELESS)


def test_the_exit_codes_stand_in_the_help() -> None:
    text = " ".join(run("--help").stdout.split())
    assert "0 fine · 1 problems · 2 usage · 3 busy · 4 not deployed · 5 live, but not all done · 6 refused" in text
    assert "for safety · 7 what is live is not known · 70 a bug · 130 interrupted" in text


def test_a_mistyped_command_is_a_usage_error_with_a_suggestion() -> None:
    result = run("biuld")
    assert result.exit_code == 2
    assert 'did you mean "build"?' in result.stderr
    assert result.stdout == ""


def test_a_mistyped_subject_is_a_usage_error_with_a_suggestion() -> None:
    for words, meant in ((("list", "probl"), "problems"), (("config", "schema", "tem"), "team")):
        result = run(*words)
        assert result.exit_code == 2
        assert f'Did you mean "{meant}"?' in result.stderr


# -- build and check


def test_a_build_writes_the_site_and_says_one_line(root: Path) -> None:
    result = run("build")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.startswith("built 3 pages of 2 teams in ")
    assert result.stdout.endswith(" · 3 rendered, 0 reused · dist/\n")
    assert (root / "dist/docs/guide/start/index.html").is_file()


def test_the_root_is_the_nearest_folder_upwards_with_a_site(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "teams/docs/pages")
    assert run("build").exit_code == 0
    assert (root / "dist/index.html").is_file()


def test_the_json_of_a_build_has_the_shape_that_programs_rely_on(root: Path) -> None:
    done = answer("build")
    assert list(done) == (
        "ok pages rendered reused listings fragments stitched written removed bytes problems teams seconds".split()
    )
    assert {key: done[key] for key in ("ok", "pages", "rendered", "reused", "stitched", "removed", "problems")} == {
        "ok": True, "pages": 3, "rendered": 3, "reused": 0, "stitched": 3, "removed": 0, "problems": [],
    }  # fmt: skip
    assert done["teams"] == {
        "home": {"pages": 1, "rendered": 1, "errors": 0, "warnings": 0, "path": "/",
                 "owner": "Team Home <home@shop.example>"},
        "docs": {"pages": 2, "rendered": 2, "errors": 0, "warnings": 0, "path": "/docs/",
                 "owner": "Team Docs <docs@shop.example>"},
    }  # fmt: skip
    assert done["seconds"]["total"] >= 0
    assert done["bytes"] > 0
    again = answer("build")
    assert (again["rendered"], again["reused"], again["written"]) == (0, 3, 0)


def test_a_problem_has_the_shape_that_programs_rely_on(root: Path) -> None:
    write(root, "teams/home/pages/index.md", BROKEN)
    done = answer("build", code=1)
    assert done["ok"] is False
    assert done["problems"] == [
        {
            "code": "unknown-page", "severity": "error", "file": "teams/home/pages/index.md", "line": 6, "column": 9,
            "length": 16, "excerpt": "[Start](docs:guide/strat)", "message": 'no page "docs:guide/strat"',
            "hint": 'did you mean "docs:guide/start"?', "team": "home", "owner": "Team Home <home@shop.example>",
            "url": "/", "related": [],
        }
    ]  # fmt: skip
    assert done["teams"]["home"]["errors"] == 1


def test_a_failed_build_leaves_the_previous_site_and_says_so(root: Path) -> None:
    run("build")
    before = (root / "dist/index.html").read_bytes()
    write(root, "teams/home/pages/index.md", BROKEN)
    result = run("build")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        'teams/home/pages/index.md:6:9: error[unknown-page]: no page "docs:guide/strat"\n'
        "    6 | [Start](docs:guide/strat)\n"
        "      |         ^^^^^^^^^^^^^^^^\n"
        '   owner: Team Home <home@shop.example> · did you mean "docs:guide/start"?\n'
        "\n"
        "not published: 1 error · the previous site in dist/ is unchanged\n"
    )
    assert (root / "dist/index.html").read_bytes() == before


def test_a_check_writes_nothing(root: Path) -> None:
    before = sorted(root.rglob("*"))
    result = run("check")
    assert result.exit_code == 0
    assert result.stdout.startswith("checked 3 pages of 2 teams in ")
    assert result.stdout.endswith(" · no problems\n")
    assert sorted(root.rglob("*")) == before


def test_check_and_build_find_the_same(root: Path) -> None:
    write(root, "teams/home/pages/index.md", BROKEN)
    assert answer("check", code=1)["problems"] == answer("build", code=1)["problems"]


def test_warnings_fail_when_strict(root: Path) -> None:
    write(root, "teams/home/pages/index.md", "---\ntitle: Home\n---\n\n[Start](docs:guide/start)\n")
    assert run("check").exit_code == 0
    result = run("check", "--strict")
    assert result.exit_code == 1
    assert "warning[missing-description]" in result.stderr


def test_a_folder_in_the_wrong_place_is_told_of_as_long_as_it_is_there(root: Path) -> None:
    assert "unknown-folder" not in run("build").stderr
    (root / "layouts").mkdir()
    assert [run("build").stderr.count("unknown-folder") for _ in range(2)] == [1, 1]
    (root / "layouts").rmdir()
    assert "unknown-folder" not in run("build").stderr


def test_a_quiet_build_says_nothing_but_errors(root: Path) -> None:
    write(root, "teams/home/pages/index.md", "---\ntitle: Home\n---\n\n[Start](docs:guide/start)\n")
    assert run("build", "-q").output == ""
    write(root, "teams/home/pages/index.md", BROKEN)
    assert run("build", "-q").stderr.startswith("teams/home/pages/index.md:6:9: error")


def test_a_verbose_build_says_how_long_its_phases_took(root: Path) -> None:
    assert "render 0." in run("build", "-v").stderr


def test_where_there_is_no_site_nothing_is_left_behind(tmp_path: Path) -> None:
    done = answer("build", "--root", str(tmp_path), code=1)
    assert [found["code"] for found in done["problems"]] == ["missing-site"]
    assert list(tmp_path.iterdir()) == []


def test_a_missing_site_was_looked_for_above_unless_a_root_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"there is no site.toml in {tmp_path}, nor in a folder above\n" in run("check").stderr
    assert "nor in a folder above" not in run("check", "--root", ".").stderr


def test_who_stands_above_the_site_is_shown_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("new", "site", "shop")
    assert "there is one in shop/: cd shop\n" in run("build").stderr


@pytest.mark.parametrize("args", [["list", "urls"], ["why", "/"], ["graph"], ["config"], ["clean"]])
def test_every_answer_about_a_missing_site_is_json(args: list[str], tmp_path: Path) -> None:
    done = answer(*args, "--root", str(tmp_path), code=1)
    assert done["ok"] is False
    assert done["problems"][0]["code"] == "missing-site"


def test_explain_says_which_pages_were_rendered(root: Path) -> None:
    run("build")
    write(root, "teams/docs/pages/index.md", SITE["teams/docs/pages/index.md"] + "\nMore.\n")
    rows = {row["url"]: row for row in answer("build", "--explain", "--profile")["explain"]}
    assert {url: row["state"] for url, row in rows.items()} == {
        "/": "reused", "/docs/": "rendered", "/docs/guide/start/": "reused",
    }  # fmt: skip
    assert rows["/docs/"]["causes"]
    assert rows["/"]["causes"] == []
    assert "reused    /docs/\n" in run("build", "--explain").stdout


def test_the_numbers_of_a_build_are_those_of_the_pages_that_it_explains(root: Path) -> None:
    tagged = SITE["teams/docs/team.toml"] + '\n[tags]\npath = "tags/"\n'
    write(root, "teams/docs/team.toml", tagged)
    write(root, "teams/docs/pages/index.md", SITE["teams/docs/pages/index.md"].replace("---\n", "---\ntags: [x]\n", 1))
    run("build")
    write(root, "teams/home/pages/index.md", SITE["teams/home/pages/index.md"] + "\nMore.\n")
    done = answer("build", "--explain")
    states = Counter(row["state"] for row in done["explain"])
    assert (states["rendered"], states["reused"] + states["stitched"], states["listing"]) == (1, 2, 2)
    assert (done["pages"], done["rendered"], done["reused"], done["listings"]) == (5, 1, 2, 2)
    assert " · 0 rendered, 3 reused, 2 listings" in run("build").stdout


def test_no_cache_renders_every_page(root: Path) -> None:
    run("build")
    assert answer("build", "--no-cache")["rendered"] == 3


def test_the_output_is_meant_from_where_the_user_stands(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root.parent)
    result = run("build", "--root", "shop", "-o", "shop/public_html")
    assert result.exit_code == 0
    assert (root / "public_html/index.html").is_file()
    assert result.stdout.endswith("shop/public_html/\n")


def test_an_output_that_is_not_ours_is_refused(root: Path) -> None:
    write(root, "dist/mine.txt", "mine")
    result = run("build")
    assert result.exit_code == 6
    assert "error[output-not-ours]" in result.stderr
    assert (root / "dist/mine.txt").read_text() == "mine"
    assert result.stderr.endswith("\nnot published: 1 error\n")


def test_where_no_site_of_ours_stood_none_is_said_to_be_unchanged(root: Path) -> None:
    assert run("build", "-o", "teams").stderr.endswith("\nnot published: 1 error\n")
    write(root, "teams/home/pages/index.md", BROKEN)
    assert run("build").stderr.endswith("\nnot published: 1 error\n")


def test_a_second_build_at_once_is_told_to_wait(root: Path) -> None:
    from mfe_static.write import lock

    with lock(root / ".mfe"):
        assert run("build").exit_code == 3


def test_the_base_url_of_the_command_line_counts(root: Path) -> None:
    run("build", "--base-url", "https://other.example")
    assert 'href="https://other.example/docs/"' in (root / "dist/docs/index.html").read_text()


def test_drafts_and_later_pages_are_built_when_asked(root: Path) -> None:
    write(root, "teams/docs/pages/draft.md", "---\ntitle: D\ndescription: d\ndraft: true\n---\n\nx\n")
    write(root, "teams/docs/pages/later.md", "---\ntitle: L\ndescription: d\npublish: 2030-01-02\n---\n\nx\n")
    assert answer("check", "--now", "2030-01-01")["pages"] == 3
    assert answer("check", "--now", "2030-01-02")["pages"] == 4
    assert answer("check", "--now", "2030-01-01", "--drafts")["pages"] == 4


def test_the_date_is_the_flag_or_the_environment_or_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert moment("2026-05-31").isoformat() == "2026-05-31T00:00:00+00:00"
    assert moment("2026-05-31T12:00+02:00").isoformat() == "2026-05-31T12:00:00+02:00"
    assert moment(None).isoformat() == "1970-01-02T00:00:00+00:00"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert moment(None).time().isoformat() == "00:00:00"


@pytest.mark.parametrize("args", [["--now", "tomorrow"], ["--jobs", "-1"], ["--color", "red"], ["--nope"], ["extra"]])
def test_a_flag_that_cannot_be_is_a_usage_error(args: list[str], root: Path) -> None:
    assert run("build", *args).exit_code == 2


def test_an_epoch_that_is_none_is_a_usage_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert run("build").exit_code == 2


def test_content_cannot_command_the_terminal(root: Path) -> None:
    write(
        root,
        "teams/home/pages/index.md",
        "---\ntitle: Home\ndescription: d\n---\n\n<a href='docs:\x1b]0;evil\x07'>x</a>\n",
    )
    result = run("check")
    assert result.exit_code == 1
    assert "\x1b" not in result.output
    assert "\x07" not in result.output


def test_colour_comes_only_when_asked_for_on_a_pipe(root: Path) -> None:
    write(root, "teams/home/pages/index.md", BROKEN)
    assert "\x1b[" not in run("check").output
    assert "\x1b[" in run("check", "--color", "always").stderr


def test_external_links_are_told_where_they_stand(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    text = SITE["teams/home/pages/index.md"] + "\nSee [it](http://127.0.0.1:9/x).\n"
    write(root, "teams/home/pages/index.md", text)
    assert answer("check")["problems"] == []
    done = answer("check", "--external")
    assert [(found["code"], found["line"], found["column"], found["team"]) for found in done["problems"]] == [
        ("dead-link", 8, 10, "home")
    ]
    assert done["teams"]["home"]["warnings"] == 1
    assert (root / ".mfe/external.json").is_file()
    assert run("check", "--external", "--strict").exit_code == 1
    write(root, "site.toml", SITE["site.toml"] + '[checks]\ndead-link = "off"\n')
    assert answer("check", "--external")["problems"] == []


def test_asking_other_sites_without_the_library_for_it_is_a_usage_error(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = run("check", "--external")
    assert result.exit_code == 2
    assert 'pip install "mfe-static[external]", or in a clone pip install ".[external]"' in result.stderr


# -- list, why, config


def test_list_urls_has_the_shape_that_programs_rely_on(root: Path) -> None:
    run("build")
    rows = answer("list", "urls")
    assert [row["url"] for row in rows] == ["/", "/docs/", "/docs/guide/start/"]
    home = rows[0]
    css = home.pop("css")
    html = (root / "dist/index.html").stat().st_size
    size = sum((root / "dist" / url[1:]).stat().st_size for url in css)
    assert css
    assert home == {
        "url": "/", "team": "home", "source": "teams/home/pages/index.md", "layout": "page", "title": "Home",
        "fragments": ["home:header", "theme:footer"], "js": [], "bytes": {"html": html, "css": size, "js": 0},
    }  # fmt: skip


def test_lists_know_teams_pages_fragments_routes_and_refs(root: Path) -> None:
    assert [(row["team"], row["path"], row["pages"]) for row in answer("list", "teams")] == [
        ("home", "/", 1), ("docs", "/docs/", 2),
    ]  # fmt: skip
    assert [row["ref"] for row in answer("list", "pages")] == ["home:index", "docs:index", "docs:guide/start"]
    fragments = {row["fragment"]: row for row in answer("list", "fragments")}
    assert (fragments["home:header"]["offered"], fragments["home:header"]["pages"]) == (True, 3)
    assert [row["ref"] for row in answer("list", "routes")] == ["home:index", "docs:guide/start", "docs:index"]
    assert [(row["team"], row["written"], row["url"], row["page"]) for row in answer("list", "refs")] == [
        ("docs", "home:index", "/", "/docs/guide/start/"),
        ("home", "docs:index", "/docs/", "/"),
        ("home", "docs:guide/start", "/docs/guide/start/", "/"),
    ]


@pytest.mark.parametrize("what", ["urls", "teams", "pages", "fragments", "routes", "refs"])
def test_a_list_is_a_table_for_people(what: str, root: Path) -> None:
    lines = run("list", what).stdout.splitlines()
    assert len(lines) == len(answer("list", what)) + 1


def test_list_problems_knows_every_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = answer("list", "problems")
    assert [row["code"] for row in rows] == list(CODES)
    assert set(rows[0]) == {"code", "severity", "tunable", "text"}


def test_why_tells_the_owner_the_parts_and_both_directions_of_links(root: Path) -> None:
    done = answer("why", "/docs/guide/start/")
    assert (done["url"], done["team"], done["owner"]) == (
        "/docs/guide/start/", "docs", "Team Docs <docs@shop.example>",
    )  # fmt: skip
    assert done["source"] == "teams/docs/pages/guide/start.md"
    assert done["aliases"] == ["/docs/begin/"]
    assert done["fragments"][0] == {
        "fragment": "home:header", "team": "home", "owner": "Team Home <home@shop.example>",
    }  # fmt: skip
    assert [(row["file"], row["url"], row["pages"]) for row in done["linked_from"]] == [
        ("teams/docs/pages/index.md", "/docs/", 1), ("teams/home/pages/index.md", "/", 1),
    ]  # fmt: skip
    assert done["links_to"] == [{"url": "/", "team": "home", "written": "home:index"}]


@pytest.mark.parametrize(
    "name",
    [
        "/docs/guide/start/", "docs/guide/start", "/docs/guide/start/index.html", "docs:guide/start", "/docs/begin/",
        "https://shop.example/x/docs/guide/start/?a=b#c", "/x/docs/guide/start/",
        "teams/docs/pages/guide/start.md",
    ],
)  # fmt: skip
def test_why_takes_a_url_as_people_have_it(name: str, root: Path) -> None:
    assert answer("why", name)["url"] == "/docs/guide/start/"


def test_why_knows_files_and_the_page_for_what_is_missing(root: Path) -> None:
    plan = answer("why", "/docs/plan.pdf")
    assert (plan["kind"], plan["team"], plan["owner"]) == ("file", "docs", "Team Docs <docs@shop.example>")
    assert answer("why", "/sitemap.xml")["source"] == "mfe-static"
    assert answer("why", "/404.html")["source"] == "themes/default/layouts/404.html"


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        ("/docs/guide/strat/", "broken-link", 'did you mean "/docs/guide/start/"?'),
        ("docs:guide/strat", "unknown-page", 'did you mean "docs:guide/start"?'),
        ("https://elsewhere.example/docs/", "broken-link", ""),
    ],
)
def test_why_suggests_what_may_be_meant(name: str, code: str, hint: str, root: Path) -> None:
    done = answer("why", name, code=1)
    assert [(found["code"], found["hint"]) for found in done["problems"]] == [(code, hint)]


@pytest.mark.parametrize(
    "name", ["docs:tip", "teams/docs/fragments/tip/fragment.html", "teams/docs/fragments/tip/fragment.css"]
)
def test_why_knows_fragments_and_where_they_stand(name: str, root: Path) -> None:
    write(root, "teams/docs/fragments/tip/fragment.html", "<p>A tip</p>\n")
    write(root, "teams/docs/fragments/tip/fragment.css", "p { color: red }\n")
    (found,) = answer("why", name, code=1)["problems"]
    assert (found["code"], found["message"]) == ("unknown-page", '"docs:tip" is a fragment, and no page')
    assert (found["file"], found["team"]) == ("teams/docs/fragments/tip/fragment.html", "docs")
    assert found["hint"].startswith("it stands on no page;")
    write(root, "teams/docs/pages/tip.md", '# Tip\n\n<mfe-fragment src=":tip" />\n')
    if ":" in name:  # the page has the name, too
        assert answer("why", name)["url"] == "/docs/tip/"
    write(root, "teams/docs/pages/tip.md", '---\nname: other\n---\n# Tip\n\n<mfe-fragment src=":tip" />\n')
    (found,) = answer("why", name, code=1)["problems"]
    assert found["hint"].startswith("it stands on 1 page, such as /docs/tip/;")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--root shop build", "It stands behind the command: mfe-static build --root …"),
        ("build shop", "The site's folder is said by --root: mfe-static build --root shop"),
        ("list urls shop", "The site's folder is said by --root: mfe-static list --root shop"),
        ("--nope build", "No such option '--nope'."),
        ("build nowhere", "Got unexpected extra argument (nowhere)"),
    ],
)
def test_what_stands_in_the_wrong_place_is_told_the_right_one(
    line: str, said: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    done = run(*line.split())
    assert (done.exit_code, done.stderr.splitlines()[-1].removeprefix("Error: ")) == (2, said)


def test_why_reads_well(root: Path) -> None:
    lines = run("why", "/docs/").stdout.splitlines()
    assert lines[:3] == [
        "/docs/",
        "  owner        docs · Team Docs <docs@shop.example>",
        "  source       teams/docs/pages/index.md",
    ]
    assert "    teams/home/fragments/header.html  3 pages, such as /" in lines


def test_why_says_what_redirects_to_where(root: Path) -> None:
    redirects = '[redirects]\n"/old/" = "/docs/begin/"\n"/blog/" = "https://blog.example/"\n'
    write(root, "site.toml", SITE["site.toml"] + redirects)
    assert run("why", "/old").stdout.startswith(
        "/old/ redirects to /docs/guide/start/ (site.toml)\n/docs/guide/start/\n"
    )
    assert answer("why", "/old/")["url"] == "/docs/guide/start/"
    assert run("why", "/docs/begin/").stdout.startswith(
        "/docs/begin/ redirects to /docs/guide/start/ (teams/docs/pages/"
    )
    assert run("why", "/blog/").stdout == "/blog/ redirects to https://blog.example/ (site.toml)\n"
    blog = answer("why", "/blog/")
    assert (blog["url"], blog["source"], blog["description"]) == (
        "/blog/", "site.toml", "redirects to https://blog.example/",
    )  # fmt: skip


def test_why_says_that_nobody_links_to_a_page(root: Path) -> None:
    write(root, "teams/docs/pages/alone.md", "---\ntitle: Alone\ndescription: Far off.\n---\n\nx\n")
    lines = run("why", "docs:alone").stdout.splitlines()
    assert "  linked from  nobody" in lines
    assert "  description  Far off." in lines
    assert not any("nobody" in line for line in run("why", "/docs/").stdout.splitlines())


def test_a_fragment_is_listed_with_the_file_that_the_extended_theme_lends(root: Path) -> None:
    write(root, "site.toml", 'theme = "mine"\n' + SITE["site.toml"])
    write(root, "themes/mine/theme.toml", 'extends = "default"\n')
    write(root, "themes/mine/fragments/footer.html", "<footer>Mine</footer>\n")
    sources = {row["fragment"]: row["source"] for row in answer("list", "fragments")}
    assert sources["theme:header"] == "themes/default/fragments/header.html"
    assert sources["theme:footer"] == "themes/mine/fragments/footer.html"


def test_config_shows_a_team_without_pages_as_it_is_written(root: Path) -> None:
    write(root, "site.toml", SITE["site.toml"].replace("[shell]", "hours = {}\n[shell]"))
    done = answer("config")
    assert done["teams.hours"] == {"value": {}, "origin": "site.toml:6"}
    assert "teams.hours.path" not in done


def test_config_tells_where_each_value_comes_from(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MFE_STATIC_LANGUAGE", "de")
    monkeypatch.setenv("MFE_STATIC_SECURITY__HEADERS__X_TOKEN", "hush")
    done = answer("config", "--base-url", "https://other.example")
    assert done["title"] == {"value": "Shop", "origin": "site.toml:1"}
    assert done["language"] == {"value": "de", "origin": "MFE_STATIC_LANGUAGE"}
    assert done["base_url"] == {"value": "https://other.example", "origin": "--base-url"}
    assert done["output"] == {"value": "dist", "origin": "default"}
    assert "hush" not in run("config").output
    assert re.search(r'^title +"Shop" ', run("config").stdout, re.M)


@pytest.mark.parametrize(
    "what",
    [
        "site",
        "team",
        "theme",
        "page",
        "fragment",
        "problem",
        "build",
        "check",
        "url",
        "why",
        "graph",
        "diff",
        "made",
        "removed",
    ],
)
def test_every_schema_is_one(what: str) -> None:
    done = answer("config", "schema", what)
    assert done["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert done.keys() & {"$ref", "properties"}


def test_the_schemas_offered_are_those_that_there_are() -> None:
    from mfe_static.schemas import names

    assert set(_SCHEMAS) == set(names())


def test_the_schema_of_a_build_names_the_keys_of_a_build(root: Path) -> None:
    table = answer("config", "schema", "build")["$defs"]["BuildRow"]
    done = answer("build", "--explain", "--profile", "--verify")
    assert set(table["properties"]) == set(done)
    assert set(table["required"]) == set(done) - {"explain", "profile", "verified"}


# -- clean, new, markdown, completion


def test_clean_removes_what_build_wrote_and_nothing_else(root: Path) -> None:
    before = sorted(root.rglob("*"))
    run("build")
    assert run("clean").stdout.endswith("files from dist/\n")
    assert not (root / "dist").exists()
    assert (root / ".mfe").exists()
    run("clean", "--cache")
    assert sorted(root.rglob("*")) == before
    assert run("clean").stdout == "nothing to remove in dist/\n"


def test_clean_leaves_files_of_others(root: Path) -> None:
    run("build")
    write(root, "dist/mine.txt", "mine")
    done = answer("clean")
    assert done["ok"] is True
    assert done["removed"] > 3
    assert sorted(path.name for path in (root / "dist").iterdir()) == ["_mfe", "mine.txt"]
    assert (root / "dist/mine.txt").read_text() == "mine"


def test_clean_says_what_it_left_and_the_next_build_goes_on(root: Path) -> None:
    run("build")
    for name in ("CNAME", "a.txt", "b.txt", "c.txt"):
        write(root, f"dist/{name}", "mine")
    assert run("build").exit_code == 0
    result = run("clean", "--cache")
    assert result.exit_code == 0
    assert result.stdout.endswith(
        "files from dist/, and the cache in .mfe/; left 4 files that are not ours: CNAME, a.txt, b.txt …\n"
    )
    assert not (root / ".mfe").exists()
    for name in ("a.txt", "b.txt", "c.txt"):
        (root / "dist" / name).unlink()
    assert run("clean", "--cache").stdout == "nothing to remove in dist/; left 1 file that is not ours: CNAME\n"
    assert run("build").exit_code == 0
    assert (root / "dist/CNAME").read_text() == "mine"


def test_new_things_are_told_and_build_without_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("new", "site", "shop", "--title", "The Tractor Store")
    assert result.exit_code == 0
    assert "created  shop/site.toml\n" in result.stdout
    assert result.stdout.endswith("next: cd shop && mfe-static build\n")
    monkeypatch.chdir(tmp_path / "shop")
    assert answer("new", "team", "checkout") == {
        "ok": True, "created": ["teams/checkout/team.toml", "teams/checkout/pages/index.md"], "changed": ["site.toml"],
        "problems": [],
    }  # fmt: skip
    assert run("new", "page", "checkout", "guide/payment", "--title", "How to pay").exit_code == 0
    assert run("new", "fragment", "checkout", "mini-basket").exit_code == 0
    assert answer("build", "--strict")["pages"] == 5
    assert run("new", "page", "checkout", "thanks").stdout.endswith(
        "next: write teams/checkout/pages/thanks.md, then run mfe-static build; its URL is /checkout/thanks/\n"
    )


def test_the_way_out_of_a_missing_folder_works(root: Path) -> None:
    write(root, "site.toml", SITE["site.toml"].replace("[shell]", 'help = "/hilfe/"\n[shell]'))
    (found,) = [found for found in answer("check", code=1)["problems"] if found["code"] == "no-folder"]
    command = found["hint"].partition("mfe-static ")[2].split()
    assert run(*command).exit_code == 0
    assert answer("check")["problems"] == []
    assert answer("why", "help:index")["url"] == "/hilfe/"


def test_a_new_site_asks_for_its_name_on_a_terminal_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "name" not in run("new", "site", "a").stdout
    monkeypatch.setattr("mfe_static.cli.commands.new.interactive", lambda: True)
    assert "The site's name" in run("new", "site", "b", stdin="My shop\nshop\n").stdout
    assert 'title = "My shop"' in (tmp_path / "b/site.toml").read_text()
    assert (tmp_path / "b/teams/advice/team.toml").is_file()
    assert "The site's name" not in run("new", "site", "c", "--base-url", "https://c.example").stdout
    assert run("new", "site", "d", stdin="").exit_code == 130
    assert not (tmp_path / "d").exists()


def test_a_new_site_goes_where_root_says_when_no_folder_is_named(root: Path, tmp_path: Path) -> None:
    assert run("new", "site", "--root", str(tmp_path / "other"), "--title", "x").exit_code == 0
    assert (tmp_path / "other/site.toml").is_file()


def test_new_refuses_to_overwrite(root: Path) -> None:
    assert run("new", "site").exit_code == 6
    assert run("new", "page", "docs", "guide/start").exit_code == 6
    assert run("new", "page", "dosc", "x").exit_code == 1
    assert (root / "teams/docs/pages/guide/start.md").read_text() == SITE["teams/docs/pages/guide/start.md"]


@pytest.mark.parametrize(
    ("preset", "html"),
    [("commonmark", "<h1>größe ~~x~~</h1>\n"), ("gfm", "<h1>größe <del>x</del></h1>\n")],
)
def test_markdown_is_a_filter_of_exact_bytes(preset: str, html: str) -> None:
    done = started("markdown", "--preset", preset, input="# größe ~~x~~\n".encode(), env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.decode() == html


def test_markdown_that_is_not_utf_8_is_a_usage_error() -> None:
    assert run("markdown", stdin=b"\xff").exit_code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    assert "_MFE_STATIC_COMPLETE" in run("completion", shell).stdout


def test_completion_completes_commands() -> None:
    words = {"_MFE_STATIC_COMPLETE": "bash_complete", "COMP_WORDS": "mfe-static ch", "COMP_CWORD": "1"}
    done = started(env={**os.environ, **words})
    assert done.stdout.decode().split() == ["plain,check"]


# -- ends


def test_a_bug_is_called_a_bug_and_shows_its_details_only_on_demand(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("oh")

    monkeypatch.setattr("mfe_static.run.survey", broken)
    result = run("build")
    assert result.exit_code == 70
    assert result.stdout == ""
    assert "this is a bug of mfe-static" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in run("build", "-v").stderr


def test_an_interrupted_build_says_so_and_leaves_the_previous_site(root: Path) -> None:
    run("build")
    before = (root / "dist/index.html").read_bytes()
    write(root, "teams/home/pages/index.md", "---\ntitle: New\ndescription: d\n---\n\n[x](docs:index)\n")
    script = (
        "import mfe_static.publish as p\nfrom mfe_static.cli import main\n"
        "def stuck(*_, **__):\n print('ready', flush=True)\n while True: pass\n"
        "p.publish = stuck\nmain()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, "build"], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read().strip() == b"interrupted"
    assert (root / "dist/index.html").read_bytes() == before
    assert run("build").exit_code == 0


def test_an_interruption_before_the_command_line_listens_makes_no_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("mfe_static.cli.main", interrupted)
    with pytest.raises(SystemExit, match="130"):
        start()


def test_a_reader_that_leaves_early_makes_no_noise(root: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(
        [sys.executable, "-m", "mfe_static", "list", "problems"], stdout=writer, stderr=subprocess.PIPE
    ) as process:
        os.close(writer)
        assert process.stderr
        assert process.stderr.read() == b""


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_keep_nobody_from_building(root: Path, closed: str) -> None:
    command = f'"{sys.executable}" -m mfe_static build {closed}'
    done = subprocess.run(["/bin/sh", "-c", command], cwd=root, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (root / "dist/index.html").exists()


def test_the_program_answers_as_the_tests_do(root: Path) -> None:
    done = started("list", "urls", "--json", cwd=root)
    assert done.returncode == 0
    assert done.stderr == b""
    assert json.loads(done.stdout) == answer("list", "urls")
