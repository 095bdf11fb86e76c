"""Promises about processes that begin before anything is read: only where they are sure to be of use."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from mfe_static.early import begun
from mfe_static.workers import WORTH_IT
from sites import built, problems, site, tree

LARGE = {f"teams/a/pages/p{number}.md": f"# P{number}\n\n```js\nlet a = {number}\n```\n" for number in range(WORTH_IT)}


@pytest.fixture
def large(tmp_path: Path) -> Path:
    return site(tmp_path, LARGE)


def test_the_first_build_of_a_large_site_has_them_begin(large: Path) -> None:
    with begun(large, 2, cache=True) or pytest.fail("nobody began") as pool:
        assert pool


def test_nobody_begins_where_something_is_remembered_or_little_is_to_do_or_one_is_to_do_it(large: Path) -> None:
    assert begun(large, 1, cache=True) is None
    assert problems(built(large)) == []
    assert begun(large, 2, cache=True) is None
    with begun(large, 2, cache=False) or pytest.fail("nobody began"):
        (large / "teams/a/pages/p0.md").unlink()
        assert begun(large, 2, cache=False) is None
    assert begun(large / "nowhere", 2, cache=True) is None


def run(root: Path, *arguments: str) -> int:
    """The exit code of the program itself; nobody that it begins may be left when it has ended."""
    command = [sys.executable, "-m", "mfe_static", "build", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    with subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        process.communicate(timeout=60)  # whoever is left holds the pipes open
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    return process.returncode


def test_the_site_is_the_same_whoever_makes_it(large: Path) -> None:
    assert run(large, "--jobs", "2") == 0
    first = tree(large / "dist")
    assert run(large, "--jobs", "1", "--no-cache", "-o", "other") == 0
    assert tree(large / "other") == first


def test_pages_are_handed_out_before_the_code_of_later_steps_is_read(large: Path) -> None:
    done = told(
        large,
        """
        send = pool.Pool._send

        def told(*given):
            pool.Pool._send = send
            print({"jinja2", "mfe_static.stitch", "mfe_static.publish"} & sys.modules.keys())
            return send(*given)

        pool.Pool._send = told
        """,
    )
    assert done == "set()\n"


def test_who_has_others_render_reads_no_template_engine(large: Path) -> None:
    done = told(
        large,
        """
        me, end = os.getpid(), os._exit

        def told(code):
            if os.getpid() == me:
                print(code, "mfe_static.stitch" in sys.modules, "jinja2" in sys.modules, flush=True)
            end(code)

        os._exit = told
        """,
    )
    assert done == "0 True False\n"


def test_what_layouts_make_of_planned_pages_is_handed_out_behind_the_files(tmp_path: Path) -> None:
    files = {
        f"teams/{team}/pages/p{number}.md": f"---\nlayout: own\n---\n# P{number}\n"
        for team in "ab"
        for number in range(WORTH_IT)
    }
    layouts = {f"teams/{team}/layouts/own.html": "<p>{{ team.name }}</p>{{ content }}" for team in "ab"}
    large = site(tmp_path, files | layouts)
    done = told(
        large,
        """
        calls = workers.Crew._calls

        def told(self, work, contexts, tasks):
            names = []
            yield from calls(self, work, contexts, (names.append(task and task[0]) or task for task in tasks))
            print(*dict.fromkeys(filter(None, names)), sep=", ")

        workers.Crew._calls = told
        """,
    )
    assert done.splitlines()[0] == "a, b, bodies of a, bodies of b"
    assert "<p>b</p>" in (large / "dist/b/p1/index.html").read_text()


def told(root: Path, spying: str) -> str:
    """What is printed by a build in which `spying` put something in somebody's place."""
    program = f"""import os, sys
from mfe_static import pool, workers
from mfe_static.__main__ import main
{textwrap.dedent(spying)}
sys.argv = ["mfe-static", "build", "-q", "--jobs", "2"]
main()
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_large_first_site_is_doubled_and_looked_at_by_another_process(large: Path) -> None:
    done = told(
        large,
        """
        from mfe_static import build, processes, write
        from mfe_static.output import doubling

        build.WORTH_DOUBLING = doubling.WORTH_DOUBLING = 0
        processes.cores = lambda: 2
        look = write.matching

        def told(root, paths, known):
            print(sorted(path for path in paths if path.endswith(".html")))
            return look(root, paths, known)

        write.matching = told
        """,
    )
    assert done == "[]\n"
    dist, idle = large / "dist", large / ".dist.mfe/idle"
    pages = {path for path in tree(dist) if path.endswith(".html")}
    assert pages == {path for path in tree(idle) if path.endswith(".html")}
    assert all((dist / path).samefile(idle / path) for path in pages)


def test_a_build_that_does_not_come_to_pass_leaves_nobody_behind(large: Path) -> None:
    assert run(large, "--jobs", "2", "-e", "nobody") == 1
    assert run(large, "--jobs", "2", "-o", "teams") == 6


def test_a_build_without_standard_streams_is_a_build(large: Path) -> None:
    closed = f"{sys.executable} -m mfe_static build --jobs 2 <&- >&- 2>&-"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    assert subprocess.run(["/bin/sh", "-c", closed], cwd=large, env=environment, check=False).returncode == 0
    assert (large / "dist/p1/index.html").is_file()
