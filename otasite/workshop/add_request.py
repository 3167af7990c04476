"""What ``otasite add`` is asked for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

import msgspec

from otasite.binaries.bundletool import Keystore

Mode = Literal["copy", "link", "none"]


class AddRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How to record a binary. What is not said is left out, or follows from the binary."""

    #: Its app's name; without one it is found by the identifier, else made.
    app: str | None = None
    #: The id of a release that this is a build of for its other platform; without it, a fitting one is found.
    release: str = ""
    channel: str = ""
    #: Markdown.
    notes: str = ""
    commit: str = ""
    branch: str = ""
    #: ISO 8601; without one, the day of ``now``.
    date: str = ""
    #: Leave it out of builds for now.
    draft: bool = False
    #: Where the binary is hosted; ``{app}``, ``{version}``, ``{build}`` and ``{file}`` are filled in.
    url: str = ""
    #: Copy the binary to content/, link it there, or do not take it in (``none``, which needs a ``url``).
    mode: Mode = "copy"
    #: Let testers find out whether their device is included.
    device_check: bool = False
    #: It cannot replace the build before it: people delete the app first.
    reinstall: bool = False
    #: Overwrite what is recorded for this version and build.
    replace: bool = False
    #: ``bundletool.jar`` or its launcher, to make an APK of an app bundle (.aab), and with what it signs.
    bundletool: Path | None = None
    keystore: Keystore | None = None
    #: The moment that decides whether signing has ended; without one, the clock's.
    now: dt.datetime | None = None

    @property
    def said(self) -> dict[str, str]:
        """What becomes keys of the release, as YAML has them."""
        keys = ("date", "channel", "commit", "branch", "notes")
        return {key: value for key in keys if (value := getattr(self, key))}
