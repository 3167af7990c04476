"""Signed addresses: until when they can be fetched. Each store writes it into the query in its own way."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

from otasite.hosting.verify.report import Row, failed, passed, warned

#: An address that ends within this time is warned of.
SOON = dt.timedelta(days=2)


def signed_until(url: str) -> dt.datetime | None:
    """When a signed address ends; None for one that is not signed (or does not say)."""
    query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    try:
        for prefix in ("x-amz", "x-goog"):  # S3 and all that imitate it; Google Cloud Storage
            if f"{prefix}-signature" in query:
                signed = dt.datetime.strptime(query[f"{prefix}-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
                return signed + dt.timedelta(seconds=int(query[f"{prefix}-expires"]))
        if "signature" in query:  # CloudFront, and S3's older signatures
            return dt.datetime.fromtimestamp(int(query["expires"]), dt.UTC)
        if "sig" in query:  # Azure
            end = dt.datetime.fromisoformat(query["se"])
            return end if end.tzinfo else end.replace(tzinfo=dt.UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
    return None


def signature_rows(url: str, now: dt.datetime) -> list[Row]:
    """Whether a signed address can still be fetched, and for how long; nothing for other addresses."""
    end = signed_until(url)
    if end is None:
        return []
    when = f"{end:%Y-%m-%d %H:%M} UTC"
    if end <= now:
        return [failed("binary-signature", url, f"its address could be fetched until {when}")]
    if end - now < SOON:
        return [warned("binary-signature", url, f"its address can be fetched until {when} only")]
    return [passed("binary-signature", url, f"until {when}")]
