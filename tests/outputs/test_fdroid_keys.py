"""Keys of the F-Droid repository: when a build refuses one, and how they are made."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from otasite.cli import cli
from otasite.hosts.repository_key import new_key, read_key
from otasite.problems import ProblemsFound
from tests.outputs.fdroid import pem, publish, repository_site
from tests.projects import NOW, SITE, Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return repository_site(tmp_path)


def refused(sandbox: Sandbox, key: str | None = None) -> str:
    with pytest.raises(ProblemsFound) as caught:
        publish(sandbox, key)
    (problem,) = caught.value.problems
    assert (problem.code, str(problem.location)) == ("fdroid-key", "content/site.yaml")
    assert "PRIVATE" not in problem.message + problem.hint
    return problem.message


def test_a_build_without_a_key_is_refused(sandbox: Sandbox) -> None:
    assert "there is no key" in refused(sandbox, "")
    assert not sandbox.dist.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/nowhere/key.pem", "its file cannot be read: No such file"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "it holds no private key"),
    ],
)
def test_a_key_that_is_none_is_told_without_quoting_it(sandbox: Sandbox, text: str, words: str) -> None:
    assert words in refused(sandbox, text)


def test_a_key_needs_its_own_certificate(sandbox: Sandbox) -> None:
    private = pem().partition(b"-----BEGIN CERTIFICATE")[0].decode()
    assert "it holds no certificate" in refused(sandbox, private)
    other = new_key(NOW, 2048).partition(b"-----BEGIN CERTIFICATE")
    assert "belongs to another key" in refused(sandbox, private + (other[1] + other[2]).decode())


def test_another_key_than_clients_trust_is_refused(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", SITE + f"outputs: {{fdroid: {{fingerprint: {'ab' * 32}}}}}\n")
    assert "clients would refuse it" in refused(sandbox)


def test_a_check_needs_no_key(sandbox: Sandbox) -> None:
    """In the CI of a pull request there is none; the fingerprint of site.yaml makes the same pages."""
    fingerprint = read_key(pem()).fingerprint
    sandbox.write("content/site.yaml", SITE + f"outputs: {{fdroid: {{fingerprint: {fingerprint}}}}}\n")
    assert [problem for problem in sandbox.check() if problem.severity == "error"] == []


def run(folder: Path, *words: str, **environment: str) -> tuple[int, str]:
    variables = {"OTASITE_CONFIG_DIR": str(folder / "config"), "OTASITE_FDROID_KEY": "", **environment}
    done = CliRunner().invoke(cli, list(words), env=variables)
    return done.exit_code, done.output


def test_a_new_key_is_made_once_and_found(tmp_path: Path) -> None:
    status, told = run(tmp_path, "key", "new", "fdroid")
    assert status == 0, told
    file = tmp_path / "config" / "fdroid.pem"
    fingerprint = read_key(file.read_bytes()).fingerprint
    assert f"fingerprint: {fingerprint}" in told
    assert "If it is lost" in told
    assert "PRIVATE" not in told
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run(tmp_path, "key", "show", "fdroid") == (0, f"{fingerprint}\n")
    again = run(tmp_path, "key", "new", "fdroid")
    assert again[0] != 0
    assert read_key(file.read_bytes()).fingerprint == fingerprint


def test_no_key_is_written_into_a_project(sandbox: Sandbox) -> None:
    status, _ = run(sandbox.root, "key", "new", "fdroid", "--out", str(sandbox.root / "new" / "key.pem"))
    assert status != 0
    assert not (sandbox.root / "new").exists()
    assert run(sandbox.root / "none", "key", "show", "fdroid")[0] != 0
