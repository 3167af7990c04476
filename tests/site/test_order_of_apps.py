"""The order of the list of apps: that in which people look for a name."""

from __future__ import annotations

from msgspec.structs import replace

from otasite.site.site_plan import _by_name
from tests.themes.default.samples import cards


def in_order(*names: str) -> list[str]:
    card = cards()[0]
    return [card.name for card in sorted((replace(card, name=name) for name in names), key=_by_name)]


def test_numbers_in_names_count_by_their_value() -> None:
    assert in_order("Tram 11", "Tram 2", "tram 1", "Tram") == ["Tram", "tram 1", "Tram 2", "Tram 11"]
    assert in_order("Bus 010", "Bus 9", "Bus 10b", "7 Seas", "Alpha") == [
        "7 Seas",
        "Alpha",
        "Bus 9",
        "Bus 010",
        "Bus 10b",
    ]


def test_numbers_of_any_length_are_no_trouble() -> None:
    assert in_order("9" * 5_000, "1" * 5_001) == ["9" * 5_000, "1" * 5_001]
