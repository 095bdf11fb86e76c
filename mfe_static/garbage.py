"""How often Python looks for circles of garbage."""

import gc


def seldom_collect() -> None:
    """Look seldom: a build makes few circles, and looking at all that it holds takes long; so do imports."""
    gc.set_threshold(1_000_000, 20, 100)
