"""Page loads that feel soft: which pages browsers may fetch ahead, and which fade into each other, as the files say."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import MutableHeaders

from mfe_static.dev.responses import Tab, amend
from serving import serving
from sites import Files, built, codes, only, page, put, rendered, site, stitched, team_toml, tree

AHEAD = "[navigation]\nprefetch = true\n"
FADING = "[navigation]\ntransitions = true\n"
SOFT = 'architecture = "linked-universal-spa"\n'
SHEET = "themes/plain/assets/transitions.css"
FILES: Files = {
    "teams/home/pages/index.md": "# Home\n",
    "teams/shop/pages/index.md": "# Shop\n",
    "teams/parts/pages/index.md": "# Parts\n",
    SHEET: "@view-transition { navigation: auto }\n",
}
ROUTES = {"home": "/", "shop": "/shop/", "parts": "/shop/parts/"}


def shop(root: Path, settings: dict[str, str], **options: Any) -> Path:
    """A site in which these teams say so; without a problem."""
    said = {f"teams/{name}/team.toml": team_toml(name, rest) for name, rest in settings.items()}
    result = built(site(root, {**FILES, **said}, **{"routes": ROUTES, **options}))
    assert codes(result) == []
    return root


def rules_file(root: Path) -> str:
    """The path that the header of all pages names; empty: there is none."""
    everywhere = page(root, "/_headers").split("\n\n")[0]
    found = re.search(r'^  Speculation-Rules: "/([^"]+)"$', everywhere, re.MULTILINE)
    return found[1] if found else ""


def rules(root: Path) -> dict[str, Any]:
    (file,) = (root / "dist/_mfe/assets").glob("speculation.*.speculationrules")
    return dict(json.loads(file.read_text("utf-8")))


def wanted(root: Path) -> list[Any]:
    """What is said of each team whose pages are fetched ahead."""
    (rule,) = rules(root)["prefetch"]
    assert rule["eagerness"] == "moderate"
    return list(rule["where"]["or"])


def sheets(root: Path, url: str) -> list[str]:
    """The style sheets of a page, without fingerprints."""
    return re.findall(r'href="/_mfe/assets/([a-z]+)\.[0-9a-f]+\.css"', page(root, url))


# -- fetched ahead


def test_nothing_is_fetched_ahead_unless_a_team_asks(tmp_path: Path) -> None:
    shop(tmp_path, {"shop": "[navigation]\nprefetch = false\n"})
    assert rules_file(tmp_path) == ""
    assert not list((tmp_path / "dist/_mfe").rglob("speculation*"))
    assert "speculation" not in page(tmp_path, "/_headers")


def test_links_to_pages_of_a_team_that_asks_are_fetched_ahead_but_not_those_to_others_inside(tmp_path: Path) -> None:
    shop(tmp_path, {"shop": AHEAD})
    inside = {"not": {"href_matches": ["/shop/parts/", "/shop/parts/*/"]}}
    assert wanted(tmp_path) == [{"and": [{"href_matches": ["/shop/", "/shop/*/"]}, inside]}]


def test_of_several_teams_each_is_said_for_itself(tmp_path: Path) -> None:
    shop(tmp_path, {"home": AHEAD, "parts": AHEAD})
    assert [its["and"][0]["href_matches"] for its in wanted(tmp_path)] == [
        ["/", "/*/"],
        ["/shop/parts/", "/shop/parts/*/"],
    ]


def test_a_page_is_prepared_whole_only_where_a_link_asks(tmp_path: Path) -> None:
    shop(tmp_path, {"parts": AHEAD})
    found = rules(tmp_path)
    (rule,) = found["prerender"]
    same, asking = rule["where"]["and"]
    assert same == found["prefetch"][0]["where"]
    assert "[data-mfe-prerender]" in asking["selector_matches"]


def test_among_pages_that_are_exchanged_softly_their_script_asks_ahead(tmp_path: Path) -> None:
    shop(tmp_path, {"shop": SOFT + AHEAD})
    (its,) = wanted(tmp_path)
    assert {"not": {"selector_matches": ":root:has([data-mfe=shop]) *"}} in its["and"]
    assert '<main data-mfe="shop"' in page(tmp_path, "/shop/")


def test_where_an_app_follows_links_nothing_is_fetched_for_it(tmp_path: Path) -> None:
    shop(tmp_path, {"shop": 'architecture = "linked-spa"\n' + AHEAD})
    (its,) = wanted(tmp_path)
    assert {"not": {"selector_matches": ":root:has(mfe-island[team=shop][fragment*='.']) *"}} in its["and"]


def test_addresses_are_as_browsers_have_them_and_never_patterns_themselves(tmp_path: Path) -> None:
    shop(
        tmp_path,
        {"shop": AHEAD},
        keys='base_url = "https://site.example/a%20b"',
        routes={"home": "/", "shop": "/größe+(x)/", "parts": "/parts/"},
    )
    path = r"/a%20b/gr%C3%B6%C3%9Fe\+\(x\)/"
    assert wanted(tmp_path) == [{"and": [{"href_matches": [path, path + "*/"]}]}]


def test_the_file_comes_as_what_browsers_take_and_is_kept_for_ever(tmp_path: Path) -> None:
    shop(tmp_path, {"shop": AHEAD})
    for style in ("netlify", "cloudflare"):
        with serving(tmp_path / "dist", style=style) as server:
            got = server.get(f"/{rules_file(tmp_path)}")
            assert got.status == 200
            assert got.headers["content-type"] == "application/speculationrules+json"
            assert "immutable" in got.headers["cache-control"]
            assert server.get("/shop/").headers["speculation-rules"] == f'"/{rules_file(tmp_path)}"'


def test_the_header_names_the_file_below_the_site_s_path(tmp_path: Path) -> None:
    shop(tmp_path, {"shop": AHEAD}, keys='base_url = "https://site.example/at"')
    (file,) = (tmp_path / "dist/_mfe/assets").glob("speculation.*.speculationrules")
    assert rules_file(tmp_path) == f"at/_mfe/assets/{file.name}"


def test_the_site_can_switch_it_off(tmp_path: Path) -> None:
    shop(tmp_path, {"shop": AHEAD}, tables='[checks]\nmissing-description = "off"\n'
         '[security]\nheaders = {Speculation-Rules = ""}\n')  # fmt: skip
    assert rules_file(tmp_path) == ""


def test_no_page_is_another_for_it_and_none_is_stitched_again(tmp_path: Path) -> None:
    shop(tmp_path, {})
    before = {path: data for path, data in tree(tmp_path / "dist").items() if path.endswith(".html")}
    put(tmp_path, "teams/shop/team.toml", team_toml("shop", AHEAD))
    result = built(tmp_path)
    assert stitched(result) == set()
    assert rules_file(tmp_path)
    after = tree(tmp_path / "dist")
    assert {path: after[path] for path in before} == before
    built(tmp_path, cache=False)
    assert tree(tmp_path / "dist") == after


def test_where_pages_are_edited_none_is_fetched_ahead() -> None:
    headers = MutableHeaders({"speculation-rules": '"/x.json"'})
    amend(headers, "nonce", Tab(regions=False, toolbar=False, no_script=False), "localhost")
    assert "speculation-rules" not in headers


# -- fading


def test_pages_of_a_team_that_asks_have_the_theme_s_sheet_and_those_of_others_do_not(tmp_path: Path) -> None:
    shop(tmp_path, {"shop": FADING})
    assert sheets(tmp_path, "/shop/") == ["transitions"]
    assert sheets(tmp_path, "/") == sheets(tmp_path, "/shop/parts/") == []


def test_a_theme_without_a_sheet_has_the_tool_s(tmp_path: Path) -> None:
    def fading() -> list[bool]:
        """Whether the one sheet of the page is there, fades, and spares who wants less motion."""
        (url,) = re.findall(r'href="(/_mfe/assets/transitions[^"]+)"', page(tmp_path, "/shop/"))
        return [word in page(tmp_path, url) for word in ("@view-transition", "prefers-reduced-motion")]

    shop(tmp_path, {"shop": FADING})
    assert fading() == [True, False]
    (tmp_path / SHEET).unlink()
    assert codes(built(tmp_path)) == []
    assert fading() == [True, True]
    after = tree(tmp_path / "dist")
    built(tmp_path, cache=False)
    assert tree(tmp_path / "dist") == after
    put(tmp_path, SHEET, str(FILES[SHEET]))
    assert codes(built(tmp_path)) == []
    assert fading() == [True, False]


def test_a_team_that_asks_has_its_pages_stitched_and_no_other(tmp_path: Path) -> None:
    shop(tmp_path, {})
    put(tmp_path, "teams/shop/team.toml", team_toml("shop", FADING))
    result = built(tmp_path)
    assert (rendered(result), stitched(result)) == (set(), {"/shop/"})
    after = tree(tmp_path / "dist")
    built(tmp_path, cache=False)
    assert tree(tmp_path / "dist") == after


@pytest.mark.parametrize("said", ['prefetch = "always"', "transitions = 1", "prerender = true"])
def test_what_is_no_such_setting_is_told(tmp_path: Path, said: str) -> None:
    files = {**FILES, "teams/shop/team.toml": team_toml("shop", f"[navigation]\n{said}\n")}
    result = built(site(tmp_path, files, routes=ROUTES))
    found = only(result, "unknown-key" if "prerender" in said else "bad-value")
    assert (found.file, found.line) == ("teams/shop/team.toml", 3)
