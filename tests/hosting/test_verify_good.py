"""A good deployment has no finding, and verify behaves as a phone does and as a guest should."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from otasite.hosting.verify.client import CUT, INSTALLER, Client
from otasite.hosting.verify.report import Verification, failed, passed, report, warned
from otasite.hosting.verify.site import VerifyOptions, verify
from otasite.hosting.verify.tls import trusting
from otasite.problems import Refused
from tests.binaries.apple import NOW
from tests.hosting.live_server import Resource
from tests.hosting.live_site import LIMITS, QUICK, LiveSite, ipa
from tests.hosting.real_servers import free_port
from tests.hosting.test_verify_broken import signature


def amiss(found: Verification) -> list[object]:
    return [row for row in found.rows if row.result != "ok"]


def test_nothing_is_found(live: LiveSite) -> None:
    found = live.verify(dist=live.dist)
    assert amiss(found) == []
    assert (found.manifests, found.binaries) == (2, 2)
    assert found.pages >= 4
    assert found.exit_code(strict=True) == 0
    checked = {row.check for row in found.rows}
    assert {"tls-chain", "binary-hash", "bundle-identifier", "binary-range", "image-size", "stale-copy"} <= checked


def test_nothing_is_found_in_full(live: LiveSite) -> None:
    assert amiss(live.verify(full=True)) == []


def test_a_site_that_says_nothing_of_itself(live: LiveSite) -> None:
    """Made by another tool: no catalogue, so everything is found by following links."""
    live.server.resources["/catalogue.json"].status = 404
    found = live.verify()
    assert amiss(found) == []
    assert (found.manifests, found.binaries) == (2, 2)


def test_one_app_only(live: LiveSite) -> None:
    live.server.resources["/help/"] = Resource.html("<!doctype html><a href=/nowhere/>broken</a>")
    found = live.verify(app="notes")
    assert amiss(found) == []
    assert "/help/" not in {path for _, path, _ in live.server.requests}


def test_an_app_that_is_not_there(live: LiveSite) -> None:
    found = live.verify(app="note")
    assert {row.check for row in found.failures} == {"page-status"}
    assert [(row.check, row.found) for row in found.warnings] == [
        ("catalogue-app", "it lists no app “note”; did you mean “notes”?")
    ]


def test_signed_addresses(live: LiveSite) -> None:
    """As S3 hands out private files: signed for GET, so HEAD is refused."""
    live.server.resources["/catalogue.json"].status = 404
    live.resource(".ipa").head_status = 403
    address = f"{live.url}{live.path('.ipa')[1:]}?{signature(0)}"
    live.edit_manifest(lambda item: item["assets"][0].update(url=address))
    found = live.verify(full=True)
    assert amiss(found) == []
    (until,) = [row for row in found.rows if row.check == "binary-signature"]
    assert (until.subject, until.found[:6]) == (address, "until ")


def test_the_local_build_of_one_app_and_of_one_page(live: LiveSite) -> None:
    def compared(found: Verification) -> list[str]:
        return [row.found for row in found.rows if row.check == "stale-copy"]

    app = compared(live.verify(app="notes", dist=live.dist))
    page = verify(
        f"{live.url}notes/", VerifyOptions(ca=live.authority.root, retry=QUICK, limits=LIMITS, dist=live.dist)
    )
    count = len([path for path in (live.dist / "notes").rglob("*") if path.is_file()])
    assert app == compared(page) == [f"{count} files as in the local build"]
    live.server.resources["/notes/feed.xml"].body += b" "
    page = verify(
        f"{live.url}notes/", VerifyOptions(ca=live.authority.root, retry=QUICK, limits=LIMITS, dist=live.dist)
    )
    assert [row.subject for row in page.failures] == [f"{live.url}notes/feed.xml"]


def test_a_folder_that_the_local_build_does_not_have(live: LiveSite) -> None:
    found = live.verify(app="nothing", dist=live.dist)
    assert "the local build has no such folder" in {row.found for row in found.failures}


def test_progress_is_told(live: LiveSite) -> None:
    steps: list[tuple[int, int]] = []
    wishes = VerifyOptions(ca=live.authority.root, retry=QUICK, limits=LIMITS, dist=live.dist)
    verify(live.url, wishes, lambda done, total: steps.append((done, total)))
    assert steps[-1][0] == steps[-1][1] > 20
    assert all(done <= total for done, total in steps)


def test_one_page(live: LiveSite) -> None:
    """The address of an unlisted app: nothing above it is looked at."""
    found = verify(f"{live.url}notes/index.html", VerifyOptions(ca=live.authority.root, retry=QUICK, limits=LIMITS))
    assert amiss(found) == []
    assert found.manifests >= 1
    assert "/" not in {path for _, path, _ in live.server.requests}


def test_the_installer_has_its_name_and_no_cookies(live: LiveSite) -> None:
    for resource in live.server.resources.values():
        resource.headers["Set-Cookie"] = "session=1; Path=/; Secure"
    live.verify()
    assert not [headers for _, _, headers in live.server.requests if "Cookie" in headers]
    agents = {path: headers["User-Agent"] for _, path, headers in live.server.requests}
    assert agents[live.path("manifest.plist")] == agents[live.path(".ipa")] == INSTALLER
    assert "Safari" in agents["/notes/"]


@pytest.mark.parametrize("method", ["get", "download"])
def test_a_server_that_hangs_up_before_it_answers_is_asked_again(live: LiveSite, method: str) -> None:
    live.server.resources["/file"] = Resource(b"whole", hangs_up=QUICK.attempts - 1)
    pieces: list[bytes] = []
    with Client(trusting(live.authority.root), QUICK, LIMITS, NOW) as client:
        url = f"{live.url}file"
        response = client.get(url) if method == "get" else client.download(url, pieces.append, 1000)
    assert not response.error
    assert (response.body or b"".join(pieces)) == b"whole"


@pytest.mark.parametrize("method", ["get", "download"])
def test_a_server_that_hangs_up_again_and_again_is_given_up(live: LiveSite, method: str) -> None:
    live.server.resources["/file"] = Resource(b"whole", hangs_up=99)
    with Client(trusting(live.authority.root), QUICK, LIMITS, NOW) as client:
        url = f"{live.url}file"
        response = client.get(url) if method == "get" else client.download(url, lambda _: None, 1000)
    assert response.error.startswith("the connection failed")
    assert live.server.resources["/file"].hangs_up == 99 - QUICK.attempts


def test_a_download_that_has_begun_is_not_begun_again(live: LiveSite) -> None:
    live.server.resources["/file"] = Resource(b"whole", sent=3)
    pieces: list[bytes] = []
    with Client(trusting(live.authority.root), QUICK, LIMITS, NOW) as client:
        response = client.download(f"{live.url}file", pieces.append, 1000)
    assert response.error == CUT
    assert b"".join(pieces) == b"who"


def test_a_busy_server_is_asked_again(live: LiveSite) -> None:
    live.resource("manifest.plist").busy = 2
    assert amiss(live.verify()) == []


def test_a_server_that_stays_busy_is_given_up(live: LiveSite) -> None:
    live.resource("manifest.plist").busy = 99
    assert {row.check for row in live.verify().failures} == {"manifest-status"}
    assert live.resource("manifest.plist").busy == 99 - QUICK.attempts


def test_few_requests_at_once(live: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = live.server._http.RequestHandlerClass
    running, most, lock = Counter[str](), [0], threading.Lock()
    original = handler._answer  # type: ignore[attr-defined]

    def counted(self: object) -> None:
        with lock:
            running["now"] += 1
            most[0] = max(most[0], running["now"])
        time.sleep(0.005)
        with lock:  # before the answer: after it, the client may have asked for the next
            running["now"] -= 1
        original(self)

    monkeypatch.setattr(handler, "_answer", counted)
    live.verify(limits=msgspec.structs.replace(LIMITS, connections=2))
    assert most[0] == 2


def test_an_ipa_is_not_downloaded_to_be_looked_into(live: LiveSite, tmp_path: Path) -> None:
    """Only the hashes need its bytes; with the chunks left out, a few kilobytes must do."""
    live.server.resources["/catalogue.json"].status = 404
    live.replace_ipa(ipa(tmp_path / "large.ipa", filler=4_000_000))
    live.edit_manifest(lambda item: [item["assets"][0].pop(key) for key in ("sha256-size", "sha256s")])
    found = live.verify()
    assert amiss(found) == []
    asked = [
        headers["Range"]
        for method, path, headers in live.server.requests
        if path == live.path(".ipa") and "Range" in headers
    ]
    spans = [(int(last) - int(first) + 1) for first, last in (r.removeprefix("bytes=").split("-") for r in asked)]
    assert sum(spans) < 500_000
    assert len(asked) <= 4


def test_too_many_pages(live: LiveSite) -> None:
    live.server.resources["/catalogue.json"].status = 404
    found = live.verify(limits=msgspec.structs.replace(LIMITS, pages=2))
    assert {row.check for row in amiss(found)} == {"page-limit"}  # type: ignore[attr-defined]


def test_plain_http_is_a_failure() -> None:
    found = verify("http://localhost/")
    assert [row.check for row in found.rows] == ["https"]
    assert found.exit_code() == 1


def test_nobody_answers(authority_root: Path) -> None:
    found = verify(f"https://localhost:{free_port()}/", VerifyOptions(ca=authority_root, retry=QUICK, limits=LIMITS))
    assert [row.check for row in found.rows] == ["connect"]


@pytest.mark.parametrize(
    "url", ["", "apps.example.com", "ftp://example.com/", "https://", "https://[::1/", "https://a:99999/"]
)
def test_no_address(url: str) -> None:
    with pytest.raises(Refused, match="no address of a site"):
        verify(url)


def test_a_password_is_neither_sent_nor_shown() -> None:
    with pytest.raises(Refused, match="phones send none") as caught:
        verify("https://somebody:hidden@apps.example.com/")
    assert "hidden" not in f"{caught.value} {caught.value.hint}"


def test_no_certificate_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(Refused, match="holds no certificate"):
        verify("https://localhost/", VerifyOptions(ca=tmp_path / "ca.pem"))


def test_no_site_in_the_folder(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no built site"):
        verify("https://localhost/", VerifyOptions(dist=tmp_path))


def test_a_report_for_machines() -> None:
    rows = [
        passed("connect", "b"),
        warned("redirect", "a", "moved"),
        failed("tls-name", "c", "other"),
        passed("connect", "b"),
    ]
    found = report("https://x/", rows, pages=1)
    assert [row.result for row in found.rows] == ["fail", "warn", "ok"]
    document = json.loads(msgspec.json.encode(found.document()))
    assert (document["schema"], document["result"], document["pages"]) == (1, "fail", 1)
    assert document["rows"][0]["fix"]
    assert found.exit_code() == 1
    assert report("u", rows[:2]).exit_code() == 0
    assert report("u", rows[:2]).exit_code(strict=True) == 1
