"""The laws of DESIGN §4: the same input gives the same bytes, whatever the cache, the machine or the neighbours do."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mfe_static.build import build
from mfe_static.run import Options
from mfe_static.survey import STATE
from sites import (
    NOW,
    QUIET,
    Files,
    built,
    codes,
    looked_ahead,
    made,
    page,
    problems,
    put,
    rendered,
    site,
    team_toml,
    tree,
)

ROOT = Path(__file__).parents[1]
PLAIN = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"/>'
SITE: dict[str, str | bytes] = {
    "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["box"]\n'),
    "teams/a/pages/index.md": "---\ntitle: Home\naliases: [/old/]\ntags: [z, a]\n---\n"
    "## Part\n\n[b](b:index) ![x](x.svg)\n",
    "teams/a/pages/x.svg": SVG,
    "teams/a/pages/code.md": "# Code\n\n```python\nprint('größe')\n```\n\n"
    "| a | b |\n|---|---|\n| 1 | 2 |\n\nNote[^1].\n\n[^1]: Text.\n",
    "teams/a/pages/list.html": "---\ntitle: List\n---\n"
    "{% for p in team.pages %}<a href='{{ p.url }}'>{{ p.title }}</a>{% endfor %}",
    "teams/a/pages/item.html": "---\ntitle: '{item}'\neach: data.list\npath: 'i/{item}/'\n---\n"
    "{{ data.list | join(' ') }}",
    "teams/a/pages/framed.md": "---\ntitle: Framed\nlayout: own\n---\nText\n",
    "teams/a/layouts/own.html": '<div>{{ content }}</div><mfe-fragment src=":box" n="2"></mfe-fragment>',
    "teams/a/fragments/box.html": "---\nparams: {n: int}\nvary: [language, team]\n---\n"
    "<p>{{ params.n }} {{ params.team }}</p>",
    "teams/a/assets/team.css": "p { color: red }\n",
    "teams/a/data/list.json": '["x", "y", "é"]',
    "teams/b/pages/index.md": '# B\n\n<mfe-fragment src="a:box" n="1"></mfe-fragment>\n\n[home](a:index#part)\n',
    "teams/b/pages/Größe.md": "# Größe\n",
    "teams/b/public/f.txt": "file",
    "public/favicon.ico": b"\0\1",
}
TROUBLED: dict[str, str | bytes] = {
    **SITE,
    "teams/b/pages/warn.md": "---\ntitle: W\n---\n<img src='/f.png' alt=x> [bad](nix.md) {{ text }}\n",
    "teams/b/pages/jinja.html": "---\ntitle: J\n---\n{{ nix }}\n",
    "teams/b/pages/key.md": "---\ntitle: K\nlayuot: x\n---\n",
}


def dist(root: Path, files: Files, **options: Any) -> dict[str, bytes]:
    """The tree that a good site gives."""
    result = built(site(root, files), **options)
    assert problems(result) == []
    return tree(root / "dist")


def many(count: int = 120) -> dict[str, str | bytes]:
    """A site with enough pages for processes to be started."""
    pages = {f"teams/a/pages/p/{n}.md": f"# Page {n}\n\n[next]({(n + 1) % count}.md)\n" for n in range(count)}
    jinja = {f"teams/b/pages/j/{n}.html": f"---\ntitle: J {n}\n---\n{{{{ page.title }}}}" for n in range(count)}
    return {**SITE, **pages, **jinja}


# -- same input, same bytes


def test_two_folders_give_the_same_bytes(tmp_path: Path) -> None:
    assert dist(tmp_path / "one", SITE) == dist(tmp_path / "another, deeper" / "two", SITE)


_BUILD = """
import sys
from pathlib import Path
from sites import built, problems
result = built(Path(sys.argv[1]), cache=False)
assert problems(result) == [], problems(result)
"""


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LANG": "C", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/Los_Angeles", "LANG": "tr_TR.UTF-8", "HOME": "/nonexistent"},
    ],
)
def test_the_environment_changes_no_byte(tmp_path: Path, environment: dict[str, str]) -> None:
    expected = dist(tmp_path / "here", SITE)
    root = site(tmp_path / "there", SITE)
    command = [sys.executable, "-c", _BUILD, str(root)]
    subprocess.run(command, cwd=ROOT, env={**PLAIN, **environment}, check=True)
    assert tree(root / "dist") == expected


def test_one_process_and_two_give_the_same_bytes(tmp_path: Path) -> None:
    root = site(tmp_path, many())
    command = [sys.executable, "-c", _BUILD.replace("cache=False", "cache=False, jobs=2"), str(root)]
    subprocess.run(command, cwd=ROOT, env=PLAIN, check=True)
    two = tree(root / "dist")
    one = built(root, cache=False, jobs=1)
    assert (problems(one), one.written.written) == ([], 0)
    assert tree(root / "dist") == two
    assert len([path for path in two if path.endswith("index.html")]) > 240


def test_the_order_of_a_folder_changes_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = dist(tmp_path / "one", SITE)
    root = site(tmp_path / "two", dict(reversed(SITE.items())), routes={"a": "/", "b": "/b/"})
    scandir = os.scandir

    class Backwards:
        def __init__(self, path: Any) -> None:
            self._entries = sorted(scandir(path), key=lambda entry: entry.name, reverse=True)

        def __iter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self._entries)

        def __enter__(self) -> "Backwards":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def close(self) -> None:
            pass

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", Backwards)
        assert problems(built(root)) == []
    assert tree(root / "dist") == expected


# -- the cache


def test_cold_warm_and_without_a_cache_are_the_same(tmp_path: Path) -> None:
    cold = dist(tmp_path, SITE)
    assert dist(tmp_path, SITE) == cold
    assert dist(tmp_path / "other", SITE, cache=False) == cold
    shutil.rmtree(tmp_path / "dist")
    assert dist(tmp_path, SITE) == cold, "a warm cache and no output"
    shutil.rmtree(tmp_path / STATE)
    assert dist(tmp_path, SITE) == cold, "an output and no cache"


def caches(root: Path) -> list[Path]:
    found = sorted((root / STATE / "cache").iterdir())
    assert found
    return found


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "truncated": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "one byte long": lambda data: data + b"x",
    "flipped": lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
    "flipped in front": lambda data: data[:40] + bytes([data[40] ^ 128]) + data[41:],
    "garbage": lambda data: bytes(range(256)) * 9,
    "another version": lambda data: data.replace(b"index 3", b"index 0", 1),
}
PACK_DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": DAMAGES["empty"],
    "garbage": DAMAGES["garbage"],
    "truncated": lambda data: data[:100],
    "flipped": lambda data: bytes(byte ^ 1 for byte in data),
    "moved": lambda data: b"x" + data,
}
VICTIMS = [
    *(pytest.param(name, damage, id=f"{name} {how}") for name in ("site.index", "a.index")
      for how, damage in DAMAGES.items()),
    *(pytest.param("a.0.pack", damage, id=f"a.0.pack {how}") for how, damage in PACK_DAMAGES.items()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "damage"), VICTIMS)
def test_a_damaged_cache_is_said_once_and_changes_no_byte(
    tmp_path: Path, name: str, damage: Callable[[bytes], bytes]
) -> None:
    header = "themes/plain/fragments/header.html"  # so that every body has to be read
    expected = dist(tmp_path / "other", {**SITE, header: "<header>new</header>"})
    dist(tmp_path, SITE)
    victim = tmp_path / STATE / "cache" / name
    victim.write_bytes(damage(victim.read_bytes()))
    put(tmp_path, header, "<header>new</header>")
    result = built(tmp_path)
    assert codes(result) == ["cache-damaged"]
    assert result.problems[0].severity == "warning"
    assert (result.code, tree(tmp_path / "dist")) == (0, expected)
    result = built(tmp_path)
    assert (codes(result), rendered(result)) == ([], set()), "it was made anew"


def test_the_damaged_cache_of_a_team_that_lost_its_pages_is_said_once(tmp_path: Path) -> None:
    site(tmp_path, {"teams/a/pages/index.md": "# H\n", "teams/b/pages/index.md": "# B\n"})
    built(tmp_path)
    (tmp_path / "teams/b/pages/index.md").unlink()
    built(tmp_path)
    for victim in caches(tmp_path):
        victim.write_bytes(b"garbage")
    assert set(codes(built(tmp_path))) == {"cache-damaged"}
    assert codes(built(tmp_path)) == []


def test_a_cache_of_another_maker_counts_as_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = dist(tmp_path, SITE)
    monkeypatch.setattr("mfe_static.run.maker", lambda: "another")
    result = built(tmp_path)
    assert (problems(result), tree(tmp_path / "dist")) == ([], expected)
    assert len(rendered(result)) == sum(path.endswith("index.html") for path in expected)


def test_a_cache_from_another_place_does_no_harm(tmp_path: Path) -> None:
    changed = {**SITE, "teams/a/pages/index.md": "---\ntitle: Home\n---\n## Part\n\nOther text\n"}
    dist(tmp_path / "one", SITE)
    expected = dist(tmp_path / "two", changed)
    shutil.copytree(tmp_path / "one" / STATE / "cache", tmp_path / "two" / STATE / "cache", dirs_exist_ok=True)
    assert dist(tmp_path / "two", changed) == expected


def test_a_cached_page_repeats_its_problems(tmp_path: Path) -> None:
    site(tmp_path, TROUBLED)
    cold = built(tmp_path)
    assert {"missing-asset", "broken-link", "undefined-variable", "unknown-key"} == set(codes(cold))
    for _ in range(2):
        warm = built(tmp_path)
        assert rendered(warm) == set()
        assert [msgspec.to_builtins(found) for found in warm.problems] == [
            msgspec.to_builtins(found) for found in cold.problems
        ]


def test_a_site_that_was_mended_publishes_again(tmp_path: Path) -> None:
    expected = dist(tmp_path, SITE)
    site(tmp_path, TROUBLED)
    assert built(tmp_path).code == 1
    assert tree(tmp_path / "dist") == expected
    for path in set(TROUBLED) - set(SITE):
        (tmp_path / path).unlink()
    assert dist(tmp_path, SITE) == expected


# -- purity


def other_team(root: Path) -> None:
    put(root, "teams/b/pages/index.md", "# Another B\n\n[home](a:index#part)\n")
    put(root, "teams/b/pages/new.md", "# New\n")


def theme(root: Path) -> None:
    put(root, "themes/plain/layouts/page.html", "<!doctype html><title>t</title>{{ head }}<h1>x</h1>{{ content }}")
    put(root, "themes/plain/assets/theme.css", "p { color: blue }\n")


def owner_of_another_team(root: Path) -> None:
    put(root, "teams/b/team.toml", team_toml("b", 'description = "New"\n[offers]\nevents = ["b:x"]\n'))


def new_team(root: Path) -> None:
    put(root, "teams/c/pages/index.md", "# C\n")
    put(root, "teams/c/team.toml", team_toml("c"))
    text = (root / "site.toml").read_text()
    put(root, "site.toml", text.replace('b = "/b/"', 'b = "/b/"\nc = "/c/"'))


@pytest.mark.parametrize(
    "change", [other_team, theme, owner_of_another_team, new_team], ids=lambda change: change.__name__
)
def test_a_teams_render_depends_on_no_other_team_and_no_theme(tmp_path: Path, change: Callable[[Path], None]) -> None:
    dist(tmp_path, SITE)
    change(tmp_path)
    result = built(tmp_path)
    assert problems(result) == []
    assert result.site is not None
    ours = next(build for build in result.site.builds if build.sources.name == "a")
    assert ours.rendered == {}


def test_a_teams_own_change_renders_what_can_see_it_and_no_more(tmp_path: Path) -> None:
    dist(tmp_path, SITE)
    put(tmp_path, "teams/a/pages/code.md", "# Code\n\nOther text\n")
    assert rendered(built(tmp_path)) == {"/code/"}
    put(tmp_path, "teams/a/data/list.json", '["x", "y", "z"]')
    assert rendered(built(tmp_path)) == {"/list/", "/i/x/", "/i/y/", "/i/z/"}
    put(tmp_path, "teams/b/public/f.txt", "other")
    assert rendered(built(tmp_path)) == set()


# -- whatever is edited


PATHS = {
    "teams/a/pages/index.md": [
        "# H\n",
        "# Home\n\n## Part\n",
        "---\ntitle: T\naliases: [/x/]\nweight: 1\n---\n[b](/b/)\n",
        "---\ntitle: T\nheader: false\nlanguage: de\n---\n[b](/b/)\n",
        "---\ntitle: T\nlayout: bare\ntoc: false\nnoindex: true\n---\n[b](/b/)\n",
    ],
    "teams/a/pages/x.md": ["# X\n", "---\ntitle: X\nlayout: own\n---\nText\n", "---\ntitle: X\ndraft: true\n---\n", ""],
    "teams/a/pages/y/z.md": ["# Z\n\n[up](../x.md)\n", "# Z\n\n```python\n1\n```\n"],
    "teams/a/pages/list.html": ["---\ntitle: L\n---\n{% for p in team.pages %}{{ p.title }} {% endfor %}", "{{ nix }}"],
    "teams/a/pages/item.html": ["---\ntitle: I\neach: data.list\npath: 'i/{item}/'\n---\n{{ item }}"],
    "teams/a/data/list.json": ['["x"]', '["x", "y"]', "[}"],
    "teams/a/layouts/own.html": ["<div>{{ content }}</div>", "<p>{{ page.title }}</p>{% include 'part.html' %}"],
    "teams/a/layouts/part.html": ["<i>part</i>", '<mfe-fragment src="b:box">f</mfe-fragment>'],
    "teams/b/fragments/box.html": ["<p>box</p>", "---\nvary: [team]\n---\n<p>{{ params.team }}</p>", "{{ nix }}"],
    "teams/b/fragments/box/fragment.js": ["import './x.js'\n", "import 'lib'\n", "export {}\n"],
    "teams/b/fragments/box/x.js": ["1\n", "import './fragment.js'\n"],
    "teams/b/pages/index.md": ["# B\n", '# B\n\n<mfe-fragment src=":box" hydrate="load"></mfe-fragment>\n'],
    "teams/b/team.toml": [
        team_toml("b"),
        team_toml("b", '[dependencies]\nlib = {from = "fragments/box/x.js"}\n[security]\nimg = ["blob:"]\n'),
        team_toml("b", '[offers]\nfragments = ["box"]\n'),
        team_toml("b", 'layout = "page"\n'),
    ],
    "teams/a/assets/team.css": ["p { color: red }\n", "p { color: blue }\n"],
    "teams/a/public/x/index.html": ["taken"],
    "public/robots.txt": ["ours"],
    "site.toml": [
        f'theme = "plain"\n{keys}\n[teams]\na = "/"\nb = "{path}"\n{QUIET}'
        for keys, path in (("", "/b/"), ('title = "T"', "/b/"), ('base_url = "https://x.example/y"', "/other/"))
    ],
    "themes/plain/layouts/bare.html": [
        "<h1>b</h1>{{ head }}{{ content }}",
        "<h1>{{ data.t }}</h1>{{ head }}{{ content }}",
    ],
    "themes/plain/data/t.yaml": ["2026-01-02\n", "'2026-01-02'\n"],
    "teams/a/pages/p.png": ["nopng", '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"/>'],
    "teams/a/pages/q.md": ["# Q\n\n![p](p.png)\n", "# Q\n\n```python\nx = 1\n```\n"],
    "themes/plain/fragments/header.html": ["<header>1</header>", "<header><a href='/'>2</a></header>"],
}
INTERRUPTED = "\0a build that is cut short"
TOUCHED = "\0a touch that changes nothing"
EDIT = st.sampled_from(sorted(PATHS)).flatmap(
    lambda path: st.tuples(st.just(path), st.sampled_from([*PATHS[path], None, *PATHS, INTERRUPTED, TOUCHED]))
)
"""A file and its new text, None to delete it, or the path it is renamed to; or something else that happens then."""


def edit(root: Path, path: str, what: str | None) -> None:
    file = root / path
    if what == INTERRUPTED:
        with contextlib.suppress(KeyboardInterrupt):
            build(root, Options(now=NOW, jobs=1), _cut_short)
        return
    if what == TOUCHED:
        if file.exists():
            os.utime(file, (1, 1))
        return
    if what is None or what in PATHS:
        if not file.exists() or ".toml" in path or ".toml" in (what or ""):
            return  # without them there is little to see
        if what is None:
            file.unlink()
        elif what != path:
            target = root / what
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
    else:
        put(root, path, what)


def _cut_short(phase: str, done: int, total: int) -> None:
    if phase == "stitch" and done * 2 > total:
        raise KeyboardInterrupt


@settings(max_examples=settings().max_examples // 5, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(EDIT, min_size=1, max_size=3), min_size=1, max_size=6), st.booleans())
def test_after_any_edits_an_incremental_build_equals_a_clean_one(
    batches: list[list[tuple[str, str | None]]], another: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        if another:
            looked_ahead(patched)
        root = site(Path(folder, "site"), {"teams/a/pages/index.md": "# H\n", "teams/b/pages/index.md": "# B\n"})
        for batch in batches:
            for path, what in batch:
                edit(root, path, what)
            warm = built(root, quick=True)
            clean_root = Path(folder, "clean")
            shutil.copytree(root, clean_root, ignore=shutil.ignore_patterns("dist", ".mfe", ".dist.mfe"))
            clean = built(clean_root)
            assert problems(warm) == problems(clean)
            assert warm.published is clean.published
            if clean.published:
                assert tree(root / "dist") == tree(clean_root / "dist")
            shutil.rmtree(clean_root)


def test_a_page_moves_between_files_and_folders(tmp_path: Path) -> None:
    made(tmp_path, {"teams/a/pages/x.md": "# X\n", "teams/a/public/y": "file"})
    (tmp_path / "teams/a/pages/x.md").unlink()
    (tmp_path / "teams/a/public/y").unlink()
    put(tmp_path, "teams/a/public/x", "file")
    put(tmp_path, "teams/a/pages/y.md", "# Y\n")
    assert problems(built(tmp_path)) == []
    assert (tmp_path / "dist/x").read_text() == "file"
    assert ">Y</h1>" in page(tmp_path, "/y/")


def test_the_work_for_a_page_does_not_grow_with_the_pages_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mfe_static.views import Summary

    made_for: dict[int, int] = {}
    for count in (100, 200):
        files = {f"teams/a/pages/p{number}.md": f"# P{number}\n" for number in range(count)}
        files["teams/a/pages/index.md"] = "# Home\n"
        files |= {"site.toml": '[teams]\na = "/"\n', "teams/a/team.toml": team_toml("a", 'layout = "docs"\n')}
        looked_at = 0
        begin = Summary.__init__

        def counted(self: Summary, *rest: Any, begin: Any = begin) -> None:
            nonlocal looked_at
            looked_at += 1
            begin(self, *rest)

        with monkeypatch.context() as patched:
            patched.setattr(Summary, "__init__", counted)
            built(site(tmp_path / str(count), files), jobs=1)
        made_for[count] = looked_at // count
    assert made_for[200] <= made_for[100] * 1.2


@pytest.mark.parametrize("locale", ["POSIX", "C"])
def test_the_command_line_reads_names_as_utf_8_in_every_locale(tmp_path: Path, locale: str) -> None:
    root = site(tmp_path, {"teams/a/pages/größe.md": "# Größe\n"})
    environment = {**os.environ, "LC_ALL": locale, "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "mfe_static", "build", "-q"], cwd=root, env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert (root / "dist" / "größe" / "index.html").is_file()
