"""``otasite upgrade``."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from otasite.cli.options import json_option, open_project, project_option, tell
from otasite.cli.progress import waiting
from otasite.cli.report import plural, print_problems
from otasite.cli.terminal import Style, remark, say, say_json, styled
from otasite.problems import Problem
from otasite.workshop.template_breaks import TemplateBreak
from otasite.workshop.upgrade import Upgrade, plan_upgrade, upgrade

_COLOURS: dict[str, Style] = {"+": "green", "-": "red", "@": "dim"}


class FileDiff(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is rewritten, and how."""

    path: str
    diff: str


class Upgraded(msgspec.Struct, frozen=True, kw_only=True):
    """What ``otasite upgrade --json`` prints; ``written`` is false for a dry run, and when nothing was to do."""

    written: bool
    files: tuple[FileDiff, ...]
    templates: tuple[TemplateBreak, ...]
    left: tuple[Problem, ...]


#: What this module prints as JSON, by the words of the command.
ANSWERS = {"upgrade": Upgraded}


@click.command()
@project_option
@click.option("--dry-run", is_flag=True, help="Show what would be rewritten, and write nothing.")
@json_option
def command(project: Path | None, dry_run: bool, as_json: bool) -> None:
    """Rewrite YAML that has other keys since a newer version, and list what your templates have to change.

    Comments, order and layout stay. Every change is shown as a diff. Templates are yours: what they rely on and this
    version no longer has is listed with a diff that mends it, and not rewritten. The exit code is 1 when something
    is left to do, for you or, after a dry run, for this command.
    """
    workshop = open_project(project)
    with waiting("Looking for what has to change"):
        found = plan_upgrade(workshop) if dry_run else upgrade(workshop, tell)
    if as_json:
        say_json(_answer(found, written=not dry_run))
    else:
        _show(found, dry_run=dry_run)
        print_problems(found.left, root=workshop.project.root)
    is_left = found.left or found.templates or (dry_run and found.files)
    raise SystemExit(1 if is_left else 0)


def _answer(found: Upgrade, *, written: bool) -> Upgraded:
    files = tuple(FileDiff(path=file.path, diff=file.diff) for file in found.files)
    return Upgraded(written=written and bool(files), files=files, templates=found.templates, left=found.left)


def _show(found: Upgrade, *, dry_run: bool) -> None:
    for file in found.files:
        _show_diff(file.diff)
    for each in found.templates:
        print_problems([each.problem])
        _show_diff(each.diff)
    verb = "to rewrite" if dry_run else "rewritten"
    remark(f"{plural(len(found.files), 'file')} of YAML {verb}")
    if found.templates:
        remark(f"{plural(len(found.templates), 'place')} in templates to change by hand")


def _show_diff(diff: str) -> None:
    for line in diff.splitlines():
        style = _COLOURS.get(line[:1])
        say(styled(line, style) if style else line)
