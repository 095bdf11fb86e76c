"""A repository of our own, in which commits are made without a checkout, and from which they are pushed.

It is bare and stands in the place's own folder, so nothing in the site's repository changes: no branch, no index, no
object. What its owner set up for talking to remotes (`http.…`, `credential.…`, as checkouts in pipelines leave it) is
handed on by the environment, where no other user sees it; a token goes the same way. What git prints is shown without
what could be one. Files go through a pipe (`git fast-import`), so no command line grows with a site.
"""

import base64
import contextlib
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, NamedTuple

from mfe_static.problems import Problem, problem

TOKEN = "MFE_GIT_TOKEN"  # noqa: S105  the name of a variable
_LIVE, _NEXT = "refs/mfe/live", "refs/mfe/next"
_HANDED_ON = re.compile(r"(?:http|credential|url|ssh)\.|core\.sshcommand", re.IGNORECASE)
_IN_URL = re.compile(r"(?<=://)[^/@\s]+@")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|[^/\s]+:", re.IGNORECASE)
_OF_ANOTHER = frozenset(
    (
        "GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES "
        "GIT_PREFIX GIT_NAMESPACE GIT_QUARANTINE_PATH GIT_SHALLOW_FILE GIT_GRAFT_FILE"
    ).split()
)
"""What git tells a hook of the repository that it runs for."""
_NOBODY = b"mfe-static <deploy@mfe-static.invalid>"
"""Who commits, so that the same deployment is the same commit everywhere."""


class GitFailed(Exception):
    """git ended with an error; what it said is in it, clean."""


class Commit(NamedTuple):
    """A commit, as a log shows it."""

    id: str
    tree: str
    time: int
    """Seconds since 1970."""
    subject: str


class Change(NamedTuple):
    """What a path of a commit is to hold: a content that the repository has, or a new one."""

    path: str
    known: str
    """The name of the content; empty: it is new."""
    content: bytes = b""


def git(folder: str, *words: str, environ: Mapping[str, str]) -> bytes:
    """What a git command prints. Raises `GitFailed`."""
    try:
        done = subprocess.run(["git", "-C", folder, *words], capture_output=True, env=environ, check=False)  # noqa: S603, S607
    except OSError as error:
        raise GitFailed(f"git cannot be started: {error.strerror}") from error
    if done.returncode:
        raise GitFailed(redacted(done.stderr.decode(errors="replace"), environ) or f"git {words[0]} failed")
    return done.stdout


def redacted(text: str, environ: Mapping[str, str]) -> str:
    """What git said, in a line, without tokens."""
    token = environ.get(TOKEN, "")
    for secret in filter(None, (token, token and _basic(token))):
        text = text.replace(secret, "…")
    lines = [line.strip() for line in _IN_URL.sub("", text).splitlines()]
    return " · ".join(line for line in lines if line and not line.startswith("hint:"))


def address_of(remote: str, root: str, environ: Mapping[str, str]) -> str | Problem:
    """The URL or path that is pushed to. `remote`: as in `site.toml`."""
    if remote.startswith(("./", "../", "/")):
        return os.path.abspath(os.path.join(root, remote))
    if _URL.match(remote):
        return remote
    try:
        found = git(root, "remote", "get-url", "--push", "--", remote, environ=environ).decode().strip()
        if not found.startswith(("./", "../")):
            return found
        top = git(root, "rev-parse", "--show-toplevel", environ=environ).decode().rstrip("\n")
        return os.path.abspath(os.path.join(top, found))  # as git itself reads it
    except GitFailed as failed:
        said = f'there is no remote "{remote}": {failed}'
        if "No such remote" in str(failed):
            said = f'the site\'s repository has no remote "{remote}"'
        elif "not a git repository" in str(failed):
            said = f'the site is in no git repository, so there is no remote "{remote}"'
        return problem("no-target", said, file="site.toml", hint="name a remote of the site's repository, or a URL")


def surroundings(root: str, address: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for git: it never asks, speaks English, and knows what the site's repository knows of remotes."""
    own = {name: value for name, value in environ.items() if name not in _OF_ANOTHER}
    settings = [(name, value) for name, value in _local(root, own) if _HANDED_ON.match(name)]
    if (token := environ.get(TOKEN)) and address.startswith("https://"):
        where = "/".join(_IN_URL.sub("", address).split("/")[:3])
        settings = [(name, value) for name, value in settings if not name.lower().endswith(".extraheader")]
        settings.append((f"http.{where}/.extraheader", f"Authorization: Basic {_basic(token)}"))
    known = int(own.get("GIT_CONFIG_COUNT") or 0)
    settings.append(("gc.autoDetach", "false"))  # so that nothing is left running
    for number, (name, value) in enumerate(settings, known):
        own |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return {**own, "GIT_CONFIG_COUNT": str(known + len(settings)), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def _local(root: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The settings of the site's repository; none where it is in no repository."""
    try:
        out = git(root, "config", "--local", "--includes", "-z", "--list", environ=environ)
    except GitFailed:
        return
    for entry in out.decode(errors="replace").split("\0"):
        name, _, value = entry.partition("\n")
        yield name, value


def _basic(token: str) -> str:
    """As GitHub and GitLab take a token for a password, whoever it is of."""
    return base64.b64encode(f"x-access-token:{token}".encode()).decode()


class Repository:
    """The repository, for one remote. All raise `GitFailed`."""

    def __init__(self, folder: str, address: str, environ: Mapping[str, str]) -> None:
        self._folder, self._address, self._environ = folder, address, environ
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise GitFailed(f"{folder} cannot be written: {error.strerror}") from error
        self._git("init", "-q", "--bare")  # what is missing of it, it gets

    def tip(self, branch: str) -> str:
        """The commit that the branch of the remote is at; empty: there is no such branch."""
        out = self._git("ls-remote", "--", self._address, f"refs/heads/{branch}").decode()
        return out.split("\t")[0].strip()

    def fetch(self, branch: str, depth: int) -> str:
        """Have the last commits of the branch, with all that is in them; the newest, or nothing."""
        tip = self.tip(branch)
        if tip:
            words = ("fetch", "-q", "--no-tags", f"--depth={depth}", "--", self._address)
            self._git(*words, f"+refs/heads/{branch}:{_LIVE}")
            tip = self._git("rev-parse", _LIVE).decode().strip()
        return tip

    def files(self, commit: str) -> dict[str, str]:
        """What a commit holds, by path; what is no plain file has a name that no content has."""
        out: dict[str, str] = {}
        for entry in self._git("ls-tree", "-r", "-z", "--full-tree", commit).decode(errors="replace").split("\0"):
            about, _, path = entry.partition("\t")
            if path:
                mode, _, name = about.split(" ")
                out[path] = name if mode == "100644" else f"{mode} {name}"
        return out

    def read(self, name: str) -> bytes:
        """A content."""
        return self._git("cat-file", "blob", name)

    def commit(self, parent: str, time: int, message: str, changes: Iterable[Change]) -> str:
        """Make a commit that holds `changes` and nothing else. Raises OSError too, where a content cannot be read."""
        if _NEXT.encode() in self._git("for-each-ref", _NEXT):
            self._git("update-ref", "-d", _NEXT)
        words = ["git", "-C", self._folder, "fast-import", "--quiet", "--force", "--date-format=raw"]
        with subprocess.Popen(  # noqa: S603  our own words
            words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=self._environ
        ) as program:
            assert program.stdin is not None
            assert program.stderr is not None
            try:
                with contextlib.suppress(BrokenPipeError):  # it has ended, and says why
                    _told(program.stdin, parent, time, message, changes)
            except BaseException:
                program.kill()
                raise
            finally:
                with contextlib.suppress(BrokenPipeError):
                    program.stdin.close()
            said = program.stderr.read().decode(errors="replace")
        if program.returncode:
            raise GitFailed(redacted(said, self._environ) or "git fast-import failed")
        return self._git("rev-parse", _NEXT).decode().strip()

    def again(self, tree: str, parent: str, time: int, message: str) -> str:
        """Make a commit that holds what another one does."""
        who = {"GIT_AUTHOR_NAME": "mfe-static", "GIT_AUTHOR_EMAIL": "deploy@mfe-static.invalid"}
        who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
        who |= {"GIT_AUTHOR_DATE": f"@{time} +0000", "GIT_COMMITTER_DATE": f"@{time} +0000"}
        words = ("commit-tree", "-p", parent, "-m", message, tree)
        return git(self._folder, *words, environ={**self._environ, **who}).decode().strip()

    def push(self, branch: str, before: str, after: str) -> None:
        """Move the branch of the remote, if it is where it was `before`."""
        ref = f"refs/heads/{branch}"
        self._git("push", "-q", f"--force-with-lease={ref}:{before}", "--", self._address, f"{after}:{ref}")

    def log(self, commit: str) -> list[Commit]:
        """The commits that are here, newest first."""
        out = self._git("log", "--first-parent", "-z", "--format=%H%n%T%n%ct%n%s", commit).decode(errors="replace")
        rows = (entry.split("\n", 3) for entry in out.split("\0") if entry)
        return [Commit(row[0], row[1], int(row[2]), row[3]) for row in rows]

    def _git(self, *words: str) -> bytes:
        return git(self._folder, *words, environ=self._environ)


def _told(stream: IO[bytes], parent: str, time: int, message: str, changes: Iterable[Change]) -> None:
    """Write what `git fast-import` reads (its manual, "Input Format")."""
    said = message.encode()
    stream.write(b"commit %s\ncommitter %s %d +0000\n" % (_NEXT.encode(), _NOBODY, time))
    stream.write(b"data %d\n%s\n" % (len(said), said))
    if parent:
        stream.write(b"from %s\ndeleteall\n" % parent.encode())
    for change in changes:
        name = change.known.encode() or b"inline"
        stream.write(b"M 100644 %s %s\n" % (name, change.path.encode()))
        if not change.known:
            stream.write(b"data %d\n" % len(change.content))
            stream.write(change.content)
            stream.write(b"\n")
