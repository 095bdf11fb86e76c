"""Promises about what search engines are told of a page (documentation, "Structured data")."""

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from sites import Files, built, codes, made, page, put, site, tree

SITE = """
title = "Site & Sons"
description = "All of it"
base_url = "https://site.example/shop"
[teams]
a = "/"
b = "/b/"
"""[1:]
BASE = "https://site.example/shop"
FILES: Files = {
    "site.toml": SITE,
    "teams/a/pages/index.md": "---\ntitle: Home\ndescription: d\n---\n",
    "teams/b/pages/index.md": "---\ntitle: B\ndescription: d\n---\n",
    "teams/b/pages/größe/index.md": "---\ntitle: 'Size </script> & <b>'\ndescription: d\n---\n",
    "teams/b/pages/größe/small.md": "---\ntitle: Small\ndescription: d\n---\n",
}


def told(root: Path, url: str) -> list[Any]:
    blocks = BeautifulSoup(page(root, url), "html.parser").find_all("script")
    assert all(block["type"] == "application/ld+json" for block in blocks)
    return [json.loads(block.text) for block in blocks]


def test_the_home_page_names_the_site_and_pages_without_parents_say_nothing(tmp_path: Path) -> None:
    made(tmp_path, FILES)
    assert told(tmp_path, "/") == [
        {
            "@context": "https://schema.org",
            "@type": "WebSite",
            "name": "Site & Sons",
            "description": "All of it",
            "url": f"{BASE}/",
        }
    ]
    assert "<script" not in page(tmp_path, "/b/")
    assert "<script" not in page(tmp_path, "/404.html")


def test_a_page_below_others_says_where_it_is(tmp_path: Path) -> None:
    made(tmp_path, FILES)
    (found,) = told(tmp_path, "/b/größe/small/")
    assert found["@type"] == "BreadcrumbList"
    assert [(item["position"], item["name"], item["item"]) for item in found["itemListElement"]] == [
        (1, "B", f"{BASE}/b/"),
        (2, "Size </script> & <b>", f"{BASE}/b/gr%C3%B6%C3%9Fe/"),
        (3, "Small", f"{BASE}/b/gr%C3%B6%C3%9Fe/small/"),
    ]
    put(tmp_path, "teams/b/pages/größe/index.md", "---\ntitle: Size\ndescription: d\n---\n")
    built(tmp_path)
    assert told(tmp_path, "/b/größe/small/")[0]["itemListElement"][1]["name"] == "Size"
    before = tree(tmp_path / "dist")
    built(tmp_path, cache=False)
    assert tree(tmp_path / "dist") == before


PRODUCT = """
---
each: data.products
path: "{item.id}/"
title: "{item.name}"
description: "About {item.name}"
image: /dot.svg
schema:
  "@type": Product
  sku: "{item.id}"
  releaseDate: 2026-01-02
  offers:
    - {"@type": Offer, price: "{item.price}", priceCurrency: EUR, used: false, none: null}
---
"""[1:]


def test_a_page_says_what_it_shows(tmp_path: Path) -> None:
    data = json.dumps([{"id": "1", "name": "</script><script>alert(1)</script>", "price": 12.5}, {"id": "2"}])
    files = {
        **FILES,
        "public/dot.svg": "<svg/>",
        "teams/b/pages/product.html": PRODUCT,
        "teams/b/data/products.json": data.replace('"2"', '"2", "name": "<!-- Ü", "price": 3'),
    }
    made(tmp_path, files)
    (found,) = told(tmp_path, "/b/1/")
    trail, product = found["@graph"]
    assert trail["@type"] == "BreadcrumbList"
    assert product == {
        "@type": "Product",
        "name": "</script><script>alert(1)</script>",
        "description": "About </script><script>alert(1)</script>",
        "url": f"{BASE}/b/1/",
        "image": f"{BASE}/dot.svg",
        "sku": "1",
        "releaseDate": "2026-01-02",
        "offers": [{"@type": "Offer", "price": "12.5", "priceCurrency": "EUR", "used": False, "none": None}],
    }
    assert told(tmp_path, "/b/2/")[0]["@graph"][1]["name"] == "<!-- Ü"
    put(tmp_path, "teams/b/data/products.json", '[{"id": "1", "name": "N", "price": 13}]')
    built(tmp_path)
    assert told(tmp_path, "/b/1/")[0]["@graph"][1]["offers"][0]["price"] == "13"
    assert codes(built(tmp_path, cache=False)) == []


def test_what_a_page_says_itself_stands_in_place_of_the_article(tmp_path: Path) -> None:
    own = (
        '---\ntitle: A\ndescription: d\nlayout: article\ndate: 2026-01-02\nschema: {"@type": Recipe, name: Soup}\n---\n'
    )
    made(tmp_path, {**FILES, "teams/b/pages/index.md": own})
    (found,) = told(tmp_path, "/b/")
    assert (found["@type"], found["name"], found["url"]) == ("Recipe", "Soup", f"{BASE}/b/")
    put(tmp_path, "teams/b/pages/index.md", own.replace("schema:", "extra:"))
    built(tmp_path)
    assert [each["@type"] for each in told(tmp_path, "/b/")] == ["Article"]


def test_search_engines_that_are_to_leave_a_page_out_are_told_nothing_of_it(tmp_path: Path) -> None:
    hidden = "---\ntitle: H\ndescription: d\nlayout: article\nnoindex: true\nschema: {a: b}\n---\n"
    made(tmp_path, {**FILES, "teams/b/pages/größe/small.md": hidden})
    assert "<script" not in page(tmp_path, "/b/größe/small/")


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ("Product", "bad-value"),
        ("[a]", "bad-value"),
        ("{a: '{item.nix}'}", "bad-each"),
        ("{a: [{b: '{{ item.id }}'}]}", "bad-each"),
        ("{a: 123456789012345678901234567890}", "bad-front-matter"),
    ],
)
def test_what_cannot_be_said_of_a_page_is_a_problem(tmp_path: Path, schema: str, code: str) -> None:
    text = f"---\ntitle: T\ndescription: d\neach: data.list\npath: '{{item.id}}/'\nschema: {schema}\n---\n"
    data = '[{"id": "1"}]'
    result = built(site(tmp_path, {**FILES, "teams/b/pages/p.html": text, "teams/b/data/list.json": data}))
    assert code in codes(result)


def test_numbers_that_json_does_not_have_are_texts(tmp_path: Path) -> None:
    text = "---\ntitle: T\ndescription: d\nschema: {a: .nan, b: .inf, c: 1.5, d: 2026-01-02T03:04:05Z}\n---\n"
    made(tmp_path, {**FILES, "teams/b/pages/index.md": text})
    (found,) = told(tmp_path, "/b/")
    assert [found[key] for key in "abcd"] == ["nan", "inf", 1.5, "2026-01-02T03:04:05+00:00"]
