"""Promises of the highlighting room."""

import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from html import unescape
from itertools import chain
from pathlib import Path
from typing import Any

import pygments.lexers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pygments.lexer import RegexLexer
from pygments.token import Token

from mfe_static.limits import TooSlow
from mfe_static.markdown import highlight
from mfe_static.markdown.highlight import (
    choices,
    expressions,
    highlighted,
    joining,
    packing,
    rules,
    sources,
    states,
    trees,
    walking,
)

ROOT = Path(__file__).parents[1]
CORPORA = ROOT.parent / "shared" / "corpora"

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
@pytest.mark.parametrize("code", [CODE, CODE.replace("y", "\0")], ids=["text", "with NUL"])
def test_the_text_is_the_code_and_no_other_tag_comes_in(language: str, code: str) -> None:
    html = highlighted(code, language)
    assert html is not None
    assert text_of(html) == code
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

    def __init__(self, *tokens: tuple[int, Any, str], endless: bool = False, fails: Exception | None = None) -> None:
        self.tokens, self.endless, self.fails = tokens, endless, fails

    def get_tokens_unprocessed(self, _text: str) -> Iterator[tuple[int, Any, str]]:
        yield from self.tokens
        while self.endless:
            yield 0, Token.Name, ""
        if self.fails:
            raise self.fails


def use(monkeypatch: pytest.MonkeyPatch, lexer: Any) -> None:
    monkeypatch.setattr(highlight, "_known", lambda _language, _is_ascii: highlight._Known(lambda: lexer, None))


@pytest.mark.parametrize(
    "lexer",
    [
        Broken(fails=ValueError()),
        Broken(endless=True),
        Broken((0, Token.Name, "x")),
        Broken((0, Token.Name, "other")),
    ],
    ids=["fails", "does not end", "loses text", "changes text"],
)
def test_a_faulty_lexer_leaves_code_plain(monkeypatch: pytest.MonkeyPatch, lexer: Any) -> None:
    use(monkeypatch, lexer)
    assert highlighted("x = 1", "python") is None


def test_when_a_page_has_had_its_time_that_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Broken(fails=TooSlow()))
    with pytest.raises(TooSlow):
        highlighted("x = 1", "python")


def test_code_too_long_or_with_too_long_a_line_stays_plain() -> None:
    assert highlighted("x\n" * 60_000, "python") is None
    assert highlighted("x" * 6_000, "python") is None


def test_pygments_is_loaded_only_when_code_is_highlighted() -> None:
    program = (
        "import sys; from mfe_static.markdown import Options, render\n"
        "render('a\\n\\n    b\\n', has_title=True, options=Options()); print('pygments' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"False\n"


# -- the same spans as Pygments' own tokens give

READ_BY_US = """
    python js ts jsx html css scss less go rust toml bash diff sql java csharp kotlin scala groovy perl haskell ocaml
    erlang clojure nix dockerfile nginx ini jinja markdown rst tex xml graphql protobuf r julia matlab
    fortran ada zig vue powershell bat d nim dart fsharp tcl awk solidity gas nasm verilog vhdl
    cmake properties apache prolog racket coffee elm gherkin sparql cypher jsonnet meson json5 idris wast
""".split()


@cache
def lexer_class(language: str) -> Any:
    return pygments.lexers.find_lexer_class_by_name(language)


@cache
def tables(lexer: Any, patience: int, is_ascii: bool) -> dict[str, states.State]:
    return highlight._states(lexer, is_ascii, patience)


@cache
def are_ours(language: str) -> bool:
    return lexer_class(language).get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed


def runs_of_pygments(lexer: Any, code: str) -> list[tuple[str, str]] | None:
    """The classes and texts of what the lexer itself yields; None when that is not the code."""
    pairs: list[tuple[str, str]] = []
    for _, kind, text in lexer().get_tokens_unprocessed(code):
        name = rules.class_of(kind)
        if pairs and pairs[-1][0] == name:
            pairs[-1] = name, pairs[-1][1] + text
        else:
            pairs.append((name, text))
    return [pair for pair in pairs if pair[1]] if "".join(text for _, text in pairs) == code else None


def runs_of_ours(lexer: Any, code: str, patience: int) -> list[tuple[str, str]] | None:
    try:
        names, texts = walking.walk(code, tables(lexer, patience, code.isascii()), lexer)
    except walking.Strange:
        return None
    pairs = zip([name for found in names for name in ("", found)] + [""], texts, strict=True)
    return [pair for pair in pairs if pair[1]]


def differ(lexer: Any, code: str) -> list[str]:
    """How our runs differ, rules tried one by one, and joined."""
    theirs = runs_of_pygments(lexer, code)
    found = {
        "tried": runs_of_ours(lexer, code, 10**9),
        "about to be joined": runs_of_ours(lexer, code, 0),
        "joined": runs_of_ours(lexer, code, 0),
    }
    return [f"{lexer.name}, {how}: {code!r}" for how, ours in found.items() if ours != theirs]


def mutations(codes: Sequence[str], count: int) -> Iterator[str]:
    """Codes as given, and cut, with characters lost, doubled and put in; the same in every run."""
    chance = random.Random(1)
    odd = "\"'`\\{}[]()<>&$@#%^*~|;:=+-/!?,._ \n\t\0\x1c\r\u00a0\u2028é→ßſ\u212a\U0001d4d0\U0001f600İ0"
    yield from codes
    for code in chance.choices(codes, k=count):
        start = chance.randrange(len(code) or 1)
        letters = list(code[start : start + 200])
        for _ in range(chance.choice((1, 3, 10))):
            letters.insert(chance.randrange(len(letters) + 1), chance.choice(odd))
            del letters[chance.randrange(len(letters))]
        yield "".join(letters)


def fences(folder: Path, every: int) -> list[str]:
    pages = sorted(folder.rglob("*.md"))[::every]
    texts = [page.read_text(errors="replace") for page in pages]
    return [code for text in texts for code in re.findall(r"^```[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)]


def test_a_broad_list_of_languages_is_read_by_our_walk() -> None:
    assert len(READ_BY_US) > 60
    assert [language for language in READ_BY_US if not are_ours(language)] == []


COSTLY = {"julia", "racket", "scala", "matlab", "fortran", "kotlin"}
"""Their tables take as long as those of all other languages."""
WALKED: list[Any] = [pytest.param(name, marks=pytest.mark.slow) if name in COSTLY else name for name in READ_BY_US]


@pytest.mark.parametrize("count", [2, pytest.param(30, marks=pytest.mark.slow)])
@pytest.mark.parametrize("language", WALKED)
def test_each_language_has_the_spans_of_pygments(language: str, count: int) -> None:
    assert [found for code in mutations([CODE], count) for found in differ(lexer_class(language), code)] == []


@pytest.mark.slow
def test_every_lexer_that_pygments_has_gives_the_spans_it_gives_there() -> None:
    names = (aliases[0] for _, aliases, _, _ in pygments.lexers.get_all_lexers(plugins=False) if aliases)
    ours = [name for name in names if are_ours(name)]
    assert len(ours) > 400
    lexers = map(lexer_class, ours)
    assert [lexer for lexer in lexers if runs_of_ours(lexer, CODE, 10**9) != runs_of_pygments(lexer, CODE)] == []


@pytest.mark.parametrize("language", ["python", "js", "html", "css", "bash", "toml", "markdown", "rust"])
def test_the_code_in_our_documentation_has_the_spans_of_pygments(language: str) -> None:
    codes = fences(ROOT / "teams", 4)[:40]
    assert codes
    assert [found for code in mutations(codes, 20) for found in differ(lexer_class(language), code)] == []


@pytest.mark.skipif(not CORPORA.is_dir(), reason="no real content here: ../shared/corpora is missing")
@pytest.mark.parametrize("language", ["rust", "go", "html", "toml", "bash", "js", "css", "markdown"])
def test_the_code_in_real_books_has_the_spans_of_pygments(language: str) -> None:
    codes = fences(CORPORA, 60)[:60]
    assert [found for code in mutations(codes, 30) for found in differ(lexer_class(language), code)] == []


def test_a_real_module_has_the_spans_of_pygments() -> None:
    source = Path(random.__file__).read_text()
    assert differ(lexer_class("python"), source[:12_000]) == []


@given(st.sampled_from(["python", "js", "rust", "go", "css", "html", "toml", "c#", "java"]), st.text(max_size=60))
@example("python", "a\U0001d4d0b \U0001d4d0")
@example("js", "a\U0001d4d0b \\u0041x\U0001d4d0;")
@example("python", "(\n  '''a''' ")
@example("python", "x \u00a0\n'''a'''")
def test_any_text_has_the_spans_of_pygments(language: str, code: str) -> None:
    assert differ(lexer_class(language), code) == []


class Blanks(RegexLexer):
    """Blanks that are not all alike."""

    name = "Blanks"
    tokens = {  # noqa: RUF012  (as Pygments has it)
        "root": [
            (r"^[ \t]+k", Token.Comment),
            (r"^\n", Token.Generic.Heading),
            (r"[ ,\n]", Token.Text),
            (r"\u00a0", Token.Name.Tag),
            (r"\s+", Token.Text),
            (r"k", Token.Keyword, "inside"),
            (r"a", Token.Keyword, "inside"),
        ],
        "inside": [
            (r"\s+", Token.Text),
            (r"^,", Token.Keyword),
            (r",", Token.Text, "#pop"),
            (r"[ka]+", Token.Name, "#pop"),
        ],
    }


class Lines(RegexLexer):
    """Line ends that are not all alike."""

    name = "Lines"
    tokens = {  # noqa: RUF012  (as Pygments has it)
        "root": [
            (r"^\n", Token.Generic.Heading),
            (r"[,\n]", Token.Text),
            (r"[^\S\n]+", Token.Text),
            (r"^k", Token.Name.Tag),
            (r"k", Token.Keyword),
        ],
    }


@given(st.text("ka, \t\n\r\u00a0\u2028é", max_size=12))
@example(",\t \u00a0k")
@example("é\n\n")
@example(", \n\n")
@example("\n,\n\nk")
@example("k\n\t ,k")
def test_blanks_are_taken_along_only_where_the_rules_would_take_them(code: str) -> None:
    assert differ(Blanks, code) + differ(Lines, code) == []


def test_what_was_highlighted_before_changes_nothing() -> None:
    first = highlighted(CODE, "rust")
    for _ in range(states.PATIENCE):
        assert highlighted(CODE, "rust") == first


def test_a_lexer_whose_tables_we_cannot_read_reads_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = highlighted(CODE, "toml")

    def fails(_pattern: str, _flags: int) -> None:
        raise AttributeError

    monkeypatch.setattr(rules, "prepared", fails)
    highlight._known.cache_clear()
    assert highlighted(CODE, "toml") == expected
    highlight._known.cache_clear()


# -- work


def made(language: str, patience: int, times: int) -> dict[str, states.Cell]:
    found = highlight._states(lexer_class(language), True, patience)
    for _ in range(times):
        walking.walk("x = 1\n", found, lexer_class(language))
    return found["root"]


def test_rules_are_joined_when_a_character_has_come_up_often() -> None:
    assert not any(match for match, _, _ in made("python", 8, 4).values())
    assert made("python", 3, 4)["x"][0] is not None


@pytest.mark.parametrize("language", ["ts", "js", "python", "sql", "bash", "java", "rust", "scala", "powershell"])
def test_for_code_in_ascii_no_set_names_characters_beyond_it(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would cost the compiler a table of 65 536 characters, and there are some hundred sets."""
    compiler, lexer = expressions.compiler(), lexer_class(language)
    made: list[list[tuple[Any, Any]]] = []

    def count(members: Any, *rest: Any) -> Any:
        made.append(list(members))
        return optimize(members, *rest)

    optimize = compiler._optimize_charset
    monkeypatch.setattr(compiler, "_optimize_charset", count)
    trees.one_of.cache_clear()
    walking.walk(CODE.encode("ascii", "ignore").decode(), highlight._states(lexer, True, 0), lexer)
    ends = [max(value) if str(kind) == "RANGE" else value for some in made for kind, value in some]
    assert made
    assert [end for end in ends if isinstance(end, int) and end > 255] == []


@pytest.mark.parametrize("language", ["ts", "python", "sql", "bash"])
def test_what_is_made_of_a_rule_is_made_once(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lexer = lexer_class(language)
    found = highlight._states(lexer, True, 0)
    made: list[Any] = []
    joins: list[states.Rules] = []
    original = states.State.join

    def code(tree: Any, flags: int) -> joining.Code:
        made.append(tree)
        return joining.coded_expression(tree, flags)

    def join(state: states.State, some: states.Rules) -> states.Cell | None:
        joins.append(some)
        return original(state, some)

    monkeypatch.setattr(rules, "coded_expression", code)
    monkeypatch.setattr(states.State, "join", join)
    text = CODE.encode("ascii", "ignore").decode()
    for _ in range(3):
        walking.walk(text, found, lexer)
    assert 0 < len(made) <= len({*chain(*joins)}) < sum(map(len, joins))
    before = len(joins)
    walking.walk(text, found, lexer)
    assert len(joins) == before


def test_only_rules_that_are_tried_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[expressions.Expression] = []

    def count(expression: expressions.Expression) -> re.Pattern[str]:
        compiled.append(expression)
        return joining.compiled(expression)

    monkeypatch.setattr(choices, "compiled", count)
    cells = made("python", 10, 1)
    assert 0 < len(compiled) < 30
    assert set(cells) <= {*"x =1\n", ""}


def test_the_characters_of_all_scripts_share_what_is_made_for_them() -> None:
    found = highlight._states(lexer_class("python"), False, 2)
    walking.walk("".join(map(chr, range(0x4E00, 0x5000))).replace("\u4e10", " ") * 2, found, lexer_class("python"))
    assert len(found["root"]) < 130


def test_blanks_and_punctuation_come_along_with_what_stands_before_them() -> None:
    found = highlight._states(lexer_class("python"), True, 0)
    code = "f(a, b), [c]"
    walking.walk(code, found, lexer_class("python"))
    match, _, _ = found["root"]["f"]
    assert match is not None
    taken = match(code, 0)
    assert taken is not None
    assert taken[0] == "f("


# -- expressions

RULES = [
    r"(a|b)\1",
    r"(?i)K",
    r"(?:ab|ac|b)+",
    r"(?P<n>a)?(?(n)b|c)",
    r"[^\W\d]+(?=x)",
    r"\s+",
    r"(?<!a)b*c",
    r"a.",
    r".$",
]


@example([r"(?P<n>a)?(?(n)b|c)", r"(a|b)\1"], "aa", 0)
@example([r"(a|b)\1", r"(?P<n>a)?(?(n)b|c)"], "ab", 0)
@example([r"(?:a|b?)c"], "c", 0)
@example([r"(a)(b)(c)", r"(a)(?:(b)(?<!\2))?"], "ab", 0)
@given(st.lists(st.sampled_from(RULES), min_size=1), st.text("abcxkK\u212a \n", max_size=8), st.integers(0, 8))
def test_what_is_joined_matches_as_the_first_that_matches(patterns: list[str], text: str, place: int) -> None:
    start = text[place : place + 1]
    known = [packing.prepared(pattern, 0) for pattern in patterns]
    rules = [choices.Branches(item) for item in known]
    chosen = [rule.chosen(rule.choice(expressions.bit(start))) for rule in rules]
    possible = [number for number, item in enumerate(known) if item.possible & expressions.bit(start)]
    tried = [(n, found) for n, item in enumerate(patterns) if (found := re.compile(item).match(text, place))]
    assert {number for number, _ in tried} <= set(possible)
    if not possible:
        return
    codes = [joining.coded_expression(item.tree, item.flags) for item in chosen]
    whole, marks = joining.joined([joining.Branch(chosen[number], codes[number], [[]]) for number in possible])
    match = whole.match(text, place)
    assert (match is None) == (not tried)
    if match:
        number, alone = tried[0]
        _, (mark,) = marks[possible.index(number)]
        assert (match.lastindex, match.span()) == (mark, alone.span())
        groups = range(mark - known[number].groups, mark)
        assert [match.span(group) for group in groups] == [alone.span(group + 1) for group in range(len(groups))]


@pytest.mark.parametrize(
    ("pattern", "flags", "possible"),
    [
        (r"abc", 0, "a"),
        (r"a|b|[c-e]", 0, "abcde"),
        (r"a?b*c", 0, "abc"),
        (r"(?=x)(?<!y)\bz", 0, ""),
        (r"(?=[xz])z?", 0, "xz"),
        (r"(?:a|(?P<n>b))+c", 0, "ab"),
        (r"\d", 0, "0123456789"),
        (r"[^\W\d]", 0, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"),
        (r"q", re.IGNORECASE, "qQ"),
        (r"(?i:q)", 0, "qQ"),
        (r"→", 0, ""),
    ],
)
def test_where_an_expression_may_match_is_read_off_it(pattern: str, flags: int, possible: str) -> None:
    found = expressions.parsed(pattern, flags).possible
    assert {chr(c) for c in range(128) if found >> c & 1} == set(possible)


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        (r"[a-zé_]x", r"[a-z_]x"),
        (r"[\$_À-ÖA-Z]+", r"[\$_A-Z]+"),
        (r"[!\-\]^é]", r"[!\-\]^]"),
        (r"[aé-]", r"[a-]"),
        (r"[a-é]", r"[a-é]"),
        (r"[é^a]", r"[é^a]"),
        (r"[^é]", r"[^é]"),
        (r"[é]", r"[é]"),
        (r"[\dé]", r"[\dé]"),
        (r"\[aé]", r"\[aé]"),
    ],
)
def test_for_code_in_ascii_sets_lose_what_else_they_name(pattern: str, left: str) -> None:
    assert sources.without_scripts(sources.Source(pattern, 0)).pattern == left


@pytest.mark.parametrize("pattern", [r"", r"a*", r"(?!x)", r"(?s).", r"(a)?\1", "(?i)\u212a"])
def test_an_expression_that_may_match_at_anything_is_always_tried(pattern: str) -> None:
    assert expressions.parsed(pattern, 0).possible & expressions.EVERY == expressions.EVERY


@pytest.mark.parametrize(
    ("pattern", "certain"),
    [(r"[ab]", "ab"), (r"[ab]+", "ab"), (r"a", "a"), (r"[ab]c", ""), (r"[ab]{1,2}", ""), (r"(?:ab)+", ""), (r"a*", "")],
)
def test_where_an_expression_matches_whatever_follows_is_read_off_it(pattern: str, certain: str) -> None:
    found = expressions.parsed(pattern, 0).certain
    assert {chr(c) for c in range(128) if found >> c & 1} == set(certain)
