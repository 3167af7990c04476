"""What each reader sees: browsers and apps, before and after the tap, on both platforms, with and without scripts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec
import pytest
from playwright.sync_api import Page, Route, expect

from otasite.binaries.device_check import hash_devices
from otasite.catalogue.records import DeviceCheckRecord
from otasite.site.views import BinaryView, EarlierBuild, SigningView
from tests.theme.agents import AGENTS, ANDROID, MAC, SAFARI, WINDOWS, Agent, iphone
from tests.theme.pages import write_site
from tests.theme.samples import app, app_page, binary, history, release, release_page
from tests.web.links import PageLinks
from tests.web.server import Server
from tests.web.visit import Visit

pytestmark = pytest.mark.browser
Open = Callable[..., Visit]

INSTALL = "a[href^='itms-services:']"
LINK = (
    "itms-services://?action=download-manifest&url="
    "https%3A%2F%2Fapps.example.com%2Fdriver%2F2.8.0-281%2Fmanifest.plist"
)


def open_as(visit: Open, url: str, agent: Agent) -> Page:
    return visit(url, user_agent=agent.user_agent, touch_points=agent.touch_points, init_script=agent.script).page


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


@pytest.mark.parametrize("name", [name for name in AGENTS if AGENTS[name].words.startswith("android")])
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


#: What the help page explains of installing on Android.
ON_ANDROID = {
    "source",
    "protect",
    "auto-blocker",
    "unverified",
    "conflict",
    "downgrade",
    "abi",
    "zip",
    "work-profile",
    "space",
}
STAY = "document.addEventListener('click', event => event.preventDefault());"

# --- symptoms ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["driver/index.html", "driver/stable/index.html", "everything/index.html"])
def test_each_symptom_leads_to_its_place_on_the_help_page(page: str, sample_site: Path) -> None:
    symptoms = PageLinks((sample_site / "help/index.html").read_text("utf-8")).ids
    named = {
        link.partition("#")[2]
        for link in PageLinks((sample_site / page).read_text("utf-8")).found
        if "help/#" in link
    }
    expected = {
        "driver/index.html": {"untrusted", "not-verified", "restart"},
        "driver/stable/index.html": {"developer-mode", "integrity"},
        "everything/index.html": {"developer-mode", "integrity", *ON_ANDROID},
    }[page]
    assert named == expected | {
        "nothing",
        "invisible",
        "incompatible",
        "integrity",
        "replace",
        "restricted",
        "waiting",
        "stopped",
    }
    assert named <= symptoms


def test_a_site_with_a_help_page_of_its_own_is_not_sent_to_places_that_are_not_there(sample_site: Path) -> None:
    assert "#untrusted" not in (sample_site / "bare/index.html").read_text("utf-8")


def test_a_cause_opens_the_help_page_at_its_symptom(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "ar/driver/index.html", user_agent=SAFARI).page
    page.locator("#trouble summary").click()
    page.locator("#trouble a[href$='#restricted']").click()
    page.wait_for_url("**/ar/help/#restricted")
    assert page.locator("#restricted").is_visible()
    assert page.locator(".symptoms details[open]").count() == 1


def test_a_symptom_opens_where_the_browser_does_not_do_it(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "help/index.html").page
    page.evaluate(
        """() => { history.replaceState(null, "", "#waiting"); dispatchEvent(new HashChangeEvent("hashchange")); }"""
    )
    assert page.locator("#waiting").is_visible()


def test_a_tap_on_a_computer_promises_nothing(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "driver/index.html", user_agent=MAC, touch_points=0, init_script=STAY).page
    page.locator(INSTALL).click()
    assert not page.locator(".track").is_visible()


def test_the_build_installed_from_here_is_remembered(site_server: Server, visit: Open) -> None:
    opened = visit(site_server.url + "driver/2.7.0-274/index.html", user_agent=SAFARI, init_script=STAY)
    page = opened.page
    page.evaluate("document.querySelector('.get').dataset.release = '2.8.0-280'")
    page.locator(INSTALL).click()
    page.goto(site_server.url + "driver/index.html")
    assert page.locator("#since").input_value() == "since-2.8.0-280"
    assert page.locator(".is-new h3").all_inner_texts() == ["2.10.0 (300)", "2.9.0 (290)"]
    assert page.get_by_text("Everything above 2.8.0 (280) is new to you.").is_visible()


def test_an_old_build_leads_to_what_changed(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "driver/2.7.0-274/index.html").page
    assert page.get_by_text("There is a newer build.").is_visible()
    assert page.get_by_role("link", name="Go to the newer build").get_attribute("href") == "../../driver/2.1.0-210/"
    changes = page.get_by_role("link", name="See what changed").get_attribute("href")
    assert changes == "../../driver/stable/#since-2.8.0-281"
    page.goto(site_server.url + "driver/index.html#since-2.9.0-290")
    assert page.locator(".is-new h3").all_inner_texts() == ["2.10.0 (300)"]
    page.locator("#since").select_option("")
    assert page.locator(".is-new").count() == 0


# --- dates, devices, messages --------------------------------------------------------------------------------


def serve_page(
    folder: Path, serve: Callable[..., Server], signing: SigningView, check: DeviceCheckRecord | None
) -> str:
    ios = binary(type="ad-hoc", signing=signing, device_check=check)
    write_site(folder, {"driver/index.html": app_page(release=release(ios=ios))})
    return serve(folder).url + "driver/index.html"


@pytest.mark.parametrize(
    ("days", "shown", "expired"),
    [
        (300, None, False),
        (12.5, "This build stops working in 12 days.", False),
        (1.5, "This build stops working tomorrow.", False),
        (0.5, "This build stops working today.", False),
        (-3, "no longer opens. Please ask for a new build.", True),
    ],
)
def test_expiry_is_judged_when_the_page_is_read(
    days: float, shown: str | None, expired: bool, tmp_path: Path, serve: Callable[..., Server], visit: Open
) -> None:
    expires = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    signing = SigningView(type="ad-hoc", team="Larkfield", expires=expires, devices=3)
    page = visit(serve_page(tmp_path, serve, signing, None), user_agent=SAFARI).page
    banner = page.locator("[data-expires]")
    assert banner.is_visible() == (shown is not None)
    if shown:
        assert shown in banner.inner_text()
    assert ("expired" in (page.locator("html").get_attribute("data-ota") or "").split()) == expired
    assert page.locator(INSTALL).is_visible()


@pytest.mark.parametrize(("hours", "is_over"), [(30, False), (-1, True)])
def test_the_end_of_a_signed_download_is_judged_when_the_page_is_read(
    hours: int, is_over: bool, tmp_path: Path, serve: Callable[..., Server], visit: Open
) -> None:
    end = datetime.now(UTC) + timedelta(hours=hours)
    ios = binary(available_until=end.strftime("%Y-%m-%dT%H:%M:%SZ"))
    write_site(tmp_path, {"driver/index.html": app_page(release=release(ios=ios))})
    page = visit(serve(tmp_path).url + "driver/index.html", user_agent=SAFARI).page
    expect(page.locator(".facts")).to_contain_text(f"Download until{end:%b} {end.day}, {end.year}")
    banner = page.locator("[data-available]")
    assert banner.is_visible() == is_over
    if is_over:
        expect(banner).to_contain_text("The download ended on")
    assert page.locator(INSTALL).is_visible()


def test_a_tester_learns_whether_the_device_is_in_the_build(
    tmp_path: Path, serve: Callable[..., Server], visit: Open
) -> None:
    included = "00008101-000A1B2C3D4E5F60"
    old = hashlib.sha1(b"an older device").hexdigest()
    hashes = hash_devices([included, old], b"sixteen bytes...", 1_000)
    check = DeviceCheckRecord(salt=hashes.salt, iterations=hashes.iterations, hashes=hashes.hashes)
    signing = SigningView(type="ad-hoc", team="", expires="", devices=2)
    opened = visit(serve_page(tmp_path, serve, signing, check), user_agent=SAFARI)
    page = opened.page
    page.wait_for_load_state("networkidle")
    before = len(opened.requests)
    for pasted, answer in (
        (included, "Yes, this build includes your device."),
        (f"  {included.lower()}\n", "Yes, this build includes your device."),
        (old.upper(), "Yes, this build includes your device."),
        ("00008101-000A1B2C3D4E5F61", "No, this build does not include that device."),
        ("my phone", "That is not a device identifier."),
    ):
        page.get_by_label("Device identifier").fill(pasted)
        page.get_by_role("button", name="Check").click()
        expect(page.locator("form output")).to_contain_text(answer)
    later = opened.requests[before:]
    assert all(url.endswith((".png", ".svg")) for url in later), "nothing is sent; pictures may still arrive"


def test_a_message_says_which_build_and_browser(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "driver/index.html", user_agent=SAFARI).page
    href = page.get_by_role("link", name="Write to us", include_hidden=True).get_attribute("href") or ""
    assert href.startswith(
        "mailto:apps@example.com?subject=Help%20with%20Larkfield%20Driver%202.8.0%20%28281%29&body="
    )
    body = page.evaluate("href => decodeURIComponent(href.split('&body=')[1])", href)
    assert "Page: https://apps.example.com/driver/" in body
    assert body.endswith(f"Browser: {SAFARI}")


def test_links_are_copied_and_shared(site_server: Server, visit: Open) -> None:
    fakes = """
    Object.defineProperty(navigator, 'clipboard', {value: {writeText: async text => { window.copied = text; }}});
    navigator.share = async data => { window.shared = data; };
    """
    page = visit(site_server.url + "driver/index.html", user_agent=SAFARI, init_script=fakes).page
    button = page.locator(".handoff [data-copy]")
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("copied") == "https://apps.example.com/driver/"
    page.get_by_role("button", name="Share").click()
    assert page.evaluate("shared") == {"title": "Larkfield Driver", "url": "https://apps.example.com/driver/"}


def test_copying_works_where_the_clipboard_may_not_be_written(site_server: Server, visit: Open) -> None:
    fakes = """
    Object.defineProperty(navigator, 'clipboard', {value: undefined});
    document.execCommand = command => { window.copied = document.activeElement.value; return true; };
    """
    page = visit(site_server.url + "everything/index.html", user_agent=SAFARI, init_script=fakes).page
    page.get_by_role("button", name="Copy details for support").click()
    assert page.evaluate("copied").endswith(
        f"Version: 2.8.0 (281)\nPage: https://apps.example.com/everything/\nBrowser: {SAFARI}"
    )
    assert page.locator("textarea").count() == 0


def test_help_opens_at_the_symptom_that_a_link_names(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "help/index.html#untrusted", javascript=False).page
    assert page.get_by_text("tap the organisation, then Trust.").is_visible()
    assert not page.get_by_text("Enter the one you were given.").is_visible()


@pytest.mark.parametrize(("user_agent", "first"), [(SAFARI, "iPhone and iPad"), (ANDROID, "Android")])
def test_help_begins_with_the_readers_own_system(
    user_agent: str, first: str, site_server: Server, visit: Open
) -> None:
    page = visit(site_server.url + "help/index.html", user_agent=user_agent).page
    assert page.locator("article > section > h2").first.inner_text() == first
    assert page.locator("article > section h3").all_inner_texts() == 2 * [
        "Before the install",
        "While installing",
        "After installing",
    ]


@pytest.mark.parametrize(
    ("path", "words", "found"),
    [
        ("help/index.html", "PLAY protect", ["“Blocked by Play Protect”"]),
        ("help/index.html", "developer mode", ["“Developer Mode Required”"]),
        ("ja/help/index.html", "自動ブロッカー", ["「自動ブロッカーによってブロックされました」（Samsung）"]),
        ("help/index.html", "no such words", []),
    ],
)
def test_help_is_searched_in_the_page(
    path: str, words: str, found: list[str], site_server: Server, visit: Open
) -> None:
    seen = visit(site_server.url + path, user_agent=SAFARI)
    seen.page.locator("#seek").fill(words)
    assert seen.page.locator(".symptoms h4:visible").all_inner_texts() == found
    assert seen.page.locator("[data-none]").inner_text().startswith("Nothing found") == (not found)
    seen.page.locator("#seek").fill("")
    assert seen.page.locator(".symptoms h4:visible").count() == seen.page.locator(".symptoms h4").count()


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
    tmp_path: Path,
    serve: Callable[..., Server],
    visit: Open,
) -> None:
    write_site(tmp_path, {"driver/index.html": app_page(release=release(ios=_with_earlier("ios", *versions)))})
    safari = f"Version/{system.replace('_', '.')} Mobile/15E148 Safari/604.1"
    page = visit(serve(tmp_path).url + "driver/index.html", user_agent=iphone(safari, system), touch_points=5).page
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
    tmp_path: Path,
    serve: Callable[..., Server],
    visit: Open,
) -> None:
    android = _with_earlier("android", *versions)
    write_site(tmp_path, {"driver/index.html": app_page(release=release(ios=None, android=android))})
    page = visit(serve(tmp_path).url + "driver/index.html", user_agent=user_agent, touch_points=5).page
    expect(page.locator(".banner.warn:visible")).to_have_count(1 if says else 0)
    if says:
        assert says in page.locator(".banner.warn").inner_text()
        links = page.locator(".banner.warn").locator(".button")
        assert [link.get_attribute("href") for link in links.all()] == [
            f"../driver/{version}-1/" for version, *_ in versions
        ], "its page, not the file: some programs take every link to an .apk for the newest"


def test_without_scripts_nobody_is_called_too_old(tmp_path: Path, serve: Callable[..., Server], visit: Open) -> None:
    ios = _with_earlier("ios", ("1.9", "15.0", ""))
    write_site(tmp_path, {"driver/index.html": app_page(release=release(ios=ios))})
    old = iphone("Version/15.6 Mobile/15E148 Safari/604.1", "15_6")
    page = visit(serve(tmp_path).url + "driver/index.html", user_agent=old, javascript=False).page
    assert page.locator("[data-fits]").count() == 1
    assert page.locator("[data-fits]:visible, [data-minimum]:visible").count() == 0


def test_each_platform_shows_its_own_newest_build(tmp_path: Path, serve: Callable[..., Server], visit: Open) -> None:
    origin = history(1)[0]
    ios = binary(
        version="1.2.0",
        build="45",
        origin=msgspec.structs.replace(origin, date="2026-02-01", notes="<p>For iOS.</p>"),
    )
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
