"""`deploy`, `deploys` and `diff PLACE`: what a person reads, and what another program does."""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from click.testing import Result as Ran

from deploying import BASE, SHOP, shop
from mfe_static.cli import deploying, program
from mfe_static.schemas import DeployRow, DeploysRow
from sites import built, put

TABLES = (
    '[deploy.production]\ntarget = "folder"\nfolder.path = "../www"\n'
    '[deploy.other]\ntarget = "folder"\nfolder.path = "../other"\n'
    '[environments.preview]\nbase_url = "https://preview.shop.test"\nnoindex = true\n'
    '[checks]\nmissing-description = "off"\nheading-count = "off"\n'
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = shop(tmp_path / "site", SHOP, keys=BASE, tables=TABLES)
    monkeypatch.chdir(found)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780315200")
    return found


def ran(line: str, code: int = 0) -> Ran:
    done = CliRunner().invoke(program, line.split())
    assert done.exit_code == code, done.output
    return done


def answer(line: str, code: int = 0) -> Any:
    return json.loads(ran(f"{line} --json", code).stdout)


def changed(root: Path) -> None:
    put(root, "themes/plain/fragments/footer.html", "<footer>New</footer>")
    put(root, "teams/shop/pages/nails.md", "# Nails\n\nMany.\n")
    assert built(root).published


def test_a_site_is_deployed_and_it_is_said_where_it_is(root: Path) -> None:
    done = ran("deploy")
    assert done.stdout.startswith(f"https://shop.test is live in {root.parent.resolve()}/www · ")
    assert "0 removed · 20260601T120000Z-" in done.stdout
    assert (root / "../www/index.html").read_bytes() == (root / "dist/index.html").read_bytes()
    assert ran("deploy").stdout == "all of it is live already\n"
    assert not (root / "../other").exists()


def test_warnings_of_the_build_are_told_of_and_keep_nothing_from_going_live(root: Path) -> None:
    put(root, "teams/shop/pages/index.md", '# Shop\n\nRope.\n\n<mfe-fragment src=":list"></mfe-fragment>\n')
    put(root, "teams/shop/fragments/list/fragment.html", "<p>A list</p>\n")
    put(root, "teams/shop/fragments/list/fragment.js", "export const mount = ( =>\n")
    assert built(root).published
    said = "warning[built-with-warnings]: it was built with 1 warning\n   see them: mfe-static check\n"
    for line in ("deploy production --dry-run", "deploy production"):
        assert said in ran(line).stderr, line
    assert answer("deploy production")["problems"][0]["code"] == "built-with-warnings"
    done = ran("deploy production")
    assert (done.stdout, said in done.stderr) == ("all of it is live already\n", True)
    put(root, "teams/shop/fragments/list/fragment.js", "export const mount = () => {}\n")
    assert built(root).published
    assert ran("deploy production").stderr == ""


def test_a_dry_run_says_what_would_change_and_why_and_sends_nothing(root: Path) -> None:
    ran("deploy production --yes")
    changed(root)
    before = (root / "../www/index.html").read_bytes()
    text = ran("deploy production --dry-run").stdout
    assert "1 page added" in text
    assert "/shop/nails/ (shop)" in text
    assert "3 pages · home, shop · footer only" in text
    assert "to send" in text
    assert (root / "../www/index.html").read_bytes() == before
    assert "/shop/" in ran("diff production -v").stdout.partition("to purge")[2].split()
    assert ran("diff production").stdout == text
    assert ran("diff production --exit-code", 1).stdout == text


def test_diff_of_a_folder_that_is_called_like_a_place_is_of_the_folder(root: Path) -> None:
    put(root, "production/index.html", "<p>x</p>")
    assert "to send" not in ran("diff production").stdout


def test_a_mistyped_place_gets_the_nearest_one(root: Path) -> None:
    assert 'did you mean "production"?' in ran("diff prodction", 1).stderr
    assert "build one: mfe-static build, or name a place: production" in ran("diff before", 1).stderr


def test_programs_get_the_same_as_json(root: Path) -> None:
    first = answer("deploy production")
    msgspec.convert(first, DeployRow, strict=True)
    assert (first["ok"], first["place"], first["target"]) == (True, "production", "folder")
    assert first["sent"] > 0
    assert first["deployment"]["live"]
    changed(root)
    plan = answer("diff production")
    assert [change["path"] for change in plan["changes"]["added"]] == ["shop/nails/index.html"]
    assert "footer" in {group["where"] for group in plan["changes"]["groups"]}
    assert plan["deployment"] is None
    assert "/shop/" in plan["purge"]
    second = answer("deploy production --message Autumn")
    found = answer("deploys list production")
    msgspec.convert(found, DeploysRow, strict=True)
    assert {each["said"] for each in found["deployments"]} == {"Autumn", ""}
    assert second["deployment"]["said"] == "Autumn"
    idle = answer("diff production")
    assert (idle["upload"], idle["remove"], idle["purge"]) == ({"files": 0, "bytes": 0}, 0, [])


def test_what_is_wrong_is_said_and_the_exit_code_says_of_what_kind(root: Path) -> None:
    whole = (root / "site.toml").read_text()
    put(root, "site.toml", f"{whole}[deploy.production]\n")
    assert "\n" in ran("deploy", 1).stderr.partition("[deploy.production]")[2], "the line is shown"
    put(root, "site.toml", whole)
    assert built(root).published
    failed = answer("deploy nowhere", 1)
    assert [found["code"] for found in failed["problems"]] == ["no-target"]
    put(root, "dist/index.html", "by hand")
    done = ran("deploy production", 6)
    assert "error[output-incomplete]: dist/index.html is not as it was built" in done.stderr
    assert "mfe-static build" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "line",
    [
        'token = "{}"',
        "{key} = '{}'",
        'git = {{ remote = "https://me:{}@shop.test/x.git", key = 1 }}',
        's3 = {{ bucket = 3, secret_access_key = "{}", x = 1 }}',
        "token = {}",
        's3 = {{ bucket = 3, secret = """{}""" }}',
        's3 = {{ bucket = 3, secrets = [1, "{}"] }}',
        's3 = {{ bucket = 3, secret = "a\\"{}" }}',
        "s3 = {{ bucket = 3, secret.value = '{}' }}",
    ],
)
@pytest.mark.parametrize("command", ["deploy", "build"])
def test_a_secret_in_site_toml_is_never_shown(root: Path, line: str, command: str) -> None:
    secret = "x9y8z7-x9y8z7"
    table = f"[deploy.wrong]\n{line.format(secret, key='anything')}\n"
    put(root, "site.toml", (root / "site.toml").read_text() + table)
    done = ran(command, 1)
    assert "site.toml:" in done.stderr
    assert secret not in done.output
    assert secret not in ran(f"{command} --json", 1).output
    named = line.startswith('token = "') or "secret" in line
    assert done.stderr.count("take it out, and make another one") == named


def test_deployments_are_listed_and_gone_back_to(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ran("deploys list").stdout == "nothing was deployed there\n"
    ran("deploy -m first")
    old = (root / "../www/index.html").read_bytes()
    changed(root)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780401600")
    ran("deploy -m second")
    rows = ran("deploys list production").stdout.splitlines()
    assert [("live" in row, row.split()[-1]) for row in rows[1:]] == [(True, "second"), (False, "first")]
    assert "/www · 20260601T120000Z" in ran("deploys rollback production").stdout
    assert (root / "../www/index.html").read_bytes() == old
    assert "there is no deployment 'x'" in ran("deploys rollback production x", 4).stderr
    assert "name a newer one to go forward again" in ran("deploys rollback production", 4).stderr


def test_where_there_is_one_place_the_id_of_a_deployment_is_enough(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (root / "site.toml").read_text()
    put(root, "site.toml", text.replace('[deploy.other]\ntarget = "folder"\nfolder.path = "../other"\n', ""))
    assert built(root).published
    ran("deploy -m first")
    changed(root)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780401600")
    ran("deploy -m second")
    second, first = [row.split()[0] for row in ran("deploys list").stdout.splitlines()[1:]]
    assert first in ran(f"deploys rollback {first}").stdout
    assert second in ran(f"deploys rollback {second} --yes").stdout
    assert "there is no deployment '20250101T000000Z-0'" in ran("deploys rollback 20250101T000000Z-0", 4).stderr
    assert 'did you mean "production"?' in ran("deploys rollback prodction", 1).stderr


def test_a_person_is_asked_before_it_goes_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran("deploy production")
    changed(root)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780401600")
    ran("deploy production")
    new = (root / "../www/index.html").read_bytes()
    monkeypatch.setattr(deploying, "interactive", lambda: True)
    runner = CliRunner()
    no = runner.invoke(program, ["deploys", "rollback", "production"], input="n\n")
    assert "go back to the deployment before the live one at https://shop.test? [y/N]" in no.stderr
    assert (no.stdout, no.exit_code) == ("nothing was changed\n", 0)
    assert (root / "../www/index.html").read_bytes() == new
    assert "is live" in runner.invoke(program, ["deploys", "rollback", "production"], input="y\n").stdout
    assert (root / "../www/index.html").read_bytes() != new


def test_a_preview_has_a_place_and_an_address_of_its_own(root: Path) -> None:
    assert "wrong-base-url" in ran("deploy production --preview pr-7", 6).stderr
    assert built(root, flags={"environment": "preview"}).published
    assert "https://preview.shop.test is live" in ran("deploy production --preview pr-7").stdout
    assert (root / "../www-pr-7/index.html").exists()
    assert not (root / "../www").exists()
    assert "no name such as pr-12" in ran("deploy production --preview ../x", 2).output


def test_a_preview_in_a_folder_is_two_folders_that_may_be_removed(root: Path) -> None:
    ran("deploy production")
    assert built(root, flags={"environment": "preview"}).published
    before = {path.name for path in root.parent.iterdir()}
    ran("deploy production --preview pr-7")
    its = {path.name for path in root.parent.iterdir()} - before
    assert its == {"www-pr-7", ".www-pr-7.mfe"}
    for name in its:
        shutil.rmtree(root.parent / name)
    assert ran("deploys list production --preview pr-7").stdout == "nothing was deployed there\n"
    assert "live" in ran("deploys list production").stdout
    assert "is live" in ran("deploy production --preview pr-7").stdout


def test_nobody_can_be_asked_where_nobody_is(root: Path) -> None:
    assert "somebody at a terminal" in ran("deploy --confirm", 2).output


def test_a_person_is_shown_the_changes_and_asked(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploying, "interactive", lambda: True)
    runner = CliRunner()
    no = runner.invoke(program, ["deploy"], input="n\n")
    assert "to send" in no.stdout
    assert "deploy to https://shop.test? [y/N]" in no.stderr
    assert no.stdout.endswith("nothing was deployed\n")
    assert not (root / "../www").exists()
    assert "is live" in runner.invoke(program, ["deploy"], input="y\n").stdout
