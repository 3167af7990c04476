"""The store's pages as a small site on disk, with drawn icons, served under the strict policy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from PIL import Image

from otasite.hosts.headers import CONTENT_SECURITY_POLICY
from otasite.outputs.qr import qr_svg
from otasite.site.images import png_bytes, tile
from otasite.site.views import TEMPLATES, CategoryPage, IndexPage, PageView
from otasite.theming.templates import Renderer
from otasite.theming.themes import load_theme
from tests.themes.default.pages import NOWHERE, context
from tests.themes.store.samples import with_options


@cache
def renderer(**options: str) -> Renderer:
    return Renderer(load_theme("store", site_root=NOWHERE, options=options))


def render(view: PageView, **options: str) -> str:
    own = renderer(**options)
    view = with_options(view, own.theme.options)
    return own.render(TEMPLATES[type(view)], view.page.language, context(view), view.page.path)


def write_site(folder: Path, pages: Mapping[str, PageView], **options: str) -> Path:
    """Write the pages with all that they show; return the folder."""
    for path, view in pages.items():
        write(folder / path, render(view, **options).encode())
        if view.page.qr:
            write(folder / view.page.qr, qr_svg(view.page.url))
        for offer in getattr(view, "follow", ()):
            write(folder / offer.qr, qr_svg(offer.address))
        if isinstance(view, CategoryPage | IndexPage):
            for app in view.apps:
                write(folder / app.icon.small, drawn_icon(app.name[0], 120))
    for asset in renderer(**options).theme.assets.values():
        write(folder / asset.path, asset.data)
    for size in (120, 180):
        write(folder / "driver" / f"icon-{size}.png", drawn_icon("L", size))
    Image.new("RGB", (360, 360), "#3a6ea5").save(folder / "driver" / "icon-360.webp")
    for number in (1, 2, 3, 4):
        write(folder / "driver" / f"screen-{number}.png", png_bytes(Image.new("RGB", (390, 844), "#3a6ea5")))
    write(folder / "feed.xml", b"<feed/>")
    write(folder / "_headers", f"/*\n  Content-Security-Policy: {CONTENT_SECURITY_POLICY}\n".encode())
    return folder


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@cache
def drawn_icon(initial: str, size: int) -> bytes:
    return png_bytes(tile(initial, initial).resize((size, size)))
