"""Deleting what builds wrote, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from otasite.problems import Refused
from otasite.publish.output import Output, choose_output
from otasite.publish.state import State
from otasite.workshop.lock import NAME, locked
from otasite.workshop.workshop import Workshop


class Cleaned(msgspec.Struct, frozen=True):
    """What became of the output folder: how many files went, and whether others are still there."""

    folder: Path
    removed: int
    is_left: bool


def clean(
    workshop: Workshop,
    *,
    out: Path | None = None,
    cache: bool = False,
    wait: bool = True,
    tell: Callable[[str], None] = lambda text: None,
) -> Cleaned:
    """Delete the files of a build from ``out`` (default: ``dist``), and with ``cache`` the memory of earlier runs."""
    project = workshop.project
    folder = choose_output(project, out)
    if cache and project.state.is_symlink():
        raise Refused(
            f"{project.state.name} is a link: what it leads to may be somebody else's", "delete it yourself"
        )
    with locked(project.state, wait=wait, tell=tell):
        state = State(workshop.memory, project.state, folder)
        removed = Output(folder).remove(sorted(state.owned()))
        state.forget()
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        if cache and project.state.is_dir():
            for entry in project.state.iterdir():
                if entry.name != NAME:
                    shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    return Cleaned(folder, removed, folder.exists())
