"""Looking at a deployment as visitors do: over its public address, past redirects, and without any token."""

import weakref
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from mfe_static.deploy.host import Mark
from mfe_static.deploy.http import Clock, Patience
from mfe_static.deploy.marker import MARKER, marks_of
from mfe_static.deploy.wire import Interrupted, Request, Wire
from mfe_static.problems import Problem, problem

SAFE = "/!$&'()*+,;=:@~"
"""What stands in the path of a URL as it is, besides letters, digits and `_.-`."""
_NOTHING = frozenset({401, 403, 404, 410})


class Visitor:
    """Keeps its connections, as hundreds of pages may be looked at; safe to share among threads."""

    def __init__(self, patience: Patience, clock: Clock) -> None:
        self._whole = patience.whole
        self._sleep = clock.sleep
        self._wire = Wire(patience.quiet, clock.now, follow=True)
        weakref.finalize(self, self._wire.close)

    def read(self, address: str, path: str) -> bytes | Problem:
        """A file of the deployment at an address."""
        url = f"{address.rstrip('/')}/{quote(path, safe=SAFE)}"
        why = ""
        for last in (False, True):
            try:
                answer = self._wire.ask(Request("GET", url, {}, {}), self._whole)
            except Interrupted as broken:
                why = broken.why
            else:
                if answer.status == HTTPStatus.OK:
                    return answer.body
                why = f"answers {answer.status}"
                if answer.status in _NOTHING:
                    break
            if self._sleep and not last:
                self._sleep(1.0)
        return problem("host-failed", f"{url} {why}", hint="look at it in a browser")

    def marks(self, address: str) -> Mapping[str, Mark]:
        """What a deployment says of its files; nothing where it does not."""
        content = self.read(address, MARKER) if address else b""
        return marks_of(content) if isinstance(content, bytes) else {}
