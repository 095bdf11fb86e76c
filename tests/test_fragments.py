"""Promises about fragments: one tag in Markdown, Jinja and HTML, closed while stitching, with nothing left of it."""

from pathlib import Path
from typing import Any

import pytest

from sites import QUIET, THEME, built, codes, made, main, only, page, problems, put, rendered, site, team_toml, tree


def with_fragment(fragment: str, tag: str, **more: str) -> dict[str, str | bytes]:
    """A home page that includes the fragment `f` by `tag`, on a line of its own."""
    return {"teams/a/pages/index.md": f"# H\n\n{tag}\n", "teams/a/fragments/f.html": fragment, **more}


def offers(*names: str) -> str:
    return team_toml("b", f"[offers]\nfragments = {list(names)!r}\n")


def shown(root: Path, url: str = "/") -> str:
    """The page's content without its heading."""
    return main(root, url).partition("</h1>")[2].strip()


# -- params


TYPED = """---
params:
  text: string
  whole: int
  real: number
  yes: bool
  many: list
  fallback: {type: int, default: 7}
---
{{ params.text is string }} {{ params.whole + 1 }} {{ params.real * 2 }} {{ params.yes is true }}
{{- ' ' }}{{ params.many | join('+') }} {{ params.fallback + 1 }}
"""


def test_params_have_the_types_that_the_fragment_declares(tmp_path: Path) -> None:
    tag = '<mfe-fragment src=":f" text="5" whole="41" real="1.5" yes many="a, b c"></mfe-fragment>'
    made(tmp_path, with_fragment(TYPED, tag))
    assert shown(tmp_path) == "True 42 3.0 True a+b+c 8"


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("bool", 'x="true"', "True"),
        ("bool", "x", "True"),
        ("bool", 'x=""', "True"),
        ("bool", 'x="no"', "False"),
        ("bool", 'x="0"', "False"),
        ("bool", "", "None"),
        ("int", 'x="-3"', "-3"),
        ("number", 'x="1e3"', "1000.0"),
        ("number", 'x="12"', "12"),
        ("list", 'x=""', "[]"),
        ("list", 'x="a"', "[&#39;a&#39;]"),
        ("string", 'x="a &amp; b &lt;"', "a &amp; b &lt;"),
        ("string", "x=bare", "bare"),
        ("string", "x='single \"quoted\"'", "single &#34;quoted&#34;"),
    ],
)
def test_an_attributes_text_becomes_a_value(tmp_path: Path, kind: str, written: str, value: str) -> None:
    fragment = f"---\nparams: {{x: {kind}}}\n---\n<p>{{{{ params.x }}}}</p>"
    files = with_fragment(fragment, "Text")
    files["teams/a/pages/index.html"] = f'---\ntitle: H\n---\n<mfe-fragment src=":f" {written}></mfe-fragment>'
    del files["teams/a/pages/index.md"]
    made(tmp_path, files)
    assert shown(tmp_path) == f"<p>{value}</p>"


@pytest.mark.parametrize("written", ["one", "1.5", "", "0x1"])
def test_a_value_that_does_not_fit_is_a_problem(tmp_path: Path, written: str) -> None:
    fragment = "---\nparams: {x: int}\n---\n<p>{{ params.x }}</p>"
    result = built(site(tmp_path, with_fragment(fragment, f'<mfe-fragment src=":f" x="{written}"></mfe-fragment>')))
    found = only(result, "bad-param")
    assert (found.file, found.line) == ("teams/a/pages/index.md", 3)


def test_attributes_of_the_tag_itself_are_no_params(tmp_path: Path) -> None:
    own = 'severity="regular" mode="inline" hydrate="idle" class="x" id="y" slot="z"'
    made(tmp_path, with_fragment("<p>{{ params | length }}</p>", f'<mfe-fragment src=":f" {own}></mfe-fragment>'))
    assert shown(tmp_path) == "<p>0</p>"


def test_a_variant_is_rendered_once_however_often_it_is_shown(tmp_path: Path) -> None:
    fragment = "---\nparams: {x: string}\n---\n<p>{{ params.x }}</p>"
    tags = "\n\n".join(f'<mfe-fragment src=":f" x="{x}"></mfe-fragment>' for x in ("1", "2", "1"))
    result = made(tmp_path, {**with_fragment(fragment, tags), "teams/a/pages/two.md": f"# Two\n\n{tags}\n"})
    assert result.report.fragments == 2 + 2, "two variants, and the shell's header and footer"


# -- severity and fallback


BAD = "{{ 1 / 0 }}"


def tag(severity: str) -> str:
    return f'<mfe-fragment src=":f" severity="{severity}"><p>instead</p></mfe-fragment>'


def test_a_fallback_is_not_shown_where_the_fragment_is(tmp_path: Path) -> None:
    made(tmp_path, with_fragment("<p>it</p>", '<mfe-fragment src=":f"><p>instead</p></mfe-fragment>'))
    assert shown(tmp_path) == "<p>it</p>"


def test_an_essential_fragment_that_fails_shows_its_fallback_with_a_warning(tmp_path: Path) -> None:
    for name, severity in (("said", 'severity="essential"'), ("default", "")):
        text = f'<mfe-fragment src=":f" {severity}><p>instead</p></mfe-fragment>'
        result = built(site(tmp_path / name, with_fragment(BAD, text)))
        found = only(result, "template-error")
        assert (found.severity, found.file, found.line) == ("warning", "teams/a/fragments/f.html", 1)
        assert [other.file for other in found.related] == ["teams/a/pages/index.md"]
        assert (result.code, result.published, result.report.fallbacks) == (0, True, 1)
        assert shown(tmp_path / name) == "<p>instead</p>"


def test_a_regular_fragment_that_fails_shows_its_fallback_silently_but_counted(tmp_path: Path) -> None:
    result = made(tmp_path, with_fragment(BAD, tag("regular")))
    assert result.report.fallbacks == 1
    assert shown(tmp_path) == "<p>instead</p>"


def test_a_primary_fragment_that_fails_stops_the_build(tmp_path: Path) -> None:
    result = built(site(tmp_path, with_fragment(BAD, tag("primary"))))
    assert (only(result, "template-error").severity, result.published) == ("error", False)


def test_the_fragments_of_the_shell_are_primary(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.md": "# H\n", "themes/plain/fragments/header.html": BAD}
    result = built(site(tmp_path, files))
    assert (codes(result), result.published) == (["template-error"], False)


def test_what_a_fallback_holds_is_linked_and_checked_like_the_page(tmp_path: Path) -> None:
    text = '<mfe-fragment src=":f"><a href="guide.md">guide</a> <a href=":guide">ref</a></mfe-fragment>'
    built(site(tmp_path, {**with_fragment(BAD, text), "teams/a/pages/guide.md": "# Guide\n"}))
    assert shown(tmp_path) == '<a href="/guide/">guide</a> <a href="/guide/">ref</a>'


# -- where it stands


def test_one_tag_works_in_markdown_jinja_and_html_layouts_and_fragments(tmp_path: Path) -> None:
    include = '<mfe-fragment src="b:box" n="1"></mfe-fragment>'
    files = {
        "teams/a/pages/markdown.md": f"# M\n\n{include}\n",
        "teams/a/pages/jinja.html": "---\ntitle: J\n---\n{% for i in [1] %}"
        '<mfe-fragment src="b:box" n="{{ i }}"></mfe-fragment>{% endfor %}',
        "teams/a/pages/html.html": f"<h1>P</h1>{include}",
        "teams/a/pages/layout.md": "---\ntitle: L\nlayout: own\n---\nText\n",
        "teams/a/layouts/own.html": f"<h1>L</h1>{include}",
        "teams/a/pages/nested.md": '# N\n\n<mfe-fragment src=":outer"></mfe-fragment>\n',
        "teams/a/fragments/outer.html": include,
        "teams/b/team.toml": offers("box"),
        "teams/b/fragments/box.html": "---\nparams: {n: int}\n---\n<b>{{ params.n }}</b>",
    }
    made(tmp_path, files, routes={"a": "/", "b": ""})
    for url in ("/markdown/", "/jinja/", "/html/", "/layout/", "/nested/"):
        assert shown(tmp_path, url) == "<b>1</b>"
    assert not [path for path, data in tree(tmp_path / "dist").items() if b"<mfe-fragment" in data]


def test_a_paragraph_of_fragments_alone_loses_its_paragraph(tmp_path: Path) -> None:
    made(tmp_path, with_fragment("<div>f</div>", '<mfe-fragment src=":f"></mfe-fragment>'))
    assert shown(tmp_path) == "<div>f</div>"


def test_two_fragments_in_one_paragraph_lose_it_too(tmp_path: Path) -> None:
    two = '<mfe-fragment src=":f"></mfe-fragment>\n<mfe-fragment src=":f"></mfe-fragment>'
    made(tmp_path, with_fragment("<div>f</div>", two))
    assert "<p>" not in shown(tmp_path)
    assert shown(tmp_path).count("<div>f</div>") == 2


def test_text_in_running_text_stays_in_its_paragraph(tmp_path: Path) -> None:
    made(tmp_path, with_fragment("<b>f</b>", 'Some <mfe-fragment src=":f"></mfe-fragment> text.'))
    assert shown(tmp_path) == "<p>Some <b>f</b> text.</p>"


@pytest.mark.parametrize("tag", ['<mfe-fragment src=":f" />', '<mfe-fragment src=":f"></mfe-fragment>'])
def test_text_behind_a_fragment_stays_in_its_paragraph(tmp_path: Path, tag: str) -> None:
    made(tmp_path, with_fragment("<b>f</b>", f"{tag} and *text*."))
    assert shown(tmp_path) == "<p><b>f</b> and <em>text</em>.</p>"


def test_front_matter_of_a_fragment_leaves_no_trace(tmp_path: Path) -> None:
    fragment = "---\ndescription: F\nparams: {n: int}\n---\n<b>f</b>"
    made(tmp_path, with_fragment(fragment, '(<mfe-fragment src=":f"></mfe-fragment>)'))
    assert shown(tmp_path) == "<p>(<b>f</b>)</p>"


@pytest.mark.parametrize("block", ["<p>x</p>", "<div>x</div>", "<ul><li>x</li></ul>", "<section>x</section>"])
def test_block_content_in_running_text_is_a_problem(tmp_path: Path, block: str) -> None:
    result = built(site(tmp_path, with_fragment(block, 'Some <mfe-fragment src=":f"></mfe-fragment> text.')))
    found = only(result, "block-in-text")
    assert (found.file, found.line, found.team) == ("teams/a/pages/index.md", 3, "a")


def test_block_content_of_a_fragment_inside_counts_too(tmp_path: Path) -> None:
    files = with_fragment(
        '<mfe-fragment src=":inner"></mfe-fragment>',
        'Some <mfe-fragment src=":f"></mfe-fragment> text.',
        **{"teams/a/fragments/inner.html": "<div>x</div>"},
    )
    assert codes(built(site(tmp_path, files))) == ["block-in-text"]


def test_fragments_work_where_raw_html_is_shown_as_text(tmp_path: Path) -> None:
    text = '<b>raw</b>\n\n<mfe-fragment src=":f"></mfe-fragment>\n\nSome <mfe-fragment src=":f"></mfe-fragment>.'
    files = with_fragment("<i>f</i>", text)
    files["teams/a/team.toml"] = team_toml("a", '[markdown]\nhtml = "escape"\n')
    made(tmp_path, files)
    assert shown(tmp_path) == "<p>&lt;b&gt;raw&lt;/b&gt;</p>\n<i>f</i>\n<p>Some <i>f</i>.</p>"


def test_children_are_markdown_only_after_a_blank_line(tmp_path: Path) -> None:
    for name, text, expected in (
        ("html", '<mfe-fragment src=":f">\n*x*\n</mfe-fragment>', "*x*"),
        ("markdown", '<mfe-fragment src=":f">\n\n*x*\n\n</mfe-fragment>', "<p><em>x</em></p>"),
    ):
        built(site(tmp_path / name, with_fragment(BAD, text)))
        assert shown(tmp_path / name) == expected


# -- whose it is


def test_offered_fragments_are_everybodys_and_private_ones_the_teams_own(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": '# H\n\n<mfe-fragment src="b:open"></mfe-fragment>\n',
        "teams/b/team.toml": offers("open"),
        "teams/b/fragments/open.html": '<mfe-fragment src=":private"></mfe-fragment>',
        "teams/b/fragments/private.html": "<p>{{ team.name }}: {{ data.words.hello }}</p>",
        "teams/b/data/words.json": '{"hello": "hello"}',
    }
    made(tmp_path, files, routes={"a": "/", "b": ""})
    assert shown(tmp_path) == "<p>b: hello</p>"


def test_a_fragment_may_be_a_folder_with_its_style(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/with.md": '# W\n\n<mfe-fragment src="b:box"></mfe-fragment>\n',
        "teams/a/pages/without.md": "# Without\n",
        "teams/a/assets/team.css": ".a p { color: red }\n",
        "teams/b/team.toml": offers("box"),
        "teams/b/fragments/box/fragment.html": "<p>box</p>",
        "teams/b/fragments/box/fragment.css": ".box { color: blue }\n",
        "themes/plain/assets/theme.css": "p { margin: 0 }\n",
    }
    made(tmp_path, files, routes={"a": "/", "b": ""})

    def sheets(url: str) -> list[str]:
        links = page(tmp_path, url).split('<link rel="stylesheet" href="/_mfe/assets/')[1:]
        return [link.partition(".")[0] for link in links]

    assert sheets("/with/") == ["theme", "fragment", "team"]
    assert sheets("/without/") == ["theme", "team"]
    css = {
        path.split("/")[-1].split(".")[0]: data for path, data in tree(tmp_path / "dist").items() if path[-4:] == ".css"
    }
    assert b"fragment-b-box" in css["fragment"]
    assert b"team-a" in css["team"]


def test_a_style_sheet_is_linked_for_a_fragment_in_a_fragment_and_once(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": '# H\n\n<mfe-fragment src=":outer"></mfe-fragment>\n\n'
        '<mfe-fragment src=":inner"></mfe-fragment>\n',
        "teams/a/fragments/outer.html": '<mfe-fragment src=":inner"></mfe-fragment>',
        "teams/a/fragments/inner/fragment.html": "<p>inner</p>",
        "teams/a/fragments/inner/fragment.css": "p { color: red }\n",
    }
    made(tmp_path, files)
    assert page(tmp_path, "/").count('rel="stylesheet"') == 1


@pytest.mark.parametrize("vary", ["team", "language"])
def test_a_fragment_may_know_who_asks(tmp_path: Path, vary: str) -> None:
    files = {
        "teams/a/pages/index.md": '# H\n\n<mfe-fragment src="c:f"></mfe-fragment>\n',
        "teams/b/pages/index.md": '---\ntitle: B\nlanguage: de\n---\n<mfe-fragment src="c:f"></mfe-fragment>\n',
        "teams/c/team.toml": '[offers]\nfragments = ["f"]\n',
        "teams/c/fragments/f.html": f"---\nvary: [{vary}]\n---\n<p>{{{{ params.{vary} }}}}</p>",
    }
    result = made(tmp_path, files, routes={"a": "/", "b": "/b/", "c": ""})
    expected = {"team": ("a", "b"), "language": ("en", "de")}[vary]
    assert (shown(tmp_path, "/"), shown(tmp_path, "/b/")) == tuple(f"<p>{value}</p>" for value in expected)
    assert result.report.fragments == 4


def test_a_fragment_that_does_not_ask_does_not_know(tmp_path: Path) -> None:
    files = with_fragment("<p>{{ params.team }}</p>", tag("primary"))
    assert codes(built(site(tmp_path, files))) == ["undefined-variable"]


def test_links_of_a_fragment_are_its_owners(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/deep/page.md": '# H\n\n<mfe-fragment src="b:box"></mfe-fragment>\n',
        "teams/b/pages/start.md": "# Start\n",
        "teams/b/team.toml": offers("box"),
        "teams/b/fragments/box.html": '<a href=":start">x</a> <img src="{{ asset("x.svg") }}" alt="">',
        "teams/b/assets/x.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="1"/>',
    }
    made(tmp_path, files)
    assert '<a href="/b/start/">x</a> <img src="/_mfe/assets/x.' in shown(tmp_path, "/deep/page/")
    assert 'width="2" height="1"' in shown(tmp_path, "/deep/page/")


def test_a_theme_has_fragments_for_everybody(tmp_path: Path) -> None:
    files = with_fragment("", '<mfe-fragment src="theme:note"></mfe-fragment>')
    made(tmp_path, {**files, "themes/plain/fragments/note.html": "<aside>{{ site.title }}</aside>"})
    assert shown(tmp_path) == "<aside>Site</aside>"


# -- the shell


def test_the_site_says_which_fragments_fill_the_shell(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# H\n",
        "teams/b/pages/index.md": "# B\n",
        "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["top", "bottom"]\n'),
        "teams/a/fragments/top.html": "<header>top of {{ team.name }}</header>",
        "teams/a/fragments/bottom.html": "<footer>bottom</footer>",
    }
    made(
        tmp_path,
        files,
        tables='[shell]\nheader = "a:top"\nfooter = "a:bottom"\n[checks]\nmissing-description = "off"\n',
    )
    for url in ("/", "/b/", "/404.html"):
        assert "<body><header>top of a</header>" in page(tmp_path, url)
        assert "<footer>bottom</footer></body>" in page(tmp_path, url)


def test_a_page_may_have_another_header_or_none(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# H\n",
        "teams/a/pages/none.md": "---\ntitle: N\nheader: false\nfooter: false\n---\n",
        "teams/a/pages/other.md": "---\ntitle: O\nheader: a:slim\nhead: a:meta\n---\n",
        "teams/a/pages/same.md": "---\ntitle: S\nheader: true\n---\n",
        "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["slim", "meta"]\n'),
        "teams/a/fragments/slim.html": "<header>slim</header>",
        "teams/a/fragments/meta.html": '<meta name="x" content="y">',
    }
    made(tmp_path, files, routes={"a": "/"})
    assert "<header><a" in page(tmp_path, "/")
    assert "<header" not in page(tmp_path, "/none/")
    assert "<footer" not in page(tmp_path, "/none/")
    assert "<header>slim</header>" in page(tmp_path, "/other/")
    assert '<meta name="x" content="y"></head>' in page(tmp_path, "/other/")
    assert "<header><a" in page(tmp_path, "/same/")


def test_a_header_that_is_not_there_is_a_problem_of_who_asked_for_it(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "---\ntitle: H\nheader: a:nix\n---\n",
        "teams/a/pages/own.md": "---\ntitle: O\nheader: a:own\n---\n",
        "teams/a/fragments/own.html": "<header>not offered, but their own</header>",
    }
    result = built(site(tmp_path, files, tables=f'{QUIET}[shell]\nfooter = "b:foot"\n'))
    assert problems(result) == [
        'site.toml:12:11: error[unknown-fragment]: no fragment "b:foot"',
        'teams/a/pages/index.md:3:9: error[unknown-fragment]: no fragment "a:nix" (Team A; did you mean "a:own"?)',
    ]


NAVIGATION = (
    '<nav><a href="/">home</a> <a href="/docs/">docs</a> <a href="/docs/api/">api</a> <a href="/shop/">shop</a> '
    '<a href="https://x.example/docs/">away</a></nav>'
)


@pytest.mark.parametrize(
    ("url", "current"),
    [
        ("/", '<a href="/" aria-current="page">home</a>'),
        ("/docs/", '<a href="/docs/" aria-current="page">docs</a>'),
        ("/docs/start/", '<a href="/docs/" aria-current="true">docs</a>'),
        ("/docs/api/", '<a href="/docs/api/" aria-current="page">api</a>'),
        ("/docs/api/x/", '<a href="/docs/api/" aria-current="true">api</a>'),
        ("/about/", ""),
        ("/404.html", ""),
    ],
)
def test_the_shell_says_where_one_is(tmp_path: Path, url: str, current: str) -> None:
    paths = ["index", "docs/index", "docs/start", "docs/api/index", "docs/api/x", "about", "shop/index"]
    files = {f"teams/a/pages/{path}.md": '# P\n\n<a href="/docs/">content</a>\n' for path in paths}
    made(tmp_path, {**files, "themes/plain/fragments/header.html": NAVIGATION})
    out = page(tmp_path, url)
    assert out.count("aria-current") == bool(current)
    assert current in out
    assert "aria-current" not in main(tmp_path, url)


def test_the_shell_says_where_one_is_under_a_path_too(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.md": "# H\n", "teams/a/pages/docs/index.md": "# D\n"}
    header = {"themes/plain/fragments/header.html": '<a href="/docs/">docs</a>'}
    made(tmp_path, {**files, **header}, keys='base_url = "https://site.example/shop"')
    assert '<a href="/shop/docs/" aria-current="page">docs</a>' in page(tmp_path, "/docs/")


# -- what is done again


def big(root: Path, **options: Any) -> None:
    files: dict[str, str | bytes] = {f"teams/a/pages/p{n}.md": f"# Page {n}\n" for n in range(9)}
    files |= {
        "teams/b/pages/index.md": '# B\n\n<mfe-fragment src="c:box"></mfe-fragment>\n',
        "teams/b/pages/j.html": "---\ntitle: J\n---\n{{ page.title }}",
        "teams/c/team.toml": team_toml("c", '[offers]\nfragments = ["box"]\n'),
        "teams/c/fragments/box.html": "<p>box</p>",
    }
    made(root, files, routes={"a": "/", "b": "/b/", "c": ""}, **options)


def test_a_changed_header_stitches_every_page_and_renders_none(tmp_path: Path) -> None:
    big(tmp_path)
    before = tree(tmp_path / "dist")
    put(tmp_path, "themes/plain/fragments/header.html", "<header>new</header>")
    result = built(tmp_path)
    assert (problems(result), rendered(result)) == ([], set())
    assert result.site is not None
    assert len(result.site.pages) == 12
    assert (result.written.written, result.written.removed) == (12, 0), "eleven pages and the 404"
    assert all("<header>new</header>" in page(tmp_path, composed.page.url) for composed in result.site.pages)
    put(tmp_path, "themes/plain/fragments/header.html", THEME["themes/plain/fragments/header.html"])
    built(tmp_path)
    assert tree(tmp_path / "dist") == before


def test_a_changed_fragment_renders_no_page_and_writes_those_that_show_it(tmp_path: Path) -> None:
    big(tmp_path)
    put(tmp_path, "teams/c/fragments/box.html", "<p>new box</p>")
    result = built(tmp_path)
    assert (rendered(result), result.written.written) == (set(), 1)
    assert shown(tmp_path, "/b/") == "<p>new box</p>"


def test_a_changed_page_is_rendered_and_written_alone(tmp_path: Path) -> None:
    big(tmp_path)
    put(tmp_path, "teams/a/pages/p3.md", "# Page 3\n\nMore\n")
    result = built(tmp_path)
    assert (rendered(result), result.written.written) == ({"/p3/"}, 1)


def test_nothing_changed_renders_and_writes_nothing(tmp_path: Path) -> None:
    big(tmp_path)
    result = built(tmp_path)
    assert (rendered(result), result.written.written, result.published) == (set(), 0, True)


def test_the_first_build_renders_everything(tmp_path: Path) -> None:
    big(tmp_path)
    assert len(rendered(built(tmp_path, cache=False))) == 11


MINE = {
    "site.toml": 'theme = "mine"\n[teams]\na = "/"\n' + QUIET,
    "themes/mine/theme.toml": 'extends = "plain"\n',
    "teams/a/pages/index.md": "# Home\n",
}


def test_a_problem_in_a_file_that_another_theme_lends_names_that_theme(tmp_path: Path) -> None:
    broken = {"themes/plain/fragments/footer.html": "<footer>{{ nothing }}</footer>\n"}
    (problem,) = built(site(tmp_path, MINE | broken)).problems
    assert problem.file == "themes/plain/fragments/footer.html"
    assert problem.excerpt == "<footer>{{ nothing }}</footer>"


def test_a_theme_replaces_a_lent_fragment_in_either_form(tmp_path: Path) -> None:
    made(tmp_path, MINE | {"themes/mine/fragments/footer/fragment.html": "<footer>mine</footer>\n"})
    assert "<footer>mine</footer>" in page(tmp_path, "/")
