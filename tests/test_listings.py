"""Promises about pages that list others: order, parts, tags, feeds, menus (documentation, "Listings")."""

import base64
import datetime
import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from random import Random

import feedparser
import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given
from hypothesis import strategies as st

from mfe_static.render.listings import tagged
from mfe_static.routes import bad_segment, tag_segment
from sites import Files, built, codes, made, only, page, problems, put, rendered, site, stitched, team_toml, tree

SITE = """
title = "Site"
base_url = "https://site.example"
[teams]
a = "/"
"""[1:]
ATOM = "{http://www.w3.org/2005/Atom}"


def post(number: int, more: str = "") -> str:
    front = f"title: Post {number}\ndescription: About {number}\ndate: 2026-01-{number:02}\n{more}"
    return f"---\n{front}---\n# Post {number}\n"


def posts(front: str, many: int = 5, more: str = "", **extra: str) -> Files:
    return {
        "site.toml": SITE,
        "teams/a/pages/index.md": "---\ntitle: Home\ndescription: d\n---\n",
        "teams/a/pages/posts/index.md": f"---\ntitle: Posts\ndescription: d\nlayout: listing\n{front}\n---\nText.\n",
        **{f"teams/a/pages/posts/p{number}.md": post(number, more) for number in range(1, many + 1)},
        **extra,
    }


def listed(root: Path, url: str) -> list[str]:
    """The URLs that a page of the layout `listing` lists."""
    found = BeautifulSoup(page(root, url), "html.parser").select(".mfe-list a")
    return [str(link["href"]) for link in found]


def numbers(root: Path, url: str) -> list[tuple[str, str]]:
    """The other pages of a listing, as a page of it shows them; the current one by its number alone."""
    found = BeautifulSoup(page(root, url), "html.parser").select(".mfe-parts a")
    return [(link.text, "current" if link.get("aria-current") else str(link["href"])) for link in found]


# -- order and parts


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("weight: 3", "312"),
        ("sort: weight", "312"),
        ("sort: title", "213"),
        ("sort: -title", "312"),
        ("sort: date", "123"),
        ("sort: -date", "213"),
        ("sort: updated", "213"),
        ("feed: true", "213"),
    ],
)
def test_pages_are_listed_in_the_order_that_is_asked_for(tmp_path: Path, sort: str, order: str) -> None:
    keys = {
        1: "title: b\ndate: 2026-01-01\nupdated: 2026-03-01",
        2: "title: A\ndate: 2026-01-02T10:00:00+09:00",
        3: "title: c\nweight: 1",
    }
    files = posts(sort, 0)
    made(
        tmp_path,
        {**files, **{f"teams/a/pages/posts/{n}.md": f"---\ndescription: d\n{its}\n---\n" for n, its in keys.items()}},
    )
    assert listed(tmp_path, "/posts/") == [f"/posts/{number}/" for number in order]


def test_a_long_listing_is_parted(tmp_path: Path) -> None:
    made(tmp_path, posts("paginate: 2\nsort: date"))
    assert listed(tmp_path, "/posts/") == ["/posts/p1/", "/posts/p2/"]
    assert listed(tmp_path, "/posts/page/2/") == ["/posts/p3/", "/posts/p4/"]
    assert listed(tmp_path, "/posts/page/3/") == ["/posts/p5/"]
    assert numbers(tmp_path, "/posts/page/2/") == [("1", "/posts/"), ("2", "current"), ("3", "/posts/page/3/")]
    assert "<p>Text.</p>" in page(tmp_path, "/posts/page/3/")
    assert not (tmp_path / "dist/posts/page/1").exists()
    assert '<link rel="canonical" href="https://site.example/posts/page/2/">' in page(tmp_path, "/posts/page/2/")
    assert "/posts/page/2/" in (tmp_path / "dist/sitemap.xml").read_text()


def test_a_listing_that_fits_on_one_page_has_no_other(tmp_path: Path) -> None:
    made(tmp_path, posts("paginate: 5"))
    assert numbers(tmp_path, "/posts/") == []
    assert not (tmp_path / "dist/posts/page").exists()
    made(tmp_path / "empty", posts("paginate: 5", 0))
    assert listed(tmp_path / "empty", "/posts/") == []


def test_pages_of_a_sorted_list_follow_each_other_as_they_are_listed(tmp_path: Path) -> None:
    show = "<p>{{ page.previous.url if page.previous }}|{{ page.next.url if page.next }}</p>"
    more = "layout: post\n"
    made(tmp_path, posts("sort: -date\npaginate: 2", 3, more, **{"teams/a/layouts/post.html": show}))

    def around(number: int) -> str:
        return BeautifulSoup(page(tmp_path, f"/posts/p{number}/"), "html.parser").select("main p")[0].text

    assert [around(number) for number in (3, 2, 1)] == ["/posts/|/posts/p2/", "/posts/p3/|/posts/p1/", "/posts/p2/|"]
    put(tmp_path, "teams/a/pages/posts/p4.md", post(4, more))
    built(tmp_path)
    assert [around(number) for number in (4, 3)] == ["/posts/|/posts/p3/", "/posts/p4/|/posts/p2/"]
    same(tmp_path)
    index = tmp_path / "teams/a/pages/posts/index.md"
    put(tmp_path, "teams/a/pages/posts/index.md", index.read_text().replace("-date", "date"))
    built(tmp_path)
    assert [around(number) for number in (1, 2)] == ["/posts/|/posts/p2/", "/posts/p1/|/posts/p3/"]
    same(tmp_path)
    front = "---\ntitle: T\ndescription: d\nlayout: article\n---\n"
    made(tmp_path / "own", posts("sort: -date", 2, "layout: article\n", **{"teams/a/pages/posts/p9.md": front}))
    found = BeautifulSoup(page(tmp_path / "own", "/posts/p1/"), "html.parser").select("[rel=prev], [rel=next]")
    assert [link["href"] for link in found] == ["/posts/p2/", "/posts/p9/"]


def test_a_param_that_further_pages_have_is_said_where_it_stands_in_the_way(tmp_path: Path) -> None:
    each = "---\ntitle: '{page1}'\ndescription: d\neach: {page1: data.list}\npath: '{page1}/'\nparams: {page: page1}\n"
    files = posts(
        "", 0, **{"teams/a/pages/x.html": each + "paginate: 1\n---\n", "teams/a/data/list.json": '["1", "2"]'}
    )
    for number in range(3):
        files = {**files, f"teams/a/pages/1/p{number}.md": post(number + 1)}
    found = only(built(site(tmp_path, files)), "bad-value")
    assert "choose another name" in found.message
    assert (found.file, found.line) == ("teams/a/pages/x.html", 7)


def test_further_pages_stand_in_no_navigation_and_are_found_by_refs(tmp_path: Path) -> None:
    template = (
        "---\ntitle: All\ndescription: d\n---\n<nav>{% for p in team.pages %}{{ p.url }} {% endfor %}</nav>"
        '<a href="{{ ref("a:posts", page=2) }}">second</a>'
    )
    made(tmp_path, posts("paginate: 2", 3, **{"teams/a/pages/all.html": template}))
    html = page(tmp_path, "/all/")
    assert "<nav>/ /all/ /posts/ /posts/p1/ /posts/p2/ /posts/p3/ </nav>" in html
    assert '<a href="/posts/page/2/">second</a>' in html


def test_a_template_of_the_team_sees_what_its_page_lists(tmp_path: Path) -> None:
    template = (
        "---\ntitle: Posts\ndescription: d\npaginate: 2\nsort: -date\n---\n{% set part = page.pagination %}"
        "<p>{% for p in page.pages %}{{ p.title }};{% endfor %}"
        "{{ part.number }} of {{ part.total }}, {{ part.count }}, {{ part.previous }} {{ part.next }}</p>"
    )
    files = {path: text for path, text in posts("").items() if path != "teams/a/pages/posts/index.md"}
    made(tmp_path, {**files, "teams/a/pages/posts/index.html": template})
    assert "<p>Post 5;Post 4;1 of 3, 5,  /posts/page/2/</p>" in page(tmp_path, "/posts/")
    assert "<p>Post 3;Post 2;2 of 3, 5, /posts/ /posts/page/3/</p>" in page(tmp_path, "/posts/page/2/")
    put(tmp_path, "teams/a/pages/posts/p4.md", post(4).replace("Post 4", "Fourth"))
    result = built(tmp_path)
    assert rendered(result) == {"/posts/p4/", "/posts/"}  # and no other page of the listing
    assert "<p>Post 5;Fourth;" in page(tmp_path, "/posts/")
    put(tmp_path, "teams/a/pages/posts/p6.md", post(6))
    assert rendered(built(tmp_path)) == {"/posts/p6/", "/posts/", "/posts/page/2/", "/posts/page/3/"}
    assert "<p>Post 2;Post 1;3 of 3, 6" in page(tmp_path, "/posts/page/3/")


def test_a_page_in_the_way_of_a_further_one_is_said(tmp_path: Path) -> None:
    files = posts("paginate: 2", 3, **{"teams/a/pages/posts/page/2.md": "---\ntitle: x\ndescription: d\n---\n"})
    result = built(site(tmp_path, files))
    found = only(result, "url-taken")
    assert (found.url, {found.file, found.related[0].file}) == (
        "/posts/page/2/",
        {"teams/a/pages/posts/index.md", "teams/a/pages/posts/page/2.md"},
    )


def made_only(root: Path, files: Files) -> Path:
    from sites import site

    return site(root, files)


@pytest.mark.parametrize(
    "front",
    [
        "feed: {entries: 0}",
        "feed: {many: 1}",
        "feed: {content: 1}",
        "paginate: 0",
        "paginate: x",
        "sort: nix",
        "feed: -1",
        "menu: {main: {colour: red}}",
    ],
)
def test_what_cannot_be_asked_of_a_listing_is_a_problem(tmp_path: Path, front: str) -> None:
    assert set(codes(built(made_only(tmp_path, posts(front))))) <= {"bad-value", "unknown-key"}
    assert codes(built(tmp_path))


# -- tags

OTHER = "---\ntitle: B\ndescription: d\n---\n"
TAGS = team_toml("a", '[tags]\npath = "tags/"\n')


def test_c_and_its_relatives_stay_apart(tmp_path: Path) -> None:
    tags = "tags: [C, C++, 'C#', .NET, Größe & Form, a/b]\n"
    made(tmp_path, posts("", 1, tags, **{"teams/a/team.toml": TAGS}))
    names = ("c", "c-plus-plus", "c-sharp", "dot-net", "gr%C3%B6%C3%9Fe-form", "a-b")
    assert set(listed(tmp_path, "/tags/")) == {f"/tags/{name}/" for name in names}
    assert listed(tmp_path, "/tags/c-sharp/") == ["/posts/p1/"]
    assert "<h1>C#</h1>" in page(tmp_path, "/tags/c-sharp/")


def test_a_tag_lists_its_pages_the_last_first_in_parts(tmp_path: Path) -> None:
    toml = team_toml("a", '[tags]\npath = "/subjects"\ntitle = "Subjects"\npaginate = 2\n')
    result = made(tmp_path, posts("", 3, "tags: [Soil]\n", **{"teams/a/team.toml": toml}))
    assert listed(tmp_path, "/subjects/soil/") == ["/posts/p3/", "/posts/p2/"]
    assert listed(tmp_path, "/subjects/soil/page/2/") == ["/posts/p1/"]
    assert "<h1>Subjects</h1>" in page(tmp_path, "/subjects/")
    assert not codes(result)


def test_tags_that_share_a_url_are_one_and_spelt_as_most_do(tmp_path: Path) -> None:
    spelt = enumerate(("soil", "Soil", "Soil", "SOIL "), 1)
    files = {f"teams/a/pages/posts/p{number}.md": post(number, f"tags: ['{tag}']\n") for number, tag in spelt}
    made(tmp_path, posts("", 0, **files, **{"teams/a/team.toml": TAGS}))
    assert "<h1>Soil</h1>" in page(tmp_path, "/tags/soil/")
    assert len(listed(tmp_path, "/tags/soil/")) == 4


def test_a_page_that_somebody_writes_takes_the_place_of_a_tags_page(tmp_path: Path) -> None:
    own = "---\ntitle: All about soil\ndescription: d\nlayout: listing\nfeed: true\n---\nDirt.\n"
    made(tmp_path, posts("", 2, "tags: [soil]\n", **{"teams/a/team.toml": TAGS, "teams/a/pages/tags/soil.md": own}))
    assert "<p>Dirt.</p>" in page(tmp_path, "/tags/soil/")
    assert listed(tmp_path, "/tags/soil/") == ["/posts/p2/", "/posts/p1/"]
    feed = ET.parse(tmp_path / "dist/tags/soil/feed.xml").getroot()
    assert [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")] == ["Post 2", "Post 1"]


def test_a_tags_page_that_is_a_template_is_parted_as_any_other(tmp_path: Path) -> None:
    toml = team_toml("a", '[tags]\npath = "tags/"\npaginate = 1\n')
    shown = "<p>{{ page.tag }}: {% for p in page.pages %}{{ p.title }}{% endfor %}</p>"
    own = f"---\ntitle: X\ndescription: d\npaginate: 9\n---\n{shown}"
    made(tmp_path, posts("", 2, "tags: [x]\n", **{"teams/a/team.toml": toml, "teams/a/pages/tags/x.html": own}))
    assert "<p>x: Post 2</p>" in page(tmp_path, "/tags/x/")
    assert "<p>x: Post 1</p>" in page(tmp_path, "/tags/x/page/2/")
    same(tmp_path)


def test_what_is_said_of_pages_that_nobody_wrote_follows(tmp_path: Path) -> None:
    made(tmp_path, posts("", 2, "tags: [x]\n", **{"teams/a/team.toml": TAGS}))
    put(tmp_path, "teams/a/team.toml", TAGS + 'title = "Subjects"\n')
    built(tmp_path)
    assert b'"Subjects"' in (tmp_path / "dist/_mfe/contracts/a.json").read_bytes()
    same(tmp_path)


def test_tags_in_any_script_stay_apart() -> None:
    assert len({tag_segment(tag) for tag in ("का", "की", "कि", "שָׁלוֹם", "שלום", "a", "ä", "İstanbul", "istanbul")}) == 9


def test_layouts_of_the_team_show_tags_and_pages_link_to_theirs(tmp_path: Path) -> None:
    item = "{{ t.name }} {{ t.url }} {{ t.count }};"
    link = '<a href="{{ t.url }}">{{ t.name }}</a>'
    files = {
        "teams/a/team.toml": TAGS,
        "teams/a/layouts/tag.html": "<p>{{ page.tag }}: {% for p in page.pages %}{{ p.title }}{% endfor %}</p>",
        "teams/a/layouts/tags.html": f"<p>{{% for t in team.tags %}}{item}{{% endfor %}}</p>",
        "teams/a/layouts/post.html": f"<p>{{% for t in page.tag_links %}}{link}{{% endfor %}}</p>",
    }
    made(tmp_path, posts("", 2, "tags: [Soil, 'C#']\nlayout: post\n", **files))
    assert "<p>C#: Post 2Post 1</p>" in page(tmp_path, "/tags/c-sharp/")
    assert "<p>C# /tags/c-sharp/ 2;Soil /tags/soil/ 2;</p>" in page(tmp_path, "/tags/")
    assert '<a href="/tags/soil/">Soil</a><a href="/tags/c-sharp/">C#</a>' in page(tmp_path, "/posts/p1/")
    put(tmp_path, "teams/a/team.toml", team_toml("a", '[tags]\npath = "x/"\n'))
    built(tmp_path)
    assert "<p>C# /x/c-sharp/ 2;Soil /x/soil/ 2;</p>" in page(tmp_path, "/x/")
    assert '<a href="/x/soil/">Soil</a>' in page(tmp_path, "/posts/p1/")
    assert not (tmp_path / "dist/tags").exists()


def test_a_changed_tag_changes_the_pages_that_list_it_and_no_body(tmp_path: Path) -> None:
    made(tmp_path, posts("", 3, "tags: [soil]\n", **{"teams/a/team.toml": TAGS}))
    put(tmp_path, "teams/a/pages/posts/p2.md", post(2, "tags: [rain]\n"))
    result = built(tmp_path)
    assert rendered(result) == {"/posts/p2/"}
    assert {"/tags/soil/", "/tags/rain/", "/tags/"} <= stitched(result)
    assert listed(tmp_path, "/tags/rain/") == ["/posts/p2/"]
    assert listed(tmp_path, "/tags/soil/") == ["/posts/p3/", "/posts/p1/"]
    same(tmp_path)


def same(root: Path) -> None:
    """An incremental build left what a clean one makes."""
    left = tree(root / "dist")
    built(root, cache=False)
    assert tree(root / "dist") == left


@given(st.text(min_size=1))
def test_any_tag_has_a_url(tag: str) -> None:
    segment = tag_segment(tag)
    assert not segment or not bad_segment(segment)
    assert "/" not in segment
    assert tag_segment(segment) == segment or "+" in tag or "#" in tag or not tag.isascii()


@pytest.mark.parametrize(("path", "code"), [("../x", "bad-path"), ("t#x", "bad-path"), ("b/tags", "foreign-prefix")])
def test_a_place_that_tag_pages_cannot_have_is_said_once(tmp_path: Path, path: str, code: str) -> None:
    toml = team_toml("a", f'[tags]\npath = "{path}"\n')
    files = posts("", 3, "tags: [x, y]\n", **{"teams/a/team.toml": toml, "teams/b/pages/index.md": OTHER})
    found = only(built(site(tmp_path, {**files, "site.toml": SITE + 'b = "/b/"\n'})), code)
    assert (found.file, found.line) == ("teams/a/team.toml", 3)


def test_a_place_of_another_team_below_the_tags_is_said_once(tmp_path: Path) -> None:
    toml = team_toml("a", '[tags]\npath = "tags/"\npaginate = 1\n')
    files = posts("", 4, "tags: [x, y]\n", **{"teams/a/team.toml": toml})
    site(tmp_path, {**files, "site.toml": SITE + 'b = "/tags/x/"\n', "teams/b/pages/index.md": OTHER})
    only(built(tmp_path), "foreign-prefix")
    put(tmp_path, "site.toml", SITE + 'b = "/tags/x/"\nc = "/tags/y/"\n')
    put(tmp_path, "teams/c/team.toml", team_toml("c"))
    put(tmp_path, "teams/c/pages/index.md", OTHER)
    assert codes(built(tmp_path)) == ["foreign-prefix"] * 2


def test_a_tag_page_that_cannot_be_is_left_out(tmp_path: Path) -> None:
    files = posts("", 1, f"tags: [x, {'z' * 300}, y]\n", **{"teams/a/team.toml": TAGS})
    site(tmp_path, {**files, "site.toml": SITE + 'b = "/tags/x/"\n', "teams/b/pages/index.md": OTHER})
    assert "/tags/x/" in only(built(tmp_path), "foreign-prefix").message
    put(tmp_path, "site.toml", SITE)
    shutil.rmtree(tmp_path / "teams/b")
    assert codes(built(tmp_path)) == []


def test_no_page_has_tags() -> None:
    assert tagged([]) == {}


def test_pages_that_share_most_tags_are_related(tmp_path: Path) -> None:
    listing = "<p>{% for p in page.related %}{{ p.title }} {% endfor %}</p>"
    tags = {"a": "x, y", "b": "X", "c": "x, y, z", "d": "z", "e": "other", "f": "y"}
    pages = {
        f"teams/a/pages/{name}.html": f"---\ntitle: {name}\ndescription: d\ntags: [{its}]\n---\n{listing}"
        for name, its in tags.items()
    }
    made(tmp_path, {"site.toml": SITE, "teams/a/pages/index.md": "---\ntitle: H\ndescription: d\n---\n", **pages})
    assert "<p>c b f </p>" in page(tmp_path, "/a/")
    assert "<p>a b d f </p>" in page(tmp_path, "/c/")
    assert "<p></p>" in page(tmp_path, "/e/")
    put(tmp_path, "teams/a/pages/d.html", f"---\ntitle: d\ndescription: d\ntags: [other]\n---\n{listing}")
    assert rendered(built(tmp_path)) == {"/c/", "/d/", "/e/"}
    same(tmp_path)


# -- feeds


def test_a_feed_holds_the_last_pages_that_have_a_date(tmp_path: Path) -> None:
    hidden = "---\ntitle: N\ndescription: d\ndate: 2026-02-01\nnoindex: true\n---\n"
    extra = {
        "teams/a/pages/posts/undated.md": "---\ntitle: U\ndescription: d\n---\n",
        "teams/a/pages/posts/hidden.md": hidden,
    }
    more = "tags: ['a & b']\nupdated: 2026-01-09T08:00:00+02:00\n"
    made(tmp_path, posts("feed: 3\npaginate: 2", 5, more, **extra))
    feed = ET.parse(tmp_path / "dist/posts/feed.xml").getroot()
    entries = list(feed.iter(f"{ATOM}entry"))
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["Post 5", "Post 4", "Post 3"]
    assert feed.findtext(f"{ATOM}id") == "https://site.example/posts/"
    assert feed.findtext(f"{ATOM}updated") == "2026-01-09T08:00:00+02:00"
    assert [(category.get("term")) for category in entries[0].iter(f"{ATOM}category")] == ["a & b"]
    for name in ("published", "updated"):
        for entry in entries:
            text = entry.findtext(f"{ATOM}{name}")
            assert text
            assert datetime.datetime.fromisoformat(text).tzinfo is not None
    found = json.loads((tmp_path / "dist/posts/feed.json").read_text())
    assert [item["url"] for item in found["items"]] == [f"https://site.example/posts/p{n}/" for n in (5, 4, 3)]
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    for url in ("/posts/", "/posts/page/2/"):
        link = BeautifulSoup(page(tmp_path, url), "html.parser").find("link", type="application/atom+xml")
        assert isinstance(link, Tag)
        assert link["href"] == "/posts/feed.xml"


def test_a_feed_follows_its_pages(tmp_path: Path) -> None:
    made(tmp_path, posts("feed: true"))
    before = (tmp_path / "dist/posts/feed.xml").read_bytes()
    put(tmp_path, "teams/a/pages/posts/p2.md", post(2) + "\nMore text.\n")
    built(tmp_path)
    assert (tmp_path / "dist/posts/feed.xml").read_bytes() == before
    put(tmp_path, "teams/a/pages/posts/p2.md", post(2).replace("About 2", "All about 2 < 3"))
    built(tmp_path)
    assert b"All about 2 &lt; 3" in (tmp_path / "dist/posts/feed.xml").read_bytes()
    put(tmp_path, "teams/a/pages/posts/index.md", "---\ntitle: Posts\ndescription: d\n---\n")
    built(tmp_path)
    assert not (tmp_path / "dist/posts/feed.xml").exists()


LONG = """---
title: Post 9
description: About 9
date: 2026-01-09
---
## Seeds {#seeds}

[self](#seeds) [path](/posts/p1/) [by name](:posts/p1) [file](p1.md) [out](https://a.example/?b=1&c=2)
![x](dot.png)

<img src="dot.png" srcset="dot.png 1x, /posts/dot.png 2x" alt="">
<mfe-fragment src=":box"></mfe-fragment>

<!-- a note --><p onclick="run()" class=c ONFOCUS='x' title="on & off">text &lt;script&gt;</p>
<script type="application/ld+json">{"a": "]]>"}</script><style>p { color: red }</style>

```python
x = 1 < 2
```
"""
BOX = '<aside>Box <a href="{{ ref(":posts") }}">all</a></aside><script src="{{ asset("x.js") }}"></script>'
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNiAAAABgADNjd8qAAAAABJRU5ErkJggg==")


def test_a_feed_holds_whole_texts_where_it_is_asked_to(tmp_path: Path) -> None:
    files = posts("feed: {content: true, entries: 2}", 3)
    files = {
        **files,
        "site.toml": SITE.replace(".example", ".example/farm") + '[checks]\ninline-code = "off"\n',
        "teams/a/pages/posts/long.md": LONG,
        "teams/a/pages/posts/dot.png": DOT,
        "teams/a/fragments/box.html": BOX,
        "teams/a/assets/x.js": "1",
    }
    made(tmp_path, files)
    base = "https://site.example/farm"
    atom = feedparser.parse((tmp_path / "dist/posts/feed.xml").read_bytes())
    assert not atom.bozo
    assert [entry.title for entry in atom.entries] == ["Post 9", "Post 3"]
    raw = ET.parse(tmp_path / "dist/posts/feed.xml").getroot().findtext(f"{ATOM}entry/{ATOM}content")
    items = json.loads((tmp_path / "dist/posts/feed.json").read_text())["items"]
    assert raw == items[0]["content_html"]
    assert "content_text" not in items[0]
    assert (items[0]["summary"], items[0]["id"]) == ("About 9", f"{base}/posts/long/")
    html = BeautifulSoup(raw or "", "html.parser")
    assert [link["href"] for link in html.select("p a")] == [
        f"{base}/posts/long/#seeds", *[f"{base}/posts/p1/"] * 3, "https://a.example/?b=1&c=2",
    ]  # fmt: skip
    pictures = [str(each["src"]) for each in html.select("img")]
    assert len(pictures) == 2
    assert all(url.startswith(f"{base}/_mfe/assets/dot.") for url in pictures)
    assert html.select("img")[1]["srcset"] == f"{pictures[1]} 1x, {base}/posts/dot.png 2x"
    assert (tmp_path / "dist" / pictures[0].removeprefix(f"{base}/")).is_file()
    assert [link["href"] for link in html.select("aside a")] == [f"{base}/posts/"]
    assert not html.select("script, style, mfe-fragment")
    assert '<p  class=c  title="on & off">text &lt;script&gt;</p>' in (raw or "")
    assert "note" not in (raw or "")
    assert "<h1" not in (raw or "")
    assert html.select("pre code span")


def test_a_feed_of_whole_texts_follows_all_that_they_are_made_of(tmp_path: Path) -> None:
    text = post(1) + '\nFirst. <mfe-fragment src=":box"></mfe-fragment>\n'
    files = posts("feed: {content: true}", 0)
    made(tmp_path, {**files, "teams/a/pages/posts/p1.md": text, "teams/a/fragments/box.html": "<i>one</i>"})
    put(tmp_path, "teams/a/fragments/box.html", "<i>two</i>")
    built(tmp_path)
    assert "&lt;i&gt;two&lt;/i&gt;" in (tmp_path / "dist/posts/feed.xml").read_text()
    put(tmp_path, "teams/a/pages/posts/p1.md", text.replace("First", "Second"))
    built(tmp_path)
    assert "Second. <i>two</i>" in (tmp_path / "dist/posts/feed.json").read_text()
    same(tmp_path)
    put(tmp_path, "teams/a/pages/posts/index.md", str(files["teams/a/pages/posts/index.md"]).replace("true", "false"))
    built(tmp_path)
    assert "Second" not in (tmp_path / "dist/posts/feed.json").read_text()


@pytest.mark.parametrize(
    "text", ["<script>1", "<!-- x", "<style", "<textarea onfocus=x><script>1</textarea>", "<p on", "\x0b"]
)
def test_a_feed_is_whole_whatever_is_written(tmp_path: Path, text: str) -> None:
    files = posts("feed: {content: true}", 0)
    files = {**files, "site.toml": SITE + '[checks]\ninline-code = "off"\n'}
    site(tmp_path, {**files, "teams/a/pages/posts/p1.md": post(1) + f"\nBefore\n\n{text}\n"})
    assert built(tmp_path).published
    found = feedparser.parse((tmp_path / "dist/posts/feed.xml").read_bytes())
    assert not found.bozo
    value = json.loads((tmp_path / "dist/posts/feed.json").read_text())["items"][0]["content_html"]
    assert value.startswith("<p>Before</p>")
    assert "onfocus" not in value
    assert "<!--" not in value


def test_a_feed_wins_over_an_alias(tmp_path: Path) -> None:
    alias = "---\ntitle: A\ndescription: d\naliases: [/posts/feed.xml]\n---\n"
    made(tmp_path, posts("", 1, **{"teams/a/pages/a.md": alias}))
    put(tmp_path, "teams/a/pages/posts/index.md", "---\ntitle: P\ndescription: d\nlayout: listing\nfeed: true\n---\n")
    built(tmp_path)
    assert "feed.xml" not in (tmp_path / "dist/_redirects").read_text()
    same(tmp_path)


def test_a_feed_holds_what_its_tags_page_lists_and_only_what_xml_can(tmp_path: Path) -> None:
    files = posts("", 0, **{"teams/a/team.toml": TAGS})
    own = "---\ntitle: C++\ndescription: d\nlayout: listing\nfeed: true\n---\n"
    written = {
        "teams/a/pages/tags/c-plus-plus.md": own,
        "teams/a/pages/one.md": post(1, "tags: ['C++']\n"),
        "teams/a/pages/two.md": post(2, 'tags: [" c++ ", "a\\x0bb"]\n'),
    }
    made(tmp_path, {**files, **written})
    feed = ET.parse(tmp_path / "dist/tags/c-plus-plus/feed.xml").getroot()
    assert [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")] == ["Post 2", "Post 1"]


def test_a_feed_can_be_linked_and_nobody_else_can_have_its_url(tmp_path: Path) -> None:
    files = posts(
        "feed: true", 1, **{"teams/a/pages/feeds.md": "---\ntitle: F\ndescription: d\n---\n[f](/posts/feed.json)\n"}
    )
    assert not codes(made(tmp_path, files))
    put(tmp_path, "teams/a/public/posts/feed.json", "{}")
    assert codes(built(tmp_path)) == ["url-taken"]


# -- menus


def test_pages_of_all_teams_stand_in_a_menu_the_lightest_first(tmp_path: Path) -> None:
    entry = "{main: {title: 'Bs & more', weight: 1}}"
    made(
        tmp_path,
        {
            "teams/a/pages/index.md": "---\ntitle: Home\ndescription: d\nmenu: true\n---\n",
            "teams/a/pages/x.md": "---\ntitle: X\ndescription: d\nmenu: [main, foot]\nweight: 2\n---\n",
            "site.toml": SITE + 'b = "/b/"\n',
            "teams/b/pages/index.md": f"---\ntitle: B\ndescription: d\nmenu: {entry}\n---\n",
            "teams/b/pages/y.md": "---\ntitle: Y\ndescription: d\n---\n",
        },
    )
    soup = BeautifulSoup(page(tmp_path, "/b/"), "html.parser")
    entries = soup.select(".mfe-header nav a")
    assert [(link.text, link["href"], link.get("aria-current")) for link in entries] == [
        ("Bs & more", "/b/", "page"),
        ("X", "/x/", None),
        ("Home", "/", None),
    ]
    put(tmp_path, "teams/b/pages/y.md", "---\ntitle: Y\ndescription: d\nmenu: main\nweight: 3\n---\n")
    result = built(tmp_path)
    assert rendered(result) == {"/b/y/"}
    assert [link.text for link in BeautifulSoup(page(tmp_path, "/x/"), "html.parser").select(".mfe-header nav a")] == [
        "Bs & more", "X", "Y", "Home",
    ]  # fmt: skip
    same(tmp_path)


def test_who_has_an_alias_first_does_not_change_with_the_navigation(tmp_path: Path) -> None:
    front = "---\ntitle: {n}\ndescription: d\naliases: [/old/]\n---\n"
    site(tmp_path, {**posts("", 0), **{f"teams/a/pages/{n}.md": front.replace("{n}", n) for n in "xy"}})
    assert only(built(tmp_path), "alias-twice").file == "teams/a/pages/y.md"
    put(tmp_path, "teams/a/pages/y.md", front.replace("{n}", "y").replace("aliases", "weight: 1\naliases"))
    assert only(built(tmp_path), "alias-twice").file == "teams/a/pages/y.md"
    assert only(built(tmp_path, cache=False), "alias-twice").file == "teams/a/pages/y.md"


# -- all of it, edited at random

KEYS = {
    "title": ["A", "B", "C"],
    "tags": ["[x]", "[x, C++]", "[c++, 'C#', y]", "[]"],
    "date": ["2026-01-02", "2026-03-04T05:06:07+02:00"],
    "menu": ["true", "[main, foot]", "{main: {title: M, weight: 2}}"],
    "layout": ["listing", "article", "docs"],
    "paginate": ["1", "2"],
    "sort": ["title", "-date"],
    "feed": ["true", "1", "{content: true}"],
    "schema": ["{'@type': Thing}", "{'@type': Recipe, name: Soup}"],
    "language": ["en", "fr"],
    "weight": ["1", "3"],
    "draft": ["true"],
    "noindex": ["true"],
    "aliases": ["[former/]", "[feed.xml]"],
}
PLACES = ["index", "posts/index", "posts/one", "posts/two", "de/index", "de/posts/index", "de/posts/one", "tags/x"]
TOMLS = [
    "",
    '[tags]\npath = "tags/"\n',
    '[tags]\npath = "tags/"\ntitle = "T"\npaginate = 1\n',
    '[languages]\nde = "de"\n[tags]\npath = "t"\n',
]
SHOWN = (
    "{% for p in page.pages %}{{ p.title }}{{ p.url }} {% endfor %}{{ page.pagination }}{{ page.tag }}"
    "{{ page.tag_links }}"
    "{% for p in page.related %}{{ p.title }} {% endfor %}{% for p in page.translations %}{{ p.url }} {% endfor %}"
    "{{ page.alternates }}{{ page.structured }}{{ page.previous.url if page.previous }}{{ page.next.url if page.next }}"
    "{% for t in team.tags %}{{ t.name }}{{ t.count }} {% endfor %}{% for p in team.recent %}{{ p.title }} {% endfor %}"
)


def edited(root: Path, random: Random) -> None:
    """One edit of a page or of a team's settings."""
    team = random.choice("ab")
    if random.random() < 0.25:
        put(root, f"teams/{team}/team.toml", team_toml(team, random.choice(TOMLS)))
        return
    place = random.choice(PLACES)
    for suffix in (".md", ".html"):
        (root / f"teams/{team}/pages/{place}{suffix}").unlink(missing_ok=True)
    if random.random() < 0.15 and place != "index":
        return
    front = {"title": "T", "description": "d"}
    front |= {key: random.choice(values) for key, values in KEYS.items() if random.random() < 0.35}
    if place == "index":
        front.pop("draft", None)  # links lead there
    head = "".join(f"{key}: {value}\n" for key, value in front.items())
    suffix, body = random.choice([(".md", f"{random.random()} [a](a:index) [b](b:index)\n"), (".html", SHOWN)])
    put(root, f"teams/{team}/pages/{place}{suffix}", f"---\n{head}---\n{body}")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_edited_an_incremental_build_equals_a_clean_one(tmp_path: Path, seed: int) -> None:
    random, root, clean = Random(seed), tmp_path / "site", tmp_path / "clean"
    home = "---\ntitle: H\ndescription: d\n---\n"
    site(root, {"site.toml": SITE + 'b = "/b/"\n', **{f"teams/{team}/pages/index.md": home for team in "ab"}})
    published = 0
    for _ in range(30):
        for _ in range(random.randint(1, 4)):
            edited(root, random)
        warm = built(root, quick=True)
        shutil.copytree(root, clean, ignore=shutil.ignore_patterns("dist", ".mfe", ".dist.mfe"))
        cold = built(clean)
        assert problems(warm) == problems(cold)
        assert warm.published is cold.published
        if cold.published:
            published += 1
            assert tree(root / "dist") == tree(clean / "dist")
        shutil.rmtree(clean)
    assert published > 8
