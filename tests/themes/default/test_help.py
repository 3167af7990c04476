"""The help page: each symptom at an address of its own, the reader's system first, and a search."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Route

from otasite.site.views import BinaryView, InsideChange, InsideView, LinkView
from tests.themes.default.agents import ANDROID, SAFARI, Open
from tests.themes.default.pages import render
from tests.themes.default.samples import app, app_page, binary, release
from tests.web.links import PageLinks
from tests.web.server import Server

pytestmark = pytest.mark.browser

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


def inside(*asks: str, abis: tuple[str, ...] = (), changes: tuple[InsideChange, ...] = ()) -> InsideView:
    works = tuple({"arm64-v8a": "arm64", "armeabi-v7a": "arm32"}[abi] for abi in abis)
    return InsideView(
        made_for="",
        asks=asks,
        abis=abis,
        works_on=works,
        installed_size=0,
        libraries=(),
        signer="",
        verifier="",
        changes=changes,
    )


@pytest.mark.parametrize(
    ("apk", "link", "first", "without", "says"),
    [
        (binary("android"), "", ["source", "protect"], {"restricted-setting"}, ["Android 10 or later"]),
        (
            binary("android", inside=inside("sms")),
            "",
            ["protect", "source"],
            {"restricted-setting"},
            ["May ask for: SMS"],
        ),
        (
            binary("android", inside=inside("camera", "accessibility")),
            "",
            ["protect", "restricted-setting", "source"],
            set(),
            ["May ask for: accessibility service"],
        ),
        (binary("android"), "play", ["conflict", "source"], set(), []),
        (
            binary("android", inside=inside(changes=(InsideChange(kind="signer", platform="android"),))),
            "",
            ["conflict", "source"],
            set(),
            ["Another signing certificate"],
        ),
        (binary("android", minimum_os="", inside=inside()), "", ["source"], {"abi"}, []),
        (
            binary("android", inside=inside(abis=("arm64-v8a", "armeabi-v7a"))),
            "",
            ["source"],
            set(),
            ["Android 10 or later · 64-bit phones, 32-bit phones"],
        ),
    ],
    ids=["nothing known", "SMS", "accessibility", "in Google Play", "other signer", "for all", "processors"],
)
def test_what_this_apk_declares_comes_first(
    apk: BinaryView, link: str, first: list[str], without: set[str], says: list[str]
) -> None:
    links = (LinkView(kind="play", href="https://play.google.com/x"),) if link else ()
    page = render(app_page(app=app(links=links), release=release(ios=None, android=apk)))
    causes = page.partition('class="causes"')[2].partition("</ul>")[0]
    named = [found.partition("#")[2] for found in PageLinks(causes).found]
    assert named[: len(first)] == first
    assert len(named) == len(set(named)) >= 9 and not without & set(named)
    assert all(text in causes for text in says)


def test_alerts_are_drawn_in_the_words_of_the_pages_language(sample_site: Path) -> None:
    """With a title without quotation marks, and with answers; for the eye only, since the text says the same."""
    for folder, install, untrusted, cancel in (
        ("", "apps.example.com would like to install “…”", "Untrusted Enterprise Developer", "Cancel"),
        ("ar/", "يرغب apps.example.com في تثبيت «…»", "مطور المؤسسات غير موثوق", "إلغاء"),
    ):
        html = (sample_site / folder / "help/index.html").read_text("utf-8")
        drawn = html.split('<div class="pictures" aria-hidden="true">')[1:]
        alerts = [part.partition('<div class="alert"><b>')[2] for part in drawn if 'class="alert"' in part]
        titles = [alert.partition("</b>")[0] for alert in alerts]
        assert len(alerts) == 15 and {install, untrusted} <= set(titles)
        assert all("…" in title or title == title.strip("“”«» ") != "" for title in titles)
        assert f"<span>{cancel}</span>" in alerts[0]


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


#: How much of the page jumped while it was loading (https://web.dev/articles/cls): 0 is not at all.
JUMPED = """new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value; })
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(sum), 500);
})"""


def test_the_readers_own_system_is_first_from_the_first_picture(site_server: Server, visit: Open) -> None:
    """However slowly the script comes: what was seen does not jump away."""
    page = visit(site_server.url + "help/index.html", user_agent=ANDROID).page

    def slowly(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route("**/help.*.js", slowly)
    page.reload()
    assert page.locator("article > section > h2").first.inner_text() == "Android"
    assert page.evaluate(JUMPED) == 0


def test_only_pictures_below_the_first_screen_are_fetched_later(sample_site: Path) -> None:
    """The first screenshot is what a phone's first screen is waiting for."""
    shots = (sample_site / "driver/index.html").read_text("utf-8").partition('class="shots"')[2].partition("</ul>")[0]
    assert ['loading="lazy"' in picture for picture in shots.split("<img")[1:]] == [False, True, True, True]
