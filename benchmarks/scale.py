"""Builds one large site with mfe-static, and prints a table for SCALING.md: `python -m benchmarks.scale FOLDER`.

Each scenario runs once, and memory is looked at in the same run: a build of this size takes long enough for the
twentieth of a processor that looking costs to be lost in it.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from benchmarks.corpus import plan
from benchmarks.run import COUNTS, SCENARIOS, Subject, counts, machine, say
from benchmarks.sites import write
from benchmarks.tools import found

HEAD = ("scenario", "wall s", "CPU s", "memory MiB", *COUNTS, "µs per page")


def weight(folder: Path) -> tuple[int, int]:
    """Files below a folder, and their bytes."""
    files = [os.path.join(above, name) for above, _, names in os.walk(folder) for name in names]
    return len(files), sum(os.lstat(path).st_size for path in files)


def weights(site: Path, output: str) -> str:
    """What the site's parts weigh, in a line."""
    parts = [name for name in ("teams", output, f".{output}.mfe", ".mfe") if (site / name).is_dir()]
    found_there = ((name, *weight(site / name)) for name in parts)
    return "; ".join(f"`{name}` {files} files, {size / 2**20:.0f} MiB" for name, files, size in found_there)


def measure(subject: Subject, pages: int) -> list[dict[str, float]]:
    """Each scenario once, a row of the table each."""
    rows = []
    for scenario in SCENARIOS:
        run = subject.run(scenario, look=True)
        made = counts(run)
        cells = [scenario, f"{run.wall:.2f}", f"{run.cpu:.2f}", f"{run.peak / 2**20:.0f}"]
        cells += [*(str(made.get(name, "")) for name in COUNTS), f"{run.wall / pages * 1e6:.0f}"]
        say(f"| {' | '.join(cells)} |")
        rows.append({"wall": run.wall, "cpu": run.cpu, "memory": run.peak, **made})
    return rows


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="a new folder; the site stays there")
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--teams", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-highlight", dest="highlight", action="store_false")
    parser.add_argument("--tool", default="mfe-static", metavar="COMMAND", help="how mfe-static is called")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser.parse_args()


def main() -> int:
    """Make the site, build it, report."""
    args = arguments()
    tools, missing = found([], [f"mfe-static={args.tool}"])
    if missing or args.folder.exists():
        say(missing[0] if missing else f"{args.folder} is there already.", aside=True)
        return 1
    start = time.perf_counter()
    args.folder.parent.mkdir(parents=True, exist_ok=True)
    corpus = plan(args.pages, args.teams, args.seed)
    subject = Subject(tools[0], write(args.folder.resolve(), "mfe-static", corpus, highlight=args.highlight))
    say(f"made in {time.perf_counter() - start:.0f} s", aside=True)
    facts = {**machine(), "version": tools[0].version(), "highlight": args.highlight, "seed": args.seed}
    listed = ", ".join(f"{key}: {value}" for key, value in facts.items())
    say(f"{args.pages} pages, {len(corpus.teams)} teams; {listed}\n")
    say(f"| {' | '.join(HEAD)} |\n|---|{'---:|' * (len(HEAD) - 1)}")
    scenarios = dict(zip(SCENARIOS, measure(subject, args.pages), strict=True))
    say(f"\n{weights(subject.site.root, tools[0].call.output)}")
    if args.json:
        answer = {"machine": facts, "pages": args.pages, "teams": len(corpus.teams), "scenarios": scenarios}
        args.json.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
