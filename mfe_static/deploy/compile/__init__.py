"""A site's rules in the words of one host: pure functions from a release to files.

Each takes a release and gives what its host reads, or a problem for each rule that the host has no word for. None of
them touches a disk or a network. `COMPILERS` is what `list rules` knows, and names hosts as people do.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from mfe_static.deploy.compile.caddy import caddy
from mfe_static.deploy.compile.cloudflare import cloudflare
from mfe_static.deploy.compile.cloudfront import cloudfront
from mfe_static.deploy.compile.nginx import nginx
from mfe_static.deploy.compile.texts import gitlab_redirects, netlify
from mfe_static.deploy.host import Item, Release
from mfe_static.deploy.rules import read_rules
from mfe_static.problems import Problem
from mfe_static.serve.view import View, base_url_of

Compiled = Mapping[str, str] | Sequence[Problem]
"""Texts by the name of their file, or why there are none."""
Compiler = Literal["netlify", "cloudflare", "gitlab", "nginx", "caddy", "cloudfront"]

COMPILERS: Mapping[Compiler, Callable[[Release], Compiled]] = {
    "netlify": netlify,
    "cloudflare": cloudflare,
    "gitlab": gitlab_redirects,
    "nginx": nginx,
    "caddy": caddy,
    "cloudfront": cloudfront,
}


def compiled(view: View, compiler: Compiler) -> Compiled:
    """The rules of a built site in the words of a host."""
    rules, problems = read_rules(view)
    if problems:
        return problems
    items = {path[1:]: Item(path=path[1:], size=0, digest=file.digest) for path, file in view.files.items()}
    return COMPILERS[compiler](Release(id="", base_url=base_url_of(view), items=items, rules=rules))
