"""One folder in an S3 bucket: the few requests a deploy needs, and S3's errors in words.

Every object carries its SHA-256 in its own metadata. That tells ours from others' before anything is deleted, and
lets the deploy after an interrupted one find what is there already.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from otasite.hosting.deploy.files import SiteFile
from otasite.hosting.deploy.plan import Record
from otasite.hosting.deploy.progress import DeployFailed, Progress
from otasite.problems import Refused

#: The record's name beside the site's files. The dot keeps it out of listings of most web servers.
RECORD = ".otasite-deploy.json"
#: The key under which each object's own metadata holds its SHA-256.
MARK = "otasite-sha256"
#: Bytes from which a file is uploaded in parts, and the size of a part.
PART = 16 * 2**20
#: S3 deletes this many objects in one request, and CloudFront forgets this many.
BATCH = 1000

_DESTINATION = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?", re.ASCII)


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
        self._client = _client("s3", connections, endpoint_url)
        self._connections = connections

    def key(self, path: str) -> str:
        return self.destination.prefix + path

    def present(self) -> dict[str, int]:
        """Every object of the folder: its path and its size in bytes."""
        found: dict[str, int] = {}
        with _in_words(f"list {self.destination}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.destination.bucket, Prefix=self.destination.prefix
            )
            for page in pages:
                for item in page.get("Contents", ()):
                    found[item["Key"].removeprefix(self.destination.prefix)] = item["Size"]
        return found

    def read_record(self, present: dict[str, int]) -> Record:
        """What earlier deploys put here; empty for the first one. Raises Refused when it is damaged."""
        if RECORD not in present:
            return Record()
        try:
            return msgspec.json.decode(self.read(RECORD), type=Record)
        except msgspec.DecodeError as error:
            raise Refused(
                f"{self.destination}{RECORD} is damaged: {error}",
                "delete that object: the next deploy compares every file anew and deletes nothing",
            ) from None

    def read(self, path: str) -> bytes:
        """The bytes of a small object."""
        with _in_words(f"read {path}"):
            answer = self._client.get_object(Bucket=self.destination.bucket, Key=self.key(path))
            body: bytes = answer["Body"].read()
            return body

    def write_record(self, record: Record) -> None:
        with _in_words(f"write {RECORD}"):
            self._client.put_object(
                Bucket=self.destination.bucket,
                Key=self.key(RECORD),
                Body=msgspec.json.encode(record),
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

    def upload(self, dist: Path, file: SiteFile, progress: Progress) -> None:
        """Upload one file, in parts when it is large."""
        from boto3.s3.transfer import TransferConfig

        extra = {
            "ContentType": file.content_type,
            "CacheControl": file.cache_control,
            "Metadata": {MARK: file.sha256},
        }
        config = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4)
        with _in_words(f"upload {file.path}"):
            self._client.upload_file(
                str(dist / file.path),
                self.destination.bucket,
                self.key(file.path),
                ExtraArgs=extra,
                Callback=progress,
                Config=config,
            )

    def abort_unfinished(self, paths: Collection[str]) -> None:
        """Give up uploads in parts that a killed deploy began for these paths: their parts cost money unseen."""
        with _in_words("list unfinished uploads"):
            answer = self._client.list_multipart_uploads(
                Bucket=self.destination.bucket, Prefix=self.destination.prefix
            )
            for upload in answer.get("Uploads", ()):
                if upload["Key"].removeprefix(self.destination.prefix) in paths:
                    self._client.abort_multipart_upload(
                        Bucket=self.destination.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )

    def delete(self, paths: Sequence[str]) -> None:
        for start in range(0, len(paths), BATCH):
            objects = [{"Key": self.key(path)} for path in paths[start : start + BATCH]]
            with _in_words("delete files"):
                answer = self._client.delete_objects(
                    Bucket=self.destination.bucket, Delete={"Objects": objects, "Quiet": True}
                )
            for error in answer.get("Errors", ()):
                raise DeployFailed(f"cannot delete {error.get('Key')}: {error.get('Message') or error.get('Code')}")

    def _head(self, path: str) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        try:
            with _in_words(f"look at {path}", missing_is_fine=True):
                found: dict[str, Any] = self._client.head_object(Bucket=self.destination.bucket, Key=self.key(path))
                return found
        except ClientError:
            return None


def invalidate(distribution: str, addresses: Sequence[str]) -> None:
    """Make a CloudFront distribution forget these addresses."""
    reference = f"otasite-{uuid.uuid4().hex}"  # CloudFront ignores a reference that it has seen before
    client = _client("cloudfront", 2, None)
    for number, start in enumerate(range(0, len(addresses), BATCH)):
        items = list(addresses[start : start + BATCH])
        with _in_words(f"invalidate {distribution}"):
            client.create_invalidation(
                DistributionId=distribution,
                InvalidationBatch={
                    "Paths": {"Quantity": len(items), "Items": items},
                    "CallerReference": f"{reference}-{number}",
                },
            )


def _client(service: str, connections: int, endpoint_url: str | None) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ModuleNotFoundError:
        raise Refused("deploying to S3 needs boto3", "install it: pip install 'otasite[s3]'") from None
    settings: dict[str, Any] = {"retries": {"mode": "standard", "max_attempts": 5}}
    settings["max_pool_connections"] = connections * 4
    if endpoint_url is not None:
        # Stores that imitate S3 do not all know its newest checksums; TLS and Content-Length remain.
        settings |= {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    with _in_words(f"connect to {service}"):
        return boto3.client(service, endpoint_url=endpoint_url, config=Config(**settings))


@contextmanager
def _in_words(doing: str, *, missing_is_fine: bool = False) -> Iterator[None]:
    """Turn the errors of boto3 into ours; with ``missing_is_fine`` a 404 passes as it is."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

    try:
        yield
    except NoCredentialsError:
        raise Refused(
            "there are no AWS credentials", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        ) from None
    except NoRegionError:
        raise Refused("no AWS region is set", "set AWS_REGION (for R2: auto)") from None
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if missing_is_fine and code in ("404", "NoSuchKey", "NotFound"):
            raise
        if code in ("NoSuchBucket", "AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch"):
            raise Refused(f"cannot {doing}: {code}", "check the bucket's name and the permissions") from None
        raise DeployFailed(f"cannot {doing}: {error}") from None
    except (BotoCoreError, Boto3Error, OSError) as error:
        raise DeployFailed(f"cannot {doing}: {error}") from None
