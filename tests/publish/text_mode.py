"""Windows' text mode on any system: files opened as text are cp1252 unless told, with line ends of two characters."""

from __future__ import annotations

import builtins
import io
from typing import Any

import pytest


def windows_text_mode(patch: pytest.MonkeyPatch) -> None:
    """From now until ``patch`` is undone, files that are opened as text are as they would be on Windows."""
    real = io.open

    def opened(
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        *more: Any,
        **named: Any,
    ) -> Any:
        if "b" not in mode:
            encoding = "cp1252" if encoding in (None, "locale") else encoding
            newline = "\r\n" if newline is None and set(mode) & set("wax+") else newline
        return real(file, mode, buffering, encoding, errors, newline, *more, **named)

    patch.setattr(builtins, "open", opened)
    patch.setattr(io, "open", opened)
