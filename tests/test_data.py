"""Data files: plain values out, or a problem whose line and column are those an editor shows."""

import datetime
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfe_static.data import Kind, Parsed, parse
from mfe_static.data.yaml_plain import read_plain
from mfe_static.data.yaml_text import read_yaml
from mfe_static.problems import Problem


def value(text: str, kind: Kind = "yaml") -> Any:
    found = parse(text, kind, "data/x")
    assert isinstance(found, Parsed), found
    return found.value


def wrong(text: str, kind: Kind = "yaml", first_line: int = 1, code: str = "bad-data") -> Problem:
    found = parse(text, kind, "data/x", first_line=first_line, code=code)
    assert isinstance(found, Problem), found
    assert found.file == "data/x"
    return found


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("-3", -3),
        ("+1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("1.2.3", "1.2.3"),
        ("-", ["-"]),
        ("~", None),
        ("", None),
        ("null", None),
        ("'1'", "1"),
        ('"true"', "true"),
        ("2026-05-31", datetime.date(2026, 5, 31)),
        ("2026-02-30", "2026-02-30"),
        ("2026-05-31T10:00:00Z", datetime.datetime(2026, 5, 31, 10, tzinfo=datetime.UTC)),
        (
            "2026-05-31 10:00:00.25 -0430",
            datetime.datetime(
                2026, 5, 31, 10, 0, 0, 250_000, datetime.timezone(-datetime.timedelta(hours=4, minutes=30))
            ),
        ),
        ("2026-05-31 10:00:00", datetime.datetime(2026, 5, 31, 10)),
        (".inf", float("inf")),
        ("9" * 700, "9" * 700),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!int 12", 12),
        ("!!float 12", 12.0),
        ("!!null ''", None),
        ("!!bool true", True),
    ],
)
def test_a_yaml_word_means_what_the_core_schema_says(word: str, meant: Any) -> None:
    found = value(f"a: {word}\n") if word != "-" else {"a": value("['-']")}
    assert found == {"a": meant}
    assert type(found["a"]) is type(meant)


def test_yaml_keys_are_text_as_written() -> None:
    assert value("2024: a\ntrue: b\n2024-01-01: c\n~: d\n'q': e\n") == {
        "2024": "a",
        "true": "b",
        "2024-01-01": "c",
        "~": "d",
        "q": "e",
    }


_YAML_KEYS = st.sampled_from(["a", "b", "tags", "a-b", "2024", "é", "<<", "", "? a", "a b", '"a"', "k" * 101])
_YAML_VALUES = st.sampled_from(
    [
        *("", " ", "word", "two words", "2024", "2024-04-04", "1.5", "-5", "0x1f", "null", "~", "true", ".5", "..."),
        *(
            "a: b",
            "a:b",
            "a #b",
            "a#b",
            "https://x/",
            "/a/b/",
            "a :b",
            "C:#x",
            "a # c",
            "# c",
            "(x)",
            "a, b",
            "a ]",
            "x -",
            "- a",
            "é",
            "x\ty",
            "x\u00a0",
        ),
        *("[a, b]", "[ a ,b ]", "[]", "[a,]", "[,a]", "[a b, 1, null]", "[a: b]", "['a']", "[a", "{a: b}", "[- a]"),
        *("['a b', \"c\", d]", "['a,b']", "['a'b]", "[a 'b']", "[a#b]", "[a #b]", "[ ]", "[''] # c"),
        *("'q'", "''", "'it''s'", '"q"', '""', '"a\\n"', '"a" b', "'a: b # c'", '" x "', "|", "&a b", "*a", "!t x"),
        *("x\u2028y", "x\x85y", "\ufeffx", "x\x07", "日本", "١", "x\U0001f600"),
    ]
)
_YAML_BEGINNINGS = st.builds(str.__add__, _YAML_KEYS, st.sampled_from([": ", ": ", ":", ":  ", " : "]))
_YAML_LINES = st.builds(
    lambda indent, beginning, value, end: indent + beginning + value + end,
    st.sampled_from(["", "", "", "  ", "  ", "    ", " ", "\t"]),
    _YAML_BEGINNINGS | st.sampled_from(["- ", "- ", "-", "-  "]),
    _YAML_VALUES | st.text(max_size=3),
    st.sampled_from(["\n", "\n", "\n", " \n", "", "\n\n", "\r\n", " # c\n", "\n  # c\n", "\n# c: d\n"]),
)


@given(st.lists(_YAML_LINES, max_size=5).map("".join))
def test_yaml_in_its_plain_form_means_what_it_means_to_the_parser(text: str) -> None:
    found = read_plain(text)
    if found is not None:
        assert repr(found) == repr(read_yaml(text))


def test_tables_in_tables_are_of_the_plain_form() -> None:
    text = "a:\n  b: 1\n  c:\n      d: [x, 2]\n  e: 'f'\ng:\nh: \"i\"\n"
    assert read_plain(text) == {"a": {"b": 1, "c": {"d": ["x", 2]}, "e": "f"}, "g": None, "h": "i"} == value(text)
    for other in ("", "# c\n", "a: null\n  b: 1\n", "a:\n    b: 1\n  c: 2\n", " a: 1\n", "a: 1\na: 2\n", "a: b: c\n"):
        assert read_plain(other) is None


def test_lists_and_comments_are_of_the_plain_form() -> None:
    text = (
        "# c\na:\n  - x: y\n".replace("x: y", "https://x.example/#y # c") + "\n  - 'it: s'\nb: # c\n- 1\n- [c, 'd e']\n"
    )
    meant = {"a": ["https://x.example/#y", "it: s"], "b": [1, ["c", "d e"]]}
    assert read_plain(text) == meant == value(text)
    others = ("- a\n", "a: b\n  - c\n", "a:\n  - b\n - c\n", "a:\n  - b\n  c: d\n", "a:\n  - b: c\n", "a:\n  - - b\n")
    for other in (*others, "a:\n  -\n", "a:\n  - # c\n", "a: b#\n  c\n", "a:\n  - b\n    c\n"):
        assert read_plain(other) is None


def test_empty_yaml_is_nothing() -> None:
    assert value("") is None
    assert value("# only a comment\n") is None
    assert value("---\na: 1\n") == {"a": 1}


def test_aliases_and_merges_are_understood() -> None:
    text = "base: &b {x: 1, y: 2}\none: *b\ntwo:\n  <<: *b\n  y: 3\nthree:\n  <<: [{z: 4, x: 5}, *b]\n'<<': text\n"
    found = value(text)
    assert found["one"] == {"x": 1, "y": 2}
    assert found["two"] == {"x": 1, "y": 3}
    assert found["three"] == {"z": 4, "x": 5, "y": 2}
    assert found["<<"] == "text"


YAML_PROBLEMS = [
    ("a: 1\nb: x: y\n", 2, 5, "quotes"),
    ("a:\n\tb: 1\n", 2, 1, "blanks"),
    ("tags:\n- a\n\t- b\n", 3, 1, "blanks"),
    ("a: |\n\tx\n", 2, 1, "blanks"),
    ("a: 1\nb: 'open\nc: 2\n", 2, 4, ""),
    ("a: [1, 2\nb: 3\n", 1, 4, ""),
    ("a: {b: 1\n", 1, 4, ""),
    ("a: @x\n", 1, 4, "quotes"),
    ("a: *\n", 1, 4, "quotes"),
    ("a: *b\n", 1, 4, "quotes"),
    ("a: &b [*b]\n", 1, 8, ""),
    ("&a x: 1\n*a : 2\n", 2, 1, ""),
    ("a: - b\n", 1, 4, ""),
    ("- a\nb: 1\n", 2, 1, ""),
    ('a: "\\q"\n', 1, 5, "single"),
    ("k: 'a' b\n", 1, 8, ""),
    ("a: {{ x }}\n", 1, 5, "quotes"),
    ("? [1]\n: 2\n", 1, 3, "quotes"),
    ("? \n: 2\n", 1, 2, ""),
    ("a: >\n x\nb\n", 3, 1, ""),
    ("a: 1\n---\nb: 2\n", 2, 1, "one document"),
    ("a: 1\n...\nb\n", 3, 1, ""),
    ("<<: [1]\n", 1, 5, ""),
    ("😀: 'x\x07'\n", 1, 6, ""),
    ("!e!x a: 1\n", 1, 1, ""),
    ("a: ]\n", 1, 4, ""),
    ("%FOO\na: 1\n", 1, 5, ""),
    ("a: !!int x\n", 1, 4, ""),
]


@pytest.mark.parametrize(("text", "line", "column", "hint"), YAML_PROBLEMS, ids=lambda case: repr(case)[:24])
def test_what_is_wrong_with_yaml_is_said_at_its_place(text: str, line: int, column: int, hint: str) -> None:
    found = wrong(text)
    assert (found.code, found.line, found.column) == ("bad-data", line, column), found
    assert hint in found.hint
    assert found.message
    assert not found.message.endswith(".")
    assert wrong(text, first_line=5).line == line + 4
    assert wrong(text, code="bad-front-matter").code == "bad-front-matter"


def test_a_tab_in_the_indentation_is_called_a_tab() -> None:
    assert "tab" in wrong("a:\n\tb: 1\n").message


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.mkdir", "!!python/name:os.mkdir", "!mine", "!!binary", "!!set"]
)
def test_no_tag_runs_anything(tag: str, tmp_path: Path) -> None:
    target = tmp_path / "canary"
    found = wrong(f"a: 1\nb: {tag} ['{target}']\n")
    assert (found.code, found.line, found.column, found.length) == ("bad-data", 2, 4, len(tag))
    assert tag in found.message
    assert not target.exists()


@pytest.mark.parametrize(
    ("kind", "text", "line", "column", "first"),
    [
        ("yaml", "a: 1\nb: 2\na: 3\n", 3, 1, 1),
        ("yaml", "a: 1\nb:\n  - {c: 1}\n  - c: 1\n    d: 2\n    c: 3\n", 6, 5, 4),
        ("toml", "a = 1\nb = 2\na = 3\n", 3, 1, 1),
        ("toml", "[a]\nx = 1\n[b]\n[a]\n", 4, 2, 1),
        ("toml", "[t]\na.b = 1\na = 2\n", 3, 1, 2),
        ("toml", 'x = """\na = 1\n"""\na = 1\ny = {b = 1, b = 2}\n', 5, 13, 5),
        ("json", '{"a": [{"b": 1,\n"b": 2}]}', 2, 1, 1),
        ("csv", "a,b,a\n1,2,3\n", 1, 1, 1),
    ],
)
def test_a_key_said_twice_is_shown_with_its_first_place(
    kind: Kind, text: str, line: int, column: int, first: int
) -> None:
    found = wrong(text, kind)
    assert (found.code, found.line, found.column) == ("duplicate-key", line, column), found
    assert [(other.file, other.line) for other in found.related] == [("data/x", first)]
    later = wrong(text, kind, first_line=3)
    assert (later.line, later.related[0].line) == (line + 2, first + 2)


def test_aliases_cannot_explode() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join(['*' + old] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    found = wrong("\n".join(lines))
    assert found.code == "bad-data"
    assert found.line == 5
    assert "20,000" in found.message


def test_many_plain_values_are_no_explosion() -> None:
    assert len(value("- x\n" * 25_000)) == 25_000


def test_aliases_cannot_hide_depth() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 80)]
    assert "deeper than 64" in wrong("\n".join(lines)).message


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("yaml", "[" * 5000),
        ("yaml", "a: " + "[" * 65 + "]" * 65),
        ("yaml", "{a: " * 3000),
        ("yaml", "- " * 3000),
        ("json", "[" * 200_000),
        ("json", "[" * 70 + "]" * 70),
        ("toml", "a = " + "[" * 5000),
        ("toml", "a = " + "[" * 70 + "]" * 70),
        ("toml", ".".join("a" * 100) + " = 1"),
    ],
)
def test_deep_nesting_is_a_problem_and_no_crash(kind: Kind, text: str) -> None:
    found = wrong(text, kind)
    assert (found.code, found.line) == ("bad-data", 1)
    assert "deeper than 64" in found.message


def test_nesting_up_to_the_bound_is_fine() -> None:
    for kind in ("yaml", "json"):
        assert value("[" * 60 + "]" * 60, kind)


TOML_PROBLEMS = [
    ("a = 1\nb = word\n", 2, 5),
    ("= 1\n", 1, 1),
    ('a = "open\nb = 1\n', 1, 10),
    ("a = 1 2\n", 1, 7),
    ("a = [1,\n2", 2, 1),
    ("a = ", 1, 3),
    ("[[a]]\n[a]\n", 2, 3),
    ("a = 1\nb = " + "9" * 5000, 1, 1),
]


@pytest.mark.parametrize(("text", "line", "column"), TOML_PROBLEMS, ids=lambda case: repr(case)[:24])
def test_what_is_wrong_with_toml_is_said_at_its_place(text: str, line: int, column: int) -> None:
    found = wrong(text, "toml", code="bad-toml")
    assert (found.code, found.line, found.column) == ("bad-toml", line, column), found


JSON_PROBLEMS = [
    ('{"a": 1,\n}', 2, 1, ""),
    ("[1,]", 1, 4, "comma"),
    ("{'a': 1}", 1, 2, "double quotes"),
    ("[\n// x\n]", 2, 1, "comments"),
    ('{"a":\nNaN}', 2, 1, ""),
    ("[-Infinity]", 1, 2, ""),
    ("[1e999]", 1, 2, ""),
    ("", 1, 1, ""),
    ("9" * 5000, 1, 1, ""),
    ("[1] x", 1, 5, ""),
]


@pytest.mark.parametrize(("text", "line", "column", "hint"), JSON_PROBLEMS, ids=lambda case: repr(case)[:24])
def test_what_is_wrong_with_json_is_said_at_its_place(text: str, line: int, column: int, hint: str) -> None:
    found = wrong(text, "json")
    assert (found.code, found.line, found.column) == ("bad-data", line, column), found
    assert hint in found.hint


def test_a_csv_row_is_a_mapping_of_texts() -> None:
    text = 'id, name\n1,"a, ""b""\nc"\n\n2,d\n'
    assert value(text, "csv") == [{"id": "1", "name": 'a, "b"\nc'}, {"id": "2", "name": "d"}]
    assert value("", "csv") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a,b\n1,2\n\n3\n4,5,6\n", 4),
        ('a,b\n"x\ny",1\n2,3,4\n', 4),
        ('a\n"b"c\n', 2),
        ('a\nb\n"c\n', 3),
        ("a,\n1,2\n", 1),
    ],
)
def test_a_csv_row_that_does_not_fit_is_a_problem_at_its_line(text: str, line: int) -> None:
    found = wrong(text, "csv")
    assert (found.code, found.line) == ("bad-data", line), found


TOML = """\
title = "x"            # a comment with = and [brackets]
"quoted key" = 1
text = \"\"\"
[not]
a = 1
\"\"\"
list = [
  "one", # [x]
  { deep = [1, 2], other = 3 },
]
[teams]
docs = { path = "/docs/", extra = true }
a.b.c = 2026-05-31 10:00:00
[[item]]
name = 'first'
[item.sub]
k = 1
[[item]]
name = 'second'
"""


@pytest.mark.parametrize(
    ("path", "key", "held"),
    [
        (("title",), (1, 1, 5), (1, 9, 3)),
        (("quoted key",), (2, 1, 12), (2, 16, 1)),
        (("list", 0), (8, 3, 5), (8, 3, 5)),
        (("list", 1, "deep", 1), (9, 16, 1), (9, 16, 1)),
        (("list", 1, "other"), (9, 20, 5), (9, 28, 1)),
        (("teams",), (11, 2, 5), (11, 2, 5)),
        (("teams", "docs"), (12, 1, 4), (12, 8, 33)),
        (("teams", "docs", "path"), (12, 10, 4), (12, 17, 8)),
        (("teams", "a", "b"), (13, 3, 1), (13, 3, 1)),
        (("teams", "a", "b", "c"), (13, 5, 1), (13, 9, 19)),
        (("item", 0, "name"), (15, 1, 4), (15, 8, 7)),
        (("item", 0, "sub", "k"), (17, 1, 1), (17, 5, 1)),
        (("item", 1, "name"), (19, 1, 4), (19, 8, 8)),
        (("teams", "nowhere"), (11, 2, 5), (11, 2, 5)),
        (("nowhere",), (1, 1, 1), (1, 1, 1)),
    ],
)
def test_places_in_toml(path: tuple[str | int, ...], key: tuple[int, ...], held: tuple[int, ...]) -> None:
    found = parse(TOML, "toml", "site.toml")
    assert isinstance(found, Parsed)
    assert found.place(path) == key
    assert found.place(path, value=True) == held


def test_places_in_yaml_and_json_and_csv() -> None:
    yaml = parse("a: 1\nb:\n  - x\n  - {c: 'y z', d: [1,\n 2]}\ne: &e 1.10\nf: *e\n", "yaml", "x", first_line=2)
    assert isinstance(yaml, Parsed)
    assert yaml.place(("b", 1, "c")) == (5, 6, 1)
    assert yaml.place(("b", 1, "c"), value=True) == (5, 9, 5)
    assert yaml.place(("b", 1, "d"), value=True) == (5, 19, 3)
    assert yaml.place(("b", 0)) == (4, 5, 1)
    assert yaml.place(("b", 7)) == (3, 1, 1)
    assert yaml.place(()) == (2, 1, 1)
    assert yaml.written(("a",)) == "1"
    assert yaml.written(("f",)) == ""
    data = parse('{"a": [1, {"b c": "d"}],\n "e": null}', "json", "x")
    assert isinstance(data, Parsed)
    assert data.place(("a", 1, "b c")) == (1, 12, 5)
    assert data.place(("a", 1, "b c"), value=True) == (1, 19, 3)
    assert data.place(("e",), value=True) == (2, 7, 4)
    table = parse("a\n1\n", "csv", "x")
    assert isinstance(table, Parsed)
    assert table.place((0, "a")) == (1, 1, 1)


plain_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=12,
)


def paths(item: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    out = [path] if path else []
    steps = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
    for step, inner in steps:
        out += paths(inner, (*path, step))
    return out


@given(plain_data)
def test_any_json_comes_back_as_it_went_in_and_every_key_has_its_place(data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=1)
    found = parse(text, "json", "x")
    assert isinstance(found, Parsed)
    assert found.value == data
    known = found.lines()
    assert set(paths(data)) <= set(known)
    for path in paths(data):
        if isinstance(path[-1], str):
            line, column, length = found.place(path)
            assert text.split("\n")[line - 1][column - 1 : column - 1 + length] == json.dumps(
                path[-1], ensure_ascii=False
            )


@given(st.text(alphabet="ab:-[]{}&*!<>|'\"#\n\t ,?%@=.\\0123é\x07", max_size=60))
def test_no_text_breaks_a_reader(text: str) -> None:
    for kind in ("yaml", "toml", "json", "csv"):
        found = parse(text, kind, "x")
        if isinstance(found, Problem):
            lines = text.split("\n")
            assert 1 <= found.line <= len(lines)
            assert 1 <= found.column <= len(lines[found.line - 1]) + 1
        else:
            assert found.place(("a", 0)).line >= 1


@given(st.text(alphabet='ab."=[]{}\n 1,#', max_size=40))
def test_every_toml_key_that_is_read_has_a_line(text: str) -> None:
    found = parse(text, "toml", "x")
    if isinstance(found, Parsed):
        assert found.value == tomllib.loads(text)
        assert set(paths(found.value)) <= set(found.lines())
