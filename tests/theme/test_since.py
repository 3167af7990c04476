"""What time makes of a page: what is new since the last visit, and what changed since the build that one has."""

from __future__ import annotations

import pytest

from tests.theme.agents import INSTALL, SAFARI, STAY, Open
from tests.web.server import Server

pytestmark = pytest.mark.browser


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
