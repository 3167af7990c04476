"""What hosts refuse is found before the upload. The large files here are sparse: they take no space."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from otasite.hosting.limits import GIB, LIMITS, MIB, check_limits, human
from otasite.problems import Refused


def site(folder: Path, **sizes: int) -> Path:
    (folder / "index.html").write_text("index")
    for name, size in sizes.items():
        with (folder / f"{name}.ipa").open("wb") as file:
            file.truncate(size)
    return folder


def found(folder: Path, target: str) -> list[tuple[str, str, str]]:
    return [(p.code, p.severity, str(p.location or "")) for p in check_limits(folder, target)]


@pytest.mark.parametrize("target", LIMITS)
def test_a_small_site_fits_everywhere(tmp_path: Path, target: str) -> None:
    assert found(site(tmp_path, a=20 * MIB), target) == []


@pytest.mark.parametrize(
    ("target", "size"), [("github-pages", 100 * MIB), ("cloudflare-pages", 25 * MIB), ("firebase", 2 * GIB)]
)
def test_a_file_may_be_just_as_large(tmp_path: Path, target: str, size: int) -> None:
    assert found(site(tmp_path, a=size), target) == []
    assert found(site(tmp_path, a=size + 1), target) == [("host-file-too-large", "error", "a.ipa")]


def test_the_site_as_a_whole(tmp_path: Path) -> None:
    folder = site(tmp_path, **{f"a{number}": 95 * MIB for number in range(11)})
    assert found(folder, "github-pages") == [("host-site-too-large", "error", "")]
    assert ("host-site-too-large", "warning", "") in found(folder, "azure-static-web-apps")
    assert found(folder, "s3") == []


def test_the_number_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = msgspec.structs.replace(LIMITS["cloudflare-pages"], files=2)
    monkeypatch.setitem(LIMITS, "cloudflare-pages", few)
    assert found(site(tmp_path, a=1), "cloudflare-pages") == []
    assert found(site(tmp_path, b=1), "cloudflare-pages") == [("host-too-many-files", "error", "")]


def test_the_message_says_how_much_and_what_to_do(tmp_path: Path) -> None:
    (problem,) = check_limits(site(tmp_path, a=30 * MIB), "cloudflare-pages")
    assert problem.message == "30 MiB is more than the 25 MiB that Cloudflare Pages takes per file"
    assert "S3, R2 or a GitHub release" in problem.hint


def test_an_unknown_host(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        check_limits(tmp_path, "github-page")
    assert "github-pages" in caught.value.hint


@pytest.mark.parametrize(
    ("size", "text"), [(5, "5 bytes"), (2048, "2 KiB"), (1536 * 1024, "1.5 MiB"), (GIB, "1 GiB")]
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert human(size) == text
