"""Both roads through Markdown lead to the same page: the compiled parser's is taken only where that is certain.

Texts made at random: `MFE_TEXTS=100000 pytest tests/test_engines.py -k random` tries as many.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonmark_examples import examples
from mfe_static.html import cut, cut_simple
from mfe_static.html.marks import OPEN
from mfe_static.markdown import Options, Rendered, compiled, render
from mfe_static.markdown.alike import LENGTH, alike
from mfe_static.markdown.highlight import highlighted
from mfe_static.markdown.text import clean
from mfe_static.steps import Steps, alone

ROOT = Path(__file__).parents[1]
CORPORA = ROOT.parent / "shared" / "corpora"
SCHEMES = frozenset({"myscheme"})
TEXTS = int(os.environ.get("MFE_TEXTS", "200"))

needs_pyromark = pytest.mark.skipif(compiled.converter() is None, reason="pyromark is not installed")


def defined(text: str, *, has_title: bool = True, html: str = "allow", highlight: bool = False) -> Rendered:
    options = Options("allow" if html == "allow" else "escape", highlight, engine="markdown-it")
    return render(text, has_title=has_title, options=options)


def swift(text: str, *, has_title: bool = True, html: str = "allow", highlight: bool = False) -> Rendered | None:
    paint = highlighted if highlight else None
    return alone(compiled.rendering(clean(text), has_title=has_title, raw=html == "allow", highlight=paint))


def same(text: str, *, has_title: bool = True, html: str = "allow", highlight: bool = False) -> bool:
    """Whether the short road was taken; it must not matter, nor that its HTML is cut by a short road of its own."""
    found = swift(text, has_title=has_title, html=html, highlight=highlight)
    if found is not None:
        as_any = msgspec.structs.replace(found, simple=False)
        assert as_any == defined(text, has_title=has_title, html=html, highlight=highlight)
        assert found.simple
        ids = [heading.id for heading in found.headings]
        holds_marks = OPEN in found.html  # as no file can
        assert holds_marks or cut_simple(found.html, ids, SCHEMES) == cut(found.html, SCHEMES)
    return found is not None


# -- what ordinary pages hold

ORDINARY = {
    "paragraphs": "One\ntwo.\n\nThree \"quoted\" 'four' & < five > six.",
    "emphasis": "*a* **b** _c_ __d__ ***e*** *f **g** h* snake_case 2 * 3 **é** *“x”*",
    "hard break": "a  \nb",
    "code": "`a` and `<b> & *c* [d](e)` and `wrapped\nspan`, `x` ``y ` z`` A &amp; B&nbsp;&lt;C&gt;",
    "headings": "# A\n\n## B `c` & *d*\n\n### B\n\n### B #\n\n###### [e](f)",
    "own ids": "# A {#own}\n\n## B {#mfe-b}\n\n## Own\n\n## A",
    "setext headings": "A\n===\n\nB\nb\n---\n\nc",
    "links": '[a](b) [c `d`](/e/#f "G h") [*i*](team:page?x=1&y=2) [wrapped\nlink](x.md)',
    "references": '[a][One two] and [ONE TWO] and [`c`] [d] [e][]\n\n[one two]: /x "T"\n[`c`]: y.md\n\n[e]: https://z.example',
    "URLs": "<https://a.example/b?c=d> https://a.example/b (http://c.example/d?e#f), or https://g.example.",
    "pictures": '![a](b.png)\n\n![it\'s *c*](d.png "e") [![f](g)](h)',
    "lists": "- a\n- b\n  c\n- `d`\n\n1. e\n2. f\n\n* g\n\n* h\n\n10) i",
    "an item that goes on": "- a\nb\n\n- c",
    "an item of two paragraphs": "1. a\n2. b\n\n   c\n\nd\n\n- e",
    "lists in lists": "- a\n  - b\n    1. c\n\n       d\n    2. e\n- f\n    - g\n\n      h\n\n  i",
    "blocks in items": "1. a\n\n   ```js\n   b\n\n     c\n   ```\n\n   > d\n".replace("   > d\n", "")
    + "2. e\n   | f |",
    "quotes": "> a\n> *b*\n\nc\n\n> - d\n>   e\n>\n> ## f\n>\n> g",
    "alerts": "> [!NOTE]\n> a `b`\n\n> [!tip]\n>\n> c\n>\n> - d\n\n> [!Caution]",
    "fences": '```python\n# <a> & "b"\n\tc\n```\n\n````\n```\n````\n\n```rust,ignore\n```\n```js {a=1}\nx\n```',
    "tables": "| a | b | `c` |\n|---|:-:|--:|\n| *d* | [e](f) | |\n| g |\n\nh",
    "cells without a column": "| a |\n|---|\n| b | `c` | [d](e) |\n| f | `g|h` | i |",
    "pictures in references": "[![a](b)][c] [![d](e)] f\n\n[c]: g",
    "brackets that mean nothing": "a[0] `b[1]` [c](d) [e] f] ]\n\n[![g](h)](i) and [j ![k](l)\nm](n)",
    "narrow tables": "| i |\n| - |\n\n- j\n\n  | k |\n  |---|\n  | l |",
    "text like tags": '| x style="text-align: y | `<a href="` |\n|:-:|:--|\n| x style="text-align: y | `b />` |\n\n/>',
    "code like tags": "```html\n<pre><code></code></pre>\n<li>\n<ul> />\n```\n\n`</code>`",
    "code in lists": "- a\n  ```\n\n    <h2>\n     \n   b\n  ```\n\n  ````js\n  ```\n  ````",
    "rules": "a\n\n---\n\nb\n\n***\n\n___",
    "comments": "<!-- a -->\n\n# B\n\n<!-- c\n\nd -->\n\ne",
    "other scripts": "# Größe 日本\n\n– „a“ … 🎉 *é*\n\n| ü |\n|---|\n| ß |",
}


@needs_pyromark
@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in ORDINARY.items()])
def test_what_ordinary_pages_hold_takes_the_short_road(text: str) -> None:
    for has_title in (True, False):
        assert same(text, has_title=has_title)
    assert same(text, html="escape") == ("<!--" not in text)


EXTRAORDINARY = {
    "raw HTML": ["<b>a</b>", "a <br> b", "<div>\n\na\n\n</div>", "- <!-- a -->", "a <!-- b -->", "<mfe-fragment>"],
    "comments with tags": ['<!-- <a href="b"> -->', "<!--\n<h1>a</h1>\n-->"],
    "footnotes": ["a[^1]\n\n[^1]: b"],
    "definitions": ["a\n: b", "a\n\n~ b"],
    "attributes": ["# a {.b}", "# a {#b .c}", "# a {#b_c}", "# {#a}", "a {#b}\n==="],
    "alerts elsewhere": ["- > [!NOTE]\n  > a", "> [!NOTE] a\n> b", "> a\n>\n> [!NOTE]\n> b", "> [!NOTE]\n> 2. a"],
    "task lists": ["- [ ] a", "1. [x] b"],
    "struck text": ["~~a~~", "a ~b~"],
    "bare addresses": ["www.a.b", "a@b.c", "mailto:a@b.c", "ftp://a.b", "x:https://a.b", "**https://a.b**", "https://a_b.c"],
    "escapes and entities": [r"\*a\*", "&euro;", "&#42;", "[a](b&copy;c)"],
    "odd destinations": ["[a](<b c>)", "[a](b(c))", "[a](ü)", "[a](b 'c')", "[a]( b )", '[a](b "it\'s")'],
    "code in what pictures show": ["![`a`](b)", "![a `b`\nc](d)", "![<https://a.b>](c)"],
    "labels in labels": ["[a [b](c)](d)", "![a [b](c)](d)", "![a ![b](c)](d)", "[a](b \"]\")](c)", "# [a\nb](c)"],
    "code that ends elsewhere": ["# `a\nb`", "| a |\n|---|\n| `b|c` |", "a `b\n\nc`", "[a](b \"`c`\")"],
    "odd code": ["```a```", "`a", "    a", "```a`b`", "~~~\na\n~~~", "```\na", "> ```\n> ```", "- ```\n  a\nb\n  ```"],
    "odd lists": ["- - a", "-\n  a", "-     a", "- # a", "- a\n b", "1. a\n  - b", "a\n2. b", "\t- a"],
    "odd quotes": [">a", "> a\nb", "> > a", "- > a", "1. a\n\n   > b"],
    "odd tables": ["a | b\n- | -\n", "| a |\n|---|\nb", "| a |\n|:|\n", "x\n| a |\n|---|\n| b |"],
    "blanks": ["a\u00a0b", "a\u2003", "a\tb", "a\n \nb", "a\x0bb", "\u2028"],
    "marks beside symbols": ["**→**", "a*€*", "_x_→"],
    "too long": ["a " * (LENGTH // 2 + 1)],
}  # fmt: skip


@pytest.mark.parametrize("texts", [pytest.param(texts, id=name) for name, texts in EXTRAORDINARY.items()])
def test_what_the_two_might_understand_differently_takes_the_long_road(texts: list[str]) -> None:
    assert [text for text in texts if swift(text) is not None] == []


@needs_pyromark
def test_code_is_highlighted_on_both_roads() -> None:
    text = "```python\nx = '<&>'  # é\n```\n\n```nonsense\nx\n```\n\n- a\n\n  ```js\n  let b;\n  ```\n"
    assert same(text, highlight=True)
    assert render(text, has_title=True, options=Options()).code


# -- which road


@needs_pyromark
@pytest.mark.parametrize(("engine", "taken"), [("auto", 1), ("pyromark", 1), ("markdown-it", 0)])
def test_the_setting_decides_whether_the_short_road_may_be_taken(
    monkeypatch: pytest.MonkeyPatch, engine: str, taken: int
) -> None:
    calls: list[str] = []

    def counted(text: str, **how: bool) -> Steps[None]:
        calls.append(text)
        yield

    monkeypatch.setattr(compiled, "rendering", counted)
    assert render("a", has_title=True, options=Options(engine=engine)).html == "<p>a</p>\n"  # type: ignore[arg-type]
    assert len(calls) == taken


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[object], None]]:
    """Puts another module in pyromark's place."""

    def put(module: object) -> None:
        monkeypatch.setitem(sys.modules, "pyromark", module)
        compiled.converter.cache_clear()

    yield put
    monkeypatch.undo()
    compiled.converter.cache_clear()


def fails_with(error: BaseException) -> SimpleNamespace:
    def html(text: str) -> str:
        raise error

    parser = SimpleNamespace(html=html)
    flags = SimpleNamespace(ENABLE_TABLES=1)
    return SimpleNamespace(__version__="0.10.3", Markdown=lambda options: parser, Options=flags)


class PanicException(BaseException):
    """What the compiled parser raises when it fails; it goes by this name."""


@pytest.mark.parametrize(
    "module", [None, SimpleNamespace(__version__="1.0.0"), SimpleNamespace(), fails_with(PanicException())]
)
def test_without_a_compiled_parser_that_works_pages_are_the_same(
    instead: Callable[[object], None], module: object
) -> None:
    instead(module)
    for text in ORDINARY.values():
        assert render(text, has_title=True, options=Options(highlight=False)) == defined(text)


def test_what_is_no_failure_of_the_parser_is_not_swallowed(instead: Callable[[object], None]) -> None:
    instead(fails_with(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        render("a", has_title=True, options=Options())


# -- examples and books


@needs_pyromark
def test_the_specification_s_examples_are_the_same_on_both_roads() -> None:
    try:
        found = examples()
    except OSError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    taken = [same(example.markdown, html=html) for example in found for html in ("allow", "escape")]
    assert sum(taken) > 500


@needs_pyromark
@pytest.mark.parametrize("name", ["site.md", "escape.md", "gfm.md"])
def test_the_cases_of_the_dialect_are_the_same_on_both_roads(name: str) -> None:
    for text in (ROOT / "tests" / "markdown" / name).read_text(encoding="utf-8").split("\n.\n"):
        same(text)
        same(text, html="escape")


def pages(folder: Path) -> list[str]:
    files = sorted(folder.rglob("*.md"))
    texts = [clean(file.read_text(encoding="utf-8")) for file in files]
    return [text.split("\n---\n", 1)[-1] if text.startswith("---\n") else text for text in texts]


@needs_pyromark
def test_most_pages_of_the_documentation_take_the_short_road_and_are_the_same() -> None:
    taken = [same(text, highlight=True) for text in pages(ROOT / "teams")]
    assert sum(taken) > len(taken) / 2


@needs_pyromark
@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not on this machine")
def test_real_books_are_the_same_on_both_roads() -> None:
    taken = [same(text, has_title=bool(number % 2)) for number, text in enumerate(pages(CORPORA))]
    assert len(taken) > 1_000
    assert sum(taken) > len(taken) / 3


# -- texts made at random

PLAIN = "alpha beta Gamma x 1 2024 e.g. it's a-b snake_case say: (par) 3.5 4) & < > + - * _ ** # = | ! ? “q” é 日本 🎉 — a*b *c d_ <3 {y} }"  # noqa: E501
RICH = ["*em*", "**strong**", "_em_", "__st__", "***both***", "*a **b** c*", "**a *b* c**", "**x:**", "**`c`**", "*x*y"]
RICH += ["**é**", "*“x”*", "a*“x”*", "**a", "b**", "_a", "b_", "*a\nb*", "`code`", "`a b`", "`*x*`", "`<b>`", "`a|b`"]
RICH += [
    "`a\nb`",
    "`",
    "[link](/a/b)",
    "[l `c`](/a/#b)",
    '[t](/a "T t")',
    "[a\nb](/c)",
    "**[a](b)**:",
    "[a](b)(c)",
    "]",
]
RICH += ["![alt](p.png)", '![it\'s *x*](p "T")', "[![b](b.svg)](/x)", "[http](b)", "<https://a.b/c?d=e&f>", "[", "]:"]
RICH += ["https://a.b/c", "(http://a.b/c?d=1#e)", "https://a.b.", "http://localhost:1313/x", "https://a.b/d_e", "www.x"]
RICH += ["[foo]", "[foo][]", "[t][foo]", "[Bar x]", "[`c`]", "[t][none]", "![i][foo]", "[x]", "a@b.c", "@", "{#own-id}"]
RICH += ["a  ", "  \nb", "\n# x", "\n1. x", "\n2. x", "\n- x", "\nfoo", "\n===", "\n---", "\n> x"]
ODD = [
    "",
    " ",
    "  ",
    "    ",
    "\t",
    "\n",
    "\n\n",
    "\\",
    "&amp;",
    "<b>",
    "<!-- c -->",
    "\n\n<!-- c\nd -->\n\n",
    "\u00a0",
    "`",
]
ODD += ["``", "```", "~~a~~", "[x]: /y", "[^1]", " {#id}", " {#x}\n", "\n: d", "===", "---", "|", "> ", "- ", "-", "1."]
ODD += [
    "> [!NOTE]\n> ",
    "\n> [!tip]\n> a\n",
    "> - a\n>   b\n",
    "#",
    "##",
    "\x00",
    "\r\n",
    "\u2028",
    "→",
    "\ud800",
    "\x01",
]
DEFINITIONS = ["[foo]: /x", '[foo]: /x "t"\n[bar x]: https://y.z', "[Foo]: y\n[`c`]: z", "[foo]: a&amp;b", "[x]: y"]

running = st.lists(st.sampled_from(PLAIN.split() * 2 + RICH), min_size=1, max_size=7).map(" ".join)
headings = st.builds(
    "{} {}{}".format, st.sampled_from(["#", "##", "######"]), running, st.sampled_from(["", " #", " {#i}"])
)
rules = st.sampled_from(["---", "***", "* * *", "___", "- - -", "====", "    indented", "", "<!-- c -->", *DEFINITIONS])
codes = st.builds(
    "{0}{1}\n{2}\n{0}{3}".format,
    st.sampled_from(["```", "````"]),
    st.sampled_from(["", "", "python", "rust,ignore", "js {a=b}", " c++ ", "a|b"]),
    st.lists(running | st.sampled_from(["", "<b> & c", "\tx", "# x", "[a]: b", "- a", "```x"]), max_size=3).map(
        "\n".join
    ),
    st.sampled_from(["", "", "", " "]),
)


@st.composite
def tables(draw: st.DrawFn) -> str:
    columns = draw(st.integers(1, 4))
    cells = st.lists(running | st.just(""), min_size=columns, max_size=columns)
    rows = [draw(cells), ["---", ":-:", "--:", ":--"][:columns], *draw(st.lists(cells, max_size=2))]
    if draw(st.integers(0, 9)) == 0:
        rows[-1].append("x")
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


@st.composite
def lists(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    mark = draw(st.sampled_from(["-", "-", "*", "+", "1.", "1.", "2)", "10."]))
    gap = " " * draw(st.sampled_from([1, 1, 1, 1, 2, 3, 4]))
    shift = draw(st.sampled_from([0, 0, 0, 0, 0, 1, 2, -1, -2]))
    out = []
    for _ in range(draw(st.integers(1, 3))):
        blocks = draw(st.lists(inner, max_size=2))
        text = draw(running) + "".join(draw(st.sampled_from(["\n", "\n\n"])) + block for block in blocks)
        indent = " " * (len(mark + gap) + shift)
        out.append(mark + gap + text.replace("\n", "\n" + indent) + draw(st.sampled_from(["", "", "\n"])))
    return "\n".join(out)


def quotes(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    start = st.sampled_from(["", "", "[!NOTE]\n", "[!tip]\n\n"])
    return st.builds(lambda a, b: "> " + (a + b).replace("\n", "\n> "), start, inner)


leaves = running | running | headings | codes | tables() | rules
blocks = st.recursive(leaves, lambda inner: lists(inner) | lists(inner) | quotes(inner), max_leaves=6)
documents = st.lists(
    st.tuples(blocks, st.sampled_from(["\n\n", "\n\n", "\n\n", "\n", "\n\n\n"])), min_size=1, max_size=4
)


@st.composite
def passages(draw: st.DrawFn) -> str:
    """A piece of this project's own documents."""
    lines = draw(st.sampled_from(REAL))
    start = draw(st.integers(0, len(lines) - 1))
    return "\n".join(lines[start : start + draw(st.integers(1, 25))])


REAL = [
    file.read_text(encoding="utf-8").split("\n") for file in sorted([*ROOT.glob("*.md"), *ROOT.glob("teams/**/*.md")])
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    whole = documents.map(lambda parts: "".join(block + end for block, end in parts))
    text = draw(whole | whole | passages())
    for place, piece, dropped in draw(
        st.lists(
            st.tuples(
                st.integers(0, 400), st.sampled_from(ODD) | running | st.text(max_size=2), st.sampled_from([0, 0, 1, 2])
            ),
            max_size=2,
        )
    ):
        at = place % (len(text) + 1)
        text = text[:at] + piece + text[at + dropped :]
    return text


@pytest.mark.slow
@needs_pyromark
@settings(max_examples=TEXTS, suppress_health_check=list(HealthCheck))
@given(mutated(), st.booleans(), st.sampled_from(["allow", "escape"]))
def test_random_texts_are_the_same_on_both_roads(text: str, has_title: bool, html: str) -> None:
    same(text, has_title=has_title, html=html)


def test_judging_a_text_never_fails() -> None:
    for text in ["", "\n", "`", "[", "> ", "- ", "|", "```", "\n\n[a]: b", "![](", "}", "\x01", "\x02", "\ud800"]:
        assert alike(text + "\n", raw=True) is None or text in (
            "",
            "\n",
            "[",
            "- ",
            "|",
            "}",
            "\n\n[a]: b",
            "> ",
            "![](",
        )
