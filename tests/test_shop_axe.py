"""Every state of the shop is open to everybody, as far as axe can tell: light and dark, wide and narrow."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

import axe
from test_shop_alive import ASH, FULL, INK, MILK, Visitor, alive, complete, shop

__all__ = ["shop"]
pytestmark = [pytest.mark.slow, pytest.mark.node, pytest.mark.browser]

CHOSEN = [["K2-1", 2], ["A10-1", 1]]
MODES: Sequence[tuple[Any, int]] = [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)]


def _opened(path: str, kept: object = None) -> "State":
    return lambda visitor: visitor.opens(path, kept)


def _added(visitor: Visitor) -> Page:
    page = visitor.opens(MILK)
    page.get_by_role("button", name="Add to basket").click()
    expect(page.get_by_text("Tractor was added.")).to_be_visible()
    return page


def _full(visitor: Visitor) -> Page:
    page = visitor.opens(ASH, [["K2-2", 1]])
    page.get_by_role("button", name="Add to basket").click()
    expect(page.get_by_text("in stock are in your basket")).to_be_visible()
    return page


def _not_kept(visitor: Visitor) -> Page:
    page = visitor.opens(MILK)
    page.evaluate(f"{FULL}; 0")
    page.get_by_role("button", name="Add to basket").click()
    expect(page.get_by_text("nothing was added")).to_be_visible()
    return page


def _without_basket(visitor: Visitor) -> Page:
    page = visitor.opens(MILK)
    page.get_by_text("Order without a basket").click()
    page.get_by_role("button", name="Order").last.click()
    expect(page.get_by_text("Please tell us your first name.")).to_be_visible()
    return page


def _removed(visitor: Visitor) -> Page:
    page = visitor.opens("/checkout/cart/", CHOSEN)
    page.get_by_role("button", name="Remove Tenth Red").click()
    expect(page.get_by_text("was removed.")).to_be_visible()
    return page


def _not_changed(visitor: Visitor) -> Page:
    page = visitor.opens("/checkout/cart/", CHOSEN)
    page.evaluate(f"{FULL}; 0")
    page.get_by_role("button", name="Remove Tenth Red").click()
    expect(page.get_by_text("nothing was changed")).to_be_visible()
    return page


def _wrong(visitor: Visitor) -> Page:
    page = visitor.opens("/checkout/checkout/", CHOSEN)
    for field in ("First name", "Last name"):
        page.get_by_label(field).fill("A")
        page.get_by_label(field).fill("")
        page.get_by_label(field).press("Tab")
    expect(page.get_by_text("Please tell us your first name.")).to_be_visible()
    return page


def _choosing(visitor: Visitor) -> Page:
    page = visitor.opens("/checkout/checkout/", CHOSEN)
    page.get_by_role("button", name="Choose a store").click()
    expect(page.get_by_role("dialog", name="Store")).to_be_visible()
    return page


def _complete(visitor: Visitor) -> Page:
    page = visitor.opens("/checkout/checkout/", CHOSEN)
    complete(page)
    expect(page.get_by_role("button", name="Place order")).to_be_enabled()
    return page


def _not_sent(visitor: Visitor) -> Page:
    page = visitor.opens("/checkout/checkout/", CHOSEN)
    page.route("**/checkout/thanks/", lambda route: route.abort())
    complete(page)
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("alert")).to_contain_text("could not be sent")
    visitor.said.clear()  # the browser notes it
    return page


def _not_there(visitor: Visitor) -> Page:
    page = visitor.opens("/nothing/")
    visitor.said.clear()  # the browser notes it
    return page


def _bare(path: str) -> "State":
    """A page whose modules do not come."""

    def opened(visitor: Visitor) -> Page:
        page = visitor.context.new_page()
        page.route("**/_mfe/modules/**", lambda route: route.abort())
        page.goto(visitor.url + path)
        return page

    return opened


def _scriptless(path: str) -> "State":
    """A page as it is where scripts are off; axe itself needs them on."""

    def opened(visitor: Visitor) -> Page:
        page = visitor.context.new_page()

        def cleared(route: Route) -> None:
            answer = route.fetch()
            body = re.sub(r"<script[^>]*>.*?</script>|</?noscript>", "", answer.text(), flags=re.DOTALL)
            route.fulfill(response=answer, body=body)

        page.route(visitor.url + path, cleared)
        page.goto(visitor.url + path)
        return page

    return opened


def _boundaries(visitor: Visitor) -> Page:
    page = visitor.opens(MILK)
    page.get_by_role("switch").check()
    return page


def _softly(visitor: Visitor) -> Page:
    page = visitor.opens(ASH)
    page.get_by_role("main").get_by_role("link", name="Milk", exact=True).press("Enter")
    page.wait_for_url(f"**{MILK}")
    alive(page)
    return page


State = Callable[[Visitor], Page]
STATES: Mapping[str, State] = {
    "home": _opened("/"),
    "a category": _opened("/products/"),
    "stores": _opened("/stores/"),
    "a machine": _opened(MILK),
    "a machine that is sold out": _opened(INK),
    "a machine that was shown softly": _softly,
    "a machine that was added": _added,
    "a machine of which all are in the basket": _full,
    "a machine that could not be added": _not_kept,
    "an order without a basket, incomplete": _without_basket,
    "team boundaries": _boundaries,
    "an empty basket": _opened("/checkout/cart/"),
    "a full basket": _opened("/checkout/cart/", CHOSEN),
    "a basket from which something was removed": _removed,
    "a basket that could not be changed": _not_changed,
    "an order with nothing in it": _opened("/checkout/checkout/"),
    "an order": _opened("/checkout/checkout/", CHOSEN),
    "an order with faults": _wrong,
    "the choice of a store": _choosing,
    "an order that is complete": _complete,
    "an order that could not be sent": _not_sent,
    "thanks": _opened("/checkout/thanks/"),
    "a page that is not there": _not_there,
    "a machine without modules": _bare(MILK),
    "a basket without modules": _bare("/checkout/cart/"),
    "an order without modules": _bare("/checkout/checkout/"),
    "a machine without script": _scriptless(MILK),
    "a basket without script": _scriptless("/checkout/cart/"),
    "an order without script": _scriptless("/checkout/checkout/"),
    "documentation": _opened("/docs/"),
    "search": _opened("/search/"),
}


@pytest.fixture(scope="module")
def script() -> str:
    text = axe.source()
    if not text:
        pytest.skip("axe-core comes from npm, which is not there")
    return text


@pytest.fixture
def visitor(browser: Browser, shop: str) -> Iterator[Visitor]:
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(30_000)
    yield Visitor(context, shop)
    context.close()


def faults(page: Page, script: str) -> dict[str, list[str]]:
    """What is wrong, by colours and width."""
    out = {}
    for scheme, width in MODES:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        if found := axe.found(page, script):
            out[f"{scheme} {width}"] = found
    return out


@pytest.mark.parametrize("state", STATES)
def test_a_state_of_the_shop_is_open_to_everybody(visitor: Visitor, script: str, state: str) -> None:
    page = STATES[state](visitor)
    assert faults(page, script) == {}
    assert visitor.said == []


def test_a_fault_would_be_found(visitor: Visitor, script: str) -> None:
    page = visitor.opens("/")
    page.evaluate("document.querySelector('main').append(new Image()); 0")
    assert [its.partition(":")[0] for its in axe.found(page, script)] == ["image-alt"]
