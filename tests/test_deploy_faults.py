"""Whatever happens to a request, visitors see the old site or the new one, whole, and the report is true.

Each request of a deployment fails in each way, once or from then on; the host works on in the background. Clocks are
passed in, so nobody waits; silence is some tenths of a second.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from bringing import NEW, OLD, PATIENCE, SHORT, Ticking, asked, brought, cloudflare, netlify, planned, release, worker
from cloudflare_standin import Cloudflare
from mfe_static.deploy.cloudflare import open_host as open_cloudflare
from mfe_static.deploy.host import Failed, Headers, Host, Redirect, Rules
from mfe_static.deploy.http import Patience
from mfe_static.deploy.marker import MARKER
from mfe_static.deploy.netlify import open_host as open_netlify
from mfe_static.hosting import CloudflareSettings, NetlifySettings
from mfe_static.problems import Problem
from netlify_standin import Netlify
from standins import BREAKS, STATUSES, TOKEN, Fault, Request, standing
from workers_standin import Workers

RULES = Rules((Redirect("/was", "/", 301),), (Headers("/*", (("X-A", "b"),)),))
OTHER = Rules((Redirect("/was", "/news/", 301),), (Headers("/*", (("X-A", "c"),)),))
Site = Netlify | Cloudflare | Workers
STANDINS: Mapping[str, tuple[Callable[[], Site], Callable[..., Host]]] = {
    "netlify": (Netlify, netlify),
    "cloudflare": (Cloudflare, cloudflare),
    "worker": (Workers, worker),
}
WITH_PREVIEWS = ("netlify", "cloudflare")
"""Hosts that tell what a preview shows."""


class Scene(NamedTuple):
    """A site that is live, and a deployment of the next one."""

    at: Site
    host: Callable[..., Host]
    old: Mapping[str, bytes]
    new: Mapping[str, bytes]

    def deploy(self, patience: Patience = PATIENCE) -> Problem | None:
        """Bring the new site; what went wrong."""
        try:
            brought(self.host(self.at, patience=patience), release(NEW, OTHER))
        except Failed as failed:
            assert not failed.live
            return failed.problem
        return None

    def live(self) -> Mapping[str, bytes]:
        return without_marker(self.at.visible())

    def settle(self) -> None:
        """The host goes on for a while."""
        for _ in range(5):
            self.at.step()


def without_marker(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    return {path: content for path, content in files.items() if path != MARKER}


@contextmanager
def scene(name: str) -> Iterator[Scene]:
    make, host = STANDINS[name]
    with standing(make()) as at:
        brought(host(at), release(OLD, RULES))
        old = without_marker(at.visible())
        compiled = planned(host(at), release(NEW, OTHER)).release
        new = {path: item.content for path, item in compiled.items.items()}
        at.requests.clear()
        yield Scene(at, host, old, new)


def requests_of(name: str) -> int:
    """How many requests a deployment of the new site makes."""
    with scene(name) as on:
        assert on.deploy() is None
        return len(on.at.requests)


def failing(number: int, fault: Fault, *, on: bool) -> Callable[[int, Request], Fault | None]:
    """The `number`-th request fails, or all from it on."""
    return lambda at, request: fault if (at >= number if on else at == number) else None


SILENT: tuple[Fault, ...] = ("stall", "late", "drip", "drip-head")


def tried(name: str, number: int, fault: Fault, *, on: bool) -> str:
    """One deployment with a fault, and one without; what came of the first."""
    with scene(name) as it:
        it.at.fault = failing(number, fault, on=on)
        found = it.deploy(SHORT if fault in SILENT else PATIENCE)
        it.at.fault = failing(0, fault, on=False)
        it.settle()
        live = it.live()
        assert live in (it.old, it.new)
        assert all(without_marker(shown) in (it.old, it.new) for shown in it.at.shown)
        if found is None:
            assert live == it.new
            return "live"
        assert TOKEN not in str(found)
        assert found.hint
        if found.code != "deploy-uncertain":
            assert live == it.old, found.message
        had = set(it.at.blobs)
        it.at.requests.clear()
        assert it.deploy() is None
        assert it.live() == it.new
        assert had <= set(it.at.blobs)
        return found.code


@pytest.mark.parametrize("name", STANDINS)
@pytest.mark.parametrize("fault", [403, 429, 502, "lost", "drip"])
def test_a_fault_in_the_middle_leaves_the_old_site_or_the_new_one(name: str, fault: Fault) -> None:
    came = {tried(name, number, fault, on=False) for number in (3, 7, 11)}
    assert came <= ({"live", "host-refused"} if fault == 403 else {"live"})
    assert fault != 403 or "host-refused" in came


@pytest.mark.slow
@pytest.mark.parametrize("name", STANDINS)
@pytest.mark.parametrize("on", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize("fault", [*STATUSES, *BREAKS])
def test_whichever_request_fails_the_site_is_whole_and_the_report_true(name: str, fault: Fault, on: bool) -> None:
    step = 3 if on and fault in SILENT else 1  # that takes its time: one request of three
    came = [tried(name, number, fault, on=on) for number in range(1, requests_of(name) + 1, step)]
    again = fault in {429, 500, 502, 503, "reset", "lost", "stall", "late", "drip", "drip-head"}
    if again and not on:
        assert set(came) == {"live"}, came  # one bad moment is nobody's business
    assert came[0] != "live" or (again and not on)


@pytest.mark.parametrize("name", STANDINS)
def test_a_host_that_comes_back_in_time_is_waited_for_and_no_longer(name: str) -> None:
    make, host = STANDINS[name]
    with standing(make()) as at:
        clock = Ticking()
        at.fault = lambda number, request: 503 if number <= 3 else None
        brought(host(at, clock), release(OLD))
        assert clock.slept[:3] == [1, 2, 4]
        at.fault = lambda number, request: 429
        clock.slept.clear()
        with pytest.raises(Failed) as failed:
            host(at, clock).live()
        assert failed.value.problem.code == "host-failed"
        assert "429" in failed.value.problem.message
        assert clock.slept == [7] * 5  # as it asks for


@pytest.mark.parametrize("name", STANDINS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422])
def test_what_a_host_means_is_not_asked_again(name: str, status: int) -> None:
    make, host = STANDINS[name]
    with standing(make()) as at:
        at.fault = lambda number, request: status
        with pytest.raises(Failed) as failed:
            host(at).live()
        assert failed.value.problem.code == "host-refused"
        assert str(status) in failed.value.problem.message
        assert TOKEN not in failed.value.problem.message
        assert "***" in failed.value.problem.message
        assert len(at.requests) == 1


@pytest.mark.parametrize("name", STANDINS)
def test_of_two_deployments_at_once_one_loses_and_is_told_which_one_won(name: str) -> None:
    with scene(name) as it:
        other = {**NEW, "index.html": b"<h1>Other</h1>"}
        with pytest.raises(Failed) as failed:
            brought(it.host(it.at), release(NEW), lambda: brought(it.host(it.at), release(other)))
        assert failed.value.problem.code == "deploy-overtaken"
        assert it.at.live in failed.value.problem.message
        it.settle()
        assert it.live()["index.html"] == b"<h1>Other</h1>"


@pytest.mark.parametrize("name", STANDINS)
def test_what_an_interrupted_attempt_brought_is_not_sent_again(name: str) -> None:
    with scene(name) as it:
        first = planned(it.host(it.at), release(NEW, OTHER))
        sent = it.host(it.at).send(first, lambda *_: None)
        assert sent.sent == 3 + (name == "netlify")
        assert it.live() == it.old  # and then the machine is switched off
        again = brought(it.host(it.at), release(NEW, OTHER))
        assert again.sent.sent == 0
        assert it.live() == it.new


@pytest.mark.parametrize("name", STANDINS)
def test_assets_of_earlier_deployments_stay_without_being_sent(name: str) -> None:
    with scene(name) as it:
        had = it.host(it.at).live()
        assert had is not None
        path = "_mfe/assets/look.0123456789.css"
        kept = {path: had.marks[path], "_mfe/assets/gone.0123456789.js": "0" * len(had.marks[path])}
        done = brought(it.host(it.at), release(NEW, kept=kept))
        assert it.live()[path] == b"old"
        assert "_mfe/assets/gone.0123456789.js" not in it.live()  # nobody has it any more
        assert path not in done.plan.remove
        live = it.host(it.at).live()
        assert live is not None
        assert live.marks[path] == had.marks[path]


@pytest.mark.parametrize("name", STANDINS)
def test_deployments_are_listed_and_rolled_back_to(name: str) -> None:
    with scene(name) as it:
        brought(it.host(it.at), release(NEW))
        newer, older = it.host(it.at).deployments()
        assert (newer.live, older.live) == (True, False)
        assert newer.made > older.made
        assert it.host(it.at).rollback("").id == older.id
        assert it.live() == it.old
        assert it.host(it.at).rollback(newer.id).live
        assert it.live()["index.html"] == NEW["index.html"]
        with pytest.raises(Failed) as failed:
            it.host(it.at).rollback("nothing")
        assert failed.value.problem.code == "no-such-deployment"
        assert "deploys list" in failed.value.problem.hint


def silent_after(method: str, ending: str, most: int) -> Callable[[int, Request], Fault | None]:
    """The answer to such a request is lost, and so are those to the next ones, `most` in all."""
    lost: list[Request] = []

    def lose(number: int, request: Request) -> Fault | None:
        if len(lost) < most and (lost or (request.method == method and request.path.endswith(ending))):
            lost.append(request)
            return "lost"
        return None

    return lose


@pytest.mark.parametrize(("name", "ending"), [("netlify", "/restore"), ("cloudflare", "/rollback")])
def test_going_back_is_known_to_have_worked_though_every_answer_was_lost(name: str, ending: str) -> None:
    with scene(name) as it:
        brought(it.host(it.at), release(NEW))
        it.at.fault = silent_after("POST", ending, PATIENCE.attempts)
        assert it.host(it.at).rollback("").live
        assert it.live() == it.old
        it.at.fault = failing(len(it.at.requests) + 3, "reset", on=True)
        with pytest.raises(Failed) as failed:
            it.host(it.at).rollback("")
        assert failed.value.problem.code in {"host-failed", "no-such-deployment"}


@pytest.mark.parametrize(("name", "ending"), [("netlify", "/restore"), ("cloudflare", "/rollback")])
def test_going_back_of_which_nobody_knows_whether_it_was_heard_is_told_as_such(name: str, ending: str) -> None:
    with scene(name) as it:
        brought(it.host(it.at), release(NEW))
        it.at.fault = silent_after("POST", ending, 1000)
        with pytest.raises(Failed) as failed:
            it.host(it.at).rollback("")
        assert failed.value.problem.code == "deploy-uncertain"


def test_netlify_is_told_to_forget_a_deployment_that_nobody_could_see_go_live(monkeypatch: pytest.MonkeyPatch) -> None:
    with scene("netlify") as it:
        it.at.fault = silent_after("PUT", MARKER, 3 * PATIENCE.attempts)
        with monkeypatch.context() as patch:
            patch.setattr(it.at, "step", lambda: None)  # it takes its time
            found = it.deploy()
        assert found is not None
        assert found.code == "host-failed"
        it.settle()
        assert it.live() == it.old


def test_a_deployment_that_went_live_at_netlify_while_it_was_silent_is_known_to_be_live() -> None:
    with scene("netlify") as it:
        it.at.fault = silent_after("PUT", MARKER, 3 * PATIENCE.attempts)
        assert it.deploy() is None
        assert it.live() == it.new


@pytest.mark.parametrize("name", STANDINS)
def test_without_an_earlier_deployment_there_is_nothing_to_roll_back_to(name: str) -> None:
    make, host = STANDINS[name]
    with standing(make()) as at:
        assert host(at).live() is None
        assert list(host(at).deployments()) == []
        brought(host(at), release(OLD))
        with pytest.raises(Failed) as failed:
            host(at).rollback("")
        assert failed.value.problem.code == "no-such-deployment"


@pytest.mark.parametrize("name", WITH_PREVIEWS)
def test_a_preview_has_its_own_address_and_leaves_the_site_alone(name: str) -> None:
    with scene(name) as it:
        done = brought(it.host(it.at, preview="Feature/Über 1"), release(NEW, preview="Feature/Über 1"))
        it.settle()
        assert it.live() == it.old
        assert "/deploy/" in done.deployment.address
        assert it.at.visible(done.deployment.id)["index.html"] == NEW["index.html"]
        shown = it.host(it.at, preview="Feature/Über 1").live()
        assert shown is not None
        assert shown.id == done.deployment.id
        assert shown.marks["index.html"] == done.plan.marks["index.html"]
        assert shown.read("index.html") == NEW["index.html"]
        assert isinstance(shown.read("nothing.html"), Problem)
        assert it.host(it.at, preview="other").live() is None
        assert [each.id for each in it.host(it.at, preview="feature-ber-1").deployments()] == [shown.id]
        with pytest.raises(Failed) as failed:
            it.host(it.at, preview="feature-ber-1").rollback("")
        assert failed.value.problem.code == "host-cannot"


@pytest.mark.parametrize("name", WITH_PREVIEWS)
@pytest.mark.parametrize("preview", ["Main", "main"])
def test_a_preview_that_would_be_the_site_itself_is_refused(name: str, preview: str) -> None:
    with scene(name) as it:
        with pytest.raises(Failed) as failed:
            brought(it.host(it.at, preview=preview), release(NEW, preview=preview))
        assert failed.value.problem.code == "host-cannot"
        it.settle()
        assert it.live() == it.old
        assert not [request for request in it.at.requests if request.method == "POST"]


@pytest.mark.parametrize(
    "opened",
    [
        open_netlify(NetlifySettings(site="x"), asked({}, preview="日本")),
        open_cloudflare(CloudflareSettings(project="x", account="y"), asked({}, preview="/")),
    ],
    ids=["netlify", "cloudflare"],
)
def test_a_preview_whose_name_leaves_no_address_is_refused(opened: Host | Problem) -> None:
    assert isinstance(opened, Problem)
    assert opened.code == "host-cannot"


@pytest.mark.parametrize("name", STANDINS)
def test_a_token_is_sent_to_the_api_and_to_nobody_else(name: str) -> None:
    with scene(name) as it:
        live = it.host(it.at).live()
        assert live is not None
        assert live.read("index.html") == OLD["index.html"]
        assert it.at.seen_elsewhere
        assert all("authorization" not in headers for headers in it.at.seen_elsewhere)


@pytest.mark.parametrize("name", WITH_PREVIEWS)
def test_a_deployment_that_the_host_cannot_process_changes_nothing(name: str) -> None:
    with scene(name) as it:
        if isinstance(it.at, Netlify):
            it.at.refuses = "header rules are broken"
        else:
            it.at.fails = True
        found = it.deploy()
        assert found is not None
        assert found.code == "host-failed"
        assert "could not take the deployment" in found.message
        it.settle()
        assert it.live() == it.old
