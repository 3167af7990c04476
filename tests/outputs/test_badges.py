"""Badges say what is newest, in each language, and can be read."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser

from otasite.outputs import badges
from otasite.outputs.badges import Badge, badge_svg
from tests.projects import APP, SITE, Sandbox, example

SVG = "{http://www.w3.org/2000/svg}"
GERMAN = "languages: [en, de]\noutputs: [badges]\n"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path)
    site = SITE.replace("{title: Beta, keep: 3}", "{title: {en: Beta, de: Vorabversion}}")
    sandbox.write("content/site.yaml", site + GERMAN)
    sandbox.write("content/apps/notes/app.yaml", APP.replace("Notes", "{en: Notes, de: Notizen}"))
    sandbox.release("2.0", "9", channel="beta")
    sandbox.build()
    return sandbox


def words(svg: bytes) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_channel_and_language_has_its_own(sandbox: Sandbox) -> None:
    found = {path: words(data) for path, data in sandbox.files().items() if path.endswith("badge.svg")}
    assert found == {
        "notes/badge.svg": ["Notes", "1.1"],
        "notes/stable/badge.svg": ["Notes", "1.1"],
        "notes/beta/badge.svg": ["Notes", "2.0 Beta"],
        "de/notes/badge.svg": ["Notizen", "1.1"],
        "de/notes/stable/badge.svg": ["Notizen", "1.1"],
        "de/notes/beta/badge.svg": ["Notizen", "2.0 Vorabversion"],
    }


def test_shields_reads_the_same(sandbox: Sandbox) -> None:
    """The keys that shields.io asks for, with text and a colour."""
    shields = json.loads(sandbox.read("de/notes/beta/badge.json"))
    assert shields == {"schemaVersion": 1, "label": "Notizen", "message": "2.0 Vorabversion", "color": "#8a4b00"}


def test_screen_readers_hear_all_of_it() -> None:
    badge = Badge(label="N" * 60, message="1 & <2>", color="#000000", direction="ltr")
    root = ET.fromstring(badge_svg(badge))
    assert root.get("aria-label") == root.findtext(f"{SVG}title") == f"{'N' * 60}: 1 & <2>"
    assert words(badge_svg(badge))[0].endswith("…")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [badges.LABEL_COLOUR, badges.DEFAULT_COLOUR, badges.OTHER_COLOUR])
def test_white_letters_have_contrast(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


@pytest.mark.browser
def test_texts_stay_in_their_boxes(chromium: Browser) -> None:
    page = chromium.new_page()
    for label, message, direction in (
        ("Notes", "10.11.12 Beta", "ltr"),
        ("記事とメモ", "1.0 ベータ版", "ltr"),
        ("ملاحظات", "1.0 تجريبي", "rtl"),
        ("WWW Ünïcode…", "1.0-rc.1", "ltr"),
    ):
        svg = badge_svg(Badge(label=label, message=message, color="#1a6e3c", direction=direction)).decode()
        page.set_content(svg.partition("?>")[2])
        boxes = page.evaluate(
            """() => [...document.querySelectorAll("text")].map((text, index) => {
              const box = document.querySelectorAll("g rect")[index].getBBox(), own = text.getBBox();
              return [own.x - box.x, box.x + box.width - own.x - own.width];
            })"""
        )
        assert all(side >= 5 for sides in boxes for side in sides), (label, boxes)
    page.close()
