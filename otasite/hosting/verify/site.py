"""``verify``: everything between a tap on Install and an app on the Home Screen, checked from outside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from otasite.hosting.bounded import OutOfTime
from otasite.hosting.catalogue import SiteCatalogue, android_binaries, manifests
from otasite.hosting.verify.binary import BinaryChecker
from otasite.hosting.verify.client import SAFARI, Client, Limits, RetryPolicy
from otasite.hosting.verify.copies import check_copies
from otasite.hosting.verify.manifest import Package, check_manifest, check_picture
from otasite.hosting.verify.report import Row, Verification, failed, report, warned
from otasite.hosting.verify.tls import trusting
from otasite.hosting.verify.walk import Walk, Work, fetch_catalogue, nowhere_rows
from otasite.problems import Refused
from otasite.progress import Progress, no_progress


class VerifyOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to verify, and how. ``dist`` is a local build to compare with; ``now`` decides what has expired."""

    app: str | None = None
    full: bool = False
    ca: Path | None = None
    dist: Path | None = None
    now: dt.datetime | None = None
    retry: RetryPolicy = RetryPolicy()
    limits: Limits = Limits()


def verify(url: str, options: VerifyOptions | None = None, progress: Progress = no_progress) -> Verification:
    """Check the site at ``url`` (or the one page of it and what is below) and everything it installs.

    ``progress`` hears of each page, manifest, file and picture that is done, and of how many are known so far.
    Raises Refused when ``url`` is no address or ``ca`` or ``dist`` cannot be used; whatever is wrong with the site is
    in the report, also that it was too slow to look at all of it.
    """
    options = options or VerifyOptions()
    base = _base(url)
    if not base.startswith("https://"):
        return report(url, [failed("https", url, f"the address is {urlsplit(url).scheme}")])
    if options.dist is not None and not (options.dist / "index.html").is_file():
        raise Refused(f"{options.dist} holds no built site", "run otasite build, or name the folder it wrote")
    now = options.now or dt.datetime.now(dt.UTC)
    with Client(trusting(options.ca), options.retry, options.limits, now) as client:
        return _Run(client, base, options, now, progress).report()


def _base(url: str) -> str:
    """The address of a folder: what is below it is the site."""
    hint = "write https://host/ or https://host/path/"
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise Refused(f"“{url}” is no address of a site", hint)
    if "@" in parts.netloc:
        raise Refused("there is a name or a password in the address, and phones send none", hint)
    path = parts.path
    if path.endswith(".html"):
        path = path.rpartition("/")[0]
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}/"


class _Run:
    """One verification: collects rows stage by stage, each stage running its requests side by side."""

    def __init__(
        self, client: Client, base: str, options: VerifyOptions, now: dt.datetime, progress: Progress
    ) -> None:
        self.client = client
        self.work = Work(client.limits.connections, progress)
        self.base = base
        self.options = options
        self.binaries = BinaryChecker(client, now, full=options.full)
        self.rows: list[Row] = []
        self.walk: Walk | None = None
        self.counts: dict[str, int] = {}

    def report(self) -> Verification:
        """Look at everything, as long as there is time."""
        try:
            self._look()
        except OutOfTime:
            minutes = self.client.limits.run / 60
            self.rows.append(failed("time-limit", self.base, f"after {minutes:g} minutes, this is not all"))
        if self.walk is not None:
            self.rows += self.walk.found.rows
            self.counts["pages"] = self.walk.found.pages
        return report(self.base, [*self.rows, *self.client.tls_rows()], **self.counts)

    def _look(self) -> None:
        index = self.client.get(self.base, agent=SAFARI)
        if index.error and not index.rows and not index.status:
            if not self.client.tls_rows():
                self.rows.append(failed("connect", self.base, index.error))
            return
        catalogue, rows = fetch_catalogue(self.client, self.base, self.options.app)
        self.rows += rows + nowhere_rows(self.client, self.base)
        walk = self._walked(catalogue)
        packages = self._packages(walk, catalogue, index.body)
        android = self._android(walk, catalogue)
        self.counts["binaries"] = len({package.url for package in packages}) + android
        if self.options.dist is not None:
            self.rows += check_copies(self.client, self.base, self.options.dist, self.options.app or "", self.work)

    def _walked(self, catalogue: SiteCatalogue) -> Walk:
        known = [page for app in catalogue.apps for page in (app.url, *(release.url for release in app.releases))]
        if self.options.app is None:
            starts, scope = [self.base, *known], self.base
        else:
            scope = catalogue.apps[0].url if catalogue.apps else f"{self.base}{self.options.app}/"
            starts = [scope, *known]
        self.walk = Walk(self.client, catalogue, scope, self.work)
        self.walk.run(starts)
        found = self.walk.found
        if not found.installs and not found.android and found.pages:
            self.rows.append(failed("page-install-link", scope, "no page links to an app"))
        return self.walk

    def _packages(self, walk: Walk, catalogue: SiteCatalogue, index: bytes) -> list[Package]:
        """Check manifests, and what they install."""
        expected = manifests(catalogue)
        urls = self._at_most(sorted({*walk.found.installs, *expected}), "manifests")
        packages: list[Package] = []
        for found, rows in self.work.each(
            lambda url: check_manifest(self.client, url, expected.get(url), index), urls
        ):
            self.rows += rows
            packages += found
        self.counts["manifests"] = len(urls)

        def check(package: Package) -> list[Row]:
            promised = expected.get(package.manifest)
            # A stale manifest has been reported; its app is not the one that the catalogue speaks of.
            return self.binaries.package(package, promised if promised and promised.url == package.url else None)

        self._collect(self.work.each(check, packages))
        pictures = sorted({picture for package in packages for picture in package.pictures})
        self._collect(self.work.each(lambda picture: check_picture(self.client, *picture), pictures))
        return packages

    def _android(self, walk: Walk, catalogue: SiteCatalogue) -> int:
        expected = android_binaries(catalogue)
        urls = self._at_most(sorted({*walk.found.android, *expected}), "binaries")
        self._collect(self.work.each(lambda url: self.binaries.android(url, expected.get(url)), urls))
        return len(urls)

    def _at_most(self, urls: list[str], what: str) -> list[str]:
        most = self.client.limits.files
        if len(urls) > most:
            self.rows.append(warned("page-limit", self.base, f"more than {most:,} {what}"))
        return urls[:most]

    def _collect(self, found: Iterable[list[Row]]) -> None:
        for rows in found:
            self.rows += rows
