"""Promises about budgets: a page over what its team says it may weigh is not published, and what it holds is said."""

from pathlib import Path

import brotli
import pytest

from mfe_static import packing
from sites import QUIET, Files, built, codes, made, only, page, problems, put, shown, site, team_toml, tree

CSS, MORE = ".a { color: red }\n" * 3 + "/* what nobody reads */\n", ".b { color: blue }\n"
SCRIPT = "export const mount = ({ host }) => { host.textContent = 'there' }\n"
BOX: Files = {
    "teams/a/pages/index.md": '# Home\n\n<mfe-fragment src="b:box"></mfe-fragment>\n',
    "teams/a/assets/team.css": '@import "more.css";\n' + CSS,
    "teams/a/assets/more.css": MORE,
    "teams/b/team.toml": team_toml("b", '[offers]\nfragments = ["box"]\n'),
    "teams/b/fragments/box/fragment.html": '<p class="b">Box</p>\n',
    "teams/b/fragments/box/fragment.css": ".b { color: green }\n",
    "teams/b/fragments/box/fragment.js": "import { word } from './word.js'\n" + SCRIPT,
    "teams/b/fragments/box/word.js": "export const word = 'there'\n",
}


def with_budget(budget: str, rest: str = "") -> Files:
    return {**BOX, "teams/a/team.toml": team_toml("a", f"{rest}[budget]\n{budget}\n")}


def files_of(root: Path, suffix: str) -> dict[str, int]:
    """What files of the output weigh after brotli, by path."""
    return {
        path: len(brotli.compress(data, quality=11))
        for path, data in tree(root / "dist").items()
        if path.endswith(suffix)
    }


def test_a_page_within_its_budget_is_published_as_without_one(tmp_path: Path) -> None:
    made(tmp_path / "one", BOX)
    made(tmp_path / "two", with_budget('html = "4 KB"\ncss = "1 KB"\njs = "2 KB"\nteam = {css = "1 KB", js = "1 KB"}'))
    assert tree(tmp_path / "one/dist") == tree(tmp_path / "two/dist")


def test_scripts_over_budget_are_told_with_every_file_and_the_tool_s_own(tmp_path: Path) -> None:
    made(tmp_path, BOX)
    sizes = files_of(tmp_path, ".js")
    put(tmp_path, "teams/a/team.toml", team_toml("a", '[budget]\njs = "0.5 KB"\n'))
    result = built(tmp_path)
    found = only(result, "over-budget")
    total = sum(sizes.values())
    assert shown(found) == (
        f"teams/a/team.toml:3:1: error[over-budget]: / has {total:,} bytes of js after brotli, {total - 500:,} over "
        "its team's budget (Team A; begin with the largest of what it is spent on, or raise the budget)"
    )
    assert not result.published
    said = {line.split("  ", 1)[1]: int(line.split("  ")[0].replace(",", "")) for line in map(str.strip, found.output)}
    assert sorted(said.values()) == sorted(sizes.values())
    assert set(said) == {
        "islands.js of mfe-static",
        "teams/b/fragments/box/fragment.js",
        "teams/b/fragments/box/word.js",
    }
    assert [*said.values()] == sorted(said.values(), reverse=True)


def test_style_sheets_count_with_those_that_they_import(tmp_path: Path) -> None:
    found = only(built(site(tmp_path, with_budget('css = "20 B"'))), "over-budget")
    assert {line.split("  ")[-1] for line in found.output} == {
        "teams/a/assets/more.css",
        "teams/a/assets/team.css",
        "teams/b/fragments/box/fragment.css",
    }


def test_a_document_counts_after_brotli_and_is_told_with_its_fragments(tmp_path: Path) -> None:
    many = "".join(f"<p>{number * 7919 % 1000}</p>\n" for number in range(400))
    files = {**with_budget('html = "900 B"'), "teams/b/fragments/box/fragment.html": many}
    result = built(site(tmp_path, files))
    found = only(result, "over-budget")
    assert found.output[-1].split("  ")[-1] == "the whole document"
    assert "teams/b/fragments/box/fragment.html" in found.output[1]
    put(tmp_path, "teams/a/team.toml", team_toml("a", '[budget]\nhtml = "9 KB"\n'))
    assert built(tmp_path).published
    size = len(brotli.compress(page(tmp_path, "/").encode(), quality=11))
    for limit, fine in ((size, True), (size - 1, False)):
        put(tmp_path, "teams/a/team.toml", team_toml("a", f'[budget]\nhtml = "{limit} B"\n'))
        assert built(tmp_path).published is fine


def test_the_heaviest_page_stands_for_all_and_those_of_other_teams_are_not_meant(tmp_path: Path) -> None:
    files = {
        **with_budget('js = "0 B"'),
        "teams/a/pages/other.md": BOX["teams/a/pages/index.md"],
        "teams/a/pages/light.md": "# Light\n",
        "teams/b/pages/index.md": '# B\n\n<mfe-fragment src=":box"></mfe-fragment>\n',
    }
    message = only(built(site(tmp_path, files)), "over-budget").message
    assert message.startswith("/ has ")
    assert message.endswith(", and 1 more page is over it")


def test_all_that_a_team_has_may_have_a_budget_of_its_own(tmp_path: Path) -> None:
    lazy = "export const mount = () => import('./word.js')\n"
    files = {
        **BOX, "teams/b/fragments/box/fragment.js": lazy,
        "teams/b/team.toml": team_toml("b", '[offers]\nfragments = ["box"]\n[budget.team]\njs = "1 B"\ncss = "1 B"\n'),
    }  # fmt: skip
    found = [its for its in built(site(tmp_path, files)).problems if its.code == "over-budget"]
    assert [(its.file, its.line, its.team, its.url) for its in found] == [
        ("teams/b/team.toml", 5, "b", ""),
        ("teams/b/team.toml", 6, "b", ""),
    ]
    assert [line.split("  ")[-1] for line in found[0].output] == [
        "teams/b/fragments/box/fragment.js",
        "teams/b/fragments/box/word.js",
    ]
    assert [line.split("  ")[-1] for line in found[1].output] == ["teams/b/fragments/box/fragment.css"]


def test_the_level_is_that_of_checks(tmp_path: Path) -> None:
    result = built(site(tmp_path, with_budget('js = "0 B"'), tables=f'{QUIET}over-budget = "warn"\n'))
    assert (codes(result), result.published) == (["over-budget"], True)


def test_a_file_is_compressed_once_and_only_for_teams_with_a_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[bytes] = []

    def noted(content: bytes) -> bytes:
        done.append(content)
        return packing.packed(content)

    monkeypatch.setattr("mfe_static.weighing.packed", noted)
    made(tmp_path, BOX)
    assert done == []
    put(tmp_path, "teams/a/team.toml", team_toml("a", '[budget]\njs = "0 B"\ncss = "9 KB"\n'))
    first = problems(built(tmp_path))
    assert len(done) == len(set(done)) == 6
    put(tmp_path, "teams/a/pages/index.md", '# Home\n\nMore.\n\n<mfe-fragment src="b:box"></mfe-fragment>\n')
    assert problems(built(tmp_path)) == first
    assert len(done) == 6
    put(tmp_path, "teams/b/fragments/box/word.js", "export const word = 'elsewhere'\n")
    assert problems(built(tmp_path)) != first
    assert done[6:] == [b"export const word = 'elsewhere'\n"]


@pytest.mark.parametrize("size", ["5", "5 kb", "-1 KB", "five", "5 KB KB", "1e3 B"])
def test_what_is_no_size_is_a_problem(tmp_path: Path, size: str) -> None:
    found = only(built(site(tmp_path, with_budget(f'js = "{size}"'))), "bad-value")
    assert (found.file, found.line) == ("teams/a/team.toml", 3)
    assert "a size such as `5 KB`" in found.message + found.hint


def test_an_unknown_kind_is_a_problem(tmp_path: Path) -> None:
    assert only(built(site(tmp_path, with_budget('json = "1 KB"'))), "unknown-key").line == 3


def test_without_brotli_a_budget_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mfe_static.packing.find_spec", lambda name: None)
    found = only(built(site(tmp_path, with_budget('js = "1 KB"'))), "missing-library")
    assert (found.file, found.hint) == ("teams/a/team.toml", "pip install brotli")
