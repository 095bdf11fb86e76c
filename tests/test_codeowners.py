"""Promises about CODEOWNERS (documentation, "Command line", `list`)."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mfe_static.cli import program
from mfe_static.codeowners import Owned, outdated
from sites import put, site

FILES = {
    "teams/a/pages/index.md": "# A\n",
    "teams/b/team.toml": 'owner = "B <b@site.example>"\nreviewers = ["@org/b", "@org/c"]\n',
    "teams/b/pages/index.md": "# B\n",
    "teams/c/team.toml": 'owner = "Nobody in particular"\n',
}
PART = """\
# mfe-static: from the team.toml of each team; to write it anew: mfe-static list codeowners -o FILE
/teams/a/ a@site.example
/teams/b/ @org/b @org/c
# nobody: /teams/c/
# mfe-static: end
"""


def owners(root: Path, *args: str) -> Result:
    return CliRunner().invoke(program, ["list", "codeowners", "--root", str(root), "-q", *args])


def test_our_part_of_a_file_is_written_and_what_others_wrote_stays(tmp_path: Path) -> None:
    site(tmp_path, FILES)
    file = tmp_path / ".github/CODEOWNERS"
    assert owners(tmp_path, "-o", str(file)).exit_code == 0
    assert file.read_text() == PART
    put(tmp_path, ".github/CODEOWNERS", "* @org/all  # größe\n")
    for _ in range(2):
        assert owners(tmp_path, "-o", str(file)).exit_code == 0
        assert file.read_text() == f"* @org/all  # größe\n\n{PART}"
    put(tmp_path, ".github/CODEOWNERS", f"* @org/all\n\n{PART}\n/public/ @org/web\n")
    put(tmp_path, "teams/a/team.toml", 'reviewers = ["@org/a"]\n')
    assert owners(tmp_path, "--check", str(file)).exit_code == 1
    assert owners(tmp_path, "-o", str(file)).exit_code == 0
    assert file.read_text() == f"* @org/all\n\n{PART}\n/public/ @org/web\n".replace("a@site.example", "@org/a")
    assert owners(tmp_path, "--check", str(file)).exit_code == 0


def test_a_site_that_is_a_folder_of_a_repository_has_its_path_before_those_of_the_teams(tmp_path: Path) -> None:
    root = site(tmp_path / "web/shop", FILES)
    for place in (".github/CODEOWNERS", "docs/CODEOWNERS", "CODEOWNERS"):
        assert owners(root, "-o", str(tmp_path / place)).exit_code == 0
        assert "\n/web/shop/teams/a/ a@site.example\n" in (tmp_path / place).read_text()
        assert owners(root, "--check", str(tmp_path / place)).exit_code == 0


def test_a_file_that_says_something_else_fails_with_its_line(tmp_path: Path) -> None:
    site(tmp_path, FILES)
    file = put(tmp_path, "CODEOWNERS", "teams/a @org/a\n/teams/ @ORG/c @org/B\n")
    answer = json.loads(owners(tmp_path, "--json", "--check", str(file)).stdout)
    assert [(its["code"], its["team"], its["line"], its["message"]) for its in answer["problems"]] == [
        ("codeowners-outdated", "a", 2, "changes of teams/a/ are reviewed by @ORG/c @org/B, not a@site.example")
    ]
    put(tmp_path, "CODEOWNERS", "# nothing\n")
    done = owners(tmp_path, "--check", str(file))
    assert done.exit_code == 1
    assert "changes of teams/b/ are reviewed by nobody" in done.stderr
    assert "teams/c/" not in done.stderr


@pytest.mark.parametrize(
    "pattern",
    ["*", "**", "/teams/", "teams/", "/teams/x", "/teams/x/", "x/", "x", "**/x/", "/teams/**", "/teams/*/", "t*s/?",
     "/**/x/", "teams/x/*", "/teams/x/**", "**/teams/**/*", "/teams/x/ @other\n/teams/x/"],
)  # fmt: skip
def test_a_pattern_that_fits_counts(pattern: str) -> None:
    assert list(outdated(f"{pattern} @me\n", [Owned("/teams/x/", "x", ("@me",))], "F")) == []


@pytest.mark.parametrize(
    "pattern",
    ["/x/", "/teams/*", "teams/xy/", "/teams/x/pages/", "*.md", "# /teams/x/", "[x]", "^[x][2]", "", "/", "/team",
     "/teams/x/ @me\n*", "/teams/x/ @me\n/teams/x/ # @me\n#", "\\#x", "a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b" * 9],
)  # fmt: skip
def test_a_pattern_that_does_not_fit_or_is_overruled_does_not(pattern: str) -> None:
    text = f"{pattern} @you\n" if "\n" in pattern else f"{pattern} @me\n"
    assert len(list(outdated(text, [Owned("/teams/x/", "x", ("@me",))], "F"))) == 1


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    site(tmp_path, FILES)
    put(tmp_path, "bad", b"\xff\xfe\xfa")
    for args, code in (
        (("--check", str(tmp_path / "none")), 1),
        (("--check", str(tmp_path)), 1),
        (("-o", str(tmp_path)), 1),
        (("-o", str(tmp_path / "bad")), 1),
        (("-o", str(tmp_path / "bad/CODEOWNERS")), 1),
    ):
        done = owners(tmp_path, *args)
        assert (done.exit_code, "bug of" in done.stderr) == (code, False), args
    for flag in ("-o", "--check"):
        done = CliRunner().invoke(program, ["list", "urls", "--root", str(tmp_path), flag, "x"])
        assert done.exit_code == 2
