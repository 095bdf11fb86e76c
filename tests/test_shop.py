"""The rules of the shop, on our own catalogue and on another one of the same shapes.

What must be on the pages is worked out here a second time, from the data files alone.
"""

import html
import json
import math
import posixpath
import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import brotli
import pytest
from bs4 import BeautifulSoup, Tag

from demo import ROOT, copy_of_demo, documents, the
from sites import built, problems, put

CATALOG = "teams/explore/data/catalog.json"
PRODUCTS = "teams/decide/data/products.json"
VARIANTS = "teams/checkout/data/variants.json"
RECOMMENDATIONS = "teams/inspire/data/recommendations.json"
HOME_SKUS = ("CL-01-GY", "AU-07-MT")
KIB = 1024
SETS = (("A9-1", "A9-2"), ("K1-1", "A9-2", "K2-1"), ("A9-1", "A9-1", "nothing"))
"""Sets of SKUs of the other catalogue; its documentation shows the recommendations for each."""


class Shop(NamedTuple):
    """A shop, built, and the data it was built from."""

    folder: Path
    data: Mapping[str, Any]
    pages: Mapping[str, BeautifulSoup]
    home_skus: tuple[str, ...]

    def page(self, url: str) -> BeautifulSoup:
        """The page at a URL."""
        return self.pages[f"{url}index.html".removeprefix("/")]

    @property
    def variants(self) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
        """Each variant with its machine and the URL of its page."""
        for machine in self.data[PRODUCTS]:
            for variant in machine["variants"]:
                yield machine, variant, f"/product/{machine['id']}/{variant['sku']}/"

    @property
    def shop_pages(self) -> dict[str, BeautifulSoup]:
        """All pages but the documentation."""
        return {path: page for path, page in self.pages.items() if not path.startswith("docs/")}


def another() -> dict[str, Any]:
    """A catalogue with other ids, names, colours and prices, and with pictures and addresses of somebody else."""
    foreign = {"image": "https://cdn.elsewhere.example/[size]/x.webp", "url": "/elsewhere.example/gone/"}
    machines = [
        ("K1", "Plough & Sons <One>", "classic", [("K1-1", "Ink", "#000000", 1200, 0)]),
        ("K2", 'The "Second"', "classic", [("K2-1", "Milk", "#ffffff", 3400, 9), ("K2-2", "Ash", "#050709", 3500, 1)]),
        ("A9", "Ninth", "autonomous", [("A9-1", "Dusk", "#020406", 99, 4), ("A9-2", "Dawn", "#030507", 98, 5)]),
        ("A10", "Tenth", "autonomous", [("A10-1", "Red", "#ff0000", 3400, 2), ("A10-2", "Blue", "#0000ff", 3400, 3)]),
        (
            "A11",
            "Eleventh",
            "autonomous",
            [("A11-1", "Fire", "#ff0000", 8000, 2), ("A11-2", "Coal", "#010305", 8000, 0)],
        ),
    ]
    rows = [(machine, variant) for machine in machines for variant in machine[3]]
    return {
        CATALOG: {
            "teaser": [{"title": f"Our {name}", **foreign} for name in ("Autonomous", "Classic")],
            "categories": [
                {
                    "key": key,
                    "name": name,
                    "products": [
                        {"id": id, "name": title, "startPrice": min(v[3] for v in variants), **foreign}
                        for id, title, kind, variants in machines
                        if kind == key
                    ],
                }
                for key, name in (("classic", "Old Ones"), ("autonomous", "Driverless"))
            ],
            "stores": [{"id": "one", "name": "Aurora & Co", "street": "Way 1", "city": "Nowhere", **foreign}],
        },
        PRODUCTS: [
            {
                "id": id,
                "name": title,
                "category": kind,
                "highlights": [f"{title} can {what}" for what in ("pull", "push", "stand")],
                "variants": [{"sku": v[0], "name": v[1], "color": v[2], "price": v[3], **foreign} for v in variants],
            }
            for id, title, kind, variants in machines
        ],
        VARIANTS: [
            {"sku": v[0], "id": m[0], "name": f"{m[1]} {v[1]}", "price": v[3], "inventory": v[4], **foreign}
            for m, v in rows
        ],
        RECOMMENDATIONS: [
            {"sku": v[0], "name": f"{m[1]} {v[1]}", "rgb": [int(v[2][i : i + 2], 16) for i in (1, 3, 5)], **foreign}
            for m, v in rows
        ],
    }


def with_another_catalogue(folder: Path) -> dict[str, Any]:
    """Put the other catalogue in; the documentation names machines of ours, so a shorter one takes its place."""
    data = another()
    for path, value in data.items():
        put(folder, path, json.dumps(value))
    docs = folder / "teams/docs/pages"
    shutil.rmtree(docs)
    words = "---\ntitle: {0}\ndescription: The page {0}.\n---\n"
    card = '<mfe-fragment src="decide:product-card" product="K1"></mfe-fragment>\n'
    put(docs, "index.md", words.format("Docs") + card)
    put(docs, "how-it-works.md", words.format("How"))
    sets = [
        f'<div id="set-{n}"><mfe-fragment src="inspire:recommendations" skus="{" ".join(skus)}"></mfe-fragment></div>'
        for n, skus in enumerate(SETS)
    ]
    put(docs, "sets.html", words.format("Sets") + "\n".join(sets))
    return data


@pytest.fixture(scope="module", params=["ours", "another"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    if request.param == "ours":
        data = {path: json.loads((ROOT / path).read_text()) for path in (CATALOG, PRODUCTS, VARIANTS, RECOMMENDATIONS)}
        return Shop(request.getfixturevalue("demo")[0], data, request.getfixturevalue("pages"), HOME_SKUS)
    folder = copy_of_demo(tmp_path_factory.mktemp("shop"))
    data = with_another_catalogue(folder)
    result = built(folder, strict=True)
    assert problems(result) == []
    assert result.report.fallbacks == 0
    return Shop(folder, data, documents(folder), ())


def words(tag: Tag) -> str:
    """What a reader sees of an element: no titles of drawings, and blanks as one."""
    return " ".join(" ".join(text for text in tag.strings if not text.find_parent("svg")).split())


def links(tag: Tag, selector: str) -> list[tuple[str, str]]:
    """Where links lead, with their words."""
    return [(str(link["href"]), words(link)) for link in tag.select(selector)]


# -- the catalogue


def test_our_catalogue_has_the_size_and_the_fixed_shapes() -> None:
    data = {path: json.loads((ROOT / path).read_text()) for path in another()}
    machines = data[PRODUCTS]
    kinds = [machine["id"][:3] for machine in machines]
    assert set(kinds) == {"AU-", "CL-"}
    assert 6 <= kinds.count("AU-") <= 10
    assert 8 <= kinds.count("CL-") <= 15
    assert all(1 <= len(machine["variants"]) <= 4 and len(machine["highlights"]) == 3 for machine in machines)
    assert all(0 <= variant["inventory"] <= 9 for variant in data[VARIANTS])
    for path, value in another().items():
        assert shape(data[path]) - shape(value) <= {(".url",), ("[]", ".url")}
    skus = [variant["sku"] for machine in machines for variant in machine["variants"]]
    assert [variant["sku"] for variant in data[VARIANTS]] == skus
    assert [variant["sku"] for variant in data[RECOMMENDATIONS]] == skus
    for machine, row in ((m, r) for m in machines for c in data[CATALOG]["categories"] for r in c["products"]):
        if machine["id"] == row["id"]:
            assert row["startPrice"] == min(variant["price"] for variant in machine["variants"])


def shape(value: Any) -> set[tuple[str, ...]]:
    """Every path to a key in some data."""
    if isinstance(value, list):
        return {("[]", *path) for item in value for path in shape(item)} or {("[]",)}
    if isinstance(value, dict):
        return {(f".{key}", *path) for key, item in value.items() for path in shape(item)}
    return {()}


def test_category_pages_list_machines_dearest_first_and_the_current_filter_is_no_link(shop: Shop) -> None:
    categories = shop.data[CATALOG]["categories"]
    filters = {"All": "/products/", **{category["name"]: f"/products/{category['key']}/" for category in categories}}
    shown = {"All": [product for category in categories for product in category["products"]]}
    shown |= {category["name"]: category["products"] for category in categories}
    for name, url in filters.items():
        page = the(shop.page(url), "main")
        assert words(the(page, "h1")) == ("All Machines" if name == "All" else name)
        products = sorted(shown[name], key=lambda product: -product["startPrice"])
        assert f"{len(products)} products" in words(page)
        assert links(page, ".cards a") == [(f"/product/{product['id']}/", product["name"]) for product in products]
        prices = [f"from {product['startPrice']},00 Ø" for product in products]
        assert [words(price) for price in page.select(".cards .price")] == prices
        entries = the(page, "ul[aria-label=Filter]")
        assert links(entries, "a") == [(other, label) for label, other in filters.items() if label != name]
        assert [words(entry) for entry in entries.select("strong")] == [name]


def test_the_home_page_has_two_teasers_to_categories_and_four_recommendations(shop: Shop) -> None:
    page = the(shop.page("/"), "main")
    teasers = shop.data[CATALOG]["teaser"]
    keys = ["classic" if "classic" in teaser["title"].lower() else "autonomous" for teaser in teasers]
    expected = [(f"/products/{key}/", teaser["title"]) for key, teaser in zip(keys, teasers, strict=True)]
    assert links(page, ".explore-teasers a") == expected
    assert len(page.select(".explore-teasers svg")) == 2
    assert len(page.select("[data-boundary=inspire] a")) == 4


def test_stores_are_listed_with_their_addresses(shop: Shop) -> None:
    page = the(shop.page("/stores/"), "main [data-boundary=explore]")
    stores = shop.data[CATALOG]["stores"]
    assert [words(item) for item in page.select("li")] == [f"{s['name']} {s['street']} {s['city']}" for s in stores]
    assert len(page.select("svg[role=img]")) == len(stores)


# -- product pages


def test_every_variant_has_a_page_and_the_first_one_is_the_machine_s(shop: Shop) -> None:
    stock = {row["sku"]: row["inventory"] for row in shop.data[VARIANTS]}
    for machine, variant, own in shop.variants:
        first = variant is machine["variants"][0]
        for url in (own, f"/product/{machine['id']}/") if first else (own,):
            page = the(shop.page(url), "main")
            assert words(the(page, "h1")) == machine["name"]
            assert [words(item) for item in page.select(".decide-highlights li")] == machine["highlights"]
            choice = the(page, ".decide-variants")
            assert [words(item) for item in choice.select("li")] == [each["name"] for each in machine["variants"]]
            assert words(the(choice, "strong")) == variant["name"]
            others = [each for each in machine["variants"] if each is not variant]
            expected = [(f"/product/{machine['id']}/{each['sku']}/", each["name"]) for each in others]
            assert links(choice, "a") == expected
            title = the(page, ".decide-picture svg > title").get_text()
            assert title == f"{machine['name']}, {variant['name']}"
            basket = the(page, "[data-boundary=checkout]")
            assert words(the(basket, ".price")) == f"{variant['price']} Ø"
            button = the(basket, "form[action='/checkout/cart/'] button")
            left = stock[variant["sku"]]
            assert (f"{left} in stock, free shipping" in words(basket)) == bool(left)
            assert ("out of stock" in words(basket)) == button.has_attr("disabled") == (not left)


def test_search_engines_are_told_what_each_variant_costs(shop: Shop) -> None:
    for machine, variant, own in shop.variants:
        first = variant is machine["variants"][0]
        for url in (own, f"/product/{machine['id']}/") if first else (own,):
            known = json.loads(the(shop.page(url), "script[type='application/ld+json']").text)
            (product,) = (its for its in known.get("@graph", [known]) if its["@type"] == "Product")
            assert (product["sku"], product["color"]) == (variant["sku"], variant["name"])
            assert (product["offers"]["@type"], product["offers"]["price"]) == ("Offer", str(variant["price"]))
            assert product["url"] == f"https://tractors.example{url}"


def test_what_is_in_stock_can_be_ordered_by_a_form_that_a_static_host_receives(shop: Shop) -> None:
    stores = [store["id"] for store in shop.data[CATALOG]["stores"]]
    for row in shop.data[VARIANTS]:
        page = shop.page(f"/product/{row['id']}/{row['sku']}/")
        forms = page.select("form[data-netlify=true]")
        assert len(forms) == bool(row["inventory"])
        for form in forms:
            assert (form["method"], form["action"]) == ("post", "/checkout/thanks/")
            assert the(form, "[name=form-name]")["value"] == form["name"]
            assert the(form, "[type=hidden][name=sku]")["value"] == row["sku"]
            assert the(form, "[name=quantity]")["max"] == str(row["inventory"])
            assert all(the(form, f"[name={name}]").has_attr("required") for name in ("firstname", "lastname"))
            assert [store["value"] for store in form.select("[type=radio][name=store][required]")] == stores


def test_the_old_form_of_a_variant_s_address_leads_to_its_page() -> None:
    rule = tomllib.loads((ROOT / "netlify.toml").read_text("utf-8"))["redirects"][0]
    assert (rule["from"], rule["query"], rule["force"]) == ("/product/:id", {"sku": ":sku"}, True)
    machines = json.loads((ROOT / PRODUCTS).read_text("utf-8"))
    urls = [url for _, _, url in Shop(ROOT, {PRODUCTS: machines}, {}, ()).variants]
    assert rule["to"].replace(":id", "AU-02").replace(":sku", "AU-02-OG") in urls


# -- recommendations


def nearest(shop: Shop, skus: Sequence[str]) -> list[str]:
    """The rule, worked out with fractions and real distances."""
    rows = shop.data[RECOMMENDATIONS]
    given = [row for row in rows if row["sku"] in skus]
    if not given:
        return [row["sku"] for row in rows[:4]]
    sums = [sum(row["rgb"][channel] for row in given) for channel in range(3)]
    mean = [int(Fraction(total, len(given)) + Fraction(1, 2)) for total in sums]

    def distance(row: dict[str, Any]) -> float:
        return math.dist(row["rgb"], mean)

    return [row["sku"] for row in sorted((row for row in rows if row not in given), key=distance)[:4]]


def recommended(tag: BeautifulSoup | Tag) -> list[str]:
    """The SKUs that a page recommends."""
    links = the(tag, "[data-boundary=inspire]").select("a")
    assert all(link.select("svg[role=img]") for link in links)
    return [str(link["href"]).split("/")[-2] for link in links]


def test_recommendations_are_the_four_nearest_in_colour(shop: Shop) -> None:
    for machine, variant, url in shop.variants:
        assert recommended(shop.page(url)) == nearest(shop, [variant["sku"]])
        if variant is machine["variants"][0]:
            assert recommended(shop.page(f"/product/{machine['id']}/")) == nearest(shop, [variant["sku"]])
    assert recommended(shop.page("/")) == nearest(shop, shop.home_skus)
    assert recommended(shop.page("/checkout/cart/")) == nearest(shop, [])
    if not shop.home_skus:
        for number, skus in enumerate(SETS):
            assert recommended(the(shop.page("/docs/sets/"), f"#set-{number}")) == nearest(shop, skus)


def test_the_other_catalogue_can_tell_how_means_are_rounded_and_ties_are_kept() -> None:
    shop = Shop(Path(), another(), {}, ())
    assert nearest(shop, ["A10-1"])[0] == "A11-1"
    # The mean is (2.5, 4.5, 6.5). Half up, two are equally far; half to even, the later one would be nearer.
    assert nearest(shop, ["A9-1", "A9-2"])[:2] == ["K2-2", "A11-2"]


# -- drawings


def test_a_machine_has_one_geometry_in_all_its_colours_and_three_tones(shop: Shop) -> None:
    bodies: dict[str, set[str]] = {}
    for machine in shop.data[PRODUCTS]:
        shapes = set()
        for variant in machine["variants"]:
            url = f"/product/{machine['id']}/{variant['sku']}/"
            drawing = the(shop.page(url), ".decide-picture svg")
            assert {variant["color"]} < set(re.findall("#[0-9a-f]{6}", str(drawing)))
            shapes.add(re.sub("#[0-9a-f]{3,6}|<title>.*?</title>", "", str(drawing)))
        assert len(shapes) == 1, machine["id"]
        bodies.setdefault(machine["category"], set()).update(shapes)
    assert all(len(kinds) >= 2 for kinds in bodies.values())
    assert bodies["classic"].isdisjoint(bodies["autonomous"])


def test_the_same_machine_is_the_same_picture_on_every_page(shop: Shop) -> None:
    pictures: dict[str, set[str]] = {}
    for page in shop.pages.values():
        for drawing in page.select("svg[role=img]"):
            pictures.setdefault(the(drawing, "title").get_text(), set()).add(str(drawing))
    assert {title: len(found) for title, found in pictures.items() if len(found) > 1} == {}


def test_pictures_and_addresses_of_somebody_else_are_not_used(shop: Shop) -> None:
    for path, page in shop.pages.items():
        assert "elsewhere.example" not in (shop.folder / "dist" / path).read_text(encoding="utf-8"), path
        assert page.select("img[src^=http]") == [], path


# -- the teams' parts


def test_each_page_says_whose_it_is_and_has_the_shop_s_parts(shop: Shop) -> None:
    owners = {"product": "decide", "checkout": "checkout"}
    for path, page in shop.shop_pages.items():
        assert the(page, "main")["data-boundary-page"] == owners.get(path.split("/")[0], "explore"), path
        header, footer = the(page, "body > header"), the(page, "body > footer")
        assert header["data-boundary"] == footer["data-boundary"] == "explore", path
        compact = path == "checkout/checkout/index.html"
        assert (header.select("[data-boundary=checkout][href='/checkout/cart/']") == []) == compact, path
        assert (header.select("[href='/products/']") == []) == compact, path
        assert words(the(footer, "label:has([type=checkbox])")) == "Show team boundaries"


def test_the_basket_and_the_form_say_what_works_without_a_script(shop: Shop) -> None:
    cart = the(shop.page("/checkout/cart/"), "main")
    assert "empty" in words(cart)
    assert "Order without a basket" in words(the(cart, "noscript"))
    form = the(shop.page("/checkout/checkout/"), "main form")
    assert form["action"] == "/checkout/thanks/"
    assert the(form, "[data-boundary=explore]").select("[name=store][required]")
    choices = [option["value"] for option in the(form, "noscript select[name=sku][required]").select("option")]
    assert choices == ["", *(row["sku"] for row in shop.data[VARIANTS] if row["inventory"])]
    assert words(the(form, "button")) == "Place order"
    assert links(the(shop.page("/checkout/thanks/"), "main"), "a.button")


def test_names_with_signs_of_html_are_shown_as_they_are(shop: Shop) -> None:
    for machine, variant, url in shop.variants:
        text = (shop.folder / "dist" / url[1:] / "index.html").read_text(encoding="utf-8")
        assert f"<h1>{html.escape(machine['name'], quote=False)}</h1>".replace('"', "&#34;") in text
        assert f"{machine['name']}, {variant['name']}" in the(shop.page(url), "head > title").get_text()


# -- weight


def weight(dist: Path, files: Iterable[str]) -> int:
    return sum(compressed((dist / file).read_bytes()) for file in files)


@cache
def compressed(content: bytes) -> int:
    return len(brotli.compress(content, quality=11))


def beside(url: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(url), name))


def scripts(page: BeautifulSoup, dist: Path) -> set[str]:
    """Every script that a page may come to load: its own, those of its islands, and what they import."""
    imports = json.loads(page.select("script[type=importmap]")[0].text)["imports"] if page.select("mfe-island") else {}
    found: set[str] = set()
    waiting = [str(tag["src"]) for tag in page.select("script[src], mfe-island[src]")]
    while waiting:
        if (url := waiting.pop()) not in found:
            found.add(url)
            names = re.findall(r'(?:from|import\() ?"(.+?)"', (dist / url[1:]).read_text("utf-8"))
            waiting += [imports[name if name[0] != "." else beside(url, name)] for name in names]
    return found


def test_pages_keep_their_budgets(shop: Shop) -> None:
    dist = shop.folder / "dist"
    sheets = [str(link["href"])[1:] for link in shop.page("/").select("link[rel=stylesheet]")]
    assert weight(dist, ["index.html"]) <= 6 * KIB
    assert weight(dist, sheets) <= 6 * KIB
    for path, page in shop.pages.items():
        loaded = scripts(page, dist)
        assert not (loaded and path.startswith("docs/")), path
        assert weight(dist, [url[1:] for url in loaded]) <= 5 * KIB, path


def test_modules_know_no_variant(shop: Shop) -> None:
    text = "".join(path.read_text("utf-8") for path in (shop.folder / "dist/_mfe/modules").rglob("*.js"))
    for machine, variant, _ in shop.variants:
        for known in (variant["sku"], variant["name"], machine["name"], machine["id"]):
            assert not re.search(rf"\b{re.escape(known)}\b", text), known


# -- colours


def luminance(color: str) -> float:
    """The relative luminance (WCAG 2) of `L% C H` in OKLCH (CSS Color 4)."""
    lightness, chroma, hue = (float(part.rstrip("%")) for part in color.split())
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    ok = lightness / 100
    x, y, z = (
        (ok + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (ok - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (ok - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    )
    linear = (
        4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
        -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
        -0.0041960863 * x - 0.7034186147 * y + 1.7076147010 * z,
    )
    red, green, blue = (min(max(part, 0), 1) for part in linear)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast (WCAG 2) of two colours."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [1, 2], ids=["light", "dark"])
def test_the_shop_s_colours_hold_their_contrast(scheme: int) -> None:
    sheets = [ROOT / "mfe_static/themes/default/assets/theme.css", ROOT / "themes/tractor/assets/site.css"]
    found = re.compile(r"--([\w-]+): light-dark\(oklch\((.*?)\), oklch\((.*?)\)\)")
    tokens = {match[1]: match[scheme + 1] for sheet in sheets for match in found.finditer(sheet.read_text("utf-8"))}
    for ground in ("paper", "paper-raised"):
        for text in ("ink", "ink-soft", "accent", "good", "bad"):
            assert contrast(tokens[text], tokens[ground]) >= 7, (text, ground)
        assert contrast(tokens["line-strong"], tokens[ground]) >= 3, ground
