"""One run of the pipeline: how it is asked for (`Options`), what its steps share (`Run`), and how it ends (`Result`).

A run knows the folders, the files' digests, the clock and the problems so far; what it makes goes from step to step in
`build`. Where nothing changed, the answer of the last run stands (`Run.same`), so nothing is imported here at the top
that only a run with work to do needs. Problems are gathered as they are found; their levels and places come at the end.
"""

import datetime
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mfe_static.clock import Clock, Spent, Timings
from mfe_static.digests import Digest, digest
from mfe_static.kept import Report, TeamReport
from mfe_static.memory import Memory, SiteMemory
from mfe_static.problems import Problem, exit_code
from mfe_static.session import Session
from mfe_static.state import Damaged, Remembered, Sums, as_left, maker, read_index
from mfe_static.survey import STATE, survey
from mfe_static.workers import WORTH_IT
from mfe_static.write import Written, lock, standing_whole

if TYPE_CHECKING:
    from mfe_static.load import Workspace
    from mfe_static.model import TeamBuild, TeamSources
    from mfe_static.stitched import StitchedSite

Progress = Callable[[str, int, int], None]
"""Told the phase, how much of it is done, and how much there is."""


class Options(NamedTuple):
    """How to build; everything that is not in the site's folder."""

    now: datetime.datetime
    """With a time zone; matters only to pages with publish or expiry dates."""
    environ: Mapping[str, str] = {}
    flags: Mapping[str, Any] = {}
    """Settings from the command line, by dotted key."""
    drafts: bool = False
    write: bool = True
    """False: check only; nothing is written, not even what is remembered."""
    cache: bool = True
    jobs: int = 0
    """Processes; 0: one for each core."""
    commands: bool = True
    """Whether commands of teams may be run, that build with other tools."""
    only: str = ""
    """The one team whose folder is looked at; the others stay as they are in the survey of the session."""
    strict: bool = False
    """Whether warnings, too, keep the site from being published."""
    parts: bool = False
    """Whether the result is to have the parts of the pages, too."""
    scriptless: bool = False
    """Whether it is looked for what of the pages is not there without JavaScript."""
    encode: bool = True
    """Whether pictures are encoded; else those of which nothing is kept are only looked at."""
    profile: bool = False
    """Whether the result is to tell where the processes' time went."""
    quick: bool = False
    """Whether the answer of an earlier build will do where nothing changed; then there is no `site` in the result."""


def last_seen(root: Path) -> Remembered:
    """What the last build of a site saw; nothing, where what it left does not count any more."""
    with suppress(Damaged):
        if found := read_index(root / STATE / "cache" / "site.index", SiteMemory, maker()):
            return found.files
    return Remembered()


class Result(NamedTuple):
    """What a build did."""

    problems: Sequence[Problem]
    code: int
    """The exit code of the command line."""
    seconds: Mapping[str, float]
    """By phase, and `total`."""
    report: Report
    workspace: "Workspace | None" = None
    """The site's folders, read; None where they were not read."""
    site: "StitchedSite | None" = None
    """None where it was not stitched."""
    written: Written = Written(0, 0, 0, 0)
    published: bool = False
    """Whether the site that stands in the output is this one."""
    verified: bool | None = None
    """Whether a build from nothing made the same site; None: nobody asked."""
    spent: Sequence[Spent] = ()
    """Where the processes' time went; empty unless it was asked for."""


class Run:
    """One build on its way: what the steps share."""

    def __init__(self, root: Path, options: Options, progress: Progress, session: Session) -> None:
        self.options, self.progress, self.session = options, progress, session
        self.begun = time.time_ns()  # decides what has to be read again, and nothing else
        self.clock, self.timings = Clock(), Timings(keep=options.profile)
        with self.clock("load"):
            self.seen = session.seen = survey(root, session.seen, session.touched, options.only)
        self.sums = Sums(self.seen.stats, Remembered())
        self._space: Workspace | None = None
        self.ran = False
        """Whether commands of teams were run."""
        self._marks: dict[str, Digest] = {}
        self.problems: list[Problem] = []

    @property
    def space(self) -> "Workspace":
        """The site's folders, read."""
        assert self._space is not None
        return self._space

    @property
    def key(self) -> Digest:
        """Names how it was asked to build, and what lies where it does not belong."""
        return self._key(self.options)

    def _key(self, options: Options) -> Digest:
        environ = sorted(f"{name}={value}" for name, value in options.environ.items() if name.startswith("MFE_STATIC_"))
        flags = sorted(f"{name}={value!r}" for name, value in options.flags.items() if value is not None)
        asked: tuple[object, ...] = (environ, flags, options.now.isoformat(), options.drafts, options.strict)
        asked += (options.only,) * bool(options.only) + ("no commands",) * (not options.commands)
        return digest(repr(asked + self.seen.astray))

    def memory(self, found: bool) -> Memory:
        """What is remembered, opened; that of the session, where it has one. `found`: whether there is a site."""
        session, state = self.session, self.seen.root / STATE
        if session.memory is None:
            folder = state / "cache" if found and self.options.cache else None
            scratch = state / "scratch" if found and self.options.write else None
            session.memory = Memory(folder, maker(), keep=self.options.write, scratch=scratch)
        else:
            session.memory.begin()
        return session.memory

    def same(self, memory: Memory) -> Result | None:
        """The answer of the last build, where nothing changed since then, in the sources and in the output."""
        last, root = memory.site.outcome, self.seen.root
        self.sums = Sums(self.seen.stats, memory.site.files, self.seen.recalled)
        keys = {self.key, self._key(self.options._replace(only=""))}  # who looked at all teams, looked at this one
        if last is None or last.key not in keys or not self.seen.sound or memory.problems:
            return None
        if last.environment != self.environment(last.environment):
            return None
        with self.clock("load"):
            beside, begun = memory.site.modules.beside, memory.site.files.begun
            if not self.sums.unchanged(self.seen.real) or not as_left(str(root), begun, beside):
                return None
        with self.clock("write"):
            written = standing_whole(root / last.report.output, root / STATE, last.manifest)
        if written is None:
            return None
        code = exit_code(last.problems, strict=self.options.strict)
        return Result(last.problems, code, self.clock.seconds(), last.report, written=written, published=True)

    def load(self, memory: Memory) -> None:
        """Read the folders, behind the commands of teams that build with other tools."""
        self._read(memory)
        self.problems = [*self.space.problems]
        if any(team.foreign and team.foreign.command for team in self.space.teams):
            with self.clock("commands"):
                self._commands(memory)
        # What is said of a team whose tool left nothing is said; no link to it is to be called broken beside that.
        there = tuple(
            team for team in self.space.teams if not team.foreign or team.pages or team.public or team.templates
        )
        if len(there) < len(self.space.teams):
            self._space = msgspec.structs.replace(self.space, teams=there)

    def _read(self, memory: Memory) -> None:
        from mfe_static.load import load

        self.sums = Sums(self.seen.stats, memory.site.files, self.seen.recalled)
        with self.clock("load"):
            for shown in self.sums.young(self.begun):  # before they are read, so that a change in between is seen
                if "/pages/" not in shown and (real := self.seen.real(shown)):
                    self.sums.digest(shown, real)
            before = self.session.space
            self._space = self.session.space = load(self.seen, self.options.environ, self.options.flags, before)

    def _commands(self, memory: Memory) -> None:
        """Run the commands that have to run, and look at what they made."""
        from mfe_static.tools import Tools

        options, session, root = self.options, self.session, self.seen.root
        tools = Tools(root, root / STATE, self.space.site, options.environ)
        teams = [team for team in self.space.teams if options.only in {"", team.name}]
        due = tools.due(teams, self.seen.folders, self.sums, trusted=options.cache)
        if due and not options.commands:
            self.problems += tools.unmade(due)
        elif due:
            with nullcontext() if options.write else lock(root / STATE) as busy:
                if busy:
                    self.problems.append(busy)
                    return
                tried = session.tried if session.touched is not None else {}  # else somebody asks for another try
                due = [each for each in due if not tools.waits(each, tried)]
                self.ran = True
                ran = tools.run(due, options.jobs, self.told("commands", len(due)))
                touched = [f"{each.team.shown}/" for each in due]
                self.seen = session.seen = survey(root, self.seen, touched, options.only)
                self._read(memory)
                tools.learn(due, ran, self.seen.folders, self.sums)
                session.tried |= tools.tried(due, tried, self.seen.folders, self.sums)
            self.problems = [*self.space.problems]
        failed = {found.file for found in tools.problems}
        self.problems = [it for it in self.problems if it.code != "no-output" or it.file not in failed]
        self.problems += tools.problems

    def environment(self, names: Iterable[str]) -> dict[str, Digest]:
        """The values that commands see of variables."""
        return {name: digest(self.options.environ.get(name, "\0")) for name in names}

    def mark(self, real: str) -> Digest:
        """The digest of a file; empty where it cannot be read, which is said when it is needed."""
        if real not in self._marks:
            found = self.sums.digest(os.path.relpath(real, self.seen.root), real) if real else ""
            self._marks[real] = "" if isinstance(found, Problem) else found
        return self._marks[real]

    def folder(self, team: "TeamSources") -> Digest:
        """Names the contents of all files of a team that can be fingerprinted."""
        return digest(*[part for path, real in team.assets.items() for part in (path, self.mark(real))])

    @property
    def much_changed(self) -> bool:
        """Whether more than some texts of a large site changed since the last build."""
        if sum(len(team.pages) for team in self.space.teams) < WORTH_IT:
            return False
        touched = list(islice(self.sums.touched(), WORTH_IT))
        return len(touched) >= WORTH_IT or not all("/pages/" in path for path in touched)

    def told(self, phase: str, total: int) -> Callable[[int], None]:
        """Progress of a phase."""
        return lambda done: self.progress(phase, done, total)

    def judged(self) -> list[Problem]:
        """The problems so far, with the levels that decide what is an error."""
        from mfe_static.finish import judged

        owners = {name: its.sources.owner for name, its in self.space.read.items() if name != "theme"}
        return judged(self.problems, owners, self.space.levels)

    def placed(self) -> list[Problem]:
        """The problems as users see them."""
        from mfe_static.finish import placed
        from mfe_static.load import BUILT_IN_THEMES

        with self.clock("report"):
            return placed(self.judged(), self.seen.root, BUILT_IN_THEMES.parent)

    def result(self, **fields: Any) -> Result:
        """The end of the run."""
        problems = self.placed()
        code = exit_code(problems, strict=self.options.strict)
        report = fields.pop("report", None) or self.report()
        return Result(problems, code, self.clock.seconds(), report, self.space, **fields)

    def report(
        self, builds: "Sequence[TeamBuild]" = (), stitched: int = 0, variants: int = 0, fallbacks: int = 0
    ) -> Report:
        """The run in numbers: of what was made of these teams so far."""
        space = self.space
        counts = {
            its.sources.name: (len(its.pages), len(its.rendered), its.bodies.count(None) - len(its.failed))
            for its in builds
        }
        teams = {team.name: TeamReport(team.owner, team.prefix, *counts.get(team.name, ())) for team in space.teams}
        return Report(space.settings.output, teams, stitched, variants, fallbacks)
