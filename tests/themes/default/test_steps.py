"""What the button becomes: steps after the tap, or a quiet link where this build cannot work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from otasite.site.views import SigningView
from tests.themes.default.agents import AGENTS, ANDROID, INSTALL, SAFARI, STAY, WINDOWS, Open, open_as
from tests.themes.default.pages import write_site
from tests.themes.default.samples import app_page, binary, release
from tests.web.server import Server

pytestmark = pytest.mark.browser

#: To another app, or back from there.
TURN = """hidden => { Object.defineProperty(document, "hidden", {configurable: true, value: hidden});
    document.dispatchEvent(new Event("visibilitychange")); }"""


@pytest.fixture
def tapped(site_server: Server, visit: Open) -> Callable[..., Page]:
    """A page whose button was tapped, with a clock that the test moves."""

    def tap(path: str, user_agent: str = SAFARI) -> Page:
        page = visit(site_server.url + path, user_agent=user_agent, init_script=STAY, own_context=True).page
        page.clock.install()
        page.reload()
        page.locator(INSTALL if user_agent == SAFARI else "[data-download]").click()
        expect(page.locator(".track [data-next]").locator("visible=true")).to_be_visible()
        return page

    return tap


def now(page: Page) -> str:
    return page.locator(".track:visible > ol > li[aria-current=step] > h3").inner_text()


def test_a_tap_is_answered_in_steps(tapped: Callable[..., Page]) -> None:
    page = tapped("driver/index.html")
    assert not page.locator(INSTALL).is_visible(), "the steps take the button's place"
    assert page.get_by_text("apps.example.com may install “Larkfield Driver”").is_visible()
    library = page.locator(".track").get_by_text("also on the last page and in the App Library")
    assert not library.is_visible()
    page.clock.run_for(7_000)
    assert now(page) == "Look at your Home Screen"
    assert library.is_visible()
    page.get_by_role("button", name="Done, next step").click()
    assert now(page) == "Open it for the first time"
    assert page.get_by_text("Tap “Larkfield Transit GmbH”, then Trust.").is_visible()
    page.get_by_role("button", name="It works").click()
    assert page.locator(INSTALL).is_visible()
    assert not page.locator(".track").first.is_visible()


@pytest.mark.parametrize(
    ("path", "user_agent", "steps"),
    [
        ("driver/index.html", SAFARI, ["Confirm", "Look at your Home Screen", "Open it for the first time"]),
        ("driver/stable/index.html", SAFARI, ["Confirm", "Look at your Home Screen", "Turn on Developer Mode"]),
        ("adhoc/index.html", SAFARI, ["Confirm", "Look at your Home Screen", "Open it"]),
        ("bare/index.html", SAFARI, ["Confirm", "Look at your Home Screen", "Open it"]),
        ("android/index.html", ANDROID, ["Download and open the file", "Allow this browser", "Install"]),
        ("everything/index.html", ANDROID, ["Download and open the file", "Allow this browser", "Install"]),
    ],
)
def test_the_steps_fit_system_and_signing(
    path: str, user_agent: str, steps: list[str], tapped: Callable[..., Page]
) -> None:
    assert tapped(path, user_agent).locator(".track:visible > ol > li > h3").all_inner_texts() == steps


def test_who_comes_back_finds_the_step_again(tapped: Callable[..., Page]) -> None:
    page = tapped("driver/index.html")
    page.get_by_role("button", name="Done, next step").click()
    page.reload()
    expect(page.locator(".track [data-next]").first).to_be_visible()
    assert now(page) == "Look at your Home Screen"
    page.get_by_role("button", name="Start again").click()
    assert page.locator(INSTALL).is_visible()
    page.reload()
    assert page.locator(INSTALL).is_visible()


def test_who_has_left_the_steps_is_not_taken_back(tapped: Callable[..., Page]) -> None:
    page = tapped("driver/index.html")
    page.get_by_role("button", name="Start again").click()
    page.evaluate(TURN, True)
    page.clock.run_for(7_000)
    page.evaluate(TURN, False)
    assert page.evaluate("localStorage.getItem('ota:step:driver')") is None
    page.reload()
    assert page.locator(INSTALL).is_visible()


def test_the_steps_go_on_where_nothing_can_be_kept(site_server: Server, visit: Open) -> None:
    denied = (
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"
    )
    seen = visit(site_server.url + "driver/index.html", user_agent=SAFARI, init_script=STAY + denied)
    seen.page.locator(INSTALL).click()
    seen.page.get_by_role("button", name="Done, next step").click()
    assert now(seen.page) == "Look at your Home Screen"
    seen.page.get_by_role("button", name="Start again").click()
    assert seen.page.locator(INSTALL).is_visible()
    assert seen.complaints == []


def test_after_a_day_the_button_is_back(tapped: Callable[..., Page]) -> None:
    page = tapped("driver/index.html")
    page.clock.run_for(1_000)
    page.evaluate("localStorage.setItem('ota:step:driver', `2.8.0-281 1 ${Date.now() - 9e7}`)")
    page.reload()
    assert page.locator(INSTALL).is_visible()


def test_coming_back_from_the_settings_opens_the_next_step(tapped: Callable[..., Page]) -> None:
    page = tapped("driver/index.html")
    page.evaluate(TURN, True)
    page.clock.run_for(3_000)
    page.evaluate(TURN, False)
    assert now(page) == "Look at your Home Screen"


def test_nothing_happens_leads_to_the_causes_that_fit(tapped: Callable[..., Page]) -> None:
    page = tapped("driver/index.html")
    page.get_by_role("button", name="Nothing happens").click()
    assert page.locator("#trouble").get_attribute("open") is not None
    assert not page.get_by_text("You are inside another app.").is_visible(), "only causes that fit"
    assert not page.get_by_text("This build needs iOS 16.4 or later. Update").is_visible()


# --- where the build cannot work ------------------------------------------------------------------------------


def test_an_ipad_build_steps_back_on_an_iphone(tmp_path: Path, serve: Callable[..., Server], visit: Open) -> None:
    page = app_page(release=release(ios=binary(device_family=("ipad",))))
    write_site(tmp_path, {"driver/index.html": page})
    url = serve(tmp_path).url + "driver/index.html"
    phone, pad = open_as(visit, url, AGENTS["iPhone Safari"]), open_as(visit, url, AGENTS["iPad as Macintosh"])
    for seen, works in ((phone, False), (pad, True)):
        assert seen.locator("[data-only]").is_visible() != works
        assert seen.locator("[data-only]").get_by_role("button", name="Copy link").is_visible() != works
        assert is_loud(seen) == works


def is_loud(page: Page) -> bool:
    """Whether the button has the accent as its ground."""
    return bool(
        page.locator(INSTALL).evaluate(
            "link => { const probe = document.createElement('i'); probe.style.color = 'var(--accent)';"
            "document.body.append(probe); const accent = getComputedStyle(probe).color; probe.remove();"
            "return getComputedStyle(link).backgroundColor === accent; }"
        )
    )


def test_the_action_steps_back_where_it_cannot_work(
    tmp_path: Path, serve: Callable[..., Server], visit: Open
) -> None:
    past = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    gone = SigningView(type="ad-hoc", team="", expires=past, devices=3)
    pages = {
        "well": binary(),
        "expired": binary(type="ad-hoc", signing=gone),
        "ended": binary(available_until=past),
        "old": binary(minimum_os="26.0"),
    }
    write_site(tmp_path, {f"{name}/index.html": app_page(release=release(ios=ios)) for name, ios in pages.items()})
    server = serve(tmp_path)
    loud = {name: is_loud(visit(f"{server.url}{name}/index.html", user_agent=SAFARI).page) for name in pages}
    assert loud == {"well": True, "expired": False, "ended": False, "old": False}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("driver/index.html", "on your iPhone or iPad"),
        ("everything/index.html", "on your iPhone, iPad or Android device"),
        ("android/index.html", "on your Android device"),
    ],
)
def test_a_computer_names_the_devices_that_there_are(path: str, words: str, site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + path, user_agent=WINDOWS, touch_points=0).page
    assert words in page.locator(".lead-in").inner_text()


def test_the_wrong_phone_can_pass_the_page_on(site_server: Server, visit: Open) -> None:
    share = "navigator.share = async () => {};"
    for path, user_agent in (("driver/index.html", ANDROID), ("android/index.html", SAFARI)):
        page = visit(site_server.url + path, user_agent=user_agent, init_script=share).page
        for name in ("Copy link", "Share"):
            assert page.locator(".get .hint").get_by_role("button", name=name).is_visible()


def test_another_browser_gets_the_link_to_copy(site_server: Server, visit: Open) -> None:
    page = open_as(visit, site_server.url + "driver/index.html", AGENTS["Firefox"])
    assert page.locator(".if-browser").get_by_role("button", name="Copy link").is_visible()


@pytest.mark.parametrize(
    ("name", "offered"), [("Instagram on Android", True), ("WeChat on Android", False), ("Android", False)]
)
def test_apps_on_android_are_offered_a_way_to_the_browser(
    name: str, offered: bool, site_server: Server, visit: Open
) -> None:
    page = open_as(visit, site_server.url + "android/index.html", AGENTS[name])
    link = page.locator("[data-intent]")
    assert link.is_visible() == offered
    if offered:
        href = link.get_attribute("href") or ""
        assert href.startswith("intent://127.0.0.1") and "/android/index.html#Intent;scheme=http;" in href
