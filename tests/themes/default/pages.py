"""The sample views as a small site on disk: rendered by the real theming room, served under a strict policy."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from PIL import Image

from otasite.hosts.headers import CONTENT_SECURITY_POLICY
from otasite.outputs.qr import qr_svg
from otasite.site.components import ComponentView, filled
from otasite.site.views import TEMPLATES, PageView
from otasite.theming.templates import Renderer
from otasite.theming.themes import load_theme
from tests.themes.default.samples import samples

NOWHERE = Path(__file__).parent / "no-overrides"


@cache
def renderer(**options: str) -> Renderer:
    """The default theme as a site with these theme options sees it."""
    return Renderer(load_theme("default", site_root=NOWHERE, options=options))


def context(view: PageView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in view.__struct_fields__}


def render(view: PageView, **options: str) -> str:
    renders = renderer(**options)
    site = replace(view.site, options=renders.theme.options)
    values = context(view) | {"site": site}
    html = renders.render(TEMPLATES[type(view)], view.page.language, values, view.page.path)

    def component(shown: ComponentView) -> str:
        given = {"site": site, "page": view.page, **{name: getattr(shown, name) for name in shown.__struct_fields__}}
        return renders.render(f"components/{shown.name}.html", view.page.language, given, view.page.path)

    return filled(html, component)


def write_site(folder: Path, pages: dict[str, PageView] | None = None, **options: str) -> Path:
    """Write the samples (or other pages by path) with their assets, icons and QR codes; return the folder."""
    for path, view in (pages or samples()).items():
        _write(folder / path, render(view, **options).encode())
        if view.page.qr:
            _write(folder / view.page.qr, qr_svg(view.page.url))
        for offer in getattr(view, "follow", ()):
            _write(folder / offer.qr, qr_svg(offer.address))
    for asset in renderer(**options).theme.assets.values():
        _write(folder / asset.path, asset.data)
    for app in ("driver", "rider", "inspector", "depot", "roster", "arabic", "signal-lab"):
        for size in (120, 180):
            _picture(folder / app / f"icon-{size}.png", size, size)
        _picture(folder / app / "icon-360.webp", 360, 360)
    for number in (1, 2, 3, 4):
        _picture(folder / "driver" / f"screen-{number}.png", 390, 844)
    _write(folder / "feed.xml", b"<feed/>")
    _write(folder / "_headers", f"/*\n  Content-Security-Policy: {CONTENT_SECURITY_POLICY}\n".encode())
    return folder


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _picture(path: Path, width: int, height: int) -> None:
    _write(path, _encoded(width, height, path.suffix))


@cache
def _encoded(width: int, height: int, suffix: str) -> bytes:
    data = BytesIO()
    Image.new("RGB", (width, height), "#3a6ea5").save(data, suffix.removeprefix("."))
    return data.getvalue()
