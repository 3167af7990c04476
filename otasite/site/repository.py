"""The F-Droid repository as people meet it: how it is added to a client, and its page for browsers."""

from __future__ import annotations

import msgspec

from otasite.site.addresses import FDROID_REPOSITORY
from otasite.site.context import Context
from otasite.site.views import AppCard, OfferView, RepositoryPage


def fingerprint(context: Context) -> str:
    """What clients are told to trust: what site.yaml says, else the key's own; "" when neither is known."""
    return context.site.fdroid.fingerprint or (context.repository_key.fingerprint if context.repository_key else "")


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
    text, said = context.text, context.site.fdroid
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
