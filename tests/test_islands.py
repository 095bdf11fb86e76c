"""Fragments with behaviour: what stands around them, what the head says of modules, and what is published."""

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mfe_static.build import build
from mfe_static.cli import program
from mfe_static.run import Options
from mfe_static.session import Session
from sites import (
    NOW,
    QUIET,
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
    rendered,
    site,
    stitched,
    team_toml,
    tree,
)

WITHOUT_DEFAULT = "write `export function mount({ host, props, signal })`, without `default`"
MOUNT = "export function mount({ host, props }) { host.dataset.mounted = JSON.stringify(props) }\n"
BUTTON: Files = {
    "teams/cart/fragments/mini/fragment.html": "---\nparams: {count: int}\n---\n<button>{{ params.count }}</button>",
    "teams/cart/fragments/mini/fragment.js": MOUNT,
    "teams/cart/team.toml": team_toml("cart", '[offers]\nfragments = ["mini"]\n'),
}
SHOP: Files = {
    **BUTTON,
    "teams/shop/pages/index.md": '# Shop\n\n<mfe-fragment src="cart:mini" count="3"></mfe-fragment>\n',
    "teams/shop/pages/plain.md": "# Plain\n",
}
ROUTES = {"shop": "/", "cart": ""}


def shop(root: Path, more: Files | None = None, **options: Any) -> Path:
    made(root, {**SHOP, **(more or {})}, routes=ROUTES, **options)
    return root


def tag(root: Path, url: str = "/") -> str:
    """The first island of a page."""
    found = re.search(r"<mfe-island[^>]*>", page(root, url))
    assert found
    return found[0]


def importmap(html: str) -> dict[str, Any]:
    found = re.findall(r'<script type="importmap">(.*?)</script>', html)
    assert len(found) == 1
    table: dict[str, Any] = json.loads(found[0])
    return table


def modules(root: Path) -> list[str]:
    """The published modules without fingerprints, the tool's own left out."""
    folder = root / "dist/_mfe/modules"
    names = tree(folder) if folder.exists() else {}
    return sorted(
        re.sub(r"\.[0-9a-f]{10}(?=\.m?js$)", "", name) for name in names if not name.startswith("mfe/islands.")
    )


def listed(root: Path, what: str) -> list[dict[str, Any]]:
    """What `mfe-static list` answers."""
    answer = CliRunner().invoke(program, ["list", what, "--root", str(root), "--json"])
    rows: list[dict[str, Any]] = json.loads(answer.stdout)
    return rows


# -- the element


def test_a_fragment_with_behaviour_is_pre_rendered_in_an_element_with_its_module_and_its_props(tmp_path: Path) -> None:
    shop(tmp_path)
    assert re.fullmatch(
        r'<mfe-island src="/_mfe/modules/cart/fragments/mini/fragment\.[0-9a-f]{10}\.js" team="cart" fragment="mini"'
        r""" owner="Team Cart" props='\{"count":3\}'><button>3</button></mfe-island>""",
        main(tmp_path, "/").partition("</h1>\n")[2].strip(),
    )


def test_why_names_the_modules_of_a_page_and_what_they_weigh(tmp_path: Path) -> None:
    root = shop(tmp_path)
    told = CliRunner().invoke(program, ["why", "/", "--root", str(root)]).stdout
    row = listed(root, "urls")[0]
    assert len(row["js"]) == 2
    assert all(f"    {url}\n" in told for url in row["js"])
    assert f"{row['bytes']['js']:,} of JavaScript\n" in told


def test_a_page_without_behaviour_says_nothing_of_modules(tmp_path: Path) -> None:
    without = {path: text for path, text in SHOP.items() if not path.endswith(".js")}
    made(tmp_path / "without", without, routes=ROUTES)
    shop(tmp_path / "with")
    assert page(tmp_path / "with", "/plain/") == page(tmp_path / "without", "/plain/")
    assert "script" not in page(tmp_path / "without", "/") + page(tmp_path / "with", "/plain/")


def test_without_modules_nothing_of_them_is_published(tmp_path: Path) -> None:
    made(tmp_path, {"teams/shop/pages/index.md": "# Hi"})
    assert not any("modules" in path for path in tree(tmp_path / "dist"))
    assert "modules" not in (tmp_path / "dist/_headers").read_text()


@pytest.mark.parametrize(
    "when", ["load", "idle", "visible", "visible:200px", "visible:-10% 0px", "interaction", "media(min-width: 40em)"]
)
def test_the_tag_says_when_a_module_is_loaded(tmp_path: Path, when: str) -> None:
    shop(tmp_path, {"teams/shop/pages/index.md": f'# Hi\n\n<mfe-fragment src="cart:mini" hydrate="{when}" />\n'})
    assert f' when="{when}"' in tag(tmp_path)


@pytest.mark.parametrize("when", ["visble", "media", "media()", "load ", "visible:10em", "on:click", "never", "LOAD"])
def test_another_moment_is_a_problem(tmp_path: Path, when: str) -> None:
    files = {**SHOP, "teams/shop/pages/index.md": f'# Hi\n\n<mfe-fragment src="cart:mini" hydrate="{when}" />\n'}
    found = only(built(site(tmp_path, files, routes=ROUTES)), "bad-fragment-tag")
    assert (found.file, found.line, f'not "{when}"' in found.message) == ("teams/shop/pages/index.md", 3, True)


def test_class_and_id_go_to_the_element_and_without_behaviour_nowhere(tmp_path: Path) -> None:
    files = {
        "teams/shop/pages/index.md": (
            "# Hi\n\n[There](#mine)\n\n"
            '<mfe-fragment src="cart:mini" class="a &quot;b&quot;" id="mine" />\n\n'
            '<mfe-fragment src="note" class="c" id="other" hydrate="load" />\n'
        ),
        "teams/shop/fragments/note.html": "<p>Note</p>",
    }
    shop(tmp_path, files)
    assert tag(tmp_path).startswith('<mfe-island id="mine" class="a &quot;b&quot;" src=')
    assert main(tmp_path, "/").strip().endswith("</mfe-island>\n<p>Note</p>")


def test_the_id_of_an_element_counts_as_any_other(tmp_path: Path) -> None:
    text = '# Hi\n\n<mfe-fragment src="cart:mini" id="hi" />\n'
    result = built(site(tmp_path, {**SHOP, "teams/shop/pages/index.md": text}, routes=ROUTES))
    assert 'the id "hi" stands twice on /' in only(result, "duplicate-id").message


def test_props_have_the_types_that_params_declare_and_cannot_break_out(tmp_path: Path) -> None:
    declared = (
        "---\nparams: {text: string, whole: int, part: number, on: bool, many: list, none: string, "
        'given: {type: string, default: "</mfe-island>\'>"}}\nvary: [language]\n---\n<b></b>'
    )
    hard = "it's &lt;/script&gt; &amp;amp; &quot;q&quot; \u2028 ü"
    text = f'# Hi\n\n<mfe-fragment src="cart:mini" text="{hard}" whole="-7" part="1.5" on many="a, b c" />\n'
    shop(tmp_path, {"teams/cart/fragments/mini/fragment.html": declared, "teams/shop/pages/index.md": text})
    written = tag(tmp_path)
    assert written.count("'") == 2
    assert not set("<>") & set(written[1:-1])
    props = json.loads(html.unescape(written.split("'")[1]))
    assert props == {
        "text": 'it\'s </script> &amp; "q" \u2028 ü',
        "whole": -7,
        "part": 1.5,
        "on": True,
        "many": ["a", "b", "c"],
        "none": None,
        "given": "</mfe-island>'>",
        "language": "en",
    }


def test_a_number_that_json_cannot_hold_is_none(tmp_path: Path) -> None:
    files = {
        **SHOP,
        "teams/cart/fragments/mini/fragment.html": "---\nparams: {count: number}\n---\n<b></b>",
        "teams/shop/pages/index.md": '# Hi\n\n<mfe-fragment src="cart:mini" count="1e999" />\n',
    }
    assert (
        'is no number for the param "count"' in only(built(site(tmp_path, files, routes=ROUTES)), "bad-param").message
    )


def test_two_tags_of_one_variant_may_say_different_moments(tmp_path: Path) -> None:
    text = (
        '# Hi\n\n<mfe-fragment src="cart:mini" hydrate="load" />\n\n<mfe-fragment src="cart:mini" hydrate="idle" />\n'
    )
    shop(tmp_path, {"teams/shop/pages/index.md": text})
    assert re.findall(r'when="(\w+)"', page(tmp_path, "/")) == ["load", "idle"]
    assert page(tmp_path, "/").count("modulepreload") == 1


def test_fragments_in_fragments_are_islands_of_their_own(tmp_path: Path) -> None:
    files = {
        "teams/cart/fragments/box/fragment.html": '<div><mfe-fragment src="mini" hydrate="load" /></div>',
        "teams/cart/fragments/box/fragment.mjs": MOUNT,
        "teams/cart/team.toml": team_toml("cart", '[offers]\nfragments = ["box"]\n'),
        "teams/shop/pages/index.md": '# Hi\n\n<mfe-fragment src="cart:box" />\n',
    }
    shop(tmp_path, files)
    assert re.findall(r'fragment="(\w+)"|(</mfe-island>)', page(tmp_path, "/")) == [
        ("box", ""), ("mini", ""), ("", "</mfe-island>"), ("", "</mfe-island>"),
    ]  # fmt: skip
    assert 'rel="modulepreload" href="/_mfe/modules/cart/fragments/mini/' in page(tmp_path, "/")


def test_the_shell_may_hold_islands_and_its_links_are_marked_as_ever(tmp_path: Path) -> None:
    files = {
        "teams/cart/fragments/top.html": '<header><a href="/">Shop</a> <mfe-fragment src="mini" /></header>',
        "teams/cart/team.toml": team_toml("cart", '[offers]\nfragments = ["mini", "top"]\n'),
    }
    shop(tmp_path, files, tables='[checks]\nmissing-description = "off"\n[shell]\nheader = "cart:top"\n')
    for url, mark in (("/", ' aria-current="page"'), ("/plain/", "")):
        assert f'<header><a href="/"{mark}>Shop</a> <mfe-island src="' in page(tmp_path, url)
        assert importmap(page(tmp_path, url))["integrity"]


def test_nothing_in_the_head_can_have_behaviour(tmp_path: Path) -> None:
    files = {**SHOP, "teams/shop/pages/index.md": '---\nhead: "cart:mini"\n---\n# Hi\n'}
    found = only(built(site(tmp_path, files, routes=ROUTES)), "bad-fragment-tag")
    assert "has behaviour, which nothing in the head can have" in found.message
    assert found.file == "teams/shop/pages/index.md"


def test_a_fragment_that_failed_is_no_island(tmp_path: Path) -> None:
    files = {
        **SHOP,
        "teams/cart/fragments/mini/fragment.html": "{{ params.nothing.at.all }}",
        "teams/shop/pages/index.md": '# Hi\n\n<mfe-fragment src="cart:mini">Fallback</mfe-fragment>\n',
    }
    result = built(site(tmp_path, files, routes=ROUTES))
    assert codes(result) == ["undefined-variable"]
    assert result.published
    assert "Fallback" in main(tmp_path, "/")
    assert "<script" not in page(tmp_path, "/")


def test_an_island_of_block_content_in_running_text_is_a_problem_as_before(tmp_path: Path) -> None:
    files = {
        **SHOP,
        "teams/cart/fragments/mini/fragment.html": "<div>Block</div>",
        "teams/shop/pages/index.md": '# Hi\n\nText <mfe-fragment src="cart:mini" /> text\n',
    }
    only(built(site(tmp_path, files, routes=ROUTES)), "block-in-text")


def test_feeds_hold_the_html_and_no_element(tmp_path: Path) -> None:
    files = {
        "teams/shop/pages/news/index.md": "---\ntitle: News\nfeed: {content: true}\n---\n",
        "teams/shop/pages/news/a.md": '---\ndate: 2026-05-01\n---\n# A\n\n<mfe-fragment src="cart:mini" count="1" />\n',
    }
    shop(tmp_path, files, keys='base_url = "https://site.example"')
    feed = (tmp_path / "dist/news/feed.xml").read_text()
    assert "&lt;button&gt;1&lt;/button&gt;" in feed
    assert "mfe-island" not in feed


# -- modules


STORE: Files = {
    "teams/cart/fragments/mini/fragment.js": (
        "import { add } from './store.js'\nimport '../../lib/log.mjs'\nexport * from \"./store.js?fresh=1\"\n"
        "export const mount = () => import('../lazy/lazy.js')\n"
    ),
    "teams/cart/fragments/mini/store.js": "export const add = 1\n",
    "teams/cart/lib/log.mjs": "import '../fragments/mini/store.js'\n",
    "teams/cart/fragments/lazy/lazy.js": "export default 1\n",
    "teams/cart/fragments/lazy/never.js": "export default 2\n",
}


def test_what_a_module_imports_is_published_as_it_was_written_and_nothing_else_is(tmp_path: Path) -> None:
    shop(tmp_path, STORE)
    assert modules(tmp_path) == [
        "cart/fragments/lazy/lazy.js",
        "cart/fragments/mini/fragment.js",
        "cart/fragments/mini/store.js",
        "cart/lib/log.mjs",
    ]
    for path, content in tree(tmp_path / "dist/_mfe/modules/cart").items():
        source = re.sub(r"\.[0-9a-f]{10}(?=\.m?js$)", "", path)
        assert content == (tmp_path / "teams/cart" / source).read_bytes()
        assert hashlib.sha256(content).hexdigest()[:10] in path


def test_the_map_leads_from_relative_imports_to_files_with_fingerprints(tmp_path: Path) -> None:
    shop(tmp_path, STORE, keys='base_url = "https://site.example/base"')
    table = importmap(page(tmp_path, "/"))
    root = "/base/_mfe/modules/cart/"
    assert sorted(table) == ["imports", "integrity"]
    assert sorted(table["imports"]) == [
        f"{root}fragments/lazy/lazy.js",
        f"{root}fragments/mini/store.js",
        f"{root}fragments/mini/store.js?fresh=1",
        f"{root}lib/log.mjs",
    ]
    for source, url in table["imports"].items():
        content = (tmp_path / "dist" / url.removeprefix("/base/")).read_bytes()
        assert content == (tmp_path / "teams/cart" / source.removeprefix(root).partition("?")[0]).read_bytes()
        assert table["integrity"][url] == "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert tag(tmp_path).split('src="')[1].split('"')[0] in table["integrity"]


def test_the_map_comes_first_and_the_tools_own_module_last_each_with_its_integrity(tmp_path: Path) -> None:
    shop(tmp_path, {**STORE, "teams/shop/pages/index.md": '# Hi\n\n<mfe-fragment src="cart:mini" hydrate="load" />\n'})
    head = page(tmp_path, "/").partition("</head>")[0]
    tags = re.findall(r'<(?:script|link)[^>]*(?:type="importmap"|modulepreload|type="module")[^>]*>', head)
    assert ["importmap" in tags[0], "islands." in tags[-1]] == [True, True]
    assert [re.sub(r"\.[0-9a-f]{10}", "", re.findall(r"/([\w.]+\.m?js)", tag)[0]) for tag in tags[1:]] == [
        "fragment.js", "store.js", "log.mjs", "islands.js",
    ]  # fmt: skip
    assert all("integrity=" in tag for tag in tags[1:])


def test_two_pages_have_the_same_map(tmp_path: Path) -> None:
    shop(tmp_path, {
        **STORE,
        "teams/shop/fragments/own/fragment.html": "<i></i>",
        "teams/shop/fragments/own/fragment.js": MOUNT,
        "teams/shop/pages/plain.md": '# Plain\n\n<mfe-fragment src="own" />\n',
    })  # fmt: skip
    assert importmap(page(tmp_path, "/")) == importmap(page(tmp_path, "/plain/"))
    assert len(importmap(page(tmp_path, "/"))["integrity"]) == 5


def test_names_of_modules_are_encoded_as_browsers_do(tmp_path: Path) -> None:
    files = {
        "teams/cart/fragments/mini/fragment.js": f"import './größe a.js'\nimport './gr%C3%B6%C3%9Fe%20a.js'\n{MOUNT}",
        "teams/cart/fragments/mini/größe a.js": "export {}\n",
    }
    shop(tmp_path, files)
    table = importmap(page(tmp_path, "/"))
    assert len(table["imports"]) == 2
    assert set(table["imports"].values()) < set(table["integrity"])
    assert all("/gr%C3%B6%C3%9Fe%20a." in url for url in table["imports"].values())


def test_a_map_cannot_end_its_script(tmp_path: Path) -> None:
    files = {
        "teams/cart/fragments/mini/fragment.js": f"import './a.js?</script><b>'\n{MOUNT}",
        "teams/cart/fragments/mini/a.js": "export {}\n",
    }
    shop(tmp_path, files)
    assert any(name.endswith("a.js?</script><b>") for name in importmap(page(tmp_path, "/"))["imports"])


CARE = "teams/cart/fragments/mini/fragment.js"


@pytest.mark.parametrize(
    ("said", "code", "words", "hint"),
    [
        ("./stor.js", "missing-asset", 'there is no file "./stor.js"', 'did you mean "store.js"?'),
        (".//store.js", "missing-asset", 'there is no file', ""),
        ("./store", "missing-asset", 'there is no file "./store"', 'write "./store.js"'),
        ("../mini", "missing-asset", 'there is no file "../mini"', ""),
        ("../../../shop/x.js", "import-outside", "leads out of the folder", "import files of the team's own folder"),
        ("/assets/x.js", "import-outside", "is no module of this team", "by ./ or ../"),
        ("https://cdn.example/x.js", "import-outside", "is no module of this team", "[dependencies]"),
        ("//cdn.example/x.js", "import-outside", "is no module of this team", "[dependencies]"),
        ("data:text/javascript,1", "import-outside", "is no module of this team", ""),
        ("node:fs", "import-outside", "is no module of this team", "Node.js"),
        ("", "import-outside", '"" is no module', ""),
        ("./data.json", "module-kind", "is no JavaScript", "export default"),
        ("./look.css", "module-kind", "is no JavaScript", "fragment.css"),
        ("./absent.css", "module-kind", "is no JavaScript", "fragment.css"),
        ("./part.ts", "module-kind", "is no JavaScript", "the team's own tool"),
        ("./part.jsx", "module-kind", "is no JavaScript", "the team's own tool"),
        ("./old.cjs", "module-kind", "is CommonJS", "ES module"),
        ("preact", "undeclared-import", '"preact" is not declared', 'add preact = "^…" under [dependencies]'),
        ("@lit/x/y.js", "undeclared-import", '"@lit/x" is not declared', 'add "@lit/x" = "^…"'),
        ("lib", "undeclared-import", '"lib" is not declared', 'did you mean "libs"?'),
    ],
)  # fmt: skip
def test_an_import_that_cannot_be_is_a_problem_at_its_place(
    tmp_path: Path, said: str, code: str, words: str, hint: str
) -> None:
    files = {
        **SHOP,
        "teams/cart/team.toml": team_toml("cart", '[offers]\nfragments = ["mini"]\n[dependencies]\nlibs = "*"\n'),
        CARE: f"// here it is\n  import '{said}'\n{MOUNT}",
        **{f"teams/cart/fragments/mini/{name}": "x" for name in ("store.js", "data.json", "look.css", "part.ts")},
    }
    found = only(built(site(tmp_path, files, routes=ROUTES)), code)
    assert (found.file, found.line, found.column) == (CARE, 2, 11)
    assert words in found.message
    assert hint in found.hint
    assert found.team == "cart"


def test_what_only_looks_like_an_import_is_none(tmp_path: Path) -> None:
    text = "// import './no.js'\nconst a = `import './no.js'`, b = /import '.\\/no.js'/\nimport(a)\n" + MOUNT
    shop(tmp_path, {CARE: text})


@pytest.mark.parametrize("suffix", ["ts", "tsx", "jsx"])
def test_a_fragment_whose_module_was_not_built_is_a_problem(tmp_path: Path, suffix: str) -> None:
    files = {path: text for path, text in SHOP.items() if path != CARE}
    source = f"teams/cart/fragments/mini/fragment.{suffix}"
    result = built(site(tmp_path, {**files, source: "export {}"}, routes=ROUTES))
    assert only(result, "module-kind").file == source
    put(tmp_path, CARE, MOUNT)
    assert codes(built(tmp_path)) == []


def test_commonjs_is_no_module(tmp_path: Path) -> None:
    result = built(site(tmp_path, {**SHOP, CARE: "module.exports = { mount() {} }\n"}, routes=ROUTES))
    assert only(result, "module-kind").message == "this is CommonJS, and no module"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00import 'x'", b"import", b"import '", b"\x00" * 9, b"(" * 9_999])
def test_a_module_that_is_damaged_is_told_of(tmp_path: Path, content: bytes) -> None:
    result = built(site(tmp_path, {**SHOP, CARE: content}, routes=ROUTES))
    assert codes(result)
    assert {*codes(result)} <= {"no-mount", "module-syntax", "undeclared-import"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("export function mount({ host }) {\n  host.focus(\n}\n", (2, 3)),
        ("export const mount = () => { /* ü */ let x = ; }\n", (1, 44)),
        ("export function mount() {}}\n", (1, 27)),
        ("export const mount = ( => 1\n", (1, 23)),
    ],
)
def test_a_module_that_is_mistyped_is_shown_where(tmp_path: Path, text: str, place: tuple[int, int]) -> None:
    found = only(built(site(tmp_path / "own", {**SHOP, CARE: text}, routes=ROUTES)), "module-syntax")
    assert (found.file, found.severity, found.line, found.column) == (CARE, "warning", *place)
    off = {"teams/cart/team.toml": f"{SHOP['teams/cart/team.toml']!s}" + '[checks]\nmodule-syntax = "off"\n'}
    assert codes(built(site(tmp_path / "off", {**SHOP, **off, CARE: text}, routes=ROUTES))) == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "write `export"),
        ("document.title = 'x'\n", "write `export"),
        ("function mount() {}\nexport default mount\n", "write `export"),
        ("export function moun() {}\n", 'rename "moun"'),
        ("const mount = () => {}\nexport { mount as begin }\n", "write `export"),
        ("export * as mounts from './a.js'\n", 'rename "mounts"'),
        ("export default function mount() {}\n", WITHOUT_DEFAULT),
        ("export default async function mount() {}\n", WITHOUT_DEFAULT),
        ("export default /* it */ function* mount() {}\n", WITHOUT_DEFAULT),
        ("export default class mount {}\n", WITHOUT_DEFAULT),
        ("export default ({ host }) => {}\n", WITHOUT_DEFAULT),
        ("export const mount = 5\n", "write `export"),
        ("export const mount = { mount() {} }\n", "write `export"),
    ],
)
def test_a_module_that_pages_cannot_start_is_a_problem(tmp_path: Path, text: str, hint: str) -> None:
    files = {**SHOP, CARE: text, "teams/cart/fragments/mini/a.js": "export {}\n"}
    found = only(built(site(tmp_path, files, routes=ROUTES)), "no-mount")
    assert (found.file, found.hint[: len(hint)]) == (CARE, hint)


@pytest.mark.parametrize(
    "text",
    [
        "export async function mount() {}\n",
        "export let x = 1, mount = () => {}\n",
        "export const { mount } = { mount() {} }\n",
        "export { begin as mount } from './a.js'\n",
        "export { begin as 'mount' } from './a.js'\n",
        "export * from './a.js'\n",
        "export class mount {}\n",
        "export default function mount() {}\nexport { mount }\n",
        "export { begin as mount } from './a.js'\nexport default 5\n",
        "export let mount = null\nmount = () => {}\n",
        "const x = 5\nexport const y = 5, mount = x ? () => {} : null\n",
        "export const mount = (() => () => {})(), x = 5\n",
        "export const [mount] = [() => {}]\n",
        "export { begin as mount, begin as delete } from './a.js'\n",
        "import { begin as x } from './a.js'\nexport { x as mount, x as if, x as default }\n",
        "export { begin as mount } from './a.js' with {\n  type: 'javascript'\n}\n",
        "export * from './a.js' with { }\n",
    ],
)
def test_every_way_to_export_mount_is_seen(tmp_path: Path, text: str) -> None:
    files = {**SHOP, CARE: text, "teams/cart/fragments/mini/a.js": "export const begin = () => {}\n"}
    assert codes(built(site(tmp_path, files, routes=ROUTES))) == []


@pytest.mark.parametrize(
    "text",
    [
        "import { delete as remove } from './a.js'\n",
        "import whole, { if as y, x } from './a.js'\n",
        "export { new } from './a.js'\n",
        "export * as in from './a.js'\n",
        "export { default as x } from './a.js' with { type: 'javascript' }\n",
        "const text = String.raw`\\underline{a} ${1} \\xi`\nimport './a.js'\n",
    ],
)
def test_an_import_is_found_whatever_its_names_and_attributes(tmp_path: Path, text: str) -> None:
    files = {**SHOP, CARE: f"{text}export const mount = () => {{}}\n", "teams/cart/fragments/mini/a.js": "export {}\n"}
    result = built(site(tmp_path, files, routes=ROUTES))
    assert codes(result) == []
    assert any("/a." in path for path in tree(tmp_path / "dist"))


def test_modules_may_import_each_other_in_a_circle(tmp_path: Path) -> None:
    files = {
        CARE: "import './a.js'\n" + MOUNT,
        "teams/cart/fragments/mini/a.js": "import './b.js'\n",
        "teams/cart/fragments/mini/b.js": "import './a.js'\nimport './fragment.js'\n",
    }
    shop(tmp_path, files)
    assert len(modules(tmp_path)) == 3


def test_a_theme_may_have_islands_too(tmp_path: Path) -> None:
    files = {
        "themes/plain/fragments/menu/fragment.html": "<details></details>",
        "themes/plain/fragments/menu/fragment.js": f"import './x.js'\n{MOUNT}",
        "themes/plain/fragments/menu/x.js": "export {}\n",
        "teams/shop/pages/index.md": '# Hi\n\n<mfe-fragment src="theme:menu" />\n',
    }
    made(tmp_path, files)
    assert modules(tmp_path) == ["theme/fragments/menu/fragment.js", "theme/fragments/menu/x.js"]
    put(tmp_path, "themes/plain/fragments/menu/x.js", "import 'preact'\n")
    found = only(built(tmp_path), "undeclared-import")
    assert (found.file, found.hint[:7]) == ("themes/plain/fragments/menu/x.js", "a theme")


# -- what others are told


def test_contracts_and_lists_tell_behaviour_and_what_a_page_loads(tmp_path: Path) -> None:
    result = built(site(tmp_path, {**SHOP, **STORE}, routes=ROUTES))
    assert [fragment.behaviour for fragment in contract(result, "cart").fragments] == [True]
    rows = {row["url"]: row for row in listed(tmp_path, "urls")}
    assert rows["/plain/"]["js"] == []
    assert rows["/plain/"]["bytes"]["js"] == 0
    names = [re.sub(r"\.[0-9a-f]{10}", "", url) for url in rows["/"]["js"]]
    assert names == [
        "/_mfe/modules/mfe/islands.js",
        "/_mfe/modules/cart/fragments/mini/fragment.js",
        "/_mfe/modules/cart/fragments/mini/store.js",
        "/_mfe/modules/cart/lib/log.mjs",
    ]
    files = [tmp_path / "dist" / url.lstrip("/") for url in rows["/"]["js"]]
    assert rows["/"]["bytes"]["js"] == sum(file.stat().st_size for file in files)


# -- again


def test_a_changed_module_renders_nothing_and_stitches_the_pages_with_islands(tmp_path: Path) -> None:
    files = {
        **STORE,
        "teams/shop/fragments/own/fragment.html": "<i></i>",
        "teams/shop/fragments/own/fragment.js": MOUNT,
        "teams/shop/pages/other.md": '# Other\n\n<mfe-fragment src="own" />\n',
    }
    shop(tmp_path, files)
    assert (rendered(again := built(tmp_path)), stitched(again)) == (set(), set())
    put(tmp_path, "teams/cart/fragments/mini/store.js", "export const add = 2\n")
    assert (rendered(again := built(tmp_path)), stitched(again)) == (set(), {"/", "/other/"})
    put(tmp_path, "teams/cart/lib/log.mjs", "export {}\n")
    assert (rendered(again := built(tmp_path)), stitched(again)) == (set(), {"/", "/other/"})
    put(tmp_path, "teams/cart/fragments/lazy/never.js", "export default 3\n")
    assert (rendered(again := built(tmp_path)), stitched(again)) == (set(), set())


EDITS: dict[str, Files] = {
    "a module changes": {"teams/cart/fragments/mini/store.js": "export const add = 3\n"},
    "a module imports another": {"teams/cart/lib/log.mjs": "import '../fragments/lazy/never.js'\n"},
    "a fragment gets behaviour": {"teams/shop/fragments/own/fragment.js": MOUNT},
    "a tag says another moment": {
        "teams/shop/pages/index.md": '# Shop\n\n<mfe-fragment src="cart:mini" hydrate="load"></mfe-fragment>\n'
    },
    "a team has another owner": {
        "teams/cart/team.toml": 'owner = "B & \\"C\\" <b@site.example>"\n[offers]\nfragments = ["mini"]\n'
    },
    "params have other types": {
        "teams/cart/fragments/mini/fragment.html": "---\nparams: {count: string}\n---\n<button></button>"
    },
    "a team asks for an origin": {
        "teams/cart/team.toml": team_toml(
            "cart", '[offers]\nfragments = ["mini"]\n[security]\nconnect = ["https://api.example"]\n'
        )
    },
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_build_with_memory_makes_what_one_without_makes(tmp_path: Path, edit: str) -> None:
    files = {
        **STORE,
        "teams/shop/fragments/own/fragment.html": "<i></i>",
        "teams/shop/pages/other.md": '# Other\n\n<mfe-fragment src="own" />\n',
    }
    shop(tmp_path, files)
    for path, text in EDITS[edit].items():
        put(tmp_path, path, text)
    assert built(tmp_path).published
    warm = tree(tmp_path / "dist")
    assert built(tmp_path, cache=False).published
    assert tree(tmp_path / "dist") == warm
    assert built(tmp_path, cache=False, jobs=2).published
    assert tree(tmp_path / "dist") == warm


def test_a_fragment_that_loses_its_behaviour_is_plain_again(tmp_path: Path) -> None:
    shop(tmp_path)
    (tmp_path / CARE).unlink()
    again = built(tmp_path)
    assert (problems(again), stitched(again)) == ([], {"/"})
    assert "mfe-island" not in page(tmp_path, "/")
    assert modules(tmp_path) == []


def test_a_process_that_builds_again_sees_changed_modules(tmp_path: Path) -> None:
    shop(tmp_path, STORE)
    session, options = Session(), Options(now=NOW, jobs=1)
    build(tmp_path, options, session=session)
    put(tmp_path, "teams/cart/fragments/mini/store.js", "export const add = 9\n")
    again = build(tmp_path, options, session=session)
    assert stitched(again) == {"/"}
    warm = tree(tmp_path / "dist")
    built(tmp_path, cache=False)
    assert tree(tmp_path / "dist") == warm


# -- packages


def package(root: Path, folder: str, version: str = "1.2.3", files: Files | None = None, **said: Any) -> None:
    """Install a package below a folder of `node_modules`."""
    name = folder.rpartition("node_modules/")[2]
    matter = {"name": name, "version": version, "type": "module", **said}
    put(root, f"{folder}/package.json", json.dumps(matter))
    for path, text in (files or {"index.js": f"export default '{name} {version}'\n"}).items():
        put(root, f"{folder}/{path}", text)


def wanting(text: str, module: str = "import 'lib'\n") -> Files:
    """A team whose module imports a package, with these lines under `[dependencies]`."""
    toml = team_toml("cart", f'[offers]\nfragments = ["mini"]\n[dependencies]\n{text}\n')
    return {**SHOP, "teams/cart/team.toml": toml, CARE: module + MOUNT}


@pytest.mark.parametrize("place", ["teams/cart/node_modules", "teams/node_modules", "node_modules"])
def test_a_declared_package_comes_from_the_nearest_node_modules(tmp_path: Path, place: str) -> None:
    package(tmp_path, f"{place}/lib")
    made(tmp_path, wanting('lib = "^1.2"'), routes=ROUTES)
    url = importmap(page(tmp_path, "/"))["imports"]["lib"]
    assert re.fullmatch(r"/_mfe/modules/mfe/lib@1\.2\.3/index\.[0-9a-f]{10}\.js", url)
    assert (tmp_path / "dist" / url[1:]).read_text() == "export default 'lib 1.2.3'\n"


def test_node_modules_is_read_only_where_declared_and_only_what_is_needed(tmp_path: Path) -> None:
    files = {"index.js": "import './used.js'\n", "used.js": "export {}\n", "unused.js": "export {}\n"}
    package(tmp_path, "teams/cart/node_modules/lib", files=files)
    package(tmp_path, "teams/cart/node_modules/other", files={"index.js": "import 'nowhere'\n"})
    made(tmp_path, wanting('lib = "*"\nother = "*"'), routes=ROUTES)
    assert modules(tmp_path) == ["cart/fragments/mini/fragment.js", "mfe/lib@1.2.3/index.js", "mfe/lib@1.2.3/used.js"]


EXPORTS = {
    ".": {"types": "./x.d.ts", "require": "./no.cjs", "browser": {"development": "./dev.js", "default": "./main.js"}},
    "./hooks": "./dist/hooks.mjs",
    "./icons/*": "./icons/*.js",
    "./icons/private/*": None,
    "./listed": ["./listed.js"],
}


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("lib", "main.js"),
        ("lib/hooks", "dist/hooks.mjs"),
        ("lib/icons/up", "icons/up.js"),
        ("lib/listed", "listed.js"),
        ("lib/nothing", ""),
        ("lib/icons/private/x", ""),
        ("lib/package.json", ""),
    ],
)
def test_exports_of_a_package_say_which_file_is_meant(tmp_path: Path, said: str, path: str) -> None:
    names = ("main.js", "dist/hooks.mjs", "icons/up.js", "listed.js", "icons/private/x.js")
    package(tmp_path, "node_modules/lib", files=dict.fromkeys(names, "export {}\n"), exports=EXPORTS)
    result = built(site(tmp_path, wanting('lib = "1"', f"import '{said}'\n"), routes=ROUTES))
    if path:
        assert problems(result) == []
        assert f"mfe/lib@1.2.3/{path}" in modules(tmp_path)
    else:
        found = only(result, "missing-dependency")
        assert (found.file, found.line) == (CARE, 1)


def test_what_a_package_needs_comes_along_and_imports_of_its_own_work(tmp_path: Path) -> None:
    package(
        tmp_path, "node_modules/lib", dependencies={"deep": "^2"}, imports={"#inner": "./inner.js"},
        files={"index.js": "import 'deep'\nimport '#inner'\nimport 'lib/self.js'\n", "inner.js": "", "self.js": ""},
    )  # fmt: skip
    package(tmp_path, "node_modules/lib/node_modules/deep", "2.1.0")
    package(tmp_path, "node_modules/deep", "1.0.0")
    made(tmp_path, wanting('lib = "1"'), routes=ROUTES)
    table = importmap(page(tmp_path, "/"))
    assert "mfe/deep@2.1.0/index.js" in modules(tmp_path)
    assert sorted(table["imports"]) == ["#inner", "deep", "lib", "lib/self.js"]
    assert "scopes" not in table


@pytest.mark.parametrize(
    ("lines", "said", "code", "words"),
    [
        ('lib = "^1"', {}, "missing-dependency", '"lib" is not installed'),
        ('lib = {version = "^1", from = "vendor/lib.js"}', {}, "missing-dependency", "no file or package"),
        ('lib = "^1"', {"version": "2.0.0"}, "dependency-range", '"lib" is installed as 2.0.0, and ^1 is declared'),
        ('lib = "^1"', {"version": "new"}, "dependency-range", '"lib" is installed as new'),
        ('lib = "latest"', {"version": "1.0.0"}, "bad-value", '"latest" is no range of versions'),
        ('lib = "^1"', {"name": "../../x"}, "bad-data", "it names no package and version"),
        ('lib = "^1"', {"exports": "../x.js"}, "missing-dependency", '"lib" 1.2.3 offers no module'),
        ('lib = "^1"', {"exports": "./absent.js"}, "missing-asset", "there is no file"),
        ('lib = "^1"', {"exports": {"./x": "./index.js"}}, "missing-dependency", "offers no module"),
        ('lib = "^1"', {"exports": "./index.cjs"}, "module-kind", "is CommonJS"),
        ('lib = "^1"', {"files": {"index.js": "exports.x = require('y')\n"}}, "module-kind", "this is CommonJS"),
        ('lib = "^1"', {"files": {"index.js": "import 'gone'\n"}}, "missing-dependency", '"lib" needs "gone"'),
        ('lib = {version = 1}', {}, "bad-value", "must be text"),
        ('lib = {from = 1}', {}, "bad-value", "must be text"),
        ('lib = {form = "x"}', {}, "unknown-key", 'unknown key "dependencies.lib.form"'),
    ],
)  # fmt: skip
def test_a_dependency_that_cannot_be_is_a_problem(
    tmp_path: Path, lines: str, said: dict[str, Any], code: str, words: str
) -> None:
    if said:
        package(tmp_path, "node_modules/lib", **said)
    result = built(site(tmp_path, wanting(lines), routes=ROUTES))
    found = [found.message for found in result.problems if found.code == code]
    assert [words in message for message in found] == [True], problems(result)
    assert not result.published


def test_a_problem_of_a_dependency_stands_at_its_line(tmp_path: Path) -> None:
    found = only(built(site(tmp_path, wanting('lib = "^1"'), routes=ROUTES)), "missing-dependency")
    assert (found.file, found.line) == ("teams/cart/team.toml", 5)
    assert found.hint == "run npm install lib in teams/cart or in the site's root"


@pytest.mark.parametrize("text", ["{", "[]", '{"name": 1}', "\xff", "[" * 99_999])
def test_a_damaged_package_is_said(tmp_path: Path, text: str) -> None:
    put(tmp_path, "node_modules/lib/package.json", text.encode("latin-1"))
    only(built(site(tmp_path, wanting('lib = "^1"'), routes=ROUTES)), "bad-data")


def test_a_package_may_be_a_link_within_the_site_and_not_out_of_it(tmp_path: Path) -> None:
    root = tmp_path / "site"
    package(root, "node_modules/.store/lib@1.2.3/node_modules/lib", dependencies={"deep": "*"},
            files={"index.js": "import 'deep'\n"})  # fmt: skip
    package(root, "node_modules/.store/lib@1.2.3/node_modules/deep")
    (root / "teams/cart/node_modules").mkdir(parents=True)
    (root / "teams/cart/node_modules/lib").symlink_to(root / "node_modules/.store/lib@1.2.3/node_modules/lib")
    made(root, wanting('lib = "^1"'), routes=ROUTES)
    package(tmp_path, "elsewhere/node_modules/lib")
    (root / "teams/cart/node_modules/lib").unlink()
    (root / "teams/cart/node_modules/lib").symlink_to(tmp_path / "elsewhere/node_modules/lib")
    assert "outside the site's folder" in only(built(root), "symlink-outside").message


def test_a_changed_package_is_noticed_where_nobody_walks(tmp_path: Path) -> None:
    package(tmp_path, "node_modules/lib")
    made(tmp_path, wanting('lib = "^1"'), routes=ROUTES)
    built(tmp_path)  # so that no file of the output was written in the very last moment
    assert built(tmp_path, quick=True).site is None
    put(tmp_path, "node_modules/lib/index.js", "export default 'other'\n")
    again = built(tmp_path, quick=True)
    assert again.site is not None
    assert stitched(again) == {"/"}
    package(tmp_path, "teams/cart/node_modules/lib", "1.9.0")  # a nearer one
    assert built(tmp_path, quick=True).published
    assert "mfe/lib@1.9.0/index.js" in modules(tmp_path)


def test_a_vendored_file_is_a_module_of_the_team(tmp_path: Path) -> None:
    files = {"teams/cart/vendor/lib.js": "import './more.js'\n", "teams/cart/vendor/more.js": "export {}\n"}
    made(tmp_path, {**wanting('lib = {version = "^1.2.0", from = "vendor/lib.js"}'), **files}, routes=ROUTES)
    assert "/_mfe/modules/cart/vendor/lib." in importmap(page(tmp_path, "/"))["imports"]["lib"]


def test_a_vendored_folder_is_a_package(tmp_path: Path) -> None:
    package(tmp_path, "teams/cart/vendor/lib", name="lib")
    made(tmp_path, wanting('lib = {version = "^1.2.0", from = "vendor/lib"}'), routes=ROUTES)
    assert "mfe/lib@1.2.3/index.js" in modules(tmp_path)


# -- sharing


def both(first: str, second: str, module: str = "import 'lib'\n") -> Files:
    """Two teams whose islands want a package, on one page."""
    files: dict[str, str | bytes] = {}
    for name, lines in (("cart", first), ("shop", second)):
        toml = team_toml(name, f'[offers]\nfragments = ["{name}"]\n[dependencies]\n{lines}\n')
        files[f"teams/{name}/team.toml"] = toml
        files[f"teams/{name}/fragments/{name}/fragment.html"] = "<i></i>"
        files[f"teams/{name}/fragments/{name}/fragment.js"] = module + MOUNT
    text = '# Hi\n\n<mfe-fragment src="cart:cart" />\n\n<mfe-fragment src="shop" />\n'
    return {**files, "teams/shop/pages/index.md": text}


def test_ranges_that_one_version_satisfies_share_it(tmp_path: Path) -> None:
    package(tmp_path, "teams/cart/node_modules/lib", "1.2.0")
    package(tmp_path, "teams/shop/node_modules/lib", "1.9.0")
    made(tmp_path, both('lib = "^1.0"', 'lib = ">=1.5 <3"'), routes=ROUTES)
    table = importmap(page(tmp_path, "/"))
    assert "lib@1.9.0" in table["imports"]["lib"]
    assert "scopes" not in table
    assert [name for name in modules(tmp_path) if "lib@" in name] == ["mfe/lib@1.9.0/index.js"]


def test_ranges_that_none_satisfies_get_a_scope_and_a_warning_with_the_cost_and_both_owners(tmp_path: Path) -> None:
    package(tmp_path, "teams/cart/node_modules/lib", "1.2.0", {"index.js": "export default 1\n" + " " * 1_000})
    package(tmp_path, "teams/shop/node_modules/lib", "2.0.0")
    result = built(site(tmp_path, both('lib = "^1"', 'lib = "^2"'), routes=ROUTES))
    assert problems(result) == [
        'teams/cart/team.toml:5:1: warning[dependency-twice]: "lib" is on the site twice: 2.0.0 for shop (^2), 1.2.0 '
        "for cart (^1); the second costs 1,017 bytes (Team Cart; agree on a range that one version satisfies)"
    ]
    assert [(other.file, other.owner) for other in result.problems[0].related] == [
        ("teams/shop/team.toml", "Team Shop <shop@site.example>")
    ]
    table = importmap(page(tmp_path, "/"))
    assert "lib@2.0.0" in table["imports"]["lib"]
    assert list(table["scopes"]) == ["/_mfe/modules/cart/"]
    assert "lib@1.2.0" in table["scopes"]["/_mfe/modules/cart/"]["lib"]


def test_packages_of_two_versions_find_what_belongs_to_each(tmp_path: Path) -> None:
    for team, number in (("cart", "1.0.0"), ("shop", "2.0.0")):
        package(tmp_path, f"teams/{team}/node_modules/lib", number, dependencies={"deep": f"^{number}"},
                files={"index.js": "import 'deep'\n"})  # fmt: skip
        package(tmp_path, f"teams/{team}/node_modules/deep", number)
    result = built(site(tmp_path, both('lib = "^1"', 'lib = "^2"'), routes=ROUTES))
    assert codes(result) == ["dependency-twice", "dependency-twice"]
    scopes = importmap(page(tmp_path, "/"))["scopes"]
    assert "deep@1.0.0" in scopes["/_mfe/modules/mfe/lib@1.0.0/"]["deep"]
    assert list(scopes) == ["/_mfe/modules/cart/", "/_mfe/modules/mfe/lib@1.0.0/"]


def test_a_vendored_file_counts_as_the_lowest_version_of_its_range(tmp_path: Path) -> None:
    package(tmp_path, "teams/shop/node_modules/lib", "1.9.0")
    put(tmp_path, "teams/cart/vendor/lib.js", "export default 'mine'\n")
    first = 'lib = {version = "^1.2.0", from = "vendor/lib.js"}'
    made(tmp_path, both(first, 'lib = "^1"'), routes=ROUTES)
    assert "lib@1.9.0" in importmap(page(tmp_path, "/"))["imports"]["lib"]
    assert "cart/vendor/lib.js" not in modules(tmp_path)


def test_a_version_without_what_somebody_imports_is_not_shared(tmp_path: Path) -> None:
    package(
        tmp_path,
        "teams/cart/node_modules/lib",
        "1.2.0",
        {"hooks.js": ""},
        exports={".": "./hooks.js", "./hooks": "./hooks.js"},
    )
    put(tmp_path, "teams/shop/vendor/lib.js", "export default 'mine'\n")
    files = both('lib = "^1"', 'lib = {version = "^1.9.0", from = "vendor/lib.js"}')
    files = {**files, "teams/cart/fragments/cart/fragment.js": "import 'lib/hooks'\n" + MOUNT}
    result = built(site(tmp_path, files, routes=ROUTES))
    assert codes(result) == ["dependency-twice"]
    assert importmap(page(tmp_path, "/"))["imports"].keys() == {"lib", "lib/hooks"}


# -- the policy


def policy(root: Path) -> dict[str, list[str]]:
    found = re.findall(r"Content-Security-Policy: (.*)", (root / "dist/_headers").read_text())
    rules = [rule.split() for rule in found[0].split(";")]
    return {name: sources for name, *sources in rules}


def map_hash(root: Path) -> str:
    text = re.findall(r'<script type="importmap">(.*?)</script>', page(root, "/"))[0]
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_the_policy_names_the_map_and_modules_are_kept_for_ever(tmp_path: Path) -> None:
    shop(tmp_path)
    rules = policy(tmp_path)
    assert rules["script-src"] == ["'self'", map_hash(tmp_path)]
    assert rules["require-trusted-types-for"] == ["'script'"]
    assert rules["trusted-types"] == ["mfe"]
    headers = (tmp_path / "dist/_headers").read_text()
    assert "Integrity-Policy: blocked-destinations=(script)\n" in headers
    assert "\n/_mfe/modules/*\n  Cache-Control: public, max-age=31536000, immutable\n" in headers


@pytest.mark.parametrize(
    ("own", "sources"),
    [
        ("default-src 'self'", ["'self'", "HASH"]),
        ("script-src 'none'", ["HASH"]),
        ("script-src 'self' 'unsafe-inline'", ["'self'", "'unsafe-inline'"]),
        ("script-src 'nonce-a' 'unsafe-inline'", ["'nonce-a'", "'unsafe-inline'", "HASH"]),
        ("img-src 'self'", None),
    ],
)
def test_a_policy_of_the_sites_own_lets_the_map_in_where_it_would_not(
    tmp_path: Path, own: str, sources: list[str] | None
) -> None:
    shop(tmp_path, tables=f'[checks]\nmissing-description = "off"\n[security]\npolicy = "{own}"\n')
    wanted = sources and [source.replace("HASH", map_hash(tmp_path)) for source in sources]
    assert policy(tmp_path).get("script-src") == wanted


def test_a_policy_that_names_the_map_already_stays_as_it_is(tmp_path: Path) -> None:
    shop(tmp_path)
    own = f"default-src 'none';  script-src {map_hash(tmp_path)} 'self'"
    text = (tmp_path / "site.toml").read_text() + f'[security]\npolicy = "{own}"\n'
    put(tmp_path, "site.toml", text)
    built(tmp_path)
    assert policy(tmp_path)["script-src"] == [map_hash(tmp_path), "'self'"]


def asking(lines: str) -> Files:
    return {**SHOP, "teams/cart/team.toml": team_toml("cart", f'[offers]\nfragments = ["mini"]\n[security]\n{lines}\n')}


def test_what_a_team_needs_is_let_in_and_shown_with_its_name(tmp_path: Path) -> None:
    lines = (
        'connect = ["https://api.example", "wss://live.example:8443/x"]\nframe = ["https://video.example"]\n'
        'img = ["https://pictures.example", "blob:"]\ntrusted_types = ["lit-html"]\nscript = ["\'wasm-unsafe-eval\'"]\n'
    )
    made(tmp_path, asking(lines), routes=ROUTES)
    rules = policy(tmp_path)
    assert rules["connect-src"] == ["'self'", "https://api.example", "wss://live.example:8443/x"]
    assert rules["frame-src"] == ["https://video.example"]
    assert rules["img-src"] == ["'self'", "data:", "https:", "blob:", "https://pictures.example"]
    assert rules["trusted-types"] == ["mfe", "lit-html"]
    rows = listed(tmp_path, "policy")
    assert {(row["directive"], row["source"]) for row in rows if row["teams"] == ["cart"]} == {
        ("connect-src", "https://api.example"),
        ("connect-src", "wss://live.example:8443/x"),
        ("frame-src", "https://video.example"),
        ("img-src", "https://pictures.example"),
        ("img-src", "blob:"),
        ("trusted-types", "lit-html"),
        ("script-src", "'wasm-unsafe-eval'"),
    }
    assert {"directive": "default-src", "source": "'none'", "teams": []} in rows


@pytest.mark.parametrize(
    "lines",
    [
        "script = [\"'unsafe-inline'\"]", "script = [\"'unsafe-eval'\"]", 'connect = ["*"]', 'script = ["data:"]',
        'script = ["https:"]', 'style = ["\'unsafe-inline\'"]', 'img = ["http://x.example"]', 'img = ["x.example"]',
        'connect = ["https://x.example; script-src *"]', 'connect = ["https://*"]', 'trusted_types = ["*"]',
        'trusted_types = ["\'allow-duplicates\'"]', 'connect = [""]',
        'script = ["https://x.example\\n*"]', 'frame = ["blob:"]',
    ],
)  # fmt: skip
def test_what_would_take_the_policy_its_strength_is_refused_at_its_place(tmp_path: Path, lines: str) -> None:
    found = only(built(site(tmp_path, asking(lines), routes=ROUTES)), "unsafe-policy")
    assert (found.file, found.line) == ("teams/cart/team.toml", 5)
    assert found.column > len("img = ")


def test_a_policy_that_is_too_long_for_hosts_is_a_problem(tmp_path: Path) -> None:
    many = ", ".join(f'"https://host-{number}.example"' for number in range(80))
    found = only(built(site(tmp_path, asking(f"connect = [{many}]"), routes=ROUTES)), "header-too-long")
    assert "Cloudflare reads 2,000" in found.message
    assert "cart ask for origins" in found.hint


def test_scripts_that_are_copied_have_their_integrity_too(tmp_path: Path) -> None:
    files = {
        "public/site.js": "1",
        "teams/shop/public/team.js": "2",
        "teams/shop/pages/index.html": '<h1>Hi</h1><script src="/site.js"></script><script src="/team.js"></script>',
    }
    made(tmp_path, files)
    for path in ("site.js", "team.js"):
        found = re.findall(rf'<script src="/{path}" integrity="sha384-([^"]*)">', page(tmp_path, "/"))
        content = (tmp_path / "dist" / path).read_bytes()
        assert found == [base64.b64encode(hashlib.sha384(content).digest()).decode()]
    put(tmp_path, "public/site.js", "3")
    assert stitched(built(tmp_path)) >= {"/"}
    warm = page(tmp_path, "/")
    built(tmp_path, cache=False)
    assert page(tmp_path, "/") == warm


def test_documents_of_other_tools_get_the_map_before_their_own_scripts_and_may_have_these_without_hashes(
    tmp_path: Path,
) -> None:
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>App</title>'
        '<meta name="description" content="d"><script type="module" src="app.js"></script></head><body><h1>App</h1>'
        '<mfe-fragment src="cart:mini" hydrate="load"></mfe-fragment></body></html>'
    )
    files = {
        **BUTTON,
        "teams/shop/team.toml": team_toml("shop", '[build]\noutput = "out"\ninject = {styles = "none"}\n'),
        "teams/shop/out/index.html": document,
        "teams/shop/out/app.js": "import './more.js'\n",
    }
    made(tmp_path, files, routes=ROUTES)
    head, _, rest = page(tmp_path, "/").partition('<script type="module" src="app.js"></script>')
    assert importmap(head)["integrity"]
    assert "islands." in head
    assert "<mfe-island " in rest
    assert "Integrity-Policy" not in (tmp_path / "dist/_headers").read_text()
    assert policy(tmp_path)["script-src"] == ["'self'", map_hash(tmp_path)]
    assert "trusted-types" not in policy(tmp_path)


def test_where_pages_are_searched_nothing_is_asked_for_that_the_search_cannot_do(tmp_path: Path) -> None:
    toml = f'title = "Site"\n[teams]\nshop = "/"\n{QUIET}[search]\npath = "/find/"\n'
    made(tmp_path, {"teams/shop/pages/index.md": "# Hi", "site.toml": toml})
    assert "Integrity-Policy" not in (tmp_path / "dist/_headers").read_text()
    assert "trusted-types" not in policy(tmp_path)
