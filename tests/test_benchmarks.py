"""The benchmark measures what it says: the same pages for every generator, and no build goes unchecked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import benchmarks.navigation.__main__ as navigation
from benchmarks.corpus import TEXT_MARK, plan
from benchmarks.navigation.cases import CASES
from benchmarks.navigation.pages import LEAVES, header
from benchmarks.processes import members, proportional
from benchmarks.run import COUNTS, Subject, Wrong
from benchmarks.sites import EDITS, FLAVOURS, Site, edit, write
from benchmarks.tools import CALLS, Tool, found
from sites import built, page, problems, tree

ROOT = Path(__file__).parents[1]
MARK = TEXT_MARK.format(0)


def made(folder: Path, name: str = "mfe-static", *, seed: int = 1, highlight: bool = True) -> Site:
    """A site of eight pages in three teams."""
    return write(folder, name, plan(8, 3, seed), highlight=highlight)


@pytest.mark.parametrize("name", FLAVOURS)
def test_a_seed_decides_every_byte(tmp_path: Path, name: str) -> None:
    first, again, other = tmp_path / "first", tmp_path / "again", tmp_path / "other"
    made(first, name)
    made(again, name)
    made(other, name, seed=2)
    assert tree(first) == tree(again)
    assert tree(first) != tree(other)


@pytest.mark.parametrize("name", FLAVOURS)
def test_every_generator_gets_the_same_pages(tmp_path: Path, name: str) -> None:
    site = made(tmp_path, name)
    files = {file: file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.md")}
    assert sum(MARK in text for text in files.values()) == len(site.corpus.pages) == 9
    for number, one in enumerate(site.corpus.pages):
        text = files[site.source(one)]
        front, body = text.removesuffix(site.corpus.text(number)), site.corpus.text(number)
        assert text == front + body
        matter = site.corpus.matter(number)
        for value in (matter.title, matter.description, *matter.tags):
            assert value in front
        assert not one.team or matter.date in front


def test_no_word_of_the_templates_is_left_open(tmp_path: Path) -> None:
    for name in FLAVOURS:
        made(tmp_path / name, name)
    for path, content in tree(tmp_path).items():
        for word in ("@team@", "@teams@", "@names@", "@routes@", "@highlight@", "@place@"):
            assert word not in path, path
            assert word.encode() not in content, path


def test_pages_are_as_large_as_the_readme_says() -> None:
    corpus = plan(200)
    texts = [corpus.text(number) for number in range(1, 201)]
    assert 4_500 < sum(map(len, texts)) / 200 < 5_500
    assert 1.3 < sum(text.count("\n```\n") for text in texts) / 200 < 1.7
    assert all(text.count("| --- |") == text.count("![") == 1 for text in texts)


def test_links_of_a_page_stay_in_the_team_or_lead_anywhere() -> None:
    corpus = plan(40, 4)
    urls = {one.url: one for one in corpus.pages}
    for number in range(1, 41):
        linked = [part.partition(")")[0] for part in corpus.text(number).split("See [")[1:]]
        targets = [urls[link.partition("](")[2]] for link in linked]
        team = corpus.pages[number].team
        assert sum(target.team == team for target in targets) >= 4
    assert len({one.url for one in corpus.pages}) == len({one.title for one in corpus.pages}) == 41


def test_the_site_of_mfe_static_builds_without_a_problem(tmp_path: Path) -> None:
    site = made(tmp_path)
    result = built(tmp_path, strict=True)
    assert problems(result) == []
    assert result.published
    for one in site.corpus.pages:
        text = page(tmp_path, one.url)
        assert text.count("<h1>") == 1
        assert f"<h1>{one.title}</h1>" in text
        assert f'<link rel="canonical" href="https://bench.example{one.url}">' in text
        assert '<link rel="stylesheet" href="/_mfe/assets/theme.' in text
        for team in site.corpus.teams:
            assert f'<li><a href="/{team}/"' in text.partition("<main>")[0]
        assert "</article>" in text
        assert "<footer>" in text


def test_highlighting_can_be_turned_off(tmp_path: Path) -> None:
    found_in = {}
    for highlight in (True, False):
        folder = tmp_path / str(highlight)
        site = made(folder, highlight=highlight)
        assert problems(built(folder)) == []
        found_in[highlight] = sum('<span class="' in page(folder, one.url) for one in site.corpus.pages)
    assert found_in == {True: 8, False: 0}


def test_each_edit_reaches_the_pages_that_it_is_said_to_reach(tmp_path: Path) -> None:
    site = made(tmp_path)
    built(tmp_path)
    for what in EDITS:
        for number in (1, 2):
            urls, holds = edit(site, what, number)
            assert problems(built(tmp_path)) == []
            holding = {one.url for one in site.corpus.pages if holds in page(tmp_path, one.url)}
            assert holding == set(urls), what
    assert len(urls) == 9


@pytest.mark.parametrize("name", FLAVOURS)
@pytest.mark.parametrize("what", EDITS)
def test_an_edit_changes_one_file_of_any_flavour(tmp_path: Path, name: str, what: str) -> None:
    site = made(tmp_path, name)
    for number in (1, 2):
        before = tree(tmp_path)
        _, holds = edit(site, what, number)
        after = tree(tmp_path)
        assert [holds.encode() in after[path] for path in after if after[path] != before[path]] == [True]


def test_a_tool_that_does_nothing_or_fails_is_found_out(tmp_path: Path) -> None:
    site = made(tmp_path / "site")
    with pytest.raises(Wrong, match="is not there"):
        Subject(Tool("mfe-static", [sys.executable, "-c", ""]), site).run("cold")
    with pytest.raises(Wrong, match="status 3"):
        Subject(Tool("mfe-static", [sys.executable, "-c", "raise SystemExit(3)"]), site).run("cold")


def test_a_page_without_the_edit_is_found_out(tmp_path: Path) -> None:
    site = made(tmp_path / "site")
    built(site.root)
    with pytest.raises(Wrong, match="does not hold 'This text is edition 1"):
        Subject(Tool("mfe-static", [sys.executable, "-c", ""]), site).run("text")


def test_tools_that_are_not_there_are_named() -> None:
    tools, missing = found(["nothing"], [f"hugo@new={sys.executable} -m x", "zola=no-such-command", "other=sh"])
    assert [(tool.flavour, tool.name, tool.command) for tool in tools] == [
        ("hugo", "hugo@new", [sys.executable, "-m", "x"])
    ]
    assert missing == [
        "There is no generator 'nothing' here.",
        "zola is left out: there is no command 'no-such-command'.",
        f"other has no flavour; there are {', '.join(FLAVOURS)}.",
    ]
    assert CALLS.keys() == FLAVOURS.keys()


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells what processes hold")
def test_memory_is_that_of_all_processes_of_a_tool() -> None:
    with subprocess.Popen(
        ["sh", "-c", "cat | cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(b"both are there\n")
        child.stdin.flush()
        assert child.stdout.readline() == b"both are there\n"
        pids = list(members(child.pid))
        sizes = [proportional(pid) for pid in pids]
        child.stdin.close()
    assert len(pids) >= 2
    assert os.getpid() not in pids
    assert all(size > 0 for size in sizes)


def test_a_whole_measurement_prints_a_table_and_writes_its_figures(tmp_path: Path) -> None:
    answer = tmp_path / "figures.json"
    tool = f"{sys.executable} -m mfe_static"
    words = "--pages 4 --teams 2 --runs 1 --scenarios text --no-memory --tools= --baseline mfe-static@other".split()
    tools = ["--tool", f"mfe-static={tool}", "--tool", f"mfe-static@other={tool}"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", *words, *tools, "--work", str(tmp_path), "--json", str(answer)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = json.loads(answer.read_text(encoding="utf-8"))["rows"]
    assert (first["tool"], second["tool"]) == ("mfe-static@other", "mfe-static")
    assert (len(first["ratios"]), len(second["ratios"])) == (0, 1)
    assert first["counts"].keys() == set(COUNTS)
    assert first["counts"]["rendered"] == second["counts"]["rendered"] == 1
    assert [line.split(" | ")[0] for line in done.stdout.splitlines() if " text " in line] == [
        "| mfe-static@other",
        "| mfe-static",
    ]


@pytest.mark.slow
@pytest.mark.browser
def test_the_router_of_our_own_is_asked_in_a_browser_and_what_is_broken_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert navigation.main(["--routers", "mfe-static", "--only", "in an SVG", "--paint", "1"]) == 0
    *_, group, row, kept, _, head, _, load, ours = capsys.readouterr().out.splitlines()
    assert (group, row, kept) == (
        "| **Links and forms** | |",
        "| a link in an SVG leads to its page | yes |",
        "| **of 1** | 1 |",
    )
    assert head == "| click to paint | median ms | to a page load |"
    assert [line.split(" | ")[0] for line in (load, ours)] == ["| a page load", "| mfe-static"]
    assert all(float(line.split("|")[2]) > 0 for line in (load, ours))
    assert navigation.main(["--routers", "nobody", "--only", "in an SVG"]) == 2


def test_every_question_of_the_routers_is_a_sentence_of_its_own() -> None:
    assert len({case.sentence for case in CASES}) == len(CASES)
    assert [case.sentence for case in CASES if case.sentence.startswith(("and ", "but ", "so "))] == []
    assert {leaf.path for leaf in LEAVES if f'href="{leaf.path}"' in header("")} == {"/t/", "/t/two/", "/t/three/"}
