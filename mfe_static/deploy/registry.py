"""Which module brings a site to which kind of host; imported when it is needed, with the libraries that it needs.

Such a module has a function `open_host(settings, asked)`: the host, or the first problem that keeps it from being one,
as a key that is missing or a token that is not in the environment.
"""

from collections.abc import Mapping
from importlib import import_module

from msgspec import UNSET

from mfe_static.deploy.host import Asked, Host
from mfe_static.hosting import DeploySettings, HostKind
from mfe_static.problems import Problem, problem

MODULES: Mapping[HostKind, str] = {
    "cloudflare": "mfe_static.deploy.cloudflare",
    "folder": "mfe_static.deploy.folder",
    "git": "mfe_static.deploy.git",
    "netlify": "mfe_static.deploy.netlify",
    "s3": "mfe_static.deploy.s3",
}


def open_host(settings: DeploySettings, asked: Asked) -> Host | Problem:
    """The host that a site is deployed to."""
    if settings.target is UNSET:
        kinds = ", ".join(f'"{kind}"' for kind in MODULES)
        message = f"[deploy.{asked.name}] does not say what kind of host it is"
        return problem("no-target", message, file="site.toml", hint=f"target = one of {kinds}")
    try:
        module = import_module(MODULES[settings.target])
    except ModuleNotFoundError as error:
        hint = 'pip install "mfe-static[deploy]", or in a clone pip install ".[deploy]"'
        message = f'target = "{settings.target}" needs {error.name}, which is not installed'
        return problem("missing-library", message, file="site.toml", hint=hint)
    found: Host | Problem = module.open_host(getattr(settings, settings.target), asked)
    return found
