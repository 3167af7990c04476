"""What ``verify`` found: rows of check, subject and result, and for everything amiss what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from otasite.problems.register import REGISTER

Result = Literal["ok", "warn", "fail"]
_ORDER: dict[Result, int] = {"fail": 0, "warn": 1, "ok": 2}
#: Letters of an address and of what was found that a row keeps: servers may send millions.
_LONGEST_SUBJECT, _LONGEST_FOUND = 2000, 500


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one thing. ``check`` is a permanent name; ``subject`` an address; ``fix`` is empty when ok."""

    check: str
    subject: str
    result: Result
    found: str
    fix: str = ""


def passed(check: str, subject: str, found: str = "") -> Row:
    """A check that found nothing amiss."""
    return _row(check, subject, "ok", found)


def warned(check: str, subject: str, found: str) -> Row:
    """Something that may hurt some people, or soon."""
    return _row(check, subject, "warn", found, REGISTER[check].fix)


def failed(check: str, subject: str, found: str) -> Row:
    """Something that keeps people from installing."""
    return _row(check, subject, "fail", found, REGISTER[check].fix)


def _row(check: str, subject: str, result: Result, found: str, fix: str = "") -> Row:
    subject, found = _cut(subject, _LONGEST_SUBJECT), _cut(found, _LONGEST_FOUND)
    return Row(check=check, subject=subject, result=result, found=found, fix=fix)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def without_query(address: str) -> str:
    """An address for people: without the hundreds of letters of a signature, which would let others in, too."""
    path, mark, _ = address.partition("?")
    return path + ("?…" if mark else "")


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """All rows, sorted: failures, then warnings, then what is well. Counts are of things, not of requests."""

    url: str
    rows: tuple[Row, ...]
    pages: int = 0
    manifests: int = 0
    binaries: int = 0

    @property
    def failures(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.result == "fail")

    @property
    def warnings(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.result == "warn")

    def exit_code(self, *, strict: bool = False) -> int:
        """1 if something failed (``strict``: or was warned of), else 0."""
        return 1 if self.failures or (strict and self.warnings) else 0

    def document(self) -> dict[str, Any]:
        """The report for machines: ``schema``, ``result``, ``url``, counts and all rows."""
        verdict: Result = "fail" if self.failures else "warn" if self.warnings else "ok"
        return {"schema": 1, "result": verdict, **msgspec.structs.asdict(self)}


def report(url: str, rows: Iterable[Row], **counts: int) -> Verification:
    """A report with each row once, in its order."""
    unique = sorted(set(rows), key=lambda row: (_ORDER[row.result], row.check, row.subject, row.found))
    return Verification(url=url, rows=tuple(unique), **counts)
