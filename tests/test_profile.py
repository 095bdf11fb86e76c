"""The profile of a build: it counts what was done, names who can do something about it, and changes nothing."""

import json
import os
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from click.testing import Result as Ran

from mfe_static.cli import program
from mfe_static.clock import Spent
from mfe_static.profile import FILE, profile, write
from mfe_static.report.profile import TOP, lines, tables
from mfe_static.report.profile_html import page_of
from mfe_static.report.times import KEPT, Cause, Kept, Profile
from mfe_static.schemas import schema
from mfe_static.survey import STATE
from sites import built, put, site, tree

FILES = {
    "teams/home/pages/index.md": "# Home\n\n<mfe-fragment src='shop:card' sku='a'></mfe-fragment>\n",
    "teams/home/pages/about.md": "# About\n",
    "teams/home/pages/open.md": "---\nlayout: wide\n---\n# Open\n",
    "teams/home/layouts/wide.html": "<div>{{ content }}</div>",
    "teams/shop/team.toml": 'owner = "Team Shop <shop@site.example>"\n[offers]\nfragments = ["card"]\n',
    "teams/shop/fragments/card.html": "---\nparams: {sku: string}\n---\n<b>{{ data.prices[params.sku] }}</b>",
    "teams/shop/data/prices.yaml": "a: 1\nb: 2\n",
    "teams/shop/pages/item.html": (
        "---\ntitle: Item {item.id}\neach: {item: data.items}\npath: /shop/{item.id}/\n---\n<h1>{{ item.id }}</h1>"
    ),
    "teams/shop/data/items.yaml": "- {id: x}\n- {id: y}\n",
}
SLOT = "<mfe-fragment src='shop:card' sku='b'></mfe-fragment>\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = site(tmp_path / "site", FILES)
    monkeypatch.chdir(folder)
    return folder


def profiled(root: Path, **options: Any) -> Profile:
    return profile(built(root, profile=True, **options), jobs=1)


def run(*args: str) -> Ran:
    return CliRunner().invoke(program, ["build", "--now", "2026-06-01", *args])


def answer(*args: str) -> Any:
    ran = run("--json", *args)
    assert ran.stderr == ""
    return json.loads(ran.stdout)


class Document(HTMLParser):
    """A document in which each tag is closed where it must be, no attribute stands twice and no id either."""

    VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []
        ids = [value for name, value in self.attributes if name == "id"]
        assert len(set(ids)) == len(ids)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


# -- what is counted


def test_a_first_build_has_everything_made_and_nothing_kept(root: Path) -> None:
    made = profiled(root)
    assert (made.bodies, made.pages, made.variants) == (Kept(0, 5), Kept(0, 5), 3)
    assert (made.bodies.share, made.processes, made.left) == (0, 1, {})
    assert [(it.name, it.pages, it.rendered, it.stitched) for it in sorted(made.teams, key=lambda it: it.name)] == [
        ("home", 3, 3, 3), ("shop", 2, 2, 2),
    ]  # fmt: skip
    assert made.causes == (
        Cause("render", "nothing is remembered of it", 5),
        Cause("stitch", "nothing is remembered of it", 5),
    )
    assert {it.owner for it in made.teams} == {"Team Home <home@site.example>", "Team Shop <shop@site.example>"}


def test_a_build_after_an_edit_says_what_was_kept_and_why_not_all(root: Path) -> None:
    built(root)
    put(root, "teams/home/pages/about.md", "# About\n\nMore.\n")
    put(root, "teams/shop/data/prices.yaml", "a: 3\nb: 2\n")
    made = profiled(root)
    assert (made.bodies, made.pages) == (Kept(4, 1), Kept(3, 2))
    assert made.bodies.share == 0.8
    assert made.causes == (
        Cause("render", "its text changed", 1),
        Cause("stitch", "its body changed", 1),
        Cause("stitch", "the fragment shop:card changed, or what it looks at", 1),
    )


def test_a_build_that_changes_nothing_keeps_all(root: Path) -> None:
    built(root)
    made = profiled(root)
    assert (made.bodies, made.pages, made.variants) == (Kept(5, 0), Kept(5, 0), 0)
    assert (made.causes, made.templates, made.fragments) == ((), (), ())


def test_the_most_frequent_cause_comes_first(root: Path) -> None:
    built(root)
    put(root, "teams/home/pages/about.md", "# About us\n")
    causes = profiled(root).causes
    assert [it.pages for it in causes] == sorted((it.pages for it in causes), reverse=True)
    assert causes[0].pages > causes[-1].pages


def test_templates_count_for_the_page_the_team_layout_or_the_theme_layout(root: Path) -> None:
    made = profiled(root)
    assert {(it.kind, it.file): it.times for it in made.templates} == {
        ("page", "teams/shop/pages/item.html"): 2,
        ("team layout", "teams/home/layouts/wide.html"): 1,
        ("theme layout", "themes/plain/layouts/page.html"): 4,
        ("theme layout", "themes/plain/layouts/shell.html"): 1,
        ("theme layout", "themes/plain/layouts/404.html"): 1,
    }


def test_each_variant_of_a_fragment_is_counted(root: Path) -> None:
    put(root, "teams/home/pages/about.md", f"# About\n\n{SLOT}")
    made = profiled(root)
    assert {it.name: it.times for it in made.fragments} == {"shop:card": 2, "theme:header": 1, "theme:footer": 1}


def test_pages_made_of_one_file_are_one_row_with_owner_and_first_url(root: Path) -> None:
    rows = {it.file: it for it in profiled(root).slowest}
    item = rows["teams/shop/pages/item.html"]
    assert (item.pages, item.url, item.team, item.owner) == (2, "/shop/x/", "shop", "Team Shop <shop@site.example>")
    assert rows["teams/home/pages/about.md"].url == "/about/"
    own = rows["themes/plain/layouts/404.html"]
    assert (own.url, own.team, own.owner) == ("/404.html", "theme", "")
    assert len(rows) == 5


def test_a_page_file_without_a_page_is_counted_too(root: Path) -> None:
    put(root, "teams/home/pages/later.md", "---\ndraft: true\n---\n# Later\n")
    (row,) = [it for it in profiled(root).slowest if it.file.endswith("later.md")]
    assert (row.url, row.pages, row.team) == ("", 0, "home")


def test_lists_begin_with_what_took_longest_and_times_are_never_negative(root: Path) -> None:
    made = profiled(root)
    for seconds in (
        [it.seconds for it in made.teams],
        [it.seconds for it in made.templates],
        [it.seconds for it in made.fragments],
        [it.seconds for it in made.slowest],
    ):
        assert seconds == sorted(seconds, reverse=True)
        assert min(seconds) >= 0
    assert [it.name for it in made.phases][:2] == ["load", "render"]
    assert made.phases[-1].name == "other"
    assert min(it.seconds for it in made.phases) >= 0
    assert min(it.seconds for it in made.work) >= 0
    assert 0 < made.busy <= 1


def test_many_pages_are_work_for_many_processes(root: Path) -> None:
    result = built(root)
    many = [Spent("read", f"teams/home/pages/{number}.md", 1, 0.001) for number in range(480)]
    made = profile(result._replace(spent=many, seconds={"total": 1.0, "render": 0.16, "stitch": 0.0}), jobs=4)
    assert made.processes == 4
    assert made.busy == 0.75


def test_a_long_list_keeps_the_slowest_and_says_how_many_are_left(root: Path) -> None:
    spent = [
        Spent(kind, f"{kind}:{number}", 1, number / 1000) for kind in ("read", "fragment") for number in range(KEPT + 5)
    ]
    made = profile(built(root)._replace(spent=spent), jobs=1)
    assert made.left == {"fragments": 5, "slowest": 5}
    assert [it.name for it in made.fragments] == [f"fragment:{number}" for number in range(KEPT + 4, 4, -1)]
    assert page_of(made, "Site").count("And 5 rows more") == 2
    shown = list(lines(made))
    assert shown.count(f"and {KEPT + 5 - TOP} more") == 2
    assert f"fragment:{KEPT + 4}" in "\n".join(shown)
    assert not any(line.endswith(f"fragment:{KEPT + 4 - TOP}") for line in shown)


# -- when a build fails


def test_a_site_with_errors_has_a_profile(root: Path) -> None:
    put(root, "teams/home/pages/about.md", "# About\n\n[x](shop:nix)\n")
    ran = run("--profile")
    assert ran.exit_code == 1
    assert "error[unknown-page]" in ran.stderr
    assert "teams/home/pages/about.md" in ran.stdout
    assert (root / STATE / FILE).is_file()


def test_settings_that_cannot_be_read_leave_a_profile_of_the_phases(root: Path) -> None:
    put(root, "site.toml", "title = \n")
    ran = run("--profile")
    assert ran.exit_code == 1
    assert "load " in ran.stdout
    Document((root / STATE / FILE).read_text())


def test_nothing_is_left_where_there_is_no_site(tmp_path: Path) -> None:
    ran = run("--profile", "--root", str(tmp_path))
    assert ran.exit_code == 1
    assert "missing-site" in ran.stderr
    assert ran.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_is_a_warning_and_the_site_goes_live(root: Path) -> None:
    (root / STATE / FILE).mkdir(parents=True)
    ran = run("--profile")
    assert ran.exit_code == 0
    assert "warning[cannot-write-state]: the profile cannot be written" in ran.stderr
    assert (root / "dist/index.html").is_file()
    assert "profile in" not in ran.stdout
    assert [name for name in os.listdir(root / STATE) if name.endswith(".tmp")] == []


# -- the command


def test_the_terminal_names_pages_teams_templates_and_causes_and_ends_with_the_page(root: Path) -> None:
    ran = run("--profile")
    assert ran.exit_code == 0
    for name in (
        "teams/home/pages/about.md",
        "shop:card",
        "themes/plain/layouts/page.html",
        "nothing is remembered of it",
        "0 of 5 bodies",
    ):
        assert name in ran.stdout
    assert ran.stdout.splitlines()[-1] == f"profile in {STATE}/{FILE}"


def test_more_rows_are_shown_when_asked_for(root: Path) -> None:
    for number in range(TOP):
        put(root, f"teams/home/pages/p{number}.md", f"# {number}\n")
    few, more = run("--profile", "--no-cache").stdout, run("--profile", "--no-cache", "-v").stdout
    assert "and 5 more" in few
    assert "more\n" not in more
    assert more.count("teams/home/pages/p") == TOP


def test_quiet_only_writes_the_page(root: Path) -> None:
    ran = run("--profile", "-q")
    assert ran.output == ""
    assert "Where the time went" in (root / STATE / FILE).read_text()


def test_the_json_has_the_profile_and_keeps_to_its_schema(root: Path) -> None:
    assert "profile" not in answer()
    put(root, "teams/home/pages/about.md", "# About\n\nMore.\n")
    done = answer("--profile")["profile"]
    assert done["bodies"] == {"kept": 4, "made": 1, "share": 0.8}
    assert [(row["step"], row["pages"]) for row in done["causes"]] == [("render", 1), ("stitch", 1)]
    definitions = schema("build")["$defs"]
    assert set(definitions["ProfileRow"]["properties"]) == set(done)
    assert set(definitions["PageTimeRow"]["properties"]) == set(done["slowest"][0])
    assert (root / STATE / FILE).is_file()


def test_a_build_where_nothing_changed_is_profiled_all_the_same(root: Path) -> None:
    run()
    assert answer("--profile")["profile"]["pages"] == {"kept": 5, "made": 0, "share": 1}


def test_a_build_without_a_cache_is_profiled_and_remembers_only_that(root: Path) -> None:
    done = answer("--profile", "--no-cache")
    assert done["profile"]["bodies"]["made"] == 5
    assert (root / STATE / FILE).is_file()
    assert not (root / STATE / "cache").exists()


def test_the_site_is_the_same_with_a_profile(root: Path) -> None:
    run()
    before = tree(root / "dist")
    run("--profile", "--no-cache")
    assert tree(root / "dist") == before


# -- the page


def test_the_page_is_well_formed_and_loads_and_runs_nothing(root: Path) -> None:
    document = Document(page_of(profiled(root), "Site"))
    assert document.tags.isdisjoint({"script", "link", "img", "iframe", "object", "a", "form"})
    assert not any(name.startswith("on") or name in {"src", "href"} for name, _ in document.attributes)
    assert "url(" not in page_of(profiled(root), "Site")
    assert {"Phases", "Work", "Teams", "Slowest pages", "Templates and layouts", "Fragments"} <= set(document.text)


def test_names_of_users_cannot_become_markup(root: Path) -> None:
    nasty = "<b onclick='x'>\"&\x00\x1b]"
    result = built(root)
    spent = [Spent(kind, f"teams/{nasty}", 1, 0.1) for kind in ("read", "render", "layout", "fragment")]
    text = page_of(profile(result._replace(spent=spent), jobs=1), nasty)
    document = Document(text)
    assert "b" not in document.tags
    assert not any(name.startswith("on") for name, _ in document.attributes)
    assert any("teams/<b onclick='x'>\"&␀␛]" in part for part in document.text)
    assert "\x00" not in text


def test_the_page_shows_every_row_that_the_profile_has(root: Path) -> None:
    made = profiled(root)
    document = Document(page_of(made, "Site"))
    for table in tables(made):
        for row in table.rows:
            assert {cell for cell in row if cell} <= set(document.text)


def test_widths_of_bars_are_parts_of_a_whole(root: Path) -> None:
    document = Document(page_of(profiled(root), "Site"))
    styles = [value for name, value in document.attributes if name == "style"]
    shares = [float(value.removeprefix("--share:").removesuffix("%")) for value in styles]
    assert shares
    assert 0 <= min(shares) <= max(shares) <= 100


def test_a_page_is_replaced_in_one_step(root: Path) -> None:
    made = profiled(root)
    assert write(root, made, "First") is None
    before = os.stat(root / STATE / FILE).st_ino
    held = (root / STATE / FILE).open()
    assert write(root, made, "Second") is None
    with held:
        assert "Build profile of First" in held.read()
    assert "Build profile of Second" in (root / STATE / FILE).read_text()
    assert os.stat(root / STATE / FILE).st_ino != before
