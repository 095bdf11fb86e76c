"""What modules import, and which versions are in a range: against the parser's own judges, and against npm."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfe_static.kept import Import
from mfe_static.modules import ranges
from mfe_static.modules.scanning import scanned

# -- imports


def imports(text: str) -> list[str]:
    return [its.specifier for its in scanned(text.encode()).imports]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import a from 'a'", ["a"]),
        ('import a, { b as c } from "a"', ["a"]),
        ("import * as a from 'a'", ["a"]),
        ("import{a}from'a';import'b'", ["a", "b"]),
        ("import\n{\na\n}\nfrom\n'a'", ["a"]),
        ("export * from 'a'; export * as b from 'b'; export { c } from 'c'; export const d = 'd'", ["a", "b", "c"]),
        ("import a from 'a' with { type: 'json' }", ["a"]),
        ("import defer * as a from 'a'", ["a"]),
        ("const a = await import('a'), b = import(`b`)", ["a", "b"]),
        ("import('a', { with: { type: 'json' } })", ["a"]),
        ("x = `${`${import('a')}`}`", ["a"]),
        ("if (a) /import 'b'/.test(c)", []),
        ("a++ / import('b') / c", ["b"]),
        ("a = b\n/import('c')/g", ["c"]),
        ("import(`a${b}`); import(c); import('d' + e); import.meta.url", []),
        ("// import 'a'\n/* import 'b' */ <!-- import 'c'\n", []),
        ("'import \"a\"'; \"import 'b'\"; `import 'c'`", []),
        ("a.import('b'); class C { import() { return 'd' } }; ({ import: 'e' })", []),
        ("#!/usr/bin/env node\nimport 'a'", ["a"]),
        (r"import '\x61\u0062\u{63}\'d\
e'", ["abc'de"]),
        ("import 'ü'; /* ü */ import 'b'", ["ü", "b"]),
        ("<div>{import('a')}</div>", ["a"]),
        ("function f( { import 'a'", []),
        ("", []),
    ],
)  # fmt: skip
def test_imports_are_found_and_what_only_looks_like_one_is_not(text: str, found: list[str]) -> None:
    assert imports(text) == found


def test_an_import_has_its_place_in_characters() -> None:
    assert scanned("// ü\n  /* ü */ import 'x'\nimport('y')".encode()).imports == (
        Import("x", 2, 19, 1),
        Import("y", 3, 9, 1, dynamic=True),
    )


SPECIFIERS = st.from_regex(r"[a-z./@-]{1,12}", fullmatch=True)
NOISE = st.sampled_from([
    "// import 'no'\n", "/* import('no') */", "'import \"no\"';", '"export * from \'no\'";', "`import('no')`;",
    "`${1}import('no')`;", "x = /import('no')[/'\"`]/g;", "if (a) { b } /* ' */", "x = a / b / c;", "y = {}\n",
    "z = [/'/, /\"/];", "export const q = 1;", "label: for (;;) break label;", "w = a ? b : c;",
    "v = (a) => /`/;", "import.meta.url;",
])  # fmt: skip
REAL = st.sampled_from([
    "import '{}';", 'import a{n} from "{}";', "import * as b{n} from '{}';", "export * from '{}';",
    'export {{ c{n} }} from "{}";', "d = import('{}');", "import(`{}`);", "e = `${{import('{}')}}`;",
    "import\n/* 'no' */ '{}';", "await import( /* ` */ '{}' );",
])  # fmt: skip


@given(st.lists(st.one_of(NOISE.map(lambda text: (text, "")), st.tuples(REAL, SPECIFIERS)), max_size=12))
def test_of_any_mixture_exactly_the_imports_are_found(parts: list[tuple[str, str]]) -> None:
    text = "\n".join(
        part.format(specifier, n=index) if specifier else part for index, (part, specifier) in enumerate(parts)
    )
    assert imports(text) == [specifier for _, specifier in parts if specifier]


@given(st.binary(max_size=200))
def test_no_bytes_stop_it(data: bytes) -> None:
    assert scanned(b"import 'a'\n" + data).size == len(data) + 11


# -- ranges


RANGES = """
^1.2.3|^0.2.3|^0.0.3|^1.2|^1|^0|^0.0|^1.x|~1.2.3|~1.2|~1|~0.2.3|~>1.2|1.2.x|1.x|1|*||x|>=1.2.3|>1.2.3|<2|>1|<=1.2|>=1
1.2.3|=1.2.3|v1.2.3|1.2.3 - 2.3.4|1.2 - 2.3.4|1.2.3 - 2.3|1.2.3 - 2|^1.2.3-beta.2|~1.2.3-beta.2|>1.2.3-alpha.3|^1 || ^2
^1||>=3 <4|1.2.3 || 2.x|>=1.2.3 <2|  ^1.2.3  |^ 1.2.3|>= 1.2.3|>=1.2.3-rc.1 <1.3.0|^1.2.3 ^1.4|1.2.3+build||||^1.2.3 ||
<1.2.3-beta|^2.0.0-rc|^x|>*|<0.0.0|^0.0.0|~0|^0.0.3-beta|1.2.3-beta.2|1.x.x|*.*|>1.2.3 <=2.3.4
""".strip()
NONE = (
    "latest|workspace:*|foo|^a|1.2.3.4|>|x.1|1.x.3|01.2.3|>=01|^1.2.3,^2|1.2.3- 2.0.0|<>1|^1.2.3-|^1.2.3-01|git+ssh://x"
)
VERSIONS = (
    "0.0.0 0.0.3 0.0.4 0.1.0 0.2.3 0.2.9 0.3.0 1.0.0 1.1.9 1.2.0 1.2.2 1.2.3 1.2.4 1.2.3-beta.1 1.2.3-beta.2 "
    "1.2.3-beta.10 1.2.3-beta 1.2.3-alpha.3 1.2.3-1 1.2.3-rc.1 1.2.4-beta.2 1.3.0 1.3.0-0 1.4.0 2.0.0 2.0.0-rc "
    "2.0.0-rc.1 2.0.1 2.3.4 2.3.9 2.4.0 3.0.0 3.5.1 4.0.0 1.2.3+b1 10.26.0"
).split()


def within(version: str, text: str) -> bool:
    key, wanted = ranges.version(version), ranges.parsed(text)
    assert key is not None
    assert wanted is not None
    return ranges.within(key, wanted)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 2.0.0-rc 1.3.0-beta"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0 1.0.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0", "0.0.0 0.9.9", "1.0.0"),
        ("~1.2", "1.2.0 1.2.9", "1.3.0"),
        ("1.x", "1.0.0 1.9.9", "2.0.0 0.9.9"),
        ("1.2 - 2.3", "1.2.0 2.3.9", "2.4.0 1.1.9"),
        (">1 <=2.3", "2.0.0 2.3.9", "1.9.9 2.4.0"),
        ("^1 || ^3", "1.5.0 3.0.0", "2.0.0"),
        ("*", "0.0.0 9.9.9", "1.0.0-rc"),
        ("^1.2.3-beta.2", "1.2.3-beta.2 1.2.3-beta.10 1.2.3 1.9.9", "1.2.3-beta.1 1.2.4-beta.2 2.0.0"),
        ("<2", "1.9.9", "2.0.0-rc 2.0.0"),
    ],
)
def test_a_range_holds_what_npm_says_it_holds(text: str, inside: str, outside: str) -> None:
    assert [within(version, text) for version in inside.split()] == [True] * len(inside.split())
    assert [within(version, text) for version in outside.split()] == [False] * len(outside.split())


@pytest.mark.parametrize("text", NONE.split("|"))
def test_what_is_no_range_is_none(text: str) -> None:
    assert ranges.parsed(text) is None


def test_the_lowest_version_of_a_range_is_where_it_begins() -> None:
    for text, lowest in (
        ("^10.26.0", "10.26.0"),
        ("^1", "1.0.0"),
        ("1.2.3-rc.1", "1.2.3-rc.1"),
        ("*", "0.0.0"),
        ("^3 || ^2", "2.0.0"),
    ):
        wanted = ranges.parsed(text)
        assert wanted is not None
        assert ranges.shown(ranges.lowest(wanted)) == lowest


def semver() -> Path | None:
    """Where npm has its own judge of ranges."""
    npm = shutil.which("npm")
    folder = Path(npm).resolve().parents[1] / "node_modules/semver" if npm else None
    return folder if folder and folder.is_dir() else None


@pytest.mark.slow
def test_all_ranges_hold_what_npms_own_library_says() -> None:
    judge = semver()
    if judge is None:
        pytest.skip("there is no npm")
    texts = [text for line in RANGES.split("\n") for text in line.split("|")]
    script = (
        f"const s = require({json.dumps(str(judge))}); const [r, v] = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(r.map(x => v.map(y => s.satisfies(y, x)))))"
    )
    told = subprocess.run(
        ["node", "-e", script], input=json.dumps([texts, VERSIONS]), capture_output=True, text=True, check=True
    )
    for text, said in zip(texts, json.loads(told.stdout), strict=True):
        assert [within(version, text) for version in VERSIONS] == said, text


@given(st.text(max_size=30))
def test_any_text_is_a_range_or_none(text: str) -> None:
    wanted = ranges.parsed(text)
    assert wanted is None or ranges.within(ranges.lowest(wanted), wanted) in {True, False}
