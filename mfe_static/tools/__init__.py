"""The tools of teams that build with another one: whether their commands have to run, and what came of it.

A command runs when it has not made what stands in its output from just what stands in its inputs: by digests of both,
its arguments, the variables that it may see and the address that it is told. What it reads beside these, such as
`node_modules`, is what its inputs name. So an output that somebody changed or removed is made anew, and a build in
which nothing changed runs nothing. What is known of the last run rests in a file of its own, which a new version of
this tool does not outdate, as it has no part in what the others make.

To run a program that a folder names is to trust whoever may change the folder. `build`, `check` and all that build do
it; whoever looks at a stranger's change says `--no-commands`, and then no program of a team is ever started.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.files import Folder
from mfe_static.model import Foreign, Site, TeamSources
from mfe_static.problems import Problem, Related, problem
from mfe_static.processes import cores
from mfe_static.routes import emitted
from mfe_static.state import Damaged, Sums, read_index, write_index
from mfe_static.tools.running import Ended, Program, run_all

_MAKER = digest("what tools made, 1")
_PASSED = "HOME LANG LC_ALL LC_CTYPE LOGNAME PATH SOURCE_DATE_EPOCH TMPDIR TZ USER XDG_CACHE_HOME".split()
"""Variables that every command may see; what they hold is no input."""
_REPEATS = 3
"""How often in a row a command may be run for what it has changed itself."""
_PLACES = 3
"""Files that a tool complained of, and that a problem names."""


class Known(msgspec.Struct, frozen=True, array_like=True):
    """What is known of the last run of a team's command."""

    key: Digest
    """Names all that it was run for."""
    made: Mapping[str, Digest]
    """The files of its output."""


class Due(NamedTuple):
    """A command that has to run."""

    team: TeamSources
    folder: Folder
    key: Digest
    reads: Mapping[str, Digest]
    """Its inputs."""


class Tried(NamedTuple):
    """How a command was run last in a session."""

    key: Digest
    """What it was run for; where it changed that meanwhile, what it left."""
    said: tuple[Problem, ...]
    """Why it is not run for the same once more; empty: it is."""
    times: int = 0
    """How often in a row it was run for nothing but what it had changed itself."""


class Tools:
    """The commands of a site's teams, for one build."""

    def __init__(self, root: Path, state: Path, site: Site, environ: Mapping[str, str]) -> None:
        """`state`: the folder in which the tool remembers. `environ`: the environment that commands see a part of."""
        self._root, self._site, self._environ = root, site, environ
        self._file, self._logs = state / "tools.index", state / "tools"
        self.problems: list[Problem] = []
        try:
            self._known = read_index(self._file, dict[str, Known], _MAKER) or {}
        except Damaged as damaged:
            self._known = {}
            self.problems.append(problem("cache-damaged", f"the cache {damaged.name} {damaged.why}; it is made anew"))

    def due(
        self, teams: Sequence[TeamSources], folders: Mapping[str, Folder], sums: Sums, *, trusted: bool
    ) -> list[Due]:
        """The commands that have to run, of these teams; none whose inputs are wrong. `trusted`: whether what is known
        counts."""
        out = []
        for team in teams:
            if team.foreign and team.foreign.command:
                folder = folders[team.shown]
                key, reads = self._key(team, team.foreign, folder, sums)
                last = self._known.get(team.name)
                made = _digests(folder, _made(team.foreign, folder), sums)
                if not trusted or last is None or last.key != key or not made or last.made != made:
                    out.append(Due(team, folder, key, reads))
        wrong = {found.team for found in self.problems}
        return [each for each in out if each.team.name not in wrong]

    def run(self, due: Sequence[Due], jobs: int, tell: Callable[[int], None]) -> list[str]:
        """Run commands, as many at once as there are processes; the teams whose commands did what they should."""
        programs: list[tuple[Due, Program]] = []
        for each in due:
            found = self._program(each)
            if isinstance(found, Problem):
                self.problems.append(found)
            else:
                programs.append((each, found))
        ended = run_all([program for _, program in programs], jobs or cores(), tell)
        for (each, _), how in zip(programs, ended, strict=True):
            if how.why:
                self.problems.append(self._failed(each, how))
        failed = {found.team for found in self.problems}
        return [each.team.name for each, _ in programs if each.team.name not in failed]

    def learn(self, due: Sequence[Due], ran: Sequence[str], folders: Mapping[str, Folder], sums: Sums) -> None:
        """Keep what commands made that ran; what stands in the `folders` by now, and the `sums` of it."""
        known = dict(self._known)
        for team, _, key, _ in due:
            known.pop(team.name, None)
            if team.name in ran and team.foreign:
                folder = folders[team.shown]
                known[team.name] = Known(key, _digests(folder, _made(team.foreign, folder), sums))
        self._known = known
        write_index(self._file, known, _MAKER)  # that it cannot be written is said of the whole cache

    def unmade(self, due: Sequence[Due]) -> Iterator[Problem]:
        """What to say of commands that have to run, and may not."""
        for team, folder, _, _ in due:
            if team.foreign and _made(team.foreign, folder):
                shown = f"{team.shown}/{team.foreign.output}/"
                message = f'{shown} is taken as it is, as "{_line(team.foreign)}" may not be run (--no-commands)'
                yield _problem("command-not-run", message, team)

    def waits(self, due: Due, tried: Mapping[str, Tried]) -> bool:
        """Whether a command is not run once more for what it was run for last; then that is said again."""
        last = tried.get(due.team.name)
        said = last.said if last and last.key == due.key else ()
        self.problems += said
        return bool(said)

    def tried(
        self, due: Sequence[Due], before: Mapping[str, Tried], folders: Mapping[str, Folder], sums: Sums
    ) -> dict[str, Tried]:
        """How these commands were run; `before`, `folders`, `sums`: see `waits`, `learn`.

        One that changed its inputs is run again, since it may have been somebody else who did; but not without an end.
        """
        out = {}
        for each in due:
            name, foreign = each.team.name, each.team.foreign
            assert foreign is not None
            said = tuple(found for found in self.problems if found.team == name)
            key, reads = self._key(each.team, foreign, folders[each.team.shown], sums)
            last, times = before.get(name), 0
            if changed := sorted(
                path for path, mark in {**each.reads, **reads}.items() if each.reads.get(path) != mark
            ):
                times = last.times + 1 if last and last.key == each.key else 1
                if times == _REPEATS:
                    what = f"changes {changed[0]}, which it reads, each time that it runs"
                    message = f'"{_line(foreign)}" {what}; it is not run again for that alone'
                    hint = "name its `inputs`, without what it writes"
                    self.problems.append(_problem("command-repeats", message, each.team, hint=hint))
                    said = (*said, self.problems[-1])
            out[name] = Tried(key, said if not changed or times == _REPEATS else (), times)
        return out

    def _key(self, team: TeamSources, foreign: Foreign, folder: Folder, sums: Sums) -> tuple[Digest, dict[str, Digest]]:
        """Names everything that a command is run for; and its inputs."""
        inputs = _digests(folder, self._inputs(team, foreign, folder), sums)
        seen = {name: self._environ.get(name) for name in foreign.environment}
        named = [foreign.output, self._arguments(team, foreign), seen, list(inputs.items())]
        return digest(msgspec.msgpack.encode(named)), inputs

    def _inputs(self, team: TeamSources, foreign: Foreign, folder: Folder) -> list[str]:
        """The files that a command reads; a pattern that names none is a mistake of somebody."""
        own = [path for path in folder.real if not path.startswith(f"{foreign.output}/") and path != "team.toml"]
        if not foreign.inputs:
            return own
        found = {foreign.command[0].removeprefix("./")} & set(own)
        for pattern in foreign.inputs:
            fits = _pattern(pattern)
            its = [path for path in own if fits.fullmatch(path)]
            if not its and not _is_empty(pattern.removesuffix("/**"), foreign, folder):
                message = f'"{pattern}" is no file in {team.shown}/'
                self.problems.append(_problem("bad-value", message, team, sought=f"key:build.inputs:{pattern}"))
            found.update(its)
        return sorted(found)

    def _address(self, team: TeamSources) -> tuple[str, str]:
        """Where the team's pages will stand: as a path, and as a whole URL."""
        path = emitted(self._site.base_path, team.prefix or "/")
        return path, self._site.base_url.removesuffix(self._site.base_path) + path

    def _arguments(self, team: TeamSources, foreign: Foreign) -> list[str]:
        path, url = self._address(team)
        return [part.replace("{base_path}", path).replace("{base_url}", url) for part in (*foreign.command, path, url)]

    def _program(self, due: Due) -> Program | Problem:
        """The program that a command names."""
        team, folder = due.team, due.folder
        assert team.foreign is not None
        (name, *rest), (path, url) = self._arguments(team, team.foreign)[:-2], self._address(team)
        passed = [*_PASSED, *team.foreign.environment]
        environ = {key: self._environ[key] for key in passed if key in self._environ}
        environ |= {"MFE_BASE_PATH": path, "MFE_BASE_URL": url, "MFE_TEAM": team.name, "NO_COLOR": "1"}
        file = shutil.which(name, path=environ.get("PATH", os.defpath)) if "/" not in name else None
        if "/" in name:
            file = folder.real.get(name.removeprefix("./"))
            if file is None:
                return _problem("command-failed", f'there is no file "{name}" in {team.shown}/', team)
        if file is None:
            hint = "install it, or have it found by PATH; a file of the team begins with ./"
            return _problem("command-failed", f'there is no program "{name}"', team, hint=hint)
        log = f"{self._logs}/{team.name}.log"
        return Program((file, *rest), str(folder.root), environ, team.foreign.timeout, log)

    def _failed(self, due: Due, how: Ended) -> Problem:
        """That a command failed, with what it said, and the files that it complained of."""
        team, folder = due.team, due.folder
        assert team.foreign is not None
        own = [path.removeprefix(f"{folder.root}/").removeprefix("./") for path, _ in how.places]
        places = [(path, line) for path, (_, line) in zip(own, how.places, strict=True) if path in folder.real]
        related = [Related(file=f"{team.shown}/{path}", line=line, team=team.name) for path, line in places]
        log = os.path.relpath(f"{self._logs}/{team.name}.log", self._root)
        hint = how.hint or (f"all that it printed is in {log}" if how.lines else "")
        message = f'"{_line(team.foreign)}" {how.why}'
        found = _problem("command-failed", message, team, hint=hint, related=tuple(related[:_PLACES]))
        return msgspec.structs.replace(found, output=how.lines)


def _problem(code: str, message: str, team: TeamSources, *, hint: str = "", sought: str = "key:build.command",
             related: tuple[Related, ...] = ()) -> Problem:  # fmt: skip
    file = f"{team.shown}/team.toml"
    return problem(code, message, file=file, team=team.name, hint=hint, sought=sought, related=related)


def _line(foreign: Foreign) -> str:
    """A command as people write it."""
    return " ".join(foreign.command)


def _made(foreign: Foreign, folder: Folder) -> list[str]:
    """The files of an output."""
    return [path for path in folder.real if path.startswith(f"{foreign.output}/")]


def _is_empty(path: str, foreign: Foreign, folder: Folder) -> bool:
    """Whether it is a folder in which nothing is yet, as a new project has some."""
    return f"{path}/" in folder.stats and not f"{path}/".startswith(f"{foreign.output}/")


def _digests(folder: Folder, paths: Sequence[str], sums: Sums) -> dict[str, Digest]:
    """Digests of files; empty where one cannot be read, which is said when it is needed."""
    found = {path: sums.digest(folder.name(path), folder.real[path]) for path in paths}
    return {path: "" if isinstance(mark, Problem) else mark for path, mark in found.items()}


def _pattern(text: str) -> re.Pattern[str]:
    """`*` and `?` within a name, `**` over folders; a folder means all below it."""
    parts = []
    for part in re.split(r"(\*\*/|\*\*|\*|\?)", text.removeprefix("./").rstrip("/")):
        parts.append({"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part) or re.escape(part))
    return re.compile("".join(parts) + "(?:/.*)?")
