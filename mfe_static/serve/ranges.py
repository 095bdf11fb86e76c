"""Parts of a file that a client asks for: `Range` with one range of bytes (RFC 9110 §14).

Several ranges at once are answered with the whole file, which the specification allows and which spares us multipart
answers that no browser asks for.
"""

import re
from typing import Literal

_ONE = re.compile(r"bytes=[ \t]*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))[ \t]*", re.IGNORECASE | re.ASCII)


def part(header: str, size: int) -> range | Literal["none", "whole"]:
    """Which bytes of `size` are asked for; "none": there are no such; "whole": all, or it cannot be understood."""
    found = _ONE.fullmatch(header)
    if found is None:
        return "whole"
    first, last, suffix = found.groups()
    if suffix is not None:
        start, stop = max(size - int(suffix), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return "whole"
    return range(start, stop) if start < stop else "none"
