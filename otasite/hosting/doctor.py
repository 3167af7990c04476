"""What a report about a bug needs: versions, extras, settings that are there or not, clock, and the way to the site.

Values of secrets are never read further than to see whether there are any, and no path of the machine is told.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import locale
import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Literal

import msgspec

from otasite import __version__
from otasite.workshop.assembly import MIN_SECRET

State = Literal["info", "ok", "warning"]

#: Seconds to wait for the site.
PATIENCE = 10.0
#: Seconds by which this clock and the site's may differ before signatures and due dates go wrong.
CLOCK_TOLERANCE = 120
#: Settings of which is told whether they are there, and never what they say.
SETTINGS = (
    "OTASITE_BASE_URL",
    "OTASITE_SECRET",
    "SOURCE_DATE_EPOCH",
    "GITHUB_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "NO_COLOR",
    "CI",
)


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at: its name, what was found, and what to do where that is not as it should be."""

    name: str
    found: str
    state: State = "info"
    hint: str = ""


def examine_machine(environment: Mapping[str, str]) -> Iterator[Observation]:
    """Versions, libraries, extras and settings; nothing is asked of a network."""
    yield Observation(name="otasite", found=__version__)
    yield Observation(name="Python", found=f"{platform.python_version()} ({platform.python_implementation()})")
    yield Observation(name="system", found=f"{platform.system()} {platform.release()} {platform.machine()}")
    yield Observation(name="text", found=f"{sys.stdout.encoding}, file names {sys.getfilesystemencoding()}")
    yield Observation(name="processors", found=str(os.cpu_count() or 1))
    yield from _libraries()
    yield _yaml()
    yield from _settings(environment)


def _libraries() -> Iterator[Observation]:
    """The version of each library that otasite asks for; one of an extra may be missing."""
    for line in metadata.requires("otasite") or ():
        name = re.match(r"[\w.-]+", line)
        extra = re.search(r"extra == ['\"](\w+)['\"]", line)
        if name is None or (extra and extra[1] != "s3"):
            continue
        try:
            yield Observation(name=name[0], found=metadata.version(name[0]))
        except metadata.PackageNotFoundError:
            missing = f"not installed; only the extra [{extra[1]}] needs it" if extra else "not installed"
            yield Observation(name=name[0], found=missing, state="info" if extra else "warning")


def _yaml() -> Observation:
    import yaml

    if yaml.__with_libyaml__:
        return Observation(name="libyaml", found="used")
    hint = "install a wheel of pyyaml, or libyaml's headers before building it"
    return Observation(name="libyaml", found="absent: YAML is read ten times slower", state="warning", hint=hint)


def _settings(environment: Mapping[str, str]) -> Iterator[Observation]:
    webhooks = sorted(name for name in environment if re.fullmatch(r"OTASITE_\w+_URL", name))
    for name in dict.fromkeys((*SETTINGS, *webhooks)):
        value = environment.get(name, "")
        if name == "OTASITE_SECRET" and value and len(value) < MIN_SECRET:
            hint = "take a random one (openssl rand -hex 32): the addresses of unlisted apps move"
            yield Observation(
                name=name, found="set, but short enough to be found by trying", state="warning", hint=hint
            )
        else:
            yield Observation(name=name, found="set" if value else "not set")
    yield Observation(name="locale", found=locale.setlocale(locale.LC_CTYPE))


def examine_site(base_url: str, now: dt.datetime) -> Iterator[Observation]:
    """Whether the site answers, and whether its clock and the one of this machine agree."""
    import httpx

    try:
        with httpx.Client(timeout=PATIENCE) as client, client.stream("GET", base_url) as response:
            status, date = response.status_code, response.headers.get("Date", "")
    except httpx.HTTPError as error:
        hint = "offline, a name that is not there yet, or a certificate that is not trusted: see otasite verify"
        found = f"does not answer ({type(error).__name__})"
        yield Observation(name="site", found=found, state="warning", hint=hint)
        return
    yield Observation(name="site", found=f"answers HTTP {status}", state="ok" if status < 400 else "warning")
    yield from _clock(date, now)


def _clock(date: str, now: dt.datetime) -> Iterator[Observation]:
    """This machine's clock beside the one of the site's host (RFC 9110, ``Date``)."""
    try:
        theirs = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return
    if theirs.tzinfo is None:
        return
    seconds = int((now - theirs).total_seconds())
    if abs(seconds) <= CLOCK_TOLERANCE:
        yield Observation(name="clock", found="agrees with the site's host", state="ok")
    else:
        way = "ahead of" if seconds > 0 else "behind"
        hint = "set the clock: signed addresses and releases that become due depend on it"
        yield Observation(name="clock", found=f"{abs(seconds)} seconds {way} the site's", state="warning", hint=hint)
