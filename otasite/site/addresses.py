"""Where everything of one app is: its pages, manifests and binaries. The one object that knows an app's addresses.

With ``binaries:`` the site's host holds none of an app's own files: pages, manifests and JSON name them where they
are uploaded to, under the path that they would have had in ``dist/``.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b

import msgspec

from otasite.catalogue.field_rules import ENDINGS, LONGEST_NAME
from otasite.catalogue.model import App, Binary, BinaryStore, Release
from otasite.catalogue.records import Platform
from otasite.catalogue.resolve import address_part
from otasite.catalogue.stores import parse_release
from otasite.hosts.headers import UNLISTED_PREFIX
from otasite.site.context import Context
from otasite.site.urls import install_link, normal_url

#: The folder of the F-Droid repository, which holds the APKs of its apps: clients find them below its address only.
FDROID_REPOSITORY = "fdroid/repo/"
#: Categories whose addresses say all that tells them apart.
_PLAIN = re.compile(r"[a-z0-9_.,&/ -]*")


class OwnBinary(msgspec.Struct, frozen=True, kw_only=True):
    """One binary named by ``file:``, and where people download it.

    ``path`` counts from the root of dist/, or from the ``store`` when the binary is uploaded there instead; ``url``
    is never signed. ``source`` is the file in the project; ``size`` (bytes) and ``sha256`` are its.
    """

    app: str
    release: str
    platform: Platform
    source: str
    path: str
    url: str
    store: BinaryStore = BinaryStore()
    size: int | None = None
    sha256: str = ""

    @property
    def base_url(self) -> str:
        return self.store.base_url

    @property
    def in_dist(self) -> bool:
        return not self.store.base_url


#: The binaries of one app, by release and platform.
OwnBinaries = Mapping[tuple[str, Platform], OwnBinary]


def category_part(category: str) -> str:
    """A category as one part of an address, in which case makes no difference.

    With other signs than those of plain words it ends in a digest, so that C++ and C# are two.
    """
    name = category.lower()
    part = address_part(name).strip("-")
    if _PLAIN.fullmatch(name) and part:
        return part
    return f"{part}-{blake2b(name.encode('utf-8', 'replace'), digest_size=3).hexdigest()}".lstrip("-")


def category_path(category: str, prefix: str = "") -> str:
    """The page of a category in the language of this prefix; "" for none."""
    return f"{prefix}categories/{category_part(category)}/" if category else ""


def unguessable(app_id: str, secret: str) -> str:
    """The address of an unlisted app: 26 letters and digits (130 bits) that only who knows the secret can work out.

    An HMAC-SHA-256 of the app's name, in lower-case base 32; another secret gives another address.
    """
    digest = hmac.digest(secret.encode(), b"otasite unlisted app\0" + app_id.encode(), "sha256")
    return base64.b32encode(digest).decode().lower()[:26]


class AppFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Where an app's icon and pictures are (paths from the site's root)."""

    icons: dict[int, str]
    large_icon: str
    drawn: bool
    hue: int  # of the icon, in degrees; negative for a grey one
    screenshots: tuple[tuple[str, int, int], ...]
    social_images: dict[str, str]  # language → path
    web_manifests: dict[str, str]  # language → path


class AppAddresses:
    """Addresses of one app. Paths are relative to the site's root; what is said to be a URL is absolute.

    ``path`` is the folder of what is the same in all languages. The binaries named by ``file:`` are those of
    ``releases``; what the files say must be filled in already.
    """

    def __init__(self, context: Context, app: App, releases: Iterable[Release] = ()) -> None:
        self.context = context
        self.app = app
        is_hidden = app.visibility == "unlisted" and context.secret
        self.path = f"{UNLISTED_PREFIX}{unguessable(app.id, context.secret)}/" if is_hidden else f"{app.id}/"
        self.url = context.base.absolute(self.path)
        #: Where own binaries are uploaded; its ``base_url`` has a slash at its end, and is "" for dist/.
        self.store = _store(context, app)
        self.binaries: OwnBinaries = {
            (release.id, binary.platform): self._own(release, binary)
            for release in releases
            for binary in release.binaries
            if binary.file
        }

    # --- pages and manifests --------------------------------------------------------------------------------

    def release(self, release: Release) -> str:
        """Path of a release's folder."""
        return f"{self.path}{release.id}/"

    def release_url(self, release: Release) -> str:
        """URL of a release's page in the site's first language."""
        return self.context.base.absolute(self.release(release))

    def channel(self, channel: str) -> str:
        """Path of a channel's folder."""
        return f"{self.path}{channel}/"

    def managed(self, channel: str) -> str:
        """Path of a channel's own manifest, which is always that of its newest build."""
        return f"{self.channel(channel)}manifest.plist"

    @property
    def management(self) -> str:
        """Path of the page for those who manage devices; "" when the app has none."""
        return f"{self.path}management/" if "management" in self.app.outputs else ""

    def manifest(self, release: Release) -> str:
        """Path of the manifest of a release's iOS binary."""
        return f"{self.path}{release.id}/manifest.plist"

    def manifest_url(self, release: Release) -> str:
        return self.context.base.absolute(self.manifest(release))

    # --- binaries -------------------------------------------------------------------------------------------

    def own(self, release: Release, binary: Binary) -> OwnBinary | None:
        return self.binaries.get((release.id, binary.platform))

    def apk(self, release: Release) -> OwnBinary | None:
        """The APK of a release that repositories for Android can name: part of the site, with its application ID."""
        own = self.own(release, release.android) if release.android and release.android.identifier else None
        return own if own and own.in_dist else None

    def plain_url(self, release: Release, binary: Binary) -> str:
        """The https URL of a binary, wherever it is hosted, without a signature."""
        own = self.own(release, binary)
        return own.url if own else normal_url(binary.url)

    def download_url(self, release: Release, binary: Binary) -> str:
        """The URL at which people can fetch a binary; signed when it must be and can be."""
        plain, signer = self.plain_url(release, binary), self.context.signer
        return signer.sign(plain) if signer and self._is_in_private_store(plain) else plain

    def available_until(self, release: Release, binary: Binary) -> dt.datetime | None:
        """When the signed URL of a binary ends."""
        signer = self.context.signer
        return signer.until if signer and self.is_private(release, binary) else None

    def install_url(self, release: Release, binary: Binary) -> str:
        """What goes into an install link: ``itms-services://…`` for iOS, the download for Android."""
        if binary.platform == "ios":
            return install_link(self.manifest_url(release))
        return self.download_url(release, binary)

    def is_private(self, release: Release, binary: Binary) -> bool:
        """Whether a binary can be fetched only if its URL is signed."""
        return self._is_in_private_store(self.plain_url(release, binary))

    def _is_in_private_store(self, url: str) -> bool:
        return self.store.private and url.startswith(self.store.base_url) and "?" not in url

    def _own(self, release: Release, binary: Binary) -> OwnBinary:
        base_url = self.store.base_url
        is_in_repository = binary.platform == "android" and "fdroid" in self.app.outputs and not base_url
        path = (FDROID_REPOSITORY if is_in_repository else self.release(release)) + self._file_name(binary)
        if parse_release(base_url):
            path = path.rpartition("/")[2]
        return OwnBinary(
            app=self.app.id,
            release=release.id,
            platform=binary.platform,
            source=binary.file,
            path=path,
            url=base_url + path if base_url else self.context.base.absolute(path),
            store=self.store,
            size=binary.size,
            sha256=binary.sha256,
        )

    def _file_name(self, binary: Binary) -> str:
        name = self.context.text(self.app.name, self.context.site.language)
        stem = address_part(name).strip("-")[:LONGEST_NAME] or self.app.id
        version = f"{address_part(binary.version)}-{address_part(binary.build)}"
        return f"{stem}-{version}.{binary.sha256[:10]}{ENDINGS[binary.platform]}"


def _store(context: Context, app: App) -> BinaryStore:
    store = app.binaries
    if context.keeps_binaries or not store.base_url:
        return BinaryStore()
    return msgspec.structs.replace(store, base_url=f"{normal_url(store.base_url).rstrip('/')}/")
