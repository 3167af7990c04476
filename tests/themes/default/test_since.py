"""What time makes of a page: what is new since the last visit, and what changed since the build that one has."""

from __future__ import annotations

import pytest

from tests.themes.default.agents import INSTALL, SAFARI, STAY, Open
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


def test_a_dot_marks_what_is_new_since_the_last_visit(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url).page
    marked = page.locator(".apps li:has(.dot:visible) h2 a")

    def come_back(*, in_a_new_tab: bool) -> list[str]:
        if in_a_new_tab:
            page.evaluate("sessionStorage.clear()")
        page.reload()
        return marked.all_inner_texts()

    assert marked.count() == 0, "at the first visit all would be new"
    assert come_back(in_a_new_tab=True) == []
    page.evaluate(
        """() => { const key = "ota:seen:/", seen = JSON.parse(localStorage.getItem(key));
        const before = seen.map(build => build.replace("driver 2.8.0", "driver 2.7.9"));
        localStorage.setItem(key, JSON.stringify(before)); }"""
    )
    assert come_back(in_a_new_tab=True) == ["Larkfield Driver"]
    assert come_back(in_a_new_tab=False) == ["Larkfield Driver"], "a visit lasts as long as its tab"
    assert come_back(in_a_new_tab=True) == []


def test_dates_of_the_last_weeks_are_told_as_days_ago(site_server: Server, visit: Open) -> None:
    page = visit(site_server.url + "404.html", own_context=True).page
    for today, path, says, below in (
        ("2026-03-05", "driver/", "2 days ago", "Mar 3, 2026"),
        ("2026-03-24", "de/driver/", "vor 3 Wochen", "03.03.2026"),
        ("2026-04-24", "driver/", "Mar 3, 2026", None),
    ):
        page.clock.set_fixed_time(f"{today}T12:00:00")
        page.goto(site_server.url + path)
        fact = page.locator(".facts div").filter(has=page.locator("[data-ago]")).first
        assert fact.locator("time").inner_text() == says
        assert fact.locator(".under").all_inner_texts() == ([below] if below else [])
