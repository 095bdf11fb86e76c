"""A bucket as a host, by a real store: whatever request goes wrong, there is the old site or the new one."""

import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import stores
from deploying import BASE, SHOP, deployed, said, shop
from mfe_static.deploy import Opened, Order, Outcome, bucket, deploy, opened, rollback, s3
from mfe_static.deploy.host import Deployment
from mfe_static.deploy.ledger import LEDGER
from sites import NOW, built, put, tree
from stores import KEYS, Fault, Proxy, Reader, Saved, forgotten, tables

CHECKS = '[checks]\nmissing-description = "off"\nheading-count = "off"\n'
FRONT = 'front = "other"\n'
PREVIEW = '[environments.preview]\nbase_url = "https://preview.shop.test"\nnoindex = true\n'


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    """A store, which is tried twice."""
    with stores.running() as running, pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucket, "PATIENCE", 20.0)
        patch.setattr(bucket, "TRIES", 2)
        patch.setattr(bucket, "PAUSE", datetime.timedelta(milliseconds=1))
        yield running


@pytest.fixture(scope="module")
def reader(proxy: Proxy) -> Reader:
    return Reader(proxy)


@pytest.fixture
def store(proxy: Proxy, reader: Reader) -> Reader:
    """The store, empty."""
    proxy.begin()
    proxy.after = lambda asked: None
    reader.clear()
    return reader


def start(folder: Path, proxy: Proxy, more: str = "", s3_keys: str = "") -> Path:
    return shop(folder / "site", SHOP, keys=BASE, tables=tables(proxy, more) + s3_keys + FRONT + PREVIEW + CHECKS)


def changed(tmp_path: Path, proxy: Proxy) -> Path:
    """A site that was deployed, changed and deployed again."""
    root = start(tmp_path, proxy)
    sent(root)
    edit(root, "Nails")
    sent(root, **later(1))
    return root


def edit(root: Path, text: str) -> None:
    put(root, "teams/shop/pages/index.md", f"# Shop\n\n{text}\n")
    put(root, "teams/home/assets/team.css", f"p::after {{ content: '{text}' }}\n")
    assert built(root).published


def sent(root: Path, **order: Any) -> Outcome:
    return deployed(root, **{"environ": KEYS, **order})


def later(days: int) -> dict[str, Any]:
    return {"now": NOW + datetime.timedelta(days=days)}


def wanted(root: Path) -> dict[str, bytes]:
    files = tree(root / "dist")
    return {path: text for path, text in files.items() if path not in {"_headers", "_redirects"}}


def visible(store: Reader, prefix: str = "") -> dict[str, bytes]:
    return {path: content for path, content in store.site(prefix).items() if path != LEDGER}


def kept(root: Path) -> list[Deployment]:
    found = opened(Order(root, "", KEYS, NOW))
    assert isinstance(found, Opened)
    return list(found.host.deployments())


def back(root: Path, to: str = "") -> Outcome:
    return rollback(Order(root, "", KEYS, NOW), to)


def writes(proxy: Proxy) -> list[str]:
    return [
        f"{asked.method} {asked.path.split('?')[0]}" for asked in proxy.asked if asked.method not in {"GET", "HEAD"}
    ]


def test_the_bucket_gets_the_site_with_all_that_is_sent_with_it(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    outcome = sent(root, said="the first")
    assert (said(outcome), outcome.code) == ([], 0)
    assert visible(store) == wanted(root)
    assert store.attributes("index.html") == {
        "Content-Type": "text/html; charset=utf-8", "Cache-Control": "public, max-age=0, must-revalidate",
    }  # fmt: skip
    sheet = next(path for path in wanted(root) if path.endswith(".css"))
    assert store.attributes(sheet) == {
        "Content-Type": "text/css; charset=utf-8", "Cache-Control": "public, max-age=31536000, immutable",
    }  # fmt: skip
    assert [(made.said, made.live, made.address) for made in kept(root)] == [("the first", True, "https://shop.test")]


def test_only_what_changed_is_sent_and_assets_come_first(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    before = visible(store)
    edit(root, "Nails")
    proxy.begin()
    assert sent(root, **later(1)).code == 0
    assert visible(store).items() >= wanted(root).items()
    assert before.keys() <= visible(store).keys()
    copies = [line.removeprefix("PUT /shop-site/") for line in writes(proxy) if ".mfe" not in line]
    assert copies == sorted(copies, key=lambda path: (path.endswith(".html"), not path.startswith("_mfe/")))
    assert {path for path in copies if path.endswith(".html")} < {*wanted(root)}
    proxy.begin()
    assert sent(root, **later(2)).code == 0
    assert writes(proxy) == []


def test_a_page_that_is_gone_goes_when_the_others_are_there(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    (root / "teams/shop/public/plan.txt").unlink()
    edit(root, "Nails")
    proxy.begin()
    assert sent(root, **later(1)).code == 0
    assert "shop/plan.txt" not in visible(store)
    lines = writes(proxy)
    assert lines.index("POST /shop-site") > max(at for at, line in enumerate(lines) if line.endswith(".html"))


def test_what_is_sent_with_a_file_is_a_reason_to_send_it(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    text = (root / "site.toml").read_text()
    put(root, "site.toml", f'{text}[security.headers]\nCache-Control = "no-cache"\n')
    assert built(root).published
    assert sent(root, **later(1)).code == 0
    assert store.attributes("index.html")["Cache-Control"] == "no-cache"
    sheet = next(path for path in wanted(root) if path.endswith(".css"))
    assert "immutable" in store.attributes(sheet)["Cache-Control"]


def test_an_earlier_deployment_comes_back_whole(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    first = store.site()
    edit(root, "Nails")
    sent(root, **later(1))
    second = store.site()
    assert back(root).code == 0
    assert store.site() == first
    assert [made.live for made in kept(root)] == [False, True]
    assert back(root, kept(root)[0].id).code == 0
    assert store.site() == second
    assert "there is no deployment 'x'" in back(root, "x").problems[0].message


def broken_off(root: Path, proxy: Proxy, after: int, days: int) -> list[str]:
    """A deployment after which the store is gone: behind so many requests that touch the pointer or the site."""
    seen: list[stores.Asked] = []

    def gone(asked: stores.Asked) -> None:
        if asked.method == "PUT" and "/.mfe/files/" not in asked.path:
            seen.append(asked)
            if len(seen) == after:
                proxy.begin("403", 1, lasting=True)

    proxy.after = gone
    codes = said(sent(root, **later(days)))
    proxy.after = lambda asked: None
    proxy.begin()
    return codes


def test_what_never_was_live_is_neither_listed_nor_gone_back_to(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    first = store.site()
    edit(root, "Nails")
    assert broken_off(root, proxy, 1, 1) == ["host-refused"]
    assert broken_off(root, proxy, 3, 2) == ["deploy-halfway"]
    assert store.site() != first
    lost = [name.split("/")[-1].removesuffix(".json") for name in store.listed(".mfe/deploys/")][1:]
    assert ([made.live for made in kept(root)], len(lost)) == ([True], 2)
    assert said(back(root, lost[0])) == said(back(root, lost[1])) == ["no-such-deployment"]
    edit(root, "Screws")
    assert sent(root, **later(4)).code == 0
    assert [(made.made[:10], made.live) for made in kept(root)] == [("2026-06-05", True), ("2026-06-01", False)]
    assert len(store.listed(".mfe/deploys/")) == 2, "what came to nothing is not kept for long"
    assert back(root).code == 0
    assert store.site() == first


def test_going_back_from_a_site_that_is_half_changed_brings_the_one_that_was_live(
    tmp_path: Path, proxy: Proxy, store: Reader
) -> None:
    root = changed(tmp_path, proxy)
    second = store.site()
    edit(root, "Screws")
    assert broken_off(root, proxy, 3, 2) == ["deploy-halfway"]
    assert store.site() != second
    assert back(root).code == 0
    assert store.site() == second
    assert [made.live for made in kept(root)] == [True, False]


def test_an_earlier_deployment_that_is_on_its_way_back_stays_in_the_list(
    tmp_path: Path, proxy: Proxy, store: Reader
) -> None:
    root = changed(tmp_path, proxy)
    both = [made.id for made in kept(root)]

    def gone(asked: stores.Asked) -> None:
        if asked == ("PUT", "/shop-site/.mfe/pointer.json"):
            proxy.begin("403", 1, lasting=True)

    proxy.after = gone
    assert said(back(root)) == ["deploy-halfway"]
    proxy.after = lambda asked: None
    proxy.begin()
    assert [made.id for made in kept(root)] == both


def test_there_is_nothing_to_go_back_to_at_first(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    assert (back(root).code, back(root).problems[0].message) == (4, "there is no deployment before the live one")


@pytest.mark.slow
def test_an_earlier_deployment_whose_files_are_lost_is_not_put_together(
    tmp_path: Path, proxy: Proxy, store: Reader
) -> None:
    root = changed(tmp_path, proxy)
    now = store.site()
    store.remove(*(key for key in store.listed(".mfe/files/") if b"Rope" in store.read(key)))
    assert "are not kept, such as" in back(root).problems[0].message
    assert store.site() == now


@pytest.mark.parametrize("encoding", ["gzip", pytest.param("br", marks=pytest.mark.slow)])
def test_texts_are_kept_compressed_where_that_is_asked_for(
    tmp_path: Path, proxy: Proxy, store: Reader, encoding: str
) -> None:
    import gzip

    import brotli

    root = start(tmp_path, proxy, s3_keys=f'compress = "{encoding}"\n')
    assert sent(root).code == 0
    assert store.attributes("index.html")["Content-Encoding"] == encoding
    unpack = gzip.decompress if encoding == "gzip" else brotli.decompress
    assert unpack(store.read("index.html")) == wanted(root)["index.html"]
    assert "Content-Encoding" not in store.attributes("shop/plan.txt")
    edit(root, "Nails and more nails " * 20)
    assert sent(root, **later(1)).code == 0
    assert unpack(store.read("shop/index.html")) == wanted(root)["shop/index.html"]


def test_previews_stand_beside_the_site(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    live = store.site()
    built(root, flags={"environment": "preview"})
    outcome = sent(root, preview="pr-7")
    assert (said(outcome), outcome.code) == ([], 0)
    assert visible(store, "previews/pr-7/") == wanted(root)
    assert store.site() == live


def test_a_part_of_a_bucket_is_a_place_of_its_own(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    store.put("other/index.html", b"somebody's")
    root = start(tmp_path, proxy, s3_keys='prefix = "shop/eu"\n')
    assert sent(root).code == 0
    assert visible(store, "shop/eu/") == wanted(root)
    assert store.read("other/index.html") == b"somebody's"


def test_files_of_somebody_else_are_not_touched(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    store.put("index.html", b"somebody's")
    outcome = sent(root)
    assert (outcome.code, said(outcome)) == (6, ["another-site"])
    assert store.listed() == ["index.html"]
    assert sent(root, replace=True).code == 0
    assert visible(store) == wanted(root)


def test_a_bucket_of_another_site_is_refused(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    sent(start(tmp_path / "a", proxy))
    keys = BASE.replace("shop.test", "other.test")
    root = shop(tmp_path / "b/site", SHOP, keys=keys, tables=tables(proxy) + FRONT + CHECKS)
    outcome = sent(root)
    assert (outcome.code, said(outcome)) == (6, ["another-site"])


def test_of_two_deployments_at_once_one_loses(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    other = tmp_path / "other/site"
    shutil.copytree(root, other)
    edit(root, "Nails")
    edit(other, "Screws")

    def overtaken(plan: object) -> bool:
        assert sent(other, **later(2)).code == 0
        return True

    outcome = deploy(Order(root, "", KEYS, **later(1)), agreed=overtaken)
    assert (outcome.code, said(outcome)) == (4, ["deploy-overtaken"])
    assert visible(store).items() >= wanted(other).items()
    assert len(kept(root)) == 2, "who lost is no deployment"
    assert sent(root, **later(3)).code == 0


def test_of_two_first_deployments_at_once_one_loses(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    other = tmp_path / "other/site"
    shutil.copytree(root, other)
    edit(other, "Screws")
    outcome = deploy(Order(root, "", KEYS, NOW), agreed=lambda plan: sent(other, **later(1)).code == 0)
    assert (outcome.code, said(outcome)) == (4, ["deploy-overtaken"])
    assert visible(store) == wanted(other)


def test_nobody_changes_the_site_while_another_does(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    other = tmp_path / "other/site"
    shutil.copytree(root, other)
    forgotten(other)
    edit(root, "Nails")
    edit(other, "Screws")
    outcomes: list[Outcome] = []

    def look(asked: stores.Asked) -> None:
        if asked.path == "/shop-site/shop/index.html" and not outcomes:
            outcomes.append(Outcome())
            outcomes[0] = sent(other, **later(2))

    proxy.after = look
    assert sent(root, **later(1)).code == 0
    (lost,) = outcomes
    assert (lost.code, said(lost)) == (4, ["deploy-overtaken"])
    assert "is changing the site, or was interrupted" in lost.problems[0].message
    assert visible(store).items() >= wanted(root).items()


def whole(store: Reader) -> None:
    """What anybody may see at any moment: whole pages, with all that they name."""
    keys = store.tags()
    for key, tag in keys.items():
        if key.endswith(".html") and not key.startswith(".mfe/"):
            for name in re.findall(rb'(?:href|src)="/(_mfe/[^"]+)"', store.tagged(key, tag)):
                assert name.decode() in keys, key


def test_whoever_looks_while_the_site_changes_gets_whole_pages(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    old = visible(store)
    edit(root, "Nails")
    new = wanted(root)
    looked: list[str] = []

    def look(asked: stores.Asked) -> None:
        if asked.method in {"PUT", "POST"} and "/.mfe/files" not in asked.path:
            looked.append(asked.path)
            whole(store)
            seen = visible(store)
            assert all(content in {old.get(path), new.get(path)} for path, content in seen.items())

    proxy.after = look
    assert sent(root, **later(1)).code == 0
    assert len(looked) > 5


Two = tuple[Path, dict[str, Saved], dict[str, bytes], list[stores.Asked]]
"""A site that is deployed, and built anew: its root, the store, what visitors see, and which requests follow."""


def twice(folder: Path, proxy: Proxy, store: Reader) -> Two:
    root = start(folder, proxy)
    sent(root)
    forgotten(root)
    saved, old = store.save(), visible(store)
    edit(root, "Nails")
    proxy.begin()
    assert sent(root, **later(1)).code == 0
    return root, saved, old, proxy.asked


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, proxy: Proxy, reader: Reader) -> Two:
    reader.clear()
    return twice(tmp_path_factory.mktemp("two"), proxy, reader)


def tried(root: Path, proxy: Proxy, fault: Fault, at: int, *, lasting: bool = False) -> Outcome:
    proxy.begin(fault, at, lasting=lasting)
    try:
        return sent(root, **later(1))
    finally:
        proxy.begin()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "step"),
    [
        ("reset", 2),
        ("lost", 1),
        ("500", 3),
        ("503", 2),
        ("412", 2),
        ("409", 3),
        ("403", 2),
        ("401", 4),
        ("404", 2),
        ("429", 4),
    ],
)
def test_a_request_that_goes_wrong_leaves_the_old_site_or_the_new_one(
    two: Two, proxy: Proxy, store: Reader, fault: Fault, step: int
) -> None:
    root, saved, old, asked = two
    new = wanted(root)
    codes = set()
    switching = {at for at, each in enumerate(asked, 1) if each == ("PUT", "/shop-site/.mfe/pointer.json")}
    assert len(switching) == 2
    for at in sorted({*range(1, len(asked) + 1, step), *switching}):
        store.restore(saved)
        forgotten(root)
        outcome = tried(root, proxy, fault, at)
        codes.add(outcome.code)
        seen = visible(store)
        assert {path: seen.get(path) for path in new} == new if outcome.code in {0, 5} else seen == old, (at, outcome)
        assert KEYS["AWS_SECRET_ACCESS_KEY"] not in str(outcome.problems)
        assert sent(root, **later(2)).code == 0, at
        seen = visible(store)
        assert {path: seen.get(path) for path in new} == new
    assert 0 in codes


@pytest.mark.slow
def test_a_request_that_stalls_is_sent_again(
    two: Two,
    proxy: Proxy,
    store: Reader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root, saved, _, asked = two
    for at in range(1, len(asked) + 1, 5):
        store.restore(saved)
        forgotten(root)
        with monkeypatch.context() as patch:
            patch.setattr(bucket, "PATIENCE", 0.4)
            assert tried(root, proxy, "stall", at).code in {0, 4}
        assert sent(root, **later(2)).code == 0
        assert visible(store).items() >= wanted(root).items()


@pytest.mark.slow
def test_a_store_that_is_gone_in_the_middle_is_changed_to_the_end_the_next_time(
    two: Two, proxy: Proxy, store: Reader
) -> None:
    root, saved, old, asked = two
    codes = set()
    for at in range(1, len(asked) + 1):
        store.restore(saved)
        forgotten(root)
        outcome = tried(root, proxy, "reset", at, lasting=True)
        codes |= {*said(outcome)}
        assert outcome.code in ({7} if "deploy-halfway" in said(outcome) else {4, 5}), at
        whole(store)
        if outcome.code == 4:
            assert visible(store) == old, at
        assert sent(root, **later(2)).code == 0, at
        assert visible(store).items() >= wanted(root).items(), at
    assert codes == {"host-failed", "deploy-halfway"}


@pytest.mark.slow
def test_a_deployment_that_was_killed_half_way_is_ended_by_the_next(
    tmp_path: Path, proxy: Proxy, store: Reader
) -> None:
    root, saved, old, _ = twice(tmp_path, proxy, store)
    store.restore(saved)
    live = json.loads(store.read(".mfe/pointer.json"))
    coming = f"{NOW + datetime.timedelta(days=1):%Y%m%dT%H%M%SZ}"
    assert sent(root, **later(1)).code == 0
    name = store.listed(f".mfe/deploys/{coming}")[0]
    record, page = store.read(name), store.read("shop/index.html")
    contents = {key: value for key, value in store.save().items() if key.startswith(".mfe/files/")}
    store.restore({**saved, **contents})
    store.put(name, record)
    store.put("shop/index.html", page)
    going = {**live, "next": name.split("/")[-1].removesuffix(".json"), "by": "somebody"}
    store.put(".mfe/pointer.json", json.dumps(going).encode())
    assert said(sent(root, **later(2))) == ["deploy-overtaken"]
    store.put(".mfe/pointer.json", json.dumps({**going, "over": True}).encode())
    (root / "teams/shop/pages/index.md").write_text("# Shop\n\nRope.\n")
    put(root, "teams/home/assets/team.css", SHOP["teams/home/assets/team.css"])
    assert built(root).published
    assert sent(root, **later(3)).code == 0
    assert {path: content for path, content in visible(store).items() if path in old} == old


@pytest.mark.slow
def test_old_deployments_are_forgotten_and_with_them_what_only_they_had(
    tmp_path: Path, proxy: Proxy, store: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_GRACE", datetime.timedelta(seconds=-1))
    root = start(tmp_path, proxy, "keep_deploys = 2\nkeep_days = 5\n")
    for number in range(4):
        edit(root, f"Number {number}")
        assert sent(root, **later(number * 4)).code == 0
    assert [made.made[:10] for made in kept(root)] == ["2026-06-13", "2026-06-09"]
    texts = b"".join(store.read(key) for key in store.listed(".mfe/files/"))
    assert b"Number 0</p>" not in texts
    assert b"Number 2</p>" in texts
    assert back(root).code == 0


def test_tidying_that_fails_is_said_and_the_site_is_live(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy, "keep_deploys = 1\nkeep_days = 0\n")
    sent(root)
    edit(root, "Nails")
    switched: list[stores.Asked] = []

    def look(asked: stores.Asked) -> None:
        if asked.method == "PUT" and asked.path.endswith("pointer.json"):
            switched.append(asked)
            if len(switched) == 2:
                proxy.begin("403", 1, lasting=True)

    proxy.after = look
    outcome = sent(root, **later(1))
    proxy.begin()
    assert (outcome.code, said(outcome)) == (5, ["host-refused"])
    assert visible(store).items() >= wanted(root).items()


@pytest.mark.parametrize(
    ("environ", "code", "text"),
    [
        ({}, "no-credentials", "the environment has no AWS_ACCESS_KEY_ID"),
        ({"AWS_ACCESS_KEY_ID": "x"}, "no-credentials", "the environment has no AWS_SECRET_ACCESS_KEY"),
    ],
)
def test_without_keys_nothing_is_asked(
    tmp_path: Path, proxy: Proxy, store: Reader, environ: dict[str, str], code: str, text: str
) -> None:
    root = start(tmp_path, proxy)
    outcome = sent(root, environ=environ)
    assert (said(outcome), outcome.problems[0].message, proxy.asked) == ([code], text, [])


def test_a_bucket_that_is_not_there_or_not_named_is_said(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    text = (root / "site.toml").read_text()
    put(root, "site.toml", text.replace('bucket = "shop-site"', 'bucket = "nobodys"'))
    built(root)
    outcome = sent(root)
    assert (outcome.code, outcome.problems[0].message) == (4, "there is no bucket nobodys")
    put(root, "site.toml", text.replace('bucket = "shop-site"\n', ""))
    assert said(sent(root)) == ["no-target"]


def test_a_damaged_pointer_is_said(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    store.put(".mfe/pointer.json", b"{")
    outcome = sent(root)
    assert (outcome.code, said(outcome)) == (4, ["deploy-failed"])
    assert "is damaged" in outcome.problems[0].message


@pytest.mark.slow
def test_a_lost_record_is_a_reason_to_bring_all_again(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    root = start(tmp_path, proxy)
    sent(root)
    store.remove(*store.listed(".mfe/deploys/"))
    edit(root, "Nails")
    assert sent(root, max_deletes=100, **later(1)).code == 0
    assert visible(store) == wanted(root)


def test_a_bucket_alone_has_pages_that_lead_on_and_documents_that_say_their_policy(
    tmp_path: Path, proxy: Proxy, store: Reader
) -> None:
    moved = '[redirects]\n"/old/" = "/shop/"\n'
    root = shop(tmp_path / "site", SHOP, keys=BASE, tables=moved + tables(proxy) + CHECKS)
    outcome = sent(root)
    assert (said(outcome), outcome.code) == ([], 0)
    assert b'<meta http-equiv="refresh" content="0; url=/shop/">' in store.read("old/index.html")
    assert store.attributes("old/index.html")["Content-Type"] == "text/html; charset=utf-8"
    assert b'<meta http-equiv="Content-Security-Policy"' in store.read("shop/index.html")


def test_what_cloudfront_cannot_be_told_is_said_before_anything_is_sent(
    tmp_path: Path, proxy: Proxy, store: Reader
) -> None:
    wrong = '[security.headers]\nAccess-Control-Allow-Origin = "*"\n'
    tables_ = tables(proxy) + 'front = "cloudfront"\n' + wrong + CHECKS
    root = shop(tmp_path / "site", SHOP, keys=BASE, tables=tables_)
    assert (said(sent(root)), proxy.asked) == (["host-cannot"], [])


@pytest.mark.slow
def test_many_pages_more_take_two_requests_each_and_a_changed_one_a_handful(
    tmp_path: Path, proxy: Proxy, store: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "200")  # instead of 1,000 in one answer
    root = start(tmp_path, proxy)
    for number in range(220):
        put(root, f"teams/shop/pages/p{number}.md", f"# Page {number}\n\nText.\n")
    assert built(root).published
    proxy.begin()
    assert sent(root).code == 0
    files = len(visible(store)) + 1
    assert len(writes(proxy)) == 2 * files + 3  # a record, and the pointer twice
    assert len(proxy.asked) - len(writes(proxy)) < 12
    put(root, "teams/shop/pages/p7.md", "# Page 7\n\nAnother text.\n")
    assert built(root).published
    proxy.begin()
    assert sent(root, **later(1)).code == 0
    assert len(proxy.asked) < 30


def begun(root: Path) -> subprocess.Popen[bytes]:
    """A program that deploys."""
    return subprocess.Popen(
        [sys.executable, "-m", "mfe_static", "deploy", "--root", str(root), "--yes", "-q"],
        env={**os.environ, **KEYS, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_a_program_that_is_killed_at_any_request_leaves_pages_whole_and_the_next_ends_its_work(
    two: Two, proxy: Proxy, store: Reader
) -> None:
    root, saved, _, asked = two
    for at in range(2, len(asked) - 3, 3):
        store.restore(saved)
        forgotten(root)
        proxy.begin()
        programs: list[subprocess.Popen[bytes]] = []

        def kill(asked: stores.Asked, at: int = at, programs: list[subprocess.Popen[bytes]] = programs) -> None:
            if len(proxy.asked) >= at:
                programs[0].kill()

        proxy.after = kill
        programs.append(program := begun(root))
        assert program.wait() == -signal.SIGKILL
        proxy.after = lambda asked: None
        contents = {*store.listed(".mfe/files/")}
        whole(store)
        proxy.begin()
        assert sent(root, **later(2)).code == 0, at
        assert visible(store).items() >= wanted(root).items(), at
        again = {line.removeprefix("PUT /shop-site/") for line in writes(proxy)} & contents
        assert not again, at


@pytest.mark.slow
def test_of_two_programs_that_deploy_at_once_one_wins(tmp_path: Path, proxy: Proxy, store: Reader) -> None:
    roots = [start(tmp_path / name, proxy) for name in ("one", "two")]
    for number in range(4):
        for root in roots:
            edit(root, f"{root.parent.name} {number}")
        codes = [program.wait() for program in [begun(root) for root in roots]]
        assert 0 in codes
        assert {*codes} <= {0, 4}
        sites, seen = [wanted(root) for root in roots], visible(store)
        assert any({path: seen.get(path) for path in site} == site for site in sites), codes
