"""A folder as a host: what stands in it is the old site or the new one, and every kept deployment comes back."""

import datetime
import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploying import BASE, SHOP, deployed, said, shop
from guides import text_of
from mfe_static import write
from mfe_static.deploy import Opened, Order, Outcome, opened, rollback
from mfe_static.deploy.host import Deployment
from mfe_static.deploy.ledger import LEDGER
from mfe_static.output.record import MANIFEST
from mfe_static.problems import problem
from mfe_static.write import OutputFailed, Staging
from sites import NOW, built, put, tree

TABLES = (
    '[deploy.production]\ntarget = "folder"\nfolder.path = "../www/shop"\nkeep_deploys = 2\nkeep_days = 5\n'
    '[environments.preview]\nbase_url = "https://preview.shop.test"\nnoindex = true\n'
    '[checks]\nmissing-description = "off"\nheading-count = "off"\n'
)


def start(folder: Path) -> Path:
    return shop(folder / "site", SHOP, keys=BASE, tables=TABLES)


def edit(root: Path, text: str) -> None:
    put(root, "teams/shop/pages/index.md", f"# Shop\n\n{text}\n")
    put(root, "teams/home/assets/team.css", f"p::after {{ content: '{text}' }}\n")
    assert built(root).published


def visible(folder: Path) -> dict[str, bytes]:
    """What visitors can ask for, without what differs with the time."""
    return {path: text for path, text in tree(folder / "www/shop").items() if path not in {LEDGER, MANIFEST}}


def wanted(root: Path) -> dict[str, bytes]:
    files = tree(root / "dist")
    return {path: text for path, text in files.items() if path not in {"_headers", "_redirects", MANIFEST}}


def kept(root: Path) -> list[Deployment]:
    found = opened(Order(root, "", {}, NOW))
    assert isinstance(found, Opened)
    return list(found.host.deployments())


def back(root: Path, to: str = "") -> Outcome:
    return rollback(Order(root, "", {}, NOW), to)


def later(days: int) -> dict[str, Any]:
    return {"now": NOW + datetime.timedelta(days=days)}


def test_the_folder_gets_the_site_and_goes_back_to_an_earlier_one(tmp_path: Path) -> None:
    root = start(tmp_path)
    assert deployed(root, said="the first").code == 0
    first = visible(tmp_path)
    assert first == wanted(root)
    edit(root, "Nails")
    assert deployed(root, **later(1)).code == 0
    second = visible(tmp_path)
    assert wanted(root).items() <= second.items()
    assert first["_mfe/assets/" + next(p for p in first if "/team." in p).rpartition("/")[2]]
    assert [(made.said, made.live) for made in kept(root)] == [("", True), ("the first", False)]
    answer = back(root)
    assert answer.code == 0
    assert answer.deployment is not None
    assert answer.deployment.said == "the first"
    assert visible(tmp_path) == first
    assert [made.live for made in kept(root)] == [False, True]
    assert back(root, kept(root)[0].id).code == 0
    assert visible(tmp_path) == second


def test_a_page_that_comes_back_has_a_new_time(tmp_path: Path) -> None:
    root = start(tmp_path)
    deployed(root)
    page = tmp_path / "www/shop/shop/index.html"
    edit(root, "Nails")
    deployed(root, **later(1))
    between = page.stat().st_mtime_ns
    back(root)
    assert page.stat().st_mtime_ns > between


def test_what_somebody_changed_in_the_folder_is_told_and_put_right(tmp_path: Path) -> None:
    root, there = start(tmp_path), tmp_path / "www/shop"
    deployed(root)
    page, plan, sheet = there / "shop/index.html", there / "shop/plan.txt", next(there.glob("_mfe/assets/**/*.css"))
    page.write_bytes(page.read_bytes().replace(b"Rope", b"rope"))
    plan.unlink()
    sheet.rename(tmp_path / "elsewhere.css")
    sheet.symlink_to(tmp_path / "elsewhere.css")
    (there / "notes.txt").write_text("somebody's own")
    looked = deployed(root, **later(1))
    assert looked.plan is not None
    changed = {str(file.relative_to(there)) for file in (page, plan, sheet)}
    assert {item.path for item in looked.plan.upload} == changed | {LEDGER}
    assert looked.code == 0
    assert not sheet.is_symlink()
    assert visible(tmp_path) == {**wanted(root), "notes.txt": b"somebody's own"}
    (there / LEDGER).unlink()
    page.unlink()
    assert deployed(root, **later(2)).code == 0
    assert page.exists()
    assert deployed(root, **later(3)).deployment is None


def test_going_back_puts_right_what_somebody_changed(tmp_path: Path) -> None:
    root, page = start(tmp_path), tmp_path / "www/shop/index.html"
    deployed(root)
    first = visible(tmp_path)
    edit(root, "Nails")
    deployed(root, **later(1))
    page.write_text("by hand")
    assert back(root).code == 0
    assert visible(tmp_path) == first


def test_a_folder_that_is_gone_in_the_switch_may_be_the_old_site_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = start(tmp_path)
    deployed(root)
    edit(root, "Nails")

    def gone(self: Staging) -> None:
        (tmp_path / "www/shop").rename(tmp_path / "gone")
        raise OutputFailed(problem("output-unwritable", "Transport endpoint is not connected"))

    monkeypatch.setattr(Staging, "publish", gone)
    outcome = deployed(root, **later(1))
    assert (outcome.code, said(outcome)) == (7, ["deploy-uncertain"])


def test_a_folder_that_cannot_be_exchanged_and_fails_in_the_middle_is_said_to_be_half_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = start(tmp_path)
    deployed(root)
    edit(root, "Nails")
    real = os.replace

    def fails(source: str, to: str) -> None:
        if str(to).endswith("www/shop/shop/index.html"):
            raise FAILS
        real(source, to)

    monkeypatch.setattr(write, "can_exchange", lambda *_: False)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fails)
        outcome = deployed(root, **later(1))
    assert (outcome.code, said(outcome)) == (7, ["deploy-halfway"])
    assert deployed(root, **later(2)).code == 0
    assert visible(tmp_path).items() >= wanted(root).items()


def test_there_is_nothing_to_go_back_to_at_first(tmp_path: Path) -> None:
    root = start(tmp_path)
    assert kept(root) == []
    assert not (tmp_path / "www").exists()
    deployed(root)
    assert (back(root).code, back(root).problems[0].message) == (4, "there is no deployment before the live one")
    assert "there is no deployment 'x'" in back(root, "x").problems[0].message


def test_old_deployments_are_forgotten_and_with_them_what_only_they_had(tmp_path: Path) -> None:
    root = start(tmp_path)
    for number in range(4):
        edit(root, f"Number {number}")
        assert deployed(root, **later(number * 4)).code == 0
    assert [made.made[:10] for made in kept(root)] == ["2026-06-13", "2026-06-09"]
    texts = b"".join(tree(tmp_path / "www/.shop.mfe/deploys/files").values())
    assert b"Number 0</p>" not in texts
    assert b"Number 2</p>" in texts


def test_files_of_somebody_else_are_not_touched(tmp_path: Path) -> None:
    root = start(tmp_path)
    put(tmp_path, "www/shop/notes.txt", "mine")
    outcome = deployed(root)
    assert (outcome.code, said(outcome)) == (6, ["output-not-ours"])
    assert tree(tmp_path / "www/shop") == {"notes.txt": b"mine"}


def test_a_manifest_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    root = start(tmp_path)
    deployed(root)
    put(tmp_path, "secret", "secret")
    manifest = tmp_path / "www/shop" / MANIFEST
    listed = json.loads(manifest.read_text())
    listed["files"] |= {"../../secret": "../../../../secret", "_mfe/assets/../../../../secret": "0" * 32}
    manifest.write_text(json.dumps(listed))
    found = opened(Order(root, "", {}, NOW))
    assert isinstance(found, Opened)
    live = found.host.live()
    assert live is not None
    assert not [path for path in live.marks if "secret" in path]
    edit(root, "Nails")
    assert deployed(root, **later(1)).code == 0
    assert (tmp_path / "secret").read_text() == "secret"
    assert "secret" not in "".join(visible(tmp_path))


def test_a_record_that_leads_elsewhere_is_none(tmp_path: Path) -> None:
    root = start(tmp_path)
    assert deployed(root).code == 0
    forged = tmp_path / "www/.shop.mfe/deploys/forged.json"
    put(tmp_path, "theirs.json", "theirs")
    for number in range(4):
        text = {"id": "../../../theirs", "made": "2001-01-01T00:00:00Z", "said": "", "address": "", "files": {}}
        forged.with_stem(f"forged{number}").write_text(json.dumps(text))
    edit(root, "Nails")
    assert deployed(root, **later(1)).code == 0
    assert (tmp_path / "theirs.json").read_text() == "theirs"
    assert len(kept(root)) == 2


def test_the_output_itself_or_a_source_is_no_place_to_deploy_to(tmp_path: Path) -> None:
    root = start(tmp_path)
    text = (root / "site.toml").read_text()
    for path in ("dist", ".", "..", "/", "dist/sub", "teams/shop"):
        put(root, "site.toml", text.replace("../www/shop", path))
        built(root)
        outcome = deployed(root)
        assert outcome.code == 6, path
        assert said(outcome)[0] in {"output-in-source", "output-not-ours"}


def test_a_preview_stands_beside_the_site(tmp_path: Path) -> None:
    root = start(tmp_path)
    deployed(root)
    assert built(root, flags={"environment": "preview"}).published
    assert deployed(root, preview="pr-7").code == 0
    assert b"https://preview.shop.test" in (tmp_path / "www/shop-pr-7/_mfe/site.json").read_bytes()
    assert b"https://shop.test" in (tmp_path / "www/shop/_mfe/site.json").read_bytes()


def test_a_preview_that_search_engines_would_find_is_refused(tmp_path: Path) -> None:
    root = start(tmp_path)
    text = (root / "site.toml").read_text()
    put(root, "site.toml", text.replace("noindex = true\n", ""))
    assert built(root, flags={"environment": "preview"}).published
    outcome = deployed(root, preview="pr-7")
    assert (outcome.code, said(outcome)) == (6, ["wrong-base-url"])


def test_without_a_folder_nothing_can_be_deployed(tmp_path: Path) -> None:
    root = start(tmp_path)
    put(root, "site.toml", (root / "site.toml").read_text().replace('folder.path = "../www/shop"\n', ""))
    built(root)
    outcome = deployed(root)
    assert (outcome.code, said(outcome)) == (1, ["no-target"])


@pytest.mark.skipif(not shutil.which("rsync"), reason="rsync is not installed")
def test_the_recipe_for_rsync_brings_the_folder_and_takes_away_what_went(tmp_path: Path) -> None:
    root = start(tmp_path)
    recipe = re.findall(r"^rsync .*$", text_of("deploy-targets"), re.M)
    assert len(recipe) == 3
    there = tmp_path / "there"

    def sent() -> list[dict[str, bytes]]:
        """What stands there after each line."""
        out = []
        for line in recipe:
            here = line.replace("/srv/stage/shop", f"{tmp_path}/www/shop").replace("web:/srv/www/shop", str(there))
            subprocess.run(["sh", "-c", here], check=True)
            out.append(tree(there))
        return out

    deployed(root)
    assert sent()[-1] == tree(tmp_path / "www/shop")
    before = tree(there)
    edit(root, "Nails")
    (root / "teams/shop/public/plan.txt").unlink()
    assert built(root).published
    deployed(root, **later(1))
    assets, pages, whole = sent()
    assert {path for path in assets if path not in before} == {path for path in whole if "/team." in path} - {*before}
    assert before.items() <= assets.items(), "pages stay until all that they need is there"
    assert "shop/plan.txt" in pages, "what goes, goes last"
    assert whole == tree(tmp_path / "www/shop")


def race(roots: list[Path], environ: dict[str, str]) -> list[int]:
    """Two sites, deployed at once by two programs; their exit codes."""
    words = [sys.executable, "-m", "mfe_static", "deploy", "--replace"]
    programs = [
        subprocess.Popen(
            [*words, "--root", str(root)], env=environ, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        for root in roots
    ]
    return [program.wait() for program in programs]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["folder", "git"])
def test_of_two_programs_that_deploy_at_once_one_wins_and_the_site_is_whole(tmp_path: Path, kind: str) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "GIT_CONFIG_GLOBAL": os.devnull}
    place = 'folder.path = "../www/shop"' if kind == "folder" else 'git = {remote = "../pages.git", style = "plain"}'
    tables = TABLES.replace('folder.path = "../www/shop"', place).replace('target = "folder"', f'target = "{kind}"')
    roots = [shop(tmp_path / name, SHOP, keys=BASE, tables=tables) for name in ("one", "two")]
    if kind == "git":
        subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "pages.git")], check=True)
    for number in range(2):
        sites = []
        for root in roots:
            edit(root, f"{root.name} {number}")
            sites.append(wanted(root))
        codes = race(roots, environ)
        assert 0 in codes
        assert {*codes} <= {0, 3, 4}
        if kind == "git":
            subprocess.run(
                ["git", "-C", str(tmp_path), "clone", "-q", "-b", "gh-pages", "pages.git", "clone"], check=True
            )
            seen = {path: text for path, text in tree(tmp_path / "clone").items() if not path.startswith(".git/")}
            shutil.rmtree(tmp_path / "clone")
        else:
            seen = visible(tmp_path)
        winners = [code == 0 and site.items() <= seen.items() for code, site in zip(codes, sites, strict=True)]
        assert winners.count(True) == 1


CALLS = ("replace", "rename", "link", "unlink", "mkdir", "open", "write", "rmdir", "utime")
FAILS = OSError(errno.EIO, "Input/output error")


class Broken:
    """The file system below a folder, whose n-th call fails; without an error the program ends there."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path, error: OSError | None, number: int) -> None:
        self.calls, self._error, self._number, self._folder = 0, error, number, str(folder)
        for name in CALLS:
            patch.setattr(os, name, self._counted(getattr(os, name)))

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(first: Any, *rest: Any, **named: Any) -> Any:
            if isinstance(first, str | os.PathLike) and str(first).startswith(self._folder):
                self.calls += 1
                if self.calls == self._number:
                    if self._error is None:
                        os._exit(9)
                    raise self._error
            return real(first, *rest, **named)

        return call


def attempted(root: Path, error: OSError | None, number: int) -> tuple[int, Outcome | None]:
    """How many calls a deployment makes, and how it ends; in a process of its own where it is to be killed."""
    child = os.fork() if error is None and number else 0
    if child:
        os.waitpid(child, 0)
        return 0, None
    with pytest.MonkeyPatch.context() as patch:
        broken = Broken(patch, root.parent / "www", error, number)
        outcome = deployed(root, **later(1))
    if error is None and number:
        os._exit(0)
    return broken.calls, outcome


@pytest.mark.slow
@pytest.mark.parametrize("error", [FAILS, None], ids=["fails", "killed"])
def test_whatever_call_fails_the_folder_holds_the_old_site_or_the_new_one(
    tmp_path: Path, error: OSError | None
) -> None:
    root = start(tmp_path / "model")
    deployed(root)
    old = visible(tmp_path / "model")
    edit(root, "Nails")
    shutil.rmtree(root / ".mfe")  # what a build remembers is not true of copies
    new = wanted(root)

    def copied(name: str) -> Path:
        shutil.copytree(tmp_path / "model", tmp_path / name)
        return tmp_path / name / "site"

    calls, _ = attempted(copied("counted"), error, 0)
    assert calls > 20
    for number in range(1, calls + 1):
        root = copied(f"at-{number}")
        _, outcome = attempted(root, error, number)
        seen = visible(root.parent)
        is_new = new.items() <= seen.items()
        assert is_new or seen == old, number
        if outcome is not None:
            assert outcome.code in ({0, 5} if is_new else {4}), (number, outcome.problems)
        assert deployed(root, **later(2)).code == 0, number
        assert new.items() <= visible(root.parent).items()
        assert back(root).code == 0
        shutil.rmtree(root.parent)


def fronted(folder: Path, front: str, more: str) -> Path:
    tables = TABLES.replace("keep_deploys", f'folder.front = "{front}"\nkeep_deploys')
    return shop(folder / "site", SHOP, keys=BASE, tables=more + tables)


def test_what_a_server_cannot_be_told_is_refused_before_anything_changes(tmp_path: Path) -> None:
    root = fronted(tmp_path / "a", "caddy", '[security.headers]\nX-Home = "{env.HOME}"\n')
    assert said(deployed(root)) == ["host-cannot"]
    assert not (tmp_path / "a/www").exists()
    root = fronted(tmp_path / "b", "nginx", '[security.headers]\nX-Home = "{env.HOME}"\n')
    assert deployed(root).code == 0
    assert visible(tmp_path / "b") == wanted(root)


def test_where_nobody_is_told_anything_pages_lead_on_and_documents_say_their_policy(tmp_path: Path) -> None:
    root = fronted(tmp_path, "none", '[redirects]\n"/old/" = "/shop/"\n')
    assert deployed(root).code == 0
    files = visible(tmp_path)
    assert b'content="0; url=/shop/"' in files["old/index.html"]
    assert b'<meta http-equiv="Content-Security-Policy"' in files["shop/index.html"]
