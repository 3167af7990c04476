"""What a build reports, while it works and afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from otasite.problems import Problem
from otasite.publish.effort import Effort
from otasite.site.addresses import OwnBinary

#: Called with how much is done, and of how much.
Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """For callers that nobody waits for."""


class Report(msgspec.Struct, kw_only=True):
    """What a build did. Times are seconds; counts are files unless said otherwise; ``bytes`` is the size of dist/."""

    out: Path
    base_url: str
    base_origin: str
    apps: int = 0
    releases: int = 0
    files: int = 0
    bytes: int = 0
    written: int = 0
    removed: int = 0
    loaded: int = 0
    drafts: int = 0
    future: int = 0
    dropped: int = 0
    seconds: float = 0.0
    effort: Effort
    stages: dict[str, float] = {}
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    #: Binaries that pages name outside the site: they have to be uploaded there before it.
    elsewhere: tuple[OwnBinary, ...] = ()
    private: int = 0  # binaries that can be fetched only at signed addresses
