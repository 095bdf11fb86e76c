"""Teams of the architecture `linked-spa`: what a page with an app is, and the client routes that it answers for."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from mfe_static.build import build
from mfe_static.cli import program
from mfe_static.deploy.rules import read_rules
from mfe_static.run import Options
from mfe_static.serve.view import standing
from mfe_static.session import Session
from serving import serving
from sites import (
    NOW,
    Files,
    built,
    codes,
    contract,
    made,
    main,
    only,
    page,
    problems,
    put,
    site,
    stitched,
    team_toml,
    tree,
)
from test_islands import importmap

APP = (
    'import { routes } from "mfe-static/router"\nimport { view } from "./lib/view.js"\n'
    'export const mount = (island) => routes({ "./": view, "order/:id/": view }, island)\n'
)
SPA = 'architecture = "linked-spa"\n'
INDEX = "---\ntitle: Orders\napp: app.js\nroutes: [order/:id/, /cart/help]\n---\nNothing is ordered yet.\n"
FILES: Files = {
    "teams/home/pages/index.md": "# Home\n\n[Order](/cart/order/Ab7/) [All](cart:index) [Help](/cart/help)\n",
    "teams/cart/team.toml": team_toml("cart", SPA),
    "teams/cart/app.js": APP,
    "teams/cart/lib/view.js": "export const view = ({ host }) => { host.dataset.shown = '' }\n",
    "teams/cart/pages/index.md": INDEX,
    "teams/cart/pages/plain.md": "# Plain\n\n[Order](order/7/)\n",
}


def redirects(root: Path) -> list[str]:
    return (root / "dist/_redirects").read_text().splitlines()


def rejected(
    root: Path, text: str, *, app: str = "app: app.js", more: Files | None = None, **options: str
) -> list[str]:
    """The problems of a page with this text after its `app`."""
    index = f"---\ntitle: Orders\n{app}\n{text}\n---\nText.\n"
    home = {"teams/home/pages/index.md": "# Home\n"}
    return problems(built(site(root, {**FILES, **home, "teams/cart/pages/index.md": index, **(more or {})})))


# -- the page


def test_a_page_is_the_skeleton_of_its_app_with_its_heading_in_it(tmp_path: Path) -> None:
    made(tmp_path, FILES)
    (begin,) = re.findall("<mfe-island[^>]*>", page(tmp_path, "/cart/"))
    src = re.sub(r"\.[0-9a-f]{10}\.", ".", begin)
    assert (
        src
        == '<mfe-island src="/_mfe/modules/cart/app.js" when="load" team="cart" fragment="app.js" owner="Team Cart">'
    )
    assert main(tmp_path, "/cart/") == f"{begin}<h1>Orders</h1>\n<p>Nothing is ordered yet.</p>\n</mfe-island>"


def test_a_heading_of_its_own_goes_with_its_id(tmp_path: Path) -> None:
    text = "---\napp: app.js\n---\n# All *orders*\n\nText. [Up](#all-orders)\n"
    more = {"teams/cart/pages/plain.md": "# Plain\n", "teams/home/pages/index.md": "# Home\n"}
    made(tmp_path, {**FILES, **more, "teams/cart/pages/index.md": text})
    assert '"Team Cart"><h1 id="all-orders">All <em>orders</em></h1>' in main(tmp_path, "/cart/")
    assert page(tmp_path, "/cart/").count("<h1") == 1


def test_the_head_says_what_is_the_teams_and_loads_the_app_with_the_router(tmp_path: Path) -> None:
    made(tmp_path, FILES)
    html = page(tmp_path, "/cart/")
    assert '<meta name="mfe-scope" content="/cart/">' in html
    assert re.findall(r'<link rel="modulepreload" href="/_mfe/modules/(.*?)\.[0-9a-f]{10}\.js"', html) == [
        "cart/app",
        "mfe/router",
        "cart/lib/view",
    ]
    assert importmap(html)["imports"]["mfe-static/router"].startswith("/_mfe/modules/mfe/router.")
    assert set(importmap(html)["integrity"]) >= {importmap(html)["imports"]["mfe-static/router"]}
    assert {name.split(".")[0] for name in tree(tmp_path / "dist/_mfe/modules")} >= {"mfe/router", "mfe/islands"}


def test_a_page_without_an_app_has_no_script(tmp_path: Path) -> None:
    made(tmp_path, FILES)
    assert "script" not in page(tmp_path, "/cart/plain/")
    assert "mfe-scope" not in page(tmp_path, "/cart/plain/")


def test_an_app_that_needs_no_router_gets_none_and_is_told_the_params_of_its_page(tmp_path: Path) -> None:
    files = {
        **FILES,
        "teams/home/pages/index.md": "# Home\n",
        "teams/cart/app.js": "export const mount = () => {}\n",
        "teams/cart/data/orders.json": '[{"id": "a\'b"}]',
        "teams/cart/pages/plain.md": (
            "---\ntitle: One\neach: data.orders\npath: 'of/{item.id}/'\n"
            "app: app.js\nroutes: ['of/{item.id}/edit/']\n---\n"
        ),
    }
    made(tmp_path, files)
    assert """ props='{"id":"a&#39;b"}'><h1>""" in page(tmp_path, "/cart/of/a'b/")
    assert "mfe-static/router" not in page(tmp_path, "/cart/")
    assert "/cart/of/a'b/edit/ /cart/of/a'b/ 200" in redirects(tmp_path)


# -- client routes


def test_each_client_route_is_one_rule_and_none_catches_all(tmp_path: Path) -> None:
    made(tmp_path, FILES)
    assert redirects(tmp_path) == ["/cart/help/ /cart/ 200", "/cart/order/:id/ /cart/ 200"]


def test_below_a_base_path_rules_are_about_files_and_links_about_addresses(tmp_path: Path) -> None:
    made(tmp_path, FILES, keys='base_url = "https://site.example/at"\n')
    assert redirects(tmp_path) == ["/cart/help/ /cart/ 200", "/cart/order/:id/ /cart/ 200"]
    assert 'href="/at/cart/order/Ab7/"' in page(tmp_path, "/")
    assert 'content="/at/cart/"' in page(tmp_path, "/cart/")


@pytest.mark.parametrize("base", ["", "/at", "/cart"])
def test_every_host_can_be_told_the_rules(tmp_path: Path, base: str) -> None:
    made(tmp_path, FILES, keys=f'base_url = "https://site.example{base}"\n')
    view = standing(str(tmp_path / "dist"))
    assert view
    rules, wrong = read_rules(view)
    assert wrong == []
    assert [(rule.start, rule.to, rule.status) for rule in rules.redirects] == [
        ("/cart/help/", f"{base}/cart/", 200),
        ("/cart/order/:id/", f"{base}/cart/", 200),
    ]
    for style in ("netlify", "cloudflare"):
        with serving(tmp_path / "dist", base_path=base, style=style) as server:
            assert b"<h1>Orders</h1>" in server.get(f"{base}/cart/order/7/").body
            assert server.get(f"{base}/cart/order/7/8/").status == 404


def test_plainer_rules_come_first(tmp_path: Path) -> None:
    index = "---\ntitle: T\napp: app.js\nroutes: [':a/:b/', ':a/new/', 'old/:b/', 'x/y/']\n---\n"
    home = {"teams/home/pages/index.md": "# Home\n", "teams/cart/pages/plain.md": "# Plain\n"}
    made(tmp_path, {**FILES, **home, "teams/cart/pages/index.md": index})
    assert [row.split()[0] for row in redirects(tmp_path)] == [
        "/cart/x/y/",
        "/cart/old/:b/",
        "/cart/:a/new/",
        "/cart/:a/:b/",
    ]


def test_links_to_client_routes_are_links_and_their_params_stay_as_they_are_written(tmp_path: Path) -> None:
    made(tmp_path, FILES)
    assert 'href="/cart/order/Ab7/"' in page(tmp_path, "/")
    assert 'href="/cart/help/"' in page(tmp_path, "/")
    assert 'href="/cart/order/7/"' in page(tmp_path, "/cart/plain/")


@pytest.mark.parametrize("link", ["/cart/order/", "/cart/order/7/more/", "/cart/order//", "/cart/ordr/7/"])
def test_what_no_client_route_fits_is_a_broken_link(tmp_path: Path, link: str) -> None:
    found = only(
        built(site(tmp_path, {**FILES, "teams/home/pages/index.md": f"# Home\n\n[x]({link})\n"})), "broken-link"
    )
    assert found.file == "teams/home/pages/index.md"


def test_a_client_route_is_no_picture(tmp_path: Path) -> None:
    root = site(tmp_path, {**FILES, "teams/home/pages/index.md": "# Home\n\n![x](/cart/order/x.png)\n"})
    assert codes(built(root)) == ["missing-asset"]


def test_a_redirect_of_the_site_may_lead_to_a_client_route(tmp_path: Path) -> None:
    made(tmp_path, FILES, tables='[redirects]\n"/last/" = "/cart/order/last/"\n[checks]\nmissing-description = "off"\n')
    assert redirects(tmp_path)[0] == "/last/ /cart/order/last/ 301"


def test_the_contract_has_the_client_routes(tmp_path: Path) -> None:
    pages = contract(made(tmp_path, FILES), "cart").pages
    assert {its.url: its.client_routes for its in pages} == {
        "/cart/": ("/cart/order/:id/", "/cart/help/"),
        "/cart/plain/": (),
    }


def test_a_client_route_never_covers_what_is_there(tmp_path: Path) -> None:
    place = "teams/cart/pages/index.md:4:1: error[url-taken]: the client route"
    way_out = "give it a path of its own, or leave it out where there is a page"
    more = {"teams/cart/pages/order/new.md": "# New\n", "teams/cart/public/files/a.txt": "a"}
    assert rejected(tmp_path, "routes: [order/:id/, files/:name, plain]", more=more) == [
        f"{place} {route} covers {url}, which is claimed by {file} (Team Cart; {way_out})"
        for route, url, file in (
            ("/cart/files/:name/", "/cart/files/a.txt", "teams/cart/public/files/a.txt"),
            ("/cart/order/:id/", "/cart/order/new/", "teams/cart/pages/order/new.md"),
            ("/cart/plain/", "/cart/plain/", "teams/cart/pages/plain.md"),
        )
    ]


def test_two_client_routes_that_mean_the_same_are_one_too_many(tmp_path: Path) -> None:
    (found,) = rejected(tmp_path, "routes: [order/:id/, order/:number/]", more={"teams/cart/pages/plain.md": "# P\n"})
    assert "/cart/order/:number/ covers /cart/order/:id/" in found


def test_a_plain_client_route_is_no_alias(tmp_path: Path) -> None:
    more = {"teams/cart/pages/plain.md": "---\ntitle: P\naliases: [/cart/order/old/, /cart/old/]\n---\n"}
    (found,) = rejected(tmp_path, "routes: [order/:id/, old]", more=more)
    assert "the client route /cart/old/ covers /cart/old/, which is claimed by teams/cart/pages/plain.md" in found


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("/home/:id/", "error[foreign-prefix]: the client route /home/:id/ would be outside /cart/"),
        ("/cart/inner/:id/", "error[foreign-prefix]: the client route /cart/inner/:id/ would be inside /cart/inner/"),
        (
            ":a/:b/",
            "error[foreign-prefix]: the client route /cart/:a/:b/ would answer for addresses below /cart/inner/",
        ),
        ("a/*", 'error[bad-path]: "a/*" cannot be a client route: hosts read * and : as wildcards'),
        ("a:b/", 'error[bad-path]: "a:b/" cannot be a client route: hosts read * and : as wildcards'),
        ("a/:1/", 'error[bad-path]: "a/:1/" cannot be a client route: ":1" is no param'),
        ("a/:x/:x/", 'error[bad-path]: "a/:x/:x/" cannot be a client route: a param stands in it twice'),
        ("../x/", 'error[bad-path]: "/cart/../x/" cannot be a URL: ".." is not a segment'),
        ("a//b", 'error[bad-path]: "/cart/a//b/" cannot be a URL: "" is not a segment'),
        ("a?b", "error[bad-path]: \"/cart/a?b/\" cannot be a URL: '?' has no place in a URL path"),
    ],
)
def test_a_client_route_that_cannot_be_says_why(tmp_path: Path, route: str, said: str) -> None:
    more = {"teams/inner/pages/index.md": "# Inner\n", "teams/cart/pages/plain.md": "# Plain\n"}
    index = f"---\ntitle: Orders\napp: app.js\nroutes: ['{route}']\n---\nText.\n"
    files = {**FILES, "teams/home/pages/index.md": "# Home\n", "teams/cart/pages/index.md": index, **more}
    (found,) = problems(built(site(tmp_path, files, routes={"home": "/", "cart": "/cart/", "inner": "/cart/inner/"})))
    assert found.startswith(f"teams/cart/pages/index.md:4:1: {said}"), found


def test_a_team_at_the_root_can_have_no_route_that_would_be_everything(tmp_path: Path) -> None:
    files = {
        "teams/cart/team.toml": team_toml("cart", SPA),
        "teams/cart/app.js": "export const mount = () => {}\n",
        "teams/cart/pages/index.md": "---\ntitle: T\napp: app.js\nroutes: [':any/']\n---\n",
    }
    found = only(built(site(tmp_path, files)), "foreign-prefix")
    assert "below /_mfe/" in found.message


def test_why_tells_which_page_answers_for_a_client_route(tmp_path: Path) -> None:
    made(tmp_path, FILES)
    done = CliRunner().invoke(program, ["why", "/cart/order/7/", "--root", str(tmp_path)])
    assert done.exit_code == 0
    first, second = done.stdout.splitlines()[:2]
    assert (first, second) == ("/cart/order/:id/ is a client route of /cart/ (teams/cart/pages/index.md)", "/cart/")
    assert CliRunner().invoke(program, ["why", "/cart/order/7/8/", "--root", str(tmp_path)]).exit_code == 1


# -- what is wrong with an app


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("ap.js", 'missing-asset]: there is no file "ap.js" (Team Cart; did you mean "app.js"?)'),
        ("lib/vew.js", 'missing-asset]: there is no file "lib/vew.js" (Team Cart; did you mean "view.js"?)'),
        ("../home/app.js", 'import-outside]: "../home/app.js" leads out of the folder'),
        ("data/x.json", 'module-kind]: "data/x.json" is no JavaScript'),
        ("main.ts", 'module-kind]: "main.ts" is no JavaScript'),
        ("lib", 'missing-asset]: there is no file "lib"'),
    ],
)
def test_an_app_is_a_module_of_the_teams_folder(tmp_path: Path, app: str, said: str) -> None:
    (found,) = rejected(tmp_path, "routes: [order/:id/]", app=f"app: {app}", more={"teams/cart/data/x.json": "1"})
    assert found.startswith(f"teams/cart/pages/index.md:3:1: error[{said}"), found


def test_other_architectures_have_no_apps(tmp_path: Path) -> None:
    more = {"teams/cart/team.toml": team_toml("cart"), "teams/cart/pages/plain.md": "# Plain\n"}
    (found,) = rejected(tmp_path, "routes: [order/:id/]", more=more)
    assert 'error[bad-value]: `app` is for teams of the architecture "linked-spa"' in found
    assert 'write architecture = "linked-spa" into teams/cart/team.toml' in found


def test_routes_without_an_app_lead_nowhere(tmp_path: Path) -> None:
    (found,) = rejected(
        tmp_path, "routes: [order/:id/]", app="draft: false", more={"teams/cart/pages/plain.md": "# P\n"}
    )
    assert "error[bad-value]: `routes` are those of an app, and the page has none" in found


def test_nothing_else_of_the_tool_can_be_imported(tmp_path: Path) -> None:
    root = site(tmp_path, {**FILES, "teams/cart/lib/view.js": 'import "mfe-static/islands"\nexport const view = 1\n'})
    found = only(built(root), "undeclared-import")
    assert (found.file, found.line) == ("teams/cart/lib/view.js", 1)
    assert "mfe-static/router" in found.hint


# -- builds that come after


def test_an_edit_makes_again_what_it_is_about_and_the_site_is_that_of_a_clean_build(tmp_path: Path) -> None:
    root = site(tmp_path / "one", FILES)
    built(root)
    put(root, "teams/cart/lib/view.js", "export const mount = () => {}\n")
    assert stitched(built(root)) == {"/cart/", "/cart/plain/"}
    put(root, "teams/cart/pages/index.md", INDEX.replace("order/:id/", "order/:number/"))
    assert "/cart/" in stitched(built(root))
    put(root, "teams/cart/pages/index.md", INDEX.replace("app.js", "lib/view.js"))
    assert problems(built(root)) == []
    clean = site(tmp_path / "two", FILES)
    put(clean, "teams/cart/lib/view.js", "export const mount = () => {}\n")
    put(clean, "teams/cart/pages/index.md", INDEX.replace("app.js", "lib/view.js"))
    built(clean)
    assert tree(root / "dist") == tree(clean / "dist")


def test_a_route_that_goes_breaks_the_links_to_it(tmp_path: Path) -> None:
    root = site(tmp_path, FILES)
    assert problems(built(root)) == []
    put(root, "teams/cart/pages/index.md", INDEX.replace("order/:id/, ", ""))
    assert codes(built(root)) == ["broken-link", "broken-link"]
    put(root, "teams/cart/team.toml", team_toml("cart"))
    assert codes(built(root)) == ["bad-value", "broken-link", "broken-link", "broken-link"]


def test_processes_make_the_same_site(tmp_path: Path) -> None:
    files = {**FILES, **{f"teams/home/pages/{n}.md": f"# P {n}\n\n[x](/cart/order/{n}/)\n" for n in range(150)}}
    one, many = site(tmp_path / "one", files), site(tmp_path / "many", files)
    assert problems(built(one)) == problems(built(many, jobs=2)) == []
    assert tree(one / "dist") == tree(many / "dist")
    assert json.loads((one / "dist/_mfe/contracts/cart.json").read_text())["pages"][0]["client_routes"]


def test_a_session_notices_the_app(tmp_path: Path) -> None:
    root, session = site(tmp_path, FILES), Session()
    options = Options(now=NOW, jobs=1)
    build(root, options, session=session)
    put(root, "teams/cart/app.js", "export const mount = () => {}\n")
    assert "/cart/" in stitched(build(root, options, session=session))
    assert "mfe-static/router" not in page(root, "/cart/")


def test_a_module_beside_a_fragment_that_is_an_app_or_a_dependency_is_used(tmp_path: Path) -> None:
    keys = 'architecture = "linked-spa"\n[dependencies]\nown = { from = "fragments/mini/index.js" }\n'
    files: Files = {
        "teams/cart/team.toml": team_toml("cart", keys),
        "teams/cart/fragments/mini/fragment.html": "<p>mini</p>\n",
        "teams/cart/fragments/mini/index.js": "export const one = 1\n",
        "teams/cart/fragments/maxi/fragment.html": "<p>maxi</p>\n",
        "teams/cart/fragments/maxi/main.js": "import { one } from 'own'\nexport const mount = () => one\n",
        "teams/cart/pages/index.md": "---\napp: fragments/maxi/main.js\n---\n# Cart\n",
    }
    assert codes(built(site(tmp_path, files))) == []
