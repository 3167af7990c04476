"""The pictures that iOS shows while it installs: real PNGs of exactly the size their kind asks for."""

from __future__ import annotations

from otasite.binaries.png import read_header
from otasite.binaries.unreadable import Unreadable
from otasite.hosting.verify.manifest import PICTURES
from otasite.hosting.verify.phone import Phone
from otasite.hosting.verify.report import Row, failed, passed, warned
from otasite.hosting.verify.walk import trouble


def check_picture(phone: Phone, kind: str, url: str) -> list[Row]:
    """Fetch one picture of a manifest and judge it."""
    answer = phone.get(url)
    if not answer.ok:
        return [*answer.rows, *(() if answer.rows else (failed("image-status", url, f"{kind}: {trouble(answer)}"),))]
    rows = [*answer.rows, passed("image-status", url, str(answer.status))]
    try:
        header = read_header(answer.body)
    except Unreadable as error:
        found = "an HTML page instead of the picture" if answer.type == "text/html" else str(error)
        return [*rows, failed("image-png", url, f"{kind}: {found}")]
    if header.cgbi:
        rows.append(failed("image-png", url, f"{kind}: Apple's own variant of PNG, which is for inside apps only"))
    side = PICTURES[kind]
    found = f"{header.width} × {header.height}"
    if (header.width, header.height) != (side, side):
        return [*rows, warned("image-size", url, f"{kind} is {found}, not {side} × {side}")]
    return [*rows, passed("image-size", url, found)]
