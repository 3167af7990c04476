"""``deploy``: upload what changed in an order that visitors cannot notice, then delete what is gone."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from otasite.hosting.deploy.bucket import Bucket, parse_destination
from otasite.hosting.deploy.cloudfront import invalidate
from otasite.hosting.deploy.files import SiteFile, site_files
from otasite.hosting.deploy.plan import Plan, Record, by_turn, make_plan, stale_addresses
from otasite.hosting.deploy.progress import Counter, Total
from otasite.problems import Refused

CATALOGUE = "catalogue.json"


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What to deploy and how. ``max_deletes`` guards against deploying an empty or wrong folder."""

    dist: Path
    destination: str
    endpoint_url: str | None = None
    dry_run: bool = False
    delete: bool = False
    max_deletes: int = 500
    cloudfront: str | None = None
    connections: int = 8


class Deployed(msgspec.Struct, frozen=True, kw_only=True):
    """What a deploy did, or would do. ``resumed`` counts files that an interrupted deploy had brought there."""

    destination: str
    uploaded: tuple[str, ...]
    uploaded_bytes: int
    deleted: tuple[str, ...]
    unchanged: int
    resumed: int
    invalidated: tuple[str, ...]
    #: The catalogue.json that this deploy replaced: what was there before. None when it did not change.
    former_catalogue: bytes | None = None


def deploy(orders: Orders, progress: Total) -> Deployed:
    """Bring the bucket's folder to the state of ``dist``.

    At every moment the pages that people can reach name only files that are there, also when the deploy is killed;
    the next one goes on where this one stopped. Raises Refused when nothing was changed, DeployFailed when the store
    gave up.
    """
    destination = parse_destination(orders.destination)
    files = site_files(orders.dist)
    bucket = Bucket(destination, orders.endpoint_url, orders.connections)
    present = bucket.present()
    record = bucket.read_record(present)
    former = bucket.read(CATALOGUE) if CATALOGUE in present else b"{}"
    plan = make_plan(files, record, present, delete=orders.delete)
    _refuse_many_deletes(plan, orders)
    with ThreadPoolExecutor(orders.connections) as pool:
        plan, resumed = _without_uploaded(plan, bucket, pool)
        deletes = _ours(plan.deletes, bucket, pool)
        plan = msgspec.structs.replace(plan, deletes=deletes)
        stale = tuple(sorted({*record.stale, *stale_addresses(plan, destination.prefix)}))
        stale = stale if orders.cloudfront else ()
        if not orders.dry_run:
            _Work(plan, files, record, stale, orders, bucket, pool, progress).carry_out()
    return Deployed(
        destination=str(destination),
        uploaded=tuple(file.path for file in plan.uploads),
        uploaded_bytes=plan.bytes,
        deleted=plan.deletes,
        unchanged=plan.unchanged,
        resumed=resumed,
        invalidated=stale,
        former_catalogue=former if any(file.path == CATALOGUE for file in plan.uploads) else None,
    )


def _refuse_many_deletes(plan: Plan, orders: Orders) -> None:
    if len(plan.deletes) > orders.max_deletes:
        raise Refused(
            f"{len(plan.deletes):,} files would be deleted, more than {orders.max_deletes:,}",
            f"look with --dry-run; if that is right, give --max-deletes {len(plan.deletes)}",
        )


def _without_uploaded(plan: Plan, bucket: Bucket, pool: ThreadPoolExecutor) -> tuple[Plan, int]:
    """Leave out what is there already although the record does not know: a deploy was interrupted."""
    candidates = [file for file in plan.uploads if file.path in plan.changed]
    there = {file.path for file, held in zip(candidates, pool.map(bucket.holds, candidates), strict=True) if held}
    uploads = tuple(file for file in plan.uploads if file.path not in there)
    changed = tuple(path for path in plan.changed if path not in there)
    return msgspec.structs.replace(plan, uploads=uploads, changed=changed), len(there)


def _ours(paths: Iterable[str], bucket: Bucket, pool: ThreadPoolExecutor) -> tuple[str, ...]:
    """Only what a deploy uploaded is ever deleted, whatever the record says."""
    paths = list(paths)
    return tuple(path for path, ours in zip(paths, pool.map(bucket.is_ours, paths), strict=True) if ours)


class _Work:
    """Carries a plan out. The record is written before the first change and after the last one."""

    def __init__(
        self,
        plan: Plan,
        files: dict[str, SiteFile],
        record: Record,
        stale: tuple[str, ...],
        orders: Orders,
        bucket: Bucket,
        pool: ThreadPoolExecutor,
        progress: Total,
    ) -> None:
        self.plan = plan
        self.stamps = {path: file.stamp for path, file in files.items()}
        self.record = record
        self.stale = stale
        self.orders = orders
        self.bucket = bucket
        self.pool = pool
        self.counter = Counter(plan.bytes, progress)

    def carry_out(self) -> None:
        if self.plan.uploads or self.plan.deletes:
            self._announce()
        for batch in self.plan.batches():
            list(self.pool.map(self._upload, batch))
        for step in by_turn(self.plan.deletes):
            self.bucket.delete(step)
        if self.stale and self.orders.cloudfront:
            invalidate(self.orders.cloudfront, self.stale)
        final = Record(
            files=self._remaining() | self.stamps, stale=() if self.orders.cloudfront else self.record.stale
        )
        if final != self.record:
            self.bucket.write_record(final)

    def _announce(self) -> None:
        """Name what is about to come: a kill must not leave files, or stale copies, that no record knows."""
        if self.record.unfinished:
            self.bucket.abort_unfinished(self.record.unfinished)
        coming = {file.path: "" for file in self.plan.uploads}
        self.bucket.write_record(Record(files=self.record.files | coming, stale=self.stale or self.record.stale))

    def _upload(self, file: SiteFile) -> None:
        self.bucket.upload(self.orders.dist, file, self.counter.add)

    def _remaining(self) -> dict[str, str]:
        """What earlier deploys put there and this one neither has nor deletes."""
        gone = set(self.plan.deletes)
        return {path: stamp for path, stamp in self.record.files.items() if path not in gone}
