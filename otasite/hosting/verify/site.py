"""``verify``: everything between a tap on Install and an app on the Home Screen, checked from outside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from otasite.hosting.verify.binary import BinaryChecker
from otasite.hosting.verify.catalogue import Catalogue, fetch_catalogue
from otasite.hosting.verify.copies import check_copies
from otasite.hosting.verify.manifest import Package, check_manifest
from otasite.hosting.verify.phone import SAFARI, Manners, Phone
from otasite.hosting.verify.pictures import check_picture
from otasite.hosting.verify.report import Report, Row, failed, report
from otasite.hosting.verify.tally import Progress, Tally
from otasite.hosting.verify.tls import trusting
from otasite.hosting.verify.walk import Walked, catalogue_rows, nowhere_rows, walk
from otasite.problems import Refused

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What to verify, and how. ``dist`` is a local build to compare with; ``now`` decides what has expired."""

    app: str | None = None
    full: bool = False
    ca: Path | None = None
    dist: Path | None = None
    now: dt.datetime | None = None
    manners: Manners = Manners()


def verify(url: str, wishes: Wishes = Wishes(), progress: Progress = lambda done, total: None) -> Report:  # noqa: B008 - immutable
    """Check the site at ``url`` (or the one page of it and what is below) and everything it installs.

    ``progress`` hears of each page, manifest, file and picture that is done, and of how many are known so far.
    Raises Refused when ``url`` is no address or ``ca`` or ``dist`` cannot be used; whatever is wrong with the site is
    in the report.
    """
    base = _base(url)
    if not base.startswith("https://"):
        return report(url, [failed("https", url, f"the address is {urlsplit(url).scheme}")])
    if wishes.dist is not None and not (wishes.dist / "index.html").is_file():
        raise Refused(f"{wishes.dist} holds no built site", "run otasite build, or name the folder it wrote")
    now = wishes.now or dt.datetime.now(dt.UTC)
    with Phone(trusting(wishes.ca), wishes.manners, now) as phone:
        return _Run(phone, base, wishes, now, progress).report()


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

    def __init__(self, phone: Phone, base: str, wishes: Wishes, now: dt.datetime, progress: Progress) -> None:
        self.phone = phone
        self.tally = Tally(progress)
        self.base = base
        self.wishes = wishes
        self.now = now
        self.rows: list[Row] = []

    def report(self) -> Report:
        index = self.phone.get(self.base, agent=SAFARI)
        if index.error and not index.rows:
            rows = self.phone.tls_rows() or [failed("connect", self.base, index.error)]
            return report(self.base, rows)
        catalogue, rows = fetch_catalogue(self.phone, self.base, self.wishes.app)
        self.rows += rows + nowhere_rows(self.phone, self.base)
        walked = self._walk(catalogue)
        manifests = self._manifests(walked, catalogue, index.body)
        packages = self._packages(manifests, catalogue)
        android = self._android(walked, catalogue)
        if self.wishes.dist is not None:
            self.rows += check_copies(self.phone, self.base, self.wishes.dist, self.wishes.app or "", self.tally)
        self.rows += self.phone.tls_rows()
        return report(
            self.base, self.rows, pages=len(walked.pages), manifests=len(manifests), binaries=packages + android
        )

    def _walk(self, catalogue: Catalogue) -> Walked:
        known = [page for app in catalogue.apps for page in (app.url, *(release.url for release in app.releases))]
        if self.wishes.app is None:
            starts, scope = [self.base, *known], self.base
        else:
            scope = catalogue.apps[0].url if catalogue.apps else f"{self.base}{self.wishes.app}/"
            starts = [scope, *known]
        walked = walk(self.phone, starts, scope, self.tally)
        self.rows += walked.rows + catalogue_rows(catalogue, walked)
        if not walked.installs and not walked.android and walked.pages:
            self.rows.append(failed("page-install-link", scope, "no page links to an app"))
        return walked

    def _manifests(self, walked: Walked, catalogue: Catalogue, index: bytes) -> list[tuple[list[Package], list[Row]]]:
        expected = catalogue.manifests()
        urls = sorted({*walked.installs, *expected})
        found = self._side_by_side(lambda url: check_manifest(self.phone, url, expected.get(url), index), urls)
        self.rows += [row for _, rows in found for row in rows]
        return found

    def _packages(self, manifests: list[tuple[list[Package], list[Row]]], catalogue: Catalogue) -> int:
        expected = catalogue.manifests()
        packages = [package for found, _ in manifests for package in found]
        checker = BinaryChecker(self.phone, self.now, full=self.wishes.full)

        def check(package: Package) -> list[Row]:
            promised = expected.get(package.manifest)
            # A stale manifest has been reported; its app is not the one that the catalogue speaks of.
            return checker.package(package, promised if promised and promised.url == package.url else None)

        self._collect(check, packages)
        pictures = sorted({picture for package in packages for picture in package.pictures})
        self._collect(lambda picture: check_picture(self.phone, *picture), pictures)
        return len({package.url for package in packages})

    def _android(self, walked: Walked, catalogue: Catalogue) -> int:
        expected = catalogue.android()
        urls = sorted({*walked.android, *expected})
        checker = BinaryChecker(self.phone, self.now, full=self.wishes.full)
        self._collect(lambda url: checker.android(url, expected.get(url)), urls)
        return len(urls)

    def _collect(self, check: Callable[[_In], list[Row]], things: Iterable[_In]) -> None:
        for rows in self._side_by_side(check, things):
            self.rows += rows

    def _side_by_side(self, check: Callable[[_In], _Out], things: Iterable[_In]) -> list[_Out]:
        things = list(things)
        self.tally.expect(len(things))
        with ThreadPoolExecutor(self.phone.manners.connections) as pool:
            return list(self.tally.counted(pool.map(check, things)))
