"""The documentation is true: the tutorial runs as written, and every key, code, command and option is in it."""

import re
import shlex
from pathlib import Path

import click
import pytest
from playwright.sync_api import expect

from guides import DOCS, ROOT, Command, Reader, text_of
from mfe_static.cli import COMMANDS, program
from mfe_static.cli.answers import explained
from mfe_static.config import keys
from mfe_static.config.reference import File
from mfe_static.problems import CODES
from serving import serving
from sites import built, page, put, site, team_toml
from test_islands_browser import Seen, seen

__all__ = ["seen"]

GUIDES = (
    "add-a-team",
    "add-behaviour",
    "include-a-fragment",
    "link-between-teams",
    "migrate-from-eleventy",
    "migrate-from-hugo",
    "other-tools",
    "share-a-header",
    "split-a-repository",
)
"""Pages that are followed word for word, besides the tutorial."""
KEY_PAGES: dict[File, str] = {
    "site": "site",
    "team": "team",
    "theme": "themes",
    "page": "pages",
    "fragment": "fragments",
}
EMPTY = {"", '""', "{}", "[]"}
"""Defaults that go without saying."""
_SECTION = re.compile(r"^### (?P<heading>\S+)\n\n(?P<text>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


def sections(page: str) -> dict[str, str]:
    """The text under each heading of level 3; no heading twice."""
    found = [(match["heading"], match["text"]) for match in _SECTION.finditer(text_of(page))]
    assert len(dict(found)) == len(found)
    return dict(found)


# -- guides


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Command]]:
    folder = tmp_path_factory.mktemp("tutorial")
    return folder, Reader(folder).follow("tutorial")


def test_the_tutorial_runs_as_it_is_written(tutorial: tuple[Path, list[Command]]) -> None:
    _, done = tutorial
    assert [command.line.split()[1] for command in done].count("build") >= 3
    assert any("error[unknown-page]" in command.shown for command in done)


def test_the_tutorial_ends_with_a_shared_header_and_a_fragment_of_another_team(
    tutorial: tuple[Path, list[Command]],
) -> None:
    folder, _ = tutorial
    for path in ("index.html", "help/index.html", "help/returns/index.html", "sunday/index.html"):
        assert '<a href="/help/"' in (folder / "dist" / path).read_text(encoding="utf-8")
    assert 'href="/help/returns/#not-returnable"' in (folder / "dist/index.html").read_text(encoding="utf-8")
    assert "+49 30 5550 123</strong>, from 8 to 12" in (folder / "dist/sunday/index.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_runs_as_it_is_written(guide: str, tmp_path: Path) -> None:
    done = Reader(tmp_path).follow(guide)
    assert any(command.line.startswith("mfe-static build") and "built" in command.shown for command in done)


@pytest.mark.slow
@pytest.mark.browser
def test_the_fragment_of_the_guide_comes_to_life(tmp_path: Path, seen: Seen) -> None:
    reader = Reader(tmp_path)
    reader.follow("add-behaviour")
    assert reader.run("mfe-static build --strict").returncode == 0
    with serving(tmp_path / "dist") as server:
        seen.page.goto(server.url + "/")
        expect(seen.page.locator(".shop-hours")).to_have_text(re.compile("Open from 9 to 20 o.clock: (not )?now\\."))
    assert [said for said in seen.said if "404" not in said] == []


def test_the_examples_of_listings_are_a_site_as_they_stand(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    assert reader.run("mfe-static new site farm && cd farm && mfe-static new team journal").returncode == 0
    reader.folder = tmp_path / "farm"
    put(reader.folder, "themes/farm/theme.toml", 'extends = "default"\n')
    routes = 'home = "/"\ndocs = "/docs/"\njournal = "/journal/"\n'
    put(reader.folder, "site.toml", f'title = "Farm"\ntheme = "farm"\n\n[teams]\n{routes}')
    reader.follow("formats/listings")
    done = reader.run("mfe-static build")
    assert done.returncode == 0, done.stderr
    posts = page(reader.folder, "/journal/posts/")
    assert "The first furrow" in posts
    assert '<a href="/journal/about/">About</a>' in posts
    assert (reader.folder / "dist/journal/posts/feed.xml").is_file()
    assert "The first furrow" in page(reader.folder, "/journal/tags/ploughing/")
    index = (reader.folder / "teams/journal/pages/posts/index.md").read_text()
    put(reader.folder, "teams/journal/pages/posts/index.md", index.replace("layout: listing", "layout: posts"))
    assert reader.run("mfe-static build").returncode == 0
    assert '<h2><a href="/journal/posts/first/">The first furrow</a></h2>' in page(reader.folder, "/journal/posts/")


def test_the_examples_of_languages_are_a_site_as_they_stand(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    assert reader.run("mfe-static new site shop && cd shop && mfe-static new team help").returncode == 0
    reader.folder = tmp_path / "shop"
    reader.follow("formats/languages")
    put(reader.folder, "teams/help/pages/pt-br/returns.md", "---\ntitle: Trocas\ndescription: d\n---\nTexto.\n")
    done = reader.run("mfe-static build --strict")
    assert done.returncode == 0, done.stderr
    german = page(reader.folder, "/help/de/returns/")
    assert '<html lang="de"' in german
    assert 'href="/help/de/returns/#colours"' in german
    assert 'hreflang="pt-BR"' in german


# -- what a build remembers

KEPT = {
    "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["header"]\n'),
    "teams/a/fragments/header.html": "<p>{{ site.title }}</p>",
    "teams/a/fragments/box.html": "<b>{{ data.shown }}</b>",
    "teams/a/layouts/own.html": "<h1>{{ page.heading }}</h1>{{ content }}",
    "teams/a/data/read.json": "1",
    "teams/a/data/shown.json": "1",
    "teams/a/pages/text.md": "---\ntitle: Text\n---\nText.\n",
    "teams/a/pages/box.md": '---\ntitle: Box\n---\n<mfe-fragment src="box"></mfe-fragment>\n',
    "teams/a/pages/own.md": "---\ntitle: Own\nlayout: own\n---\nText.\n",
    "teams/a/pages/data.html": "---\ntitle: Data\n---\n{{ data.read }}",
    "teams/a/pages/list.html": "---\ntitle: List\n---\n{% for it in team.pages %}{{ it.title }}{% endfor %}",
    "teams/b/pages/index.md": "---\ntitle: B\n---\nText.\n",
}
TEAM = {"/text/", "/box/", "/own/", "/data/", "/list/"}
EDITS: dict[str, tuple[str, str, set[str], set[str]]] = {
    "the text of a page": ("teams/a/pages/text.md", "---\ntitle: Text\n---\nMore.\n", {"/text/"}, {"/text/"}),
    "its title": ("teams/a/pages/text.md", "---\ntitle: More\n---\nText.\n", {"/text/", "/list/"}, TEAM),
    "a data file": ("teams/a/data/read.json", "2", {"/data/"}, {"/data/"}),
    "a fragment, or data that it reads": ("teams/a/data/shown.json", "2", set(), {"/box/"}),
    "the header": ("teams/a/fragments/header.html", "<p>Other</p>", set(), {*TEAM, "/b/"}),
    "a layout of a team": ("teams/a/layouts/own.html", "<h1>{{ page.heading }}</h1>", {"/own/"}, {"/own/"}),
    "the theme": ("themes/plain/layouts/page.html", "<p>{{ content }}</p>", set(), {*TEAM, "/b/"}),
    "a new page": ("teams/a/pages/new.md", "---\ntitle: N\n---\nN.\n", {"/new/", "/list/"}, {*TEAM, "/b/", "/new/"}),
}
"""For each row of the table on caching: a file, its new text, and the pages that are then rendered and stitched."""


def test_each_edit_on_the_page_of_caching_has_its_case() -> None:
    table = text_of("caching").partition("| an edit |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| (\w.*?) \|", table, re.M) == list(EDITS)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_makes_again_what_the_page_of_caching_says(edit: str, tmp_path: Path) -> None:
    root = site(tmp_path, KEPT, tables='[shell]\nheader = "a:header"\n[checks]\nmissing-description = "off"\n')
    assert built(root).published
    file, text, rendered, stitched = EDITS[edit]
    put(root, file, text)
    rows = explained(built(root))
    assert {row.url for row in rows if row.state == "rendered"} == rendered
    assert {row.url for row in rows if row.state != "reused"} == stitched


# -- themes


def test_the_layouts_on_the_page_about_themes_work_as_they_stand(tmp_path: Path) -> None:
    reader, folder = Reader(tmp_path), tmp_path / "shop"
    assert reader.run("mfe-static new site shop && cd shop && mfe-static new team help").returncode == 0
    reader.folder = folder
    reader.follow("formats/themes")
    put(folder, "themes/bare/theme.toml", 'extends = "default"\n')
    put(folder, "site.toml", 'theme = "bare"\n' + (folder / "site.toml").read_text())
    done = reader.run("mfe-static build --strict")
    assert done.returncode == 0, done.stderr
    answer = page(folder, "/help/returns/")
    assert '<div class="mfe-page">\n<article class="help-answer">\n<h1>Can I bring it back?</h1>' in answer
    assert answer.count("<h1") == 1
    assert "<main><h1>Docs</h1>" in page(folder, "/docs/")


def test_every_layout_block_file_and_custom_property_of_the_default_theme_is_documented() -> None:
    theme, text = ROOT / "mfe_static" / "themes" / "default", text_of("formats/themes")
    text = text[text.index("{#default}") :]
    for layout in theme.glob("layouts/*.html"):
        assert f"\n| `{layout.stem}` |" in text
    for block in re.findall(r"{% block (\w+)", (theme / "layouts/shell.html").read_text()):
        assert f"\n| `{block}` |" in text
    for file in (*theme.glob("assets/*"), *theme.glob("fragments/*")):
        assert f"{file.name}`" in text
    sheets = "".join(sheet.read_text() for sheet in (theme / "assets/theme.css", theme / "assets/highlight.css"))
    inner = {"--tone", "--row", *(f"--s{step}" for step in range(2, 8))}
    for name in set(re.findall(r"^ +(--[\w-]+):", sheets, re.MULTILINE)) - inner:
        assert f"`{name}`" in text, name


# -- keys


@pytest.mark.parametrize("kind", KEY_PAGES)
def test_every_key_is_documented_with_its_type_and_its_default(kind: File) -> None:
    text = text_of(f"formats/{KEY_PAGES[kind]}")
    table = text[text.index("| key | value | meaning |") :].split("\n\n")[0]
    rows = re.findall(r"^\| `(.*?)` \| (.*?) \| \S.* \|$", table, re.MULTILINE)
    expected = [
        (row.key, row.type + ("" if row.default in EMPTY else f", default `{row.default}`")) for row in keys(kind)
    ]
    assert rows == expected


# -- problem codes


def test_every_problem_code_has_its_section_and_nothing_else_does() -> None:
    documented = sections("problems")
    assert sorted(documented) == sorted(CODES)
    for code, known in CODES.items():
        level = known.severity.capitalize() + (", tunable" if known.tunable else "")
        assert documented[code].startswith(f"*{level}.* "), code
        assert "\n* Example: " in documented[code], code
        assert "\n* Way out: " in documented[code], code


def test_every_check_on_the_page_of_checks_is_a_code() -> None:
    linked = re.findall(r"\[([\w-]+)\]\(\.\./problems\.md#([\w-]+)\)", text_of("formats/checks"))
    assert linked
    for text, anchor in linked:
        assert text == anchor
        assert anchor in CODES


# -- the command line


def options_of(command: click.Command) -> set[str]:
    """The long names of a command's options; of several the first."""
    return {
        next(name for name in option.opts if name.startswith("--"))
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
    } - {"--help"}


def test_every_command_is_documented() -> None:
    assert sorted(sections("commands")) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    context = click.Context(program)
    command = program.get_command(context, name)
    assert command is not None
    family = [command]
    if isinstance(command, click.Group):
        family += [found for sub in command.list_commands(context) if (found := command.get_command(context, sub))]
    text = text_of("commands")
    for member in family:
        assert {
            option for option in options_of(member) if f"`{option}" not in text and f" {option}" not in text
        } == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_short_option_and_every_choice_is_documented(name: str) -> None:
    command = program.get_command(click.Context(program), name)
    assert command is not None
    text = text_of("commands")
    for option in command.params:
        shorts = [word for word in option.opts if word.startswith("-") and not word.startswith("--")]
        choices = option.type.choices if isinstance(option.type, click.Choice) else ()
        for word in (*shorts, *map(str, choices)):
            assert word == "-h" or re.search(rf"`[^`\n]*(?<![\w-]){re.escape(word)}(?![\w-])[^`\n]*`", text), word


def called() -> list[str]:
    """Every call of the tool that a page or the README shows in a console block, without what stands around it."""
    pages = [path.read_text(encoding="utf-8") for path in (*sorted(DOCS.rglob("*.md")), ROOT / "README.md")]
    lines = [
        line
        for text in pages
        for block in re.findall(r"^```console\n(.*?)^```$", text, re.M | re.S)
        for line in block.splitlines()
    ]
    found = {match[1].strip() for line in lines if (match := re.match(r"\$ (?:\w+=\S+ )*mfe-static ([^|>#&]*)", line))}
    return sorted(found - {"--version", "COMMAND [OPTIONS]"})


@pytest.mark.parametrize("line", called())
def test_every_call_that_is_shown_is_understood(line: str) -> None:
    command: click.Command = program
    words, context = shlex.split(line), click.Context(program)
    while isinstance(command, click.Group) and words and (found := command.get_command(context, words[0])):
        command, words = found, words[1:]
    command.make_context(line, words, parent=context)


def test_every_exit_code_of_the_program_is_documented() -> None:
    said = {int(code) for code in re.findall(r"(\d+) [a-z]", str(program.epilog))}
    assert said == {int(code) for code in re.findall(r"^\| (\d+) \|", text_of("commands"), re.MULTILINE)}


# -- every page


def test_every_column_of_a_table_has_a_name() -> None:
    for path in DOCS.rglob("*.md"):
        heads = re.findall(r"^(\|.*\|)\n\|[-:| ]+\|$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert [head for head in heads if not all(cell.strip() for cell in head[1:-1].split("|"))] == [], path


def test_a_link_says_where_it_leads() -> None:
    vague = re.compile(r"\[(?:click )?(?:here|this|more|read more|learn more|start|go)\]\(", re.IGNORECASE)
    assert [file.name for file in DOCS.rglob("*.md") if vague.search(file.read_text())] == []


def test_the_formats_list_every_page_about_them() -> None:
    listed = set(re.findall(r"\]\((\w+)\.md\)", text_of("formats/index")))
    assert listed == {path.stem for path in (DOCS / "formats").glob("*.md")} - {"index"}


def test_every_check_whose_level_can_be_set_is_listed() -> None:
    listed = text_of("formats/checks")
    assert [code for code, known in CODES.items() if known.tunable and f"problems.md#{code})" not in listed] == []
