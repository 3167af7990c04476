"""The plan of one app: its pages, pictures and binaries as artifacts. Everything else are outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from hashlib import blake2b

import msgspec

from otasite.catalogue.model import App, Binary, Release
from otasite.catalogue.resolve import address_part
from otasite.catalogue.sources import Sources
from otasite.problems import Findings, ProblemsFound
from otasite.site.addresses import AppAddresses, AppFiles
from otasite.site.artifacts import Artifact
from otasite.site.components import Apps, Calls, ShownApp
from otasite.site.context import Context
from otasite.site.images import (
    ICON_SIZES,
    LARGE_ICON,
    UNMEASURED,
    ImageFile,
    Master,
    examine,
    examine_icon,
    tile_hue,
)
from otasite.site.insides import Insides
from otasite.site.management import management_page
from otasite.site.named import Named
from otasite.site.pages import AppPages, Offers
from otasite.site.published import PublishedApp, PublishedPage, Render
from otasite.site.selection import Selection, select
from otasite.site.social import SocialImage, social_png


class AppPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What one app adds to the site but for outputs. A hidden app adds nothing, and is not ``published``."""

    artifacts: tuple[Artifact, ...] = ()
    published: PublishedApp | None = None
    selection: Selection = Selection(releases=())
    #: Apps of the site that its texts show besides this one.
    others: tuple[str, ...] = ()


class AppPlanner:
    """Plans one app, whose texts may show ``others``. What is wrong with its pictures and binaries goes to
    ``findings``."""

    def __init__(
        self,
        context: Context,
        sources: Sources,
        render: Render,
        findings: Findings,
        app: App,
        offers: Offers,
        others: Apps,
    ) -> None:
        self.offers = offers
        self.others = others
        self.context = context
        self.sources = sources
        self.render = render
        self.findings = findings
        self.app = app
        self.languages = context.site.languages
        self.name = context.text(app.name, context.site.language)

    def plan(self) -> AppPlan:
        if self.app.visibility == "hidden":
            return AppPlan()
        selection = select(self.app, self.context.channels, self.context.choice)
        addresses = AppAddresses(self.context, self.app, selection.releases)
        self.path = addresses.path
        icon = self._icon()
        screenshots = self._screenshots()
        social = {language: self._social_image(icon, language) for language in self.languages}
        master = self._master(icon)
        own = ShownApp(self.app, selection)
        named = self._named(own)
        files = self._files(icon, screenshots, social)
        insides = Insides(selection.releases)
        pages = {
            language: AppPages(addresses, selection.releases, files, language, self.offers, insides)
            for language in self.languages
        }
        own.pages = pages
        pictures = (
            *self._icon_artifacts(files, icon, master),
            *(self._screenshot(path, picture, source) for path, picture, source in screenshots),
        )
        published = PublishedApp(
            app=self.app,
            addresses=addresses,
            files=files,
            pages=pages,
            shown=selection.releases,
            wanted=selection.releases,
            made=tuple(_made(self.app, pages)),
            links=tuple(named.links),
            pictures={picture.path: picture for picture in pictures},
            icon=icon,
            render=self.render,
        )
        artifacts = (
            *pictures,
            *self._social_artifacts(social, files, master),
            *named.artifacts.values(),
            *self._binaries(addresses),
            *page_artifacts(published.made, self.render, self.context),
        )
        return AppPlan(artifacts=artifacts, published=published, selection=selection)

    def shown(self) -> ShownApp:
        """The app as texts of others show it."""
        selection = select(self.app, self.context.channels, self.context.choice)
        addresses, insides = AppAddresses(self.context, self.app, selection.releases), Insides(selection.releases)
        self.path = addresses.path
        files = self._files(self._icon(), [], {})
        pages = {
            language: AppPages(addresses, selection.releases, files, language, self.offers, insides)
            for language in self.languages
        }
        return ShownApp(self.app, selection, pages)

    def _named(self, own: ShownApp) -> Named:
        """What descriptions and notes name: must be known before pages ask for these texts."""
        context, app, calls = self.context, self.app, Calls(self.context, self.others, own)
        named = Named(context.notes, self.sources, self.findings, self.path, context.page_paths, calls)
        for language in self.languages:
            named.look_into(context.text(app.description, language), app.source, language)
            for release in own.selection.releases if own.selection else ():
                named.look_into(context.text(release.notes, language), release.source, language)
        return named

    def _files(
        self, icon: ImageFile | None, screenshots: list[tuple[str, ImageFile, str]], social: dict[str, SocialImage]
    ) -> AppFiles:
        mark = icon.digest if icon else short_hash((self.name, self.app.id))
        return AppFiles(
            icons={size: f"{self.path}icon-{size}.{mark}.png" for size in ICON_SIZES},
            large_icon=f"{self.path}icon-{LARGE_ICON}.{mark}.webp",
            social_images={
                language: f"{self.path}preview{self._suffix(language)}.{short_hash(image)}.png"
                for language, image in social.items()
            },
            web_manifests={
                language: f"{self.context.prefix(language)}{self.path}app.webmanifest" for language in self.languages
            },
            drawn=icon is None,
            hue=icon.hue if icon else tile_hue(self.app.id),
            screenshots=tuple((path, picture.width, picture.height) for path, picture, _ in screenshots),
        )

    def _binaries(self, addresses: AppAddresses) -> Iterator[Artifact]:
        """The app's own binaries, as far as they are part of the site: releases may have the same one."""
        for own in {own.path: own for own in addresses.binaries.values()}.values():
            if own.in_dist:
                file = self.sources.root / own.source
                yield Artifact(path=own.path, kind="binary", inputs=own.sha256, source=own.source, copy=file)

    # --- pictures -----------------------------------------------------------------------------------------

    def _examine(self, path: str, how: Callable[[bytes, str], ImageFile] = examine) -> ImageFile | None:
        try:
            return self.sources.load(path, ImageFile, how)
        except ProblemsFound as error:
            self.findings.extend(error.problems)
            return None

    def _icon(self) -> ImageFile | None:
        icon = self._examine(self.app.icon, examine_icon) if self.app.icon else None
        if icon and icon.hue == UNMEASURED:  # remembered as a screenshot
            icon = examine_icon(self.sources.read(self.app.icon), self.app.icon)
        return icon

    def _icon_artifacts(self, files: AppFiles, icon: ImageFile | None, master: Master) -> Iterator[Artifact]:
        drawings = [(size, path, master.png) for size, path in files.icons.items()]
        for size, path, draw in (*drawings, (LARGE_ICON, files.large_icon, master.webp)):
            yield Artifact(
                path=path,
                kind="asset",
                inputs=(icon.digest if icon else self.name, self.app.id, size),
                source=self.app.icon or self.app.source,
                render=partial(draw, size),
            )

    def _master(self, icon: ImageFile | None) -> Master:
        read = partial(self.sources.read, self.app.icon) if icon else None
        return Master(read, self.name, self.app.id)

    def _suffix(self, language: str) -> str:
        return "" if language == self.context.site.language else f"-{language}"

    def _social_image(self, icon: ImageFile | None, language: str) -> SocialImage:
        text = self.context.text
        return SocialImage(
            name=text(self.app.name, language),
            subtitle=text(self.app.subtitle, language),
            site=text(self.context.site.title, language),
            seed=self.app.id,
            icon_digest=icon.digest if icon else "",
        )

    def _social_artifacts(
        self, images: dict[str, SocialImage], files: AppFiles, master: Master
    ) -> Iterator[Artifact]:
        for language, image in images.items():
            yield Artifact(
                path=files.social_images[language],
                kind="asset",
                inputs=image,
                source=self.app.source,
                render=partial(social_png, image, master),
            )

    def _screenshots(self) -> list[tuple[str, ImageFile, str]]:
        """Path in dist/, facts and source file of each screenshot."""
        found = []
        for shot in self.app.screenshots:
            picture = self._examine(shot.file)
            if picture is not None:
                stem = address_part(shot.file.rpartition("/")[2].rpartition(".")[0])
                path = f"{self.path}screenshots/{stem}.{picture.digest}{picture.ending}"
                found.append((path, picture, shot.file))
        return found

    def _screenshot(self, path: str, picture: ImageFile, source: str) -> Artifact:
        file = self.sources.root / source
        return Artifact(path=path, kind="asset", inputs=picture.digest, source=source, copy=file)


def with_releases(published: PublishedApp, context: Context, changed: Mapping[str, Release]) -> PublishedApp | None:
    """A published app with other states of some releases (by id), of which only what tells them apart is made.

    ``None`` when more than these releases' own files can tell the states apart.
    """
    before = {release.id: release for release in published.app.releases}
    if not all(_differ_in_themselves_only(before[name], release) for name, release in changed.items()):
        return None
    app = msgspec.structs.replace(published.app, releases=_replaced(published.app.releases, changed))
    shown = _replaced(published.shown, changed)
    addresses = AppAddresses(context, app, shown)
    pages, insides = {}, Insides(shown)
    for language, earlier in published.pages.items():
        lines = {name: line for name, line in earlier.lines.items() if name not in changed}
        pages[language] = AppPages(addresses, shown, published.files, language, earlier.offers, insides, lines)
    wanted = tuple(release for release in shown if release.id in changed)
    return msgspec.structs.replace(
        published,
        app=app,
        addresses=addresses,
        pages=pages,
        shown=shown,
        wanted=wanted,
        made=tuple(_made(app, pages, wanted)),
    )


def _replaced(releases: tuple[Release, ...], changed: Mapping[str, Release]) -> tuple[Release, ...]:
    return tuple(changed.get(release.id, release) for release in releases)


def _differ_in_themselves_only(old: Release, new: Release) -> bool:
    """Whether no other page or file of the app shows which of two states a release is in.

    Others show its line in lists, its place in them, and what people are offered whose system is too old for the
    newest; names of own binaries in dist/ have a digest of them.
    """
    own = {name: getattr(old, name) for name in ("notes", "commit", "branch", "ios", "android")}
    return (
        msgspec.structs.replace(new, **own) == old
        and [_as_others_see_it(binary) for binary in old.binaries]
        == [_as_others_see_it(binary) for binary in new.binaries]
        and not any(binary.file for binary in (*old.binaries, *new.binaries))
    )


def _as_others_see_it(binary: Binary) -> tuple[object, ...]:
    """What :func:`otasite.site.selection.earlier_builds`, the lines that pages make of it, and what changed since it
    rest on."""
    names = ("platform", "identifier", "version", "build", "minimum_os", "device_family")
    return (*(getattr(binary, name) for name in names), binary.signing.expires, binary.facts)


def _made(
    app: App, pages: Mapping[str, AppPages], wanted: tuple[Release, ...] | None = None
) -> Iterator[PublishedPage]:
    """All pages of an app; of the releases' own, those of ``wanted``."""
    for own in pages.values():
        yield PublishedPage(own.app_page(), app.source)
        yield from (PublishedPage(page, app.source) for page in own.channel_pages())
        if own.addresses.management:
            yield PublishedPage(management_page(own), app.source)
        sources = {release.id: release.source for release in (own.releases if wanted is None else wanted)}
        for page in own.release_pages() if wanted is None else map(own.release_page, wanted):
            yield PublishedPage(page, sources[page.release.id])


def page_artifacts(pages: Iterable[PublishedPage], render: Render, context: Context) -> Iterator[Artifact]:
    """Pages at their addresses (a folder's ``index.html``)."""
    for page in pages:
        view = context.with_data(page.view)
        meta = view.page
        yield Artifact(
            path="404.html" if meta.kind == "not-found" else f"{meta.path}index.html",
            kind="index" if meta.kind == "index" else "page",
            inputs=view,
            source=page.source,
            render=partial(render, view),
            themed=True,
        )


def short_hash(value: object) -> str:
    """Ten hex digits that stand for a value in a file name."""
    return blake2b(msgspec.msgpack.encode(value), digest_size=5).hexdigest()
