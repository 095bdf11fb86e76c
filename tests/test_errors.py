"""Promises about what goes wrong: each fault has a place, a code, an owner and a way out, and the live site stays.

The cases are in `cases/errors.txt`: sites, with every problem that they must have. Each is built over a good site that
is live already.
"""

import multiprocessing
import os
import shutil
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mfe_static.limits import TooSlow
from mfe_static.output.locks import lock
from mfe_static.survey import STATE
from mfe_static.workers import WORTH_IT
from sites import QUIET, Case, built, cases, codes, made, main, only, page, problems, put, site, tree

GOOD = {"teams/good/pages/index.md": "# Good\n", "teams/good/pages/old.md": "# Old\n"}

CASES = cases("errors")


def over_a_good_site(root: Path) -> dict[str, bytes]:
    """Publish a good site, clear its sources away, and tell what is live."""
    made(root, GOOD)
    live = tree(root / "dist")
    for name in ("teams", "themes"):
        shutil.rmtree(root / name)
    return live


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_every_fault_is_said_with_its_place_and_owner_and_the_live_site_stays(case: Case, tmp_path: Path) -> None:
    live = over_a_good_site(tmp_path)
    result = built(site(tmp_path, case.files))
    assert problems(result) == case.expected
    assert result.code == 1
    assert not result.published
    assert tree(tmp_path / "dist") == live
    assert problems(built(tmp_path)) == case.expected, "what comes from the cache repeats its problems"


# -- what a text of cases cannot hold


def test_a_yaml_tag_runs_nothing(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    text = f"---\ntitle: !!python/object/apply:os.system ['touch {canary}']\n---\n"
    data = f"a: !!python/object/apply:os.system ['touch {canary}']\n"
    result = built(site(tmp_path, {"teams/a/pages/index.md": text, "teams/a/data/x.yaml": data}))
    said = "the tag !!python/object/apply:os.system is not supported: only plain data is read"
    hint = "take the tag away, or put the text in quotes"
    assert problems(result) == [
        f"teams/a/data/x.yaml:1:4: error[bad-data]: {said} (Team A; {hint})",
        f"teams/a/pages/index.md:2:8: error[bad-front-matter]: {said} (Team A; {hint})",
    ]
    assert not canary.exists()


def test_a_folder_without_site_toml_is_one_problem(tmp_path: Path) -> None:
    put(tmp_path, "teams/a/team.toml", "")
    found = only(built(tmp_path), "missing-site")
    assert (found.file, found.line) == ("site.toml", 0)
    assert "mfe-static new site" in found.hint
    assert not (tmp_path / "dist").exists()


def test_a_variable_of_the_environment_that_means_nothing_is_named(tmp_path: Path) -> None:
    site(tmp_path, {"teams/a/pages/index.md": "# Home\n"})
    result = built(tmp_path, environ={"MFE_STATIC_BASE_ULR": "https://site.example"})
    assert "MFE_STATIC_BASE_ULR" in only(result, "bad-environment").message


@pytest.mark.parametrize("text", ["# Home\n\nText\n\n```\ncode\n```\n", "---\ntitle: x\n---\n\n> quote\n> more\n"])
@pytest.mark.parametrize("change", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")])
def test_a_byte_order_mark_and_line_ends_of_windows_change_no_byte(
    tmp_path: Path, text: str, change: Callable[[str], str]
) -> None:
    layout = "<div>\n{{ content }}\n</div>\n"
    for name, how in (("plain", str), ("other", change)):
        made(
            tmp_path / name,
            {
                "teams/a/pages/index.md": how(text),
                "teams/a/pages/in.html": how("---\ntitle: In\nlayout: own\n---\n<p>\ntext\n</p>\n"),
                "teams/a/layouts/own.html": how(layout),
                "teams/a/data/x.json": how('{\n"a": 1\n}\n'),
            },
        )
    assert tree(tmp_path / "plain" / "dist") == tree(tmp_path / "other" / "dist")


def test_text_that_is_not_utf_8_has_a_place_and_a_way_out(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/wide.md": "# Wide\n".encode("utf-16"),
        "teams/a/pages/latin.md": "# Größe\n\nMaße: größer\n".encode("latin-1"),
        "teams/a/pages/marked.md": b"\xef\xbb\xbf# \xff\n",
        "teams/a/layouts/x.html": b"\xff",
    }
    assert problems(built(site(tmp_path, files))) == [
        "teams/a/layouts/x.html:1:1: error[bad-encoding]: byte 0 (0xff) is not UTF-8 (Team A; save the file as UTF-8)",
        "teams/a/pages/latin.md:1:5: error[bad-encoding]: byte 4 (0xf6) is not UTF-8 (Team A; save the file as UTF-8)",
        "teams/a/pages/marked.md:1:3: error[bad-encoding]: byte 5 (0xff) is not UTF-8 (Team A; save the file as UTF-8)",
        "teams/a/pages/wide.md: error[bad-encoding]: the file is UTF-16, not UTF-8 (Team A; save it as UTF-8)",
    ]


def test_names_beyond_255_bytes_are_a_problem_before_anything_is_written(tmp_path: Path) -> None:
    grows = "İ" * 120  # two bytes each, three in lower case
    files = {
        "teams/a/pages/slug.md": f"---\ntitle: x\nslug: {'ö' * 128}\n---\n",
        f"teams/a/pages/{grows}.md": "# Long\n",
        f"teams/a/pages/{grows}.txt": "text",
    }
    result = built(site(tmp_path, files))
    assert codes(result) == ["name-too-long"] * 3
    assert [(found.file, found.line) for found in result.problems] == [
        ("teams/a/pages/slug.md", 3),
        (f"teams/a/pages/{grows}.md", 0),
        (f"teams/a/pages/{grows}.txt", 0),
    ]


def test_a_file_name_that_is_not_utf_8_is_a_problem(tmp_path: Path) -> None:
    site(tmp_path, {"teams/a/pages/index.md": "# Home\n"})
    with open(os.fsencode(tmp_path / "teams/a/pages") + b"/\xff.md", "w") as file:
        file.write("# What\n")
    assert only(built(tmp_path), "bad-file-name").file == "teams/a/pages/\\udcff.md"


def test_two_files_whose_names_differ_by_unicode_form_are_one_claim(tmp_path: Path) -> None:
    names = [unicodedata.normalize(form, "é.md") for form in ("NFC", "NFD")]
    site(tmp_path, {f"teams/a/pages/{name}": f"# {index}\n" for index, name in enumerate(names)})
    found = only(built(tmp_path), "url-taken")
    assert {unicodedata.normalize("NFC", name) for name in (found.file, found.related[0].file)} == {
        "teams/a/pages/é.md"
    }
    assert found.owner == found.related[0].owner == "Team A <a@site.example>"


def test_two_teams_claim_one_url_by_unicode_form_and_by_case(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/index.md": "# Home\n",
        "teams/b/pages/x.md": "---\ntitle: X\nslug: é\n---\n",
        "teams/b/public/É/index.html": "taken",
    }
    result = built(site(tmp_path, files))
    found = only(result, "url-taken")
    assert (found.file, found.related[0].file) == ("teams/b/public/É/index.html", "teams/b/pages/x.md")
    assert found.owner == found.related[0].owner == "Team B <b@site.example>"


def test_a_file_in_the_place_of_a_folder_is_found_whatever_sorts_between_them(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.md": "# Home\n", "teams/a/pages/x/y.md": "# Y\n", "teams/a/pages/z.md": "# Z\n"}
    between = {f"teams/a/public/{name}": "" for name in ("x!/y", "x-/y", "x.txt", "X0")}
    found = only(built(site(tmp_path, {**files, **between, "teams/a/public/X": "taken"})), "url-taken")
    assert (found.file, found.related[0].file) == ("teams/a/public/X", "teams/a/pages/x/y.md")


def test_two_resources_with_one_url_are_a_problem(tmp_path: Path) -> None:
    files = {"teams/a/pages/A B.txt": "1", "teams/a/pages/a-b.txt": "2", "teams/a/public/a-b.txt": "3"}
    assert problems(built(site(tmp_path, files))) == [
        'teams/a/pages/a-b.txt: error[url-taken]: two files are copied to "a-b.txt" (Team A)',
        'teams/a/public/a-b.txt: error[url-taken]: two files are copied to "a-b.txt" (Team A)',
    ]


@pytest.mark.parametrize(
    "path",
    [
        *("pages/sitemap.xml.md", "pages/_headers.md", "pages/robots.txt.md", "pages/404.html.md"),
        *("public/_mfe", "public/_MFE/x", "public/_redirects", "public/Sitemap.xml", "public/sitemap.xml/x"),
        *("public/sitemap-1.xml", "public/objects.inv", "public/ROBOTS.txt"),
    ],
)
def test_what_the_tool_writes_is_nobodys_by_any_case_or_as_a_folder(tmp_path: Path, path: str) -> None:
    site(tmp_path, {"teams/a/pages/index.md": "# Home\n", f"teams/a/{path}": "# X\n"})
    found = only(built(tmp_path), "reserved-url")
    assert (found.file, found.owner) == (f"teams/a/{path}", "Team A <a@site.example>")


def test_marks_of_ours_in_content_mean_nothing(tmp_path: Path) -> None:
    marks = "\ufdd0l:/nix/\ufdd1 \ufdd0s:content\ufdd1 \ufdd0\ufdd1 \ufdd0x\ufdd1 \ufdd0"
    written = marks.encode("ascii", "backslashreplace").decode()
    files = {
        "teams/a/pages/index.md": f"# H {marks}\n\n{marks}\n",
        "teams/a/pages/jinja.html": f"---\ntitle: J\n---\n{marks} {{{{ data.x }}}} "
        f"<a href=\"{{{{ ref(':index') }}}}\">x</a>",
        "teams/a/data/x.json": f'"{written}"'.replace("/nix/", "/"),
    }
    made(tmp_path, files)
    assert '<a href="/">x</a>' in main(tmp_path, "/jinja/")
    assert "\ufdd0" not in page(tmp_path, "/")


# -- links of the file system


def test_a_link_out_of_a_teams_folder_is_not_followed(tmp_path: Path) -> None:
    files = {"teams/a/pages/index.md": "# Home\n", "teams/b/pages/secret.md": "# Secret\n"}
    site(tmp_path, files)
    (tmp_path / "teams/a/pages/secret.md").symlink_to("../../b/pages/secret.md")
    (tmp_path / "teams/a/etc").symlink_to("/etc")
    (tmp_path / "teams/a/pages/gone.md").symlink_to("nowhere.md")
    assert problems(built(tmp_path)) == [
        "teams/a/etc: error[symlink-outside]: the link leads to '/etc', outside teams/a "
        "(Team A; copy the file into the folder)",
        "teams/a/pages/gone.md: error[symlink-outside]: the link leads to 'nowhere.md', which does not exist (Team A)",
        "teams/a/pages/secret.md: error[symlink-outside]: the link leads to '../../b/pages/secret.md', outside teams/a "
        "(Team A; copy the file into the folder)",
    ]


def test_a_link_back_to_its_folder_is_a_loop_and_one_inside_the_team_is_fine(tmp_path: Path) -> None:
    site(tmp_path, {"teams/a/pages/x/one.md": "# One\n"})
    (tmp_path / "teams/a/pages/y").symlink_to("x")
    assert built(tmp_path).published
    assert main(tmp_path, "/y/one/") == main(tmp_path, "/x/one/")
    (tmp_path / "teams/a/pages/x/again").symlink_to("..")
    (tmp_path / "teams/a/pages/self.md").symlink_to("self.md")
    result = built(tmp_path)
    assert set(codes(result)) <= {"symlink-loop", "symlink-outside"}
    assert "teams/a/pages/x/again: error[symlink-loop]: the link leads back to a folder that contains it (Team A)" in (
        problems(result)
    )


# -- what cannot be read


def test_a_folder_that_cannot_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path, {"teams/a/pages/index.md": "# Home\n", "teams/a/pages/locked/x.md": "# X\n"})
    scandir = os.scandir

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert problems(built(tmp_path)) == [
        "teams/a/pages/locked: error[unreadable]: the folder cannot be read: Permission denied (Team A)"
    ]


def test_a_page_that_cannot_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path, {"teams/a/pages/index.md": "# Home\n", "teams/a/pages/x.md": "# X\n"})
    really = os.open

    def refuse(path: Any, *how: Any, **more: Any) -> Any:  # a mode of 000 does not stop root, who runs the tests in CI
        if str(path).endswith("/x.md"):
            raise PermissionError(13, "Permission denied")
        return really(path, *how, **more)

    monkeypatch.setattr("os.open", refuse)
    assert problems(built(tmp_path)) == [
        "teams/a/pages/x.md: error[unreadable]: cannot be read: Permission denied (Team A)"
    ]


def test_a_damaged_picture_is_a_warning(tmp_path: Path) -> None:
    site(tmp_path, {"teams/a/pages/index.md": "# Home\n\n![x](x.png)\n", "teams/a/pages/x.png": b"\x89PNG"})
    result = built(tmp_path)
    assert only(result, "bad-picture").file == "teams/a/pages/x.png"
    assert result.published


# -- much and little


def test_an_empty_file_is_a_page_without_a_title(tmp_path: Path) -> None:
    site(tmp_path, {"teams/a/pages/index.md": "# Home\n", "teams/a/pages/empty.md": ""})
    assert problems(built(tmp_path)) == [
        "teams/a/pages/empty.md: error[missing-title]: the page has no title "
        "(Team A; give it a title in its front matter, or begin with a heading)"
    ]


def test_an_empty_team_is_no_problem(tmp_path: Path) -> None:
    made(tmp_path, {"teams/a/pages/index.md": "# Home\n"}, routes={"a": "/", "b": "/b/", "c": ""})
    assert not (tmp_path / "dist/b").exists()
    assert (tmp_path / "dist/_mfe/contracts/b.json").exists()


def test_a_page_of_ten_megabytes_is_a_page(tmp_path: Path) -> None:
    made(tmp_path, {"teams/a/pages/index.md": "# Home\n\n" + "word " * 2_000_000})
    assert len(page(tmp_path, "/")) > 10_000_000


def test_a_text_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    site(tmp_path, {"teams/a/pages/index.md": b"x" * (32 * 1024 * 1024 + 1)})
    assert only(built(tmp_path), "too-large").file == "teams/a/pages/index.md"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 30_000,
        ">" * 30_000 + "x",
        "[a](b" * 20_000,
        "*a **b " * 5_000,
        "_a " * 9_000,
        "<" * 50_000,
        "<a " * 20_000,
        "[x]: " * 20_000,
        "|a" * 9_000 + "\n" + "|-" * 9_000,
        "".join("  " * depth + "- x\n" for depth in range(500)),
        "`" * 999 + " ``" * 9_000,
    ],
)
def test_markdown_that_is_made_to_be_slow_is_a_page(tmp_path: Path, text: str) -> None:
    result = built(site(tmp_path, {"teams/a/pages/index.md": "---\ntitle: x\n---\n" + text}))
    assert "too-slow" not in codes(result)
    assert result.published


def test_a_page_that_takes_too_long_is_a_problem_of_that_page_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "teams/a/pages/slow.html": "---\ntitle: x\n---\n\n"
        "{% for i in range(1400) %}{% for j in range(1400) %}{% for k in data.text %}{% endfor %}{% endfor %}"
        "{% endfor %}",
        "teams/a/data/text.json": f'"{"x" * 10_000}"',
        "teams/a/pages/nix.html": "---\ntitle: x\n---\n{{ nix }}\n",
    }
    monkeypatch.setattr("mfe_static.limits.SECONDS_PER_PAGE", 0.3)
    result = built(site(tmp_path, files))
    assert codes(result) == ["undefined-variable", "too-slow"]
    assert (result.problems[1].file, result.problems[1].line) == ("teams/a/pages/slow.html", 5)


def test_markdown_that_takes_too_long_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mfe_static.limits.SECONDS_PER_PAGE", 0.001)
    result = built(site(tmp_path, {"teams/a/pages/slow.md": "# x\n" + "A *line*\n\n" * 20_000}))
    assert "teams/a/pages/slow.md" in {found.file for found in result.problems if found.code == "too-slow"}


def test_complaints_about_a_page_are_within_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def long(*_: object) -> tuple[()]:
        end = time.monotonic() + 5
        while time.monotonic() < end:
            pass
        return ()

    monkeypatch.setattr("mfe_static.limits.SECONDS_PER_PAGE", 0.3)
    monkeypatch.setattr("mfe_static.render.documents._unread", long)
    text = '# One\n\n<mfe-fragment src=":box">\n**not** read\n</mfe-fragment>\n'
    result = built(site(tmp_path, {"teams/a/pages/one.md": text, "teams/a/fragments/box.html": "x"}))
    assert "too-slow" in codes(result)


# -- fragments that fail


def test_a_fragment_that_fails_stops_the_build_where_it_is_primary(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/one.md": '# One\n\n<mfe-fragment src=":bad" severity="primary"></mfe-fragment>\n',
        "teams/a/pages/two.md": '# Two\n\n<mfe-fragment src=":bad"></mfe-fragment>\n',
        "teams/a/fragments/bad.html": "{{ 1 / 0 }}\n",
    }
    result = built(site(tmp_path, files))
    assert problems(result) == [
        "teams/a/fragments/bad.html:1:0: error[template-error]: ZeroDivisionError: division by zero (Team A)"
    ]
    assert (result.code, result.published) == (1, False)


# -- the output


def test_two_builds_at_once_are_one_too_many(tmp_path: Path) -> None:
    made(tmp_path, GOOD)
    before = tree(tmp_path / "dist")
    put(tmp_path, "teams/good/pages/index.md", "# Better\n")
    with lock(tmp_path / STATE) as busy:
        assert busy is None
        result = built(tmp_path)
    assert (codes(result), result.code) == (["busy"], 3)
    assert tree(tmp_path / "dist") == before
    assert built(tmp_path).published


def test_a_check_needs_no_lock_and_writes_nothing(tmp_path: Path) -> None:
    site(tmp_path, GOOD)
    before = tree(tmp_path)
    with lock(tmp_path / STATE):
        assert codes(built(tmp_path, write=False)) == []
    shutil.rmtree(tmp_path / STATE)
    assert built(tmp_path, write=False).published is False
    assert tree(tmp_path) == before


def test_an_output_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    site(tmp_path, GOOD)
    put(tmp_path, "dist/thesis.txt", "three years of work")
    result = built(tmp_path)
    assert (codes(result), result.code) == (["output-not-ours"], 6)
    assert tree(tmp_path / "dist") == {"thesis.txt": b"three years of work"}


@pytest.mark.parametrize("output", ["teams/good/dist", "teams", ".", "themes/plain", "public"])
def test_an_output_never_overwrites_an_input(tmp_path: Path, output: str) -> None:
    site(tmp_path, {**GOOD, "public/favicon.ico": "icon"}, keys=f'output = "{output}"')
    before = tree(tmp_path)
    result = built(tmp_path)
    assert result.code == 6
    assert set(codes(result)) <= {"output-in-source", "output-not-ours"}
    assert {path: data for path, data in tree(tmp_path).items() if not path.startswith(".mfe/")} == before


def test_an_output_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    site(tmp_path, GOOD, keys='output = "file/dist"')
    put(tmp_path, "file", "in the way")
    assert only(built(tmp_path), "output-unwritable").severity == "error"


def test_a_state_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    site(tmp_path, GOOD)
    put(tmp_path, ".mfe/cache", "in the way")
    result = built(tmp_path)
    assert set(codes(result)) <= {"cannot-write-state", "cache-damaged"}
    assert "cannot-write-state" in codes(result)
    assert result.published


_LIMITED = """
import resource, signal, sys
from pathlib import Path
from sites import built, problems
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
result = built(Path(sys.argv[1]), cache=False, jobs=int(sys.argv[2]))
print([found.code for found in result.problems], result.published, result.code)
"""


def test_a_full_disk_is_one_problem_and_the_live_site_stays(tmp_path: Path) -> None:
    made(tmp_path, GOOD)
    before = tree(tmp_path / "dist")
    put(tmp_path, "public/large.bin", b"x" * 300_000)
    put(tmp_path, "teams/good/pages/index.md", "# Better\n")
    assert limited(tmp_path, jobs=1) == "['disk-full'] False 1\n"
    assert tree(tmp_path / "dist") == before
    assert built(tmp_path).published


def test_no_room_for_what_processes_share_is_one_problem_too(tmp_path: Path) -> None:
    page = "---\ntitle: Page\n---\n{{ page.title }}"
    files = {f"teams/a/pages/p{number}.html": page for number in range(WORTH_IT)}
    site(tmp_path, {**files, "teams/a/data/large.json": f'"{"x" * 300_000}"'})
    assert limited(tmp_path, jobs=2) == "['disk-full'] False 1\n"
    assert not [path for path in tree(tmp_path / ".mfe") if path.endswith(".context")]


def limited(root: Path, *, jobs: int) -> str:
    """What a build says for which no file can be large."""
    command = [sys.executable, "-c", _LIMITED, str(root), str(jobs)]
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{here.parent}{os.pathsep}{here}"}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_a_build_that_is_killed_leaves_the_live_site(tmp_path: Path) -> None:
    made(tmp_path, GOOD)
    before = tree(tmp_path / "dist")
    put(tmp_path, "teams/good/pages/index.md", "# Better\n")
    put(tmp_path, "teams/good/pages/more.md", "# More\n")
    process = multiprocessing.get_context("spawn").Process(target=_die_while_stitching, args=(tmp_path,))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    assert tree(tmp_path / "dist") == before
    assert built(tmp_path).published
    assert "Better" in page(tmp_path, "/")


def _die_while_stitching(root: Path) -> None:
    from mfe_static.build import build
    from mfe_static.run import Options
    from sites import NOW

    def progress(phase: str, done: int, total: int) -> None:
        if phase == "stitch" and done == total:
            os._exit(9)

    build(root, Options(now=NOW, jobs=1), progress)


def test_an_error_of_one_variant_is_not_hidden_by_the_failure_of_another(tmp_path: Path) -> None:
    files = {
        "teams/a/pages/one.md": '# One\n\n<mfe-fragment src=":f" n="1"></mfe-fragment>\n',
        "teams/a/pages/two.md": '# Two\n\n<mfe-fragment src=":f"></mfe-fragment>\n',
        "teams/a/fragments/f.html": (
            "---\nparams: {n: {type: int, default: 0}}\n---\n"
            '{% if params.n %}{{ nope }}{% else %}<p><a href="/broken/">x</a></p>{% endif %}\n'
        ),
    }
    result = built(site(tmp_path, files))
    assert {"broken-link", "undefined-variable"} <= set(codes(result))
    assert (result.code, result.published) == (1, False)


def test_a_page_that_took_too_long_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = site(tmp_path, {"teams/a/pages/index.md": "# Home\n"})
    with monkeypatch.context() as slow:

        def crawl(*_: object, **__: object) -> None:
            raise TooSlow

        slow.setattr("mfe_static.render.documents._read", crawl)
        assert codes(built(root, jobs=1)) == ["too-slow"]
    assert codes(built(root, jobs=1)) == []


@pytest.mark.parametrize(
    "expression", ["{{ team }}", "{{ team.pages }}", "{{ ['a'] | map('upper') }}", "{{ range }}", "{{ [1] | random }}"]
)
def test_what_has_no_text_of_its_own_cannot_be_printed(tmp_path: Path, expression: str) -> None:
    page = f"---\ntitle: x\n---\n{expression}\n"
    assert codes(built(site(tmp_path, {"teams/a/pages/index.html": page}))) in (["template-error"], ["template-syntax"])


WARNED = 'theme = "plain"\n[teams]\na = "/"\n' + QUIET + 'no-start-page = "off"\n'


def test_what_is_only_a_warning_hides_no_error(tmp_path: Path) -> None:
    files = {
        "site.toml": WARNED + 'broken-link = "warn"\n',
        "teams/a/pages/data/index.md": "# Data\n\n[x](gone.md)\n",
        "teams/a/pages/x.html": "---\ntitle: x\n---\n{{ nope }}\n",
    }
    result = built(site(tmp_path, files))
    assert codes(result) == ["broken-link", "undefined-variable"]
    assert not result.published


def test_a_key_that_is_only_warned_of_hides_no_missing_title(tmp_path: Path) -> None:
    files = {
        "site.toml": WARNED + '[front_matter]\nunknown = "warn"\n',
        "teams/a/pages/x.md": "---\nfoo: 1\n---\n",
    }
    result = built(site(tmp_path, files))
    assert set(codes(result)) == {"unknown-key", "missing-title"}
    assert not result.published


def test_fragments_that_include_each_other_many_times_over_end_soon(tmp_path: Path) -> None:
    names = [f"f{number}" for number in range(17)]
    files = {"teams/a/pages/index.md": '# Home\n\n<mfe-fragment src=":f0"></mfe-fragment>\n'}
    for name, inner in zip(names, [*names[1:], ""], strict=True):
        tag = f'<mfe-fragment src=":{inner}"></mfe-fragment>\n' if inner else "end\n"
        files[f"teams/a/fragments/{name}.html"] = tag * 4
    result = built(site(tmp_path, files))
    assert {"fragment-depth", "too-large"} & set(codes(result))
    assert result.report.fragments <= len(names) + 2, "each is rendered once, and so are the two of the shell"
    assert not result.published


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"site.toml": 'theme = ""\n[teams]\na = "/"\n'}, ""),
        ({"site.toml": f'theme = "{"x" * 300}"\n[teams]\na = "/"\n'}, "unknown-theme"),
        ({"site.toml": f'theme = "plain"\noutput = "{"x" * 300}"\n[teams]\na = "/"\n'}, "name-too-long"),
        ({"teams/a/pages/deep.md": f"---\ntitle: x\npath: {'a/' * 5000}\n---\n"}, "name-too-long"),
        ({"teams/a/pages/half.html": '---\ntitle: x\n---\n{{ "\\ud800" }}\n'}, "template-error"),
        ({"teams/a/pages/nest.html": f"---\ntitle: x\n---\n{{{{ {'(' * 400}1{')' * 400} }}}}\n"}, "template-endless"),
        ({"teams/a/pages/minus.html": f"---\ntitle: x\n---\n{{{{ {'-' * 5000}1 }}}}\n"}, "template-endless"),
    ],
)
def test_no_length_and_no_depth_is_a_bug(tmp_path: Path, files: dict[str, str], code: str) -> None:
    found = codes(built(site(tmp_path, {"teams/a/pages/index.md": "# Home\n"} | files)))
    assert code in found if code else "unknown-theme" not in found


@pytest.mark.parametrize(
    "expression",
    [
        "{{ [1, 2] | reverse }}",
        "{{ 'n: ' ~ (team.pages | map(attribute='title')) }}",
        "{{ {'a': 1} | items }}",
        "{{ 'abc' | slice(2) }}",
        "{{ (team.pages | map(attribute='url')) | string }}",
    ],
)
def test_no_address_of_the_memory_is_ever_printed(tmp_path: Path, expression: str) -> None:
    result = built(site(tmp_path, {"teams/a/pages/index.html": f"---\ntitle: x\n---\n{expression}\n"}))
    assert codes(result) == ["template-error"]
