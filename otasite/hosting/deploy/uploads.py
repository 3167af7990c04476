"""What is uploaded to one place: a folder of a bucket, or a GitHub release.

Making an upload looks at the place and works out what is to be done; only :meth:`Upload.upload` and
:meth:`Upload.finish` change anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import msgspec

from otasite.hosting.deploy.aws import invalidate
from otasite.hosting.deploy.bucket import Bucket
from otasite.hosting.deploy.plan import Inventory, Plan, SiteFile, by_turn, make_plan, stale_addresses
from otasite.progress import Advance

if TYPE_CHECKING:
    from otasite.hosting.deploy.github_release import GitHubRelease

CATALOGUE = "catalogue.json"


class Deployed(msgspec.Struct, frozen=True, kw_only=True):
    """What was done at one place, or would be. ``resumed`` counts files that an interrupted deploy had brought."""

    destination: str
    uploaded: tuple[str, ...]
    uploaded_bytes: int
    unchanged: int
    deleted: tuple[str, ...] = ()
    resumed: int = 0
    invalidated: tuple[str, ...] = ()
    #: The catalogue.json that this deploy replaced: what was there before. None when it did not change.
    former_catalogue: bytes | None = None


class Upload(Protocol):
    """Everything that happens at one place. ``bytes`` are those that will be sent."""

    @property
    def bytes(self) -> int: ...

    def upload(self, advance: Advance) -> None:
        """Send what is new or changed."""

    def finish(self) -> None:
        """Delete what is gone, once nothing anywhere names it any more, and put down what is there."""

    def deployed(self) -> Deployed:
        """What it comes to."""


class BucketUpload:
    """Files on their way to a folder of a bucket. The inventory is written before all changes and after them."""

    def __init__(
        self,
        bucket: Bucket,
        files: Mapping[str, SiteFile],
        pool: ThreadPoolExecutor,
        *,
        delete: bool,
        cloudfront: str | None = None,
    ) -> None:
        self._bucket = bucket
        self._pool = pool
        self._cloudfront = cloudfront
        self._stamps = {path: file.stamp for path, file in files.items()}
        present = bucket.present()
        self._inventory = bucket.read_inventory(present)
        self._former = bucket.read(CATALOGUE) if CATALOGUE in present else b"{}"
        plan = make_plan(files, self._inventory, present, delete=delete)
        plan, self._resumed = self._without_uploaded(plan)
        self._plan = msgspec.structs.replace(plan, deletes=self._ours(plan.deletes))
        stale = {*self._inventory.stale, *stale_addresses(self._plan, bucket.destination.prefix)}
        self._stale = tuple(sorted(stale)) if cloudfront else ()

    @property
    def bytes(self) -> int:
        return self._plan.bytes

    def upload(self, advance: Advance) -> None:
        if self._plan.uploads or self._plan.deletes:
            self._announce()
        for batch in self._plan.batches():
            list(self._pool.map(lambda file: self._bucket.upload(file, advance), batch))

    def finish(self) -> None:
        for step in by_turn(self._plan.deletes):
            self._bucket.delete(step)
        if self._stale and self._cloudfront:
            invalidate(self._cloudfront, self._stale)
        final = Inventory(
            files=self._remaining() | self._stamps, stale=() if self._cloudfront else self._inventory.stale
        )
        if final != self._inventory:
            self._bucket.write_inventory(final)

    def deployed(self) -> Deployed:
        plan = self._plan
        return Deployed(
            destination=str(self._bucket.destination),
            uploaded=tuple(file.path for file in plan.uploads),
            uploaded_bytes=plan.bytes,
            deleted=plan.deletes,
            unchanged=plan.unchanged,
            resumed=self._resumed,
            invalidated=self._stale,
            former_catalogue=self._former if any(file.path == CATALOGUE for file in plan.uploads) else None,
        )

    # --- looking --------------------------------------------------------------------------------------------

    def _without_uploaded(self, plan: Plan) -> tuple[Plan, int]:
        """Leave out what is there already although the inventory does not know: a deploy was interrupted."""
        candidates = [file for file in plan.uploads if file.path in plan.changed]
        held = self._pool.map(self._bucket.holds, candidates)
        there = {file.path for file, is_there in zip(candidates, held, strict=True) if is_there}
        uploads = tuple(file for file in plan.uploads if file.path not in there)
        changed = tuple(path for path in plan.changed if path not in there)
        return msgspec.structs.replace(plan, uploads=uploads, changed=changed), len(there)

    def _ours(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Only what a deploy uploaded is ever deleted, whatever the inventory says."""
        paths = list(paths)
        ours = self._pool.map(self._bucket.is_ours, paths)
        return tuple(path for path, is_ours in zip(paths, ours, strict=True) if is_ours)

    # --- changing -------------------------------------------------------------------------------------------

    def _announce(self) -> None:
        """Name what is about to come: a kill must not leave files, or stale copies, that no inventory knows."""
        if self._inventory.unfinished:
            self._bucket.take_up(self._inventory.unfinished, self._plan.uploads)
        coming = {file.path: "" for file in self._plan.uploads}
        stale = self._stale or self._inventory.stale
        self._bucket.write_inventory(Inventory(files=self._inventory.files | coming, stale=stale))

    def _remaining(self) -> dict[str, str]:
        """What earlier deploys put there and this one neither has nor deletes."""
        gone = set(self._plan.deletes)
        return {path: stamp for path, stamp in self._inventory.files.items() if path not in gone}


class GitHubUpload:
    """Files on their way to a GitHub release, one after the other as GitHub asks for. Nothing is deleted there."""

    def __init__(self, release: GitHubRelease, files: Sequence[SiteFile]) -> None:
        self._release = release
        self._missing = release.missing(files)
        self._unchanged = len(files) - len(self._missing)

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self._missing)

    def upload(self, advance: Advance) -> None:
        for file in self._missing:
            self._release.upload(file, advance)

    def finish(self) -> None:
        """Nothing is left to do."""

    def deployed(self) -> Deployed:
        return Deployed(
            destination=str(self._release.address),
            uploaded=tuple(file.path for file in self._missing),
            uploaded_bytes=self.bytes,
            unchanged=self._unchanged,
        )
