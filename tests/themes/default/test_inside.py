"""What pages say of the inside of a build: whom its banners are for, and what axe finds in the lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from otasite.site.views import AppPage, InsideChange, InsideView
from tests.themes.default import pages as default
from tests.themes.default.agents import ANDROID
from tests.themes.default.pages import render
from tests.themes.default.samples import app_page, binary, history, release
from tests.themes.store import pages as store
from tests.web.server import Server
from tests.web.visit import Visit

#: A 32-bit system says so.
ARM32 = "Object.defineProperty(Navigator.prototype, 'platform', { get: () => 'Linux armv7l' })"
INSIDE = InsideView(
    asks=("camera", "location", "notifications"),
    abis=("arm64-v8a",),
    made_for="watch",
    works_on=("arm64",),
    installed_size=150_000_000,
    libraries=("Maps 2.0", "libexample_with_a_long_name.so"),
    signer=":".join(["FE"] * 32),
    verifier="com.example.app",
    changes=(
        InsideChange(kind="larger", platform="android", size=38_000_000),
        InsideChange(kind="needs", platform="android", what=("13",)),
        InsideChange(kind="asks", platform="android", what=("microphone", "location")),
        InsideChange(kind="library", platform="android", what=("Maps 2.0", "a" * 60)),
        InsideChange(kind="signer", platform="android"),
    ),
)


def page_of(inside: InsideView, language: str = "en") -> AppPage:
    lines = tuple(replace(line, notes=line.notes or "<p>–</p>", changes=inside.changes) for line in history(3))
    shown = release(ios=None, android=binary("android", inside=inside))
    return app_page(language, release=shown, history=lines)


@pytest.mark.parametrize(
    ("works_on", "lacks"),
    [(("x86",), {"arm"}), (("arm64", "x86"), {"arm32"}), (("arm64", "arm32"), set()), ((), set())],
)
def test_a_banner_for_what_processors_lack(works_on: tuple[str, ...], lacks: set[str]) -> None:
    page = render(page_of(replace(INSIDE, works_on=works_on, made_for="")))
    assert set(re.findall('data-lacks="([^"]*)"', page)) == lacks


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "codes"), [(default, ("ar", "de")), (store, ("ar",))])
def test_axe_finds_nothing_in_what_is_inside(
    theme: Any,
    codes: tuple[str, ...],
    tmp_path: Path,
    serve: Callable[..., Server],
    visit: Callable[..., Visit],
    axe_source: str,
) -> None:
    """Under the hood, changes in the history, what this phone lacks; from right to left and in long words."""
    server = serve(theme.write_site(tmp_path, {f"{code}/driver/index.html": page_of(INSIDE, code) for code in codes}))
    for code in codes:
        seen = visit(f"{server.url}{code}/driver/index.html", user_agent=ANDROID, init_script=ARM32)
        seen.page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")
        assert seen.page.locator(".inside dl").is_visible()
        assert seen.page.locator(".releases .changes").count() == 3
        banners = [banner for banner in seen.page.locator("[data-lacks]").all() if banner.is_visible()]
        assert [banner.get_attribute("data-lacks") for banner in banners] == ["phone", "arm32"]
        for scheme in ("light", "dark"):
            seen.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert seen.violations(axe_source) == []
