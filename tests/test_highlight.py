"""Promises of the highlighting room."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from typing import Any

import pygments.lexers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Token

from mfe_static.markdown import highlight
from mfe_static.markdown.highlight import highlighted

CODE = """\
# Größe <&> "quotes" 'single'
def f(x: int = 0x1F, *y) -> str | None:
    return f"{x!r} {y}" if x >= 2 and not y else None  // comment
/* block */ let a = [1, 2.5e3]; <b class="c">&amp;</b> $var ${x} `y` @d
key: value
[section]
\tK \u212a ſ → \x1c

"""
LANGUAGES = "python js ts rust go c++ java php html css scss bash toml yaml json sql ruby lua haskell apl diff".split()


def text_of(html: str) -> str:
    return unescape(re.sub(r"</?span[^>]*>", "", html))


def test_code_becomes_spans_with_short_classes() -> None:
    expected = '<span class="k">def</span> <span class="nf">f</span>(x): <span class="c1"># &lt;&amp;</span>\n'
    assert highlighted("def f(x): # <&\n", "python") == expected


def test_neighbours_of_one_class_share_a_span() -> None:
    html = highlighted('x = "a\\n" f"{y}" >= <= != 1 + + 2\n', "python")
    assert html is not None
    assert not re.search(r'<span class="(\w+)">[^<]*</span><span class="\1">', html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_is_the_code_and_no_other_tag_comes_in(language: str) -> None:
    html = highlighted(CODE, language)
    assert html is not None
    assert text_of(html) == CODE
    assert re.sub(r'<span class="[a-z0-9]{1,3}">|</span>', "", html).count("<") == 0


@pytest.mark.parametrize("language", ["nonsense", "", "{", "PYTHON\0"])
def test_unknown_languages_are_not_highlighted(language: str) -> None:
    assert highlighted(CODE, language) is None


def test_the_name_of_a_language_may_be_written_in_any_case() -> None:
    assert highlighted(CODE, "Python") == highlighted(CODE, "python")


def test_unknown_languages_do_not_search_for_plug_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    def search() -> Iterator[Any]:
        raise AssertionError("plug-ins were asked")

    monkeypatch.setattr(pygments.lexers, "find_plugin_lexers", search)
    assert highlighted("x", "no-such-language-anywhere") is None


class Broken:
    """Stands for a lexer with a fault."""

    def __init__(self, *tokens: tuple[int, Any, str], endless: bool = False, fails: bool = False) -> None:
        self.tokens, self.endless, self.fails = tokens, endless, fails

    def get_tokens_unprocessed(self, _text: str) -> Iterator[tuple[int, Any, str]]:
        yield from self.tokens
        while self.endless:
            yield 0, Token.Name, ""
        if self.fails:
            raise ValueError("a fault")


@pytest.mark.parametrize(
    "lexer",
    [Broken(fails=True), Broken(endless=True), Broken((0, Token.Name, "x")), Broken((0, Token.Name, "other"))],
    ids=["fails", "does not end", "loses text", "changes text"],
)
def test_a_faulty_lexer_leaves_code_plain(monkeypatch: pytest.MonkeyPatch, lexer: Any) -> None:
    monkeypatch.setattr(highlight, "_known", lambda _language: highlight._Known(lexer, None))
    assert highlighted("x = 1", "python") is None


def test_code_too_long_or_with_too_long_a_line_stays_plain() -> None:
    assert highlighted("x\n" * 60_000, "python") is None
    assert highlighted("x" * 6_000, "python") is None


# -- fewer tries, the same tokens


def lexers() -> list[str]:
    names = (aliases[0] for _, aliases, _, _ in pygments.lexers.get_all_lexers(plugins=False) if aliases)
    return [name for name in names if (known := highlight._known(name)) and known.states]


def tokens_differ(language: str, code: str) -> bool:
    known = highlight._known(language)
    assert known is not None
    assert known.states is not None
    theirs = pygments.lexers.get_lexer_by_name(language).get_tokens_unprocessed(code)
    return list(highlight._tokens(known.lexer, known.states, code)) != list(theirs)


def test_every_lexer_of_pygments_yields_the_tokens_it_yields_there() -> None:
    names = lexers()
    assert len(names) > 300
    assert [name for name in names if tokens_differ(name, CODE)] == []


@given(st.sampled_from(["python", "js", "rust", "go", "css", "html", "toml", "c#"]), st.text(max_size=60))
def test_any_text_yields_the_tokens_that_pygments_yields(language: str, code: str) -> None:
    assert not tokens_differ(language, code)


@pytest.mark.parametrize(
    ("pattern", "flags", "starts"),
    [
        (r"abc", 0, "a"),
        (r"a|b|[c-e]", 0, "abcde"),
        (r"a?b*c", 0, "abc"),
        (r"(?=x)(?<!y)\bz", 0, "z"),
        (r"(?:a|(?P<n>b))+c", 0, "ab"),
        (r"\d", 0, "0123456789"),
        (r"[^\W\d]", 0, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"),
        (r"q", re.IGNORECASE, "qQ"),
        (r"(?i:q)", 0, "qQ"),
        (r"→", 0, ""),
    ],
)
def test_what_an_expression_begins_with_is_read_off_it(pattern: str, flags: int, starts: str) -> None:
    found = highlight._starts(re.compile(pattern, flags))
    assert {chr(c) for c in range(128) if found >> c & 1} == set(starts)


@pytest.mark.parametrize("pattern", [r"", r"a*", r"(?=x)", r".", r"(a)?\1", "(?i)\u212a"])
def test_an_expression_that_may_begin_with_anything_is_always_tried(pattern: str) -> None:
    assert highlight._starts(re.compile(pattern)) == highlight._EVERY


def test_pygments_is_loaded_only_when_code_is_highlighted() -> None:
    program = (
        "import sys; from mfe_static.markdown import Options, render\n"
        "render('a\\n\\n    b\\n', has_title=True, options=Options()); print('pygments' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"False\n"
