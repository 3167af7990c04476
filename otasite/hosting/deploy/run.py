"""``deploy``: upload what changed in an order that visitors cannot notice, then delete what is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import msgspec

from otasite.catalogue.model import BinaryStore
from otasite.catalogue.stores import parse_release
from otasite.hosting.deploy.bucket import Bucket, parse_destination
from otasite.hosting.deploy.plan import SiteFile, binary_file, site_files
from otasite.hosting.deploy.uploads import BucketUpload, Deployed, GitHubUpload, Upload
from otasite.problems import Refused
from otasite.progress import Counter, Progress
from otasite.site.addresses import OwnBinary


class DeployRequest(msgspec.Struct, frozen=True, kw_only=True):
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


def deploy(request: DeployRequest, progress: Progress) -> tuple[Deployed, ...]:
    """Bring every store to the state of the build: first those of binaries, then the site's, which is the last.

    At every moment the pages that people can reach name only files that are there, also when the deploy is killed;
    the next one goes on where this one stopped. Raises Refused when nothing was changed, DeployFailed when a store
    gave up.
    """
    with ThreadPoolExecutor(request.connections) as pool, ExitStack() as stack:
        uploads = _uploads(request, pool, stack)
        _refuse_many_deletes(uploads, request)
        if not request.dry_run:
            counter = Counter(sum(upload.bytes for upload in uploads), progress)
            for upload in uploads:
                upload.upload(counter.advance)
            for upload in reversed(uploads):
                upload.finish()
        return tuple(upload.deployed() for upload in uploads)


def can_upload(store: BinaryStore) -> bool:
    """Whether it is known where a store takes files; else somebody has to upload them by hand."""
    return bool(store.upload) or parse_release(store.base_url) is not None


def _uploads(request: DeployRequest, pool: ThreadPoolExecutor, stack: ExitStack) -> list[Upload]:
    """Everything that is to be done, in its order; looks at all stores and changes nothing."""
    site = _folder(request.destination, request.endpoint_url) if request.destination else None
    files = site_files(request.dist) if site else {}
    uploads = [
        _store_upload(place, described, request, pool, stack) for place, described in _by_place(request, site).items()
    ]
    if site:
        uploads.append(
            BucketUpload(_bucket(site, request), files, pool, delete=request.delete, cloudfront=request.cloudfront)
        )
    if not uploads:
        raise Refused("there is nothing to upload", "name where the site goes: otasite deploy s3://bucket/folder")
    return uploads


#: Where files are uploaded to: an S3 folder and its endpoint, or the address of a GitHub release and nothing.
_Place = tuple[str, str]


def _by_place(request: DeployRequest, site: _Place | None) -> dict[_Place, dict[str, SiteFile]]:
    """The binaries of each place, by path.

    Apps may reach one folder at different addresses. Its files belong together all the same: each upload takes those
    of a folder that it does not have for gone.
    """
    found: dict[_Place, dict[str, SiteFile]] = {}
    for binary in sorted(request.binaries, key=lambda binary: (_place(binary.store, request), binary.path)):
        if can_upload(binary.store):
            place = _place(binary.store, request)
            found.setdefault(place, {})[binary.path] = binary_file(request.root, binary)
    if site is not None and site in found:
        raise Refused(
            f"{site[0]} is where the site goes, and where “binaries:” go too",
            "give the binaries a folder of their own, or leave “binaries:” out",
        )
    return found


def _place(store: BinaryStore, request: DeployRequest) -> _Place:
    return _folder(store.upload, store.endpoint_url or request.endpoint_url) if store.upload else (store.base_url, "")


def _folder(address: str, endpoint_url: str | None) -> _Place:
    """An S3 folder, the same however its address and endpoint are written."""
    return str(parse_destination(address)), (endpoint_url or "").rstrip("/")


def _bucket(place: _Place, request: DeployRequest) -> Bucket:
    folder, endpoint_url = place
    return Bucket(parse_destination(folder), endpoint_url or None, request.connections)


def _store_upload(
    place: _Place, files: dict[str, SiteFile], request: DeployRequest, pool: ThreadPoolExecutor, stack: ExitStack
) -> Upload:
    address = parse_release(place[0])
    if address is None:
        return BucketUpload(_bucket(place, request), files, pool, delete=request.delete)
    from otasite.hosting.deploy.github_release import GitHubRelease

    release = stack.enter_context(GitHubRelease(address, request.environment))
    return GitHubUpload(release, list(files.values()))


def _refuse_many_deletes(uploads: Sequence[Upload], request: DeployRequest) -> None:
    count = sum(len(upload.deployed().deleted) for upload in uploads)
    if count > request.max_deletes:
        raise Refused(
            f"{count:,} files would be deleted, more than {request.max_deletes:,}",
            f"look with --dry-run; if that is right, give --max-deletes {count}",
        )
