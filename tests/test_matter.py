"""Front matter: kind where every generator is kind, and exact about what is wrong and where."""

import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfe_static.matter import Split, fragment_matter, page_matter, split
from mfe_static.problems import Problem
from mfe_static.settings import FragmentMatter, FragmentParam, FrontMatterSettings, PageMatter

STRICT = FrontMatterSettings()


def page(matter: str, settings: FrontMatterSettings = STRICT, mark: str = "---") -> tuple[PageMatter, list[Problem]]:
    found, body, line, problems = page_matter(f"{mark}\n{matter}{mark}\nbody\n", "pages/a.md", settings)
    assert (body, line) == ("body\n", matter.count("\n") + 3)
    return found, problems


def good(matter: str, mark: str = "---") -> PageMatter:
    found, problems = page(matter, mark=mark)
    assert problems == []
    return found


def places(problems: list[Problem]) -> list[tuple[str, int, int, int]]:
    assert {found.file for found in problems} <= {"pages/a.md"}
    return [(found.code, found.line, found.column, found.length) for found in problems]


def test_front_matter_below_an_empty_line_is_a_problem_and_not_silently_text() -> None:
    found = split("\n\n---\ntitle: Home\n---\nText\n", "a.md")
    assert isinstance(found, Problem)
    assert (found.code, found.line) == ("bad-front-matter", 3)


@pytest.mark.parametrize(
    "text",
    [
        "title: Home\n---\n# Home\n",
        "title: Home\ntags:\n  - a\n- b\n# Note\nextra: {}\n---",
        "lastmod: x\n--- \n",
        'title = "Home"\n+++\n',
    ],
)
def test_front_matter_without_its_first_line_is_told_of(text: str) -> None:
    _, body, _, (found,) = page_matter(text, "x.md", FrontMatterSettings())
    assert (found.code, found.severity, found.line, found.hint) == (
        "bad-front-matter", "warning", 1, f"write a line `{'+++' if '+' in text else '---'}` above it"
    )  # fmt: skip
    assert body == text


@pytest.mark.parametrize(
    "text",
    [
        "Note: this\n---\n",
        "title: a\n\n---\n",
        "title: a\nand more\n---\n",
        "title: a\n----\n",
        "title: a | b\n--- | ---\n",
        "title:a\n---\n",
        "# title: x\n---\n",
        "---\ntitle: a\n---\ntitle: b\n---\n",
        "title: " + "x: y\n" * 5_000,
    ],
)
def test_text_that_only_looks_a_little_like_front_matter_is_text(text: str) -> None:
    assert page_matter(text, "x.md", FrontMatterSettings())[3] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Split("", "", "", 1)),
        ("# Hi\n---\n", Split("", "", "# Hi\n---\n", 1)),
        ("\n---\nA line.\n---\n", Split("", "", "\n---\nA line.\n---\n", 1)),
        ("---\na: 1\n---\nx\n", Split("yaml", "a: 1\n", "x\n", 4)),
        ("+++\na = 1\n+++\nx\n", Split("toml", "a = 1\n", "x\n", 4)),
        ("---\n---\nx", Split("yaml", "", "x", 3)),
        ("---\n---", Split("yaml", "", "", 3)),
        ("---\na: |\n ---\n---\nx", Split("yaml", "a: |\n ---\n", "x", 5)),
        ("---\na: 1\n---", Split("yaml", "a: 1\n", "", 4)),
        ("---  \na: '----'\n----\n+++\n --- \n--- \nx", Split("yaml", "a: '----'\n----\n+++\n --- \n", "x", 7)),
        ("----\nx\n", Split("", "", "----\nx\n", 1)),
        ("---x\n---\n", Split("", "", "---x\n---\n", 1)),
        ("---\ntitle: a\n---\n---\nb\n---\n", Split("yaml", "title: a\n", "---\nb\n---\n", 4)),
    ],
)
def test_front_matter_is_cut_at_its_two_lines(text: str, expected: Split) -> None:
    assert split(text, "a.md") == expected


@pytest.mark.parametrize("text", ["---", "---\n", "---\ntitle: x\n", "+++\na = 1\n---\n", "---\ntext after a break\n"])
def test_front_matter_that_never_ends_is_said_where_it_begins(text: str) -> None:
    found, body, line, problems = page_matter(text, "pages/a.md", STRICT)
    assert (found, body, line) == (PageMatter(), "", 1)
    assert places(problems) == [("unclosed-front-matter", 1, 1, 3)]
    assert text[:3] in problems[0].hint


@given(st.text(alphabet="-+ab\n ", max_size=40))
def test_a_cut_loses_nothing(text: str) -> None:
    found = split(text, "a.md")
    if isinstance(found, Split):
        assert text.endswith(found.body)
        assert text.count("\n", 0, len(text) - len(found.body)) == found.body_line - 1 or not found.body


def test_every_generators_habits_are_understood() -> None:
    found = good(
        "title: 2024\n"
        "description: 1.10\n"
        "slug: 2024-05-01\n"
        "name: true\n"
        "tags: [1.10, b, 2024-05-01]\n"
        "aliases: /old/\n"
        "layout:\n"
        "menu: ~\n"
        'date: "2026-05-31"\n'
        "updated: 2026-05-31 10:00\n"
        "publish: 2026-05-31T10:00:00Z\n"
        "weight: 1.5\n"
    )
    assert (found.title, found.description, found.slug, found.name) == ("2024", "1.10", "2024-05-01", "true")
    assert found.tags == ("1.10", "b", "2024-05-01")
    assert found.aliases == ("/old/",)
    assert (found.layout, found.menu) == (None, None)
    assert found.date == datetime.date(2026, 5, 31)
    assert found.updated == datetime.datetime(2026, 5, 31, 10)
    assert found.publish == datetime.datetime(2026, 5, 31, 10, tzinfo=datetime.UTC)
    assert found.weight == 1.5
    assert good("tags: one\n").tags == ("one",)
    assert good("tags: null\ntitle: &t 3\ndescription: *t\n").description == "3"
    assert good('title = 2024\ntags = ["a", 1.10]\ndate = 2026-05-31\n', "+++").tags == ("a", "1.10")
    assert good("# nothing\n") == PageMatter()


def test_values_keep_their_types() -> None:
    found = good("each: {p: data.products}\nparams: {id: p.id}\nextra: {a: [1, null]}\nheader: false\nmenu: [a, b]\n")
    assert found.each == {"p": "data.products"}
    assert found.params == {"id": "p.id"}
    assert found.extra == {"a": [1, None]}
    assert (found.header, found.menu) == (False, ("a", "b"))


def test_all_that_is_wrong_is_said_at_once_each_at_its_place() -> None:
    found, problems = page(
        "titel: x\n"
        "description: fine\n"
        "weight: heavy\n"
        "draft: 'yes'\n"
        "toc: no\n"
        "updated: tomorrow\n"
        "publish: 2026-02-30\n"
        "language: deutsch!\n"
        "params: {a: 1, b: x}\n"
        "aliases: [/a/, {b: 1}]\n"
        "extra: text\n"
    )
    assert places(problems) == [
        ("unknown-key", 2, 1, 5),
        ("bad-value", 4, 9, 5),
        ("bad-value", 5, 8, 5),
        ("bad-value", 6, 6, 2),
        ("bad-value", 7, 10, 8),
        ("bad-value", 8, 10, 10),
        ("bad-value", 9, 11, 8),
        ("bad-value", 10, 13, 1),
        ("bad-value", 11, 16, 6),
        ("bad-value", 12, 8, 4),
    ]
    assert problems[0].hint == 'did you mean "title"?'
    assert problems[1].message == '"weight" must be a number, not "heavy"'
    assert found.description == "fine"
    assert found.params == {"b": "x"}
    assert found.aliases == ("/a/",)
    assert (found.weight, found.draft, found.toc, found.updated) == (None, False, True, None)


def test_wrong_keys_of_toml_front_matter_have_places_too() -> None:
    _, problems = page('title = "x"\nweigth = 3\n[extra]\na = 1\n[params]\nid = 3\n', mark="+++")
    assert places(problems) == [("unknown-key", 3, 1, 6), ("bad-value", 7, 6, 1)]


def test_a_key_of_another_generator_is_named_as_it_is_called_here() -> None:
    _, problems = page("lastmod: 2026-01-01\nzzz: 1\n")
    assert '"updated"' in problems[0].hint
    assert "`extra`" in problems[1].hint


def test_unknown_keys_can_be_kept_with_a_warning_or_silently() -> None:
    text = "title: x\ncategories: [a]\ntitel: y\nextra: {b: 1, titel: z}\nweight: heavy\n"
    found, problems = page(text, FrontMatterSettings(unknown="warn"))
    assert found.extra == {"categories": ["a"], "titel": "z", "b": 1}
    assert [(item.code, item.severity, item.line) for item in problems] == [
        ("bad-value", "error", 6),
        ("unknown-key", "warning", 3),
        ("unknown-key", "warning", 4),
    ]
    assert problems[2].hint == 'did you mean "title"?'
    silent, left = page(text, FrontMatterSettings(unknown="extra"))
    assert silent.extra == found.extra
    assert [item.code for item in left] == ["bad-value"]


def test_free_params_of_another_generator_can_move_in() -> None:
    text = "title: x\nparams: {searchable: true, list: [{a: 1}]}\n"
    found, problems = page(text, FrontMatterSettings(unknown="extra"))
    assert (found.params, problems) == (None, [])
    assert found.extra == {"params": {"searchable": True, "list": [{"a": 1}]}}
    made, wrong = page("each: data.x\nparams: {id: true}\n", FrontMatterSettings(unknown="extra"))
    assert (made.params, places(wrong)) == ({}, [("bad-value", 3, 14, 4)])


@pytest.mark.parametrize(
    ("matter", "mark", "expected"),
    [
        ("a: b: c\n", "---", ("bad-front-matter", 2, 5, 1)),
        ("title: x\n\tdraft: true\n", "---", ("bad-front-matter", 3, 1, 1)),
        ("title: x\nb: 'open\n", "---", ("bad-front-matter", 3, 4, 1)),
        ("x: !!python/name:os.system y\n", "---", ("bad-front-matter", 2, 4, 23)),
        ("just text\n", "---", ("bad-front-matter", 2, 1, 1)),
        ("- a\n", "---", ("bad-front-matter", 2, 1, 1)),
        ("title: a\ndraft: true\ntitle: b\n", "---", ("duplicate-key", 4, 1, 5)),
        ("title = 'a'\ntitle = 'b'\n", "+++", ("duplicate-key", 3, 1, 5)),
        ("title = a\n", "+++", ("bad-front-matter", 2, 9, 1)),
    ],
)
def test_front_matter_that_cannot_be_read_is_a_problem_and_the_body_stays(
    matter: str, mark: str, expected: tuple[Any, ...]
) -> None:
    found, problems = page(matter, mark=mark)
    assert found == PageMatter()
    assert places(problems) == [expected]


def test_a_fragment_declares_params_short_or_long() -> None:
    text = "---\nparams:\n  sku: {type: string, required: true}\n  many: int\nvary: team\n---\n<b></b>\n"
    found, body, line, problems = fragment_matter(text, "f.html")
    assert problems == []
    assert found == FragmentMatter(
        params={"sku": FragmentParam(type="string", required=True), "many": "int"}, vary=("team",)
    )
    assert (body, line) == ("<b></b>\n", 7)


def test_wrong_params_of_a_fragment_are_said_with_what_was_meant() -> None:
    text = "---\nparams:\n  sku: {type: strin, requird: true}\n  b: boolean\n---\n"
    found, _, _, problems = fragment_matter(text, "f.html")
    assert [(item.code, item.line, item.column) for item in problems] == [
        ("bad-value", 3, 15),
        ("unknown-key", 3, 22),
        ("bad-value", 4, 6),
    ]
    assert [item.hint for item in problems] == [
        'did you mean "string"?',
        'did you mean "required"?',
        'did you mean "bool"?',
    ]
    assert found.params == {"sku": FragmentParam()}


@given(st.dictionaries(st.sampled_from(PageMatter.__struct_fields__), st.text(alphabet="ab1-:. {}[],'T", max_size=12)))
def test_whatever_a_page_says_its_matter_has_the_types_it_promises(table: dict[str, str]) -> None:
    text = "---\n" + "".join(f"{key}: {item}\n" for key, item in table.items()) + "---\n"
    found, _, _, _ = page_matter(text, "a.md", STRICT)
    plain = msgspec.structs.asdict(found)
    for key in ("date", "updated", "publish", "expires"):
        assert plain[key] is None or isinstance(plain.pop(key), datetime.date)
    known = {key: item for key, item in plain.items() if item is not None}
    assert msgspec.convert(known, PageMatter, strict=True)
