"""Rules of ``otasite check`` that need a clock: signing that has expired, or soon will.

They are not part of a build, whose bytes must not depend on the day it runs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from otasite.catalogue.model import Binary, Release
from otasite.problems import Location, Problem
from otasite.site.selection import newest_by_channel


def ends_with_certificate(binary: Binary) -> bool:
    """Whether ``signing.expires``, the earlier end of profile and signing certificate, is the certificate's."""
    signer = binary.facts.signer if binary.facts else None
    return signer is not None and signer.expires is not None and signer.expires == binary.signing.expires


def what_expires(binary: Binary) -> str:
    """What a build stops working with, in words."""
    return "signing certificate" if ends_with_certificate(binary) else "provisioning profile"


def expiry_problems(
    releases: Iterable[Release], now: dt.datetime, expiring: dt.timedelta, locate: Callable[[Release], Location]
) -> Iterator[Problem]:
    """Problems of releases (newest first, as the site shows them) whose signing ends before ``now + expiring``.

    Nobody can install a build whose provisioning profile or signing certificate has expired, so that is an error for
    what people are sent to: the newest iOS build of a channel, and pinned ones. In the history it is to be expected,
    and a warning. ``locate`` finds the line of a release that says when its signing expires.
    """
    releases = tuple(releases)
    newest = newest_by_channel(releases)
    for release in releases:
        is_offered = release.pinned or newest[release.channel].by_platform.get("ios") is release
        binary = release.ios
        expires = binary.signing.expires if binary else None
        if binary is None or expires is None or expires > now + expiring:
            continue
        name = f"release {release.version} ({release.build}) of channel {release.channel}"
        what, day = what_expires(binary), expires.strftime("%Y-%m-%d")
        if expires <= now:
            yield Problem(
                code="expired",
                message=f"{name}: its {what} expired on {day}; it no longer installs or opens",
                hint="sign and add a new build; draft: true (otasite add --draft) keeps this one off the site",
                location=locate(release),
                severity="error" if is_offered else "warning",
            )
        elif is_offered:
            is_certificate = ends_with_certificate(binary)
            renew = "sign with a new certificate" if is_certificate else "renew the profile"
            yield Problem(
                code="certificate-expires" if is_certificate else "expires-soon",
                message=f"{name}: its {what} expires on {day}, {(expires - now).days} days from now",
                hint=f"{renew} and add a new build before then",
                location=locate(release),
            )
