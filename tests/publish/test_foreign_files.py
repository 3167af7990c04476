"""Links that lead out of the project: what is there belongs to the machine, and nobody may read it on the site."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import Sandbox, example

SECRET = "a secret of this machine\n"

#: What a pull request may turn into a link, and where the problem is then told.
LINKS = {
    "page": ("content/pages/about.md", "secret.md"),
    "notes": ("content/apps/notes/releases/1.1-2.md", "secret.md"),
    "release": ("content/apps/notes/releases/1.2-3.yaml", "secret.yaml"),
    "site": ("content/site.yaml", "site.yaml"),
    "static file": ("content/static/robots-rules.txt", "secret.md"),
}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path / "project")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("secret.md", "secret.yaml"):
        (elsewhere / name).write_text(SECRET, "utf-8")
    (elsewhere / "site.yaml").write_bytes((sandbox.root / "content/site.yaml").read_bytes())
    return sandbox


def published(sandbox: Sandbox) -> bool:
    """Whether the secret stands in any file of the site."""
    return (
        any(SECRET.strip().encode() in data for data in sandbox.files().values()) if sandbox.dist.exists() else False
    )


@pytest.mark.parametrize(("path", "name"), LINKS.values(), ids=LINKS)
def test_a_link_that_leads_out_is_a_problem_and_nothing_is_published(sandbox: Sandbox, path: str, name: str) -> None:
    link = sandbox.root / path
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(Path("../" * path.count("/")) / "../elsewhere" / name)
    assert f"{path}: outside-content" in sandbox.mistakes()
    assert not published(sandbox)


def test_so_is_a_file_in_a_folder_that_leads_out(sandbox: Sandbox) -> None:
    (sandbox.root / "content/pages").symlink_to(sandbox.root.parent / "elsewhere")
    names = ("secret.md", "secret.yaml", "site.yaml")
    assert sandbox.mistakes() == [f"content/pages/{name}: outside-content" for name in names]
    assert not published(sandbox)


def test_a_link_that_changes_its_aim_between_two_builds_is_noticed(sandbox: Sandbox) -> None:
    page = sandbox.write("content/pages/about.md", "# About\n\nOurs.\n")
    sandbox.build()
    page.unlink()
    page.symlink_to(sandbox.root.parent / "elsewhere/secret.md")
    assert sandbox.mistakes() == ["content/pages/about.md: outside-content"]
    assert not published(sandbox)


def test_links_in_a_circle_and_to_nothing_are_told_each_where_it_is(sandbox: Sandbox) -> None:
    static = sandbox.root / "content/static"
    (static / "a").mkdir(parents=True)
    (static / "b").mkdir()
    (static / "a/to-b").symlink_to("../b")
    (static / "b/to-a").symlink_to("../a")
    (static / "gone.txt").symlink_to("was-here.txt")
    (static / "self.txt").symlink_to("self.txt")
    assert sandbox.mistakes() == [
        "content/static/a/to-b/to-a: unreadable-file",
        "content/static/b/to-a/to-b: unreadable-file",
        "content/static/gone.txt: unreadable-file",
        "content/static/self.txt: unreadable-file",
    ]


def test_a_link_beside_its_file_is_published_as_that_file(sandbox: Sandbox) -> None:
    sandbox.write("content/static/docs/terms.txt", "Terms\n")
    (sandbox.root / "content/static/terms.txt").symlink_to("docs/terms.txt")
    sandbox.build()
    assert sandbox.read("terms.txt") == sandbox.read("docs/terms.txt") == "Terms\n"


def test_links_within_the_content_and_to_the_project_itself_are_fine(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.write("content/common/about.md", "# About\n\nOurs.\n")
    (sandbox.root / "content/pages").mkdir()
    (sandbox.root / "content/pages/about.md").symlink_to("../common/about.md")
    (tmp_path / "by-another-name").symlink_to(sandbox.root)
    assert not [mistake for mistake in Sandbox(tmp_path / "by-another-name").mistakes() if "outside" in mistake]
    assert "Ours." in sandbox.read("about/index.html")


def test_the_whole_content_may_live_elsewhere(sandbox: Sandbox, tmp_path: Path) -> None:
    (sandbox.root / "content").rename(tmp_path / "kept-elsewhere")
    (sandbox.root / "content").symlink_to(tmp_path / "kept-elsewhere")
    assert sandbox.mistakes() == []
