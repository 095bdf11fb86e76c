"""The marks around the regions of a page: where each fragment begins and ends, for those who look at it."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from mfe_static.bench import Bench
from mfe_static.build import build
from mfe_static.routes import output_path
from mfe_static.run import Options
from mfe_static.session import Session
from sites import NOW, put, site

BADGE = (
    "---\ndescription: One\nparams: {name: string, loud: {type: bool, default: false}}\n---\n<b>{{ params.name }}</b>"
)
FILES = {
    "teams/shop/team.toml": 'owner = "Shop <shop@site.example>"\n[offers]\nfragments = ["badge", "card", "meta"]\n',
    "teams/shop/fragments/badge.html": BADGE,
    "teams/shop/fragments/card/fragment.html": '<p>Card <mfe-fragment src=":badge" name="in"></mfe-fragment></p>\n',
    "teams/shop/fragments/meta.html": '<meta name="author" content="x">',
    "teams/shop/pages/index.md": "# Shop\n",
    "teams/shop/pages/plain.md": "---\nheader: \"\"\nfooter: \"\"\n---\n# Plain\n",
}  # fmt: skip


def bench(root: Path, files: Mapping[str, str] = {}) -> Bench:
    """The bench of a site that was built."""
    session = Session()
    assert build(site(root, {**FILES, **files}), Options(now=NOW, jobs=1), session=session).published
    assert session.before is not None
    return session.before.bench


def body(html: str) -> str:
    """What is in the `main` of a document."""
    return html.partition("<main>")[2].partition("</main>")[0].strip()


def test_each_fragment_has_marks_in_the_order_in_which_they_begin(tmp_path: Path) -> None:
    slots = [f'<mfe-fragment src=":{it}"></mfe-fragment>' for it in ("card", 'badge" name="a')]
    marked = bench(tmp_path, {"teams/shop/pages/index.md": f"# Shop\n\n{slots[0]}\n\nSee {slots[1]}\n"}).marked("/")
    assert "<body><!--mfe:1--><header>" in marked.html
    assert re.search(
        r"<!--mfe:0-->\s*<!--mfe:2--><p>Card <!--mfe:3--><b>in</b><!--/mfe:3--></p>\s*<!--/mfe:2-->"
        r"\s*<p>See <!--mfe:4--><b>a</b><!--/mfe:4--></p>\s*<!--/mfe:0-->",
        marked.html,
    )
    names = {region.id: region.fragment for region in marked.regions}
    expected = ["theme:header", "shop:card", "shop:badge", "shop:badge", "theme:footer"]
    assert names == {str(number): name for number, name in enumerate(expected, 1)}


def test_a_region_tells_whose_it_is_and_from_where(tmp_path: Path) -> None:
    text = '# Shop\n\n<mfe-fragment src=":badge" name="ä" loud></mfe-fragment>\n'
    its = bench(tmp_path, {"teams/shop/pages/index.md": text})
    found = next(region for region in its.marked("/").regions if region.fragment == "shop:badge")
    assert (found.team, found.source, found.line) == ("shop", "teams/shop/fragments/badge.html", 5)
    assert (found.params, found.size) == ({"name": "ä", "loud": "true"}, len("<b>ä</b>".encode()))
    header = its.marked("/").regions[0]
    assert (header.source, header.line) == ("themes/plain/fragments/header.html", 1)


def test_the_version_changes_with_the_fragment_s_text_alone(tmp_path: Path) -> None:
    def versions(badge: str) -> dict[str, str]:
        page = '# Shop\n\n<mfe-fragment src=":badge" name="a"></mfe-fragment>\n'
        files = {"teams/shop/pages/index.md": page, "teams/shop/fragments/badge.html": badge}
        return {it.fragment: it.version for it in bench(tmp_path, files).marked("/").regions}

    before, after = versions(BADGE), versions(BADGE + "!")
    assert {name for name in before if before[name] != after[name]} == {"shop:badge"}


def test_without_its_marks_a_page_is_what_the_output_holds_and_that_holds_none(tmp_path: Path) -> None:
    its = bench(tmp_path)
    for url in its.pages:
        marked, there = its.marked(url), (tmp_path / "dist" / output_path(url)).read_text()
        assert marked.plain == there
        assert re.sub(r"<!--/?mfe:\d+-->", "", marked.html) == there


def test_a_page_without_fragments_has_the_marks_of_its_body(tmp_path: Path) -> None:
    marked = bench(tmp_path).marked("/plain/")
    assert marked.regions == ()
    assert re.findall(r"<!--.*?-->", marked.html) == ["<!--mfe:0-->", "<!--/mfe:0-->"]


LAYOUT = '<!doctype html>\n<html lang="en"><head><title>x</title>{{ head }}</head><body><main>%s</main></body></html>'


@pytest.mark.parametrize(
    ("around", "shown"),
    [
        ("<table><tr><td>{}</td></tr></table>", True),
        ("<select><option>{}</select>", True),
        ("<div title='{}'>a</div>", False),
        ("<textarea>{}</textarea>", False),
        ("<script type='application/json'>{}</script>", False),
        ("<header>{}</header>", True),
    ],
    ids=["table", "select", "attribute", "textarea", "data", "header"],
)
def test_marks_stand_only_where_comments_can(tmp_path: Path, around: str, shown: bool) -> None:
    layout = LAYOUT % around.format("{{ content }}")
    layouts = {f"themes/plain/layouts/{name}.html": layout for name in ("shell", "page")}
    its = bench(tmp_path, {**layouts, "teams/shop/pages/words.html": "---\ntitle: x\n---\nwords"})
    marked = its.marked("/words/")
    assert ("<!--mfe:0-->words<!--/mfe:0-->" in marked.html) is shown
    assert marked.html.count("mfe:0") == (2 if shown else 0)


def test_what_opens_a_text_and_does_not_close_it_takes_both_marks_away(tmp_path: Path) -> None:
    page = '# Shop\n\n<mfe-fragment src=":open"></mfe-fragment>\n\n</textarea>\n'
    its = bench(tmp_path, {"teams/shop/fragments/open.html": "<textarea>", "teams/shop/pages/index.md": page})
    marked = its.marked("/")
    assert "<textarea></textarea>" in re.sub(r"\s", "", body(marked.html))
    assert "shop:open" in [region.fragment for region in marked.regions]


def test_a_fragment_in_the_head_is_listed_and_not_marked(tmp_path: Path) -> None:
    marked = bench(tmp_path, {"teams/shop/pages/index.md": '---\nhead: "shop:meta"\n---\n# Shop\n'}).marked("/")
    assert [region.fragment for region in marked.regions] == ["shop:meta", "theme:header", "theme:footer"]
    assert "<!--" not in marked.html.partition("</head>")[0]


def test_a_fragment_that_failed_has_no_region_and_its_fallback_is_the_page_s(tmp_path: Path) -> None:
    page = '# Shop\n\n<mfe-fragment src=":bad" severity="regular"><i>instead</i></mfe-fragment>\n'
    its = bench(tmp_path, {"teams/shop/fragments/bad.html": "{{ nothing }}", "teams/shop/pages/index.md": page})
    marked = its.marked("/")
    assert body(marked.html).replace("\n", "").endswith("<i>instead</i><!--/mfe:0-->")
    assert "shop:bad" not in [region.fragment for region in marked.regions]


def test_looking_at_a_page_changes_nothing_of_the_next_build(tmp_path: Path) -> None:
    session = Session()
    root = site(tmp_path / "site", FILES)
    build(root, Options(now=NOW, jobs=1), session=session)
    assert session.before is not None
    for url in session.before.bench.pages:
        session.before.bench.marked(url)
    put(root, "teams/shop/fragments/badge.html", BADGE + "!")
    result = build(root, Options(now=NOW, jobs=1), session=session)
    assert result.published
    other = build(root, Options(now=NOW, jobs=1, cache=False, flags={"output": str(tmp_path / "other")}))
    assert other.published
    for url in session.before.bench.pages:
        path = output_path(url)
        assert (root / "dist" / path).read_bytes() == (tmp_path / "other" / path).read_bytes()
