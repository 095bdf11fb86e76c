"""Programs of others, from npm: installed once on a machine, outside of the tree, in versions that are said."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def installed(package: str, version: str) -> Path:
    """The folder with `node_modules` in which `package` is. Skips the test where it cannot be had."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mfe-static-tests"
    folder = cache / f"{package.replace('/', '+').lstrip('@')}-{version}"
    if not (folder / "done").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(f'{{"private": true, "dependencies": {{"{package}": "{version}"}}}}')
        command = [npm, "install", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm gets no answer from its registry for {package}")
        if done.returncode:
            pytest.skip(f"npm does not bring {package}: {done.stderr[-200:]}")
        (folder / "done").touch()
    return folder
