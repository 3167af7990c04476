"""QR codes as small SVG files."""

from __future__ import annotations

import re
from collections.abc import Mapping

import zxingcpp

#: Light modules around the code that scanners need (ISO/IEC 18004: four).
QUIET_ZONE = 4
_RUNS = re.compile(rb"\x00+|\xff+")
#: A QR code has at most 177 modules a side. Dark runs are drawn, light ones are moved over.
_STROKES = {b"\x00" * length: f"h{length}" for length in range(1, 178)}
_STROKES |= {b"\xff" * length: f"m{length} 0" for length in range(1, 178)}


class QrCodes:
    """Makes QR codes, each address once. ``used`` are those worth keeping for the next run."""

    def __init__(self, remembered: Mapping[str, bytes] | None = None) -> None:
        self.remembered = remembered or {}
        self.used: dict[str, bytes] = {}

    def svg(self, url: str) -> bytes:
        """The QR code of ``url`` as SVG."""
        code = self.used.get(url) or self.remembered.get(url) or qr_svg(url)
        self.used[url] = code
        return code


def qr_svg(url: str) -> bytes:
    """A QR code of ``url`` (error correction M) as SVG, dark on white so that it scans in dark mode too.

    Each row of modules is one line that is drawn and lifted, half a module below the row's upper edge.
    """
    barcode = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = memoryview(barcode.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]
    data = bytes(modules)
    size = round(len(data) ** 0.5)
    width = size + 2 * QUIET_ZONE
    stroke = _STROKES.__getitem__
    rows = [
        f"M{QUIET_ZONE} {row}.5" + "".join(map(stroke, _RUNS.findall(data, row * size, row * size + size)))
        for row in range(size)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -{QUIET_ZONE} {width} {width}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0-{QUIET_ZONE}h{width}v{width}H0z"/>'
        f'<path stroke="#000" d="{"".join(rows)}"/></svg>\n'
    ).encode()
