"""Cloudflare Pages, by its stand-in: what is asked, in which order, and what is said when it says no."""

import base64
import json
from collections.abc import Iterator, Mapping

import pytest
from blake3 import blake3

from bringing import NEW, OLD, Ticking, asked, brought, cloudflare, planned, refused, release
from cloudflare_standin import ACCOUNT, Cloudflare
from mfe_static.deploy.cloudflare import Pages, open_host
from mfe_static.deploy.cloudflare_upload import Load, buckets, mark_of
from mfe_static.deploy.host import Failed, Headers, Item, Redirect, Rules
from mfe_static.deploy.http import Patience
from mfe_static.deploy.marker import MARKER
from mfe_static.hosting import CloudflareSettings
from mfe_static.problems import Problem
from standins import TOKEN, Reply, Request, lost_once, standing

RULES = Rules((Redirect("/was", "/", 301),), (Headers("/*", (("X-A", "b"),)), Headers("/docs/*", (("X-A", "c"),))))


@pytest.fixture
def at() -> Iterator[Cloudflare]:
    with standing(Cloudflare()) as standin:
        yield standin


def steps(at: Cloudflare) -> list[str]:
    """What was asked, and not what was asked again."""
    said = [line.replace(f"/accounts/{ACCOUNT}/pages/projects/tractors", "PROJECT") for line in at.asked()]
    for id_ in at.deployments:
        said = [line.replace(id_, "ID") for line in said]
    return [line for before, line in zip(["", *said], said, strict=False) if line != before]


def test_contents_are_sent_before_the_deployment_is_made_and_only_those_that_are_missing(at: Cloudflare) -> None:
    brought(cloudflare(at), release(OLD, RULES))
    assert steps(at) == [
        "GET PROJECT", "GET PROJECT/upload-token", "POST /pages/assets/check-missing", "POST /pages/assets/upload",
        "POST /pages/assets/upsert-hashes",
        "GET PROJECT/upload-token", "POST /pages/assets/check-missing",  # once more before the switch
        "GET PROJECT", "POST PROJECT/deployments", "GET PROJECT/deployments/ID", "GET PROJECT",
    ]  # fmt: skip
    had = set(at.blobs)
    done = brought(cloudflare(at), release(NEW, RULES))
    assert done.sent.sent == 3
    assert len(set(at.blobs) - had) == 4  # with the marker
    assert at.remembered == set(at.blobs)


def test_a_deployment_says_each_file_its_hash_and_its_rules(at: Cloudflare) -> None:
    brought(cloudflare(at, said="Spring"), release(OLD, RULES))
    (made,) = at.deployments.values()
    expected = {
        f"/{path}": blake3(base64.b64encode(content) + path.rpartition(".")[2].encode()).hexdigest()[:32]
        for path, content in OLD.items()
    }
    assert {path: mark for path, mark in made.files.items() if path != f"/{MARKER}"} == expected
    assert made.branch == "main"
    assert made.message.startswith("Spring (")
    assert made.rules["_redirects"] == b"/was / 301\n/was/ / 301\n"
    assert made.rules["_headers"] == b"/*\n  X-A: b\n\n/docs/*\n  ! X-A\n  X-A: c\n"
    assert {at.media[mark] for mark in made.files.values()} == {
        "text/html", "text/css", "text/javascript", "text/plain", "application/json"
    }  # fmt: skip


def test_a_changed_rule_alone_is_seen_and_deployed(at: Cloudflare) -> None:
    brought(cloudflare(at), release(OLD, RULES))
    plan = planned(cloudflare(at), release(OLD, Rules((Redirect("/was", "/docs/", 301),))))
    assert ([item.path for item in plan.upload], plan.remove) == (["_redirects"], ("_headers",))
    brought(cloudflare(at), release(OLD, Rules((Redirect("/was", "/docs/", 301),))))
    assert at.visible()["_redirects"] == b"/was /docs/ 301\n/was/ /docs/ 301\n"
    assert "_headers" not in at.visible()


@pytest.mark.parametrize(
    ("path", "extension"),
    [("a.html", "html"), ("a/b.tar.gz", "gz"), ("x", ""), (".well-known/x", ""), ("a.b/.hidden", ""), ("a.", "")],
)
def test_the_hash_counts_the_extension(path: str, extension: str) -> None:
    assert mark_of(path, b"x") == blake3(b"eA==" + extension.encode()).hexdigest()[:32]


def test_buckets_hold_forty_mib_and_two_thousand_files_at_most() -> None:
    def loads(*sizes: int) -> list[Load]:
        return [Load(str(at), Item(path=f"{at}", size=size, digest="")) for at, size in enumerate(sizes)]

    mib = 1024 * 1024
    assert [sum(load.item.size for load in bucket) for bucket in buckets(loads(*[25 * mib] * 7))] == [25 * mib] * 7
    assert [len(bucket) for bucket in buckets(loads(*[1] * 6_100))] == [2_000, 2_000, 2_000, 100]
    assert buckets([]) == []


def test_what_cloudflare_cannot_be_told_is_told_before_anything_is_asked(at: Cloudflare) -> None:
    rules = Rules((Redirect("/shop", "/x", 301, (("id", ":id"),)),))
    for files, given, why in (
        (OLD, rules, "queries"),
        (OLD, Rules((Redirect("/docs/*", "/x/:splat", 301),)), "would not be reached"),
        ({**OLD, "_worker.js": b""}, RULES, "for a program"),
        ({**OLD, "functions/x.js": b""}, RULES, "for a program"),
        ({**OLD, MARKER: b""}, RULES, "writes itself"),
        ({**OLD, "big.bin": b"x" * (25 * 1024 * 1024 + 1)}, RULES, "bytes in a file"),
        ({f"{number}.txt": b"" for number in range(20_001)}, RULES, "20,000 files"),
    ):
        (found,) = refused(cloudflare(at), release(files, given))
        assert found.code in {"host-cannot", "host-limit"}
        assert why in found.message
    assert at.requests == []


def test_an_account_that_takes_fewer_files_says_so_before_anything_is_sent(at: Cloudflare) -> None:
    at.most = 5
    with pytest.raises(Failed) as failed:
        brought(cloudflare(at), release(OLD))
    assert failed.value.problem.code == "host-limit"
    assert at.blobs == {}


def test_what_is_kept_counts_as_files_too(at: Cloudflare) -> None:
    files = {f"{number}.txt": b"" for number in range(19_990)}
    kept = {f"_mfe/assets/{number}.css": "0" * 32 for number in range(10)}
    (found,) = refused(cloudflare(at), release(files, kept=kept))
    assert found.code == "host-limit"
    assert "10 are kept" in found.message


def test_a_pass_that_ends_while_files_are_sent_is_asked_for_again(at: Cloudflare) -> None:
    ended: list[int] = []

    def end(number: int, request: Request) -> None:
        if request.path.endswith("/upload") and not ended:
            ended.append(number)
            at.valid = at.passes + 1  # no pass that was given is valid any more

    at.fault = end
    brought(cloudflare(at), release(OLD))
    assert at.passes >= 2
    assert at.visible()["index.html"] == OLD["index.html"]


def test_a_pass_whose_time_is_over_is_not_used(at: Cloudflare) -> None:
    clock = Ticking()
    at.expires = clock.time + 20
    brought(cloudflare(at, clock), release(OLD))
    assert at.passes > 4


def test_hashes_that_could_not_be_remembered_are_nobodys_loss(at: Cloudflare) -> None:
    at.fault = lambda number, request: 500 if request.path.endswith("upsert-hashes") else None
    assert brought(cloudflare(at), release(OLD)).deployment.live


def test_a_deployment_whose_answer_was_lost_is_found_and_not_made_twice(at: Cloudflare) -> None:
    brought(cloudflare(at), release(OLD))
    at.fault = lost_once("/deployments")
    assert brought(cloudflare(at), release(NEW)).deployment.live
    assert len(at.deployments) == 2


def test_a_site_that_another_tool_brought_counts_as_new_and_keeps_what_it_has(at: Cloudflare) -> None:
    brought(cloudflare(at), release(OLD))
    del at.deployments[at.live].files[f"/{MARKER}"]
    live = cloudflare(at).live()
    assert live is not None
    assert live.marks == {}
    assert brought(cloudflare(at), release(OLD)).sent.sent == 0


def test_without_a_project_an_account_or_a_token_the_way_out_is_told(at: Cloudflare) -> None:
    for settings, why in (
        (CloudflareSettings(), 'project = "…"'),
        (CloudflareSettings(project="x"), "CLOUDFLARE_ACCOUNT_ID"),
    ):
        found = open_host(settings, asked({}))
        assert isinstance(found, Problem)
        assert found.code == "no-target"
        assert why in found.hint
    host = open_host(CloudflareSettings(project="x", account="y"), asked({}))
    assert isinstance(host, Pages)
    with pytest.raises(Failed) as failed:
        host.live()
    assert failed.value.problem.code == "no-credentials"
    with pytest.raises(Failed) as failed:
        cloudflare(at, project="tractor").live()
    assert "Project not found" in failed.value.problem.message
    assert '"tractor"' in failed.value.problem.hint
    assert TOKEN not in str(failed.value.problem)


def test_a_long_message_is_left_out(at: Cloudflare) -> None:
    brought(cloudflare(at, said="ä" * 400), release(OLD))
    (made,) = at.deployments.values()
    assert made.message.startswith("mfe-static (")


@pytest.mark.slow
def test_ten_thousand_files_take_a_few_requests_and_little_memory(at: Cloudflare) -> None:
    import tracemalloc

    files: Mapping[str, bytes] = {
        f"{number % 100}/{number}/index.html": b"%06d" % number * 500 for number in range(10_000)
    }
    host = cloudflare(at, patience=Patience())
    plan = planned(host, release(files))
    kept: list[int] = []

    def count(request: Request) -> Reply:
        kept.append(len(json.loads(request.body)))
        return at.yes(None)

    at.routes[3] = ("POST", r"/pages/assets/upload", count)
    tracemalloc.start()
    sent = host.send(plan, lambda *_: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent.sent == 10_000
    assert sum(kept) == 10_001
    assert len(at.requests) < 15
    assert peak < 400_000_000  # of which the stand-in has most: it holds three bodies, and what is in them
