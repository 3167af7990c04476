"""An app's page for those who manage devices."""

from __future__ import annotations

import msgspec

from otasite.catalogue.model import Release
from otasite.site.pages import AppPages
from otasite.site.views import ManagedChannel, ManagementPage


def managed(pages: AppPages) -> dict[str, Release]:
    """The newest release for iPhone and iPad of each channel that has one."""
    newest = {channel: newest.by_platform.get("ios") for channel, newest in pages.newest_in.items()}
    return {channel: release for channel, release in newest.items() if release is not None}


def management_page(pages: AppPages) -> ManagementPage:
    """The page with what a server takes of each channel."""
    addresses, context = pages.addresses, pages.context
    page = pages.meta("management", addresses.management, title=pages.name)
    return ManagementPage(
        site=context.site_view(pages.language),
        page=msgspec.structs.replace(page, noindex=True, qr=""),
        app=pages.app_for(page),
        managed=tuple(
            ManagedChannel(
                channel=pages.channels[channel],
                release=pages.lines[release.id],
                manifest=context.base.absolute(addresses.managed(channel)),
                declaration=f"{addresses.channel(channel)}app-managed.json",
                command=f"{addresses.channel(channel)}install-application.plist",
            )
            for channel, release in managed(pages).items()
        ),
    )
