"""Regular expressions that are compiled when they are first needed.

Compiling one takes 0.1 to 3 ms, which a build pays before it does anything; what is rare in sites is never needed.
"""

import re
from functools import cache


@cache
def pattern(text: str) -> re.Pattern[str]:
    """The expression that `text` is; flags stand in front of it, such as `(?s)`."""
    return re.compile(text)
