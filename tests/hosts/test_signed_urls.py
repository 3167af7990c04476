"""Signed addresses, against Amazon's own example and botocore's signer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from otasite.hosts.signed_urls import LONGEST, UrlSigner

NOW = dt.datetime(2013, 5, 24, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def signer(**more: Any) -> UrlSigner:
    """The keys of the example in Amazon's documentation."""
    values: dict[str, Any] = {
        "key_id": "AKIAIOSFODNN7EXAMPLE",
        "secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "region": "us-east-1",
        "now": NOW,
        **more,
    }
    return UrlSigner(**values)


def test_amazons_example() -> None:
    url = signer(session_end=NOW + DAY).sign("https://examplebucket.s3.amazonaws.com/test.txt")
    assert url.endswith("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    assert "&X-Amz-Expires=86400&" in url


@pytest.mark.parametrize("token", ["", "a/session+token=="])
@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://private.s3.eu-central-1.amazonaws.com/builds/notes/1.0-1/Notes-1.0-1.abc.ipa", "eu-central-1"),
        ("https://s3.dualstack.us-west-2.amazonaws.com/private/a%20b.ipa", "us-west-2"),
        ("https://0123.r2.cloudflarestorage.com/private/a.ipa", "auto"),
        ("https://files.example.com:9000/private/a.ipa", "us-east-1"),
    ],
)
def test_as_botocore_signs(url: str, region: str, token: str) -> None:
    request = AWSRequest("GET", url)
    credentials = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token or None)
    seven_days = int(LONGEST.total_seconds())
    botocore.auth.S3SigV4QueryAuth(credentials, "s3", region, expires=seven_days).add_auth(request)
    theirs = request.url.partition("?")[2].split("&")
    (signed_at,) = (word.partition("=")[2] for word in theirs if word.startswith("X-Amz-Date="))
    now = dt.datetime.strptime(signed_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)  # botocore knows only the clock
    ours = signer(token=token, now=now).sign(url)
    assert sorted(ours.partition("?")[2].split("&")) == sorted(theirs)
    assert ours.partition("?")[0] == url


def test_the_longest_life_is_seven_days_or_the_session() -> None:
    assert signer().until == NOW + dt.timedelta(days=7)
    assert signer(session_end=NOW + 2 * DAY).until == NOW + 2 * DAY
    assert signer(session_end=NOW + 9 * DAY).until == NOW + 7 * DAY


def test_the_same_input_gives_the_same_address() -> None:
    assert signer().sign("https://a.example.com/x") == signer().sign("https://a.example.com/x")
    assert signer().inputs() == signer().inputs() != signer(now=NOW + DAY).inputs()


def test_secrets_are_not_in_what_is_remembered() -> None:
    told = repr(signer(token="hidden-token").inputs()) + repr(signer())
    assert "hidden" not in told
    assert "wJalr" not in told
