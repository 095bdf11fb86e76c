"""The shop with its modules, in a real browser, under the policy of its build, with a catalogue that is not ours.

What the pages are without script, `test_shop.py` says.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from demo import copy_of_demo
from runtime_site import becomes, until
from serving import serving
from sites import built, problems
from test_shop import SETS, Shop, another, nearest, with_another_catalogue

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MILK = "/product/K2/K2-1/"
"""Nine of it are there."""
ASH = "/product/K2/K2-2/"
"""One of it is there."""
INK = "/product/K1/"
"""None of it is there."""
KEPT = "JSON.parse(localStorage.getItem('checkout:cart'))"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"
BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"

MOUNTED = "addEventListener('mfe:mounted', ({target}) => (target.mounted = true))"
"""Events are heard by pages that have this from their beginning."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = copy_of_demo(tmp_path_factory.mktemp("shop"))
    with_another_catalogue(folder)
    assert problems(built(folder, strict=True)) == []
    with serving(folder / "dist") as server:
        yield server.url


class Visitor:
    """Somebody in the shop, with one browser; what its console says is kept, and there must be nothing."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.said: list[str] = []
        context.add_init_script(MOUNTED)

    def opens(self, path: str, kept: Any = None) -> Page:
        """A new tab, with all modules of the page at work; before that, what the browser keeps may be set."""
        page = self.context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        if kept is not None:
            page.goto(self.url + "/404.html")
            text = kept if isinstance(kept, str) else json.dumps(kept)
            page.evaluate("text => localStorage.setItem('checkout:cart', text)", text)
        page.goto(self.url + path)
        alive(page)
        return page


def alive(page: Page) -> None:
    """Wait until every island that is in the page is mounted."""
    mounted = "it.mounted || it.hasAttribute('data-mfe-failed')"
    becomes(page, f"[...document.querySelectorAll('mfe-island')].every(it => {mounted})")


@pytest.fixture
def visitor(browser: Browser, shop: str) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    context.set_default_timeout(30_000)
    someone = Visitor(context, shop)
    yield someone
    context.close()
    assert someone.said == []


def basket(page: Page, name: str) -> None:
    """The header's basket is called so."""
    expect(page.get_by_role("banner").get_by_role("link", name="Basket")).to_have_accessible_name(name)


# -- adding


def test_a_tractor_is_added_by_keyboard_without_leaving_the_page(visitor: Visitor) -> None:
    page = visitor.opens(MILK)
    basket(page, "Basket")
    told = "new Promise(heard => document.addEventListener('checkout:cart-updated', heard)).then(it => it.detail.skus)"
    page.evaluate(f"globalThis.told = {told}; 0")
    button = page.get_by_role("button", name="Add to basket")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Tractor was added. See the basket")
    basket(page, "Basket 1")
    page.keyboard.press("Enter")
    basket(page, "Basket 2")
    expect(button).to_be_focused()
    assert page.url.endswith(MILK)
    assert page.evaluate("told") == ["K2-1"]
    assert page.evaluate(KEPT) == [["K2-1", 2]]
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="See the basket")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/cart/")
    basket(page, "Basket 2")


def test_no_more_is_added_than_there_is_in_stock(visitor: Visitor) -> None:
    page = visitor.opens(ASH)
    button = page.get_by_role("button", name="Add to basket")
    button.click()
    button.click()
    expect(page.get_by_role("status")).to_have_text("All 1 in stock are in your basket.")
    assert page.evaluate(KEPT) == [["K2-2", 1]]
    gone = visitor.opens(INK)
    expect(gone.get_by_role("button", name="Add to basket")).to_be_disabled()


@pytest.mark.parametrize("failing", [FULL, BLOCKED])
def test_where_the_browser_keeps_nothing_it_is_said_and_the_basket_is_as_it_was(visitor: Visitor, failing: str) -> None:
    visitor.context.add_init_script(failing)
    page = visitor.opens(MILK)
    page.get_by_role("button", name="Add to basket").click()
    expect(page.get_by_role("status")).to_contain_text("nothing was added")
    expect(page.get_by_text("Order without a basket")).to_be_visible()
    basket(page, "Basket")


# -- the basket in the header


def test_the_header_s_basket_follows_other_tabs(visitor: Visitor) -> None:
    home, page = visitor.opens("/"), visitor.opens(MILK)
    page.get_by_role("button", name="Add to basket").click()
    basket(home, "Basket 1")
    page.evaluate("localStorage.clear()")
    basket(home, "Basket")


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_header_s_basket_flashes_when_something_is_added_unless_motion_is_unwanted(
    visitor: Visitor, motion: Any
) -> None:
    page = visitor.opens(MILK)
    page.emulate_media(reduced_motion=motion)
    button = page.get_by_role("button", name="Add to basket")
    count = button.evaluate("it => { it.click(); return document.querySelector('header b').getAnimations().length }")
    assert count == (motion == "no-preference")


@pytest.mark.parametrize(
    ("kept", "name"),
    [
        ("{", "Basket"),
        ("null", "Basket"),
        ({"K2-1": 1}, "Basket"),
        ([None, 1, "K2-1", [], ["K2-1"], [3, 3], ["K2-1", "2"], ["K2-1", -1], ["K2-1", 1.5]], "Basket"),
        ([["K2-1", 700], ["K2-2", 1]], "Basket 10"),
    ],
)
def test_what_the_browser_kept_is_not_believed(visitor: Visitor, kept: Any, name: str) -> None:
    page = visitor.opens(MILK, kept)
    basket(page, name)


def test_the_header_s_basket_stays_where_it_is_when_it_gets_its_number(visitor: Visitor) -> None:
    places = "document.querySelectorAll('header a').values().map(it => it.getBoundingClientRect().x).toArray()"
    page = visitor.opens("/")
    empty = page.evaluate(places)
    page.evaluate("localStorage.setItem('checkout:cart', '[[\"K2-1\", 9]]')")
    page.reload()
    basket(page, "Basket 9")
    assert page.evaluate(places) == empty


def test_documentation_has_no_script_and_the_basket_is_a_link_there(visitor: Visitor, shop: str) -> None:
    page = visitor.opens("/docs/", [["K2-1", 2]])
    basket(page, "Basket")
    assert page.locator("script, mfe-island").count() == 0


# -- the basket


def lines(page: Page) -> list[tuple[str, str, str]]:
    """The lines of the basket: name, quantity, price."""
    rows = page.locator(".checkout-lines > li").all()
    return [
        (
            row.get_by_role("link").inner_text(),
            row.get_by_role("spinbutton").input_value(),
            row.locator(".price").inner_text(),
        )
        for row in rows
    ]


def suggested(page: Page) -> list[str]:
    """The SKUs of the cards below the basket."""
    links = page.locator("main [data-boundary=inspire] a").evaluate_all("them => them.map(it => it.pathname)")
    return [link.split("/")[-2] for link in links]


def test_the_basket_has_lines_with_quantities_and_a_total(visitor: Visitor) -> None:
    page = visitor.opens("/checkout/cart/", [["K2-1", 2], ["A10-1", 1]])
    expect(page.get_by_text("Your basket is empty.")).to_be_hidden()
    assert lines(page) == [('The "Second" Milk', "2", "6800 Ø"), ("Tenth Red", "1", "3400 Ø")]
    main = page.get_by_role("main")
    assert main.get_by_role("img", name='The "Second", Milk').count() == 1
    assert str(main.get_by_role("link", name='The "Second" Milk').get_attribute("href")).endswith(MILK)
    expect(main.get_by_text("Total: 10200 Ø")).to_be_visible()
    quantity = main.get_by_role("spinbutton", name="Quantity of Tenth Red")
    for typed, kept in (("2", "2"), ("70", "2"), ("", "1"), ("-3", "1")):
        quantity.fill(typed)
        quantity.press("Tab")
        expect(quantity).to_have_value(kept)
    expect(main.get_by_text("Total: 10200 Ø")).to_be_visible()
    basket(page, "Basket 3")
    main.get_by_role("link", name="Checkout").press("Enter")
    page.wait_for_url("**/checkout/checkout/")


def test_what_is_removed_is_said_and_the_focus_stays_near(visitor: Visitor) -> None:
    page = visitor.opens("/checkout/cart/", [["K2-1", 2], ["A10-1", 1]])
    other = visitor.opens("/checkout/cart/")
    page.get_by_role("button", name='Remove The "Second" Milk').press("Enter")
    expect(page.locator(".checkout-status")).to_have_text('The "Second" Milk was removed.')
    last = page.get_by_role("button", name="Remove Tenth Red")
    expect(last).to_be_focused()
    expect(other.get_by_text("Total: 3400 Ø")).to_be_visible()
    last.press("Enter")
    expect(page.get_by_text("Your basket is empty.")).to_be_focused()
    expect(other.get_by_text("Your basket is empty.")).to_be_visible()
    basket(other, "Basket")


def test_what_the_shop_does_not_have_leaves_the_basket(visitor: Visitor) -> None:
    page = visitor.opens("/checkout/cart/", [["gone", 2], ["K1-1", 1], ["K2-2", 9], ["A9-1", 0]])
    assert lines(page) == [('The "Second" Ash', "1", "3500 Ø")]
    basket(page, "Basket 1")
    assert page.evaluate(KEPT) == [["K2-2", 1]]


def test_a_form_that_was_sent_without_its_module_adds_too(visitor: Visitor) -> None:
    page = visitor.opens("/checkout/cart/?sku=K2-1", [["K2-1", 1]])
    assert lines(page) == [('The "Second" Milk', "2", "6800 Ø")]
    assert page.url.endswith("/checkout/cart/")
    page.goto(visitor.url + "/checkout/cart/?sku=nothing")
    alive(page)
    assert len(lines(page)) == 1


def test_where_the_browser_keeps_nothing_a_line_stays_as_it_was(visitor: Visitor) -> None:
    page = visitor.opens("/checkout/cart/", [["K2-1", 2]])
    page.evaluate(f"{FULL}; 0")
    page.get_by_role("button", name='Remove The "Second" Milk').click()
    expect(page.locator(".checkout-status")).to_contain_text("nothing was changed")
    page.get_by_role("spinbutton").fill("5")
    page.get_by_role("spinbutton").press("Tab")
    assert lines(page) == [('The "Second" Milk', "2", "6800 Ø")]


@pytest.mark.parametrize("skus", [*SETS, ("A10-1",), ("K2-2", "A11-1", "A10-2"), ()])
def test_recommendations_for_a_basket_are_those_that_a_build_would_make(visitor: Visitor, skus: Sequence[str]) -> None:
    known = [sku for sku in dict.fromkeys(skus) if sku != "nothing"]
    page = visitor.opens("/checkout/cart/", [[sku, 1] for sku in known if sku != "K1-1"])
    assert suggested(page) == nearest(Shop(Path(), another(), {}, ()), [sku for sku in known if sku != "K1-1"])
    assert page.locator("main [data-boundary=inspire] svg[role=img]").count() == 4


# -- the order


def complete(page: Page) -> None:
    """Fill the form in, by keyboard alone."""
    page.get_by_label("First name").focus()
    page.keyboard.type("Ada")
    page.keyboard.press("Tab")
    page.keyboard.type("Plough")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Choose a store")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Store").get_by_role("radio")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Choose another store")).to_be_focused()


@pytest.mark.parametrize("status", [200, 405])
def test_an_order_is_placed_when_it_is_complete_and_the_basket_is_empty_then(visitor: Visitor, status: int) -> None:
    page = visitor.opens("/checkout/checkout/", [["gone", 1], ["K2-1", 2], ["A10-1", 1]])
    sent: list[str | None] = []

    def host(route: Route) -> None:
        """A host that receives forms, or as it is: one that does not."""
        if route.request.method == "POST" and status == 200:
            sent.append(route.request.post_data)
            route.fulfill(status=200)
        else:
            route.continue_()

    page.route("**/checkout/thanks/", host)
    expect(page.get_by_text("Total: 10200 Ø")).to_be_visible()
    place = page.get_by_role("button", name="Place order")
    expect(place).to_be_disabled()
    told = "new Promise(heard => document.addEventListener('explore:store-selected', heard)).then(it => it.detail)"
    page.evaluate(f"globalThis.told = {told}; 0")
    complete(page)
    assert page.evaluate("told") == {"store": "one"}
    expect(page.get_by_text("Store: Aurora & Co")).to_be_visible()
    expect(place).to_be_enabled()
    assert page.url.endswith("/checkout/checkout/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/thanks/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    alive(page)
    basket(page, "Basket")
    assert page.evaluate(KEPT) == []
    if status == 200:
        order = parse_qs(str(sent[0]))
        assert (order["basket"], order["store"], order["form-name"]) == (["2 K2-1, 1 A10-1"], ["one"], ["checkout"])
    else:
        assert all("405" in said for said in visitor.said)
        visitor.said.clear()  # a browser notes every request that was refused


def test_an_order_that_could_not_be_sent_is_still_there(visitor: Visitor) -> None:
    page = visitor.opens("/checkout/checkout/", [["K2-1", 2]])
    page.route("**/checkout/thanks/", lambda route: route.abort())
    complete(page)
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("alert")).to_contain_text("could not be sent")
    expect(page.get_by_role("button", name="Place order")).to_be_enabled()
    assert page.evaluate(KEPT) == [["K2-1", 2]]
    assert "ERR_FAILED" in visitor.said.pop()


def test_nothing_can_be_ordered_from_an_empty_basket(visitor: Visitor) -> None:
    page = visitor.opens("/checkout/checkout/")
    complete(page)
    expect(page.get_by_text("Your basket is empty.")).to_be_visible()
    expect(page.get_by_role("button", name="Place order")).to_be_disabled()


BOXES = """[...document.querySelectorAll("header, header *, main *")].filter(it => it.checkVisibility()).map(it => {
  const { x, y, width, height } = it.getBoundingClientRect()
  return [it.localName, ...[x, y + scrollY, width, height].map(Math.round)].join(" ")
})"""


def test_within_the_checkout_views_change_look_as_if_loaded_and_the_document_stays(visitor: Visitor) -> None:
    page = visitor.opens("/checkout/cart/", [["K2-1", 2]])
    page.evaluate("globalThis.same = true")
    page.get_by_role("main").get_by_role("link", name="Checkout").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
    alive(page)
    complete(page)
    expect(page.get_by_text("Total: 6800 Ø")).to_be_visible()
    expect(page.get_by_role("button", name="Place order")).to_be_enabled()
    assert page.title().startswith("Checkout")
    page.go_back(wait_until="commit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Basket")
    alive(page)
    basket(page, "Basket 2")
    expect(page.get_by_text("Total: 6800 Ø")).to_be_visible()
    page.go_forward(wait_until="commit")
    back = page.get_by_role("banner").get_by_role("link", name="Back to the basket")
    expect(back).to_be_visible()
    alive(page)
    softly = page.evaluate(BOXES)
    assert page.evaluate("globalThis.same")
    page.reload()
    alive(page)
    assert page.evaluate(BOXES) == softly
    page.evaluate("globalThis.same = true")
    back.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Basket")
    expect(page.get_by_text("Total: 6800 Ø")).to_be_visible()
    alive(page)
    softly = page.evaluate(BOXES)
    assert page.evaluate("globalThis.same")
    page.reload()
    alive(page)
    assert page.evaluate(BOXES) == softly
    page.get_by_role("banner").get_by_role("link", name="Stores").press("Enter")
    page.wait_for_url("**/stores/")
    assert not page.evaluate("globalThis.same")


def test_a_view_stands_until_the_next_one_is_there_and_one_that_is_overtaken_leaves_no_trace(visitor: Visitor) -> None:
    page = visitor.opens("/checkout/cart/", [["K2-1", 2]])
    page.evaluate("globalThis.same = true")
    page.get_by_role("main").get_by_role("link", name="Checkout").click()
    page.get_by_label("First name").fill("Ada")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/checkout/cart/", hold, times=1)
    page.get_by_role("banner").get_by_role("link", name="Back to the basket").click()
    until(page, lambda: bool(held))
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
    expect(page.get_by_label("First name")).to_have_value("Ada")
    assert page.url.endswith("/checkout/checkout/")
    page.go_back(wait_until="commit")
    expect(page.get_by_text("Total: 6800 Ø")).to_be_visible()
    alive(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Basket")
    assert len(held) == 1
    assert page.evaluate("globalThis.same")
    assert page.evaluate("document.querySelectorAll('[media=\"not all\"]').length") == 0


def test_a_view_whose_page_does_not_come_is_loaded(visitor: Visitor) -> None:
    page = visitor.opens("/checkout/cart/", [["K2-1", 2]])
    page.evaluate("globalThis.same = true")
    page.route("**/checkout/checkout/", lambda route: route.abort(), times=1)
    page.get_by_role("main").get_by_role("link", name="Checkout").click()
    expect(page.get_by_text("Total: 6800 Ø")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
    assert not page.evaluate("globalThis.same")
    assert visitor.said
    visitor.said.clear()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_there_is_confetti_where_motion_is_welcome_and_it_goes(visitor: Visitor, motion: Any) -> None:
    seen = "new MutationObserver(() => globalThis.seen ||= !!document.querySelector('.checkout-confetti'))"
    all_changes = "observe(document, {childList: true, subtree: true})"
    visitor.context.add_init_script(f"globalThis.seen = false; {seen}.{all_changes}")
    page = visitor.context.new_page()
    page.emulate_media(reduced_motion=motion)
    page.goto(visitor.url + "/checkout/thanks/")
    alive(page)
    assert page.evaluate("seen") == (motion == "no-preference")
    expect(page.locator(".checkout-confetti")).to_have_count(0)


# -- the footer


def test_the_switch_of_team_boundaries_stays_as_it_was_set_in_all_tabs(visitor: Visitor) -> None:
    page, other = visitor.opens("/"), visitor.opens("/checkout/checkout/")
    switch = page.get_by_role("switch", name="Show team boundaries")
    expect(switch).not_to_be_checked()
    switch.focus()
    page.keyboard.press("Space")
    expect(other.get_by_role("switch")).to_be_checked()
    page.reload()
    expect(switch).to_be_checked()
    assert page.locator("header").first.evaluate("it => getComputedStyle(it).outlineStyle") == "solid"
    switch.press("Space")
    expect(other.get_by_role("switch")).not_to_be_checked()
    page.reload()
    alive(page)
    expect(switch).not_to_be_checked()


def test_the_switch_works_where_the_browser_keeps_nothing(visitor: Visitor) -> None:
    visitor.context.add_init_script(BLOCKED)
    page = visitor.opens("/")
    page.get_by_role("switch").press("Space")
    expect(page.get_by_role("switch")).to_be_checked()


# -- on all pages


@pytest.mark.parametrize("width", [360, 1200])
def test_nothing_jumps_when_modules_begin_and_nothing_is_too_wide(visitor: Visitor, width: int) -> None:
    visitor.context.add_init_script(
        "globalThis.shifts = 0;"
        "new PerformanceObserver(list => { for (const it of list.getEntries()) shifts += it.value })"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page = visitor.opens("/", [["K2-1", 2], ["A10-1", 1]])
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/", MILK, "/checkout/cart/", "/checkout/checkout/", "/checkout/thanks/"):
        page.goto(visitor.url + path)
        alive(page)
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate("shifts") < 0.02, path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_the_basket_is_shown_when_its_module_does_not_come(visitor: Visitor) -> None:
    page = visitor.context.new_page()
    page.route("**/_mfe/modules/**", lambda route: route.abort())
    page.goto(visitor.url + "/checkout/cart/")
    expect(page.get_by_text("Your basket is empty.")).to_be_visible()


def test_a_variant_that_is_shown_softly_is_added_once_and_the_header_stays(visitor: Visitor) -> None:
    page = visitor.opens(ASH)
    page.evaluate("globalThis.same = true")
    page.get_by_role("main").get_by_role("link", name="Milk", exact=True).press("Enter")
    page.wait_for_url(f"**{MILK}")
    mounted = "performance.getEntriesByName('mfe:checkout/add-to-basket').length == {}"
    becomes(page, mounted.format(2))
    assert page.evaluate("globalThis.same")
    page.get_by_role("button", name="Add to basket").press("Enter")
    basket(page, "Basket 1")
    assert page.evaluate(KEPT) == [["K2-1", 1]]
    page.go_back(wait_until="commit")
    page.wait_for_url(f"**{ASH}")
    becomes(page, mounted.format(3))
    page.get_by_role("button", name="Add to basket").press("Enter")
    basket(page, "Basket 2")
