"""The browser runtime's types, and that what is shipped was made from what is written. Both need Node."""

import shutil
import subprocess
from pathlib import Path

import pytest

import runtime_sizes
from runtime_sizes import BUDGETS, RUNTIME

TYPESCRIPT = "typescript@7.0.2"

needs_node = pytest.mark.skipif(shutil.which("npx") is None, reason="Node is not installed")


def test_what_is_shipped_keeps_to_its_budget_and_was_made_of_its_source() -> None:
    assert runtime_sizes.sums() == runtime_sizes.MADE_OF.read_text("utf-8"), "make runtime"
    assert {name: runtime_sizes.size(name) for name in BUDGETS if runtime_sizes.size(name) > BUDGETS[name]} == {}


@pytest.mark.slow
@needs_node
@pytest.mark.parametrize("name", BUDGETS)
def test_the_minifier_still_makes_what_is_shipped(name: str) -> None:
    assert runtime_sizes.minified(name) == (RUNTIME / f"{name}.min.js").read_text("utf-8")


@pytest.mark.slow
@needs_node
def test_the_runtime_has_the_types_that_it_ships() -> None:
    checked = typed(RUNTIME / "tsconfig.json")
    assert checked.stdout == ""
    assert checked.returncode == 0


@pytest.mark.slow
@needs_node
def test_authors_are_helped_by_the_types(tmp_path: Path) -> None:
    good = f"""
      import type {{ Mount }} from "{RUNTIME}/islands.js";
      import {{ routes, type Route }} from "{RUNTIME}/router.js";
      import "{RUNTIME}/navigate.js";
      export const mount: Mount<{{ sku: string }}> = ({{ host, props, signal }}) => {{
        host.addEventListener("click", () => props.sku.trim(), {{ signal }});
        return {{ update: (props) => void props.sku, unmount: () => {{}} }};
      }};
      const cart: Route = async ({{ params }}) => ({{ title: params.id }});
      const order: Route = {{
        load: async ({{ params, signal }}) => (await fetch(params.id, {{ signal }})).text(),
        mount: ({{ host, loaded }}) => void host.append(loaded),
      }};
      export const app: Mount = (island) => routes({{ "cart/": cart, "order/:id/": order }}, island);
      document.addEventListener("mfe:load", ({{ detail }}) => detail.to.pathname);
      addEventListener("mfe:error", ({{ detail }}) => detail.team.length);
    """
    (tmp_path / "good.ts").write_text(good)
    (tmp_path / "bad.ts").write_text(good.replace("props.sku.trim()", "props.sku.trimm()"))
    options = '"strict": true, "noEmit": true, "target": "es2022", "module": "esnext", "moduleResolution": "bundler"'
    for name in ("good", "bad"):
        (tmp_path / f"{name}.json").write_text(f'{{"compilerOptions": {{{options}}}, "files": ["{name}.ts"]}}')
    assert typed(tmp_path / "good.json").stdout == ""
    assert "trimm" in typed(tmp_path / "bad.json").stdout


def typed(project: Path) -> subprocess.CompletedProcess[str]:
    command = ["npx", "--yes", "-p", TYPESCRIPT, "tsc", "--project", str(project)]
    return subprocess.run(command, check=False, capture_output=True, text=True)
