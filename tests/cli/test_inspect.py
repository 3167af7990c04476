"""``otasite inspect``: facts and verdict, for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from otasite.cli import cli
from tests.binaries import apks, apple
from tests.binaries.apple import icon
from tests.binaries.ipas import info_values, primary, write_ipa


def inspect(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["inspect", *(str(word) for word in words)])


@pytest.fixture
def ipa(tmp_path: Path) -> Path:
    profile = apple.profile(ExpirationDate=apple.EXPIRES.replace(year=2099, tzinfo=None), DeveloperCertificates=[])
    info = info_values(CFBundleIcons=primary("Icon"), CFBundleDisplayName="Evil \x1b[31mred\u202e")
    return write_ipa(
        tmp_path / "x.ipa", {"Icon.png": icon(20)}, info=info, profile=profile, signer=apple.lasting_certificate()
    )


def test_for_people(ipa: Path) -> None:
    result = inspect(ipa)
    assert result.exit_code == 0
    for words in ("com.example.app", "1.10 (0123)", "by 2 registered devices, until 2099-01-10", "20 × 20, Icon.png"):
        assert words in result.output
    assert not any(device in result.output for device in apple.DEVICES)


def test_nothing_in_a_name_reaches_the_terminal(ipa: Path) -> None:
    output = inspect(ipa).output
    assert "Evil  [31mred 1.10" in output
    assert "\x1b" not in output and "\u202e" not in output


def test_as_json(ipa: Path) -> None:
    found = json.loads(inspect(ipa, "--json").output)
    assert found["identifier"] == "com.example.app"
    assert found["ios"]["profile"]["devices"] == 2
    assert found["verdict"]["installable"] is True
    assert found["icon"] == {"source": "Icon.png", "width": 20, "height": 20}
    assert found["chunks"] == [found["sha256"]]


def test_reasons_come_with_what_to_do(tmp_path: Path) -> None:
    result = inspect(write_ipa(tmp_path / "x.ipa", profile=apple.profile("app-store")))
    assert result.exit_code == 0
    assert "cannot be installed" in result.output and "[store-build]" in result.output
    assert "Export it for ad hoc" in result.output


def test_an_apk(tmp_path: Path) -> None:
    output = inspect(apks.write_apk(tmp_path / "x.apk")).output
    assert "Android 5.0 or newer" in output and "[unsigned]" in output


def test_the_icon_as_a_file(ipa: Path, tmp_path: Path) -> None:
    assert inspect(ipa, "--icon", tmp_path / "icon.png").exit_code == 0
    assert (tmp_path / "icon.png").read_bytes().startswith(b"\x89PNG")
    without = write_ipa(tmp_path / "without.ipa")
    assert "no icon" in str(inspect(without, "--icon", tmp_path / "other.png").exception)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.ipa"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    assert "Git LFS" in str(inspect(path).exception)
