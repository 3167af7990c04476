"""The plan of one app: every file of dist/ below its address, as artifacts, and what the site needs to know of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import blake2b

import msgspec

from otasite.catalogue.model import App, Binary, Release
from otasite.catalogue.resolve import address_part
from otasite.catalogue.sources import Sources
from otasite.problems import Findings, ProblemsFound
from otasite.site.artifacts import Artifact, Kind
from otasite.site.context import GENERATOR, Context
from otasite.site.digests import AppDigest, AppJsonWriter, digest_app, feed_entries
from otasite.site.feeds import Feed, atom_bytes
from otasite.site.files import file_digest
from otasite.site.images import ICON_SIZES, LARGE_ICON, ImageFile, Master, examine
from otasite.site.manifests import ManifestInput, manifest_bytes
from otasite.site.own_binaries import OwnBinaries, own_binaries
from otasite.site.pages import AppFiles, AppPages, manifest_path, plain_url
from otasite.site.selection import Selection, select
from otasite.site.social import SocialImage, social_png
from otasite.site.views import PageMeta, PageView

#: Renders a page's view with the theme.
Render = Callable[[PageView], bytes]


class WebManifestIcon(msgspec.Struct, frozen=True, kw_only=True):
    src: str
    sizes: str
    type: str = "image/png"


class WebManifest(msgspec.Struct, frozen=True, kw_only=True):
    """A page's web app manifest (W3C); addresses are relative to the manifest, which lies beside the page."""

    name: str
    short_name: str
    lang: str
    dir: str
    start_url: str = "./"
    display: str = "browser"
    icons: tuple[WebManifestIcon, ...]


class AppPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What one app adds to the site. A hidden app adds nothing: it has no artifacts and no digest.

    ``planner`` knows how the plan came about, and can make it again after small changes.
    """

    artifacts: tuple[Artifact, ...] = ()
    digest: AppDigest | None = None
    selection: Selection = Selection(releases=())
    binaries: OwnBinaries = msgspec.field(default_factory=dict)
    private: int = 0  # how many binaries, own or not, are in a private bucket
    planner: AppPlanner | None = None


class AppPlanner:
    """Plans one app. What is wrong with its pictures and binaries goes to ``findings``."""

    def __init__(self, context: Context, sources: Sources, render: Render, findings: Findings, app: App) -> None:
        self.context = context
        self.sources = sources
        self.render = render
        self.findings = findings
        self.app = app
        self.path = context.app_path(app)
        self.name = context.text(app.name, context.site.language)
        self.languages = context.site.languages
        self.files: AppFiles
        self.pages: dict[str, AppPages]

    def plan(self) -> AppPlan:
        if self.app.visibility == "hidden":
            return AppPlan()
        selection = select(self.app, self.context.channels, self.context.choice)
        icon = self._icon()
        screenshots = self._screenshots()
        social = {language: self._social_image(icon, language) for language in self.languages}
        master = self._master(icon)
        mark = icon.digest if icon else short_hash((self.name, self.app.id))
        files = AppFiles(
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
            screenshots=tuple((path, picture.width, picture.height) for path, picture, _ in screenshots),
            binaries=own_binaries(self.context, self.app, selection.releases),
        )
        pages = {
            language: AppPages(self.context, self.app, selection.releases, files, language)
            for language in self.languages
        }
        self.files, self.pages = files, pages
        artifacts = (
            *self._icon_artifacts(files, icon, master),
            *self._social_artifacts(social, files, master),
            *(self._screenshot(path, picture, source) for path, picture, source in screenshots),
            *self._release_artifacts(selection.releases, files),
            *self._page_artifacts(pages),
            *self._data_artifacts(pages[self.context.site.language], files),
        )
        return AppPlan(
            artifacts=artifacts,
            digest=self.digest(),
            selection=selection,
            binaries=files.binaries,
            private=sum(
                self.context.is_private(self.app, plain_url(release, binary, files))
                for release in selection.releases
                for binary in release.binaries
            ),
            planner=self,
        )

    def digest(self) -> AppDigest:
        return digest_app(self.context, self.pages, self.files)

    def again(self, context: Context, changed: Mapping[str, Release]) -> tuple[AppPlanner, tuple[Artifact, ...]]:
        """A planner for other states of some releases (by id), and the artifacts that then are others.

        Their order, addresses and platforms must be the same, and none of them may have binaries of its own.
        """
        other = copy.copy(self)
        other.context = context
        releases = tuple(changed.get(release.id, release) for release in self.app.releases)
        other.app = msgspec.structs.replace(self.app, releases=releases)
        other.pages = {language: pages.again(context, other.app, changed) for language, pages in self.pages.items()}
        first = other.pages[context.site.language]
        shown = tuple(release for release in first.releases if release.id in changed)
        return other, (
            *other._release_artifacts(shown, self.files),
            *other._page_artifacts(other.pages, shown),
            *other._data_artifacts(first, self.files),
        )

    # --- pictures -----------------------------------------------------------------------------------------

    def _examine(self, path: str) -> ImageFile | None:
        try:
            return self.sources.load(path, ImageFile, examine)
        except ProblemsFound as error:
            self.findings.extend(error.problems)
            return None

    def _icon(self) -> ImageFile | None:
        return self._examine(self.app.icon) if self.app.icon else None

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

    # --- releases -----------------------------------------------------------------------------------------

    def _release_artifacts(self, releases: tuple[Release, ...], files: AppFiles) -> Iterator[Artifact]:
        for release in releases:
            for binary in release.binaries:
                own = files.binaries.get((release.id, binary.platform))
                if own and own.in_dist:
                    yield Artifact(
                        path=own.path,
                        kind="binary",
                        inputs=own.sha256,
                        source=own.source,
                        copy=self.sources.root / own.source,
                    )
            if release.ios is not None:
                manifest = self._manifest(release, release.ios, files)
                yield Artifact(
                    path=manifest_path(self.context, self.app, release),
                    kind="manifest",
                    inputs=manifest,
                    source=release.source,
                    render=partial(manifest_bytes, manifest),
                )

    def _manifest(self, release: Release, binary: Binary, files: AppFiles) -> ManifestInput:
        language = self.context.site.language
        absolute = self.context.base.absolute
        return ManifestInput(
            package_url=self.context.signed(self.app, plain_url(release, binary, files)),
            display_image_url=absolute(files.icons[57]),
            full_size_image_url=absolute(files.icons[512]),
            identifier=binary.identifier,
            build=binary.build,
            title=self.name,
            subtitle=self.context.site.organisation.name or self.context.text(self.app.subtitle, language),
            chunk_size=binary.chunk_size,
            chunks=binary.chunks,
        )

    # --- pages and data -----------------------------------------------------------------------------------

    def _page_artifacts(
        self, pages: dict[str, AppPages], only: tuple[Release, ...] | None = None
    ) -> Iterator[Artifact]:
        """All pages; of the releases' own, those of ``only`` these."""
        for own in pages.values():
            app_page = own.app_page()
            yield from self._page(app_page, self.app.source)
            yield self._web_manifest(app_page.page, own, own.files)
            for channel_page in own.channel_pages():
                yield from self._page(channel_page, self.app.source)
            sources = {release.id: release.source for release in (own.releases if only is None else only)}
            for release_page in own.release_pages() if only is None else map(own.release_page, only):
                yield from self._page(release_page, sources[release_page.release.id])

    def _page(self, view: PageView, source: str) -> Iterator[Artifact]:
        yield page_artifact(view, source, self.render)
        if view.page.qr:
            yield self.context.codes.artifact(view.page.qr, view.page.url, source)

    def _web_manifest(self, page: PageMeta, pages: AppPages, files: AppFiles) -> Artifact:
        """What a phone needs to keep the app's page on its home screen."""
        manifest = WebManifest(
            name=f"{pages.name} – {self.context.text(self.context.site.title, page.language)}",
            short_name=pages.name,
            lang=page.language,
            dir=page.direction,
            icons=tuple(
                WebManifestIcon(src=page.root + files.icons[size], sizes=f"{size}x{size}") for size in (180, 512)
            ),
        )
        return Artifact(
            path=page.web_manifest,
            kind="data",
            inputs=manifest,
            source=self.app.source,
            render=partial(msgspec.json.encode, manifest),
        )

    def _data_artifacts(self, pages: AppPages, files: AppFiles) -> Iterator[Artifact]:
        writer = AppJsonWriter(self.context, pages, files)
        feed = Feed(
            title=pages.name,
            url=self.context.base.absolute(f"{self.path}feed.xml"),
            page_url=self.context.base.absolute(self.path),
            author=self.context.site.organisation.name or self.context.text(self.context.site.title, pages.language),
            language=pages.language,
            entries=feed_entries(self.context, pages, writer),
        )
        latest = writer.latest_json(GENERATOR)
        yield self._data("feed.xml", feed, partial(atom_bytes, feed))
        yield self._data("latest.json", latest, partial(msgspec.json.encode, latest))

    def _data(self, name: str, inputs: object, render: Callable[[], bytes]) -> Artifact:
        return Artifact(path=self.path + name, kind="data", inputs=inputs, source=self.app.source, render=render)


def short_hash(value: object) -> str:
    """Ten hex digits that stand for a value in a file name."""
    return blake2b(msgspec.msgpack.encode(value), digest_size=5).hexdigest()


def page_artifact(view: PageView, source: str, render: Render, *, path: str = "") -> Artifact:
    """A page at its address (a folder's ``index.html``), or at ``path``."""
    return Artifact(
        path=path or f"{view.page.path}index.html",
        kind="index" if view.page.kind == "index" else "page",
        inputs=view,
        source=source,
        render=partial(render, view),
        themed=True,
    )


def copy_artifact(path: str, source: str, sources: Sources, *, kind: Kind) -> Artifact:
    """A file taken over as it is; its stamp stands for its content until that is in doubt."""
    return Artifact(
        path=path,
        kind=kind,
        inputs=sources.measure(source, str, file_digest),
        source=source,
        copy=sources.root / source,
    )
