"""``binaries:`` of the site or of one app: where binaries live that are not part of the site."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import msgspec

from otasite.catalogue.model import BinaryStore
from otasite.catalogue.records import BinariesRecord
from otasite.problems import Findings
from otasite.typed_yaml.reading import Where

_GITHUB_RELEASE = re.compile(
    r"https://[^/?#]+/(?P<owner>[\w.-]+)/(?P<repository>[\w.-]+)/releases/download/(?P<tag>[^/?#]+)/?", re.ASCII
)


class ReleaseAddress(msgspec.Struct, frozen=True):
    """A release of a GitHub repository, by its tag. Its files lie side by side, and anybody can list them."""

    owner: str
    repository: str
    tag: str

    def __str__(self) -> str:
        return f"GitHub release {self.owner}/{self.repository}@{self.tag}"


def parse_release(url: str) -> ReleaseAddress | None:
    """Which release has its files below ``https://github.com/owner/repository/releases/download/tag/``."""
    match = _GITHUB_RELEASE.fullmatch(url)
    return ReleaseAddress(match["owner"], match["repository"], unquote(match["tag"])) if match else None


def binary_store(record: BinariesRecord, findings: Findings, where: Where) -> BinaryStore:
    """The store that a record describes; what does not go together is reported at its place."""
    if parse_release(record.base_url):
        for key in ("upload", "private"):
            if getattr(record, key):
                findings.report(
                    "store-mismatch",
                    f"“{key}:” is for buckets, but base_url is a GitHub release",
                    hint="remove it, or write the bucket's address as base_url",
                    at=where("binaries", key),
                )
    elif record.private and record.upload and not _is_same_place(record.base_url, record.upload):
        findings.report(
            "store-mismatch",
            f"base_url is no address of {record.upload}, and addresses of private files are signed for one place",
            hint="write the store's own address, such as https://<bucket>.s3.<region>.amazonaws.com/<folder>/",
            at=where("binaries", "base_url"),
        )
    if record.endpoint_url and not record.upload:
        findings.report(
            "store-mismatch",
            "“endpoint_url:” is the store that has the bucket of “upload:”, but there is none",
            hint="add upload: s3://<bucket>/<folder>, or remove endpoint_url",
            at=where("binaries", "endpoint_url"),
        )
    return BinaryStore(
        base_url=record.base_url,
        upload=record.upload or "",
        endpoint_url=record.endpoint_url or "",
        private=record.private or False,
    )


def _is_same_place(base_url: str, upload: str) -> bool:
    """Whether an address can be that of an S3 folder: the bucket is part of the host's name, or of the path."""
    bucket, _, folder = upload.removeprefix("s3://").partition("/")
    path = urlsplit(base_url).path.strip("/")
    return path in (folder.strip("/"), f"{bucket}/{folder}".strip("/"))
