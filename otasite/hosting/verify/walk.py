"""Walking a site: its own catalogue, every page that can be reached, and every install link on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from otasite.catalogue.records import PLATFORMS
from otasite.hosting.bounded import BadBody, json_value
from otasite.hosting.catalogue import CATALOGUE, MAX_CATALOGUE, SiteCatalogue
from otasite.hosting.verify.client import SAFARI, Client, Response, trouble
from otasite.hosting.verify.html import Page, manifest_of, read_page
from otasite.hosting.verify.report import Row, failed, passed, warned
from otasite.hosting.verify.transfer import cache_rows
from otasite.outputs.catalogue_json import AppJson, ReleaseJson
from otasite.problems import suggest
from otasite.progress import Progress

In = TypeVar("In")
Out = TypeVar("Out")

#: An address that no site has: it must not be answered with a page.
NOWHERE = "otasite-verify-this-does-not-exist/manifest.plist"
#: Rows of pages that are kept; a hostile site has as many links as it likes.
MAX_ROWS = 200_000


class Work:
    """Looks at things side by side; ``progress`` hears how many are done, and how many are known so far."""

    def __init__(self, connections: int, progress: Progress) -> None:
        self._connections = connections
        self._progress = progress
        self._done = 0
        self._known = 0

    def each(self, look: Callable[[In], Out], things: Iterable[In]) -> Iterator[Out]:
        """What ``look`` makes of each thing, in their order. Few results wait for their turn: they may be large."""
        things = list(things)
        self._known += len(things)
        rest = iter(things)
        with ThreadPoolExecutor(self._connections) as pool:
            running = [pool.submit(look, thing) for thing in islice(rest, self._connections * 2)]
            try:
                while running:
                    result = running.pop(0).result()
                    running += [pool.submit(look, thing) for thing in islice(rest, 1)]
                    self._done += 1
                    self._progress(self._done, self._known)
                    yield result
            finally:
                for future in running:
                    future.cancel()


class Walked(msgspec.Struct, kw_only=True):
    """What a walk found so far. ``installs`` are the manifests' addresses with the pages that link to them."""

    pages: int = 0
    installs: dict[str, set[str]] = msgspec.field(default_factory=dict)
    android: set[str] = msgspec.field(default_factory=set)
    files: dict[str, str] = msgspec.field(default_factory=dict)
    rows: list[Row] = msgspec.field(default_factory=list)


def fetch_catalogue(client: Client, base: str, app: str | None) -> tuple[SiteCatalogue, list[Row]]:
    """The catalogue below ``base``, or an empty one: sites that otasite did not make have none.

    With ``app``, only that app is kept.
    """
    url = base + CATALOGUE
    response = client.get(url, limit=MAX_CATALOGUE)
    if not response.ok or response.type == "text/html":  # a page says that there is none
        return SiteCatalogue(), list(response.rows)
    if response.cut:
        return SiteCatalogue(), [failed("catalogue", url, f"it has more than {MAX_CATALOGUE:,} bytes")]
    try:
        found = json_value(response.body, SiteCatalogue)
    except BadBody as error:
        return SiteCatalogue(), [failed("catalogue", url, f"it cannot be read: {error}")]
    rows = [passed("catalogue", url, f"{len(found.apps)} apps")]
    if response.type != "application/json":
        rows = [warned("catalogue", url, f"{response.type or 'no Content-Type'} instead of application/json")]
    if app is not None and found.apps:
        rows += _missing_app(url, app, [one.id for one in found.apps])
        found = msgspec.structs.replace(found, apps=tuple(one for one in found.apps if one.id == app))
    return found, rows


def _missing_app(url: str, app: str, known: list[str]) -> list[Row]:
    if app in known:
        return []
    hint = suggest(app, known) or f"it lists {', '.join(known[:20])}"
    return [warned("catalogue-app", url, f"it lists no app “{app}”; {hint}")]


def nowhere_rows(client: Client, base: str) -> list[Row]:
    """Whether the site answers 404 for what does not exist."""
    response = client.get(base + NOWHERE)
    if response.status in (403, 404, 410):
        return [passed("missing-page", base, f"HTTP {response.status}")]
    return [warned("missing-page", base, f"{trouble(response)} for an address that does not exist")]


class Walk:
    """A walk from ``starts`` to every page below ``scope``, level by level; ``found`` grows as it goes on."""

    def __init__(self, client: Client, catalogue: SiteCatalogue, scope: str, work: Work) -> None:
        self.found = Walked()
        self._client = client
        self._scope = scope
        self._work = work
        self._releases: dict[str, list[ReleaseJson]] = {}
        for app in catalogue.apps:
            for release in app.releases:
                self._releases.setdefault(release.url, []).append(release)
            self._releases.setdefault(app.url, []).extend(_on_offer(app))

    def run(self, starts: Iterable[str]) -> None:
        """Fetch pages, and then the files that they use. Raises OutOfTime."""
        frontier = list(dict.fromkeys(starts))
        seen = set(frontier)
        room = self._client.limits.pages
        while frontier:
            frontier = self._at_most(frontier, room, "pages")
            room -= len(frontier)
            following: dict[str, None] = {}
            for response in self._work.each(lambda url: self._client.get(url, agent=SAFARI), frontier):
                more = (url for url in self._take(response) if url not in seen)
                following |= dict.fromkeys(islice(more, max(0, room + 1 - len(following))))
            frontier = list(following)
            seen |= following.keys()
        files = self._at_most(list(self.found.files.items()), self._client.limits.files, "files")
        for rows in self._work.each(lambda item: _file_rows(self._client, *item), files):
            self.found.rows += rows

    def _at_most(self, things: list[In], most: int, what: str) -> list[In]:
        if len(things) > most:
            self.found.rows.append(warned("page-limit", self._scope, f"more than {most:,} {what}"))
        return things[:most]

    def _take(self, response: Response) -> Iterator[str]:
        """Judge one page, note what it installs, and yield the pages it leads to."""
        found, most = self.found, self._client.limits.files
        page = read_page(response.body, response.final) if response.ok else Page()
        found.rows += [*response.rows, *(rows := _page_rows(response, page))]
        if any(row.result == "fail" for row in rows):
            return
        found.pages += 1
        if response.cut or page.cut:
            found.rows.append(warned("page-limit", response.url, "it is larger than what is read of a page"))
        if len(found.rows) > MAX_ROWS:
            found.rows.append(warned("page-limit", self._scope, f"more than {MAX_ROWS:,} links"))
            return
        installed = self._take_installs(page, response.url)
        for url in islice(page.files, max(0, most + 1 - len(found.files))):
            found.files.setdefault(url, response.url)
        apks = (url for url in page.links if urlsplit(url).path.lower().endswith(".apk"))
        found.android |= set(islice(apks, max(0, most + 1 - len(found.android))))
        found.rows += [_release_row(release, page, installed) for release in self._releases.get(response.url, ())]
        yield from (url for url in page.links if url.startswith(self._scope) and _is_page(url))

    def _take_installs(self, page: Page, address: str) -> set[str]:
        """Note the manifests that a page's links install from."""
        manifests = set()
        for href, target in page.installs:
            manifest, rows = manifest_of(href, address)
            self.found.rows += rows
            if target and target != "_self":
                self.found.rows.append(warned("link-target", address, f"target={target}"))
            if manifest:
                manifests.add(manifest)
                self.found.installs.setdefault(manifest, set()).add(address)
        return manifests


def _on_offer(app: AppJson) -> Iterator[ReleaseJson]:
    """What the app's own page must install: each platform's newest release. How it shows versions is its own."""
    for platform in PLATFORMS:
        release = next((each for each in app.releases if each.id == app.newest.get(platform)), None)
        if release and getattr(release, platform):
            others: dict[str, None] = dict.fromkeys(other for other in PLATFORMS if other != platform)
            yield msgspec.structs.replace(release, url=app.url, version="", **others)


def _page_rows(response: Response, page: Page) -> list[Row]:
    if not response.ok:
        return [failed("page-status", response.url, trouble(response))]
    if response.type not in ("text/html", "application/xhtml+xml"):
        return [failed("page-type", response.url, response.type or "no Content-Type")]
    if page.asks_password and not page.installs:
        return [failed("page-login", response.url, "a page that asks for a password")]
    rows = cache_rows(response, "page-cache", versioned=False)
    return [passed("page-status", response.url, str(response.status)), *rows]


def _release_row(release: ReleaseJson, page: Page, installed: set[str]) -> Row:
    """Whether a release that the catalogue names is on its page."""
    manifest = release.ios.manifest if release.ios else ""
    if manifest and manifest not in installed:
        return failed("page-release", release.url, f"the page does not install {manifest}")
    if release.android and release.android.url not in page.links:
        return failed("page-release", release.url, f"the page does not offer {release.android.url}")
    if release.version not in page.text:
        return failed("page-release", release.url, f"the page does not show version {release.version}")
    return passed("page-release", release.url, release.id)


def _is_page(url: str) -> bool:
    name = urlsplit(url).path.rpartition("/")[2]
    return not name or "." not in name or name.endswith((".html", ".htm"))


def _file_rows(client: Client, url: str, page: str) -> list[Row]:
    """A stylesheet, script or picture of a page: it must be there."""
    response = client.get(url, agent=SAFARI, method="HEAD")
    if response.status in (403, 405, 501):
        response = client.get(url, agent=SAFARI)
    if not response.ok:
        return [failed("page-file", url, f"{trouble(response)} (used by {page})")]
    if response.type == "text/html":
        return [failed("page-file", url, f"a page instead of the file (used by {page})")]
    return [passed("page-file", url, response.type)]
