"""A disk that overlooks the case of names, as most of macOS and Windows do, on any system.

It stands in for what the system answers: every call with a path below the folder finds a name however it is written.
"""

from __future__ import annotations

import builtins
import io
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_ONE_PATH = ("stat", "lstat", "open", "listdir", "scandir", "mkdir", "rmdir", "remove", "unlink", "chmod", "utime")


def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


class FoldingDisk:
    """Names below ``root`` keep the case in which they came, until they are renamed."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self._root = str(root)
        self._lstat, self._listdir, self._rename, self._replace = os.lstat, os.listdir, os.rename, os.replace
        for name in _ONE_PATH:
            patch.setattr(os, name, self._found(getattr(os, name)))
        patch.setattr(os, "rename", self._renamed)
        patch.setattr(os, "replace", self._replaced)
        opened = self._found(builtins.open)
        patch.setattr(builtins, "open", opened)
        patch.setattr(io, "open", opened)

    def _found(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any = ".", *more: Any, **named: Any) -> Any:
            return function(self.spelled(path), *more, **named)

        return call

    def _renamed(self, old: Any, new: Any, **named: Any) -> None:
        source, target = self.spelled(old), self.spelled(new)
        if source == target:  # only the case changes
            target = os.path.join(os.path.dirname(target), os.path.basename(os.fspath(new)))
        self._rename(source, target, **named)

    def _replaced(self, old: Any, new: Any, **named: Any) -> None:
        self._replace(self.spelled(old), self.spelled(new), **named)

    def spelled(self, path: Any) -> Any:
        """The path as the disk has it; others, and files by number, are left alone."""
        if not isinstance(path, str | os.PathLike) or not os.fspath(path).startswith(f"{self._root}/"):
            return path
        at = self._root
        for part in os.fspath(path)[len(self._root) + 1 :].split("/"):
            at = os.path.join(at, self._name(at, part))
        return at

    def _name(self, folder: str, name: str) -> str:
        try:
            self._lstat(os.path.join(folder, name))
        except OSError:
            try:
                names = self._listdir(folder)
            except OSError:
                return name
            return next((other for other in names if folded(other) == folded(name)), name)
        return name
