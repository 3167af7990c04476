"""Sizes of files in the units that people know: decimal ones, as the App Store and Finder count.

Hosts publish some limits in binary units (25 MiB); they are written in the same units as everything that is
compared with them (26.2 MB).
"""

from __future__ import annotations

from typing import Final, Literal

Unit = Literal["TB", "GB", "MB", "kB", "byte"]

#: Unit, its size in bytes, and the number of decimals shown.
_UNITS: Final[tuple[tuple[Unit, int, int], ...]] = (
    ("TB", 10**12, 2),
    ("GB", 10**9, 2),
    ("MB", 10**6, 1),
    ("kB", 10**3, 0),
    ("byte", 1, 0),
)


def in_unit(size: int) -> tuple[float, Unit]:
    """A number of bytes, rounded, and the unit that reads best: 84.2 of MB."""
    for unit, bytes_, decimals in _UNITS:  # noqa: B007 – nothing is smaller than the last
        if size >= bytes_:
            break
    number = round(size / bytes_, decimals)
    if number >= 1000 and unit != _UNITS[0][0]:  # 999,960 kB reads better as 1 MB
        return in_unit(int(number) * bytes_)
    return number if decimals else int(number), unit


def size_text(size: int) -> str:
    """A number of bytes in English: 84.2 MB, 1.07 GB, 512 bytes."""
    number, unit = in_unit(size)
    name = "bytes" if unit == "byte" and number != 1 else unit
    return f"{number:.2f}".rstrip("0").removesuffix(".") + f" {name}"
