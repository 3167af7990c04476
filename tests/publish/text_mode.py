"""Windows' text mode on any system: files opened as text are cp1252 unless told, with line ends of two characters.

So are files that are opened by the system's own call without ``O_BINARY``.
"""

from __future__ import annotations

import builtins
import io
import os
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

    _text_in_system_calls(patch)
    patch.setattr(builtins, "open", opened)
    patch.setattr(io, "open", opened)


_O_BINARY = 1 << 40


def _text_in_system_calls(patch: pytest.MonkeyPatch) -> None:
    texts: set[int] = set()
    real_open, real_write, real_close = os.open, os.write, os.close

    def opened(path: Any, flags: int, *more: Any, **named: Any) -> int:
        descriptor = real_open(path, flags & ~_O_BINARY, *more, **named)
        (texts.discard if flags & _O_BINARY else texts.add)(descriptor)
        return descriptor

    def write(descriptor: int, data: Any) -> int:
        if descriptor in texts:
            real_write(descriptor, bytes(data).replace(b"\n", b"\r\n"))
            return len(data)
        return real_write(descriptor, data)

    def close(descriptor: int) -> None:
        texts.discard(descriptor)
        real_close(descriptor)

    patch.setattr(os, "O_BINARY", _O_BINARY, raising=False)
    patch.setattr(os, "open", opened)
    patch.setattr(os, "write", write)
    patch.setattr(os, "close", close)
