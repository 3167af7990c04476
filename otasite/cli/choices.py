"""What all commands have: suggestions for words that are not known, and ``--quiet``."""

from __future__ import annotations

import click

from otasite.cli.terminal import QUIET
from otasite.problems import suggest


class OneOf(click.Choice[str]):
    """One of a few words."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        hint = suggest(str(value), self.choices)
        return super().get_invalid_choice_message(value, ctx) + (f" {hint[0].upper()}{hint[1:]}" if hint else "")


class Group(click.Group):
    """Commands by name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            hint = suggest(args[0], known)
            ctx.fail(f"there is no command “{args[0]}”" + (f": {hint}" if hint else ""))
        return super().resolve_command(ctx, args)


class _Quiet(click.Option):
    """``--quiet``, which every command has."""

    def __init__(self) -> None:
        super().__init__(
            ["--quiet", "-q"],
            is_flag=True,
            expose_value=False,
            callback=_be_quiet,
            help="Say only what is wrong and what was asked for: no progress, no summary.",
        )


def _be_quiet(context: click.Context, parameter: click.Parameter, is_set: bool) -> None:
    if is_set:
        context.meta[QUIET] = True


def with_quiet(command: click.Command) -> click.Command:
    """The command with ``--quiet``, and so are those below it."""
    if not any(isinstance(param, _Quiet) for param in command.params):
        command.params.append(_Quiet())
    for child in command.commands.values() if isinstance(command, click.Group) else ():
        with_quiet(child)
    return command
