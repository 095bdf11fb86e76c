"""What one build leaves to the next: how much is made again, how little is read, and that it is never wrong."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mfe_static.build import build
from mfe_static.kept import NOTHING
from mfe_static.model import Fragment
from mfe_static.problems import problem
from mfe_static.render import bodies
from mfe_static.run import Options
from mfe_static.state import Damaged, Pack, Packs, begun
from mfe_static.stitch.fragments import Kit
from mfe_static.survey import STATE, is_large
from mfe_static.verify import verify
from mfe_static.workers import WORTH_IT
from sites import NOW, built, codes, made, page, problems, put, rendered, site, stitched, team_toml, tree

THREE = {
    "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["card"]\n'),
    "teams/a/pages/index.md": "# A\n\n[b](b:index)\n",
    "teams/a/pages/one.md": "# One\n",
    "teams/a/pages/list.html": "---\ntitle: List\n---\n{% for p in team.pages %}{{ p.title }} {% endfor %}",
    "teams/a/pages/near.html": "---\ntitle: Near\n---\n{{ page.next.title }} {{ data.near }}",
    "teams/a/pages/pure.html": "---\ntitle: Pure\n---\n{{ page.title }}",
    "teams/a/data/near.json": '"x"',
    "teams/a/data/far.json": '"y"',
    "teams/a/fragments/card.html": "<p>{{ data.far }}</p>",
    "teams/b/pages/index.md": '# B\n\n<mfe-fragment src="a:card"></mfe-fragment>\n',
    "teams/b/pages/two.md": "# Two\n",
}


def three(root: Path) -> Path:
    made(root, THREE)
    built(root)  # what was written in the last moment of a build is proven by the next one only
    return root


# -- exactly what changed


def test_a_changed_text_renders_and_stitches_one_page(tmp_path: Path) -> None:
    put(three(tmp_path), "teams/a/pages/one.md", "# One\n\nMore.\n")
    result = built(tmp_path)
    assert (rendered(result), stitched(result)) == ({"/one/"}, {"/one/"})


def test_a_changed_text_that_reads_the_same_stitches_nothing(tmp_path: Path) -> None:
    three(tmp_path)
    for text in ("# One\n\n", "One\n===\n", "# One\n"):
        put(tmp_path, "teams/a/pages/one.md", text)
        result = built(tmp_path)
        assert (rendered(result), stitched(result)) == ({"/one/"}, set())
    put(tmp_path, "teams/a/team.toml", THREE["teams/a/team.toml"] + "[markdown]\nhighlight = false\n")
    result = built(tmp_path)
    assert (rendered(result), stitched(result)) == ({"/", "/one/"}, set()), "another setting, and the same bodies"
    for text in ("# One\n\nMore.\n", "# One\n"):
        put(tmp_path, "teams/a/pages/one.md", text)
        assert stitched(built(tmp_path)) == {"/one/"}


def test_a_changed_title_renders_the_pages_that_look_at_it(tmp_path: Path) -> None:
    put(three(tmp_path), "teams/a/pages/one.md", "# Won\n")
    result = built(tmp_path)
    assert rendered(result) == {"/one/", "/list/", "/near/"}, "it is next to /near/"
    assert "Won" in page(tmp_path, "/near/")
    assert "Won" in page(tmp_path, "/list/")


def test_changed_data_renders_what_looks_at_it_and_stitches_what_shows_a_fragment_that_does(tmp_path: Path) -> None:
    put(three(tmp_path), "teams/a/data/near.json", '"z"')
    assert rendered(built(tmp_path)) == {"/near/"}
    put(tmp_path, "teams/a/data/far.json", '"z"')
    result = built(tmp_path)
    assert (rendered(result), stitched(result)) == (set(), {"/b/"})
    assert "<p>z</p>" in page(tmp_path, "/b/")


@pytest.mark.parametrize("src", ["a:own", ":own", "own"])
def test_changed_data_stitches_what_shows_a_fragment_however_it_is_called(tmp_path: Path, src: str) -> None:
    files = {"teams/a/pages/index.md": f'# A\n\n<mfe-fragment src="{src}"></mfe-fragment>\n'}
    made(tmp_path, {**files, "teams/a/fragments/own.html": "<p>{{ data.x }}</p>", "teams/a/data/x.json": "1"})
    put(tmp_path, "teams/a/data/x.json", "2")
    assert stitched(built(tmp_path)) == {"/"}
    assert "<p>2</p>" in page(tmp_path, "/")


def test_a_changed_header_renders_nothing_and_stitches_all(tmp_path: Path) -> None:
    put(three(tmp_path), "themes/plain/fragments/header.html", "<header>new</header>")
    result = built(tmp_path)
    assert (rendered(result), len(stitched(result))) == (set(), 8), "seven pages, and the theme's 404"


def test_a_changed_layout_of_one_team_renders_only_what_stands_in_it(tmp_path: Path) -> None:
    files = {
        f"teams/t{n}/pages/p{k}.md": "---\ntitle: P\nlayout: own\n---\nText\n" for n in range(20) for k in range(3)
    }
    made(tmp_path, {**files, **{f"teams/t{n}/layouts/own.html": "<i>{{ content }}</i>" for n in range(20)}})
    put(tmp_path, "teams/t7/layouts/own.html", "<b>{{ content }}</b>")
    result = built(tmp_path)
    assert rendered(result) == {f"/t7/p{k}/" for k in range(3)} == stitched(result)


def test_a_template_that_was_missing_renders_the_page_that_asked_for_it(tmp_path: Path) -> None:
    site(tmp_path, {"teams/a/pages/index.html": '---\ntitle: T\n---\n{% include "part.html" ignore missing %}'})
    built(tmp_path)
    put(tmp_path, "teams/a/layouts/part.html", "here it is")
    assert rendered(built(tmp_path)) == {"/"}
    assert "here it is" in page(tmp_path, "/")


def test_a_touched_file_changes_nothing(tmp_path: Path) -> None:
    three(tmp_path)
    for path in tmp_path.rglob("teams/**/*.*"):
        os.utime(path, (1, 1))
    result = built(tmp_path)
    assert (rendered(result), stitched(result), result.written.written) == (set(), set(), 0)


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path: Path) -> None:
    file = three(tmp_path) / "teams/a/pages/one.md"
    before = file.stat()
    file.write_text("# Two\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    built(tmp_path)
    assert "Two" in page(tmp_path, "/one/")


def test_a_file_from_the_far_future_is_read_each_time(tmp_path: Path) -> None:
    file = three(tmp_path) / "teams/a/pages/one.md"
    for text in ("# Two\n", "# One\n"):
        file.write_text(text)
        os.utime(file, ns=(0, 16_725_225_600 * 10**9))  # the year 2500: no 64 bits hold its nanoseconds
        built(tmp_path)
        assert text[2:5] in page(tmp_path, "/one/")


def test_a_new_page_is_linked_to_by_pages_that_did_not_change(tmp_path: Path) -> None:
    site(tmp_path, {"teams/a/pages/index.md": "# A\n\n[b](b:new)\n", "teams/b/pages/index.md": "# B\n"})
    assert codes(built(tmp_path)) == ["unknown-page"]
    put(tmp_path, "teams/b/pages/new.md", "# New\n")
    result = built(tmp_path)
    assert (problems(result), rendered(result)) == ([], {"/b/new/"})
    assert 'href="/b/new/"' in page(tmp_path, "/")


def test_a_page_taken_out_of_the_output_is_stitched_again(tmp_path: Path) -> None:
    three(tmp_path)
    (tmp_path / "dist/one/index.html").unlink()
    put(tmp_path, "dist/b/two/index.html", "tampered")
    result = built(tmp_path, quick=True)
    assert (rendered(result), stitched(result)) == (set(), {"/one/", "/b/two/"})
    assert "One" in page(tmp_path, "/one/")


def test_explanations_name_what_changed(tmp_path: Path) -> None:
    three(tmp_path)
    put(tmp_path, "teams/a/pages/one.md", "# Won\n")
    put(tmp_path, "teams/a/fragments/card.html", "<p>new</p>")
    result = built(tmp_path)
    assert result.site is not None
    causes = {url: cause for build in result.site.builds for url, cause in build.rendered.items()}
    assert causes == {
        "/one/": "its text changed",
        "/list/": "one of the team's pages changed, which it lists",
        "/near/": "a page that it shows changed",
    }
    whys = {composed.page.url: composed.cause for composed in result.site.pages if composed.cause}
    assert whys["/b/"] == "the fragment a:card changed, or what it looks at"
    assert whys["/"] == "the pages of the team changed"


# -- nothing changed


def answers(root: Path, **options: Any) -> tuple[Any, ...]:
    result = build(root, Options(now=NOW, jobs=1, quick=True, **options))
    return result.site is None, result.code, [found.code for found in result.problems], result.report.pages


def test_where_nothing_changed_the_answer_is_given_again(tmp_path: Path) -> None:
    three(tmp_path)
    put(tmp_path, "teams/b/pages/two.md", "---\ntitle: Two\n---\n![](x.png) <img src='/f.png'>\n")
    put(tmp_path, "teams/b/public/x.png", "x")
    site(tmp_path, {**THREE, "teams/b/pages/two.md": "# Two\n\n<img src='/favicon.ico'>\n", "public/favicon.ico": "x"})
    assert [codes(built(tmp_path)) for _ in range(2)] == [["missing-alt"]] * 2
    assert answers(tmp_path) == (True, 0, ["missing-alt"], 7)
    assert answers(tmp_path, write=False) == (True, 0, ["missing-alt"], 7)


def test_where_nothing_changed_no_template_engine_is_loaded(tmp_path: Path) -> None:
    three(tmp_path)
    here = Path(__file__).parents[1]
    script = (
        "import sys; from pathlib import Path; from mfe_static.build import build; from mfe_static.run import Options; "
        "import datetime; now = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC); "
        "done = build(Path(sys.argv[1]), Options(now=now, jobs=1, quick=True)); "
        "print(done.site is None, *sorted({'jinja2', 'markdown_it', 'yaml', 'pygments'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(here)}
    command = [sys.executable, "-c", script, str(tmp_path)]
    assert subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout == "True\n"


def test_every_cause_is_explained_in_the_documentation() -> None:
    package = Path(__file__).parents[1]
    text = (package / "teams/docs/pages/quicker.md").read_text()
    causes = {NOTHING, *bodies._CAUSES.values(), bodies._NEAR, "its text changed"}
    causes |= set(re.findall(r'out\[url\] = "([^"]+)"', (package / "mfe_static/stale.py").read_text()))
    marks = (package / "mfe_static/stitch/marks.py").read_text()
    causes |= {f"{part} changed" for part in re.findall(r'^ +"((?:the|which) [a-z ]+)":', marks, re.MULTILINE)}
    assert len(causes) > 12
    assert {cause for cause in causes if cause not in text} == set()


CHANGES: dict[str, Callable[[Path], object]] = {
    "a page": lambda root: put(root, "teams/a/pages/one.md", "# Other\n"),
    "a new empty folder": lambda root: (root / "teams/new/pages").mkdir(parents=True),
    "a renamed page": lambda root: (root / "teams/a/pages/one.md").rename(root / "teams/a/pages/won.md"),
    "the site's settings": lambda root: put(root, "site.toml", (root / "site.toml").read_text() + "\n"),
    "a file of the output": lambda root: put(root, "dist/one/index.html", "other"),
    "a file of the output, gone": lambda root: (root / "dist/one/index.html").unlink(),
    "the whole output, gone": lambda root: shutil.rmtree(root / "dist"),
    "the manifest": lambda root: (root / "dist/_mfe/manifest.json").unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_whatever_changed_the_site_is_looked_at_again(tmp_path: Path, change: Callable[[Path], object]) -> None:
    three(tmp_path)
    assert answers(tmp_path)[0]
    change(tmp_path)
    assert not answers(tmp_path)[0]


@pytest.mark.parametrize(
    "options",
    [
        {"drafts": True},
        {"strict": True},
        {"environ": {"MFE_STATIC_TITLE": "T"}},
        {"flags": {"base_url": "https://x.y"}},
    ],
)
def test_another_question_gets_an_answer_of_its_own(tmp_path: Path, options: dict[str, Any]) -> None:
    three(tmp_path)
    assert not answers(tmp_path, **options)[0]


def test_a_build_that_failed_is_not_an_answer(tmp_path: Path) -> None:
    site(three(tmp_path), {**THREE, "teams/a/pages/one.md": "# One\n\n[x](nix.md)\n"})
    for _ in range(2):
        assert answers(tmp_path)[:3] == (False, 1, ["broken-link"])


# -- processes


def test_processes_that_cannot_be_forked_make_the_same_site(tmp_path: Path) -> None:
    pages = {f"teams/a/pages/p{n}.md": f"# P{n}\n\n[next](p{(n + 1) % 60}.md)\n" for n in range(60)}
    jinja = {f"teams/b/pages/j{n}.html": f"---\ntitle: J{n}\n---\n{{{{ page.title }}}}" for n in range(60)}
    files = {**THREE, **pages, **jinja}
    made(tmp_path / "one", files)
    rest = threading.Event()
    other = threading.Thread(target=rest.wait)  # with a second thread nothing is forked
    other.start()
    try:
        assert problems(built(site(tmp_path / "two", files), jobs=2)) == []
    finally:
        rest.set()
        other.join()
    assert tree(tmp_path / "one/dist") == tree(tmp_path / "two/dist")


@pytest.mark.parametrize(("pages", "files", "large"), [
    (3, ["one.md", "b/two.HTML", "b/c/three.md"], True),
    (4, ["one.md", "b/two.HTML", "b/c/three.md", "b/picture.png", "circle/one.md"], False),
    (1, [], False),
])  # fmt: skip
def test_a_large_site_is_known_before_it_is_read(tmp_path: Path, pages: int, files: list[str], large: bool) -> None:
    for path in files:
        put(tmp_path, f"teams/a/pages/{path.removeprefix('circle/')}", "# X\n")
    put(tmp_path, "teams/a/layouts/x.html", "")
    (tmp_path / "teams/a/pages").mkdir(parents=True, exist_ok=True)
    (tmp_path / "teams/a/pages/circle").symlink_to(".")
    assert is_large(tmp_path, pages) is large


def test_the_processes_of_a_large_new_site_hold_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def noted(place: str, name: str) -> None:
        module = import_module(place)
        real = getattr(module, name)

        def call(*args: object, **more: object) -> object:
            steps.append(name)
            return real(*args, **more)

        monkeypatch.setattr(module, name, call)

    noted("mfe_static.early", "Pool")
    noted("mfe_static.build", "Pool")
    noted("mfe_static.survey", "walk")
    site(tmp_path, {f"teams/a/pages/p{n}.md": f"# P{n}\n" for n in range(WORTH_IT)})
    assert problems(built(tmp_path, jobs=2)) == []
    assert steps.index("Pool") < steps.index("walk")
    steps.clear()
    put(tmp_path, "teams/a/pages/p1.md", "# Another\n")
    built(tmp_path, jobs=2)
    assert "Pool" not in steps
    noted("mfe_static.memory", "read_index")
    put(tmp_path, "themes/plain/fragments/header.html", "<header>Another</header>")
    built(tmp_path, jobs=2)
    rows = steps.index("Pool")
    assert steps[:rows].count("read_index") == 1
    assert steps[rows:].count("read_index") == 1


def test_a_pack_that_is_mostly_waste_is_made_anew(tmp_path: Path) -> None:
    files = {f"teams/a/pages/p{n}.md": f"# P{n}\n\n" + "word " * 4000 for n in range(40)}
    made(tmp_path, files)
    cache = tmp_path / STATE / "cache"
    assert (cache / "a.0.pack").exists()
    for turn in range(2):
        for path, text in files.items():
            put(tmp_path, path, text + f"turn {turn}\n")
        assert problems(built(tmp_path)) == []
    assert sorted(path.name for path in cache.iterdir() if path.suffix == ".pack") == ["a.1.pack"]
    put(tmp_path, "teams/a/pages/p7.md", "# P7\n\nAnother text.\n")
    assert stitched(built(tmp_path)) == {"/p7/"}, "a body that rests elsewhere is the same"
    put(tmp_path, "themes/plain/fragments/header.html", "<header>new</header>")
    result = built(tmp_path)
    assert (codes(result), rendered(result)) == ([], set()), "every body is read from the new pack"


# -- verify


def verified(root: Path) -> list[tuple[str, str]]:
    options = Options(now=NOW, jobs=1, quick=True)
    return [(found.code, found.file) for found in verify(root, options, build(root, options))]


def test_a_site_is_proven_to_be_what_a_clean_build_makes(tmp_path: Path) -> None:
    three(tmp_path)
    put(tmp_path, "teams/a/pages/one.md", "# One\n\nMore.\n")
    assert verified(tmp_path) == []
    assert not [path for path in (tmp_path / STATE).iterdir() if path.name.startswith("verify")]


def test_a_file_that_was_changed_behind_the_records_is_found(tmp_path: Path) -> None:
    three(tmp_path)
    file = tmp_path / "dist/one/index.html"
    before = file.stat()
    with file.open("r+b") as opened:  # in place, so that not even its folder changes
        opened.write(file.read_bytes().replace(b"One", b"Two"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert verified(tmp_path) == [("not-reproduced", "dist/one/index.html")]


def test_two_builds_at_once_are_one_and_a_busy_one(tmp_path: Path) -> None:
    files = {f"teams/a/pages/p{n}.md": f"# P{n}\n" for n in range(30)}
    site(tmp_path, files)
    script = (
        "import sys; from pathlib import Path; from sites import built, codes; print(codes(built(Path(sys.argv[1]))))"
    )
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{here.parent}{os.pathsep}{here}"}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    said = sorted(process.communicate()[0].strip() for process in running)
    assert set(said) <= {"[]", "['busy']"}
    assert "[]" in said
    assert problems(built(tmp_path)) == []


# -- what cannot be had


@pytest.mark.parametrize("trouble", ["a folder", "gone"])
def test_a_pack_that_cannot_be_read_is_made_anew(tmp_path: Path, trouble: str) -> None:
    three(tmp_path)
    pack = tmp_path / STATE / "cache/a.0.pack"
    pack.unlink()
    if trouble == "a folder":
        pack.mkdir()
    put(tmp_path, "themes/plain/fragments/header.html", "<header>new</header>")
    result = built(tmp_path)
    assert (codes(result), result.published) == (["cache-damaged"], True)
    assert "<header>new</header>" in page(tmp_path, "/one/")


def test_a_pack_that_was_cut_is_made_anew_though_it_has_grown_again(tmp_path: Path) -> None:
    site(tmp_path, {f"teams/a/pages/{name}.md": f"# Title\n\nThe text of {name}.\n" for name in "pq"})
    assert codes(built(tmp_path)) == []
    pack = tmp_path / STATE / "cache/a.0.pack"
    data = pack.read_bytes()
    one, other = (data.index(b"The text of " + name) for name in (b"p", b"q"))
    os.truncate(pack, data.index(b"\n") + 1 + other - one)  # what is written now takes the place of page q
    put(tmp_path, "teams/a/pages/p.md", "# Title\n\nThe text of r.\n")
    put(tmp_path, "themes/plain/fragments/header.html", "<header>new</header>")
    assert codes(built(tmp_path)) == ["cache-damaged"]
    assert ["The text of r" in page(tmp_path, "/p/"), "The text of q" in page(tmp_path, "/q/")] == [True, True]


@pytest.mark.parametrize(
    ("hand", "code"),
    [(Path.unlink, "cannot-write-state"), (lambda pack: os.truncate(pack, 0), "cache-damaged")],
    ids=["taken away", "emptied"],
)
def test_a_pack_that_is_lost_while_a_build_writes_to_it_is_not_trusted(
    tmp_path: Path, hand: Callable[[Path], object], code: str
) -> None:
    site(tmp_path, {f"teams/a/pages/p{n}.md": f"# Title\n\nThe text of {n}.\n" for n in range(100, 200)})
    pack, seen = tmp_path / STATE / "cache/a.0.pack", list[int]()

    def progress(phase: str, done: int, _: int) -> None:
        if phase == "render" and done and not seen:
            seen.append(done)
            hand(pack)

    result = build(tmp_path, Options(now=NOW, jobs=1), progress)
    assert 0 < seen[0] < 50, "as much is written again"
    assert codes(result) == [code]
    assert all(f"The text of {n}." in page(tmp_path, f"/p{n}/") for n in range(100, 200))


def test_what_makes_no_sense_any_more_is_damaged_even_if_this_build_has_written_it(tmp_path: Path) -> None:
    place = tmp_path / "a.0.pack"
    with Pack(Packs(str(place), str(place), begun(str(place), 0))) as pack:
        blob = pack.put(msgspec.msgpack.encode(["a", "b"]), b"", b"")
        assert pack.read(blob, list[str]) == ["a", "b"]
        for junk in (b"\xc1\xc1\xc1\xc1\xc1", msgspec.msgpack.encode([1, 2, 3, 4]), b"\x92\xa1\xff\xa1\xff"):
            place.write_bytes(place.read_bytes()[: -len(junk)] + junk)
            with pytest.raises(Damaged):
                pack.read(blob, list[str])


def test_values_without_a_byte_rest_wherever_a_run_is(tmp_path: Path) -> None:
    place = str(tmp_path / "a.0.pack")
    with Pack(Packs(place, place, begun(place, 0))) as pack:
        empty = pack.put_all([(b"", b"", b""), (b"", b"", b"")])
        full = pack.put(b"abc", b"", b"")
        assert [pack.get(blob) for blob in (*empty, full)] == [b"", b"", b"abc"]
    with Pack(Packs(place, place, begun(place, 0))) as pack:
        assert [pack.get(blob) for blob in (*pack.put_all([(b"", b"", b"")]), *empty, full)] == [b"", b"", b"", b"abc"]


def test_a_build_that_finds_damage_whatever_it_does_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path, THREE)

    def damaged(_pack: Pack, _values: object) -> None:
        raise Damaged("a.0.pack")

    monkeypatch.setattr(Pack, "put_all", damaged)
    for options in ({}, {"cache": False}, {"write": False}):
        result = built(tmp_path, **options)
        assert (codes(result)[-1], result.published) == ("disk-full", False)


def test_a_pack_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    site(tmp_path, THREE)
    (tmp_path / STATE / "cache/a.0.pack").mkdir(parents=True)
    result = built(tmp_path)
    assert (codes(result), result.published) == (["cannot-write-state"], True)


def test_without_a_cache_every_file_of_the_output_is_proven(tmp_path: Path) -> None:
    three(tmp_path)
    file = tmp_path / "dist/one/index.html"
    before = file.stat()
    with file.open("r+b") as opened:
        opened.write(file.read_bytes().replace(b"One", b"Two"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    built(tmp_path, cache=False)
    assert "One" in page(tmp_path, "/one/")


_DIES = """
import os, signal, sys
from pathlib import Path
from sites import NOW
import mfe_static.build
from mfe_static.build import Options, build
mfe_static.build.WORTH_DOUBLING = 0
def below(process):
    children = open(f"/proc/{process}/task/{process}/children").read().split()
    return [*children, *(found for child in children for found in below(child))]
def progress(phase, done, total):
    if phase == "render" and done:
        print(*below(os.getpid()), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
build(Path(sys.argv[1]), Options(now=NOW, jobs=2), progress)
"""


def gone(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_no_process_outlives_a_killed_build(tmp_path: Path) -> None:
    site(tmp_path, {f"teams/a/pages/p{n}.md": f"# P{n}\n" for n in range(400)})
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{here.parent}{os.pathsep}{here}"}
    done = subprocess.run(
        [sys.executable, "-c", _DIES, str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    children = done.stdout.split()
    assert (done.returncode, len(children)) == (-9, 3)  # two that render, and one for the idle tree
    while not all(map(gone, children)):  # the kernel ends them; if it does not, the test's time limit tells
        os.sched_yield()
    assert problems(built(tmp_path)) == []


# -- everything that a page depends on

SHELL_KEYS = {
    "layout": "layout: bare\n",
    "header": "header: false\n",
    "noindex": "noindex: true\n",
    "language": "language: de\n",
    "toc": "toc: false\n",
}


@pytest.mark.parametrize("key", SHELL_KEYS.values(), ids=SHELL_KEYS.keys())
def test_front_matter_that_only_the_shell_shows_stitches_the_page(tmp_path: Path, key: str) -> None:
    layout = (
        "<!doctype html><html lang='{{ page.language }}'>{{ head }}{{ shell.header }}{{ page.noindex }}"
        "{{ page.toc | length }}<h1>x</h1>{{ content }}</html>"
    )
    files = {
        "themes/plain/layouts/page.html": layout,
        "themes/plain/layouts/bare.html": "<h1>bare</h1>{{ head }}{{ content }}",
        "teams/a/pages/index.md": "---\ntitle: X\n---\n## Part\n",
    }
    made(tmp_path / "warm", files)
    changed = {**files, "teams/a/pages/index.md": f"---\ntitle: X\n{key}---\n## Part\n"}
    put(tmp_path / "warm", "teams/a/pages/index.md", changed["teams/a/pages/index.md"])
    result = built(tmp_path / "warm", quick=True)
    assert problems(result) == []
    made(tmp_path / "clean", changed)
    assert tree(tmp_path / "warm/dist") == tree(tmp_path / "clean/dist")


def test_data_that_only_changes_its_type_is_another(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.html": "---\ntitle: T\n---\n{{ data.d.when is string }}",
        "teams/a/data/d.yaml": "when: 2026-01-02\n",
    }
    made(tmp_path, files)
    put(tmp_path, "teams/a/data/d.yaml", "when: '2026-01-02'\n")
    assert rendered(built(tmp_path)) == {"/"}


def test_pages_made_from_data_see_the_same_types_in_every_build(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/item.html": "---\ntitle: T\neach: data.d\npath: '{item.id}/'\n---\n{{ item.when.year }}",
        "teams/a/data/d.yaml": "- {id: x, when: 2026-01-02}\n",
    }
    made(tmp_path, files)
    put(tmp_path, "teams/a/team.toml", team_toml("a", 'description = "new"\n'))
    assert problems(built(tmp_path)) == []
    assert "2026" in page(tmp_path, "/x/")


@pytest.mark.parametrize("look", ["{{ data | last }}", "{{ data | reverse | list }}", "{{ data != {'x': 1} }}"])
def test_every_way_of_looking_at_data_counts(tmp_path: Path, look: str) -> None:
    files = {"teams/a/pages/index.html": f"---\ntitle: T\n---\n{look}", "teams/a/data/x.json": "1"}
    made(tmp_path, files)
    put(tmp_path, "teams/a/data/y.json", "2")
    assert rendered(built(tmp_path)) == {"/"}


def test_macros_remember_nothing_from_page_to_page(tmp_path: Path) -> None:
    text = "---\ntitle: T\n---\n{% import 'm.html' as m %}{{ m.row() }}"
    files = {
        "teams/a/layouts/m.html": '{% set c = cycler("odd", "even") %}{% macro row() %}{{ c.next() }}{% endmacro %}',
        "teams/a/pages/one.html": text,
        "teams/a/pages/two.html": text,
    }
    made(tmp_path, files)
    assert ["odd" in page(tmp_path, url) for url in ("/one/", "/two/")] == [True, True]


def test_what_is_said_of_a_picture_is_said_again(tmp_path: Path) -> None:
    site(tmp_path, {"teams/a/pages/index.md": "# H\n\n![x](x.png)\n", "teams/a/pages/x.png": "no picture"})
    first = codes(built(tmp_path))
    assert "bad-picture" in first
    assert codes(built(tmp_path)) == first


def test_what_is_said_of_several_pages_is_said_of_the_same_one_in_every_build(tmp_path: Path) -> None:
    files = {"teams/a/layouts/own.html": "{% include 'layouts/gone.html' %}"}
    for name in ("index", "one", "two"):
        files[f"teams/a/pages/{name}.md"] = "---\nlayout: own\n---\n# Page\n"
        files[f"teams/b/pages/{name}.md"] = "# Page\n\n![there](gone.png)\n"
    site(tmp_path, files)
    assert codes(built(tmp_path)) == ["template-missing", *["missing-asset"] * 3]
    for path in ("teams/a/pages/index.md", "teams/b/pages/two.md"):
        put(tmp_path, path, (tmp_path / path).read_bytes() + b"\nMore.\n")
    assert built(tmp_path).problems == built(tmp_path, cache=False).problems


def test_a_fragment_that_took_too_long_keeps_the_site_from_going_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "teams/a/pages/index.md": '# H\n\n<mfe-fragment src=":slow" severity="regular">fallback</mfe-fragment>\n',
        "teams/a/fragments/slow.html": "<p>slow</p>",
    }
    whole = Kit.render

    def crawl(kit: Kit, fragment: Fragment, params: Any) -> Any:
        late = problem("too-slow", "it took too long", file=fragment.template)
        return late if fragment.name == "slow" else whole(kit, fragment, params)

    with monkeypatch.context() as patched:
        patched.setattr(Kit, "render", crawl)
        hurried = built(site(tmp_path, files))
        assert (codes(hurried), hurried.published) == (["too-slow"], False)
    assert problems(built(tmp_path)) == []
    assert "<p>slow</p>" in page(tmp_path, "/")


BAD_PARAMS = {
    "too large": ("params: {n: int}\n", 'n="99999999999999999999999999"', "bad-param"),
    "too large by default": ("params: {n: {type: int, default: 99999999999999999999999999}}\n", "", "bad-value"),
    "nested": ("params: {n: {type: list, default: [[1]]}}\n", "", "bad-value"),
}


@pytest.mark.parametrize(("params", "given", "code"), BAD_PARAMS.values(), ids=BAD_PARAMS.keys())
def test_params_that_nothing_could_hold_are_problems(tmp_path: Path, params: str, given: str, code: str) -> None:
    files = {
        "teams/a/pages/index.md": f'# H\n\n<mfe-fragment src=":f" {given}></mfe-fragment>\n',
        "teams/a/fragments/f.html": f"---\n{params}---\n<p>x</p>",
    }
    assert code in codes(built(site(tmp_path, files)))


_KILLS = (
    _DIES.replace(
        "        print(*below(os.getpid()), flush=True)\n",
        "        divided = [child for child in below(os.getpid()) if below(child)]\n"
        "        for child in divided if sys.argv[2] == 'first' else below(divided[0]) if divided else ():\n",
    )
    .replace(
        "        os.kill(os.getpid(), signal.SIGKILL)\n",
        "            with contextlib.suppress(ProcessLookupError):  # those that are left end by themselves\n"
        "                os.kill(int(child), signal.SIGKILL)\n",
    )
    .replace("import os,", "import contextlib, os,")
    .replace("build(Path", "result = build(Path")
    + "print([found.code for found in result.problems], result.published)\n"
)


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
@pytest.mark.parametrize("which", ["first", "other"])
def test_a_process_that_is_killed_is_a_problem(tmp_path: Path, which: str) -> None:
    site(tmp_path, {f"teams/a/pages/p{n}.md": f"# P{n}\n" for n in range(400)})
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{here.parent}{os.pathsep}{here}"}
    command = [sys.executable, "-c", _KILLS, str(tmp_path), which]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip() == str(["process-killed"]) + " False"
    assert problems(built(tmp_path)) == []
