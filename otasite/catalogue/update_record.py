"""``update:`` of a release: how apps that ask for updates themselves should take it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from otasite.typed_yaml.record import Record


class UpdateRecord(Record, frozen=True, kw_only=True):
    """``update:`` of a release: what apps that look for updates by themselves are told.

    minimum: Oldest version that may stay in use; apps older than this must update.
    critical: Whether everybody must update, whatever they have.
    rollout: Percent of installations that are offered it, 1 to 100; all of them when absent.
    """

    minimum: (
        Annotated[str, Meta(pattern=r"^\d+(\.\d+)*\Z", description="A version of numbers and dots, such as 2.1.")]
        | None
    ) = None
    critical: bool | None = None
    rollout: Annotated[int, Meta(ge=1, le=100)] | None = None
