"""Large text: iOS lets people choose up to 53 px, and one rem follows. Narrow windows, long names, right to left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from otasite.site.views import ChannelView, PageView
from tests.themes.default.agents import SAFARI
from tests.themes.default.pages import write_site
from tests.themes.default.samples import app, app_page, binary, everything, help_page, index_page, meta, release
from tests.web.server import Server
from tests.web.visit import Visit

pytestmark = pytest.mark.browser

SIZES = (17, 21, 23, 28, 33, 40, 53)
WIDTHS = (320, 390, 430)
LONG_NAME = (
    "Larkfield Transit Operations Companion for Drivers, Inspectors, Planners and "
    "Everyone Else Who Keeps the Network Moving"
)
CHANNELS = tuple(
    ChannelView(id=id, title=title, path=f"driver/{id}/", is_default=id == "stable")
    for id, title in (
        ("stable", "Stable releases"),
        ("beta", "Beta for the depot of Harbour Square"),
        ("nightly", "Nightly builds"),
        ("vorschau", "Vorabveröffentlichungen"),
    )
)


def pages() -> dict[str, PageView]:
    long = app_page(
        page=meta("app", "long/", LONG_NAME),
        app=app(name=LONG_NAME, path="long/"),
        channels=CHANNELS,
        release=release(channel=CHANNELS[1], ios=binary(type="development")),
    )
    both = everything()
    return {
        "index.html": index_page(),
        "help/index.html": help_page(),
        "driver/index.html": app_page(),
        "de/driver/index.html": app_page("de"),
        "ar/driver/index.html": app_page("ar"),
        "long/index.html": long,
        "name/index.html": app_page(page=meta("app", "name/", LONG_NAME), app=app(name=LONG_NAME, subtitle="")),
        "everything/index.html": replace(both, page=meta("app", "everything/", "Larkfield Driver")),
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = write_site(tmp_path_factory.mktemp("text-size"), pages())
    server = Server(folder)
    yield server
    server.close()


@pytest.mark.parametrize("path", sorted(pages()))
def test_a_page_fits_at_every_text_size(path: str, server: Server, visit: Callable[..., Visit]) -> None:
    seen = visit(server.url + path, user_agent=SAFARI)
    page, wrong = seen.page, []
    page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        for size in SIZES:
            page.evaluate("size => { document.documentElement.style.fontSize = `${size}px`; }", size)
            if (excess := seen.sideways_scroll()) > 0:
                wrong.append(f"{size} px text in {width} px: scrolls sideways by {excess} px")
            wrong += [f"{size} px text in {width} px: {word}" for word in page.evaluate(BROKEN_WORDS)]
    assert wrong == []


@pytest.mark.parametrize("path", ["driver/index.html", "de/driver/index.html", "ar/driver/index.html"])
def test_the_button_is_on_the_first_screen(path: str, server: Server, visit: Callable[..., Visit]) -> None:
    page = visit(server.url + path, user_agent=SAFARI).page
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        for size in (size for size in SIZES if size <= 28):
            page.evaluate("size => { document.documentElement.style.fontSize = `${size}px`; }", size)
            box = page.locator(".get .button").first.bounding_box()
            assert box and box["y"] + box["height"] < 600, f"{size} px text in {width} px"


def test_a_very_long_name_leaves_the_button_on_the_first_screen(server: Server, visit: Callable[..., Visit]) -> None:
    page = visit(server.url + "name/index.html", user_agent=SAFARI, width=320).page
    for size in (17, 21):
        page.evaluate("size => { document.documentElement.style.fontSize = `${size}px`; }", size)
        box = page.locator(".get .button").first.bounding_box()
        assert box and box["y"] + box["height"] < 600, f"{size} px text"


def test_what_is_not_text_never_grows_with_it(server: Server, visit: Callable[..., Visit]) -> None:
    page = visit(server.url + "driver/index.html", user_agent=SAFARI).page
    measure = """() => [document.querySelector(".hero .icon").getBoundingClientRect().width,
        document.querySelector(".hero").getBoundingClientRect().left]"""
    before = page.evaluate(measure)
    page.evaluate("document.documentElement.style.fontSize = '40px'")
    icon, left = page.evaluate(measure)
    assert (icon, left) <= tuple(before) and left == before[1]


#: Words on more than one line that would fit on one of their own: a line is as wide as the window without its gutters
#: and, within buttons and panels, their insets.
BROKEN_WORDS = r"""() => {
    const broken = [], range = document.createRange();
    const walker = document.createTreeWalker(document.querySelector("body"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode, parent = node.parentElement;
        if (!parent.checkVisibility() || parent.closest("code, pre, .address, .quiet, script, option")) continue;
        for (const word of node.data.matchAll(/[^\s\u002d\u2010-\u2015\u200b\u3040-\u9fff\uac00-\ud7af]{2,}/g)) {
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            const lines = [...range.getClientRects()].filter(box => box.width > 0);
            const tops = new Set(lines.map(box => Math.round(box.top)));
            if (tops.size < 2) continue;
            const natural = lines.reduce((sum, box) => sum + box.width, 0);
            if (natural < innerWidth - 132)
                broken.push(`“${word[0]}” (${Math.round(natural)} px) in ${parent.tagName}.${parent.className}`);
        }
    }
    return broken;
}"""
