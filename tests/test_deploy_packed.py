"""Compressed forms are as small as can be, made once for a content, and only where they are smaller."""

import gzip
import os
from pathlib import Path

import brotli
import pytest

from deploying import BASE, SHOP, deployed, said, shop
from mfe_static.deploy.host import Item
from mfe_static.deploy.ledger import LEDGER
from mfe_static.deploy.packed import beside, forget, packed
from mfe_static.digests import digest
from mfe_static.output.record import MANIFEST
from sites import NOW, built, put, tree

CHECKS = '[checks]\nmissing-description = "off"\nheading-count = "off"\n'
TABLES = '[deploy.production]\ntarget = "folder"\nfolder.path = "../www/shop"\nfolder.compress = ["br", "gzip"]\n'


def item(path: str, content: bytes) -> Item:
    return Item(path=path, size=len(content), digest=digest(content), content=content)


def test_a_text_gets_forms_that_hold_the_same(tmp_path: Path) -> None:
    text = b"<p>rope and nails</p>" * 100
    files = {made.path: made for made in beside([item("a/index.html", text)], ["br", "gzip"], str(tmp_path))}
    assert brotli.decompress(files["a/index.html.br"].read()) == text
    assert gzip.decompress(files["a/index.html.gz"].read()) == text
    assert files["a/index.html.gz"].read()[4:8] == bytes(4)  # no time


@pytest.mark.parametrize(
    ("path", "content"),
    [("a.html", b"short"), ("a.png", b"a" * 1000), ("a.woff2", b"a" * 1000), ("a.txt", os.urandom(1000))],
)
def test_what_would_not_be_smaller_has_none(tmp_path: Path, path: str, content: bytes) -> None:
    assert list(beside([item(path, content)], ["br", "gzip"], str(tmp_path))) == []


def test_a_content_is_compressed_once(tmp_path: Path) -> None:
    texts = [item(f"{name}.txt", b"rope " * 100) for name in "ab"]
    made = [packed(text, "gzip", str(tmp_path)) for text in texts]
    assert made[0] == made[1]
    assert made[0]
    made[0].write_bytes(b"kept")
    assert packed(texts[0], "gzip", str(tmp_path)) == made[0]
    assert made[0].read_bytes() == b"kept"
    forget(str(tmp_path))
    assert made[0].exists()
    os.utime(made[0], (0, 0))
    forget(str(tmp_path))
    assert not made[0].exists()


def test_without_the_library_for_it_brotli_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mfe_static.packing.find_spec", lambda name: None)
    root = shop(tmp_path / "site", SHOP, keys=BASE, tables=TABLES + CHECKS)
    assert said(deployed(root)) == ["missing-library"]
    bucket = '[deploy.production]\ntarget = "s3"\ns3 = { bucket = "b", compress = "br" }\n'
    root = shop(tmp_path / "other", SHOP, keys=BASE, tables=bucket + CHECKS)
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    assert said(deployed(root, environ=keys)) == ["missing-library"]


def test_a_folder_has_them_beside_its_texts_but_not_beside_its_own_manifest(tmp_path: Path) -> None:
    long = {**SHOP, "teams/shop/pages/index.md": "# Shop\n\n" + "Rope and nails. " * 50}
    root = shop(tmp_path / "site", long, keys=BASE, tables=TABLES + CHECKS)
    outcome = deployed(root)
    assert (said(outcome), outcome.code) == ([], 0)
    files = tree(tmp_path / "www/shop")
    assert brotli.decompress(files["shop/index.html.br"]) == files["shop/index.html"]
    assert gzip.decompress(files["shop/index.html.gz"]) == files["shop/index.html"]
    assert not {path for path in files if path.startswith(MANIFEST) and path != MANIFEST}
    assert "shop/plan.txt.gz" not in files
    put(root, "teams/shop/pages/index.md", "# Shop\n\nNothing.\n")
    assert built(root).published
    assert deployed(root, now=NOW.replace(year=2027)).code == 0
    files = tree(tmp_path / "www/shop")
    assert "shop/index.html.br" not in files
    assert LEDGER in files
