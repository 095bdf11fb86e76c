"""axe-core, which looks for what keeps people from using a page. It comes from npm, and is kept in `.cache`."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = "axe-core@4.14.1"
_KEPT = Path(__file__).parents[1] / ".cache" / "axe"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def source() -> str:
    """The script; empty where it cannot be had."""
    file = _KEPT / "node_modules/axe-core/axe.min.js"
    if not file.exists() and (npm := shutil.which("npm")):
        _KEPT.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix", str(_KEPT), AXE]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    return file.read_text("utf-8") if file.exists() else ""


def found(page: Page, script: str) -> list[str]:
    """What is wrong with a page as it is now: the rule, and the first place."""
    page.evaluate(script)
    answer: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", _RULES
    )
    return [f"{its['id']}: {its['nodes'][0]['html'][:160]}" for its in answer["violations"]]
