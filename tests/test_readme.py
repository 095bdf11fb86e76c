"""What the README says is true: its tutorial runs as it stands, its pictures and pages exist."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def commands() -> list[list[str]]:
    """Every command line that the README shows."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    return [shlex.split(line[2:], comments=True) for block in blocks for line in block.splitlines() if line[:2] == "$ "]


def test_the_tutorial_has_ten_lines_and_runs_as_it_stands(tmp_path: Path) -> None:
    tutorial = [words for words in commands() if words[0] not in {"make", "pip"}]
    assert len(tutorial) == 10
    here = tmp_path
    for words in tutorial:
        if words[0] == "cd":
            here = here / words[1]
        elif words == ["mfe-static", "dev"]:
            server = [sys.executable, "-m", "mfe_static", "dev", "--json", "--port", "0"]
            with subprocess.Popen(server, cwd=here, stdout=subprocess.PIPE, text=True) as running:
                assert running.stdout is not None
                assert json.loads(running.stdout.readline())["event"] == "ready"
                running.terminate()
        elif words[0] == "mfe-static":
            done = subprocess.run(
                [sys.executable, "-m", "mfe_static", *words[1:]], cwd=here, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, (words, done.stdout, done.stderr)
    assert (here / "dist" / "help" / "install" / "index.html").is_file()


def test_the_example_of_a_ref_and_a_fragment_works_on_the_tutorials_site(tmp_path: Path) -> None:
    def run(*words: str, cwd: Path) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "mfe_static", *words], cwd=cwd, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    run("new", "site", "shop", cwd=tmp_path)
    shop = tmp_path / "shop"
    run("new", "team", "help", "--path", "/help/", cwd=shop)
    run("new", "page", "help", "install", "--title", "How to install", cwd=shop)
    run("new", "fragment", "help", "contact", cwd=shop)
    (example,) = re.findall(r"```markdown\n(.*?)```", README, re.DOTALL)
    with (shop / "teams" / "help" / "team.toml").open("a") as offers:
        offers.write('\n[offers]\nfragments = ["contact"]\n')
    first = sorted(path.name for path in (shop / "teams").iterdir() if path.name != "help")[0]
    page = shop / "teams" / first / "pages" / "ask.md"
    page.write_text(f"---\ntitle: Ask us\ndescription: Ways to reach us.\n---\n\n{example}")
    run("build", cwd=shop)
    (html,) = [path.read_text() for path in (shop / "dist").rglob("ask/index.html")]
    assert 'href="/help/install/"' in html
    assert "mfe-fragment" not in html


def test_every_make_target_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for words in commands():
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), words


def test_every_file_linked_exists() -> None:
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)\)", prose):
        assert (ROOT / target).exists(), target
