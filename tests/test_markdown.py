"""Promises of the Markdown room. Cases as `title / input / expected` stand in `tests/markdown/`."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonmark_examples import Example, examples
from mfe_static.markdown import Options, Rendered, dialect, locate, page, render, to_html
from mfe_static.markdown.places import Position
from mfe_static.markdown.text import clean
from mfe_static.pieces import Heading

CASES = Path(__file__).parent / "markdown"
CORPORA = Path(__file__).parents[1].parent / "shared" / "corpora"
ALLOW = Options()
ESCAPE = Options(html="escape")


def site(text: str, options: Options = ALLOW) -> Rendered:
    return render(text, has_title=True, options=options)


def cases(name: str) -> Iterator[tuple[str, str, str]]:
    parts = (CASES / name).read_text(encoding="utf-8").split("\n.\n")
    for title, given_text, expected in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
        yield title.strip(), given_text + "\n", expected + "\n" if expected else ""


def params(name: str) -> list[object]:
    return [pytest.param(text, expected, id=title) for title, text, expected in cases(name)]


# -- the dialect


@pytest.mark.parametrize(("text", "expected"), params("site.md"))
def test_the_dialect_of_sites_renders_as_promised(text: str, expected: str) -> None:
    assert site(text).html == expected


@pytest.mark.parametrize(("text", "expected"), params("escape.md"))
def test_with_escape_raw_html_is_text_but_fragments_are_kept(text: str, expected: str) -> None:
    assert site(text, ESCAPE).html == expected


@pytest.mark.parametrize(("text", "expected"), params("gfm.md"))
def test_the_gfm_preset_renders_as_its_specification_says(text: str, expected: str) -> None:
    assert to_html(text, "gfm") == expected


# -- the specification


def specified() -> list[Example]:
    try:
        return examples()
    except OSError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def test_all_652_examples_of_commonmark_render_exactly_as_specified() -> None:
    found = specified()
    assert len(found) == 652
    wrong = [example.number for example in found if to_html(example.markdown, "commonmark") != example.html]
    assert wrong == []


def test_the_gfm_preset_differs_from_commonmark_only_in_disallowed_tags_and_bare_urls() -> None:
    wrong = [example.number for example in specified() if to_html(example.markdown, "gfm") != example.html]
    assert wrong == [170, 171, 172, 173, 176, 178, 608, 611, 612]


# -- titles and headings


def test_without_a_title_the_leading_heading_of_any_level_becomes_the_page_s_own() -> None:
    found = render("### A *b* `c`\n\nText.", has_title=False, options=ALLOW)
    assert (found.heading, found.heading_id, found.title) == ("A <em>b</em> <code>c</code>", "a-b-c", "A b c")
    assert found.html == "<p>Text.</p>\n"
    assert found.headings == ()


def test_with_a_title_only_a_leading_heading_of_level_1_is_taken_out() -> None:
    assert site("# A\n\nText.").heading == "A"
    kept = site("## A\n\nText.")
    assert (kept.heading, kept.heading_id, kept.title) == ("", "", "A")
    assert kept.html == '<h2 id="a">A</h2>\n<p>Text.</p>\n'


def test_a_heading_after_other_content_is_not_promoted_but_gives_the_title() -> None:
    found = render("Text.\n\n# A\n", has_title=False, options=ALLOW)
    assert (found.heading, found.title) == ("", "A")
    assert found.html == '<p>Text.</p>\n<h2 id="a">A</h2>\n'


@pytest.mark.parametrize("before", ["<!-- a -->\n", "<!-- a\n\nb -->\n\n<!-- c --> <!-- d -->\n\n", "[x]: y\n\n"])
def test_comments_and_link_definitions_before_the_leading_heading_do_not_count(before: str) -> None:
    assert render(before + "# A", has_title=False, options=ALLOW).heading == "A"


@pytest.mark.parametrize("before", ["<div></div>\n\n", "<!-- a --> b\n\n", "<!-- a\n\n", "---\n\n"])
def test_other_content_before_a_heading_keeps_it_in_place(before: str) -> None:
    assert render(before + "# A", has_title=False, options=ALLOW).heading == ""


def test_no_h1_is_left_in_the_content() -> None:
    found = render("# A\n\n# B\n\nC\n===\n\n> # D\n", has_title=False, options=ALLOW)
    assert "<h1" not in found.html
    assert [(h.level, h.id) for h in found.headings] == [(2, "b"), (2, "c"), (2, "d")]


def test_a_document_without_headings_has_no_title() -> None:
    assert render("Text", has_title=False, options=ALLOW).title == ""


def test_the_list_of_headings_tells_level_id_and_plain_title() -> None:
    found = site("## A <b>b</b> [c](d) ![e](f) &amp; \\*\n\n### `<g>` {#own .x}\n")
    assert found.headings == (Heading(2, "a-b-c---", "A b c e & *"), Heading(3, "own", "<g>"))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Hello World", "hello-world"),
        ("What's new? (2.0)", "whats-new-20"),
        ("a  b", "a--b"),
        ("snake_case & kebab-case", "snake_case--kebab-case"),
        ("Größe & Maß", "größe--maß"),
        ("日本語 テスト", "日本語-テスト"),
        ("e\u0301te\u0301", "e\u0301te\u0301"),
        ("x² ½ Ⅷ ٣", "x--ⅷ-٣"),
        ("🎉 Party", "-party"),
        ("🎉", "section"),
        ("C++ / C#", "c--c"),
        ("`mfe-static build`", "h-mfe-static-build"),
        ("1. Step", "1-step"),
    ],
)
def test_ids_follow_githubs_rule(title: str, expected: str) -> None:
    assert site(f"## {title}\n").headings[0].id == expected


def test_repeated_headings_get_numbers_and_never_an_id_that_is_taken() -> None:
    found = site("## A\n\n## A\n\n## A 1\n\n## A\n\n## B {#a-2}\n")
    assert [h.id for h in found.headings] == ["a", "a-1", "a-1-1", "a-3", "a-2"]


def test_own_ids_win_over_those_made_before_them() -> None:
    assert [h.id for h in site("## Install\n\n## Other {#install}\n").headings] == ["install-1", "install"]


def test_ids_never_begin_like_those_of_themes() -> None:
    found = site("## MFE basics\n\n## A {#mfe-toc}\n\nNote[^1]\n\n[^1]: Text")
    assert [h.id for h in found.headings] == ["h-mfe-basics", "h-mfe-toc"]
    assert 'id="mfe-fn-1"' in found.html


def test_the_promoted_heading_s_id_is_not_given_again() -> None:
    found = render("# A\n\n## A\n", has_title=False, options=ALLOW)
    assert (found.heading_id, found.headings[0].id) == ("a", "a-1")


# -- destinations, code


@pytest.mark.parametrize(
    "destination",
    ["decide:product?id=AU-02", "../a b.md", "x%20y", "ü/ä", "javascript:alert(1)", "//Host.Example/%zz", "#a", "A:B"],
)
def test_destinations_leave_as_they_were_written(destination: str) -> None:
    expected = destination.replace("&", "&amp;")
    assert f'<a href="{expected}">' in site(f"[x](<{destination}>)").html
    assert f'<img src="{expected}" alt="x">' in site(f"![x](<{destination}>)").html
    assert f'<a href="{expected}">' in site(f"[x]\n\n[x]: <{destination}>").html


def test_the_page_knows_whether_it_has_highlighted_code() -> None:
    assert site("```python\nx = 1\n```").code
    assert not site("```nonsense\nx = 1\n```").code
    assert not site("```python\nx = 1\n```", Options(highlight=False)).code
    assert not site("    x = 1\n").code


def test_no_style_or_handler_comes_from_markdown() -> None:
    found = site('| a |\n|:-:|\n| b |\n\n## A {style=x}\n\n## B {onclick=y}\n\n## C {#d" onclick=}\n').html
    assert "style=" not in re.sub(r">[^<]*<", "><", found)
    assert "onclick" not in re.sub(r">[^<]*<|\"[^\"]*\"", "><", found)


# -- the public dialects


def test_the_public_dialects_have_no_ids_highlighting_or_own_syntax() -> None:
    text = "# A {#b}\n\n```python\nx = 1\n```\n\n> [!NOTE]\n> c\n"
    expected = (
        '<h1>A {#b}</h1>\n<pre><code class="language-python">x = 1\n</code></pre>\n'
        "<blockquote>\n<p>[!NOTE]\nc</p>\n</blockquote>\n"
    )
    assert to_html(text, "commonmark") == to_html(text, "gfm") == expected


def test_the_site_s_dialect_on_the_command_line_keeps_the_leading_heading() -> None:
    assert to_html("# A\n\nb", "site") == '<h1 id="a">A</h1>\n<p>b</p>\n'


# -- places


SOURCE = """\
# Head [x](decide:p) {#a}

> - text [b]( <a b> "t") and
>   ![img](pic.png) <https://auto.example> https://bare.example/x

| a | b |
|---|---|
| [x](decide:p) | [x](decide:p) |

See [ref] and [r][ref] and [^1].

[ref]: foo:bar "t"

[^1]: Note [n](foot) [x](decide:p)

<div>
  <a href="raw:one">x</a> <img srcset="a.png 1x, b.png 2x">
</div>

Inline <a href='in:x&amp;y'>z</a>. [a (b)](c(d)) `[x](decide:p)` [decide:p](end)
"""


@pytest.mark.parametrize(
    ("value", "nth", "place", "written"),
    [
        ("decide:p", 1, (1, 12), "decide:p"),
        ("decide:p", 2, (8, 7), "decide:p"),
        ("decide:p", 3, (8, 23), "decide:p"),
        ("decide:p", 4, (14, 26), "decide:p"),
        ("a b", 1, (3, 16), "a b"),
        ("pic.png", 1, (4, 12), "pic.png"),
        ("https://auto.example", 1, (4, 22), "https://auto.example"),
        ("https://bare.example/x", 1, (4, 44), "https://bare.example/x"),
        ("foo:bar", 1, (12, 8), "foo:bar"),
        ("foo:bar", 2, (12, 8), "foo:bar"),
        ("foot", 1, (14, 16), "foot"),
        ("raw:one", 1, (17, 12), "raw:one"),
        ("b.png", 1, (17, 50), "b.png"),
        ("in:x&y", 1, (20, 17), "in:x&amp;y"),
        ("c(d)", 1, (20, 44), "c(d)"),
    ],
)
def test_a_destination_is_found_where_it_was_written(
    value: str, nth: int, place: tuple[int, int], written: str
) -> None:
    found = locate(SOURCE, value, nth)
    assert found == Position(*place, len(written))
    assert SOURCE.split("\n")[place[0] - 1][place[1] - 1 :].startswith(written)


def test_what_is_not_a_destination_has_no_place() -> None:
    assert locate(SOURCE, "decide:p", 5) is None
    assert locate("[a](b", "b") is None


# -- whatever the text

CHARACTERS = "abc \n\n\t*_`~[]()<>!#&|:-=+.\\\"'{}^@1/é\u2028\0\ud800"
WORDS = [*CHARACTERS, "\n\n", "\n    ", "> ", "- ", "1. ", "```", "| ", "|-|-|\n", "](", "![", "[^1]", "[^1]: "]
WORDS += ["[a]: b\n", "\n---\n", "\n===\n", "\n: ", "<b>", "</b>", "<!-- ", "-->", "<mfe-fragment src='a:b'>"]
WORDS += ["</mfe-fragment>", "www.a.b", "http://a.b/c", "a@b.cd", "mailto:", "- [ ] ", "> [!NOTE]\n", "{#x}", "{.y}"]
WORDS += ["&amp;", "  \n", "\r\n", "```python\n", "# "]
TEXTS = st.one_of(st.lists(st.sampled_from(WORDS), max_size=60).map("".join), st.text(max_size=80))


@given(TEXTS, st.booleans(), st.sampled_from([ALLOW, ESCAPE]))
def test_no_text_raises_and_the_same_text_gives_the_same_page(text: str, has_title: bool, options: Options) -> None:
    found = render(text, has_title=has_title, options=options)
    assert found == render(text, has_title=has_title, options=options)
    assert len({h.id for h in found.headings}) == len(found.headings) or "{#x}" in text


@given(TEXTS, st.sampled_from(["allow", "escape"]))
def test_the_short_cuts_change_nothing(text: str, html: dialect.Html) -> None:
    text = clean(text)
    env: dialect.Env = {"ids": []}
    tokens = dialect.dialect(html).parse(text, env)
    every = page.write(tokens, env["ids"], has_title=True, raw=html == "allow", highlight=None)
    found = render(text, has_title=True, options=Options(html, highlight=False))
    assert msgspec.structs.replace(found, simple=False) == every


@given(TEXTS)
def test_with_escape_no_tag_of_the_author_s_is_left_but_fragments(text: str) -> None:
    html = site(text, ESCAPE).html
    assert "<b>" not in html
    assert "<!--" not in html


@given(TEXTS)
def test_every_destination_in_the_html_has_a_place(text: str) -> None:
    tokens, _ = dialect.parse(text, "allow")
    for token in tokens:
        for child in token.children or ():
            if child.type in ("link_open", "image"):
                assert locate(text, str(child.attrs["href" if child.type == "link_open" else "src"])) is not None


# -- texts made to be slow

SLOW = {
    "brackets": "[" * 20_000,
    "closed brackets": "[a]" * 20_000,
    "links in links": "[" * 20_000 + "a" + "](b)" * 20_000,
    "pictures": "![" * 20_000,
    "pictures in pictures": "![" * 900 + "a" + "](b)" * 900,
    "destinations": "[a](<b" * 20_000,
    "emphasis": "*a " * 20_000,
    "strong and emphasis": "**a *a " * 20_000,
    "emphasis in emphasis": "*" * 20_000 + "a" + "*" * 20_000,
    "runs of backticks": " ".join("`" * length for length in range(1, 700)),
    "struck": "~a " * 20_000,
    "quotes in quotes": ">" * 50_000,
    "lists in lists": "\n".join("  " * depth + "- a" for depth in range(1_000)),
    "list in list on one line": "- " * 20_000 + "a",
    "definitions in definitions": "a\n" + ": " * 10_000 + "b",
    "definitions": "[a]: b\n" * 20_000 + "[a] " * 2_000,
    "unclosed definitions": "[a\n" * 20_000,
    "titles": '[a]: b\n"x\n' * 20_000,
    "footnotes": "".join(f"[^{number}]: [^{number + 1}]\n\n" for number in range(2_000)) + "[^0]",
    "wide table": "|a" * 1_000 + "|\n" + "|-" * 1_000 + "|\n" + "x\n" * 2_000,
    "long table": "a|b\n-|-\n" + "c|d\n" * 5_000,
    "no table": "-|-\n" * 5_000,
    "tags": "<a b='" * 20_000,
    "comments": "<!--\n" * 20_000,
    "sections": "<![CDATA[" * 20_000,
    "fragments": '<mfe-fragment "' * 20_000,
    "entities": "&#" * 20_000,
    "addresses": "mailto:" * 20_000,
    "hosts": "http://a" + "(" * 20_000 + ")" * 20_000,
    "e-mail": "a@b" * 20_000,
    "attributes": "# " + "{#a" * 20_000 + "}",
    "same headings": "# a\n" * 10_000,
    "blank lines": "\n" * 50_000,
    "code": "```python\n" + "(" * 50_000 + "\n```",
}


@pytest.mark.parametrize("options", [ALLOW, pytest.param(ESCAPE, marks=pytest.mark.slow)], ids=["allow", "escape"])
@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in SLOW.items()])
def test_texts_made_to_be_slow_come_to_an_end(text: str, options: Options) -> None:
    html = render(text, has_title=True, options=options).html
    assert len(html) < 100 * len(text)


def test_what_nests_beyond_all_measure_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def deep(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(dialect.Dialect, "parse", deep)
    assert site("a <b>").html == '<pre tabindex="0">a &lt;b&gt;</pre>\n'
    assert locate("[a](b)", "b") is None


# -- real books


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not on this machine")
def test_every_page_of_real_books_renders_alike_with_and_without_the_short_cuts() -> None:
    plain = Options(highlight=False)
    every = dialect.dialect("allow")
    files = sorted(CORPORA.rglob("*.md"))
    assert len(files) > 1_000
    for file in files:
        text = clean(file.read_text(encoding="utf-8"))
        env: dialect.Env = {"ids": []}
        tokens = every.parse(text, env)
        expected = page.write(tokens, env["ids"], has_title=True, raw=True, highlight=None)
        made = render(text, has_title=True, options=plain)
        assert msgspec.structs.replace(made, simple=False) == expected, file
