"""Promises about `check --no-js`: what is not there without JavaScript is said of whoever wrote it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mfe_static.cli import program
from mfe_static.html.scriptless import missing
from sites import Files, built, codes, made, put, shown, site, team_toml


def kinds(html: str, app: str = "") -> list[str]:
    return [found.kind for found in missing(html, app)]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="#">x</a>', ["link"]),
        ('<a href=" javascript:go()">x</a>', ["link"]),
        ('<a href="#!">x</a><map><area href="#"></map>', ["link", "link"]),
        ("<button>x</button>", ["button"]),
        ('<form action="/x/"><button type="button">x</button></form>', ["button"]),
        ('<input type="button" value="x"><input type="submit">', ["button", "button"]),
        ("<form><input name=a><button>x</button></form>", ["form"]),
        ('<form method="post" action=""></form>', ["form"]),
        ("<p hidden>x</p>", ["hidden"]),
        ("<div hidden><p hidden>x</p><button>x</button></div>", ["hidden"]),
        ("<div hidden><img src=x></div>", ["hidden"]),
        ("<dialog><p>x</p></dialog>", ["dialog"]),
        ("<div popover id=p>x</div>", ["popover"]),
        ("<mfe-island src=x></mfe-island>", ["island"]),
        ("<mfe-island> <!-- x --> <div><span></span></div></mfe-island>", ["island"]),
        ("<mfe-island><canvas>x</canvas></mfe-island>", ["island"]),
        ("<mfe-island><template>x</template></mfe-island>", ["island"]),
        ("<x-map></x-map>", ["element"]),
        ("<x-map><p><x-pin></x-pin></p></x-map>", ["element", "element"]),
        ("<mfe-shadow><template shadowrootmode=open><button>x</button></template></mfe-shadow>", ["button"]),
        ("<li><button>x<li><a href='#'>y", ["button", "link"]),
    ],
)
def test_what_needs_a_script_is_seen(html: str, found: list[str]) -> None:
    assert kinds(html) == found


@pytest.mark.parametrize(
    "html",
    [
        '<a href="#top">x</a><a href="/">x</a><a>x</a><a href="">x</a>',
        '<form action="/x/"><button>x</button><button type=reset>x</button></form>',
        '<button form="f">x</button><form id="f" action="/x/"></form>',
        '<button popovertarget="p">x</button><div popover id="p">x</div>',
        '<button commandfor="d" command="show-modal">x</button><dialog id="d">x</dialog>',
        '<form method="dialog"><button>x</button></form><dialog open>x</dialog>',
        '<form><button formaction="/x/">x</button></form>',
        "<button disabled>x</button><details><summary>x</summary>y</details>",
        '<p hidden role="status"></p><input type="hidden"><p hidden="until-found">x</p>',
        "<svg hidden><symbol><title>x</title></symbol></svg>",
        "<noscript><button>x</button><form></form></noscript>",
        "<template><button>x</button><a href='#'>x</a></template>",
        "<mfe-island>x</mfe-island><mfe-island><img src=x></mfe-island><mfe-island><noscript>x</noscript></mfe-island>",
        "<x-map>x</x-map><x-map><svg><path /></svg></x-map>",
        "<!-- <button>x</button> --><script>'<button>'</script><textarea><button></textarea>",
        "<p>x</div></p></x-map>",
        "",
    ],
)
def test_what_works_without_one_is_let_be(html: str) -> None:
    assert kinds(html) == []


def test_an_app_is_empty_when_it_holds_nothing_but_headings() -> None:
    island = '<mfe-island fragment="app.js"><h1>Shop <b>now</b></h1>{}</mfe-island>'
    assert kinds(island.format(""), "app.js") == ["app"]
    assert kinds(island.format("<p>x</p>"), "app.js") == []
    assert kinds(island.format(""), "") == []


FILES: Files = {
    "teams/a/pages/index.md": '# Home\n\n<mfe-fragment src="b:box"></mfe-fragment>\n\n<a href="#">nowhere</a>\n',
    "teams/a/pages/more.md": '# More\n\n<mfe-fragment src="b:box"></mfe-fragment>\n',
    "teams/b/team.toml": team_toml("b", '[offers]\nfragments = ["box"]\n'),
    "teams/b/fragments/box/fragment.html": "<p>Box</p>\n<button>Go</button>\n",
    "themes/plain/fragments/footer.html": "<footer><button type='button'>top</button></footer>",
}


def test_each_part_is_its_owner_s_and_said_once_with_the_first_page(tmp_path: Path) -> None:
    result = built(site(tmp_path, FILES), write=False, scriptless=True)
    assert [shown(its) for its in result.problems] == [
        "teams/a/pages/index.md:5:1: warning[needs-script]: <a> on /: without JavaScript this link leads nowhere "
        "(Team A; give it a page; #top leads to the top)",
        "teams/b/fragments/box/fragment.html:2:1: warning[needs-script]: <button> on / and 1 more page: without "
        "JavaScript nothing happens when this button is pressed (Team B; let it send a form, or open something by "
        "popovertarget or commandfor; where nobody misses it, start it hidden)",
        "themes/plain/fragments/footer.html:1:9: warning[needs-script]: <button> on / and 2 more pages: without "
        "JavaScript nothing happens when this button is pressed (let it send a form, or open something by "
        "popovertarget or commandfor; where nobody misses it, start it hidden)",
    ]
    assert [its.url for its in result.problems] == ["/", "/", "/"]


def test_a_layout_of_the_theme_is_where_its_own_parts_are_from(tmp_path: Path) -> None:
    layout = (
        '<!doctype html><html><head>{{ head }}</head><body><a href="#">x</a><main>{{ content }}</main></body></html>'
    )
    files = {"teams/a/pages/index.md": "# A\n", "themes/plain/layouts/page.html": layout}
    found = built(site(tmp_path, files), scriptless=True).problems
    assert [(its.file, its.team, its.line) for its in found] == [
        ("themes/plain/layouts/404.html", "", 0),  # it takes the other one whole
        ("themes/plain/layouts/page.html", "", 1),
    ]


def test_nothing_of_it_is_said_unless_somebody_asks(tmp_path: Path) -> None:
    made(tmp_path, FILES)
    assert codes(built(tmp_path, scriptless=True)) == ["needs-script"] * 3
    assert codes(built(tmp_path)) == []


def test_levels_are_those_of_checks(tmp_path: Path) -> None:
    files = {
        **FILES,
        "teams/b/team.toml": team_toml("b", '[offers]\nfragments = ["box"]\n[checks]\nneeds-script = "error"\n'),
    }
    result = built(site(tmp_path, files), write=False, scriptless=True)
    assert [(its.team, its.severity) for its in result.problems] == [("a", "warning"), ("b", "error"), ("", "warning")]


def test_the_command_says_it_as_text_and_as_json(tmp_path: Path) -> None:
    site(tmp_path, FILES)
    put(tmp_path, "themes/plain/fragments/footer.html", "<footer></footer>")
    done = CliRunner().invoke(program, ["check", "--no-js", "--root", str(tmp_path), "--json"])
    rows = json.loads(done.stdout)["problems"]
    assert [(its["code"], its["url"], its["team"], its["owner"]) for its in rows] == [
        ("needs-script", "/", "a", "Team A <a@site.example>"),
        ("needs-script", "/", "b", "Team B <b@site.example>"),
    ]
    told = CliRunner().invoke(program, ["check", "--no-js", "--root", str(tmp_path)])
    assert "warning[needs-script]: <a> on /: without JavaScript this link leads nowhere" in told.output
    assert CliRunner().invoke(program, ["check", "--root", str(tmp_path), "--json"]).stdout.count("needs-script") == 0
    assert not (tmp_path / "dist").exists()
