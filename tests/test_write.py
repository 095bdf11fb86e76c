"""Promises about publishing: on a real file system, with real readers, real kills and a real full disk."""

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from mfe_static.digests import digest
from mfe_static.output.swap import exchange
from mfe_static.output.trees import MANIFEST, Entry, Record, read_record, write_record
from mfe_static.problems import Problem
from mfe_static.write import OutputFailed, Removed, Staging, Written, lock, open_output, remove_output

Site = Mapping[str, bytes]
SITE: Site = {"index.html": b"home", "docs/index.html": b"docs", "docs/a/index.html": b"a", "_mfe/assets/x.css": b"x"}


def never(_one: str, _other: str) -> bool:
    return False


@pytest.fixture(params=["in one step", "file by file"])
def trade(request: pytest.FixtureRequest) -> Callable[[str, str], bool]:
    return exchange if request.param == "in one step" else never


def begin(output: Path, trade: Callable[[str, str], bool] = exchange) -> Staging:
    staging = open_output(output, sources=(), state=None, trade=trade)
    assert isinstance(staging, Staging), staging
    return staging


def publish(output: Path, site: Site, trade: Callable[[str, str], bool] = exchange) -> Written:
    with begin(output, trade) as staging:
        for path, content in site.items():
            staging.put(path, content)
        return staging.publish()


def refusal(output: Path, *sources: Path, state: Path | None = None) -> Problem:
    refused = open_output(output, sources=sources, state=state)
    assert isinstance(refused, Problem)
    return refused


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pages(folder: Path) -> dict[str, bytes]:
    return {path: content for path, content in tree(folder).items() if path != MANIFEST}


def settle() -> None:
    """Let the clock tick, so that what was written counts as written before."""
    start = time.monotonic_ns()
    while time.monotonic_ns() - start < 25_000_000:
        pass


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
        assert staging.publish() == Written(1, 2, 9, 2)
    assert pages(dist) == {"index.html": b"home", "docs/index.html": b"other"}


@pytest.mark.parametrize("path", ["", "/etc/x", "../x", "a/../x", "a//b", "./a", "a/", "a\0b", MANIFEST])
def test_a_path_that_leads_out_is_a_bug_of_the_caller(tmp_path: Path, path: str) -> None:
    with begin(tmp_path / "dist") as staging, pytest.raises(ValueError):
        staging.put(path, b"")


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


def test_the_twins_never_share_a_file(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    for number in range(4):
        publish(dist, {**SITE, "index.html": b"%d" % number})
        assert {path.stat().st_nlink for path in dist.rglob("*") if path.is_file()} == {1}


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


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b'{"version":1,"live":{"index.html":["0",4,1]}}'])
def test_a_damaged_record_is_forgotten(tmp_path: Path, damage: bytes) -> None:
    dist = tmp_path / "dist"
    publish(dist, SITE)
    (tmp_path / ".dist.mfe/record.json").write_bytes(damage)
    (dist / "index.html").write_bytes(b"HACK")
    assert publish(dist, SITE).written == 1
    assert pages(dist) == SITE


def test_what_was_written_in_the_moment_of_the_record_is_not_taken_on_trust(tmp_path: Path) -> None:
    path, now = str(tmp_path / "record.json"), 1_800_000_000_123_456_789
    times = {"just": now - 5_000_000, "before": now - 999_999_999, "coarse": 1_799_999_999_000_000_000}
    record = Record(1, {name: Entry("0", 1, modified) for name, modified in times.items()})
    write_record(path, record)
    os.utime(path, ns=(now, now))
    assert set(read_record(path).live) == {"before"}
    assert read_record(path, settled=False) == record


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
        for number in range(1, 200):
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
    links = {p.stat().st_nlink for p in dist.rglob("*") if p.is_file()}
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


@pytest.mark.parametrize("way", ["step", "files"])
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
