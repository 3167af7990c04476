"""Open pages in a real browser while files change under them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from otasite.catalogue.project import Project
from tests.preview.projects import PATIENCE, Running, change, put
from tests.web.visit import Visit

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE * 1000)

FERRY = "apps/ferry/app.yaml"
NEWEST = "apps/ferry/releases/1.1-11.yaml"
#: Marks a document, so that one that was loaded again is told from one that stayed.
MARK = "window.marked = true"
STAYED = "window.marked === true"


def long_notes(live: Running) -> None:
    """A page that is several screens long."""
    lines = "".join(f"\n\n  Line {number} of the notes." for number in range(200))
    change(live.content / NEWEST, "notes: Notes of 1.1", f"notes: |\n  Notes of 1.1{lines}")
    live.wait_for_text("ferry/1.1-11/", "Line 199")


#: Makes a document remember the last state of the site that it asked about, and found that it need not load again.
LISTEN = "document.addEventListener('otasite:checked', (event) => { window.checked = event.detail.version; })"


def wait_until_checked(live: Running, page: Page) -> None:
    """Until this very document has asked about the newest state and stayed; in vain when it loads again."""
    page.wait_for_function("version => window.checked >= version", arg=live.preview.site.version)


def scroll_to(page: Page, y: int) -> None:
    page.evaluate(f"scrollTo({{left: 0, top: {y}, behavior: 'instant'}})")


@pytest.fixture
def look(live: Running, visit: Callable[..., Visit]) -> Callable[..., Visit]:
    """Open a page of the preview and wait until it follows the files."""

    def open_page(path: str = "", **more: object) -> Visit:
        seen = visit(live.url + path, **more)
        seen.context.set_default_timeout(PATIENCE * 1000)
        seen.page.wait_for_selector("otasite-bar", state="attached")
        live.wait_for(lambda: live.preview.stream.count > 0, "the stream")
        return seen

    return open_page


def complaints(seen: Visit) -> list[str]:
    """What the browser complained of; that a page which is left gives up its requests is no complaint."""
    return [line for line in seen.complaints if not ("/_otasite/" in line and "ERR_ABORTED" in line)]


def overlay(page: Page) -> str:
    """The text of the overlay, "" when there is none."""
    text: str = page.evaluate("document.querySelector('otasite-problems')?.shadowRoot.textContent ?? ''")
    return text


def wait_for_overlay(page: Page, words: str) -> None:
    page.wait_for_function(
        "words => (document.querySelector('otasite-problems')?.shadowRoot.textContent ?? '').includes(words)",
        arg=words,
    )


# --- following edits ------------------------------------------------------------------------------------------


def test_an_edit_shows_at_the_place_where_one_was_reading(live: Running, look: Callable[..., Visit]) -> None:
    long_notes(live)
    seen = look("ferry/1.1-11/")
    scroll_to(seen.page, 1500)
    change(live.content / NEWEST, "Line 3 of", "Line drei of")
    expect(seen.page.get_by_text("Line drei of")).to_be_attached()
    seen.page.wait_for_function("() => scrollY === 1500")
    assert complaints(seen) == []


def test_other_styles_come_without_loading_and_without_losing_the_place(
    live: Running, look: Callable[..., Visit]
) -> None:
    theme = live.project.root / "themes" / "own"
    (theme / "static").mkdir(parents=True)
    (theme / "theme.yaml").write_text("version: '1'\n")
    css = theme / "static" / "own.css"
    put(css, "h1 { color: rgb(1, 2, 3) }")
    (theme / "templates").mkdir()
    (theme / "templates" / "release.html").write_text(
        "{% extends '@theme/release.html' %}{% block head %}{{ super() }}"
        '<link rel="stylesheet" href="{{ page.root }}{{ asset("own.css") }}">{% endblock %}'
    )
    change(live.content / "site.yaml", "title: Harbour", "theme: own\ntitle: Harbour")
    long_notes(live)
    live.wait_for_text("ferry/1.1-11/", "own.")
    seen = look("ferry/1.1-11/")
    page = seen.page
    scroll_to(page, 1200)
    page.evaluate(MARK)
    put(css, "h1 { color: rgb(9, 8, 7) }")
    page.wait_for_function("() => getComputedStyle(document.querySelector('h1')).color === 'rgb(9, 8, 7)'")
    assert page.evaluate(STAYED)
    assert page.evaluate("scrollY") == 1200
    assert page.locator('link[rel="stylesheet"][href*="own."]').count() == 1
    assert complaints(seen) == []


def test_an_edit_elsewhere_leaves_a_page_alone(live: Running, look: Callable[..., Visit]) -> None:
    page = look("tug/").page
    page.evaluate(MARK)
    page.evaluate(LISTEN)
    asked: list[str] = []
    page.on("response", lambda response: asked.append(response.url))
    change(live.content / FERRY, "First", "Second")
    live.wait_for_text("ferry/", "Second")
    wait_until_checked(live, page)
    assert page.evaluate(STAYED)
    assert all("_otasite/status" in url for url in asked), "it asked, and heard that nothing changed"
    change(live.content / "apps/tug/app.yaml", "First", "Third")
    expect(page.get_by_text("Third").first).to_be_visible()


def test_a_page_that_goes_and_comes_back(live: Running, look: Callable[..., Visit]) -> None:
    file = live.content / NEWEST
    text = file.read_text()
    page = look("ferry/1.1-11/").page
    file.unlink()
    page.wait_for_function("() => document.body && !document.body.textContent.includes('Notes of 1.1')")
    put(file, text)
    expect(page.get_by_text("Notes of 1.1").first).to_be_visible()


# --- problems -------------------------------------------------------------------------------------------------


def test_problems_lie_above_the_last_good_page_and_go(live: Running, look: Callable[..., Visit]) -> None:
    seen = look("ferry/")
    page = seen.page
    page.evaluate(MARK)
    change(live.content / FERRY, "subtitle: First", "subtitel: <img src=x onerror=alert(1)>")
    wait_for_overlay(page, "unknown-key")
    text = overlay(page)
    assert "content/apps/ferry/app.yaml:2:1: error: there is no key “subtitel” here [unknown-key]" in text
    assert "2 | subtitel: <img src=x onerror=alert(1)>\n  | ^" in text
    assert "did you mean “subtitle”?" in text
    assert page.evaluate("document.querySelector('otasite-problems').shadowRoot.querySelector('img')") is None
    assert page.evaluate(STAYED)
    assert page.get_by_role("heading", name="Ferry").first.is_visible(), "the last good page"
    change(live.content / "apps/tug/app.yaml", "subtitle", "subtitel")
    wait_for_overlay(page, "content/apps/tug/app.yaml:2:1")
    assert "2 errors" in overlay(page)
    change(live.content / "apps/tug/app.yaml", "subtitel", "subtitle")
    change(live.content / FERRY, "subtitel: <img src=x onerror=alert(1)>", "subtitle: First")
    page.wait_for_selector("otasite-problems", state="detached")
    assert page.evaluate(STAYED), "the page was right all the time"
    assert complaints(seen) == []


def test_problems_can_be_hidden_until_there_are_others(live: Running, look: Callable[..., Visit]) -> None:
    page = look("ferry/").page
    change(live.content / FERRY, "subtitle", "subtitel")
    wait_for_overlay(page, "subtitel")
    page.keyboard.press("Escape")
    page.wait_for_selector("otasite-problems", state="detached")
    change(live.content / FERRY, "subtitel", "subtitell")
    wait_for_overlay(page, "subtitell")
    page.locator("otasite-problems").get_by_role("button", name="Hide").click()
    page.wait_for_selector("otasite-problems", state="detached")


def test_a_first_build_that_fails_becomes_the_page(
    project: Project, start: Callable[..., Running], visit: Callable[..., Visit]
) -> None:
    app = project.content / FERRY
    change(app, "bundle_id", "bundle")
    live = start()
    page = visit(f"{live.url}ferry/").page
    expect(page.get_by_role("heading", name="1 error")).to_be_visible()
    expect(page.locator("article")).to_have_count(1)  # the releases that miss the identifier say nothing of their own
    page.wait_for_function("() => getComputedStyle(document.body).backgroundColor === 'rgb(23, 23, 26)'")
    change(live.content / FERRY, "bundle", "bundle_id")
    expect(page.get_by_role("heading", name="Ferry").first).to_be_visible()


# --- tabs -----------------------------------------------------------------------------------------------------

HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_a_hidden_tab_closes_its_stream_and_catches_up(live: Running, look: Callable[..., Visit]) -> None:
    page = look("ferry/").page
    page.evaluate(MARK)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(HIDE, True)
    live.wait_for(lambda: live.preview.stream.count == 0, "the stream's end")
    change(live.content / FERRY, "First", "Meanwhile")
    live.wait_for_text("ferry/", "Meanwhile")
    live.wait_until_settled()
    assert asked == [], "hidden pages ask for nothing"
    assert page.evaluate(STAYED)
    page.evaluate(HIDE, False)
    expect(page.get_by_text("Meanwhile").first).to_be_visible()
    live.wait_for(lambda: live.preview.stream.count == 1, "the stream")


def test_eight_tabs_follow_with_one_stream(live: Running, look: Callable[..., Visit]) -> None:
    first = look("ferry/").page
    tabs = [first]
    for _ in range(7):  # more than a browser's connections to one host; opened by the first they share its process
        with first.expect_popup() as opened:
            first.evaluate("url => void window.open(url)", f"{live.url}ferry/")
        tabs.append(opened.value)
    live.wait_for(lambda: live.preview.stream.count == 1, "one stream")
    change(live.content / FERRY, "First", "For all")
    for tab in tabs:
        expect(tab.get_by_text("For all").first).to_be_visible()
    tabs[0].close()
    live.wait_for(lambda: live.preview.stream.count == 1, "another tab's stream")
    change(live.content / FERRY, "For all", "For the rest")
    for tab in tabs[1:]:
        expect(tab.get_by_text("For the rest").first).to_be_visible()
    live.wait_for(lambda: live.preview.stream.count == 1, "still one stream")


def test_pages_survive_a_restart_of_the_preview(live: Running, look: Callable[..., Visit]) -> None:
    page = look("ferry/").page
    port = live.preview.port
    live.stop()
    change(live.content / FERRY, "First", "While it was away")
    again = Running(live.project, type(live.settings)(port=port))
    try:
        expect(page.get_by_text("While it was away").first).to_be_visible()
    finally:
        again.stop()


# --- the bar --------------------------------------------------------------------------------------------------


def test_the_bar_shows_the_page_as_other_devices_see_it(live: Running, look: Callable[..., Visit]) -> None:
    seen = look("ferry/", width=1280)
    page = seen.page
    assert page.locator("html").get_attribute("data-ota") == "desktop"
    for label, state in {
        "iPhone, Safari": "ios safari",
        "iPad, Safari": "ios safari",
        "iPhone, in Instagram": "ios in-app",
        "iPhone, in Telegram": "ios in-app",
        "Android, Chrome": "android",
        "Computer": "desktop",
    }.items():
        with page.expect_navigation():
            page.get_by_label("View as").select_option(label=label)
        words = (page.locator("html").get_attribute("data-ota") or "").split()
        assert set(state.split()) <= set(words), label
    assert page.get_by_role("link", name="content/apps/ferry/app.yaml").get_attribute("href") == (
        f"vscode://file{live.content}/apps/ferry/app.yaml"
    )
    assert complaints(seen) == []


def test_the_bar_turns_light_and_dark(live: Running, look: Callable[..., Visit]) -> None:
    page = look("ferry/", width=1280).page
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_label("Light or dark").select_option(label="Dark")
    dark = page.evaluate(background)
    assert light != dark
    page.reload()
    page.wait_for_function(f"() => {background} === {dark!r}")
    page.get_by_label("Light or dark").select_option(label="As the system")
    assert page.evaluate(background) == light


def test_the_bar_tries_theme_options(live: Running, look: Callable[..., Visit]) -> None:
    seen = look("ferry/", width=1280)
    page = seen.page
    page.evaluate(MARK)
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Accent", exact=True).fill("#aa0044")
    page.wait_for_function(
        "() => [...document.styleSheets].some(s => [...s.cssRules].some(r => r.cssText.includes('#aa0044')))"
    )
    assert page.evaluate(STAYED), "colours need no loading"
    expect(page.get_by_text('accent: "#aa0044"')).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function(
        "() => ![...document.styleSheets].some(s => [...s.cssRules].some(r => r.cssText.includes('#aa0044')))"
    )
    assert "aa0044" not in (live.content / "site.yaml").read_text()
    assert complaints(seen) == []


def test_the_bar_leads_to_other_languages(live: Running, look: Callable[..., Visit]) -> None:
    change(live.content / "site.yaml", "title: Harbour", "languages: [en, de]\ntitle: Harbour")
    live.wait_for(lambda: live.get("de/ferry/").status == 200, "German")
    page = look("ferry/", width=1280).page
    with page.expect_navigation():
        page.get_by_role("combobox", name="Language").select_option(label="Deutsch")
    assert page.url.endswith("/repo/de/ferry/")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_with_bar_and_overlay_is_accessible(
    live: Running, look: Callable[..., Visit], axe_source: str, width: int
) -> None:
    seen = look("ferry/", width=width)
    page = seen.page
    page.get_by_text("Options", exact=True).click()
    expect(page.get_by_label("Accent", exact=True)).to_be_in_viewport(ratio=1)
    assert seen.violations(axe_source) == []
    assert seen.sideways_scroll() <= 0
    change(live.content / FERRY, "subtitle", "subtitel")
    wait_for_overlay(page, "subtitel")
    assert seen.violations(axe_source) == []
