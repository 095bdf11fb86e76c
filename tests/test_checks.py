"""Promises about checks: what is wrong with the composed site is said where it was written, to whoever wrote it."""

from pathlib import Path

import pytest

from mfe_static.problems import CODES
from sites import QUIET, Case, built, cases, codes, made, only, problems, put, shown, site, team_toml

CASES = cases("checks")


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_check_names_the_line_and_the_owner_of_who_wrote_it(case: Case, tmp_path: Path) -> None:
    result = built(site(tmp_path, case.files))
    assert problems(result) == case.expected
    assert result.published is not any(": error[" in line for line in case.expected)


def test_a_broken_link_names_the_team_that_links_and_the_team_that_is_linked(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.md": "# Home\n\n[x](b:start#nix)\n", "teams/b/pages/start.md": "# Start\n"}
    found = only(built(site(tmp_path, files)), "broken-anchor")
    assert (found.file, found.line, found.column, found.length) == ("teams/a/pages/index.md", 3, 5, 11)
    assert (found.team, found.owner, found.url) == ("a", "Team A <a@site.example>", "/")
    assert [(other.file, other.team, other.owner) for other in found.related] == [
        ("teams/b/pages/start.md", "b", "Team B <b@site.example>")
    ]


def test_a_clash_of_ids_names_both_teams(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": '# Home\n\n## Basket\n\n<mfe-fragment src="b:basket"></mfe-fragment>\n',
        "teams/b/team.toml": team_toml("b", '[offers]\nfragments = ["basket"]\n'),
        "teams/b/fragments/basket.html": '<section id="basket">basket</section>\n',
    }
    found = only(built(site(tmp_path, files)), "duplicate-id")
    assert {found.owner, *(other.owner for other in found.related)} == {
        "Team A <a@site.example>",
        "Team B <b@site.example>",
    }
    assert found.url == "/"


def test_a_problem_of_a_fragment_is_its_owners(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": '# Home\n\n<mfe-fragment src="b:box"></mfe-fragment>\n',
        "teams/b/team.toml": team_toml("b", '[offers]\nfragments = ["box"]\n'),
        "teams/b/fragments/box.html": '---\ndescription: Box\n---\n<p><a href="/nix/">nix</a></p>\n',
    }
    result = built(site(tmp_path, files))
    assert [shown(found) for found in result.problems] == [
        "teams/b/fragments/box.html:4:13: error[broken-link]: nothing is at /nix/; the path belongs to a (Team B)"
    ]


# -- levels


LINKS = {"teams/a/pages/index.md": "# Home\n\n[x](nix.md)\n", "teams/b/pages/index.md": "# B\n\n[x](nix.md)\n"}


def test_the_site_sets_the_level_of_a_check(tmp_path: Path) -> None:
    root = site(tmp_path, LINKS, tables=f'{QUIET}broken-link = "warn"\n')
    result = built(root)
    assert [(found.code, found.severity) for found in result.problems] == [("broken-link", "warning")] * 2
    assert (result.code, result.published) == (0, True)
    assert built(root, strict=True).code == 1


def test_a_check_that_is_off_says_nothing(tmp_path: Path) -> None:
    result = built(site(tmp_path, LINKS, tables=f'{QUIET}broken-link = "off"\n'))
    assert (codes(result), result.published) == ([], True)


def test_a_team_sets_its_own_level_over_that_of_the_site(tmp_path: Path) -> None:
    files = {**LINKS, "teams/b/team.toml": team_toml("b", '[checks]\nbroken-link = "error"\n')}
    result = built(site(tmp_path, files, tables=f'{QUIET}broken-link = "warn"\n'))
    assert [(found.team, found.severity) for found in result.problems] == [("a", "warning"), ("b", "error")]
    assert result.code == 1


def test_a_warning_can_be_made_an_error(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.md": "# Home\n"}
    result = built(site(tmp_path, files, tables='[checks]\nmissing-description = "error"\n'))
    assert only(result, "missing-description").severity == "error"
    assert not result.published


@pytest.mark.parametrize("code", ["url-taken", "foreign-prefix", "symlink-outside", "reserved-url", "unsafe-url"])
@pytest.mark.parametrize("where", ["site.toml", "teams/a/team.toml"])
def test_what_concerns_safety_cannot_be_lowered(tmp_path: Path, code: str, where: str) -> None:
    assert not CODES[code].tunable
    checks = f'{QUIET}{code} = "off"\n'
    files = {"teams/a/pages/index.md": "# Home\n"}
    if where == "site.toml":
        result = built(site(tmp_path, files, tables=checks))
    else:
        result = built(site(tmp_path, {**files, where: team_toml("a", checks)}))
    found = only(result, "bad-value")
    assert (found.file, found.hint) == (where, "it concerns safety, or leaves nothing to publish")


def test_an_error_of_one_team_keeps_the_whole_site_back(tmp_path: Path) -> None:
    made(tmp_path, {"teams/a/pages/index.md": "# Home\n", "teams/b/pages/index.md": "# B\n"})
    put(tmp_path, "teams/a/pages/index.md", "# Better\n")
    put(tmp_path, "teams/b/pages/index.md", "# B\n\n[x](nix.md)\n")
    assert not built(tmp_path).published
    assert "Better" not in (tmp_path / "dist/index.html").read_text()


def test_a_folder_with_pages_that_no_route_names_is_a_problem_even_without_team_toml(tmp_path: Path) -> None:
    root = site(tmp_path, {"teams/a/pages/index.md": "# Home\n"})
    put(root, "teams/c/pages/index.md", "# C\n")
    assert problems(built(root)) == [
        'teams/c: error[no-route]: the team "c" is not in the route table (add c = "/c/" under [teams] in site.toml, '
        "or c = {} for a team without pages)"
    ]
