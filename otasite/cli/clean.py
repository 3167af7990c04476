"""``otasite clean``."""

from __future__ import annotations

from pathlib import Path

import click

from otasite.cli.options import lock_option, open_project, project_option, tell
from otasite.cli.progress import waiting
from otasite.cli.report import plural
from otasite.cli.terminal import remark
from otasite.publish.cleaning import clean


@click.command()
@project_option
@click.option("--out", "-o", type=click.Path(path_type=Path), help="The output folder (default: dist).")
@click.option("--cache", is_flag=True, help="Delete the caches in .otasite/ too.")
@lock_option
def command(project: Path | None, out: Path | None, cache: bool, no_wait: bool) -> None:
    """Delete the files that builds wrote, and nothing else."""
    workshop = open_project(project)
    with waiting("Deleting"):
        cleaned = clean(workshop, out=out, cache=cache, wait=not no_wait, tell=tell)
    remark(f"{plural(cleaned.removed, 'file')} removed from {workshop.project.shown(cleaned.folder)}/")
    if cleaned.is_left:
        remark("what otasite did not write was left there")
