"""Promises about the development server: saved is shown, whatever is saved; nothing ends it but who started it."""

import asyncio
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from developing import PATIENCE, Dev, heeds
from mfe_static.dev.differences import Look, swap
from mfe_static.dev.messages import Swap
from mfe_static.dev.present import Present
from mfe_static.dev.responses import Tab, opened
from mfe_static.digests import digest
from sites import built, main, problems, put, site, team_toml

PAGE = "---\ntitle: {0}\n---\n\nText of {0}.\n"
FILES = {
    "teams/home/pages/index.md": PAGE.format("Home"),
    "teams/home/pages/about.md": PAGE.format("About"),
    "teams/home/assets/team.css": "main { color: red }",
    "teams/docs/pages/index.md": PAGE.format("Docs"),
    "teams/docs/pages/start.md": "---\ntitle: Start\n---\n\n[Home](home:index)\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return site(tmp_path / "site", FILES)


@pytest.fixture
def dev(root: Path) -> Iterator[Dev]:
    with Dev(root) as dev:
        assert dev.next("built", "failed")["ok"]
        yield dev


# -- what is saved is shown


def test_the_first_page_is_answered_before_anything_was_built(root: Path) -> None:
    with Dev(root) as dev:
        assert "Text of Docs." in dev.get("/docs/")


def test_drafts_and_the_date_are_as_a_build_takes_them(root: Path) -> None:
    text = "---\ntitle: {0}\ndescription: {0}\n{1}\n---\n\nText of {0}.\n"
    put(root, "teams/home/pages/draft.md", text.format("Draft", "draft: true"))
    put(root, "teams/home/pages/later.md", text.format("Later", "publish: 2999-01-01"))
    with Dev(root) as dev:
        assert (dev.request("/draft/").status, dev.request("/later/").status) == (404, 404)
    with Dev(root, "--drafts", "--now", "2999-01-02") as dev:
        assert "Text of Draft." in dev.get("/draft/")
        assert "Text of Later." in dev.get("/later/")


def test_the_site_is_opened_in_the_browser_that_the_system_names(root: Path, tmp_path: Path) -> None:
    opened, browser = opener(tmp_path)
    with Dev(root, "--open", env={"BROWSER": browser}) as dev:
        assert said(opened) == dev.url


def test_a_request_after_a_save_gets_what_was_saved(dev: Dev) -> None:
    for number in range(5):
        put(dev.root, "teams/home/pages/about.md", PAGE.format(f"About {number}"))
        dev.until(lambda event: "teams/home/pages/about.md" in event["changed"])
        assert f"Text of About {number}." in dev.get("/about/")


def test_the_files_that_a_build_wrote_know_nothing_of_the_server(dev: Dev) -> None:
    shown, written = dev.get("/"), (dev.root / "dist/index.html").read_text()
    tag = re.search(r'<script type="module" src="/_mfe/dev/client.js"[^>]*></script>', shown)
    assert tag
    assert shown.replace(tag[0], "") == written
    assert shown.index(tag[0]) + len(tag[0]) == shown.index("</head>")
    assert not list((dev.root / "dist").rglob("*dev*"))


def test_what_is_saved_while_a_build_runs_is_built_next(dev: Dev) -> None:
    for number in range(20):
        put(dev.root, "teams/docs/pages/index.md", PAGE.format(f"Docs {number}"))
        put(dev.root, "teams/home/pages/about.md", PAGE.format(f"About {number}"))
    dev.until(lambda event: "Text of About 19." in dev.get("/about/") and "Text of Docs 19." in dev.get("/docs/"))


@pytest.mark.slow
def test_what_is_saved_during_a_long_build_comes_first_and_the_site_is_whole_in_the_end(root: Path) -> None:
    for number in range(800):
        put(root, f"teams/docs/pages/p/{number}.md", PAGE.format(f"Page {number}"))
    with Dev(root) as dev:
        for number in range(6):
            put(root, "teams/home/pages/about.md", PAGE.format(f"Saved {number}"))
            while f"Text of Saved {number}." not in dev.get("/about/"):
                pass
        dev.until(lambda event: event["event"] == "built" and heeds(event, "teams/home/pages/about.md"))
        assert "Text of Page 799." in dev.get("/docs/p/799/")
        assert "Text of Saved 5." in dev.get("/about/")
    assert built(root, cache=False, flags={"output": str(root / "clean")}).published
    assert tree(root / "dist") == tree(root / "clean")


@pytest.mark.slow
def test_a_thousand_files_that_change_at_once_are_one_or_two_builds(dev: Dev) -> None:
    for number in range(1000):
        put(dev.root, f"teams/docs/pages/all/{number}.md", PAGE.format(f"Page {number}"))
    dev.changed("site.toml", (dev.root / "site.toml").read_text() + "# end\n")
    builds = 1
    while "Text of Page 999." not in dev.request("/docs/all/999/").text:
        builds += dev.next("built")["event"] == "built"
    assert builds <= 3  # the last is of site.toml


def test_pages_that_are_made_renamed_and_removed_are_so_at_once(dev: Dev) -> None:
    dev.changed("teams/docs/pages/new.md", PAGE.format("New"))
    assert "Text of New." in dev.get("/docs/new/")
    (dev.root / "teams/docs/pages/new.md").rename(dev.root / "teams/docs/pages/newer.md")
    dev.until(lambda event: "teams/docs/pages/newer.md" in event["changed"])
    assert dev.request("/docs/new/").status == 404
    assert "Text of New." in dev.get("/docs/newer/")
    dev.changed("teams/docs/pages/newer.md", None)
    assert dev.request("/docs/newer/").status == 404


def test_a_folder_that_is_moved_takes_its_pages_along(dev: Dev) -> None:
    dev.changed("teams/docs/pages/a/one.md", PAGE.format("One"))
    (dev.root / "teams/docs/pages/a").rename(dev.root / "teams/docs/pages/b")
    dev.until(lambda _: dev.request("/docs/a/one/").status == 404)
    assert "Text of One." in dev.get("/docs/b/one/")


def test_a_save_by_rename_is_a_save(dev: Dev) -> None:
    page = dev.root / "teams/home/pages/about.md"
    page.with_name(".about.md.swp").write_text("draft")
    page.with_name("about.md.tmp").write_text(PAGE.format("About again"))
    os.replace(page.with_name("about.md.tmp"), page)
    assert dev.next("built")["changed"] == ["teams/home/pages/about.md"]
    assert "Text of About again." in dev.get("/about/")


def test_a_change_that_the_system_does_not_tell_is_found_in_a_moment_of_rest(root: Path) -> None:
    elsewhere = root / "elsewhere.md"
    os.link(root / "teams/home/pages/about.md", elsewhere)
    with Dev(root) as dev:
        dev.next("built")
        elsewhere.write_text(PAGE.format("Silence"))  # nothing happens in the folder that is watched
        put(root, "teams/docs/pages/index.md", PAGE.format("Docs again"))
        while "Text of Silence." not in dev.get("/about/"):
            event = dev.next("built")
        assert event["changed"] == ["teams/home/pages/about.md"]


def test_a_team_that_is_a_link_is_watched_where_it_leads(root: Path) -> None:
    (root / "teams/docs").rename(root / "shared")
    (root / "teams/docs").symlink_to("../shared")
    with Dev(root) as dev:
        assert dev.next("built", "failed")["ok"]
        put(root, "shared/pages/index.md", PAGE.format("Shared"))
        dev.next("built")
        assert "Text of Shared." in dev.get("/docs/")


def test_with_poll_changes_are_found_without_events(root: Path) -> None:
    with Dev(root, "--poll") as dev:
        dev.next("built")
        put(root, "teams/home/pages/about.md", PAGE.format("Polled"))
        assert dev.next("built")["changed"] == ["teams/home/pages/about.md"]
        assert "Text of Polled." in dev.get("/about/")


def test_an_output_that_somebody_removes_is_made_again(dev: Dev) -> None:
    shutil.rmtree(dev.root / "dist")
    dev.next("built")
    assert "Text of About." in dev.get("/about/")


def test_a_site_that_stands_is_shown_by_a_server_that_starts_later(root: Path) -> None:
    with Dev(root) as dev:
        dev.next("built")
    before = (root / "dist/_mfe/manifest.json").stat()
    with Dev(root) as dev:
        first = dev.next("built", "failed")
        assert (first["ok"], first["rendered"], first["stitched"]) == (True, 0, 0)
        assert "Text of About." in dev.get("/about/")
        dev.changed("teams/home/pages/about.md", PAGE.format("About later"))
        assert "Text of About later." in dev.get("/about/")
    assert before.st_mtime_ns


def test_what_changed_while_no_server_ran_is_built_first(root: Path) -> None:
    assert built(root).published
    put(root, "teams/home/pages/about.md", PAGE.format("About meanwhile"))
    with Dev(root) as dev:
        assert "Text of About meanwhile." in dev.get("/about/")


@pytest.mark.skipif(sys.platform != "linux", reason="before a build is over pages are shown on Linux only")
def test_a_document_that_is_told_when_the_trees_have_changed_places_is_not_shown(tmp_path: Path) -> None:
    async def shown(mark: str) -> bool:
        present = Present(lambda _: None, lambda: False)
        present.made({"/about/": (f"{tmp_path}/about/index.html", mark)}, "")
        found = "/about/index.html" in present().files
        present.settle(None, "", pending=False)
        return found

    put(tmp_path, "about/index.html", "the site before")
    assert asyncio.run(shown(digest("the site before")))
    assert not asyncio.run(shown(digest("the new one")))


def test_a_site_below_a_path_is_shown_there(root: Path) -> None:
    config = (root / "site.toml").read_text()
    (root / "site.toml").write_text('base_url = "https://site.example/shop"\n' + config)
    with Dev(root) as dev:
        assert "Text of About." in dev.get("/shop/about/")
        assert dev.request("/").headers["location"] == "/shop/"
        dev.next("built")
        with dev.tab("/shop/about/") as tab:
            dev.changed("teams/home/pages/about.md", PAGE.format("Below"))
            assert tab.told()["page"]
        dev.changed("site.toml", config)
        assert "Text of Below." in dev.get("/about/")


# -- one team of many


@pytest.fixture
def others(root: Path) -> Path:
    """A site that was built, with a header of the team `home`, which has gone on working since."""
    put(root, "teams/home/team.toml", team_toml("home", '[offers]\nfragments = ["header"]\n'))
    put(root, "teams/home/fragments/header.html", '<header><a href="docs:index">Header of home</a></header>')
    put(root, "site.toml", (root / "site.toml").read_text() + '[shell]\nheader = "home:header"\n')
    result = built(root)
    assert result.published, problems(result)
    put(root, "teams/home/pages/about.md", PAGE.format("Others") + "\n[broken](docs:nowhere)\n")
    put(root, "teams/home/pages/new.md", PAGE.format("New"))
    (root / "teams/home/pages/old.md").unlink(missing_ok=True)
    return root


def test_with_one_team_the_others_are_as_they_were_built_last(others: Path) -> None:
    with Dev(others, "--team", "docs") as dev:
        assert dev.next("built", "failed", "notice")["rendered"] == 0
        assert "Header of home" in dev.get("/docs/")
        for path, text in {"/": "Text of Home.", "/about/": "Text of About."}.items():
            assert text in dev.get(path)
        assert dev.request("/new/").status == 404
        put(others, "teams/home/pages/index.md", PAGE.format("Changed meanwhile"))
        event = dev.changed("teams/docs/pages/start.md", "---\ntitle: S\n---\n\n[Home](home:index) [x](home:about)\n")
        assert event["rendered"] == 1
        links = re.findall(r'href="(/[^"]*)"', main(others, "/docs/start/"))
        assert links == ["/", "/about/"]
        assert [dev.request(link).status for link in links] == [200, 200]
        assert "Text of Home." in dev.get("/")


def test_with_one_team_links_to_others_are_checked_against_what_they_built_last(others: Path) -> None:
    with Dev(others, "--team", "docs") as dev:
        dev.next("built")
        failed = dev.changed("teams/docs/pages/start.md", "---\ntitle: S\n---\n\n[x](home:new)\n", "failed")
        assert [found["code"] for found in failed["problems"]] == ["unknown-page"]


def test_with_one_team_what_it_changed_meanwhile_is_built(others: Path) -> None:
    put(others, "teams/docs/pages/index.md", PAGE.format("Ours"))
    with Dev(others, "--team", "docs") as dev:
        assert dev.next("built", "failed")["rendered"] == 1
        assert "Text of Ours." in dev.get("/docs/")
        assert "Text of About." in dev.get("/about/")


def test_with_one_team_a_header_is_the_one_that_its_owners_have_now(others: Path) -> None:
    put(others, "teams/home/fragments/header.html", '<header><a href="docs:index">Newer header</a></header>')
    with Dev(others, "--team", "docs") as dev:
        assert dev.next("built", "failed")["rendered"] == 0
        assert "Newer header" in dev.get("/docs/")
        assert "Newer header" in (about := dev.get("/about/"))
        assert "Text of About." in about


def test_with_one_team_an_output_that_is_gone_is_made_of_what_others_built_last(others: Path) -> None:
    with Dev(others, "--team", "docs") as dev:
        dev.next("built")
        shutil.rmtree(others / "dist")
        dev.until(lambda event: event["event"] == "built" and event["stitched"] > 0)
        assert "Text of About." in dev.get("/about/")
        assert dev.request("/new/").status == 404


def test_with_one_team_and_nothing_built_that_is_said_and_all_are_built(root: Path) -> None:
    with Dev(root, "--team", "docs") as dev:
        (found,) = dev.next("notice")["problems"]
        assert (found["code"], found["severity"]) == ("nothing-built", "warning")
        assert "mfe-static build" in found["hint"]
        assert dev.next("built", "failed")["ok"]
        assert "Text of About." in dev.get("/about/")
        put(root, "teams/home/pages/about.md", PAGE.format("Others"))
        dev.changed("teams/docs/pages/index.md", PAGE.format("Ours"))
        assert "Text of Ours." in dev.get("/docs/")
        assert "Text of About." in dev.get("/about/")


def test_after_one_team_was_alone_a_build_of_all_makes_what_it_would_make_from_nothing(root: Path) -> None:
    built(root)
    with Dev(root, "--team", "docs") as dev:
        dev.next("built")
        put(root, "teams/home/pages/about.md", PAGE.format("Others"))
        put(root, "teams/home/pages/new.md", PAGE.format("New"))
        (root / "teams/home/assets/team.css").write_text("main { color: tan }")
        dev.changed("teams/docs/pages/index.md", PAGE.format("Ours"))
        dev.changed("teams/docs/pages/more.md", PAGE.format("More"))
    with Dev(root, "--team", "home") as dev:
        assert "Text of Others." in dev.get("/about/")
        dev.next("built")
        put(root, "teams/docs/pages/index.md", PAGE.format("Theirs"))
        dev.changed("teams/home/pages/index.md", PAGE.format("Home again"))
    result = built(root)
    assert result.published
    clean = built(root, cache=False, flags={"output": str(root / "clean")})
    assert clean.published
    assert tree(root / "dist") == tree(root / "clean")


# -- whatever is saved


def test_the_last_good_site_stays_while_there_are_errors(dev: Dev) -> None:
    broken = dev.changed("teams/docs/pages/start.md", "---\ntitle: Start\n---\n\nNew [home](home:nowhere)\n", "failed")
    assert broken["ok"] is False
    assert [found["code"] for found in broken["problems"]] == ["unknown-page"]
    assert "Home" in dev.get("/docs/start/")
    assert "New" not in dev.get("/docs/start/")
    mended = dev.changed("teams/docs/pages/start.md", "---\ntitle: Start\n---\n\nNew [home](home:index)\n")
    assert mended["ok"]
    assert "New" in dev.get("/docs/start/")


WRONG: Sequence[tuple[str, str | bytes | None]] = [
    ("site.toml", "title = ["), ("site.toml", None), ("site.toml", b"\xff\xfe"), ("site.toml", 'theme = "none"\n'),
    ("teams/home/team.toml", "owner = 1"), ("teams/home/team.toml", None), ("teams/docs/pages/index.md", b"\xff"),
    ("teams/docs/pages/index.md", "---\ntitle: [\n---\n"), ("teams/docs/data/x.yaml", "a: [\n"),
    ("themes/plain/layouts/shell.html", "{% if %}"), ("themes/plain/layouts/shell.html", None),
    ("themes/plain/theme.toml", None), ("teams/docs/pages/x.html", "{{ 1 / 0 }}"),
]  # fmt: skip
"""What may come of a save: a file, and what is in it; None: it is gone."""


def test_nothing_that_is_saved_ends_it(dev: Dev) -> None:
    shown = "About"
    for number, (path, content) in enumerate(WRONG):
        before = (dev.root / path).read_bytes() if (dev.root / path).exists() else None
        dev.changed(path, content, "failed")
        assert f"Text of {shown}." in dev.get("/about/"), path
        assert dev.ask("problems")["problems"], path
        assert dev.changed(path, before)["ok"], path
        assert dev.ask("problems")["problems"] == [], path
        shown = f"Whole again, {number}"
        dev.changed("teams/home/pages/about.md", PAGE.format(shown))
        assert f"Text of {shown}." in dev.get("/about/"), path


def test_a_folder_that_cannot_be_read_does_not_end_it(dev: Dev) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read all")
    page = dev.root / "teams/home/pages/about.md"
    page.chmod(0)
    assert dev.next("failed")["problems"][0]["code"] == "unreadable"
    page.chmod(0o644)
    assert dev.next("built")["ok"]


def test_a_theme_that_is_deleted_and_comes_back_does_not_end_it(dev: Dev) -> None:
    (dev.root / "themes/plain").rename(dev.root / "away")
    dev.next("failed")
    assert "Text of About." in dev.get("/about/")
    (dev.root / "away").rename(dev.root / "themes/plain")
    assert dev.until(lambda event: event["ok"])


def test_a_site_that_was_never_built_shows_why_and_then_itself(root: Path) -> None:
    good = (root / "site.toml").read_text()
    put(root, "site.toml", "title = [")
    with Dev(root) as dev:
        dev.next("failed")
        reply = dev.request("/")
        assert reply.status == 503
        assert "/_mfe/dev/client.js" in reply.text
        with dev.tab("/") as tab:
            dev.changed("site.toml", good)
            assert tab.told()["page"]
        assert "Text of Home." in dev.get("/")


@pytest.mark.slow
def test_after_hundreds_of_saves_memory_is_flat(dev: Dev) -> None:
    whole = [dev.process.pid, *children(dev.process.pid)]
    for number in range(300):
        if number == 100:
            before = memory_of(whole)
        dev.changed("teams/home/pages/about.md", PAGE.format(f"About {number}"))
    assert memory_of(whole) < before + 6000


@pytest.mark.slow
def test_after_two_hundred_broken_saves_a_good_one_works_and_memory_is_flat(dev: Dev) -> None:
    def memory() -> int:
        listed = subprocess.run(
            ["ps", "-o", "rss=", "--ppid", str(dev.process.pid)], capture_output=True, text=True, check=True
        )
        return sum(map(int, listed.stdout.split()))

    def broken(number: int) -> None:
        kinds = ["---\ntitle: [{0}\n---\n", "{{{{ none{0} }}}}", "[x](nobody:{0})\n# Title"]
        dev.changed(f"teams/docs/pages/x{number % 3}.html", kinds[number % 3].format(number), "failed")

    for number in range(50):
        broken(number)
    before = memory()
    for number in range(50, 200):
        broken(number)
    assert memory() < before + 4000
    for number in range(3):
        (dev.root / f"teams/docs/pages/x{number}.html").unlink()
    dev.until(lambda event: event["ok"])
    dev.changed("teams/home/pages/about.md", PAGE.format("Good"))
    assert "Text of Good." in dev.get("/about/")


# -- what tabs hear


def test_only_tabs_whose_page_changed_are_told_so(dev: Dev) -> None:
    with dev.tab("/about/") as about, dev.tab("/docs/") as docs:
        dev.changed("teams/home/pages/about.md", PAGE.format("About again"))
        assert about.next()["kind"] == "building"
        told = about.told()
        assert (told["kind"], told["page"], told["css"], told["regions"], told["problems"]) == (
            "built",
            True,
            [],
            [],
            0,
        )
        assert docs.told()["page"] is False


def test_a_save_that_changes_no_document_reloads_no_tab(dev: Dev) -> None:
    with dev.tab("/about/") as tab:
        dev.changed("teams/home/pages/about.md", PAGE.format("About").replace("\n---\n", "\nweight: 3\n---\n"))
        assert tab.told()["page"] is False


def test_a_style_sheet_that_changed_alone_is_named_with_its_former_url(dev: Dev) -> None:
    def sheet(text: str) -> str:
        return str(re.findall(r'href="(/_mfe/assets/team[^"]*)"', text)[0])

    before = sheet(dev.get("/about/"))
    with dev.tab("/about/") as tab:
        dev.changed("teams/home/assets/team.css", "main { color: blue }")
        told = tab.told()
        after = sheet(dev.get("/about/"))
        assert before != after
        assert (told["page"], told["css"]) == (True, [[before, after]])
        assert "blue" in dev.get(after)
        assert tab.since()["css"] == [[before, after]]
        (dev.root / "teams/home/assets/team.css").write_text("main { color: green }")
        dev.changed("teams/home/pages/about.md", PAGE.format("About in green"))
        assert "green" in dev.get(sheet(dev.get("/about/")))
        assert tab.since()["css"] == []  # more than that changed since


SHEET = '<link rel="stylesheet" href="/x.{0}.css" integrity="sha384-{0}">\n'
MARKED = (
    "<head>{sheet}</head><main><!--mfe:0--><p>{own}</p>"
    "<!--mfe:1--><!--mfe:2-->{inner}<!--/mfe:2-->{outer}<!--/mfe:1--><!--/mfe:0-->"
)
NAMES = {"0": "", "1": "shop:card", "2": "shop:price"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sheet": SHEET.format("b")}, Swap(css=(("/x.a.css", "/x.b.css"),))),
        ({"outer": "other"}, Swap(regions=("shop:card",))),
        ({"inner": "other"}, Swap(regions=("shop:card",))),
        ({"inner": "other", "sheet": SHEET.format("b")}, None),
        ({"own": "other"}, None),
        ({"own": "other", "outer": "other"}, None),
        ({"sheet": SHEET.format("a") * 2}, None),
    ],
)
def test_what_is_less_than_a_page_is_told_where_nothing_else_changed(change: dict[str, str], told: Swap | None) -> None:
    before = {"sheet": SHEET.format("a"), "own": "own", "inner": "inner", "outer": "outer"}
    was, now = (Look(MARKED.format(**parts), NAMES) for parts in (before, before | change))
    assert swap(was, now) == told


def test_a_fragment_that_changed_alone_is_named_and_comes_with_marks(dev: Dev) -> None:
    with dev.tab("/about/") as tab, dev.tab("/docs/") as docs:
        dev.changed("themes/plain/fragments/footer.html", "<footer>Other {{ site.title }}</footer>")
        told = tab.told()
        assert (told["page"], told["regions"], told["css"]) == (True, ["theme:footer"], [])
        assert docs.told()["regions"] == ["theme:footer"]
        page = dev.get("/about/?mfe-regions=1")
        assert "<!--mfe:2--><footer>Other Site</footer><!--/mfe:2-->" in page
        assert "<!--mfe:" not in dev.get("/about/")
        put(dev.root, "themes/plain/fragments/footer.html", "<footer>Third</footer>")
        dev.changed("teams/home/pages/about.md", PAGE.format("About and a footer"))
        assert tab.since()["regions"] == []  # more than that changed since


def test_while_there_are_errors_a_page_is_marked_only_where_it_is_the_one_that_stands(dev: Dev) -> None:
    dev.changed("teams/home/pages/about.md", PAGE.format("Broken") + "\n[x](home:nowhere)\n", "failed")
    about = dev.get("/about/?mfe-regions=1")
    assert "Text of About." in about
    assert "<!--mfe:" not in about
    assert "<!--mfe:0-->" in dev.get("/docs/?mfe-regions=1")


def test_a_tab_hears_that_its_page_is_gone_and_that_it_is_back(dev: Dev) -> None:
    with dev.tab("/about/") as tab:
        dev.changed("teams/home/pages/about.md", None)
        assert tab.told()["kind"] == "gone"
    with dev.tab("/about/") as tab:  # shows that nothing is there
        dev.changed("teams/home/pages/about.md", PAGE.format("About"))
        told = tab.told()
        assert (told["kind"], told["page"]) == ("built", True)


def test_a_tab_hears_of_errors_and_that_they_are_mended(dev: Dev) -> None:
    with dev.tab("/about/") as tab:
        dev.changed("teams/docs/pages/start.md", "---\ntitle: Start\n---\n\n[x](y.md)\n", "failed")
        told = tab.told()
        assert (told["kind"], told["problems"], told["page"]) == ("failed", 1, False)
        dev.changed("teams/docs/pages/start.md", PAGE.format("Start"))
        told = tab.told()
        assert (told["kind"], told["problems"], told["page"]) == ("built", 0, False)


def test_after_a_restart_a_tab_learns_whether_what_it_shows_is_still_so(root: Path) -> None:
    with Dev(root) as dev:
        dev.next("built")
        with dev.tab("/about/") as about, dev.tab("/docs/") as docs:
            shown = {"/about/": about.digest, "/docs/": docs.digest}
    put(root, "teams/home/pages/about.md", PAGE.format("About meanwhile"))
    with Dev(root) as dev:
        dev.next("built")
        assert {page: dev.ask("since", page=page, digest=mark)["page"] for page, mark in shown.items()} == {
            "/about/": True,
            "/docs/": False,
        }


# -- problems, and the way to the editor


def test_problems_come_with_the_lines_around_them(dev: Dev) -> None:
    put(dev.root, "teams/docs/pages/start.md", "---\ntitle: Start\n---\n\nNew [home](home:nowhere)\n\nEnd\n")
    dev.next("failed")
    answer = dev.ask("problems")
    (found,) = answer["problems"]
    assert (found["code"], found["file"], found["line"]) == ("unknown-page", "teams/docs/pages/start.md", 5)
    assert found["owner"] == "Team Docs <docs@site.example>"
    assert found["frame"] == [
        {"line": 3, "text": "---"}, {"line": 4, "text": ""}, {"line": 5, "text": "New [home](home:nowhere)"},
        {"line": 6, "text": ""}, {"line": 7, "text": "End"},
    ]  # fmt: skip
    assert found["mark"] == [5, 12, 24]
    assert found["editor"] == f"vscode://file{dev.root}/teams/docs/pages/start.md:5:12"


def test_the_toolbar_is_told_what_is_known_of_a_page(dev: Dev) -> None:
    dev.changed("teams/docs/pages/start.md", "---\ntitle: Start\n---\n\nTo [home](home:index)\n")
    facts = dev.ask("page", url="/docs/start/")
    assert (facts["url"], facts["team"], facts["title"]) == ("/docs/start/", "docs", "Start")
    assert facts["owner"] == "Team Docs <docs@site.example>"
    assert facts["source"] == "teams/docs/pages/start.md"
    assert facts["line"] == 5
    assert facts["editor"].endswith("/teams/docs/pages/start.md:5:1")
    assert (facts["state"], facts["causes"]) == ("rendered", ["its text changed"])
    assert {"to": "/", "team": "home"} in facts["links"]["out"]
    assert {"from": "/docs/start/", "team": "docs"} in dev.ask("page", url="/")["links"]["in"]
    assert dev.ask("page", url="/about/")["bytes"]["css"]["home"] > len("main { color: red }")
    written = (dev.root / "dist/docs/start/index.html").read_bytes()
    assert sum(facts["bytes"]["html"].values()) == len(written)
    assert facts["bytes"]["html"]["docs"] == len('<p>To <a href="/">home</a></p>\n')
    assert facts["bytes"]["js"] == {}
    assert [team["name"] for team in facts["teams"]] == ["home", "docs"]
    header, footer = facts["regions"]
    assert (header["id"], header["fragment"], header["team"], header["line"]) == ("1", "theme:header", "theme", 1)
    assert header["editor"].endswith("/themes/plain/fragments/header.html:1:1")
    assert footer["bytes"] == len("<footer>Site</footer>")
    assert dev.ask("page", url="/docs/start/", only="regions")["regions"][0]["fragment"] == "theme:header"
    assert dev.request("/_mfe/dev/page?url=/nowhere/").status == 404


def test_the_toolbar_is_told_the_params_of_a_page_that_a_list_made(dev: Dev) -> None:
    put(dev.root, "teams/docs/data/machines.json", '[{"id": "AU-01"}, {"id": "AU-02"}]')
    matter = """---\neach: data.machines\npath: "{item.id}/"\ntitle: "{item.id}"\n---\n"""
    dev.changed("teams/docs/pages/machine.html", f"{matter}\n\n<p>{{{{ item.id }}}}</p>\n")
    facts = dev.ask("page", url="/docs/AU-02/")
    assert (facts["params"], facts["line"]) == ({"id": "AU-02"}, 8)


def test_the_toolbar_is_told_whose_scripts_a_page_loads(dev: Dev) -> None:
    put(dev.root, "teams/docs/assets/app.js", "console.log(1)\n")
    put(dev.root, "public/count.js", "console.log('public')\n")
    tags = '<!-- <script src="/none.js"></script> --><script type="module" src="app.js"></script>'
    dev.changed("teams/docs/pages/app.html", f'---\ntitle: App\n---\n{tags}<script defer src="/count.js"></script>\n')
    weights = dev.ask("page", url="/docs/app/")["bytes"]
    assert weights["js"] == {"docs": len("console.log(1)\n"), "public": len("console.log('public')\n")}


@pytest.fixture
def editor(tmp_path: Path) -> Path:
    """A program called `code` that writes down what it is asked for."""
    program = tmp_path / "bin/code"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/asked.new\nmv {tmp_path}/asked.new {tmp_path}/asked\n'
    )
    program.chmod(0o755)
    return program


def test_a_place_is_opened_in_the_editor(root: Path, editor: Path, tmp_path: Path) -> None:
    env = {"VISUAL": "code --wait", "PATH": f"{editor.parent}:{os.environ['PATH']}"}
    place = b'{"file": "teams/home/pages/about.md", "line": 3, "column": 2}'
    with Dev(root, env=env) as dev:
        reply = dev.request("/_mfe/dev/open", "POST", place, x_mfe_dev="1")
        assert reply.status == 204
        dev.until(lambda _: True)
    for _ in range(3000):  # the editor is no child that anybody waits for
        if (tmp_path / "asked").exists():
            break
        subprocess.run(["sleep", "0.02"], check=True)
    assert (tmp_path / "asked").read_text() == f"--wait|--goto|{root}/teams/home/pages/about.md:3:2|"


def test_nothing_else_is_opened_and_for_nobody_else(root: Path, editor: Path, tmp_path: Path) -> None:
    (root.parent / "outside.md").write_text("secret")
    env = {"EDITOR": "code", "PATH": f"{editor.parent}:{os.environ['PATH']}"}
    asked: Sequence[tuple[str, dict[str, str], int]] = [
        ("teams/home/pages/about.md", {}, 403),
        ("teams/home/pages/about.md", {"x_mfe_dev": "1", "origin": "http://evil.example"}, 403),
        ("teams/home/pages/about.md", {"x_mfe_dev": "1", "host": "evil.example"}, 403),
        ("../outside.md", {"x_mfe_dev": "1"}, 404),
        ("/etc/passwd", {"x_mfe_dev": "1"}, 404),
        ("teams/../../outside.md", {"x_mfe_dev": "1"}, 404),
        ("dist/index.html", {"x_mfe_dev": "1"}, 404),
        ("teams/home/pages/none.md", {"x_mfe_dev": "1"}, 404),
    ]
    with Dev(root, env=env) as dev:
        dev.next("built")
        for file, headers, status in asked:
            reply = dev.request("/_mfe/dev/open", "POST", f'{{"file": "{file}"}}'.encode(), **headers)
            assert reply.status == status, (file, headers)
    assert not (tmp_path / "asked").exists()


def test_other_sites_learn_nothing(dev: Dev) -> None:
    for path in ("/", "/_mfe/dev/problems", "/_mfe/dev/events", "/_mfe/dev/page?url=/", "/_mfe/dev/client.js"):
        assert dev.request(path, host="evil.example").status == 403
        reply = dev.request(path, origin="http://evil.example")
        assert reply.status == 403
        assert not any(name.startswith("access-control") for name in reply.headers)
    for path in (
        "/_mfe/dev/../../../etc/passwd",
        "/_mfe/dev/%2e%2e/dev.py",
        "/_mfe/dev/..%2f..%2fdev.py",
        "/site.toml",
    ):
        assert dev.request(path).status in {400, 404}


# -- the policy of the site

BARE = Tab(regions=False, toolbar=False, no_script=False)


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        ("script-src 'self'; connect-src 'self'", "script-src 'self'; connect-src 'self'"),
        ("img-src *;", "img-src *;"),
        ("default-src 'none'", "default-src 'none'; script-src 'self'; connect-src 'self'"),
        ("script-src https://x.example", "script-src https://x.example 'self'"),
        ("script-src 'none'; SCRIPT-SRC *", "script-src 'self'"),
        ("script-src 'strict-dynamic' 'nonce-a'", "script-src 'strict-dynamic' 'nonce-a' 'nonce-N'"),
        ("sandbox", "sandbox allow-scripts allow-same-origin"),
        ("upgrade-insecure-requests; img-src *", "img-src *"),
    ],
)
def test_a_policy_is_amended_where_it_would_keep_the_client_out(policy: str, sent: str) -> None:
    assert opened(policy, "N", BARE) == sent


def test_the_policy_of_the_site_is_sent_with_its_pages(root: Path) -> None:
    put(root, "site.toml", (root / "site.toml").read_text() + '[security]\npolicy = "default-src https:"\n')
    with Dev(root) as dev:
        dev.next("built")
        amended = "default-src https:; script-src https: 'self'; connect-src https: 'self'"
        headers = dev.request("/").headers
        assert headers["content-security-policy"] == amended
        again = dev.request("/", If_None_Match=headers["etag"])
        assert (again.status, again.headers["content-security-policy"]) == (304, amended), "a page that is reloaded"
        assert "integrity-policy" not in again.headers
        assert dev.request("/sitemap.xml").headers["content-security-policy"] == "default-src https:"
        assert "default-src https:\n" in (root / "dist/_headers").read_text()


def test_a_page_has_no_scripts_of_its_own_where_the_toolbar_turned_them_off(dev: Dev) -> None:
    reply = dev.request("/", cookie="mfe-nojs=1")
    assert f"script-src {dev.url}_mfe/dev/" in reply.headers["content-security-policy"]
    assert " data-nojs>" in reply.text


# -- how it begins and ends


def children(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(child) for child, parent in map(str.split, listed.splitlines()) if int(parent) == process]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_told_to_and_leaves_no_process(dev: Dev, number: int) -> None:
    with dev.tab("/"):
        inner = children(dev.process.pid)
        assert len(inner) == 1
        assert dev.end(number) == 130
    for child in inner:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_a_builder_that_is_killed_is_replaced(dev: Dev) -> None:
    with dev.tab("/about/") as tab:
        (child,) = children(dev.process.pid)
        os.kill(child, signal.SIGKILL)
        assert dev.next("failed")["problems"][0]["code"] == "process-killed"
        assert tab.told()["kind"] == "failed"
        assert "Text of About." in dev.get("/about/")
        put(dev.root, "teams/home/pages/about.md", PAGE.format("About again"))
        dev.until(lambda event: event["ok"] and "Text of About again." in dev.get("/about/"))
        while not tab.told()["page"]:
            pass


def test_a_port_that_is_taken_is_passed_over_unless_it_is_wanted(dev: Dev, root: Path) -> None:
    port = dev.url.rpartition(":")[2].strip("/")
    with Dev(root, "--port", port) as other:
        assert other.url != dev.url
    run = subprocess.run(
        [sys.executable, "-m", "mfe_static", "dev", "--root", str(root), "--port", port, "--strict-port", "--json"],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert run.returncode == 3
    assert json.loads(run.stdout)["problems"][0]["code"] == "port-taken"


CRASH = """
import sys
if "mfe_static.dev.builder" in sys.orig_argv:
    import mfe_static.build as steps
    real = steps.build
    def build(root, *rest):
        if (root / "crash").exists():
            raise RuntimeError("this is the test's doing")
        return real(root, *rest)
    steps.build = build
"""


def test_a_bug_of_the_tool_does_not_end_it(root: Path, tmp_path: Path) -> None:
    put(tmp_path, "patches/sitecustomize.py", CRASH)
    path = os.pathsep.join(filter(None, (str(tmp_path / "patches"), os.environ.get("PYTHONPATH"))))
    with Dev(root, env={"PYTHONPATH": path}) as dev:
        dev.next("built")
        put(root, "crash", "")
        put(root, "teams/home/pages/about.md", PAGE.format("Crash"))
        (found,) = dev.next("failed")["problems"]
        assert found["code"] == "build-crashed"
        assert "this is the test's doing" in found["message"]
        assert "Text of About." in dev.get("/about/")
        assert dev.ask("problems")["problems"] == [{**found, "frame": [], "mark": [0, 0, 0], "editor": ""}]
        (root / "crash").unlink()
        dev.changed("teams/home/pages/about.md", PAGE.format("Mended"))
        assert "Text of Mended." in dev.get("/about/")


@pytest.mark.skipif(not sys.platform.startswith("linux") or not shutil.which("unshare"), reason="needs user namespaces")
def test_where_no_more_folders_can_be_watched_it_looks_for_changes(root: Path) -> None:
    limited = 'echo 3 > /proc/sys/user/max_inotify_watches && exec "$@"'
    if subprocess.run(["unshare", "-Ur", "sh", "-c", limited, "-", "true"], check=False).returncode:
        pytest.skip("no user namespaces here")
    with Dev(root, before=("unshare", "-Ur", "sh", "-c", limited, "-")) as dev:
        assert [found["code"] for found in dev.next("notice")["problems"]] == ["watch-limit"]
        dev.next("built")
        put(root, "teams/home/pages/about.md", PAGE.format("Looked for"))
        assert dev.next("built", "failed")["ok"]
        assert "Text of Looked for." in dev.get("/about/")


# -- two hours' worth


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sources(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("teams/*/pages/**/*.md") if path.stem != "index")


def random_change(root: Path, chance: random.Random, number: int) -> None:
    """An edit, a new page, a rename, a removal, a move of a folder, a change of something that all pages share, or an
    error that the next such change may mend."""
    files = sources(root)
    kind = chance.choices(["edit", "new", "rename", "remove", "move", "shared", "broken"], [9, 4, 3, 3, 1, 1, 1])[0]
    one = chance.choice(files) if files else root / "teams/docs/pages/only.md"
    folder = root / "teams" / chance.choice(["home", "docs"]) / "pages" / chance.choice(["", "a", "b", "a/c"])
    if kind == "edit":
        one.parent.mkdir(parents=True, exist_ok=True)
        one.write_text(PAGE.format(f"Edit {number}"))
    elif kind == "new" or len(files) < 5:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"page-{number}.md").write_text(PAGE.format(f"New {number}"))
    elif kind == "rename":
        folder.mkdir(parents=True, exist_ok=True)
        one.rename(folder / f"page-{number}.md")
    elif kind == "remove":
        one.unlink()
    elif kind == "move" and one.parent.name != "pages":
        one.parent.rename(one.parent.with_name(f"moved-{number}"))
    elif kind == "shared":
        (root / "teams/home/assets/team.css").write_text(f"main {{ order: {number} }}")
        (root / "themes/plain/fragments/footer.html").write_text(f"<footer>{number}</footer>")
    else:
        (root / "teams/docs/pages/index.md").write_text(chance.choice([PAGE.format("Docs"), "---\ntitle: [\n---\n"]))


def memory_of(processes: list[int]) -> int:
    listed = subprocess.run(
        ["ps", "-o", "rss=", *(str(it) for it in processes)], capture_output=True, text=True, check=True
    )
    return sum(map(int, listed.stdout.split()))


@pytest.mark.slow
def test_after_changes_at_speed_the_site_is_what_a_build_from_nothing_makes(dev: Dev, tmp_path: Path) -> None:
    chance = random.Random(7)
    whole = [dev.process.pid, *children(dev.process.pid)]
    halfway = 0
    for number in range(1500):
        random_change(dev.root, chance, number)
        if chance.random() < 0.1:
            dev.next("built", "failed")
        if number == 750:
            halfway = memory_of(whole)
    (dev.root / "teams/docs/pages/index.md").write_text(PAGE.format("Docs at last"))
    dev.until(lambda event: event["ok"] and "Text of Docs at last." in dev.get("/docs/"))
    clean = tmp_path / "clean"
    for part in ("teams", "themes"):
        shutil.copytree(dev.root / part, clean / part)
    shutil.copyfile(dev.root / "site.toml", clean / "site.toml")
    assert built(clean).published
    if tree(dev.root / "dist") != tree(clean / "dist"):  # something is found in the moment of rest
        dev.until(lambda _: tree(dev.root / "dist") == tree(clean / "dist"))
    assert memory_of(whole) < halfway + 10_000


@pytest.mark.slow
def test_a_checkout_of_a_thousand_files_is_one_or_two_builds(root: Path) -> None:
    def git(*words: str) -> None:
        names = ["-c", "user.name=Test", "-c", "user.email=test@site.example", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *names, *words], cwd=root, check=True, capture_output=True)

    (root / ".gitignore").write_text("dist\n.mfe\n.dist.mfe\n")
    for branch in ("one", "two"):
        for number in range(1000):
            put(root, f"teams/docs/pages/all/{number}.md", PAGE.format(f"{branch} {number}"))
        if branch == "one":
            git("init", "-b", branch)
        else:
            git("checkout", "-b", branch)
        git("add", ".")
        git("commit", "-m", branch)
    with Dev(root) as dev:
        dev.next("built")
        git("checkout", "one")
        builds = 0
        while "Text of one 999." not in dev.get("/docs/all/999/") or "Text of one 0." not in dev.get("/docs/all/0/"):
            builds += dev.next("built")["ok"]
        assert builds <= 2


# -- keys

SHELL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
before = termios.tcgetattr(0)
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.executable, [sys.executable, "-m", "mfe_static", "dev", "--port", "0", *sys.argv[1:]])
while True:
    _, status = os.waitpid(child, os.WUNTRACED)
    os.tcsetpgrp(0, os.getpgrp())
    print("restored" if termios.tcgetattr(0) == before else "spoilt", flush=True)
    if not os.WIFSTOPPED(status):
        break
    os.tcsetpgrp(0, child)
    os.killpg(child, signal.SIGCONT)
print("code", os.waitstatus_to_exitcode(status), flush=True)
"""
"""What a shell does with a program on a terminal; stopped programs go on at once."""


class Person:
    """Somebody at a terminal."""

    def __init__(self, root: Path, **environment: str) -> None:
        self._desk, terminal = pty.openpty()
        command = [sys.executable, "-c", SHELL, "--root", str(root)]
        env = {**os.environ, "TERM": "dumb", "NO_COLOR": "1", **environment}
        self.process = subprocess.Popen(
            command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True, env=env
        )
        os.close(terminal)
        self._seen = ""

    def sees(self, text: str) -> None:
        """Wait until the text was printed, after all that was seen before."""
        while text not in self._seen:
            ready = select.select([self._desk], [], [], PATIENCE)[0]
            assert ready, self._seen
            self._seen += os.read(self._desk, 4096).decode()
        self._seen = self._seen.partition(text)[2]

    def presses(self, keys: str) -> None:
        os.write(self._desk, keys.encode())

    def leaves(self) -> None:
        self.process.wait(PATIENCE)
        os.close(self._desk)


def opener(folder: Path) -> tuple[Path, str]:
    """A pipe, and what `BROWSER` has to say so that what is opened is written there."""
    os.mkfifo(folder / "opened")
    browser = put(folder, "browser", f'#!/bin/sh\necho "$1" > {folder}/opened\n')
    browser.chmod(0o755)
    return folder / "opened", f"{browser} %s"


def said(pipe: Path) -> str:
    """What somebody writes into a pipe."""
    end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert select.select([end], [], [], PATIENCE)[0], "nothing was opened"
        return os.read(end, 4096).decode().strip()
    finally:
        os.close(end)


def test_a_key_opens_the_site_and_a_key_clears_the_terminal(root: Path, tmp_path: Path) -> None:
    opened, browser = opener(tmp_path)
    person = Person(root, BROWSER=browser)
    person.sees("4 pages of 2 teams")
    person.presses("o")
    assert said(opened).startswith("http://localhost:")
    person.presses("c")
    person.sees("\x1b[2J")
    person.presses("q")
    person.sees("code 0")
    person.leaves()


def test_keys_build_again_and_quit_and_the_terminal_is_as_it_was(root: Path) -> None:
    person = Person(root)
    person.sees("q quits")
    person.sees("4 pages of 2 teams")
    person.presses("r")
    person.sees("0 rendered, 0 stitched")
    put(root, "teams/home/pages/about.md", PAGE.format("Typed"))
    person.sees("teams/home/pages/about.md · 1 rendered, ")
    person.presses("\x1a")  # Ctrl-Z
    person.sees("restored")
    put(root, "teams/home/pages/about.md", PAGE.format("Typed again"))
    person.sees("teams/home/pages/about.md · 1 rendered, ")
    person.presses("q")
    person.sees("restored")
    person.sees("code 0")
    person.leaves()


def test_ctrl_c_ends_it_with_130_and_the_terminal_is_as_it_was(root: Path) -> None:
    person = Person(root)
    person.sees("4 pages of 2 teams")
    person.presses("\x03")
    person.sees("restored")
    person.sees("code 130")
    person.leaves()
