"""Web app manifests (W3C): what a phone needs to keep an app's page on its home screen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from otasite.outputs.output import Output, made_of
from otasite.site.artifacts import Artifact
from otasite.site.published import PublishedApp
from otasite.site.views import PageMeta


class WebManifestIcon(msgspec.Struct, frozen=True, kw_only=True):
    src: str
    sizes: str
    type: str = "image/png"


class WebManifest(msgspec.Struct, frozen=True, kw_only=True):
    """A page's web app manifest; addresses are relative to the manifest, which lies beside the page."""

    name: str
    short_name: str
    lang: str
    dir: str
    start_url: str = "./"
    display: str = "browser"
    icons: tuple[WebManifestIcon, ...]


class WebManifests(Output[None]):
    """One for each app and language, beside the app's page."""

    name = "web-manifest"

    def of_app(self, app: PublishedApp) -> Iterator[Artifact]:
        for made in app.made:
            page = made.view.page
            if page.kind == "app":
                manifest = _manifest(app, page)
                render = partial(msgspec.json.encode, manifest)
                yield made_of(page.web_manifest, manifest, render, source=app.app.source)


def _manifest(app: PublishedApp, page: PageMeta) -> WebManifest:
    pages = app.pages[page.language]
    return WebManifest(
        name=f"{pages.name} – {app.context.text(app.context.site.title, page.language)}",
        short_name=pages.name,
        lang=page.language,
        dir=page.direction,
        icons=tuple(
            WebManifestIcon(src=page.root + app.files.icons[size], sizes=f"{size}x{size}") for size in (180, 512)
        ),
    )
