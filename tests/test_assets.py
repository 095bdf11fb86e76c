"""The asset room: names by content, style sheets rewritten and put into layers, pictures measured."""

import os
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfe_static.assets import POOL, Asset, AssetFolder, css, picture_size, pool_path
from mfe_static.digests import fingerprint, integrity
from mfe_static.problems import Problem, in_order

Files = dict[str, str | bytes]


def folder_of(root: Path, files: Files, *, layer: str = "", base_path: str = "") -> AssetFolder:
    """Write `files` below `root` and open them as the assets of the team decide."""
    real = {}
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        real[path] = str(target)
    return AssetFolder(real, "teams/decide/assets", layer=layer, base_path=base_path)


def asked(folder: AssetFolder, path: str, layer: str | None = None) -> Asset:
    asset = folder.get(path, layer)
    assert asset is not None
    return asset


def text_of(folder: AssetFolder, path: str, layer: str | None = None) -> str:
    """The final text of a style sheet, from wherever it is to be taken."""
    asset = asked(folder, path, layer)
    data = Path(asset.real).read_bytes() if asset.real else asset.content
    assert asset.size == len(data)
    assert asset.integrity == integrity(data)
    assert fingerprint(data) in asset.path
    return data.decode()


def name(folder: AssetFolder, path: str) -> str:
    """What the file is called in the pool, without the pool's folder."""
    return asked(folder, path).path.removeprefix(POOL)


def rewritten(root: Path, sheet: str, *others: str, base_path: str = "") -> tuple[str, AssetFolder]:
    """The final text of `css/site.css`, next to `others`, each of which is a file with its name as content."""
    folder = folder_of(root, {"css/site.css": sheet, **{other: other for other in others}}, base_path=base_path)
    return text_of(folder, "css/site.css"), folder


def png(width: int, height: int) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">LL", width, height) + b"\x08\x06\x00\x00\x00" + bytes(8)
    )


def jpeg(width: int, height: int, orientation: int = 0) -> bytes:
    tiff = b"MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01" + struct.pack(">HHL", orientation, 0, 0)
    exif = b"Exif\x00\x00" + tiff
    head = b"\xff\xd8" + (b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif if orientation else b"")
    return head + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + bytes(9) + b"\xff\xd9"


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content) + 8) + kind + content


def avif(width: int, height: int, quarters: int = 0) -> bytes:
    size = box(b"ispe", bytes(4) + struct.pack(">LL", width, height)) + box(b"irot", bytes([quarters]))
    use = box(b"ipma", bytes(4) + struct.pack(">LHBBB", 1, 1, 2, 1, 2))
    item = box(b"pitm", bytes(4) + b"\x00\x01")
    meta = box(b"meta", bytes(4) + item + box(b"iprp", box(b"ipco", size) + use))
    return box(b"ftyp", b"avif" + bytes(4) + b"avifmif1") + meta


def webp(width: int, height: int) -> bytes:
    content = (
        b"WEBPVP8X\x0a\x00\x00\x00" + bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    )
    return b"RIFF" + struct.pack("<L", len(content)) + content


# -- names


def test_a_files_name_carries_the_fingerprint_of_its_content(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"js/app.js": "export {}\n"})
    asset = asked(folder, "js/app.js")
    assert asset == Asset(
        f"_mfe/assets/app.{fingerprint(b'export {}' + bytes([10]))}.js",
        integrity(b"export {}\n"),
        0,
        0,
        str(tmp_path / "js/app.js"),
        b"",
        10,
    )


def test_a_file_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert folder_of(tmp_path, {}).get("logo.svg") is None


@pytest.mark.parametrize(
    ("source", "stem", "suffix"),
    [
        ("Logo Big.PNG", "logo-big", ".png"),
        ("größe.svg", "gre", ".svg"),
        ("日本.woff2", "file", ".woff2"),
        ("LICENSE", "license", ""),
        (".htaccess", "file", ".htaccess"),
        ("app.min.js", "app.min", ".js"),
        ('a"b<c>?#%.js', "abc", ".js"),
        ("..x.css", "x", ".css"),
    ],
)
def test_names_in_the_pool_are_plain(source: str, stem: str, suffix: str) -> None:
    assert pool_path(f"any/folder/{source}", b"x") == f"_mfe/assets/{stem}.{fingerprint(b'x')}{suffix}"


@given(st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=400))
def test_every_name_in_the_pool_fits_a_file_system(source: str) -> None:
    found = pool_path(source, b"x").removeprefix(POOL)
    assert len(found.encode()) <= 255
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert not found.startswith(".")
    assert fingerprint(b"x") in found


@settings(max_examples=25)
@given(st.binary(max_size=40), st.sampled_from(["a.js", "logo.svg", "Big Font.woff2", "x.css"]))
def test_the_same_file_of_two_teams_is_one_url(content: bytes, file: str) -> None:
    assert pool_path(f"css/{file}", content) == pool_path(f"other/{file}", content)
    assert pool_path(file, content) != pool_path(file, content + b"!")


def test_the_same_sheet_with_the_same_font_in_two_teams_is_one_url(tmp_path: Path) -> None:
    files: Files = {"a/site.css": "@font-face { src: url(../f.woff2) }", "f.woff2": b"font"}
    moved: Files = {"b/c/site.css": "@font-face { src: url(../f.woff2) }", "b/f.woff2": b"font"}
    one, two = folder_of(tmp_path / "1", files), folder_of(tmp_path / "2", moved)
    assert asked(one, "a/site.css").path == asked(two, "b/c/site.css").path


# -- dependency order


def test_a_sheets_fingerprint_changes_with_a_font_far_below_and_with_nothing_else(tmp_path: Path) -> None:
    files: Files = {
        "site.css": '@import "parts/base.css";',
        "parts/base.css": "@font-face { src: url('../fonts/a.woff2') }",
        "fonts/a.woff2": b"one",
        "fonts/b.woff2": b"one",
    }
    before = asked(folder_of(tmp_path / "1", files), "site.css").path
    other = asked(folder_of(tmp_path / "2", {**files, "fonts/b.woff2": b"two"}), "site.css").path
    after = asked(folder_of(tmp_path / "3", {**files, "fonts/a.woff2": b"two"}), "site.css").path
    assert before == other
    assert before != after


@settings(max_examples=40)
@given(st.permutations(["a.css", "b.css", "c.css", "d.css", "x.png"]), st.permutations(range(10)))
def test_neither_the_order_of_files_nor_of_questions_matters(
    tmp_path_factory: pytest.TempPathFactory, files: list[str], questions: list[int]
) -> None:
    root = tmp_path_factory.getbasetemp() / "order"
    folder = folder_of(
        root,
        {
            "a.css": '@import "b.css"; a { b: url(x.png) }',
            "b.css": '@import "c.css"; @import "d.css"; a { b: url(gone.png) }',
            "c.css": '@import "b.css";',
            "d.css": "d { e: url(x.png) }",
            "x.png": png(2, 1),
        },
    )
    one = AssetFolder(folder.files, "s", layer="team")
    two = AssetFolder({file: folder.files[file] for file in files}, "s", layer="team")
    pairs = [(file, layer) for file in sorted(files) for layer in ("team", "")]
    expected = {pair: one.get(*pair) for pair in pairs}
    assert {pairs[at]: two.get(*pairs[at]) for at in questions} == {pairs[at]: expected[pairs[at]] for at in questions}
    assert in_order(one.problems) == in_order(two.problems)
    assert sorted(p.code for p in one.problems) == ["asset-cycle", "missing-asset"]


def test_two_thousand_chained_imports_are_no_trouble(tmp_path: Path) -> None:
    files: Files = {f"s{at}.css": f'@import "s{at + 1}.css";' for at in range(2000)}
    folder = folder_of(tmp_path, {**files, "s2000.css": "a { b: c }"}, layer="team")
    assert name(folder, "s0.css").startswith("s0.")
    assert folder.problems == []


def test_a_ring_of_two_thousand_imports_is_one_problem(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {f"s{at}.css": f'@import "s{(at + 1) % 2000}.css";' for at in range(2000)})
    assert folder.get("s7.css")
    (found,) = folder.problems
    assert (found.code, found.file) == ("asset-cycle", "teams/decide/assets/s0.css")


def test_a_circle_of_imports_is_named_once_however_it_is_entered(tmp_path: Path) -> None:
    files: Files = {
        "entry.css": '@import "b.css";',
        "a.css": 'x{}\n  @import "b.css";',
        "b.css": '@import "c.css"; @import "a.css";',
        "c.css": '@import "a.css";',
    }
    folder = folder_of(tmp_path, files)
    for path in ("entry.css", "c.css", "a.css"):
        folder.get(path)
    (found,) = folder.problems
    assert found.code == "asset-cycle"
    assert "a.css → b.css → a.css" in found.message
    assert (found.file, found.line) == ("teams/decide/assets/a.css", 2)
    other = AssetFolder(folder.files, folder.shown)
    other.get("c.css", "layer")
    assert other.problems == [found]


def test_a_sheet_that_imports_itself_is_a_circle(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"css/a.css": "@import './a.css';"})
    assert text_of(folder, "css/a.css") == "@import './a.css';"
    assert [found.code for found in folder.problems] == ["asset-cycle"]
    assert "css/a.css → css/a.css" in folder.problems[0].message


# -- URLs in style sheets


@pytest.mark.parametrize(
    "sheet",
    [
        "a { background: url(%) }",
        "a { background: url( % ) no-repeat }",
        'a { background: url("%") }',
        "a { background: url('%') }",
        "a { background: URL(%) }",
        "a { background: u\\72l(%) }",
        'a { background: \\55 rl("%") }',
        'a { background: src("%") }',
        'a { background: url("%" crossorigin(anonymous)) }',
        'a { background: image-set("%" 1x type("image/png")) }',
        "a { background: -webkit-image-set(url(%) 1x) }",
        "@font-face { src: local('%%'), url(%) format('woff2') }",
        ":root { --logo: url(%) }",
        "@media (min-width: 1px) { a { b: url(%) } }",
        "@supports (a: url(%%)) { a { b: url(%) } }",
        "a { /* url(%%) */ b: url(%) } /* url(%%)",
        "a::after { content: 'url(%%)\\'' } a { b: url(%) }",
        "a { b: 10url(%%) #url(%%) ; c: url(%) }",
        "a { b: url(%",
        'a { b: url("%',
        '@import "%";',
        '@import url("%") layer(a) supports(b: url(%%)) print;',
        "@\\69mport '%'",
        'a { & b { c: url("%") } }',
    ],
)
def test_urls_and_only_urls_are_rewritten(tmp_path: Path, sheet: str) -> None:
    source = sheet.replace("%%", "not.png").replace("%", "../img/x.png")
    out, folder = rewritten(tmp_path, source, "img/x.png")
    assert out == source.replace("../img/x.png", name(folder, "img/x.png"))
    assert out != source
    assert [found for found in folder.problems if found.code != "bad-picture"] == []


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,AA==",
        "http://x.example/a.png",
        "HTTPS://x.example/a",
        "//x.example/a",
        "/\\x.example/a",
        "#id",
        "",
        "?x",
        "about:invalid",
        "blob:x",
    ],
)
def test_urls_that_are_not_ours_stay(tmp_path: Path, url: str) -> None:
    sheet = f"a {{ b: url('{css._escaped(url, chr(39))}') }}"
    out, folder = rewritten(tmp_path, sheet, base_path="/shop")
    assert (out, folder.problems) == (sheet, [])


def test_a_namespace_is_a_name_and_not_a_file(tmp_path: Path) -> None:
    sheet = '@namespace x "gone.css"; @namespace url(gone.css); a{}'
    out, folder = rewritten(tmp_path, sheet)
    assert (out, folder.problems) == (sheet, [])


@pytest.mark.parametrize(
    ("written", "file", "rest"),
    [
        ("font.eot?#iefix", "css/font.eot", "?#iefix"),
        ("../sprite.svg#icon", "sprite.svg", "#icon"),
        ("./a%20b.png?x=1", "css/a b.png", "?x=1"),
        ("a\\ b.png", "css/a b.png", ""),
        ("gro\u0308\u00dfe.png", "css/gr\u00f6\u00dfe.png", ""),
        ("a.png#x\\)y", "css/a.png", "#x\\)y"),
        ("a\\28 1\\29.png", "css/a(1).png", ""),
        ("..\\/img/./../b.png", "b.png", ""),
    ],
)
def test_a_url_finds_its_file_and_keeps_query_and_fragment(tmp_path: Path, written: str, file: str, rest: str) -> None:
    files: Files = {"css/site.css": f"a {{ b: url({written}) }}", file: "<svg/>"}
    folder = folder_of(tmp_path, files)
    assert text_of(folder, "css/site.css") == f"a {{ b: url({name(folder, file)}{rest}) }}"


def test_absolute_urls_get_the_path_of_the_base_url(tmp_path: Path) -> None:
    out, _ = rewritten(tmp_path, "a { b: url(/favicon.ico) url('/a b') }", base_path="/shop")
    assert out == "a { b: url(/shop/favicon.ico) url('/shop/a b') }"


def test_absolute_urls_stay_without_one(tmp_path: Path) -> None:
    sheet = "a { b: url(/favicon.ico) }"
    assert rewritten(tmp_path, sheet)[0] == sheet


def test_a_missing_file_is_a_problem_with_its_place_and_a_way_out(tmp_path: Path) -> None:
    _, folder = rewritten(tmp_path, "a{}\r\nü { b: url('../img/lgo.png') }", "img/logo.png", "other/x.png")
    (found,) = folder.problems
    assert (found.code, found.file, found.line) == ("missing-asset", "teams/decide/assets/css/site.css", 2)
    assert (found.column, found.length) == (13, len("../img/lgo.png"))
    assert found.hint == 'did you mean "../img/logo.png"?'


def test_a_file_in_another_folder_is_suggested_too(tmp_path: Path) -> None:
    _, folder = rewritten(tmp_path, "a { b: url(../image/logo.png) }", "img/logo.png")
    assert folder.problems[0].hint == 'did you mean "../img/logo.png"?'


def test_a_missing_file_is_said_once_though_the_sheet_is_made_twice(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"a.css": "a { b: url(x.png) }"})
    assert asked(folder, "a.css", "one").path != asked(folder, "a.css", "two").path
    assert len(folder.problems) == 1


@pytest.mark.parametrize("url", ["../../x.png", "%2e%2e/../x.png", "a/../../../x.png", ".."])
def test_a_url_cannot_leave_the_folder(tmp_path: Path, url: str) -> None:
    (tmp_path / "x.png").write_bytes(png(1, 1))
    sheet = f"a {{ b: url({url}) }}"
    out, folder = rewritten(tmp_path / "assets", sheet)
    assert out == sheet
    assert [found.code for found in folder.problems] == ["missing-asset"]


@pytest.mark.parametrize("url", ["javascript:x", " java\\73 cript:x", "data:text/html,x", "vbscript:x"])
def test_a_url_that_runs_code_is_taken_out(tmp_path: Path, url: str) -> None:
    out, folder = rewritten(tmp_path, f'a {{ b: url("{url}") }}')
    assert out == 'a { b: url("about:invalid") }'
    assert [found.code for found in folder.problems] == ["unsafe-url"]


_PIECES = st.sampled_from(
    [*"(){}[];:,.#@\\/*\"' \n\r\t\f-+!<>0eé\0", "a", "url", "\r\n", "/*", "*/", "@media ", "@layer x;", "<!--", "-->"]
)


@given(st.lists(_PIECES | st.text(max_size=3), max_size=40).map("".join))
def test_a_sheet_without_new_urls_and_layer_stays_as_it_is(text: str) -> None:
    assert css.rewritten(css.parsed(text), {}) == text


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_whatever_a_sheet_holds_its_layer_closes_at_its_end_and_not_before(text: str) -> None:
    sheet = css.parsed(css.in_layer(css.parsed(text), {}, "team"))
    assert sheet.ending == ""
    assert sheet.strays == ()
    assert [s.name for s in sheet.statements if s.block] == ["@layer"]


def test_a_sheet_without_urls_is_copied_byte_by_byte(tmp_path: Path) -> None:
    data = "\ufeff@charset \"utf-8\";\r\na { b: 'c' }\r\n".encode()
    asset = asked(folder_of(tmp_path, {"a.css": data}), "a.css")
    assert (asset.real, asset.content, asset.size) == (str(tmp_path / "a.css"), b"", len(data))


def test_a_sheet_that_is_not_utf_8_is_a_problem_with_its_place(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"a.css": b"a {}\nb { c: '\xe4' }"}, layer="team")
    assert folder.get("a.css")
    (found,) = folder.problems
    assert (found.code, found.file, found.line) == ("bad-encoding", "teams/decide/assets/a.css", 2)


# -- layers


def in_layer(text: str) -> str:
    return css.in_layer(css.parsed(text), {}, "team")


@pytest.mark.parametrize(
    ("sheet", "front", "body"),
    [
        ("a{}", "", "a{}"),
        ('@charset "utf-8";a{}', "", "a{}"),
        ("@import url(x.css);a{}", "@import url(x.css) layer(team);\n", "a{}"),
        ('@import "x.css" print;', '@import "x.css" layer(team) print;\n', ""),
        ('@import "x.css"', '@import "x.css" layer(team);\n', ""),
        ("@import url(x.css", "@import url(x.css) layer(team);\n", ""),
        ('@import "x" layer( a.b ) screen;', '@import "x" layer( team.a.b ) screen;\n', ""),
        ('@IMPORT url("x" y(1)) screen;', '@IMPORT url("x" y(1)) layer(team) screen;\n', ""),
        ("@namespace s url(u);a{}", "@namespace s url(u);\n", "a{}"),
        ("@layer a, b;c{}", "", "@layer a, b;c{}"),
        ('@layer a,b.c;@import "x" layer(b);', '@layer team.a,team.b.c;\n@import "x" layer(team.b);\n', ""),
        ('@import "x";@layer a;@import "ignored";', '@import "x" layer(team);\n', '@layer a;@import "ignored";'),
        ('a{}@import "ignored";', "", 'a{}@import "ignored";'),
        ("a{}}b{}", "", "a{})b{}"),
        ("<!--a{}-->b{}", "", "a{}b{}"),
        ("a{b:c", "", "a{b:c}"),
        ("a{b:'c", "", "a{b:'c'}"),
        ("a{b:'c\\", "", "a{b:'c\\\n'}"),
        ("/* a", "", "/* a*/"),
        ("/*/", "", "/*/*/"),
        ("a{b:url(c", "", "a{b:url(c)}"),
    ],
)
def test_a_sheet_in_a_layer_means_what_it_meant_alone(sheet: str, front: str, body: str) -> None:
    assert in_layer(sheet) == f"{front}@layer team {{\n{body}\n}}\n"


def test_an_anonymous_layer_of_an_import_stays_apart_inside_the_layer() -> None:
    own = "import-" + fingerprint(b'"x"')
    assert in_layer('@import "x" layer print;') == f'@import "x" layer(team.{own}) print;\n@layer team {{\n\n}}\n'


def test_an_imported_sheet_gets_its_layer_from_the_import_alone(tmp_path: Path) -> None:
    files: Files = {
        "css/site.css": '@import "base.css";\na{}',
        "css/base.css": "b{ c: url(x.svg) }",
        "css/x.svg": "<svg/>",
    }
    folder = folder_of(tmp_path, files, layer="team")
    base = asked(folder, "css/base.css", "")
    assert base.content.decode() == f"b{{ c: url({name(folder, 'css/x.svg')}) }}"
    assert text_of(folder, "css/site.css") == (
        f'@import "{base.path.removeprefix(POOL)}" layer(team);\n@layer team {{\n\na{{}}\n}}\n'
    )


def test_a_sheet_used_in_two_ways_is_two_assets(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"a.css": '@import "b.css";', "b.css": "c{}"}, layer="team")
    assert text_of(folder, "b.css") == "@layer team {\nc{}\n}\n"
    assert text_of(folder, "b.css", "") == "c{}"
    assert text_of(folder, "b.css", "other.part") == "@layer other.part {\nc{}\n}\n"
    assert name_in(text_of(folder, "a.css")) == asked(folder, "b.css", "").path.removeprefix(POOL)


def name_in(text: str) -> str:
    return text.split('"')[1]


def test_a_byte_order_mark_does_not_end_up_inside_the_layer(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"a.css": "\ufeffa{}"}, layer="team")
    assert text_of(folder, "a.css") == "@layer team {\na{}\n}\n"


# -- pictures


@pytest.mark.parametrize(
    ("file", "data", "size"),
    [
        ("a.png", png(3, 2), (3, 2)),
        ("bomb.png", png(60_000, 60_000), (60_000, 60_000)),
        ("a.JPG", jpeg(30, 20), (30, 20)),
        ("turned.jpeg", jpeg(30, 20, 6), (20, 30)),
        ("upside-down.jpeg", jpeg(30, 20, 3), (30, 20)),
        ("a.gif", b"GIF89a" + struct.pack("<HH", 7, 5) + bytes(8), (7, 5)),
        ("a.webp", webp(640, 480), (640, 480)),
        ("a.avif", avif(1920, 1080), (1920, 1080)),
        ("turned.avif", avif(30, 20, 3), (20, 30)),
        ("upside-down.avif", avif(30, 20, 2), (30, 20)),
        ("a.svg", b'<svg width="24" height="12px"/>', (24, 12)),
        ("a.svg", b"<svg viewBox='0 0 24.4 12'></svg>", (24, 12)),
        ("a.svg", b'<svg width="100" viewBox="0,0,20,10">', (100, 50)),
        ("a.svg", b'<svg height="100" viewBox="0 0 20 10">', (200, 100)),
        ("a.svg", b'<svg width="100%" height="100%" viewBox="0 0 20 10">', (20, 10)),
        ("a.svg", b'<svg width="1in" height="2.54cm">', (96, 96)),
        ("a.svg", b'<svg stroke-width="9" data-height="9" width="1" height="2">', (1, 2)),
        ("a.svg", b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <svg> --><svg width="1" height="2">', (1, 2)),
        ("a.svg", b'<!DOCTYPE svg [<!ENTITY a "]>">]>\n<svg title=">" width="1" height="2">', (1, 2)),
        ("a.svg", '<svg width="1" height="2">'.encode("utf-16"), (1, 2)),
        ("a.svg", b"""<svg title=' width="9" ' width="1" height="2">""", (1, 2)),
        ("a.svg", b'<s:svg xmlns:s="x" width="1" height="2">', (1, 2)),
        ("a.svg", b"<svg><symbol/></svg>", (0, 0)),
        ("a.svg", b'<svg width="1e999" height="2"/>', (0, 0)),
        ("a.svg", b'<svg viewBox="0 0 0 0"/>', (0, 0)),
        ("a.woff2", b"x", (0, 0)),
        ("a.ico", b"x", (0, 0)),
    ],
)  # fmt: skip
def test_pictures_have_the_size_in_which_they_are_shown(
    tmp_path: Path, file: str, data: bytes, size: tuple[int, int]
) -> None:
    folder = folder_of(tmp_path, {file: data})
    asset = asked(folder, file)
    assert (asset.width, asset.height) == size
    assert folder.problems == []
    assert picture_size(str(tmp_path / file), file) == (size if all(size) else None)


@pytest.mark.parametrize(
    ("file", "data"),
    [
        ("a.png", b""),
        ("a.png", b"\x89PNG\r\n\x1a\n"),
        ("a.png", png(0, 5)),
        ("a.png", b"<html>"),
        ("a.jpg", b"\xff\xd8" + bytes(1_000_000)),
        ("a.jpg", b"\xff\xd8\xff"),
        ("a.avif", avif(5, 5)[:40]),
        ("a.avif", b"\x00\x00\x00\x00ftypavif"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPjunk"),
        ("a.gif", b"GIF89a"),
        ("a.svg", b"hello"),
        ("a.svg", b"<svgx width='1' height='1'>"),
        ("a.svg", b"<!-- " * 50_000),
        ("a.svg", b'<svg a="' * 50_000),
    ],
)
def test_a_damaged_picture_is_a_warning_and_still_an_asset(tmp_path: Path, file: str, data: bytes) -> None:
    folder = folder_of(tmp_path, {file: data})
    asset = asked(folder, file)
    assert (asset.width, asset.height, asset.size) == (0, 0, len(data))
    (found,) = folder.problems
    assert (found.code, found.severity, found.file) == ("bad-picture", "warning", f"teams/decide/assets/{file}")


@given(st.binary(max_size=200), st.sampled_from([png(3, 2), jpeg(3, 2, 6), avif(3, 2), webp(3, 2), b"<svg ", b""]))
def test_no_bytes_at_all_make_measuring_fail(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, head: bytes
) -> None:
    for file in ("a.png", "a.svg"):
        path = tmp_path_factory.getbasetemp() / file
        path.write_bytes(head[: len(junk)] + junk)
        found = picture_size(str(path), file)
        assert found is None or isinstance(found, Problem) or min(found) > 0


# -- reading


def test_a_folder_of_a_thousand_pictures_is_not_read_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "here.png").write_bytes(png(1, 1))
    files = {f"{at}.png": str(tmp_path / "gone" / f"{at}.png") for at in range(1000)}
    folder = AssetFolder({**files, "here.png": str(tmp_path / "here.png")}, "teams/decide/assets")
    assert asked(folder, "here.png").width == 1
    assert folder.problems == []


def test_a_file_is_read_once(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"a.css": "a{ b: url(x.png) }", "x.png": png(1, 2)}, layer="team")
    before = asked(folder, "a.css"), asked(folder, "x.png")
    for path in folder.files.values():
        os.remove(path)
    assert (asked(folder, "a.css"), asked(folder, "x.png")) == before
    assert text_of(folder, "a.css", "other") == before[0].content.decode().replace("team", "other")
    assert folder.problems == []


def test_a_file_that_vanishes_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    folder = AssetFolder({"a.css": str(tmp_path / "a.css"), "b.png": str(tmp_path / "b.png")}, "s", layer="team")
    assert folder.get("a.css")
    assert folder.get("b.png")
    assert [(found.code, found.file) for found in folder.problems] == [
        ("unreadable", "s/a.css"),
        ("unreadable", "s/b.png"),
    ]
    found = picture_size(str(tmp_path / "b.png"), "s/b.png")
    assert isinstance(found, Problem)
    assert found.code == "unreadable"
