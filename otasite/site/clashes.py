"""Two inputs for one path of dist/: never allowed, since one of them would be lost without a word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from otasite.catalogue.sources import one_form
from otasite.hosts.targets import HOST_FILES
from otasite.problems import Location, Problem
from otasite.site.artifacts import Artifact


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
