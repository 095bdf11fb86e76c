"""Promises about isolation: what reaches from one team to another on one page is said, with both places and owners."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfe_static.assets import css
from mfe_static.assets.naming import scanned
from mfe_static.assets.scoping import roots, scoped
from mfe_static.kept import Reach, SheetScan
from mfe_static.modules.scanning import scanned as module_of
from mfe_static.problems import Problem
from sites import QUIET, Files, built, codes, made, only, page, problems, put, shown, site, team_toml, tree

BOX = {
    "teams/a/pages/index.md": '# Home\n\n<mfe-fragment src="b:box"></mfe-fragment>\n',
    "teams/b/team.toml": team_toml("b", '[offers]\nfragments = ["box"]\n'),
    "teams/b/fragments/box/fragment.html": '<h2 class="b-box" id="b-box">Box</h2>\n',
}
"""A page of `a` with a fragment of `b`."""
MAIN, SHEET = "teams/a/assets/team.css", "teams/b/fragments/box/fragment.css"


def of(root: Path, files: Files) -> list[Problem]:
    """What is said of a page of `a` with a fragment of `b`."""
    return list(built(site(root, {**BOX, **files})).problems)


def reaches(text: str, *kinds: str) -> list[Reach]:
    return [its for its in scanned(text.encode(), "").reaches if its.kind in kinds]


# -- selectors


@pytest.mark.parametrize(
    "text",
    [
        "p {}", ".a { color: red }", "#a { color: red }", ".a p, .b > *, a.b:hover { color: red }",
        "[data-a] p { color: red }", "a-b { color: red }", ".a { & p { color: red } }",
        ".a { p, & > * { color: red } }",
        "@scope (.a) { p { color: red } }", "@media print { .a { p { color: red } } }", ":is(.a, .b) p { color: red }",
        "@keyframes a { from { color: red } 50% { color: blue } }", "@font-face { font-family: A }",
        "@page { margin: 0 } @page :first { margin: 1cm }", ".a\\:b { color: red }", "p:has(.a) { color: red }",
        ":host { color: red }", "::view-transition-old(root) { color: red }",
        "main { .a { color: red } }", "/* p { color: red } */",
        '.a::after { content: "p{a:b}" }', "@property --a { syntax: '*'; inherits: true }",
        '[class~="a"] { color: red }', '[fragment="a"] p { color: red }',
        "p", "p { }", "}", "@import 'x.css';", "{", "@layer a, b;", ".a:not(p) { color: red }", "",
    ],
)  # fmt: skip
def test_a_selector_with_something_of_its_own_and_what_is_none_reach_nobody(text: str) -> None:
    assert reaches(text, "selector") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("p { color: red }", "p"),
        ("*{color:red}", "*"),
        (".a, p { color: red }", "p"),
        (":root { color: red }", ":root"),
        ("main  >\n a:hover { color: red }", "main > a:hover"),
        ("[hidden] { color: red }", "[hidden]"),
        ('a[href^="x"] { color: red }', 'a[href^="x"]'),
        ("main { a { color: red } }", "a"),
        ("main { & a { color: red } }", "& a"),
        ("main { color: red; .a { color: blue } }", "main"),
        ("@media print { p { color: red } }", "p"),
        ("main { @media print { color: red } }", "main"),
        ("@layer a { @supports (color: red) { p { color: red } } }", "p"),
        ("@scope (main) to (.a) { p { color: red } }", "p"),
        ("@scope { p { color: red } }", "p"),
        (":is(h1, h2) { color: red }", ":is(h1, h2)"),
        (":not(.a) { color: red }", ":not(.a)"),
        ("p:nth-child(2n + 1)::before { color: red }", "p:nth-child(2n + 1)::before"),
        ("p:lang(de-CH) { color: red }", "p:lang(de-CH)"),
        ("mfe-island { color: red }", "mfe-island"),
        ("svg|a { color: red }", "svg|a"),
        ("p { color: red", "p"),
        ("p { --a: {b}; color: red }", "p"),
        ("} p { color: red }", "p"),
        ("@unknown { p { color: red } } p { color: red }", "p"),
    ],
)  # fmt: skip
def test_a_selector_without_anything_of_its_own_matches_whatever_is_there(text: str, found: str) -> None:
    assert [its.name for its in reaches(text, "selector")] == [found]


def test_a_selector_has_its_place_in_characters() -> None:
    text = "/* ü */ .a { color: red }\r\n  h1,\n  h2 { color: red }\n"
    (found,) = reaches(text, "selector")
    assert (found.line, found.column, found.length, found.name) == (2, 3, 2, "h1")


def test_a_selector_of_a_fragment_that_matches_the_page_names_both_owners(tmp_path: Path) -> None:
    (found,) = of(tmp_path, {SHEET: ".b-box { color: red }\nh2 { color: blue }\n"})
    assert shown(found) == (
        f'{SHEET}:2:1: warning[global-selector]: "h2" matches what a has on /, too '
        "(Team B; begin it with a class of your own, or isolate the team: "
        'isolation = "scope" in team.toml)'
    )
    assert [(its.file, its.team, its.owner) for its in found.related] == [
        ("teams/a/pages/index.md", "a", "Team A <a@site.example>")
    ]
    assert (found.owner, found.url, found.length) == ("Team B <b@site.example>", "/", 2)


def test_a_selector_of_a_page_that_matches_a_fragment_is_said_too(tmp_path: Path) -> None:
    (found,) = of(tmp_path, {MAIN: "* { color: red }\n"})
    assert (found.code, found.file, found.team) == ("global-selector", MAIN, "a")
    assert [its.file for its in found.related] == ["teams/b/fragments/box/fragment.html"]


def test_nothing_is_said_where_no_other_team_stands_on_the_page(tmp_path: Path) -> None:
    made(tmp_path, {"teams/a/pages/index.md": "# A\n", MAIN: "h1 { color: red }\n", "teams/b/pages/index.md": "# B\n",
                    "teams/b/assets/team.css": "h1 { color: blue }\n"})  # fmt: skip


def test_custom_properties_at_the_root_are_fine_by_the_name_of_the_team(tmp_path: Path) -> None:
    assert of(tmp_path, {SHEET: ":root { --b-gap: 1rem; --b-edge: 0 }\n"}) == []
    put(tmp_path, SHEET, ":root { --b-gap: 1rem; --gap: 0 }\n")
    assert only(built(tmp_path), "global-selector").hint == "name them --b-…"


def test_what_a_sheet_imports_is_read_as_well(tmp_path: Path) -> None:
    files = {SHEET: '@import "more.css";\n', "teams/b/fragments/box/more.css": "h2 { color: red }\n"}
    assert [(its.code, its.file) for its in of(tmp_path, files)] == [
        ("global-selector", "teams/b/fragments/box/more.css")
    ]


def test_an_id_and_an_element_of_another_team_in_a_selector_are_said(tmp_path: Path) -> None:
    files = {MAIN: "#b-box { color: red }\n.a b-box { color: red }\n#nothing { color: red }\n"}
    found = of(tmp_path, files)
    assert {its.code for its in found} == {"foreign-selector"}
    assert [shown(its) for its in found] == [
        f"{MAIN}:1:1: warning[foreign-selector]: #b-box is an id of b, which a gives a style on / "
        "(Team A; ask b for what you need)",
        f"{MAIN}:2:4: warning[foreign-selector]: <b-box> is an element of b, which a gives a style on / "
        "(Team A; ask b for what you need)",
    ]
    put(tmp_path, MAIN, "")
    put(tmp_path, SHEET, "#b-box { color: red }\nb-box { color: red }\n")
    assert codes(built(tmp_path)) == []


# -- names


def test_names_that_two_teams_have_for_other_things_are_said_with_both_places(tmp_path: Path) -> None:
    mine = (
        "@keyframes turn { to { rotate: 1turn } }\n"
        "@font-face { font-family: Brand; src: url(brand.woff2) }\n"
        '@property --b { syntax: "<length>"; inherits: false; initial-value: 0px }\n'
        ":root { --a-x: 1; --c: red }\n"
    )
    theirs = (
        ".b { color: red }\n@keyframes turn { to { rotate: -1turn } }\n"
        "@font-face { font-family: 'brand'; src: url(other.woff2) }\n"
        '@property --b { syntax: "<color>"; inherits: false; initial-value: red }\n'
        ".b { --c: blue }\n"
    )
    files = {"teams/a/assets/brand.woff2": "x", "teams/b/fragments/box/other.woff2": "y"}
    found = [its for its in of(tmp_path, {MAIN: mine, SHEET: theirs, **files}) if its.code != "global-selector"]
    assert [its.code for its in found] == ["keyframes-clash", "font-clash", "property-clash", "property-clash"]
    hint = "begin its name with that of the team"
    assert [shown(its) for its in found] == [
        f'{MAIN}:1:12: warning[keyframes-clash]: @keyframes "turn" is one thing for a and another for b, and both are '
        f"on / (Team A; {hint}: a-…)",
        f'{MAIN}:2:27: warning[font-clash]: the font "brand" is one thing for a and another for b, and both are on / '
        f"(Team A; {hint}: a-…)",
        f'{MAIN}:3:11: warning[property-clash]: @property "--b" is one thing for a and another for b, and both are on '
        f"/ (Team A; {hint}: --a-…)",
        f'{MAIN}:4:19: warning[property-clash]: the custom property "--c" is one thing for a and another for b, and '
        f"both are on / (Team A; {hint}: --a-…)",
    ]
    assert [(its.file, its.line, its.owner) for each in found for its in each.related] == [
        (SHEET, line, "Team B <b@site.example>") for line in (2, 3, 4, 5)
    ]


def test_the_same_thing_by_the_same_name_is_no_clash(tmp_path: Path) -> None:
    mine = "@keyframes turn { to { rotate: 1turn } }\n@font-face { font-family: Brand; src: url(brand.woff2) }\n"
    theirs = "@keyframes turn{/* */to{rotate:1turn}}\n@font-face{font-family:Brand;src:url('font.woff2')}\n"
    files = {"teams/a/assets/brand.woff2": "x", "teams/b/fragments/box/font.woff2": "x"}
    assert of(tmp_path, {MAIN: mine + ".a { --c: 1 }\n", SHEET: theirs + ".b { --c: 2 }\n", **files}) == []


def test_a_clash_is_said_once_however_many_pages_show_it(tmp_path: Path) -> None:
    pages = {f"teams/a/pages/{n}.md": f'# {n}\n\n<mfe-fragment src="b:box"></mfe-fragment>\n' for n in range(3)}
    turn = "@keyframes turn {{ to {{ rotate: {} }} }}\n"
    found = of(tmp_path, {**pages, MAIN: turn.format("1turn"), SHEET: turn.format("2turn")})
    assert [its.code for its in found] == ["keyframes-clash"]


# -- custom elements


DEFINE = "customElements.define('{}', class extends HTMLElement {{}})\nexport const mount = () => {{}}\n"


def module(team: str, name: str) -> Files:
    return {f"teams/{team}/fragments/box/fragment.js": DEFINE.format(name),
            f"teams/{team}/fragments/box/fragment.html": "<p>box</p>"}  # fmt: skip


def test_two_teams_that_define_one_custom_element_are_told(tmp_path: Path) -> None:
    found = of(tmp_path, {**module("a", "x-box"), **module("b", "x-box")})
    assert [its.code for its in found] == ["element-clash"]
    assert [shown(its) for its in found] == [
        "teams/b/fragments/box/fragment.js:1:24: warning[element-clash]: a and b both define <x-box>, and the second "
        "definition throws (Team B; begin its name with that of the team: b-…)"
    ]
    assert [(its.file, its.line, its.owner) for its in found[0].related] == [
        ("teams/a/fragments/box/fragment.js", 1, "Team A <a@site.example>")
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a-box", "<a-box> begins with the name of a, and b defines it"),
        ("mfe-box", "<mfe-box> begins like the tool's own elements"),
        ("b-box", ""),
        ("x-box", ""),
    ],
)
def test_an_element_that_begins_with_the_name_of_another_is_told(tmp_path: Path, name: str, message: str) -> None:
    assert [its.message for its in of(tmp_path, module("b", name))] == [message] * bool(message)


def test_elements_are_found_however_they_are_defined() -> None:
    text = (
        "window.customElements.define(`t-x`, A)\nglobalThis.customElements.define('a-b', A)\n"
        "@customElement('c-d') class C {}\nother.define('e-f'); customElements.get('g-h'); define('i-j')\n"
    )
    assert [(its.name, its.line, its.column) for its in module_of(text.encode()).elements] == [
        ("a-b", 2, 35),
        ("c-d", 3, 17),
    ]


# -- what it costs


def test_levels_are_those_of_checks(tmp_path: Path) -> None:
    files = {**BOX, SHEET: "h2 { color: red }\n"}
    result = built(site(tmp_path, files, tables=f'{QUIET}global-selector = "error"\n'))
    assert (only(result, "global-selector").severity, result.published) == ("error", False)
    put(
        tmp_path,
        "teams/b/team.toml",
        team_toml("b", '[offers]\nfragments = ["box"]\n[checks]\nglobal-selector = "off"\n'),
    )
    assert problems(built(tmp_path)) == []


def test_a_style_sheet_is_read_once_and_what_it_says_is_said_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = of(tmp_path, {SHEET: "h2 { color: red }\n", MAIN: ".a { color: red }\n"})
    seen: list[bytes] = []

    def noted(data: bytes, mark: str) -> SheetScan:
        seen.append(data)
        return scanned(data, mark)

    monkeypatch.setattr("mfe_static.assets.naming.scanned", noted)
    put(tmp_path, MAIN, ".a { color: blue }\n")
    assert list(built(tmp_path).problems) == first
    assert seen == [b".a { color: blue }\n"]
    put(tmp_path, SHEET, "h3 { color: red }\n")
    assert '"h3"' in only(built(tmp_path), "global-selector").message
    assert list(built(tmp_path, cache=False).problems) == list(built(tmp_path).problems)


# -- modes


def apart(team: str, mode: str, rest: str = "") -> Files:
    return {f"teams/{team}/team.toml": team_toml(team, f'isolation = "{mode}"\n{rest}')}


OFFER = '[offers]\nfragments = ["box"]\n'


def sheet(root: Path, url: str, number: int) -> str:
    """The style sheet that a page links, by its place among them."""
    path = page(root, url).split('<link rel="stylesheet" href="')[number + 1].partition('"')[0]
    return (root / f"dist{path}").read_text()


def test_a_site_whose_teams_are_in_layers_is_what_it_was(tmp_path: Path) -> None:
    files = {**BOX, SHEET: ".b-box { color: red }\n", MAIN: ".a { color: red }\n"}
    made(tmp_path / "one", files)
    made(tmp_path / "two", {**files, **apart("a", "layer"), **apart("b", "layer", OFFER)})
    one, two = tree(tmp_path / "one/dist"), tree(tmp_path / "two/dist")
    assert {path: data for path, data in one.items() if not path.startswith("_mfe/contracts")} == {
        path: data for path, data in two.items() if not path.startswith("_mfe/contracts")
    }


def test_a_team_in_scope_has_its_rules_around_its_own_parts_and_marks_them(tmp_path: Path) -> None:
    files = {
        **BOX, **apart("b", "scope", OFFER), SHEET: "@import 'more.css';\n@font-face { font-family: F }\n"
        ":scope { color: red }\nh2 { color: blue }\n@keyframes b-x { to { top: 0 } }\n",
        "teams/b/fragments/box/more.css": "p { color: red }\n",
        "teams/b/fragments/box/fragment.html": "<!-- x --><ul><li>1<li>2</ul>text<br><p>p<p>q</p><script></script>\n",
        "teams/a/pages/other.md": "# Other\n",
    }  # fmt: skip
    made(tmp_path, files)
    mark = ' data-mfe-team="b"'
    box = f"<!-- x --><ul{mark}><li>1<li>2</ul>text<br{mark}><p{mark}>p<p{mark}>q</p><script></script>"
    assert box in page(tmp_path, "/")
    assert mark not in page(tmp_path, "/other/")
    rules = '\n@scope ([data-mfe-team="b"]) to ([data-mfe-team]:not([data-mfe-team="b"])) {'
    whole = sheet(tmp_path, "/", 0)
    assert f"@font-face {{ font-family: F }}{rules}\n:scope {{ color: red }}\nh2 {{ color: blue }}\n}}\n@key" in whole
    more = whole.partition("'")[2].partition("'")[0]
    assert (tmp_path / f"dist/_mfe/assets/{more}").read_text() == f"{rules}p {{ color: red }}\n}}\n"


def test_a_page_of_a_team_in_scope_is_its_own_up_to_the_fragments_of_others(tmp_path: Path) -> None:
    files = {
        **BOX, **apart("a", "scope"), MAIN: "h2 { color: red }\n",
        "teams/b/fragments/box/fragment.html": '<h2>Box</h2><mfe-fragment src=":in"></mfe-fragment>',
        "teams/b/fragments/in.html": "<p><a href='/'>in</a></p>",
        "teams/a/fragments/own.html": "<h2>own</h2>",
        "teams/a/pages/index.md": '# Home\n\n<mfe-fragment src="b:box"></mfe-fragment>\n\n<mfe-fragment src=":own">'
        "</mfe-fragment>\n",
    }  # fmt: skip
    made(tmp_path, files)
    html = page(tmp_path, "/")
    assert '<main data-mfe-team="a">' in html
    assert '<h2 data-mfe-team="b">Box</h2><p data-mfe-team="b"><a href="/">in</a></p>' in html
    assert '<h2 data-mfe-team="a">own</h2>' in html


def test_a_shell_of_a_team_in_scope_is_marked_and_its_links_are_still_the_current_ones(tmp_path: Path) -> None:
    files = {
        **BOX, "teams/b/fragments/box/fragment.html": '<nav><a href="/">Home</a></nav>', **apart("b", "scope", OFFER),
        "teams/a/pages/index.md": "# Home\n",
    }  # fmt: skip
    made(tmp_path, files, tables=f'{QUIET}[shell]\nheader = "b:box"\n')
    assert '<nav data-mfe-team="b"><a href="/" aria-current="page">Home</a></nav>' in page(tmp_path, "/")


def test_a_fragment_of_a_team_in_shadow_is_a_tree_of_its_own_with_its_style_sheets(tmp_path: Path) -> None:
    files = {
        **BOX, **apart("b", "shadow", OFFER), SHEET: "h2 { color: red }\n",
        "teams/b/fragments/box/fragment.html": '<h2 id="b-box">Box</h2><mfe-fragment src=":in"></mfe-fragment>',
        "teams/b/fragments/in/fragment.html": "<p>in</p>",
        "teams/b/fragments/in/fragment.css": "p { color: red }\n",
        "teams/a/pages/index.md": '# Home\n\n<mfe-fragment src="b:box" class="x" id="y"></mfe-fragment>\n',
    }  # fmt: skip
    result = made(tmp_path, files)
    head, _, body = page(tmp_path, "/").partition("<body>")
    assert "stylesheet" not in head
    begin = 'team="b" fragment="{}"><template shadowrootmode="open" shadowrootclonable><link rel="stylesheet" href='
    assert f'<mfe-shadow class="x" id="y" {begin.format("box")}' in body
    assert body.count("<link") == 2
    assert f'<h2 id="b-box">Box</h2><mfe-shadow {begin.format("in")}' in body
    assert result.site
    (seen,) = [its for its in result.site.pages if its.page.url == "/"]
    assert (len(seen.css), seen.fragments) == (2, ("b:box", "b:in", "theme:footer", "theme:header"))
    assert seen.row.ids.split("\n") == ["y", "home"]


def test_a_link_to_an_id_in_a_shadow_leads_nowhere_and_that_is_said(tmp_path: Path) -> None:
    files = {
        **BOX, **apart("b", "shadow", OFFER),
        "teams/b/fragments/box/fragment.html": '<a href="#b-box">x</a><p id="b-box">y</p>',
    }  # fmt: skip
    assert [(its.code, its.file) for its in of(tmp_path, files)] == [
        ("broken-anchor", "teams/b/fragments/box/fragment.html")
    ]


def test_an_island_in_a_shadow_stands_in_it_with_its_own_html(tmp_path: Path) -> None:
    js = "export const mount = () => {}\n"
    made(tmp_path, {**BOX, **apart("b", "shadow", OFFER), "teams/b/fragments/box/fragment.js": js})
    assert '<template shadowrootmode="open" shadowrootclonable><mfe-island src=' in page(tmp_path, "/")
    assert "islands" in page(tmp_path, "/").partition("</head>")[0]


def test_another_mode_of_a_team_is_another_page(tmp_path: Path) -> None:
    files = {**BOX, SHEET: ".b-box { color: red }\n", MAIN: ".a { color: red }\n"}
    made(tmp_path, files)
    for team, mode in (("b", "scope"), ("a", "scope"), ("b", "shadow"), ("b", "layer"), ("a", "layer")):
        put(tmp_path, f"teams/{team}/team.toml", apart(team, mode, OFFER * (team == "b"))[f"teams/{team}/team.toml"])
        assert problems(built(tmp_path)) == []
        after = tree(tmp_path / "dist")
        built(tmp_path, cache=False)
        assert tree(tmp_path / "dist") == after


@pytest.mark.parametrize("mode", ["scope", "shadow"])
def test_a_mode_keeps_a_selector_in_and_names_in_scope_are_still_the_document_s(tmp_path: Path, mode: str) -> None:
    mine, theirs = "@keyframes x { to { top: 0 } }\n", "h2 { color: red }\n@keyframes x { to { top: 1px } }\n"
    found = of(tmp_path, {**apart("b", mode, OFFER), MAIN: mine, SHEET: theirs})
    assert [its.code for its in found] == ["keyframes-clash"] * (mode == "scope")


def test_nobody_reaches_what_stands_in_a_shadow(tmp_path: Path) -> None:
    assert of(tmp_path, {**apart("b", "shadow", OFFER), MAIN: "h2 { color: red }\n"}) == []


def test_a_team_with_another_tool_has_no_mode(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.md": "# A\n", **apart("b", "scope", '[build]\noutput = "html"\n'),
             "teams/b/html/index.html": "<!doctype html><html lang=en><title>B</title><h1>B</h1>"}  # fmt: skip
    found = only(built(site(tmp_path, files)), "bad-value")
    assert (found.file, found.line) == ("teams/b/team.toml", 2)


def test_an_unknown_mode_is_a_problem(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.md": "# A\n", **apart("a", "shaddow")}
    assert only(built(site(tmp_path, files)), "bad-value").file == "teams/a/team.toml"


PIECES = (
    "a p * :root .x #y { } ( ) [ ] @media @font-face @keyframes @scope to @property --v : ; , ' \" \\ /* */ url( "
    "<!-- --> & > @import @layer :is( !important \x20 \n \0"
).split(" ")


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_however_broken_a_style_sheet_is_no_rule_of_it_leaves_its_scope(text: str) -> None:
    scanned(text.encode(), "")  # every text is a style sheet
    whole = css.in_layer(css.parsed(scoped(css.parsed(text), roots("a"))), {}, "l")
    assert {its.name for its in css.parsed(whole).statements} <= {"@layer", "@import", "@namespace"}
    inner = css.parsed(scoped(css.parsed(text), roots("a"))).statements
    assert all(its.name.startswith("@") for its in inner)


def test_an_import_of_nothing_takes_no_rule_with_it() -> None:
    assert (
        css.in_layer(css.parsed("@import; p { color: red }"), {}, "l") == "@import;\n@layer l {\n p { color: red }\n}\n"
    )
