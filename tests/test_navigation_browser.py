"""Page loads that feel soft, in a real browser, served with the headers that the build wrote.

Playwright's browser prepares no page whole, as it is watched (`PrerenderingDisabledByDevTools`); that it was about to,
it says.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from runtime_site import becomes, until
from serving import serving
from sites import Files, built, problems, site, team_toml

pytestmark = pytest.mark.browser

BOTH = "[navigation]\nprefetch = true\ntransitions = true\n"
FILES: Files = {
    "site.toml": (
        'title = "Shop"\nbase_url = "http://localhost/at"\n[teams]\nhome = "/"\nshop = "/shop/"\n'
        'parts = "/shop/parts/"\nbare = "/bare/"\norders = "/orders/"\n[checks]\nmissing-description = "off"\n'
    ),
    "teams/home/team.toml": team_toml("home", BOTH),
    "teams/home/pages/index.md": (
        "# Home\n\n[Help](help.md) [Shop](shop:index) [Parts](parts:index) [Bare](bare:index)\n"
        '<a href="about.md" data-mfe-prerender>About</a>\n'
    ),
    "teams/home/pages/about.md": "# About\n",
    "teams/home/pages/help.md": "# Help\n\n[Back](index.md)\n",
    "teams/shop/team.toml": team_toml("shop", f'architecture = "linked-universal-spa"\n{BOTH}'),
    "teams/shop/pages/index.md": "# Shop\n\n[Tractor](tractor.md) [Home](home:index)\n",
    "teams/shop/pages/tractor.md": "# Tractor\n",
    "teams/parts/team.toml": team_toml("parts"),
    "teams/parts/pages/index.md": "# Parts\n",
    "teams/bare/team.toml": team_toml("bare"),
    "teams/bare/pages/index.md": "# Bare\n\n[Home](home:index)\n",
    "teams/orders/team.toml": team_toml("orders", f'architecture = "linked-spa"\n{BOTH}'),
    "teams/orders/pages/index.md": (
        '---\ntitle: Orders\napp: app.js\nroutes: ["order/:id/"]\n---\n\n[Seven](/orders/order/7/) [Old](old.md)\n'
    ),
    "teams/orders/pages/old.md": "# Old orders\n\n[All](index.md)\n",
    "teams/orders/app.js": "export function mount() {}\n",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = site(tmp_path_factory.mktemp("shop"), FILES)
    assert problems(built(root)) == []
    with serving(root / "dist", base_path="/at") as server:
        yield server.url + "/at"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    made.set_default_timeout(30_000)
    made.add_init_script("addEventListener('pagereveal', ({ viewTransition }) => { window.fades = !!viewTransition })")
    yield made
    made.close()


class Window:
    """A tab, what the browser makes of its rules, and what its console says."""

    def __init__(self, context: BrowserContext) -> None:
        self.page = context.new_page()
        self.said: list[str] = []
        self.links: set[tuple[str, str]] = set()
        """What the rules have in mind for links of the page: an action, and a path."""
        self.begun: list[tuple[str, str, str]] = []
        """What was begun: action, path, and how it stands."""
        self.page.on("console", lambda message: self.said.append(message.text))
        session = context.new_cdp_session(self.page)
        session.on("Preload.ruleSetUpdated", lambda its: self._rules(its["ruleSet"]))
        session.on("Preload.preloadingAttemptSourcesUpdated", self._meant)
        for action in ("prefetch", "prerender"):
            session.on(f"Preload.{action}StatusUpdated", self._noted)
        session.send("Preload.enable")

    def _rules(self, its: Mapping[str, Any]) -> None:
        if its.get("errorType"):
            self.said.append(str(its.get("errorMessage")))

    def _meant(self, its: Mapping[str, Any]) -> None:
        self.links = {_action(each["key"]) for each in its["preloadingAttemptSources"]}

    def _noted(self, its: Mapping[str, Any]) -> None:
        self.begun.append((*_action(its["key"]), its["status"]))

    def opens(self, url: str) -> None:
        """A page whose rules have come."""
        self.links.clear()
        self.page.goto(url)
        until(self.page, lambda: bool(self.links))

    def press(self, name: str) -> None:
        """Press a link, and think better of it."""
        self.page.get_by_role("main").get_by_role("link", name=name, exact=True).hover()
        self.page.mouse.down()
        self.page.mouse.move(1, 1)
        self.page.mouse.up()


def _action(key: Mapping[str, Any]) -> tuple[str, str]:
    return key["action"], "/" + key["url"].partition("/at/")[2]


@pytest.fixture
def window(context: BrowserContext) -> Iterator[Window]:
    made = Window(context)
    yield made
    assert made.said == []


def test_a_page_is_fetched_when_somebody_is_about_to_follow_a_link_and_is_there_then(window: Window, url: str) -> None:
    window.opens(f"{url}/")
    window.press("Help")
    until(window.page, lambda: ("Prefetch", "/help/", "Ready") in window.begun)
    window.page.get_by_role("link", name="Help").click()
    expect(window.page.get_by_role("heading", name="Help")).to_be_visible()
    came = "performance.getEntriesByType('navigation')[0].deliveryType"
    assert window.page.evaluate(came) == "navigational-prefetch"


def test_pages_of_teams_that_ask_are_fetched_ahead_and_no_others(window: Window, url: str) -> None:
    window.opens(f"{url}/")
    ahead = {path for action, path in window.links if action == "Prefetch"}
    assert ahead == {"/", "/help/", "/about/", "/shop/", "/orders/"}
    window.opens(f"{url}/bare/")
    assert window.links == {("Prefetch", path) for path in ("/", "/shop/", "/orders/")}


def test_among_pages_that_are_exchanged_softly_only_their_script_asks_ahead(window: Window, url: str) -> None:
    window.opens(f"{url}/shop/")
    assert window.links == {("Prefetch", "/"), ("Prefetch", "/orders/")}
    with window.page.expect_request("**/shop/tractor/"):
        window.page.get_by_role("main").get_by_role("link", name="Tractor").hover()


def test_nothing_is_fetched_for_links_that_an_app_follows(window: Window, url: str) -> None:
    window.opens(f"{url}/orders/")
    assert window.links == {("Prefetch", "/"), ("Prefetch", "/shop/")}
    window.opens(f"{url}/orders/old/")
    assert ("Prefetch", "/orders/") in window.links


def test_only_where_a_link_asks_is_its_page_prepared_whole(window: Window, url: str) -> None:
    window.opens(f"{url}/")
    assert {path for action, path in window.links if action == "Prerender"} == {"/about/"}
    window.press("About")
    until(window.page, lambda: any(its[:2] == ("Prerender", "/about/") for its in window.begun))


def fades(page: Page, name: str, heading: str) -> bool:
    page.get_by_role("main").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    becomes(page, "'fades' in window")
    return bool(page.evaluate("fades"))


def test_pages_fade_into_each_other_where_both_teams_want_it(window: Window, url: str) -> None:
    window.page.goto(f"{url}/")
    assert fades(window.page, "Help", "Help")
    assert fades(window.page, "Back", "Home")
    assert fades(window.page, "Shop", "Shop")
    assert fades(window.page, "Home", "Home")
    assert not fades(window.page, "Bare", "Bare")
    assert not fades(window.page, "Home", "Home")


def test_nothing_moves_for_those_who_asked_for_less_motion(window: Window, url: str) -> None:
    window.page.emulate_media(reduced_motion="reduce")
    window.page.goto(f"{url}/")
    assert not fades(window.page, "Help", "Help")


def test_pages_that_are_fetched_ahead_and_fade_still_come_back_as_they_were(window: Window, url: str) -> None:
    window.page.goto(f"{url}/")
    window.page.evaluate("addEventListener('pageshow', (event) => { window.woke = event.persisted })")
    assert fades(window.page, "Help", "Help")
    window.page.evaluate("history.back()")
    expect(window.page.get_by_role("heading", name="Home")).to_be_visible()
    becomes(window.page, "window.woke === true")
