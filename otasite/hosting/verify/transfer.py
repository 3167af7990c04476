"""How a server hands out an .ipa or .apk: status, type, length, HEAD, ranges, no compression, cache life."""

from __future__ import annotations

import re

import msgspec

from otasite.hosting.verify.caching import cache_rows
from otasite.hosting.verify.html import read_page
from otasite.hosting.verify.phone import CUT, Answer, Phone
from otasite.hosting.verify.report import Row, failed, passed, warned, without_query
from otasite.hosting.verify.signature import signed_until
from otasite.hosting.verify.walk import trouble
from otasite.hosts.headers import CONTENT_TYPES

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


def check_transfer(phone: Phone, url: str, *, android: bool) -> Transfer:
    """Ask for a binary as a phone does (HEAD, then GET) and for a piece of it, and judge the answers."""
    whole = phone.get(url, limit=_HEAD_BYTES)
    rows = list(whole.rows)
    if whole.moved and whole.status:
        rows.append(warned("redirect", url, f"the file is at {without_query(whole.final)}"))
    refusal = _refusal(whole)
    if refusal is not None:
        return Transfer(rows=(*rows, *(() if whole.rows else (refusal,))))
    rows.append(passed("binary-status", url, str(whole.status)))
    rows += [_type_row(whole, android=android), _head_row(phone, url)]
    encoding = whole.headers.get("content-encoding", "identity").lower()
    if encoding != "identity":
        rows.append(failed("binary-encoding", url, f"sent with Content-Encoding: {encoding}"))
        return Transfer(rows=tuple(rows))
    rows += [passed("binary-encoding", url), *cache_rows(whole, "binary-cache", versioned=True)]
    total, row = _range_row(phone, url)
    size = total if total is not None else _length(whole)
    rows += [row, _length_row(whole)]
    return Transfer(size=size, ranges=total is not None, usable=True, rows=tuple(rows))


def _refusal(answer: Answer) -> Row | None:
    if answer.error == CUT:
        return failed("binary-truncated", answer.url, answer.error)
    if not answer.ok:
        check = "binary-login" if answer.status in (401, 407) else "binary-status"
        return failed(check, answer.url, trouble(answer))
    if answer.body.startswith(b"PK"):
        return None
    if answer.type == "text/html" or answer.body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        login = read_page(answer.body, answer.final).asks_password or "login" in answer.final.lower()
        if login:
            return failed("binary-login", answer.url, "a login page instead of the file")
        return failed("binary-status", answer.url, "an HTML page instead of the file")
    return None


def _type_row(answer: Answer, *, android: bool) -> Row:
    found = answer.type or "no Content-Type"
    if android and answer.type == _APK:
        return passed("binary-type", answer.url, found)
    if answer.type in _NEUTRAL:
        if android:
            return warned("binary-type", answer.url, f"{found} instead of {_APK}")
        return passed("binary-type", answer.url, found)
    if android:  # browsers go by the type: they save it as .zip or .txt, and it cannot be installed
        return failed("binary-type", answer.url, f"{found} instead of {_APK}")
    return warned("binary-type", answer.url, f"{found} instead of application/octet-stream")


def _head_row(phone: Phone, url: str) -> Row:
    head = phone.get(url, method="HEAD")
    if head.ok:
        return passed("binary-head", url, str(head.status))
    # iOS asks, but addresses signed for GET alone refuse it, and installs from those are reported to work.
    if head.status == 403 and signed_until(url) is not None:
        return passed("binary-head", url, "refused, as by every address that is signed for GET alone")
    return warned("binary-head", url, f"HEAD: {trouble(head)}")


def _length(answer: Answer) -> int | None:
    text = answer.headers.get("content-length", "")
    return int(text) if text.isdecimal() else None


def _length_row(answer: Answer) -> Row:
    length = _length(answer)
    if length is None:
        return failed("binary-length", answer.url, "no Content-Length")
    return passed("binary-length", answer.url, f"{length:,} bytes")


def _range_row(phone: Phone, url: str) -> tuple[int | None, Row]:
    """The size that a range request states, or None when there are no ranges."""
    piece = phone.get(url, range_=(0, 1), limit=2)
    match = re.fullmatch(r"bytes 0-1/(\d+)", piece.headers.get("content-range", ""))
    if piece.status == 206 and match and len(piece.body) == 2:
        return int(match[1]), passed("binary-range", url)
    found = trouble(piece) if not piece.ok else "the whole file came instead of a piece of it"
    return None, warned("binary-range", url, found)
