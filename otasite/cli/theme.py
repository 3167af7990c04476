"""``otasite theme``."""

from __future__ import annotations

from pathlib import Path

import click

from otasite.cli.choices import Group
from otasite.cli.options import open_project, project_option
from otasite.cli.report import print_problems
from otasite.cli.terminal import say
from otasite.theming.eject import drift, eject
from otasite.theming.themes import list_themes


@click.group(cls=Group)
def command() -> None:
    """List themes, copy templates to change, see what moved on."""


@command.command("list")
@project_option
def list_command(project: Path | None) -> None:
    """List the themes that this site can use."""
    found = open_project(project)
    for theme in list_themes(found.project.root):
        say(f"{theme.name:<16} {theme.description}".rstrip())


@command.command("options")
@project_option
def options_command(project: Path | None) -> None:
    """List the options of the site's theme with their values."""
    theme = open_project(project).theme
    for option in theme.declared:
        say(f"{option.name:<20} {theme.options[option.name]!s:<16} {option.description}".rstrip())


@command.command("eject")
@project_option
@click.argument("names", nargs=-1, required=True, metavar="FILE…")
def eject_command(project: Path | None, names: tuple[str, ...]) -> None:
    """Copy templates (or locales such as de.po) of the theme into this site, to be changed there."""
    found = open_project(project)
    theme = found.theme
    for name in names:
        ejected = eject(theme, name, found.project.root)
        say(f"{ejected.path} (from {ejected.original})")


@command.command("drift")
@project_option
def drift_command(project: Path | None) -> None:
    """Show copies whose originals have changed since."""
    found = open_project(project)
    problems = drift(found.theme)
    print_problems(problems, root=found.project.root)
    if not problems:
        say("every copy is of the theme's current file")
