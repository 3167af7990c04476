"""A project with an F-Droid repository, and its key."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from otasite.hosts.repository_key import new_key
from otasite.publish.engine import build
from otasite.workshop.options import BuildOptions
from otasite.workshop.workshop import Workshop
from tests.outputs.projects import android_example
from tests.projects import NOW, Sandbox
from tests.site.pictures import png

REPO = "fdroid/repo/"


@cache
def pem() -> bytes:
    """A key for all tests of a run: the smallest that Android takes, because making one takes long."""
    return new_key(NOW, 2048)


def repository_site(tmp_path: Path) -> Sandbox:
    """A project with an app whose APKs are in its F-Droid repository."""
    sandbox = android_example(tmp_path / "project", "[fdroid]", "icon: icon.png\nscreenshots: [shot.png]\n")
    sandbox.write("content/apps/notes/icon.png", png(64, 1))
    sandbox.write("content/apps/notes/shot.png", png(90, 2))
    return sandbox


def publish(sandbox: Sandbox, key: str | None = None, out: Path | None = None) -> None:
    key = pem().decode() if key is None else key
    environment = {"OTASITE_FDROID_KEY": key, "OTASITE_CONFIG_DIR": "/nowhere", "OTASITE_SECRET": "s" * 32}
    options = BuildOptions(now=NOW, environment=environment, workers=1, cache=out is None)
    build(Workshop(sandbox.project, options), out=out)


def index(sandbox: Sandbox) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sandbox.read(f"{REPO}index-v2.json"))
    return found
