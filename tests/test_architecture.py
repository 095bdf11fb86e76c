"""The structure is what ARCHITECTURE.md says it is."""

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mfe_static"
TEXT = (ROOT / "ARCHITECTURE.md").read_text()
WRAPPED = {
    "click": {"cli"},
    "jinja2": {"templates"},
    "markdown_it": {"markdown"},
    "mdit_py_plugins": {"markdown"},
    "pygments": {"markdown"},
    "pyromark": {"markdown"},
    "yaml": {"data"},
    "imagesize": {"assets"},
    "rich": {"report"},
    "httpx": {"deploy", "external"},
    "obstore": {"deploy"},
    "starlette": {"serve", "dev"},
    "uvicorn": {"serve"},
    "brotli": {"packing"},
    "segno": {"serve"},
    "watchdog": {"watch"},
}
"""Which room may import which library. msgspec is the base of all values, and markupsafe the type of safe text."""


def rooms() -> set[str]:
    return {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_every_room_stands_on_a_floor_in_the_text_and_in_the_contract() -> None:
    table = TEXT.split("## Floors")[1].split("## Promises")[0]
    shown = {name.rstrip("/") for name in re.findall(r"`([a-z_]+/?)`", table)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    enforced = {name.strip() for layer in layers for name in layer.split("|")}
    assert rooms() - {"__init__", "__main__"} == shown
    assert rooms() - {"__init__"} == enforced


def test_every_library_is_wrapped_once() -> None:
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for library in imports(path) & WRAPPED.keys():
            assert room in WRAPPED[library], f"{path} imports {library}"


def test_nothing_of_a_module_changes_after_it_is_loaded() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            assert not isinstance(node, ast.Global), f"{path}:{node.lineno}"


def test_no_room_is_called_after_nothing() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert not re.search(r"manager|helper|util|common", path.stem), path


def test_every_module_opens_with_what_it_is_for() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_the_build_can_be_seen_whole() -> None:
    tree = ast.parse((PACKAGE / "build.py").read_text())
    (build,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "build"]
    assert (build.end_lineno or 0) - build.lineno < 40


def test_every_place_that_the_text_sends_to_exists() -> None:
    for name in re.findall(r"`((?:[a-z_]+/)*[a-z_]+(?:/|\.py))`", TEXT):
        assert (PACKAGE / name).exists() or (ROOT / name).exists(), name
