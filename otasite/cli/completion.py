"""``otasite completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from otasite.cli.choices import OneOf
from otasite.cli.terminal import write

#: The variable through which a shell asks otasite for completions; click derives it from the program's name.
VARIABLE = "_OTASITE_COMPLETE"


@click.command()
@click.argument("shell", type=OneOf(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print what SHELL needs to complete commands, options, apps, channels and releases.

    \b
    bash: otasite completion bash >> ~/.bashrc
    zsh:  otasite completion zsh >> ~/.zshrc
    fish: otasite completion fish > ~/.config/fish/completions/otasite.fish
    """
    completion = get_completion_class(shell)
    assert completion is not None  # click brings all three
    write(completion(ctx.find_root().command, {}, "otasite", VARIABLE).source() + "\n")
