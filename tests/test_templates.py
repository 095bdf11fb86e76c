"""The sandbox of templates: what is printed, and what a name with a dot finds."""

from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
import jinja2.meta
import jinja2.nodes
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from mfe_static.model import Free
from mfe_static.problems import Problem
from mfe_static.templates import Templates
from mfe_static.templates.sandbox import Sandbox

TEMPLATES = Templates({}, lambda path: path)


class Shout(str):
    __slots__ = ()

    def __html__(self) -> str:
        return f"<b>{self}</b>"


def text(template: str, **variables: Any) -> str:
    found = TEMPLATES.render_text(template, "pages/a.html", variables)
    assert isinstance(found, str), found
    return found


def problem(template: str, variables: Mapping[str, Any]) -> Problem:
    found = TEMPLATES.render_text(template, "pages/a.html", variables)
    assert isinstance(found, Problem), found
    return found


values = (
    st.text(alphabet="ab<>&'\"é \n") | st.text(alphabet="<&'").map(Markup) | st.integers() | st.booleans() | st.none()
)


@given(values | st.lists(values, max_size=2))
def test_what_is_printed_is_escaped_once_wherever_it_is_printed(value: Any) -> None:
    expected = str(escape(value))
    assert text("{{ v }}", v=value) == expected
    assert text("{% set x %}{{ v }}{% endset %}{{ x }}", v=value) == expected
    assert text("{% macro m() %}{{ v }}{% endmacro %}{{ m() }}", v=value) == expected
    assert text("{% autoescape false %}{{ v }}{% endautoescape %}", v=value) == str(value)


def test_what_knows_its_own_html_prints_it() -> None:
    assert text("{{ v }}", v=Shout("a&b")) == "<b>a&b</b>"


@pytest.mark.parametrize("template", ["{{ v }}", "{% autoescape false %}{{ v }}{% endautoescape %}", "{{ [v] }}"])
def test_what_has_no_text_cannot_be_printed_in_any_way(template: str) -> None:
    found = problem("\n" + template, {"v": object()})
    assert (found.code, found.line) == ("template-error", 2)
    assert "cannot be printed" in found.message


def test_a_name_that_is_missing_is_a_problem_with_its_place_when_it_is_printed() -> None:
    found = problem("a\n{{ v.nothing }}", {"v": {"a": 1}})
    assert (found.code, found.line, found.column, found.length) == ("undefined-variable", 2, 6, 7)


def test_keys_of_any_mapping_win_over_its_methods() -> None:
    for table in ({"items": "mine"}, Free(items="mine")):
        assert text("{{ v.items }} {{ v['items'] }} {{ v.get('items') }}", v=table) == "mine mine mine"
    assert text("{{ v.upper() }} {{ v[0] }}", v="ab") == "AB a"
    assert text("{% if v.nothing %}a{% else %}b{% endif %}", v=Free()) == "b"
    assert problem("{% if v.nothing %}a{% endif %}", {"v": {}}).code == "undefined-variable"
    assert problem("{{ v['__class__'] }}", {"v": {}}).code == "template-forbidden"


NAMES = st.sampled_from(["a.html", "b.html", "layouts/a.html"])
STATEMENTS = st.one_of(
    NAMES.map(lambda name: f'{{% include "{name}" %}}'),
    NAMES.map(lambda name: f"{{%- include '{name}' ignore missing -%}}"),
    NAMES.map(lambda name: f'{{% extends "{name}" %}}'),
    NAMES.map(lambda name: f'{{% import "{name}" as x %}}{{{{ x.y }}}}'),
    NAMES.map(lambda name: f'{{%from "{name}" import y with context%}}'),
    st.tuples(NAMES, NAMES).map(lambda names: f'{{% include "{names[0]}" if x else "{names[1]}" %}}'),
    st.tuples(NAMES, NAMES).map(lambda names: f'{{% include ["{names[0]}", "{names[1]}"] %}}'),
    st.sampled_from(
        "{% include x %}|{% include 'a' ~ x %}|text|{% set include = 1 %}|{# {% include 'c' %} #}|{% if x".split("|")
    ),
)


@given(st.lists(STATEMENTS, max_size=4).map("\n".join))
def test_no_template_that_a_text_reaches_for_is_overlooked(text: str) -> None:
    environment = jinja2.Environment()
    found = Templates({}, str).names(text)
    try:
        expected = set(jinja2.meta.find_referenced_templates(environment.parse(text)))
    except jinja2.TemplateError:
        return
    assert "*" in found if None in expected else expected <= found


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Sequence[str | None]:
    """The names of what is compiled from here on; expressions have none."""
    found: list[str | None] = []
    generate = Sandbox._generate

    def noted(self: Sandbox, source: jinja2.nodes.Template, name: str | None, *more: Any, **how: Any) -> str:
        found.append(name)
        return generate(self, source, name, *more, **how)

    monkeypatch.setattr(Sandbox, "_generate", noted)
    return found


def test_templates_of_the_same_text_are_compiled_once_and_reach_for_those_beside_them(
    compiled: Sequence[str | None],
) -> None:
    page = "{% include 'part.html' %} and {{ word }}"
    both = [Templates({"layouts/page.html": page, "fragments/part.html": part}, str) for part in ("one", "two")]
    shown = [templates.render("layouts/page.html", {"word": word}) for templates in both for word in ("x", "y")]
    assert shown == ["one and x", "one and y", "two and x", "two and y"]
    assert compiled == ["layouts/page.html", "part.html", "part.html"]


def test_an_expression_that_many_pages_have_is_compiled_once(compiled: Sequence[str | None]) -> None:
    templates = Templates({}, str)
    assert [templates.evaluate("p.id + 1", {"p": {"id": number}}) for number in range(3)] == [1, 2, 3]
    assert compiled == [None]
