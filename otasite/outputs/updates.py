"""``<app>/updates.json``: what an app reads that looks for updates by itself (docs/subscribe/updates.md).

It stands beside ``latest.json`` (schema 1), which answers “what is newest?” to scripts: this file is by platform, and
says what an app has to know before it asks a person to update. ``schema`` grows only when keys change their meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from otasite.catalogue.model import Release
from otasite.catalogue.records import Platform
from otasite.outputs.output import Output, made_of
from otasite.site.artifacts import Artifact
from otasite.site.calls import without_calls
from otasite.site.context import GENERATOR
from otasite.site.published import PublishedApp


class Update(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The newest build of a channel for one platform. Addresses are absolute, ``size`` is in bytes.

    ``minimum`` is the oldest version that may stay in use. ``rollout`` is the percentage of installations that are
    offered the build; ``salt`` goes into the hash that decides which. ``notes`` are Markdown by language.
    """

    id: str
    version: str
    build: str
    date: str
    identifier: str
    page: str
    install: str
    download: str
    size: int | None = None
    sha256: str = ""
    minimum_os: str = ""
    minimum: str = ""
    critical: bool = False
    rollout: int = 100
    salt: str
    notes: dict[str, str] = {}


class Updates(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file: channel, then platform."""

    schema: int = 2
    generator: str = GENERATOR
    app: str
    name: str
    default_channel: str | None = None
    channels: dict[str, dict[Platform, Update]]


class UpdateFiles(Output[None]):
    """One file for each app."""

    name = "updates"

    def of_app(self, app: PublishedApp) -> Iterator[Artifact]:
        updates = _updates(app)
        path = f"{app.addresses.path}updates.json"
        yield made_of(path, updates, partial(msgspec.json.encode, updates), source=app.app.source)


def _updates(app: PublishedApp) -> Updates:
    return Updates(
        app=app.app.id,
        name=app.main.name,
        default_channel=next(iter(app.main.newest_in), None),
        channels={
            channel: {
                platform: _update(app, channel, platform, release) for platform, release in newest.by_platform.items()
            }
            for channel, newest in app.main.newest_in.items()
        },
    )


def _update(app: PublishedApp, channel: str, platform: Platform, release: Release) -> Update:
    binary = release.ios if platform == "ios" else release.android
    assert binary is not None
    said, site, notes = release.update, app.context.site, release.notes
    return Update(
        id=release.id,
        version=binary.version,
        build=binary.build,
        date=release.date,
        identifier=binary.identifier,
        page=app.addresses.release_url(release),
        install=app.addresses.install_url(release, binary),
        download=app.addresses.download_url(release, binary),
        size=binary.size,
        sha256=binary.sha256,
        minimum_os=binary.minimum_os,
        minimum=said.minimum or "",
        critical=said.critical or False,
        rollout=said.rollout or 100,
        salt=f"{app.app.id}/{channel}/{platform}/{release.id}",
        notes={
            language: text
            for language, written in _by_language(notes, site.language).items()
            if (text := without_calls(written)).strip()
        },
    )


def _by_language(text: str | dict[str, str], language: str) -> dict[str, str]:
    return text if isinstance(text, dict) else {language: text}
