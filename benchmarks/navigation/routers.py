"""The routers, each with a folder of the same pages: mfe-static's own, Turbo, and Astro's `<ClientRouter />`.

Each site is written as the router's makers say, with what they offer for what stays, what loads and a new deployment. A
site has two editions: another module on all pages, another text on one. Where a router cannot be had, it is left out.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.navigation.pages import LEAVES, SCRIPT, STYLE, Leaf, header

TURBO = "8.0.23"
ASTRO = "7.3.5"
PARTS = Path(__file__).parent / "astro"


class Missing(Exception):
    """A router cannot be had, and why."""


class Router(NamedTuple):
    """A router, and how its site is made."""

    name: str
    make: Callable[[Path, Path, str, str], Path]
    """Of a folder for the site, one with `node_modules`, the edition of the scripts and that of the text: the folder
    that is served."""
    version: Callable[[Path], str]
    reload: str
    """The attribute of a link that is to load, as `name=value`."""


def install(folder: Path) -> None:
    """Turbo and Astro from npm."""
    npm = shutil.which("npm")
    if not npm:
        raise Missing("there is no npm")
    if (folder / "node_modules" / "astro" / "package.json").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {"@hotwired/turbo": TURBO, "astro": ASTRO}
    (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": wanted}), "utf-8")
    _run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"], folder)


def _run(command: list[str], folder: Path, more: Mapping[str, str] = {}) -> None:
    done = subprocess.run(  # noqa: S603 (commands of this file)
        command, cwd=folder, env={**os.environ, **more}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Missing(f"`{' '.join(command[-3:])}` fails: {(done.stderr + done.stdout).strip()[-300:]}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _leaves(keep: str, text: str) -> list[Leaf]:
    return [
        leaf._replace(main=leaf.main.replace("%KEEP%", keep).replace("First edition", f"{text} edition"))
        for leaf in LEAVES
    ]


def _turbo(folder: Path, modules: Path, scripts: str, text: str) -> Path:
    app = SCRIPT.format(scripts)
    name = f"app.{hashlib.sha256(app.encode()).hexdigest()[:8]}.js"
    _write(folder / name, app)
    _write(folder / "site.css", STYLE)
    shutil.copy(modules / "node_modules/@hotwired/turbo/dist/turbo.es2017-esm.js", folder / "turbo.js")
    for leaf in _leaves("data-turbo-permanent", text):
        soft = leaf.path.startswith("/t/")
        _write(
            folder / leaf.path[1:] / "index.html",
            f'<!doctype html>\n<html lang="{leaf.lang}" dir="{leaf.dir}"><head><meta charset="utf-8">'
            f'<title>{leaf.title}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/site.css">'
            + '<meta name="turbo-root" content="/t/">' * soft
            + '<meta name="view-transition" content="same-origin">' * soft  # the other two fade without being asked
            + f'{leaf.head}<script type="module" src="/{name}" data-turbo-track="reload"></script>'
            + '<script type="module" src="/turbo.js"></script>' * soft
            + f'</head>\n<body class="{leaf.body}">{header(leaf.path)}<main id="main" tabindex="-1">'
            f"<h1>{leaf.title}</h1>\n{leaf.main}</main><footer>Footer</footer></body></html>\n",
        )
    return folder


def _astro(folder: Path, modules: Path, scripts: str, text: str) -> Path:
    shutil.copytree(PARTS, folder, dirs_exist_ok=True)
    _write(folder / "src" / "app.js", SCRIPT.format(scripts))
    _write(folder / "public" / "site.css", STYLE)
    leaves = _leaves('data-astro-transition-persist="kept"', text)
    pages = [{**leaf._asdict(), "header": header(leaf.path), "soft": leaf.path.startswith("/t/")} for leaf in leaves]
    _write(folder / "src" / "pages.json", json.dumps(pages))
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(modules / "node_modules")
    _run(["node", "node_modules/astro/bin/astro.mjs", "build"], folder, {"ASTRO_TELEMETRY_DISABLED": "1"})
    return folder / "dist"


_SITE = """title = "Shop"
base_url = "http://shop.example"
theme = "plain"
[teams]
home = "/"
shop = "/t/"
other = "/u/"
[checks]
missing-description = "off"
broken-link = "off"
broken-anchor = "off"
inline-code = "off"
missing-asset = "off"
"""
_SHELL = """<!doctype html>
<html lang="{{ page.extra.lang | default("en") }}" dir="{{ page.extra.dir | default("") }}"><head><meta charset="utf-8">
<title>{{ page.title }}</title><link rel="icon" href="data:,">
{{ head }}{{ page.extra.head | default("") | safe }}<script type="module" src="{{ asset("app.js") }}"></script></head>
<body class="{{ page.extra.body | default("") }}">
{{ page.extra.header | default("") | safe }}<main id="main" tabindex="-1"><h1>{{ page.title }}</h1>
{{ content }}</main><footer>Footer</footer></body></html>
"""


def _ours(folder: Path, modules: Path, scripts: str, text: str) -> Path:
    theme = folder / "themes" / "plain"
    _write(folder / "site.toml", _SITE)
    _write(theme / "theme.toml", 'extends = "default"\ndescription = "A document"\n')
    for name in ("shell", "page"):
        _write(theme / "layouts" / f"{name}.html", _SHELL if name == "shell" else '{% extends "shell.html" %}\n')
    _write(theme / "assets" / "app.js", SCRIPT.format(scripts))
    _write(theme / "assets" / "theme.css", STYLE)
    soft, hard = "linked-universal-spa", "linked-pages"
    for team, architecture in (("home", hard), ("shop", soft), ("other", hard)):
        _write(folder / "teams" / team / "team.toml",
               f'owner = "Team {team} <{team}@shop.example>"\narchitecture = "{architecture}"\n')  # fmt: skip
    for leaf in _leaves("data-mfe-keep", text):
        team, prefix = ("shop", "/t/") if leaf.path.startswith("/t/") else ("other", "/u/")
        extra = {"header": header(leaf.path), **{key: getattr(leaf, key) for key in ("head", "lang", "dir", "body")}}
        name = leaf.path.removeprefix(prefix) or "./"
        _write(
            folder / "teams" / team / "pages" / name / "index.html",
            f"---\n{json.dumps({'title': leaf.title, 'extra': extra})}\n---\n{leaf.main}\n",
        )
    _run([sys.executable, "-m", "mfe_static", "build", "-q"], folder)
    return folder / "dist"


def _installed(package: str) -> Callable[[Path], str]:
    def version(modules: Path) -> str:
        return str(json.loads((modules / "node_modules" / package / "package.json").read_text("utf-8"))["version"])

    return version


def _our_version(modules: Path) -> str:
    from mfe_static import __version__

    return __version__


ROUTERS = (
    Router("mfe-static", _ours, _our_version, "data-mfe-reload="),
    Router("Turbo", _turbo, _installed("@hotwired/turbo"), "data-turbo=false"),
    Router("Astro's router", _astro, _installed("astro"), "data-astro-reload="),
)
