"""What changed between two outputs: by team and by cause, each told once, whatever the two folders hold."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from click.testing import Result as Ran
from hypothesis import given
from hypothesis import strategies as st

from mfe_static.cli import program
from mfe_static.difference import Contents, compare
from mfe_static.difference.contents import File
from mfe_static.difference.documents import differences
from mfe_static.difference.stretches import stretches
from mfe_static.problems import problem
from mfe_static.schemas import DiffRow, schema
from sites import built, problems, put, site, tree

HEADER = "themes/plain/fragments/header.html"
FILES = {
    "teams/home/pages/index.md": "# Home\n\nWelcome.\n",
    "teams/home/pages/about.md": "# About\n\nWe are open from seven to nine.\n",
    "teams/home/assets/team.css": "p { color: red }\n",
    "teams/shop/pages/index.md": "# Shop\n\nEverything.\n",
    "teams/shop/pages/rope.md": "# Rope\n\nTen metres.\n",
    "teams/shop/public/plan.txt": "a plan\n",
}


class Two:
    """A site, the output that it had, and the one that it has."""

    def __init__(self, folder: Path) -> None:
        self.root = site(folder / "site", FILES)
        self.build("old")

    def build(self, name: str) -> None:
        result = built(self.root, flags={"output": str(self.root.parent / name)})
        assert problems(result) == []

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert old in text
        put(self.root, path, text.replace(old, new))

    def diff(self) -> Any:
        self.build("new")
        return answer("old", "new")


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Two:
    monkeypatch.chdir(tmp_path)
    return Two(tmp_path)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """Makes the folders `old` and `new` of files that something else wrote."""
    monkeypatch.chdir(tmp_path)

    def make(old: dict[str, Any], new: dict[str, Any]) -> None:
        for name, files in (("old", old), ("new", new)):
            (tmp_path / name).mkdir()
            for path, content in files.items():
                put(tmp_path, f"{name}/{path}", content)

    return make


def run(*args: str) -> Ran:
    return CliRunner().invoke(program, ["diff", *args])


def answer(*args: str, code: int = 0) -> Any:
    """The JSON of the command, which keeps to its schema."""
    ran = run(*args, "--json")
    assert (ran.exit_code, ran.stderr) == (code, ""), ran.output
    return json.loads(ran.stdout)


def groups(done: Any) -> list[tuple[str, int, list[str]]]:
    """Where, on how many pages, of whom."""
    return [(group["where"], group["pages"], group["teams"]) for group in done["groups"]]


def paths(changes: Any) -> list[str]:
    return [change["path"] for change in changes]


def code_of(*args: str) -> tuple[str, str, str]:
    (found,) = answer(*args, code=1)["problems"]
    return found["code"], found["file"], found["message"]


# -- builds before and after an edit


def test_an_edit_of_the_header_is_one_group_of_all_pages(two: Two) -> None:
    two.edit(HEADER, "</header>", "<b>Sale</b></header>")
    done = two.diff()
    assert groups(done) == [("header", 5, ["home", "shop"])]
    (group,) = done["groups"]
    assert group["only"] == 5
    assert group["urls"] == ["/", "/404.html", "/about/", "/shop/", "/shop/rope/"]
    assert group["added"][0].endswith("<b>Sale</b>")
    assert {change["kind"] for change in done["changed"]} == {"page"}


def test_an_edit_of_one_text_beside_one_of_the_header_is_a_group_of_its_own(two: Two) -> None:
    two.edit(HEADER, "<header>", "<header><b>Sale</b>")
    two.edit("teams/home/pages/about.md", "seven to nine", "eight to nine")
    done = two.diff()
    assert groups(done) == [("header", 5, ["home", "shop"]), ("main", 1, ["home"])]
    assert [group["only"] for group in done["groups"]] == [4, 0]
    assert done["groups"][1]["removed"] == ["<p>We are open from seven to nine.</p>"]
    assert done["groups"][1]["added"] == ["<p>We are open from eight to nine.</p>"]


def test_a_new_name_of_the_site_is_one_cause_though_the_lines_are_each_pages_own(two: Two) -> None:
    two.edit("themes/plain/layouts/shell.html", "{{ page.title }}", "{{ page.title }} · New")
    done = two.diff()
    assert groups(done) == [("head › title", 5, ["home", "shop"])]
    assert done["groups"][0]["added"] == ["… · New</title>"]


def test_what_comes_to_the_head_of_all_pages_is_one_cause_though_each_says_its_own(two: Two) -> None:
    two.edit(
        "themes/plain/layouts/shell.html", "{{ head }}", '<meta name="about" content="{{ page.title }}">{{ head }}'
    )
    done = two.diff()
    assert groups(done) == [("head › meta about", 5, ["home", "shop"])]
    assert done["groups"][0]["removed"] == []
    assert done["groups"][0]["added"] == ['<meta name="about" content="…']


def test_a_style_sheet_that_changed_is_one_asset_and_its_pages_differ_in_style_sheets_only(two: Two) -> None:
    two.edit("teams/home/assets/team.css", "red", "blue")
    two.edit("teams/shop/pages/rope.md", "Ten", "Twelve")
    done = two.diff()
    assert groups(done)[0] == ("style sheets", 3, ["home"])
    assert groups(done)[1] == ("main", 1, ["shop"])
    (asset,) = [change for change in done["changed"] if change["kind"] == "asset"]
    assert asset["path"] != asset["was"]
    assert asset["path"].startswith("_mfe/assets/team.")
    said = run("old", "new").stdout
    assert "1 asset changed  " in said
    assert "  team.css\n" in said
    assert "3 pages · home · style sheets only\n" in said


def test_pages_come_and_go_by_team(two: Two) -> None:
    put(two.root, "teams/shop/pages/sail.md", "# Sail\n")
    (two.root / "teams/home/pages/about.md").unlink()
    (two.root / "teams/shop/public/plan.txt").write_text("another\n")
    done = two.diff()
    assert done["groups"] == []
    assert done["added"] == [{"path": "shop/sail/index.html", "kind": "page", "team": "shop", "was": ""}]
    assert done["removed"] == [{"path": "about/index.html", "kind": "page", "team": "home", "was": ""}]
    assert {"path": "shop/plan.txt", "kind": "file", "team": "shop", "was": ""} in done["changed"]
    targets = [change["path"] for change in done["changed"] if change["kind"] == "target"]
    assert {"sitemap.xml", "objects.inv", "_mfe/site.json"} <= {*targets}
    said = run("old", "new").stdout
    assert "1 page added" in said
    assert "/shop/sail/ (shop)\n" in said
    assert "/about/ (home)\n" in said


def test_a_team_with_another_name_has_the_pages_of_the_old_one(two: Two) -> None:
    os.rename(two.root / "teams/shop", two.root / "teams/market")
    two.edit("site.toml", 'shop = "/shop/"', 'market = "/shop/"')
    done = two.diff()
    (group,) = [group for group in done["groups"] if "team" in group["where"].split(", ")]
    assert (group["pages"], group["teams"]) == (2, ["market"])
    assert (group["removed"][0], group["added"][0]) == ("shop", "market")
    assert paths(done["added"]) == ["_mfe/contracts/market.json"]
    assert paths(done["removed"]) == ["_mfe/contracts/shop.json"]


def test_two_outputs_that_are_the_same_say_so_and_nothing_is_written(two: Two, tmp_path: Path) -> None:
    two.build("new")
    before = tree(tmp_path)
    done = answer("old", "new", "--exit-code")
    assert {key: done[key] for key in ("ok", "added", "removed", "changed", "groups", "problems")} == {
        "ok": True, "added": [], "removed": [], "changed": [], "groups": [], "problems": [],
    }  # fmt: skip
    assert done["bytes"]["old"] == done["bytes"]["new"] > 0
    assert run("old", "new").stdout.startswith("no difference in ")
    assert tree(tmp_path) == before


def test_without_a_second_folder_it_is_the_sites_output(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    two.edit("teams/home/pages/about.md", "seven", "eight")
    built(two.root)
    monkeypatch.chdir(two.root / "teams")
    assert groups(answer("../../old")) == [("main", 1, ["home"])]
    assert run("../../old", "--exit-code").exit_code == 1
    assert run("../../old").exit_code == 0
    assert run("../../old", "-q", "--exit-code").output == ""


def test_the_answer_is_the_same_each_time_and_keeps_to_its_schema(two: Two) -> None:
    two.edit(HEADER, "<header>", "<header><b>Sale</b>")
    first = two.diff()
    assert first == answer("old", "new")
    assert list(first) == "ok added removed changed groups bytes problems".split()
    msgspec.convert(first, DiffRow, strict=True)
    assert set(schema("diff")["$defs"]["DiffRow"]["required"]) == set(first)


def test_all_urls_of_a_group_are_shown_when_asked_for(two: Two) -> None:
    two.edit(HEADER, "<header>", "<header><b>Sale</b>")
    two.diff()
    assert "such as /\n" in run("old", "new").stdout
    assert "  /about/\n" in run("old", "new", "-v").stdout


def test_what_is_the_same_by_the_manifests_is_not_read(two: Two, tmp_path: Path) -> None:
    two.edit("teams/home/pages/about.md", "seven", "eight")
    two.build("new")
    for name in ("old", "new"):
        (tmp_path / name / "shop/index.html").unlink()
        (tmp_path / name / "shop/index.html").write_text(f"somebody's in {name}")
    assert groups(answer("old", "new")) == [("main", 1, ["home"])]


# -- places


def where(old: str, new: str) -> list[str]:
    return [found.where for found in differences(old.encode(), new.encode())]


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ("<head>\n<title>§</title>\n<meta charset=a></head>", "head › title"),
        ('<head><meta charset=a><meta name="description" content="§"></head>', "head › meta description"),
        ('<head><meta property="og:title" content="§"></head>', "head › meta og:title"),
        ("<head><link rel=stylesheet href='§'></head>", "head › link stylesheet"),
        ("<head><title>x</title><body><p>§", "body"),
        ("<head><title>x</title><header>§", "header"),
        ("<body>\n<header>a<nav>§</nav></header>", "header › nav"),
        ("<body><header>a<nav>b</nav>§</header>", "header"),
        ("<body><HEADER class='a>b'>§</HEADER>", "header"),
        ("<body><header>a</header>§<main>b</main>", "body"),
        ("<main><aside><p>§</p></aside></main>", "main › aside"),
        ('<header class=x data-boundary="explore">§</header>', "header (explore)"),
        ('<main><div data-boundary="a"><div>b</div><br><div>§</div></div></main>', "main › fragment (a)"),
        ('<main><div data-boundary="a"><div>b</div></div>§</main>', "main"),
        ('<main data-boundary-page="a">§</main>', "main"),
        ("<!-- <header> --><main>§</main>", "main"),
        ("<script>'<header>'</script><footer>§</footer>", "footer"),
        ("<main><!-- § --></main>", "main"),
        ("</main></header><nav>§", "nav"),
        ("§", "html"),
    ],
)
def test_a_difference_is_named_by_the_landmarks_around_it(document: str, place: str) -> None:
    assert where(document.replace("§", "one"), document.replace("§", "two")) == [place]


def test_a_document_in_one_line_has_places_too() -> None:
    parts = ["<!doctype html><head><title>a</title></head><body><header>a</header><main>", "<p>a</p>" * 80, "</main>"]
    old = "".join(parts)
    assert where(old, old.replace("<header>a", "<header>b").replace("<main><p>a", "<main><p>b")) == ["header", "main"]


def test_what_differs_in_blanks_alone_is_white_space() -> None:
    assert where("<main>\n<p>a</p>\n</main>", "<main>\n\n  <p>a</p></main>") != []
    assert where("<p>a</p>\n<p>b</p>", "<p>a</p>\n\n  <p>b</p>") == ["white space"]


def test_a_page_that_is_another_altogether_is_much_of_it() -> None:
    old = "\n".join(f"<p>{n}\n<p>same {n}" for n in range(300))
    assert where(old, old.replace("<p>same", "<p>same").replace("p>1", "p>x").replace("p>2", "p>y")) == ["much of it"]


# -- folders of others, and what is wrong


def test_folders_that_another_tool_wrote_are_walked(folders: Any) -> None:
    folders(
        {"index.html": "<main>a</main>", "b/index.htm": "x", "logo.png": b"\x89PNG\0", "gone.txt": ""},
        {"index.html": "<main>b</main>", "b/index.htm": "x", "logo.png": b"\x89PNG\1"},
    )
    done = answer("old", "new")
    assert groups(done) == [("main", 1, [])]
    assert paths(done["changed"]) == ["index.html", "logo.png"]
    assert paths(done["removed"]) == ["gone.txt"]
    assert "1 page · main only\n" in run("old", "new").stdout


def test_files_that_are_no_html_whatever_they_are_called_have_an_answer(folders: Any) -> None:
    noise = bytes(range(256)) * 40
    folders(
        {"a.html": noise, "b.html": "", "c.html": "<" * 5000, "d.html": '<a x="' * 3000, "e.html": "\0\r\n"},
        {"a.html": noise[::-1], "b.html": noise, "c.html": "<" * 5001, "d.html": '<a x="' * 3001, "e.html": "\r"},
    )
    done = answer("old", "new")
    assert len(paths(done["changed"])) == 5
    assert sum(group["pages"] == 1 for group in done["groups"]) == len(done["groups"])


def test_a_folder_that_is_no_output_is_a_problem_with_a_way_out(folders: Any, tmp_path: Path) -> None:
    folders({"index.html": "x"}, {"notes.txt": "x"})
    site(tmp_path / "site", FILES)
    assert code_of("nowhere", "old") == ("nothing-to-compare", "nowhere", "there is no such folder")
    assert code_of("old", "new")[:2] == ("nothing-to-compare", "new")
    assert code_of("old", "site")[2] == "the folder holds the sources of a site, not its output"
    assert code_of("old/index.html", "old")[2] == "there is no such folder"
    assert code_of("old", "--root", "site")[:2] == ("nothing-to-compare", "site/dist")
    assert code_of("old")[0] == "missing-site"
    assert "build one: mfe-static build" in run("nowhere", "old").stderr
    assert len(answer("nowhere", "neither", code=1)["problems"]) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 2, "files": {}}', b"\xff\xfe", '{"version": 1}'])
def test_a_manifest_that_is_damaged_is_a_problem(two: Two, content: str | bytes) -> None:
    two.build("new")
    put(two.root.parent, "new/_mfe/manifest.json", content)
    assert code_of("old", "new") == ("nothing-to-compare", "new", "_mfe/manifest.json in the folder is damaged")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pages": {"/": 1}}', '{"shards": {"a": "/../x", "b": "/b"}}'])
def test_an_index_that_is_damaged_only_leaves_pages_without_a_team(two: Two, content: str) -> None:
    two.edit("teams/home/pages/about.md", "seven", "eight")
    two.build("new")
    put(two.root.parent, "new/_mfe/site.json", content)
    assert groups(answer("old", "new")) == [("main", 1, [])]


def test_no_manifest_leads_out_of_its_folder(two: Two, tmp_path: Path) -> None:
    two.build("new")
    put(tmp_path, "secret.html", "secret")
    (tmp_path / "new/link.html").symlink_to(tmp_path / "secret.html")
    (tmp_path / "new/up").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "new/pipe.html")
    listed = json.loads((tmp_path / "new/_mfe/manifest.json").read_text())
    for path in ("../secret.html", str(tmp_path / "secret.html"), "up/secret.html", "link.html", "pipe.html", ""):
        listed["files"][path] = "0" * 32
    put(tmp_path, "new/_mfe/manifest.json", json.dumps(listed))
    assert answer("old", "new")["added"] == []


def test_an_output_may_stand_anywhere_and_a_page_that_cannot_be_read_is_a_problem() -> None:
    def held(mark: str, texts: dict[str, str]) -> Contents:
        gone = problem("unreadable", "gone", file="b.html")
        files = {path: File(mark, len(text)) for path, text in texts.items()}
        return Contents(files, lambda path: texts[path].encode() or gone)

    old = held("1", {"a.html": "<main>a", "b.html": "<main>a", "c.html": "<main>a"})
    done = compare(old, held("2", {"a.html": "<main>b", "b.html": "", "c.html": "<main>b"}))
    assert [(found.code, found.file) for found in done.problems] == [("unreadable", "b.html")]
    assert [(group.where, group.urls) for group in done.groups] == [("main", ("/a.html", "/c.html"))]


def test_no_text_of_a_page_commands_the_terminal(folders: Any) -> None:
    bad = "\x1b]0;title\x07\u202e\x9b2J"
    page = '<main data-boundary="{0}">{0}</main><head><meta name="{0}" content="{0}">'
    folders({f"{bad}.html": page.format("a"), "x.html": ""}, {f"{bad}.html": page.format(bad), f"y{bad}.html": ""})
    for flags in ((), ("-v",)):
        ran = run("old", "new", *flags)
        assert ran.exit_code == 0
        assert not set(ran.output) & set("\x1b\x07\u202e\x9b")


# -- how it is found


@given(st.lists(st.sampled_from("abcdef")), st.lists(st.sampled_from("abcdef")))
def test_what_stretches_leave_out_is_the_same_on_both_sides(old: list[str], new: list[str]) -> None:
    rest_old, rest_new, done_old, done_new = [], [], 0, 0
    for gone, come in stretches(old, new):
        assert gone or come
        rest_old += old[done_old : gone.start]
        rest_new += new[done_new : come.start]
        assert len(rest_old) == len(rest_new)
        done_old, done_new = gone.stop, come.stop
    assert rest_old + old[done_old:] == rest_new + new[done_new:]


@given(st.text(alphabet="<>/ab=\"'- \n!", max_size=80), st.text(alphabet="<>/ab=\"'- \n!", max_size=80))
def test_any_two_documents_can_be_compared(old: str, new: str) -> None:
    whole = '<main data-boundary="a"><div>{}<title>'
    assert differences(whole.format(old).encode(), whole.format(new).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<li>a</li>\n" * 40_000, "<li>a</li>\n" * 39_999 + "b"),
        ("\n".join(map(str, range(40_000))), "\n".join(map(str, range(40_000, 0, -1)))),
        ("<nav>" * 40_000, "<nav>" * 40_000 + "b"),
        ("<div data-boundary=a>" * 20_000, "<div data-boundary=a>" * 20_000 + "b"),
        ("<a b='" * 40_000, "<a b='" * 40_000 + "b"),
        ("<!--" * 40_000 + "<script>" * 40_000, "<!--" * 40_000 + "<title>" * 40_000),
        ("a" * 400_000, "a" * 399_999 + "b"),
    ],
)
def test_no_document_takes_long(old: str, new: str) -> None:
    began = time.process_time()
    assert differences(old.encode(), new.encode())
    assert time.process_time() - began < 5
