"""From the file that a person names to the binary that phones install, with what it says about itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from otasite.binaries.apk_sets import apk_inside
from otasite.binaries.bundletool import Keystore, universal_apks
from otasite.binaries.info import BinaryInfo
from otasite.binaries.inspect import inspect_binary
from otasite.binaries.verdict import verdict
from otasite.problems import Problem, ProblemsFound
from otasite.progress import Progress


class Installable(msgspec.Struct, frozen=True):
    """``path`` is the named file itself, or one made of it or taken out of it that lasts as long as the block.

    ``notes`` say so then.
    """

    path: Path
    info: BinaryInfo
    warnings: tuple[Problem, ...]
    notes: tuple[str, ...] = ()


@contextmanager
def installable(
    file: Path, now: dt.datetime, progress: Progress, *, tool: Path | None = None, keystore: Keystore | None = None
) -> Iterator[Installable]:
    """Find the binary in a file. A build that no phone takes is refused with every reason (ProblemsFound).

    One that has expired passes with a warning: old builds belong in a history. Of an app bundle ``tool`` (bundletool)
    makes an APK first.
    """
    notes: list[str] = []
    with ExitStack() as stack:
        path, shown_as = file, file.as_posix()
        info = inspect_binary(path, shown_as=shown_as, progress=progress)
        if info.kind == "aab" and tool is not None:
            path = stack.enter_context(universal_apks(path, tool, keystore))
            info = inspect_binary(path, shown_as=shown_as, progress=progress)
            notes.append(f"{tool.name} made an APK for every phone of {file.name}")
        if info.taken_out:
            path = stack.enter_context(apk_inside(path, info.taken_out))
            notes += [] if notes else [f"“{info.taken_out}” was taken out of {file.name}: that is what is published"]
        yield Installable(path, info, _warnings(info, now), tuple(notes))


def _warnings(info: BinaryInfo, now: dt.datetime) -> tuple[Problem, ...]:
    judged = verdict(info, now)
    if any(reason.code != "expired" for reason in judged.reasons):
        raise ProblemsFound(judged.reasons)
    expired = (msgspec.structs.replace(reason, severity="warning") for reason in judged.reasons)
    return (*expired, *judged.warnings)
