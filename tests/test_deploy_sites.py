"""Sites from their sources to a host's visitors: built, deployed by the command's own steps, changed, and gone back."""

import datetime
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bringing import PATIENCE, Ticking
from cloudflare_standin import ACCOUNT, PROJECT
from cloudflare_standin import Cloudflare as CloudflareStandin
from deploying import BASE, deployed, said, shop
from mfe_static.deploy import Order, deployments, rollback
from mfe_static.deploy.cloudflare import Pages
from mfe_static.deploy.ledger import LEDGER
from mfe_static.deploy.marker import MARKER
from mfe_static.deploy.netlify import Netlify
from netlify_standin import SITE
from netlify_standin import Netlify as NetlifyStandin
from sites import NOW, built, put
from standins import TOKEN, standing

CHECKS = '[checks]\nmissing-description = "off"\nheading-count = "off"\n'
TABLES = {
    "netlify": f'[deploy.here]\ntarget = "netlify"\n[deploy.here.netlify]\nsite = "{SITE}"\n',
    "cloudflare": '[deploy.here]\ntarget = "cloudflare"\n[deploy.here.cloudflare]\n'
    f'project = "{PROJECT}"\naccount = "{ACCOUNT}"\n',
}
RULES = '[redirects]\n"/was/" = "/shop/"\n'
At = NetlifyStandin | CloudflareStandin


@pytest.fixture(params=["netlify", "cloudflare"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def at(kind: str) -> Iterator[At]:
    with standing(NetlifyStandin() if kind == "netlify" else CloudflareStandin()) as standin:
        yield standin


@pytest.fixture
def environ(at: At) -> Mapping[str, str]:
    if isinstance(at, NetlifyStandin):
        return {"NETLIFY_AUTH_TOKEN": TOKEN, "NETLIFY_API_URL": at.api}
    return {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_API_BASE_URL": at.api}


@pytest.fixture
def root(kind: str, tmp_path: Path) -> Path:
    return shop(tmp_path, keys=BASE, tables=TABLES[kind] + RULES + CHECKS)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts go by a clock that moves by itself, so nobody waits."""
    for module, host in (("netlify", Netlify), ("cloudflare", Pages)):
        monkeypatch.setattr(f"mfe_static.deploy.{module}.open_host", lambda its, asked, host=host: host(
            its, asked, PATIENCE, Ticking().clock
        ))  # fmt: skip


def styles(at: At) -> set[str]:
    return {path for path in at.visible() if path.startswith("_mfe/assets/") and path.endswith(".css")}


def test_a_site_goes_to_its_host_and_what_open_pages_need_stays(at: At, environ: Mapping[str, str], root: Path) -> None:
    first = deployed(root, environ=environ)
    assert said(first) == []
    dist = {str(path.relative_to(root / "dist")) for path in (root / "dist").rglob("*") if path.is_file()}
    rules = {"_redirects", "_headers"}
    own = {"netlify.toml"} if isinstance(at, NetlifyStandin) else rules
    assert at.visible().keys() == dist - rules | own | {LEDGER, MARKER}
    before = styles(at)
    at.requests.clear()
    assert deployed(root, environ=environ).deployment is None  # all is live already
    assert not [request for request in at.requests if request.method in {"PUT", "DELETE"}]
    put(root, "teams/home/assets/team.css", "p { color: blue }\n")
    assert built(root).published
    second = deployed(root, environ=environ)
    assert said(second) == []
    assert before < styles(at)  # the old style sheet, and the new one
    assert b"Welcome" in at.visible()["index.html"]


def test_earlier_deployments_are_listed_and_gone_back_to(at: At, environ: Mapping[str, str], root: Path) -> None:
    assert said(deployed(root, environ=environ, said="One")) == []
    put(root, "teams/home/pages/index.md", "# Home\n\nHello.\n")
    assert built(root).published
    assert said(deployed(root, environ=environ, said="Two")) == []
    order = Order(root=root, name="here", environ=environ, now=NOW + datetime.timedelta(days=1))
    (two, one), listed = deployments(order)
    assert said(listed) == []
    assert ("Two" in two.said, "One" in one.said, two.live, one.live) == (True, True, True, False)
    gone_back = rollback(order, "")
    assert gone_back.deployment is not None
    assert gone_back.deployment.id == one.id
    assert b"Welcome" in at.visible()["index.html"]


def test_a_host_that_says_no_leaves_what_is_live(at: At, environ: Mapping[str, str], root: Path) -> None:
    assert said(deployed(root, environ=environ)) == []
    put(root, "teams/home/pages/index.md", "# Home\n\nHello.\n")
    assert built(root).published
    at.fault = lambda number, request: 403 if request.method != "GET" else None
    outcome = deployed(root, environ=environ)
    assert (said(outcome), outcome.code) == (["host-refused"], 4)
    assert b"Welcome" in at.visible()["index.html"]
    outcome = deployed(root, environ={})
    assert (said(outcome), outcome.code) == (["no-credentials"], 1)


@pytest.mark.parametrize("library", ["httpx", "blake3"])
def test_what_has_to_be_installed_is_told(kind: str, root: Path, library: str) -> None:
    without = f"import sys; sys.modules[{library!r}] = None; from mfe_static.__main__ import main; main()"
    command = [sys.executable, "-c", without, "deploy", "here", "--yes"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    needs = library == "httpx" or kind == "cloudflare"
    assert ("error[missing-library]" in done.stdout + done.stderr) == needs
    assert ("Traceback" in done.stderr) is False
