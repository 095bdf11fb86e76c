"""Promises about publishing: on a real file system, with real readers, real kills and a real full disk."""

import concurrent.futures
import contextlib
import errno
import json
import multiprocessing
import os
import pickle
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfe_static import processes
from mfe_static import write as write_module
from mfe_static.digests import Digest, digest
from mfe_static.output import ahead, complete, doubling, trees
from mfe_static.output.making import digest_of, write
from mfe_static.output.record import MANIFEST, Entry, matching, passed, read_record
from mfe_static.output.removal import Removed
from mfe_static.output.swap import exchange
from mfe_static.output.trees import walk
from mfe_static.problems import Problem
from mfe_static.write import (
    Doubler,
    OutputFailed,
    Placed,
    Staging,
    Writer,
    Written,
    lock,
    open_output,
    remove_output,
    standing_whole,
)
from sites import looked_ahead

Site = Mapping[str, bytes]
SITE: Site = {"index.html": b"home", "docs/index.html": b"docs", "docs/a/index.html": b"a", "_mfe/assets/x.css": b"x"}


def never(_one: str, _other: str) -> bool:
    return False


@pytest.fixture(params=["in one step", "file by file", "looked at ahead"])
def trade(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], bool]:
    if request.param == "looked at ahead":
        looked_ahead(monkeypatch)
        monkeypatch.setitem(globals(), "opened", looking)
    return never if request.param == "file by file" else exchange


def looking(output: Path, **how: Any) -> Staging | Problem:
    staging = open_output(output, **how)
    if isinstance(staging, Staging):
        staging.look_ahead()
    return staging


opened = open_output


def begin(output: Path, trade: Callable[[str, str], bool] = exchange) -> Staging:
    staging = opened(output, sources=(), state=None, trade=trade)
    assert isinstance(staging, Staging), staging
    return staging


def publish(output: Path, site: Site, trade: Callable[[str, str], bool] = exchange) -> Written:
    with begin(output, trade) as staging:
        for path, content in site.items():
            staging.put(path, content)
        return staging.publish()._replace(manifest="")


def refusal(output: Path, *sources: Path, state: Path | None = None) -> Problem:
    refused = open_output(output, sources=sources, state=state)
    assert isinstance(refused, Problem)
    return refused


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pages(folder: Path) -> dict[str, bytes]:
    return {path: content for path, content in tree(folder).items() if path != MANIFEST}


def settle() -> None:
    """Let the clock tick that stamps files, so that what was written counts as written before."""
    with tempfile.TemporaryFile() as file:
        stamps: set[int] = set()
        while len(stamps) < 2:
            file.write(b"x")
            file.flush()
            stamps.add(os.fstat(file.fileno()).st_mtime_ns)


# -- what is published


def test_a_first_build_makes_the_folder_and_all_above_it(tmp_path: Path) -> None:
    assert publish(tmp_path / "a" / "b" / "dist", SITE) == Written(4, 0, 10, 4)
    assert pages(tmp_path / "a" / "b" / "dist") == SITE


def test_the_manifest_lists_every_other_file_sorted_with_its_digest(tmp_path: Path) -> None:
    publish(tmp_path / "one", SITE)
    publish(tmp_path / "two", {path: SITE[path] for path in reversed(list(SITE))})
    text = (tmp_path / "one" / MANIFEST).read_bytes()
    assert text == (tmp_path / "two" / MANIFEST).read_bytes()
    assert json.loads(text) == {"version": 1, "files": {path: digest(content) for path, content in SITE.items()}}
    assert list(json.loads(text)["files"]) == sorted(SITE)


def test_only_files_whose_bytes_differ_count_as_written(tmp_path: Path, trade: Callable[[str, str], bool]) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE, trade)
    assert publish(dist, {**SITE, "index.html": b"HOME"}, trade) == Written(1, 0, 10, 4)
    assert publish(dist, {**SITE, "index.html": b"HOME"}, trade) == Written(0, 0, 10, 4)
    assert publish(dist, {"index.html": b"HOME", "new": b""}, trade) == Written(1, 3, 4, 2)
    assert pages(dist) == {"index.html": b"HOME", "new": b""}


def test_removed_sources_disappear_with_their_folders(tmp_path: Path, trade: Callable[[str, str], bool]) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE, trade)
    for _ in range(3):
        publish(dist, {"index.html": b"home"}, trade)
        assert sorted(path.name for path in dist.rglob("*")) == ["_mfe", "index.html", "manifest.json"]


def test_a_file_may_become_a_folder_and_a_folder_a_file(tmp_path: Path, trade: Callable[[str, str], bool]) -> None:
    dist = tmp_path / "dist"
    one: Site = {"a": b"file", "b/c/d": b"deep", "b/e": b"deep"}
    two: Site = {"a/x/y": b"deep", "b": b"file"}
    for site in (one, two, one, two, two, one):
        publish(dist, site, trade)
        assert pages(dist) == site


def test_many_builds_in_both_ways_by_turns_give_what_was_asked_for(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    for number in range(24):
        site = {f"{name}/index.html": b"%d" % (number // (name + 1)) for name in range(6) if (number + name) % 4}
        publish(dist, site, never if number % 3 == 2 else exchange)
        assert pages(dist) == site


def test_copies_never_share_a_file_with_their_source_and_follow_it(tmp_path: Path) -> None:
    source, dist = tmp_path / "big.bin", tmp_path / "dist"
    for content in (os.urandom(3_000_000), os.urandom(3_000_001), b""):
        source.write_bytes(content)
        for expected in (1, 0):
            with begin(dist) as staging:
                staging.copy("big.bin", str(source))
                assert staging.publish().written == expected
            assert (dist / "big.bin").read_bytes() == content
            assert json.loads((dist / MANIFEST).read_bytes())["files"]["big.bin"] == digest(content)
            assert (dist / "big.bin").stat().st_nlink == source.stat().st_nlink == 1


def test_a_source_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    with begin(tmp_path / "dist") as staging, pytest.raises(OutputFailed) as failed:
        staging.copy("x", str(tmp_path / "missing"))
    assert failed.value.problem.code == "unreadable"


def test_an_unchanged_file_can_be_kept_by_its_digest_alone(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    with begin(dist) as staging:
        assert staging.keep("index.html", digest(b"home"))
        assert not staging.keep("docs/index.html", digest(b"other"))
        assert not staging.keep("missing", digest(b""))
        staging.put("docs/index.html", b"other")
        assert staging.publish()[:4] == Written(1, 2, 9, 2)[:4]
    assert pages(dist) == {"index.html": b"home", "docs/index.html": b"other"}


@pytest.mark.parametrize("path", ["", "/etc/x", "../x", "a/../x", "a//b", "./a", "a/", "a\0b", MANIFEST])
def test_a_path_that_leads_out_is_a_bug_of_the_caller(tmp_path: Path, path: str) -> None:
    (tmp_path / "real").write_bytes(b"")
    with begin(tmp_path / "dist") as staging:
        for do in (
            lambda: staging.put(path, b""),
            lambda: staging.keep(path, digest(b"")),
            lambda: staging.copy(path, str(tmp_path / "real")),
            lambda: staging.copy(path, str(tmp_path / "real"), digest(b"")),
        ):
            with pytest.raises(ValueError):
                do()


def test_leaving_without_publish_changes_nothing(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    before = tree(dist)
    with begin(dist) as staging:
        staging.put("index.html", b"never seen")
    assert tree(dist) == before
    publish(dist, SITE)
    assert tree(dist) == before


def test_files_and_folders_have_the_modes_that_the_umask_leaves(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        publish(tmp_path / "dist", SITE)
    finally:
        os.umask(old)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "dist").rglob("*") if path.is_file()} == {0o644}
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "dist").rglob("*") if path.is_dir()} == {0o755}


def test_the_output_folder_keeps_the_mode_its_owner_gave_it(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    dist.chmod(0o2750)
    for number in range(3):
        publish(dist, {"index.html": b"%d" % number})
        assert dist.stat().st_mode & 0o7777 == 0o2750


# -- times, for Last-Modified


def test_an_unchanged_file_keeps_its_time_and_a_changed_one_never_goes_back(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, {"same.html": b"same", "turns.html": b"0"})
    same = (dist / "same.html").stat().st_mtime_ns
    last = (dist / "turns.html").stat().st_mtime_ns
    for content in (b"1", b"0", b"1", b"1", b"0"):
        changed = content != (dist / "turns.html").read_bytes()
        settle()
        publish(dist, {"same.html": b"same", "turns.html": content})
        assert (dist / "same.html").stat().st_mtime_ns == same
        now = (dist / "turns.html").stat().st_mtime_ns
        assert now > last if changed else now == last
        last = now


def test_a_file_that_a_hand_touched_keeps_its_new_time(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    for number in range(2):
        publish(dist, {"same.html": b"same", "index.html": b"%d" % number})
    touched = (dist / "same.html").stat().st_mtime_ns + 10**9
    os.utime(dist / "same.html", ns=(touched, touched))
    for number in range(2, 5):
        publish(dist, {"same.html": b"same", "index.html": b"%d" % number})
        assert (dist / "same.html").stat().st_mtime_ns == touched


def test_nothing_is_exchanged_when_nothing_changed(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    before = dist.stat().st_ino
    publish(dist, SITE)
    assert dist.stat().st_ino == before


def test_a_file_that_both_twins_share_is_repaired_when_somebody_writes_into_it(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    publish(dist, {**SITE, "index.html": b"new"})
    shared = next(path for path in dist.rglob("*") if path.is_file() and path.stat().st_nlink == 2)
    with shared.open("r+b") as opened:
        opened.write(b"tampered")
    for number in range(3):
        site = {**SITE, "index.html": b"%d" % number}
        publish(dist, site)
        assert pages(dist) == site


def test_a_reader_that_has_a_file_open_reads_it_to_its_end(tmp_path: Path, trade: Callable[[str, str], bool]) -> None:
    dist = tmp_path / "dist"
    publish(dist, {"index.html": b"0" * 9}, trade)
    with open(dist / "index.html", "rb", buffering=0) as reader:
        for number in range(1, 5):
            publish(dist, {"index.html": b"%d" % number * 9}, trade)
        assert reader.read() == b"0" * 9


# -- repair


@pytest.mark.parametrize("settled", [True, False])
def test_what_a_hand_did_to_our_files_is_repaired(
    tmp_path: Path, trade: Callable[[str, str], bool], settled: bool
) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE, trade)
    for _ in range(3):
        if settled:
            settle()
            publish(dist, SITE, trade)
        (dist / "index.html").write_bytes(b"HACK")
        (dist / "docs/a/index.html").unlink()
        (dist / "docs/index.html").unlink()
        (dist / "docs/index.html").symlink_to(dist / "index.html")
        assert publish(dist, SITE, trade).written == 3
        assert pages(dist) == SITE
        assert not (dist / "docs/index.html").is_symlink()


def test_a_deleted_output_a_deleted_twin_and_an_emptied_output_are_made_again(tmp_path: Path) -> None:
    dist, twin = tmp_path / "dist", tmp_path / ".dist.mfe"
    for number in range(3):
        publish(dist, {**SITE, "n": b"%d" % number})
        for folder in (dist, twin):
            folder.rename(tmp_path / f"gone-{folder.name}-{number}")
            publish(dist, {**SITE, "n": b"%d" % number})
            assert pages(dist) == {**SITE, "n": b"%d" % number}


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\0", b"[]", b'{"version": 9, "files": {}}', None])
def test_a_damaged_manifest_loses_nothing(
    tmp_path: Path, trade: Callable[[str, str], bool], damage: bytes | None
) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE, trade)
    (dist / "notes.txt").write_bytes(b"mine")
    (dist / MANIFEST).unlink()
    if damage is not None:
        (dist / MANIFEST).write_bytes(damage)
    publish(dist, {"index.html": b"new"}, trade)
    assert pages(dist) == {"index.html": b"new", "notes.txt": b"mine"}


def test_a_damaged_manifest_without_the_twin_is_refused(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    (tmp_path / ".dist.mfe").rename(tmp_path / "elsewhere")
    (dist / MANIFEST).write_bytes(b"{")
    before = tree(dist)
    refused = refusal(dist)
    assert refused.code == "output-not-ours"
    assert "damaged" in refused.message
    assert tree(dist) == before


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b"\x98\x02", msgspec.msgpack.encode([9, "", {}])])
def test_a_damaged_record_and_one_of_another_version_are_forgotten(tmp_path: Path, damage: bytes) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    (tmp_path / ".dist.mfe/record").write_bytes(damage)
    (dist / "index.html").write_bytes(b"HACK")
    assert publish(dist, SITE).written == 1
    assert pages(dist) == SITE


def test_a_forged_manifest_reaches_nothing_outside(tmp_path: Path, trade: Callable[[str, str], bool]) -> None:
    dist, outside = tmp_path / "dist", tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(b"!")
    publish(dist, SITE, trade)
    (dist / "link").symlink_to(outside)
    names = ["../outside/precious", str(outside / "precious"), "link/precious", "docs/../../outside/precious"]
    (dist / MANIFEST).write_text(json.dumps({"version": 1, "files": dict.fromkeys([*names, *SITE], "0")}))
    publish(dist, {"index.html": b"new"}, trade)
    publish(dist, {"index.html": b"newer"}, trade)
    assert remove_output(dist) == Removed(1, ("link",))
    assert (outside / "precious").read_bytes() == b"!"


# -- what is known without looking


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of the output whose content is read, from now on."""
    seen: list[str] = []
    read = digest_of

    def counted(path: str) -> str:
        seen.append(path)
        return read(path)

    monkeypatch.setattr(trees, "digest_of", counted)
    return seen


def listings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that are listed, from now on."""
    seen: list[str] = []
    scandir = os.scandir

    def counted(path: str) -> Any:
        if isinstance(path, str):  # not the tests' own
            seen.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counted)
    return seen


def many(version: int = 0) -> Site:
    """Sixty pages, of which the first differs by `version`."""
    return {f"{page % 3}/{page}/index.html": b"%d" % (version if page == 0 else 1) for page in range(60)}


def few(version: int = 0) -> Site:
    return dict(list(many(version).items())[:12])


def published(dist: Path, site: Site) -> Digest:
    """Publish, with what was written settled; the manifest's digest."""
    with begin(dist) as staging:
        for path, content in site.items():
            staging.put(path, content)
        settle()
        return staging.publish().manifest


def test_a_build_right_after_the_first_one_reads_no_file_and_lists_hardly_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(tmp_path / "dist", many())
    read, listed = reads(monkeypatch), listings(monkeypatch)
    with begin(tmp_path / "dist") as staging:
        assert all(staging.keep(path, digest(content)) for path, content in many().items())
        assert staging.publish().written == 0
    assert read == []
    assert len(listed) <= 2


def test_a_build_touches_only_what_two_builds_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dist = tmp_path / "dist"
    for version in range(3):
        published(dist, {**many(), f"{version % 3}/{version}/index.html": b"changed"})
        settle()
    read, listed = reads(monkeypatch), listings(monkeypatch)
    opened, made = [], os.open

    def counted(path: str, *rest: Any, **options: Any) -> int:
        opened.append(path)
        return made(path, *rest, **options)

    monkeypatch.setattr(os, "open", counted)
    for version in range(3, 6):
        published(dist, {**many(), f"{version % 3}/{version}/index.html": b"changed"})
        settle()
        assert pages(dist) == {**many(), f"{version % 3}/{version}/index.html": b"changed"}
    assert read == []
    assert len(listed) <= 3 * 8
    assert len([path for path in opened if ".html" in path]) <= 3 * 7


def test_a_file_as_young_as_the_manifest_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dist = tmp_path / "dist"
    later = time.time_ns() + 3600 * 10**9
    with begin(dist) as staging:
        staging.put("old.html", b"old")
        placed = staging.writer().put("young.html", b"young", "")
        os.utime(tmp_path / ".dist.mfe/idle/young.html", ns=(later, later))
        staging.add(msgspec.structs.replace(placed, modified=later))
        settle()
        manifest = staging.publish().manifest
    assert standing_whole(dist, None, manifest) is None
    read = reads(monkeypatch)
    with begin(dist) as staging:
        assert staging.standing("old.html") == digest(b"old")
        assert read == []
        assert staging.standing("young.html") == digest(b"young")
        assert read == [str(dist / "young.html")]


def test_what_a_file_was_proven_to_be_is_remembered_once_it_is_old_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dist = tmp_path / "dist"
    manifest = published(dist, many())
    (tmp_path / ".dist.mfe/record").unlink()
    settle()
    assert standing_whole(dist, None, manifest) is None
    publish(dist, many())
    read = reads(monkeypatch)
    publish(dist, many())
    assert read == []
    assert standing_whole(dist, None, manifest) == Written(0, 0, 60, 60, manifest)


def test_where_folders_have_no_time_of_change_they_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dist = tmp_path / "dist"

    def timeless(_root: str, folders: Collection[str]) -> dict[str, int]:
        return dict.fromkeys(folders, 1)

    with monkeypatch.context() as patched:
        patched.setattr(complete, "folder_times", timeless)
        published(dist, many())
    listed = listings(monkeypatch)
    for _ in range(2):
        publish(dist, many())
        assert len(listed) > 60
        listed.clear()


def test_another_file_system_has_another_clock(tmp_path: Path) -> None:
    with open(tmp_path / "now", "wb") as file:
        now = os.fstat(file.fileno()).st_mtime_ns
        assert passed(file.fileno(), str(tmp_path)) == now
        assert passed(file.fileno(), str(tmp_path / "missing")) == now
        assert passed(file.fileno(), "/proc") < now


def aside(dist: Path, folder: str) -> None:
    """Move a folder of the output away and leave a link to it."""
    (dist / folder).rename(dist.parent / "aside")
    (dist / folder).symlink_to(dist.parent / "aside")


Hand = Callable[[Path], object]
OURS: list[Hand] = [
    lambda dist: (dist / "0/0/index.html").write_bytes(b"HACK"),
    lambda dist: (dist / "1/1/index.html").unlink(),
    lambda dist: (dist / "0/3").rename(dist / "0/moved"),
    lambda dist: shutil.rmtree(dist / "2"),
    lambda dist: aside(dist, "0"),
    lambda dist: aside(dist, "1/7"),
    lambda dist: (dist / "2/2/index.html").rename(dist / "2/5/index.html"),
    lambda dist: (dist / "0/6/index.html").rename(dist / "0/6/other.html"),
    lambda dist: os.utime(dist / "0/9/index.html"),
]
"""What a hand may do to files of ours."""
THEIRS: list[Hand] = [
    lambda dist: (dist / "1/4/new.txt").write_bytes(b"mine"),
    lambda dist: (dist / "new.txt").write_bytes(b"mine"),
    lambda dist: (dist / "2/empty").mkdir(),
    lambda dist: os.mkdir(os.fsencode(dist) + b"/1/\xff"),
]


@given(
    hands=st.lists(st.tuples(st.sampled_from(OURS + THEIRS), st.booleans()), max_size=5),
    version=st.integers(0, 1),
    another=st.booleans(),
)
@settings(max_examples=settings().max_examples // 3)
def test_what_is_remembered_is_what_a_look_would_find(
    hands: list[tuple[Hand, bool]], version: int, another: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        if another:
            looked_ahead(patched)
            patched.setitem(globals(), "opened", looking)
        dist = Path(folder) / "dist"
        for number in range(3):
            publish(dist, few(number))
            settle()
        for hand, build in hands:
            with contextlib.suppress(OSError):
                hand(dist)
            if build:
                with contextlib.suppress(OutputFailed):
                    publish(dist, few(version))
                settle()
        record = read_record(str(dist.parent / ".dist.mfe"))
        for root in (dist, dist.parent / ".dist.mfe/idle"):
            assert walk(str(root), *record.names(root.stat().st_ino)) == walk(str(root))


@pytest.fixture
def doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process makes the idle tree of every first site."""
    monkeypatch.setattr(doubling, "WORTH_DOUBLING", 0)
    monkeypatch.setattr(processes, "forkable", lambda: True)  # whatever thread another test has left
    monkeypatch.setattr(processes, "cores", lambda: 2)


@contextlib.contextmanager
def nearly_done(dist: Path, site: Site) -> Iterator[Staging]:
    """A first site, from the moment on at which another process doubles it."""
    with Doubler() as doubler, begin(dist) as staging:
        staging.look_ahead()
        staging.double_by(doubler)
        for path, content in site.items():
            staging.put(path, content)
        staging.write("unused/index.html", b"never added")
        staging.nearly_done()
        assert (dist.parent / ".dist.mfe/double").exists()
        yield staging


@pytest.mark.usefixtures("doubled")
@pytest.mark.parametrize("killed", [False, True], ids=["whole", "half made"])
def test_beside_a_first_build_another_process_makes_the_idle_tree_of_links(tmp_path: Path, killed: bool) -> None:
    dist, idle = tmp_path / "dist", tmp_path / ".dist.mfe/idle"
    before, after = {**many(), "index.html": b"old"}, {**many(), "index.html": b"new"}
    with nearly_done(dist, before) as staging:
        staging.nearly_done()
        staging.put("late.html", b"late")
        staging.publish()
    (dist / "late.html").unlink()
    assert pages(idle) == before
    assert all((idle / path).samefile(dist / path) for path in before)
    if killed:
        for path in list(many())[::2]:
            (idle / path).unlink()
    assert publish(dist, after).written == 1
    assert pages(dist) == after
    assert pages(idle) == before


@pytest.mark.usefixtures("doubled")
def test_what_another_process_has_looked_at_is_known_and_not_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dist, looked = tmp_path / "dist", set[str]()

    def counted(root: str, paths: Collection[str], known: Mapping[str, Entry]) -> dict[str, Entry]:
        looked.update(paths)
        return matching(root, paths, known)

    with nearly_done(dist, many()) as staging:
        monkeypatch.setattr(write_module, "matching", counted)
        staging.put("0/0/index.html", b"again")
        staging.look_now()
        staging.put("late/late.html", b"late")
        settle()
        manifest = staging.publish().manifest
    assert looked == {"0/0/index.html", "late/late.html"}
    assert pages(dist) == {**many(), "0/0/index.html": b"again", "late/late.html": b"late"}
    record = read_record(str(tmp_path / ".dist.mfe"))
    assert record.names(dist.stat().st_ino) == ({*tree(dist)}, {**walk(str(dist)).folders, "_mfe": 0})
    assert standing_whole(dist, None, manifest)


@pytest.mark.parametrize("failing", [False, True])
def test_where_much_changes_what_was_written_is_looked_at_by_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: bool
) -> None:
    dist, looked = tmp_path / "dist", set[str]()

    def counted(root: str, paths: Collection[str], known: Mapping[str, Entry]) -> dict[str, Entry]:
        looked.update(paths)
        return matching(root, paths, known)

    looked_ahead(monkeypatch)
    published(dist, many())
    (dist / "notes.txt").write_bytes(b"mine")
    if failing:
        monkeypatch.setattr(ahead, "unlike", no_links)
    after = dict.fromkeys(many(), b"new")
    with begin(dist) as staging:
        staging.look_ahead()
        monkeypatch.setattr(write_module, "matching", counted)
        for path, content in after.items():
            staging.put(path, content)
        staging.look_now()
        staging.put("late.html", b"late")
        staging.publish()
    assert looked == {"late.html", *(after if failing else ())}
    assert pages(dist) == {**after, "late.html": b"late", "notes.txt": b"mine"}
    assert pages(tmp_path / ".dist.mfe/idle") == many()
    assert {path.name for path in (tmp_path / ".dist.mfe").iterdir()} == {"idle", "record", "lock", ".gitignore"}


@pytest.mark.skipif(sys.platform != "linux", reason="nobody is forked there")
def test_a_process_beside_that_has_much_to_say_ends_where_nobody_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: object) -> None:
        raise AssertionError("it waits")

    looked_ahead(monkeypatch)
    site = {f"{number}-{'x' * 200}/index.html": b"old" for number in range(600)}
    published(tmp_path / "dist", site)
    signal.signal(signal.SIGALRM, hang)
    signal.alarm(20)
    try:
        with begin(tmp_path / "dist") as staging:
            staging.look_ahead()
            for path in site:
                staging.put(path, b"new")
            shutil.rmtree(tmp_path / ".dist.mfe/idle")  # as where the disk is full: nothing stands as it was written
            staging.look_now()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    assert pages(tmp_path / "dist") == site
    assert not (tmp_path / ".dist.mfe/told").exists()


@pytest.mark.usefixtures("doubled")
@pytest.mark.parametrize("failing", ["", "unlike", "_linked"], ids=["it looks", "it cannot look", "it has no links"])
@pytest.mark.parametrize(
    "hand",
    [
        lambda idle: (idle / "0/9/index.html").unlink(),
        lambda idle: (idle / "0/9/index.html").write_bytes(b"changed"),
        lambda idle: (idle / "0/9/index.html").rename(idle / "0/9/other.html"),
        lambda idle: shutil.rmtree(idle / "0/9"),
        shutil.rmtree,
        lambda idle: (idle / "0/9/index.html").unlink() or (idle / "0/9/index.html").symlink_to("../0/index.html"),
    ],
    ids=["gone", "changed", "moved", "without its folder", "without its tree", "a link"],
)
def test_a_file_of_a_first_site_that_another_program_touches_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hand: Callable[[Path], object], failing: str
) -> None:
    if failing:
        monkeypatch.setattr(doubling, failing, no_links)
    with nearly_done(tmp_path / "dist", many()) as staging:
        hand(tmp_path / ".dist.mfe/idle")
        with pytest.raises(OutputFailed) as failed:
            staging.publish()
        assert failed.value.problem.code == "busy"
    assert not (tmp_path / "dist").exists()
    published(tmp_path / "dist", many())


def no_links(*_: object) -> Any:
    raise PermissionError(errno.EPERM, "no links here")


@pytest.mark.usefixtures("doubled")
@pytest.mark.parametrize("failing", ["unlike", "_linked"])
def test_a_first_site_goes_live_where_the_process_beside_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    dist = tmp_path / "dist"
    monkeypatch.setattr(doubling, failing, no_links)
    with nearly_done(dist, many()) as staging:
        staging.put("late.html", b"late")
        settle()
        assert staging.publish().written == 61
    assert pages(dist) == {**many(), "late.html": b"late"}
    record = read_record(str(tmp_path / ".dist.mfe"))
    assert record.names(dist.stat().st_ino) == ({*tree(dist)}, {**walk(str(dist)).folders, "_mfe": 0})
    assert publish(dist, many(1))._replace(bytes=0) == Written(1, 1, 0, 60)
    assert pages(dist) == many(1)


@pytest.mark.usefixtures("doubled")
def test_a_first_site_goes_live_where_its_double_has_no_place(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    with Doubler() as doubler, begin(dist) as staging:
        staging.double_by(doubler)
        (tmp_path / ".dist.mfe/double").touch()
        for path, content in many().items():
            staging.put(path, content)
        staging.nearly_done()
        staging.publish()
    assert pages(dist) == many()


@pytest.mark.usefixtures("doubled")
@pytest.mark.parametrize("helped", [False, True], ids=["alone", "with the build's help"])
def test_a_site_is_doubled_to_the_end_while_it_is_live_already_and_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, helped: bool
) -> None:
    dist, idle, linked, end, build = (
        tmp_path / "dist",
        tmp_path / ".dist.mfe/idle",
        doubling._linked,
        Doubler.end,
        os.getpid(),
    )
    held, let_go = os.pipe()
    steps: list[None] = []

    def slowly(*how: Any) -> Iterator[None]:
        links = linked(*how)
        for _ in range(2 if os.getpid() != build else 0):
            os.read(held, 1)
            yield next(links)
        for step in links:
            steps.append(step)
            yield step

    def ending(doubler: Doubler) -> None:
        os.write(let_go, b"++")
        end(doubler)

    monkeypatch.setattr(doubling, "_linked", slowly)
    monkeypatch.setattr(Doubler, "end", ending)
    if not helped:
        monkeypatch.setattr(Doubler, "help", lambda *_: None)
    with nearly_done(dist, many()) as staging:
        staging.look_now()
        os.write(let_go, b"+")
        staging.publish()
        assert pages(dist) == many()
        assert not idle.exists()
        (dist / "1/1/index.html").unlink()
    assert len(steps) == (58 if helped else 0)
    assert pages(idle) == {path: content for path, content in many().items() if path != "1/1/index.html"}
    assert publish(dist, many()).written == 1
    assert pages(dist) == many()


@pytest.mark.usefixtures("doubled")
def test_what_a_killed_first_build_left_is_neither_published_nor_doubled(tmp_path: Path) -> None:
    dist, idle = tmp_path / "dist", tmp_path / ".dist.mfe/idle"
    with begin(dist) as staging:
        staging.put("stale/index.html", b"stale")
    with nearly_done(dist, many()) as staging:
        staging.publish()
    assert walk(str(dist)).files == {*many(), MANIFEST}
    assert {*walk(str(dist)).folders} == {*walk(str(idle)).folders, "_mfe"}
    assert pages(idle) == many()


@pytest.mark.usefixtures("doubled")
def test_nothing_is_left_of_the_double_of_a_site_that_did_not_go_live(tmp_path: Path) -> None:
    dist, twin = tmp_path / "dist", tmp_path / ".dist.mfe"
    with nearly_done(dist, many()):
        pass
    assert not dist.exists()
    assert not (twin / "double").exists()
    (twin / "double/tree/0").mkdir(parents=True)  # as a kill leaves it
    (twin / "told").write_bytes(b"much")
    published(dist, many())
    assert {path.name for path in twin.iterdir()} == {"record", "lock", ".gitignore"}


def test_no_tree_is_doubled_where_others_would_lack_the_room(tmp_path: Path) -> None:
    assert doubling.has_room(str(tmp_path), 10)
    assert not doubling.has_room(str(tmp_path), 1 << 50)
    assert not doubling.has_room(str(tmp_path / "nowhere"), 10)


# -- whether the site still stands


def test_a_published_site_stands_whole_also_between_files_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dist = tmp_path / "dist"
    manifest = published(dist, many())
    assert manifest == digest((dist / MANIFEST).read_bytes())
    assert standing_whole(dist, None, manifest) == Written(0, 0, 60, 60, manifest)
    (dist / "0/notes.txt").write_bytes(b"mine")
    (dist / "uploads").mkdir()
    with begin(dist) as busy:  # no lock is asked for
        before = {path: path.lstat().st_ctime_ns for path in tmp_path.rglob("*")}
        read = reads(monkeypatch)
        assert standing_whole(dist, tmp_path / ".mfe", manifest) == Written(0, 0, 60, 60, manifest)
        assert read == []
        assert {path: path.lstat().st_ctime_ns for path in tmp_path.rglob("*")} == before
        assert busy.standing("0/0/index.html")


@pytest.mark.parametrize(
    "hand",
    [
        *OURS,
        lambda dist: (dist / MANIFEST).write_bytes(b"{}"),
        lambda dist: (dist / MANIFEST).unlink(),
        shutil.rmtree,
        lambda dist: (dist.parent / ".dist.mfe/record").unlink(),
        lambda dist: (dist.parent / ".dist.mfe/record").write_bytes(b"\x98"),
        lambda dist: (dist.parent / ".dist.mfe/swapping").touch(),
    ],
)
def test_a_site_that_anybody_touched_does_not_stand_whole(tmp_path: Path, hand: Hand) -> None:
    dist = tmp_path / "dist"
    manifest = published(dist, many())
    assert standing_whole(dist, None, manifest) is not None
    hand(dist)
    assert standing_whole(dist, None, manifest) is None


def test_only_the_site_that_is_asked_for_stands(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    first, second = published(dist, many()), published(dist, many(2))
    assert standing_whole(dist, None, first) is None
    assert standing_whole(dist, None, second) is not None
    assert standing_whole(dist, None, "") is None
    assert standing_whole(tmp_path / "other", None, second) is None


def test_a_build_that_was_cut_short_before_the_exchange_leaves_doubt(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    manifest = published(dist, many())

    def cut_short(one: str, _other: str) -> bool:
        if one == str(dist):
            raise KeyboardInterrupt
        return True

    with pytest.raises(KeyboardInterrupt):
        publish(dist, dict(list(many().items())[:50]), cut_short)
    assert standing_whole(dist, None, manifest) is None
    assert pages(dist) == many()


# -- many processes

STARTS = ["fork", pytest.param("spawn", marks=pytest.mark.slow)]


def place(writer: Writer, site: Site, standing: Mapping[str, Digest]) -> list[Placed]:
    ours: set[str] = set()
    return [writer.put(path, content, standing[path], ours) for path, content in site.items()]


@pytest.mark.parametrize("start", STARTS)
def test_processes_write_into_the_same_new_folders_at_once(tmp_path: Path, start: str) -> None:
    dist = tmp_path / "dist"
    sites: list[Site] = [
        {f"{page // 4}/x/{page}": b"%d" % page for page in range(200)},
        {f"{page // 4}": b"file" for page in range(200)},
        {f"{page // 4}/x/{page}": b"%d" % page for page in range(100)},
        {f"{page // 4}/x/{page}": b"%d" % (page // 100) for page in range(200)},
    ]
    with concurrent.futures.ProcessPoolExecutor(4, multiprocessing.get_context(start)) as pool:
        for site in sites:
            with begin(dist) as staging:
                shares = [dict(list(site.items())[number::4]) for number in range(4)]
                known = [{path: staging.standing(path) for path in share} for share in shares]
                for placed in pool.map(place, [staging.writer()] * 4, shares, known):
                    for one in placed:
                        staging.add(one)
                staging.publish()
            assert pages(dist) == site


def replace_all(root: str, name: str, knows: bool) -> None:
    ours: set[str] | None = set() if knows else None
    for number in range(150):
        for folder in (f"{number}", f"{number}/x"):
            write(root, f"{folder}/{name}", b"", digest(b""), ours)


@pytest.mark.parametrize("start", STARTS)
def test_processes_replace_the_same_files_and_links_by_folders_at_once(tmp_path: Path, start: str) -> None:
    root, outside = tmp_path / "tree", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    names = ["a", "b", "c", "d"]
    with concurrent.futures.ProcessPoolExecutor(4, multiprocessing.get_context(start)) as pool:
        for _ in range(3):
            for number in range(150):
                if number % 2:
                    (root / f"{number}").symlink_to(outside)
                else:
                    (root / f"{number}").write_bytes(b"a file")
            list(pool.map(replace_all, [str(root)] * 4, names, [True, False, True, False]))
            assert set(tree(root)) == {
                f"{number}/{below}{name}" for number in range(150) for below in ("", "x/") for name in names
            }
            assert not list(outside.iterdir())
            shutil.rmtree(root)
            root.mkdir()


def test_a_writer_leaves_alone_what_stands_already(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    with begin(dist) as staging:
        writer = pickle.loads(pickle.dumps(staging.writer()))
        same = writer.put("index.html", b"home", staging.standing("index.html"))
        other = writer.put("new.html", b"new", staging.standing("new.html"))
        assert tree(tmp_path / ".dist.mfe/idle") == {"new.html": b"new"}
        assert (same.path, same.digest, same.size, same.changed) == ("index.html", digest(b"home"), 4, False)
        assert (other.digest, other.size, other.changed) == (digest(b"new"), 3, True)
        for placed in (same, other):
            staging.add(placed)
        assert staging.publish()[:4] == (1, 3, 7, 2)
    assert pages(dist) == {"index.html": b"home", "new.html": b"new"}


def test_what_a_writer_was_told_must_be_so(tmp_path: Path) -> None:
    with begin(tmp_path / "dist") as staging:
        placed = staging.writer().put("index.html", b"home", digest(b"home"))
        with pytest.raises(ValueError):
            staging.add(placed)


def test_a_file_that_was_written_and_never_added_is_not_published(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    for number in range(3):
        with begin(dist) as staging:
            for path in ("index.html", "dropped.html", "deep/er/dropped.html"):
                placed = staging.writer().put(path, b"%d" % number, staging.standing(path))
                if "dropped" not in path:
                    staging.add(placed)
            staging.publish()
        assert pages(dist) == {"index.html": b"%d" % number}
        assert not (dist / "deep").exists()


def test_a_file_that_was_added_and_is_gone_stops_the_build(tmp_path: Path, trade: Callable[[str, str], bool]) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE, trade)
    with begin(dist, trade) as staging:
        staging.put("index.html", b"new")
        staging.put("docs/index.html", b"new")
        (tmp_path / ".dist.mfe/idle/index.html").unlink()
        with pytest.raises(OutputFailed) as failed:
            staging.publish()
    assert failed.value.problem.code == "busy"
    assert failed.value.problem.file == f"{dist}/index.html"
    assert pages(dist) == SITE


@given(puts=st.lists(st.tuples(st.sampled_from("pwc"), st.sampled_from([b"0", b"1", b"2"])), min_size=1, max_size=4))
@settings(max_examples=50)
def test_of_several_files_for_one_path_the_last_wins(puts: list[tuple[str, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        dist, source = Path(folder) / "dist", Path(folder) / "source"
        publish(dist, {"a": b"0", "b": b"0"})
        publish(dist, {"a": b"0", "b": b"1"})
        with begin(dist) as staging:
            staging.put("b", b"2")
            for way, content in puts:
                if way == "p":
                    staging.put("a", content)
                elif way == "w":
                    staging.add(staging.writer().put("a", content, staging.standing("a")))
                else:
                    source.write_bytes(content)
                    staging.copy("a", str(source), digest(content))
            assert staging.publish().written == 1 + (puts[-1][1] != b"0")
        assert pages(dist) == {"a": puts[-1][1], "b": b"2"}


@pytest.mark.parametrize("way", ["put", "batch", "copy"])
def test_a_link_in_the_idle_tree_is_never_written_through(tmp_path: Path, way: str) -> None:
    dist, outside, idle = tmp_path / "dist", tmp_path / "outside", tmp_path / ".dist.mfe/idle"
    outside.mkdir()
    (outside / "index.html").write_bytes(b"precious")
    for number in range(2):
        publish(dist, {"index.html": b"%d" % number, "docs/a/index.html": b"%d" % number})
    shutil.rmtree(idle / "docs")
    (idle / "docs").symlink_to(outside)
    (idle / "index.html").unlink()
    (idle / "index.html").symlink_to(outside / "index.html")
    (outside / "a").mkdir()
    site: Site = {"index.html": b"2", "docs/a/index.html": b"2", "docs/index.html": b"2"}
    ours = set[str]() if way == "batch" else None
    with begin(dist) as staging:
        for path, content in site.items():
            if way != "copy":
                staging.add(staging.writer().put(path, content, "", ours))
            else:
                (tmp_path / "source").write_bytes(content)
                staging.copy(path, str(tmp_path / "source"))
        staging.publish()
    assert pages(dist) == site
    assert tree(outside) == {"index.html": b"precious"}


def test_a_refusal_comes_back_from_another_process_as_the_problem_it_is(tmp_path: Path) -> None:
    with begin(tmp_path / "dist") as staging:
        site = {"docs/" + "x" * 256: b""}
        with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            failed = pool.submit(place, staging.writer(), site, dict.fromkeys(site, "")).exception()
    assert isinstance(failed, OutputFailed)
    assert failed.problem.code == "name-too-long"
    assert str(failed) == failed.problem.message


def test_a_known_digest_spares_reading_a_source_that_stands_already(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    with begin(dist) as staging:
        staging.copy("index.html", str(tmp_path / "missing"), digest(b"home"))
        with pytest.raises(OutputFailed):
            staging.copy("new.html", str(tmp_path / "missing"), digest(b"home"))
        assert staging.publish().written == 0
    assert pages(dist) == {"index.html": b"home"}


# -- what is not ours


def test_files_of_others_survive_every_build(tmp_path: Path, trade: Callable[[str, str], bool]) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE, trade)
    (dist / "docs/notes.txt").write_bytes(b"notes")
    (dist / ".git/objects").mkdir(parents=True)
    (dist / ".git/HEAD").write_bytes(b"ref")
    (dist / "link").symlink_to("nowhere")
    inode = (dist / ".git/HEAD").stat().st_ino
    for number in range(5):
        site: Site = {"index.html": b"%d" % number} if number % 2 else {**SITE, "index.html": b"%d" % number}
        publish(dist, site, trade)
        assert pages(dist) == {**site, "docs/notes.txt": b"notes", ".git/HEAD": b"ref"}
        assert os.readlink(dist / "link") == "nowhere"
        assert (dist / ".git/objects").is_dir()
        assert (dist / ".git/HEAD").stat().st_ino == inode
        assert (dist / ".git/HEAD").stat().st_nlink == 1
    (dist / "docs/notes.txt").unlink()
    publish(dist, SITE, trade)
    publish(dist, {}, trade)
    assert not (dist / "docs").exists()


def test_a_file_of_another_that_appears_during_the_exchange_moves_along(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    (dist / "edited.txt").write_bytes(b"old")

    def disturbed(one: str, other: str) -> bool:
        if one == str(dist):
            (dist / "late").mkdir()
            (dist / "late/new.txt").write_bytes(b"late")
            (dist / "edited.new").write_bytes(b"edited")
            settle()
            (dist / "edited.new").write_bytes(b"edited")
            (dist / "edited.new").replace(dist / "edited.txt")
        return exchange(one, other)

    site: Site = {**SITE, "index.html": b"2"}
    publish(dist, site, disturbed)
    assert pages(dist) == {**site, "late/new.txt": b"late", "edited.txt": b"edited"}


def test_files_of_another_that_go_during_a_build_do_not_stop_the_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_ahead(monkeypatch)
    dist, traded = tmp_path / "dist", list[bool]()
    publish(dist, SITE)
    for path in ("docs/theirs.txt", "theirs/one.txt", "theirs/two.txt"):
        (dist / path).parent.mkdir(exist_ok=True)
        (dist / path).write_bytes(b"theirs")

    def trade(one: str, other: str) -> bool:
        traded.append(one == str(dist))
        return exchange(one, other)

    with begin(dist, trade) as staging:
        staging.look_ahead()
        staging.put("index.html", b"new")
        (dist / "docs/theirs.txt").unlink()
        shutil.rmtree(dist / "theirs")
        staging.publish()
    assert traded[-1]
    assert tree(dist).keys() == {"index.html", MANIFEST}


def test_a_file_of_another_that_appears_during_an_exchange_cut_short_comes_back(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)

    def cut_short(one: str, other: str) -> bool:
        done = exchange(one, other)
        if one == str(dist):
            (Path(other) / "late.txt").write_bytes(b"late")  # the old tree, a moment ago still the live one
            raise KeyboardInterrupt
        return done

    site: Site = {**SITE, "index.html": b"2"}
    with pytest.raises(KeyboardInterrupt):
        publish(dist, site, cut_short)
    assert pages(dist) == site
    publish(dist, SITE)
    assert pages(dist) == {**SITE, "late.txt": b"late"}


@pytest.mark.parametrize("taken", ["new.html", "new.html/inner.txt", "docs/new"])
def test_a_file_of_another_where_ours_must_go_is_refused(
    tmp_path: Path, trade: Callable[[str, str], bool], taken: str
) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE, trade)
    (dist / taken).parent.mkdir(exist_ok=True)
    (dist / taken).write_bytes(b"theirs")
    before = tree(dist)
    with pytest.raises(OutputFailed) as failed:
        publish(dist, {**SITE, "new.html": b"theirs", "docs/new/index.html": b"x"}, trade)
    assert failed.value.problem.code == "output-not-ours"
    assert failed.value.problem.file == str(dist / ("new.html" if "new.html" in taken else taken))
    assert tree(dist) == before


def test_a_link_in_place_of_one_of_our_folders_is_not_followed(
    tmp_path: Path, trade: Callable[[str, str], bool]
) -> None:
    dist, outside = tmp_path / "dist", tmp_path / "outside"
    publish(dist, SITE, trade)
    (dist / "docs").rename(outside)
    (dist / "docs").symlink_to(outside)
    before = tree(outside)
    with pytest.raises(OutputFailed) as failed:
        publish(dist, dict.fromkeys(SITE, b"changed"), trade)
    assert failed.value.problem.code == "output-not-ours"
    publish(dist, {"index.html": b"only"}, trade)
    assert tree(outside) == before
    assert (dist / "docs").is_symlink()


def test_a_folder_that_is_not_ours_is_refused_and_untouched(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "thesis.txt").write_bytes(b"!")
    assert refusal(dist).code == "output-not-ours"
    assert remove_output(dist) == refusal(dist)
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]
    assert tree(dist) == {"thesis.txt": b"!"}


def test_an_output_made_anew_by_another_tool_is_refused_although_the_twin_is_there(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    dist.rename(tmp_path / "old")
    dist.mkdir()
    (dist / "index.html").write_bytes(b"another tool's")
    assert refusal(dist).code == "output-not-ours"


def test_a_stranger_with_the_twins_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".dist.mfe").mkdir()
    (tmp_path / ".dist.mfe/thesis.txt").write_bytes(b"!")
    assert refusal(tmp_path / "dist").code == "output-not-ours"
    assert tree(tmp_path) == {".dist.mfe/thesis.txt": b"!"}


def test_an_empty_folder_is_taken(tmp_path: Path, trade: Callable[[str, str], bool]) -> None:
    (tmp_path / "dist").mkdir()
    publish(tmp_path / "dist", SITE, trade)
    assert pages(tmp_path / "dist") == SITE


def test_outputs_that_cannot_be_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "site"
    source = root / "teams" / "docs"
    (source / "pages").mkdir(parents=True)
    (root / "link").symlink_to(source / "pages")
    (root / "file").write_bytes(b"")
    for output in (root, root / "teams", source, source / "dist", source / "pages", root / "link", tmp_path):
        assert refusal(output, source).code == "output-in-source", output
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for output in (Path("/"), tmp_path / "home", root / "file"):
        assert refusal(output).code == "output-not-ours", output
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["docs", "file", "link", "pages", "site", "teams"]
    assert isinstance(open_output(root / "teams-dist", sources=[source], state=None), Staging)


def test_an_output_that_is_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "dist").symlink_to(tmp_path / "elsewhere" / "www")
    for site in (SITE, {"index.html": b"2"}):
        publish(tmp_path / "dist", site)
        assert (tmp_path / "dist").is_symlink()
        assert pages(tmp_path / "elsewhere" / "www") == site


# -- clean


def test_clean_removes_what_we_wrote_and_leaves_the_rest(tmp_path: Path, trade: Callable[[str, str], bool]) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE, trade)
    publish(dist, {**SITE, "index.html": b"2"}, trade)
    (dist / "docs/notes.txt").write_bytes(b"notes")
    assert remove_output(dist) == Removed(len(SITE), ("docs/notes.txt",))
    assert sorted(tree(tmp_path)) == [f"dist/{MANIFEST}", "dist/docs/notes.txt"]
    assert tree(dist)["docs/notes.txt"] == b"notes"


def test_a_folder_that_was_cleaned_is_still_ours_whatever_was_left_in_it(
    tmp_path: Path, trade: Callable[[str, str], bool]
) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE, trade)
    (dist / "CNAME").write_bytes(b"shop")
    for _ in range(2):
        assert isinstance(remove_output(dist), Removed)
    publish(dist, SITE, trade)
    assert pages(dist) == {**SITE, "CNAME": b"shop"}
    remove_output(dist)
    (dist / "CNAME").unlink()
    assert remove_output(dist) == Removed(1)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_of_others_is_left_and_does_not_make_the_output_theirs(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    (dist / "uploads").mkdir()
    assert remove_output(dist) == Removed(len(SITE), ("uploads/",))
    publish(dist, SITE)
    assert (dist / "uploads").is_dir()


def test_a_link_in_the_place_of_the_list_is_left_and_not_followed(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, {"index.html": b"home"})
    (tmp_path / "outside").mkdir()
    (dist / MANIFEST).unlink()
    (dist / "_mfe").rmdir()
    (dist / "_mfe").symlink_to(tmp_path / "outside")
    assert remove_output(dist) == Removed(1, ("_mfe",))
    assert list((tmp_path / "outside").iterdir()) == []
    assert (dist / "_mfe").is_symlink()


def test_clean_leaves_no_folder_behind_and_is_done_when_there_is_nothing(tmp_path: Path) -> None:
    publish(tmp_path / "dist", SITE)
    assert remove_output(tmp_path / "dist") == Removed(len(SITE) + 1)
    assert remove_output(tmp_path / "dist") == Removed(0)
    assert list(tmp_path.iterdir()) == []


# -- two at once


def test_two_builds_of_one_output_are_kept_apart(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    with begin(dist) as first:
        first.put("index.html", b"first")
        busy = refusal(dist)
        assert busy.code == "busy"
        assert f"process {os.getpid()}, started 20" in busy.message
        assert remove_output(dist) == busy
        first.publish()
    assert publish(dist, {"index.html": b"second"}).written == 1


def test_the_lock_names_its_holder_and_is_free_when_he_is_done_or_dead(tmp_path: Path) -> None:
    state = tmp_path / ".mfe"
    code = f"""
import pathlib, sys, time
from mfe_static.write import lock
with lock(pathlib.Path({str(state)!r})) as busy:
    print(busy is None, flush=True)
    time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    with lock(state) as busy:
        assert busy is not None
        assert busy.code == "busy"
        assert f"process {holder.pid}," in busy.message
    holder.kill()
    holder.communicate()
    with lock(state) as busy:
        assert busy is None
        with lock(state) as again:
            assert again is not None
            assert again.code == "busy"
    with lock(state) as busy:
        assert busy is None


def test_workers_that_outlive_a_killed_build_do_not_hold_its_lock(tmp_path: Path) -> None:
    code = f"""
import os, pathlib, time
from mfe_static.write import lock
with lock(pathlib.Path({str(tmp_path)!r})):
    worker = os.fork()
    if worker == 0:
        time.sleep(60)
    print(worker, flush=True)
    time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    worker = int(holder.stdout.readline())
    try:
        holder.kill()
        holder.wait()
        with lock(tmp_path) as busy:
            assert busy is None
            with lock(tmp_path) as again:
                assert again is not None
    finally:
        os.kill(worker, signal.SIGKILL)
        holder.stdout.close()


def test_a_state_folder_that_cannot_be_written_gives_no_lock_and_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with lock(tmp_path / "file" / ".mfe") as busy:
        assert busy is None


# -- the file system refuses


@pytest.fixture
def mounted() -> Iterator[Callable[..., None]]:
    """Mounts that end with the test; skips where mounting is not allowed."""
    made: list[Path] = []

    def mount(at: Path, *options: str) -> None:
        done = subprocess.run(["mount", *options, str(at)], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"cannot mount: {done.stderr.strip()}")
        made.append(at)

    try:
        yield mount
    finally:
        for at in reversed(made):
            subprocess.run(["umount", str(at)], check=True)


def test_a_full_disk_is_one_problem_and_leaves_the_site(tmp_path: Path, mounted: Callable[..., None]) -> None:
    mounted(tmp_path, "-t", "tmpfs", "-o", "size=1m", "none")
    dist = tmp_path / "dist"
    publish(dist, SITE)
    before = tree(dist)
    with pytest.raises(OutputFailed) as failed:
        publish(dist, {**SITE, "fits.bin": b"x" * 500_000, "big.bin": b"x" * 700_000})
    assert failed.value.problem.code == "disk-full"
    assert f"{dist}/big.bin needs 700,000 bytes" in failed.value.problem.message
    assert tree(dist) == before
    assert publish(dist, {"index.html": b"small again"}).written == 1


def test_a_file_too_large_for_the_limits_is_a_problem(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OutputFailed) as failed:
            publish(dist, {**SITE, "big.bin": b"x" * 100_001})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert failed.value.problem.code == "disk-full"
    assert pages(dist) == SITE


def test_a_name_too_long_is_a_problem(tmp_path: Path) -> None:
    with begin(tmp_path / "dist") as staging, pytest.raises(OutputFailed) as failed:
        staging.put("docs/" + "x" * 256, b"")
    assert failed.value.problem.code == "name-too-long"


def test_a_read_only_output_is_a_problem(tmp_path: Path, mounted: Callable[..., None]) -> None:
    publish(tmp_path / "dist", SITE)
    mounted(tmp_path, "--bind", str(tmp_path))
    subprocess.run(["mount", "-o", "remount,ro,bind", str(tmp_path)], check=True)
    for state in (None, tmp_path / ".mfe"):
        refused = refusal(tmp_path / "dist", state=state)
        assert refused.code == "output-unwritable"
        assert str(tmp_path / "dist") in refused.message
    with lock(tmp_path / ".mfe") as busy:
        assert busy is None


@pytest.mark.parametrize("kind", ["another file system", "the same file system"])
def test_an_output_that_is_a_mount_point_is_written_file_by_file(
    tmp_path: Path, mounted: Callable[..., None], kind: str
) -> None:
    dist, other = tmp_path / "dist", tmp_path / "other"
    dist.mkdir()
    other.mkdir()
    if kind == "another file system":
        mounted(dist, "-t", "tmpfs", "none")
    else:
        mounted(dist, "--bind", str(other))
    inode = dist.stat().st_ino
    for site in (SITE, {**SITE, "index.html": b"2"}, {"new": b""}):
        publish(dist, site)
        assert pages(dist) == site
        assert dist.stat().st_ino == inode
        assert not (dist / "_mfe/.incoming").exists()


@pytest.mark.parametrize("held", [{}, {"media/film": b"!"}])
def test_a_mount_inside_the_output_stays_where_it_is(tmp_path: Path, mounted: Callable[..., None], held: Site) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    (dist / "media").mkdir()
    mounted(dist / "media", "-t", "tmpfs", "none")
    for path, content in held.items():
        (dist / path).write_bytes(content)
    publish(dist, {"index.html": b"2"})
    assert pages(dist) == {"index.html": b"2", **held}
    assert os.path.ismount(dist / "media")


def test_a_twin_goes_to_the_state_folder_where_the_one_above_cannot_be_written(
    tmp_path: Path, mounted: Callable[..., None]
) -> None:
    above, state = tmp_path / "above", tmp_path / "state"
    (above / "dist").mkdir(parents=True)
    mounted(above, "--bind", str(above))
    mounted(above / "dist", "--bind", str(above / "dist"))
    subprocess.run(["mount", "-o", "remount,ro,bind", str(above)], check=True)
    for site in (SITE, {"index.html": b"2"}):
        staging = open_output(above / "dist", sources=(), state=state)
        assert isinstance(staging, Staging), staging
        with staging:
            for path, content in site.items():
                staging.put(path, content)
            staging.publish()
        assert pages(above / "dist") == site
    assert remove_output(above / "dist", state=state) == Removed(2)
    assert list(state.iterdir()) == []


# -- readers


def watch(dist: str, done: "multiprocessing.Queue[tuple[int, list[str]]]", ready: str, stop: str) -> None:
    """Read every page until told to stop; report pages that were missing or mixed."""
    wrong: list[str] = []
    reads = 0
    while not os.path.exists(stop):
        for name in ("index.html", "a/index.html", "a/b/index.html"):
            try:
                with open(f"{dist}/{name}", "rb") as file:
                    content = file.read()
            except OSError as error:
                wrong.append(f"{name}: {error}")
                continue
            first, _, rest = content.partition(b" ")
            if not content or rest.rpartition(b" ")[2] != first or len(content) < 9_000:
                wrong.append(f"{name}: {content[:20]!r} … {content[-20:]!r}")
            reads += 1
        Path(ready).touch()
    done.put((reads, wrong))


@pytest.mark.slow
def test_a_reader_never_sees_a_missing_or_mixed_page(tmp_path: Path, trade: Callable[[str, str], bool]) -> None:
    dist = tmp_path / "dist"

    def site(number: int) -> Site:
        page = b"%d %s %d" % (number, b"x" * 9_000, number)
        return {"index.html": page, "a/index.html": page, "a/b/index.html": page, f"old-{number}": b""}

    publish(dist, site(0), trade)
    start = multiprocessing.get_context("spawn")
    done: multiprocessing.Queue[tuple[int, list[str]]] = start.Queue()
    names = [str(tmp_path / "ready-1"), str(tmp_path / "ready-2")]
    readers = [start.Process(target=watch, args=(str(dist), done, name, str(tmp_path / "stop"))) for name in names]
    for reader in readers:
        reader.start()
    try:
        while not all(os.path.exists(name) for name in names):
            assert all(reader.is_alive() for reader in readers)
        for number in range(1, 100):
            publish(dist, site(number), trade)
    finally:
        (tmp_path / "stop").touch()
    for reads, wrong in (done.get(timeout=60), done.get(timeout=60)):
        assert wrong == []
        assert reads > 100
    for reader in readers:
        reader.join()


# -- kill -9

KILL = '''
"""Publish, killed at the n-th call that changes the file system, for a row of n; one line of JSON for each."""
import json, os, pathlib, shutil, signal, sys
from mfe_static import write
from mfe_static.output.swap import exchange

base, step, way = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
NAMES = "open write replace rename link unlink rmdir mkdir utime chmod".split()
one = {"index.html": b"1" * 99, "a/index.html": b"1", "gone/index.html": b"1", "same/x": b"=", "_mfe/1.css": b"1"}
two = {"index.html": b"2" * 99, "a": b"2", "same/x": b"=", "new/deep/x": b"2", "_mfe/2.css": b"2"}
theirs = {"notes.txt": b"!", "same/notes.txt": b"!", "gone/notes.txt": b"!"}

def trade(a, b):
    return way == "step" and exchange(a, b)

def publish(dist, site, trade=trade):
    staging = write.open_output(dist, sources=(), state=None, trade=trade)
    assert isinstance(staging, write.Staging), staging
    with staging:
        for path, content in site.items():
            staging.put(path, content)
        staging.publish()

def tree(dist):
    files = {p.relative_to(dist).as_posix(): p.read_bytes() for p in dist.rglob("*") if p.is_file()}
    return {k: v for k, v in files.items() if k != "_mfe/manifest.json"}

def killed_at(dist, point):
    """Whether the kill came before the end."""
    child = os.fork()
    if child == 0:
        count = 0
        def counted(call):
            def wrapper(*args, **options):
                nonlocal count
                count += 1
                if count == point:
                    os.kill(os.getpid(), signal.SIGKILL)
                if call is os_write:  # half of it gets through
                    return os_write(args[0], bytes(args[1])[: max(1, len(args[1]) // 2)])
                return call(*args, **options)
            return wrapper
        os_write = os.write
        for name in NAMES:
            setattr(os, name, counted(getattr(os, name)))
        publish(dist, two, counted(trade))
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    return os.WIFSIGNALED(status) or os._exit(os.waitstatus_to_exitcode(status)) if status else False

point = 1
while True:
    home = base / str(point)
    dist = home / "dist"
    home.mkdir()
    publish(dist, {**one, "index.html": b"0"})
    publish(dist, one)
    for path, content in theirs.items():
        (dist / path).write_bytes(content)
    killed = killed_at(dist, point)
    seen = tree(dist)
    old, new = {**one, **theirs}, {**two, **theirs}
    if way == "step":
        state = "old" if seen == old else "new" if seen == new else "broken"
    else:
        seen.pop("_mfe/.incoming", None)
        whole = all(content in (old.get(path), new.get(path)) for path, content in seen.items())
        kept = all(seen.get(path) == content for path, content in theirs.items())
        pages = all(path in seen for path in ("index.html", "same/x"))
        state = "whole" if whole and kept and pages else "broken"
    publish(dist, two)
    after = tree(dist)
    publish(dist, one)
    links = {(dist / path).stat().st_nlink for path in theirs}
    print(json.dumps([point, killed, state, after == new and tree(dist) == old and links == {1}, str(seen)]))
    shutil.rmtree(home)
    if not killed:
        break
    point += step
'''


def kill_everywhere(tmp_path: Path, step: int, way: str) -> list[tuple[int, bool, str, bool, str]]:
    (tmp_path / "kill.py").write_text(KILL)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "kill.py"), str(tmp_path), str(step), way],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("way", ["step", pytest.param("files", marks=pytest.mark.slow)])
def test_a_kill_at_any_call_leaves_the_site_whole_and_the_next_build_repairs(tmp_path: Path, way: str) -> None:
    rows = kill_everywhere(tmp_path, 1, way)
    assert len(rows) > 40
    assert not rows[-1][1], "the last run was not killed"
    assert [row for row in rows if row[2] == "broken" or not row[3]] == []
    if way == "step":
        assert {row[2] for row in rows} == {"old", "new"}


@pytest.mark.slow
def test_a_kill_at_two_hundred_moments_leaves_the_site_whole(tmp_path: Path) -> None:
    """By the clock, not by the call: a build of many files is killed a little later each time."""
    dist = tmp_path / "dist"
    code = f"""
import pathlib, sys
from mfe_static.write import open_output
number = int(sys.argv[1])
sys.stdin.readline()
with open_output(pathlib.Path({str(dist)!r}), sources=(), state=None) as staging:
    for page in range(400):
        staging.put(f"{{page}}/index.html", b"%d " % number * 500)
    staging.publish()
"""
    publish(dist, {f"{page}/index.html": b"0 " * 500 for page in range(400)})
    (dist / "notes.txt").write_bytes(b"!")
    killed = 0
    for moment in range(200):
        before = pages(dist)
        build = subprocess.Popen(
            [sys.executable, "-c", code, str(moment + 1)],
            stdin=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        try:
            build.communicate(b"\n", timeout=0.04 + moment / 2_000)
        except subprocess.TimeoutExpired:
            build.kill()
            build.communicate()
        killed += build.returncode == -signal.SIGKILL
        now = pages(dist)
        wanted = {f"{page}/index.html": b"%d " % (moment + 1) * 500 for page in range(400)}
        assert now in (before, {**wanted, "notes.txt": b"!"})
    assert killed > 20
    publish(dist, SITE)
    assert pages(dist) == {**SITE, "notes.txt": b"!"}
