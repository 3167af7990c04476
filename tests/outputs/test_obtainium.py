"""Obtainium finds the newest APK of each channel: its reading of ``index.xml`` and of pages, in a few lines."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

import pytest

from tests.outputs.projects import ANDROID_APP, android_example, own_apk
from tests.projects import Sandbox

BASE = "https://apps.example.com/"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return android_example(tmp_path, "[obtainium]")


class Index(HTMLParser):
    """An index as a reader of HTML sees it: an element that closes itself goes on to the end of the file."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.apps: dict[str, dict[str, Any]] = {}
        self.repository = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        values = dict(attrs)
        if tag == "repo":
            self.repository = values["name"] or ""
        if tag == "application":
            self.app: dict[str, Any] = {"packages": []}
            self.apps[values["id"] or ""] = self.app
        if tag == "package":
            self.app["packages"].append({})

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raise AssertionError(f"<{tag}/> never ends in HTML")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        match self.open:
            case [*_, "package", tag]:
                self.app["packages"][-1][tag] = data
            case [*_, "application", tag]:
                self.app[tag] = self.app.get(tag, "") + data

    def latest(self, identifier: str) -> tuple[str, str]:
        """Version and address of the APK that is suggested."""
        app = self.apps[identifier]
        chosen = next(one for one in app["packages"] if one["versioncode"] == app["marketvercode"])
        return chosen["version"], f"{BASE.rstrip('/')}/{chosen['apkname']}"


def offered(sandbox: Sandbox, page: str) -> dict[str, Any]:
    """The app that the page's button hands over."""
    (link,) = re.findall(r'href="obtainium://app/([^"]+)"', sandbox.read(page))
    found: dict[str, Any] = json.loads(unquote(link))
    return found | {"additionalSettings": json.loads(found["additionalSettings"])}


def test_the_index_suggests_the_newest_of_the_default_channel(sandbox: Sandbox) -> None:
    sandbox.build()
    index = Index(sandbox.read("index.xml"))
    version, url = index.latest("com.example.app")
    assert version == "1.10"
    assert (sandbox.dist / url.removeprefix(BASE)).is_file()
    app = index.apps["com.example.app"]
    assert [package["version"] for package in app["packages"]] == ["1.10", "1.9"], "none of another channel"
    assert (app["name"], app["author"], app["changelog"]) == ("Notes", "Example & Sons", "Notes of *1.10*.")
    assert index.repository == "Test Apps"


def test_builds_with_another_application_id_are_no_builds_of_it(sandbox: Sandbox) -> None:
    own_apk(sandbox, "1.8", 40, date="2026-05-01", identifier="com.example.old")
    sandbox.build()
    apps = Index(sandbox.read("index.xml")).apps
    assert [(app, [one["version"] for one in found["packages"]]) for app, found in apps.items()] == [
        ("com.example.app", ["1.10", "1.9"])
    ]


def test_the_button_of_the_default_channel_leads_to_the_index(sandbox: Sandbox) -> None:
    sandbox.build()
    for page in ("notes/index.html", "notes/stable/index.html"):
        app = offered(sandbox, page)
        assert (app["id"], app["url"], app["overrideSource"]) == ("com.example.app", BASE, "FDroidRepo")
        assert app["additionalSettings"] == {"appIdOrName": "com.example.app"}


def test_another_channel_is_followed_through_its_page(sandbox: Sandbox) -> None:
    sandbox.build()
    app = offered(sandbox, "notes/beta/index.html")
    assert (app["url"], app["overrideSource"]) == (f"{BASE}notes/beta/", "HTML")
    page = sandbox.read("notes/beta/index.html")
    links = {urljoin(app["url"], href) for href in re.findall(r'<a [^>]*href="([^"]+\.apk)"', page)}
    (link,) = links
    assert (sandbox.dist / link.removeprefix(BASE)).is_file()
    settings = app["additionalSettings"]
    match = re.search(settings["versionExtractionRegEx"], link)
    assert match
    assert match[int(settings["matchGroupToUse"])] == "2.0"


def test_binaries_elsewhere_are_followed_through_pages(sandbox: Sandbox) -> None:
    sandbox.write(
        "content/apps/notes/app.yaml", ANDROID_APP + "binaries: {base_url: https://downloads.example.com/}\n"
    )
    sandbox.build()
    assert not (sandbox.dist / "index.xml").exists()
    app = offered(sandbox, "notes/index.html")
    assert (app["url"], app["overrideSource"]) == (f"{BASE}notes/stable/", "HTML")


def test_nobody_is_offered_what_is_not_there(sandbox: Sandbox) -> None:
    """An app for iOS alone, and an app that nothing may name."""
    sandbox.write("content/apps/notes/app.yaml", ANDROID_APP + "visibility: unlisted\n")
    sandbox.write("content/apps/other.yaml", "name: Other\nbundle_id: com.example.other\n")
    sandbox.build(secret="s" * 32)
    assert not (sandbox.dist / "index.xml").exists()
    pages = [data for path, data in sandbox.files().items() if path.endswith(".html")]
    assert not any(b"obtainium" in data or b'id="follow"' in data for data in pages)
