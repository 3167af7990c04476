"""Where the parts of a project are: the one place that knows the folder names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec

from otasite.problems import Refused

SITE_FILE = "content/site.yaml"


class Project(msgspec.Struct, frozen=True):
    """A project's root folder. Messages write every path relative to it, with forward slashes."""

    root: Path

    @property
    def content(self) -> Path:
        return self.root / "content"

    @property
    def state(self) -> Path:
        """Caches and the record of earlier builds: safe to delete at any time, not for git."""
        return self.root / ".otasite"

    def shown(self, path: Path) -> str:
        """``path`` as messages write it."""
        try:
            return Path(os.path.relpath(path, self.root)).as_posix()
        except ValueError:  # another drive (Windows)
            return path.as_posix()


def find_project(start: Path) -> Project:
    """Return the project that ``start`` lies in: the nearest folder upwards with ``content/site.yaml``.

    Raises :class:`Refused` when there is none.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / SITE_FILE).is_file():
            return Project(folder)
        if folder.name == "content" and (folder / "site.yaml").is_file():
            return Project(folder.parent)
    hint = "go to your project's folder, or start one with: otasite new site my-apps"
    if any((start / SITE_FILE).parent.glob("site.yml")):
        hint = f"rename content/site.yml to {SITE_FILE}"
    raise Refused(f"there is no {SITE_FILE} here or in any folder above", hint)


def write_whole(target: Path, data: bytes) -> None:
    """Write a file whole or not at all; it keeps the rights that it had. Raises ``OSError``."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_bytes(data)
        if target.exists():
            shutil.copymode(target, partial)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
