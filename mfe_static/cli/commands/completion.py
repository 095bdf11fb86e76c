"""`mfe-static completion`: what a shell needs to complete commands and flags."""

import click

from mfe_static.cli.options import Given, OneOf, siteless


@click.command(name="completion")
@siteless
@click.argument("shell", type=OneOf(["bash", "zsh", "fish"]))
def command(given: Given, shell: str) -> int:
    """Print a script that teaches a shell to complete mfe-static.

    Bash needs version 4.4 or later.

    \b
    Examples:
      mfe-static completion bash > ~/.local/share/bash-completion/completions/mfe-static
      mfe-static completion zsh > ~/.zfunc/_mfe-static
      mfe-static completion fish > ~/.config/fish/completions/mfe-static.fish
    """
    from click.shell_completion import get_completion_class

    from mfe_static.cli import NAME, program

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(program, {}, NAME, "_MFE_STATIC_COMPLETE").source()
    if given.json:
        from mfe_static.cli.answers import print_json

        print_json({"shell": shell, "script": script})
    else:
        click.echo(script)
    return 0
