"""Where the files are that problems and pages name: sources of the site, or of themes that the tool brings along."""

from pathlib import Path

import mfe_static
from mfe_static.watch.plan import FOLDERS

_PACKAGE = Path(mfe_static.__file__).parent


def source(root: Path, file: str) -> Path | None:
    """The source that is called so, as a file that can be opened; None: it is none of the site's own."""
    top, _, rest = file.partition("/")
    if "\0" in file or ".." in file.split("/") or (top not in FOLDERS if rest else file != "site.toml"):
        return None
    return next((above / file for above in (root, _PACKAGE) if (above / file).is_file()), None)
