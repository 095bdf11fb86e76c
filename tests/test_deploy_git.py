"""A branch as a host: a commit without a checkout, pushed with a lease, in bare repositories that are real."""

import datetime
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from deploying import BASE, SHOP, deployed, said, shop
from mfe_static.deploy import Order, Outcome, deployments, rollback
from mfe_static.deploy import git as git_host
from mfe_static.deploy.ledger import LEDGER
from mfe_static.deploy.repository import Change, GitFailed, Repository, redacted, surroundings
from sites import NOW, built, put, tree

TABLES = (
    '[deploy.production]\ntarget = "git"\ngit = {remote = "../pages.git", style = "plain", domain = "shop.test"}\n'
    '[environments.preview]\nbase_url = "https://preview.shop.test"\nnoindex = true\n'
    '[checks]\nmissing-description = "off"\nheading-count = "off"\n'
)


def environ(folder: Path) -> dict[str, str]:
    """What git is to know: nothing of whoever runs the tests."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=True, env=environ(folder))
    return done.stdout.decode()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "--bare", "pages.git")
    return shop(tmp_path / "site", SHOP, keys=BASE, tables=TABLES)


def pushed(root: Path, **order: Any) -> Outcome:
    return deployed(root, **{"environ": environ(root.parent), **order})


def branch(root: Path, name: str = "gh-pages") -> dict[str, bytes]:
    """What the branch holds."""
    pages = root.parent / "pages.git"
    paths = git(pages, "ls-tree", "-r", "-z", "--name-only", name).split("\0")
    return {
        path: subprocess.run(
            ["git", "-C", str(pages), "cat-file", "blob", f"{name}:{path}"], capture_output=True, check=True
        ).stdout
        for path in paths
        if path
    }


def edit(root: Path, text: str) -> None:
    put(root, "teams/shop/pages/index.md", f"# Shop\n\n{text}\n")
    put(root, "teams/home/assets/team.css", f"p::after {{ content: '{text}' }}\n")
    assert built(root).published


def order(root: Path, **more: Any) -> Order:
    return Order(root, "", environ(root.parent), **{"now": NOW, **more})


def later(seconds: int) -> dict[str, Any]:
    return {"now": NOW + datetime.timedelta(seconds=seconds)}


def test_the_branch_holds_the_site_and_nothing_else(root: Path) -> None:
    outcome = pushed(root, said="The first")
    assert (outcome.code, said(outcome)) == (0, [])
    found = branch(root)
    assert found.pop("CNAME") == b"shop.test\n"
    assert LEDGER in found
    found.pop(LEDGER)
    assert found == {path: text for path, text in tree(root / "dist").items() if path[0] != "_" or "/" in path}
    pages = root.parent / "pages.git"
    assert git(pages, "log", "--format=%an %s", "gh-pages") == "mfe-static The first\n"
    assert not (root / ".git").exists()


def test_a_second_deployment_is_a_second_commit_with_what_changed(root: Path) -> None:
    pushed(root)
    old = branch(root)
    edit(root, "Nails")
    outcome = pushed(root, **later(60))
    assert outcome.code == 0
    assert outcome.sent < len(old)
    new = branch(root)
    assert b"Nails" in new["shop/index.html"]
    assert {path for path in old if "/team." in path} < {path for path in new if "/team." in path}
    assert git(root.parent / "pages.git", "rev-list", "--count", "gh-pages") == "2\n"
    assert pushed(root, **later(90)).deployment is None


def test_the_same_site_at_the_same_second_is_the_same_commit(root: Path, tmp_path: Path) -> None:
    pushed(root)
    first = git(tmp_path / "pages.git", "rev-parse", "gh-pages")
    git(tmp_path, "init", "-q", "--bare", "other.git")
    put(root, "site.toml", (root / "site.toml").read_text().replace("pages.git", "other.git"))
    built(root)
    pushed(root)
    assert git(tmp_path / "other.git", "rev-parse", "gh-pages") == first


def styled(root: Path, style: str) -> None:
    text = (root / "site.toml").read_text().replace('style = "plain"', f'style = "{style}"')
    put(root, "site.toml", text + '[redirects]\n"/store/" = "/shop/"\n')
    assert built(root).published


def test_github_leaves_out_nothing_and_has_pages_that_lead_on_and_policies_in_pages(root: Path) -> None:
    styled(root, "github")
    assert pushed(root).code == 0
    found = branch(root)
    assert found[".nojekyll"] == b""
    assert b'<meta http-equiv="refresh" content="0; url=/shop/">' in found["store/index.html"]
    assert b'<meta http-equiv="Content-Security-Policy"' in found["shop/index.html"]
    assert "_redirects" not in found


def test_gitlab_gets_redirects_in_its_own_words(root: Path) -> None:
    styled(root, "gitlab")
    assert pushed(root).code == 0
    assert b"/store/ /shop/ 301" in branch(root)["_redirects"]


def test_the_pipeline_that_gitlab_gets_leaves_the_site_where_gitlab_looks(root: Path) -> None:
    styled(root, "gitlab")
    pushed(root)
    held = branch(root)
    job = yaml.safe_load(held.pop(".gitlab-ci.yml"))["pages"]
    clone = root.parent / "builds/clone"
    git(root.parent, "clone", "-q", "-b", "gh-pages", "pages.git", str(clone))
    for line in job["script"]:
        subprocess.run(["sh", "-c", line], cwd=clone, check=True)
    assert job["artifacts"]["paths"] == ["public"]
    assert tree(clone / "public") == held


def test_what_pages_cannot_do_is_told_before_anything_is_pushed(root: Path) -> None:
    put(root, "site.toml", (root / "site.toml").read_text().replace('style = "plain"', 'style = "github"'))
    put(root, "teams/shop/public/big.bin", b"\0" * 1024)
    built(root)
    with pytest.MonkeyPatch.context() as patch:
        from mfe_static.deploy import limits

        tight = msgspec.structs.replace(limits.LIMITS["github"], file_size=1000)
        patch.setitem(limits.LIMITS, "github", tight)
        outcome = pushed(root)
    assert outcome.code == 1
    assert {*said(outcome)} == {"host-limit"}
    assert git(root.parent / "pages.git", "for-each-ref") == ""


def test_of_two_who_push_at_once_one_loses_and_is_told_who_won(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed(root)
    edit(root, "Nails")
    real = Repository.push
    winner: list[str] = []

    def raced(self: Repository, name: str, before: str, after: str) -> None:
        if not winner:
            winner.append(
                self.again(git(root.parent / "pages.git", "rev-parse", "gh-pages^{tree}").strip(), before, 1, "x")
            )
            real(self, name, before, winner[0])
        real(self, name, before, after)

    monkeypatch.setattr(Repository, "push", raced)
    outcome = pushed(root, **later(60))
    assert (outcome.code, said(outcome)) == (4, ["deploy-overtaken"]), [found.message for found in outcome.problems]
    assert winner[0][:10] in outcome.problems[0].message
    assert git(root.parent / "pages.git", "rev-parse", "gh-pages").strip() == winner[0]
    assert b"Nails" not in branch(root)["shop/index.html"]


def test_two_first_deployments_at_once_are_told_apart_as_well(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Repository.push

    def raced(self: Repository, name: str, before: str, after: str) -> None:
        monkeypatch.setattr(Repository, "push", real)
        git(root.parent, "init", "-q", "work")
        git(root.parent / "work", "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "--allow-empty", "-mx")
        git(root.parent / "work", "push", "-q", "../pages.git", "HEAD:gh-pages")
        real(self, name, before, after)

    monkeypatch.setattr(Repository, "push", raced)
    assert said(pushed(root)) == ["deploy-overtaken"]


def test_a_push_that_arrived_although_git_failed_is_live(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Repository.push

    def cut(self: Repository, name: str, before: str, after: str) -> None:
        real(self, name, before, after)
        raise GitFailed("the remote end hung up unexpectedly")

    monkeypatch.setattr(Repository, "push", cut)
    assert pushed(root).code == 0


def test_a_push_of_which_nobody_knows_whether_it_arrived_is_told_as_such(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> str:
        raise GitFailed("could not resolve host")

    def pushes(self: Repository, name: str, before: str, after: str) -> None:
        monkeypatch.setattr(Repository, "tip", cut)
        cut()

    monkeypatch.setattr(Repository, "push", pushes)
    monkeypatch.setattr(git_host, "AGAIN", (0.0, 0.0))
    outcome = pushed(root)
    assert (outcome.code, said(outcome)) == (7, ["deploy-uncertain"])


def test_a_remote_that_is_silent_after_a_push_for_a_moment_is_asked_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push, tip, asked = Repository.push, Repository.tip, list[str]()

    def silent(self: Repository, branch: str) -> str:
        asked.append(branch)
        if len(asked) < 3:
            raise GitFailed("could not resolve host")
        return tip(self, branch)

    def cut(self: Repository, name: str, before: str, after: str) -> None:
        push(self, name, before, after)
        monkeypatch.setattr(Repository, "tip", silent)
        raise GitFailed("the remote end hung up unexpectedly")

    monkeypatch.setattr(Repository, "push", cut)
    monkeypatch.setattr(git_host, "AGAIN", (0.0, 0.0))
    assert pushed(root).code == 0
    assert branch(root)


def test_going_back_is_a_new_commit_with_the_old_tree(root: Path) -> None:
    pushed(root, said="One")
    old = branch(root)
    edit(root, "Nails")
    pushed(root, said="Two", **later(60))
    found, _ = deployments(order(root))
    assert [(made.said, made.live) for made in found] == [("Two", True), ("One", False)]
    outcome = rollback(order(root, **later(120)), "")
    assert outcome.code == 0
    assert outcome.deployment is not None
    assert outcome.deployment.said.startswith("Back to ")
    assert branch(root) == old
    assert git(root.parent / "pages.git", "rev-list", "--count", "gh-pages") == "3\n"
    assert rollback(order(root, **later(180)), found[0].id[:12]).code == 0
    assert b"Nails" in branch(root)["shop/index.html"]
    refused = rollback(order(root), "0123")
    assert (refused.code, said(refused)) == (4, ["no-such-deployment"])


def test_a_branch_of_somebody_else_is_not_taken(root: Path) -> None:
    git(root.parent, "init", "-q", "work")
    put(root.parent / "work", "README.md", "mine")
    git(root.parent / "work", "add", ".")
    git(root.parent / "work", "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "-mx")
    git(root.parent / "work", "push", "-q", "../pages.git", "HEAD:gh-pages")
    outcome = pushed(root)
    assert (outcome.code, said(outcome)) == (6, ["another-site"])
    assert pushed(root, replace=True).code == 0
    assert "README.md" not in branch(root)


def test_a_preview_is_a_branch_of_its_own(root: Path) -> None:
    assert built(root, flags={"environment": "preview"}).published
    assert pushed(root, preview="pr-7").code == 0
    assert "index.html" in branch(root, "preview/pr-7")


def test_a_preview_that_would_be_the_site_itself_is_none(root: Path) -> None:
    text = (root / "site.toml").read_text().replace('domain = "shop.test"', 'previews = "", branch = "pr-7"')
    put(root, "site.toml", text)
    assert built(root, flags={"environment": "preview"}).published
    assert said(pushed(root, preview="pr-7")) == ["host-cannot"]


def test_a_host_that_has_no_previews_is_not_asked_for_one(root: Path) -> None:
    put(root, "site.toml", (root / "site.toml").read_text().replace('style = "plain"', 'style = "github"'))
    assert said(pushed(root, preview="pr-7")) == ["no-target"]


def test_a_remote_that_refuses_is_quoted(root: Path) -> None:
    hook = put(root.parent, "pages.git/hooks/pre-receive", "#!/bin/sh\necho the branch is protected\nexit 1\n")
    hook.chmod(0o755)
    outcome = pushed(root)
    assert (outcome.code, said(outcome)) == (4, ["deploy-failed"])
    assert "the branch is protected" in outcome.problems[0].message


def test_names_that_are_not_ascii_and_files_that_become_folders_arrive(root: Path) -> None:
    put(root, "teams/shop/public/größe.txt", "klein")
    put(root, "teams/shop/public/plan", "a file")
    built(root)
    pushed(root)
    (root / "teams/shop/public/plan").unlink()
    put(root, "teams/shop/public/plan/of.txt", "a folder")
    assert built(root).published
    assert pushed(root, **later(9)).code == 0
    found = branch(root)
    assert found["shop/größe.txt"] == b"klein"
    assert found["shop/plan/of.txt"] == b"a folder"
    assert "shop/plan" not in found


def test_a_remote_that_is_not_there_is_told(root: Path) -> None:
    text = (root / "site.toml").read_text()
    put(root, "site.toml", text.replace("../pages.git", "../nowhere.git"))
    built(root)
    outcome = pushed(root)
    assert (outcome.code, said(outcome)) == (4, ["deploy-failed"])
    put(root, "site.toml", text.replace("../pages.git", "upstream"))
    built(root)
    outcome = pushed(root)
    assert (outcome.code, said(outcome)) == (1, ["no-target"])
    (found,) = outcome.problems
    assert 'in no git repository, so there is no remote "upstream"' in found.message
    assert (found.file, found.line) == ("site.toml", text[: text.index('target = "git"')].count("\n") + 1)
    git(root, "init", "-q")
    assert pushed(root).problems[0].message == 'the site\'s repository has no remote "upstream"'


def test_the_remote_of_the_sites_own_repository_is_meant_by_its_name(root: Path) -> None:
    git(root, "init", "-q")
    git(root, "remote", "add", "origin", "../pages.git")
    put(root, "site.toml", (root / "site.toml").read_text().replace("../pages.git", "origin"))
    built(root)
    assert pushed(root).code == 0
    assert git(root, "for-each-ref") == ""
    git(root, "remote", "set-url", "--push", "origin", str(root.parent / "nowhere.git"))
    assert said(pushed(root)) == ["deploy-failed"]


def test_git_that_ends_while_it_is_told_files_is_asked_why(tmp_path: Path) -> None:
    repository = Repository(str(tmp_path / "own.git"), "nowhere", environ(tmp_path))
    changes = [Change("a", "0" * 40), *(Change(f"b{number}", "", b"x" * 5000) for number in range(500))]
    with pytest.raises(GitFailed, match="0000000"):
        repository.commit("", 1, "message", changes)

    def unreadable() -> Iterator[Change]:
        yield changes[1]
        raise PermissionError(13, "Permission denied")

    with pytest.raises(PermissionError):
        repository.commit("", 1, "message", unreadable())


def test_tokens_are_handed_on_where_nobody_sees_them_and_never_shown(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "http.https://git.test/.extraheader", "Authorization: Basic from-the-checkout")
    git(tmp_path, "config", "user.name", "not handed on")
    kept = surroundings(str(tmp_path), "https://git.test/shop.git", environ(tmp_path))
    assert kept["GIT_CONFIG_COUNT"] == "2"
    assert kept["GIT_CONFIG_VALUE_0"].endswith("from-the-checkout")
    with_token = {**environ(tmp_path), "MFE_GIT_TOKEN": "hush-hush-hush"}
    own = surroundings(str(tmp_path), "https://me:pass@git.test/shop.git", with_token)
    assert own["GIT_CONFIG_COUNT"] == "2"
    assert own["GIT_CONFIG_KEY_0"] == "http.https://git.test/.extraheader"
    header = own["GIT_CONFIG_VALUE_0"].rpartition(" ")[2]
    said = redacted(f"fatal: https://me:pass@git.test/ {header} hush-hush-hush\nhint: no", with_token)
    assert said == "fatal: https://git.test/ … …"


def test_what_git_says_of_a_password_in_a_url_is_not_shown(root: Path) -> None:
    text = (root / "site.toml").read_text()
    put(root, "site.toml", text.replace("../pages.git", "https://me:geheim99@127.0.0.1:1/x.git"))
    built(root)
    outcome = pushed(root)
    assert (outcome.code, said(outcome)) == (4, ["deploy-failed"])
    assert "geheim99" not in outcome.problems[0].message


@pytest.mark.slow
def test_whichever_call_of_git_fails_the_branch_is_the_old_one_or_the_new_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mfe_static.deploy import repository

    real, calls, fails = repository.git, 0, 0

    def counted(folder: str, *words: str, environ: Any) -> bytes:
        nonlocal calls
        calls += 1
        if calls == fails:
            raise repository.GitFailed("cut")
        return real(folder, *words, environ=environ)

    monkeypatch.setattr(repository, "git", counted)
    pushed(root)
    edit(root, "Number 0")
    calls = 0
    assert pushed(root, **later(1)).code == 0
    total = calls
    assert total > 6
    for number in range(1, total + 1):
        old = branch(root)
        edit(root, f"Number {number}")
        calls, fails = 0, number
        outcome = pushed(root, **later(10 * number))
        fails = 0
        if outcome.deployment is None and outcome.plan is not None:
            assert (outcome.code, branch(root)) == (4, old)
        elif outcome.deployment is None:
            assert branch(root) == old
        assert pushed(root, **later(10 * number + 5)).code == 0
        assert f"Number {number}".encode() in branch(root)["shop/index.html"]
