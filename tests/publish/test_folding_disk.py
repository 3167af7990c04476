"""Disks that overlook the case of names: nothing is lost when only the case of a name changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.projects import Sandbox, example
from tests.publish.folding_disk import FoldingDisk
from tests.site.pictures import png

RELEASE = "content/apps/notes/releases/2.0-rc1.yaml"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path / "project")
    sandbox.write("content/static/Logo.txt", "logo")
    sandbox.write("content/static/Press/Kit.txt", "kit")
    sandbox.write("content/pages/about.md", "# About\n\n[Kit](../static/Press/Kit.txt)\n")
    sandbox.write("content/apps/notes/Icon.png", png(512))
    sandbox.write("content/apps/notes/app.yaml", "name: Notes\nbundle_id: com.example.app\nicon: Icon.png\n")
    sandbox.release("2.0", "rc1", date="2026-05-05")
    return sandbox


def rename_all(sandbox: Sandbox) -> None:
    """Each name in other letters; the version of a release names a folder of the site."""
    content = sandbox.root / "content"
    os.rename(content / "static/Logo.txt", content / "static/logo.txt")
    os.rename(content / "static/Press", content / "static/press")
    os.rename(content / "static/press/Kit.txt", content / "static/press/KIT.txt")
    os.rename(content / "apps/notes/Icon.png", content / "apps/notes/icon.png")
    sandbox.write("content/pages/about.md", "# About\n\n[Kit](../static/press/KIT.txt)\n")
    sandbox.write("content/apps/notes/app.yaml", "name: Notes\nbundle_id: com.example.app\nicon: icon.png\n")
    release = sandbox.root / RELEASE
    release.write_text(release.read_text().replace("rc1", "RC1"))


@pytest.mark.parametrize("folds", [True, False])
def test_names_that_change_only_their_case_lose_nothing(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folds: bool
) -> None:
    if folds:
        FoldingDisk(tmp_path, monkeypatch)
    sandbox.build()
    assert {"Logo.txt", "Press/Kit.txt", "notes/2.0-rc1/index.html"} <= sandbox.files().keys()
    rename_all(sandbox)
    assert (sandbox.root / "content/static/Logo.txt").exists() is folds
    sandbox.build()
    sandbox.build(out=tmp_path / "clean", cache=False)
    assert sandbox.files() == sandbox.files(tmp_path / "clean")
    assert {"logo.txt", "press/KIT.txt", "notes/2.0-RC1/index.html"} <= sandbox.files().keys()
    assert sandbox.build().written == 0


def test_a_build_killed_before_it_has_tidied_up_loses_nothing_either(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FoldingDisk(tmp_path, monkeypatch)
    sandbox.build()
    rename_all(sandbox)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("otasite.publish.output.Output.remove", stop)
        sandbox.build()
    sandbox.build()
    sandbox.build(out=tmp_path / "clean", cache=False)
    assert sandbox.files() == sandbox.files(tmp_path / "clean")


def stop(*_: object) -> int:
    raise KeyboardInterrupt
