"""Built sites with soft navigation in a real browser, served with the headers that the build wrote."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from runtime_site import becomes
from serving import serving
from sites import Files, built, problems, site, team_toml
from test_islands_browser import Seen, seen

__all__ = ["seen"]
pytestmark = pytest.mark.browser

FILES: Files = {
    "site.toml": (
        'title = "Shop"\nbase_url = "http://localhost/at"\n[teams]\nhome = "/"\nshop = "/shop/"\n'
        'parts = "/shop/parts/"\ncart = {}\n[checks]\nmissing-description = "off"\n'
    ),
    "teams/home/team.toml": team_toml("home"),
    "teams/home/pages/index.md": "# Home\n\n[Shop](shop:index)\n",
    "teams/shop/team.toml": team_toml("shop", 'architecture = "linked-universal-spa"\n'),
    "teams/shop/pages/index.md": "# Shop\n\n[Tractor](tractor.md) [Tool](tool.html) [Parts](parts:index)\n",
    "teams/shop/pages/tractor.md": (
        '# Tractor\n\n[Back](index.md)\n\n<mfe-fragment src="cart:count" hydrate="load"></mfe-fragment>\n'
    ),
    "teams/shop/layouts/tool.html": '{{ content }}\n<script type="module" src="{{ asset("tool.js") }}"></script>\n',
    "teams/shop/assets/tool.js": "document.documentElement.dataset.tool = 'there'\n",
    "teams/shop/pages/tool.html": '---\ntitle: Tool\nlayout: tool\n---\n<a href="index.md">Back</a>\n',
    "teams/parts/team.toml": team_toml("parts"),
    "teams/parts/pages/index.md": "# Parts\n",
    "teams/cart/team.toml": team_toml(
        "cart", '[offers]\nfragments = ["count"]\nevents = ["cart:changed"]\ntabs = ["cart:changed"]\n'
    ),
    "teams/cart/fragments/count/fragment.html": "<p><button>1</button></p>",
    "teams/cart/fragments/count/fragment.js": (
        "import { more } from './more.js'\n"
        "export function mount({ host, signal }) {\n"
        "  const button = host.querySelector('button')\n"
        "  button.addEventListener('click', () => { button.textContent = more(button.textContent) }, { signal })\n"
        "  host.dataset.mounted = ''\n"
        "}\n"
    ),
    "teams/cart/fragments/count/more.js": "export const more = (text) => Number(text) + 1\n",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = site(tmp_path_factory.mktemp("shop"), FILES)
    assert problems(built(root)) == []
    with serving(root / "dist", base_path="/at") as server:
        yield server.url + "/at"


def follow(seen: Seen, name: str, heading: str) -> bool:
    """Follow a link to a page; whether the document stayed."""
    seen.page.evaluate("window.stayed = true")
    seen.page.get_by_role("main").get_by_role("link", name=name).click()
    expect(seen.page.get_by_role("heading", name=heading)).to_be_visible(timeout=30_000)
    return bool(seen.page.evaluate("window.stayed === true"))


def test_within_the_team_pages_are_exchanged_and_elsewhere_loaded(shop: str, seen: Seen) -> None:
    seen.page.goto(f"{shop}/")
    assert not follow(seen, "Shop", "Shop")
    assert follow(seen, "Tractor", "Tractor")
    assert seen.page.url == f"{shop}/shop/tractor/"
    assert re.match("Tractor", seen.page.title())
    assert follow(seen, "Back", "Shop")
    assert not follow(seen, "Parts", "Parts")
    assert seen.said == []


def test_an_island_of_a_page_that_came_softly_comes_to_life(shop: str, seen: Seen) -> None:
    seen.page.goto(f"{shop}/shop/")
    assert follow(seen, "Tractor", "Tractor")
    expect(seen.page.locator("mfe-island[data-mounted]")).to_have_count(1)
    seen.page.get_by_role("button", name="1").click()
    expect(seen.page.get_by_role("button", name="2")).to_be_visible()
    assert seen.said == []


@pytest.mark.slow
def test_on_a_slow_network_and_a_slow_processor_all_is_the_same_later(shop: str, seen: Seen) -> None:
    devtools = seen.page.context.new_cdp_session(seen.page)
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", slow)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    seen.page.goto(f"{shop}/shop/")
    seen.page.evaluate("""() => {
      window.busy = 0;
      const look = () => { busy += document.documentElement.ariaBusy === "true" };
      new MutationObserver(look).observe(document.documentElement, { attributes: true });
    }""")
    assert follow(seen, "Tool", "Tool")
    expect(seen.page.locator("html[data-tool=there]")).to_have_count(1)
    assert seen.page.evaluate("busy") > 0, "it is said that it takes a while"
    assert follow(seen, "Back", "Shop")
    assert follow(seen, "Tractor", "Tractor")
    expect(seen.page.locator("mfe-island[data-mounted]")).to_have_count(1, timeout=30_000)
    seen.page.get_by_role("button", name="1").click()
    expect(seen.page.get_by_role("button", name="2")).to_be_visible()
    assert seen.said == []


def test_a_module_of_a_page_that_came_softly_runs_under_the_policy(shop: str, seen: Seen) -> None:
    seen.page.goto(f"{shop}/shop/")
    assert follow(seen, "Tool", "Tool")
    expect(seen.page.locator("html[data-tool=there]")).to_have_count(1)
    assert seen.said == []


def test_a_page_fades_in_within_a_tenth_of_a_second(shop: str, seen: Seen) -> None:
    seen.page.goto(f"{shop}/shop/")
    seen.page.evaluate("""() => {
      window.fades = [];
      const look = () => {
        for (const { effect } of document.getAnimations())
          if (effect.pseudoElement?.startsWith("::view-transition")) fades.push(effect.getTiming().duration);
        requestAnimationFrame(look);
      };
      look();
    }""")
    assert follow(seen, "Tractor", "Tractor")
    becomes(seen.page, "fades.length > 0")
    assert set(seen.page.evaluate("fades")) == {100}


def test_an_event_comes_out_in_another_tab(shop: str, browser: Browser) -> None:
    context = browser.new_context()
    one, other = Seen(context.new_page()), Seen(context.new_page())
    one.page.goto(f"{shop}/shop/tractor/")
    other.page.goto(f"{shop}/shop/")
    other.page.evaluate("document.addEventListener('cart:changed', (event) => { document.title = event.detail })")
    told = "new CustomEvent('cart:changed', { bubbles: true, detail: 'three' })"
    one.page.evaluate(f"document.dispatchEvent({told})")
    expect(other.page).to_have_title("three")
    context.close()
    assert one.said == other.said == []


def test_a_page_that_was_left_softly_tells_how_it_fared(tmp_path: Path, seen: Seen) -> None:
    toml = f'{FILES["site.toml"]!s}[monitoring]\nendpoint = "/vitals"\n'
    root = site(tmp_path, {**FILES, "site.toml": toml})
    assert problems(built(root)) == []
    seen.page.route("**/vitals", lambda route: route.fulfill(status=204))
    with serving(root / "dist", base_path="/at") as server:
        seen.page.goto(f"{server.url}/at/shop/")
        with seen.page.expect_request("**/vitals") as asked:
            assert follow(seen, "Tractor", "Tractor")
        told = json.loads(asked.value.post_data or "")
        assert (told["kind"], told["path"]) == ("hard", "/at/shop/")
        assert seen.said == []
        seen.page.goto("about:blank")


def test_without_javascript_links_lead_on(shop: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shop}/shop/")
    page.get_by_role("link", name="Tractor").click()
    expect(page.get_by_role("heading", name="Tractor")).to_be_visible()
    context.close()
