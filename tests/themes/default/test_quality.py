"""Every page kind against the checkers: Nu, axe-core, the strict policy, narrow windows, size."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import rcssmin
from playwright.sync_api import expect

from otasite.theming.themes import load_theme
from tests.themes.default.agents import STAY
from tests.themes.default.pages import NOWHERE, render, renderer, write_site
from tests.themes.default.samples import OPTIONS, app_page, index_page, samples, site
from tests.themes.store.pages import write_site as write_store
from tests.web.server import Server
from tests.web.visit import Visit

THEMES = Path(__file__).parents[3] / "themes"
PAGES = sorted(samples())
AUDITED = (
    "index.html",
    "driver/index.html",
    "driver/stable/index.html",
    "driver/2.7.0-274/index.html",
    "everything/index.html",
    "empty/index.html",
    "help/index.html",
    "privacy/index.html",
    "shown/index.html",
    "404.html",
    "ar/driver/index.html",
)
DARK = ("index.html", "everything/index.html", "help/index.html", "privacy/index.html")


def test_the_nu_checker_finds_no_error(sample_site: Path, nu_checker: Callable[[Path], str]) -> None:
    assert nu_checker(sample_site) == ""


@pytest.mark.browser
@pytest.mark.parametrize("path", AUDITED)
def test_axe_finds_nothing(path: str, site_server: Server, visit: Callable[..., Visit], axe_source: str) -> None:
    seen = visit(site_server.url + path)
    seen.page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")
    assert seen.violations(axe_source) == []
    if path in DARK:
        seen.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        assert seen.violations(axe_source) == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("theme", "path"),
    [("default", "driver/index.html"), ("default", "ar/driver/index.html"), ("store", "driver/index.html")],
)
def test_axe_finds_nothing_after_the_tap(
    theme: str, path: str, tmp_path: Path, serve: Callable[..., Server], visit: Callable[..., Visit], axe_source: str
) -> None:
    """With steps and doctor open, in light and dark; and a search in the help that finds something and nothing."""
    help_path = path.replace("driver", "help")
    write = write_site if theme == "default" else write_store
    server = serve(write(tmp_path, {name: samples()[name] for name in (path, help_path)}))
    seen = visit(server.url + path, user_agent=IPHONE, init_script=STAY)
    page = seen.page
    page.locator("[data-install]").click()
    page.locator("[data-nothing]").first.click()
    expect(page.locator(".doctor:visible [role=status]")).not_to_be_empty(timeout=60_000)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert seen.violations(axe_source) == [], scheme
    page.goto(server.url + help_path)
    for words in ("iOS", "no such words"):
        page.locator("#seek").fill(words)
        assert seen.violations(axe_source) == [], words


@pytest.mark.browser
@pytest.mark.parametrize(
    "options",
    [
        {"accent": "#ffd60a", "corners": "square", "appearance": "light"},
        {"accent": "#7a1fa2", "corners": "soft", "appearance": "dark", "footer": "Internal use only"},
    ],
    ids=["yellow, square, always light", "purple, soft, always dark"],
)
def test_any_accent_stays_readable(
    options: dict[str, str],
    tmp_path: Path,
    serve: Callable[..., Server],
    visit: Callable[..., Visit],
    axe_source: str,
) -> None:
    server = serve(write_site(tmp_path, {"driver/index.html": app_page()}, **options))
    for dark in (False, True):
        seen = visit(server.url + "driver/index.html", dark=dark, user_agent=IPHONE)
        assert seen.violations(axe_source) == []
        ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (options["appearance"] == "light")
        assert seen.page.get_by_text("Internal use only").count() == ("footer" in options)


def test_the_samples_have_the_options_of_the_theme() -> None:
    assert renderer().theme.options == OPTIONS


def test_the_mark_of_the_organisation_stands_beside_the_sites_name() -> None:
    assert '<img class="mark" src="../logo.svg" alt="" width="26" height="26">' in render(
        app_page(site=site(logo="logo.svg"))
    )
    assert '<img class="logo" src="logo.svg"' in render(index_page(site=site(logo="logo.svg")))
    assert '<span class="mark" aria-hidden="true">L</span>' in render(app_page())


def test_what_a_site_switches_off_is_gone() -> None:
    assert "qr.svg" not in render(app_page(), show_qr="false")
    assert "SHA-256" not in render(app_page(), show_checksum="false")


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_and_breaks_no_rule(path: str, site_server: Server, visit: Callable[..., Visit]) -> None:
    seen = visit(site_server.url + path, width=320)
    for width in (320, 390, 768, 1280):
        seen.page.set_viewport_size({"width": width, "height": 800})
        assert seen.sideways_scroll() <= 0, f"scrolls sideways at {width} px"
    assert seen.complaints == [], "the policy forbids something, or a file is missing"
    assert seen.foreign_requests() == []


@pytest.mark.browser
@pytest.mark.parametrize(("path", "side"), [("driver/index.html", "left"), ("ar/driver/index.html", "right")])
def test_icon_and_button_begin_on_one_line(
    path: str, side: str, site_server: Server, visit: Callable[..., Visit]
) -> None:
    page = visit(site_server.url + path, user_agent=IPHONE).page
    edges = """side => [".hero img", ".get .button", ".facts dt"].map(
        part => document.querySelector(part).getBoundingClientRect()[side])"""
    assert len(set(page.evaluate(edges, side))) == 1


@pytest.mark.browser
@pytest.mark.parametrize("path", ["index.html", "everything/index.html", "help/index.html", "404.html"])
def test_what_can_be_tapped_is_large_enough(path: str, site_server: Server, visit: Callable[..., Visit]) -> None:
    """44 px for everything that stands alone; a link inside a sentence may be as high as its line."""
    seen = visit(site_server.url + path, user_agent=IPHONE)
    small = seen.page.evaluate(
        """() => [...document.querySelectorAll("a, button, summary, select, input")].filter(element => {
            const box = element.getBoundingClientRect();
            const inText = element.closest(".prose, .apps, .skip");
            return element.checkVisibility() && !inText && box.height < 43.9;
        }).map(element => element.outerHTML.slice(0, 120) + element.getBoundingClientRect().height)"""
    )
    assert small == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "width"), [("driver/index.html", 320), ("ar/index.html", 390), ("index.html", 1280)]
)
def test_the_list_of_languages_lies_on_top(
    path: str, width: int, site_server: Server, visit: Callable[..., Visit]
) -> None:
    page = visit(site_server.url + path, width=width).page
    page.locator(".languages summary").click()
    assert page.evaluate(COVERED) == []


@pytest.mark.browser
def test_an_app_in_the_list_is_one_large_target(site_server: Server, visit: Callable[..., Visit]) -> None:
    page = visit(site_server.url).page
    row = page.locator(".apps li").first
    box = row.bounding_box()
    assert box and box["height"] >= 44
    page.mouse.click(box["x"] + box["width"] - 10, box["y"] + box["height"] - 10)
    page.wait_for_url("**/driver/**")


@pytest.mark.browser
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    site_server: Server, visit: Callable[..., Visit]
) -> None:
    page = visit(site_server.url + "everything/index.html").page
    expected = page.evaluate(
        "[...document.querySelectorAll('a, button, summary, select, input, [tabindex]')]"
        ".filter(element => element.checkVisibility()).length"
    )
    reached = set()
    for _ in range(expected + 2):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """() => { const focus = document.activeElement, style = getComputedStyle(focus);
            const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
            return [focus.outerHTML.slice(0, 150), ring]; }"""
        )
        if not state[0].startswith("<body"):
            assert state[1], f"no visible focus on {state[0]}"
            reached.add(state[0])
    assert len(reached) >= expected - 2, "two links may look alike in their first characters"


@pytest.mark.browser
def test_paper_has_what_helps_there(site_server: Server, visit: Callable[..., Visit]) -> None:
    page = visit(site_server.url + "everything/index.html", dark=True).page
    page.emulate_media(media="print", color_scheme="dark")
    for kept in (".qr", ".address", ".facts", ".news", ".releases h3", ".sum"):
        assert page.locator(kept).first.is_visible(), kept
    for gone in (
        ".bar",
        ".foot",
        ".channels",
        ".shots",
        ".trouble",
        ".questions",
        ".since",
        ".device",
        ".handoff .actions",
    ):
        assert not page.locator(gone).first.is_visible(), gone
    ground, ink = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert (ground, ink) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)"), "dark on paper is a waste of ink"


@pytest.mark.browser
def test_forced_colours_leave_every_part_an_edge(site_server: Server, visit: Callable[..., Visit]) -> None:
    page = visit(site_server.url + "driver/index.html", user_agent=IPHONE).page
    page.emulate_media(forced_colors="active")
    for part in (".get .button", ".channels span", ".channels [aria-current] span", ".handoff"):
        width = page.locator(part).first.evaluate("part => parseFloat(getComputedStyle(part).borderTopWidth)")
        assert width >= 1, f"{part} cannot be told from the ground"


@pytest.mark.browser
def test_who_wants_less_motion_gets_none(site_server: Server, visit: Callable[..., Visit]) -> None:
    moving = """() => [...document.querySelectorAll("*")].flatMap(part => [null, "::before", "::after"].map(
        pseudo => getComputedStyle(part, pseudo).transitionDuration)).filter(time => parseFloat(time) > 0).length"""
    url = site_server.url + "driver/index.html"
    assert visit(url, reduced_motion="no-preference").page.evaluate(moving) > 0
    assert visit(url, reduced_motion="reduce").page.evaluate(moving) == 0


@pytest.mark.browser
@pytest.mark.parametrize("path", ["driver/index.html", "ar/driver/index.html"])
def test_a_pressed_button_looks_pressed(path: str, site_server: Server, visit: Callable[..., Visit]) -> None:
    page = visit(site_server.url + path, user_agent=IPHONE).page
    button = page.locator(".get-ios .button")
    filtered = "button => getComputedStyle(button).filter"
    calm = button.evaluate(filtered)
    button.hover()
    page.mouse.down()
    assert button.evaluate(filtered) != calm
    page.mouse.move(0, 0)
    page.mouse.up()


@pytest.mark.parametrize(("theme", "style"), [("default", "site.css"), ("store", "item.css")])
def test_an_app_page_weighs_little(theme: str, style: str) -> None:
    """All that comes before the tap but pictures, compressed: page, stylesheet, scripts."""
    assets = load_theme(theme, site_root=NOWHERE, options={}).assets
    early = [assets[name].data for name in (style, "ota.js", "since.js")]
    assert sum(len(gzip.compress(data, 9)) for data in [render(app_page()).encode(), *early]) <= 16 * 1024


def test_what_only_some_need_is_fetched_later_and_weighs_little() -> None:
    """Steps, doctor and device check."""
    assets = renderer().theme.assets
    assert sum(len(gzip.compress(assets[name].data, 9)) for name in ("track.js", "doctor.js", "devices.js")) <= 4_500


@pytest.mark.browser
def test_published_stylesheets_say_what_was_written(site_server: Server, visit: Callable[..., Visit]) -> None:
    """Without comments and indentation, a browser reads the same rules."""
    page = visit(site_server.url + "404.html").page
    for file in THEMES.glob("*/static/*.css"):
        written = file.read_bytes()
        assert page.evaluate(RULES, written.decode()) == page.evaluate(RULES, rcssmin.cssmin(written).decode()), file


#: The rules of a stylesheet; browsers keep white space in custom properties and conditions, where it means nothing.
RULES = r"""text => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return [...sheet.cssRules].map(rule => rule.cssText.replace(/\s+/g, " ").replace(/([,(]) | (?=[,)])/g, "$1")
        .replace(/\(([\w-]+): /g, "($1:").replace(/\) (?=[\w.-])/g, ")"));
}"""


#: Entries of the open list of languages that are too small, out of the window, or under something else.
COVERED = """() => [...document.querySelectorAll(".languages li a")].filter(link => {
    const box = link.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return box.height < 43.9 || box.left < 0 || box.right > innerWidth || top !== link;
}).map(link => link.textContent)"""
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
