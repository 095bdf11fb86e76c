"""The development server and its client together, in a real browser, on a site with the default theme and policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from browser import FLAGS, chromium
from developing import Dev
from sites import put, team_toml

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("dev browser")]

FILLER = "\n\n".join(f"Line {number}" for number in range(200))
PAGE = "---\ntitle: {0}\ndescription: d\n---\n\nText of {0}.\n\n" + FILLER + "\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path, "site.toml", 'title = "Shop"\n[teams]\nhome = "/"\ndocs = "/docs/"\n')
    for team in ("home", "docs"):
        put(tmp_path, f"teams/{team}/team.toml", team_toml(team))
        put(tmp_path, f"teams/{team}/pages/index.md", PAGE.format(team.capitalize()))
    put(tmp_path, "teams/home/assets/team.css", "h1 { color: rgb(1, 2, 3) }")
    return tmp_path


@pytest.fixture
def dev(root: Path) -> Iterator[Dev]:
    with Dev(root) as dev:
        assert dev.next("built", "failed")["ok"]
        yield dev


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = browser.new_context()
        context.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        yield context
        browser.close()


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
