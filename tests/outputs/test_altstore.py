"""The source for AltStore and its kin, decoded by a model of what those clients need."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec
import pytest
from msgspec import Meta

from otasite.facts.model import BuildFacts, Part, ReleaseFacts, UsageDescription
from tests.hosting.live_site import BUNDLE, ipa
from tests.projects import SITE, Sandbox

BASE = "https://apps.example.com/"
JOINED = "outputs: {altstore: {category: utilities, tint_color: '#0A7A5C'}}\n"

Https = Annotated[str, Meta(pattern=r"^https://[^\s]+\Z")]
Words = Annotated[str, Meta(min_length=1)]


class DecodedVersion(msgspec.Struct):
    """Required keys first, as the clients' own decoders have them."""

    version: Words
    date: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")]
    downloadURL: Https
    size: Annotated[int, Meta(gt=0)]
    buildVersion: str = ""
    localizedDescription: str = ""
    minOSVersion: Annotated[str, Meta(pattern=r"^[\d.]*\Z")] = ""
    sha256: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")] = ""


class DecodedShot(msgspec.Struct):
    imageURL: Https
    width: int
    height: int


class DecodedPermissions(msgspec.Struct):
    entitlements: list[str]
    privacy: dict[str, str]


class DecodedApp(msgspec.Struct):
    name: Words
    bundleIdentifier: Words
    developerName: Words
    localizedDescription: Words
    iconURL: Https
    versions: Annotated[list[DecodedVersion], Meta(min_length=1)]
    # clients from before there were versions
    version: Words
    versionDate: Words
    downloadURL: Https
    size: int
    subtitle: str = ""
    tintColor: Annotated[str, Meta(pattern=r"^(#?[0-9A-Fa-f]{6})?\Z")] = ""
    category: str = ""
    screenshots: list[DecodedShot] = []
    appPermissions: DecodedPermissions | None = None
    marketplaceID: str = ""


class DecodedSource(msgspec.Struct):
    name: Words
    apps: Annotated[list[DecodedApp], Meta(min_length=1)]
    identifier: Words
    subtitle: str = ""
    website: str = ""


def decoded(data: bytes) -> DecodedSource:
    source = msgspec.json.decode(data, type=DecodedSource)
    identifiers = [app.bundleIdentifier for app in source.apps]
    assert len(set(identifiers)) == len(identifiers)
    for app in source.apps:
        builds = [(version.version, version.buildVersion) for version in app.versions]
        assert len(set(builds)) == len(builds), "a client shows such a source as broken"
        assert not app.marketplaceID, "with it Classic and SideStore pass over the app"
    return source


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """Two builds in the default channel and one in another; the newest asks for the camera."""
    sandbox = Sandbox(tmp_path)
    sandbox.write("content/site.yaml", SITE)
    sandbox.write("content/apps/notes/app.yaml", f"name: Notes\nbundle_id: {BUNDLE}\n{JOINED}")
    for version, build, channel in (("1.0", "1", "stable"), ("1.1", "2", "stable"), ("2.0", "3", "beta")):
        add_build(sandbox, version, build, channel)
    return sandbox


def add_build(sandbox: Sandbox, version: str, build: str, channel: str = "stable") -> None:
    path = sandbox.write(f"content/apps/notes/releases/{build}.ipa", b"")
    ipa(path, version=version, build=build, filler=1000)
    sandbox.write(
        f"content/apps/notes/releases/{build}.yaml",
        f"version: '{version}'\nbuild: '{build}'\ndate: 2026-05-0{build}\nchannel: {channel}\n"
        f"notes: Notes of {version}.\nios: {{file: {build}.ipa}}\n",
    )


def source(sandbox: Sandbox) -> DecodedSource:
    return decoded((sandbox.dist / "altstore.json").read_bytes())


def test_clients_can_decode_it(sandbox: Sandbox) -> None:
    sandbox.build()
    (app,) = source(sandbox).apps
    assert (app.name, app.bundleIdentifier, app.developerName) == ("Notes", BUNDLE, "Example & Sons")
    assert [(one.version, one.buildVersion) for one in app.versions] == [("1.1", "2"), ("1.0", "1")]
    for version in app.versions:
        file = sandbox.dist / version.downloadURL.removeprefix(BASE)
        assert file.stat().st_size == version.size
    assert (app.version, app.downloadURL) == (app.versions[0].version, app.versions[0].downloadURL)
    assert (app.category, app.tintColor) == ("utilities", "#0A7A5C")
    assert app.versions[0].localizedDescription == "Notes of 1.1."


def test_permissions_are_those_of_the_binary(sandbox: Sandbox) -> None:
    """None are written by hand, and what only names the app is not listed."""
    sandbox.build()
    permissions = source(sandbox).apps[0].appPermissions
    assert permissions is not None
    assert not {"application-identifier", "get-task-allow"} & set(permissions.entitlements)
    sandbox.write(
        "content/apps/notes/releases/9.yaml",
        "version: '3.0'\nbuild: '9'\ndate: 2026-05-20\nios: {url: 'https://downloads.example.com/n.ipa', size: 5}\n",
    )
    sandbox.build()
    app = source(sandbox).apps[0]
    assert (app.version, app.appPermissions) == ("3.0", None), "nothing is claimed of a file that nobody has read"


SHARE = Part(
    kind="extension",
    usage={"NSCameraUsageDescription": "To share", "NSContactsUsageDescription": "To greet"},
    entitlements={"com.apple.security.application-groups": ("group.a",), "get-task-allow": False},
)
WATCH = Part(kind="watch-app", entitlements={"com.apple.developer.healthkit": True})


def facts_of_newest(sandbox: Sandbox, **more: Any) -> None:
    """A release with facts of a binary that is elsewhere."""
    sandbox.write(
        "content/apps/notes/releases/9.yaml",
        "version: '3.0'\nbuild: '9'\ndate: 2026-05-20\nios: {url: 'https://downloads.example.com/n.ipa', size: 5}\n",
    )
    facts = BuildFacts(
        usage=(UsageDescription(key="NSCameraUsageDescription", text="To scan"),), parts=(SHARE, WATCH), **more
    )
    sandbox.write("content/apps/notes/releases/9.facts.json", msgspec.json.encode(ReleaseFacts(ios=facts)))


@pytest.mark.parametrize("debuggable", [True, False])
def test_permissions_of_extensions_count_as_those_of_the_app(sandbox: Sandbox, debuggable: bool) -> None:
    """AltStore compares what app and extensions have; it passes over a ``get-task-allow`` that is false."""
    facts_of_newest(sandbox, entitlements={"get-task-allow": debuggable, "keychain-access-groups": ("A.shared",)})
    sandbox.build()
    permissions = source(sandbox).apps[0].appPermissions
    assert permissions is not None
    assert permissions.privacy == {"NSCameraUsageDescription": "To scan", "NSContactsUsageDescription": "To greet"}
    own = ["get-task-allow"] if debuggable else []
    assert permissions.entitlements == ["com.apple.security.application-groups", *own, "keychain-access-groups"]


def test_a_build_without_a_size_is_left_out(sandbox: Sandbox) -> None:
    sandbox.write(
        "content/apps/notes/releases/9.yaml",
        "version: '3.0'\nbuild: '9'\ndate: 2026-05-20\nios: {url: 'https://downloads.example.com/n.ipa'}\n",
    )
    sandbox.build()
    assert source(sandbox).apps[0].version == "1.1"


def test_of_two_builds_with_one_number_the_newer_counts(sandbox: Sandbox) -> None:
    add_build(sandbox, "1.1", "8")
    sandbox.write(
        "content/apps/notes/releases/8.yaml",
        "version: '1.1'\nbuild: '8'\nid: again\ndate: 2026-05-20\n"
        "ios: {build: '2', url: 'https://d.example.com/n.ipa', size: 5}\n",
    )
    (sandbox.root / "content/apps/notes/releases/8.ipa").unlink()
    sandbox.build()
    app = source(sandbox).apps[0]
    assert [(one.version, one.buildVersion) for one in app.versions] == [("1.1", "2"), ("1.0", "1")]
    assert app.downloadURL == "https://d.example.com/n.ipa"


def repeated(sandbox: Sandbox) -> None:
    """A release of today that has the numbers of the oldest one."""
    sandbox.write(
        "content/apps/notes/releases/again.yaml",
        "version: '1.0'\nbuild: '1'\nid: again\ndate: 2026-05-20\n"
        "ios: {url: 'https://d.example.com/n.ipa', size: 5}\n",
    )


def test_the_newest_build_comes_first_whose_permissions_these_are(sandbox: Sandbox) -> None:
    """Clients take the first for the newest, and compare its permissions with those of the app."""
    repeated(sandbox)
    sandbox.build()
    (app,) = source(sandbox).apps
    assert [one.version for one in app.versions] == ["1.0", "1.1"]
    assert (app.downloadURL, app.appPermissions) == ("https://d.example.com/n.ipa", None)


def test_of_two_packages_with_one_number_the_newer_counts(sandbox: Sandbox) -> None:
    repeated(sandbox)
    for name in ("old", "new"):
        sandbox.write(f"content/static/adp/{name}/manifest.json", b"{}")
    packages = "{1.0-1: adp/old, again: adp/new}"
    sandbox.write(
        "content/apps/notes/app.yaml",
        f"name: Notes\nbundle_id: {BUNDLE}\noutputs: {{altstore: {{marketplace_id: '1', packages: {packages}}}}}\n",
    )
    sandbox.build()
    pal = msgspec.json.decode((sandbox.dist / "altstore-pal.json").read_bytes(), type=DecodedSource)
    assert [version.downloadURL for version in pal.apps[0].versions] == [f"{BASE}adp/new/"]


def test_builds_with_another_bundle_identifier_are_no_builds_of_it(sandbox: Sandbox) -> None:
    sandbox.write(
        "content/apps/notes/releases/old.yaml",
        "version: '0.9'\nbuild: '0'\ndate: 2026-04-01\n"
        "ios: {identifier: com.example.old, url: 'https://d.example.com/n.ipa', size: 5}\n",
    )
    sandbox.build()
    assert [one.version for one in source(sandbox).apps[0].versions] == ["1.1", "1.0"]


def test_the_site_alone_puts_no_app_into_it(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", SITE + "outputs: [altstore]\n")
    sandbox.write("content/apps/notes/app.yaml", f"name: Notes\nbundle_id: {BUNDLE}\n")
    sandbox.build()
    assert not (sandbox.dist / "altstore.json").exists()
    assert "sidestore:" not in sandbox.read("notes/index.html")


def test_pages_of_the_default_channel_offer_each_client(sandbox: Sandbox) -> None:
    sandbox.build()
    html = sandbox.read("notes/index.html")
    links = re.findall(r'data-client="([a-z]+)" href="([^"]+)"', html)
    assert [client for client, _ in links] == ["altstore", "sidestore", "feather", "livecontainer"]
    for client, link in links:
        where = unquote(link.partition("url=")[2]) or "https://" + link.removeprefix("feather://source/")
        assert where == f"{BASE}altstore.json", client
    assert "sidestore:" not in sandbox.read("notes/beta/index.html")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("outputs: {altstore: {category: tools}}\n", "content/apps/notes/app.yaml:3:32: bad-value"),
        ("outputs: {altstore: {tint_color: green}}\n", "content/apps/notes/app.yaml:3:34: bad-value"),
        ("outputs: {altstore: {colour: green}}\n", "content/apps/notes/app.yaml:3:22: unknown-key"),
    ],
)
def test_a_bad_setting_has_its_place(sandbox: Sandbox, text: str, mistake: str) -> None:
    sandbox.write("content/apps/notes/app.yaml", f"name: Notes\nbundle_id: {BUNDLE}\n{text}")
    assert mistake in sandbox.mistakes()


def test_the_shape_is_that_of_the_reference(sandbox: Sandbox) -> None:
    """Every key is one that the reference names: a misspelt one would be passed over in silence."""
    sandbox.build()
    document: dict[str, Any] = json.loads((sandbox.dist / "altstore.json").read_bytes())
    known = {*DecodedSource.__struct_fields__, "tintColor", "news"}
    assert set(document) <= known
    (app,) = document["apps"]
    assert set(app) <= {*DecodedApp.__struct_fields__, "versionDescription"}
    assert all(set(version) <= set(DecodedVersion.__struct_fields__) for version in app["versions"])


PAL = "outputs: {altstore: {marketplace_id: '6450000000', packages: {1.1-2: adp/notes-1.1}}}\n"


def test_notarised_packages_have_a_source_of_their_own(sandbox: Sandbox) -> None:
    """The package is served byte for byte, and only builds that have one are in the source."""
    package = {"manifest.json": b'{"a" : 1 }', "variant.bin": bytes(range(256))}
    for name, data in package.items():
        sandbox.write(f"content/static/adp/notes-1.1/{name}", data)
    sandbox.write("content/apps/notes/app.yaml", f"name: Notes\nbundle_id: {BUNDLE}\n{PAL}")
    sandbox.build()
    assert [app.marketplaceID for app in source(sandbox).apps] == [""]
    pal = msgspec.json.decode((sandbox.dist / "altstore-pal.json").read_bytes(), type=DecodedSource)
    (app,) = pal.apps
    assert (app.marketplaceID, app.bundleIdentifier) == ("6450000000", BUNDLE)
    (version,) = app.versions
    assert (version.version, version.downloadURL) == ("1.1", f"{BASE}adp/notes-1.1/")
    assert app.downloadURL == version.downloadURL
    served = sandbox.dist / version.downloadURL.removeprefix(BASE)
    assert {file.name: file.read_bytes() for file in served.iterdir()} == package
    assert pal.identifier != source(sandbox).identifier
    link = "altstore-pal://source?url=https%3A%2F%2Fapps.example.com%2Faltstore-pal.json"
    assert link in sandbox.read("notes/index.html")


def test_a_package_that_is_not_there_has_its_place(sandbox: Sandbox) -> None:
    text = PAL.replace("1.1-2: adp/notes-1.1", "9.9-9: adp/none")
    sandbox.write("content/apps/notes/app.yaml", f"name: Notes\nbundle_id: {BUNDLE}\n{text}")
    places = "content/apps/notes/app.yaml:3:70"
    assert sandbox.mistakes() == [f"{places}: bad-value", f"{places}: missing-file"]
