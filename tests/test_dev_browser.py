"""The development server and its client together, in a real browser, on a site with the default theme and policy."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from developing import PATIENCE, Dev
from sites import put, team_toml

pytestmark = pytest.mark.browser

FILLER = "\n\n".join(f"Line {number}" for number in range(200))
HEADER = '---\ndescription: d\n---\n\n<header><a href="home:index">{0}</a></header>\n'
TIP = "---\nparams: {{of: string}}\n---\n<aside><b>{{{{ params.of }}}}</b>: tip {0}</aside>\n"
FRAGMENTS = (
    "---\ntitle: Fragments\ndescription: d\n---\n\n<p>Name <input id='name'></p>\n\n"
    '<mfe-fragment src="docs:tip" of="a"></mfe-fragment>\n\n'
    '<div><mfe-fragment src="docs:tip" of="b"></mfe-fragment></div>\n\n'
    '<mfe-fragment src="docs:form"></mfe-fragment>\n\n' + "\n\n".join(f"Line {number}" for number in range(200)) + "\n"
)
PAGE = "---\ntitle: {0}\ndescription: d\n---\n\nText of {0}.\n\n" + FILLER + "\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(
        tmp_path, "site.toml", 'title = "Shop"\n[teams]\nhome = "/"\ndocs = "/docs/"\n[shell]\nheader = "docs:header"\n'
    )
    for team in ("home", "docs"):
        put(tmp_path, f"teams/{team}/team.toml", team_toml(team))
        put(tmp_path, f"teams/{team}/pages/index.md", PAGE.format(team.capitalize()))
    put(tmp_path, "teams/home/assets/team.css", "h1 { color: rgb(1, 2, 3) }")
    put(tmp_path, "teams/docs/team.toml", team_toml("docs", '[offers]\nfragments = ["tip", "header", "form"]\n'))
    put(tmp_path, "teams/docs/fragments/header.html", HEADER.format("Shop"))
    put(tmp_path, "teams/docs/fragments/tip.html", TIP.format("one"))
    put(tmp_path, "teams/docs/fragments/form.html", '<p><label>Amount <input id="amount"></label> {0}</p>')
    put(tmp_path, "teams/home/pages/fragments.md", FRAGMENTS)
    return tmp_path


@pytest.fixture
def dev(root: Path) -> Iterator[Dev]:
    with Dev(root) as dev:
        assert dev.next("built", "failed")["ok"]
        yield dev


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def tab(context: BrowserContext, dev: Dev) -> Iterator[Page]:
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    with page.expect_response("**/_mfe/dev/events*"):
        page.goto(dev.url)
    yield page
    page.close()
    assert [fault for fault in faults if "status of 404" not in fault] == []


def stamp(tab: Page) -> None:
    """Leave something in the page that a reload takes away."""
    tab.evaluate("window.stamp = 1")


def stamped(tab: Page) -> bool:
    return bool(tab.evaluate("window.stamp === 1"))


def until(wanted: Callable[[], bool]) -> None:
    """Look again and again, from here: a page of a strict policy lets nobody look from within while it changes."""
    end = time.monotonic() + PATIENCE
    while not wanted():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_save_reloads_the_tab_that_shows_the_page_where_it_was_and_no_other(
    context: BrowserContext, dev: Dev, tab: Page
) -> None:
    other = context.new_page()
    other.goto(f"{dev.url}docs/")
    stamp(other)
    stamp(tab)
    tab.evaluate("scrollTo(0, 700)")
    dev.changed("teams/home/pages/index.md", PAGE.format("Spring"))
    expect(tab.locator("main")).to_contain_text("Text of Spring.")
    expect(tab.locator("h1")).to_have_text("Spring")
    tab.wait_for_function("scrollY === 700")
    assert not stamped(tab)
    dev.changed("teams/docs/pages/index.md", PAGE.format("Autumn"))
    expect(other.locator("h1")).to_have_text("Autumn")
    other.close()


def test_a_style_sheet_is_exchanged_without_a_reload(dev: Dev, tab: Page) -> None:
    stamp(tab)
    expect(tab.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")
    dev.changed("teams/home/assets/team.css", "h1 { color: rgb(4, 5, 6) }")
    expect(tab.locator("h1")).to_have_css("color", "rgb(4, 5, 6)")
    assert stamped(tab)


def test_errors_stand_over_the_last_good_page_until_they_are_mended(dev: Dev, tab: Page) -> None:
    stamp(tab)
    dev.changed("teams/docs/pages/index.md", PAGE.format("Docs") + "\n[x](home:nowhere)\n", "failed")
    panel = tab.get_by_role("dialog")
    expect(panel).to_contain_text('no page "home:nowhere"')
    expect(panel).to_contain_text("Team Docs <docs@site.example>")
    expect(panel).to_contain_text("teams/docs/pages/index.md")
    expect(tab.locator("h1").first).to_have_text("Home")
    dev.changed("teams/docs/pages/index.md", PAGE.format("Docs"))
    expect(panel).to_be_hidden()
    assert stamped(tab)


def test_a_page_that_goes_shows_what_is_there_then(dev: Dev, tab: Page) -> None:
    dev.changed("teams/home/pages/gone.md", PAGE.format("Gone"))
    tab.goto(f"{dev.url}gone/")
    expect(tab.locator("h1")).to_have_text("Gone")
    dev.changed("teams/home/pages/gone.md", None)
    expect(tab.locator("h1")).to_have_text("Page not found")
    dev.changed("teams/home/pages/gone.md", PAGE.format("Back"))
    expect(tab.locator("h1")).to_have_text("Back")


def test_a_tab_follows_a_server_that_was_started_again(root: Path, context: BrowserContext) -> None:
    with Dev(root) as dev:
        dev.next("built")
        port = dev.url.rpartition(":")[2].strip("/")
        tab = context.new_page()
        with tab.expect_response("**/_mfe/dev/events*"):
            tab.goto(dev.url)
    put(root, "teams/home/pages/index.md", PAGE.format("Meanwhile"))
    with Dev(root, "--port", port):
        expect(tab.locator("h1")).to_have_text("Meanwhile")
    tab.close()


def test_the_toolbar_says_who_owns_the_page(dev: Dev, tab: Page) -> None:
    bar = tab.get_by_label("Development toolbar")
    tab.keyboard.press("Alt+m")
    bar.get_by_role("button", name="/", exact=True).click()
    about = tab.get_by_label("About this page")
    expect(about).to_contain_text("Team Home <home@site.example>")
    expect(about).to_contain_text("teams/home/pages/index.md")
    tab.keyboard.press("Alt+m")
    expect(bar).to_be_hidden()


def box(tab: Page, fragment: str) -> Locator:
    """The label that the toolbar puts on a fragment's region."""
    return tab.get_by_label("Regions of this page").get_by_role("button").filter(has_text=fragment)


def test_the_toolbar_outlines_the_header_of_another_team(dev: Dev, tab: Page) -> None:
    tab.goto(f"{dev.url}fragments/")
    tab.keyboard.press("Alt+m")
    label = box(tab, "docs:header")
    expect(label).to_contain_text("Team Docs")
    expect(label.locator("code")).to_have_text(re.compile("^[0-9a-f]{8}$"))
    label.click()
    about = tab.get_by_label("About this page")
    expect(about).to_contain_text("docs:header")
    expect(about).to_contain_text("Team Docs <docs@site.example>")
    expect(about).to_contain_text("teams/docs/fragments/header.html:5")
    expect(about.get_by_role("link").first).to_have_attribute(
        "href", f"vscode://file{dev.root}/teams/docs/fragments/header.html:5:1"
    )
    header, outlined = tab.locator("header", has_text="Shop").first.bounding_box(), tab.locator(".box.pinned")
    drawn = outlined.bounding_box()
    assert header
    assert drawn
    assert drawn["x"] <= header["x"]
    assert drawn["y"] <= header["y"]
    assert drawn["y"] + drawn["height"] >= header["y"] + header["height"]
    label.click()
    box(tab, "docs:tip").first.click()
    expect(about).to_contain_text("of=a")
    tab.keyboard.press("Alt+m")
    expect(tab.get_by_label("Development toolbar")).to_be_hidden()


@pytest.mark.parametrize("toolbar", [False, True], ids=["plain", "with the toolbar"])
def test_a_changed_fragment_is_exchanged_in_place_and_all_else_stays(dev: Dev, tab: Page, toolbar: bool) -> None:
    tab.goto(f"{dev.url}fragments/")
    if toolbar:
        tab.keyboard.press("Alt+m")
        expect(box(tab, "docs:header")).to_be_visible()
    tab.fill("#name", "mine")
    tab.fill("#amount", "7")
    tab.evaluate("scrollTo(0, 700)")
    stamp(tab)
    for text in ("two", "three"):
        dev.changed("teams/docs/fragments/tip.html", TIP.format(text))
        expect(tab.locator("aside", has_text="a: tip")).to_have_text(f"a: tip {text}")
        expect(tab.locator("aside", has_text="b: tip")).to_have_text(f"b: tip {text}")
    dev.changed("teams/docs/fragments/header.html", HEADER.format("Other shop"))
    expect(tab.locator("header", has_text="Other shop")).to_be_visible()
    assert stamped(tab)
    expect(tab.locator("#name")).to_have_value("mine")
    expect(tab.locator("#amount")).to_have_value("7")
    assert tab.evaluate("scrollY") == 700
    dev.changed("teams/docs/pages/index.md", PAGE.format("Docs again"))  # concerns nobody here
    tab.wait_for_timeout(100)
    assert stamped(tab)
    if toolbar:
        tab.keyboard.press("Alt+m")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fragment", "new"),
    [
        ("tip", TIP.format("two") + "<custom-island>x</custom-island>\n"),
        ("tip", TIP.format("two") + '<canvas width="9" height="9"></canvas>\n'),
        ("form", '<p><label>Many <input id="amount"></label></p>'),
    ],
    ids=["island", "canvas", "input that was filled in"],
)
def test_what_has_a_life_of_its_own_is_loaded_anew(dev: Dev, tab: Page, fragment: str, new: str) -> None:
    tab.goto(f"{dev.url}fragments/")
    tab.fill("#amount", "7")
    tab.evaluate("scrollTo(0, 700)")
    stamp(tab)
    dev.changed(f"teams/docs/fragments/{fragment}.html", new)
    expect(tab.locator("main")).to_contain_text("tip two" if fragment == "tip" else "Many")
    until(lambda: abs(tab.evaluate("scrollY") - 700) < 100)
    assert not stamped(tab)
    expect(tab.locator("#amount")).to_have_value("7")


def test_a_fragment_next_to_other_changes_is_loaded_with_them(dev: Dev, tab: Page) -> None:
    tab.goto(f"{dev.url}fragments/")
    stamp(tab)
    put(dev.root, "teams/docs/fragments/tip.html", TIP.format("two"))
    dev.changed("teams/home/pages/fragments.md", FRAGMENTS.replace("Name", "Surname"))
    expect(tab.locator("main")).to_contain_text("Surname")
    expect(tab.locator("main")).to_contain_text("tip two")
    assert not stamped(tab)
