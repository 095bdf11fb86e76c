"""Promises about expressions: they mean the same on every Python that we run on."""

import re
import sys
from pathlib import Path

import pytest

from mfe_static.assets import css, pictures
from mfe_static.html import lines, tags
from mfe_static.markdown import alike, compiled, indents, references, text
from mfe_static.patterns import atomic

DOCS = Path(__file__).parents[1] / "teams/docs/pages"
ROOMS = (css, pictures, lines, tags, alike, compiled, indents, references, text)
POSSESSIVE = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+")


def expressions() -> list[tuple[str, int]]:
    """Every expression of a room that has a possessive quantifier behind a group."""
    found: dict[tuple[str, int], None] = {}
    for room in ROOMS:
        for value in vars(room).values():
            if isinstance(value, str) and POSSESSIVE.search(value) and value.startswith(("(?", "\\n", "<")):
                found[value, 0] = None
            its = getattr(value, "__self__", value)
            if isinstance(its, re.Pattern) and isinstance(its.pattern, str) and POSSESSIVE.search(its.pattern):
                found[its.pattern, its.flags & ~re.UNICODE] = None
    return list(found)


@pytest.mark.parametrize(("expression", "flags"), expressions())
def test_atomic_groups_match_what_possessive_quantifiers_should(expression: str, flags: int) -> None:
    texts = [path.read_text() for path in DOCS.rglob("*.md")]
    texts += [path.read_text() for path in Path(__file__).parents[1].glob("mfe_static/themes/**/*.[hc][ts][ms]*")]
    mine, python = atomic(expression, flags), re.compile(expression, flags)
    assert (mine.pattern, mine.groups, mine.groupindex) == (python.pattern, python.groups, python.groupindex)
    for content in texts:
        seen = [(found.span(), found.groups()) for found in mine.finditer(content)]
        if sys.version_info >= (3, 11, 5):
            assert seen == [(found.span(), found.groups()) for found in python.finditer(content)]


def test_a_group_that_can_match_in_several_ways_is_matched_whole() -> None:
    found = atomic(r"<h([1-6])>((?:[^<]++|<(?!/h))*+)</h[1-6]>").search("<h2>a <em>b</em> c</h2>")
    assert found is not None
    assert found.groups() == ("2", "a <em>b</em> c")
