"""`mfe-static list rules`: what the finished site tells a server, as files for it."""

import os
from collections.abc import Mapping
from pathlib import Path

from mfe_static.cli.answers import failed, print_json
from mfe_static.cli.options import Given
from mfe_static.cli.run import tell, terminal
from mfe_static.config import load_site
from mfe_static.deploy.compile import Compiled, Compiler, compiled
from mfe_static.files import put
from mfe_static.problems import Problem, exit_code, problem
from mfe_static.serve.view import HEADERS, REDIRECTS, standing

_MARK = b"mfe-static"
"""Stands at the beginning of what is made for a server, but for what hosts read."""


def show(given: Given, compiler: Compiler, out: str | None) -> int:
    """Print the files, or write them to the folder `out`."""
    made = _made(given, compiler)
    problems = list(made) if not isinstance(made, Mapping) else _written(made, Path(out)) if out else []
    if problems or not isinstance(made, Mapping):
        print_json(failed(problems)) if given.json else tell(given, problems)
        return exit_code(problems, strict=given.strict)
    if given.json:
        print_json([{"file": name, "text": text} for name, text in made.items()])
    elif not out:
        for name, text in made.items():
            terminal(given).say(f"# {name}\n{text}" if len(made) > 1 else text.removesuffix("\n"))
    return 0


def _made(given: Given, compiler: Compiler) -> Compiled:
    loaded = load_site(given.root, environ=os.environ)
    if loaded.parsed is None:
        return loaded.problems
    output = loaded.settings.output
    view = standing(str(given.root / output))
    if view is None:
        said = f"{output} holds no finished site: it has no _mfe/manifest.json that can be read"
        return [problem("nothing-to-serve", said, file=output, hint="build one: mfe-static build")]
    return compiled(view, compiler)


def _written(made: Mapping[str, str], folder: Path) -> list[Problem]:
    """Write the files, over those of an earlier time and nobody else's."""
    for name in made:
        file = folder / name
        if name not in {HEADERS, REDIRECTS} and file.exists() and _MARK not in file.read_bytes()[:200]:
            return [problem("exists-already", f"{file} is of somebody else; nothing was written", file=str(file))]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in made.items():
            put(folder / name, text.encode())
    except OSError as error:
        return [problem("output-unwritable", f"{folder} cannot be written: {error.strerror}")]
    return []
