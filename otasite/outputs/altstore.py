"""A source for AltStore Classic, SideStore, Feather and LiveContainer: one JSON file that all of them read.

They sign an app again, with the account of the person who installs it. That is right for apps whose makers want it,
so an app takes part only when its own file says so. What iOS asks people for is taken from the binary and never
written by hand: AltStore refuses an app that has other permissions than its source says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Meta

from otasite.catalogue.field_rules import Found
from otasite.catalogue.model import App, Binary, Release, settings_of
from otasite.catalogue.output_choice import OutputKind
from otasite.outputs.output import Output, made_of
from otasite.problems import Findings
from otasite.site.addresses import AppAddresses
from otasite.site.artifacts import Artifact
from otasite.site.calls import without_calls
from otasite.site.context import Context
from otasite.site.published import PublishedApp, PublishedSite
from otasite.site.selection import Newest
from otasite.site.views import OfferView
from otasite.typed_yaml.reading import Where
from otasite.typed_yaml.record import Record

SOURCE, PAL_SOURCE = "altstore.json", "altstore-pal.json"
#: How AltStore PAL is told to add a source.
PAL_LINK = "altstore-pal://source?url={url}"
#: How each client is told to add a source; ``{url}`` is its address in a query, ``{rest}`` what follows ``https://``.
LINKS = {
    "altstore": "altstore-classic://source?url={url}",
    "sidestore": "sidestore://source?url={url}",
    "feather": "feather://source/{rest}",
    "livecontainer": "livecontainer://source?url={url}",
}

StaticFolder = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?\Z",
        description="A folder below content/static, with slashes.",
    ),
]
AltStoreCategory = Literal[
    "developer", "entertainment", "games", "lifestyle", "other", "photo-video", "social", "utilities"
]


class AltStoreAppRecord(Record, frozen=True, kw_only=True):
    """``altstore:`` of an app's ``outputs:``: how AltStore and clients of its kind show it.

    category: One of developer, entertainment, games, lifestyle, other, photo-video, social and utilities.
    tint_color: Colour of the app's page there, such as “#0a7a5c”.
    marketplace_id: The app's Apple ID, a number, for the source of AltStore PAL.
    packages: Alternative distribution packages: the name of a release and its folder below content/static.
    """

    category: AltStoreCategory | None = None
    tint_color: Annotated[str, Meta(pattern=r"^#[0-9A-Fa-f]{6}\Z", description="A colour, #rrggbb.")] | None = None
    marketplace_id: Annotated[str, Meta(pattern=r"^\d+\Z", description="Digits.")] | None = None
    packages: dict[str, StaticFolder] | None = None


def _said(app: App) -> AltStoreAppRecord:
    return settings_of(app, "altstore", AltStoreAppRecord)


def _check_packages(app: App, look: Callable[[str], Found], where: Where, findings: Findings) -> None:
    """Whether each package for AltStore PAL is a folder with a manifest, and belongs to a release."""
    for name, folder in (_said(app).packages or {}).items():
        at = where("packages", name)
        manifest = f"content/static/{folder.strip('/')}/manifest.json"
        if look(manifest).state != "file":
            findings.report(
                "missing-file",
                f"there is no file “{manifest}”",
                hint="put the whole alternative distribution package there, as Apple made it",
                at=at,
            )
        if not any(release.id == name for release in app.releases):
            findings.report(
                "bad-value",
                f"this app has no release “{name}”",
                hint="name a release as its address has it: <version>-<build>",
                at=at,
            )


class SourceVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One build; ``date`` is ISO 8601, ``size`` in bytes. The first of an app counts as the newest."""

    version: str
    build_version: str = msgspec.field(name="buildVersion", default="")
    date: str
    localized_description: str = msgspec.field(name="localizedDescription", default="")
    download_url: str = msgspec.field(name="downloadURL")
    size: int
    minimum_os: str = msgspec.field(name="minOSVersion", default="")
    sha256: str = ""


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    image_url: str = msgspec.field(name="imageURL")
    width: int
    height: int


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    """Just what the newest build has: its entitlements, and why it asks for what is private.

    Those of its extensions are among them: clients compare the source with the app and all of them.
    """

    entitlements: tuple[str, ...]
    privacy: dict[str, str]


class SourceApp(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An app. The last five keys are for clients from before there was a list of versions."""

    name: str
    bundle_identifier: str = msgspec.field(name="bundleIdentifier")
    developer_name: str = msgspec.field(name="developerName")
    subtitle: str = ""
    localized_description: str = msgspec.field(name="localizedDescription")
    icon_url: str = msgspec.field(name="iconURL")
    tint_color: str = msgspec.field(name="tintColor", default="")
    category: str = ""
    screenshots: tuple[Shot, ...] = ()
    app_permissions: Permissions | None = msgspec.field(name="appPermissions", default=None)
    #: Only in the source of AltStore PAL: with it the others pass over the app.
    marketplace_id: str = msgspec.field(name="marketplaceID", default="")
    versions: tuple[SourceVersion, ...]
    version: str
    version_date: str = msgspec.field(name="versionDate")
    version_description: str = msgspec.field(name="versionDescription", default="")
    download_url: str = msgspec.field(name="downloadURL")
    size: int


class LeftApp(msgspec.Struct, frozen=True, kw_only=True):
    """What an app leaves for each of the two sources."""

    classic: SourceApp
    pal: SourceApp | None


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The whole source. ``identifier`` stays the same for all its time."""

    name: str
    identifier: str
    subtitle: str = ""
    website: str
    tint_color: str = msgspec.field(name="tintColor", default="")
    apps: tuple[SourceApp, ...]
    news: tuple[str, ...] = msgspec.field(default=())


class AltStore(Output[LeftApp]):
    """``altstore.json`` with the default channel of every app that wants it, and ``altstore-pal.json`` beside it."""

    name = "altstore"
    asked = OutputKind(
        in_site="A source for AltStore Classic, SideStore, Feather and LiveContainer; apps join it one by one.",
        in_app="Its place in the source for AltStore; without this key it has none.",
        app_settings=AltStoreAppRecord,
        one_by_one=True,  # people sign these builds again with accounts of their own
        judge=_check_packages,
    )
    leaves = LeftApp
    needs = "“outputs: [altstore]” in its own file, and an iOS build in the default channel whose size is known"

    def offers(self, addresses: AppAddresses, newest: Newest[Release]) -> Iterator[OfferView]:
        release, default = newest.by_platform.get("ios"), addresses.context.site.default_channel.id
        if release is None or release.channel != default or not release.ios or not _is_complete(release.ios):
            return
        url = addresses.context.base.absolute(SOURCE)
        for client, link in LINKS.items():
            href = link.format(url=quote(url, safe=""), rest=url.removeprefix("https://"))
            yield OfferView(client=client, platform="ios", href=href)
        said = _said(addresses.app)
        if said.marketplace_id and release.id in (said.packages or {}):
            pal = quote(addresses.context.base.absolute(PAL_SOURCE), safe="")
            yield OfferView(client="altstore-pal", platform="ios", href=PAL_LINK.format(url=pal))

    def leave(self, app: PublishedApp) -> LeftApp | None:
        context = app.context
        builds = _builds(app.main.by_channel.get(context.site.default_channel.id, []))
        if not builds:
            return None
        newest = builds[0][1]
        text = partial(context.text, language=context.site.language)
        said, described = _said(app.app), without_calls(text(app.app.description)).strip()
        classic = SourceApp(
            name=app.main.name,
            bundle_identifier=newest.identifier,
            developer_name=_maker(context),
            subtitle=text(app.app.subtitle),
            localized_description=described or text(app.app.subtitle) or app.main.name,
            icon_url=context.base.absolute(app.files.icons[512]),
            tint_color=said.tint_color or "",
            category=said.category or "",
            screenshots=tuple(
                Shot(image_url=context.base.absolute(path), width=width, height=height)
                for path, width, height in app.files.screenshots
            ),
            app_permissions=_permissions(newest),
            **_newest_first(_version(app, release, binary) for release, binary in builds),
        )
        return LeftApp(classic=classic, pal=_for_pal(app, classic, builds))

    def of_site(self, site: PublishedSite, left: Mapping[str, LeftApp]) -> Iterator[Artifact]:
        if not left:
            return
        context = site.context
        pal = [app.pal for app in left.values() if app.pal]
        for path, mark, found in ((SOURCE, "", [app.classic for app in left.values()]), (PAL_SOURCE, ".pal", pal)):
            if found:
                source = _source(context, mark, {app.bundle_identifier: app for app in found})
                yield made_of(path, source, partial(msgspec.json.encode, source))


def _source(context: Context, mark: str, apps: Mapping[str, SourceApp]) -> Source:
    text = partial(context.text, language=context.site.language)
    address = urlsplit(context.base.url)
    parts = [*reversed((address.hostname or "").split(".")), *filter(None, address.path.split("/"))]
    return Source(
        name=text(context.site.title),
        identifier=".".join(parts) + mark,
        subtitle=text(context.site.description),
        website=context.base.url,
        apps=tuple(apps.values()),
    )


def _for_pal(app: PublishedApp, classic: SourceApp, builds: list[tuple[Release, Binary]]) -> SourceApp | None:
    """The app with its notarised packages, which lie in folders of the site as Apple made them."""
    said, absolute = _said(app.app), app.context.base.absolute
    folders = {name: absolute(f"{folder.strip('/')}/") for name, folder in (said.packages or {}).items()}
    versions = [
        msgspec.structs.replace(_version(app, release, binary), download_url=folders[release.id], sha256="")
        for release, binary in builds
        if release.id in folders
    ]
    if not said.marketplace_id or not versions:
        return None
    return msgspec.structs.replace(classic, marketplace_id=said.marketplace_id, **_newest_first(versions))


def _is_complete(binary: Binary) -> bool:
    """Whether a source can name it: clients refuse a build without its size."""
    return binary.size is not None and bool(binary.identifier)


def _builds(releases: list[Release]) -> list[tuple[Release, Binary]]:
    """The builds that the source has, newest first: those with the bundle identifier of the newest one."""
    found = [(release, release.ios) for release in releases if release.ios and _is_complete(release.ios)]
    return [(release, binary) for release, binary in found if binary.identifier == found[0][1].identifier]


def _maker(context: Context) -> str:
    return context.site.organisation.name or context.text(context.site.title, context.site.language)


def _version(app: PublishedApp, release: Release, binary: Binary) -> SourceVersion:
    return SourceVersion(
        version=binary.version,
        build_version=binary.build,
        date=release.timestamp.strftime("%Y-%m-%dT%H:%M:%SZ"),
        localized_description=without_calls(app.context.text(release.notes, app.context.site.language)).strip(),
        download_url=app.addresses.download_url(release, binary),
        size=binary.size or 0,
        minimum_os=binary.minimum_os,
        sha256=binary.sha256,
    )


def _newest_first(versions: Iterable[SourceVersion]) -> dict[str, Any]:
    """What an app says of its versions, newest first: of two with the same numbers the newer one counts."""
    found: dict[tuple[str, str], SourceVersion] = {}
    for version in versions:
        found.setdefault((version.version, version.build_version), version)
    latest, *_ = found.values()
    return {
        "versions": tuple(found.values()),
        "version": latest.version,
        "version_date": latest.date,
        "version_description": latest.localized_description,
        "download_url": latest.download_url,
        "size": latest.size,
    }


def _permissions(binary: Binary) -> Permissions | None:
    """What the binary says; nothing is claimed of one that nobody has read.

    ``get-task-allow`` that is false is none to AltStore; all else that the facts have it looks for in the source.
    """
    facts = binary.facts
    if facts is None:
        return None
    extensions = [part for part in facts.parts if part.kind == "extension"]
    of_all = (facts.entitlements, *(part.entitlements for part in extensions))
    granted = [item for each in of_all for item in each.items()]
    privacy = {key: text for part in extensions for key, text in part.usage.items()}
    privacy |= {usage.key: usage.text for usage in facts.usage}
    return Permissions(
        entitlements=tuple(sorted({key for key, value in granted if key != "get-task-allow" or value})),
        privacy=dict(sorted(privacy.items())),
    )
