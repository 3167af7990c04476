"""Files in the wrong place are said, each once, with the place where they belong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import APP, RELEASE, Sandbox, example

ONE = RELEASE.format(version="9.0", build="9", date="2026-05-02", channel="stable")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path)


@pytest.mark.parametrize(
    ("path", "text", "place", "code", "hint"),
    [
        ("content/apps/9.0-9.yaml", ONE, "content/apps/9.0-9.yaml", "misplaced-file", "releases/"),
        ("content/apps/notes/9.0-9.yaml", ONE, "content/apps/notes/9.0-9.yaml", "stray-file", "notes/releases/"),
        ("content/apps/notes/release/9.0-9.yaml", ONE, "content/apps/notes/release", "stray-file", "notes/releases/"),
        ("content/apps/notes/releases/b.yaml", APP, "content/apps/notes/releases/b.yaml", "misplaced-file", "NAME"),
        ("content/app/second.yaml", APP, "content/app", "stray-file", "content/apps"),
        ("content/Apps/second/app.yaml", APP, "content/Apps", "stray-file", "content/apps"),
        ("content/page/help.md", "# Help", "content/page", "stray-file", "content/pages"),
        ("content/datas/team.csv", "a\n", "content/datas", "stray-file", "content/data"),
        ("content/Static/a.txt", "a", "content/Static", "stray-file", "content/static"),
        ("content/second.yaml", APP, "content/second.yaml", "stray-file", "content/apps/NAME"),
    ],
)  # fmt: skip
def test_a_file_in_the_wrong_place_is_one_problem(
    sandbox: Sandbox, path: str, text: str, place: str, code: str, hint: str
) -> None:
    sandbox.write(path, text)
    (problem,) = [found for found in sandbox.check() if found.is_error]
    assert (str(problem.location), problem.code) == (place, code)
    assert hint in problem.hint


@pytest.mark.parametrize(
    "path", ["content/images/a.md", "content/apps/notes/pictures/a.png", "content/apps/notes/x.md"]
)
def test_what_people_keep_beside_is_left_alone(sandbox: Sandbox, path: str) -> None:
    sandbox.write(path, "mine")
    assert not [found for found in sandbox.check() if found.is_error]


def test_conflicts_in_notes_and_backslashes_in_paths(sandbox: Sandbox) -> None:
    sandbox.write("content/pages/help.md", "# Help\n\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n")
    sandbox.write("content/apps/notes/app.yaml", f"{APP}icon: 'icons\\a.png'\n")
    assert sandbox.mistakes() == [
        "content/apps/notes/app.yaml:4:7: bad-value",
        "content/pages/help.md:3:1: conflict-mark",
    ]


@pytest.mark.parametrize("key", ["build", "version", "date"])
def test_a_misspelt_key_is_not_missing_as_well(sandbox: Sandbox, key: str) -> None:
    sandbox.write("content/apps/notes/releases/9.yaml", ONE.replace(f"{key}:", f"{key}s:"))
    assert [place.rpartition(": ")[2] for place in sandbox.mistakes()] == ["unknown-key"]
