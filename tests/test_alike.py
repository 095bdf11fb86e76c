"""Pages that are printed alike share what stands around their bodies, and nobody sees it: a page that is composed by
itself is the same as among others."""

from pathlib import Path
from typing import Any

import msgspec

from mfe_static.run import Result
from sites import built, problems, put, site, tree

LAYOUT = """<!doctype html>
<html lang="{{ page.language }}"><head><title>{{ page.title }} · {{ site.title }}</title>
{% if page.description %}<meta name="description" content="{{ page.description }}">
{% endif %}<link rel="canonical" href="{{ page.canonical }}">
<link rel="preconnect" href="https://fonts.example"><link rel="icon" href="{{ asset('icon.svg') }}">
{% if page.extra.near %}<link rel="next" href="{{ page.extra.near }}">
{% endif %}<script type="application/ld+json">{{ {"name": page.title} | tojson }}</script>
{{ head }}</head>
<body data-title="{{ page.title }}">{{ shell.header }}
<mfe-fragment src="theme:aside" of="all"></mfe-fragment>
<main>
{% if page.heading is not none %}<h1{% if page.heading_id %} id="{{ page.heading_id }}"{% endif %}>
{{- page.heading }}</h1>
{% endif %}{{ content }}</main>
<a href="https://there.example">there</a> <a href="{{ ref('a:index') }}">home</a> {{ page.extra.word or '' }}
{{ shell.footer }}</body></html>
"""
PAGES = {
    "index": ("description: A & B", "# Home\n\nHello.\n"),
    "one": ("description: One\nextra: {word: <i>, near: /two/}", "# The `one` *page*\n\n[two](two.md)\n"),
    "two": ('description: "\\"2\\""\nextra: {near: https://y.example/?a=1&b=2}', '# Two & "three" {#two}\n'),
    "three": ("description: Three", '# Three {#x}\n\n<mfe-fragment src=":box"></mfe-fragment>\n'),
    "four": ("title: Four\ndescription: '<b>'\nextra: {near: ' https://z.example ', word: ü}", "No heading.\n"),
    "five": ("language: de\nheader: ''\ndescription: ü", "# Fünf\n\n```py\nx = 1\n```\n"),
    "six": ("description: Six", "# Six\n\n<https://elsewhere.example>\n"),
    **{name: ("description: More", f"# {name}\n\n{name}\n") for name in map("more/{}".format, "pqrstuv")},
    **{name: ("extra: {word: w, near: /one/}", f"# {name}\n") for name in map("word/{}".format, "pqrst")},
}
"""The pages of team `a`: what they say, and their text."""
FILES: dict[str, str] = {
    "themes/plain/layouts/page.html": LAYOUT,
    "themes/plain/assets/icon.svg": "<svg/>",
    "themes/plain/assets/page.css": "p { color: red }",
    "themes/plain/fragments/aside.html": (
        '---\nparams: {of: string}\n---\n<p id="aside"><a href="/b/">{{ params.of }}</a></p>'
    ),
    "themes/plain/fragments/header.html": (
        '<header id="top">{% for t in site.teams %}<a href="{{ t.url }}">{{ t.name }}</a>{% endfor %}'
        '<a href="/two/">two</a></header>'
    ),
    "teams/a/fragments/box.html": '<div id="box"><a href="/three/#x">box</a></div>',
    **{f"teams/a/pages/{name}.md": f"---\n{said}\n---\n{text}" for name, (said, text) in PAGES.items()},
    **{f"teams/b/pages/{name}.md": f"# {name}\n\nText.\n" for name in ("index", "more", "most")},
}


def known(result: Result) -> dict[str, Any]:
    """All that is known of each page."""
    assert result.site is not None
    return {
        composed.page.url: (
            msgspec.structs.replace(composed.row, parts=b"", body=b"", uses=0),
            composed.uses,
            result.site.parts[composed.page.url],
        )
        for composed in result.site.pages
    }


def test_a_page_by_itself_is_the_same_as_among_others(tmp_path: Path) -> None:
    result = built(site(tmp_path, FILES), parts=True)
    first, facts, said = tree(tmp_path / "dist"), known(result), problems(result)
    assert said == []
    for path in [path for path in FILES if "/pages/" in path]:
        put(tmp_path, path, FILES[path] + "\nMore.\n")
        built(tmp_path)
        put(tmp_path, path, FILES[path])
        result = built(tmp_path, parts=True)
        assert (tree(tmp_path / "dist"), known(result), problems(result)) == (first, facts, said), path
