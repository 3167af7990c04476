"""Questions answered on the page or taken along: is my device in the build, links and details to copy and send."""

from __future__ import annotations

import hashlib

import pytest
from playwright.sync_api import expect

from otasite.binaries.device_check import hash_devices
from otasite.catalogue.records import DeviceCheckRecord
from otasite.site.views import SigningView
from tests.themes.default.agents import SAFARI, Open
from tests.themes.default.samples import binary, release
from tests.web.server import Server

pytestmark = pytest.mark.browser


def test_a_tester_learns_whether_the_device_is_in_the_build(visit_release: Open) -> None:
    included = "00008101-000A1B2C3D4E5F60"
    old = hashlib.sha1(b"an older device").hexdigest()
    hashes = hash_devices([included, old], b"sixteen bytes...", 1_000)
    check = DeviceCheckRecord(salt=hashes.salt, iterations=hashes.iterations, hashes=hashes.hashes)
    signing = SigningView(type="ad-hoc", team="", expires="", devices=2)
    opened = visit_release(release(ios=binary(type="ad-hoc", signing=signing, device_check=check)), user_agent=SAFARI)
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
