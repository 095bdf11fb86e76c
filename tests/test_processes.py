"""Promises about processes beside a build: they help, and what keeps them from it harms nobody."""

import os
import signal
from typing import NoReturn

import pytest

from mfe_static import processes


@pytest.fixture(autouse=True)
def forkable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "forkable", lambda: True)
    monkeypatch.setattr(processes, "cores", lambda: 2)


def test_work_is_done_beside_and_given_as_often_as_it_is_asked_for() -> None:
    result = processes.beside(lambda: str(os.getpid()).encode())
    assert result() not in {None, str(os.getpid()).encode()}
    assert result() == result()


def test_work_that_fails_gives_nothing() -> None:
    assert processes.beside(lambda: b"" + bytes(1 // 0))() is None


@pytest.mark.parametrize("call", ["fork", "pipe"])
def test_where_the_system_has_no_more_processes_nobody_does_the_work(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse() -> NoReturn:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, call, refuse)
    assert processes.beside(lambda: b"x")() is None
    assert len(os.listdir("/proc/self/fd")) == before


def test_where_nobody_may_wait_for_children_nothing_breaks() -> None:
    was = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        result = processes.beside(lambda: b"x")
        assert result() in {None, b"x"}
        assert result() in {None, b"x"}
    finally:
        signal.signal(signal.SIGCHLD, was)


def test_a_wait_that_was_interrupted_is_over() -> None:
    result = processes.beside(lambda: b"x" * signal.SIGINT)
    waiting = result.__self__  # type: ignore[attr-defined]
    waiting._begun = True  # as an interruption leaves it
    assert result() is None
    os.close(waiting._reading)
    os.waitpid(waiting._child, 0)
