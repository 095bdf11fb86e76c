"""Promises about watching: on a real file system, with the events of the real system."""

import os
import queue
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfe_static.watch.bursts import CALM, LONGEST, OPEN, QUIET, Bursts
from mfe_static.watch.plan import Plan, known, plan
from mfe_static.watch.watching import Watch

PATIENCE = 60.0
"""Seconds until an event must have come; where all is well it is milliseconds."""


class Heard:
    """What a watch tells."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Collection[str] | None] = queue.Queue()

    def __call__(self, paths: Collection[str] | None, _writing: bool) -> None:
        self._queue.put(paths)

    def until(self, wanted: Callable[[set[str] | None], bool]) -> set[str] | None:
        """All that was told, from now on until it is as wanted; None: that anything may have changed."""
        told: set[str] | None = set()
        while not wanted(told):
            paths = self._queue.get(timeout=PATIENCE)
            told = None if told is None or paths is None else told | set(paths)
        return told

    def path(self, path: str) -> set[str]:
        """Until this path was told, or a folder above it, or all."""
        told = self.until(lambda told: told is None or any(f"{path}/".startswith(f"{it}/") for it in told))
        return told or set()

    def all(self) -> None:
        """Until it was told that anything may have changed."""
        self.until(lambda told: told is None)

    def nothing(self, root: Path) -> None:
        """Nothing was told up to now: a change after it is the first that is heard of."""
        (root / "site.toml").write_text("# mark\n")
        told = self.until(lambda told: told is None or "site.toml" in told)
        assert told == {"site.toml"}, told


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    for path in ("site.toml", "teams/a/team.toml", "teams/a/pages/index.md", "themes/t/theme.toml", "public/x.txt"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("text")
    return root


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def watch(root: Path, heard: Heard) -> Iterator[Watch]:
    with Watch(root, heard) as watch:
        yield watch


# -- what is heard


@pytest.mark.parametrize("path", ["site.toml", "teams/a/pages/index.md", "themes/t/theme.toml", "public/x.txt"])
@pytest.mark.usefixtures("watch")
def test_a_save_is_heard_by_its_path(root: Path, heard: Heard, path: str) -> None:
    (root / path).write_text("other")
    assert path in heard.path(path)


@pytest.mark.usefixtures("watch")
def test_a_save_by_rename_is_heard_and_the_editors_own_files_are_not(root: Path, heard: Heard) -> None:
    page = root / "teams/a/pages/index.md"
    for own in (".index.md.swp", "index.md~", "#index.md#", "index.md.tmp"):
        page.with_name(own).write_text("draft")
    os.replace(page.with_name("index.md.tmp"), page)  # as emacs, JetBrains and others save
    assert heard.path("teams/a/pages/index.md") == {"teams/a/pages/index.md"}
    page.rename(page.with_name("index.md~"))  # as vim does
    page.write_text("again")
    assert heard.path("teams/a/pages/index.md") == {"teams/a/pages/index.md"}


@pytest.mark.usefixtures("watch")
def test_a_rename_is_heard_at_both_ends(root: Path, heard: Heard) -> None:
    (root / "teams/a/pages/index.md").rename(root / "teams/a/pages/other.md")
    heard.until(lambda told: told is None or {"teams/a/pages/index.md", "teams/a/pages/other.md"} <= told)


@pytest.mark.usefixtures("watch")
def test_what_is_made_in_a_new_folder_is_heard(root: Path, heard: Heard) -> None:
    (root / "teams/a/pages/new/deep").mkdir(parents=True)
    (root / "teams/a/pages/new/deep/page.md").write_text("text")
    heard.path("teams/a/pages/new/deep/page.md")


@pytest.mark.usefixtures("watch")
def test_a_folder_that_moves_or_goes_is_heard(root: Path, heard: Heard) -> None:
    (root / "teams/a/pages/old").mkdir()
    heard.path("teams/a/pages/old")
    (root / "teams/a/pages/old").rename(root / "teams/a/pages/new")
    heard.path("teams/a/pages/new")
    (root / "teams/a/pages/new").rmdir()
    heard.path("teams/a/pages/new")


def test_a_team_that_comes_is_watched(root: Path, heard: Heard, watch: Watch) -> None:
    (root / "teams/b/pages").mkdir(parents=True)
    heard.path("teams/b")
    watch.arm()
    (root / "teams/b/pages/index.md").write_text("text")
    heard.path("teams/b/pages/index.md")


@pytest.mark.parametrize("name", ["teams", "themes", "public"])
def test_a_folder_that_is_taken_away_and_put_back_is_watched_again(
    root: Path, heard: Heard, watch: Watch, name: str
) -> None:
    file = next(path for path in (root / name).rglob("*") if path.is_file())
    shutil.copytree(root / name, root / "copy")
    shutil.rmtree(root / name)
    heard.all()
    assert watch.lost()
    watch.arm()
    (root / "copy").rename(root / name)
    heard.until(lambda _: watch.outdated)
    watch.arm()
    assert not watch.lost()
    file.write_text("other")
    heard.path(str(file.relative_to(root)))


def test_a_site_that_is_exchanged_as_a_whole_is_noticed(root: Path, heard: Heard, watch: Watch) -> None:
    root.rename(root.with_name("former"))
    assert watch.lost()
    shutil.copytree(root.with_name("former"), root)
    assert watch.lost()
    watch.arm()
    assert not watch.lost()
    (root / "teams/a/pages/index.md").write_text("other")
    heard.path("teams/a/pages/index.md")


@pytest.mark.usefixtures("watch")
def test_a_site_file_that_goes_and_comes_back_is_heard(root: Path, heard: Heard) -> None:
    (root / "site.toml").unlink()
    heard.path("site.toml")
    (root / "site.toml").write_text("text")
    heard.path("site.toml")


def test_a_team_that_is_a_link_is_watched_where_it_leads(root: Path, heard: Heard) -> None:
    (root / "shared/pages").mkdir(parents=True)
    (root / "teams/b").symlink_to("../shared")
    with Watch(root, heard) as watch:
        (root / "shared/pages/index.md").write_text("text")
        assert "teams/b/pages/index.md" in heard.path("teams/b/pages/index.md")
        (root / "other/pages").mkdir(parents=True)
        (root / "teams/b").unlink()
        (root / "teams/b").symlink_to("../other")
        heard.path("teams/b")
        watch.arm()
        (root / "other/pages/index.md").write_text("text")
        heard.path("teams/b/pages/index.md")


def test_where_links_lead_within_a_team_the_whole_team_may_have_changed(root: Path, heard: Heard) -> None:
    (root / "teams/a/pages/same.md").symlink_to("index.md")
    with Watch(root, heard):
        (root / "teams/a/pages/index.md").write_text("other")
        assert "teams/a" in heard.path("teams/a/pages/same.md")


@pytest.mark.usefixtures("watch")
def test_nothing_that_a_build_writes_is_heard(root: Path, heard: Heard) -> None:
    for folder in ("dist", ".mfe", ".dist.mfe/idle"):
        (root / folder).mkdir(parents=True)
        (root / folder / "index.html").write_text("text")
    (root / "teams/a/pages/index.md").read_text()
    os.listdir(root / "teams/a/pages")
    heard.nothing(root)


def test_neither_is_what_belongs_to_other_tools(root: Path, heard: Heard) -> None:
    for folder in ("teams/a/node_modules/x", "teams/a/.git/objects"):
        (root / folder).mkdir(parents=True)
    with Watch(root, heard):
        for folder in ("teams/a/node_modules/x", "teams/a/.git/objects"):
            (root / folder / "file").write_text("text")
        heard.nothing(root)
        (root / "teams/a/pages/index.md").write_text("other")
        heard.path("teams/a/pages/index.md")


def test_a_name_is_told_in_the_form_that_urls_have(root: Path, heard: Heard) -> None:
    with Watch(root, heard):
        (root / "teams/a/pages/u\u0308ber.md").write_text("text")
        assert "teams/a/pages/\u00fcber.md" in heard.path("teams/a/pages/\u00fcber.md")


def test_what_is_moved_away_is_heard_at_once_and_holds_nothing_back(
    root: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long watchdog itself would wait for the other end of a rename."""
    room = pytest.importorskip("watchdog.observers.inotify_move_event_grouper")
    monkeypatch.setattr(room.InotifyMoveEventGrouper, "delay", 2 * PATIENCE)
    with Watch(root, heard):
        (root / "teams/a/pages/index.md").rename(root.with_name("trash.md"))  # as into the bin of a file manager
        (root / "teams/a/team.toml").write_text("other")
        heard.until(lambda told: told is None or {"teams/a/pages/index.md", "teams/a/team.toml"} <= told)


@pytest.mark.parametrize(("folder", "path"), [(".", "site.toml"), ("teams", "teams/a/pages/index.md")])
def test_nothing_is_missed_while_the_watch_follows_the_folders(
    root: Path, heard: Heard, watch: Watch, monkeypatch: pytest.MonkeyPatch, folder: str, path: str
) -> None:
    """If it gives up the folder, something is saved in that moment; else after that."""
    observer: Any = watch._observer
    unschedule = observer.unschedule

    def saving(given_up: Any) -> None:
        unschedule(given_up)
        if given_up.path == str(root / folder):
            (root / path).write_text("other")
            saved.append(path)

    (root / "teams/a/node_modules").mkdir()  # from now on, its neighbours are watched one by one
    end = time.monotonic() + PATIENCE
    while not watch.outdated and time.monotonic() < end:
        time.sleep(0.01)
    saved: list[str] = []
    monkeypatch.setattr(observer, "unschedule", saving)
    watch.arm()
    if not saved:
        (root / path).write_text("other")
    assert "teams" not in {it.shown for it in watch._scheduled if it.whole}
    assert path in heard.path(path)


def test_a_folder_that_comes_while_the_watch_begins_is_watched(
    root: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "teams/a/.git").mkdir()  # its neighbours are watched one by one
    times: list[int] = []

    def slow(*given: Any) -> Plan:
        found = plan(*given)
        times.append(1)
        (root / "teams/a/data").mkdir(exist_ok=True)
        return found

    monkeypatch.setattr("mfe_static.watch.watching.plan", slow)
    with Watch(root, heard):
        (root / "teams/a/data/x.json").write_text("1")
        heard.path("teams/a/data/x.json")
    assert len(times) == 3


def test_what_fell_silent_is_heard_again_when_it_is_watched_anew(root: Path, heard: Heard, watch: Watch) -> None:
    watch._observer._clear_emitters()
    watch.renew()
    (root / "teams/a/pages/index.md").write_text("other")
    heard.path("teams/a/pages/index.md")


# -- what is watched


def shown(root: Path, team: str = "") -> dict[str, bool]:
    return {folder.shown: folder.whole for folder in plan(str(root), team).watched}


def test_folders_are_watched_whole_where_nothing_has_to_be_left_out(root: Path) -> None:
    assert shown(root) == {"": False, "teams": True, "themes": True, "public": True}
    (root / "teams/a/node_modules").mkdir()
    assert shown(root) == {
        "": False, "teams": False, "teams/a": False, "teams/a/pages": True, "themes": True, "public": True,
    }  # fmt: skip


def test_with_one_team_the_others_are_not_watched(root: Path) -> None:
    (root / "teams/b/pages").mkdir(parents=True)
    assert shown(root, "a") == {"": False, "teams": False, "teams/a": True, "themes": True, "public": True}


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("site.toml", True), ("netlify.toml", False), ("dist/index.html", False), ("teams/a/.well-known/x", True),
        ("teams/a/pages/.x.swp", False), ("teams/node_modules/a", False), ("public/favicon.ico", True),
    ],
)  # fmt: skip
def test_only_files_that_a_build_may_read_are_told(path: str, read: bool) -> None:
    assert known(path) is read


# -- what belongs together


def test_a_burst_ends_when_nothing_more_is_heard() -> None:
    bursts = Bursts()
    bursts.add({"a"}, 1.0)
    bursts.add({"b"}, 1.005)
    assert bursts.ends() == 1.005 + QUIET
    assert bursts.take() == frozenset({"a", "b"})
    assert not bursts.waiting


def test_where_there_are_many_or_somebody_still_writes_a_burst_waits_longer() -> None:
    bursts = Bursts()
    bursts.add({"a"}, 1.0, writing=True)
    assert bursts.ends() == 1.0 + OPEN
    bursts.add({"a"}, 1.002)
    assert bursts.ends() == 1.002 + QUIET
    bursts.add({"b", "c", "d", "e"}, 1.003)
    assert bursts.ends() == 1.003 + CALM


def test_anything_swallows_the_paths_that_are_known() -> None:
    bursts = Bursts()
    bursts.add({"a"}, 1.0)
    bursts.add(None, 1.0)
    bursts.add({"b"}, 1.0)
    assert bursts.take() is None
    bursts.add({"c"}, 2.0)
    assert bursts.take() == frozenset({"c"})


@given(st.lists(st.tuples(st.sets(st.text(max_size=2)), st.floats(0, 0.05)), min_size=1))
def test_no_path_is_lost_and_no_burst_lasts_for_ever(events: list[tuple[set[str], float]]) -> None:
    bursts, now, told, begun = Bursts(), 0.0, set[str](), 0.0
    for paths, pause in events:
        now += pause
        if bursts.waiting and bursts.ends() <= now:
            told |= bursts.take() or set()
        if not bursts.waiting:
            begun = now
        bursts.add(paths, now)
        assert bursts.ends() <= begun + LONGEST + 1e-9
    told |= bursts.take() or set()
    assert told == set().union(*(paths for paths, _ in events))


# -- the limit of the system

LIMITED = """
import sys
from pathlib import Path
from mfe_static.watch.watching import Exhausted, Watch
Path("/proc/sys/user/max_inotify_watches").write_text(sys.argv[2])
try:
    with Watch(Path(sys.argv[1]), lambda *_: None):
        print("watching")
except Exhausted as why:
    print("exhausted:", why)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux") or not shutil.which("unshare"), reason="needs user namespaces")
def test_a_limit_of_the_system_is_told_wherever_it_is_met(root: Path) -> None:
    folders = sum(1 for path in root.rglob("*") if path.is_dir()) + 1
    for limit, said in ((folders, "watching"), (folders - 1, "exhausted"), (3, "exhausted"), (0, "exhausted")):
        run = subprocess.run(
            ["unshare", "-Ur", sys.executable, "-c", LIMITED, str(root), str(limit)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if "unshare" in run.stderr or "Permission denied" in run.stderr:
            pytest.skip("no user namespaces here")
        assert run.stdout.startswith(said), (limit, run)
