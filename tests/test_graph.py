"""The graph of a site: it counts teams, fragments, links and embeddings, and draws them for people and programs."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from click.testing import Result as Ran
from playwright.sync_api import Browser

import mfe_static
from mfe_static.cli import program
from mfe_static.graph import EmbedEdge, FragmentNode, Graph, LinkEdge, LinkExample, TeamNode, graph
from mfe_static.report.graph_html import page_of
from mfe_static.report.graph_mermaid import mermaid
from mfe_static.report.graph_svg import DRAWN, HUES, picture
from mfe_static.schemas import schema
from mfe_static.survey import STATE
from runtime_site import until
from sites import QUIET, built, page, put, site, tree
from test_profile import Document

CARD = "<mfe-fragment src='shop:card'></mfe-fragment>\n"
FILES = {
    "teams/home/pages/index.md": f"# Home\n\n[All](shop:index) [all](shop:index) [one](shop:one)\n\n{CARD}\n{CARD}",
    "teams/home/pages/about.md": "# About\n\n[Us](home:index) [All](shop:index)\n",
    "teams/home/fragments/note.html": "<p><a href='shop:one'>1</a></p>",
    "teams/shop/team.toml": (
        'owner = "Team Shop <shop@site.example>"\narchitecture = "linked-spa"\n'
        '[offers]\nfragments = ["card", "unused"]\n'
    ),
    "teams/shop/fragments/card.html": "<b>öre</b>:<mfe-fragment src='lend:tag'></mfe-fragment>",
    "teams/shop/fragments/unused.html": "<i>x</i>",
    "teams/shop/pages/index.md": f"# Shop\n\n{CARD}",
    "teams/shop/pages/one.md": "# One\n",
    "teams/lend/team.toml": 'owner = "Team Lend <lend@site.example>"\n[offers]\nfragments = ["tag"]\n',
    "teams/lend/fragments/tag.html": "<u>t</u>",
}
ROUTES = {"home": "/", "shop": "/shop/", "lend": ""}
TAG, INNER = len("<u>t</u>"), len("<b>öre</b>:<u>t</u>".encode())


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = site(tmp_path / "site", FILES, routes=ROUTES, tables=QUIET + 'unused-fragment = "off"\n')
    monkeypatch.chdir(folder)
    return folder


def drawn(root: Path) -> Graph:
    result = built(root, write=False, parts=True)
    assert result.site
    assert result.workspace
    return graph(result.site, result.workspace.theme)


def run(*args: str) -> Ran:
    return CliRunner().invoke(program, ["graph", "--now", "2026-06-01", *args])


def team(name: str, pages: int = 1, owner: str = "") -> TeamNode:
    return TeamNode(team=name, owner=owner, path=f"/{name}/", architecture="linked-pages", pages=pages, bytes=pages)


def made(names: list[str], **fields: Any) -> Graph:
    empty: dict[str, Any] = {"title": "Site", "fragments": (), "links": (), "embeds": ()}
    return Graph(**{**empty, "teams": tuple(map(team, names)), **fields})


def crowd(count: int) -> Graph:
    """Teams that all link to each other, and show each other's fragments."""
    names = [f"t{number}" for number in range(count)]
    pairs = [(one, other) for one in names for other in names if one != other]
    example = LinkExample(file="a", written="b", url="/c/")
    return made(
        names,
        links=tuple(LinkEdge(team=a, to_team=b, links=len(a + b), examples=(example,) * 3) for a, b in pairs),
        embeds=tuple(EmbedEdge(team=a, to_team=b, pages=1, fragments=(f"{b}:x",)) for a, b in pairs),
        fragments=tuple(
            FragmentNode(fragment=f"{name}:f{number}", team=name, pages=number, bytes=1, stands_on={})
            for name in names
            for number in range(20)
        ),
    )


# -- what is counted


def test_teams_are_counted_with_their_pages_and_bytes_in_the_order_of_the_route_table(root: Path) -> None:
    done = drawn(root)
    built(root)
    weights = {name: sum(len(page(root, url).encode()) for url in urls) for name, urls in {
        "home": ["/", "/about/"], "shop": ["/shop/", "/shop/one/"], "lend": [],
    }.items()}  # fmt: skip
    assert [(it.team, it.path, it.pages, it.bytes, it.architecture) for it in done.teams] == [
        ("home", "/", 2, weights["home"], "linked-pages"),
        ("shop", "/shop/", 2, weights["shop"], "linked-spa"),
        ("lend", "", 0, 0, "linked-pages"),
    ]
    assert done.teams[1].owner == "Team Shop <shop@site.example>"


def test_fragments_are_counted_where_they_stand_with_all_that_is_in_them(root: Path) -> None:
    rows = {it.fragment: (it.pages, it.bytes, it.stands_on) for it in drawn(root).fragments}
    assert {name: row for name, row in rows.items() if not name.startswith("theme:")} == {
        "home:note": (0, 0, {}),
        "lend:tag": (2, 3 * TAG, {"home": 1, "shop": 1}),
        "shop:card": (2, 3 * INNER, {"home": 1, "shop": 1}),
        "shop:unused": (0, 0, {}),
    }
    assert rows["theme:footer"][0] == 4
    assert list(rows) == sorted(rows)


def test_modules_are_shown_with_what_they_load_and_the_packages_in_it(root: Path) -> None:
    assert drawn(root).modules == ()
    assert "Modules</h2>" not in page_of(drawn(root))
    mount, more = "import 'lib'\nimport './more.js'\nexport const mount = () => import('./late.js')\n", "export {}\n"
    files = {
        "teams/lend/team.toml": f"{FILES['teams/lend/team.toml']}[dependencies]\nlib = '^1'\n",
        "teams/lend/fragments/tag/fragment.html": FILES["teams/lend/fragments/tag.html"],
        "teams/lend/fragments/tag/fragment.js": mount,
        "teams/lend/fragments/tag/more.js": more,
        "teams/lend/fragments/tag/late.js": more,
        "teams/shop/pages/one.md": "---\napp: app.js\n---\n# One\n",
        "teams/shop/app.js": "export const mount = () => 1\n",
        "node_modules/lib/package.json": '{"name": "lib", "version": "1.2.3", "exports": "./index.js"}',
        "node_modules/lib/index.js": more,
    }
    (root / "teams/lend/fragments/tag.html").unlink()
    for path, text in files.items():
        put(root, path, text)
    done = drawn(root)
    assert [(it.module, it.team, it.bytes, it.packages) for it in done.modules] == [
        ("lend:tag", "lend", len(mount) + 2 * len(more), ("lib@1.2.3",)),
        ("shop:/app.js", "shop", len(files["teams/shop/app.js"]), ()),
    ]
    assert "<td>lib@1.2.3</td>" in page_of(done)


def test_links_count_once_for_the_file_that_they_stand_in_as_in_list_refs(root: Path) -> None:
    put(root, "teams/shop/pages/one.md", "# One\n\n<mfe-fragment src='home:note'></mfe-fragment>\n")
    put(root, "teams/home/team.toml", 'owner = "Team Home <home@site.example>"\n[offers]\nfragments = ["note"]\n')
    (links,) = drawn(root).links
    assert (links.team, links.to_team, links.links) == ("home", "shop", 4)
    assert links.examples == (
        LinkExample(file="teams/home/fragments/note.html", written="shop:one", url="/shop/one/"),
        LinkExample(file="teams/home/pages/about.md", written="shop:index", url="/shop/"),
        LinkExample(file="teams/home/pages/index.md", written="shop:index", url="/shop/"),
    )
    refs = json.loads(CliRunner().invoke(program, ["list", "refs", "--json"]).stdout)
    assert len(refs) == links.links


def test_embeddings_count_the_pages_that_show_a_fragment_of_another_team(root: Path) -> None:
    assert [(it.team, it.to_team, it.pages, it.fragments) for it in drawn(root).embeds if it.to_team != "theme"] == [
        ("home", "lend", 1, ("lend:tag",)),
        ("home", "shop", 1, ("shop:card",)),
        ("shop", "lend", 1, ("lend:tag",)),
    ]
    assert {(it.team, it.pages) for it in drawn(root).embeds if it.to_team == "theme"} == {("home", 2), ("shop", 2)}


def test_a_graph_is_the_same_whatever_is_remembered(root: Path) -> None:
    before = drawn(root)
    built(root)
    assert drawn(root) == before
    put(root, "teams/shop/fragments/card.html", "<b>longer than it was</b>")
    changed = drawn(root)
    assert changed != before
    assert [it.bytes for it in changed.fragments if it.fragment == "shop:card"] == [
        3 * len("<b>longer than it was</b>")
    ]


def test_a_site_without_teams_or_links_is_drawn_all_the_same() -> None:
    for it in (made([]), made(["alone"]), made(["one", "two"])):
        ET.fromstring(picture(it, alone=True).svg)
        Document(page_of(it))
        assert mermaid(it).startswith("graph LR\n")


# -- the page and the picture


def test_the_page_is_well_formed_and_loads_and_runs_nothing(root: Path) -> None:
    text = page_of(drawn(root))
    document = Document(text)
    assert document.tags.isdisjoint({"script", "link", "img", "iframe", "object", "form"})
    assert not any(name.startswith("on") or name == "src" for name, _ in document.attributes)
    ids = {value for name, value in document.attributes if name == "id"}
    targets = {value.removeprefix("#") for name, value in document.attributes if name == "href"}
    assert targets == {"graph", "team-home", "team-shop", "team-lend"}
    assert targets <= ids
    assert "url(" not in text


def test_the_tables_hold_all_that_is_drawn(root: Path) -> None:
    words = Document(page_of(drawn(root))).text
    for word in ("home", "/shop/", "linked-spa", "Team Lend <lend@site.example>", "card", "unused", "shop:one"):
        assert word in words
    text = page_of(crowd(9))
    assert "22 more rows" in text
    assert text.count('<code>b</code> <span class="soft">in a</span>') == 9 * 8 * 3


def test_the_picture_is_a_whole_svg_with_a_name_for_every_part(root: Path) -> None:
    svg = picture(drawn(root), alone=True).svg
    found = ET.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    groups = [it for it in found.iter(f"{space}g") if it.get("class", "").startswith(("node", "line"))]
    named = [it for it in groups if it.find(f"{space}title") is not None]
    assert [it.get("class", "").split()[0] for it in named] == ["line"] * 4 + ["node"] * 3
    assert "home shows 1 fragment of shop on 1 page" in svg
    assert "home links to shop: 3 links" in svg
    assert "url(" not in svg
    assert not re.search(r"\bnan\b", svg, re.IGNORECASE)


def test_names_of_users_cannot_become_markup() -> None:
    nasty = "</title><script>alert(1)</script><b onclick='x'>\"&\x00\x1b]"
    example = LinkExample(file=nasty, written=nasty, url=nasty)
    it = made(
        [],
        title=nasty,
        teams=(team("a", owner=nasty), team("b")),
        links=(LinkEdge(team="a", to_team="b", links=1, examples=(example,)),),
    )
    document = Document(page_of(it))
    assert document.tags.isdisjoint({"script", "b"})
    assert "\x00" not in page_of(it)
    ET.fromstring(picture(it, alone=True).svg)
    assert "alert" not in mermaid(it)


def test_names_stand_within_the_picture_and_no_two_teams_on_each_other() -> None:
    for count in (1, 2, 3, 12, 14, 15, 50):
        it = made([f"quite-a-long-team-name-{number}" for number in range(count)])
        svg = picture(it, alone=True).svg
        left, top, wide, high = map(float, re.findall(r'viewBox="([^"]+)"', svg)[0].split())
        discs = [
            tuple(map(float, found))
            for found in re.findall(r'class="disc[^"]*" cx="([-\d.]+)" cy="([-\d.]+)" r="([\d.]+)"', svg)
        ]
        assert len(discs) == count
        for x, y, radius in discs:
            assert left < x - radius < x + radius < left + wide
            assert top < y - radius < y + radius < top + high
            near = sorted(((x - a) ** 2 + (y - b) ** 2) ** 0.5 - radius - r for a, b, r in discs)[1:2]
            assert all(gap > 0 for gap in near)


def test_of_very_many_lines_the_strongest_are_drawn_and_it_is_said() -> None:
    it = crowd(50)
    svg = picture(it, alone=False).svg
    assert svg.count('class="line link') == svg.count('class="line embed') == DRAWN
    assert svg.count('class="dot') == 50 * 9
    text = page_of(it)
    assert f"{50 * 49 - DRAWN:,} links and {50 * 49 - DRAWN:,} embeddings are only in the tables" in text


def test_a_team_has_the_colour_that_it_has_on_the_development_server() -> None:
    sheet = (Path(mfe_static.__file__).parent / "runtime/dev/style.js").read_text()
    assert re.findall(r"HUES = \[([\d, ]+)\]", sheet) == [", ".join(map(str, HUES))]
    assert "oklch(53% .12 ${hue})" in sheet
    assert "--team: oklch(53% 0.12 27)" in page_of(made(["one"]))


def test_mermaid_names_teams_by_words_that_are_none_of_its_own(root: Path) -> None:
    assert mermaid(drawn(root)).splitlines() == [
        "graph LR",
        "  %% made by mfe-static graph",
        '  t1["home<br>2 pages"]',
        '  t2["shop<br>2 pages"]',
        '  t3["lend<br>0 pages"]',
        "  theme[[theme]]",
        "  t1 -->|3 links| t2",
        "  t1 -.->|1 fragment| t3",
        "  t1 -.->|1 fragment| t2",
        "  t1 -.->|2 fragments| theme",
        "  t2 -.->|1 fragment| t3",
        "  t2 -.->|2 fragments| theme",
    ]


@pytest.mark.browser
def test_the_page_fits_a_window_of_320_pixels_and_a_team_leads_to_its_own_lines(
    browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "graph.html").write_text(page_of(crowd(12)))
    shown = browser.new_page(viewport={"width": 320, "height": 700}, java_script_enabled=False)
    said: list[str] = []
    shown.on("console", lambda message: said.append(message.text))
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto((tmp_path / "graph.html").as_uri())
    assert shown.evaluate("document.documentElement.scrollWidth") == 320
    discs = [box for it in shown.locator(".drawing .disc").all() if (box := it.bounding_box())]
    assert len(discs) == 12
    assert min(box["x"] for box in discs) >= 0
    assert max(box["x"] + box["width"] for box in discs) <= 320
    shown.get_by_role("link", name="t3", exact=True).first.click()
    faint = "its => its.filter(it => getComputedStyle(it).opacity < 0.1).length"
    until(shown, lambda: shown.locator(".drawing .line:not(.n3)").evaluate_all(faint) > 0)
    assert shown.locator(".drawing .line.n3").evaluate_all(faint) == 0
    shown.get_by_role("link", name="Show all lines again").click()
    shown.mouse.move(0, 0)
    until(shown, lambda: shown.locator(".drawing .line").evaluate_all(faint) == 0)
    shown.close()
    assert said == []
    assert len(asked) == 1


# -- the command


def test_the_page_goes_into_the_state_folder_and_nothing_else_is_written(root: Path) -> None:
    before = tree(root)
    ran = run()
    assert (ran.exit_code, ran.stderr, ran.stdout) == (0, "", f"graph in {STATE}/graph.html\n")
    after = tree(root)
    assert after.keys() - before.keys() == {f"{STATE}/graph.html"}
    assert run("-q").output == ""
    assert tree(root) == after


def test_the_json_keeps_to_its_schema_and_writes_nothing(root: Path) -> None:
    ran = run("--json")
    assert ran.stderr == ""
    done = json.loads(ran.stdout)
    assert not (root / STATE).exists()
    definitions = schema("graph")["$defs"]
    for name, row in (
        ("Graph", done), ("TeamNode", done["teams"][0]), ("FragmentNode", done["fragments"][0]),
        ("LinkEdge", done["links"][0]), ("EmbedEdge", done["embeds"][0]),
    ):  # fmt: skip
        assert set(definitions[name]["properties"]) == set(row)
    assert msgspec.convert(done, Graph) == drawn(root)
    assert run("--format", "json").stdout == run("--json", "--format", "json", "-o", "-").stdout == ran.stdout


@pytest.mark.parametrize(
    ("args", "name", "begins"),
    [
        ([], "a/b.html", "<!doctype html>"),
        ([], "b.SVG", "<svg "),
        ([], "b.json", "{"),
        ([], "b.mmd", "graph LR"),
        (["--format", "mermaid"], "b.md", "graph LR"),
    ],
)
def test_the_end_of_the_name_says_the_format_unless_it_is_given(
    args: list[str], name: str, begins: str, root: Path
) -> None:
    ran = run(*args, "-o", name)
    assert (ran.exit_code, ran.stdout) == (0, f"graph in {name}\n")
    assert (root / name).read_text().startswith(begins)
    (root / name).write_text((root / name).read_text()[:-1] + " \n")
    assert json.loads(run(*args, "-o", name, "--json").stdout)["teams"]
    assert (root / name).read_text().startswith(begins)


@pytest.mark.parametrize("form", ["html", "svg", "json", "mermaid"])
def test_every_format_goes_to_stdout_as_to_a_file(form: str, root: Path) -> None:
    run("--format", form, "-o", "file")
    assert run("--format", form, "-o", "-").stdout_bytes == (root / "file").read_bytes()


@pytest.mark.parametrize(
    "args", [["-o", "site.toml"], ["-o", "README"], ["-o", ""], ["--json", "-o", "-"], ["--format", "pdf"], ["extra"]]
)
def test_what_cannot_be_meant_is_a_usage_error_and_nothing_is_written(args: list[str], root: Path) -> None:
    before = tree(root)
    assert run(*args).exit_code == 2
    assert tree(root) == before


def test_a_file_that_cannot_be_written_is_a_problem(root: Path) -> None:
    (root / "there.svg").mkdir()
    put(root, "file", "x")
    for name in ("there.svg", "file/below.svg", "x" * 300 + ".svg"):
        ran = run("-o", name)
        assert ran.exit_code == 1, name
        assert "error[output-unwritable]: the graph cannot be written to" in ran.stderr
        assert json.loads(run("-o", name, "--json").stdout)["problems"][0]["code"] == "output-unwritable"
    assert not list(root.rglob("*.tmp"))


def test_a_link_to_a_file_stays_one_and_a_device_is_written_to(root: Path) -> None:
    put(root, "real.svg", "")
    (root / "link.svg").symlink_to("real.svg")
    assert run("-o", "link.svg").exit_code == 0
    assert (root / "link.svg").is_symlink()
    assert (root / "real.svg").read_text().startswith("<svg ")
    assert run("--format", "svg", "-o", "/dev/null").exit_code == 0
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("name", ["g.html", "g.svg", "g.json", "g.mmd"])
def test_only_a_graph_is_overwritten(root: Path, name: str) -> None:
    text = (
        f"<!doctype html>\n{' ' * 3000}mfe-static graph" if name.endswith("html") else '{"title": "mfe-static graph"}'
    )
    put(root, name, text)
    ran = run("-o", name)
    assert ran.exit_code == 6
    assert "error[exists-already]" in ran.stderr
    assert json.loads(run("-o", name, "--json").stdout)["problems"][0]["code"] == "exists-already"
    assert (root / name).read_text() == text
    assert run("-o", name, "--force").exit_code == 0
    made = (root / name).read_text()
    assert run("-o", name).exit_code == 0
    assert (root / name).read_text() == made
    put(root, name, "\n")
    assert run("-o", name).exit_code == 0


def test_a_site_with_errors_is_drawn_as_far_as_it_goes_and_one_that_cannot_be_read_is_not(root: Path) -> None:
    put(root, "teams/home/pages/about.md", "# About\n\n[x](shop:nix)\n")
    ran = run()
    assert (ran.exit_code, ran.stderr) == (0, "the site has 1 error; see mfe-static check\n")
    put(root, "site.toml", "title = \n")
    assert run("-o", "no.svg").exit_code == 1
    assert not (root / "no.svg").exists()
