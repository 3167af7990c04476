"""What each reader sees: browsers and apps, before and after the tap, on both platforms, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from otasite.site.views import BinaryView, PageView, SigningView
from tests.themes.default.agents import AGENTS, ANDROID, INSTALL, LINK, MAC, SAFARI, STAY, WINDOWS, Open, open_as
from tests.themes.default.pages import write_site
from tests.themes.default.samples import app_page, binary, release, release_page
from tests.web.server import Server

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", AGENTS)
def test_the_page_knows_where_it_is_read(name: str, site_server: Server, visit: Open) -> None:
    agent = AGENTS[name]
    page = open_as(visit, site_server.url + "driver/index.html", agent)
    assert page.locator("html").get_attribute("data-ota") == agent.words
    install = page.locator(INSTALL)
    assert install.get_attribute("href") == LINK
    assert install.is_visible(), "the link is never hidden by a guess"
    assert install.get_attribute("target") is None
    banner = page.locator("div.if-inapp")
    assert banner.is_visible() == agent.in_app
    if agent.in_app:
        title = banner.locator("strong").inner_text()
        assert title == (
            f"You are reading this inside {agent.app}." if agent.app else "You are reading this inside another app."
        )
        ways = [way for way in ("more", "share", "compass") if banner.locator(f".way-{way}").is_visible()]
        assert ways == agent.words.split()[-1:]
        assert banner.get_by_role("button", name="Copy link").is_visible()
    said = page.get_by_text("If nothing happens when you tap, open this page in Safari.")
    assert said.is_visible() == ("browser" in agent.words.split())
    assert page.get_by_text("open this page on your iPhone or iPad").is_visible() == (agent.words == "desktop")
    page.evaluate("document.documentElement.dataset.ota += ' tapped'")
    page.evaluate("document.querySelectorAll('.track li').forEach(step => step.classList.add('now'))")
    of_words = set(agent.words.split())
    assert page.locator("li.since-18").is_visible() == ("ios" in of_words and "before-18" not in of_words)
    warned = page.get_by_text("Your device seems to have iOS 15.6")
    assert warned.is_visible() == ("old" in agent.words.split())


def test_without_scripts_everything_is_there(site_server: Server, visit: Open) -> None:
    page = visit(
        site_server.url + "driver/index.html", javascript=False, user_agent=AGENTS["Instagram"].user_agent
    ).page
    install = page.locator(INSTALL)
    assert install.get_attribute("href") == LINK
    assert install.is_visible()
    for text in (
        "open this page in Safari",
        "Scan the code with the camera",
        "Allow & Restart",
        "It works until Mar 31, 2036",
    ):
        assert page.get_by_text(text).first.is_visible(), text
    assert page.locator("img.qr").is_visible()
    assert page.locator("[data-ota]").count() == 0
    assert page.get_by_role("button").count() == 0, "no button that does nothing"


def test_the_button_is_quiet_where_it_cannot_work(site_server: Server, visit: Open) -> None:
    def height(user_agent: str) -> float:
        page = visit(site_server.url + "driver/index.html", user_agent=user_agent, touch_points=0).page
        box = page.locator(INSTALL).bounding_box()
        assert box
        return box["height"]

    assert height(SAFARI) > height(WINDOWS) >= 44


def test_both_platforms_lead_with_the_readers_own(site_server: Server, visit: Open) -> None:
    def order(user_agent: str) -> list[str]:
        page = visit(site_server.url + "everything/index.html", user_agent=user_agent, touch_points=5).page
        buttons = page.locator(".get .button").all()
        placed = sorted((button.bounding_box() or {"y": 0})["y"] for button in buttons)
        tops = {(button.bounding_box() or {"y": 0})["y"]: button.inner_text() for button in buttons}
        return [tops[y].partition("\n")[0] for y in placed]

    ios, android = "Install on iPhone or iPad", "Download for Android"
    assert order(SAFARI) == [ios, android]
    assert order(ANDROID) == [android, ios]


def test_the_wrong_platform_is_told_so(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "driver/index.html", user_agent=ANDROID).page
    assert page.get_by_text("This app is for iPhone and iPad.").is_visible()
    page = visit(site_server.url + "android/index.html", user_agent=SAFARI).page
    assert page.get_by_text("This app is for Android.").is_visible()
    apk = page.get_by_role("link", name="Download for Android")
    assert apk.evaluate("link => link.href").startswith(site_server.url + "driver/2.8.0-281/")


@pytest.mark.parametrize("name", ["Instagram on Android", "unknown app on Android", "Android"])
def test_apps_on_android_are_led_to_a_browser(name: str, site_server: Server, visit: Open) -> None:
    agent = AGENTS[name]
    page = open_as(visit, site_server.url + "everything/index.html", agent)
    banner = page.locator(".if-inapp-download")
    assert banner.is_visible() == (agent.words == "android in-app")
    assert not page.locator("div.if-inapp").is_visible(), "Safari is not for Android"
    if banner.is_visible():
        assert banner.locator("strong").inner_text() == f"You are reading this inside {agent.app or 'another app'}."
        assert banner.get_by_text("“Open in browser” or “Open in Chrome”").is_visible()
        assert banner.get_by_role("button", name="Copy link").is_visible()
    assert page.get_by_role("link", name="Download for Android").is_visible()


@pytest.mark.parametrize(
    ("name", "offered"), [("Instagram", True), ("Telegram", True), ("iPhone Safari", False), ("Mac", False)]
)
def test_apps_are_offered_a_way_to_safari(
    name: str, offered: bool, sample_site: Path, site_server: Server, visit: Open
) -> None:
    """The scheme exists for https pages only, so the samples are shown under their real address here."""
    agent = AGENTS[name]
    page = open_as(visit, site_server.url + "404.html", agent)

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path.lstrip("/")
        route.fulfill(path=sample_site / (path + "index.html" if path.endswith("/") else path))

    page.route("https://apps.example.com/**", answer)
    page.goto("https://apps.example.com/driver/")
    link = page.locator("[data-safari]")
    assert link.is_visible() == offered
    if offered:
        assert link.get_attribute("href") == "x-safari-https://apps.example.com/driver/"


def test_a_tap_on_a_computer_promises_nothing(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "driver/index.html", user_agent=MAC, touch_points=0, init_script=STAY).page
    page.locator(INSTALL).click()
    assert not page.locator(".track").is_visible()


#: Days until a profile ends, what is said of that, and whether the build opens no longer.
EXPIRY: dict[str, tuple[float, str | None, bool]] = {
    "far": (300, None, False),
    "weeks": (12.5, "This build stops working in 12 days.", False),
    "tomorrow": (1.5, "This build stops working tomorrow.", False),
    "today": (0.5, "This build stops working today.", False),
    "gone": (-3, "no longer opens. Please ask for a new build.", True),
}
#: Hours until a signed address ends, and whether it is over.
ENDS = {"lasting": (30, False), "over": (-1, True)}


@pytest.fixture(scope="module")
def started() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def ending(started: datetime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Pages of builds that end sooner or later, each at the name of its case."""

    def in_hours(hours: float) -> str:
        return (started + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def signed(days: float) -> BinaryView:
        signing = SigningView(type="ad-hoc", team="Larkfield", expires=in_hours(24 * days), devices=3)
        return binary(type="ad-hoc", signing=signing)

    builds = {name: signed(days) for name, (days, _, _) in EXPIRY.items()}
    builds |= {name: binary(available_until=in_hours(hours)) for name, (hours, _) in ENDS.items()}
    pages: dict[str, PageView] = {
        f"{name}/index.html": app_page(release=release(ios=ios)) for name, ios in builds.items()
    }
    server = Server(write_site(tmp_path_factory.mktemp("ending"), pages))
    yield server
    server.close()


@pytest.mark.parametrize("name", EXPIRY)
def test_expiry_is_judged_when_the_page_is_read(name: str, ending: Server, visit: Open) -> None:
    _, shown, expired = EXPIRY[name]
    page = visit(f"{ending.url}{name}/index.html", user_agent=SAFARI).page
    banner = page.locator("[data-expires]")
    assert banner.is_visible() == (shown is not None)
    if shown:
        assert shown in banner.inner_text()
    assert ("expired" in (page.locator("html").get_attribute("data-ota") or "").split()) == expired
    assert page.locator(INSTALL).is_visible()


@pytest.mark.parametrize("name", ENDS)
def test_the_end_of_a_signed_download_is_judged_when_the_page_is_read(
    name: str, started: datetime, ending: Server, visit: Open
) -> None:
    hours, is_over = ENDS[name]
    end = started + timedelta(hours=hours)
    page = visit(f"{ending.url}{name}/index.html", user_agent=SAFARI).page
    expect(page.locator(".facts")).to_contain_text(f"Download until{end:%b} {end.day}, {end.year}")
    banner = page.locator("[data-available]")
    assert banner.is_visible() == is_over
    if is_over:
        expect(banner).to_contain_text("The download ended on")
    assert page.locator(INSTALL).is_visible()


def test_the_language_switch_needs_no_script(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "driver/index.html", javascript=False).page
    page.locator(".languages summary").click()
    page.get_by_role("link", name="العربية").click()
    page.wait_for_url("**/ar/driver/")
    assert page.locator("html").get_attribute("dir") == "rtl"


def test_a_draft_and_a_pinned_build_say_so(site_server: Server, visit: Open) -> None:
    assert visit(site_server.url + "everything/index.html").page.get_by_text("This is a draft.").is_visible()
    assert visit(site_server.url + "driver/index.html").page.get_by_text("Kept").count() == 1


def test_the_page_of_a_release_reads_the_same_without_a_history(
    tmp_path: Path, serve: Callable[..., Server], visit: Open
) -> None:
    write_site(tmp_path, {"driver/2.8.0-281/index.html": release_page(history=())})
    page = visit(serve(tmp_path).url + "driver/2.8.0-281/").page
    assert page.locator("#history").count() == 0
    assert page.get_by_role("heading", name="Larkfield Driver").is_visible()
