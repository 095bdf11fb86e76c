"""A deployment leaves the old site or the new one, whole; and refuses what should not be deployed."""

import base64
import datetime
import errno
import html
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploying import BASE, SHOP, TABLES, Shelf, ShelfHost, deployed, said, shelf, shop
from mfe_static import pagefind
from mfe_static.build import build
from mfe_static.deploy import Order, deploy, deployments, rollback
from mfe_static.deploy.host import Asked, Failed, Item, Live, Release, Rules
from mfe_static.deploy.ledger import LEDGER, Ledger, entered, kept
from mfe_static.deploy.order import Place
from mfe_static.deploy.plan import planned
from mfe_static.deploy.release import Wanted
from mfe_static.hosting import DeploySettings
from mfe_static.problems import problem
from mfe_static.run import Options
from mfe_static.session import Session
from sites import NOW, built, put, site, tree

__all__ = ["shelf"]
KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA" * 8 + "\n-----END RSA PRIVATE KEY-----\n"


def site_of(root: Path) -> dict[str, bytes]:
    """What visitors are to get of the output."""
    return {path: content for path, content in tree(root / "dist").items() if path not in {"_headers", "_redirects"}}


# -- what arrives


def test_all_of_the_output_goes_live_with_a_ledger_of_its_assets(shelf: Shelf, tmp_path: Path) -> None:
    outcome = deployed(shop(tmp_path))
    assert (outcome.code, said(outcome)) == (0, [])
    live = shelf.site()
    ledger = json.loads(live.pop(LEDGER))
    assert live == site_of(tmp_path)
    assert ledger["base_url"] == "https://shop.test"
    assert {path for entry in ledger["deploys"] for path in entry["assets"]} == {
        path for path in live if path.startswith("_mfe/assets/")
    }


def test_assets_are_sent_first_and_pages_last(shelf: Shelf, tmp_path: Path) -> None:
    deployed(shop(tmp_path))
    sent = [operation.removeprefix("send ") for operation in shelf.done if operation.startswith("send ")]
    kinds = [0 if path.startswith("_mfe/") else 2 if path.endswith(".html") else 1 for path in sent]
    assert kinds == sorted(kinds)
    assert {*kinds} == {0, 1, 2}


def test_what_is_live_already_is_not_deployed_again(shelf: Shelf, tmp_path: Path) -> None:
    deployed(shop(tmp_path))
    before = len(shelf.done)
    outcome = deployed(tmp_path)
    assert (outcome.code, outcome.deployment) == (0, None)
    assert shelf.done[before:] == ["live"]


def test_an_old_asset_stays_for_pages_that_are_open(shelf: Shelf, tmp_path: Path) -> None:
    deployed(shop(tmp_path))
    old = {path: content for path, content in shelf.site().items() if path.startswith("_mfe/assets/team.")}
    put(tmp_path, "teams/home/assets/team.css", "p { color: blue }\n")
    built(tmp_path)
    assert not any((tmp_path / "dist" / path).exists() for path in old)
    assert deployed(tmp_path).code == 0
    assert old.items() <= shelf.site().items()


def test_only_what_differs_is_sent(shelf: Shelf, tmp_path: Path) -> None:
    deployed(shop(tmp_path))
    put(tmp_path, "teams/shop/pages/index.md", "# Shop\n\nRope and nails.\n")
    built(tmp_path)
    outcome = deployed(tmp_path)
    assert outcome.plan is not None
    assert "shop/index.html" in {item.path for item in outcome.plan.upload}
    assert "index.html" not in {item.path for item in outcome.plan.upload}
    assert "/shop/" in outcome.plan.purge
    assert outcome.sent == len(outcome.plan.upload)


@pytest.mark.parametrize(
    "text", [b"{", b"[]", b'{"version": 1, "deploys": [{"id": "x", "time": "2026-01-01T00:00:00"}]}']
)
def test_a_ledger_that_cannot_be_read_is_none(shelf: Shelf, tmp_path: Path, text: bytes) -> None:
    deployed(shop(tmp_path))
    shelf.contents[shelf.made["d1"][LEDGER]] = text
    put(tmp_path, "teams/shop/pages/index.md", "# Shop\n\nNails.\n")
    built(tmp_path)
    assert deployed(tmp_path).code == 0
    assert len(json.loads(shelf.site()[LEDGER])["deploys"]) == 1


# -- when something fails


def test_whichever_operation_fails_the_live_site_is_the_old_one_or_the_new_one(shelf: Shelf, tmp_path: Path) -> None:
    deployed(shop(tmp_path))
    put(tmp_path, "teams/shop/pages/index.md", "# Shop\n\nRope and nails.\n")
    put(tmp_path, "teams/home/assets/team.css", "p { color: blue }\n")
    built(tmp_path)
    before, old, new = shelf.state(), shelf.site(), site_of(tmp_path)
    shelf.done = []
    assert deployed(tmp_path).code == 0
    count = len(shelf.done)
    assert count > 6
    for number in range(1, count + 1):
        shelf.restore(before)
        shelf.done, shelf.fails = [], number
        outcome = deployed(tmp_path)
        assert said(outcome) == ["deploy-failed"]
        if number < count:
            assert (outcome.code, shelf.site()) == (4, old)
        else:
            assert outcome.code == 5
            assert new.items() <= shelf.site().items()
        arrived = {operation for operation in shelf.done[:-1] if operation.startswith("send")}
        shelf.fails, shelf.done = 0, []
        assert deployed(tmp_path).code == 0
        assert new.items() <= shelf.site().items()
        again = {operation for operation in shelf.done if operation.startswith("send")} & arrived
        assert again <= {f"send {LEDGER}"}, "what arrived is sent again"


def test_a_host_that_is_live_and_then_fails_says_so_by_the_exit_code(shelf: Shelf, tmp_path: Path) -> None:
    real = Shelf.__call__

    def late(self: Shelf, operation: str, *, live: bool = False) -> None:
        real(self, operation, live=live)
        if operation == "switch":
            raise Failed(problem("deploy-failed", "its cache could not be cleared"), live=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shelf, "__call__", late)
        outcome = deployed(shop(tmp_path))
    assert (outcome.code, said(outcome)) == (5, ["deploy-failed"])


def test_what_did_not_arrive_is_never_switched_to(shelf: Shelf, tmp_path: Path) -> None:
    shelf.loses.add("shop/index.html")
    outcome = deployed(shop(tmp_path))
    assert (outcome.code, said(outcome), shelf.live) == (4, ["deploy-failed"], {})
    assert "shop/index.html" in outcome.problems[0].message


def test_what_the_system_refuses_ends_every_command_in_a_sentence(shelf: Shelf, tmp_path: Path) -> None:
    order = Order(shop(tmp_path), "", {}, NOW)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no room is left")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shelf, "__call__", full)
        patch.setattr(ShelfHost, "deployments", full)
        patch.setattr(ShelfHost, "rollback", full)
        for outcome in deploy(order), deployments(order)[1], rollback(order, "d1"):
            assert (outcome.code, said(outcome)) == (4, ["deploy-failed"])
            assert outcome.problems[0].message == "the system says: no room is left"


def test_an_output_that_is_built_anew_meanwhile_is_not_half_deployed(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path)
    answer = deployed(tmp_path, name="production")
    assert answer.code == 0
    put(tmp_path, "teams/shop/pages/index.md", "# Shop\n\nNails.\n")
    built(tmp_path)

    real = Shelf.__call__

    def changing(self: Shelf, operation: str, *, live: bool = False) -> None:
        put(tmp_path, "dist/shop/index.html", "half")
        real(self, operation, live=live)

    old = shelf.site()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shelf, "__call__", changing)
        outcome = deployed(tmp_path)
    assert (outcome.code, said(outcome)) == (4, ["deploy-failed"])
    assert "changed while it was deployed" in outcome.problems[0].message
    assert shelf.site() == old


def test_of_two_deployments_the_one_that_switches_last_loses(shelf: Shelf, tmp_path: Path) -> None:
    deployed(shop(tmp_path))
    put(tmp_path, "teams/shop/pages/index.md", "# Shop\n\nNails.\n")
    built(tmp_path)
    real = Shelf.__call__

    def overtaken(self: Shelf, operation: str, *, live: bool = False) -> None:
        if operation == "look":
            self.made["other"] = {}
            self.live[""] = "other"
        real(self, operation, live=live)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shelf, "__call__", overtaken)
        outcome = deployed(tmp_path)
    assert (outcome.code, said(outcome), shelf.live) == (4, ["deploy-overtaken"], {"": "other"})


def test_a_second_deployment_on_this_machine_is_told_to_wait(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path)
    inner = []
    real = Shelf.__call__

    def within(self: Shelf, operation: str, *, live: bool = False) -> None:
        if operation == "look":
            inner.append(deployed(tmp_path))
        real(self, operation, live=live)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shelf, "__call__", within)
        assert deployed(tmp_path).code == 0
    assert [(outcome.code, said(outcome)) for outcome in inner] == [(3, ["busy"])]
    assert "another deployment is running" in inner[0].problems[0].message


# -- what is refused


def refused(shelf: Shelf, root: Path, code: str, **order: Any) -> str:
    """The message of a deployment that is refused before anything is sent."""
    outcome = deployed(root, **order)
    assert said(outcome) == [code], outcome.problems
    assert outcome.code == 6
    assert not [operation for operation in shelf.done if operation.startswith("send")]
    return outcome.problems[0].message + " | " + outcome.problems[0].hint


def test_without_a_build_there_is_nothing_to_deploy(shelf: Shelf, tmp_path: Path) -> None:
    site(tmp_path, SHOP, keys=BASE, tables=TABLES)
    message = refused(shelf, tmp_path, "output-incomplete")
    assert message == "dist holds no finished site | build it: mfe-static build"


def test_a_file_that_is_missing_or_changed_is_told_before_anything_is_sent(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path)
    put(tmp_path, "dist/shop/index.html", "by hand")
    assert refused(shelf, tmp_path, "output-incomplete").startswith("dist/shop/index.html is not as it was built")
    (tmp_path / "dist/shop/index.html").unlink()
    assert refused(shelf, tmp_path, "output-incomplete").startswith("dist/shop/index.html is missing")
    put(tmp_path, "dist/_mfe/manifest.json", "{")
    assert refused(shelf, tmp_path, "output-incomplete").startswith("dist has a damaged manifest")


def test_sources_that_changed_since_the_build_are_told(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path)
    put(tmp_path, "teams/shop/pages/index.md", "# Shop\n\nNails.\n")
    message = refused(shelf, tmp_path, "output-outdated")
    assert "teams/shop/pages/index.md changed" in message
    assert "mfe-static build" in message
    put(tmp_path, "teams/shop/pages/index.md", "# Shop\n\n[Nowhere](nowhere.md)\n")
    assert built(tmp_path).code == 1
    assert "the last build had errors" in refused(shelf, tmp_path, "output-outdated")


def test_drafts_that_somebody_looked_at_do_not_go_live(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path, {**SHOP, "teams/shop/pages/next.md": "---\ndraft: true\n---\n# Next\n"})
    assert built(tmp_path, drafts=True).published
    assert "it was built with drafts" in refused(shelf, tmp_path, "output-outdated")
    text = (tmp_path / "site.toml").read_text().replace('"folder"\n', '"folder"\nenvironment = "test"\n')
    put(tmp_path, "site.toml", text + "[environments.test]\ndrafts = true\n")
    assert built(tmp_path, flags={"environment": "test"}).published
    assert deployed(tmp_path).code == 0


@pytest.mark.skipif(not pagefind.installed(), reason="Pagefind is not installed: pip install '.[search]'")
def test_a_search_index_that_the_development_server_left_as_it_was_does_not_go_live(
    shelf: Shelf, tmp_path: Path
) -> None:
    files = {**SHOP, "themes/plain/theme.toml": 'extends = "default"\n'}
    site(tmp_path, files, keys=BASE, tables=TABLES + '[search]\npath = "/search/"\n')
    session, options = Session(), Options(now=NOW, jobs=1)
    assert build(tmp_path, options, session=session).published
    put(tmp_path, "teams/shop/pages/index.md", "# Shop\n\nNails.\n")
    session.touched = ["teams/shop/pages/index.md"]
    assert build(tmp_path, options, session=session).published
    assert "its search index is older" in refused(shelf, tmp_path, "output-outdated")
    assert built(tmp_path).published
    assert deployed(tmp_path).code == 0


def test_where_nothing_is_remembered_every_file_is_read_instead(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path)
    (tmp_path / "dist").rename(tmp_path / "artifact")
    for name in (".mfe", ".dist.mfe"):
        (tmp_path / name).rename(tmp_path / f"old{name}")
    (tmp_path / "artifact").rename(tmp_path / "dist")
    assert deployed(tmp_path).code == 0


@pytest.mark.parametrize(
    "base_url", ["http://localhost", "http://127.0.0.1:8000", "https://shop.example", "https://www.example.org"]
)
def test_an_address_where_nobody_is_cannot_be_deployed_for(shelf: Shelf, tmp_path: Path, base_url: str) -> None:
    shop(tmp_path, keys=f'base_url = "{base_url}"\n', tables=TABLES.replace('"folder"', '"git"'))
    outcome = deployed(tmp_path)
    (found,) = outcome.problems
    assert (outcome.code, shelf.contents) == (6, {})
    assert base_url in found.message
    assert (found.code, found.file) == ("wrong-base-url", "site.toml")
    assert base_url in (tmp_path / "site.toml").read_text().splitlines()[found.line - 1]


@pytest.mark.parametrize(
    ("base_url", "why"),
    [
        ("http://localhost:8000", "which to each visitor is a machine of their own"),
        ("https://corner.example", 'and "example" is a reserved name, so nobody\'s site can be there (RFC 2606)'),
    ],
)
def test_a_folder_may_be_for_an_address_where_nobody_is(tmp_path: Path, base_url: str, why: str) -> None:
    shop(
        tmp_path / "site",
        keys=f'base_url = "{base_url}"\n',
        tables=TABLES + '[deploy.production.folder]\npath = "../www"\n',
    )
    outcome = deployed(tmp_path / "site")
    (found,) = outcome.problems
    assert (outcome.code, found.severity, found.code) == (0, "warning", "wrong-base-url")
    assert (found.message, found.excerpt) == (f"base_url is {base_url}, {why}", f'base_url = "{base_url}"')
    assert (tmp_path / "www/index.html").exists()


def test_an_address_of_the_environment_where_nobody_is_is_named_by_its_variable(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path)
    environ = {"MFE_STATIC_BASE_URL": "http://localhost"}
    assert built(tmp_path, environ=environ).published
    (found,) = deployed(tmp_path, environ=environ).problems
    assert (found.code, found.file) == ("wrong-base-url", "")
    assert found.message.startswith("MFE_STATIC_BASE_URL: base_url is http://localhost,")


def test_a_site_built_for_another_address_is_told(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path)
    built(tmp_path, flags={"base_url": "https://test.shop.test"})
    (found,) = deployed(tmp_path).problems
    assert "was built for https://test.shop.test, not for https://shop.test" in found.message
    (other,) = found.related
    assert "https://shop.test" in (tmp_path / "site.toml").read_text().splitlines()[other.line - 1]


def test_a_site_that_was_built_to_be_left_out_by_search_engines_does_not_go_live_as_the_site(
    shelf: Shelf, tmp_path: Path
) -> None:
    shop(tmp_path, tables=TABLES + "[environments.preview]\nnoindex = true\n")
    built(tmp_path, flags={"environment": "preview"})
    assert "for search engines to leave out" in refused(shelf, tmp_path, "wrong-base-url")
    assert deployed(tmp_path, preview="pr-1").code == 0
    own = "[security.headers]\nX-Robots-Tag = 'noindex'\n"
    shop(tmp_path / "own", tables=TABLES + own)
    assert deployed(tmp_path / "own").code == 0


@pytest.mark.parametrize("name", ["server.pem", "tls.key", "id_rsa"])
def test_files_that_are_secret_by_their_name_are_told(shelf: Shelf, tmp_path: Path, name: str) -> None:
    shop(tmp_path, {**SHOP, f"teams/shop/public/{name}": "x"})
    assert f"shop/{name} is called like a secret file" in refused(shelf, tmp_path, "secret-found")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (KEY, "a private key, in line 2"),
        ("gh" + "p_" + "a1B2" * 9, "a token of GitHub, in line 2"),
        ("AK" + "IA" + "ABCDEFGH12345678", "an AWS access key, in line 2"),
        ("hunter-2-hunter-2", "the value of SHOP_API_TOKEN, in line 2"),
        ("/wJalrXUtnFEMIK7MDENG/bPxRfiCY", "the value of SLASH_SECRET, in line 2"),
        ("lonely-line-3", "the value of LINE_TOKEN, in line 2"),
    ],
)
def test_secrets_in_files_are_told_without_their_value(shelf: Shelf, tmp_path: Path, text: str, kind: str) -> None:
    shop(tmp_path, {**SHOP, "teams/shop/public/notes.txt": f"notes\n{text}\n"})
    environ = {
        "SHOP_API_TOKEN": "hunter-2-hunter-2",
        "SLASH_SECRET": "/wJalrXUtnFEMIK7MDENG/bPxRfiCY",
        "LINE_TOKEN": "lonely-line-3\n",
        "TOKEN_KIND": "personal",
        "HOME_TOKEN": "/home/me/token",
        "NO_TOKEN": " " * 8,
    }
    message = refused(shelf, tmp_path, "secret-found", environ=environ)
    assert f"shop/notes.txt holds {kind}" in message
    assert text[:20] not in message


@pytest.mark.parametrize("text", ["{value}", '<p title="{value}">', "`{value}`", "<{quoted}>", "data:{json}"])
def test_a_value_is_found_however_it_is_escaped(shelf: Shelf, tmp_path: Path, text: str) -> None:
    value = "a&b<c>\"d'/é"
    text = text.format(value=html.escape(value), quoted=quote(value, safe=""), json=json.dumps(value))
    shop(tmp_path, {**SHOP, "teams/shop/public/notes.txt": text})
    message = refused(shelf, tmp_path, "secret-found", environ={"SHOP_API_TOKEN": value})
    assert "shop/notes.txt holds the value of SHOP_API_TOKEN" in message


@pytest.mark.parametrize("before", ["", "x", "xy", "user:"])
@pytest.mark.parametrize("after", ["", "!", "\n"])
def test_a_value_is_found_in_base64_whatever_stands_around_it(
    shelf: Shelf, tmp_path: Path, before: str, after: str
) -> None:
    value = "pass?>word~ö"
    encode = base64.urlsafe_b64encode if after else base64.b64encode
    text = f"line\nAuthorization: Basic {encode((before + value + after).encode()).decode()}"
    shop(tmp_path, {**SHOP, "teams/shop/public/notes.txt": text})
    message = refused(shelf, tmp_path, "secret-found", environ={"SHOP_PASSWORD": value})
    assert "shop/notes.txt holds the value of SHOP_PASSWORD in base64, in line 2" in message


@pytest.mark.parametrize("text", ["?q=a+b%2fc%26d%2fe", "?q=a+b%2Fc%26d%2Fe", "a%20b/c%26d/e", r'"a b\/c&d\/e"'])
def test_a_value_is_found_as_addresses_and_scripts_may_have_it(shelf: Shelf, tmp_path: Path, text: str) -> None:
    value = "a b/c&d/e"
    shop(tmp_path, {**SHOP, "teams/shop/public/notes.txt": text})
    message = refused(shelf, tmp_path, "secret-found", environ={"SHOP_PASSWORD": value})
    assert "shop/notes.txt holds the value of SHOP_PASSWORD" in message


def test_values_that_are_no_text_are_looked_for_as_well(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path, {**SHOP, "teams/shop/public/notes.bin": b"notes \xff\xfe\xfd\xfc-secret"})
    environ = {"SHOP_PASSWORD": os.fsdecode(b"\xff\xfe\xfd\xfc-secret")}
    assert "holds the value of SHOP_PASSWORD" in refused(shelf, tmp_path, "secret-found", environ=environ)


def test_a_page_that_shows_a_value_is_told(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path, {**SHOP, "teams/shop/pages/index.md": '# Shop\n\nSay `s3&cr"et`.\n'})
    message = refused(shelf, tmp_path, "secret-found", environ={"SHOP_API_TOKEN": 's3&cr"et'})
    assert "shop/index.html holds the value of SHOP_API_TOKEN" in message


def test_a_file_that_is_called_by_a_secret_is_told_without_it(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path, {**SHOP, "teams/shop/public/x-hunter-2-hunter-2/notes.txt": "notes"})
    message = refused(shelf, tmp_path, "secret-found", environ={"SHOP_API_TOKEN": "hunter-2-hunter-2"})
    assert "shop/x-***/notes.txt is called by the value of SHOP_API_TOKEN" in message
    assert "hunter" not in message


def test_a_page_about_keys_may_be_deployed_when_it_is_said(shelf: Shelf, tmp_path: Path) -> None:
    tables = TABLES.replace('"folder"\n', '"folder"\nnot_secret = ["shop/*.txt"]\n')
    shop(tmp_path, {**SHOP, "teams/shop/public/notes.txt": KEY}, tables=tables)
    assert deployed(tmp_path).code == 0


def test_a_secret_is_found_in_a_file_that_was_harmless_before(shelf: Shelf, tmp_path: Path) -> None:
    shop(tmp_path, {**SHOP, "teams/shop/public/notes.txt": "hunter-2-hunter-2"})
    shelf.fails = 1
    assert deployed(tmp_path).code == 4
    shelf.fails = 0
    assert refused(shelf, tmp_path, "secret-found", environ={"A_PASSWORD": "hunter-2-hunter-2"})


def test_more_deletes_than_may_be_are_refused(shelf: Shelf, tmp_path: Path) -> None:
    pages = {f"teams/shop/pages/p{number}.md": f"# Page {number}\n" for number in range(30)}
    deployed(shop(tmp_path, {**SHOP, **pages}))
    for path in pages:
        (tmp_path / path).unlink()
    assert built(tmp_path).published
    shelf.done.clear()
    message = refused(shelf, tmp_path, "too-many-deletes")
    assert "30 of" in message
    assert message.endswith("if that is meant: --max-deletes 30")
    assert deployed(tmp_path, max_deletes=30).code == 0


def test_the_place_may_say_how_many_files_may_go(shelf: Shelf, tmp_path: Path) -> None:
    tables = TABLES.replace('"folder"\n', '"folder"\nmax_deletes = 0\n')
    deployed(shop(tmp_path, tables=tables))
    (tmp_path / "teams/shop/public/plan.txt").unlink()
    assert built(tmp_path).published
    shelf.done.clear()
    assert "1 of" in refused(shelf, tmp_path, "too-many-deletes")
    assert deployed(tmp_path, max_deletes=1).code == 0


def test_the_place_of_another_site_is_not_taken(shelf: Shelf, tmp_path: Path) -> None:
    deployed(shop(tmp_path / "one"))
    shop(tmp_path / "two", keys='base_url = "https://other.test"\n')
    shelf.done.clear()
    assert "the site of https://shop.test" in refused(shelf, tmp_path / "two", "another-site")
    shelf.contents["x"] = b"x"
    shelf.made["foreign"] = {"x": "x"}
    shelf.live[""] = "foreign"
    assert "was not deployed by mfe-static" in refused(shelf, tmp_path / "one", "another-site")
    assert deployed(tmp_path / "one", replace=True).code == 0


def test_a_limit_that_only_kept_assets_exceed_is_told_before_anything_is_sent(shelf: Shelf, tmp_path: Path) -> None:
    deployed(shop(tmp_path))
    shelf.limit = len(shelf.site())
    put(tmp_path, "teams/home/assets/team.css", "p { color: blue }\n")
    built(tmp_path)
    outcome = deployed(tmp_path)
    assert (outcome.code, said(outcome)) == (1, ["host-limit"])


# -- where to


def test_a_place_that_is_not_there_is_told_with_the_nearest(shelf: Shelf, tmp_path: Path) -> None:
    outcome = deployed(shop(tmp_path), name="prodction")
    assert (outcome.code, said(outcome)) == (1, ["no-target"])
    assert outcome.problems[0].hint == 'did you mean "production"?'
    assert deployed(tmp_path, name="elsewhere").problems[0].hint == "there is: production"


def test_a_place_may_have_an_environment_of_its_own(shelf: Shelf, tmp_path: Path) -> None:
    tables = TABLES.replace('"folder"\n', '"folder"\nenvironment = "test"\n')
    shop(tmp_path, tables=tables + '[environments.test]\nbase_url = "https://test.shop.test"\n')
    assert refused(shelf, tmp_path, "wrong-base-url").endswith("build it: mfe-static build -e test")
    built(tmp_path, flags={"environment": "test"})
    assert deployed(tmp_path).code == 0


def test_a_place_must_say_what_it_is(tmp_path: Path) -> None:
    shop(tmp_path, tables="[deploy.live]\n" + TABLES.partition("\n[checks")[2].join(["[checks", ""]))
    outcome = deployed(tmp_path)
    assert said(outcome) == ["no-target"]
    assert '"folder"' in outcome.problems[0].hint


def test_unknown_keys_of_a_place_are_told_where_they_stand(tmp_path: Path) -> None:
    shop(tmp_path)
    put(tmp_path, "site.toml", (tmp_path / "site.toml").read_text() + '[deploy.production.git]\nbranhc = "x"\n')
    result = built(tmp_path)
    assert [(found.code, found.hint) for found in result.problems] == [("unknown-key", 'did you mean "branch"?')]
    assert result.problems[0].line > 1
    assert said(deployed(tmp_path)) == ["unknown-key"]


def test_what_is_a_warning_for_a_build_is_none_for_a_deployment(shelf: Shelf, tmp_path: Path) -> None:
    tables = TABLES.replace("[checks]\n", '[checks]\nunknown-key = "warn"\n') + "[of_somebody]\nelse = 1\n"
    site(tmp_path, SHOP, keys=BASE, tables=tables)
    assert [found.severity for found in built(tmp_path).problems] == ["warning"]
    assert deployed(tmp_path).code == 0


# -- the ledger


def place(deploys: int, days: int) -> Place:
    settings = DeploySettings(keep_deploys=deploys, keep_days=days)
    asked = Asked(name="x", root="/", state="/", environ={}, base_url="https://shop.test", now=NOW)
    return Place(settings, asked, Wanted(Path("/"), "dist", "https://shop.test", "", {}))


@given(
    st.lists(st.tuples(st.sets(st.sampled_from("abcdefgh")), st.integers(0, 40)), min_size=1, max_size=12),
    st.integers(1, 5),
    st.integers(0, 60),
)
def test_an_asset_is_answered_for_as_long_as_one_of_the_last_deployments_has_it(
    history: list[tuple[set[str], int]], deploys: int, days: int
) -> None:
    """Each deployment is the assets of its release, and the days that passed since the one before."""
    ledger, live, now = Ledger(), dict[str, str](), NOW
    past: list[tuple[datetime.datetime, set[str]]] = []
    for names, passed in history:
        now += datetime.timedelta(days=passed)
        assets = {f"_mfe/assets/{name}.css": name for name in names}
        where = place(deploys, days)
        where = where._replace(asked=Asked(name="x", root="", state="", environ={}, base_url="", now=now))
        release = Release(id=str(len(past)), base_url="", items={}, rules=Rules())
        ledger = entered(ledger, release, assets, where)
        live = {**kept(ledger, Live(id="", marks=live, read=lambda path: b"")), **assets}
        past.insert(0, (now, {*assets}))
        expected = set[str]()
        for number, (time, had) in enumerate(past):
            if number >= deploys and time < now - datetime.timedelta(days=days):
                break
            expected |= had
        assert live.keys() == expected
        assert all(entry.assets for entry in ledger.deploys[deploys:]), (
            "what keeps nothing and does not count is listed"
        )
        listed = [path for entry in ledger.deploys for path in entry.assets]
        assert len(listed) == len({*listed}), "an asset stands in it twice"


def test_an_item_is_never_read_as_something_else(tmp_path: Path) -> None:
    file = put(tmp_path, "a", "other")
    with pytest.raises(OSError, match="changed while it was deployed"):
        Item(path="a", size=5, digest="0" * 32, real=str(file)).read()


# -- the plan

FILES = st.dictionaries(
    st.sampled_from(["_mfe/assets/a.css", "_mfe/b.json", "c.txt", "d/index.html", "e.html"]), st.text("12", max_size=1)
)


@given(FILES, FILES, FILES)
def test_what_is_carried_out_of_a_plan_is_the_site(
    had: dict[str, str], wants: dict[str, str], kept_files: dict[str, str]
) -> None:
    items = {path: Item(path=path, size=1, digest=mark) for path, mark in wants.items()}
    over = {path: mark for path, mark in kept_files.items() if had.get(path) == mark and path not in wants}
    release = Release(id="r", base_url="", items=items, rules=Rules(), kept=over)
    plan = planned(release, wants, Live(id="l", marks=had, read=lambda path: b""))
    after = dict(had)
    for item in plan.upload:
        after[item.path] = wants[item.path]
    for path in plan.remove:
        del after[path]
    assert after == plan.marks == {**over, **wants}
    assert all(had.get(item.path) != wants[item.path] for item in plan.upload), "what is there is not sent"
    order = [item.path.startswith("_mfe/") - item.path.endswith(".html") for item in plan.upload]
    assert order == sorted(order, reverse=True), "assets first, pages last"
    changed = {path for path in had if had[path] != after.get(path)}
    assert {"/" if path == "index.html" else "/" + path.replace("index.html", "") for path in changed} == {*plan.purge}
