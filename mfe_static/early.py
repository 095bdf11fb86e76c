"""What begins before there is anything to go by: the processes of a large site's first build.

To read the code of the command line takes 40 ms, that of rendering twice as much, and a build of a large site of which
nothing is remembered will need both. So one process reads the one while another reads the other.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from mfe_static.pool import Pool
from mfe_static.survey import STATE, is_large
from mfe_static.workers import WORTH_IT

_OTHERWISE = ("-h", "--help", "-j", "--jobs", "--root")
"""Options after which something else is built, or by others."""
_PRACTICE = "# A *page*\n\n* [a](b)\n\n```python\nc = 1\n```\n"


def early(arguments: Sequence[str]) -> Pool | None:
    """Processes for what the program is called with, where that is sure to need them."""
    if arguments[:1] != ["build"] or any(word.startswith(_OTHERWISE) for word in arguments):
        return None
    return begun(Path(), 0, cache=True) if os.path.isfile("site.toml") else None  # whatever keeps one from looking


def begun(root: Path, jobs: int, *, cache: bool) -> Pool | None:
    """Processes, if it is clear before anything was looked at that they will be needed: nothing is remembered of what
    is a large site. `jobs`: how many (0: one for each core)."""
    remembered = cache and os.path.exists(root / STATE / "cache" / "site.index")
    return Pool(jobs, practise) if jobs != 1 and not remembered and is_large(root, WORTH_IT) else None


def practise() -> None:
    """Read the code that the work on pages needs, and use it once: what is needed first, is there then."""
    import mfe_static.assemble  # noqa: F401
    from mfe_static import markdown
    from mfe_static.templates import Templates

    markdown.render(_PRACTICE, has_title=False, options=markdown.Options())
    Templates({"practice": _PRACTICE}, str).render("practice", {})
