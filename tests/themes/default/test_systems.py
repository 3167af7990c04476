"""Builds by system: the newest of each platform, and what runs on one that is too old for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from playwright.sync_api import expect

from otasite.site.views import BinaryView, EarlierBuild, Origin
from tests.themes.default.agents import ANDROID, INSTALL, LINK, MAC, SAFARI, Open, iphone
from tests.themes.default.pages import write_site
from tests.themes.default.samples import app, app_page, binary, history, release
from tests.web.server import Server

pytestmark = pytest.mark.browser
NINE = ANDROID.replace("Android 10; K", "Android 9; Pixel")


def _with_earlier(platform: Literal["ios", "android"], *versions: tuple[str, str, str]) -> BinaryView:
    """A binary with builds for older systems: version, lowest system, end of signing."""
    return binary(
        platform,
        earlier=tuple(
            EarlierBuild(
                id=f"{version}-1",
                version=version,
                build="1",
                date="2025-01-01",
                path=f"driver/{version}-1/",
                minimum_os=minimum_os,
                install_url=f"{LINK}&of={version}"
                if platform == "ios"
                else f"https://apps.example.com/{version}.apk",
                expires=expires,
            )
            for version, minimum_os, expires in versions
        ),
    )


@pytest.mark.parametrize(
    ("system", "versions", "offered"),
    [
        ("16_4", [("1.9", "15.0", ""), ("1.8", "12.0", "")], ""),
        ("15_6", [("1.9", "15.0", ""), ("1.8", "12.0", "")], "1.9"),
        ("12_5", [("1.9", "15.0", ""), ("1.8", "12.0", "")], "1.8"),
        ("12_5", [("1.9", "12.0", "2026-01-01T00:00:00Z"), ("1.8", "11.0", "")], "1.8"),
        ("11_0", [("1.9", "15.0", ""), ("1.8", "12.0", "")], "update"),
        ("15_6", [], "update"),
    ],
    ids=["new enough", "a little too old", "much too old", "its signing has ended", "nothing fits", "no history"],
)
def test_whose_system_is_too_old_is_offered_the_newest_build_that_fits(
    system: str,
    versions: list[tuple[str, str, str]],
    offered: str,
    visit_release: Open,
) -> None:
    safari = f"Version/{system.replace('_', '.')} Mobile/15E148 Safari/604.1"
    newest = release(ios=_with_earlier("ios", *versions))
    page = visit_release(newest, user_agent=iphone(safari, system), touch_points=5).page
    seen = [banner for banner in page.locator(".banner.warn").all() if banner.is_visible()]
    if offered in ("", "update"):
        assert page.locator("[data-fits]:visible").count() == 0
        assert ["update it first" in banner.inner_text() for banner in seen] == ([True] if offered else [])
        return
    (banner,) = seen
    found = system.replace("_", ".")
    said = f"Your device seems to have iOS {found}. Version {offered} (1) is the newest build for it."
    assert said in banner.inner_text()
    assert banner.locator(INSTALL).get_attribute("href") == f"{LINK}&of={offered}"
    assert (
        banner.get_by_role("link", name=f"Version {offered} (1)").get_attribute("href") == f"../driver/{offered}-1/"
    )
    assert page.locator(f"{INSTALL}[data-install]").is_visible(), "a guess takes no link away"


@pytest.mark.parametrize(
    ("user_agent", "versions", "says"),
    [
        (
            NINE,
            [("1.9", "8.0", "")],
            "Your device seems to have Android 9. Version 1.9 (1) is the newest build for it.",
        ),
        (
            NINE,
            [],
            "This build needs Android 10. Your device seems to have Android 9: look for a system update first.",
        ),
        (ANDROID.replace("Android 10; K", "Android 14; Pixel"), [("1.9", "8.0", "")], ""),
    ],
)
def test_an_old_android_is_offered_what_fits(
    user_agent: str,
    versions: list[tuple[str, str, str]],
    says: str,
    visit_release: Open,
) -> None:
    android = _with_earlier("android", *versions)
    page = visit_release(release(ios=None, android=android), user_agent=user_agent, touch_points=5).page
    expect(page.locator(".banner.warn:visible")).to_have_count(1 if says else 0)
    if says:
        assert says in page.locator(".banner.warn").inner_text()
        links = page.locator(".banner.warn").locator(".button")
        assert [link.get_attribute("href") for link in links.all()] == [
            f"../driver/{version}-1/" for version, *_ in versions
        ], "its page, not the file: some programs take every link to an .apk for the newest"


def test_without_scripts_nobody_is_called_too_old(visit_release: Open) -> None:
    ios = _with_earlier("ios", ("1.9", "15.0", ""))
    old = iphone("Version/15.6 Mobile/15E148 Safari/604.1", "15_6")
    page = visit_release(release(ios=ios), user_agent=old, javascript=False).page
    assert page.locator("[data-fits]").count() == 1
    assert page.locator("[data-fits]:visible, [data-minimum]:visible").count() == 0


def test_each_platform_shows_its_own_newest_build(tmp_path: Path, serve: Callable[..., Server], visit: Open) -> None:
    line = msgspec.structs.replace(history(1)[0], date="2026-02-01", notes="<p>For iOS.</p>")
    origin = Origin(**msgspec.structs.asdict(line), commit="", branch="release/1.2")
    ios = binary(version="1.2.0", build="45", origin=origin)
    android = binary("android", version="1.2.0+45", build="2045")
    shown = release(version="1.2.0+45", build="2045", ios=ios, android=android, notes="<p>For Android.</p>")
    write_site(tmp_path, {"driver/index.html": app_page(app=app(platforms=("ios", "android")), release=shown)})
    url = serve(tmp_path).url + "driver/index.html"
    of_ios, of_android = (
        ["Version 1.2.0 (45)", "Feb 1, 2026", "For iOS."],
        ["Version 1.2.0+45 (2045)", "For Android."],
    )
    for user_agent, seen, unseen in (
        (SAFARI, of_ios, of_android),
        (ANDROID, of_android, of_ios),
        (MAC, [*of_ios, *of_android], []),
    ):
        page = visit(url, user_agent=user_agent, touch_points=0 if user_agent == MAC else 5).page
        text = page.locator("main").inner_text()
        assert all(part in text for part in seen), (user_agent, text)
        assert not any(part in text for part in unseen), (user_agent, text)
        assert page.locator("[data-install]").get_attribute("data-release") == origin.id
        assert page.locator("[data-download]").get_attribute("data-release") is None
