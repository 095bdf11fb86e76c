"""Starting things: what is written builds without a warning, and nothing that exists is overwritten."""

import datetime
import subprocess
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfe_static import scaffold
from mfe_static.build import build
from mfe_static.problems import Problem
from mfe_static.run import Options, Result
from mfe_static.scaffold import STARTERS, Made, _routed, new_fragment, new_page, new_site, new_team

NOW = datetime.datetime(2026, 5, 31, tzinfo=datetime.UTC)


def built(root: Path) -> Result:
    result = build(root, Options(now=NOW, jobs=1, strict=True))
    assert result.problems == []
    assert result.published
    return result


def made(what: Made | Problem) -> Made:
    assert isinstance(what, Made), what
    return what


def refused(what: Made | Problem, words: str) -> Problem:
    assert isinstance(what, Problem)
    assert words in what.message
    return what


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    made(new_site(folder))
    return folder


def test_a_new_site_has_two_teams_a_shared_header_and_links_between_them(root: Path) -> None:
    result = built(root)
    assert result.site is not None
    assert {page.page.team for page in result.site.pages} == {"home", "docs"}
    assert all("home:header" in page.fragments for page in result.site.pages)
    assert 'href="/docs/start/"' in (root / "dist/index.html").read_text()
    assert 'href="/"' in (root / "dist/docs/start/index.html").read_text()


@pytest.mark.parametrize("starter", STARTERS)
def test_each_starter_builds_without_a_warning_and_teaches(tmp_path: Path, starter: str) -> None:
    made(new_site(tmp_path, title="T", starter=starter))
    result = built(tmp_path)
    assert len({team.owner for team in result.report.teams.values()}) > 1
    assert (result.report.reused, result.report.rendered > 2) == (0, True)
    assert "\n# " in f"\n{(tmp_path / 'site.toml').read_text()}"  # says what its settings are for
    for toml in tmp_path.glob("teams/*/team.toml"):
        assert "@example.org" in toml.read_text()
    for document in tmp_path.glob("dist/**/*.html"):
        assert "<!--" not in document.read_text()  # what teaches is for authors


def test_the_starters_are_what_the_package_has() -> None:
    assert {path.name for path in (Path(scaffold.__file__).parent / "starter").iterdir()} == set(STARTERS)


def test_a_new_site_lists_what_git_should_ignore(root: Path) -> None:
    assert "/dist/" in (root / ".gitignore").read_text()
    assert not (root / "gitignore").exists()
    build(root, Options(now=NOW, jobs=1, flags={"output": "before"}))
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    names = ["dist", ".dist.mfe", ".mfe", ".before.mfe"]
    built(root)
    command = ["git", "check-ignore", *(f"{name}/" for name in names)]
    shown = subprocess.run(command, cwd=root, capture_output=True, check=True)
    assert shown.stdout.decode().split() == [f"{name}/" for name in names]


@pytest.mark.parametrize("title", ["The Tractor Store", 'A "quoted" \\ one', "größer & <besser>", "[x] = #1"])
def test_a_new_site_takes_any_title(tmp_path: Path, title: str) -> None:
    made(new_site(tmp_path, title=title, base_url="https://tractors.example/shop"))
    settings = tomllib.loads((tmp_path / "site.toml").read_text())
    assert (settings["title"], settings["base_url"]) == (title, "https://tractors.example/shop")
    built(tmp_path)


@pytest.mark.parametrize(("name", "title"), [("shop", "Shop"), ("corner-shop_2", "Corner shop 2"), ("größe", "Größe")])
def test_a_new_site_is_named_as_its_folder(tmp_path: Path, name: str, title: str) -> None:
    made(new_site(tmp_path / name))
    assert tomllib.loads((tmp_path / name / "site.toml").read_text())["title"] == title


def test_a_new_site_stays_true_when_a_team_is_added(root: Path) -> None:
    made(new_team(root, "help"))
    built(root)
    assert "two teams" not in "".join(path.read_text() for path in root.rglob("dist/**/*.html")).lower()


def test_a_new_site_refuses_a_base_url_that_cannot_be(tmp_path: Path) -> None:
    refused(new_site(tmp_path, base_url="example.org"), "base_url")
    assert files(tmp_path) == {}


@pytest.mark.parametrize("name", ["site.toml", "teams/x/team.toml"])
def test_a_folder_that_holds_a_site_is_not_touched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("mine")
    assert refused(new_site(tmp_path), "exists already").code == "exists-already"
    assert files(tmp_path) == {name: b"mine"}


def test_a_folder_with_other_files_keeps_them(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine")
    (tmp_path / "README.md").write_text("mine")
    made(new_site(tmp_path))
    assert (tmp_path / ".gitignore").read_text() == "mine"
    built(tmp_path)


def test_a_new_team_has_a_page_and_a_route_and_the_comments_stay(root: Path) -> None:
    before = (root / "site.toml").read_text()
    done = made(new_team(root, "checkout", path="/buy/"))
    after = (root / "site.toml").read_text()
    assert done.changed == ("site.toml",)
    assert after == before.replace('docs = "/docs/"\n', 'docs = "/docs/"\ncheckout = "/buy/"\n')
    built(root)
    assert (root / "dist/buy/index.html").is_file()


def test_a_new_team_is_told_to_stand_in_a_header_that_is_written_by_hand(root: Path) -> None:
    assert made(new_team(root, "news")).next.endswith("; give it a link in the header, home:header")
    assert "header" not in made(new_team(root, "inspire", path="")).next
    text = (root / "site.toml").read_text()
    (root / "site.toml").write_text(text.replace('header = "home:header"', ""))
    assert "header" not in made(new_team(root, "other")).next


def test_a_team_without_a_path_has_no_pages(root: Path) -> None:
    made(new_team(root, "inspire", path=""))
    assert tomllib.loads((root / "site.toml").read_text())["teams"]["inspire"] == {}
    assert not (root / "teams/inspire/pages").exists()
    built(root)


@pytest.mark.parametrize(("route", "pages"), [('"/hilfe/"', True), ('{path = "/hilfe/"}', True), ("{}", False)])
def test_a_team_that_has_its_route_gets_its_folder_and_no_other_route(root: Path, route: str, pages: bool) -> None:
    site = root / "site.toml"
    site.write_text(site.read_text().replace('docs = "/docs/"\n', f'docs = "/docs/"\nhelp = {route}\n'))
    before = site.read_text()
    assert refused(new_team(root, "help", path="/help/"), "in the route table already").code == "route-taken"
    assert not (root / "teams/help").exists()
    done = made(new_team(root, "help", path="/hilfe/" if pages else ""))
    assert done.changed == ()
    assert site.read_text() == before
    assert (root / "teams/help/pages").exists() == pages
    refused(new_team(root, "help"), "exists already")
    built(root)
    assert (root / "dist/hilfe/index.html").exists() == pages


def test_a_team_that_has_its_route_keeps_the_pages_it_has(root: Path) -> None:
    (root / "teams/docs/team.toml").unlink()
    before = files(root / "teams/docs/pages")
    assert made(new_team(root, "docs")).created == ("teams/docs/team.toml",)
    assert files(root / "teams/docs/pages") == before
    built(root)


def test_a_folder_that_another_tool_made_becomes_a_team_and_gets_no_page(root: Path) -> None:
    (root / "teams/app/src").mkdir(parents=True)
    (root / "teams/app/package.json").write_text("{}")
    done = made(new_team(root, "app"))
    assert (done.created, done.changed) == (("teams/app/team.toml",), ("site.toml",))
    assert "[build]" in done.next
    assert (root / "teams/app/package.json").read_text() == "{}"


def test_where_site_toml_cannot_be_written_no_team_is_begun(root: Path) -> None:
    (root / "site.toml.new").mkdir()
    before = files(root)
    refused(new_team(root, "help"), "cannot be written")
    assert files(root) == before
    assert not (root / "teams/help").exists()


def test_where_a_team_cannot_be_written_site_toml_stays_as_it_was(root: Path) -> None:
    (root / "teams/help").write_text("a file")
    before = files(root)
    refused(new_team(root, "help"), "exists already")
    assert files(root) == before


def test_a_team_whose_route_cannot_be_gets_no_folder(root: Path) -> None:
    site = root / "site.toml"
    site.write_text(site.read_text().replace('docs = "/docs/"\n', 'docs = "/docs/"\nhelp = "help"\nqa = "/docs/"\n'))
    refused(new_team(root, "help"), 'must start and end with "/"')
    assert isinstance(new_team(root, "qa"), Problem)
    assert sorted(path.name for path in (root / "teams").iterdir()) == ["docs", "home"]


@pytest.mark.parametrize(
    ("name", "path", "words"),
    [
        ("Shop", None, "cannot be a team's name"),
        ("theme", None, "reserved"),
        ("../evil", None, "cannot be a team's name"),
        ("shop", "/docs/", "both claim"),
        ("shop", "shop", 'must start and end with "/"'),
        ("shop", "/_mfe/x/", "reserved"),
        ("docs", None, "exists already"),
    ],
)
def test_a_team_that_cannot_be_changes_nothing(root: Path, name: str, path: str | None, words: str) -> None:
    before = files(root.parent)
    refused(new_team(root, name, path=path), words)
    assert files(root.parent) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[teams]\na = "/"\n', '[teams]\na = "/"\nnew = "/new/"\n'),
        ('[teams]\na = "/"', '[teams]\na = "/"\nnew = "/new/"\n'),
        ("[teams]\n", '[teams]\nnew = "/new/"\n'),
        ('title = "x"\n', 'title = "x"\n\n[teams]\nnew = "/new/"\n'),
        ('[ teams ] # routes\r\na = "/"\r\n', '[ teams ] # routes\r\na = "/"\r\nnew = "/new/"\r\n'),
        (
            '[teams]\na = "/"  # the front\n\n# the shell\n[shell]\nheader = "a:h"\n',
            '[teams]\na = "/"  # the front\nnew = "/new/"\n\n# the shell\n[shell]\nheader = "a:h"\n',
        ),
        (
            'description = """\n[teams]\n"""\n[teams]\na = "/"\n',
            'description = """\n[teams]\n"""\n[teams]\na = "/"\nnew = "/new/"\n',
        ),
        (
            '[teams]\na = "/"\n[teams.b]\npath = "/b/"\n',
            '[teams]\na = "/"\nnew = "/new/"\n[teams.b]\npath = "/b/"\n',
        ),
    ],
)
def test_a_route_is_added_to_the_text(text: str, expected: str) -> None:
    assert _routed(text, "new", "/new/") == expected


def test_a_route_table_that_cannot_be_edited_is_left_alone() -> None:
    found = _routed('teams = {a = "/"}\n', "new", "/new/")
    assert isinstance(found, Problem)
    assert found.hint == 'add the line yourself: new = "/new/"'


@given(st.text(alphabet=st.sampled_from('[]#"=\n \tteamsx')))
def test_whatever_the_text_only_the_new_route_is_added(noise: str) -> None:
    text = f'description = """{noise.replace(chr(34), "")}"""\n[teams]\na = "/"\n'
    added = _routed(text, "new", "/new/")
    assert isinstance(added, str)
    assert tomllib.loads(added) == {**tomllib.loads(text), "teams": {"a": "/", "new": "/new/"}}


def test_a_new_page_builds(root: Path) -> None:
    done = made(new_page(root, "docs", "guide/first-steps"))
    assert done.created == ("teams/docs/pages/guide/first-steps.md",)
    made(new_page(root, "docs", "install.md", title='How to "install": all of it'))
    built(root)
    assert "<h1>First steps</h1>" in (root / "dist/docs/guide/first-steps/index.html").read_text()
    assert "How to &#34;install&#34;: all of it" in (root / "dist/docs/install/index.html").read_text()


@pytest.mark.parametrize("path", ["../x", "a//b", "", "a?b", "a/.hidden", "a/ b"])
def test_a_page_that_cannot_be_is_refused(root: Path, path: str) -> None:
    before = files(root)
    refused(new_page(root, "docs", path), "cannot be")
    assert files(root) == before


@pytest.mark.parametrize("path", ["start", "start.md", "start/index"])
def test_a_page_is_not_overwritten_nor_shadowed(root: Path, path: str) -> None:
    if path == "start/index":
        made(new_page(root, "docs", "other/index"))
        refused(new_page(root, "docs", "other"), "exists already")
    else:
        refused(new_page(root, "docs", path), "exists already")


def test_a_page_needs_a_team_with_a_path(root: Path) -> None:
    assert refused(new_page(root, "dosc", "x"), "no team").hint == 'did you mean "docs"?'
    made(new_team(root, "inspire", path=""))
    refused(new_page(root, "inspire", "x"), "has no path")


def test_a_new_fragment_is_private_and_builds_where_it_is_used(root: Path) -> None:
    made(new_fragment(root, "docs", "note"))
    built(root)
    page = root / "teams/docs/pages/start.md"
    page.write_text(page.read_text() + '\n<mfe-fragment src="docs:note" label="Mind the gap"></mfe-fragment>\n')
    built(root)
    assert "Mind the gap" in (root / "dist/docs/start/index.html").read_text()


def test_a_new_fragment_with_behaviour_is_an_island_where_it_is_used(root: Path) -> None:
    made(new_fragment(root, "docs", "note", behaviour=True))
    page = root / "teams/docs/pages/start.md"
    page.write_text(page.read_text() + '\n<mfe-fragment src="docs:note"></mfe-fragment>\n')
    built(root)
    assert 'team="docs" fragment="note"' in (root / "dist/docs/start/index.html").read_text()
    refused(new_fragment(root, "docs", "note"), "exists already")


def test_a_fragment_that_is_there_or_cannot_be_is_refused(root: Path) -> None:
    refused(new_fragment(root, "home", "header"), "exists already")
    refused(new_fragment(root, "home", "Header"), "cannot be a fragment's name")
    refused(new_fragment(root, "nobody", "x"), "no team")


def test_nothing_starts_where_there_is_no_site(tmp_path: Path) -> None:
    for what in (new_team(tmp_path, "a"), new_page(tmp_path, "a", "b"), new_fragment(tmp_path, "a", "b")):
        assert isinstance(what, Problem)
        assert what.code == "missing-site"
    assert files(tmp_path) == {}
