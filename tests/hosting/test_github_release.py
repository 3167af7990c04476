"""Uploading binaries to a GitHub release, against a server that behaves as GitHub's documentation says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from otasite.catalogue.stores import ReleaseAddress
from otasite.hosting.deploy.github_release import GitHubRelease
from otasite.hosting.deploy.plan import DeployFailed, SiteFile
from otasite.problems import Refused
from tests.hosting.github_api import Asset, GitHub, Release

ADDRESS = ReleaseAddress("example", "apps", "builds")


@pytest.fixture
def github() -> Iterator[GitHub]:
    server = GitHub()
    yield server
    server.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Notes-1.0-1.abc.ipa").write_bytes(b"PK" + bytes(3_000_000))
    (tmp_path / "Notes-1.0-1.def.apk").write_bytes(b"PK-android")
    return tmp_path


def described(folder: Path) -> list[SiteFile]:
    kinds = {".ipa": "application/octet-stream", ".apk": "application/vnd.android.package-archive"}
    return [
        SiteFile(
            path=path.name,
            source=path,
            size=path.stat().st_size,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            content_type=kinds[path.suffix],
            cache_control="",
        )
        for path in sorted(folder.iterdir())
    ]


def upload(github: GitHub, folder: Path, address: ReleaseAddress = ADDRESS) -> tuple[list[str], list[int]]:
    """Upload what is missing; which files those were, and how the progress went."""
    steps: list[int] = []
    with GitHubRelease(address, github.environment, pauses=(0, 0)) as release:
        missing = release.missing(described(folder))
        for file in missing:
            release.upload(file, steps.append)
    return [file.path for file in missing], steps


def test_a_release_is_made_and_filled(github: GitHub, folder: Path) -> None:
    names, steps = upload(github, folder)
    assert github.files("builds") == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert names == sorted(github.files("builds"))
    assert sum(steps) == sum(path.stat().st_size for path in folder.iterdir())
    assert github.repository.releases["builds"].latest == "false", "the project's own newest release stays the latest"
    kinds = {asset.name[-4:]: asset.content_type for asset in github.repository.releases["builds"].assets}
    assert kinds == {".ipa": "application/octet-stream", ".apk": "application/vnd.android.package-archive"}


def test_what_is_there_is_not_uploaded_again(github: GitHub, folder: Path) -> None:
    upload(github, folder)
    github.repository.requests.clear()
    assert upload(github, folder) == ([], [])
    assert {request.partition(" ")[0] for request in github.repository.requests} == {"GET"}


def test_all_pages_of_the_listing_are_read(github: GitHub, folder: Path) -> None:
    upload(github, folder)
    github.repository.page = 1
    assert upload(github, folder) == ([], [])


def test_a_server_that_tells_no_digests(github: GitHub, folder: Path) -> None:
    github.repository.digests = False
    upload(github, folder)
    assert upload(github, folder) == ([], [])
    github.repository.releases["builds"].assets[0].body = bytes(3_000_002)
    with pytest.raises(Refused, match="another file of this name"):
        upload(github, folder)


def test_nothing_is_ever_replaced(github: GitHub, folder: Path) -> None:
    upload(github, folder)
    for path in folder.iterdir():
        path.write_bytes(b"PK" + path.read_bytes())
    with pytest.raises(Refused) as caught:
        upload(github, folder)
    assert caught.value.message.count("another file of this name") == 2, "all of them at once"
    assert not [request for request in github.repository.requests if request.startswith("DELETE")]


def test_an_interrupted_upload_is_made_good(github: GitHub, folder: Path) -> None:
    github.repository.failures = [502, 503]
    _, steps = upload(github, folder)
    assert set(github.files("builds")) == {path.name for path in folder.iterdir()}
    assert sum(steps) == sum(path.stat().st_size for path in folder.iterdir())


def test_what_a_killed_upload_left_is_made_good(github: GitHub, folder: Path) -> None:
    left = Asset(7, "Notes-1.0-1.abc.ipa", b"", "application/octet-stream", "starter")
    github.repository.releases["builds"] = Release(1, "builds", "false", [left])
    upload(github, folder)
    assert github.files("builds") == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_answer_that_is_lost_is_no_failure(github: GitHub, folder: Path) -> None:
    github.repository.lost_answers = 1
    _, steps = upload(github, folder)
    assert set(github.files("builds")) == {path.name for path in folder.iterdir()}
    assert sum(steps) == sum(path.stat().st_size for path in folder.iterdir())
    assert len([request for request in github.repository.requests if "uploads" in request]) == 2


def test_a_server_that_stays_broken(github: GitHub, folder: Path) -> None:
    github.repository.failures = [502] * 9
    with pytest.raises(DeployFailed, match=r"cannot upload Notes.*HTTP 502: Server Error"):
        upload(github, folder)


def test_a_private_repository(github: GitHub, folder: Path) -> None:
    github.repository.private = True
    with pytest.raises(Refused, match="is private"):
        upload(github, folder)


def test_a_token_without_rights(github: GitHub, folder: Path) -> None:
    github.repository.writable = False
    with pytest.raises(Refused, match="cannot make the release") as caught:
        upload(github, folder)
    assert "right to write contents" in caught.value.hint


def test_no_repository(github: GitHub, folder: Path) -> None:
    with pytest.raises(Refused, match="example/nothing is not there"):
        upload(github, folder, ReleaseAddress("example", "nothing", "builds"))


def test_names_and_sizes_that_github_does_not_take(github: GitHub, folder: Path) -> None:
    large = SiteFile(path="a b.ipa", source=folder, size=2**31, sha256="", content_type="", cache_control="")
    with (
        pytest.raises(Refused, match=r"less than 2 GiB(.|\n)*change this name"),
        GitHubRelease(ADDRESS, github.environment) as release,
    ):
        release.missing([large])


def test_something_else_than_github_answers(github: GitHub, folder: Path) -> None:
    github.repository.page_instead = True
    with pytest.raises(DeployFailed, match=r"127\.0\.0\.1 answers something else than GitHub's API"):
        upload(github, folder)


@pytest.mark.parametrize("endless", ["same", "more"])
def test_a_list_of_files_that_does_not_end(github: GitHub, folder: Path, endless: str) -> None:
    upload(github, folder)
    github.repository.endless = endless
    with pytest.raises(DeployFailed, match="the list does not end"):
        upload(github, folder)
    assert len(github.repository.requests) < 40


def test_answers_are_unpacked_once(github: GitHub, folder: Path) -> None:
    github.repository.layers = 1
    upload(github, folder)
    github.repository.layers = 3
    with pytest.raises(
        DeployFailed, match=r"answers something else than GitHub's API: it is compressed several times"
    ):
        upload(github, folder)


def test_a_file_that_is_longer_than_the_server_says(github: GitHub, folder: Path) -> None:
    github.repository.digests = False
    upload(github, folder)
    github.repository.surplus = 1
    with pytest.raises(DeployFailed, match=r"cannot read Notes.*: it has more than 3,000,002 bytes"):
        upload(github, folder)


@pytest.mark.parametrize("token", ["", "wrong"])
def test_tokens(github: GitHub, folder: Path, token: str) -> None:
    with (
        pytest.raises(Refused, match="token"),
        GitHubRelease(ADDRESS, github.environment | {"GITHUB_TOKEN": token}) as release,
    ):
        release.missing([])


def test_the_token_is_sent_over_https_only() -> None:
    with pytest.raises(Refused, match="GITHUB_API_URL is no https address"):
        GitHubRelease(ADDRESS, {"GITHUB_TOKEN": "x", "GITHUB_API_URL": "http://example.com"})
