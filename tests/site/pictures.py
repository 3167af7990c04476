"""Small pictures for tests."""

from __future__ import annotations

import io

from PIL import Image


def png(size: int = 32, shade: int = 120, *, height: int | None = None) -> bytes:
    """A plain PNG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (size, height or size), (shade, 80, 200)).save(out, "PNG")
    return out.getvalue()
