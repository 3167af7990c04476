"""``<release>.facts.json``: written by ``add``, read beside the YAML, and compared with the binary where that is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from otasite.catalogue.model import Release
from otasite.cli import cli
from otasite.facts.model import BuildFacts, ReleaseFacts, Signer
from otasite.site.images import png_bytes, tile
from otasite.workshop.add_request import AddRequest
from tests.binaries import apple
from tests.binaries.ipas import primary
from tests.binaries.rich import rich_apk, rich_ipa
from tests.projects import Sandbox, example, own_binary

FACTS = BuildFacts(sha256="a" * 64, signers=(Signer(sha256="b" * 64),))
PLACE = "content/apps/notes/releases/1.0-1.facts.json"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def write(sandbox: Sandbox, path: str, facts: ReleaseFacts) -> Path:
    return sandbox.write(path, msgspec.json.encode(facts))


def release(sandbox: Sandbox, name: str = "1.0-1") -> Release:
    (app,) = (app for app in sandbox.open().apps if app.id == "notes")
    return next(release for release in app.releases if release.id == name)


def facts_of(sandbox: Sandbox, name: str = "1.0-1") -> BuildFacts | None:
    ios = release(sandbox, name).ios
    assert ios is not None
    return ios.facts


def add(sandbox: Sandbox, file: Path, app: str) -> None:
    sandbox.open().add(file, AddRequest(app=app, now=apple.NOW))


def test_facts_belong_to_the_release_beside_them(sandbox: Sandbox) -> None:
    assert facts_of(sandbox) is None
    write(sandbox, PLACE, ReleaseFacts(ios=FACTS))
    assert facts_of(sandbox) == FACTS
    assert sandbox.mistakes() == []


def test_releases_in_one_file_have_a_file_of_facts_each(sandbox: Sandbox) -> None:
    sandbox.write(
        "content/apps/small.yaml",
        """\
        name: Small
        bundle_id: com.example.small
        releases:
          - {version: 1.0, build: 1, date: 2026-01-01, ios: {url: https://example.com/1.ipa}}
          - {version: 1.0, build: 2, date: 2026-01-02, ios: {url: https://example.com/2.ipa}}
        """,
    )
    write(sandbox, "content/apps/small.1.0-2.facts.json", ReleaseFacts(ios=FACTS))
    (app,) = (app for app in sandbox.open().apps if app.id == "small")
    assert [each.ios.facts if each.ios else None for each in app.releases] == [FACTS, None]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"ios": {"sizes": 3}}', '{"schema": 2}', "<<<<<<< ours\n{}", "[" * 5000, "\xff"]
)
def test_a_damaged_file_is_one_problem_at_its_place(sandbox: Sandbox, text: str) -> None:
    sandbox.write(PLACE, text.encode("latin-1"))
    assert sandbox.mistakes() == [f"{PLACE}: facts-unreadable"]


def test_facts_without_a_release_are_told(sandbox: Sandbox) -> None:
    write(sandbox, "content/apps/notes/releases/9.9-9.facts.json", ReleaseFacts())
    assert sandbox.mistakes() == ["content/apps/notes/releases/9.9-9.facts.json: orphan-facts"]


def test_facts_of_another_file_are_told_and_left_out(sandbox: Sandbox) -> None:
    path = sandbox.root / "content/apps/notes/releases/1.0-1.yaml"
    path.write_text(path.read_text() + f"  sha256: {'c' * 64}\n")
    write(sandbox, PLACE, ReleaseFacts(ios=FACTS))
    assert [(problem.code, str(problem.location)) for problem in sandbox.check()] == [("facts-outdated", PLACE)]
    assert facts_of(sandbox) is None


def test_facts_are_compared_with_a_binary_in_the_project(sandbox: Sandbox) -> None:
    own_binary(sandbox)
    beside = "content/apps/notes/releases/own.facts.json"
    write(sandbox, beside, ReleaseFacts(ios=FACTS))
    report = sandbox.build()
    assert [(problem.code, str(problem.location)) for problem in report.problems] == [("facts-outdated", beside)]


def test_what_add_wrote_is_what_a_build_finds(sandbox: Sandbox, tmp_path: Path) -> None:
    add(sandbox, rich_ipa(tmp_path / "a.ipa"), "notes")
    written = json.loads((sandbox.root / "content/apps/notes/releases/1.10-0123.facts.json").read_text())
    assert written["ios"]["usage"][0]["texts"] == {"de": "Zum Scannen", "fr": "Pour scanner"}
    assert not [problem for problem in sandbox.build().problems if "facts" in problem.code]


def test_one_file_holds_the_facts_of_both_platforms(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.write("content/apps/both/app.yaml", "name: Both\nbundle_id: com.example.app\n")
    add(sandbox, rich_ipa(tmp_path / "a.ipa", CFBundleVersion="42"), "both")
    path = sandbox.root / "content/apps/both/releases/1.10-42.facts.json"
    alone = json.loads(path.read_text())
    add(sandbox, rich_apk(tmp_path / "a.apk"), "both")
    together = json.loads(path.read_text())
    assert together["ios"] == alone["ios"]
    assert together["android"]["permissions"]
    before = path.read_bytes()
    add(sandbox, rich_apk(tmp_path / "a.apk"), "both")
    assert path.read_bytes() == before


def test_no_device_and_no_place_is_in_what_add_writes(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.write("content/apps/both/app.yaml", "name: Both\nbundle_id: com.example.app\n")
    add(sandbox, rich_ipa(tmp_path / "from-my-desk.ipa", CFBundleVersion="42"), "both")
    add(sandbox, rich_apk(tmp_path / "from-my-desk.apk"), "both")
    sandbox.build()
    files = {p: p.read_bytes() for p in sandbox.root.rglob("*") if p.is_file() and p.suffix not in {".ipa", ".apk"}}
    assert (sandbox.dist / "both/1.10-42/facts.json") in files
    assert not [path for path, data in files.items() if any(each.encode() in data for each in apple.DEVICES)]
    kept = {path: data for path, data in files.items() if ".otasite" not in path.parts}
    assert not [path for path, data in kept.items() if str(tmp_path).encode() in data or b"from-my-desk" in data]


def test_no_device_and_no_place_is_in_what_inspect_and_diff_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are called as people named them."""
    monkeypatch.chdir(tmp_path)
    rich_ipa(tmp_path / "a.ipa")
    rich_ipa(tmp_path / "b.ipa", {"Icon.png": png_bytes(tile("A", "a"))}, CFBundleIcons=primary("Icon"))
    files = ("a.ipa", "b.ipa")
    said = []
    for command in (
        ["inspect", "a.ipa"],
        ["inspect", "a.ipa", "--json"],
        ["inspect", "b.ipa", "--icon", "icon.png"],
        ["diff", *files],
        ["diff", *files, "--json"],
        ["diff", *files, "--format", "github", "--fail-on", "size"],
    ):
        said.append(CliRunner().invoke(cli, command).output.encode())
        assert any(name in said[-1] for name in (b"a.ipa", b"b.ipa", b"com.example.app")), command
    said.append((tmp_path / "icon.png").read_bytes())
    for secret in (*apple.DEVICES, str(tmp_path)):
        assert not [text for text in said if secret.encode() in text]


def test_files_of_facts_are_kept_in_one_place_only(sandbox: Sandbox) -> None:
    """They are read as fast as what is remembered of other files, and there are as many as releases."""
    write(sandbox, PLACE, ReleaseFacts(ios=FACTS))
    sandbox.build()
    assert not [path for path in (sandbox.root / ".otasite").rglob("*.msgpack") if b"b" * 64 in path.read_bytes()]


def test_a_build_follows_changed_facts(sandbox: Sandbox) -> None:
    """A file of facts that comes, changes and goes is noticed by a build that remembers the last one."""
    sandbox.build()
    write(sandbox, PLACE, ReleaseFacts(ios=FACTS))
    for _ in range(2):
        sandbox.build()
        kept = sandbox.files()
        shutil.rmtree(sandbox.dist)
        sandbox.build(cache=False)
        assert sandbox.files() == kept
        changed = msgspec.structs.replace(FACTS, debuggable=True)
        write(sandbox, PLACE, ReleaseFacts(ios=changed))
    (sandbox.root / PLACE).unlink()
    sandbox.build()
    assert facts_of(sandbox) is None
