"""Rules for single values that records of several kinds share: identifiers, build settings, paths."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from otasite.catalogue.records import Platform
from otasite.problems import Findings, Location


class Found(NamedTuple):
    """What is at a path: a file of the content folder or not; ``path`` is as the disk has it."""

    path: str
    state: Literal["file", "absent", "outside"]


#: Looks at a path (relative to the project root).
Look = Callable[[str], Found]

#: Characters of what becomes a name of a file or folder, of which every system takes some 250.
LONGEST_NAME = 100

ENDINGS: dict[Platform, str] = {"ios": ".ipa", "android": ".apk"}
_IDENTIFIER: dict[Platform, re.Pattern[str]] = {
    # Apple: CFBundleIdentifier has letters, digits, hyphens and periods; phones take underscores too, which only the
    # App Store refuses. Android: Java package names.
    "ios": re.compile(r"[A-Za-z0-9._-]+"),
    "android": re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+"),
}


def check_expanded(value: str, findings: Findings, where: Callable[[], Location]) -> bool:
    """Report a value that still is the name of a build setting, such as ``${PRODUCT_NAME}``."""
    if "${" not in value and "$(" not in value:
        return True
    findings.report(
        "unexpanded-build-setting",
        f"“{value}” is a build setting that nobody replaced by its value",
        hint="write the value itself; if the binary says this too, fix the build that made it",
        at=where(),
    )
    return False


def check_length(
    value: str, what: str, findings: Findings, where: Callable[[], Location], most: int = LONGEST_NAME
) -> None:
    """Report what is too long to become part of an address and of a file's name."""
    if len(value) > most:
        findings.report(
            "long-name",
            f"{what} has {len(value):,} characters; it becomes part of addresses and names of files",
            hint=f"write at most {most}",
            at=where(),
        )


def check_identifier(platform: Platform, identifier: str, findings: Findings, where: Callable[[], Location]) -> None:
    """Report what cannot be a bundle identifier or an application ID."""
    if check_expanded(identifier, findings, where) and not _IDENTIFIER[platform].fullmatch(identifier):
        kind = "bundle identifier" if platform == "ios" else "application ID"
        findings.report(
            "bad-identifier",
            f"“{identifier}” cannot be the {kind} of an app",
            hint="write it as the binary has it, such as com.example.notes",
            at=where(),
        )


def path_within(
    source: str,
    written: str,
    look: Look,
    findings: Findings,
    where: Callable[[], Location],
) -> str:
    """The path that ``source`` writes as ``written``, relative to the project root.

    A path counts from the folder of the file that says it; with a leading ``/`` from the content folder. It must
    stay inside the content folder and be a file; else a problem is reported and the result is ``""``.
    """
    if "\\" in written or not written.isprintable():
        escape = "" if "\\" in written else ": in double quotes a backslash starts an escape"
        findings.report(
            "bad-value",
            f"a path is written with forward slashes{escape}",
            hint=f"write {written.replace(chr(92), '/')}" if not escape else "write it with “/”, and without quotes",
            at=where(),
        )
        return ""
    if written.startswith("/"):
        path = posixpath.normpath("content/" + written.lstrip("/"))
    else:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), written))
    path, state = look(path) if path.startswith("content/") else Found(path, "outside")
    if state == "outside":
        findings.report(
            "outside-content",
            f"“{written}” leads out of the content folder",
            hint="copy the file itself (not a link to it) into the content folder",
            at=where(),
        )
        return ""
    if state == "absent":
        findings.report(
            "missing-file",
            f"there is no file “{path}”",
            hint="paths count from the folder of this YAML file; upper and lower case matter",
            at=where(),
        )
        return ""
    return path
