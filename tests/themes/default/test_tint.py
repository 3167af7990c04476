"""The accent that an app's pages take from its icon: readable for every hue, in light and dark, or switched off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from otasite.site.images import HUE_STEP
from otasite.site.views import PageView
from tests.themes.default.agents import SAFARI
from tests.themes.default.pages import render, write_site
from tests.themes.default.samples import app, app_page, icon
from tests.web.server import Server
from tests.web.visit import Visit


def page_with(hue: int) -> PageView:
    return app_page(app=app(icon=replace(icon("driver"), hue=hue)))


def test_a_page_has_the_hue_of_its_icon_unless_that_is_switched_off_or_grey() -> None:
    assert 'class="on-app hue-255"' in render(page_with(255))
    assert 'class="on-app"' in render(page_with(255), icon_accent="false")
    assert 'class="on-app"' in render(page_with(-1))


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_reads_on_and_in_every_hue(
    dark: bool, tmp_path: Path, serve: Callable[..., Server], visit: Callable[..., Visit]
) -> None:
    server = serve(write_site(tmp_path, {"driver/index.html": page_with(0)}))
    page = visit(server.url + "driver/index.html", dark=dark, user_agent=SAFARI).page
    seen = set()
    for hue in range(0, 360, HUE_STEP):
        page.evaluate("hue => { document.body.className = `on-app hue-${hue}`; }", hue)
        contrasts = page.evaluate(CONTRASTS)
        assert min(contrasts.values()) >= 4.5, f"hue {hue}: {contrasts}"
        seen.add(page.evaluate("getComputedStyle(document.querySelector('.button.big')).backgroundColor"))
    assert len(seen) == 360 // HUE_STEP, "every hue that an icon can have is a class of its own"


#: Contrast of each pair of colours as the screen shows them (drawn on a canvas, which knows every notation).
CONTRASTS = """() => {
    const pen = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const style = getComputedStyle(document.body);
    const luminance = name => {
        pen.fillStyle = style.getPropertyValue(name);
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map(value => {
            const part = value / 255;
            return part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;
        });
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const pairs = [["--on-accent", "--accent"], ["--link", "--bg"], ["--link", "--panel"], ["--link", "--tint"],
        ["--on-fill", "--fill"], ["--text", "--tint"], ["--soft", "--tint"]];
    return Object.fromEntries(pairs.map(([one, other]) => {
        const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return [`${one} on ${other}`, (high + .05) / (low + .05)];
    }));
}"""
