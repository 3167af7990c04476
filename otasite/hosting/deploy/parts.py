"""Large files, uploaded in parts: what a killed deploy brought of one is not sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any

import msgspec

from otasite.hosting.deploy.files import SiteFile
from otasite.hosting.deploy.progress import Progress

#: Bytes from which a file is uploaded in parts, and the usual size of a part.
PART = 16 * 2**20
#: S3 takes this many parts.
MOST_PARTS = 10_000
#: By which S3 recognises a part when the upload is completed.
_DIGESTS = ("ETag", "ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256")
#: Parts of one file that are sent side by side.
SIDE_BY_SIDE = 4


class Part(msgspec.Struct, frozen=True):
    """A piece of a file; ``number`` counts from 1."""

    number: int
    start: int
    size: int


def parts_of(size: int) -> list[Part]:
    """How a file of ``size`` bytes is cut; always the same way, so that another run can go on."""
    step = max(PART, -(-size // MOST_PARTS))
    starts = range(0, size, step)
    return [Part(number, start, min(step, size - start)) for number, start in enumerate(starts, 1)]


class PartsUpload:
    """One file on its way in parts. ``slots`` bounds how many parts are in memory at once, over all files."""

    def __init__(self, client: Any, place: Mapping[str, str], file: SiteFile, slots: BoundedSemaphore) -> None:
        self._client = client
        self._place = place
        self._file = file
        self._slots = slots

    def run(self, extra: Mapping[str, Any], begun: str | None, progress: Progress) -> None:
        """Send what is missing. ``begun`` is the upload of an earlier run, which has the same headers (``extra``)."""
        identifier = begun or self._client.create_multipart_upload(**self._place, **extra)["UploadId"]
        there = self._there(identifier) if begun else {}
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            sent = pool.map(lambda part: self._send(identifier, part, there, progress), parts_of(self._file.size))
            parts = list(sent)
        self._client.complete_multipart_upload(**self._place, UploadId=identifier, MultipartUpload={"Parts": parts})

    def _there(self, identifier: str) -> dict[int, dict[str, Any]]:
        """What the store says of the parts that arrived."""
        pages = self._client.get_paginator("list_parts").paginate(**self._place, UploadId=identifier)
        return {part["PartNumber"]: part for page in pages for part in page.get("Parts", ())}

    def _send(
        self, identifier: str, part: Part, there: Mapping[int, dict[str, Any]], progress: Progress
    ) -> dict[str, Any]:
        with self._slots:
            with self._file.source.open("rb") as file:
                file.seek(part.start)
                data = file.read(part.size)
            # With some kinds of encryption an ETag is no MD5; the part is then sent again.
            stored = there.get(part.number, {})
            if stored.get("ETag", "").strip('"') != hashlib.md5(data, usedforsecurity=False).hexdigest():
                stored = self._client.upload_part(
                    **self._place, UploadId=identifier, PartNumber=part.number, Body=data
                )
        progress(len(data))
        return {"PartNumber": part.number, **{name: stored[name] for name in _DIGESTS if name in stored}}
