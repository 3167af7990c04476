"""The F-Droid repository as people meet it: how it is added to a client, and its page for browsers."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from otasite.catalogue.model import settings_of
from otasite.site.addresses import FDROID_REPOSITORY
from otasite.site.context import Context
from otasite.site.views import AppCard, OfferView, RepositoryPage
from otasite.typed_yaml.record import Record


class FDroidRecord(Record, frozen=True, kw_only=True):
    """``fdroid:`` of the site's ``outputs:``: its F-Droid repository.

    name: Name of the repository in clients; without one the site's title.
    description: What the repository has; without one the site's description.
    fingerprint: SHA-256 of the certificate that clients trust, from “otasite key”; another key is refused then.
    """

    name: str | dict[str, str] | None = None
    description: str | dict[str, str] | None = None
    fingerprint: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", description="64 lower-case hex digits.")] | None = (
        None
    )


def repository_settings(context: Context) -> FDroidRecord:
    return settings_of(context.site, "fdroid", FDroidRecord)


def fingerprint(context: Context) -> str:
    """What clients are told to trust: what site.yaml says, else the key's own; "" when neither is known."""
    said, key = repository_settings(context).fingerprint, context.repository_key
    return said or (key.fingerprint if key else "")


def repository_address(context: Context) -> str:
    return context.base.absolute(FDROID_REPOSITORY.rstrip("/"))


def repository_offer(context: Context) -> OfferView | None:
    """How a client is made to follow the repository; none without a fingerprint."""
    trusted = fingerprint(context)
    if not trusted:
        return None
    address = f"{repository_address(context)}?fingerprint={trusted}"
    link = f"fdroidrepos{address.removeprefix('https')}"
    return OfferView(client="f-droid", platform="android", href=link, address=address)


def repository_page(context: Context, offer: OfferView, language: str, apps: tuple[AppCard, ...]) -> RepositoryPage:
    """What a browser shows at the repository's address."""
    text, said = context.text, repository_settings(context)
    page = context.page_meta(
        "repository",
        FDROID_REPOSITORY,
        language,
        title=text(said.name or context.site.title, language),
        description=text(said.description or context.site.description, language),
        qr=False,
    )
    return RepositoryPage(
        site=context.site_view(language),
        page=page,
        apps=apps,
        address=repository_address(context),
        fingerprint=fingerprint(context),
        follow=(msgspec.structs.replace(offer, qr=f"{page.path}qr-f-droid.svg"),),
    )
