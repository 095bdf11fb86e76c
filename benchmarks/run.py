"""Times generators on the same site, each run next to one of the baseline: `python -m benchmarks.run --help`.

A run is a whole process, from its start to its end. The machine's speed drifts, so a time alone says little: each run
follows one of the baseline in the same scenario (A B A B), and what counts is the quotient of the two. Every run is
checked: a generator that skips the work is not fast.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import processes
from benchmarks.corpus import plan
from benchmarks.processes import Run
from benchmarks.sites import EDITS, Site, edit, write
from benchmarks.tools import CALLS, Tool, found

SCENARIOS = ("cold", "same", *EDITS)
"""In this order, each from what the one before left. The header, which touches every page, comes last."""
COUNTS = ("pages", "rendered", "stitched", "written")
"""What `mfe-static build --json` counts."""


class Wrong(Exception):
    """A build failed, or did not make what it should."""


class Subject:
    """A tool with a site of its own, and how often each edit was made."""

    def __init__(self, tool: Tool, site: Site) -> None:
        self.tool, self.site = tool, site
        self.edits = dict.fromkeys(EDITS, 0)

    def run(self, scenario: str, *, look: bool = False) -> Run:
        """Prepare, build, check."""
        urls, holds = [page.url for page in self.site.corpus.pages], "</html>"
        if scenario == "cold":
            self.tool.forget(self.site.root)
        elif scenario in EDITS:
            self.edits[scenario] += 1
            urls, holds = edit(self.site, scenario, self.edits[scenario])
        done = processes.run(self.tool.build, self.site.root, look=look)
        if done.status:
            raise Wrong(f"{self.tool.name}, {scenario}: status {done.status}\n{(done.output + done.errors)[-2000:]}")
        for url in urls:
            file = self.site.root / self.tool.call.output / url[1:] / "index.html"
            if not file.is_file() or holds not in file.read_text(encoding="utf-8"):
                raise Wrong(f"{self.tool.name}, {scenario}: {file} is not there, or does not hold {holds!r}")
        return done


class Row(NamedTuple):
    """A scenario of a tool at one size."""

    pages: int
    highlight: bool
    tool: str
    scenario: str
    wall: list[float]
    cpu: list[float]
    ratios: list[float]
    """To the baseline's run just before; empty for the baseline."""
    memory: int
    """Bytes of all processes at their most; 0: nobody looked."""
    counts: dict[str, int]


def say(text: str, *, aside: bool = False) -> None:
    """A line for the report, or aside from it: for whoever waits."""
    print(text, file=sys.stderr if aside else sys.stdout, flush=True)


def counts(done: Run) -> dict[str, int]:
    """What `build --json` says of its work; nothing, where another tool ran."""
    try:
        answer = json.loads(done.output)
    except ValueError:
        return {}
    return {name: answer[name] for name in COUNTS if name in answer}


def compare(first: Subject | None, second: Subject, args: argparse.Namespace) -> Iterator[tuple[str, Run | None, Run]]:
    """Each scenario, with a run of the baseline and the one after it."""
    for _ in range(args.runs):
        for scenario in args.scenarios:
            yield scenario, first.run(scenario) if first else None, second.run(scenario)


def measure(tools: Sequence[Tool], folder: Path, pages: int, highlight: bool, args: argparse.Namespace) -> list[Row]:
    """All tools at one size; the first is the baseline."""
    subjects = []
    for tool in tools:
        site = write(folder / tool.name, tool.flavour, plan(pages, args.teams, args.seed), highlight=highlight)
        subjects.append(Subject(tool, site))
        if "cold" not in args.scenarios:
            subjects[-1].run("cold")
    runs: dict[tuple[str, str], list[Run]] = {}
    ratios: dict[tuple[str, str], list[float]] = {}
    for subject in subjects[1:] or subjects:
        say(f"{pages} pages, {subject.tool.name}", aside=True)
        first = subjects[0] if subject is not subjects[0] else None
        for scenario, before, done in compare(first, subject, args):
            runs.setdefault((subject.tool.name, scenario), []).append(done)
            if before:
                runs.setdefault((subjects[0].tool.name, scenario), []).append(before)
                ratios.setdefault((subject.tool.name, scenario), []).append(done.wall / before.wall)
    rows = []
    for subject in subjects:
        for scenario in args.scenarios:
            key = subject.tool.name, scenario
            memory = subject.run(scenario, look=True).peak if args.memory else 0
            walls, cpus = ([run.wall for run in runs[key]], [run.cpu for run in runs[key]])
            rows.append(Row(pages, highlight, *key, walls, cpus, ratios.get(key, []), memory, counts(runs[key][-1])))
    return rows


def middle(values: Sequence[float]) -> str:
    """The median, with the range."""
    if not values:
        return "–"
    return f"{statistics.median(values):.3f} ({min(values):.3f}–{max(values):.3f})"


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    head = "tool", "scenario", "ratio", "wall s", "CPU s", "memory MiB", *COUNTS
    lines = [f"| {' | '.join(head)} |", f"|---|---|{'---:|' * (len(head) - 2)}"]
    for row in rows:
        memory = f"{row.memory / 2**20:.0f}" if row.memory else "–"
        cells = [row.tool, row.scenario, middle(row.ratios), middle(row.wall), middle(row.cpu), memory]
        lines.append(f"| {' | '.join([*cells, *(str(row.counts.get(name, '')) for name in COUNTS)])} |")
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """Where this was measured."""
    names = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "processor": names[0].partition(":")[2].strip() if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release()}",
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__.partition("\n")[0])
    parser.add_argument("--pages", default="1000", help="sizes, separated by commas (default: 1000)")
    parser.add_argument("--teams", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5, help="rounds of all scenarios for each tool")
    parser.add_argument("--tools", default=",".join(CALLS), help="those to look for on PATH, separated by commas")
    parser.add_argument("--tool", action="append", default=[], metavar="NAME=COMMAND", help="how one is called")
    parser.add_argument("--baseline", default="hugo", help="the tool that the ratios are to")
    parser.add_argument("--scenarios", default=",".join(SCENARIOS), help="a choice of them, separated by commas")
    parser.add_argument("--highlight", choices=("on", "off", "both"), default="on")
    parser.add_argument("--no-memory", dest="memory", action="store_false", help="leave out the runs that look at it")
    parser.add_argument("--work", type=Path, help="where the sites are made; default: the system's temporary folder")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure there")
    args = parser.parse_args()
    args.scenarios = args.scenarios.split(",")
    if unknown := set(args.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    return args


def main() -> int:
    """Measure and report."""
    args = arguments()
    tools, missing = found([name for name in args.tools.split(",") if name], args.tool)
    for sentence in missing:
        say(sentence, aside=True)
    tools.sort(key=lambda tool: tool.name != args.baseline)
    if not tools:
        return 1
    if tools[0].name != args.baseline:
        say(f"Without {args.baseline} there are no ratios.", aside=True)
    facts = {**machine(), "teams": args.teams, "seed": args.seed, "baseline": args.baseline}
    versions = {tool.name: tool.version() for tool in tools}
    say(", ".join(f"{name}: {value}" for name, value in facts.items()) + "\n")
    say("\n".join(f"* {name}: {version}" for name, version in versions.items()))
    rows: list[Row] = []
    if args.work:
        os.makedirs(args.work, exist_ok=True)
    for highlight in {"on": [True], "off": [False], "both": [True, False]}[args.highlight]:
        for pages in map(int, args.pages.split(",")):
            with tempfile.TemporaryDirectory(prefix="mfe-bench-", dir=args.work) as folder:
                rows += (new := measure(tools, Path(folder), pages, highlight, args))
            say(f"\n{pages} pages, highlighting {'on' if highlight else 'off'}:\n\n{table(new)}")
    if args.json:
        answer = {"machine": facts, "versions": versions, "rows": [row._asdict() for row in rows]}
        args.json.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
