"""`mfe-static serve`: what it prints, where it listens, how it ends."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mfe_static.cli import program
from mfe_static.cli.commands.serve import STYLES as OFFERED
from mfe_static.problems import Problem
from mfe_static.serve import hosts, listening
from mfe_static.serve.listening import Listening, listen
from mfe_static.serve.squares import squares
from serving import finished
from sites import made, site

ROOT = Path(__file__).parents[1]
PAGES = {"teams/home/pages/index.md": "# Home\n", "teams/home/pages/more.md": "# More\n"}


class Running:
    """The command as a process."""

    def __init__(self, process: "subprocess.Popen[str]", first: str) -> None:
        self.process, self.first = process, first

    @property
    def url(self) -> str:
        return str(json.loads(self.first)["url"])

    def get(self, path: str = "") -> tuple[int, str]:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.status, answer.read().decode()

    def end(self, by: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """Its exit code, and what else it said."""
        self.process.send_signal(by)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@contextmanager
def started(folder: Path, *args: str, **environ: str) -> Iterator[Running]:
    """The command, with its first line printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mfe_static", "serve", *args],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], 60)[0]
            yield Running(process, process.stdout.readline())
        finally:
            process.kill()


def answer(*args: str, code: int) -> Any:
    """The one event of a command that could not begin."""
    result = CliRunner().invoke(program, ["serve", *args, "--json"])
    assert result.exit_code == code, result.output
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    made(folder, PAGES)
    return folder


def test_a_built_site_is_shown_and_said_in_a_line(root: Path) -> None:
    with started(root, "--port", "0") as running:
        url, _, rest = running.first.partition(" ")
        assert rest == "shows dist/ as netlify would · Ctrl-C ends\n"
        with urllib.request.urlopen(url, timeout=30) as answer:
            assert b"Home" in answer.read()
        assert running.end() == (130, "", "\ninterrupted\n")


def test_the_first_event_has_the_url(root: Path) -> None:
    with started(root, "--port", "0", "--json") as running:
        event = json.loads(running.first)
        assert event == {"event": "ready", "url": event["url"], "urls": [event["url"]], "problems": []}
        assert event["url"].startswith("http://localhost:")
        assert running.get()[0] == 200
        assert running.end(signal.SIGTERM)[:2] == (130, "")


def test_a_folder_is_meant_from_where_the_user_stands_and_needs_no_sources(root: Path, tmp_path: Path) -> None:
    (tmp_path / "artifact").symlink_to(root / "dist")
    with started(tmp_path, "artifact", "--port", "0", "--json", "--host-style", "github") as running:
        assert "More" in running.get("more/")[1]


def test_requests_are_told_only_when_asked_for(root: Path) -> None:
    for flags, expected in (((), ""), (("-v",), "200 GET /more/  ")):
        with started(root, "--port", "0", "--json", *flags) as running:
            running.get("more/?q=%1b")
            _, _, said = running.end()
        told = said.removesuffix("\ninterrupted\n")
        assert told.startswith(expected)
        assert told.count("GET") == bool(expected)


def test_a_site_with_a_path_is_shown_below_it(tmp_path: Path) -> None:
    made(tmp_path, PAGES, keys='base_url = "https://site.example/shop"')
    with started(tmp_path, "--port", "0", "--json") as running:
        assert running.url.endswith("/shop/")
        assert "Home" in running.get()[1]


def test_a_site_that_was_not_built_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path, PAGES)
    monkeypatch.chdir(tmp_path)
    done = answer(code=1)
    assert (done["event"], done["ok"]) == ("failed", False)
    (found,) = done["problems"]
    assert (found["code"], found["file"]) == ("nothing-to-serve", "dist")
    assert found["hint"] == "build one: mfe-static build"
    for folder in ("teams", "nowhere"):
        assert answer(folder, code=1)["problems"][0]["file"] == folder


def test_a_manifest_that_is_damaged_is_none(tmp_path: Path) -> None:
    finished(tmp_path, {"index.html": "x"})
    (tmp_path / "_mfe/manifest.json").write_text("{")
    assert answer(str(tmp_path), code=1)["problems"][0]["code"] == "nothing-to-serve"


def test_without_a_folder_there_must_be_a_site(tmp_path: Path) -> None:
    assert answer("--root", str(tmp_path), code=1)["problems"][0]["code"] == "missing-site"


def test_a_rule_that_does_nothing_is_told_and_fails_when_strict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(tmp_path / "out", {"index.html": "x", "_redirects": "/a /b 301!\n/c /d 301 Country=de\n"})
    monkeypatch.chdir(tmp_path)
    found = answer("out", "--strict", code=1)["problems"]
    assert [(one["code"], one["severity"], one["file"], one["line"]) for one in found] == [
        ("rule-ignored", "warning", "out/_redirects", 2)
    ]
    with started(tmp_path, "out", "--port", "0", "--json", "--host-style", "cloudflare") as running:
        assert running.get()[0] == 200
        assert len(json.loads(running.first)["problems"]) == 2
        assert running.end()[2] == "\ninterrupted\n"
    with started(tmp_path, "out", "--port", "0") as running:
        assert running.end()[2].startswith(
            "out/_redirects:2: warning[rule-ignored]: this line does nothing: conditions such as Country and Language "
            "cannot be tried here\n    2 | /c /d 301 Country=de\n"
        )


@contextmanager
def taken(port: int = 0) -> Iterator[int]:
    """A port at which another program listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        yield int(other.getsockname()[1])


def test_a_port_that_is_taken_is_an_error_when_strict(root: Path) -> None:
    with taken() as port:
        done = answer(str(root / "dist"), "--port", str(port), "--strict-port", code=3)
    (found,) = done["problems"]
    assert found["code"] == "port-taken"
    assert found["message"] == f"port {port} is taken by another program"


def test_else_the_next_free_port_is_taken(root: Path) -> None:
    with taken() as port, started(root, "--port", str(port), "--json") as running:
        assert int(running.url.split(":")[2].strip("/")) > port
        assert running.get()[0] == 200
    with taken() as port, started(root, "--port", str(port)) as running:
        assert running.first.endswith(f"Ctrl-C ends · another program has port {port}\n")


def test_a_port_is_taken_if_it_is_at_one_of_both_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET6) as other:
        try:
            other.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        other.listen()
        found = listen(None, int(other.getsockname()[1]), strict=True)
        assert isinstance(found, Problem)
        assert found.code == "port-taken"


def test_where_no_port_is_free_none_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_TRIES", 0)
    with taken() as port:
        found = listen(None, port, strict=False)
    assert isinstance(found, Problem)
    assert found.code == "port-taken"


@pytest.mark.parametrize("host", ["192.0.2.77", "no-such-host.invalid", "dist", "300.1.1.1", "a" * 300])
def test_an_address_that_is_not_of_this_machine_is_a_problem(root: Path, host: str) -> None:
    done = answer(str(root / "dist"), "--port", "0", "--host", host, code=1)
    (found,) = done["problems"]
    assert found["code"] == "cannot-listen"
    assert host in found["message"]


def opened(host: str | None, port: int = 0) -> Listening:
    found = listen(host, port, strict=True)
    assert isinstance(found, Listening)
    for one in found.sockets:
        one.close()
    return found


def test_only_this_machine_is_let_in_unless_asked_for() -> None:
    found = listen(None, 0, strict=True)
    assert isinstance(found, Listening)
    addresses = {one.getsockname()[0] for one in found.sockets}
    for one in found.sockets:
        one.close()
    assert addresses <= {"127.0.0.1", "::1"}
    assert "127.0.0.1" in addresses
    assert not found.named("10.0.0.1")
    assert (found.hosts, found.url("localhost", "/x/")) == (["localhost"], f"http://localhost:{found.port}/x/")


def test_answers_leave_at_once_in_however_many_packets() -> None:
    assert {one.proto for one in opened(None).sockets} == {
        socket.IPPROTO_TCP
    }  # asyncio sets TCP_NODELAY for these alone


def test_everywhere_means_every_address_and_no_foreign_name() -> None:
    found = opened("0.0.0.0")
    assert found.hosts[0] == "localhost"
    assert all(found.named(host) for host in ("localhost", "10.1.2.3", "fe80::1", socket.gethostname().lower()))
    assert not any(found.named(host) for host in ("evil.test", "10.1.2.3.evil.test", ""))


def test_a_given_address_may_be_named_beside_this_machines_own() -> None:
    found = opened("127.0.0.2")
    assert found.hosts == ["127.0.0.2"]
    assert found.named("127.0.0.2")
    assert found.named("localhost")
    assert not found.named("10.0.0.1")
    assert found.url("::1") == f"http://[::1]:{found.port}/"


def test_opened_to_a_network_every_address_is_said(root: Path) -> None:
    with started(root, "--port", "0", "--json", "--host") as running:
        event = json.loads(running.first)
        assert event["urls"][0] == event["url"] == running.url
        assert len(event["urls"]) == len(set(event["urls"]))
        assert running.get()[0] == 200


def test_a_code_for_phones_is_a_square_with_a_margin() -> None:
    lines = squares("http://192.168.1.2:8000/")
    assert {len(line) for line in lines} == {29}
    assert len(lines) == 15
    assert set("".join(lines)) == set(" ▀▄█")
    assert lines[0] == "█" * 29


def test_the_browser_is_opened_when_asked_for(root: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    os.mkfifo(told)
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\necho "$1" > {told}\n')
    script.chmod(0o755)
    with started(root, "--port", "0", "--json", "--open", BROWSER=f"{script} %s") as running:
        assert told.read_text().strip() == running.url


def test_the_styles_of_the_command_are_those_that_there_are() -> None:
    assert tuple(hosts.STYLES) == OFFERED


def test_a_style_that_is_none_is_a_usage_error() -> None:
    result = CliRunner().invoke(program, ["serve", "--host-style", "netlfy"])
    assert result.exit_code == 2
    assert 'Did you mean "netlify"?' in result.stderr


def test_an_open_answer_does_not_keep_the_server_from_ending(root: Path) -> None:
    with started(root, "--port", "0", "--json") as running:
        port = int(running.url.split(":")[2].strip("/"))
        with socket.create_connection(("127.0.0.1", port)) as link:
            link.sendall(b"GET / HTTP/1.1\r\nHost: local")
            assert running.end()[0] == 130
