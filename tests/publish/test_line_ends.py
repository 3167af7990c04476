"""Line ends and encodings of other systems: git's CRLF in what is read, Windows' text mode in what is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from otasite.cli import cli
from tests.binaries.ipas import write_ipa
from tests.projects import APP, SITE, Sandbox, example
from tests.publish.text_mode import windows_text_mode

RELEASES = "content/apps/notes/releases"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """Text of every kind that a project has, with characters that cp1252 has not."""
    sandbox = example(tmp_path / "project")
    sandbox.write("content/site.yaml", f"{SITE}languages: [en, pl]\n")
    sandbox.write("content/apps/notes/app.yaml", f"{APP}description: |\n  Zażółć\n\n  gęślą *jaźń*\n")
    sandbox.write(f"{RELEASES}/1.1-2.md", "# New\n\n- one  \n  line\n- two\n\n```\ncode\n\nmore\n```\n")
    release = sandbox.root / RELEASES / "1.1-2.yaml"
    release.write_text(release.read_text().replace("notes: |\n  Notes of *1.1*.\n", ""))
    sandbox.write("content/pages/about.md", "# O nas\n\nZażółć gęślą\njaźń.\n\n| a | b |\n| - | - |\n| 1 | 2 |\n")
    sandbox.write("locales/pl.po", 'msgid ""\nmsgstr "Language: pl\\n"\n\nmsgid "help.title"\nmsgstr "Pomóż"\n"!"\n')
    sandbox.write("templates/app.html", '{% extends "@theme/app.html" %}\n\n{% set x = "a" %}\n')
    return sandbox


def with_crlf(root: Path) -> None:
    for folder in ("content", "locales", "templates"):
        for path in (root / folder).rglob("*.*"):
            if path.is_file():
                path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def test_a_checkout_with_crlf_gives_the_same_site(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.build(out=tmp_path / "lf", cache=False)
    with_crlf(sandbox.root)
    sandbox.build(out=tmp_path / "crlf", cache=False)
    assert sandbox.files(tmp_path / "crlf") == sandbox.files(tmp_path / "lf")


def test_places_of_mistakes_are_the_same_with_crlf(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/app.yaml", f"{APP}description: |\n  a\n  b\nnonsense: 1\n")
    sandbox.write("content/pages/about.md", "# About\n\n![x](none.png)\n")
    sandbox.write("templates/app.html", '{% extends "@theme/app.html" %}\n\n{% set x = %}\n')
    sandbox.write("locales/pl.po", 'msgid "help.title"\nmsgstr "Pomoc"\n\nmsgid nonsense\n')
    before = [(str(problem.location), problem.code) for problem in sandbox.check()]
    assert len(before) >= 3
    with_crlf(sandbox.root)
    assert [(str(problem.location), problem.code) for problem in sandbox.check()] == before


SOURCE = f"git+https://git.example.com/otasite@{'0' * 40}"
WRITING = [
    ["new", "site", "new", "--demo", "--github", "--pre-commit", "--install", SOURCE],
    ["new", "app", "other"],
    ["new", "release", "notes", "2.0", "9"],
    ["new", "theme", "mine"],
    ["theme", "eject", "index.html"],
    ["add", "a.ipa"],
    ["build"],
    ["schema", "--out", "schema"],
    ["hosting", "summary"],
]


def written(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What all commands that write files leave, but for otasite's own memory."""
    write_ipa(sandbox.root / "a.ipa")
    monkeypatch.chdir(sandbox.root)
    for words in WRITING:
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == 0, (words, done.output, done.exception)
    return {path: data for path, data in sandbox.files(sandbox.root).items() if not path.startswith(".otasite/")}


def test_text_mode_of_windows_changes_nothing_that_is_written(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    other = Sandbox(tmp_path / "other" / "project")
    for path, data in sandbox.files(sandbox.root).items():
        other.write(path, data)
    expected = written(sandbox, monkeypatch)
    with monkeypatch.context() as patch:
        windows_text_mode(patch)
        (tmp_path / "probe").write_text("“\n")
        found = written(other, monkeypatch)
    assert (tmp_path / "probe").read_bytes() == b"\x93\r\n"
    assert found.keys() == expected.keys()
    assert [path for path in found if found[path] != expected[path]] == []
