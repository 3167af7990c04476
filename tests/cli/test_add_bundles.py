"""``otasite add`` of app bundles and archives of APKs: what is published is an APK, whatever was named."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from otasite.binaries.inspect import inspect_binary
from otasite.cli import cli
from otasite.problems import ProblemsFound, Refused
from tests.binaries import apks, apple
from tests.binaries.bundles_aab import write_aab
from tests.binaries.zips import write_zip
from tests.projects import Sandbox

RELEASE = "content/apps/example/releases/1.10-42"

#: Stands for bundletool: checks that it was called as its documentation says, then writes the prepared APKs.
TOOL = """#!{python}
import pathlib, sys
command, *words = sys.argv[1:]
options = dict(word.removeprefix("--").split("=", 1) for word in words)
assert command == "build-apks" and options["mode"] == "universal", words
assert pathlib.Path(options["bundle"]).is_file()
if "{wrong}":
    sys.exit("[BT:1.17] Error: The bundle was made by \x1b[31mnobody.")
if "ks" in options:
    secret = pathlib.Path(options["ks-pass"].removeprefix("file:"))
    assert options["key-pass"] == options["ks-pass"] and options["ks-key-alias"] == "upload"
    assert secret.read_text() == "s3cret" and not secret.stat().st_mode & 0o077
pathlib.Path(options["output"]).write_bytes(pathlib.Path(r"{prepared}").read_bytes())
"""

needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive with one whole APK, signed."""
    path = apks.write_apk(tmp_path / "inner.apk")
    path.write_bytes(apks.with_signing_block(path.read_bytes(), {0x7109871A: apks.v2_block(apple.certificate())}))
    return write_zip(tmp_path / "Example.apks", {"toc.pb": b"x", "universal.apk": path.read_bytes()})


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_aab(tmp_path / "Example.aab")


def tool(folder: Path, prepared: Path, *, wrong: str = "") -> Path:
    path = folder / "bundletool"
    path.write_text(TOOL.format(python=sys.executable, prepared=prepared, wrong=wrong), encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def add(sandbox: Sandbox, *words: str | Path, **environment: str) -> Result:
    arguments = ["add", "-C", str(sandbox.root), *(str(word) for word in words)]
    return CliRunner().invoke(cli, arguments, env=environment)


def added(sandbox: Sandbox, *words: str | Path, **environment: str) -> dict[str, Any]:
    result = add(sandbox, *words, "--json", **environment)
    assert result.exit_code == 0, result.output + repr(result.exception)
    item: dict[str, Any] = json.loads(result.stdout)["added"][0]
    return item


def refused(result: Result, words: str) -> Refused:
    assert isinstance(result.exception, Refused)
    assert words in str(result.exception)
    return result.exception


@pytest.mark.parametrize("mode", ["--copy", "--link"])
def test_the_apk_inside_is_published(sandbox: Sandbox, archive: Path, tmp_path: Path, mode: str) -> None:
    item = added(sandbox, archive, mode)
    published = sandbox.root / f"{RELEASE}.apk"
    assert published.read_bytes() == (tmp_path / "inner.apk").read_bytes()
    assert inspect_binary(published).sha256 in (sandbox.root / f"{RELEASE}.yaml").read_text()
    assert "“universal.apk” was taken out of Example.apks: that is what is published" in item["notes"]
    assert CliRunner().invoke(cli, ["check", "-C", str(sandbox.root)]).exit_code == 0


def test_a_bundle_alone_is_refused_with_what_to_do(sandbox: Sandbox, bundle: Path) -> None:
    result = add(sandbox, bundle)
    assert isinstance(result.exception, ProblemsFound)
    assert "bundletool build-apks --mode=universal --bundle=" in result.exception.problems[0].hint


@needs_scripts
def test_bundletool_makes_an_apk_of_a_bundle(sandbox: Sandbox, bundle: Path, archive: Path, tmp_path: Path) -> None:
    item = added(sandbox, bundle, "--bundletool", tool(tmp_path, archive))
    assert (sandbox.root / f"{RELEASE}.apk").read_bytes() == (tmp_path / "inner.apk").read_bytes()
    assert "bundletool made an APK for every phone of Example.aab" in item["notes"]


@needs_scripts
def test_the_password_is_handed_over_in_a_file(sandbox: Sandbox, bundle: Path, archive: Path, tmp_path: Path) -> None:
    signing: list[str | Path] = ["--keystore", archive, "--key-alias", "upload"]
    words: list[str | Path] = [bundle, "--bundletool", tool(tmp_path, archive), *signing]
    added(sandbox, *words, OTASITE_KEYSTORE_PASSWORD="s3cret")
    refused(add(sandbox, *words), "signing needs --keystore, --key-alias and a password")


@needs_scripts
def test_what_bundletool_says_when_it_fails(sandbox: Sandbox, bundle: Path, archive: Path, tmp_path: Path) -> None:
    result = add(sandbox, bundle, "--bundletool", tool(tmp_path, archive, wrong="yes"))
    refused(result, "bundletool failed: [BT:1.17] Error: The bundle was made by  [31mnobody.")


def test_a_tool_that_cannot_be_run(sandbox: Sandbox, bundle: Path, archive: Path) -> None:
    result = add(sandbox, bundle, "--bundletool", archive)
    refused(result, "Example.apks cannot be run")


def test_a_jar_without_java(sandbox: Sandbox, bundle: Path, tmp_path: Path) -> None:
    jar = tmp_path / "bundletool.jar"
    jar.write_bytes(b"x")
    result = add(sandbox, bundle, "--bundletool", jar, PATH=str(tmp_path))
    assert "Java is needed" in refused(result, "bundletool.jar cannot be run").hint
