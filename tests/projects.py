"""Small projects in a temporary folder, for tests of everything that reads a whole project."""

from __future__ import annotations

import datetime as dt
import random
import textwrap
from pathlib import Path

from otasite.catalogue.project import Project
from otasite.hosts.signed_urls import UrlSigner
from otasite.problems import Problem, ProblemsFound
from otasite.publish.checking import check
from otasite.publish.engine import build
from otasite.publish.report import Report
from otasite.workshop.options import BuildOptions
from otasite.workshop.workshop import Workshop
from tests.binaries.ipas import write_ipa

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)

SITE = """\
title: Test Apps
base_url: https://apps.example.com/
organisation:
  name: Example & Sons
channels:
  stable: {title: Stable}
  beta: {title: Beta, keep: 3}
"""

APP = """\
name: Notes
subtitle: Write things down
bundle_id: com.example.app
"""

RELEASE = """\
version: {version}
build: {build}
date: {date}
channel: {channel}
notes: |
  Notes of *{version}*.
ios:
  url: https://downloads.example.com/notes-{build}.ipa
"""


class Sandbox:
    """A project that tests write to, build and look at.

    ``domain`` is that of its addresses; those of example.com are examples to otasite, too.
    """

    def __init__(self, root: Path, domain: str = "example.com") -> None:
        self.root = root
        self.domain = domain
        self.project = Project(root)
        self.dist = root / "dist"

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file (text is dedented); its folders are made."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            target.write_bytes(text)
        else:
            target.write_text(textwrap.dedent(text), "utf-8")
        return target

    def release(
        self, version: str, build: str, *, app: str = "notes", date: str = "2026-05-01", channel: str = "stable"
    ) -> Path:
        text = RELEASE.format(version=version, build=build, date=date, channel=channel)
        text = text.replace("example.com", self.domain)
        return self.write(f"content/apps/{app}/releases/{version}-{build}.yaml", text)

    def options(
        self,
        *,
        cache: bool = True,
        workers: int = 1,
        drafts: bool = False,
        future: bool = False,
        base_url: str | None = None,
        secret: str = "",
        now: dt.datetime = NOW,
        signer: UrlSigner | None = None,
    ) -> BuildOptions:
        return BuildOptions(
            now=now,
            drafts=drafts,
            future=future,
            base_url=base_url,
            environment={"OTASITE_SECRET": secret},
            cache=cache,
            workers=workers,
            signer=signer,
        )

    def open(self, **options: object) -> Workshop:
        return Workshop(self.project, self.options(**options))  # type: ignore[arg-type]

    def build(self, *, out: Path | None = None, strict: bool = False, **options: object) -> Report:
        return build(self.open(**options), out=out, strict=strict)

    def check(self) -> tuple[Problem, ...]:
        options = BuildOptions(now=NOW, needs_base_url=False, workers=1)
        return check(Workshop(self.project, options), expiring=dt.timedelta(days=30)).problems

    def mistakes(self) -> list[str]:
        """The problems of a build that fails, as ``place: code``."""
        try:
            self.build()
        except ProblemsFound as error:
            return [f"{problem.location}: {problem.code}" for problem in error.problems]
        return []

    def files(self, folder: Path | None = None) -> dict[str, bytes]:
        """Every file below a folder (dist/) with its bytes."""
        folder = folder or self.dist
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def read(self, path: str) -> str:
        return (self.dist / path).read_text("utf-8")


def example(root: Path, domain: str = "example.com") -> Sandbox:
    """A project with one app and two releases that builds."""
    sandbox = Sandbox(root, domain)
    sandbox.write("content/site.yaml", SITE.replace("example.com", domain))
    sandbox.write("content/apps/notes/app.yaml", APP)
    sandbox.release("1.0", "1")
    sandbox.release("1.1", "2", date="2026-05-02")
    return sandbox


def own_binary(sandbox: Sandbox, *, seed: int = 1, filler: int = 5_000, more: str = "") -> bytes:
    """Put a real .ipa with a release of “notes” that names it; gives its bytes. ``more`` is YAML below ``ios:``."""
    path = sandbox.write("content/apps/notes/releases/own.ipa", b"")
    write_ipa(path, {"filler.bin": random.Random(seed).randbytes(filler)})
    sandbox.write(
        "content/apps/notes/releases/own.yaml",
        f"version: 1.10\nbuild: 0123\ndate: 2026-05-09\nios:\n  file: own.ipa\n{more}",
    )
    return path.read_bytes()
