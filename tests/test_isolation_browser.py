"""Isolation in a real browser, served with the headers that the build wrote: what a mode keeps in, and what out."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from serving import serving
from sites import Files, built, codes, site, team_toml

pytestmark = pytest.mark.browser

RED, BLUE, GREEN = "rgb(255, 0, 0)", "rgb(0, 0, 255)", "rgb(0, 128, 0)"
BOX = (
    '<div class="box"><p class="note">of the box</p><button class="go">0</button>'
    '<div class="in"><mfe-fragment src="guest:card"></mfe-fragment></div></div>\n'
)
LOUD = (
    "p { color: red } button { border: 3px solid red } .note { outline: 1px solid red }\n"
    "@media all { div > p { text-indent: 7px } } :root { --loud: 1 }\n"
    "@keyframes box-turn { to { rotate: 1turn } } .box { animation: box-turn 9s paused }\n"
)
"""What a team should not write where others are near."""
COUNT = (
    "export function mount({ host, signal }) {\n"
    "  const button = host.querySelector('.go')\n"
    "  button.addEventListener('click', () => {\n"
    "    button.textContent = 1 + +button.textContent\n"
    "    host.dispatchEvent(new CustomEvent('box:went', { bubbles: true, composed: true }))\n"
    "  }, { signal })\n"
    "  host.dataset.mounted = ''\n"
    "}\n"
)
PAGE = (
    '---\ntitle: Shop\n---\n<p class="note" id="mine">of the page</p><button id="press">x</button>\n'
    '<mfe-fragment src="box:box" hydrate="load"></mfe-fragment>\n<a href="next/">next</a>\n'
)
MODES = ("layer", "scope", "shadow")


def shop(root: Path, mode: str) -> Path:
    """A page of `shop`, with a fragment of `box` in a mode, with a fragment of `guest` in it."""
    offer = '[offers]\nfragments = ["{}"]\n'
    files: Files = {
        "site.toml": 'title = "Shop"\n[teams]\nshop = "/"\nbox = {}\nguest = {}\n[checks]\n'
        'missing-description = "off"\nglobal-selector = "off"\nheading-count = "off"\n',
        "teams/shop/team.toml": team_toml("shop", 'architecture = "linked-universal-spa"\n'),
        "teams/shop/assets/team.css": "p { color: blue } #mine { --mine: 1 }",
        "teams/shop/pages/index.html": PAGE,
        "teams/shop/pages/next.html": PAGE.replace("Shop", "Next"),
        "teams/box/team.toml": team_toml("box", f'isolation = "{mode}"\n{offer.format("box")}'),
        "teams/box/fragments/box/fragment.html": BOX,
        "teams/box/fragments/box/fragment.css": LOUD,
        "teams/box/fragments/box/fragment.js": COUNT,
        "teams/guest/team.toml": team_toml("guest", offer.format("card")),
        "teams/guest/fragments/card/fragment.html": '<p class="note card">of a guest</p>',
        "teams/guest/fragments/card/fragment.css": ".card { font-style: italic }",
    }
    return site(root, files)


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    out = {}
    running = []
    for mode in MODES:
        root = shop(tmp_path_factory.mktemp(mode), mode)
        result = built(root)
        assert (codes(result), result.published) == ([], True)
        running.append(serving(root / "dist"))
        out[mode] = running[-1].__enter__().url
    yield out
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


def style(page: Page, selector: str, name: str) -> str:
    found = page.locator(selector).first.evaluate("(node, name) => getComputedStyle(node).getPropertyValue(name)", name)
    return str(found)


def test_in_a_layer_rules_reach_the_whole_page(urls: Mapping[str, str], page: Page) -> None:
    page.goto(urls["layer"])
    assert style(page, "#press", "border-top-color") == RED
    assert style(page, "#mine", "outline-color") == RED
    assert style(page, ".box .note", "color") == BLUE  # the page's own team is the strongest layer
    assert style(page, ".card", "outline-color") == RED


@pytest.mark.parametrize("mode", ["scope", "shadow"])
@pytest.mark.parametrize("scripts", [True, False])
def test_rules_of_a_fragment_stay_in_it(urls: Mapping[str, str], browser: Browser, mode: str, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(urls[mode])
    expect(page.locator(".box > .note")).to_have_text("of the box")
    assert style(page, "#press", "border-top-color") != RED
    assert style(page, "#mine", "outline-color") != RED
    assert style(page, "#mine", "text-indent") == "0px"
    assert style(page, ":root", "--loud") == ""
    assert style(page, ".go", "border-top-color") == RED
    assert style(page, ".box > .note", "outline-color") == RED
    assert style(page, ".box > .note", "text-indent") == "7px"
    assert style(page, ".box", "animation-name") == "box-turn"
    context.close()


def test_in_scope_rules_end_where_another_team_begins(urls: Mapping[str, str], page: Page) -> None:
    page.goto(urls["scope"])
    assert style(page, ".card", "outline-color") != RED
    assert style(page, ".card", "text-indent") == "0px"
    assert style(page, ".card", "font-style") == "italic"
    assert style(page, ".box > .note", "color") == BLUE  # the page's rules come in


def test_in_a_shadow_the_page_s_rules_stay_out_and_those_of_what_is_within_come_along(
    urls: Mapping[str, str], page: Page
) -> None:
    page.goto(urls["shadow"])
    assert style(page, "#mine", "color") == BLUE
    assert style(page, ".box > .note", "color") == RED
    assert style(page, ".card", "font-style") == "italic"
    assert page.evaluate("document.querySelector('.box')") is None


@pytest.mark.parametrize("mode", MODES)
def test_an_island_works_in_each_mode_also_after_a_soft_navigation(
    urls: Mapping[str, str], page: Page, mode: str
) -> None:
    page.goto(urls[mode])
    page.evaluate("self.went = 0, document.addEventListener('box:went', () => self.went++)")
    for title in ("Shop", "Next"):
        expect(page.locator("h1")).to_have_text(title)
        expect(page.locator("mfe-island[data-mounted]")).to_have_count(1)
        page.locator(".go").click()
        expect(page.locator(".go")).to_have_text("1")
        assert style(page, ".go", "border-top-color") == RED
        if title == "Shop":
            page.get_by_role("link", name="next").click()
    assert page.evaluate("self.went") == 2  # it is the same document


@pytest.mark.parametrize("mode", MODES)
def test_an_island_that_fails_says_so_to_the_page_in_each_mode(
    urls: Mapping[str, str], browser: Browser, mode: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(urls[mode])
    page.evaluate("""document.addEventListener("mfe:error", ({ target, detail }) =>
      (window.failed = [target.localName, target.getAttribute("team"), detail.fragment]))""")
    page.locator("mfe-island[data-mounted]").evaluate("(island) => island.setAttribute('props', 'no JSON')")
    host = "mfe-shadow" if mode == "shadow" else "mfe-island"
    expect(page.locator("mfe-island[data-mfe-failed]")).to_have_count(1)
    assert page.evaluate("window.failed") == [host, "box", "box"]
    context.close()
