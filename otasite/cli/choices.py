"""What is chosen by name on the command line: another name than the known ones gets a suggestion."""

from __future__ import annotations

import click

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
