"""``otasite clean``."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from otasite.cli.options import open_project, project_option
from otasite.cli.report import plural
from otasite.publish.output import Output, choose_output
from otasite.publish.state import State


@click.command()
@project_option
@click.option("--out", "-o", type=click.Path(path_type=Path), help="The output folder (default: dist).")
@click.option("--cache", is_flag=True, help="Delete the caches in .otasite/ too.")
def command(project: Path | None, out: Path | None, cache: bool) -> None:
    """Delete the files that builds wrote, and nothing else."""
    found = open_project(project).project
    folder = choose_output(found, out)
    state = State(found.state, folder, found.root)
    output = Output(folder)
    removed = output.remove(sorted(state.owned()))
    state.forget()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    if cache and found.state.is_dir():
        shutil.rmtree(found.state)
    click.echo(f"{plural(removed, 'file')} removed from {found.shown(folder)}/")
    if folder.exists():
        click.echo("what otasite did not write was left there")
