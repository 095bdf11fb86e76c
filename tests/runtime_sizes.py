"""The browser runtime as it is shipped: `*.min.js`, made by a minifier from npm and kept beside the sources.

    python tests/runtime_sizes.py          the sizes; fails over budget, or when a source has changed since
    python tests/runtime_sizes.py --make   minify anew; needs Node

Building a site needs no Node, and the minified files are what its pages load: so they are part of the repository, and
`minified.txt` says of which source each one was made. `test_runtime_node.py` proves it where Node is there.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import brotli

RUNTIME = Path(__file__).parents[1] / "mfe_static" / "runtime"
MADE_OF = RUNTIME / "minified.txt"
BUDGETS = {"islands": 900, "navigate": 2600, "router": 1000, "tabs": 300, "vitals": 4000}
"""Bytes, minified and compressed by brotli at its best."""
TERSER = "terser@5.51.4"
HOW = ["--module", "--ecma", "2022", "--compress", "passes=3,inline=1,unsafe_arrows,unsafe_methods", "--mangle"]


def minified(name: str) -> str:
    """What the minifier makes of a module; raises what `subprocess` does."""
    command = ["npx", "--yes", TERSER, str(RUNTIME / f"{name}.js"), *HOW]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() + "\n"


def size(name: str) -> int:
    return len(brotli.compress((RUNTIME / f"{name}.min.js").read_bytes(), mode=brotli.MODE_TEXT, quality=11))


def sums() -> str:
    """Which source belongs to which minified file."""
    lines = (
        f"{name} {_digest(RUNTIME / f'{name}.js')} {_digest(RUNTIME / f'{name}.min.js')}\n" for name in sorted(BUDGETS)
    )
    return "".join(lines)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def main() -> int:
    if "--make" in sys.argv:
        for name in BUDGETS:
            (RUNTIME / f"{name}.min.js").write_text(minified(name), "utf-8")
        MADE_OF.write_text(sums(), "utf-8")
    for name, budget in BUDGETS.items():
        print(f"{name + '.js':12} {size(name):5} of {budget} bytes")
    if sums() != MADE_OF.read_text("utf-8"):
        print("The runtime's sources have changed: make runtime")
        return 1
    return int(any(size(name) > budget for name, budget in BUDGETS.items()))


if __name__ == "__main__":
    sys.exit(main())
