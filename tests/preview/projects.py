"""A small project to preview, and previews of it that a test can talk to over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from otasite.catalogue.project import Project
from otasite.catalogue.sources import FINE_TICK_NS, Changes
from otasite.preview.running import News, Preview, Settings
from otasite.workshop.workshop import open_project
from tests.binaries.ipas import write_ipa

SITE = """\
title: Harbour Apps
base_url: https://apps.example.com/repo/
channels:
  stable: {title: Stable}
  beta: {title: Beta}
"""
APP = """\
name: {name}
subtitle: First
bundle_id: com.example.{id}
"""
RELEASE = """\
version: {version}
build: "{build}"
date: 2026-01-{build}
notes: Notes of {version}
ios:
  url: https://files.example.com/{version}.ipa
  signing: {{type: enterprise, team: Example}}
"""
#: No test depends on how long anything takes. After so many seconds it is taken for hung, on any machine.
PATIENCE = 180.0
#: How often a test looks whether what it waits for is there, when nothing is told.
LOOK = 0.05


def write_project(root: Path) -> Project:
    """Two apps, “ferry” with two releases and “tug” with one; a page; no theme of its own."""
    content = root / "content"
    (content / "pages").mkdir(parents=True)
    (content / "site.yaml").write_text(SITE)
    (content / "pages" / "about.md").write_text("# About\n\nWho we are.\n")
    for name, versions in (("ferry", ("1.0", "1.1")), ("tug", ("3.0",))):
        releases = content / "apps" / name / "releases"
        releases.mkdir(parents=True)
        (releases.parent / "app.yaml").write_text(APP.format(name=name.capitalize(), id=name))
        for number, version in enumerate(versions, 10):
            (releases / f"{version}-{number}.yaml").write_text(RELEASE.format(version=version, build=number))
    return Project(root)


def put(file: Path, text: str) -> None:
    """Put a new text in place at once, so that nobody can see half of it. How editors save: ``test_editors``."""
    temporary = file.with_name(f".{file.name}.new")
    temporary.write_text(text)
    temporary.replace(file)


def change(file: Path, old: str, new: str) -> None:
    """Replace a part of a file's text, which must be there."""
    text = file.read_text()
    assert old in text
    put(file, text.replace(old, new))


def let_files_age(root: Path) -> None:
    """Until no file can be written again under the time stamp that it has: then what is read of it is believed."""
    newest = max(os.stat(path).st_ctime_ns for path in root.rglob("*"))
    while time.time_ns() <= newest + FINE_TICK_NS:
        time.sleep(0.002)


def add_own_binary(project: Project) -> bytes:
    """A release of “ferry” with a binary of its own, of some hundred kilobytes; returns the binary."""
    home = project.content / "apps" / "ferry"
    write_ipa(home / "own.ipa", extra={"sounds.bin": random.Random(1).randbytes(300_000)})
    (home / "releases" / "own.yaml").write_text(
        'version: "1.10"\nbuild: "0123"\ndate: 2026-02-01\nios:\n  file: ../own.ipa\n  identifier: com.example.app\n'
    )
    return (home / "own.ipa").read_bytes()


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Running:
    """A preview with the news it told; ``get`` and ``status`` go over real sockets."""

    project: Project
    settings: Settings = field(default_factory=lambda: Settings(port=0))
    news: list[News] = field(default_factory=list)
    wait: bool = True

    def __post_init__(self) -> None:
        self._told = threading.Event()
        self.preview = Preview(open_project(self.project.root), self.settings, self._hear).start()
        if self.wait:
            self.wait_until_settled()

    def _hear(self, news: News) -> None:
        self.news.append(news)
        self._told.set()

    @property
    def changes(self) -> list[Changes]:
        """What the preview said that changed, in order."""
        return [news.changes for news in self.news if news.changes is not None]

    def wait_until_settled(self) -> None:
        assert self.preview.wait_until_settled(PATIENCE)

    @property
    def content(self) -> Path:
        return self.project.content

    @property
    def url(self) -> str:
        return self.preview.url

    def get(self, path: str = "", *, method: str = "GET", body: bytes | None = None, **headers: str) -> Reply:
        """Ask for ``path``: below the site's base path, or from the server's root when it starts with a slash."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            target = path if path.startswith("/") else self.preview.site.base_path + path
            connection.request(method, target, body=body, headers=named)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def status(self, path: str = "") -> Any:
        """What the page at ``path`` learns when it asks the preview."""
        return self.get(f"_otasite/status?path={quote(self.preview.site.base_path + path)}").json()

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until, f"waited in vain for: {what}; problems: {self.preview.site.problems()}"
            self._told.wait(LOOK)
            self._told.clear()

    def wait_for_text(self, path: str, text: str) -> None:
        self.wait_for(lambda: text in self.get(path).text, f"“{text}” at {path}")

    def codes(self, path: str = "") -> list[str]:
        return [problem["code"] for problem in self.status(path)["problems"]]

    def stop(self) -> None:
        self.preview.stop()
