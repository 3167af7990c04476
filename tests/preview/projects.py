"""A small project to preview, and previews of it that a test can talk to over real sockets."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from otasite.catalogue.project import Project
from otasite.preview.running import News, Preview, Settings
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
#: How long a change may take to arrive before a test gives up; it takes a few hundredths of that.
PATIENCE = 8.0


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
        self.preview = Preview(self.project, self.settings, self.news.append).start()
        if self.wait:
            self.preview.wait_until_settled()

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
            time.sleep(0.005)

    def wait_for_text(self, path: str, text: str) -> None:
        self.wait_for(lambda: text in self.get(path).text, f"“{text}” at {path}")

    def codes(self, path: str = "") -> list[str]:
        return [problem["code"] for problem in self.status(path)["problems"]]

    def stop(self) -> None:
        self.preview.stop()
