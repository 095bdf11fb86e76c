"""Netlify, by its stand-in: what is asked, in which order, and what is said when it says no.

Its public description of the API is the schema of every request that is made and of every answer that the stand-in
gives, so that both keep to what the host has promised.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from bringing import NEW, OLD, PATIENCE, Ticking, asked, brought, netlify, planned, refused, release
from mfe_static.deploy.host import Failed, Headers, Item, Redirect, Rules
from mfe_static.deploy.marker import MARKER
from mfe_static.deploy.netlify import Netlify as Host
from mfe_static.deploy.netlify import open_host
from mfe_static.digests import digest
from mfe_static.hosting import NetlifySettings
from mfe_static.problems import Problem
from netlify_standin import SITE_ID, Deploy, Netlify
from standins import TOKEN, standing

API = Path(__file__).parents[2] / "shared/reference/netlify-open-api.yml"
RULES = Rules(
    (Redirect("/was", "/", 301), Redirect("/shop", "/:id", 302, (("id", ":id"),)), Redirect("/app/*", "/docs/", 200)),
    (Headers("/*", (("X-A", 'a "b" \\ ä'),)),),
)


@pytest.fixture
def at() -> Iterator[Netlify]:
    with standing(Netlify()) as standin:
        yield standin


def steps(at: Netlify) -> list[str]:
    """What was asked, without ids and without asking again."""
    said = [line.replace("/sites/tractors.netlify.app", "SITE") for line in at.asked()]
    for id_ in at.deploys:
        said = [line.replace(id_, "ID") for line in said]
    return [line for before, line in zip(["", *said], said, strict=False) if line != before]


def test_only_what_is_missing_is_sent_and_the_marker_last(at: Netlify) -> None:
    brought(netlify(at), release(OLD))
    at.requests.clear()
    done = brought(netlify(at), release(NEW))
    assert [line for line in steps(at) if "/files/" not in line] == [
        "GET SITE", "GET SITE/files", "GET SITE", "POST SITE/deploys", "PUT SITE/deploys/ID", "GET SITE",
        "GET SITE/deploys/ID", "GET SITE",
    ]  # fmt: skip
    sent = [line.partition("/files/")[2] for line in steps(at) if line.startswith("PUT /deploys/")]
    assert sorted(sent[:-1]) == ["_mfe/assets/look.9876543210.css", "index.html", "news/a b ä.html"]
    assert sent[-1] == MARKER
    assert done.sent.sent == 3
    assert done.told[-1] == ("send", 3, 3)
    assert done.deployment.live
    assert at.visible()["news/a b ä.html"] == b"<h1>News</h1>"


def test_the_same_site_once_more_is_one_small_file(at: Netlify) -> None:
    brought(netlify(at), release(OLD))
    at.requests.clear()
    assert brought(netlify(at), release(OLD)).sent.sent == 0
    assert [line for line in steps(at) if line.startswith("PUT /deploys")] == [f"PUT /deploys/ID/files/{MARKER}"]


def test_equal_contents_are_sent_once(at: Netlify) -> None:
    brought(netlify(at), release({f"{number}.html": b"same" for number in range(50)}))
    assert len([line for line in steps(at) if "/files/" in line]) == 3  # with netlify.toml and the marker


def test_more_than_a_hundred_files_are_compared_in_the_background(at: Netlify) -> None:
    brought(netlify(at), release({f"{number}.html": b"%d" % number for number in range(120)}))
    (manifest,) = [request for request in at.requests if request.method == "PUT" and "/files/" not in request.path]
    assert manifest.json["async"] is True
    assert len(at.visible()) == 122


def test_all_rules_go_into_one_file_and_the_repositorys_own_after_them(at: Netlify, tmp_path: Path) -> None:
    (tmp_path / "netlify.toml").write_text("""
        [build]
        command = "x"
        [[redirects]]
        from = "/product/:id"
        to = "/p/:id"
        query = {sku = ":sku"}
        conditions = {Country = ["de", "at"]}
        [[headers]]
        for = "/*"
        [headers.values]
        X-B = "b"
        """)  # fmt: skip
    brought(netlify(at, root=str(tmp_path)), release(OLD, RULES))
    rules = at.rules()
    assert rules["build"] == {"processing": {"skip_processing": True}}
    assert [(rule["from"], rule["to"], rule["status"], rule["force"]) for rule in rules["redirects"]] == [
        ("/was", "/", 301, False), ("/shop", "/:id", 302, False), ("/app/*", "/docs/", 200, False),
        ("/product/:id", "/p/:id", 301, False),
    ]  # fmt: skip
    assert rules["redirects"][1]["query"] == {"id": ":id"}
    assert rules["redirects"][3]["conditions"] == {"Country": ["de", "at"]}
    assert rules["headers"] == [
        {"for": "/*", "values": {"X-A": 'a "b" \\ ä'}}, {"for": "/*", "values": {"X-B": "b"}}
    ]  # fmt: skip
    assert not {"_redirects", "_headers"} & at.visible().keys()


@pytest.mark.parametrize(
    ("toml", "code", "why"),
    [
        ("a = ", "bad-toml", "cannot be read"),
        ("[functions]\ndirectory = 'x'", "host-cannot", "[functions] is for programs"),
        ("[[edge_functions]]\npath = '/x'", "host-cannot", "[edge_functions] is for programs"),
        ("[[plugins]]\npackage = 'x'", "host-cannot", "[plugins] is for programs"),
        ("[[redirects]]\nfrom = '/a'", "bad-rule", '"to" of /a is a path'),
        ("[[redirects]]\nfrom = '/a'\nto = '//evil.example'", "bad-rule", '"to" of /a is a path'),
        ("[[redirects]]\nfrom = 'a'\nto = '/b'", "bad-rule", '"from" is a path'),
        ("[[redirects]]\nfrom = '/a'\nto = '/b'\nstatus = 'x'", "bad-rule", '"status" of /a is a number'),
        ("[[headers]]\nfor = '/a'", "bad-rule", '"values" is a table'),
        ("redirects = 3", "bad-rule", "it is no table"),
    ],
)
def test_what_the_repositorys_netlify_toml_cannot_mean_here_is_told_before_anything_is_asked(
    at: Netlify, tmp_path: Path, toml: str, code: str, why: str
) -> None:
    (tmp_path / "netlify.toml").write_text(toml)
    (found,) = refused(netlify(at, root=str(tmp_path)), release(OLD))
    assert (found.code, found.file) == (code, "netlify.toml")
    assert why in found.message
    assert at.requests == []


def test_limits_and_names_are_told_before_anything_is_asked(at: Netlify) -> None:
    many = {f"{number}.txt": b"" for number in range(54_001)}
    codes = [found.code for found in refused(netlify(at), release({**many, "a#b.html": b"", "a?b.html": b""}))]
    assert codes == ["host-limit", "host-cannot", "host-cannot"]
    for path in (MARKER, "netlify.toml"):
        (found,) = refused(netlify(at), release({path: b""}))
        assert "writes itself" in found.message
    assert at.requests == []


def test_a_site_whose_publishing_is_locked_says_so_and_nothing_is_sent(at: Netlify) -> None:
    brought(netlify(at), release(OLD))
    at.deploys[at.live].locked = True
    at.requests.clear()
    with pytest.raises(Failed) as failed:
        brought(netlify(at), release(NEW))
    assert failed.value.problem.code == "deploy-locked"
    assert at.live in failed.value.problem.message
    assert not [request for request in at.requests if request.method != "GET"]
    done = brought(netlify(at, preview="try"), release(NEW, preview="try"))  # previews are free
    assert at.visible(done.deployment.id)["index.html"] == NEW["index.html"]


def test_a_deployment_that_was_ready_and_never_live_is_neither_listed_nor_gone_back_to(at: Netlify) -> None:
    first = brought(netlify(at), release(OLD)).deployment
    at.deploys["f" * 24] = Deploy("f" * 24, at.now(), state="ready")  # as somebody makes one while publishing is locked
    second = brought(netlify(at), release(NEW)).deployment
    assert [each.id for each in netlify(at).deployments()] == [second.id, first.id]
    assert netlify(at).rollback("").id == first.id


def test_a_failed_deployment_is_cancelled_at_the_host(at: Netlify) -> None:
    at.fault = lambda number, request: 403 if "/files/index" in request.path else None
    with pytest.raises(Failed):
        brought(netlify(at), release(OLD))
    assert at.asked()[-1].endswith("/cancel")
    assert {deploy.state for deploy in at.deploys.values()} == {"error"}


def test_a_422_is_taken_for_a_file_that_was_read_too_early_once(at: Netlify) -> None:
    tries: list[int] = []

    def fault(number: int, request: Any) -> int | None:
        if "/files/index" not in request.path:
            return None
        tries.append(number)
        return 422 if len(tries) == 1 else None

    at.fault = fault
    brought(netlify(at), release(OLD))
    assert len(tries) == 2


def test_a_file_that_changes_while_it_is_deployed_ends_the_deployment(at: Netlify, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes(b"two")
    host, plan = netlify(at), planned(netlify(at), release({**OLD, "index.html": b"one"}))
    real = Item(path="index.html", size=3, digest=digest(b"one"), real=str(tmp_path / "index.html"))
    items = {**plan.release.items, "index.html": real}
    upload = tuple(items[item.path] for item in plan.upload)
    changed = msgspec.structs.replace(plan, release=msgspec.structs.replace(plan.release, items=items), upload=upload)
    with pytest.raises(OSError, match="changed"):
        host.send(changed, lambda *_: None)
    assert at.asked()[-1].endswith("/cancel")


def test_who_interrupts_a_deployment_cancels_it_at_the_host(at: Netlify) -> None:
    def told(step: str, done: int, of: int) -> None:
        raise KeyboardInterrupt

    host = netlify(at)
    with pytest.raises(KeyboardInterrupt):
        host.send(planned(host, release(OLD)), told)
    assert at.asked()[-1].endswith("/cancel")


def test_the_way_out_may_lead_through_a_proxy(at: Netlify, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", at.origin)
    monkeypatch.delenv("NO_PROXY", raising=False)
    environ = {"NETLIFY_AUTH_TOKEN": TOKEN, "NETLIFY_API_URL": "http://127.0.0.2:9/api/v1"}
    host = Host(NetlifySettings(site=SITE_ID), asked(environ), PATIENCE, Ticking().clock)
    assert brought(host, release(OLD)).deployment.live
    at.fault = lambda number, request: "drip-head" if request.method == "GET" else None
    with pytest.raises(Failed) as failed:
        host.live()
    assert "did not answer in time" in failed.value.problem.message


@pytest.mark.parametrize("site", [SITE_ID, "tractors.netlify.app", "tractors"])
def test_a_site_is_named_by_its_id_or_its_name(at: Netlify, site: str) -> None:
    assert brought(netlify(at, site=site), release(OLD)).deployment.live


def test_a_site_that_is_not_there_is_named_in_the_hint(at: Netlify) -> None:
    with pytest.raises(Failed) as failed:
        netlify(at, site="tractor").live()
    assert failed.value.problem.code == "host-refused"
    assert '"tractor"' in failed.value.problem.hint


def test_without_a_site_or_a_token_the_way_out_is_told(at: Netlify) -> None:
    found = open_host(NetlifySettings(), asked({}))
    assert isinstance(found, Problem)
    assert (found.code, "NETLIFY_SITE_ID" in found.hint) == ("no-target", True)
    assert isinstance(open_host(NetlifySettings(), asked({"NETLIFY_SITE_ID": "x"})), Host)
    for environ, why in (
        ({}, "has no NETLIFY_AUTH_TOKEN"),
        ({"NETLIFY_AUTH_TOKEN": "a\nb"}, "is no token"),
        ({"NETLIFY_AUTH_TOKEN": TOKEN, "NETLIFY_API_URL": "http://evil.example/api"}, "no address that a token"),
        ({"NETLIFY_AUTH_TOKEN": TOKEN, "NETLIFY_API_URL": "https://a:b@evil.example/"}, "no address that a token"),
        ({"NETLIFY_AUTH_TOKEN": TOKEN, "NETLIFY_API_URL": "file:///etc"}, "no address that a token"),
        ({"NETLIFY_AUTH_TOKEN": TOKEN, "NETLIFY_API_URL": f"https://a:{TOKEN}@x.test/"}, "https://***@x.test"),
        ({"NETLIFY_AUTH_TOKEN": TOKEN, "NETLIFY_API_URL": f"http://x.test/{TOKEN}"}, "http://x.test/***"),
    ):
        with pytest.raises(Failed) as failed:
            Host(NetlifySettings(site="x"), asked(environ)).live()
        assert failed.value.problem.code == "no-credentials"
        assert why in failed.value.problem.message
        assert TOKEN not in str(failed.value.problem)


def test_a_host_that_is_not_there_is_told_after_some_tries() -> None:
    clock = Ticking()
    environ = {"NETLIFY_AUTH_TOKEN": TOKEN, "NETLIFY_API_URL": "http://127.0.0.1:9/api/v1"}
    with pytest.raises(Failed) as failed:
        Host(NetlifySettings(site="x"), asked(environ), clock=clock.clock).live()
    assert failed.value.problem.code == "host-failed"
    assert "cannot be reached" in failed.value.problem.message
    assert clock.slept == [1, 2, 4, 8, 16]


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"Retry-After": "7"}, [7]),
        ({"Retry-After": "Fri, 15 Jan 2027 08:00:40 GMT"}, [pytest.approx(38, abs=3)]),
        ({"X-RateLimit-Reset": "1800000060"}, [pytest.approx(58, abs=3)]),
        ({"X-RateLimit-Reset": "2027-01-15 08:01:00 UTC"}, [pytest.approx(58, abs=3)]),
        ({"Retry-After": "soon"}, [10]),
        ({}, [10]),
    ],
)
def test_who_counts_requests_is_waited_for_as_long_as_it_says(
    at: Netlify, headers: Mapping[str, str], slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, said = Ticking(), []
    answer = at.answer

    def once(request: Any) -> Any:
        said.append(request)
        return answer(request)._replace(status=429, headers=headers) if len(said) == 1 else answer(request)

    monkeypatch.setattr(at, "answer", once)
    assert netlify(at, clock).live() is None
    assert clock.slept == slept


def test_when_requests_are_counted_all_uploads_pause_together(at: Netlify) -> None:
    files = {f"{number}.html": b"%d" % number for number in range(60)}
    heard: list[int] = []

    def fault(number: int, request: Any) -> int | None:
        if "/files/" in request.path and len(heard) < 1:
            heard.append(number)
            return 429
        return None

    at.fault = fault
    clock = Ticking()
    assert brought(netlify(at, clock), release(files)).sent.sent == 61
    assert 7 in clock.slept
    assert len(at.asked()) < 61 + 15


def test_who_asks_us_to_wait_for_hours_is_not_waited_for(at: Netlify, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = at.answer
    monkeypatch.setattr(at, "answer", lambda it: answer(it)._replace(status=429, headers={"Retry-After": "7200"}))
    with pytest.raises(Failed) as failed:
        netlify(at).live()
    assert "wait 7,200 s" in failed.value.problem.message
    assert len(at.requests) == 1


def test_a_redirect_of_the_api_is_not_followed(at: Netlify, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = at.answer
    elsewhere = {"Location": f"{at.origin}/elsewhere"}
    monkeypatch.setattr(at, "answer", lambda it: answer(it)._replace(status=302, headers=elsewhere))
    with pytest.raises(Failed) as failed:
        netlify(at).live()
    assert "a token does not go" in failed.value.problem.message
    assert at.seen_elsewhere == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"id": 3}'])
def test_an_answer_that_is_none_of_the_api_is_told(at: Netlify, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    answer = at.answer
    monkeypatch.setattr(at, "answer", lambda it: answer(it)._replace(json=None, body=body))
    with pytest.raises(Failed) as failed:
        netlify(at).live()
    assert "something else than its API should" in failed.value.problem.message


def test_the_message_of_a_deployment_is_its_title(at: Netlify) -> None:
    brought(netlify(at, said="Spring"), release(OLD))
    assert [each.said for each in netlify(at).deployments()] == ["Spring"]


@pytest.mark.slow
def test_ten_thousand_files_take_as_many_requests_as_contents_and_little_memory(at: Netlify) -> None:
    import tracemalloc

    files = {f"{number % 100}/{number}/index.html": b"%06d" % (number // 10) * 100 for number in range(10_000)}
    tracemalloc.start()
    done = brought(netlify(at), release(files))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert done.sent.sent == 1_001  # with netlify.toml
    assert len(at.requests) < 1_050
    assert peak < 100_000_000  # of which the stand-in has most
    at.requests.clear()
    assert brought(netlify(at), release({**files, "0/0/index.html": b"new"})).sent.sent == 1
    assert len(at.requests) < 50


# -- the public description of the API


def described() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(API.read_text())
    return found


def operation(spec: Mapping[str, Any], method: str, path: str) -> Mapping[str, Any]:
    """What the description says of a request; the path of a file may hold slashes."""
    for template, item in spec["paths"].items():
        wanted, given = template.split("/"), path.split("/")
        if template.endswith("/files/{path}"):
            given = [*given[: len(wanted) - 1], "/".join(given[len(wanted) - 1 :])]
        fits = len(wanted) == len(given) and all(
            want == part or want.startswith("{") for want, part in zip(wanted, given, strict=True)
        )
        if fits and method.lower() in item:
            found = dict(item[method.lower()])
            found["parameters"] = [*item.get("parameters", []), *found.get("parameters", [])]
            return found
    raise AssertionError(f"{method} {path} is no request of the API")


@pytest.mark.skipif(not API.is_file(), reason="the description of Netlify's API is not here")
def test_requests_and_answers_are_those_of_the_public_description(at: Netlify) -> None:
    from jsonschema import Draft4Validator

    brought(netlify(at), release(OLD, RULES))
    brought(netlify(at), release({**NEW, **{f"{number}.html": b"%d" % number for number in range(120)}}))
    brought(netlify(at, preview="try"), release(NEW, preview="try"))
    netlify(at).rollback("")
    at.fault = lambda number, request: 403 if "/files/" in request.path else None
    with pytest.raises(Failed):
        brought(netlify(at), release({"x.html": b"x"}))
    at.fault = lambda number, request: None
    spec = described()
    shared = {"definitions": spec["definitions"], "parameters": spec["parameters"]}
    seen = set()
    for request, reply in at.exchanged:
        known = operation(spec, request.method, request.path)
        seen.add(known["operationId"])
        parameters = [
            spec["parameters"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
            for each in known["parameters"]
        ]
        assert set(request.query) <= {each["name"] for each in parameters if each["in"] == "query"}
        for each in parameters:
            if each["in"] == "query" and each.get("type") == "integer" and each["name"] in request.query:
                assert request.query[each["name"]].isdigit()
            if each["in"] == "body" and each["schema"].get("format") != "binary":
                Draft4Validator({**each["schema"], **shared}).validate(request.json)
        if request.method == "PUT" and "/files/" in request.path:
            assert request.headers["content-type"] == "application/octet-stream"
        if reply.status < 300:
            schema = known["responses"][str(reply.status)].get("schema", {})
            Draft4Validator({**schema, **shared}).validate(reply.json)
    assert seen >= {
        "getSite", "listSiteFiles", "createSiteDeploy", "updateSiteDeploy", "uploadDeployFile", "getSiteDeploy",
        "listSiteDeploys", "restoreSiteDeploy", "cancelSiteDeploy",
    }  # fmt: skip


def test_the_generated_file_is_toml_whatever_stands_in_it(at: Netlify) -> None:
    value = '\'"\\\t\x7f ä 🚜 """'
    rules = Rules((Redirect("/a b", "/ü?x=1#y", 308),), (Headers("/x/*", (("X-A", value),)),))
    compiled = planned(netlify(at), release(OLD, rules)).release
    found = tomllib.loads(compiled.items["netlify.toml"].content.decode())
    assert found["headers"][0]["values"] == {"X-A": value}
    assert found["redirects"][0]["to"] == "/ü?x=1#y"
