"""Real tools beside teams of ours: Vite and Astro from npm, each with a small project of its own.

What npm downloads is kept by npm itself; a project is installed once for all tests of this file.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from mfe_static.run import Result
from sites import QUIET, Files, built, contract, page, problems, put, rendered, site, team_toml, tree

pytestmark = [
    pytest.mark.slow,
    pytest.mark.node,
    pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm"),
]

BUILD = '[build]\ncommand = ["npm", "run", "build"]\noutput = "dist"\n[build.inject]\nheader = true\nfooter = true\n'
OURS: Files = {
    "teams/a/pages/index.md": '# Home\n\n[The shop](b:index), [about it](b:about#team)\n\n<mfe-fragment src="a:box">\n'
    "</mfe-fragment>\n",
    "teams/a/fragments/box.html": "<aside>Box</aside>",
    "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["box"]\n'),
    "themes/plain/assets/theme.css": "header { color: red }",
}
VITE: Files = {
    "package.json": '{"private": true, "type": "module", "scripts": {"build": "vite build"}, '
    '"dependencies": {"vite": "6.4.1"}}',
    "vite.config.js": """
        export default {
          base: process.env.MFE_BASE_PATH,
          build: { rollupOptions: { input: ["index.html", "about.html"] } },
        };
        """,
    "index.html": """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>The shop</title>
        <script type="module" src="/src/main.js"></script>
        </head>
        <body>
        <div id="app"><h1>The shop</h1></div>
        <p><a href="./about.html#team">About</a> <a href="a:index">Home</a></p>
        <mfe-fragment src="a:box"></mfe-fragment>
        </body>
        </html>
        """,
    "about.html": """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>About</title></head>
        <body><h1>About</h1><p id="team">Us</p></body></html>
        """,
    "src/main.js": 'import "./style.css";\nimport("./late.js").then((late) => late.go());\n',
    "src/late.js": 'export const go = () => document.body.append("late");\n',
    "src/style.css": "body { background: url(./picture.svg) }\n",
    "src/picture.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"><!--' + "x" * 5000 + "--></svg>",
    "public/favicon.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"/>',
}
ASTRO: Files = {
    "package.json": '{"private": true, "type": "module", "scripts": {"build": "astro build"}, '
    '"dependencies": {"astro": "5.18.2"}}',
    "astro.config.mjs": """
        export default {
          base: process.env.MFE_BASE_PATH,
          site: process.env.MFE_BASE_URL,
          build: { inlineStylesheets: "never" },
          vite: { build: { assetsInlineLimit: 0 } },
        };
        """,
    "src/layouts/Base.astro": """
        ---
        const { title } = Astro.props.frontmatter ?? Astro.props;
        ---
        <html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body><slot /></body></html>
        """,
    "src/pages/index.astro": """
        ---
        import Base from "../layouts/Base.astro";
        const base = import.meta.env.BASE_URL;
        ---
        <Base title="The shop">
          <h1>The shop</h1>
          <p><a href={`${base}about/#team`}>About</a> <a href="a:index">Home</a></p>
          <mfe-fragment src="a:box"></mfe-fragment>
          <style>h1 { color: red }</style>
          <script>document.title += "!";</script>
        </Base>
        """,
    "src/pages/about.md": """
        ---
        layout: ../layouts/Base.astro
        title: About
        ---
        # About

        ## Team
        """,
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Both projects, with what npm brings."""
    found = {}
    for name, files in (("vite", VITE), ("astro", ASTRO)):
        found[name] = tmp_path_factory.mktemp(name)
        for path, text in files.items():
            put(found[name], path, text)
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"]
        done = subprocess.run(command, cwd=found[name], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return found


def run(root: Path, **options: object) -> Result:
    return built(root, environ=dict(os.environ), **options)


@pytest.mark.parametrize("tool", ["vite", "astro"])
def test_a_real_tool_makes_the_pages_of_a_team(tmp_path: Path, installed: Mapping[str, Path], tool: str) -> None:
    where = 'base_url = "https://site.example/shop"'
    root = site(tmp_path, {**OURS, "teams/b/team.toml": team_toml("b", BUILD)}, keys=where)
    shutil.copytree(installed[tool], root / "teams/b", dirs_exist_ok=True, symlinks=True)
    result = run(root)
    assert problems(result) == []
    about = "/b/about.html" if tool == "vite" else "/b/about/"
    assert {each.url: each.title for each in contract(result, "b").pages} == {"/b/": "The shop", about: "About"}

    made, published = tree(root / "teams/b/dist"), tree(root / "dist/b")
    assert made.keys() == published.keys()
    assert len(made) > 3
    for path, content in made.items():
        if not path.endswith(".html"):
            assert published[path] == content

    header = '<header><a href="/shop/">a</a><a href="/shop/b/" aria-current="{}">b</a></header>'
    ours = {
        "index.html": [header.format("page"), "<aside>Box</aside>", 'href="/shop/"', "<footer>Site</footer>"],
        {"vite": "about.html", "astro": "about/index.html"}[tool]: [header.format("true"), "<footer>Site</footer>"],
    }
    sheet = re.compile(r'<link rel="stylesheet" href="/shop/_mfe/assets/theme\.[^>]*>\n')
    tag = re.compile(r"<mfe-fragment [^>]*></mfe-fragment>")
    for path, parts in ours.items():
        text, rest = published[path].decode(), tag.sub("", made[path].decode().replace('href="a:index"', "", 1))
        for part in parts:
            assert text.count(part) == 1
            text = text.replace(part, "")
        assert len(sheet.findall(text)) == 1
        assert sheet.sub("", text) == rest

    link = {"vite": "/shop/b/about.html", "astro": "/shop/b/about/"}[tool]
    assert f'<a href="/shop/b/">The shop</a>, <a href="{link}#team">about it</a>' in page(root, "/")

    before = {path: os.stat(root / "teams/b/dist" / path).st_mtime_ns for path in made}
    again = run(root)
    assert (rendered(again), problems(again)) == (set(), [])
    assert {path: os.stat(root / "teams/b/dist" / path).st_mtime_ns for path in made} == before

    source = "src/pages/about.md" if tool == "astro" else "about.html"
    text = (root / "teams/b" / source).read_text().replace("About", "About us")
    put(root, f"teams/b/{source}", text)
    assert rendered(run(root)) == {about}
    assert "About us" in page(root, about)


def test_what_a_real_tool_has_to_say_is_a_problem(tmp_path: Path, installed: Mapping[str, Path]) -> None:
    root = site(tmp_path, {**OURS, "teams/b/team.toml": team_toml("b", BUILD)}, tables=QUIET)
    shutil.copytree(installed["vite"], root / "teams/b", dirs_exist_ok=True, symlinks=True)
    put(root, "teams/b/src/main.js", 'import "./nix.css";\n')
    (found,) = run(root).problems
    assert (found.code, found.message) == ("command-failed", '"npm run build" ended with exit code 1')
    assert any("nix.css" in line for line in found.output)
    assert not any("\x1b" in line for line in found.output)
