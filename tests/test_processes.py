"""Promises about processes beside a build: they help, and what keeps them from it harms nobody."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from mfe_static import processes
from mfe_static.workers import WORTH_IT
from sites import site


@pytest.fixture(autouse=True)
def forkable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "forkable", lambda: True)
    monkeypatch.setattr(processes, "cores", lambda: 2)


def test_work_is_done_beside_and_given_as_often_as_it_is_asked_for() -> None:
    process = begun(lambda: str(os.getpid()).encode())
    assert process.given() not in {b"", str(os.getpid()).encode()}
    assert process.given() == process.given()
    assert process.done() and process.done()


def test_work_that_fails_gives_nothing() -> None:
    process = begun(lambda: bytes(1 // 0))
    assert process.given() == b""
    assert not process.done()


def test_what_is_left_is_done_when_nobody_waits_any_more(tmp_path: Path) -> None:
    process = begun(lambda: b"x" * 10**6, (tmp_path / "left").touch)
    assert process.given() == b"x" * 10**6
    assert process.done()
    assert (tmp_path / "left").exists()


def test_what_is_left_may_fail_when_all_was_given() -> None:
    process = begun(lambda: b"x", lambda: 1 // 0)
    assert process.given() == b"x"
    assert not process.done()


@pytest.mark.skipif(not sys.platform.startswith("linux") or not shutil.which("unshare"), reason="needs user namespaces")
def test_a_build_that_is_the_first_process_of_a_container_has_others_work_for_it(tmp_path: Path) -> None:
    alone = ["unshare", "-Urpf", "--mount-proc"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs user namespaces")
    root = site(tmp_path, {f"teams/a/pages/p{number}.md": f"# P{number}\n" for number in range(WORTH_IT)})
    command = [sys.executable, "-m", "mfe_static", "build", "--jobs", "2", "--root", str(root)]
    run = subprocess.run([*alone, *command], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("call", ["fork", "pipe"])
def test_where_the_system_has_no_more_processes_nobody_does_the_work(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse() -> NoReturn:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, call, refuse)
    assert processes.beside(lambda: b"x") is None
    assert len(os.listdir("/proc/self/fd")) == before


def test_where_nobody_may_wait_for_children_nothing_breaks() -> None:
    was = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        process = begun(lambda: b"x")
        assert process.given() == b"x"
        assert process.done() in {False, True}
    finally:
        signal.signal(signal.SIGCHLD, was)


def test_a_wait_that_was_interrupted_is_over() -> None:
    process = begun(lambda: b"x" * signal.SIGINT)
    process._done = False  # as an interruption leaves it
    assert not process.done()
    process._given = b""
    assert process.given() == b""
    os.close(process._reading)
    os.waitpid(process._child, 0)


def begun(work: Callable[[], bytes], then: Callable[[], object] = tuple) -> processes.Beside:
    process = processes.beside(work, then)
    assert process
    return process
