"""Does a Cache-Control header fit the file: forever for versioned ones, asked again for all others?"""

from __future__ import annotations

import re

from otasite.hosting.verify.phone import Answer
from otasite.hosting.verify.report import Row, passed, warned

#: Seconds that a page or manifest may be old. GitHub Pages sends 600 and nobody can change that.
LONGEST_AGE = 600
#: Seconds from which a versioned file counts as kept for good: a month.
LONG_AGE = 30 * 24 * 3600


def cache_rows(answer: Answer, check: str, *, versioned: bool) -> list[Row]:
    """Judge the Cache-Control of ``answer``; ``versioned`` when its address never gets another content."""
    text = answer.headers.get("cache-control", "")
    age = max_age(text)
    if versioned:
        if "immutable" in text.lower() or (age or 0) >= LONG_AGE:
            return [passed(check, answer.url, text)]
        return [warned(check, answer.url, f"{text or 'no Cache-Control'}: this file could be kept for good")]
    if age is None or age > LONGEST_AGE:
        return [warned(check, answer.url, f"{text or 'no Cache-Control'}: an old copy may be shown for long")]
    return [passed(check, answer.url, text)]


def max_age(cache_control: str) -> int | None:
    """Seconds for which a shared cache may answer without asking, None when the header leaves it open."""
    directives = dict(_directive(part) for part in cache_control.lower().split(","))
    if "no-cache" in directives or "no-store" in directives:
        return 0
    text = directives.get("s-maxage") or directives.get("max-age") or ""
    return int(text) if re.fullmatch(r"\d{1,12}", text) else None


def _directive(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip(), value.strip().strip('"')
