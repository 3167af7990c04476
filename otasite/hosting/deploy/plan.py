"""What a deploy will do with the files of a site, worked out before anything is changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from pathlib import Path
from urllib.parse import quote

import msgspec

from otasite.hosting.catalogue import no_site
from otasite.hosts.headers import is_immutable
from otasite.hosts.targets import HOST_FILES, object_metadata
from otasite.problems import OtasiteError
from otasite.site.addresses import OwnBinary


class DeployFailed(OtasiteError):
    """A store answered with an error in the middle of a deploy; running it again goes on from there."""


class Turn(IntEnum):
    """When a file is uploaded: whatever is named comes before what names it. Deletes run backwards."""

    CONTENT = 0  # binaries, icons, styles: pages and manifests name them
    MANIFEST = 1
    PAGE = 2
    OVERVIEW = 3  # feeds and lists, which name pages
    INDEX = 4  # the front pages come last, and what leads into an F-Droid repository


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
    if name == "entry.jar":
        return Turn.INDEX
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


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """What deploys have put into the bucket: an object beside the site, read first and written last.

    ``files`` maps paths to the stamps they had when last uploaded. A path whose stamp is empty was about to be
    uploaded when a deploy began: it may or may not be there. ``stale`` are addresses that CloudFront has yet to
    forget.
    """

    schema: int = 1
    files: dict[str, str] = {}
    stale: tuple[str, ...] = ()

    @property
    def unfinished(self) -> frozenset[str]:
        """Paths that a deploy was about to upload when it ended."""
        return frozenset(path for path, stamp in self.files.items() if not stamp)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """``uploads`` in the order of their turns, ``deletes`` in theirs; ``unchanged`` counts files."""

    uploads: tuple[SiteFile, ...]
    deletes: tuple[str, ...]
    unchanged: int
    #: Paths whose address answered something else before: what a CDN may have kept.
    changed: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """How much will be uploaded."""
        return sum(file.size for file in self.uploads)

    def batches(self) -> list[list[SiteFile]]:
        """Uploads that may run side by side; each batch only after the one before.

        Within a turn, files that are new come before those that replace others, and deep ones before shallow ones: a
        page that people look at already must not lead to one that is still on its way.
        """
        batches: dict[tuple[int, int, int], list[SiteFile]] = {}
        for file in self.uploads:
            batches.setdefault((file.turn, file.path in self.changed, -file.path.count("/")), []).append(file)
        return [batches[key] for key in sorted(batches)]


def make_plan(
    files: Mapping[str, SiteFile], inventory: Inventory, present: Mapping[str, int], *, delete: bool
) -> Plan:
    """Compare the local files with the inventory and with what is in the bucket (``present``: path → size in bytes).

    A file is uploaded unless the inventory has its stamp and an object of its size is there. Only what the inventory
    names can be deleted.
    """
    uploads = [
        file
        for path, file in files.items()
        if inventory.files.get(path) != file.stamp or present.get(path) != file.size
    ]
    obsolete = [path for path in inventory.files if path not in files and path in present]
    return Plan(
        uploads=tuple(sorted(uploads, key=lambda file: (file.turn, file.path))),
        deletes=tuple(sorted(obsolete, key=lambda path: (-turn(path), path))) if delete else (),
        unchanged=len(files) - len(uploads),
        changed=tuple(file.path for file in uploads if file.path in present),
    )


def stale_addresses(plan: Plan, prefix: str) -> list[str]:
    """The paths that a CDN must forget: every changed or deleted file whose address stays the same.

    CloudFront wants every character encoded that RFC 1738 calls unsafe, ``~`` among them, which it is no more.
    A page has two addresses, with and without ``index.html``. New pages count, too: their 404 may have been kept.
    """
    paths = [file.path for file in plan.uploads] + list(plan.deletes)
    stale = [path for path in paths if not is_immutable(path)]
    addresses = {f"/{prefix}{path}" for path in stale}
    addresses |= {address.removesuffix("index.html") for address in addresses if address.endswith("/index.html")}
    return sorted(quote(address, safe="/").replace("~", "%7E") for address in addresses)


def by_turn(paths: tuple[str, ...]) -> list[list[str]]:
    """Deletes in steps: first what names other files, then what is named."""
    steps: dict[Turn, list[str]] = {}
    for path in paths:
        steps.setdefault(turn(path), []).append(path)
    return [steps[key] for key in sorted(steps, reverse=True)]
