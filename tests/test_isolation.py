"""Promises about isolation: what reaches from one team to another on one page is said, with both places and owners."""

from pathlib import Path

import pytest

from mfe_static.assets.naming import scanned
from mfe_static.kept import Reach, SheetScan
from mfe_static.modules.scanning import scanned as module_of
from mfe_static.problems import Problem
from sites import QUIET, Files, built, codes, made, only, problems, put, shown, site, team_toml

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
        ":host { color: red }", "main { .a { color: red } }", "/* p { color: red } */",
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
        "(Team B; begin it with a class of your own, as in .b h2)"
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
