"""QR codes as small SVG files."""

from __future__ import annotations

import zxingcpp

#: Light modules around the code that scanners need (ISO/IEC 18004: four).
QUIET_ZONE = 4


def qr_svg(url: str) -> bytes:
    """A QR code of ``url`` (error correction M) as SVG, one path, dark on white so that it scans in dark mode too."""
    barcode = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = memoryview(barcode.to_image(scale=1, add_quiet_zones=False))
    width = modules.shape[0] + 2 * QUIET_ZONE
    runs = []
    for y, row in enumerate(modules.tolist(), QUIET_ZONE):
        x = 0
        length = len(row)
        while x < length:
            if row[x]:
                x += 1
                continue
            start = x
            while x < length and not row[x]:
                x += 1
            runs.append(f"M{start + QUIET_ZONE} {y}h{x - start}v1h-{x - start}z")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{width}v{width}H0z"/><path d="{"".join(runs)}"/></svg>\n'
    ).encode()
