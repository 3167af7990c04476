"""Deploys to S3, against moto's server on loopback."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from click.testing import CliRunner

from otasite.cli import cli
from otasite.hosting.deploy.bucket import MARK, PART, Bucket, parse_destination, parts_of
from otasite.hosting.deploy.plan import DeployFailed, Inventory, Turn, turn
from otasite.hosts.headers import headers_for
from otasite.problems import Refused
from tests.hosting.stores import (
    RECORD,
    Store,
    bodies,
    broken_links,
    deploy_until_killed,
    digests,
    two_versions,
    uploaded_files,
)
from tests.projects import example

pytestmark = [pytest.mark.thorough, pytest.mark.libraries]

SOAK = os.environ.get("OTASITE_SOAK") == "1"


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return two_versions(tmp_path_factory.mktemp("versions"))


def test_a_first_deploy_uploads_everything_as_the_table_wants_it(store: Store, versions: tuple[Path, Path]) -> None:
    done = store.deploy(versions[0])
    expected = uploaded_files(versions[0])
    assert store.keys() == digests(versions[0])
    assert set(done.uploaded) == set(expected)
    assert done.uploaded_bytes == sum(map(len, expected.values()))
    for path in expected:
        head = store.client.head_object(Bucket=store.bucket, Key=path)
        headers = headers_for(path)
        assert (head["ContentType"], head["CacheControl"]) == (headers["Content-Type"], headers["Cache-Control"])
        assert MARK in head["Metadata"]


def test_only_what_changed_is_uploaded(store: Store, versions: tuple[Path, Path]) -> None:
    old, new = versions
    store.deploy(old)
    assert store.deploy(old).uploaded == ()
    before, after = uploaded_files(old), uploaded_files(new)
    done = store.deploy(new)
    assert set(done.uploaded) == {path for path, body in after.items() if before.get(path) != body}
    assert done.unchanged == len(after) - len(done.uploaded) > 0
    assert store.keys() == digests(old) | digests(new), "nothing is deleted unless asked"


def test_only_what_earlier_deploys_uploaded_is_deleted(store: Store, versions: tuple[Path, Path]) -> None:
    old, new = versions
    store.put("foreign.txt")
    store.deploy(old)
    gone = set(uploaded_files(old)) - set(uploaded_files(new))
    replaced = next(iter(sorted(gone)))
    store.put(replaced, b"somebody put something else here")
    done = store.deploy(new, delete=True)
    assert set(done.deleted) == gone - {replaced}
    assert set(store.keys()) == set(uploaded_files(new)) | {"foreign.txt", replaced}


def test_a_later_deploy_may_still_delete(store: Store, versions: tuple[Path, Path]) -> None:
    old, new = versions
    store.deploy(old)
    store.deploy(new)
    done = store.deploy(new, delete=True)
    assert set(done.deleted) == set(uploaded_files(old)) - set(uploaded_files(new))
    assert store.keys() == digests(new)


def test_many_deletes_are_refused_before_anything_changes(store: Store, versions: tuple[Path, Path]) -> None:
    store.deploy(versions[0])
    with pytest.raises(Refused, match="more than 2") as caught:
        store.deploy(versions[1], delete=True, max_deletes=2)
    assert "--max-deletes" in caught.value.hint
    assert store.keys() == digests(versions[0])


def test_a_dry_run_changes_nothing(store: Store, versions: tuple[Path, Path]) -> None:
    store.deploy(versions[0])
    record = store.client.get_object(Bucket=store.bucket, Key=store.record())["Body"].read()
    planned = store.deploy(versions[1], delete=True, dry_run=True)
    assert store.keys() == digests(versions[0])
    assert store.client.get_object(Bucket=store.bucket, Key=store.record())["Body"].read() == record
    done = store.deploy(versions[1], delete=True)
    assert (planned.uploaded, planned.deleted) == (done.uploaded, done.deleted)


def test_a_folder_of_a_bucket(store: Store, versions: tuple[Path, Path]) -> None:
    store.put("index.html")
    store.put("apps-other/index.html")
    store.deploy(versions[0], "apps/")
    expected = {f"apps/{path}" for path in uploaded_files(versions[0])}
    assert set(store.keys()) == expected | {"index.html", "apps-other/index.html"}


def test_a_file_that_somebody_deleted_comes_back(store: Store, versions: tuple[Path, Path]) -> None:
    store.deploy(versions[0])
    store.client.delete_object(Bucket=store.bucket, Key="index.html")
    assert store.deploy(versions[0]).uploaded == ("index.html",)


def test_the_order_of_requests(store: Store, versions: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    log: list[str] = []
    upload, delete, write = Bucket.upload, Bucket.delete, Bucket.write_inventory

    def logged_upload(self: Bucket, file: Any, progress: Any) -> None:
        upload(self, file, progress)
        log.append(file.path)

    def logged_delete(self: Bucket, paths: Sequence[str]) -> None:
        delete(self, paths)
        log.extend(f"-{path}" for path in paths)

    def logged_write(self: Bucket, inventory: Inventory) -> None:
        write(self, inventory)
        log.append("record")

    monkeypatch.setattr(Bucket, "upload", logged_upload)
    monkeypatch.setattr(Bucket, "delete", logged_delete)
    monkeypatch.setattr(Bucket, "write_inventory", logged_write)
    store.deploy(versions[0])
    present = set(store.keys())
    log.clear()
    store.deploy(versions[1], delete=True)
    assert log[0] == log[-1] == "record"
    uploads = [path for path in log[1:-1] if not path.startswith("-")]
    deletes = [path[1:] for path in log[1:-1] if path.startswith("-")]
    assert log[1:-1] == uploads + [f"-{path}" for path in deletes]
    assert [turn(path) for path in uploads] == sorted(turn(path) for path in uploads)
    assert [turn(path) for path in deletes] == sorted((turn(path) for path in deletes), reverse=True)
    pages = [path for path in uploads if turn(path) is Turn.PAGE]
    assert [path in present for path in pages] == sorted(path in present for path in pages), "new pages come first"


def test_turns() -> None:
    assert [
        turn(path)
        for path in (
            "a/1-1/A.0.ipa",
            "assets/x.js",
            "a/qr.svg",
            "a/1-1/manifest.plist",
            "a/index.html",
            "feed.xml",
            "index.html",
        )
    ] == [0, 0, 0, 1, 2, 3, 4]


def test_large_files_go_in_parts(store: Store, tmp_path: Path) -> None:
    large_site(tmp_path)
    progress: list[tuple[int, int]] = []
    from otasite.hosting.deploy.run import deploy

    deploy(store.request(tmp_path), lambda done, total: progress.append((done, total)))
    assert store.client.head_object(Bucket=store.bucket, Key="large.0a1b.ipa")["ETag"].endswith('-3"')
    assert progress[-1] == (40 * 2**20 + 5, 40 * 2**20 + 5)
    assert [done for done, _ in progress] == sorted(done for done, _ in progress)
    assert store.deploy(tmp_path).uploaded == ()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Every call of S3 from now on, with its parameters."""
    found: list[tuple[str, dict[str, Any]]] = []
    make = BaseClient._make_api_call

    def noted(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        found.append((operation, parameters))
        return make(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    return found


def large_site(folder: Path) -> bytes:
    """A built site whose one IPA goes in three parts."""
    body = random.Random(1).randbytes(40 * 2**20)
    (folder / "index.html").write_text("index")
    (folder / "large.0a1b.ipa").write_bytes(body)
    return body


@pytest.mark.slow
def test_parts_that_arrived_before_a_kill_are_not_sent_again(
    store: Store, tmp_path: Path, calls: list[tuple[str, dict[str, Any]]]
) -> None:
    body = large_site(tmp_path)
    context = multiprocessing.get_context("forkserver")
    # List, record, begin; then at least one part, but not all three.
    process = context.Process(target=deploy_until_killed, args=(store.request(tmp_path, connections=1), 5))
    process.start()
    process.join(60)
    assert process.exitcode == -9
    (begun,) = store.client.list_multipart_uploads(Bucket=store.bucket)["Uploads"]
    place = {"Bucket": store.bucket, "Key": begun["Key"], "UploadId": begun["UploadId"]}
    there = {part["PartNumber"] for part in store.client.list_parts(**place)["Parts"]}
    assert 1 <= len(there) < 3
    calls.clear()
    store.deploy(tmp_path)
    sent = {parameters["PartNumber"] for operation, parameters in calls if operation == "UploadPart"}
    assert sent == {1, 2, 3} - there
    assert store.client.get_object(Bucket=store.bucket, Key="large.0a1b.ipa")["Body"].read() == body
    assert "Uploads" not in store.client.list_multipart_uploads(Bucket=store.bucket)
    assert store.deploy(tmp_path).uploaded == ()


@pytest.mark.slow
def test_a_part_of_another_content_is_sent_again(
    store: Store, tmp_path: Path, calls: list[tuple[str, dict[str, Any]]]
) -> None:
    body = large_site(tmp_path)
    store.put(RECORD, json.dumps({"files": {"large.0a1b.ipa": ""}}).encode())
    place = {"Bucket": store.bucket, "Key": "large.0a1b.ipa"}
    begun = store.client.create_multipart_upload(**place)["UploadId"]
    for number, piece in ((1, body[: 16 * 2**20]), (2, bytes(16 * 2**20))):
        store.client.upload_part(**place, UploadId=begun, PartNumber=number, Body=piece)
    calls.clear()
    store.deploy(tmp_path)
    assert {p["PartNumber"] for operation, p in calls if operation == "UploadPart"} == {2, 3}
    assert store.client.get_object(**place)["Body"].read() == body


def test_how_a_file_is_cut() -> None:
    assert [(part.number, part.start, part.size) for part in parts_of(PART + 1)] == [(1, 0, PART), (2, PART, 1)]
    huge = parts_of(2**42)  # 4 TiB
    assert len(huge) <= 10_000
    assert sum(part.size for part in huge) == 2**42


def test_unfinished_parts_of_a_killed_deploy_are_given_up(store: Store, versions: tuple[Path, Path]) -> None:
    store.put(RECORD, json.dumps({"schema": 1, "files": {"big.ipa": ""}, "stale": []}).encode())
    for key in ("big.ipa", "of-somebody-else"):
        store.client.create_multipart_upload(Bucket=store.bucket, Key=key)
    store.deploy(versions[0])
    left = store.client.list_multipart_uploads(Bucket=store.bucket)["Uploads"]
    assert [upload["Key"] for upload in left] == ["of-somebody-else"]


@pytest.mark.slow
def test_a_deploy_killed_at_any_request_leaves_a_complete_site(store: Store, versions: tuple[Path, Path]) -> None:
    """Between the old and the new site, to and fro: whenever it dies, people find everything they can reach."""
    old, new = versions
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.hosting.stores"])
    contents = bodies(old, new)
    assert broken_links(uploaded_files(old)) == broken_links(uploaded_files(new)) == []
    store.deploy(old)
    seen_states = set()
    # Listing and looking take some fifteen requests, the whole deploy some forty.
    points = random.Random(20).sample(range(15, 45), 30 if SOAK else 6)
    for number, point in enumerate(points):
        there, to = (old, new) if number % 2 == 0 else (new, old)
        process = context.Process(target=deploy_until_killed, args=(store.request(to, delete=True), point))
        process.start()
        process.join(60)
        state = store.keys()
        seen_states.add(frozenset(state.items()))
        assert broken_links({key: contents[digest] for key, digest in state.items()}) == [], f"killed at {point}"
        done = store.deploy(to, delete=True)
        assert store.keys() == digests(to), f"after a kill at request {point}"
        assert bool(done.uploaded or done.deleted) == (state != digests(to)), there
    assert len(seen_states) >= len(points) / 2, "the kills must hit different moments"


@pytest.mark.slow
def test_a_killed_deploy_is_not_begun_anew(store: Store, versions: tuple[Path, Path]) -> None:
    files = uploaded_files(versions[0])
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=deploy_until_killed, args=(store.request(versions[0], connections=1), 12))
    process.start()
    process.join(60)
    there = set(store.keys())
    assert process.exitcode == -9
    assert 5 <= len(there) < len(files)
    done = store.deploy(versions[0])
    assert done.resumed == len(there)
    assert set(done.uploaded) == set(files) - there


# --- CloudFront ---------------------------------------------------------------------------------------------


def distribution(store: Store, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, str]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", store.url)
    client: Any = boto3.client("cloudfront", endpoint_url=store.url)
    origin = {
        "Id": "o",
        "DomainName": f"{store.bucket}.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behaviour = {
        "TargetOriginId": "o",
        "ViewerProtocolPolicy": "https-only",
        "MinTTL": 0,
        "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
    }
    config = {
        "CallerReference": "test",
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behaviour,
        "Comment": "",
        "Enabled": True,
    }
    return client, client.create_distribution(DistributionConfig=config)["Distribution"]["Id"]


def invalidations(client: Any, identifier: str) -> list[set[str]]:
    listing = client.list_invalidations(DistributionId=identifier)["InvalidationList"].get("Items", ())
    return [
        set(
            client.get_invalidation(DistributionId=identifier, Id=item["Id"])["Invalidation"]["InvalidationBatch"][
                "Paths"
            ]["Items"]
        )
        for item in listing
    ]


def test_cloudfront_forgets_exactly_the_changed_pages(
    store: Store, versions: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, identifier = distribution(store, monkeypatch)
    store.deploy(versions[0], "apps/", cloudfront=identifier)
    assert len(invalidations(client, identifier)) == 1
    store.deploy(versions[0], "apps/", cloudfront=identifier)
    assert len(invalidations(client, identifier)) == 1, "nothing changed, nothing to forget"
    page = versions[1] / "notes/index.html"
    done = store.deploy(versions[1], "apps/", cloudfront=identifier, delete=True)
    latest = next(paths for paths in invalidations(client, identifier) if paths == set(done.invalidated))
    assert page.exists()
    assert {"/apps/notes/", "/apps/notes/index.html", "/apps/catalogue.json"} <= latest
    assert not [path for path in latest if path.endswith((".ipa", ".css", ".png"))]


def test_an_invalidation_that_failed_is_made_up_for(
    store: Store, versions: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, identifier = distribution(store, monkeypatch)
    with pytest.raises(DeployFailed, match="invalidate NOSUCH"):
        store.deploy(versions[0], cloudfront="NOSUCH")
    assert store.keys() == digests(versions[0])
    done = store.deploy(versions[0], cloudfront=identifier)
    assert done.uploaded == ()
    assert "/notes/" in done.invalidated
    assert invalidations(client, identifier) == [set(done.invalidated)]


# --- what can be wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "bucket", "prefix"),
    [
        ("s3://site", "site", ""),
        ("s3://site/", "site", ""),
        ("s3://my.site/a/b/", "my.site", "a/b/"),
        ("s3://site/a", "site", "a/"),
    ],
)
def test_destinations(text: str, bucket: str, prefix: str) -> None:
    found = parse_destination(text)
    assert (found.bucket, found.prefix) == (bucket, prefix)


@pytest.mark.parametrize("text", ["", "site", "https://site", "s3://", "s3://UPPER/", "s3:///x"])
def test_no_destination(text: str) -> None:
    with pytest.raises(Refused, match="no S3 address"):
        parse_destination(text)


def test_no_address_of_a_store(store: Store, versions: tuple[Path, Path]) -> None:
    with pytest.raises(Refused, match="“nonsense” is no address of a store"):
        store.deploy(versions[0], endpoint_url="nonsense")


def test_nothing_built(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no built site"):
        store.deploy(tmp_path)


def test_no_such_bucket(store: Store, versions: tuple[Path, Path]) -> None:
    store.client.delete_bucket(Bucket=store.bucket)
    with pytest.raises(Refused, match="NoSuchBucket"):
        store.deploy(versions[0])


def test_no_credentials(store: Store, versions: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    boto3.DEFAULT_SESSION = None
    with pytest.raises(Refused, match="no AWS credentials"):
        store.deploy(versions[0])


def test_nobody_can_guess_where_the_record_is(store: Store, versions: tuple[Path, Path]) -> None:
    """It holds the addresses of unlisted apps, and everybody may read the objects of a public bucket."""
    names = set()
    for _ in range(2):
        store.deploy(versions[0])
        first = store.record()
        store.deploy(versions[1])
        assert store.record() == first
        names.add(first)
        store.client.delete_object(Bucket=store.bucket, Key=first)
    assert len(names) == 2
    assert all(re.fullmatch(r"\.otasite-deploy-[0-9a-f]{32}\.json", name) for name in names)


def test_a_damaged_record(store: Store, versions: tuple[Path, Path]) -> None:
    store.put(RECORD, b"{")
    with pytest.raises(Refused, match="damaged") as caught:
        store.deploy(versions[0])
    assert "deletes nothing" in caught.value.hint


def test_the_command(store: Store, versions: tuple[Path, Path]) -> None:
    words = ["deploy", f"s3://{store.bucket}/", "--endpoint-url", store.url, "--dist", str(versions[0])]
    dry = CliRunner().invoke(cli, [*words, "--dry-run"])
    assert dry.exit_code == 0, dry.output
    assert "would upload index.html\n" in dry.output
    assert dry.output.endswith("(dry run: nothing was changed)\n")
    done = CliRunner().invoke(cli, words)
    count = len(uploaded_files(versions[0]))
    assert done.output.startswith(f"s3://{store.bucket}/: {count} files (")
    assert done.output.endswith(" uploaded, 0 unchanged\n")


def test_a_deploy_remembers_what_to_announce(store: Store, tmp_path: Path) -> None:
    sandbox = example(tmp_path, "example.net")
    sandbox.build()
    words = ["-C", str(sandbox.root)]
    upload = ["deploy", f"s3://{store.bucket}", "--endpoint-url", store.url, *words]
    assert CliRunner().invoke(cli, upload).exit_code == 0
    first = CliRunner().invoke(cli, ["announce", "--dry-run", "--to", "webhook", *words])
    assert len(json.loads(first.stdout)["items"]) == 2, "everything is new on a new site"
    sandbox.release("1.2", "3", date="2026-05-03")
    sandbox.build()
    assert CliRunner().invoke(cli, upload).exit_code == 0
    second = CliRunner().invoke(cli, ["announce", "--dry-run", "--to", "webhook", *words])
    assert [item["version"] for item in json.loads(second.stdout)["items"]] == ["1.2"]
    assert CliRunner().invoke(cli, upload).exit_code == 0
    third = CliRunner().invoke(cli, ["announce", "--dry-run", "--to", "webhook", *words])
    assert third.stdout == second.stdout, "a deploy of the same site has nothing else to tell"
