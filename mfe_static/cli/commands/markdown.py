"""`mfe-static markdown`: the Markdown of this tool as a filter, to see what it makes of a text."""

import sys
from typing import Literal

import click

from mfe_static.cli.options import Given, siteless


@click.command(name="markdown")
@siteless
@click.option(
    "--preset",
    type=click.Choice(["commonmark", "gfm", "site"]),
    default="site",
    show_default=True,
    help="The dialect: CommonMark, GitHub's, or that of pages.",
)
def command(given: Given, preset: Literal["commonmark", "gfm", "site"]) -> int:
    """Turn Markdown on stdin into HTML on stdout.

    Text is UTF-8 on both sides. The dialects commonmark and gfm show exactly what their specifications ask for: no
    ids, no highlighting, no links rewritten. Front matter is not read.

    \b
    Examples:
      mfe-static markdown < teams/docs/pages/index.md
      echo '- [x] done' | mfe-static markdown --preset gfm
    """
    from mfe_static.markdown import to_html

    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise click.UsageError(f"stdin is not UTF-8: byte {error.start + 1} cannot be read") from None
    html = to_html(text, preset)
    if given.json:
        from mfe_static.cli.answers import print_json

        print_json({"html": html})
        return 0
    sys.stdout.buffer.write(html.encode())
    sys.stdout.buffer.flush()
    return 0
