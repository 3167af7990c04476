"""Whether addresses must be signed, and the AWS credentials of this run to sign them with."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from otasite.hosting.deploy.aws import in_words, no_boto, session_ended
from otasite.hosts.signed_urls import UrlSigner
from otasite.problems import Refused
from otasite.workshop.workshop import Workshop

#: How long a session lasts when nobody says: what AWS gives to a role unless asked for more.
USUAL_SESSION = dt.timedelta(hours=1)
#: S3's own default, where neither a host's name nor the configuration tells the region.
USUAL_REGION = "us-east-1"


class FoundSigner(msgspec.Struct, frozen=True):
    """What signs addresses, and what people should know about how long they last (mostly nothing)."""

    signer: UrlSigner
    warning: str = ""


def needs_signing(workshop: Workshop) -> bool:
    """Whether any binaries may be in a private bucket. What is wrong with the content is for the build to say."""
    records = (unit.settings for unit in workshop.units.values())
    return workshop.assembly.site.binaries.private or any(
        record.binaries.private for record in records if record and record.binaries
    )


def find_signing(now: dt.datetime) -> FoundSigner:
    """A signer with the credentials that the AWS tools would use. Raises Refused when there are none."""
    try:
        from botocore.session import get_session
    except ModuleNotFoundError:
        raise no_boto() from None
    with in_words("find AWS credentials"):
        session = get_session()
        found = session.get_credentials()
        keys = found.get_frozen_credentials() if found else None
    if found is None or keys is None:
        raise Refused(
            "signing addresses in a private bucket needs AWS credentials",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
        )
    end, warning = _session_end(found, now) if keys.token else (None, "")
    signer = UrlSigner(
        key_id=keys.access_key,
        secret=keys.secret_key,
        token=keys.token or "",
        region=session.get_config_variable("region") or USUAL_REGION,
        now=now,
        session_end=end,
    )
    return FoundSigner(signer, warning)


def _session_end(credentials: Any, now: dt.datetime) -> tuple[dt.datetime, str]:
    """When the session of temporary credentials ends: the addresses that they sign end with it."""
    # botocore keeps this for itself, for credentials that it renews and for AWS_CREDENTIAL_EXPIRATION.
    end = getattr(credentials, "_expiry_time", None)
    advice = "the access key of an IAM user would give them seven days"
    if end is None:
        end = now + USUAL_SESSION
        unknown = "nobody says when: pages promise one hour (AWS_CREDENTIAL_EXPIRATION may say more)"
        return end, f"the addresses end with the session of these temporary credentials, and {unknown}; {advice}"
    if end <= now:
        raise session_ended()
    when = f"{end.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    return end, f"the addresses end with the session of these temporary credentials, on {when}; {advice}"
