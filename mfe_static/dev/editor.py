"""From a place in a source to the editor that people have open.

A page that a browser shows can ask for it, so all that is ever opened is a file of the site's own folders, by a program
that the environment names and that this list knows to be an editor with a window; no shell reads any of it.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from mfe_static.dev.places import source

_GOTO = ("--goto", "{file}:{line}:{column}")
_PLACE = ("{file}:{line}:{column}",)
_LINES = ("--line", "{line}", "--column", "{column}", "{file}")
_COMMANDS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("code", "code-insiders", "codium", "vscodium", "cursor", "windsurf"), _GOTO),
    **dict.fromkeys(("subl", "sublime_text", "zed", "zeditor"), _PLACE),
    **dict.fromkeys(
        ("idea", "pycharm", "webstorm", "phpstorm", "rubymine", "goland", "clion", "charm", "fleet"), _LINES
    ),
}
"""How editors with a window are told a place."""
_SCHEMES = {"code-insiders": "vscode-insiders", "codium": "vscodium", "vscodium": "vscodium", "cursor": "cursor"}


class Editor:
    """The editor of whoever started the server."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root = root
        named = [shlex.split(environ.get(name, "")) for name in ("VISUAL", "EDITOR")]
        known = [words for words in named if words and _name(words[0]) in _COMMANDS]
        self._command = next((words for words in known if shutil.which(words[0])), None)
        self._scheme = _SCHEMES.get(_name(self._command[0]), "vscode") if self._command else "vscode"

    def url(self, file: str, line: int = 1, column: int = 1) -> str:
        """An address that opens the place, for browsers; empty: it is no file of ours."""
        path = source(self._root, file)
        return f"{self._scheme}://file/{quote(str(path).lstrip('/'))}:{line or 1}:{column or 1}" if path else ""

    def open(self, file: str, line: int, column: int) -> bool:
        """Open the place; false: there is no such file, or no editor that could show it."""
        path = source(self._root, file)
        if path is None:
            return False
        if self._command:
            return _started([*self._command, *_placed(_COMMANDS[_name(self._command[0])], path, line, column)])
        opener = next((name for name in ("xdg-open", "open") if shutil.which(name)), None)
        return bool(opener) and _started([str(opener), self.url(file, line, column)])


def _name(program: str) -> str:
    return os.path.basename(program).lower().removesuffix(".exe").removesuffix(".cmd")


def _placed(words: Sequence[str], path: Path, line: int, column: int) -> list[str]:
    return [word.format(file=path, line=max(line, 1), column=max(column, 1)) for word in words]


def _started(command: Sequence[str]) -> bool:
    nothing = subprocess.DEVNULL
    try:
        subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)  # noqa: S603
    except OSError:
        return False
    return True
