"""Promises about expressions: they mean the same on every Python that we run on, and are compiled once."""

import marshal
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mfe_static import patterns
from mfe_static.assets import css, pictures
from mfe_static.html import lines, tags
from mfe_static.markdown import alike, indents, references, text
from mfe_static.markdown import compiled as converted
from mfe_static.patterns import atomic, compiled, keep

DOCS = Path(__file__).parents[1] / "teams/docs/pages"
ROOMS = (css, pictures, lines, tags, alike, converted, indents, references, text)
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


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)], ids=["some pages", "all pages"])
@pytest.mark.parametrize(("expression", "flags"), expressions())
def test_atomic_groups_match_what_possessive_quantifiers_should(expression: str, flags: int, every: int) -> None:
    texts = [path.read_text() for path in sorted(DOCS.rglob("*.md"))[::every]]
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


# -- expressions that are compiled once on a machine


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """As on a machine on which nothing was compiled so far."""
    file = tmp_path / "expressions"
    monkeypatch.setattr(patterns, "_FILE", str(file))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    afresh()
    yield file
    afresh()


def afresh() -> None:
    """What a new process knows: nothing but what rests in the file."""
    patterns._fresh.cache_clear()
    patterns._kept.cache_clear()
    patterns._used.cache_clear()


def test_what_was_compiled_once_is_the_same_when_it_is_taken_from_the_file(empty: Path) -> None:
    texts = [path.read_text() for path in sorted(DOCS.rglob("*.md"))[::5]]
    first = [compiled(*expression) for expression in expressions()]
    keep()
    afresh()
    for one, (expression, flags) in zip(first, expressions(), strict=True):
        two = compiled(expression, flags)
        assert (two.pattern, two.flags, two.groupindex) == (one.pattern, one.flags, one.groupindex)
        for content in texts:
            assert [its.groups() for its in two.finditer(content)] == [its.groups() for its in one.finditer(content)]
    assert not patterns._fresh()  # nothing had to be compiled
    assert [path.name for path in empty.parent.iterdir()] == ["expressions"]


def test_processes_add_to_what_others_kept(empty: Path) -> None:
    compiled("a+")
    keep()
    afresh()
    assert compiled("a+").match("aa")
    compiled("b+")
    keep()
    afresh()
    assert (compiled("a+").match("aa"), compiled("b+").match("b")) != (None, None)
    assert not patterns._fresh()


def test_of_very_many_those_are_kept_that_are_still_needed(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for expression in ("a+", "b+", "c+"):
        compiled(expression)
    keep()
    afresh()
    monkeypatch.setattr(patterns, "_MANY", 3)
    compiled("b+")
    compiled("d+")
    keep()
    assert list(marshal.loads(empty.read_bytes())) == ["0 b+", "0 d+"]
    assert [path.name for path in empty.parent.iterdir()] == ["expressions"]


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\0",
        b"not marshalled at all",
        b"[\xff\xff\xff\x01",  # a list of 33 million
        marshal.dumps(["a", "list"]),
        marshal.dumps({"0 x(y)?": (0, b"", 1, {}, (None, None))}),
        marshal.dumps({"0 x(y)?": (0, b"\xff" * 64, 1, {}, (None, None))}),
        marshal.dumps({"0 x(y)?": (0, b"\x03\0\0", 1, {}, (None, None))}),
        marshal.dumps({"0 x(y)?": "text"}),
        marshal.dumps({"0 x(y)?": None}),
    ],
)
def test_what_is_damaged_is_compiled_again(empty: Path, damage: bytes) -> None:
    empty.write_bytes(damage)
    found = compiled(r"x(y)?").match("xy")
    assert found is not None
    assert found.groups() == ("y",)


def test_nothing_is_kept_where_python_may_keep_nothing(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert compiled("a+").match("aa")
    keep()
    assert not empty.exists()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(patterns, "_FILE", str(empty.parent / "missing" / "expressions"))
    keep()
    assert compiled("a+").match("aa")


def test_an_expression_that_is_none_is_said_to_be_none() -> None:
    with pytest.raises(re.error):
        compiled("a(")
