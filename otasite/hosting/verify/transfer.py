"""How a server hands out files: status, type, length, HEAD, ranges, compression, cache life, signature."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import parse_qs, urlsplit

import msgspec

from otasite.hosting.bounded import count_of
from otasite.hosting.verify.client import CUT, Client, Response, trouble
from otasite.hosting.verify.html import read_page
from otasite.hosting.verify.report import Row, failed, passed, warned, without_query
from otasite.hosts.headers import CONTENT_TYPES

#: Seconds that a page or manifest may be old. GitHub Pages sends 600 and nobody can change that.
LONGEST_AGE = 600
#: Seconds from which a versioned file counts as kept for good: a month.
LONG_AGE = 30 * 24 * 3600
#: A signed address that ends within this time is warned of.
ENDS_SOON = dt.timedelta(days=2)

_NEUTRAL = frozenset({"application/octet-stream", "binary/octet-stream"})
_APK = CONTENT_TYPES["apk"]
#: Bytes of the answer to a plain GET that are looked at: enough to tell a zip from a page.
_HEAD_BYTES = 64 * 2**10


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """What can be done with one binary: ``size`` in bytes (None: unknown), whether ranges work, and the rows."""

    size: int | None = None
    ranges: bool = False
    usable: bool = False
    rows: tuple[Row, ...] = ()


def check_transfer(client: Client, url: str, *, android: bool) -> Transfer:
    """Ask for a binary as a phone does (HEAD, then GET) and for a piece of it, and judge the responses."""
    whole = client.get(url, limit=_HEAD_BYTES)
    rows = list(whole.rows)
    if whole.moved and whole.status:
        rows.append(warned("redirect", url, f"the file is at {without_query(whole.final)}"))
    encoding = whole.headers.get("content-encoding", "identity").lower()
    if whole.status == 200 and encoding != "identity":
        return Transfer(rows=(*rows, failed("binary-encoding", url, f"sent with Content-Encoding: {encoding}")))
    refusal = _refusal(whole)
    if refusal is not None:
        return Transfer(rows=(*rows, *(() if whole.rows else (refusal,))))
    rows.append(passed("binary-status", url, str(whole.status)))
    rows += [_type_row(whole, android=android), _head_row(client, url)]
    rows += [passed("binary-encoding", url), *cache_rows(whole, "binary-cache", versioned=True)]
    total, row = _range_row(client, url)
    size = total if total is not None else _length(whole)
    rows += [row, _length_row(whole)]
    return Transfer(size=size, ranges=total is not None, usable=True, rows=tuple(rows))


def _refusal(response: Response) -> Row | None:
    if response.error == CUT:
        return failed("binary-truncated", response.url, response.error)
    if not response.ok:
        check = "binary-login" if response.status in (401, 407) else "binary-status"
        return failed(check, response.url, trouble(response))
    if response.body.startswith(b"PK"):
        return None
    start = response.body.lstrip()[:15].lower()
    if response.type == "text/html" or start.startswith((b"<!doctype html", b"<html")):
        if read_page(response.body, response.final).asks_password or "login" in response.final.lower():
            return failed("binary-login", response.url, "a login page instead of the file")
        return failed("binary-status", response.url, "an HTML page instead of the file")
    return None


def _type_row(response: Response, *, android: bool) -> Row:
    found = response.type or "no Content-Type"
    if android and response.type == _APK:
        return passed("binary-type", response.url, found)
    if response.type in _NEUTRAL:
        if android:
            return warned("binary-type", response.url, f"{found} instead of {_APK}")
        return passed("binary-type", response.url, found)
    if android:  # browsers go by the type: they save it as .zip or .txt, and it cannot be installed
        return failed("binary-type", response.url, f"{found} instead of {_APK}")
    return warned("binary-type", response.url, f"{found} instead of application/octet-stream")


def _head_row(client: Client, url: str) -> Row:
    head = client.get(url, method="HEAD")
    if head.ok:
        return passed("binary-head", url, str(head.status))
    # iOS asks, but addresses signed for GET alone refuse it, and installs from those are reported to work.
    if head.status == 403 and signed_until(url) is not None:
        return passed("binary-head", url, "refused, as by every address that is signed for GET alone")
    return warned("binary-head", url, f"HEAD: {trouble(head)}")


def _length(response: Response) -> int | None:
    return count_of(response.headers.get("content-length", ""))


def _length_row(response: Response) -> Row:
    length = _length(response)
    if length is None:
        return failed("binary-length", response.url, "no Content-Length")
    return passed("binary-length", response.url, f"{length:,} bytes")


def _range_row(client: Client, url: str) -> tuple[int | None, Row]:
    """The size that a range request states, or None when there are no ranges."""
    piece = client.get(url, range_=(0, 1), limit=2)
    start, _, total = piece.headers.get("content-range", "").partition("/")
    size = count_of(total)
    if piece.status == 206 and start == "bytes 0-1" and size is not None and len(piece.body) == 2:
        return size, passed("binary-range", url)
    if piece.status == 206:
        return None, warned("binary-range", url, f"a piece of it came with Content-Range: {start}/{total}")
    found = trouble(piece) if not piece.ok else "the whole file came instead of a piece of it"
    return None, warned("binary-range", url, found)


# --- Cache-Control ----------------------------------------------------------------------------------------------


def cache_rows(response: Response, check: str, *, versioned: bool) -> list[Row]:
    """Judge the Cache-Control of ``response``; ``versioned`` when its address never gets another content."""
    text = response.headers.get("cache-control", "")
    age = max_age(text)
    if versioned:
        if "immutable" in text.lower() or (age or 0) >= LONG_AGE:
            return [passed(check, response.url, text)]
        return [warned(check, response.url, f"{text or 'no Cache-Control'}: this file could be kept for good")]
    if age is None or age > LONGEST_AGE:
        return [warned(check, response.url, f"{text or 'no Cache-Control'}: an old copy may be shown for long")]
    return [passed(check, response.url, text)]


def max_age(cache_control: str) -> int | None:
    """Seconds for which a shared cache may answer without asking, None when the header leaves it open."""
    directives = dict(_directive(part) for part in cache_control.lower().split(","))
    if "no-cache" in directives or "no-store" in directives:
        return 0
    text = directives.get("s-maxage") or directives.get("max-age") or ""
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None


def _directive(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip(), value.strip().strip('"')


# --- signed addresses -------------------------------------------------------------------------------------------


def signed_until(url: str) -> dt.datetime | None:
    """When a signed address ends, which each store writes into the query in its own way.

    None for one that is not signed, or does not say.
    """
    try:
        found = parse_qs(urlsplit(url).query, max_num_fields=100)
        query = {name.lower(): values[0] for name, values in found.items()}
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
    if end - now < ENDS_SOON:
        return [warned("binary-signature", url, f"its address can be fetched until {when} only")]
    return [passed("binary-signature", url, f"until {when}")]
