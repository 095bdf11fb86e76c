"""The same promises for every kind of host, kept from the built site to what visitors get."""

import datetime
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import stores
from bringing import PATIENCE, Ticking
from cloudflare_standin import ACCOUNT, PROJECT, Cloudflare
from deploying import BASE, SHOP, deployed, said, shop
from mfe_static.deploy import Order, Outcome, cloudflare, deployments, netlify, rollback
from mfe_static.deploy.host import Asked
from mfe_static.deploy.ledger import LEDGER
from mfe_static.deploy.marker import MARKER
from mfe_static.hosting import CloudflareSettings, NetlifySettings
from mfe_static.output.record import MANIFEST
from netlify_standin import SITE, Netlify
from sites import NOW, built, put, tree
from standins import TOKEN, standing

REST = (
    '[environments.preview]\nbase_url = "https://preview.shop.test"\nnoindex = true\n'
    '[checks]\nmissing-description = "off"\nheading-count = "off"\n'
)
OF_HOSTS = {LEDGER, MARKER, MANIFEST, "_headers", "_redirects", "netlify.toml"}


class Scene(NamedTuple):
    """A site and its host."""

    root: Path
    environ: Mapping[str, str]
    seen: Callable[[], Mapping[str, bytes]]
    """What visitors get."""

    def edit(self, text: str) -> None:
        put(self.root, "teams/shop/pages/index.md", f"# Shop\n\n{text}\n")
        put(self.root, "teams/home/assets/team.css", f"p::after {{ content: '{text}' }}\n")
        assert built(self.root).published

    def deploy(self, second: int = 0, **order: Any) -> Outcome:
        return deployed(self.root, **{**self.order(second), **order})

    def order(self, second: int = 0) -> dict[str, Any]:
        return {"environ": self.environ, "now": NOW + datetime.timedelta(seconds=second)}

    def site(self) -> dict[str, bytes]:
        return {path: text for path, text in self.seen().items() if path not in OF_HOSTS}

    def wanted(self) -> dict[str, bytes]:
        return {path: text for path, text in tree(self.root / "dist").items() if path not in OF_HOSTS}


def in_folder(folder: Path, _stack: ExitStack) -> tuple[str, Mapping[str, str], Callable[[], Mapping[str, bytes]]]:
    return 'folder.path = "../www"', {}, lambda: tree(folder / "www")


def in_branch(folder: Path, _stack: ExitStack) -> tuple[str, Mapping[str, str], Callable[[], Mapping[str, bytes]]]:
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "-q", "--bare", str(folder / "pages.git")], check=True)

    def seen() -> Mapping[str, bytes]:
        words = ["git", "-C", str(folder / "pages.git"), "--work-tree", str(folder / "seen"), "checkout", "-qf"]
        (folder / "seen").mkdir(exist_ok=True)
        subprocess.run([*words, "gh-pages", "--", "."], check=True)
        listed = subprocess.run(
            [*words[:3], "ls-tree", "-rz", "--name-only", "gh-pages"], capture_output=True, check=True
        )
        return {path: (folder / "seen" / path).read_bytes() for path in listed.stdout.decode().split("\0") if path}

    return 'git = {remote = "../pages.git", style = "plain"}', environ, seen


def at_netlify(_folder: Path, stack: ExitStack) -> tuple[str, Mapping[str, str], Callable[[], Mapping[str, bytes]]]:
    at = stack.enter_context(standing(Netlify()))
    return f'netlify.site = "{SITE}"', {"NETLIFY_AUTH_TOKEN": TOKEN, "NETLIFY_API_URL": at.api}, at.visible


def at_cloudflare(_folder: Path, stack: ExitStack) -> tuple[str, Mapping[str, str], Callable[[], Mapping[str, bytes]]]:
    at = stack.enter_context(standing(Cloudflare()))
    environ = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_API_BASE_URL": at.api, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT}
    return f'cloudflare.project = "{PROJECT}"', environ, at.visible


def in_bucket(_folder: Path, stack: ExitStack) -> tuple[str, Mapping[str, str], Callable[[], Mapping[str, bytes]]]:
    proxy = stack.enter_context(stores.running())
    reader = stores.Reader(proxy)
    reader.clear()
    place = f's3 = {{bucket = "{stores.BUCKET}", endpoint = "http://127.0.0.1:{proxy.port}", front = "other"}}'
    return place, stores.KEYS, reader.site


KINDS = {"folder": in_folder, "git": in_branch, "netlify": at_netlify, "cloudflare": at_cloudflare, "s3": in_bucket}


@pytest.fixture(params=KINDS)
def scene(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    def netlify_host(settings: NetlifySettings, asked: Asked) -> netlify.Netlify:
        return netlify.Netlify(settings, asked, PATIENCE, Ticking().clock)

    def cloudflare_host(settings: CloudflareSettings, asked: Asked) -> cloudflare.Pages:
        return cloudflare.Pages(settings, asked, PATIENCE, Ticking().clock)

    monkeypatch.setattr(netlify, "open_host", netlify_host)
    monkeypatch.setattr(cloudflare, "open_host", cloudflare_host)
    with ExitStack() as stack:
        place, environ, seen = KINDS[request.param](tmp_path, stack)
        tables = f'[deploy.production]\ntarget = "{request.param}"\n{place}\n{REST}'
        yield Scene(shop(tmp_path / "site", SHOP, keys=BASE, tables=tables), environ, seen)


def test_a_site_goes_live_changes_keeps_old_assets_and_comes_back(scene: Scene) -> None:
    first = scene.deploy()
    assert (first.code, said(first)) == (0, [])
    one = scene.wanted()
    assert scene.site() == one
    assert LEDGER in scene.seen()

    again = scene.deploy(10)
    assert (again.code, again.deployment, again.sent) == (0, None, 0), "what is live is not deployed again"

    scene.edit("Nails")
    second = scene.deploy(20)
    assert (second.code, said(second)) == (0, [])
    assert second.plan is not None
    assert "index.html" in {item.path for item in second.plan.upload}
    assert "shop/plan.txt" not in {item.path for item in second.plan.upload}
    two = scene.wanted()
    old = {path: text for path, text in one.items() if path.startswith("_mfe/assets/") and path not in two}
    assert old, "a style sheet has another name"
    assert scene.site() == {**two, **old}

    third = scene.deploy(30)
    assert (third.code, third.deployment) == (0, None)
    found, _ = deployments(Order(scene.root, "", **scene.order(40)))
    assert [made.live for made in found][:2] == [True, False]
    back = rollback(Order(scene.root, "", **scene.order(50)), "")
    assert (back.code, said(back)) == (0, [])
    assert scene.site() == one


def test_another_site_does_not_take_its_place(scene: Scene) -> None:
    assert scene.deploy().code == 0
    before = scene.site()
    put(
        scene.root,
        "site.toml",
        (scene.root / "site.toml").read_text().replace("https://shop.test", "https://blog.test"),
    )
    assert built(scene.root).published
    outcome = scene.deploy(10)
    assert (outcome.code, said(outcome)) == (6, ["another-site"])
    assert scene.site() == before


def test_a_preview_is_not_the_site(scene: Scene) -> None:
    assert scene.deploy().code == 0
    before = scene.site()
    assert built(scene.root, flags={"environment": "preview"}).published
    outcome = scene.deploy(10, preview="pr-7")
    assert (outcome.code, said(outcome)) == (0, [])
    assert scene.site() == before
