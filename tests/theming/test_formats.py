from __future__ import annotations

import pytest

from otasite.sizes import size_text
from otasite.theming.formats import Formats
from otasite.theming.mistakes import Mistake


def plain(text: str) -> str:
    """With ordinary spaces, and without the marks that only steer direction."""
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u200f", "")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "March 31, 2026"),
        ("de", "31. März 2026"),
        ("fr", "31 mars 2026"),
        ("ja", "2026年3月31日"),
        ("pt-BR", "31 de março de 2026"),
        ("zh-Hans", "2026年3月31日"),
        ("ar", "31 مارس 2026"),
    ],
)
def test_dates_by_language(language: str, expected: str) -> None:
    assert plain(Formats(language).date("2026-03-31")) == expected


def test_a_date_may_carry_a_time_and_have_another_width() -> None:
    formats = Formats("en")
    assert formats.date("2026-03-31T23:59:00+02:00") == "March 31, 2026"
    assert formats.date("2026-03-31", "short") == "3/31/26"
    assert formats.date("2026-03-31", "medium") == "Mar 31, 2026"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-31T09:30:00Z", "March 31, 2026, 9:30 AM UTC"),
        ("2026-03-31T00:30:00+02:00", "March 30, 2026, 10:30 PM UTC"),
        ("2026-03-31 09:30", "March 31, 2026, 9:30 AM UTC"),
        ("2026-03-31", "March 31, 2026, 12:00 AM UTC"),
    ],
)
def test_moments_are_written_in_utc(value: str, expected: str) -> None:
    assert plain(Formats("en").datetime(value)) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (84_213_000, "84.2 MB"),
        (84_000_000, "84 MB"),
        (999_949_999, "999.9 MB"),
        (999_960, "1 MB"),
        (999_999_999, "1 GB"),
        (1_254_000_000, "1.25 GB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_sizes_are_decimal_as_in_the_app_store(size: int, expected: str) -> None:
    assert plain(Formats("en").filesize(size)) == expected
    assert size_text(size) == expected, "the command line says what pages say"


@pytest.mark.parametrize(
    ("language", "expected"), [("de", "84,2 MB"), ("fr", "84,2 Mo"), ("ja", "84.2 MB"), ("ar", "84.2 م.ب")]
)
def test_sizes_by_language(language: str, expected: str) -> None:
    assert plain(Formats(language).filesize(84_213_000)) == expected


@pytest.mark.parametrize(("language", "expected"), [("en", "12,345"), ("de", "12.345"), ("fr", "12 345")])
def test_numbers_by_language(language: str, expected: str) -> None:
    assert plain(Formats(language).number(12345)) == expected


@pytest.mark.parametrize("value", ["", "soon", "2026-02-30", "31.03.2026", None, 20260331])
def test_what_is_no_date_is_a_mistake(value: str) -> None:
    with pytest.raises(Mistake, match="not an ISO 8601 date"):
        Formats("en").date(value)
    with pytest.raises(Mistake, match="not an ISO 8601 date"):
        Formats("en").datetime(value)


@pytest.mark.parametrize("value", [None, "84", -1, True, 1.5])
def test_what_is_no_size_is_a_mistake(value: int) -> None:
    with pytest.raises(Mistake):
        Formats("en").filesize(value)


def test_an_unknown_width_is_a_mistake() -> None:
    with pytest.raises(Mistake, match="no date format"):
        Formats("en").date("2026-03-31", "tiny")  # type: ignore[arg-type]
