"""Walking the pages of a site: every page that can be reached, and every install link on them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import msgspec

from otasite.hosting.verify import link
from otasite.hosting.verify.caching import cache_rows
from otasite.hosting.verify.catalogue import Catalogue
from otasite.hosting.verify.html import Page, read_page
from otasite.hosting.verify.phone import SAFARI, Answer, Phone
from otasite.hosting.verify.report import Row, failed, passed, warned
from otasite.hosting.verify.tally import Tally

#: An address that no site has: it must not be answered with a page.
NOWHERE = "otasite-verify-this-does-not-exist/manifest.plist"


class Walked(msgspec.Struct, kw_only=True):
    """What a walk found. ``installs`` are the manifests' addresses with the pages that link to them."""

    pages: dict[str, Page] = {}
    installs: dict[str, set[str]] = {}
    android: set[str] = set()
    files: dict[str, str] = {}
    rows: list[Row] = []


def walk(phone: Phone, starts: list[str], scope: str, tally: Tally) -> Walked:
    """Fetch ``starts`` and every page below ``scope`` that they lead to, level by level."""
    found = Walked(pages={}, installs={}, android=set(), files={}, rows=[])
    seen = set(starts)
    frontier = list(dict.fromkeys(starts))
    with ThreadPoolExecutor(phone.manners.connections) as pool:
        while frontier:
            room = phone.manners.max_pages - len(found.pages)
            if len(frontier) > room:
                found.rows.append(warned("page-limit", scope, f"more than {phone.manners.max_pages} pages"))
                frontier = frontier[:room]
            tally.expect(len(frontier))
            fetched = pool.map(lambda url: phone.get(url, agent=SAFARI), frontier)
            following = [url for answer in tally.counted(fetched) for url in _take(answer, scope, found)]
            frontier = [url for url in dict.fromkeys(following) if url not in seen]
            seen.update(frontier)
        tally.expect(len(found.files))
        looked_at = pool.map(lambda item: _file(phone, *item), found.files.items())
        found.rows += [row for rows in tally.counted(looked_at) for row in rows]
    return found


def _take(answer: Answer, scope: str, found: Walked) -> list[str]:
    """Judge one page, note what it installs, and return the pages it leads to."""
    page = read_page(answer.body, answer.final) if answer.ok else Page()
    found.rows += [*answer.rows, *(rows := _page_rows(answer, page))]
    if any(row.result == "fail" for row in rows):
        return []
    found.pages[answer.url] = page
    for href, target in page.installs:
        _take_install(href, target, answer.url, found)
    for url in page.files:
        found.files.setdefault(url, answer.url)
    found.android |= {url for url in page.links if urlsplit(url).path.lower().endswith(".apk")}
    return [url for url in page.links if url.startswith(scope) and _is_page(url)]


def _take_install(href: str, target: str, page: str, found: Walked) -> None:
    manifest, rows = link.check(href, page)
    found.rows += rows
    if target and target != "_self":
        found.rows.append(warned("link-target", page, f"target={target}"))
    if manifest:
        found.installs.setdefault(manifest, set()).add(page)


def _page_rows(answer: Answer, page: Page) -> list[Row]:
    if not answer.ok:
        return [failed("page-status", answer.url, trouble(answer))]
    if answer.type not in ("text/html", "application/xhtml+xml"):
        return [failed("page-type", answer.url, answer.type or "no Content-Type")]
    if page.asks_password and not page.installs:
        return [failed("page-login", answer.url, "a page that asks for a password")]
    return [passed("page-status", answer.url, str(answer.status)), *cache_rows(answer, "page-cache", versioned=False)]


def _is_page(url: str) -> bool:
    name = urlsplit(url).path.rpartition("/")[2]
    return not name or "." not in name or name.endswith((".html", ".htm"))


def _file(phone: Phone, url: str, page: str) -> list[Row]:
    """A stylesheet, script or picture of a page: it must be there."""
    answer = phone.get(url, agent=SAFARI, method="HEAD")
    if answer.status in (403, 405, 501):
        answer = phone.get(url, agent=SAFARI)
    if not answer.ok:
        return [failed("page-file", url, f"{trouble(answer)} (used by {page})")]
    if answer.type == "text/html":
        return [failed("page-file", url, f"a page instead of the file (used by {page})")]
    return [passed("page-file", url, answer.type)]


def trouble(answer: Answer) -> str:
    """Why there is no usable answer, in a few words."""
    if answer.error:
        return answer.error
    headers = answer.headers
    if headers.get("cf-mitigated") or "x-vercel-mitigated" in headers:
        return f"HTTP {answer.status}: a check for robots, which phones cannot pass"
    if answer.status == 401:
        return "HTTP 401: it asks for a password"
    return f"HTTP {answer.status}"


def nowhere_rows(phone: Phone, base: str) -> list[Row]:
    """Whether the site answers 404 for what does not exist."""
    answer = phone.get(base + NOWHERE)
    if answer.status in (403, 404, 410):
        return [passed("missing-page", base, f"HTTP {answer.status}")]
    return [warned("missing-page", base, f"{trouble(answer)} for an address that does not exist")]


def catalogue_rows(catalogue: Catalogue, found: Walked) -> list[Row]:
    """Whether every release that the catalogue names is on its page."""
    rows = []
    for app in catalogue.apps:
        for release in app.releases:
            page = found.pages.get(release.url)
            if page is None:
                continue  # its status has been reported
            manifest = release.ios.manifest if release.ios else ""
            if manifest and release.url not in found.installs.get(manifest, set()):
                rows.append(failed("page-release", release.url, f"the page does not install {manifest}"))
            elif release.android and release.android.url not in page.links:
                rows.append(failed("page-release", release.url, f"the page does not offer {release.android.url}"))
            elif release.version not in page.text:
                rows.append(failed("page-release", release.url, f"the page does not show version {release.version}"))
            else:
                rows.append(passed("page-release", release.url, release.id))
    return rows
