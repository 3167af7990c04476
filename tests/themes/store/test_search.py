"""Search in a real browser: what it finds, how it is told, by keys, in the address, without scripts, in time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from otasite.theming.locales import load_translations
from tests.themes.default.samples import LANGUAGES
from tests.themes.store.pages import render, renderer
from tests.themes.store.samples import cards, index
from tests.web.visit import Visit

pytestmark = pytest.mark.browser

ROWS = ".category:not([hidden]) [data-words]:not([hidden])"


def names(page: Page) -> list[str]:
    """What the list shows now, in the order of the page."""
    return page.locator(f"{ROWS} a").all_text_contents()


def search(page: Page, words: str) -> list[str]:
    page.locator("#find").fill(words)
    return names(page)


@pytest.mark.parametrize(
    ("words", "first", "count"),
    [
        ("inspector", "Inspector", 1),
        ("INSP", "Inspector", 1),
        ("  signal   lab ", "Signal Lab", 1),
        ("lab signal", "Signal Lab", 1),
        ("resume", "Résumé", 1),
        ("Résume\u0301", "Résumé", 1),
        ("cafe", "Résumé", 1),  # by its subtitle
        ("STRASSENKARTE", "Straßenkarte", 1),
        ("größ", "Straßenkarte", 1),
        ("groesse", None, 0),
        ("verwaltung", "Dienstplanverwaltungsoberfläche für Fahrdienstleiterinnen", 1),  # inside a word
        ("まっぷ", "マップ", 1),  # typed in hiragana, named in katakana
        ("ﾏｯﾌﾟ", "マップ", 1),  # half width
        ("지도", "지도", 1),
        ("ㅈ", "지도", 1),  # the first key of the syllable
        ("الحافلات", "مواعيد الحافلات", 1),
        ("مَواعِيد", "مواعيد الحافلات", 1),  # with vowel marks
        ("app-6", "Lost & Found", 1),  # by its name in addresses
        ("lost &", "Lost & Found", 1),
        ("<b>", None, 0),
        (".*", None, 0),
    ],
)
def test_it_finds_what_people_mean(
    words: str, first: str | None, count: int, store: str, visit: Callable[..., Visit]
) -> None:
    found = search(visit(store).page, words)
    assert len(found) == count
    assert found[:1] == ([first] if first else [])


def test_a_category_and_a_platform_can_be_searched_for(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store).page
    apps = cards(60)
    android = {app.name for app in apps if "android" in app.platforms}
    assert set(search(page, "passengers")) == {app.name for app in apps if app.category == "Passengers"}
    # written with a soft hyphen
    assert set(search(page, "personalabteilung")) == {app.name for app in apps if app.category.startswith("Pers")}
    assert set(search(page, "android")) == android
    assert set(search(page, "tool android")) == {name for name in android if name.startswith("Tool")}


def test_names_come_before_mentions_and_the_order_comes_back(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store).page
    before = names(page)
    assert search(page, "la")[0] == "Larkfield Driver", "not the whole Laboratory first"
    assert search(page, "tool")[0] == "Tool 21"
    assert search(page, "") == before


def test_counts_and_empty_categories_follow(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store, width=1280).page
    search(page, "driver")
    assert page.locator(".category:visible h2").all_inner_texts() == ["Operations 1"]
    assert page.locator(".places li:visible").all_inner_texts() == ["Operations\n1"]
    assert not page.locator(".updated").is_visible()
    search(page, "")
    assert page.locator(".category:visible h2").count() == 5
    assert page.locator(".places .count").all_inner_texts() == ["12", "15", "12", "11", "10"]
    assert page.locator(".updated").is_visible()


def test_nothing_found_says_so_and_leads_back(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store).page
    assert search(page, "$& <i>zeppelin</i>") == []
    assert page.locator(".nothing h2").inner_text() == "No app found for “$& <i>zeppelin</i>”"
    page.locator(".nothing button").click()
    assert len(names(page)) == 60
    assert not page.locator(".nothing").is_visible()
    assert page.evaluate("document.activeElement.id") == "find"


def test_the_count_is_told_once_and_the_address_keeps_the_words(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store + "index.html?utm=1#others").page
    status = page.locator("[role=status]")
    page.evaluate(
        """() => { window.told = []; new MutationObserver(() => told.push(
            document.querySelector("[role=status]").textContent
        )).observe(document.querySelector("[role=status]"), {childList: true}); }"""
    )
    page.evaluate(  # as fast typing does, whatever else the machine is busy with
        """() => { const box = document.querySelector("#find");
        for (let end = 1; end <= 9; end++) {
            box.value = "inspector".slice(0, end);
            box.dispatchEvent(new Event("input"));
        } }"""
    )
    expect(status).to_have_text("1 app found")
    assert page.evaluate("told") == ["1 app found"], "not after every letter"
    assert page.url == store + "index.html?utm=1&q=inspector#others"
    page.locator(".find button").click()
    expect(status).to_have_text("")
    assert page.url == store + "index.html?utm=1#others"


def test_a_link_with_words_and_the_way_back_search_again(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store + "?q=r%C3%A9sum%C3%A9").page
    assert names(page) == ["Résumé"]
    search(page, "driver")
    page.locator(f"{ROWS} a").click()  # at once, before the address follows by itself
    page.wait_for_url("**/app-0/")
    page.go_back()
    assert page.locator("#find").input_value() == "driver"
    assert names(page) == ["Larkfield Driver"]


def test_the_keyboard_does_it_all(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store, width=1280).page
    focus = "document.activeElement.id || document.activeElement.textContent"
    page.keyboard.press("Control+k")
    assert page.evaluate(focus) == "find"
    page.keyboard.type("signal")
    found = names(page)
    assert found == ["Signal Lab", "Inspector"]
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focus) == found[0]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focus) == found[1], "the last one is the end"
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focus) == found[0]
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focus) == "find"
    page.keyboard.press("Enter")
    assert page.evaluate(focus) == found[0], "several: to the first"
    page.keyboard.press("Escape")
    assert page.evaluate(focus) == "find"
    assert len(names(page)) == 60
    page.keyboard.type("inspector")
    with page.expect_navigation(url="**/app-1/"):  # one: open it
        page.keyboard.press("Enter")


def test_an_unfinished_composition_is_left_alone(store: str, visit: Callable[..., Visit]) -> None:
    """Enter that confirms Japanese input must not open anything."""
    page = visit(store).page
    search(page, "マップ")
    page.evaluate(
        """document.querySelector("#find").dispatchEvent(
            new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true}))"""
    )
    assert page.url.startswith(store + "?q=") or page.url == store


def test_typing_far_down_shows_the_results(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store).page
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    box = page.locator("#find")
    assert box.is_visible()
    assert page.evaluate("document.querySelector('#find').getBoundingClientRect().top") < 60, "it stays at the top"
    page.locator("#find").type("tool")
    tops = page.evaluate(
        f"[document.querySelector('{ROWS}').getBoundingClientRect().top,"
        "document.querySelector('.find').getBoundingClientRect().bottom]"
    )
    assert tops[1] <= tops[0] < 300


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_browser_counts_as_the_language_does(language: str, store: str, visit: Callable[..., Visit]) -> None:
    """The script picks among few example texts: for every count it must be the one that gettext would pick."""
    own = load_translations(renderer().theme, language)
    page = visit(store + "none/index.html").page
    page.set_content(render(index(cards(3), language=language)))
    told = page.evaluate(
        """(language) => {
            const form = document.querySelector(".find"), plural = new Intl.PluralRules(language);
            return Array.from({length: 131}, (_, count) => {
                const like = [0, 1, 2, 3, 11].find((one) => plural.select(one) === plural.select(count));
                return form.getAttribute("data-found-" + (like ?? 100)).replace("{count}", count);
            });
        }""",
        language,
    )
    assert told == [own.plural("store.found", count) for count in range(131)]


@pytest.mark.parametrize(
    ("path", "words", "told"),
    [
        ("de/", "zzz", "0 Apps gefunden"),
        ("ja/", "inspector", "1個のアプリが見つかりました"),
        ("ar/", "inspector", "عُثر على تطبيق واحد"),
        ("ar/", "passengers", "عُثر على 12 تطبيقًا"),
    ],
)
def test_the_count_is_told_in_the_page_s_language(
    path: str, words: str, told: str, store: str, visit: Callable[..., Visit]
) -> None:
    page = visit(store + path).page
    search(page, words)
    expect(page.locator("[role=status]")).to_have_text(told)


def test_without_scripts_there_is_no_box_and_categories_are_anchors(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store, javascript=False).page
    assert not page.locator(".find").is_visible()
    assert page.locator(ROWS).count() == 60
    links = page.locator(".places a")
    for at in range(links.count()):
        link = links.nth(at)
        link.click()
        target = page.locator(":target")
        expect(target).to_be_in_viewport()
        heading = link.inner_text().split("\n")[0].replace("\u00ad", "")
        assert target.locator("h2").inner_text().replace("\u00ad", "").startswith(heading)


def test_a_jump_to_a_category_is_not_covered(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store + "many/index.html").page
    for place in ("in-passengers", "others", "new"):
        page.locator(f'.places a[href="#{place}"]').click()
        expect(page.locator(f"#{place} h2")).to_be_in_viewport()
        head, bar = page.evaluate(
            "place => [document.getElementById(place).querySelector('h2').getBoundingClientRect().top,"
            "document.querySelector('.find').getBoundingClientRect().bottom]",
            place,
        )
        assert bar - 1 <= head < bar + 60, place
        page.evaluate("scrollTo(0, 0)")


def test_days_of_the_last_week_are_told_as_such(store: str, visit: Callable[..., Visit]) -> None:
    page = visit(store + "none/index.html", own_context=True).page
    page.clock.set_fixed_time("2026-05-23T12:00:00")
    page.goto(store)
    fresh = page.locator(".updated time.fresh")
    assert fresh.all_inner_texts()[0] == "today"
    assert fresh.first.get_attribute("title") == "May 23, 2026"
    assert fresh.first.get_attribute("datetime") == "2026-05-23"
    page.goto(store + "ar/")
    assert page.locator(".updated time.fresh").first.inner_text() == "اليوم"
    page.clock.set_fixed_time("2026-12-24T12:00:00")
    page.goto(store)
    assert page.locator("time.fresh").count() == 0


def test_a_search_touches_only_the_rows_that_change(store: str, visit: Callable[..., Visit]) -> None:
    """What makes five hundred apps quick: rows keep what they have, and only those on the screen are laid out."""
    seen = visit(store + "many/index.html", width=390)
    touched = seen.page.evaluate(
        """async () => { const box = document.querySelector("#find"), touched = [];
        for (const words of ["tool", "tool 44", "tool 4", "tool 4 ", "zzz", "zzzz", ""]) {
            const before = [...document.querySelectorAll("[data-words]")].map(row => row.hidden);
            let changes = 0;
            const watch = new MutationObserver(seen => { changes += seen.filter(
                change => change.target.matches("[data-words]")).length; });
            watch.observe(document.querySelector("main"), {subtree: true, attributes: true, childList: true});
            box.value = words;
            box.dispatchEvent(new Event("input"));
            await null;
            for (const change of watch.takeRecords()) changes += change.target.matches("[data-words]");
            watch.disconnect();
            const after = [...document.querySelectorAll("[data-words]")].map(row => row.hidden);
            touched.push([changes, after.filter((hidden, at) => hidden != before[at]).length]);
        }
        return touched; }"""
    )
    assert all(changes == different for changes, different in touched), touched
    assert touched[1][1] > 100 and touched[3][1] == 0
    row = seen.page.locator(".rows li").last
    assert row.evaluate("row => getComputedStyle(row).contentVisibility") == "auto"
    assert seen.complaints == []
