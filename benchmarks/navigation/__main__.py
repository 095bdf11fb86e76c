"""Asks the routers: `python -m benchmarks.navigation --help`."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

from benchmarks.navigation.answers import Server
from benchmarks.navigation.cases import CASES, Case
from benchmarks.navigation.paint import compared
from benchmarks.navigation.routers import ROUTERS, Missing, Router, install
from benchmarks.navigation.visit import Broken, visiting

EDITIONS = {"now": ("first", "First"), "scripts": ("second", "First"), "text": ("first", "Second")}
"""Folders of a site: the edition of its module, and of its text."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def asked(browser: Browser, folder: Path, router: Router, case: Case) -> str:
    """The answer: yes, with or without a page load, or no, and what was seen."""
    server = Server(folder / "now")
    try:
        with visiting(browser, server, router) as visit:
            try:
                case.look(visit)
                answer = "yes" if visit.soft else "yes, loads"
            except Broken as error:
                answer = f"no: {error}"
            except Error as error:
                answer = f"no: {error.message.splitlines()[0]}"
            if visit.errors and not answer.startswith("no"):
                answer = f"no: an error in the page: {visit.errors[0].splitlines()[0]}"
            return answer
    finally:
        server.close()


def say(text: str, *, aside: bool = False) -> None:
    """A line for the report, or aside from it: for whoever waits."""
    print(text, file=sys.stderr if aside else sys.stdout, flush=True)


def table(names: Sequence[str], answers: Sequence[tuple[Case, Sequence[str]]]) -> None:
    """The report."""
    say(f"| question | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    group = ""
    for case, row in answers:
        if case.group != group:
            group = case.group
            say(f"| **{group}** |{' |' * len(names)}")
        say(f"| {case.sentence} | {' | '.join(row)} |")
    kept = [sum(not row[index].startswith("no") for _, row in answers) for index in range(len(names))]
    say(f"| **of {len(answers)}** | {' | '.join(map(str, kept))} |")


def main(words: Sequence[str] | None = None) -> int:
    """Make the sites, ask, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.navigation", description=__doc__)
    parser.add_argument("--only", default="", metavar="WORDS", help="questions whose sentence holds these words")
    parser.add_argument("--routers", default="", metavar="NAMES", help="with commas; all of them")
    parser.add_argument(
        "--modules", type=Path, metavar="FOLDER", help="where Turbo and Astro are, or will be, installed"
    )
    parser.add_argument("--paint", type=int, default=0, metavar="ROUNDS", help="measure from a click to paint, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the answers")
    args = parser.parse_args(words)
    cases = [case for case in CASES if args.only in case.sentence]
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        modules = args.modules or Path(scratch) / "npm"
        routers: list[tuple[Router, Path]] = []
        for router in ROUTERS:
            if args.routers and router.name not in args.routers.split(","):
                continue
            folder = Path(scratch) / router.name.replace("'", "").replace(" ", "-")
            try:
                if router.name != "mfe-static":
                    install(modules)
                for name, (scripts, text) in EDITIONS.items():
                    made = router.make(folder / "make" / name, modules, scripts, text)
                    (folder / name).symlink_to(made)
            except Missing as error:
                say(f"{router.name} is left out: {error}.", aside=True)
            else:
                routers.append((router, folder))
        if not routers:
            return 2
        program = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
        browser = driver.chromium.launch(
            executable_path=program, args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
        )
        answers = []
        for case in cases:
            row = [asked(browser, folder, router, case) for router, folder in routers]
            answers.append((case, row))
            say(f"{case.sentence}: {' | '.join(row)}", aside=True)
        names = [f"{router.name} {router.version(modules)}" for router, _ in routers]
        say(f"Chromium {browser.version}\n")
        if answers:
            table(names, answers)
        if args.paint:
            say("\n" + "\n".join(compared(browser, routers, args.paint)))
        if args.json:
            rows = [{"case": case.sentence, **dict(zip(names, row, strict=True))} for case, row in answers]
            args.json.write_text(json.dumps(rows, indent=1), "utf-8")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
