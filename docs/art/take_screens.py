"""Take the README's picture from a built site: ``make screens``. Needs Chromium."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from tests.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES  # noqa: E402
from tests.web.server import Server  # noqa: E402

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
WINDOW = (1180, 760)
PHONE = (390, 820)
SHEET = (1600, 850)


def main() -> None:
    executable = next(found for name in CHROMIUM_NAMES if (found := shutil.which(name)))
    server = Server(PROJECT / "dist")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
            window = shoot(browser, server.url, WINDOW, dark=False)
            phone = shoot(browser, server.url + "driver/", PHONE, dark=False, user_agent=SAFARI)
            night = shoot(browser, server.url + "rider/", PHONE, dark=True, user_agent=SAFARI)
    finally:
        server.close()
    picture = Image.new("RGB", SHEET, "#eef1f6")
    place(picture, window, (50, 60), radius=14, border="#d3d9e4")
    place(picture, night, (850, 130), radius=40, border="#111318", bezel=9)
    place(picture, phone, (1214, 70), radius=40, border="#111318", bezel=9)
    target = PROJECT / "docs" / "screens" / "overview.png"
    target.parent.mkdir(exist_ok=True)
    picture.save(target, optimize=True)


def shoot(
    browser: Browser, url: str, size: tuple[int, int], *, dark: bool, user_agent: str | None = None
) -> Image.Image:
    """The top of a page, drawn large and scaled down to its place in the picture."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2,
        color_scheme="dark" if dark else "light",
        user_agent=user_agent,
        has_touch=user_agent is not None,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    taken = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    return taken.convert("RGB").resize((round(size[0] * 0.8), round(size[1] * 0.8)), Image.Resampling.LANCZOS)


def place(
    picture: Image.Image, shot: Image.Image, at: tuple[int, int], *, radius: int, border: str, bezel: int = 1
) -> None:
    """Put a picture with round corners, a frame and a soft shadow onto the sheet."""
    frame = (shot.width + 2 * bezel, shot.height + 2 * bezel)
    shadow = Image.new("L", picture.size, 0)
    box = (at[0], at[1] + 18, at[0] + frame[0], at[1] + frame[1] + 18)
    ImageDraw.Draw(shadow).rounded_rectangle(box, radius + bezel, fill=70)
    picture.paste(Image.new("RGB", picture.size, "#1b2333"), (0, 0), shadow.filter(ImageFilter.GaussianBlur(24)))
    picture.paste(Image.new("RGB", frame, border), at, _round(frame, radius + bezel))
    picture.paste(shot, (at[0] + bezel, at[1] + bezel), _round(shot.size, radius))


def _round(size: tuple[int, int], radius: int) -> Image.Image:
    large = Image.new("L", (size[0] * 4, size[1] * 4), 0)
    ImageDraw.Draw(large).rounded_rectangle((0, 0, large.width - 1, large.height - 1), radius * 4, fill=255)
    return large.resize(size, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
