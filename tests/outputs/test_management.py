"""Files for device management, judged after Apple's published schemas, and never a moment ahead of their binaries."""

from __future__ import annotations

import json
import plistlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from otasite.hosting.deploy.plan import Turn, turn
from otasite.hosts.headers import headers_for
from tests.hosting.authority import Authority
from tests.hosting.live_site import LiveSite
from tests.projects import SITE, Sandbox, example, own_binary

UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
#: Keys of com.apple.configuration.app.managed: their type, and the values that they may have.
MANAGED: Mapping[str, tuple[type, tuple[object, ...]]] = {
    "AppStoreID": (str, ()),
    "BundleID": (str, ()),
    "ManifestURL": (str, ()),
    "InstallBehavior": (dict, ()),
    "UpdateBehavior": (dict, ()),
    "IncludeInBackup": (bool, ()),
    "Attributes": (dict, ()),
    "AppConfig": (dict, ()),
}
#: The same of InstallApplication on iOS.
INSTALL: Mapping[str, tuple[type, tuple[object, ...]]] = {
    "RequestType": (str, ("InstallApplication",)),
    "iTunesStoreID": (int, ()),
    "Identifier": (str, ()),
    "ManifestURL": (str, ()),
    "ManagementFlags": (int, (1, 4, 5)),
    "ChangeManagementState": (str, ("Managed",)),
    "Options": (dict, ()),
    "Configuration": (dict, ()),
    "Attributes": (dict, ()),
}


def complaints(values: Mapping[str, Any], schema: Mapping[str, tuple[type, tuple[object, ...]]]) -> Iterator[str]:
    """What a dictionary has that the schema does not allow."""
    for key, value in values.items():
        kind, allowed = schema.get(key, (object, ()))
        if key not in schema:
            yield f"{key} is no key"
        elif not isinstance(value, kind) or (allowed and value not in allowed):
            yield f"{key} cannot be {value!r}"


def declaration_complaints(declaration: Mapping[str, Any]) -> Iterator[str]:
    if set(declaration) != {"Type", "Identifier", "ServerToken", "Payload"}:
        yield f"a declaration has four keys: {sorted(declaration)}"
    if declaration["Type"] != "com.apple.configuration.app.managed":
        yield f"another type: {declaration['Type']}"
    payload = declaration["Payload"]
    yield from complaints(payload, MANAGED)
    if len({"AppStoreID", "BundleID", "ManifestURL"} & set(payload)) != 1:
        yield "just one key says which app"
    if payload.get("InstallBehavior", {}).get("Install", "Optional") not in ("Optional", "Required"):
        yield "Install is Optional or Required"


def manifest_complaints(manifest: Mapping[str, Any]) -> Iterator[str]:
    for item in manifest["items"]:
        metadata, assets = item["metadata"], item["assets"]
        if metadata.get("kind") != "software" or not metadata.get("bundle-version"):
            yield "metadata lacks kind or bundle-version"
        if [asset["kind"] for asset in assets].count("software-package") != 1:
            yield "just one software-package"
        for asset in assets:
            if not asset["url"].startswith("https://"):
                yield f"no https address: {asset['url']}"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path)
    sandbox.write("content/site.yaml", SITE + "outputs: [management]\n")
    sandbox.release("2.0", "9", channel="beta")
    return sandbox


def test_apples_rules_are_kept(sandbox: Sandbox) -> None:
    sandbox.build()
    for channel in ("stable", "beta"):
        folder = sandbox.dist / "notes" / channel
        url = f"https://apps.example.com/notes/{channel}/manifest.plist"
        assert list(manifest_complaints(plistlib.loads((folder / "manifest.plist").read_bytes()))) == []
        declaration = json.loads((folder / "app-managed.json").read_bytes())
        assert list(declaration_complaints(declaration)) == []
        assert declaration["Payload"]["ManifestURL"] == url
        command = plistlib.loads((folder / "install-application.plist").read_bytes())
        assert set(command) == {"Command", "CommandUUID"}
        assert UUID.fullmatch(command["CommandUUID"])
        assert list(complaints(command["Command"], INSTALL)) == []
        assert command["Command"]["ManifestURL"] == url


def test_the_judge_sees_what_is_wrong() -> None:
    wrong = {"Type": "x", "Identifier": "a", "ServerToken": "b", "Payload": {"BundleID": "c", "ManifestURL": "d"}}
    assert len(list(declaration_complaints(wrong))) == 2
    assert list(complaints({"ManagementFlags": 2, "Purge": 1}, INSTALL)) == [
        "ManagementFlags cannot be 2",
        "Purge is no key",
    ]


def test_the_manifest_is_that_of_the_newest_build(sandbox: Sandbox) -> None:
    """Also when the newest release of the channel is for Android alone."""
    sandbox.build()
    fixed = sandbox.dist / "notes/stable/manifest.plist"
    before = json.loads(sandbox.read("notes/stable/app-managed.json"))
    assert fixed.read_bytes() == (sandbox.dist / "notes/1.1-2/manifest.plist").read_bytes()
    sandbox.release("1.2", "3", date="2026-05-03")
    sandbox.write(
        "content/apps/notes/releases/2.0-4.yaml",
        "version: '2.0'\nbuild: '4'\ndate: 2026-05-20\nandroid: {url: 'https://downloads.example.com/n.apk'}\n",
    )
    sandbox.build()
    assert fixed.read_bytes() == (sandbox.dist / "notes/1.2-3/manifest.plist").read_bytes()
    after = json.loads(sandbox.read("notes/stable/app-managed.json"))
    assert after["ServerToken"] != before["ServerToken"], "devices look again only when it changes"
    assert after["Payload"] == before["Payload"]


def test_administrators_find_everything_on_one_page(sandbox: Sandbox) -> None:
    sandbox.build()
    page = sandbox.read("notes/management/index.html")
    assert 'content="noindex"' in page
    for text in (
        "https://apps.example.com/notes/stable/manifest.plist",
        'href="../../notes/beta/app-managed.json"',
        'href="../../notes/stable/install-application.plist"',
    ):
        assert text in page
    assert 'href="../notes/management/"' in sandbox.read("notes/index.html")
    assert "management" not in sandbox.read("sitemap.xml")


def test_without_being_asked_for_there_is_nothing(tmp_path: Path) -> None:
    sandbox = example(tmp_path)
    sandbox.build()
    assert not [path for path in sandbox.files() if "management" in path or "app-managed" in path]
    assert not (sandbox.dist / "notes/stable/manifest.plist").exists()
    assert "management" not in sandbox.read("notes/index.html")


def test_it_is_asked_for_again_each_time() -> None:
    for path in ("notes/stable/manifest.plist", "notes/stable/app-managed.json"):
        assert headers_for(path)["Cache-Control"] == "no-cache"


def test_its_turn_comes_after_binaries(sandbox: Sandbox) -> None:
    """Deploys, and the commit of a build, put what is named in place before what names it."""
    own_binary(sandbox)
    sandbox.build()
    (binary,) = [path for path in sandbox.files() if path.endswith(".ipa")]
    assert turn(binary) is Turn.CONTENT < turn("notes/stable/manifest.plist")


class ManagedSite(LiveSite):
    more = "outputs: [management]\n"


@pytest.fixture
def managed(tmp_path: Path) -> Iterator[ManagedSite]:
    site = ManagedSite(tmp_path, Authority(tmp_path))
    yield site
    site.close()


def test_verify_knows_the_fixed_manifest(managed: ManagedSite) -> None:
    assert managed.findings() == {}
    resources = managed.server.resources
    resources["/notes/stable/manifest.plist"].body = resources["/notes/1.0-1/manifest.plist"].body
    rows = managed.findings()["manifest-stale"]
    assert {row.subject for row in rows} == {f"{managed.url}notes/stable/manifest.plist"}
    managed.server.resources["/notes/stable/manifest.plist"].status = 404
    assert [row.subject for row in managed.findings()["manifest-status"]] == [
        f"{managed.url}notes/stable/manifest.plist"
    ]
