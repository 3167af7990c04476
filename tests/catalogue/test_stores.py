"""``binaries:``: where they are uploaded, and what does not go together."""

from __future__ import annotations

from pathlib import Path

import pytest

from otasite.catalogue.load import Loader
from otasite.catalogue.model import BinaryStore
from otasite.catalogue.sources import Sources
from otasite.catalogue.stores import ReleaseAddress, parse_release
from otasite.outputs.registry import output_kinds
from tests.projects import SITE, Sandbox, example

AMAZON = "https://private-apps.s3.eu-central-1.amazonaws.com/builds/"
GITHUB = "https://github.com/example/apps/releases/download/builds/"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def store(sandbox: Sandbox, text: str) -> BinaryStore:
    sandbox.write("content/site.yaml", f"{SITE}binaries: {text}\n")
    loader = Loader(Sources(sandbox.root), output_kinds())
    site = loader.site()
    assert not loader.findings.problems
    return site.binaries


def test_everything_that_can_be_said(sandbox: Sandbox) -> None:
    text = f"{{base_url: {AMAZON}, upload: 's3://private-apps/builds', private: true}}"
    assert store(sandbox, text) == BinaryStore(base_url=AMAZON, upload="s3://private-apps/builds", private=True)
    text = "{base_url: https://files.example.com/, upload: s3://files, endpoint_url: https://s3.example.com}"
    assert store(sandbox, text).endpoint_url == "https://s3.example.com"


@pytest.mark.parametrize(
    "base_url",
    [AMAZON, "https://s3.eu-central-1.amazonaws.com/private-apps/builds", "https://files.example.com/builds"],
)
def test_addresses_of_a_private_folder(sandbox: Sandbox, base_url: str) -> None:
    assert store(sandbox, f"{{base_url: '{base_url}', upload: s3://private-apps/builds, private: true}}").private


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (f"{{base_url: '{GITHUB}', private: true}}", "content/site.yaml:8:92: store-mismatch"),
        (f"{{base_url: '{GITHUB}', upload: s3://apps/b}}", "content/site.yaml:8:91: store-mismatch"),
        (
            "{base_url: https://a.example.com/other/, upload: s3://apps/builds, private: true}",
            "content/site.yaml:8:22: store-mismatch",
        ),
        (f"{{base_url: {AMAZON}, endpoint_url: https://s3.example.com}}", "content/site.yaml:8:96: store-mismatch"),
        (f"{{base_url: {AMAZON}, upload: a/b}}", "content/site.yaml:8:90: bad-value"),
        (f"{{base_url: {AMAZON}, upload: 's3://Bad_Bucket/b'}}", "content/site.yaml:8:90: bad-value"),
        ("{base_url: 'https://[::1/apps'}", "content/site.yaml:8:22: bad-value"),
        ("{base_url: https://files.example.com：8443/apps}", "content/site.yaml:8:22: bad-value"),
        (f"{{base_url: {AMAZON}, private: perhaps}}", "content/site.yaml:8:91: bad-value"),
    ],
)
def test_what_does_not_go_together(sandbox: Sandbox, text: str, mistake: str) -> None:
    sandbox.write("content/site.yaml", f"{SITE}binaries: {text}\n")
    assert sandbox.mistakes() == [mistake]


def test_an_app_has_its_own(sandbox: Sandbox) -> None:
    app = sandbox.root / "content/apps/notes/app.yaml"
    app.write_text(f"{app.read_text()}binaries: {{base_url: '{GITHUB}', private: true}}\n")
    (mistake,) = sandbox.mistakes()
    assert mistake.startswith("content/apps/notes/app.yaml:")
    assert mistake.endswith("store-mismatch")


@pytest.mark.parametrize(
    ("url", "tag"),
    [
        ("https://github.com/example/apps/releases/download/builds/", "builds"),
        ("https://github.example.com/example/apps/releases/download/v1%2F2", "v1/2"),
    ],
)
def test_addresses_of_github_releases(url: str, tag: str) -> None:
    assert parse_release(url) == ReleaseAddress("example", "apps", tag)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/files/",
        "https://github.com/example/apps/releases/",
        "https://github.com/ex%C3%A4mple/apps/releases/download/v1/",
        "https://github.com/exämple/apps/releases/download/v1/",
    ],
)
def test_other_addresses(url: str) -> None:
    assert parse_release(url) is None
