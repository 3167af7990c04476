"""The site for machines: ``catalogue.json`` of all listed apps, ``latest.json`` of each app.

The types are the format: builds write them, and ``verify``, ``announce`` and summaries read them. What they read may
be somebody else's or an older one, so everything but identity has a default, and other keys are ignored. ``schema``
grows only when keys change their meaning; new keys may come at any time. Texts are in the site's first language,
sizes in bytes, addresses absolute.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Generic, TypeVar

import msgspec

from otasite.catalogue.model import Binary, Release, shared
from otasite.catalogue.records import BinaryData, Extra, ReleaseData
from otasite.outputs.facts_json import facts_path
from otasite.outputs.output import Output, made_of
from otasite.site.artifacts import Artifact
from otasite.site.context import GENERATOR
from otasite.site.management import managed
from otasite.site.published import PublishedApp, PublishedSite
from otasite.site.selection import Newest

A = TypeVar("A")


class BinaryJson(BinaryData, frozen=True, kw_only=True, omit_defaults=True):
    """A binary, with all that :class:`~otasite.catalogue.records.BinaryData` says."""

    manifest: str = ""
    install: str = ""
    signing: str = ""
    team: str = ""
    expires: dt.datetime | None = None
    devices: int | None = None
    available_until: dt.datetime | None = None
    #: In ``latest.json``, the release that has it when that is not the one around it: the newest release of a channel
    #: may be for one platform only. It says no binaries, and its notes only where they differ.
    origin: ReleaseJson | None = None


class ReleaseJson(ReleaseData, frozen=True, kw_only=True, omit_defaults=True):
    """A release; ``url`` is the address of its page."""

    version: str = ""
    build: str = ""
    date: str = ""
    channel: str = ""
    url: str = ""
    commit: str = ""
    branch: str = ""
    notes_html: str = ""
    #: Address of what is known of the insides of its binaries; "" when nothing is.
    facts: str = ""
    #: Data of the site's own, as ``extra:`` says it.
    extra: Extra = msgspec.field(default_factory=dict)
    ios: BinaryJson | None = None
    android: BinaryJson | None = None


class AppJson(msgspec.Struct, frozen=True, kw_only=True):
    """An app with its releases, newest first.

    ``managed`` are the fixed manifests for device management, by channel: each is that of the newest iOS build there.
    """

    id: str
    name: str = ""
    subtitle: str = ""
    category: str = ""
    platforms: tuple[str, ...] = ()
    url: str = ""
    icon: str = ""
    latest: str | None = None
    #: What its page offers: the newest release for each platform, by its id.
    newest: dict[str, str] = {}
    managed: dict[str, str] = {}
    extra: Extra = msgspec.field(default_factory=dict)
    releases: tuple[ReleaseJson, ...] = ()


class CatalogueJson(msgspec.Struct, Generic[A], frozen=True, kw_only=True):
    """``catalogue.json``; ``url`` is the address that the site was built for, ``channels`` their names."""

    schema: int = 1
    generator: str = ""
    title: str = ""
    url: str = ""
    channels: tuple[str, ...] = ()
    extra: Extra = msgspec.field(default_factory=dict)
    apps: tuple[A, ...] = ()


class LatestJson(msgspec.Struct, frozen=True, kw_only=True):
    """``<app>/latest.json``: the newest release of each channel with its notes, and each platform's newest build."""

    schema: int = 1
    generator: str = ""
    app: str = ""
    name: str = ""
    url: str = ""
    default_channel: str | None = None
    channels: dict[str, ReleaseJson] = {}


class CatalogueFiles(Output[bytes]):
    """Both files. What an app leaves is its part of ``catalogue.json``, as JSON."""

    name = "json"
    leaves = bytes

    def of_app(self, app: PublishedApp) -> Iterator[Artifact]:
        latest = latest_json(app)
        path = f"{app.addresses.path}latest.json"
        yield made_of(path, latest, partial(msgspec.json.encode, latest), source=app.app.source)

    def leave(self, app: PublishedApp) -> bytes:
        return msgspec.json.encode(app_json(app))

    def of_site(self, site: PublishedSite, left: Mapping[str, bytes]) -> Iterator[Artifact]:
        context = site.context
        catalogue = msgspec.json.encode(
            CatalogueJson[msgspec.Raw](
                generator=GENERATOR,
                title=context.text(context.site.title, context.site.language),
                url=context.base.url,
                channels=tuple(context.channels),
                extra=context.own_data(context.site.extra, context.site.language),
                apps=tuple(map(msgspec.Raw, left.values())),
            )
        )
        yield made_of("catalogue.json", catalogue, lambda: catalogue)


def app_json(app: PublishedApp) -> AppJson:
    context, newest = app.context, app.main.newest
    given = shared(app.app, AppJson) | {
        "name": app.main.name,
        "subtitle": context.text(app.app.subtitle, context.site.language),
        "icon": context.base.absolute(app.files.icons[512]),
        "extra": context.own_data(app.app.extra, context.site.language),
        "releases": tuple(release_json(app, release) for release in app.shown),
        "managed": {
            channel: context.base.absolute(app.addresses.managed(channel))
            for channel in (managed(app.main) if app.addresses.management else ())
        },
    }
    if newest is None:
        return AppJson(url=app.addresses.url, **given)
    by_platform: dict[str, str] = {platform: release.id for platform, release in newest.by_platform.items()}
    return AppJson(url=app.addresses.url, latest=newest.release.id, newest=by_platform, **given)


def latest_json(app: PublishedApp) -> LatestJson:
    channels = app.main.newest_in
    return LatestJson(
        generator=GENERATOR,
        app=app.app.id,
        name=app.main.name,
        url=app.addresses.url,
        default_channel=next(iter(channels), None),
        channels={channel: newest_json(app, newest) for channel, newest in channels.items()},
    )


def newest_json(app: PublishedApp, newest: Newest[Release]) -> ReleaseJson:
    """A channel's newest release, completed with the newest build of each platform that it lacks."""
    notes = app.main.absolute_notes(newest.release)
    changes: dict[str, object] = {"notes_html": notes}
    for platform, release in newest.by_platform.items():
        if release is not newest.release:
            own = app.main.absolute_notes(release)
            origin = msgspec.structs.replace(
                release_json(app, release), ios=None, android=None, notes_html="" if own == notes else own
            )
            binary = binary_json(app, release, getattr(release, platform))
            changes[platform] = msgspec.structs.replace(binary, origin=origin) if binary else None
    return msgspec.structs.replace(release_json(app, newest.release), **changes)


def release_json(app: PublishedApp, release: Release) -> ReleaseJson:
    given = shared(release, ReleaseJson) | {
        "ios": binary_json(app, release, release.ios),
        "android": binary_json(app, release, release.android),
        "extra": app.context.own_data(release.extra, app.context.site.language),
    }
    path = facts_path(app.addresses, release)
    facts = app.context.base.absolute(path) if path else ""
    return ReleaseJson(url=app.addresses.release_url(release), facts=facts, **given)


def binary_json(app: PublishedApp, release: Release, binary: Binary | None) -> BinaryJson | None:
    if binary is None:
        return None
    addresses, signing, is_ios = app.addresses, binary.signing, binary.platform == "ios"
    given = shared(binary, BinaryJson) | {
        "url": addresses.download_url(release, binary),
        "signing": signing.type or "",
        "extra": app.context.own_data(binary.extra, app.context.site.language),
    }
    return BinaryJson(
        manifest=addresses.manifest_url(release) if is_ios else "",
        install=addresses.install_url(release, binary) if is_ios else "",
        team=signing.team,
        expires=signing.expires,
        devices=signing.devices,
        available_until=addresses.available_until(release, binary),
        **given,
    )
