"""A branch of a git repository as a host: GitHub Pages, GitLab Pages, or whoever serves a branch.

A deployment is a commit; its tree is the site, its message tells which. It is made in a repository of our own
(`repository`) and pushed with a lease on the very commit that it was made on, so of two who push at once one loses, and
is told who won. Going back is a new commit with an old tree: nothing of the history is lost.

The same site, deployed on the same commit at the same second, is the same commit.
"""

import contextlib
import datetime
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec.structs import replace

from mfe_static.deploy.compile.pages import github, gitlab
from mfe_static.deploy.earlier import nothing_before
from mfe_static.deploy.host import (
    Asked,
    Deployment,
    Failed,
    Host,
    Item,
    Live,
    Mark,
    Plan,
    Release,
    Rules,
    Sent,
    Told,
)
from mfe_static.deploy.limits import LIMITS, exceeded
from mfe_static.deploy.marker import the_site_itself, uncertain
from mfe_static.deploy.repository import Change, GitFailed, Repository, address_of, redacted, surroundings
from mfe_static.digests import digest
from mfe_static.hosting import GitSettings
from mfe_static.problems import Problem, problem

_COMPILERS: Mapping[Literal["github", "gitlab"], Callable[[Release], Release | Sequence[Problem]]] = {
    "github": github,
    "gitlab": gitlab,
}
_PIPELINE = """\
# Made by mfe-static: GitLab serves what a job called "pages" leaves in a folder called "public".
pages:
  script:
    - mkdir ../site-of-pages
    - cp -a . ../site-of-pages/
    - rm -rf ../site-of-pages/.git ../site-of-pages/.gitlab-ci.yml
    - mv ../site-of-pages public
  artifacts:
    paths:
      - public
  rules:
    - if: $CI_COMMIT_BRANCH
"""
"""Pages of GitLab come from a pipeline; so the branch brings its own, for any image."""
AGAIN = (2.0, 8.0, 20.0)
"""Seconds between questions to a remote that fell silent."""
_SHORT = 10
"""Digits of a commit's name that are shown."""


def open_host(settings: GitSettings, asked: Asked) -> Host | Problem:
    """The branch, or that there is no such remote."""
    if asked.preview and settings.style != "plain":
        said = f"{settings.style} serves one branch of a repository, so it has no previews"
        return problem(
            "no-target", said, file="site.toml", hint='style = "plain", where somebody serves other branches'
        )
    environ = surroundings(asked.root, "", asked.environ)
    address = address_of(settings.remote, asked.root, environ)
    if isinstance(address, Problem):
        return address
    branch = settings.previews + asked.preview if asked.preview else settings.branch
    if asked.preview and branch == settings.branch:
        return the_site_itself(asked.preview)
    return GitHost(settings, branch, address, asked)


class GitHost:
    """One branch of one remote."""

    def __init__(self, settings: GitSettings, branch: str, address: str, asked: Asked) -> None:
        self._settings, self._branch, self._asked = settings, branch, asked
        self._address = address
        self._environ = surroundings(asked.root, address, asked.environ)

    def compiled(self, release: Release) -> Release | Sequence[Problem]:
        """In the words of Pages, with `CNAME` for a domain of its own; or what Pages cannot do of it."""
        style = self._settings.style
        made = release if style == "plain" else _COMPILERS[style](release)
        if not isinstance(made, Release):
            return made
        own = {"CNAME": f"{self._settings.domain}\n"} if self._settings.domain else {}
        own |= {".gitlab-ci.yml": _PIPELINE} if style == "gitlab" else {}
        made = replace(made, items={**made.items, **{path: _item(path, text.encode()) for path, text in own.items()}})
        beyond = [] if style == "plain" else exceeded(LIMITS[style], made.items.values(), made.rules)
        return beyond or made

    def marks(self, items: Iterable[Item], rules: Rules) -> Mapping[str, Mark]:
        """The names that git gives to contents."""
        return {item.path: _named(item.read()) for item in items}

    def live(self) -> Live | None:
        """What the branch holds."""
        with self._failing():
            repository = self._repository()
            tip = repository.fetch(self._branch, 1)
            if not tip:
                return None
            marks = repository.files(tip)
        return Live(id=tip, marks=marks, read=lambda path: self._read(repository, marks[path]), token=tip)

    def send(self, plan: Plan, told: Told) -> Sent:
        """Make the commit here; a branch takes it whole or not at all, when it is pushed."""
        here = set(plan.live.marks.values()) if plan.live else set()
        marks, items = plan.marks, plan.release.items

        def changes() -> Iterator[Change]:
            for done, path in enumerate(sorted(marks)):
                told("send", done, len(marks))
                known = marks[path] if marks[path] in here else ""
                yield Change(path, known, b"" if known else items[path].read())

        time = int(self._asked.now.timestamp())
        with self._failing():
            parent = plan.live.token if plan.live else ""
            commit = self._repository().commit(parent, time, self._message(plan.release), changes())
        return Sent(id=commit, sent=sum(mark not in here for mark in marks.values()))

    def lacking(self, plan: Plan, sent: Sent) -> Sequence[str]:
        """The commit is read again."""
        with self._failing():
            found = self._repository().files(sent.id)
        return sorted({*dict(found.items() ^ plan.marks.items())})

    def switch(self, plan: Plan, sent: Sent) -> Deployment:
        """Push."""
        self._push(plan.live.token if plan.live else "", sent.id)
        return self._deployment(sent.id, self._asked.now, self._message(plan.release), live=True)

    def prune(self, plan: Plan) -> int:
        """The branch holds nothing else, and its history stays."""
        return 0

    def deployments(self) -> Sequence[Deployment]:
        """The last commits of the branch."""
        with self._failing():
            repository = self._repository()
            tip = repository.fetch(self._branch, self._asked.keep_deploys + 1)
            found = repository.log(tip) if tip else []
        return [
            self._deployment(
                commit.id, datetime.datetime.fromtimestamp(commit.time, datetime.UTC), commit.subject, live=not number
            )
            for number, commit in enumerate(found)
        ]

    def rollback(self, to: str) -> Deployment:
        """Push what a commit held, as a new one."""
        with self._failing():
            repository = self._repository()
            tip = repository.fetch(self._branch, self._asked.keep_deploys + 1)
            found = repository.log(tip) if tip else []
            if not to and len(found) < 2:
                raise nothing_before()
            wanted = found[1] if not to else next((each for each in found if each.id.startswith(to)), None)
            if wanted is None:
                said = f"there is no deployment {to!r} among the last {len(found)} of {self._branch}"
                raise Failed(
                    problem("no-such-deployment", said, hint="mfe-static deploys list shows those that are kept")
                )
            message = f"Back to {wanted.id[:_SHORT]}: {wanted.subject}"
            commit = repository.again(wanted.tree, tip, int(self._asked.now.timestamp()), message)
        self._push(tip, commit)
        return self._deployment(commit, self._asked.now, message, live=True)

    # -- how

    def _repository(self) -> Repository:
        return Repository(f"{self._asked.state}/{digest(self._address)[:8]}.git", self._address, self._environ)

    def _push(self, before: str, after: str) -> None:
        """Move the branch. Whatever git says of it, where the branch is afterwards counts."""
        with self._failing():
            repository = self._repository()
        try:
            repository.push(self._branch, before, after)
        except GitFailed as failed:
            now = self._tip(repository, failed)
            if now == after:
                return
            if now != before:
                said = f"meanwhile another deployment went live on {self._branch}: {now[:_SHORT] or 'it is gone'}"
                hint = "look at what it brought, and deploy again"
                raise Failed(problem("deploy-overtaken", said, hint=hint)) from failed
            raise Failed(self._problem(failed)) from failed

    def _tip(self, repository: Repository, failed: GitFailed) -> str:
        """Where the branch is after a push that may have arrived; a remote that is silent is asked again."""
        for pause in (0.0, *AGAIN):
            time.sleep(pause)
            with contextlib.suppress(GitFailed):
                return repository.tip(self._branch)
        raise uncertain(Failed(self._problem(failed)))

    def _message(self, release: Release) -> str:
        return f"{self._asked.said or 'Deploy'}\n\nRelease: {release.id}\n"

    def _deployment(self, commit: str, made: datetime.datetime, said: str, *, live: bool) -> Deployment:
        when = f"{made.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
        said = said.partition("\n")[0]
        where = f"{self._branch} of {redacted(self._address, self._environ)}"
        return Deployment(id=commit, made=when, address=self._asked.base_url, live=live, said=said, where=where)

    def _read(self, repository: Repository, mark: Mark) -> bytes | Problem:
        try:
            return repository.read(mark)
        except GitFailed as failed:
            return self._problem(failed)

    def _problem(self, failed: GitFailed) -> Problem:
        where = redacted(self._address, self._environ)
        return problem("deploy-failed", f"{self._branch} of {where}: {failed}", hint=_way_out(str(failed)))

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except GitFailed as failed:
            raise Failed(self._problem(failed)) from failed


def _way_out(said: str) -> str:
    words = ("could not read Username", "Authentication failed", "Permission denied", "403", "401")
    return "may it be pushed to from here? MFE_GIT_TOKEN can hold a token" if any(w in said for w in words) else ""


def _named(content: bytes) -> str:
    """The name of a content in git's SHA-1 format, which GitHub and GitLab use."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _item(path: str, content: bytes) -> Item:
    return Item(path=path, size=len(content), digest=digest(content), content=content)
