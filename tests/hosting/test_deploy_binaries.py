"""Deploys of sites whose binaries live elsewhere: in a bucket of their own, a private one, or a GitHub release."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import plistlib
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from otasite.catalogue.model import BinaryStore
from otasite.cli import cli
from otasite.hosting.deploy.bucket import Bucket
from otasite.hosting.deploy.run import DeployRequest, deploy
from otasite.hosting.deploy.signing import USUAL_SESSION, find_signing, needs_signing
from otasite.hosts.signed_urls import UrlSigner
from otasite.problems import Refused
from tests.hosting.github_api import TOKEN, GitHub
from tests.hosting.stores import Store, deploy_until_killed, write_release
from tests.projects import NOW, Sandbox
from tests.projects import SITE as EXAMPLE

pytestmark = pytest.mark.thorough

#: An address that is not the one of `otasite new`: nothing is uploaded for that.
SITE = EXAMPLE.replace("apps.example.com", "apps.example.net")
FILES = "https://files.example.com/builds/"
PRIVATE = "https://binaries.s3.eu-central-1.amazonaws.com/builds/"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = Sandbox(tmp_path / "project")
    sandbox.write("content/apps/notes/app.yaml", "name: Notes\nbundle_id: com.example.app\n")
    for build in (1, 2):
        write_release(sandbox, build)
    return sandbox


@pytest.fixture
def binaries(store: Store) -> Store:
    """The bucket of the binaries, beside the site's."""
    return Store(store.url, "binaries")


def say(sandbox: Sandbox, base_url: str = FILES, more: str = ", upload: s3://binaries/builds") -> None:
    sandbox.write("content/site.yaml", f"{SITE}binaries: {{base_url: '{base_url}'{more}}}\n")


def run(sandbox: Sandbox, store: Store, *words: str, site: bool = True) -> Result:
    words = ("-C", str(sandbox.root), "--endpoint-url", store.url, *words)
    return CliRunner().invoke(cli, ["deploy", *([f"s3://{store.bucket}"] if site else []), *words])


def package_urls(store: Store) -> set[str]:
    """The addresses of all IPAs that the site's manifests name."""
    manifests = [plistlib.loads(store.read(key)) for key in sorted(store.keys()) if key.endswith(".plist")]
    return {manifest["items"][0]["assets"][0]["url"] for manifest in manifests}


def addresses(binaries: Store, base_url: str = FILES) -> set[str]:
    """Where the files of the binaries' bucket can be fetched."""
    return {base_url + key.removeprefix("builds/") for key in sorted(binaries.keys())}


def test_binaries_go_to_their_own_bucket_first(
    sandbox: Sandbox, store: Store, binaries: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[str] = []
    upload = Bucket.upload

    def logged(self: Bucket, file: Any, progress: Any) -> None:
        upload(self, file, progress)
        log.append(self.destination.bucket)

    monkeypatch.setattr(Bucket, "upload", logged)
    say(sandbox)
    done = run(sandbox, store)
    assert done.exit_code == 0, done.output
    assert log == ["binaries"] * 2 + [store.bucket] * (len(log) - 2)
    assert addresses(binaries) == package_urls(store)
    assert ".ipa" not in " ".join(store.keys())
    head = binaries.client.head_object(Bucket="binaries", Key=next(iter(binaries.keys())))
    assert head["ContentType"] == "application/octet-stream"
    assert "immutable" in head["CacheControl"] and "no-transform" in head["CacheControl"]
    assert "s3://binaries/builds/: 2 files (" in done.output
    again = run(sandbox, store)
    assert "s3://binaries/builds/: 0 files (0 bytes) uploaded, 2 unchanged" in again.output


def test_apps_that_reach_one_folder_at_two_addresses_do_not_delete_each_other(
    sandbox: Sandbox, store: Store, binaries: Store
) -> None:
    say(sandbox)
    sandbox.write(
        "content/apps/other.yaml",
        "name: Other\nbundle_id: com.example.app\n"
        "binaries: {base_url: https://cdn.example.com/builds, upload: s3://binaries/builds/}\n"
        "releases: [{version: '1.1', build: '1', date: 2026-05-01, ios: {file: notes/releases/notes-1.ipa}}]\n",
    )
    assert run(sandbox, store).exit_code == 0
    (sandbox.root / "content/apps/notes/releases/1.1.yaml").unlink()
    done = run(sandbox, store, "--delete")
    assert "s3://binaries/builds/: 0 files (0 bytes) uploaded, 2 unchanged, 1 deleted" in done.output
    assert sorted(key.split("/")[1] for key in sorted(binaries.keys())) == ["notes", "other"]


def test_a_folder_of_the_same_name_in_another_store_is_another_one(
    sandbox: Sandbox, store: Store, binaries: Store
) -> None:
    say(sandbox, more=f", upload: s3://{store.bucket}, endpoint_url: https://127.0.0.1:9")
    done = run(sandbox, store)
    assert "Could not connect" in str(done.exception), done.output


@pytest.mark.parametrize("slash", ["", "/"])
def test_binaries_in_the_folder_of_the_site_are_refused(sandbox: Sandbox, store: Store, slash: str) -> None:
    say(sandbox)
    (binary, _) = sandbox.build().elsewhere
    place = BinaryStore(base_url=FILES, upload=f"s3://{store.bucket}{slash}", endpoint_url=store.url + slash)
    request = store.request(sandbox.dist, root=sandbox.root, binaries=(msgspec.structs.replace(binary, store=place),))
    with pytest.raises(Refused, match="is where the site goes"):
        deploy(request, lambda done, total: None)
    assert store.keys() == {}


def test_without_a_destination_only_binaries_are_uploaded(sandbox: Sandbox, store: Store, binaries: Store) -> None:
    say(sandbox)
    done = run(sandbox, store, site=False)
    assert done.exit_code == 0, done.output
    assert len(binaries.keys()) == 2
    assert store.keys() == {}


def test_no_binaries_when_asked(sandbox: Sandbox, store: Store, binaries: Store) -> None:
    say(sandbox)
    assert run(sandbox, store, "--no-binaries").exit_code == 0
    assert binaries.keys() == {}
    assert "index.html" in set(store.keys())


def test_a_dry_run_uploads_nothing(sandbox: Sandbox, store: Store, binaries: Store) -> None:
    say(sandbox)
    done = run(sandbox, store, "--dry-run")
    assert done.output.count(".ipa\n") == 2
    assert store.keys() == binaries.keys() == {}


def test_binaries_are_deleted_after_the_pages_that_name_them(
    sandbox: Sandbox, store: Store, binaries: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(sandbox)
    run(sandbox, store)
    binaries.put("builds/of-somebody-else.ipa")
    log: list[str] = []
    delete = Bucket.delete

    def logged(self: Bucket, paths: Any) -> None:
        delete(self, paths)
        log.append(self.destination.bucket)

    monkeypatch.setattr(Bucket, "delete", logged)
    (sandbox.root / "content/apps/notes/releases/1.1.yaml").unlink()
    assert run(sandbox, store, "--delete", "--max-deletes", "1").exit_code == 1
    assert log == []
    assert run(sandbox, store, "--delete").exit_code == 0
    assert log[-1] == "binaries"
    assert len([bucket for bucket in log if bucket == "binaries"]) == 1
    assert addresses(binaries) == {
        *package_urls(store),
        f"{FILES}of-somebody-else.ipa",
    }


@pytest.mark.slow
def test_killed_at_random_points(sandbox: Sandbox, store: Store, binaries: Store, tmp_path: Path) -> None:
    """No manifest in the site's bucket ever names a binary that is not in the binaries' bucket."""
    say(sandbox)
    old = sandbox.build(out=tmp_path / "old")
    (sandbox.root / "content/apps/notes/releases/1.1.yaml").unlink()
    write_release(sandbox, 3)
    new = sandbox.build(out=tmp_path / "new")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.hosting.stores"])

    def request(report: Any) -> DeployRequest:
        return store.request(
            report.out, delete=True, root=sandbox.root, binaries=report.elsewhere, environment={}, connections=4
        )

    from otasite.hosting.deploy.run import deploy

    deploy(request(old), lambda done, total: None)
    points = random.Random(6).sample(range(6, 46), 40 if os.environ.get("OTASITE_SOAK") == "1" else 4)
    for number, point in enumerate(points):
        there = new if number % 2 == 0 else old
        process = context.Process(target=deploy_until_killed, args=(request(there), point))
        process.start()
        process.join(60)
        uploaded = addresses(binaries)
        assert package_urls(store) <= uploaded, f"killed at request {point}"
        deploy(request(there), lambda done, total: None)
        uploaded = addresses(binaries)
        assert package_urls(store) == uploaded, f"after a kill at request {point}"


def test_one_folder_for_both_is_refused(sandbox: Sandbox, store: Store) -> None:
    say(sandbox, more=f", upload: s3://{store.bucket}/")
    with pytest.raises(Refused, match="where the site goes"):
        CliRunner().invoke(cli, deploy_words(sandbox, store), catch_exceptions=False)


def test_nothing_to_upload(sandbox: Sandbox, store: Store) -> None:
    sandbox.write("content/site.yaml", SITE)
    with pytest.raises(Refused, match="nothing to upload"):
        CliRunner().invoke(cli, ["deploy", "-C", str(sandbox.root)], catch_exceptions=False)


def test_binaries_that_nobody_uploads_are_named(sandbox: Sandbox, store: Store) -> None:
    say(sandbox, more="")
    done = run(sandbox, store)
    assert done.exit_code == 0
    assert done.stderr.count(f" belongs at {FILES}notes/") == 2
    assert "upload: s3://" in done.stderr


def test_a_built_folder_is_uploaded_as_it_is(sandbox: Sandbox, store: Store) -> None:
    words = ["deploy", f"s3://{store.bucket}", "--dist", str(sandbox.dist), "--base-url", "https://x.example.com/"]
    with pytest.raises(Refused, match="--base-url is for building"):
        CliRunner().invoke(cli, words, catch_exceptions=False)


def test_content_with_mistakes_is_not_deployed(sandbox: Sandbox, store: Store) -> None:
    sandbox.write("content/site.yaml", f"{SITE}titel: x\n")
    done = run(sandbox, store)
    assert done.exit_code == 1
    assert "unknown-key" in done.stderr
    assert store.keys() == {}


def deploy_words(sandbox: Sandbox, store: Store) -> list[str]:
    return ["deploy", f"s3://{store.bucket}", "-C", str(sandbox.root), "--endpoint-url", store.url]


# --- a private bucket ---------------------------------------------------------------------------------------


def test_addresses_in_a_private_bucket_are_signed_and_renewed(
    sandbox: Sandbox, store: Store, binaries: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(sandbox, PRIVATE, ", upload: s3://binaries/builds, private: true")
    pages = {}
    for day in (0, 5):
        now = NOW + dt.timedelta(days=day)
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(now.timestamp())))
        done = run(sandbox, store)
        assert done.exit_code == 0, done.output
        signer = UrlSigner(key_id="test", secret="test", region="us-east-1", now=now)
        assert package_urls(store) == {signer.sign(address) for address in addresses(binaries, PRIVATE)}
        pages[day] = store.read("notes/index.html").decode()
    assert "Jun 8, 2026" in pages[0]
    assert "Jun 13, 2026" in pages[5]
    assert "s3://binaries/builds/: 0 files (0 bytes) uploaded, 2 unchanged" in done.output
    assert done.stderr == ""


def test_temporary_credentials_end_with_their_session(
    sandbox: Sandbox, store: Store, binaries: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(sandbox, PRIVATE, ", upload: s3://binaries/builds, private: true")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session")
    done = run(sandbox, store)
    assert done.exit_code == 0, done.output
    assert "warning: the addresses end with the session" in done.stderr
    assert "promise one hour" in done.stderr
    (one, _) = package_urls(store)
    assert f"X-Amz-Expires={int(USUAL_SESSION.total_seconds())}&X-Amz-Security-Token=a-session&" in one


def test_a_session_whose_end_is_known(credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    end = now + dt.timedelta(hours=12)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", end.isoformat())
    found = find_signing(now)
    assert found.signer.until == end
    assert f"on {end:%Y-%m-%d %H:%M} UTC" in found.warning


@pytest.mark.parametrize(
    ("expiration", "message"),
    [
        ("2020-01-01T00:00:00Z", "the session of these AWS credentials has ended"),
        ("tomorrow", "AWS_CREDENTIAL_EXPIRATION is no date and time"),
    ],
)
@pytest.mark.parametrize("private", ["true", "false"])
def test_a_session_that_cannot_be_used(
    sandbox: Sandbox, store: Store, monkeypatch: pytest.MonkeyPatch, expiration: str, message: str, private: str
) -> None:
    say(sandbox, PRIVATE, f", upload: s3://binaries/builds, private: {private}")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", expiration)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # it remembers the credentials of the test
    done = run(sandbox, store)
    assert isinstance(done.exception, Refused)
    assert str(done.exception) == message
    assert store.keys() == {}


def test_no_credentials_to_sign_with(sandbox: Sandbox, credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    say(sandbox, PRIVATE, ", private: true")
    with pytest.raises(Refused, match="needs AWS credentials"):
        CliRunner().invoke(cli, ["build", "-C", str(sandbox.root), "--presign"], catch_exceptions=False)
    assert not sandbox.dist.exists()


def test_whether_anything_is_private(sandbox: Sandbox) -> None:
    say(sandbox)
    assert not needs_signing(sandbox.open())
    app = sandbox.root / "content/apps/notes/app.yaml"
    app.write_text(f"{app.read_text()}binaries: {{base_url: '{PRIVATE}', private: true}}\n")
    assert needs_signing(sandbox.open())


def test_a_build_for_another_host_can_be_signed(sandbox: Sandbox, credentials: None) -> None:
    say(sandbox, PRIVATE, ", private: true")
    done = CliRunner().invoke(cli, ["build", "-C", str(sandbox.root), "--presign"])
    assert done.exit_code == 0, done.output
    assert "X-Amz-Signature=" in sandbox.read("notes/1.2-2/manifest.plist")
    assert re.search(r"private downloads work until \d{4}-\d\d-\d\d \d\d:\d\d UTC", done.output)


# --- a GitHub release ---------------------------------------------------------------------------------------


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    server = GitHub()
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", server.url)
    yield server
    server.close()


def test_a_github_release(sandbox: Sandbox, github: GitHub) -> None:
    base_url = "https://github.com/example/apps/releases/download/builds/"
    say(sandbox, base_url, "")
    done = CliRunner().invoke(cli, ["deploy", "-C", str(sandbox.root)])
    assert done.exit_code == 0, done.output
    assert "GitHub release example/apps@builds: 2 files (" in done.output
    for name, body in github.files("builds").items():
        assert body in [path.read_bytes() for path in (sandbox.root / "content/apps/notes/releases").glob("*.ipa")]
        assert base_url + name in "".join(sandbox.read(f"notes/1.{n}-{n}/manifest.plist") for n in (1, 2))
    again = CliRunner().invoke(cli, ["deploy", "-C", str(sandbox.root)])
    assert "0 files (0 bytes) uploaded, 2 unchanged" in again.output
