"""Promises about content: URLs, names, refs, links, pages from data, layouts, what templates see (DESIGN §3.2, 3.3)."""

import datetime
import struct
import unicodedata
import zlib
from pathlib import Path
from typing import Any

import pytest

from sites import QUIET, Files, built, codes, contract, made, main, only, page, problems, put, site, tree

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>'


def urls(root: Path) -> set[str]:
    """Every page that was published."""
    return {
        "/" + path.removesuffix("index.html")
        for path in tree(root / "dist")
        if path.endswith(".html") and path != "404.html"
    }


def jinja(body: str, front: str = "title: Page") -> str:
    return f"---\n{front}\n---\n{body}"


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IEND", b"")
    )


# -- URLs


@pytest.mark.parametrize(
    ("file", "url"),
    [
        ("index.md", "/"),
        ("about.md", "/about/"),
        ("about.html", "/about/"),
        ("Guide/Getting Started.md", "/guide/getting-started/"),
        ("guide/index.md", "/guide/"),
        ("Guide/INDEX.md", "/guide/"),
        ("v1.2.md", "/v1.2/"),
        ("Größe.md", "/größe/"),
        (unicodedata.normalize("NFD", "café.md"), "/café/"),
        ("a  b.md", "/a-b/"),
        ("日本語.md", "/日本語/"),
    ],
)
def test_a_url_comes_from_the_files_name(tmp_path: Path, file: str, url: str) -> None:
    made(tmp_path, {f"teams/a/pages/{file}": "---\ntitle: x\n---\n"})
    assert urls(tmp_path) == {url}


@pytest.mark.parametrize(
    ("file", "front", "url"),
    [
        ("x.md", "slug: y", "/b/y/"),
        ("guide/x.md", "slug: y", "/b/guide/y/"),
        ("guide/index.md", "slug: y", "/b/y/"),
        ("guide/x.md", "slug: Mixed Case", "/b/guide/Mixed Case/"),
        ("x.md", "path: y/z/", "/b/y/z/"),
        ("guide/x.md", "path: y/", "/b/guide/y/"),
        ("guide/x.md", "path: /b/else/where/", "/b/else/where/"),
        ("guide/x.md", "path: /b/no-slash", "/b/no-slash/"),
        ("guide/x.md", "path: /b/", "/b/"),
    ],
)
def test_slug_replaces_the_last_segment_and_path_all_of_it_both_as_written(
    tmp_path: Path, file: str, front: str, url: str
) -> None:
    made(tmp_path, {f"teams/b/pages/{file}": f"---\ntitle: x\n{front}\n---\n"}, routes={"b": "/b/"})
    assert urls(tmp_path) == {url}


def test_the_longest_prefix_wins_and_each_team_stays_under_its_own(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.md": "# A\n", "teams/b/pages/index.md": "# B\n", "teams/c/pages/x.md": "# C\n"}
    made(tmp_path, files, routes={"a": "/", "b": "/docs/", "c": "/docs/api/"})
    assert urls(tmp_path) == {"/", "/docs/", "/docs/api/x/"}


def test_other_files_are_resources_beside_their_page_and_dotfiles_are_not(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/Guide/index.md": "# Guide\n\n[data](My Table.csv), [spec](</guide/my-table.csv>)\n".replace(
            "My Table.csv)", "My%20Table.csv)"
        ),
        "teams/a/pages/Guide/My Table.csv": "a,b\n",
        "teams/a/pages/.draft.md": "# Draft\n",
        "teams/a/public/file.TXT": "as it is",
        "teams/a/public/.well-known/x": "known",
        "public/.well-known/security.txt": "site",
        "public/.hidden": "no",
    }
    made(tmp_path, files)
    dist = tree(tmp_path / "dist")
    assert dist["guide/my-table.csv"] == b"a,b\n"
    assert dist["file.TXT"] == b"as it is"
    assert dist[".well-known/x"] == b"known"
    assert dist[".well-known/security.txt"] == b"site"
    assert not [path for path in dist if "draft" in path or "hidden" in path]
    assert main(tmp_path, "/guide/").count('href="/guide/my-table.csv"') == 2


# -- names and refs


REFS = {
    "teams/a/pages/index.md": "---\ntitle: Home\n---\n## Part\n",
    "teams/a/pages/guide/index.md": "# Guide\n",
    "teams/a/pages/guide/Start Here.md": "# Start\n\n## Install\n",
    "teams/a/pages/named.md": "---\ntitle: Named\nname: other\n---\n",
    "teams/b/pages/index.md": "# B\n",
    "teams/b/pages/product.html": jinja(
        "{{ p.name }} {{ v.sku }}",
        "title: '{p.name} {v.sku}'\neach: {p: data.products, v: p.variants}\npath: '{p.id}/{v.sku}/'\n"
        "params: {id: p.id, sku: v.sku}",
    ),
    "teams/b/data/products.json": '[{"id": "AU-02", "name": "Au", "variants": [{"sku": "OG"}, {"sku": "Ö 1"}]}]',
}


@pytest.mark.parametrize(
    ("ref", "href"),
    [
        ("a:index", "/"),
        ("a:", "/"),
        (":index", "/"),
        (":index#part", "/#part"),
        ("a:guide", "/guide/"),
        ("a:guide/Start%20Here", "/guide/start-here/"),
        (":guide/Start%20Here#install", "/guide/start-here/#install"),
        (":other", "/named/"),
        ("b:index", "/b/"),
        ("b:product?id=AU-02&sku=OG", "/b/AU-02/OG/"),
        ("b:product?sku=OG&id=AU-02", "/b/AU-02/OG/"),
        ("b:product?id=AU-02&sku=%C3%96%201", "/b/AU-02/%C3%96%201/"),
    ],
)
def test_a_ref_finds_a_page_by_name_in_markdown_html_and_jinja(tmp_path: Path, ref: str, href: str) -> None:
    files = {
        **REFS,
        "teams/a/pages/z/markdown.md": f"# M\n\n[x](<{ref}>)\n",
        "teams/a/pages/z/html.html": jinja(f'<a href="{ref.replace("&", "&amp;")}">x</a>'),
    }
    made(tmp_path, files)
    for url in ("/z/markdown/", "/z/html/"):
        assert f'href="{href}"' in main(tmp_path, url)


def test_refs_of_jinja_take_params_and_stand_anywhere(tmp_path: Path) -> None:
    body = (
        '<a href="{{ ref("b:product", id="AU-02", sku=data.sku) }}">x</a> {{ ref("a:guide") }} '
        '<p data-url="{{ ref(":other") }}">p</p> <script type="application/json">{"u": "{{ ref("b:index") }}"}</script>'
    )
    made(tmp_path, {**REFS, "teams/a/pages/j.html": jinja(body), "teams/a/data/sku.json": '"Ö 1"'})
    out = main(tmp_path, "/j/")
    assert '<a href="/b/AU-02/%C3%96%201/">x</a> /guide/ <p data-url="/named/">p</p>' in out
    assert '{"u": "/b/"}' in out


def test_a_word_that_is_a_scheme_is_no_team(tmp_path: Path) -> None:
    hrefs = ("mailto:x@y.example", "tel:123", "https://site.example/a:b", "gemini://x.example/", "//cdn.example/x")
    links = " ".join(f"[x]({href})" for href in hrefs)
    made(
        tmp_path,
        {"teams/a/pages/index.md": f"# H\n\n{links}\n"},
        tables='[checks]\nmissing-description = "off"\n[links]\nschemes = ["gemini"]\n',
    )
    out = main(tmp_path, "/")
    for href in hrefs:
        assert f'href="{href}"' in out


# -- links by path


LINKED = {
    "teams/b/pages/index.md": "# B\n",
    "teams/b/pages/Guide/index.md": "# Guide\n",
    "teams/b/pages/Guide/Start.md": "# Start\n\n## Part\n",
    "teams/b/pages/Guide/late.html": jinja("late"),
    "teams/b/pages/moved.md": "---\ntitle: Moved\npath: /b/new/place/\n---\n",
    "teams/b/pages/table.csv": "a,b\n",
    "teams/a/pages/index.md": "# A\n",
}


@pytest.mark.parametrize(
    ("link", "href"),
    [
        ("Start.md", "/b/guide/start/"),
        ("./Start.md", "/b/guide/start/"),
        ("start.md", "/b/guide/start/"),
        ("START.MD", "/b/guide/start/"),
        ("Start.html", "/b/guide/start/"),
        ("Start/", "/b/guide/start/"),
        ("Start", "/b/guide/start/"),
        ("start", "/b/guide/start/"),
        ("Start.md#part", "/b/guide/start/#part"),
        ("Start?x=1#part", "/b/guide/start/?x=1#part"),
        ("late.html", "/b/guide/late/"),
        ("late.md", "/b/guide/late/"),
        ("index.md", "/b/guide/"),
        (".", "/b/guide/"),
        ("./", "/b/guide/"),
        ("..", "/b/"),
        ("../", "/b/"),
        ("../index.md", "/b/"),
        ("../Guide/Start.md", "/b/guide/start/"),
        ("../guide/", "/b/guide/"),
        ("../moved.md", "/b/new/place/"),
        ("../table.csv", "/b/table.csv"),
        ("/b/guide/start/", "/b/guide/start/"),
        ("/b/guide/start", "/b/guide/start/"),
        ("/b/Guide/Start.md", "/b/guide/start/"),
        ("/b/guide/start.html", "/b/guide/start/"),
        ("/b/guide/start/index.html#part", "/b/guide/start/#part"),
        ("/b/guide/index.html", "/b/guide/"),
        ("/", "/"),
        ("/b", "/b/"),
        ("#here", "#here"),
        ("/sitemap.xml", "/sitemap.xml"),
    ],
)
@pytest.mark.parametrize("base", ["", "/shop"])
def test_a_link_comes_out_in_its_final_form(tmp_path: Path, link: str, href: str, base: str) -> None:
    files = {**LINKED, "teams/b/pages/Guide/from.md": f'# From\n\n[x]({link}) <a id="here"></a>\n'}
    made(tmp_path, files, keys=f'base_url = "https://site.example{base}"', routes={"a": "/", "b": "/b/"})
    expected = href if href.startswith("#") else base + href
    assert f'<a href="{expected}">x</a>' in main(tmp_path, "/b/guide/from/")


def test_a_link_to_an_alias_comes_out_as_the_url(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# H\n\n[x](/old/) [y](/Old/index.html)\n",
        "teams/a/pages/new.md": "---\ntitle: New\naliases: [/old/]\n---\n",
    }
    made(tmp_path, files)
    assert main(tmp_path, "/").count('href="/new/"') == 2


def test_a_file_wins_over_an_index_and_an_ambiguous_name_is_no_guess(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/from.md": "# From\n\n[x](many.md)\n",
        "teams/a/pages/many.html": jinja("{{ item }}", "title: '{item}'\neach: data.list\npath: 'many/{item}/'"),
        "teams/a/data/list.json": '["one", "two"]',
    }
    found = only(built(site(tmp_path, files)), "broken-link")
    assert found.message == '"many.md" makes many pages'


# -- pictures and assets


def test_pictures_are_fingerprinted_and_get_their_size(tmp_path: Path) -> None:
    files: Files = {
        "teams/a/pages/guide/index.md": "# G\n\n![one](a.png)\n\n![two](logo.svg)\n\n![three](../b.png)\n\n"
        '<img src="a.png" width="5" alt="four">\n',
        "teams/a/pages/guide/a.png": png(40, 30),
        "teams/a/pages/b.png": png(7, 8),
        "teams/a/assets/logo.svg": SVG,
    }
    made(tmp_path, files, keys='base_url = "https://site.example/shop"')
    out = main(tmp_path, "/guide/")
    pool = {path for path in tree(tmp_path / "dist") if path.startswith("_mfe/assets/")}
    names = {path.split("/")[-1].split(".")[0]: f"/shop/{path}" for path in pool}
    assert f'<img src="{names["a"]}" width="40" height="30" alt="one">' in out
    assert f'<img src="{names["logo"]}" width="30" height="20" alt="two"' in out
    assert f'<img src="{names["b"]}" width="7" height="8" alt="three"' in out
    assert f'<img src="{names["a"]}" width="5" alt="four">' in out


def test_a_candidate_of_a_srcset_is_fingerprinted_too(tmp_path: Path) -> None:
    files: Files = {
        "teams/a/pages/index.html": jinja('<img src="a.png" srcset="a.png 1x, b.png 2x" alt="">'),
        "teams/a/pages/a.png": png(4, 3),
        "teams/a/pages/b.png": png(8, 6),
    }
    made(tmp_path, files)
    out = main(tmp_path, "/")
    assert out.count("/_mfe/assets/a.") == 2
    assert out.count("/_mfe/assets/b.") == 1
    assert " 1x, /_mfe/assets/b." in out


def test_assets_of_templates_are_fingerprinted_with_integrity(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.html": jinja('<script type="module" src="{{ asset("x.js") }}"></script>'),
        "teams/a/assets/x.js": "export {}\n",
        "teams/a/assets/unused.js": "export {}\n",
    }
    made(tmp_path, files)
    assert '<script type="module" src="/_mfe/assets/x.' in main(tmp_path, "/")
    assert 'integrity="sha' in main(tmp_path, "/")
    assert not [path for path in tree(tmp_path / "dist") if "unused" in path]


def test_a_teams_style_sheet_is_linked_on_its_pages_only(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# A\n",
        "teams/b/pages/index.md": "# B\n",
        "teams/b/assets/team.css": "p { color: red }\n",
    }
    made(tmp_path, files)
    assert "stylesheet" not in page(tmp_path, "/")
    assert '<link rel="stylesheet" href="/_mfe/assets/team.' in page(tmp_path, "/b/")
    sheet = next(data for path, data in tree(tmp_path / "dist").items() if path.endswith(".css"))
    assert b"team-b" in sheet


# -- data


def test_data_files_of_four_kinds_are_read_by_their_names(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.html": jinja(
            "{{ data.j.a }} {{ data.t.a.b }} {{ data.y[1] }} {{ data.c[0].name }} {{ data.sub.deep.x }}"
        ),
        "teams/a/data/j.json": '{"a": 1}',
        "teams/a/data/t.toml": "[a]\nb = 2\n",
        "teams/a/data/y.yaml": "- 0\n- 3\n",
        "teams/a/data/c.csv": "id,name\n1,four\n",
        "teams/a/data/sub/deep.yml": "x: 5\n",
        "teams/a/data/readme.txt": "no data",
    }
    made(tmp_path, files)
    assert main(tmp_path, "/") == "<h1>Page</h1>\n1 2 3 four 5"


PRODUCTS = '[{"id": "x 1", "name": "Ex"}, {"id": "y2", "name": "Ypsilon"}]'


def test_each_makes_one_page_per_item(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/p/product.html": jinja(
            "{{ item.name }} {{ params.id }}", "title: 'The {item.name}'\neach: data.products\npath: '{item.id}/'"
        ),
        "teams/a/data/products.json": PRODUCTS,
    }
    result = made(tmp_path, files)
    assert urls(tmp_path) == {"/p/x 1/", "/p/y2/"}
    assert main(tmp_path, "/p/y2/") == "<h1>The Ypsilon</h1>\nYpsilon y2"
    assert [(row.name, row.params, row.pages) for row in contract(result, "a").routes] == [("p/product", ("id",), 2)]


def test_each_nests_in_order_and_params_name_what_refs_can_say(tmp_path: Path) -> None:
    result = made(tmp_path, REFS)
    assert {"/b/AU-02/OG/", "/b/AU-02/Ö 1/"} <= urls(tmp_path)
    assert main(tmp_path, "/b/AU-02/OG/") == "<h1>Au OG</h1>\nAu OG"
    row = next(row for row in contract(result, "b").routes if row.name == "product")
    assert (row.params, row.pages) == (("id", "sku"), 2)


def test_the_last_key_of_each_brace_is_a_param_unless_params_are_given(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/x.html": jinja("x", "title: x\neach: {p: data.list}\npath: '{p.id}/{p.kind}/'"),
        "teams/a/pages/y.html": jinja(
            "y", "title: y\neach: data.list\npath: 'y/{item.id}/'\nparams: {number: item.id}"
        ),
        "teams/a/data/list.json": '[{"id": 1, "kind": "k"}]',
    }
    result = made(tmp_path, files)
    assert {page.url: dict(page.params) for page in contract(result, "a").pages} == {
        "/1/k/": {"id": "1", "kind": "k"},
        "/y/1/": {"number": "1"},
    }


def test_markdown_can_be_made_from_data_too_by_its_title_and_path(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/x.md": "---\ntitle: '{item}'\neach: data.list\nslug: 's-{item}'\n---\nText {item}\n",
        "teams/a/data/list.json": '["one", "two"]',
    }
    made(tmp_path, files)
    assert urls(tmp_path) == {"/s-one/", "/s-two/"}
    assert main(tmp_path, "/s-one/") == "<h1>one</h1>\n<p>Text {item}</p>\n"


def test_an_empty_list_makes_no_page_and_no_problem(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# H\n",
        "teams/a/pages/x.html": jinja("x", "title: x\neach: data.list\npath: '{item}/'"),
        "teams/a/data/list.json": "[]",
    }
    made(tmp_path, files)
    assert urls(tmp_path) == {"/"}


# -- when a page is built


@pytest.mark.parametrize(
    ("front", "options", "is_built"),
    [
        ("draft: true", {}, False),
        ("draft: true", {"drafts": True}, True),
        ("draft: false", {}, True),
        ("publish: 2026-06-02", {}, False),
        ("publish: 2026-06-01", {}, True),
        ("publish: 2026-06-01 12:00:00Z", {}, True),
        ("publish: 2026-06-01 12:00:01Z", {}, False),
        ("publish: 2026-06-01T13:00:00+02:00", {}, True),
        ("publish: 2026-06-02", {"drafts": True}, False),
        ("expires: 2026-06-01", {}, False),
        ("expires: 2026-06-02", {}, True),
        ("publish: 2026-01-01\nexpires: 2026-12-31", {}, True),
        ("expires: 2026-06-02", {"now": datetime.datetime(2026, 6, 2, tzinfo=datetime.UTC)}, False),
    ],
)
def test_drafts_and_dates_decide_whether_a_page_is_built(
    tmp_path: Path, front: str, options: dict[str, Any], is_built: bool
) -> None:
    files = {"teams/a/pages/index.md": "# H\n", "teams/a/pages/x.md": f"---\ntitle: x\n{front}\n---\n"}
    result = built(site(tmp_path, files), **options)
    assert problems(result) == []
    assert ("/x/" in urls(tmp_path)) is is_built


def test_a_link_to_a_page_that_is_not_built_is_broken(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# H\n\n[x](x.md)\n",
        "teams/a/pages/x.md": "---\ntitle: x\npublish: 2027-01-01\n---\n",
    }
    assert codes(built(site(tmp_path, files))) == ["broken-link"]


# -- aliases


def test_aliases_become_redirects_to_the_last_url(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# H\n",
        "teams/a/pages/guide/new.md": "---\ntitle: New\naliases: "
        "[/old/, former, 'sub/older/', /x.html, /guide/new/]\n---\n",
    }
    made(tmp_path, files, keys='base_url = "https://site.example/shop"')
    assert page(tmp_path, "/_redirects").splitlines() == [
        "/guide/former/ /shop/guide/new/ 301",
        "/guide/sub/older/ /shop/guide/new/ 301",
        "/old/ /shop/guide/new/ 301",
        "/x.html /shop/guide/new/ 301",
    ]


def test_redirects_of_the_site_go_straight_to_the_end(tmp_path: Path) -> None:
    files = {"teams/a/pages/new.md": "---\ntitle: New\naliases: [/b/]\n---\n"}
    made(
        tmp_path,
        files,
        tables=f'[redirects]\n"/a/" = "/b/"\n"/away/" = "https://other.example/"\n{QUIET}',
    )
    assert page(tmp_path, "/_redirects").splitlines() == [
        "/a/ /new/ 301",
        "/away/ https://other.example/ 301",
        "/b/ /new/ 301",
    ]


# -- what templates see


TREE = {
    "teams/a/pages/index.md": "# Home\n",
    "teams/a/pages/guide/index.md": "---\ntitle: Guide\nweight: 1\n---\n",
    "teams/a/pages/guide/one.md": "---\ntitle: One\nweight: 2\ndate: 2026-02-01\n---\n",
    "teams/a/pages/guide/two.md": "---\ntitle: Two\nweight: 1\nextra: {items: [x, y]}\n---\n",
    "teams/a/pages/zoo.md": "---\ntitle: Zoo\n---\n",
}


def test_a_page_knows_its_place_in_its_team(tmp_path: Path) -> None:
    body = (
        "{% for p in team.pages %}{{ p.url }} {% endfor %}|{% for p in team.sections %}{{ p.title }} {% endfor %}|"
        "{{ page.section.title }}|{% for p in page.breadcrumbs %}{{ p.title }}>{% endfor %}|"
        "{{ page.previous.title }}|{{ page.next.title }}|"
        "{% for p in page.section.children %}{{ p.title }}{% if p.current %}*{% endif %} {% endfor %}"
    )
    made(tmp_path, {**TREE, "teams/a/pages/guide/mid.html": jinja(body, "title: Mid\nweight: 1.5")})
    assert main(tmp_path, "/guide/mid/").removeprefix("<h1>Mid</h1>\n") == (
        "/ /guide/ /guide/two/ /guide/mid/ /guide/one/ /zoo/ |Home Guide |Guide|Home>Guide>|Two|One|Two Mid* One "
    )


def test_the_first_page_has_no_previous_and_the_last_no_next(tmp_path: Path) -> None:
    body = "{{ page.previous is none }} {{ page.next is none }} {{ page.section is none }}"
    made(tmp_path, {"teams/a/pages/index.html": jinja(body)})
    assert main(tmp_path, "/").endswith("True True True")


def test_a_template_sees_dates_tags_and_the_table_of_contents(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/x.md": "---\ntitle: X\ndate: 2026-02-03\ntags: [b, a]\nlayout: own\n---\n"
        "## One\n\n### Deep\n\n## Two\n",
        "teams/a/pages/no.md": "---\ntitle: No\ntoc: false\nlayout: own\n---\n## One\n",
        "teams/a/layouts/own.html": (
            "{{ page.date.year if page.date }}|{{ page.tags | join(' ') }}|"
            "{% for h in page.toc recursive %}{{ h.id }}({{ loop(h.children) }}){% endfor %}|{{ content }}"
        ),
    }
    made(tmp_path, files)
    assert main(tmp_path, "/x/").startswith("2026|b a|one(deep())two()|")
    assert main(tmp_path, "/no/").startswith("|||")


def test_free_keys_can_be_tested_and_mapping_keys_win_over_methods(tmp_path: Path) -> None:
    body = (
        "{% if page.extra.missing %}yes{% else %}no{% endif %} {{ page.extra.missing | default('none') }} "
        "{{ page.extra.items | join('+') }} {{ data.x.values }} {{ data.x.get }} {{ data.x['keys'] }}"
    )
    made(
        tmp_path,
        {
            "teams/a/pages/index.html": jinja(body, "title: H\nextra: {items: [1, 2]}"),
            "teams/a/data/x.json": '{"values": "v", "get": "g", "keys": "k"}',
        },
    )
    assert main(tmp_path, "/") == "<h1>H</h1>\nno none 1+2 v g k"


def test_a_missing_free_key_that_is_printed_is_a_problem(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.html": jinja("{{ page.extra.missing }}")}
    assert codes(built(site(tmp_path, files))) == ["undefined-variable"]


def test_what_templates_print_is_escaped(tmp_path: Path) -> None:
    made(tmp_path, {"teams/a/pages/index.html": jinja("{{ data.x }}"), "teams/a/data/x.json": '"<b>&"'})
    assert main(tmp_path, "/").endswith("&lt;b&gt;&amp;")


# -- layouts and titles


def test_a_layout_is_the_teams_file_else_the_themes(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/own.md": "---\ntitle: Own\nlayout: article\n---\nText\n",
        "teams/b/pages/theirs.md": "---\ntitle: Theirs\nlayout: article\n---\nText\n",
        "teams/a/layouts/article.html": "<section>{{ content }}</section>{% include 'part.html' %}",
        "teams/a/layouts/part.html": "<p>{{ team.name }}</p>",
        "themes/plain/layouts/article.html": '{% extends "shell.html" %}'
        "{% block main %}<article>{{ content }}</article>{% endblock %}",
    }
    made(tmp_path, files)
    assert main(tmp_path, "/own/") == "<section><p>Text</p>\n</section><p>a</p>"
    assert main(tmp_path, "/b/theirs/") == "<article><p>Text</p>\n</article>"


def test_a_team_says_the_layout_of_pages_that_name_none(tmp_path: Path) -> None:
    files = {
        "teams/a/team.toml": 'owner = "A"\nlayout = "wide"\n',
        "teams/a/pages/x.md": "---\ntitle: X\n---\nText\n",
        "teams/a/pages/y.md": "---\ntitle: Y\nlayout: page\n---\nText\n",
        "teams/a/layouts/wide.html": "<div>{{ content }}</div>",
    }
    made(tmp_path, files)
    assert main(tmp_path, "/x/") == "<div><p>Text</p>\n</div>"
    assert main(tmp_path, "/y/") == "<h1>Y</h1>\n<p>Text</p>\n"


@pytest.mark.parametrize(
    ("source", "title", "h1"),
    [
        ("# From *heading*\n\nText\n", "From heading", '<h1 id="from-heading">From <em>heading</em></h1>'),
        ("## Second level\n\nText\n", "Second level", '<h1 id="second-level">Second level</h1>'),
        ("---\ntitle: Given\n---\nText\n", "Given", "<h1>Given</h1>"),
        ("---\ntitle: Given\n---\n# Heading\n", "Given", '<h1 id="heading">Heading</h1>'),
        ("---\ntitle: A & B <c>\n---\nText\n", "A &amp; B &lt;c&gt;", "<h1>A &amp; B &lt;c&gt;</h1>"),
        ("# One\n\n# Two\n", "One", '<h1 id="one">One</h1>'),
        ("---\ntitle: 2024\n---\n", "2024", "<h1>2024</h1>"),
        ("---\ntitle: Given\n---\nText\n\n# Later\n", "Given", "<h1>Given</h1>"),
        ("Text\n\n# Later\n", "Later", "<h1>Later</h1>"),
    ],
)
def test_exactly_one_h1_comes_out(tmp_path: Path, source: str, title: str, h1: str) -> None:
    made(tmp_path, {"teams/a/pages/index.md": source})
    out = page(tmp_path, "/")
    assert f"<title>{title}</title>" in out
    assert h1 in out
    assert out.count("<h1") == 1


def test_a_jinja_page_may_bring_its_own_h1(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/own.html": jinja("<h1>Mine</h1>"),
        "teams/a/pages/none.html": "<h1>Only <b>mine</b></h1>\n",
        "teams/a/pages/theirs.html": jinja("<p>x</p>"),
    }
    made(tmp_path, files)
    assert main(tmp_path, "/own/") == "<h1>Mine</h1>"
    assert main(tmp_path, "/none/") == "<h1>Only <b>mine</b></h1>\n"
    assert "<title>Only mine</title>" in page(tmp_path, "/none/")
    assert main(tmp_path, "/theirs/") == "<h1>Page</h1>\n<p>x</p>"


def test_markdown_is_no_template(tmp_path: Path) -> None:
    made(tmp_path, {"teams/a/pages/index.md": "# H\n\n{{ nix }} {% if %} {# c #}\n\n`{{ code }}`\n"})
    assert "<p>{{ nix }} {% if %} {# c #}</p>\n<p><code>{{ code }}</code></p>" in main(tmp_path, "/")


def test_raw_html_is_kept_or_shown_as_the_team_wants(tmp_path: Path) -> None:
    text = "# H\n\n<b>bold</b>\n"
    files = {
        "teams/a/pages/index.md": text,
        "teams/b/pages/index.md": text,
        "teams/b/team.toml": 'owner = "B"\n[markdown]\nhtml = "escape"\n',
    }
    made(tmp_path, files)
    assert "<b>bold</b>" in main(tmp_path, "/")
    assert "&lt;b&gt;bold&lt;/b&gt;" in main(tmp_path, "/b/")


def test_unknown_keys_can_move_in_as_extra(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.html": jinja("{{ page.extra.author }}", "title: H\nauthor: Me"),
        "teams/a/team.toml": 'owner = "A"\n[front_matter]\nunknown = "extra"\n',
    }
    made(tmp_path, files)
    assert main(tmp_path, "/").endswith("Me")


def test_the_language_is_the_pages_else_the_teams_else_the_sites(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# H\n",
        "teams/b/pages/index.md": "# H\n",
        "teams/b/pages/fr.md": "---\ntitle: F\nlanguage: fr\n---\n",
        "teams/b/team.toml": 'owner = "B"\nlanguage = "de"\n',
    }
    made(tmp_path, files, keys='language = "en-GB"')
    assert [page(tmp_path, url).split('"')[1] for url in ("/", "/b/", "/b/fr/")] == ["en-GB", "de", "fr"]


def test_the_same_site_reads_the_same_from_any_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / "one", TREE)
    site(tmp_path / "two", TREE)
    monkeypatch.chdir(tmp_path / "two")
    assert problems(built(Path())) == []
    assert tree(Path("dist")) == tree(tmp_path / "one" / "dist")
    put(Path(), "teams/a/pages/index.md", "# Home\n\n[x](nix.md)\n")
    assert only(built(Path()), "broken-link").line == 3


def test_letters_that_only_fold_alike_are_two_urls(tmp_path: Path) -> None:
    made(
        tmp_path,
        {
            "teams/a/pages/straße.md": "# Straße\n",
            "teams/a/pages/strasse.md": "# Strasse\n",
            "teams/a/pages/index.md": "# Home\n",
        },
    )
    assert "Straße" in page(tmp_path, "/straße/")
    assert "Strasse" in page(tmp_path, "/strasse/")


def test_the_h1_of_a_jinja_page_is_its_title_whatever_else_is_filled_in(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.html": "<h1>Static <em>one</em></h1><p>{{ site.title }}</p>\n"}
    assert contract(made(tmp_path, files), "a").pages[0].title == "Static one"


def test_aliases_of_pages_made_from_data_are_filled_in(tmp_path: Path) -> None:
    matter = "---\ntitle: x\neach: data.ids\npath: '{item}/'\naliases: ['/old/{item}/']\n---\nx\n"
    made(tmp_path, {"teams/a/pages/p.html": matter, "teams/a/data/ids.json": '["one", "two"]'})
    assert (tmp_path / "dist/_redirects").read_text() == "/old/one/ /one/ 301\n/old/two/ /two/ 301\n"


def test_capitals_in_endings_and_in_index_make_no_difference(tmp_path: Path) -> None:
    files = {"teams/a/pages/README.MD": "# Read\n", "teams/a/pages/Guide/Index.md": "# Guide\n"}
    result = made(tmp_path, files)
    assert "Read" in page(tmp_path, "/readme/")
    assert {item.name for item in contract(result, "a").pages} == {"README", "Guide"}
