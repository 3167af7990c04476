"""QR codes as small SVG files."""

from __future__ import annotations

import re

import zxingcpp

#: Light modules around the code that scanners need (ISO/IEC 18004: four).
QUIET_ZONE = 4
_DARK = re.compile(rb"\x00+")


def qr_svg(url: str) -> bytes:
    """A QR code of ``url`` (error correction M) as SVG, one path, dark on white so that it scans in dark mode too."""
    barcode = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = memoryview(barcode.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]
    size = round(len(modules.cast("B")) ** 0.5)
    data = bytes(modules)
    width = size + 2 * QUIET_ZONE
    runs = [
        f"M{run.start() - start + QUIET_ZONE} {y}h{len(run[0])}v1h-{len(run[0])}z"
        for y, start in enumerate(range(0, size * size, size), QUIET_ZONE)
        for run in _DARK.finditer(data, start, start + size)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{width}v{width}H0z"/><path d="{"".join(runs)}"/></svg>\n'
    ).encode()
