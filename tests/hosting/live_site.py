"""A really built site with real binaries, served on loopback, that tests spoil in one place."""

from __future__ import annotations

import datetime as dt
import plistlib
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from otasite.hosting.verify.client import Limits, RetryPolicy
from otasite.hosting.verify.report import Row, Verification
from otasite.hosting.verify.site import VerifyOptions, verify
from tests.binaries import apple
from tests.binaries.ipas import info_values, write_ipa
from tests.hosting.authority import Authority
from tests.hosting.live_server import LiveServer, Resource
from tests.projects import SITE, Sandbox

BUNDLE = "com.example.app"  # what the test profile is for
FAR = dt.datetime(2099, 1, 1)
#: Quick and impatient: everything is on loopback.
QUICK = RetryPolicy(pause=0.01)
LIMITS = Limits(silence=5, connections=4)

RELEASE = """\
version: "{version}"
build: "{build}"
date: 2026-05-0{build}
channel: stable
notes: Notes of {version}.
ios:
  file: notes-{build}.ipa
  identifier: {identifier}
"""


def profile(expires: dt.datetime = FAR, kind: str = "ad-hoc") -> bytes:
    return apple.profile(kind, ExpirationDate=expires, DeveloperCertificates=[])


def ipa(
    path: Path,
    *,
    version: str = "1.1",
    build: str = "2",
    identifier: str = BUNDLE,
    filler: int = 256_000,
    **more: Any,
) -> bytes:
    """The bytes of a small .ipa, large enough to be cut and read in pieces."""
    values = info_values(CFBundleIdentifier=identifier, CFBundleShortVersionString=version, CFBundleVersion=build)
    more = {"profile": profile(), "info": values, **more}
    return write_ipa(path, {"filler.bin": random.Random(1).randbytes(filler)}, **more).read_bytes()


class LiveSite:
    """The built site behind a server. A test changes ``server.resources`` and asks for a report."""

    #: More lines of site.yaml.
    more = ""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder = folder
        self.authority = authority
        self.server = LiveServer(authority.issue())
        self.url = self.server.url
        self.dist = self._build(folder / "project")
        self.pem = authority.issue(days=200)
        self.reset()

    def _build(self, root: Path) -> Path:
        sandbox = Sandbox(root)
        sandbox.write("content/site.yaml", SITE.replace("https://apps.example.com/", self.url) + self.more)
        sandbox.write("content/apps/notes/app.yaml", f"name: Notes & more\nsubtitle: Ä\nbundle_id: {BUNDLE}\n")
        (root / "content/apps/notes/releases").mkdir()
        for version, build in (("1.0", "1"), ("1.1", "2")):
            ipa(root / f"content/apps/notes/releases/notes-{build}.ipa", version=version, build=build)
            text = RELEASE.format(version=version, build=build, identifier=BUNDLE)
            sandbox.write(f"content/apps/notes/releases/{version}-{build}.yaml", text)
        sandbox.build()
        return sandbox.dist

    def reset(self) -> None:
        """Serve the good deployment again."""
        self.server.use(self.pem)
        self.server.load(self.dist)

    def close(self) -> None:
        self.server.close()

    # --- addresses of the newest release --------------------------------------------------------------------

    def path(self, ending: str) -> str:
        """The one path with this ending in the newest release's folder (else in the app's)."""
        folder = "/notes/1.1-2/" if ending in ("manifest.plist", ".ipa") else "/notes/"
        return next(
            p for p in self.server.resources if p.startswith(folder) and re.search(re.escape(ending) + "$", p)
        )

    def resource(self, ending: str) -> Resource:
        return self.server.resources[self.path(ending)]

    def picture(self, side: int) -> str:
        return next(p for p in self.server.resources if p.startswith(f"/notes/icon-{side}."))

    def edit_manifest(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the only item of the newest release's manifest."""
        resource = self.resource("manifest.plist")
        document = plistlib.loads(resource.body)
        change(document["items"][0])
        resource.body = plistlib.dumps(document)

    def edit_pages(self, old: str, new: str) -> None:
        """Replace text in every page; it must occur."""
        count = 0
        for path, resource in self.server.resources.items():
            if path.endswith("/"):
                count += resource.body.count(old.encode())
                resource.body = resource.body.replace(old.encode(), new.encode())
        assert count, f"no page contains {old}"

    def replace_ipa(self, body: bytes) -> None:
        self.resource(".ipa").body = body

    # --- verifying ------------------------------------------------------------------------------------------

    def verify(self, **wishes: Any) -> Verification:
        wishes = {"ca": self.authority.root, "retry": QUICK, "limits": LIMITS, **wishes}
        return verify(self.url, VerifyOptions(**wishes))

    def findings(self, **wishes: Any) -> dict[str, list[Row]]:
        """Everything amiss, by the name of the check."""
        found: dict[str, list[Row]] = {}
        for row in self.verify(**wishes).rows:
            if row.result != "ok":
                found.setdefault(row.check, []).append(row)
        return found


def local(url: str) -> str:
    """The path of an address."""
    return urlsplit(url).path
