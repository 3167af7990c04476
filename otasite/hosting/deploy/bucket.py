"""One folder in an S3 bucket: the few requests a deploy needs, large files in parts.

Every object carries its SHA-256 in its own metadata. That tells ours from others' before anything is deleted, and
lets the deploy after an interrupted one find what is there already.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Any

import msgspec

from otasite.catalogue.records import BUCKET
from otasite.hosting.bounded import BadBody, json_value
from otasite.hosting.deploy.aws import client, in_words
from otasite.hosting.deploy.plan import DeployFailed, Inventory, SiteFile
from otasite.hosts.headers import is_immutable
from otasite.problems import Refused
from otasite.progress import Advance

#: Bytes from which a file is uploaded in parts, and the usual size of a part.
PART = 16 * 2**20
#: S3 takes this many parts.
MOST_PARTS = 10_000
#: By which S3 recognises a part when the upload is completed.
_DIGESTS = ("ETag", "ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256")
#: Bytes of an object that is read whole: a catalogue, or a record of what was deployed.
LARGEST_READ = 64 * 2**20
#: Objects that a folder may have, so that a store that lists without end is given up.
MOST_OBJECTS = 1_000_000
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

    def run(self, extra: Mapping[str, Any], begun: str | None, advance: Advance) -> None:
        """Send what is missing. ``begun`` is the upload of an earlier run, which has the same headers (``extra``)."""
        identifier = begun or self._client.create_multipart_upload(**self._place, **extra)["UploadId"]
        there = self._there(identifier) if begun else {}
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            sent = pool.map(lambda part: self._send(identifier, part, there, advance), parts_of(self._file.size))
            parts = list(sent)
        self._client.complete_multipart_upload(**self._place, UploadId=identifier, MultipartUpload={"Parts": parts})

    def _there(self, identifier: str) -> dict[int, dict[str, Any]]:
        """What the store says of the parts that arrived."""
        pages = self._client.get_paginator("list_parts").paginate(**self._place, UploadId=identifier)
        return {part["PartNumber"]: part for page in pages for part in page.get("Parts", ())}

    def _send(
        self, identifier: str, part: Part, there: Mapping[int, dict[str, Any]], advance: Advance
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
        advance(len(data))
        return {"PartNumber": part.number, **{name: stored[name] for name in _DIGESTS if name in stored}}


#: The name of the inventory beside the site's files. It holds the addresses of unlisted apps, and mostly everybody
#: may read the folder: so nobody can guess the name, and a deploy finds it by listing the folder, which few may do.
INVENTORY = re.compile(r"\.otasite-deploy-[0-9a-f]{32}\.json")
#: The key under which each object's own metadata holds its SHA-256.
MARK = "otasite-sha256"
#: S3 deletes this many objects in one request.
BATCH = 1000

_DESTINATION = re.compile(rf"s3://(?P<bucket>{BUCKET})(?:/(?P<prefix>.*))?")


class Destination(msgspec.Struct, frozen=True):
    """``s3://bucket/prefix``; the prefix is empty or ends with a slash."""

    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


def parse_destination(text: str) -> Destination:
    """Read ``s3://bucket`` or ``s3://bucket/folder``. Raises Refused for anything else."""
    match = _DESTINATION.fullmatch(text)
    if match is None:
        raise Refused(f"“{text}” is no S3 address", "write s3://bucket or s3://bucket/folder")
    prefix = (match["prefix"] or "").strip("/")
    return Destination(match["bucket"], f"{prefix}/" if prefix else "")


class Bucket:
    """The folder ``destination`` of a bucket. Credentials come from where the AWS tools look for them."""

    def __init__(self, destination: Destination, endpoint_url: str | None = None, connections: int = 8) -> None:
        self.destination = destination
        self._client = client("s3", connections, endpoint_url)
        self._slots = BoundedSemaphore(connections)
        self._begun: dict[str, str] = {}
        self._inventory = f".otasite-deploy-{secrets.token_hex(16)}.json"

    def key(self, path: str) -> str:
        return self.destination.prefix + path

    def present(self) -> dict[str, int]:
        """Every object of the folder: its path and its size in bytes. Raises DeployFailed when they never end."""
        found: dict[str, int] = {}
        with in_words(f"list {self.destination}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.destination.bucket, Prefix=self.destination.prefix
            )
            for page in pages:
                for item in page.get("Contents", ()):
                    found[item["Key"].removeprefix(self.destination.prefix)] = item["Size"]
                if len(found) > MOST_OBJECTS:
                    raise DeployFailed(f"{self.destination} lists more than {MOST_OBJECTS:,} objects")
        return found

    def read_inventory(self, present: dict[str, int]) -> Inventory:
        """What earlier deploys put here; empty for the first one. Raises Refused when it is damaged."""
        names = sorted(filter(INVENTORY.fullmatch, present))
        if not names:
            return Inventory()
        self._inventory = names[0]
        try:
            return json_value(self.read(self._inventory), Inventory)
        except BadBody as error:
            raise Refused(
                f"{self.destination}{self._inventory} is damaged: {error}",
                "delete that object: the next deploy compares every file anew and deletes nothing",
            ) from None

    def read(self, path: str) -> bytes:
        """The bytes of a small object. Raises DeployFailed for one that is none."""
        with in_words(f"read {path}"):
            answer = self._client.get_object(Bucket=self.destination.bucket, Key=self.key(path))
            body: bytes = answer["Body"].read(LARGEST_READ + 1)
        if len(body) > LARGEST_READ:
            raise DeployFailed(f"cannot read {path}: it has more than {LARGEST_READ:,} bytes")
        return body

    def write_inventory(self, inventory: Inventory) -> None:
        with in_words(f"write {self._inventory}"):
            self._client.put_object(
                Bucket=self.destination.bucket,
                Key=self.key(self._inventory),
                Body=msgspec.json.encode(inventory),
                ContentType="application/json",
                CacheControl="no-store",
            )

    def holds(self, file: SiteFile) -> bool:
        """Whether the object has exactly this content and these headers already."""
        head = self._head(file.path)
        return (
            head is not None
            and head["ContentLength"] == file.size
            and head.get("Metadata", {}).get(MARK) == file.sha256
            and head.get("ContentType") == file.content_type
            and head.get("CacheControl") == file.cache_control
        )

    def is_ours(self, path: str) -> bool:
        """Whether a deploy put the object there."""
        head = self._head(path)
        return head is not None and MARK in head.get("Metadata", {})

    def upload(self, file: SiteFile, advance: Advance) -> None:
        """Upload one file, in parts when it is large."""
        extra = {
            "ContentType": file.content_type,
            "CacheControl": file.cache_control,
            "Metadata": {MARK: file.sha256},
        }
        place = {"Bucket": self.destination.bucket, "Key": self.key(file.path)}
        with in_words(f"upload {file.path}"):
            if file.size < PART:
                with file.source.open("rb") as body:
                    self._client.put_object(**place, Body=body, **extra)
                advance(file.size)
            else:
                begun = self._begun.get(file.path)
                PartsUpload(self._client, place, file, self._slots).run(extra, begun, advance)

    def take_up(self, unfinished: Collection[str], coming: Iterable[SiteFile]) -> None:
        """Go on with uploads in parts that a killed deploy began for ``unfinished`` paths.

        Those of files that will not come, or that may have changed since, are given up: parts cost money unseen.
        """
        wanted = {file.path for file in coming if file.size >= PART and is_immutable(file.path)}
        with in_words("list unfinished uploads"):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.destination.bucket, Prefix=self.destination.prefix
            )
            for upload in [upload for page in pages for upload in page.get("Uploads", ())]:
                path = upload["Key"].removeprefix(self.destination.prefix)
                if path in wanted and path in unfinished and path not in self._begun:
                    self._begun[path] = upload["UploadId"]
                elif path in unfinished:
                    self._client.abort_multipart_upload(
                        Bucket=self.destination.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )

    def delete(self, paths: Sequence[str]) -> None:
        for start in range(0, len(paths), BATCH):
            objects = [{"Key": self.key(path)} for path in paths[start : start + BATCH]]
            with in_words("delete files"):
                answer = self._client.delete_objects(
                    Bucket=self.destination.bucket, Delete={"Objects": objects, "Quiet": True}
                )
            for error in answer.get("Errors", ()):
                raise DeployFailed(f"cannot delete {error.get('Key')}: {error.get('Message') or error.get('Code')}")

    def _head(self, path: str) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        try:
            with in_words(f"look at {path}", missing_is_fine=True):
                found: dict[str, Any] = self._client.head_object(Bucket=self.destination.bucket, Key=self.key(path))
                return found
        except ClientError:
            return None
