"""docs/themes.md names everything that a theme may rely on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from otasite.catalogue.records import BinaryData, DeviceCheckRecord, ReleaseData
from otasite.site import views
from otasite.site.components import ComponentView, MediaView
from otasite.theming.formats import Formats
from otasite.theming.options import OptionType
from otasite.theming.themes import bundled_themes

GUIDE = (Path(__file__).parents[2] / "docs" / "themes.md").read_text(encoding="utf-8")
DEFAULT = bundled_themes() / "default" / "templates"

#: The row of the guide's table that lists the fields of each view.
ROWS = {
    views.SiteView: "`site` | `title`",
    views.PageMeta: "`page` |",
    views.AppCard: "each of `apps`",
    views.RecentRelease: "each of `recent`",
    views.AppView: "`app` |",
    views.Icon: "`icon` |",
    views.ChannelView: "`channel`, each",
    views.ReleaseView: "`release` |",
    views.HistoryItem: "each of `newer`",
    views.Origin: "each of `newer`",
    views.EarlierBuild: "each of `earlier`",
    views.PlatformVersion: "each of `apps`",
    views.BinaryView: "`release.ios`",
    views.SigningView: "`signing` |",
    DeviceCheckRecord: "`device_check` |",
    views.Contact: "`site` | `title`",
    views.NavItem: "`site` | `title`",
    views.Alternate: "`page` |",
    views.Picture: "`app` |",
    views.LinkView: "`app` |",
    views.ManagedChannel: "each of `managed`",
    views.OfferView: "each of `follow`",
    views.InsideView: "`inside` |",
    views.InsideChange: "each of `changes`",
    ComponentView: "component |",
    MediaView: "a file in",
}


def row(start: str) -> set[str]:
    """The names in code in the line of a table that starts so."""
    (line,) = [line for line in GUIDE.split("\n") if line.startswith(f"| {start}")]
    return set(re.findall(r"`([\w.-]+)`", line))


@pytest.mark.parametrize("view", ROWS, ids=lambda view: view.__name__)
def test_the_guide_lists_every_field(view: type[msgspec.Struct]) -> None:
    assert set(view.__struct_fields__) - row(ROWS[view]) == set()


@pytest.mark.parametrize(("view", "template"), views.TEMPLATES.items(), ids=lambda item: str(item))
def test_the_guide_lists_what_each_page_gets(view: type[msgspec.Struct], template: str) -> None:
    assert row(f"`{template}`") - {template, "pages"} == set(view.__struct_fields__)


def test_no_view_is_forgotten() -> None:
    known = {*ROWS, *views.TEMPLATES, views.View, views.Page, views.AppHead, BinaryData, ReleaseData}
    found = {
        item
        for item in vars(views).values()
        if isinstance(item, type) and issubclass(item, views.View | BinaryData | ReleaseData)
    }
    assert found - known == set()


@pytest.mark.parametrize("template", ["base.html", "product.html"])
def test_the_guide_lists_the_blocks(template: str) -> None:
    blocks = set(re.findall(r"\{%-? *block (\w+)", (DEFAULT / template).read_text(encoding="utf-8")))
    if template != "base.html":
        blocks -= {"title", "head", "styles", "main"}
    assert row(f"`{template}`") - {template} == blocks


def test_the_guide_lists_filters_and_option_types() -> None:
    for name in (name for name in vars(Formats) if not name.startswith("_")):
        assert f"`x\\|{name}`" in GUIDE
    for kind in get_args(OptionType):
        assert kind in GUIDE
