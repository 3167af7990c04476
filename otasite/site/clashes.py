"""Places that files cannot have: one that is taken (a file would be lost without a word), one that Windows lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from otasite.catalogue.sources import one_form
from otasite.hosts.targets import HOST_FILES
from otasite.problems import Location, Problem
from otasite.site.artifacts import Artifact

#: Names that are devices on Windows whatever their ending, and what no name there may end with or hold (Microsoft
#: Learn: “Naming Files, Paths, and Namespaces”).
_NOT_ON_WINDOWS: Final = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\..*)?|.*[. ]|.*[<>:\"|?*\\].*", re.IGNORECASE | re.DOTALL
)
#: Characters of a path below dist/. Programs on Windows take 259 with everything before it, unless they ask for more.
_LONGEST_ON_WINDOWS: Final = 200


def windows_problems(artifacts: Iterable[Artifact]) -> Iterator[Problem]:
    """Files that Windows cannot have, in content/ or in dist/: one for each source and for each name."""
    told: set[str] = set()
    names: set[str] = set()
    for artifact in artifacts:
        new = [name for name in (*artifact.source.split("/"), *artifact.path.split("/")) if name not in names]
        names.update(new)
        if artifact.source in told:
            continue
        bad = next(filter(_NOT_ON_WINDOWS.fullmatch, new), None)
        if bad is not None:
            told.add(artifact.source)
            yield _not_on_windows(artifact, f"Windows has no files or folders named “{bad}”", "rename it")
        elif len(artifact.path) > _LONGEST_ON_WINDOWS:
            told.add(artifact.source)
            message = f"this becomes {artifact.path[:40]}…, a path of {len(artifact.path)} characters, in dist/"
            yield _not_on_windows(artifact, message, f"write shorter names, for at most {_LONGEST_ON_WINDOWS}")


def _not_on_windows(artifact: Artifact, message: str, what_to_do: str) -> Problem:
    return Problem(
        code="windows-name",
        message=message,
        hint=f"{what_to_do}: on Windows nobody could clone or build this site",
        location=Location(artifact.source),
    )


def clash_problems(artifacts: Iterable[Artifact], taken: Mapping[str, str] | None = None) -> Iterator[Problem]:
    """Files that two sources claim, one for each two; ``taken`` are the paths of apps, each with its app's name."""
    others = ((path, f"content/apps/{app}") for path, app in (taken or {}).items())
    told = set()
    for path, first, second in clashes((*others, *((item.path, item.source) for item in artifacts))):
        if (first, second) in told:  # a page and its QR code, say: renaming mends both
            continue
        told.add((first, second))
        yield Problem(
            code="path-clash",
            message=f"{path} would be made from {first} and from {second}",
            hint="keep yours and take its host out of “hosting:” in site.yaml, or remove it"
            if path in HOST_FILES
            else "rename one of them; names that differ only in case count as the same",
            location=Location(second),
        )


def clashes(artifacts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Two claims on one place, as (path, one source, other source); ``artifacts`` are (path, source) pairs.

    Paths that differ only in case or in the form of their characters (NFC, NFD) clash too, since many hosts and all
    Macs have one file for both, and so does a file with
    a folder of the same name.
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path, source in artifacts:
        key = one_form(path).lower()
        if key in files or key in folders:
            yield path, files.get(key) or folders[key], source
            continue
        files[key] = source
        folder = key.rpartition("/")[0]
        while folder and folder not in folders:
            folders[folder] = source
            if folder in files:
                yield path, files[folder], source
            folder = folder.rpartition("/")[0]
