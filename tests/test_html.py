"""Cutting HTML: what stays open is found by the tokenizer's rules, and all other bytes come out as they went in."""

import re
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from mfe_static.html import Cutter, Mould, Moulds, cut, plain_text
from mfe_static.html import moulds as moulds_room
from mfe_static.html.marks import CLOSE, OPEN, asset_mark, link_mark, spot_mark
from mfe_static.html.slots import LOOK_BACK
from mfe_static.html.tags import TAG, TAG_OR_MARK
from mfe_static.pieces import AssetLink, Cut, Link, Picture, Piece, Slot, Spot

NAMES = "a h1 h2 img td p div span script style title meta link form iframe blockquote x-y section button mfe-fragment"
ATTRIBUTE_NAMES = (
    "href src srcset id name class role title alt style onclick data data-x rel type width content http-equiv media "
    "charset action srcdoc cite integrity severity mode aria-label to"
)
VALUES = [
    *("", "x", "/a/", "#b", "./c", "team:page", "myscheme:x", "https://x/?a=1&amp;b=2", "//cdn/x", "mailto:a@b"),
    *("javascript:x", "java&#10;script:x", "&#106;avascript:x", "javaſcript:x", "vbscript:x", "data:text/html,x"),
    *("a.png 1x, b.png 2x", "refresh", "0; url=javascript:x", "<b>", "<a href=/q>", ">", "stylesheet", "canonical"),
    *("&lt;img src=javascript:x&gt;", "primary", "application/json", "a;javascript:x", "'", " /x ", "k1"),
    *(link_mark("/m/"), asset_mark("logo.svg"), asset_mark("x") + "#rest", spot_mark("head"), OPEN, CLOSE),
]
TEXTS = [
    *(
        "",
        "text",
        "<",
        ">",
        "</",
        "<!-- c -->",
        "<!--",
        "-->",
        "<!-->",
        "</mfe-fragment>",
        "</h1>",
        "</script>",
        "</p>",
    ),
    *(
        '<span class="k1">',
        "<p>",
        "<h1>",
        "<img>",
        "<script>",
        "<a",
        "&lt;",
        '"',
        OPEN,
        link_mark("/t/"),
        "<mfe-fragment>",
    ),
]
USUAL = [
    *('<a href="…">', '<a class="k" href="…" rel="next">', '<link rel="canonical" href="…">', '<img src="…" alt="x">'),
    *('<link rel="canonical" href="/a/" rel="…">', '<img src="…" alt="" title="t">', '<img src="…" alt="" width="1">'),
    *('<mfe-fragment src="…" severity="primary"></mfe-fragment>', '<mfe-fragment src="a:b" n="…"></mfe-fragment>'),
]
"""Tags that are told by their spelling, and some that are nearly so; `…` stands for a value."""


def tags(gap: str) -> st.SearchStrategy[str]:
    attribute = st.builds(
        lambda name, value: f'{gap}{name}="{value}"', st.sampled_from(ATTRIBUTE_NAMES.split()), st.sampled_from(VALUES)
    )
    usual = st.builds(
        lambda text, value: text.replace(" ", gap).replace("…", value), st.sampled_from(USUAL), st.sampled_from(VALUES)
    )
    return usual | st.builds(
        lambda name, attributes, end: f"<{name}{''.join(attributes)}{end}",
        st.sampled_from(NAMES.split()),
        st.lists(attribute, max_size=4),
        st.sampled_from([">", ">", ">", "/>"]),
    )


documents = st.lists(tags("\t") | st.sampled_from(TEXTS), max_size=8).map("".join)
"""HTML in which a tabulator stands before each attribute, as authors do not write it."""


def shown(text: str) -> str:
    return text.replace("\t", " ")


def as_spaced(found: Cut) -> Cut:
    """What a cut would be, had its author written blanks instead of tabulators."""
    pieces = (
        shown(piece)
        if isinstance(piece, str)
        else msgspec.structs.replace(piece, children=as_spaced(piece.children))
        if isinstance(piece, Slot)
        else Picture(shown(piece.before), piece.link, shown(piece.after))
        if isinstance(piece, Picture)
        else piece
        for piece in found.pieces
    )
    return msgspec.structs.replace(
        found,
        pieces=tuple(pieces),
        inline=tuple(map(shown, found.inline)),
        faults=tuple((message, shown(text)) for message, text in found.faults),
    )


@given(documents)
def test_a_tag_in_the_usual_spelling_means_what_it_means_in_any_other(text: str) -> None:
    schemes = frozenset({"myscheme"})
    assert cut(shown(text), schemes) == as_spaced(cut(text, schemes))


@pytest.mark.parametrize("name", ["h1", "title"])
@pytest.mark.parametrize("inner", ["T", "", " A &amp; B ", "<b>T</b>", "a > b", link_mark("/x/"), "</p>", OPEN])
def test_an_element_in_the_usual_spelling_means_what_it_means_in_any_other(name: str, inner: str) -> None:
    usual, other = (cut(f"<{tag}>{inner}</{tag}><{tag}>") for tag in (name, name.upper()))
    assert (usual.h1, usual.ids, usual.faults) == (other.h1, other.ids, other.faults)
    assert [piece for piece in usual.pieces if not isinstance(piece, str)] == [
        piece for piece in other.pieces if not isinstance(piece, str)
    ]


LINES = [
    *(
        "text\n",
        "\n",
        "<!doctype html>\n",
        "<p>\n",
        "</p>\n",
        "<div\n",
        'class="x">\n',
        "<main>\r\n",
        "<b>x\u2028y\x0b",
    ),
    *("<!--\n", "-->\n", "<!-- c -->\n", "<script>\n", "</script>\n", "<style>p{}</style>\n", "<title>T</title>\n"),
    *(
        "<h1>\n",
        "</h1>\n",
        "<h1>One</h1>\n",
        '<h1 id="b">Two</h1>\n',
        '<li><a href="/a/">A</a></li>\n',
        "a < b\n",
        "<\n",
    ),
    *('<mfe-fragment src="a:b"></mfe-fragment>\n', '<mfe-fragment src="a:b">\n', "</mfe-fragment>\n", "<p>x\n"),
    *('<p><mfe-fragment src="a:b" n="1"/></p>\n', '<mfe-fragment mode="x"></mfe-fragment>', "<title>\n", "</title>\n"),
    *(
        f"{spot_mark('head')}\n",
        f"{OPEN}\n",
        f"{CLOSE}\n",
        '<img src="/x.png">\n',
        '<i style="y" onclick="z">\n',
        "<a \n",
    ),
    *(
        '<a title="\n',
        '">\n',
        "'>\n",
        '<a b="c"d>\n',
        '<a b=" <p" >\n',
        "<x-y/>\n",
        "</h1 x>\n",
        "<!-->\n",
        "<!\n",
        "</\n",
    ),
]


@given(st.lists(st.lists(st.sampled_from(LINES) | tags(" ") | st.sampled_from(TEXTS), max_size=12).map("".join)))
def test_what_is_remembered_of_lines_changes_no_cut(texts: list[str]) -> None:
    schemes = frozenset({"myscheme"})
    cutter = Cutter(schemes, short=0)
    for text in (*texts, *texts, *texts):
        assert cutter.cut(text) == cut(text, schemes)


def test_a_fragment_in_a_line_that_is_remembered_stands_in_text_or_not() -> None:
    line = '<mfe-fragment src="a:b"></mfe-fragment>\n'
    cutter = Cutter(frozenset(), short=0)
    for before in ("", "<div>\n", "<p>\n", "<p>x</p>\n", "<p>\n" + "x\n" * 9_998, "<p>\n" + "x\n" * 10_000) * 3:
        assert cutter.cut(before + line) == cut(before + line)


FILLED = [
    *("", "x", " a &amp; b ", "x-1", "<em>x</em> <code>y</code>", "/a/", "https://x/?a&amp;b", "javascript:x", "a.css"),
    *("</p>", "<p>", '{"a": "<"}', '{"a": ["b"]}', "<h2>", "<a href='/x/'>", '" id="y', " type=x/y", "#", "-->", "'"),
    *("0; url=javascript:x", "//cdn/x", "mfe-gap-0", "</title>", "</em>", "=", OPEN, spot_mark("content")),
]
GAPS = [
    *("…", "……", "<title>…</title>", "<h1>…</h1>", '<h1 id="…">x</h1>', '<meta name="d" content="…">', "<textarea>…"),
    *('<link rel="canonical" href="…">', '<script type="application/ld+json">…</script>', "<style>…</style>"),
    *("<script>", '<a href="…">', '<a href="…" title="…">', "<!-- … -->", "<!--", "-->", '<img src="…" alt="…">'),
    *('<mfe-fragment src="a:b" n="…">…</mfe-fragment>', '<div title="<p>…">', "<div title='<p>…'>", '<html lang="…">'),
    *("<…>", "< …", "<a …>", "<a x=…>", '<base href="…">', '<a href="/x/…">', '<i title="', '<a href="https://y">'),
    *('<mfe-fragment src="a:c"></mfe-fragment>', '<form action="…">', "mfe-gap-0", '<script src="…"></script>'),
    *("</textarea>", '<p class="a …">', "<a href='<p>", '<a href="…'),
]
"""Texts, and gaps in them at all places."""


@given(
    st.lists(st.sampled_from(GAPS) | tags(" ").map(lambda tag: tag.replace("k1", "…")), max_size=8).map("".join),
    st.lists(st.lists(st.sampled_from(FILLED), min_size=1, max_size=12), min_size=3, max_size=6),
)
def test_what_is_remembered_of_texts_with_gaps_changes_no_cut(text: str, fillings: list[list[str]]) -> None:
    schemes = frozenset({"myscheme"})
    moulds, literals = Moulds(schemes), text.split("…")
    for values in fillings * 3:
        parts = [literals[0]]
        for place, literal in enumerate(literals[1:]):
            parts += [values[place % len(values)], literal]
        whole = "".join(parts)
        if found := moulds.find(whole, parts, frozenset(literals)):
            mould, its = found
            assert mould.filled(its, schemes) == msgspec.structs.replace(cut(whole, schemes), h1=None)


def test_layouts_that_differ_in_words_and_urls_are_cut_once() -> None:
    layout = (
        '<html lang="…"><title>… · S</title><link rel="canonical" href="…"><meta name="d" content="…">'
        '<script type="application/ld+json">…</script><link href="https://y" rel="x">'
        f'<a href="…"><h1 id="…">…</h1>{spot_mark("content")}<mfe-fragment src="a:b"></mfe-fragment>'
    )
    fillings = [
        ["en", "T", "https://x/", "D", '{"a": "b"}', "/b/", "k", "A"],
        ["de", "A &amp; B", "/x/", "D &quot;", "[]", "https://x/?a&amp;b", "a&lt;b", "A <code>b</code>"],
    ]
    moulds, literals = Moulds(frozenset()), layout.split("…")
    for number, values in enumerate(fillings * 3):
        parts = [part for pair in zip(literals, [*values, ""], strict=True) for part in pair]
        whole = "".join(parts)
        found = moulds.find(whole, parts, frozenset(literals))
        assert bool(found) == (number > 2)
        if found:
            assert found[0].filled(found[1], frozenset()) == msgspec.structs.replace(cut(whole), h1=None)


def test_what_a_text_leaves_open_makes_no_mould() -> None:
    for before, value, after in [("<a href='/x/<p>", "'>", "</p>"), ('<a href="', "/x/", ""), ('<p title="', "x", "")]:
        moulds, parts = Moulds(frozenset()), (before, value, after)
        found = [moulds.find(before + value + after, parts, frozenset({before, after})) for _ in range(6)]
        assert not any(found), parts


def test_a_fragment_far_behind_the_begin_of_its_paragraph_stands_in_text_where_words_differ() -> None:
    literals = ["<p>" + "x" * (LOOK_BACK - 100), '<mfe-fragment src="a:b"></mfe-fragment>', "</p>"]
    moulds, parts = Moulds(frozenset()), [literals[0], *("y", "<br>") * 10, *literals[1:]]
    whole = "".join(parts)
    for _ in range(6):
        found = moulds.find(whole, parts, frozenset([*literals, "<br>"]))
        assert not found or found[0].filled(found[1], frozenset()) == cut(whole)


def test_more_kinds_of_texts_than_are_remembered_are_not_made_again_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Sequence[str | None]] = []
    make = moulds_room._made

    def counted(key: Sequence[str | None], schemes: frozenset[str]) -> Mould | None:
        made.append(key)
        return make(key, schemes)

    monkeypatch.setattr(moulds_room, "_made", counted)
    moulds, kinds = Moulds(frozenset()), [("<p>", "x", f'<a id="{kind}">') for kind in range(150)]
    for parts in kinds * 20:
        moulds.find("".join(parts), parts, frozenset(parts[::2]))
    assert 100 < len(made) < len(kinds) * 20 / 3


BEYOND = [
    *(("<script>…</script>", " "), ('<p id="x-…">', "y"), ('<img src="/a" title="…">', "y"), ("<p …>", "onclick=y")),
    *(('<meta http-equiv="refresh" content="…">', "0; url=javascript:y"), ('<x-y href="…">', "javascript:y")),
    *(
        ('</p href="…">', "javascript:y"),
        ('<a href="…">', "javascript:y"),
        ('<a href="…">', " "),
        ("<!-- <b>… -->", "-->"),
    ),
    *((f"{OPEN}<p>…</p>", CLOSE), ('<p style="…">', "y"), ("<p class=…>", "y id=z"), ('<img src="/a" alt="…">', "y")),
    *(
        ('<p title="…">', '" id="y'),
        ("<title>…</title>", "</title><p id=y>"),
        ("<title><b>…", "</title>"),
        ("<…>", "h1"),
    ),
    *(('<iframe srcdoc="…">', "javascript:y"), ('<a title="<b>…" href="/a">', '"><p id="y">'), ("<p>&…</p>", "lt;")),
    *(('<a href="/a/…">', "?b"), ('<a href="……">', ":y"), ('<mfe-fragment src="a:…"></mfe-fragment>', "c")),
    *(('<mfe-fragment src="a:b" class="…"></mfe-fragment>', "c"), ('<mfe-fragment src="a:b">…</mfe-fragment>', "c")),
]
"""Texts, and what changes more than itself in the gaps of some."""


@pytest.mark.parametrize(("text", "value"), BEYOND)
def test_what_goes_into_a_gap_changes_nothing_beyond_unseen(text: str, value: str) -> None:
    moulds, literals = Moulds(frozenset()), text.split("…")
    for said in ["x"] * 6 + [value] * 6:
        parts = [literals[0], *(part for literal in literals[1:] for part in (said, literal))]
        found, whole = moulds.find("".join(parts), parts, frozenset(literals)), cut("".join(parts))
        assert not found or found[0].filled(found[1], frozenset()) == msgspec.structs.replace(whole, h1=None)


def test_a_url_leads_out_only_where_it_stays_as_it_is() -> None:
    moulds, ways = Moulds(frozenset()), {}
    for url in ["https://x/"] * 4 + [
        "http://x",
        "https://x/ ",
        "https://x/?a&amp;b",
        "https://x/'",
        "/x/",
        "//x",
        "ftp://x",
    ]:
        parts = ['<a href="', url, '">']
        if found := moulds.find("".join(parts), parts, frozenset(parts[::2])):
            ways[url] = found[0].leads_out(found[1])
    assert [url for url, way in ways.items() if way] == ["https://x/", "http://x"]


def test_what_goes_into_gaps_is_plain_text() -> None:
    moulds, parts = Moulds(frozenset()), ('<p id="', Markup("x"), '"><a href="', Markup("https://x/"), '">')
    *_, found = (moulds.find("".join(parts), parts, frozenset(parts[::2])) for _ in range(6))
    assert found
    cut = found[0].filled(found[1], frozenset())
    assert {type(text) for text in (*cut.ids, *cut.external)} == {str}


@given(documents)
def test_text_is_in_one_piece_and_never_empty(text: str) -> None:
    pieces = cut(text).pieces
    assert "" not in pieces
    kinds = [isinstance(piece, str) for piece in pieces]
    assert (True, True) not in set(pairwise(kinds))


def written(piece: Piece) -> str:
    match piece:
        case str():
            return piece
        case Picture(before, Link(value), after):
            return f"{before}{value}{after}"
    return getattr(piece, "value", "")


@given(st.lists(st.sampled_from(["<p>", "text", '<a class="x" href="/a/">', '<h2 id="b">', "<img src='/c' alt=\"\">"])))
def test_what_stays_closed_comes_out_byte_for_byte(parts: list[str]) -> None:
    text = "".join(parts)
    assert "".join(map(written, cut(text).pieces)) == text.replace("'/c'", '"/c"')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<a href="/x/">', ('<a href="', Link("/x/"), '">')),
        ("<A HREF=/x/>", ('<A HREF="', Link("/x/"), '">')),
        ('<a rel="prev" href=" /x/?a&amp;b " class="y">', ('<a rel="prev" href="', Link("/x/?a&b"), '" class="y">')),
        ('<a title="<a href=/x/>">', ('<a title="<a href=/x/>">',)),
        ('<!-- <a href="/x/"> -->', ('<!-- <a href="/x/"> -->',)),
        ('<title><a href="/x/"></title>', ('<title><a href="/x/"></title>',)),
        ('<a href="/x/"', ('<a href="/x/"',)),
        ('<a href="">', ('<a href="">',)),
        ('<a href="javascript:x">', ('<a href="#">',)),
        ('<b to="javascript:x">', ('<b to="">',)),
        (
            '<meta http-equiv="refresh" content="0; url=javascript:x">',
            ('<meta http-equiv="refresh" content="">',),
        ),
        (f'<a href="{asset_mark("a.pdf")}#2">', ('<a href="', AssetLink("a.pdf"), '#2">')),
        (f"<p>{link_mark('/x/')}{spot_mark('head')}", ("<p>", Link("/x/"), Spot("head"))),
        (f"<!-- {link_mark('/x/')} -->", (f"<!-- {link_mark('/x/')} -->",)),
    ],
)
def test_what_stays_open_is_cut_out(text: str, expected: tuple[object, ...]) -> None:
    assert cut(text).pieces == expected


def test_what_the_checks_need_is_found_in_any_tag() -> None:
    found = cut(
        '<h2 class="x" id="a&amp;b"><a name="c"><h1 id="d">The <b>title</b></h1><img src="/e" class="x"><img>'
        '<p style="f"><div onclick="g"><script>h</script><a href="https://x/">'
    )
    assert found.ids == ("a&b", "c", "d")
    assert found.h1 == "The title"
    assert found.without_alt == ("/e", "")
    assert found.inline == ('style="f"', 'onclick="g"', "<script>")
    assert found.external == ("https://x/",)
    assert found.blocks


def test_a_tag_is_read_anew_whatever_was_read_before() -> None:
    text = '<input src="x:y"><mfe-fragment src="a:b" severity="no">' * 2
    assert cut(text) == cut(text)
    assert [isinstance(piece, Link) for piece in cut(text).pieces[:2]] == [False, True]
    assert [isinstance(piece, Link) for piece in cut(text, frozenset({"x"})).pieces[:2]] == [False, False]
    long = f'<input title="{"t" * 500}" src="/x">'
    assert cut(long).pieces[1] == Link("/x", "picture")


@pytest.mark.parametrize("pattern", [TAG.pattern, TAG_OR_MARK.pattern])
def test_no_input_makes_the_search_for_tags_backtrack(pattern: str) -> None:
    bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "x", pattern).replace("(?", "(")
    endless = re.findall(r"[*+]\S?", bare.replace("?+", "?"))
    assert set(endless) == {"*+", "++", "*?"}
    always_ending = (r".*?(?:--!?>|\Z)", r".*?)(?=</(?i:(?P=raw))|\Z)")
    assert endless.count("*?") == sum(map(pattern.count, always_ending))


@pytest.mark.parametrize(
    ("html", "text"),
    [("a <b>c</b>  d", "a c d"), ("a &lt; b", "a < b"), ("1 < 2", "1 < 2"), ("<<<", "<<<"), ("<p>x<y", "x<y")],
)
def test_plain_text_has_no_tags(html: str, text: str) -> None:
    assert plain_text(html) == text
