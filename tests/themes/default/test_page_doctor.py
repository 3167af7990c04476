"""When nothing happens, the page looks at its own install link: each planted fault is named."""

from __future__ import annotations

import hashlib
import io
import plistlib
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from otasite.hosts.headers import page_policy
from tests.themes.default.agents import ANDROID, SAFARI, STAY, Open
from tests.themes.default.pages import write_site
from tests.themes.default.samples import app_page, binary, meta, release
from tests.web.server import Server

pytestmark = pytest.mark.browser

FOLDER = "driver/2.8.0-281/"
LOGIN = b'<!doctype html><title>Sign in</title><form><input type="password"></form>'
FALLBACK = b"<!DOCTYPE html><title>App</title><div id=root></div>"
PAST = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def ipa() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Payload/Driver.app/Info.plist", b"\0" * 5000)
    return out.getvalue()


class InstallSite:
    """A page with its manifest and app, served where its base_url says; faults are planted in its files."""

    def __init__(self, folder: Path, address: str, platform: str = "ios", **changes: Any) -> None:
        self.folder, self.url = folder, address + "driver/index.html"
        self.data = ipa()
        ios = platform == "ios"
        name = "Driver.ipa" if ios else "Driver.apk"
        facts: dict[str, Any] = {
            "download": FOLDER + name,
            "filename": name,
            "size": len(self.data),
            "sha256": hashlib.sha256(self.data).hexdigest(),
        }
        self.binary = made = binary("ios" if ios else "android", **(facts | changes))
        shown = release(ios=made if ios else None, android=None if ios else made)
        page = meta("app", "driver/", "Larkfield Driver", url=address + "driver/")
        write_site(folder, {"driver/index.html": app_page(page=page, release=shown)})
        self.file, self.manifest = folder / FOLDER / name, folder / FOLDER / "manifest.plist"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(self.data)
        asset = {
            "kind": "software-package",
            "url": address + FOLDER + name,
            "sha256-size": 10_485_760,
            "sha256s": [facts["sha256"]],
        }
        self.manifest.write_bytes(plistlib.dumps({"items": [{"assets": [asset], "metadata": {"title": "Driver"}}]}))


@pytest.fixture
def site(tmp_path: Path, serve: Callable[..., Server]) -> Callable[..., InstallSite]:
    return lambda *args, **changes: InstallSite(tmp_path, serve(tmp_path).url, *args, **changes)


def finding(page: Page, says: str) -> None:
    """Open the causes and read what the page found out."""
    page.locator(".trouble:visible > summary").click()
    expect(page.locator(".doctor:visible [role=status]")).to_contain_text(says)


def test_a_site_without_fault_is_told_to_be_fine(site: Callable[..., InstallSite], visit: Open) -> None:
    seen = visit(site().url, user_agent=SAFARI)
    finding(seen.page, "Everything looks right from here.")
    refused = [
        complaint for complaint in seen.complaints if "ERR_ABORTED" not in complaint
    ]  # it reads no more than it needs
    assert refused == [], "the policy allows what it does"
    assert seen.foreign_requests() == []


def _drop(path: str) -> Callable[[InstallSite], object]:
    return lambda site: getattr(site, path).unlink()


def _put(path: str, data: bytes) -> Callable[[InstallSite], object]:
    return lambda site: getattr(site, path).write_bytes(data)


FAULTS: dict[str, tuple[Callable[[InstallSite], object], str]] = {
    "no manifest": (_drop("manifest"), "manifest.plist is missing on the server."),
    "a login page for the manifest": (_put("manifest", LOGIN), "The server asks for a login"),
    "a fallback page for the manifest": (_put("manifest", FALLBACK), "a web page instead of manifest.plist"),
    "half a manifest": (
        lambda site: site.manifest.write_bytes(site.manifest.read_bytes()[:300]),
        "manifest.plist is damaged.",
    ),
    "no app": (_drop("file"), "Driver.ipa is missing on the server."),
    "a login page for the app": (_put("file", LOGIN), "The server asks for a login"),
    "a fallback page for the app": (_put("file", FALLBACK), "a web page instead of Driver.ipa"),
    "a pointer instead of the app": (
        _put("file", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"),
        "Driver.ipa is not an app.",
    ),
    "half an app": (
        lambda site: site.file.write_bytes(site.data[:2000]),
        f"Driver.ipa has 2000 bytes on the server instead of {len(ipa())}.",
    ),
    "another app of the same length": (
        lambda site: site.file.write_bytes(site.data[:100] + b"\1" + site.data[101:]),
        "Driver.ipa is another file than the one this page was made for.",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_files_is_named(fault: str, site: Callable[..., InstallSite], visit: Open) -> None:
    made = site()
    plant, says = FAULTS[fault]
    plant(made)
    finding(visit(made.url, user_agent=SAFARI).page, says)


def test_a_wrong_type_is_named(site: Callable[..., InstallSite], visit: Open) -> None:
    made = site("android", download=FOLDER + "Driver.zip", filename="Driver.zip")
    made.file.rename(made.file.with_suffix(".zip"))
    finding(visit(made.url, user_agent=ANDROID).page, "The server sends Driver.zip as application/zip.")


ANSWERS: dict[str, tuple[int, bytes, str]] = {
    "an address that has expired": (
        403,
        b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
        "The address of the download has expired.",
    ),
    "a question for name and password": (401, b"", "The server asks for a login"),
    "a broken server": (503, b"", "The server answers with error 503."),
}


@pytest.mark.parametrize("fault", ANSWERS)
def test_an_answer_that_is_none_is_named(fault: str, site: Callable[..., InstallSite], visit: Open) -> None:
    status, body, says = ANSWERS[fault]
    page = visit(site().url, user_agent=SAFARI).page
    page.route("**/Driver.ipa", lambda route: route.fulfill(status=status, body=body))
    finding(page, says)


def test_a_way_to_a_login_elsewhere_is_named(site: Callable[..., InstallSite], visit: Open) -> None:
    page = visit(site().url, user_agent=SAFARI).page

    def redirect(route: Route) -> None:
        route.fulfill(status=302, headers={"Location": "https://login.example.com/"})

    page.route("**/manifest.plist", redirect)
    finding(page, "The server asks for a login")


def test_a_download_that_has_ended_is_named(site: Callable[..., InstallSite], visit: Open) -> None:
    page = visit(site(available_until=PAST).url, user_agent=SAFARI).page
    finding(page, "The address of the download has expired.")


ELSEWHERE = "https://files.example.com"


def _lie_elsewhere(site: Callable[..., InstallSite], *allowed: str) -> InstallSite:
    """A page whose APK is on another host, which its policy lets it look at."""
    made = site("android", download=f"{ELSEWHERE}/Driver.apk", download_is_path=False)
    page = meta("app", "driver/", "Larkfield Driver", url=made.url, policy=page_policy(allowed))
    shown = release(ios=None, android=made.binary)
    write_site(made.folder, {"driver/index.html": app_page(page=page, release=shown)})
    return made


@pytest.mark.parametrize(
    ("cut", "open_to", "allowed", "says"),
    [
        (None, "*", ELSEWHERE, "Everything looks right from here."),
        (2000, "*", ELSEWHERE, f"Driver.apk has 2000 bytes on the server instead of {len(ipa())}."),
        (None, "https://nobody.example.com", ELSEWHERE, "on another server, which does not let this page look"),
        (None, "*", "https://other.example.com", "on another server, which does not let this page look"),
    ],
    ids=["whole", "half an app", "a host that does not share", "a policy for another host"],
)
def test_an_app_on_another_host_is_looked_at_where_that_host_lets_it(
    cut: int | None, open_to: str, allowed: str, says: str, site: Callable[..., InstallSite], visit: Open
) -> None:
    made = _lie_elsewhere(site, allowed)
    page = visit(made.url, user_agent=ANDROID).page
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.method)
        kind = "application/vnd.android.package-archive"
        route.fulfill(body=made.data[:cut], headers={"Access-Control-Allow-Origin": open_to, "Content-Type": kind})

    page.route(f"{ELSEWHERE}/**", answer)
    finding(page, says)
    assert set(asked) == ({"GET"} if allowed == ELSEWHERE else set()), "simple requests, to no other host"


class Endless(BaseHTTPRequestHandler):
    """Files of a folder, but for an app that never ends: what reads all of it waits for ever."""

    root: Path

    def do_GET(self) -> None:
        self.close_connection = True
        file = self.root / self.path.lstrip("/")
        self.send_response(200)
        kind = "application/vnd.android.package-archive" if file.suffix == ".apk" else guess_type(file.name)[0]
        self.send_header("Content-Type", kind or "application/octet-stream")
        self.end_headers()
        try:
            self.wfile.write(file.read_bytes())
            while file.suffix == ".apk":
                self.wfile.write(bytes(65536))
        except OSError:
            return  # the page has seen enough

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test's output is for its failures."""


def test_no_more_is_fetched_than_is_looked_at(tmp_path: Path, visit: Open) -> None:
    class Handler(Endless):
        root = tmp_path

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            made = InstallSite(tmp_path, f"http://127.0.0.1:{http.server_port}/", "android")
            made.file.write_bytes(b"PK" + made.data[2:-1] + b"another end")
            finding(visit(made.url, user_agent=ANDROID).page, "Driver.apk is another file than the one")
        finally:
            http.shutdown()
            thread.join()


@pytest.mark.parametrize("told", [True, False])
def test_part_of_an_app_is_looked_at_as_such(told: bool, site: Callable[..., InstallSite], visit: Open) -> None:
    """As hosts answer that heed a range; those that are asked from another site may keep the whole length to them."""
    made = site()
    page = visit(made.url, user_agent=SAFARI).page

    def part(route: Route) -> None:
        first, last = map(int, route.request.headers["range"].removeprefix("bytes=").split("-"))
        body = made.data[first : last + 1]
        whole = {"Content-Range": f"bytes {first}-{last}/{len(made.data)}"} if told else {}
        route.fulfill(status=206, headers=whole | {"Content-Length": str(len(body))}, body=body)

    page.route("**/Driver.ipa", part)
    finding(page, "Everything looks right from here.")


@pytest.mark.parametrize(("age", "says"), [(3, "Everything looks right from here."), (0, "The date or time of this")])
def test_what_a_cache_has_kept_for_days_is_no_wrong_clock(
    age: int, says: str, site: Callable[..., InstallSite], visit: Open
) -> None:
    made = site()
    page = visit(made.url, user_agent=SAFARI).page
    then = format_datetime(datetime.now(UTC) - timedelta(days=3), usegmt=True)
    kept = {"Date": then, "Age": str(age * 86_400)}
    page.route("**/manifest.plist", lambda route: route.fulfill(path=made.manifest, headers=kept))
    finding(page, says)


def test_another_address_than_that_of_the_site_is_named(site: Callable[..., InstallSite], visit: Open) -> None:
    made = site()
    page = visit(made.url.replace("127.0.0.1", "localhost"), user_agent=SAFARI).page
    finding(page, "This page was opened from localhost")
    moved = made.folder / "repo"
    moved.mkdir()
    for part in ("driver", "assets"):
        (made.folder / part).rename(moved / part)
    page.goto(made.url.replace("/driver/", "/repo/driver/"))
    finding(page, f"from {made.url[7:].replace('/driver/index.html', '/repo/driver')}, but the app installs from")


def test_a_wrong_clock_is_named(site: Callable[..., InstallSite], visit: Open) -> None:
    made = site()
    page = visit(made.url, user_agent=SAFARI, own_context=True).page
    page.clock.set_fixed_time(datetime.now(UTC) - timedelta(days=400))
    page.goto(made.url)
    finding(page, "The date or time of this device is wrong.")


def test_no_connection_is_named(site: Callable[..., InstallSite], visit: Open) -> None:
    seen = visit(site().url, user_agent=SAFARI)
    seen.page.locator(".trouble:visible > summary").click()
    expect(seen.page.locator(".doctor [role=status]")).not_to_be_empty()
    seen = visit(seen.page.url, user_agent=SAFARI)
    seen.page.evaluate(
        "fetch(document.querySelector('.get').dataset.look)"  # in the cache before the line is cut
    )
    seen.page.wait_for_load_state("networkidle")
    seen.page.evaluate("Object.defineProperty(navigator, 'onLine', {get: () => false})")
    finding(seen.page, "You are offline.")


def test_support_gets_one_report(site: Callable[..., InstallSite], visit: Open) -> None:
    made = site()
    made.file.unlink()
    copies = """Object.defineProperty(navigator, 'clipboard',
        {value: {writeText: async text => { window.copied = text; }}});"""
    page = visit(made.url + "?token=secret", user_agent=SAFARI, init_script=copies).page
    finding(page, "Driver.ipa is missing")
    page.locator(".doctor").get_by_role("button", name="Copy details for support").click()
    expect(page.locator(".doctor").get_by_role("button", name="Copied")).to_be_visible()
    report = page.evaluate("copied")
    for part in ("Version: 2.8.0 (281)", "Driver.ipa is missing on the server.", "Driver.ipa: 404", SAFARI):
        assert part in report
    assert "secret" not in report, "what an address asks with is nobody else's"


@pytest.mark.parametrize(
    ("platform", "user_agent", "tap"), [("ios", SAFARI, "[data-install]"), ("android", ANDROID, "[data-download]")]
)
def test_the_steps_lead_to_the_doctor(
    platform: str, user_agent: str, tap: str, site: Callable[..., InstallSite], visit: Open
) -> None:
    page = visit(site(platform).url, user_agent=user_agent, init_script=STAY).page
    page.locator(tap).click()
    page.get_by_role("button", name="Nothing happens").click()
    expect(page.locator(".doctor [role=status]")).to_contain_text("Everything looks right")
