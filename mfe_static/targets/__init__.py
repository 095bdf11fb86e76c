"""Targets: what the site has beside its pages, for search engines, hosts and other tools.

A target is a function from the stitched site to files. Each is deterministic: sorted, without times of its own.
"""

from collections.abc import Callable, Iterable, Sequence

from mfe_static.model import Output, StitchedSite
from mfe_static.targets.contracts import contracts, inventory, site_index
from mfe_static.targets.hosts import headers, redirects
from mfe_static.targets.search import robots, sitemap

Target = Callable[[StitchedSite], Iterable[Output]]

TARGETS: Sequence[Target] = (contracts, site_index, inventory, sitemap, robots, headers, redirects)


def outputs(site: StitchedSite) -> list[Output]:
    """Every file that the targets make."""
    return [output for target in TARGETS for output in target(site)]
