"""`mfe-static config`: which settings count, and where each comes from."""

import os
import re
from typing import Any

import click

from mfe_static.cli.options import Given, OneOf, shared, siteless

_SECRET = re.compile(r"token|secret|password|credential|api_?key", re.IGNORECASE)
_SCHEMAS = (
    "site", "team", "theme", "page", "fragment", "problem", "build", "check", "url", "why", "graph", "diff", "deploy",
    "deploys", "made", "removed", "ready", "built", "notice", "failed",
)  # fmt: skip


@click.group(name="config", invoke_without_command=True)
@shared
@click.option("--base-url", metavar="URL", help="As build takes it, to see what it does.")
@click.option("-e", "--environment", metavar="NAME", help="One of [environments], to see what it does.")
def command(given: Given, base_url: str | None, environment: str | None) -> int:
    """Show the settings that count, and where each comes from.

    A value is the one of the command line, else of the environment (MFE_STATIC_BASE_URL, MFE_STATIC_TEAMS__DOCS), else
    of site.toml, else the default. Values that look like secrets are not shown.

    \b
    Examples:
      mfe-static config
      MFE_STATIC_LANGUAGE=de mfe-static config --json
      mfe-static config schema site > site.schema.json
    """
    if click.get_current_context().invoked_subcommand:
        return 0
    from mfe_static.cli.answers import failed, print_json
    from mfe_static.cli.run import tell, terminal
    from mfe_static.config import load_site
    from mfe_static.finish import placed
    from mfe_static.load import BUILT_IN_THEMES
    from mfe_static.problems import exit_code

    loaded = load_site(given.root, environ=os.environ, flags={"base_url": base_url, "environment": environment})
    problems = placed(loaded.problems, given.root, BUILT_IN_THEMES.parent)
    rows = {} if loaded.parsed is None else _rows(loaded.settings, loaded.origins)
    code = exit_code(problems, strict=given.strict)
    if given.json:
        print_json(rows or failed(problems))
        return code
    tell(given, problems)
    shown = [(key, _as_toml(row["value"]), row["origin"]) for key, row in rows.items()]
    if shown:
        terminal(given).table([("key", "value", "from"), *shown])
    return code


def _rows(settings: Any, origins: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Value and origin of every key, dotted."""
    from mfe_static.config.layers import as_tables, leaves
    from mfe_static.data.keys import dotted

    tables = as_tables(settings)
    out = {}
    for team, route in tables["teams"].items():
        if route == {"path": ""} and dotted(("teams", team)) in origins:
            tables["teams"][team] = {}  # as it was written; its path is no setting of its own
    for path in leaves(tables):
        value = tables
        for step in path:
            value = value[step]
        key = dotted(path)
        out[key] = {"value": "…" if _SECRET.search(key) and value else value, "origin": origins.get(key, "default")}
    return out


def _as_toml(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, default=str)


@command.command(name="schema")
@siteless
@click.argument("what", type=OneOf(_SCHEMAS))
def schema_command(given: Given, what: str) -> int:
    """Print the JSON Schema of a file, or of what a command answers with --json.

    Files: site, team, theme (TOML); page, fragment (front matter). Answers: problem, build, check, url (list urls),
    why, diff, deploy, deploys, made (new), removed (clean); ready, built, notice and failed (events of serve and dev).
    Editors that know JSON Schema complete and check files by it.

    \b
    Examples:
      mfe-static config schema site > site.schema.json
      mfe-static config schema page
    """
    from mfe_static.cli.answers import print_json
    from mfe_static.schemas import schema

    print_json(schema(what))
    return 0
