"""Badges for other websites: the newest version as a small SVG, and as JSON for shields' endpoint badge.

An app has one of its newest release, and one for each channel, in every language of the site. Fonts are whatever the
reader has, so every text says how wide it is to be drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from unicodedata import east_asian_width
from xml.etree import ElementTree as ET

import msgspec

from otasite.catalogue.output_choice import OutputKind
from otasite.outputs.output import Output, made_of
from otasite.outputs.xml import child_of, xml_bytes
from otasite.site.artifacts import Artifact
from otasite.site.pages import AppPages
from otasite.site.published import PublishedApp

#: White text keeps WCAG's 4.5 : 1 on all of them.
LABEL_COLOUR, DEFAULT_COLOUR, OTHER_COLOUR = "#3d4349", "#1a6e3c", "#8a4b00"
_SVG = "http://www.w3.org/2000/svg"
#: Pixels: height, room beside a text, and the width of its letters at 11 pixels in the typefaces that it asks for.
_HEIGHT, _ROOM = 20, 7
_NARROW, _LETTER, _CAPITAL, _WIDE = 4.0, 6.6, 7.8, 11.0
#: Letters of a label that are drawn; the rest is an ellipsis.
_LONGEST = 40


class Badge(msgspec.Struct, frozen=True, kw_only=True):
    """What a badge says: the app, and its version in a channel."""

    label: str
    message: str
    color: str
    direction: str


class ShieldsEndpoint(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The JSON from which shields.io draws a badge of its own (“Endpoint badge”)."""

    schema_version: int = 1
    label: str
    message: str
    color: str


class Badges(Output[None]):
    """``badge.svg`` and ``badge.json`` beside the pages of an app and of its channels."""

    name = "badges"
    asked = OutputKind(
        in_site="Pictures with the newest version of each app and channel, for other websites.",
        in_app="Pictures with the newest version of each channel, for other websites.",
    )

    def of_app(self, app: PublishedApp) -> Iterator[Artifact]:
        for pages in app.pages.values():
            for folder, badge in _badges(app, pages):
                shields = ShieldsEndpoint(label=badge.label, message=badge.message, color=badge.color)
                source = app.app.source
                yield made_of(f"{folder}badge.svg", badge, partial(badge_svg, badge), source=source, kind="asset")
                yield made_of(f"{folder}badge.json", shields, partial(msgspec.json.encode, shields), source=source)


def _badges(app: PublishedApp, pages: AppPages) -> Iterator[tuple[str, Badge]]:
    """Each badge of one language with the folder that it stands in; the app's own is that of its first channel."""
    for index, (channel, newest) in enumerate(pages.newest_in.items()):
        view = pages.channels[channel]
        version = " · ".join(dict.fromkeys(release.version for release in newest.releases))
        badge = Badge(
            label=pages.name,
            message=version if view.is_default else f"{version} {view.title}",
            color=DEFAULT_COLOUR if view.is_default else OTHER_COLOUR,
            direction=pages.direction,
        )
        if index == 0:
            yield pages.prefix + app.addresses.path, badge
        yield view.path, badge


def badge_svg(badge: Badge) -> bytes:
    """The badge as SVG, readable without its colours and by screen readers."""
    label, message = _shortened(badge.label), _shortened(badge.message)
    left, right = (_width(text) + 2 * _ROOM for text in (label, message))
    size = {"width": str(left + right), "height": str(_HEIGHT)}
    says = f"{badge.label}: {badge.message}"
    root = ET.Element("svg", {"xmlns": _SVG, **size, "role": "img", "aria-label": says, "direction": badge.direction})
    child_of(root, "title", says)
    clip = ET.SubElement(root, "clipPath", {"id": "r"})
    ET.SubElement(clip, "rect", {**size, "rx": "3"})
    boxes = ET.SubElement(root, "g", {"clip-path": "url(#r)"})
    for x, width, colour in ((0, left, LABEL_COLOUR), (left, right, badge.color)):
        ET.SubElement(boxes, "rect", {"x": str(x), "width": str(width), "height": str(_HEIGHT), "fill": colour})
    style = {"fill": "#fff", "text-anchor": "middle", "font-family": "Verdana,DejaVu Sans,sans-serif"}
    texts = ET.SubElement(root, "g", {**style, "font-size": "11"})
    for text, middle, width in ((label, left / 2, left), (message, left + right / 2, right)):
        child_of(texts, "text", text).attrib.update(
            {"x": f"{middle:g}", "y": "14", "textLength": str(width - 2 * _ROOM)}
        )
    return xml_bytes(root)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def _width(text: str) -> int:
    """Pixels that a text takes, rounded up."""
    return max(1, round(sum(map(_letter_width, text)) + 0.5))


def _letter_width(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return _WIDE
    if letter in "ijlt.,:;!'|()[] ":
        return _NARROW
    return _CAPITAL if letter.isupper() else _LETTER
