"""Client-rendered pages of a built site in a real browser, with the headers and the rules that the build wrote."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from developing import Dev
from runtime_site import becomes
from serving import serving
from sites import Files, built, problems, site, team_toml
from test_islands_browser import Seen, seen

__all__ = ["seen"]
pytestmark = pytest.mark.browser

APP = """import { navigate, routes } from "mfe-static/router"
const view = (name) => ({ host, params, signal }) => {
  if (params.id === "broken") throw new Error("no such order")
  const heading = document.createElement("h1")
  heading.textContent = [name, params.id].filter(Boolean).join(" ")
  const link = Object.assign(document.createElement("a"), { href: "order/9/", textContent: "Nine" })
  const button = Object.assign(document.createElement("button"), { textContent: "Ten" })
  button.addEventListener("click", () => navigate("order/10/"), { signal })
  host.replaceChildren(heading, link, button)
  return { title: heading.textContent }
}
export const mount = (island) => routes({ "./": view("Orders"), "order/:id/": view("Order") }, island)
"""
FILES: Files = {
    "site.toml": (
        'title = "Shop"\nbase_url = "http://localhost/at"\n[teams]\nhome = "/"\ncart = "/cart/"\n'
        '[checks]\nmissing-description = "off"\n'
    ),
    "teams/home/team.toml": team_toml("home"),
    "teams/home/pages/index.md": "# Home\n\n[Seven](/cart/order/Se%20ven/)\n",
    "teams/cart/team.toml": team_toml("cart", 'architecture = "linked-spa"\n'),
    "teams/cart/app.js": APP,
    "teams/cart/pages/index.md": (
        "---\ntitle: Your orders\napp: app.js\nroutes: [order/:id/]\n---\nAsk [us](plain.md) for your orders.\n"
    ),
    "teams/cart/pages/plain.md": "# Plain\n\n[Seven](/cart/order/7/)\n",
}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = site(tmp_path_factory.mktemp("apps"), FILES)
    assert problems(built(root)) == []
    return root / "dist"


HOSTS = pytest.mark.parametrize("shop", ["netlify", "cloudflare"], indirect=True, scope="module")
"""For what the rules of a host decide."""


@pytest.fixture(scope="module", params=["netlify", pytest.param("cloudflare", marks=pytest.mark.slow)])
def shop(request: pytest.FixtureRequest, dist: Path) -> Iterator[str]:
    with serving(dist, base_path="/at", style=request.param) as server:
        yield server.url + "/at"


def shows(seen: Seen, heading: str, *, stayed: bool = True) -> None:
    expect(seen.page.get_by_role("heading", level=1)).to_have_text(heading)
    becomes(seen.page, "!navigation.transition")
    assert bool(seen.page.evaluate("window.stayed")) is stayed
    seen.page.evaluate("window.stayed = true")


@HOSTS
def test_a_deep_link_shows_its_view_under_its_own_address(shop: str, seen: Seen) -> None:
    answer = seen.page.goto(f"{shop}/cart/order/7/")
    assert answer
    assert answer.status == 200
    shows(seen, "Order 7", stayed=False)
    assert seen.page.url == f"{shop}/cart/order/7/"
    assert seen.page.title() == "Order 7"
    assert seen.said == []


def test_links_buttons_back_and_forward_change_the_view(shop: str, seen: Seen) -> None:
    seen.page.goto(f"{shop}/")
    seen.page.get_by_role("link", name="Seven").click()
    shows(seen, "Order Se ven", stayed=False)
    seen.page.get_by_role("button", name="Ten").click()
    shows(seen, "Order 10")
    assert seen.page.url == f"{shop}/cart/order/10/"
    seen.page.evaluate("history.back()")
    shows(seen, "Order Se ven")
    seen.page.evaluate("history.forward()")
    shows(seen, "Order 10")
    assert seen.page.title() == "Order 10"
    seen.page.get_by_role("banner").get_by_role("link", name="Shop").click()
    shows(seen, "Home", stayed=False)
    assert seen.said == []


@HOSTS
@pytest.mark.parametrize("path", ["/cart/order/", "/cart/order/7/more/", "/cart/nothing/"])
def test_an_unknown_route_is_the_404_page_with_its_status(shop: str, seen: Seen, path: str) -> None:
    answer = seen.page.goto(shop + path)
    assert answer
    assert answer.status == 404
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Page not found")


def test_an_app_that_fails_leaves_the_skeleton_and_says_whose_it_is(shop: str, seen: Seen) -> None:
    seen.page.add_init_script(
        "document.addEventListener('mfe:error', ({ detail: it }) => { window.told = [it.team, it.fragment, it.owner] })"
    )
    with seen.page.expect_event("pageerror") as failed:
        seen.page.goto(f"{shop}/cart/order/broken/")
    assert "no such order" in failed.value.message
    expect(seen.page.get_by_role("main").get_by_role("link", name="us")).to_be_visible()
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Your orders")
    assert seen.page.evaluate("told") == ["cart", "app.js", "Team Cart"]


def test_where_the_module_does_not_come_the_skeleton_stands(shop: str, seen: Seen) -> None:
    seen.page.route("**/modules/cart/app.*", lambda route: route.abort())
    seen.page.goto(f"{shop}/cart/")
    expect(seen.page.locator("mfe-island[data-mfe-failed]")).to_have_count(1)
    expect(seen.page.get_by_role("main").get_by_role("link", name="us")).to_be_visible()


def test_without_javascript_the_page_is_there(shop: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in ("/cart/", "/cart/order/7/"):
        page.goto(shop + path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Your orders")
        page.get_by_role("main").get_by_role("link", name="us").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Plain")
    context.close()


def test_the_app_is_measured(shop: str, seen: Seen) -> None:
    seen.page.goto(f"{shop}/cart/")
    becomes(seen.page, "performance.getEntriesByType('measure').some(it => it.name === 'mfe:cart/app.js')")
    assert seen.said == []


def test_the_development_server_answers_client_routes_and_shows_a_changed_app(tmp_path: Path, seen: Seen) -> None:
    root = site(tmp_path, FILES)
    with Dev(root) as dev:
        assert dev.next("built", "failed")["ok"]
        assert dev.request("/at/cart/nothing/").status == 404
        assert dev.request("/_mfe/dev/page?url=/at/cart/order/7/").json["url"] == "/cart/"
        with seen.page.expect_response("**/_mfe/dev/events*"):
            seen.page.goto(dev.url + "at/cart/order/7/")
        shows(seen, "Order 7", stayed=False)
        with seen.page.expect_event("load"):
            dev.changed("teams/cart/app.js", APP.replace('view("Order")', 'view("Number")'))
        shows(seen, "Number 7", stayed=False)
        with seen.page.expect_event("load"):
            text = str(FILES["teams/cart/pages/index.md"]).replace("Ask ", "Do ask ")
            dev.changed("teams/cart/pages/index.md", text)
        shows(seen, "Number 7", stayed=False)
        assert seen.said == []
