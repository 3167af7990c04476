"""QR codes are read back by a decoder from the very modules that the SVG draws."""

from __future__ import annotations

import re

import pytest
import zxingcpp
from PIL import Image

from otasite.site.qr import QUIET_ZONE, qr_svg


def rasterised(svg: str, scale: int = 4) -> Image.Image:
    """The drawing as pixels: our SVG is one path of rectangles, which is all that this understands."""
    width = int(re.search(r'viewBox="0 0 (\d+) \d+"', svg)[1])  # type: ignore[index]
    image = Image.new("L", (width, width), 255)
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", svg):
        image.paste(0, (int(x), int(y), int(x) + int(run), int(y) + 1))
    return image.resize((width * scale, width * scale), Image.Resampling.NEAREST)


@pytest.mark.parametrize(
    "url", ["https://a.example/", "https://apps.example.com/notes/1.0-5/", "https://h.example/" + "x" * 300]
)
def test_a_code_leads_to_its_address(url: str) -> None:
    image = rasterised(qr_svg(url).decode())
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text == url


def test_the_quiet_zone_is_kept() -> None:
    starts = [int(x) for x in re.findall(r"M(\d+) ", qr_svg("https://a.example/").decode())]
    assert min(starts[1:]) == QUIET_ZONE
