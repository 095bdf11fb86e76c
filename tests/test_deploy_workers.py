"""The static assets of a Worker, by a stand-in: what is asked, in which order, and what is said when it says no."""

import json
from collections.abc import Iterator

import pytest

from bringing import NEW, OLD, asked, brought, planned, release, worker
from cloudflare_standin import ACCOUNT
from mfe_static.deploy.cloudflare import open_host
from mfe_static.deploy.host import Failed, Headers, Redirect, Rules
from mfe_static.deploy.marker import MARKER
from mfe_static.deploy.workers import Workers as Host
from mfe_static.hosting import CloudflareSettings
from mfe_static.problems import Problem
from standins import lost_once, standing
from workers_standin import Workers

RULES = Rules((Redirect("/was", "/", 301),), (Headers("/*", (("X-A", "b"),)),))


@pytest.fixture
def at() -> Iterator[Workers]:
    with standing(Workers()) as standin:
        yield standin


def steps(at: Workers) -> list[str]:
    """What was asked, and not what was asked again."""
    said = [line.replace(f"/accounts/{ACCOUNT}/workers", "") for line in at.asked()]
    return [line for before, line in zip(["", *said], said, strict=False) if line != before]


def test_a_version_is_made_of_what_was_missing_and_then_deployed(at: Workers) -> None:
    brought(worker(at, said="Spring"), release(OLD, RULES))
    assert steps(at) == [
        "GET /scripts/tractors/deployments", "POST /scripts/tractors/assets-upload-session", "POST /assets/upload",
        "POST /scripts/tractors/versions", "GET /scripts/tractors/deployments", "POST /scripts/tractors/deployments",
        "GET /scripts/tractors/deployments",
    ]  # fmt: skip
    (version,) = at.versions.values()
    assert version.config == {
        "html_handling": "auto-trailing-slash",
        "not_found_handling": "404-page",
        "_redirects": "/was / 301\n/was/ / 301\n",
        "_headers": "/*\n  X-A: b\n",
    }
    assert version.annotations == {"workers/message": "Spring"}
    assert version.files.keys() == {f"/{path}" for path in (*OLD, MARKER)}
    assert all(token.startswith("Bearer ") for token in [at.requests[2].headers["authorization"]])
    assert brought(worker(at), release(NEW, RULES)).sent.sent == 3


def test_nothing_is_answered_with_before_it_is_deployed(at: Workers) -> None:
    brought(worker(at), release(OLD))
    plan = planned(worker(at), release(NEW))
    worker(at).send(plan, lambda *_: None)
    assert at.visible()["index.html"] == OLD["index.html"]
    assert len(at.versions) == 2


def test_a_preview_is_a_version_with_an_alias_and_changes_nothing_else(at: Workers) -> None:
    brought(worker(at), release(OLD))
    done = brought(worker(at, preview="PR 12"), release(NEW, preview="PR 12"))
    assert done.deployment.address == "https://pr-12-tractors.farm.workers.dev"
    assert at.versions[done.deployment.id].annotations["workers/alias"] == "pr-12"
    assert at.visible(done.deployment.id)["index.html"] == NEW["index.html"]
    assert at.visible()["index.html"] == OLD["index.html"]
    assert worker(at, preview="PR 12").live() is None
    assert list(worker(at, preview="PR 12").deployments()) == []
    with pytest.raises(Failed) as failed:
        worker(at, preview="PR 12").rollback("")
    assert failed.value.problem.code == "host-cannot"


def test_a_deployment_whose_answer_was_lost_is_found_and_not_made_twice(at: Workers) -> None:
    at.fault = lost_once("/deployments")
    assert brought(worker(at), release(OLD)).deployment.live
    assert len(at.made) == 1


def test_a_worker_that_is_not_there_is_named_in_the_hint(at: Workers) -> None:
    with pytest.raises(Failed) as failed:
        worker(at, name="tractor").live()
    assert failed.value.problem.code == "host-refused"
    assert '"tractor"' in failed.value.problem.hint


def test_either_a_project_or_a_worker_is_meant() -> None:
    environ = {"CLOUDFLARE_ACCOUNT_ID": ACCOUNT}
    both = open_host(CloudflareSettings(project="a", worker="b"), asked(environ))
    assert isinstance(both, Problem)
    assert both.code == "no-target"
    assert isinstance(open_host(CloudflareSettings(worker="b"), asked(environ)), Host)
    assert isinstance(open_host(CloudflareSettings(worker="b"), asked({})), Problem)


def test_a_value_of_a_rule_is_json_in_the_version_whatever_stands_in_it(at: Workers) -> None:
    rules = Rules((), (Headers("/*", (("X-A", 'a "b" \\ ü'),)),))
    brought(worker(at), release(OLD, rules))
    (version,) = at.versions.values()
    assert json.dumps(version.config["_headers"]) == json.dumps('/*\n  X-A: a "b" \\ ü\n')
