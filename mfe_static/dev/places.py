"""Where the files are that problems and pages name: sources of the site, or of themes that the tool brings along."""

from pathlib import Path

import mfe_static
from mfe_static.matter import Split, split
from mfe_static.watch.plan import FOLDERS

_PACKAGE = Path(mfe_static.__file__).parent


def source(root: Path, file: str) -> Path | None:
    """The source that is called so, as a file that can be opened; None: it is none of the site's own."""
    top, _, rest = file.partition("/")
    if "\0" in file or ".." in file.split("/") or (top not in FOLDERS if rest else file != "site.toml"):
        return None
    return next((above / file for above in (root, _PACKAGE) if (above / file).is_file()), None)


def begins(root: Path, file: str) -> int:
    """The line on which the text of a page's source begins, below its front matter and empty lines."""
    path = source(root, file)
    try:
        found = split(path.read_text(encoding="utf-8"), file) if path else None
    except (OSError, ValueError):
        found = None
    if not isinstance(found, Split):
        return 1
    return found.body_line + found.body[: len(found.body) - len(found.body.lstrip())].count("\n")
