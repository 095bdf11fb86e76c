"""What begins before anything is read: the processes of a large site's first build.

To read the code of rendering and stitching takes 60 ms, and a second processor has nothing to do before. So the first
of them reads it while this process reads the folders. (To begin before the command line is read as well was tried, and
was no quicker: then this process is the one that others wait for.)
"""

import os
from pathlib import Path

from mfe_static.pool import Pool
from mfe_static.survey import STATE, is_large
from mfe_static.workers import WORTH_IT

_PRACTICE = "# A *page*\n\n* [a](b)\n\n```python\nc = 1\n```\n"


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


def read_on() -> None:
    """Read the code of what comes after rendering, while others render: done before they begin, it takes 30 ms in which
    they wait."""
    import mfe_static.checks
    import mfe_static.gather
    import mfe_static.publish  # noqa: F401
    from mfe_static.checks import claims, client_routes, redirects  # noqa: F401
