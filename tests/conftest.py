"""What tests of many files share: a browser, and the demo as it is built.

A file of tests stays in one process (`--dist loadfile`), so what a module's fixture makes is made once.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo import Pages, copy_of_demo, documents
from mfe_static.run import Result
from sites import built

if TYPE_CHECKING:
    from playwright.sync_api import Browser


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
