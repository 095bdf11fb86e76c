"""What the tests share: where they write, how many work at once, a browser, and the demo as it is built.

A file of tests stays in one process (`--dist loadfile`), so what a module's fixture makes is made once.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from demo import Pages, copy_of_demo, documents
from mfe_static.processes import cores
from mfe_static.run import Result
from sites import built

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# How long an example takes says nothing where others use the machine, too. `make slow` tries many more.
settings.register_profile(
    "some", parent=settings.default, max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("many", parent=settings.get_profile("some"), max_examples=500)
settings.load_profile("some")

MEMORY, ENOUGH = "/dev/shm", 4 << 30
MADE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Have temporary folders in memory, where there is enough: on a disk they are a third of all the work.

    They go with the tests. Whoever wants to look at them afterwards says where they are to be: `TMPDIR=/tmp pytest …`.
    """
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK):
        found = os.statvfs(MEMORY)
        if found.f_bavail * found.f_frsize >= ENOUGH:
            tempfile.tempdir = None
            os.environ["TMPDIR"] = config.stash[MADE] = tempfile.mkdtemp(prefix="mfe-static-tests-", dir=MEMORY)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what was in memory."""
    if MADE in config.stash:
        shutil.rmtree(config.stash[MADE], ignore_errors=True)


def pytest_xdist_auto_num_workers() -> int:
    """One more than can work at once: for a quarter of their time, tests wait for browsers and servers."""
    return cores() + 1


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A browser for a file of tests; each test opens windows of its own.

    Not for the session: while Playwright runs, its event loop is this thread's, and nobody else can have one.
    """
    from runtime_site import browsing

    with browsing() as running:
        yield running


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The demo's folder, built; for those who change nothing in it."""
    folder = copy_of_demo(tmp_path_factory.mktemp("demo"))
    return folder, built(folder, strict=True)


@pytest.fixture(scope="session")
def pages(demo: tuple[Path, Result]) -> Pages:
    """The demo's pages."""
    return documents(demo[0])
