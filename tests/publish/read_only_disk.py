"""A folder that nobody may write to, on any system and for every user: each call that would is refused."""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_WRITING = (
    "mkdir",
    "rmdir",
    "remove",
    "unlink",
    "rename",
    "replace",
    "chmod",
    "utime",
    "truncate",
    "symlink",
    "link",
)


class ReadOnlyDisk:
    """Refuses what would write below ``root``, from now until ``patch`` is undone."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self._root = str(root)
        for name in _WRITING:
            patch.setattr(os, name, self._refusing(getattr(os, name)))
        patch.setattr(os, "open", self._opening(os.open))
        opened = self._opening_files(builtins.open)
        patch.setattr(builtins, "open", opened)
        patch.setattr(io, "open", opened)

    def _refuse(self, path: Any) -> None:
        name = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
        if name == self._root or name.startswith(f"{self._root}/"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), name)

    def _refusing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            for path in arguments[:2]:
                self._refuse(path)
            return function(*arguments, **named)

        return call

    def _opening(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, flags: int, *more: Any, **named: Any) -> Any:
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
                self._refuse(path)
            return function(path, flags, *more, **named)

        return call

    def _opening_files(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, mode: str = "r", *more: Any, **named: Any) -> Any:
            if set(mode) & set("wax+"):
                self._refuse(path)
            return function(path, mode, *more, **named)

        return call
