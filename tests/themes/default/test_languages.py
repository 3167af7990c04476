"""Ten languages with one set of keys; every page fits in each of them, in both directions."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from otasite.memory import Memory
from otasite.site.views import PageView
from otasite.theming.catalogue_files import placeholders
from otasite.theming.locales import load_translations
from tests.themes.default.pages import render, renderer, write_site
from tests.themes.default.samples import LANGUAGES, app_page, help_page, index_page
from tests.tools import PROJECT
from tests.web.server import Server
from tests.web.visit import Visit

LOCALES = PROJECT / "themes" / "default" / "locales"
FOREIGN = sorted(LANGUAGES.keys() - {"en"})


def catalogue(language: str) -> dict[str, tuple[str, ...]]:
    """Key → its text, or all its plural forms."""
    with (LOCALES / f"{language}.po").open("rb") as file:
        read: Catalog = read_po(file, abort_invalid=True)
    found: dict[str, tuple[str, ...]] = {}
    for message in read:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            text = message.string or ""
            found[key] = (text,) if isinstance(text, str) else tuple(text)
    return found


@pytest.mark.parametrize("language", FOREIGN)
def test_a_language_says_everything_with_the_same_values(language: str) -> None:
    english, foreign = catalogue("en"), catalogue(language)
    assert list(foreign) == list(english), "the same keys in the same order"
    for key, texts in foreign.items():
        assert all(texts), f"{key} is empty"
        wanted = placeholders(english[key][-1])
        forms = texts[-1:] if len(texts) > 1 else texts  # a form for one or two may say the number in words
        assert all(placeholders(text) == wanted for text in forms), key


def test_no_key_is_without_use() -> None:
    templates = "".join(path.read_text() for path in (LOCALES.parent / "templates").rglob("*.html"))
    computed = tuple(re.findall(r't\("([a-z_]+\.)" ~', templates))
    unused = [key for key in catalogue("en") if f'"{key}"' not in templates and not key.startswith(computed)]
    assert unused == []


@pytest.mark.parametrize("language", FOREIGN)
def test_no_english_is_left_on_a_page(language: str) -> None:
    """Texts that are the same in both languages are names; anything longer would be a forgotten translation."""
    english, foreign = catalogue("en"), catalogue(language)
    same = [key for key in english if english[key] == foreign[key] and len(english[key][0].split()) > 3]
    assert same == []


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["1 registered device", "24 registered devices"]),
        ("de", ["1 registriertes Gerät", "24 registrierte Geräte"]),
        ("ja", ["登録済みの端末1台", "登録済みの端末24台"]),
        ("ar", ["جهاز مسجّل واحد", "24 جهازًا مسجّلًا"]),
    ],
)
def test_counts_take_the_right_plural(language: str, expected: list[str]) -> None:
    texts = load_translations(renderer().theme, language, memory=Memory(None))
    assert [texts.plural("who.devices", count) for count in (1, 24)] == expected


def test_dates_and_sizes_are_those_of_the_language() -> None:
    page = render(app_page("de"))
    assert "03.03.2026" in page
    assert "48,2" in page


@pytest.mark.browser
def test_every_language_fits(tmp_path: Path, serve: Callable[..., Server], visit: Callable[..., Visit]) -> None:
    pages: dict[str, PageView] = {f"{language}/driver/index.html": app_page(language) for language in FOREIGN}
    pages |= {"de/help/index.html": help_page("de"), "ar/index.html": index_page("ar")}
    server = serve(write_site(tmp_path, pages))
    seen = visit(f"{server.url}ar/index.html", width=320)
    for path in pages:
        seen.page.goto(f"{server.url}{path}")
        assert seen.sideways_scroll() <= 0, f"{path} scrolls sideways at 320 px"
        assert seen.page.locator("html").get_attribute("lang") == path.split("/")[0]
    aborted = "ERR_ABORTED"  # an icon still on its way when the next page was opened
    assert [line for line in seen.complaints if aborted not in line] == []
