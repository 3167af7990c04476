"""QR codes as small SVG files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import zxingcpp

#: Light modules around the code that scanners need (ISO/IEC 18004: four).
QUIET_ZONE = 4


def qr_svg(url: str) -> bytes:
    """A QR code of ``url`` (error correction M) as SVG, one path, dark on white so that it scans in dark mode too."""
    barcode = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    rows: list[list[int]] = memoryview(barcode.to_image(scale=1, add_quiet_zones=False)).tolist()  # type: ignore
    width = len(rows) + 2 * QUIET_ZONE
    runs = [
        f"M{start + QUIET_ZONE} {y}h{length}v1h-{length}z"
        for y, row in enumerate(rows, QUIET_ZONE)
        for start, length in _dark_runs(row)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{width}v{width}H0z"/><path d="{"".join(runs)}"/></svg>\n'
    ).encode()


def _dark_runs(row: list[int]) -> Iterator[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    position = 0
    for value, group in groupby(row):
        length = sum(1 for _ in group)
        if not value:
            yield position, length
        position += length
