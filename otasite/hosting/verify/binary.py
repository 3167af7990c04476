"""Checking the files that phones install: their bytes against the manifest's hashes, and what is inside them."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from otasite.binaries.info import BinaryInfo
from otasite.binaries.inspect import inspect_binary
from otasite.binaries.unreadable import Unreadable
from otasite.binaries.verdict import verdict
from otasite.hosting.verify.client import Client
from otasite.hosting.verify.manifest import Chunks, Package
from otasite.hosting.verify.remote import AppInside, RemoteFile, read_app
from otasite.hosting.verify.report import Row, failed, passed, warned
from otasite.hosting.verify.transfer import Transfer, check_transfer, signature_rows
from otasite.outputs.catalogue_json import BinaryJson
from otasite.problems import ProblemsFound, Refused

#: A profile that ends within this time is warned of.
SOON = dt.timedelta(days=30)

#: Chunks up to this size are fetched to be hashed unless the whole file is wanted; otasite's own have 10 MiB.
MAX_CHUNK = 64 * 2**20
#: Bytes that are downloaded of one file: Apple takes apps of up to 4 GB, and Google Play none that are larger.
MAX_DOWNLOAD = 4 * 2**30
#: Archives that are taken apart at once; each may need a hundred megabytes of memory.
OPEN_ARCHIVES = 2

#: Hashes the bytes from first to last (both included) of a file; raises OSError when they do not all come.
Hash = Callable[[int, int], str]


class BinaryChecker:
    """Checks binaries with one client. ``full`` downloads each completely instead of asking for pieces."""

    def __init__(self, client: Client, now: dt.datetime, *, full: bool) -> None:
        self._client = client
        self._now = now
        self._full = full
        self._archives = threading.BoundedSemaphore(OPEN_ARCHIVES)

    def package(self, package: Package, expected: BinaryJson | None) -> list[Row]:
        """All rows for one manifest's IPA."""
        url = package.url
        transfer, rows = self._transfer(url, android=False)
        if not transfer.usable:
            return rows
        if self._full:
            return rows + self._downloaded(url, transfer, package, expected)
        rows += _size_rows(url, transfer.size, package.chunks, expected)
        if transfer.size is None or not transfer.ranges:
            return [*rows, warned("binary-unchecked", url, "neither hashes nor identifier: no range requests")]
        rows += self._piecewise_hash(url, transfer.size, package.chunks)
        return rows + self._piecewise_app(url, transfer, package, expected)

    def android(self, url: str, expected: BinaryJson | None) -> list[Row]:
        """All rows for one .apk."""
        transfer, rows = self._transfer(url, android=True)
        if not transfer.usable:
            return rows
        if self._full:
            return rows + self._downloaded(url, transfer, None, expected)
        return rows + _size_rows(url, transfer.size, None, expected)

    def _transfer(self, url: str, *, android: bool) -> tuple[Transfer, list[Row]]:
        """How the file is handed out. One whose signature has ended is not asked for: it would only be refused."""
        rows = signature_rows(url, self._now)
        if any(row.result == "fail" for row in rows):
            return Transfer(), rows
        transfer = check_transfer(self._client, url, android=android)
        return transfer, [*rows, *transfer.rows]

    # --- in pieces ------------------------------------------------------------------------------------------

    def _piecewise_hash(self, url: str, size: int, chunks: Chunks | None) -> list[Row]:
        if chunks is None:
            return []
        if min(chunks.size, size) > MAX_CHUNK:
            return [warned("binary-unchecked", url, f"hashes of {chunks.size:,} bytes each")]

        def digest(first: int, last: int) -> str:
            hasher, wanted = _Hasher(chunks.algorithm), last - first + 1
            response = self._client.download(url, hasher.update, wanted, range_=(first, last))
            if response.status != 206 or response.error or hasher.count != wanted:
                raise OSError(response.error or f"HTTP {response.status}, {hasher.count:,} bytes came")
            return hasher.hexdigest()

        return hash_rows(url, size, chunks, sorted({0, len(chunks.digests) - 1}), digest)

    def _piecewise_app(
        self, url: str, transfer: Transfer, package: Package, expected: BinaryJson | None
    ) -> list[Row]:
        assert transfer.size is not None
        try:
            with self._archives, RemoteFile(self._client, url, transfer.size) as file:
                app = read_app(file)
        except Unreadable as error:
            return [failed("binary-unreadable", url, f"it cannot be read because {error}")]
        return app_rows(url, app, package, expected, self._now)

    # --- completely -----------------------------------------------------------------------------------------

    def _downloaded(
        self, url: str, transfer: Transfer, package: Package | None, expected: BinaryJson | None
    ) -> list[Row]:
        """Download the file as far as somebody said how large it is, and look at all of it."""
        chunks = package.chunks if package else None
        most = transfer.size or (expected and expected.size) or (chunks and chunks.size * len(chunks.digests))
        if not most:
            return [warned("binary-unchecked", url, "nobody says how large it is, so it may have no end")]
        if most > MAX_DOWNLOAD:
            return [warned("binary-unchecked", url, f"{most:,} bytes are more than phones install")]
        try:
            with tempfile.TemporaryDirectory(prefix="otasite-verify-") as folder:
                path = Path(folder) / "binary"
                with path.open("wb") as file:
                    response = self._client.download(url, file.write, most)
                size = path.stat().st_size
                if response.error or not response.ok:
                    found = response.error or f"HTTP {response.status}"
                    found += f" after {size:,} bytes" if size else ""
                    return [failed("binary-truncated", url, found)]
                rows = _size_rows(url, size, chunks, expected)
                rows += _whole_hash_rows(url, path, chunks, expected)
                return rows + self._inspected(url, path, package, expected)
        except OSError as error:
            raise Refused(
                f"{url} cannot be kept while it is looked at: {error.strerror or error}",
                "let TMPDIR name a folder with more room, or leave --full out",
            ) from None

    def _inspected(self, url: str, path: Path, package: Package | None, expected: BinaryJson | None) -> list[Row]:
        try:
            with self._archives:
                info = inspect_binary(path, shown_as=url, digests=False)
        except ProblemsFound as error:
            return [failed("binary-unreadable", url, problem.message) for problem in error.problems]
        reasons = [p for p in verdict(info, self._now).reasons if "expired" not in p.code]
        rows = [failed("not-installable", url, reason.message) for reason in reasons]
        return rows + app_rows(url, _inside(info), package, expected, self._now)


class _Hasher:
    """A digest that counts its bytes."""

    def __init__(self, algorithm: str) -> None:
        self.count = 0
        self._digest = hashlib.new(algorithm, usedforsecurity=False)

    def update(self, data: bytes) -> None:
        self.count += len(data)
        self._digest.update(data)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _inside(info: BinaryInfo) -> AppInside:
    return AppInside(
        identifier=info.identifier,
        version=info.version,
        build=info.build,
        platforms=info.ios.supported_platforms if info.ios else (),
        profile=info.ios.profile if info.ios else None,
    )


def _size_rows(url: str, size: int | None, chunks: Chunks | None, expected: BinaryJson | None) -> list[Row]:
    """The size against the catalogue's, and against the number of digests, each of which covers one chunk."""
    if size is None:
        return []
    if expected and expected.size and expected.size != size:
        return [failed("binary-size", url, f"{size:,} bytes, the catalogue says {expected.size:,}")]
    if chunks and -(-size // chunks.size) != len(chunks.digests):
        found = f"{size:,} bytes do not fit {len(chunks.digests)} hashes of {chunks.size:,} bytes each"
        return [failed("binary-size", url, found)]
    return [passed("binary-size", url, f"{size:,} bytes")]


def hash_rows(url: str, size: int, chunks: Chunks, numbers: list[int], digest: Hash) -> list[Row]:
    """Compare the chunks with these numbers (from 0) as far as the file has them; one row for all that fit."""
    rows: list[Row] = []
    for number in numbers:
        first, last = number * chunks.size, min((number + 1) * chunks.size, size) - 1
        if last < first:
            continue  # the size is wrong, and that has been said
        name = f"chunk {number + 1} of {len(chunks.digests)}"
        try:
            found = digest(first, last)
        except OSError as error:
            rows.append(failed("binary-truncated", url, f"{name}: {error}"))
            continue
        if found != chunks.digests[number]:
            rows.append(failed("binary-hash", url, f"{name} has another hash than the manifest says"))
    return rows or [passed("binary-hash", url, f"{len(numbers)} of {len(chunks.digests)} chunks")]


def _whole_hash_rows(url: str, path: Path, chunks: Chunks | None, expected: BinaryJson | None) -> list[Row]:
    rows: list[Row] = []
    with path.open("rb") as file:
        if expected and expected.sha256 and hashlib.file_digest(file, "sha256").hexdigest() != expected.sha256:
            rows.append(failed("binary-hash", url, "the file has another SHA-256 than the catalogue says"))
        if chunks:

            def digest(first: int, last: int) -> str:
                file.seek(first)
                hasher = hashlib.new(chunks.algorithm, usedforsecurity=False)
                for start in range(first, last + 1, 2**20):
                    hasher.update(file.read(min(2**20, last + 1 - start)))
                return hasher.hexdigest()

            rows += hash_rows(url, path.stat().st_size, chunks, list(range(len(chunks.digests))), digest)
    return rows


def app_rows(
    url: str, app: AppInside, package: Package | None, expected: BinaryJson | None, now: dt.datetime
) -> list[Row]:
    """Whether app, manifest and catalogue agree, and whether the app may be installed at all."""
    rows = [*_identifier_rows(url, app, package, expected), *_version_rows(url, app, package, expected)]
    if any(platform.endswith("Simulator") for platform in app.platforms):
        rows.append(failed("not-installable", url, "it was built for the simulator"))
    profile = app.profile
    if profile is None:
        return rows
    if profile.type == "app-store":
        rows.append(failed("not-installable", url, "it is signed for the App Store"))
    end = profile.valid_until
    if end is not None and end <= now:
        rows.append(failed("profile-expired", url, f"its signing ended on {end:%Y-%m-%d}"))
    elif end is not None and end - now < SOON:
        rows.append(warned("profile-expiring", url, f"its signing ends on {end:%Y-%m-%d}"))
    elif end is not None:
        rows.append(passed("profile-expired", url, f"until {end:%Y-%m-%d}"))
    return rows


def _identifier_rows(url: str, app: AppInside, package: Package | None, expected: BinaryJson | None) -> list[Row]:
    if package and app.identifier != package.identifier:
        found = f"the manifest says {package.identifier}, the app is {app.identifier}"
        return [failed("bundle-identifier", url, found)]
    if expected and expected.identifier and app.identifier != expected.identifier:
        found = f"the catalogue says {expected.identifier}, the app is {app.identifier}"
        return [failed("bundle-identifier", url, found)]
    return [passed("bundle-identifier", url, app.identifier)]


def _version_rows(url: str, app: AppInside, package: Package | None, expected: BinaryJson | None) -> list[Row]:
    rows = []
    if package and app.build and package.build != app.build:
        rows.append(warned("bundle-version", url, f"the manifest says {package.build}, the app is {app.build}"))
    if expected and expected.version and app.version != expected.version:
        found = f"the page says version {expected.version}, the app is {app.version}"
        rows.append(warned("bundle-version", url, found))
    return rows or [passed("bundle-version", url, f"{app.version} ({app.build})")]
