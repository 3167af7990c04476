"""What pages and JSON say about the insides of builds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from otasite.cli import cli
from otasite.facts.model import BuildFacts, Library, Permission, ReleaseFacts, Signer, UsageDescription
from otasite.site.insides import asks
from otasite.workshop.add_request import AddRequest
from tests.binaries import apple
from tests.binaries.rich import rich_apk, rich_ipa
from tests.projects import Sandbox, example

DIGEST = "fedcba9876543210" * 4
COLONS = ":".join(["FE", "DC", "BA", "98", "76", "54", "32", "10"] * 4)
OLD = BuildFacts(
    sha256="a" * 64,
    identifier="com.example.app",
    download_size=60_000_000,
    installed_size=150_000_000,
    minimum_os="16",
    architectures=("arm64-v8a",),
    signers=(Signer(sha256=DIGEST),),
)
NEW = msgspec.structs.replace(
    OLD,
    download_size=98_000_000,
    minimum_os="17",
    permissions=(Permission(name="android.permission.RECORD_AUDIO", level="dangerous"),),
    libraries=(Library(name="Maps<b>", kind="framework", version="2.0"),),
    features=("android.hardware.camera", "android.hardware.type.watch"),
)
PAGE = "notes/1.1-2/index.html"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """Two Android releases of which everything is known."""
    sandbox = example(tmp_path / "project")
    for name, facts in (("1.0-1", OLD), ("1.1-2", NEW)):
        path = sandbox.root / f"content/apps/notes/releases/{name}.yaml"
        path.write_text(path.read_text().replace("ios:", "android:").replace(".ipa", ".apk"))
        write(sandbox, name, ReleaseFacts(android=facts))
    return sandbox


def write(sandbox: Sandbox, name: str, facts: ReleaseFacts) -> None:
    sandbox.write(f"content/apps/notes/releases/{name}.facts.json", msgspec.json.encode(facts))


def loaded(sandbox: Sandbox, path: str) -> Any:
    return json.loads(sandbox.read(path))


def test_a_page_says_what_is_under_the_hood(sandbox: Sandbox) -> None:
    sandbox.build()
    page = sandbox.read(PAGE)
    for words in ("Under the hood", "microphone", "64-bit phones", "Maps&lt;b&gt; 2.0", COLONS):
        assert words in page, words
    assert f'data-copy="com.example.app\n{COLONS}"' in page, (
        "application ID and certificate, as AppVerifier reads them"
    )
    assert 'data-lacks="arm32"' in page and 'data-lacks="phone"' in page


def test_a_page_says_what_changed_since_the_build_before(sandbox: Sandbox) -> None:
    sandbox.build()
    page = sandbox.read(PAGE)
    changed = page[page.index("Changed in this build") :].partition("</ul>")[0]
    for words in ("+38", "Now needs Android 17", "Now asks for: microphone", "New library: <bdi>Maps&lt;b&gt;"):
        assert words in changed, words
    assert "Changed in this build" not in sandbox.read("notes/1.0-1/index.html"), "there is none before it"


def test_the_history_says_what_changed_in_each_build(sandbox: Sandbox) -> None:
    path = sandbox.release("1.2", "3", date="2026-05-03")
    path.write_text(path.read_text().replace("ios:", "android:").replace(".ipa", ".apk"))
    sandbox.build()
    history = sandbox.read("notes/index.html").partition('id="since-1.1-2"')[2].partition("</li>\n<li id=")[0]
    assert "Now asks for: microphone" in history


def test_a_release_without_facts_says_nothing_of_them(sandbox: Sandbox) -> None:
    for path in (sandbox.root / "content").rglob("*.facts.json"):
        path.unlink()
    sandbox.build()
    assert "Under the hood" not in sandbox.read(PAGE)
    assert not list(sandbox.dist.rglob("facts.json"))
    assert "facts" not in sandbox.read("catalogue.json")


def test_every_language_has_the_words(sandbox: Sandbox) -> None:
    languages = ["en", "de", "fr", "es", "pt-BR", "ja", "zh-Hans", "zh-Hant", "ko", "ar"]
    site = sandbox.root / "content/site.yaml"
    site.write_text(site.read_text() + f"languages: [{', '.join(languages)}]\n")
    assert [problem.code for problem in sandbox.build().problems] == []
    titles = {sandbox.read(f"{'' if tag == 'en' else f'{tag}/'}{PAGE}").count("card inside") for tag in languages}
    assert len(titles) == 1, "the same parts in each"
    assert "Unter der Haube" in sandbox.read(f"de/{PAGE}") and "Mikrofon" in sandbox.read(f"de/{PAGE}")


def test_facts_have_an_address_that_the_catalogue_names(sandbox: Sandbox) -> None:
    sandbox.build()
    (app,) = loaded(sandbox, "catalogue.json")["apps"]
    address = next(release["facts"] for release in app["releases"] if release["id"] == "1.1-2")
    assert address == "https://apps.example.com/notes/1.1-2/facts.json"
    published = loaded(sandbox, "notes/1.1-2/facts.json")
    assert published["android"]["permissions"] == [{"name": "android.permission.RECORD_AUDIO", "level": "dangerous"}]
    assert published == loaded_facts(sandbox, "1.1-2")


def loaded_facts(sandbox: Sandbox, name: str) -> Any:
    return json.loads((sandbox.root / f"content/apps/notes/releases/{name}.facts.json").read_text())


def test_published_facts_fit_their_schema(sandbox: Sandbox, tmp_path: Path) -> None:
    schema = json.loads(CliRunner().invoke(cli, ["schema", "facts"]).output)
    kept = json.loads((Path(__file__).parents[2] / "schema/facts.json").read_text())
    assert schema == kept, "run `otasite schema --out schema`"
    for make, name in ((rich_ipa, "a.ipa"), (rich_apk, "a.apk")):
        sandbox.write("content/apps/rich/app.yaml", "name: Rich\nbundle_id: com.example.app\n")
        sandbox.open().add(make(tmp_path / name), AddRequest(app="rich", now=apple.NOW))
    sandbox.build()
    for path in sandbox.dist.rglob("facts.json"):
        Draft202012Validator(schema).validate(json.loads(path.read_text()))
    named = [path for path, data in sandbox.files().items() if any(each.encode() in data for each in apple.DEVICES)]
    assert all(path.endswith(".ipa") for path in named), named


def test_pages_follow_the_facts_of_the_release_before(sandbox: Sandbox) -> None:
    """What changed is a matter of two releases: facts of the older one are part of the newer one's page."""
    sandbox.build()
    write(sandbox, "1.0-1", ReleaseFacts(android=NEW))
    sandbox.build()
    assert "Changed in this build" not in sandbox.read(PAGE)
    kept = sandbox.files()
    sandbox.build(cache=False)
    assert sandbox.files() == kept


def test_what_people_are_asked_for_in_everyday_words() -> None:
    old = Permission(name="android.permission.WRITE_EXTERNAL_STORAGE", level="dangerous", until_sdk=28)
    fine = Permission(name="android.permission.ACCESS_FINE_LOCATION", level="dangerous")
    background = Permission(name="android.permission.ACCESS_BACKGROUND_LOCATION", level="dangerous")
    assert asks(BuildFacts(permissions=(old, fine))) == ("location",)
    assert asks(BuildFacts(permissions=(background, fine))) == ("location_always",)
    usage = tuple(UsageDescription(key=f"{key}UsageDescription") for key in ("NSCamera", "NFCReader", "NSOdd"))
    assert asks(BuildFacts(usage=usage, services=("accessibility",))) == ("camera", "nfc", "accessibility")
