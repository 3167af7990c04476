"""What may differ from one run to the next, besides the content itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import msgspec

from otasite.hosts.signed_urls import UrlSigner
from otasite.problems import Refused


class BuildOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to read a project and make its site."""

    #: The site's https address, before all other settings.
    base_url: str | None = None
    #: Decides about ``base_url`` from what ``site.yaml`` says of the address, and the environment.
    choose_base_url: Callable[[str, Mapping[str, str]], str | None] | None = None
    #: Variables such as ``OTASITE_BASE_URL``, ``OTASITE_SECRET`` and ``SOURCE_DATE_EPOCH``.
    environment: Mapping[str, str] = {}
    #: Show drafts, and releases whose date lies ahead.
    drafts: bool = False
    future: bool = False
    #: The moment that counts as now; without one, that of the environment, else the clock's.
    now: dt.datetime | None = None
    #: ``check`` and the preview go on without a base URL; a build does not.
    needs_base_url: bool = True
    #: The preview serves binaries itself, so that a phone can install them before they are uploaded anywhere.
    keeps_binaries: bool = False
    #: Signs the addresses of binaries in private buckets. Without one they stay as they are.
    signer: UrlSigner | None = None
    #: Values of theme options that count before those of ``site.yaml``: the preview lets people try some.
    theme_options: Mapping[str, str] = {}
    #: Use what earlier runs remembered.
    cache: bool = True
    #: Worker processes. Without a number one for each processor, but only one where they cannot be forked (macOS,
    #: Windows): there each runs the script that builds once more, which must be ready for that
    #: (``if __name__ == "__main__":``). The command line is.
    workers: int | None = None


def moment_of(environment: Mapping[str, str]) -> dt.datetime:
    """The moment of this run; ``SOURCE_DATE_EPOCH`` (reproducible-builds.org) sets it."""
    epoch = environment.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return dt.datetime.now(dt.UTC)
    try:
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused(
            f"SOURCE_DATE_EPOCH is “{epoch}”, which is no moment",
            "set it to the seconds since 1970, such as 1767225600, or leave it out",
        ) from None
