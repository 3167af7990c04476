"""A QR code made of letters, for the camera of a phone to read off a terminal."""

from __future__ import annotations

from typing import Any

import zxingcpp

#: Upper and lower half of a character: whether each is dark.
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}

#: The letters that the code is made of: a terminal without them cannot show it.
LETTERS = "█▀▄"


def qr_lines(text: str) -> list[str]:
    """The code as lines of text, two rows of modules a line, black on white whatever the terminal's colours are."""
    image: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=1, add_quiet_zones=True)
    pixels: Any = memoryview(image).tolist()
    rows = [[bool(module < 128) for module in row] for row in pixels]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return [f"\x1b[30;107m{''.join(map(_HALVES.__getitem__, zip(*pair, strict=True)))}\x1b[0m" for pair in pairs]
