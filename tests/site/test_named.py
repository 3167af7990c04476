"""What notes and pages name: pictures and files come along, pages are there, and what is missing has its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from otasite.catalogue.sources import Sources
from otasite.problems import Findings
from otasite.site.components import Calls, ShownApp
from otasite.site.named import Named
from otasite.site.notes import Notes
from tests.projects import Sandbox, example
from tests.site.pictures import png


class NoApps:
    """For texts that speak of no app."""

    names: tuple[str, ...] = ()

    def find(self, name: str) -> ShownApp | None:
        return None


NOTES = "content/apps/notes/releases/1.1-2.md"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path)
    release = sandbox.root / "content/apps/notes/releases/1.1-2.yaml"
    release.write_text(release.read_text().replace("notes: |\n  Notes of *1.1*.\n", ""))
    return sandbox


def told(sandbox: Sandbox) -> list[tuple[str, str, str]]:
    """Place, code and severity of everything that is wrong."""
    return [(str(problem.location), problem.code, problem.severity) for problem in sandbox.check()]


def test_a_picture_beside_the_notes_is_published_with_its_size(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/releases/shots/new one.png", png(64, height=32))
    sandbox.write(NOTES, "![New](shots/new%20one.png)\n")
    sandbox.build()
    place = next(path for path in sandbox.files() if path.startswith("notes/files/"))
    assert re.fullmatch(r"notes/files/new-one\.[0-9a-f]{10}\.png", place)
    picture = f'<img alt="New" src="../{{}}{place}" width="64" height="32">'
    assert picture.format("") in sandbox.read("notes/index.html")
    assert picture.format("../") in sandbox.read("notes/1.1-2/index.html")
    assert f"https://apps.example.com/{place}" in sandbox.read("notes/feed.xml")


def test_a_file_beside_the_notes_is_published(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/manual.pdf", b"%PDF-1.7")
    sandbox.write(NOTES, "Read [the manual](../manual.pdf).\n")
    sandbox.build()
    place = next(path for path in sandbox.files() if path.startswith("notes/files/manual."))
    assert f'href="../{place}"' in sandbox.read("notes/index.html")


def test_notes_in_yaml_count_from_their_file_too(sandbox: Sandbox) -> None:
    release = sandbox.root / "content/apps/notes/releases/1.0-1.yaml"
    release.write_text(release.read_text().replace("Notes of *1.0*.", "See\n\n  ![x](gone.png)"))
    assert told(sandbox) == [("content/apps/notes/releases/1.0-1.yaml:8:8", "missing-file", "error")]


@pytest.mark.parametrize(
    ("text", "column", "code", "severity"),
    [
        ("![x](gone.png)", 6, "missing-file", "error"),
        ("![x](/gone.png)", 6, "missing-file", "error"),
        ("![x](https://e.example/x.png)", 6, "remote-picture", "error"),
        ("![x](//e.example/x.png)", 6, "remote-picture", "error"),
        ("<img src='data:image/png;base64,AA'>", 11, "bad-address", "warning"),
        ('<img src="\\\\host\\x.png">', 11, "bad-address", "warning"),
        ('<img src="/\\host/x.png">', 11, "bad-address", "warning"),
        ("![x](../../../../secret.png)", 6, "outside-content", "error"),
        ("[x](gone.pdf)", 5, "broken-link", "warning"),
        ("[x](1.1-2.yaml)", 5, "broken-link", "warning"),
        ("[x](../../../../secret)", 5, "broken-link", "warning"),
        ("[x](/gone/)", 5, "broken-link", "warning"),
        ("[x](/notes/9.9-9/)", 5, "broken-link", "warning"),
        ("[x](#gone)", 5, "broken-link", "warning"),
        ("[x](javascript:alert())", 5, "bad-address", "warning"),
        ("[x](ftp://e.example/)", 5, "bad-address", "warning"),
    ],
)
def test_what_is_not_there_is_told_with_its_place(
    sandbox: Sandbox, text: str, column: int, code: str, severity: str
) -> None:
    sandbox.write(NOTES, f"One line.\n\n{text}\n")
    assert told(sandbox) == [(f"{NOTES}:3:{column}", code, severity)]


def test_a_file_that_is_no_picture_is_told(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/releases/shot.png", b"no picture")
    sandbox.write(NOTES, "![x](shot.png)\n")
    assert told(sandbox) == [("content/apps/notes/releases/shot.png", "bad-image", "error")]


def test_links_to_pages_lead_there_however_they_are_written(sandbox: Sandbox) -> None:
    sandbox.write("content/static/terms.pdf", b"%PDF-1.7")
    sandbox.write(
        "content/pages/about.md", "# About\n\n[t](testers.md#your-phone) [n](/notes/1.0-1/) [h](/help/) [f](/)\n"
    )
    sandbox.write(
        "content/pages/testers.md", "# Testers\n\n## Your phone\n\n[b](beta.md) [p](/terms.pdf) [s](/notes/stable)\n"
    )
    sandbox.write("content/pages/beta.md", "# Beta\n")
    sandbox.write(NOTES, "[t](../../../pages/testers.md) [u](/testers/#your-phone) [j](/notes/latest.json)\n")
    assert told(sandbox) == []
    sandbox.build()
    assert 'href="../testers/#your-phone"' in sandbox.read("about/index.html")
    assert 'href="../../testers/"' in sandbox.read("notes/1.1-2/index.html")
    assert ' id="your-phone"' in sandbox.read("testers/index.html")


def test_a_part_that_a_page_does_not_have_is_told(sandbox: Sandbox) -> None:
    sandbox.write("content/pages/about.md", "# About\n\n[t](testers.md#gone) and [u](/testers/#gone)\n")
    sandbox.write("content/pages/testers.md", "# Testers\n")
    places = [
        ("content/pages/about.md:3:5", "broken-link", "warning"),
        ("content/pages/about.md:3:30", "broken-link", "warning"),
    ]
    assert told(sandbox) == places


def test_a_page_of_this_name_is_suggested(sandbox: Sandbox) -> None:
    sandbox.write("content/pages/testers.md", "# Testers\n")
    sandbox.write(NOTES, "[t](testers.md)\n")
    assert [problem.hint for problem in sandbox.check()] == ["write /testers/"]


def test_an_unlisted_app_cannot_be_named_but_has_its_files_with_it(sandbox: Sandbox) -> None:
    app = sandbox.root / "content/apps/notes/app.yaml"
    app.write_text(app.read_text() + "visibility: unlisted\n")
    sandbox.write("content/apps/notes/releases/shot.png", png())
    sandbox.write(NOTES, "![x](shot.png)\n")
    sandbox.write("content/pages/about.md", "# About\n\n[n](/notes/)\n")
    report = sandbox.build(secret="x" * 32)
    assert [problem.code for problem in report.problems] == ["broken-link"]
    assert [path for path in sandbox.files() if "shot" in path and not path.startswith("u/")] == []


def test_a_picture_that_leads_out_of_the_project_is_not_published(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    (sandbox.root / "content/apps/notes/releases/shot.png").symlink_to(tmp_path / "secret.png")
    sandbox.write(NOTES, "![x](shot.png)\n")
    assert sandbox.mistakes() == ["content/apps/notes/releases/shot.png: outside-content"]


def test_a_picture_that_comes_later_mends_the_next_build(sandbox: Sandbox) -> None:
    sandbox.build()
    sandbox.write(NOTES, "![x](shot.png)\n")
    assert sandbox.mistakes() == [f"{NOTES}:1:6: missing-file"]
    sandbox.write("content/apps/notes/releases/shot.png", png())
    sandbox.build()
    assert "<img" in sandbox.read("notes/index.html")


def test_a_picture_that_goes_is_missed_by_who_looks_again(sandbox: Sandbox) -> None:
    shot = sandbox.write("content/apps/notes/releases/shot.png", png())
    notes, findings = Notes(), Findings()

    def look() -> str:
        calls = Calls(sandbox.open().assembly.context, NoApps())
        named = Named(notes, Sources(sandbox.root), findings, "notes/", {}, calls)
        named.look_into("![x](shot.png)", NOTES, "en")
        return notes.html("![x](shot.png)", root="", folder=str(Path(NOTES).parent))

    assert "<img" in look()
    shot.unlink()
    assert look() == "<p>x</p>"
    assert [problem.code for problem in findings.problems] == ["missing-file"]
