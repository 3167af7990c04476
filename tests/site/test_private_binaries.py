"""Binaries in a private bucket: signed addresses everywhere, and pages that say until when."""

from __future__ import annotations

import datetime as dt
import json
import plistlib
from pathlib import Path

import pytest

from otasite.hosts.signed_urls import UrlSigner
from tests.projects import NOW, SITE, Sandbox, example, own_binary

STORE = "https://private-apps.s3.eu-central-1.amazonaws.com/builds/"
PRIVATE = f"binaries: {{base_url: '{STORE}', upload: s3://private-apps/builds, private: true}}\n"
ENDS = NOW + dt.timedelta(days=7)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path / "project")
    own_binary(sandbox)
    sandbox.write("content/site.yaml", f"{SITE}languages: [en, de]\n{PRIVATE}")
    return sandbox


def signer(now: dt.datetime = NOW) -> UrlSigner:
    return UrlSigner(key_id="AKIDEXAMPLE", secret="never shown", region="us-east-1", now=now)


def sign(sandbox: Sandbox, by: UrlSigner | None = None, **options: object) -> dict[str, bytes]:
    """The files of a build with signed addresses."""
    sandbox.build(signer=by or signer(), **options)  # type: ignore[arg-type]
    return sandbox.files()


def package_url(files: dict[str, bytes]) -> str:
    url: str = plistlib.loads(files["notes/1.10-0123/manifest.plist"])["items"][0]["assets"][0]["url"]
    return url


def test_the_manifest_and_the_json_have_the_signed_address(sandbox: Sandbox) -> None:
    files = sign(sandbox)
    plain, _, query = package_url(files).partition("?")
    assert plain.startswith(f"{STORE}notes/1.10-0123/Notes-1.10-0123.")
    assert package_url(files) == signer().sign(plain)
    assert "X-Amz-Expires=604800" in query
    (app,) = json.loads(files["catalogue.json"])["apps"]
    assert app["releases"][0]["ios"]["url"] == package_url(files)
    assert app["releases"][0]["ios"]["available_until"] == "2026-06-08T00:00:00Z"
    assert not [path for path in files if path.endswith(".ipa")]


def test_the_install_link_stays_plain(sandbox: Sandbox) -> None:
    """iOS takes the link apart at each “&” and “=”: only the manifest may name a signed address."""
    page = sign(sandbox)["notes/1.10-0123/index.html"].decode()
    manifest = "https%3A%2F%2Fapps.example.com%2Fnotes%2F1.10-0123%2Fmanifest.plist"
    assert f'href="itms-services://?action=download-manifest&amp;url={manifest}"' in page


def test_the_page_says_until_when_in_its_language(sandbox: Sandbox) -> None:
    files = sign(sandbox)
    english, german = (files[f"{prefix}notes/1.10-0123/index.html"].decode() for prefix in ("", "de/"))
    assert "Download until" in english
    assert '<time datetime="2026-06-08T00:00:00Z">Jun 8, 2026, 12:00\u202fAM UTC</time>' in english
    assert '<time datetime="2026-06-08T00:00:00Z">08.06.2026, 00:00 UTC</time>' in german
    assert 'data-available="2026-06-08T00:00:00Z"' in english


def test_an_android_link_is_signed_on_the_page(sandbox: Sandbox) -> None:
    android = f"android: {{url: '{STORE}own/a.apk', identifier: com.example.app}}"
    sandbox.write("content/apps/notes/releases/2.0-9.yaml", f"version: 2.0\nbuild: 9\ndate: 2026-05-09\n{android}\n")
    page = sign(sandbox)["notes/2.0-9/index.html"].decode()
    address = signer().sign(f"{STORE}own/a.apk").replace("&", "&amp;")
    assert f'href="{address}"' in page


def test_other_addresses_are_left_alone(sandbox: Sandbox) -> None:
    sandbox.release("2.0", "9", date="2026-05-09")
    files = sign(sandbox)
    url = plistlib.loads(files["notes/2.0-9/manifest.plist"])["items"][0]["assets"][0]["url"]
    assert url == "https://downloads.example.com/notes-9.ipa"
    assert "Download until" not in files["notes/2.0-9/index.html"].decode()


def test_the_same_moment_gives_the_same_bytes(sandbox: Sandbox) -> None:
    first = sign(sandbox)
    assert sign(sandbox, cache=False, workers=2) == first


def test_signing_again_later_renews(sandbox: Sandbox) -> None:
    first = sign(sandbox)
    later = sign(sandbox, signer(NOW + dt.timedelta(days=5)))
    assert package_url(first) != package_url(later)
    assert b"2026-06-13T00:00:00Z" in later["notes/1.10-0123/index.html"]
    fresh = sign(sandbox, signer(NOW + dt.timedelta(days=5)), cache=False)
    assert later == fresh, "an incremental build gives what a clean one gives"


def test_without_a_signer_addresses_are_plain_and_the_build_says_so(sandbox: Sandbox) -> None:
    report = sandbox.build()
    assert "?" not in package_url(sandbox.files())
    assert "Download until" not in sandbox.read("notes/1.10-0123/index.html")
    (note,) = report.notes
    assert "1 binary is in a private bucket" in note
    assert "--presign" in note


def test_secrets_are_nowhere(sandbox: Sandbox) -> None:
    sign(sandbox)
    for folder in (sandbox.dist, sandbox.project.state):
        assert b"never shown" not in b"".join(sandbox.files(folder).values())
