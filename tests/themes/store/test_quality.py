"""Every page kind in the store against the checkers: Nu, axe-core, the strict policy, narrow windows, size."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.themes.default.test_quality import COVERED
from tests.themes.store.pages import render, renderer, write_site
from tests.themes.store.samples import cards, index, recent, samples
from tests.web.server import Server
from tests.web.visit import Visit

PAGES = sorted(samples())
#: Page and whether it is dark. What the store only frames is looked at once; the long lists take axe seconds.
AUDITED = (
    ("index.html", False),
    ("ar/index.html", True),
    ("plain/index.html", False),
    ("three/index.html", True),
    ("none/index.html", False),
    ("driver/index.html", False),
    ("ar/driver/index.html", True),
    ("driver/2.7.0-274/index.html", False),
    ("everything/index.html", True),
    ("privacy/index.html", False),
    ("help/index.html", False),
    ("404.html", True),
)
LISTS = ("three/index.html", "plain/index.html", "ar/index.html")


def test_the_nu_checker_finds_no_error(store_site: Path, nu_checker: Callable[[Path], str]) -> None:
    assert nu_checker(store_site) == ""


@pytest.mark.browser
@pytest.mark.parametrize(("path", "dark"), AUDITED)
def test_axe_finds_nothing(path: str, dark: bool, store: str, visit: Callable[..., Visit], axe_source: str) -> None:
    seen = visit(store + path, dark=dark)
    seen.page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")
    assert seen.violations(axe_source) == []


@pytest.mark.browser
@pytest.mark.parametrize(("path", "words"), [("index.html", "insp"), ("ar/index.html", "zzz")])
def test_axe_finds_nothing_while_searching(
    path: str, words: str, store: str, visit: Callable[..., Visit], axe_source: str
) -> None:
    seen = visit(f"{store}{path}?q={words}", width=1280)
    assert seen.violations(axe_source) == []


@pytest.mark.browser
@pytest.mark.parametrize("path", ["index.html", "ar/index.html"])
def test_the_list_of_languages_lies_on_top_of_the_search_box(
    path: str, store: str, visit: Callable[..., Visit]
) -> None:
    page = visit(store + path).page
    page.locator(".languages summary").click()
    assert page.evaluate(COVERED) == []


@pytest.mark.browser
def test_axe_finds_nothing_without_scripts(store: str, visit: Callable[..., Visit], axe_source: str) -> None:
    """Scripts are on, or axe could not run; the page's own is kept away."""
    seen = visit(store + "none/index.html")
    seen.page.route("**/assets/store.*.js", lambda route: route.fulfill(body=""))
    seen.page.goto(store + "index.html")
    assert not seen.page.locator(".find").is_visible()
    assert seen.violations(axe_source) == []


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_and_breaks_no_rule(path: str, store: str, visit: Callable[..., Visit]) -> None:
    seen = visit(store + path, width=320)
    for width in (320, 640, 960, 1280):
        seen.page.set_viewport_size({"width": width, "height": 800})
        assert seen.sideways_scroll() <= 0, f"scrolls sideways at {width} px"
    assert seen.complaints == [], "the policy forbids something, or a file is missing"
    assert seen.foreign_requests() == []


@pytest.mark.browser
@pytest.mark.parametrize("path", ["index.html", "ar/index.html", "driver/index.html"])
def test_twice_the_text_size_still_fits(path: str, store: str, visit: Callable[..., Visit]) -> None:
    seen = visit(store + path)
    seen.page.evaluate("document.documentElement.style.fontSize = '200%'")
    for width in (640, 1280):
        seen.page.set_viewport_size({"width": width, "height": 800})
        assert seen.sideways_scroll() <= 0


@pytest.mark.browser
@pytest.mark.parametrize(
    "path", ["index.html?q=insp", "index.html", "driver/index.html", "driver/2.7.0-274/index.html"]
)
def test_what_can_be_tapped_is_large_enough(path: str, store: str, visit: Callable[..., Visit]) -> None:
    """44 px for all that stands alone; in lists the whole row is the target."""
    page = visit(store + path).page
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        small = page.evaluate(
            """() => [...document.querySelectorAll("a, button, summary, select, input")].map(element =>
                element.closest(".store h3") ? element.closest("li") : element
            ).filter(element => {
                const box = element.getBoundingClientRect();
                const alone = element.checkVisibility() && !element.closest(".prose, .skip");
                return alone && Math.min(box.height, box.width) < 43.9;
            }).map(element => element.outerHTML.slice(0, 120))"""
        )
        assert small == [], f"at {width} px"


@pytest.mark.browser
@pytest.mark.parametrize("path", LISTS)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    path: str, store: str, visit: Callable[..., Visit]
) -> None:
    page = visit(store + path, width=1280).page
    wanted = page.evaluate(
        """() => { window.stops = [...document.querySelectorAll("a, button, summary, input")]
            .filter(one => one.checkVisibility({visibilityProperty: true}));
        return stops.length; }"""
    )
    for number in range(wanted):
        page.keyboard.press("Tab")
        where, what, ring, seen = page.evaluate(
            """() => { const focus = document.activeElement, box = focus.getBoundingClientRect();
            const ring = [getComputedStyle(focus), getComputedStyle(focus, "::after")]
                .some(style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            const own = focus.closest("li") || focus;
            return [stops.indexOf(focus), focus.outerHTML.slice(0, 120), ring, own.contains(top)]; }"""
        )
        assert where == number, f"out of order: {what}"
        assert ring, f"no visible focus on {what}"
        assert seen, f"something covers {what}"


@pytest.mark.browser
def test_forced_colours_and_print_keep_the_list(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store, width=1280, dark=True).page
    page.emulate_media(media="print")
    assert page.locator(".row-text").first.is_visible()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)", "dark on paper is a waste of ink"
    assert not page.locator(".side").is_visible()
    page.emulate_media(media="screen", forced_colors="active")
    assert page.locator(".find input").is_visible()
    style = "getComputedStyle(document.querySelector('.rows')).borderTopWidth"
    assert page.evaluate(style) == "1px", "cards need an edge where backgrounds are taken away"


def test_the_store_weighs_little() -> None:
    assets = renderer().theme.assets
    script = len(gzip.compress(assets["store.js"].data, 9))
    assert script < 3_000
    styles = len(gzip.compress(assets["store.css"].data, 9))
    sixty = len(gzip.compress(render(index(cards(60))).encode(), 9))
    assert script + styles + sixty <= 30_000
    five_hundred = len(gzip.compress(render(index(cards(500))).encode(), 9))
    assert five_hundred < 50_000


@pytest.mark.browser
def test_density_and_counts_are_options(
    tmp_path: Path, serve: Callable[[Path], Server], visit: Callable[..., Visit]
) -> None:
    pages = {"index.html": index(cards(12))}
    roomy = serve(write_site(tmp_path, pages, density="roomy", updated="2", news="2")).url
    page = visit(roomy).page
    assert page.locator(".updated li").count() == 2
    assert page.locator(".whats-new li").count() == 2
    box = page.locator(".rows li").first.bounding_box()
    assert box and box["height"] >= 80


def test_zero_leaves_the_extras_out() -> None:
    page = render(index(cards(60)), updated="0", news="0")
    assert 'class="updated"' not in page
    assert 'id="new"' not in page
    assert 'href="#new"' not in page


def test_what_is_new_keeps_paragraphs_apart() -> None:
    notes = "<h2>New</h2><p>Group tickets.</p><ul><li>Pay for five.</li><li>Send each a code.</li></ul>"
    newest = tuple(replace(item, notes=notes) for item in recent(cards(5)))
    page = render(index(cards(5), recent=newest))
    gists = re.findall(r'<p class="gist" dir="auto">(.*?)</p>', page)
    assert gists == len(newest) * ["New", "Group tickets.", "Pay for five."], "three lines of each, apart"
    assert len(newest) > 3
