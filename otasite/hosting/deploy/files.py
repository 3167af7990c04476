"""The files of a built site as a deploy sees them: what each is, how it is served, and when its turn comes."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from pathlib import Path

import msgspec

from otasite.hosting.catalogue import no_site
from otasite.hosts.targets import HOST_FILES, object_metadata
from otasite.site.addresses import OwnBinary


class Turn(IntEnum):
    """When a file is uploaded: whatever is named comes before what names it. Deletes run backwards."""

    CONTENT = 0  # binaries, icons, styles: pages and manifests name them
    MANIFEST = 1
    PAGE = 2
    OVERVIEW = 3  # feeds and lists, which name pages
    INDEX = 4  # the front pages come last


class SiteFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file to upload: ``source`` is here, ``path`` below the address that it gets there.

    ``stamp`` changes when content or headers do; ``size`` is in bytes.
    """

    path: str
    source: Path
    size: int
    sha256: str
    content_type: str
    cache_control: str

    @property
    def stamp(self) -> str:
        text = f"{self.sha256}\n{self.content_type}\n{self.cache_control}"
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def turn(self) -> Turn:
        return turn(self.path)


def turn(path: str) -> Turn:
    """When the file at ``path`` is uploaded."""
    name = path.rpartition("/")[2]
    if name.endswith(".html"):
        return Turn.INDEX if "/" not in path else Turn.PAGE
    if name.endswith((".plist", ".webmanifest")):
        return Turn.MANIFEST
    if name.endswith((".json", ".xml", ".txt")) and not path.startswith("assets/"):
        return Turn.OVERVIEW
    return Turn.CONTENT


def site_files(dist: Path) -> dict[str, SiteFile]:
    """Every file to upload, by path. Raises Refused when ``dist`` holds no built site."""
    if not (dist / "index.html").is_file():
        raise no_site(dist)
    paths = sorted(path for path in dist.rglob("*") if path.is_file())
    with ThreadPoolExecutor() as pool:
        files = pool.map(lambda path: _site_file(dist, path), paths)
    return {file.path: file for file in files if file.path not in HOST_FILES}


def _site_file(dist: Path, path: Path) -> SiteFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return _described(path.relative_to(dist).as_posix(), path, digest)


def binary_file(root: Path, binary: OwnBinary) -> SiteFile:
    """A binary of the project in ``root`` that lives outside the site. The build has just read its digest."""
    return _described(binary.path, root / binary.source, binary.sha256)


def _described(path: str, source: Path, sha256: str) -> SiteFile:
    metadata = object_metadata(path)
    return SiteFile(
        path=path,
        source=source,
        size=source.stat().st_size,
        sha256=sha256,
        content_type=metadata["ContentType"],
        cache_control=metadata["CacheControl"],
    )
