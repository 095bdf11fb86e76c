"""Promises about expressions: they mean the same on every Python that we run on."""

import re
import subprocess
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


IMPORT_ALL = """
import importlib, pkgutil, re, sys
from re import _compiler, _parser

def possessive(tree):
    for kind, its in tree.data:
        if kind is _parser.POSSESSIVE_REPEAT and not _compiler._simple(its[2]):
            return True
        if any(map(possessive, inner(its))):
            return True

def inner(its):
    if isinstance(its, _parser.SubPattern):
        return [its]
    return [found for it in its for found in inner(it)] if isinstance(its, tuple | list) else []

def compile(text, flags=0, own=re.compile):
    room = sys._getframe(1).f_globals["__name__"]
    if room.startswith("mfe_static") and room != "mfe_static.patterns" and possessive(_parser.parse(text, int(flags))):
        print(room, text)
    return own(text, flags)

re.compile = compile
import mfe_static
for found in pkgutil.walk_packages(mfe_static.__path__, "mfe_static."):
    if not found.name.endswith(("__main__", ".builder")):
        importlib.import_module(found.name)
"""


def test_no_expression_with_such_a_quantifier_is_compiled_in_another_way() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, check=True)
    assert done.stdout == ""
