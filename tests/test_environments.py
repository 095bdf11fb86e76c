"""Promises about environments, and about what a team says of its repository: `edit_url`, `reviewers`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mfe_static.cli import Program, program
from sites import built, codes, made, only, page, put, site, tree

PREVIEW = """
title = "Site"
base_url = "https://site.example"
theme = "plain"
[teams]
a = "/"
[environments.preview]
base_url = "https://preview.site.example/x"
title = "Preview"
noindex = true
drafts = true
[environments.test]
output = "out"
"""[1:]
FILES = {
    "site.toml": PREVIEW,
    "teams/a/pages/index.md": "---\ntitle: Home\ndescription: d\n---\n",
    "teams/a/pages/draft.md": "---\ntitle: Draft\ndescription: d\ndraft: true\n---\n",
    "themes/plain/layouts/page.html": "<title>{{ site.title }}</title>{{ head }}{{ page.canonical }} {{ page.noindex }}"
    "<h1>{{ page.title }}</h1>{{ content }}{{ shell.header }}{{ shell.footer }}",
}


def run(root: Path, *arguments: str, **environ: str) -> Any:
    assert isinstance(program, Program)
    return CliRunner().invoke(program, [*arguments, "--root", str(root)], env=environ)


def test_an_environment_lays_its_values_over_those_of_the_site(tmp_path: Path) -> None:
    made(tmp_path, FILES)
    assert "<title>Site</title>" in page(tmp_path, "/")
    assert "https://site.example/ False" in page(tmp_path, "/")
    assert not (tmp_path / "dist/draft").exists()
    result = built(tmp_path, flags={"environment": "preview"})
    assert codes(result) == []
    assert "<title>Preview</title>" in page(tmp_path, "/draft/")
    assert "https://preview.site.example/x/draft/ True" in page(tmp_path, "/draft/")
    files = tree(tmp_path / "dist")
    assert b"X-Robots-Tag: noindex" in files["_headers"]
    assert files["robots.txt"] == b"User-agent: *\nAllow: /\n"
    assert "sitemap.xml" not in files
    built(tmp_path)
    files = tree(tmp_path / "dist")
    assert b"X-Robots-Tag" not in files["_headers"]
    assert "sitemap.xml" in files
    assert "draft/index.html" not in files


@pytest.mark.parametrize("way", ["option", "short", "variable"])
def test_an_environment_is_named_on_the_command_line_or_by_a_variable(tmp_path: Path, way: str) -> None:
    site(tmp_path, FILES)
    arguments = {"option": ["--environment", "test"], "short": ["-e", "test"], "variable": []}[way]
    environ = {"MFE_STATIC_ENVIRONMENT": "test"} if way == "variable" else {}
    done = run(tmp_path, "build", *arguments, **environ)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out/index.html").exists()
    assert not (tmp_path / "dist").exists()


def test_variables_and_options_lie_over_an_environment(tmp_path: Path) -> None:
    site(tmp_path, FILES)
    done = run(tmp_path, "build", "-e", "preview", "--base-url", "https://o.example", MFE_STATIC_TITLE="Variable")
    assert done.exit_code == 0, done.output
    assert "<title>Variable</title>" in page(tmp_path, "/")
    assert "https://o.example/ True" in page(tmp_path, "/")


def test_an_environment_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    found = only(built(site(tmp_path, FILES), flags={"environment": "previw"}), "bad-environment")
    assert (found.message, found.hint) == ('there is no environment "previw"', 'did you mean "preview"?')
    put(tmp_path, "site.toml", PREVIEW + "colour = 1\n")
    assert only(built(tmp_path), "unknown-key").line == 13


def test_a_page_knows_where_its_source_is_edited(tmp_path: Path) -> None:
    toml = 'edit_url = "https://code.example/edit/main/{path}?of={file}"\n[tags]\npath = "t"\n'
    show = "<h1>{{ page.edit_url }}</h1>{{ head }}{{ content }}{{ shell.header }}{{ shell.footer }}"
    files = {
        **FILES,
        "teams/a/team.toml": toml,
        "teams/a/pages/a b.md": "---\ntitle: A B\ndescription: d\ntags: [x]\n---\n",
        "themes/plain/layouts/page.html": show,
        "themes/plain/layouts/listing.html": show,
    }
    made(tmp_path, files)
    expected = "https://code.example/edit/main/teams/a/pages/a%20b.md?of=pages/a%20b.md"
    assert f"<h1>{expected}</h1>" in page(tmp_path, "/a-b/")
    assert "<h1></h1>" in page(tmp_path, "/t/x/")  # which nobody wrote
    put(tmp_path, "teams/a/team.toml", toml.replace("main", "next"))
    built(tmp_path)
    assert "/edit/next/teams" in page(tmp_path, "/a-b/")
    put(tmp_path, "teams/a/team.toml", 'edit_url = "https://code.example/"\n')
    assert codes(built(tmp_path)) == ["bad-value"]


def test_the_reviewers_of_each_folder_are_listed_as_repositories_read_them(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# A\n",
        "teams/b/team.toml": 'owner = "B <b@site.example>"\nreviewers = ["@org/b", "c@site.example"]\n',
        "teams/b/pages/index.md": "# B\n",
        "teams/c/team.toml": 'owner = "Nobody in particular"\n',
    }
    site(tmp_path, files)
    done = run(tmp_path, "list", "codeowners")
    assert done.exit_code == 0
    assert "/teams/a/ a@site.example\n/teams/b/ @org/b c@site.example\n# nobody: /teams/c/\n" in done.stdout
    rows = json.loads(run(tmp_path, "list", "codeowners", "--json").stdout)
    assert rows[1] == {"path": "/teams/b/", "team": "b", "owners": ["@org/b", "c@site.example"]}
