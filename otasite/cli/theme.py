"""``otasite theme``."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from otasite.cli.choices import Group
from otasite.cli.options import json_option, open_project, project_option
from otasite.cli.report import print_problems
from otasite.cli.terminal import say, say_json
from otasite.site.views import OptionValue
from otasite.theming.eject import drift, eject
from otasite.theming.options import Option
from otasite.theming.themes import ThemeInfo, list_themes


class ThemeOption(Option, frozen=True, kw_only=True):
    """An option of the site's theme with the value that the site gives it."""

    value: OptionValue


#: What this module prints as JSON, by the words of the command.
ANSWERS = {"theme list": list[ThemeInfo], "theme options": list[ThemeOption]}


@click.group(cls=Group)
def command() -> None:
    """List themes, copy templates to change, see what moved on."""


@command.command("list")
@project_option
@json_option
def list_command(project: Path | None, as_json: bool) -> None:
    """List the themes that this site can use."""
    themes = list_themes(open_project(project).project.root)
    if as_json:
        say_json(themes)
        return
    for theme in themes:
        say(f"{theme.name:<16} {theme.description}".rstrip())


@command.command("options")
@project_option
@json_option
def options_command(project: Path | None, as_json: bool) -> None:
    """List the options of the site's theme with their values."""
    theme = open_project(project).theme
    if as_json:
        said = [msgspec.structs.asdict(option) for option in theme.declared]
        say_json([ThemeOption(**option, value=theme.options[option["name"]]) for option in said])
        return
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
