"""``deploy``: upload what changed in an order that visitors cannot notice, then delete what is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

import msgspec

from otasite.catalogue.model import BinaryStore
from otasite.catalogue.stores import is_github_release
from otasite.hosting.deploy.bucket import Bucket, Destination, parse_destination
from otasite.hosting.deploy.files import SiteFile, binary_file, site_files
from otasite.hosting.deploy.progress import Counter, Total
from otasite.hosting.deploy.uploads import BucketUpload, Deployed, GitHubUpload, Upload
from otasite.problems import Refused
from otasite.site.own_binaries import OwnBinary


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What to deploy and how.

    ``dist`` goes to ``destination``; before it, each of ``binaries`` (their sources below ``root``) to its own store.
    Without a destination that is all. ``max_deletes`` guards against deploying an empty or wrong folder.
    """

    dist: Path
    destination: str = ""
    root: Path = Path()
    binaries: tuple[OwnBinary, ...] = ()
    environment: Mapping[str, str] = {}
    endpoint_url: str | None = None
    dry_run: bool = False
    delete: bool = False
    max_deletes: int = 500
    cloudfront: str | None = None
    connections: int = 8


def deploy(orders: Orders, progress: Total) -> tuple[Deployed, ...]:
    """Bring every store to the state of the build: first those of binaries, then the site's, which is the last.

    At every moment the pages that people can reach name only files that are there, also when the deploy is killed;
    the next one goes on where this one stopped. Raises Refused when nothing was changed, DeployFailed when a store
    gave up.
    """
    with ThreadPoolExecutor(orders.connections) as pool, ExitStack() as stack:
        uploads = _uploads(orders, pool, stack)
        _refuse_many_deletes(uploads, orders)
        if not orders.dry_run:
            counter = Counter(sum(upload.bytes for upload in uploads), progress)
            for upload in uploads:
                upload.upload(counter.add)
            for upload in reversed(uploads):
                upload.finish()
        return tuple(upload.deployed() for upload in uploads)


def can_upload(store: BinaryStore) -> bool:
    """Whether it is known where a store takes files; else somebody has to upload them by hand."""
    return bool(store.upload) or is_github_release(store.base_url)


def _uploads(orders: Orders, pool: ThreadPoolExecutor, stack: ExitStack) -> list[Upload]:
    """Everything that is to be done, in its order; looks at all stores and changes nothing."""
    site = parse_destination(orders.destination) if orders.destination else None
    files = site_files(orders.dist) if site else {}
    known = [binary for binary in orders.binaries if can_upload(binary.store)]
    known.sort(key=lambda binary: (msgspec.structs.astuple(binary.store), binary.path))
    uploads: list[Upload] = []
    for store, group in groupby(known, key=lambda binary: binary.store):
        described = {binary.path: binary_file(orders.root, binary) for binary in group}
        uploads.append(_store_upload(store, described, site, orders, pool, stack))
    if site:
        bucket = Bucket(site, orders.endpoint_url, orders.connections)
        uploads.append(BucketUpload(bucket, files, pool, delete=orders.delete, cloudfront=orders.cloudfront))
    if not uploads:
        raise Refused("there is nothing to upload", "name where the site goes: otasite deploy s3://bucket/folder")
    return uploads


def _store_upload(
    store: BinaryStore,
    files: dict[str, SiteFile],
    site: Destination | None,
    orders: Orders,
    pool: ThreadPoolExecutor,
    stack: ExitStack,
) -> Upload:
    if store.upload:
        destination = parse_destination(store.upload)
        if destination == site:
            raise Refused(
                f"{destination} is where the site goes, and where “binaries:” go too",
                "give the binaries a folder of their own, or leave “binaries:” out",
            )
        bucket = Bucket(destination, store.endpoint_url or orders.endpoint_url, orders.connections)
        return BucketUpload(bucket, files, pool, delete=orders.delete)
    from otasite.hosting.deploy.github_release import GitHubRelease, parse_release

    address = parse_release(store.base_url)
    assert address is not None  # is_github_release has said so
    release = stack.enter_context(GitHubRelease(address, orders.environment))
    return GitHubUpload(release, list(files.values()))


def _refuse_many_deletes(uploads: Sequence[Upload], orders: Orders) -> None:
    count = sum(len(upload.deployed().deleted) for upload in uploads)
    if count > orders.max_deletes:
        raise Refused(
            f"{count:,} files would be deleted, more than {orders.max_deletes:,}",
            f"look with --dry-run; if that is right, give --max-deletes {count}",
        )
