"""Can this binary be installed from a web page: by whom, until when, and if not, why not?

The rules are those of iOS (:mod:`~otasite.binaries.ios_rules`) and of Android's package installer
(:mod:`~otasite.binaries.android_rules`). Each reason is a :class:`~otasite.problems.Problem` with a permanent code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

from otasite.binaries import android_rules, ios_rules
from otasite.binaries.info import BinaryInfo, Info, Profile
from otasite.problems import Location, Problem

Audience = Literal["nobody", "registered-devices", "organisation", "anyone"]

#: Characters of an identifier, version or build; file systems stop at 255 bytes, Android at 223 for an identifier.
MAX_TEXT = 200


class Verdict(Info, frozen=True, kw_only=True):
    """``until`` is the moment the build stops working, None when it does not say. ``reasons`` are the errors that
    keep people from installing it; without any, ``installable`` is true. ``warnings`` are what some phones refuse, or
    what is odd about the file."""

    installable: bool
    audience: Audience
    until: dt.datetime | None
    devices: int | None
    reasons: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def verdict(info: BinaryInfo, now: dt.datetime) -> Verdict:
    """Judge a binary as of ``now`` (with a time zone)."""
    found = [*info.problems, *_text_problems(info)]
    if info.ios:
        found += ios_rules.problems(info, info.ios, now)
    if info.android:
        found += android_rules.problems(info, info.android)
    found.sort(key=Problem.sort_key)
    reasons = tuple(problem for problem in found if problem.is_error)
    profile = info.ios.profile if info.ios else None
    return Verdict(
        installable=not reasons,
        audience="nobody" if reasons else _audience(info, profile),
        until=valid_until(info),
        devices=profile.devices if profile else None,
        reasons=reasons,
        warnings=tuple(problem for problem in found if not problem.is_error),
    )


def valid_until(info: BinaryInfo) -> dt.datetime | None:
    """When the build stops working: the earliest end among the profiles and signers of the app and its extensions."""
    if not info.ios:
        return None
    ends = (bundle.valid_until for bundle in ios_rules.signed_bundles(info, info.ios))
    return min((end for end in ends if end), default=None)


def _audience(info: BinaryInfo, profile: Profile | None) -> Audience:
    if info.kind == "apk":
        return "anyone"
    return "organisation" if profile and profile.type == "enterprise" else "registered-devices"


def _text_problems(info: BinaryInfo) -> Iterator[Problem]:
    for what, value in (("identifier", info.identifier), ("version", info.version), ("build", info.build)):
        if len(value) > MAX_TEXT:
            yield Problem(
                code="text-too-long",
                message=f"the {what} is {len(value):,} characters long (“{value[:40]}…”)",
                hint=f"Build the app with one of {MAX_TEXT} or fewer.",
                location=Location(info.file),
            )
