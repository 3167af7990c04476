"""QR codes are read back by a decoder from the very modules that the SVG draws."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser

from otasite.outputs.qr import QUIET_ZONE, qr_svg


def dark_runs(svg: str) -> Iterator[tuple[int, int, int]]:
    """Start, row and length of each line that the drawing strokes; it knows M, h and m, which is all there is."""
    (path,) = re.findall(r'stroke="#000" d="([^"]+)"', svg)
    x = y = 0
    for command, first, second in re.findall(r"([Mhm])(\d+)(?: (\d+(?:\.5)?))?", path):
        if command == "M":
            x, y = int(first), int(float(second))
        else:
            if command == "h":
                yield x, y, int(first)
            x += int(first)


def rasterised(svg: str, scale: int = 4) -> Image.Image:
    """The drawing as pixels."""
    width = int(re.search(r'viewBox="0 -4 (\d+) \d+"', svg)[1])  # type: ignore[index]
    image = Image.new("L", (width, width), 255)
    for x, y, run in dark_runs(svg):
        image.paste(0, (x, y + QUIET_ZONE, x + run, y + QUIET_ZONE + 1))
    return image.resize((width * scale, width * scale), Image.Resampling.NEAREST)


@pytest.mark.parametrize(
    "url", ["https://a.example/", "https://apps.example.com/notes/1.0-5/", "https://h.example/" + "x" * 300]
)
def test_a_code_leads_to_its_address(url: str) -> None:
    image = rasterised(qr_svg(url).decode())
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text == url


def test_the_quiet_zone_is_kept() -> None:
    runs = list(dark_runs(qr_svg("https://a.example/").decode()))
    assert min(x for x, _, _ in runs) == QUIET_ZONE
    assert min(y for _, y, _ in runs) == 0


@pytest.mark.browser
def test_a_browser_draws_it_so_that_it_can_be_read(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 300, "height": 300})
    svg = qr_svg("https://apps.example.com/notes/1.0-5/").decode()
    page.set_content(f'<body style="margin:0">{svg.replace("<svg", "<svg width=176", 1)}</body>')
    picture = Image.open(io.BytesIO(page.screenshot()))
    page.close()
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == "https://apps.example.com/notes/1.0-5/"
