"""Events between teams: who listens to what nobody offers, and what their details have to be."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from developing import Dev
from mfe_static.load.details import unreadable
from sites import Files, built, contract, made, only, problems, put, site, team_toml
from test_islands_browser import Seen, seen

__all__ = ["seen"]

HEAR = "export function mount({{ signal }}) {{\n  document.addEventListener({}, () => {{}}, {{ signal }})\n}}\n"
OFFERS = '[offers]\nfragments = ["mini"]\nevents = ["cart:changed", "cart:emptied"]\n'
FILES: Files = {
    "teams/shop/pages/index.html": (
        '<h1>Shop</h1>\n<mfe-fragment src="cart:mini"></mfe-fragment> <mfe-fragment src=":own"></mfe-fragment>\n'
    ),
    "teams/shop/fragments/own/fragment.html": "<b>own</b>",
    "teams/shop/fragments/own/fragment.js": HEAR.format('"cart:changed"'),
    "teams/cart/team.toml": team_toml("cart", OFFERS),
    "teams/cart/fragments/mini/fragment.html": "<b>mini</b>",
    "teams/cart/fragments/mini/fragment.js": "export const mount = () => {}\n",
}
ROUTES = {"shop": "/", "cart": ""}
OWN = "teams/shop/fragments/own/fragment.js"


def heard(root: Path, text: str, **more: str) -> list[str]:
    """What is said of a module of `shop` with this text."""
    return problems(built(site(root, {**FILES, OWN: text, **more}, routes=ROUTES)))


def test_an_event_that_is_offered_may_be_listened_to(tmp_path: Path) -> None:
    made(tmp_path, FILES, routes=ROUTES)


def test_only_events_with_the_team_s_name_can_be_offered(tmp_path: Path) -> None:
    events = '["shop:opened", "cart opened", "cart:", "cart:a:b", "changed", "cart:changed"]'
    offers = f'[offers]\nfragments = ["mini"]\nevents = {events}\n'
    assert problems(
        built(site(tmp_path, {**FILES, "teams/cart/team.toml": team_toml("cart", offers)}, routes=ROUTES))
    ) == [
        f'teams/cart/team.toml:4:{column}: error[bad-value]: "{name}" is no event of cart: their names are such as '
        f"cart:changed (Team Cart{hint})"
        for column, name, hint in (
            (11, "shop:opened", '; write "cart:opened"'),
            (26, "cart opened", ""),
            (41, "cart:", ""),
            (50, "cart:a:b", ""),
            (62, "changed", '; write "cart:changed"'),
        )
    ]


def test_a_listener_to_an_event_that_nobody_offers_is_a_warning_with_the_nearest_name(tmp_path: Path) -> None:
    assert heard(tmp_path, HEAR.format('"cart:chnged"')) == [
        f'{OWN}:2:30: warning[unknown-event]: nobody offers the event "cart:chnged" '
        '(Team Shop; did you mean "cart:changed"?)'
    ]


def test_who_could_offer_it_is_told(tmp_path: Path) -> None:
    found = only(built(site(tmp_path, {**FILES, OWN: HEAR.format("'cart:shipped'")}, routes=ROUTES)), "unknown-event")
    assert found.hint == 'cart can offer it: events = ["cart:shipped"] under [offers] in teams/cart/team.toml'
    assert [(its.file, its.owner) for its in found.related] == [
        ("teams/cart/team.toml", "Team Cart <cart@site.example>")
    ]


def test_a_team_that_is_not_there_offers_nothing(tmp_path: Path) -> None:
    (found,) = heard(tmp_path, HEAR.format('"stock:low"'))
    assert 'nobody offers the event "stock:low"; there is no team "stock"' in found


@pytest.mark.parametrize(
    "text",
    [
        HEAR.format('"click"'),
        HEAR.format('"mfe:error"'),
        HEAR.format("name"),
        HEAR.format('`cart:${"nothing"}`'),
        'const KEY = "cart:nothing"\nexport const mount = () => localStorage.getItem(KEY)\n',
        '// document.addEventListener("cart:nothing")\nexport const mount = () => {}\n',
        HEAR.format('"shop:own"') + 'const tell = () => document.dispatchEvent(new CustomEvent("shop:own"))\n',
    ],
)
def test_what_is_no_event_of_another_team_is_nothing_to_say_of(tmp_path: Path, text: str) -> None:
    assert heard(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('const LOST = "cart:lost"\n' + HEAR.format("LOST"), (3, 29, 4)),
        (HEAR.format("`cart:lost`"), (2, 30, 9)),
        (
            'for (const type of ["input", "cart:lost"]) addEventListener(type, () => {})\nexport const mount = alert\n',
            (1, 31, 9),
        ),
        ('export const mount = () => { /* ü */ addEventListener("cart:lost", () => {}) }\n', (1, 56, 9)),
        ('export const mount = ({ host }) => host.x.addEventListener("\\x63art:lost", y)\n', (1, 61, 12)),
        (HEAR.format('"shop:lost"'), (2, 30, 9)),
        (HEAR.format('"mfe:eror"'), (2, 30, 8)),
    ],
)
def test_listeners_are_found_as_the_language_reads_them(tmp_path: Path, text: str, place: tuple[int, int, int]) -> None:
    found = only(built(site(tmp_path, {**FILES, OWN: text}, routes=ROUTES)), "unknown-event")
    assert (found.line, found.column, found.length) == place


def test_modules_that_a_fragment_imports_are_looked_at_and_the_check_can_be_turned_off(tmp_path: Path) -> None:
    more = {"teams/shop/lib/hear.js": 'addEventListener("cart:lost", () => {})\n'}
    text = 'import "../../lib/hear.js"\nexport const mount = () => {}\n'
    (found,) = heard(tmp_path / "one", text, **more)
    assert found.startswith("teams/shop/lib/hear.js:1:19: warning[unknown-event]")
    more["teams/shop/team.toml"] = team_toml("shop", '[checks]\nunknown-event = "off"\n')
    assert heard(tmp_path / "two", text, **more) == []


def test_an_event_that_is_no_longer_offered_is_missed_by_the_next_build(tmp_path: Path) -> None:
    root = site(tmp_path, FILES, routes=ROUTES)
    assert problems(built(root)) == []
    put(root, "teams/cart/team.toml", team_toml("cart", OFFERS.replace('"cart:changed", ', "")))
    only(built(root), "unknown-event")


# -- details

DETAILS = """
[offers.details."cart:changed"]
type = "object"
required = ["skus"]
properties = {skus = {type = "array", items = {type = "string", minLength = 2}}}
"""


def test_what_comes_with_an_event_stands_in_the_contract(tmp_path: Path) -> None:
    done = made(tmp_path, {**FILES, "teams/cart/team.toml": team_toml("cart", OFFERS + DETAILS)}, routes=ROUTES)
    assert contract(done, "cart").details["cart:changed"]["required"] == ["skus"]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('details = {"cart:chnged" = {type = "object"}}', '`offers.details` names "cart:chnged", which is not in'),
        (
            'details = {"cart:changed" = {typ = "object"}}',
            '"typ" is no keyword that is looked at; did you mean "type"?',
        ),
        ('details = {"cart:changed" = {type = "text"}}', '"type" must be one of string, number'),
        ('details = {"cart:changed" = {required = "a"}}', '"required" must be a list of text'),
        ('details = {"cart:changed" = {items = 1}}', "a schema is a table, true or false"),
    ],
)
def test_a_schema_that_nobody_could_follow_is_refused(tmp_path: Path, toml: str, said: str) -> None:
    root = site(tmp_path, {**FILES, "teams/cart/team.toml": team_toml("cart", OFFERS + toml + "\n")}, routes=ROUTES)
    found = only(built(root), "bad-value")
    assert said in found.message
    assert found.line > 0


def test_schemas_end() -> None:
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"not": deep}
    assert unreadable(deep) == "it is deeper than 32"


@pytest.mark.browser
def test_while_somebody_works_each_event_that_goes_by_is_looked_at(tmp_path: Path, seen: Seen) -> None:
    toml = team_toml("cart", f'{OFFERS}{DETAILS}[offers.details."cart:emptied"]\npattern = "("\n')
    text = (
        "export function mount({ host }) {\n"
        "  const tell = (detail) => host.dispatchEvent(new CustomEvent('cart:changed', { detail }))\n"
        "  document.addEventListener('cart:emptied', () => { document.title = 'heard' })\n"
        "  host.onclick = () => { tell({ skus: ['AU-02'] }); tell({ skus: ['AU-02', 7] })\n"
        "    document.dispatchEvent(new CustomEvent('cart:emptied', { detail: 'now' })) }\n"
        "  host.dataset.mounted = ''\n}\n"
    )
    page = '---\ntitle: One\n---\n<mfe-fragment src="cart:mini" hydrate="load" />\n'
    files = {**FILES, "teams/cart/team.toml": toml, "teams/cart/fragments/mini/fragment.js": text}
    root = site(tmp_path, {**files, "teams/shop/pages/one.html": page}, routes=ROUTES)
    with Dev(root) as dev:
        assert dev.next("built", "failed")["ok"]
        with seen.page.expect_response("**/_mfe/dev/events*"):
            seen.page.goto(dev.url + "one/")
        assert dev.request("/_mfe/dev/details").json["cart:changed"]["problem"]["code"] == "event-detail"
        wrong = "cart:changed: detail.skus[1] must be string, not number"
        seen.page.locator("[data-mounted]").click()
        badge = seen.page.locator("mfe-dev .badge")
        expect(badge).to_have_text("2 warnings")
        expect(seen.page).to_have_title("heard")
        badge.click()
        shown = seen.page.locator("mfe-dev .problem")
        expect(shown.locator(".message").first).to_have_text(wrong)
        expect(shown.locator(".message").last).to_contain_text("cart:emptied: the schema cannot be followed")
        expect(shown.first).to_contain_text("Team Cart <cart@site.example>")
        assert [
            text for text in seen.said if "404" not in text and "mfe-static: cart:" not in text
        ] == []  # it has no icon
        for schema, value, said in CASES:
            look = "async ([schema, value]) => (await import('/_mfe/dev/schema.js')).fault(schema, value)"
            assert seen.page.evaluate(look, [schema, value]) == said


CASES: Sequence[tuple[Any, Any, str]] = (
    ({}, 1, ""),
    ({"type": ["string", "null"]}, None, ""),
    ({"type": "integer"}, 1.5, "detail must be integer, not number"),
    ({"type": "object"}, [], "detail must be object, not array"),
    ({"enum": [1, "a"]}, "b", 'detail must be one of [1,"a"]'),
    ({"const": {"a": 1}}, {"a": 1}, ""),
    ({"const": False}, 0, "detail must be false"),
    ({"pattern": "^a"}, "ba", "detail must match ^a"),
    ({"minimum": 2}, 1, "detail must be at least 2"),
    ({"maximum": 2}, 3, "detail must be at most 2"),
    ({"minLength": 2}, "ü", "detail needs at least 2 characters"),
    ({"maxItems": 1}, [1, 2], "detail takes at most 1 items"),
    ({"items": {"items": {"type": "string"}}}, [["a"], ["b", 1]], "detail[1][1] must be string, not number"),
    ({"additionalProperties": False, "properties": {"a": True}}, {"a": 1, "b": 1}, "detail.b must not be there"),
    ({"anyOf": [{"type": "string"}, {"type": "number"}]}, True, "detail fits none of anyOf"),
    ({"oneOf": [{"minimum": 1}, {"minimum": 0}]}, 3, "detail must fit one of oneOf"),
    ({"not": {"type": "null"}}, None, "detail is what it must not be"),
    ({"allOf": [{"required": ["a"]}]}, {}, "detail.a is missing"),
    ({"properties": {"constructor": {"type": "string"}}}, {}, ""),
)
"""A schema, a value, and what is said of it."""
