"""The demo at the top of the repository: a copy of it, and its pages as browsers read them."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from bs4 import BeautifulSoup, Tag

ROOT = Path(__file__).parents[1]
Pages = Mapping[str, BeautifulSoup]
"""Documents by their paths."""


def copy_of_demo(folder: Path) -> Path:
    """The demo's own files, without what builds left."""
    for name in ("teams", "themes", "public"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "site.toml", folder / "site.toml")
    return folder


def documents(folder: Path) -> Pages:
    """Every page of the published site, by its path."""
    dist = folder / "dist"
    return {
        path.relative_to(dist).as_posix(): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(dist.rglob("*.html"))
    }


def the(document: BeautifulSoup | Tag, selector: str) -> Tag:
    """The one element that the selector finds."""
    found = document.select(selector)
    assert len(found) == 1, (selector, len(found))
    return found[0]
