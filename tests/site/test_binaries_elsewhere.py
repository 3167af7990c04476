"""``binaries:``: own binaries stay out of dist/, and everything names them where they are uploaded to."""

from __future__ import annotations

import json
import plistlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from otasite.cli import cli
from otasite.site.addresses import OwnBinary
from tests.projects import APP, SITE, Sandbox, example, own_binary

SECRET = "long enough to be no guess"
STORE = "https://downloads.example.com/apps/"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def store(sandbox: Sandbox, base_url: str = STORE) -> None:
    sandbox.write("content/site.yaml", f"{SITE}binaries:\n  base_url: {base_url}\n")


def elsewhere(sandbox: Sandbox, secret: str = "") -> tuple[OwnBinary, ...]:
    return sandbox.build(secret=secret).elsewhere


def package_url(sandbox: Sandbox, folder: str = "notes") -> str:
    manifest = plistlib.loads((sandbox.dist / f"{folder}/1.10-0123/manifest.plist").read_bytes())
    url: str = manifest["items"][0]["assets"][0]["url"]
    return url


def test_everything_names_the_other_address(sandbox: Sandbox) -> None:
    own_binary(sandbox)
    sandbox.build()
    before = sandbox.files()
    (path,) = (path for path in before if path.endswith(".ipa"))
    store(sandbox)
    sandbox.build()
    after = sandbox.files()
    assert before.keys() - after.keys() == {path}
    assert package_url(sandbox) == STORE + path
    (app,) = json.loads(after["catalogue.json"])["apps"]
    assert app["releases"][0]["ios"]["url"] == STORE + path
    assert json.loads(after["notes/latest.json"])["channels"]["stable"]["ios"]["url"] == STORE + path
    manifest = "https%3A%2F%2Fapps.example.com%2Fnotes%2F1.10-0123%2Fmanifest.plist"
    assert manifest in sandbox.read("notes/1.10-0123/index.html"), "the manifest stays with the site"


def test_what_is_to_be_uploaded(sandbox: Sandbox) -> None:
    data = own_binary(sandbox)
    assert elsewhere(sandbox) == ()
    store(sandbox)
    sandbox.build()
    (binary,) = elsewhere(sandbox)
    assert (sandbox.root / binary.source).read_bytes() == data
    assert binary.size == len(data)
    assert binary.url == binary.base_url + binary.path == package_url(sandbox)
    assert (binary.app, binary.release, binary.platform) == ("notes", "1.10-0123", "ios")


def test_explain_knows_them(sandbox: Sandbox) -> None:
    own_binary(sandbox)
    store(sandbox)
    (binary,) = elsewhere(sandbox)
    done = CliRunner().invoke(cli, ["explain", "-C", str(sandbox.root), binary.path])
    assert done.exit_code == 0, done.output
    assert "source       content/apps/notes/releases/own.ipa" in done.output
    assert f"belongs at   {binary.url}" in done.output


def test_an_app_may_say_another_place(sandbox: Sandbox) -> None:
    own_binary(sandbox)
    store(sandbox)
    sandbox.write("content/apps/notes/app.yaml", f"{APP}binaries:\n  base_url: https://cdn.example.com\n")
    sandbox.build()
    assert package_url(sandbox).startswith("https://cdn.example.com/notes/1.10-0123/Notes-1.10-0123.")


def test_a_github_release_has_no_folders(sandbox: Sandbox) -> None:
    own_binary(sandbox)
    store(sandbox, "https://github.com/example/apps/releases/download/binaries")
    sandbox.build()
    url = package_url(sandbox)
    assert url.startswith("https://github.com/example/apps/releases/download/binaries/Notes-1.10-0123.")
    assert [binary.url for binary in elsewhere(sandbox)] == [url]


def test_an_unlisted_app_keeps_its_secret_path_but_not_in_a_public_list(sandbox: Sandbox) -> None:
    own_binary(sandbox)
    sandbox.write("content/apps/notes/app.yaml", f"{APP}visibility: unlisted\n")
    store(sandbox)
    assert sandbox.build(secret=SECRET).problems == ()
    (binary,) = elsewhere(sandbox, SECRET)
    assert binary.path.startswith("u/") and "notes" not in binary.path
    store(sandbox, "https://github.com/example/apps/releases/download/v1/")
    (problem,) = sandbox.build(secret=SECRET).problems
    assert (problem.code, problem.severity) == ("listed-binaries", "warning")


def test_a_build_without_changes_and_one_after_a_change_agree(sandbox: Sandbox) -> None:
    own_binary(sandbox)
    store(sandbox)
    sandbox.build()
    assert sandbox.build().written == 0
    store(sandbox, "https://elsewhere.example.com/")
    sandbox.build()
    incremental = sandbox.files()
    sandbox.build(out=sandbox.root / "clean", cache=False)
    assert sandbox.files(sandbox.root / "clean") == incremental


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("http://downloads.example.com", "content/site.yaml:9:13"),
        ("https://downloads.example.com/?x=1", "content/site.yaml:9:13"),
        ("https://user:word@downloads.example.com/", "content/site.yaml:9:13"),
    ],
)
def test_addresses_that_cannot_be(sandbox: Sandbox, value: str, place: str) -> None:
    store(sandbox, value)
    assert sandbox.mistakes() == [f"{place}: bad-value"]


def test_without_an_address(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", f"{SITE}binaries: {{}}\n")
    assert sandbox.mistakes() == ["content/site.yaml:8:11: missing-key"]
