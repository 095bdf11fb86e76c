"""Promises about processes that begin before the command line is read: only where they are sure to be of use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mfe_static.early import begun, early
from mfe_static.workers import WORTH_IT
from sites import built, problems, site, tree

LARGE = {f"teams/a/pages/p{number}.md": f"# P{number}\n\n```js\nlet a = {number}\n```\n" for number in range(WORTH_IT)}


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(site(tmp_path, LARGE))
    return tmp_path


def test_the_first_build_of_a_large_site_has_them_begin(large: Path) -> None:
    pool = early(["build", "--strict", "-o", "public"])
    assert pool is not None
    with pool:
        assert pool


@pytest.mark.parametrize("arguments", [
    [], ["check"], ["--help"], ["build", "--help"], ["build", "-j2"], ["build", "--jobs", "1"], ["build", "--root=.."],
])  # fmt: skip
def test_what_builds_otherwise_or_not_at_all_has_nobody_begin(large: Path, arguments: list[str]) -> None:
    assert early(arguments) is None


def test_nobody_begins_where_something_is_remembered_or_little_is_to_do_or_there_is_no_site(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert problems(built(large)) == []
    assert early(["build"]) is None
    with begun(large, 2, cache=False) or pytest.fail("nobody began"):
        assert begun(large, 1, cache=False) is None
    monkeypatch.chdir(large / "teams")
    assert early(["build"]) is None
    (large / "teams/site.toml").write_text("")
    assert early(["build"]) is None


def test_nobody_begins_in_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert early(["build"]) is None


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program itself; nobody that it begins may be left when it has ended."""
    command = [sys.executable, "-m", "mfe_static", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    with subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        out, said = process.communicate(timeout=60)  # whoever is left holds the pipes open
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    return subprocess.CompletedProcess(command, process.returncode, out, said)


def test_the_site_is_the_same_however_they_began(large: Path) -> None:
    assert run(large, "build").returncode == 0
    first = tree(large / "dist")
    assert run(large, "build", "--jobs", "1", "--no-cache", "-o", "other").returncode == 0
    assert tree(large / "other") == first


@pytest.mark.parametrize(("arguments", "code"), [(["--nonsense"], 2), (["-e", "nobody"], 1)])
def test_a_build_that_does_not_come_to_pass_leaves_nobody_behind(large: Path, arguments: list[str], code: int) -> None:
    assert run(large, "build", *arguments).returncode == code


def test_a_build_without_standard_streams_is_a_build(large: Path) -> None:
    closed = f"{sys.executable} -m mfe_static build <&- >&- 2>&-"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    assert subprocess.run(["/bin/sh", "-c", closed], cwd=large, env=environment, check=False).returncode == 0
    assert (large / "dist/p1/index.html").is_file()
