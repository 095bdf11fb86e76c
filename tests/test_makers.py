"""Promises about who fills the cache: another package is another maker, and the same one is not read twice."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mfe_static.state import maker
from mfe_static.state.makers import maker_of

LONG_AGO = 1_000_000_000


@pytest.fixture(autouse=True)
def bytecode_may_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that was installed a while ago."""
    folder = tmp_path / "package"
    for path, text in {"a.py": "1", "b/c.py": "2", "__pycache__/a.pyc": "3"}.items():
        written(folder / path, text)
    return folder


def written(file: Path, text: str) -> None:
    """A file with this text that looks as if it had been there for long."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (LONG_AGO, LONG_AGO))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file has another text": lambda folder: (folder / "a.py").write_text("9"),
    "a file is longer": lambda folder: (folder / "a.py").write_text("1 "),
    "a file is new": lambda folder: (folder / "d.html").write_text(""),
    "a file is gone": lambda folder: (folder / "a.py").unlink(),
    "a file stands elsewhere": lambda folder: (folder / "b/c.py").rename(folder / "c.py"),
    "a file has another text and the old time": lambda folder: written(folder / "a.py", "9"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_another_package_is_another_maker(package: Path, change: Callable[[Path], object]) -> None:
    before = maker_of(str(package))
    change(package)
    assert maker_of(str(package)) != before


def test_the_same_package_elsewhere_is_the_same_maker(package: Path, tmp_path: Path) -> None:
    shutil.copytree(package, tmp_path / "elsewhere")
    assert maker_of(str(package)) == maker_of(str(tmp_path / "elsewhere"))


def test_what_python_made_of_it_is_not_part_of_it(package: Path) -> None:
    before = maker_of(str(package))
    (package / "__pycache__/other.pyc").write_text("x")
    assert maker_of(str(package)) == before


def settled(monkeypatch: pytest.MonkeyPatch, package: Path) -> str:
    """Who it is, long after anything was touched."""
    later = max(path.stat().st_ctime_ns for path in package.rglob("*")) + 10 * 10**9
    monkeypatch.setattr("time.time_ns", lambda: later)
    return maker_of(str(package))


def kept(package: Path) -> list[Path]:
    return [*(package / "__pycache__").glob("maker.*")]


def test_files_that_look_as_they_did_are_not_read_again(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = settled(monkeypatch, package)
    monkeypatch.setattr("mfe_static.state.makers._read", lambda *_: "read")
    assert maker_of(str(package)) == before
    assert len(kept(package)) == 1


def test_files_that_were_just_touched_are_read_each_time(package: Path) -> None:
    (package / "a.py").write_text("8")
    maker_of(str(package))
    assert kept(package) == []


@pytest.mark.parametrize(
    "damage", [b"", b"x" * 64, b"\xff" * 64, b"0" * 63], ids=["empty", "other", "no text", "short"]
)
def test_a_damaged_name_is_no_name(package: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes) -> None:
    before = settled(monkeypatch, package)
    (file,) = kept(package)
    file.write_bytes(damage)
    assert maker_of(str(package)) == before
    assert file.read_bytes() != damage


def test_where_python_writes_nothing_neither_is_this(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    settled(monkeypatch, package)
    assert kept(package) == []


def test_a_package_that_nobody_may_write_is_read(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(package / "__pycache__")
    before = settled(monkeypatch, package)
    assert maker_of(str(package)) == before


def test_this_package_has_a_name() -> None:
    assert len(maker()) == 32
