"""Why nobody can go back to an earlier deployment, said alike of all hosts."""

from mfe_static.deploy.host import Failed
from mfe_static.problems import problem


def nothing_before() -> Failed:
    """Nobody can go back."""
    hint = "mfe-static deploys list shows those that there are; name a newer one to go forward again"
    return Failed(problem("no-such-deployment", "there is no deployment before the live one", hint=hint))


def no_such(deployment: str) -> Failed:
    """Nobody can go back there."""
    hint = "mfe-static deploys list shows those that there are"
    return Failed(problem("no-such-deployment", f"there is no deployment {deployment!r}", hint=hint))
