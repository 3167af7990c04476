"""Buttons of clients that follow an app: those that run where the page is read, and codes for a phone on desktops."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.themes.default.agents import ANDROID, MAC, SAFARI, WINDOWS, Open
from tests.themes.default.pages import render
from tests.themes.default.samples import FOLLOW, LANGUAGES, app_page
from tests.web.server import Server

IOS = ["altstore", "sidestore", "feather", "livecontainer", "altstore-pal"]
ANDROID_CLIENTS = ["f-droid", "obtainium"]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("user_agent", "touch_points", "clients", "codes"),
    [
        (SAFARI, 5, IOS, 0),
        (MAC, 5, IOS, 0),
        (ANDROID, 5, ANDROID_CLIENTS, 0),
        (MAC, 0, [], 2),
        (WINDOWS, 10, [], 2),
    ],
    ids=["iPhone", "iPad", "Android", "Mac", "Windows"],
)
def test_each_system_sees_its_own_clients(
    user_agent: str, touch_points: int, clients: list[str], codes: int, site_server: Server, visit: Open
) -> None:
    seen = visit(site_server.url + "everything/index.html", user_agent=user_agent, touch_points=touch_points)
    buttons = seen.page.locator("#follow a[data-client]")
    shown = [button.get_attribute("data-client") for button in buttons.all() if button.is_visible()]
    assert shown == clients
    assert [code.is_visible() for code in seen.page.locator("#follow img.qr").all()].count(True) == codes


@pytest.mark.browser
def test_the_codes_on_a_desktop_hold_what_they_say(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "everything/index.html", user_agent=WINDOWS, touch_points=0).page
    found = {}
    for figure in page.locator("#follow figure").all():
        figure.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete", arg=figure.locator("img").element_handle())
        (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(figure.screenshot())))
        found[figure.locator("figcaption").inner_text()] = code.text
    apps = "AltStore, SideStore, Feather, LiveContainer, AltStore PAL, Obtainium"
    assert found == {
        apps: "https://apps.example.com/driver/#follow",
        "F-Droid": f"https://apps.example.com/fdroid/repo?fingerprint={'ab' * 32}",
    }


@pytest.mark.browser
def test_without_scripts_all_buttons_are_there(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "everything/index.html", javascript=False).page
    assert all(button.is_visible() for button in page.locator("#follow a[data-client]").all())
    assert page.locator("#follow a[data-client]").count() == len(FOLLOW)


def test_there_is_nothing_where_nothing_can_be_followed() -> None:
    assert 'id="follow"' not in render(app_page())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_names_the_client(language: str) -> None:
    html = render(app_page(language, follow=FOLLOW))
    assert all(f"{name}" in html for name in ("F-Droid", "Obtainium", "AltStore PAL", "LiveContainer"))
    assert "{client}" not in html


def test_every_client_of_the_outputs_has_a_name() -> None:
    """A client without a name in the template would end a build."""
    package = Path(__file__).parents[3] / "otasite" / "outputs"
    named = {offer.client for offer in FOLLOW}
    for module in package.glob("*.py"):
        for line in module.read_text("utf-8").splitlines():
            if 'client="' in line:
                assert line.split('client="')[1].split('"')[0] in named
