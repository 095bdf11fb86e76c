"""Commands of teams that build with other tools: when they run, what they see, how they fail."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from documents import document
from mfe_static.build import build
from mfe_static.run import Options, Result
from mfe_static.session import Session
from mfe_static.verify import verify
from sites import NOW, Files, built, codes, looked_ahead, only, page, problems, put, site, team_toml, tree

HOME: Files = {"teams/a/pages/index.md": "# Home\n"}


TOOL = f"""#!{sys.executable}
import os, pathlib, subprocess, sys, time

def run(text):
    print("making", *sys.argv[1:], flush=True)
    if "wait" in text:
        begins = "import os, time; open('child', 'w').write(str(os.getpid())); time.sleep(60)"
        subprocess.Popen([sys.executable, "-c", begins])
        time.sleep(60)
    if "fail" in text:
        sys.exit("\\x1b[31msrc/text.txt:1:3: no such word\\x1b[0m")
    if "kill" in text:
        os.kill(os.getpid(), 9)
    if "nothing" in text:
        return
    out = pathlib.Path("dist")
    out.mkdir(exist_ok=True)
    seen = {{name: os.environ.get(name) for name in ("MFE_BASE_PATH", "MFE_BASE_URL", "MFE_TEAM", "SHOWN", "SECRET")}}
    body = f"<h1>{{text}}</h1><pre>{{sys.argv[1:]}} {{seen}}</pre>"
    (out / "index.html").write_text(f"<!doctype html><title>{{text}}</title>{{body}}")

run(pathlib.Path("src/text.txt").read_text())
with open("../../runs", "a") as runs:
    runs.write("x")
"""
"""A tool that makes a page of a text, and can go wrong in many ways."""
MADE = '[build]\ncommand = ["./tool.py"]\noutput = "dist"\n'


def tooled(root: Path, build: str = MADE, files: Files | None = None, **site_options: Any) -> Path:
    """A site in which the team `b` has a tool."""
    own: Files = {"teams/b/team.toml": team_toml("b", build), "teams/b/tool.py": TOOL, **(files or {})}
    site(root, {**HOME, "teams/b/src/text.txt": "One", **own}, **site_options)
    os.chmod(root / "teams/b/tool.py", 0o755)
    return root


def run(root: Path, environ: dict[str, str] | None = None, **options: Any) -> tuple[Result, int]:
    """A build, and how often the tool has come to its end so far."""
    result = built(root, environ={"PATH": os.environ["PATH"], **(environ or {})}, **options)
    runs = root / "runs"
    return result, len(runs.read_text()) if runs.exists() else 0


def text(root: Path) -> str:
    """What the tool made its page of."""
    return page(root, "/b/").partition("<title>")[2].partition("</title>")[0]


@pytest.mark.parametrize("output", ["dist", "out"], ids=["where it was", "elsewhere"])
def test_what_a_command_does_to_the_output_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    meddling = TOOL + "\npathlib.Path('../../dist/index.html').write_text('meddled')\n"
    root = tooled(tmp_path, files={"teams/b/tool.py": TOOL})
    run(root)
    looked_ahead(monkeypatch)
    put(root, "teams/b/tool.py", meddling)
    os.chmod(root / "teams/b/tool.py", 0o755)
    put(root, "teams/b/src/text.txt", "Two")
    result, runs = run(root, flags={"output": output})
    assert (problems(result), runs) == ([], 2)
    home = (root / output / "index.html").read_text()
    assert "meddled" not in home and "Home" in home


def test_a_command_runs_when_what_it_reads_changed_and_only_then(tmp_path: Path) -> None:
    root = tooled(tmp_path)
    result, runs = run(root)
    assert (problems(result), text(root), runs) == ([], "One", 1)
    for again in ({}, {"quick": True}, {"write": False}, {"jobs": 2}):
        result, runs = run(root, **again)
        assert (problems(result), runs) == ([], 1)
    put(root, "teams/a/pages/index.md", "# New\n")
    assert run(root)[1] == 1
    put(root, "teams/b/src/text.txt", "Two")
    assert run(root)[1] == 2
    assert text(root) == "Two"
    put(root, "teams/b/.toolrc", "x")  # tools are set up by dotfiles
    assert run(root, quick=True)[1] == 3
    put(root, "teams/b/team.toml", team_toml("b", MADE) + "\n# a comment\n")
    assert run(root)[1] == 3
    put(root, "teams/b/team.toml", team_toml("b", MADE.replace('"]', '", "--fast"]')))
    assert run(root)[1] == 4
    assert run(root, cache=False)[1] == 5


def test_an_output_that_somebody_changed_or_removed_is_made_anew(tmp_path: Path) -> None:
    root = tooled(tmp_path)
    run(root)
    expected = tree(root / "dist")
    put(root, "teams/b/dist/index.html", document("Changed"))
    assert run(root, quick=True)[1] == 2
    assert tree(root / "dist") == expected
    put(root, "teams/b/dist/more.html", document("More"))  # the tool leaves it, so it belongs to its output from now on
    assert [run(root)[1], run(root)[1]] == [3, 3]
    (root / "teams/b/dist/index.html").unlink()
    (root / "teams/b/dist/more.html").unlink()
    assert run(root, quick=True)[1] == 4
    assert tree(root / "dist") == expected


def test_inputs_say_what_a_command_reads(tmp_path: Path) -> None:
    root = tooled(tmp_path, f'{MADE}inputs = ["src/**/*.txt", "config", "?.cfg"]\n',
                  {"teams/b/config/deep/x": "1", "teams/b/a.cfg": "1", "teams/b/notes.txt": "1"})  # fmt: skip
    assert run(root)[1] == 1
    for path, runs in (("notes.txt", 1), ("a.cfg", 2), ("config/deep/x", 3), ("src/more/y.txt", 4), ("src/z.md", 4),
                       ("tool.py", 5)):  # fmt: skip
        put(root, f"teams/b/{path}", (TOOL if path == "tool.py" else "") + "# 2")
        assert (path, run(root)[1]) == (path, runs)
    put(root, "teams/b/team.toml", team_toml("b", f'{MADE}inputs = ["scr/**"]\n'))
    found = only(run(root)[0], "bad-value")
    assert (found.message, found.line, found.column) == ('"scr/**" is no file in teams/b/', 5, 11)


def test_inputs_of_one_team_that_are_mistyped_keep_no_other_command_from_running(tmp_path: Path) -> None:
    root = tooled(tmp_path, files={"teams/c/team.toml": team_toml("c", f'{MADE}inputs = ["scr"]\n')})
    result, runs = run(root)
    found = only(result, "bad-value")
    assert (found.message, found.team, runs) == ('"scr" is no file in teams/c/', "c", 1)


def test_a_folder_in_which_nothing_is_yet_may_be_an_input(tmp_path: Path) -> None:
    root = tooled(tmp_path, f'{MADE}inputs = ["src", "layouts", "static/**"]\n')
    for name in ("layouts", "static"):
        (root / "teams/b" / name).mkdir()
    assert problems(run(root)[0]) == []
    put(root, "teams/b/static/x.txt", "x")
    assert run(root)[1] == 2
    for mistyped in ("dist", "dist/**", ".", "node_modules", "static/*.css"):
        put(root, "teams/b/team.toml", team_toml("b", f'{MADE}inputs = ["src", "{mistyped}"]\n'))
        assert codes(run(root)[0]) == ["bad-value"], mistyped


def test_a_command_is_told_where_its_pages_will_stand_and_sees_little_else(tmp_path: Path) -> None:
    build = f'{MADE}environment = ["SHOWN"]\n'.replace('"]\nout', '", "--base={base_path}", "{base_url}"]\nout', 1)
    root = tooled(tmp_path, build, keys='base_url = "https://site.example/shop"')
    environ = {"SHOWN": "yes", "SECRET": "no"}
    assert problems(run(root, environ)[0]) == []
    assert page(root, "/b/").partition("<pre>")[2].strip().removesuffix("</pre>") == (
        "['--base=/shop/b/', 'https://site.example/shop/b/'] {'MFE_BASE_PATH': '/shop/b/', "
        "'MFE_BASE_URL': 'https://site.example/shop/b/', 'MFE_TEAM': 'b', 'SHOWN': 'yes', 'SECRET': None}"
    )
    assert run(root, {**environ, "SECRET": "other"}, quick=True)[1] == 1
    assert run(root, {**environ, "SHOWN": "other"}, quick=True)[1] == 2
    assert "'SHOWN': 'other'" in page(root, "/b/")


def test_a_command_that_fails_says_so_with_what_it_printed(tmp_path: Path) -> None:
    root = tooled(tmp_path)
    run(root)
    put(root, "teams/b/src/text.txt", "fail")
    for _ in range(2):  # it is tried again each time: what it needs may not be among its inputs
        result, runs = run(root)
        found = only(result, "command-failed")
        assert (found.file, found.line, found.team) == ("teams/b/team.toml", 3, "b")
        assert found.message == '"./tool.py" ended with exit code 1'
        assert found.hint == "all that it printed is in .mfe/tools/b.log"
        assert found.output == ("making", "src/text.txt:1:3: no such word")
        assert [(other.file, other.line) for other in found.related] == [("teams/b/src/text.txt", 1)]
        assert (runs, text(root), result.published) == (1, "One", False)
    put(root, "teams/b/src/text.txt", "kill")
    assert only(run(root)[0], "command-failed").message == '"./tool.py" was ended by SIGKILL'


def test_a_command_that_takes_too_long_is_ended_with_all_that_it_began(tmp_path: Path) -> None:
    root = tooled(tmp_path, f"{MADE}timeout = 1\n", {"teams/b/src/text.txt": "wait"})
    found = only(run(root)[0], "command-failed")
    assert found.message == '"./tool.py" took longer than its 1 s and was ended'
    assert found.output == ("making",)
    child = int((root / "teams/b/child").read_text())
    with pytest.raises(ProcessLookupError):
        while Path(f"/proc/{child}/stat").read_text().split(") ")[1][0] != "Z":  # it was told to end
            os.kill(child, 0)
        raise ProcessLookupError


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ('"nix-is-no-program"', 'there is no program "nix-is-no-program"'),
        ('"./nix.sh"', 'there is no file "./nix.sh" in teams/b/'),
        ('"src/text.txt"', '"src/text.txt" cannot be started: Permission denied'),
        ('"false"', '"false" ended with exit code 1'),
        ('"sh", "-c", "echo $0; exit 4", "$HOME; `x`"', '"sh -c echo $0; exit 4 $HOME; `x`" ended with exit code 4'),
    ],
)
def test_a_command_that_cannot_be_is_a_problem(tmp_path: Path, command: str, expected: str) -> None:
    root = tooled(tmp_path, MADE.replace('"./tool.py"', command))
    assert only(run(root)[0], "command-failed").message == expected


def test_a_command_that_leaves_nothing_is_a_problem(tmp_path: Path) -> None:
    root = tooled(tmp_path, MADE, {"teams/b/src/text.txt": "nothing"})
    found = only(run(root)[0], "no-output")
    assert (found.message, found.line) == ("there is nothing in teams/b/dist/", 4)


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        ("", "`build.output` has to name the folder that the tool writes"),
        ('output = "/tmp"', '`build.output` "/tmp" is outside of the team\'s folder'),
        ('output = "../c/dist"', '`build.output` "../c/dist" is outside of the team\'s folder'),
        ('output = "."', '`build.output` "." has to be a folder of its own that no dot hides'),
        ('output = ".next/out"', '`build.output` ".next/out" has to be a folder of its own that no dot hides'),
        ('output = "node_modules/x"', '`build.output` "node_modules/x" is a folder that is never read'),
        ('output = "d"\ncommand = ["/bin/sh"]', '`build.command` cannot begin with "/bin/sh", which is no program'),
        ('output = "d"\ncommand = ["../x.sh"]', '`build.command` cannot begin with "../x.sh", which is no program'),
        ('output = "d"\ncommand = [""]', '`build.command` cannot begin with "", which is no program'),
        ('output = "d"\ncommand = ["x", "\\u0000"]', "`build.command` holds a character that no program can be given"),
        ('output = "d"\ninputs = ["../x"]', '`build.inputs` "../x" is no path within the team\'s folder'),
        ('output = "d"\nenvironment = ["A=B"]', '`build.environment` "A=B" is no name of an environment variable'),
        ('output = "d"\nfragments = "../x"', '`build.fragments` "../x" is outside of the team\'s folder'),
        ('output = "d"\ntimeout = 0', '"build.timeout"'),
        ('output = "d"\ncomand = ["x"]', 'unknown key "build.comand"'),
        ('output = "d"\ncommand = "npm run build"', '"build.command"'),
        ('output = "d"\n[build.inject]\nheader = 3', '"build.inject.header"'),
    ],
)
def test_settings_that_cannot_be_are_problems(tmp_path: Path, build: str, expected: str) -> None:
    result = built(site(tmp_path, {**HOME, "teams/b/team.toml": team_toml("b", f"[build]\n{build}\n")}))
    found = next(each for each in result.problems if each.message.startswith(expected))
    assert found.file == "teams/b/team.toml"
    assert not result.published


def test_no_program_of_a_team_is_started_where_that_is_forbidden(tmp_path: Path) -> None:
    root = tooled(tmp_path)
    result, runs = run(root, commands=False)
    assert (codes(result), runs) == (["no-output"], 0)
    run(root)
    assert run(root, commands=False, quick=True)[1] == 1
    assert problems(run(root, commands=False)[0]) == []
    put(root, "teams/b/src/text.txt", "Two")
    result, runs = run(root, commands=False)
    found = only(result, "command-not-run")
    assert found.message == 'teams/b/dist/ is taken as it is, as "./tool.py" may not be run (--no-commands)'
    assert (result.published, runs, text(root)) == (True, 1, "One")
    assert run(root, quick=True)[1] == 2
    assert text(root) == "Two"


def test_the_environment_forbids_programs_as_the_option_does(tmp_path: Path) -> None:
    root = tooled(tmp_path)
    environ = {**os.environ, "MFE_NO_COMMANDS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "mfe_static", "check", "--root", str(root)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, "error[no-output]" in done.stderr) == (1, True)
    assert not (root / "runs").exists()


def test_commands_of_teams_run_at_once(tmp_path: Path) -> None:
    waits = "import os, pathlib, sys, time\nme, other = sys.argv[1:]\npathlib.Path('../../' + me).touch()\n" \
            "while not os.path.exists('../../' + other): time.sleep(.01)\npathlib.Path('out').mkdir(exist_ok=True)\n" \
            "pathlib.Path('out/index.html').write_text('<!doctype html><title>x</title><h1>x</h1>')\n"  # fmt: skip
    files = dict(HOME)
    for me, other in (("b", "c"), ("c", "b")):
        command = f'[build]\ncommand = ["python3", "wait.py", "{me}", "{other}"]\noutput = "out"\ntimeout = 20\n'
        files |= {f"teams/{me}/team.toml": team_toml(me, command), f"teams/{me}/wait.py": waits}
    environ = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    assert problems(built(site(tmp_path, files), environ=environ, jobs=2)) == []


def test_what_is_known_of_tools_may_be_damaged_or_unwritable(tmp_path: Path) -> None:
    root = tooled(tmp_path)
    run(root)
    put(root, ".mfe/tools.index", b"damaged")
    result, runs = run(root)
    assert (codes(result), runs, result.published) == (["cache-damaged"], 2, True)
    assert (problems(run(root)[0]), run(root)[1]) == ([], 2)


def test_a_check_runs_commands_and_knows_them_afterwards(tmp_path: Path) -> None:
    root = tooled(tmp_path)
    result, runs = run(root, write=False)
    assert (problems(result), runs, (root / "dist").exists()) == ([], 1, False)
    assert run(root)[1] == 1


def test_one_team_alone_runs_its_own_command_only(tmp_path: Path) -> None:
    root = tooled(tmp_path)
    run(root)
    put(root, "teams/b/src/text.txt", "Two")
    assert run(root, only="a")[1] == 1
    assert run(root, only="b")[1] == 2


def test_in_a_session_a_command_that_failed_waits_for_a_change_of_its_own(tmp_path: Path) -> None:
    root, session = tooled(tmp_path, MADE.replace("./tool.py", "./count.sh")), Session()
    put(root, "teams/b/count.sh", "#!/bin/sh\necho x >> ../../runs; exit 1\n").chmod(0o755)

    def said(*touched: str) -> tuple[list[str], int]:
        session.touched = touched or None
        result = build(root, Options(now=NOW, jobs=1, environ=dict(os.environ)), session=session)
        return codes(result), len((root / "runs").read_text().split())

    assert said() == (["command-failed"], 1)
    put(root, "teams/a/pages/index.md", "# New\n")
    assert said("teams/a/pages/index.md") == (["command-failed"], 1)
    put(root, "teams/b/src/text.txt", "Two")
    assert said("teams/b/src/text.txt") == (["command-failed"], 2)
    assert said() == (["command-failed"], 3)  # whoever asks for it has it tried again


def test_in_a_session_a_command_that_changes_what_it_reads_does_not_run_without_an_end(tmp_path: Path) -> None:
    root, session = tooled(tmp_path, MADE.replace("./tool.py", "./count.sh")), Session()
    script = "#!/bin/sh\nmkdir -p dist; echo x >> ../../runs; wc -l ../../runs > stamp; "
    put(root, "teams/b/count.sh", f"{script}echo '{document('B')}' > dist/a.html\n").chmod(0o755)

    def said(*touched: str) -> tuple[list[str], int]:
        session.touched = touched or None
        result = build(root, Options(now=NOW, jobs=1, environ=dict(os.environ)), session=session)
        assert result.published
        assert set(codes(result)) <= {"command-repeats"}
        return problems(result), len((root / "runs").read_text().split())

    own = "teams/b/stamp"
    assert said() == ([], 1)
    assert said(own) == ([], 2)  # who knows who changed it
    repeats = [
        'teams/b/team.toml:3:1: warning[command-repeats]: "./count.sh" changes stamp, which it reads, each time '
        "that it runs; it is not run again for that alone (Team B; name its `inputs`, without what it writes)"
    ]
    assert said(own) == (repeats, 3)
    assert said(own) == (repeats, 3)
    put(root, "teams/b/src/text.txt", "Two")
    assert said("teams/b/src/text.txt") == ([], 4)
    put(root, "teams/b/team.toml", team_toml("b", f'{MADE}inputs = ["src"]\n'.replace("./tool.py", "./count.sh")))
    assert said("teams/b/team.toml") == ([], 5)
    assert said(own) == ([], 5)


def test_a_build_from_nothing_runs_the_tool_and_tells_when_it_gives_something_else(tmp_path: Path) -> None:
    build = MADE.replace("./tool.py", "./clock.py")
    clock = TOOL.replace("{text}</h1>", "{time.time_ns()}</h1>")
    root = tooled(tmp_path, build, {"teams/b/clock.py": clock})
    os.chmod(root / "teams/b/clock.py", 0o755)
    options = Options(now=NOW, jobs=1, environ=dict(os.environ))
    assert "dist/b/index.html" in [found.file for found in verify(root, options, build_of(root, options))]
    put(root, "teams/b/clock.py", TOOL)
    assert verify(root, options, build_of(root, options)) == []


def build_of(root: Path, options: Options) -> Result:
    result = build(root, options)
    assert result.published, problems(result)
    return result
