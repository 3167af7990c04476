"""``otasite upgrade``."""

from __future__ import annotations

from pathlib import Path

import click

from otasite.cli.options import open_project, project_option
from otasite.cli.report import plural, print_problems
from otasite.cli.terminal import Style, say, say_json, styled
from otasite.workshop.upgrade import Upgrade, plan_upgrade, write_upgrade

_COLOURS: dict[str, Style] = {"+": "green", "-": "red", "@": "dim"}


@click.command()
@project_option
@click.option("--dry-run", is_flag=True, help="Show what would be rewritten, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(project: Path | None, dry_run: bool, as_json: bool) -> None:
    """Rewrite YAML that has other keys since a newer version, and list what your templates have to change.

    Comments, order and layout stay. Every change is shown as a diff. Templates are yours: what they rely on and this
    version no longer has is listed with a diff that mends it, and not rewritten. The exit code is 1 when something
    is left for you.
    """
    workshop = open_project(project)
    found = plan_upgrade(workshop)
    if as_json:
        say_json(_as_json(found, written=not dry_run))
    else:
        _show(found, dry_run=dry_run)
        print_problems(found.left, root=workshop.project.root)
    if not dry_run:
        write_upgrade(workshop, found)
    raise SystemExit(1 if found.left or found.templates else 0)


def _as_json(found: Upgrade, *, written: bool) -> dict[str, object]:
    return {
        "written": written and bool(found.files),
        "files": [{"path": file.path, "diff": file.diff} for file in found.files],
        "templates": found.templates,
        "left": found.left,
    }


def _show(found: Upgrade, *, dry_run: bool) -> None:
    for file in found.files:
        _show_diff(file.diff)
    for each in found.templates:
        print_problems([each.problem])
        _show_diff(each.diff)
    verb = "to rewrite" if dry_run else "rewritten"
    say(f"{plural(len(found.files), 'file')} of YAML {verb}")
    if found.templates:
        say(f"{plural(len(found.templates), 'place')} in templates to change by hand")


def _show_diff(diff: str) -> None:
    for line in diff.splitlines():
        style = _COLOURS.get(line[:1])
        say(styled(line, style) if style else line)
