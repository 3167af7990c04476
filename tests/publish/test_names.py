"""Names of files and folders: forms of the same characters, links in circles, hidden and long names, own files."""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path

import pytest

from tests.projects import SITE, Sandbox, example
from tests.site.pictures import png

COMPOSED = "Zürich"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
RELEASES = "content/apps/notes/releases"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path)


def told(sandbox: Sandbox) -> list[tuple[str, str]]:
    return sorted((str(problem.location), problem.code) for problem in sandbox.check())


@pytest.mark.parametrize(("written", "on_disk"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_a_name_is_found_in_either_form(sandbox: Sandbox, written: str, on_disk: str) -> None:
    app = sandbox.root / "content/apps/notes/app.yaml"
    app.write_text(app.read_text() + f"icon: {written}/{written}.png\n", "utf-8")
    sandbox.write(f"content/apps/notes/{on_disk}/{on_disk}.png", png(512))
    sandbox.write(
        f"{RELEASES}/{on_disk}.yaml",
        'version: "3"\nbuild: "3"\ndate: 2026-05-09\nios: {url: https://a.example/a.ipa}\n',
    )
    sandbox.write(f"{RELEASES}/{written}.md", f"Notes of three ![x](../{written}/{written}.png)\n")
    sandbox.write(f"content/static/{on_disk}.txt", "text")
    assert told(sandbox) == []
    sandbox.build()
    assert "Notes of three <img" in sandbox.read("notes/3-3/index.html")
    assert f"{COMPOSED}.txt" in sandbox.files(), "addresses that people write have the composed form"


def test_two_files_whose_names_look_the_same_clash(sandbox: Sandbox) -> None:
    for name in (COMPOSED, DECOMPOSED):
        sandbox.write(f"content/static/{name}.txt", name)
    if len(list((sandbox.root / "content/static").iterdir())) == 1:
        pytest.skip("this disk has one file for both")
    assert [code for _, code in told(sandbox)] == ["path-clash"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are not UTF-8")
def test_names_that_are_not_utf_8_are_no_traceback(sandbox: Sandbox) -> None:
    releases = os.fsencode(sandbox.root / RELEASES)
    os.rename(releases + b"/1.1-2.yaml", releases + b"/\xff.yaml")
    assert told(sandbox) == []
    sandbox.build()
    assert "notes/1.1-2/index.html" in sandbox.files()
    sandbox.write("content/static/a.txt", "a")
    static = os.fsencode(sandbox.root / "content/static")
    os.rename(static + b"/a.txt", static + b"/\xff.txt")
    assert told(sandbox) == [("content/static/\udcff.txt", "bad-name")]
    assert sandbox.mistakes() == ["content/static/\udcff.txt: bad-name"]


def test_links_in_circles_are_told_once_each(sandbox: Sandbox) -> None:
    for path in ("content/static/a", "content/pages/x.md", "content/apps/loop", f"{RELEASES}/l.yaml"):
        (sandbox.root / path).parent.mkdir(exist_ok=True)
        os.symlink(Path(path).name, sandbox.root / path)
    os.symlink("..", sandbox.root / "content/static/up")
    found = told(sandbox)
    expected = ["content/apps/loop", f"{RELEASES}/l.yaml", "content/pages/x.md"]
    assert found == [(path, "unreadable-file") for path in expected]
    for path in expected:
        (sandbox.root / path).unlink()
    assert told(sandbox) == [("content/static/a", "unreadable-file"), ("content/static/up", "outside-content")]


def test_hidden_files_that_hosts_need_are_published_and_others_not(sandbox: Sandbox) -> None:
    for name in (".htaccess", ".nojekyll", ".well-known/a.txt", ".DS_Store", ".env"):
        sandbox.write(f"content/static/{name}", "own")
    sandbox.build()
    hidden = {path for path in sandbox.files() if path.startswith(".")}
    assert hidden == {".htaccess", ".nojekyll", ".well-known/a.txt"}


def test_own_files_stand_instead_of_those_that_otasite_makes(sandbox: Sandbox) -> None:
    names = ["robots.txt", "404.html", "humans.txt", ".nojekyll"]
    for name in names:
        sandbox.write(f"content/static/{name}", f"my own {name}")
    assert told(sandbox) == []
    sandbox.build()
    assert all(sandbox.read(name) == f"my own {name}" for name in names)
    (sandbox.root / "content/static/robots.txt").unlink()
    sandbox.build()
    assert "Sitemap:" in sandbox.read("robots.txt")


def test_a_whole_site_can_ask_to_be_left_out_of_search(sandbox: Sandbox) -> None:
    sandbox.build()
    sandbox.write("content/site.yaml", f"{SITE}noindex: true\n")
    sandbox.build()
    pages = [path for path in sandbox.files() if path.endswith(".html")]
    assert all('<meta name="robots" content="noindex">' in sandbox.read(path) for path in pages)
    assert "sitemap.xml" not in sandbox.files()
    assert sandbox.read("robots.txt") == "User-agent: *\nAllow: /\n", "robots must see that pages ask for it"


@pytest.mark.parametrize("key", ["version", "build", "id", "branch"])
def test_what_is_too_long_for_a_name_is_a_problem(sandbox: Sandbox, key: str) -> None:
    values = {"version": "3", "build": "3", key: "1" * 300}
    lines = "".join(f'{name}: "{value}"\n' for name, value in values.items())
    sandbox.write(f"{RELEASES}/long.yaml", f"{lines}date: 2026-05-09\nios: {{url: https://a.example/a.ipa}}\n")
    assert [code for _, code in told(sandbox)] == ["long-name"]


def test_so_are_names_of_apps_pages_and_channels(sandbox: Sandbox) -> None:
    long = "a" * 120
    sandbox.write(f"content/apps/{long}.yaml", "name: Long\n")
    sandbox.write(f"content/pages/{long}.md", "# Long\n")
    sandbox.write("content/site.yaml", SITE.replace("beta:", f"{long}:"))
    codes = [code for _, code in told(sandbox)]
    assert codes.count("long-name") == 3


def test_an_app_with_a_very_long_title_is_built(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/app.yaml", f"name: {'Notes ' * 60}\nbundle_id: com.example.app\n")
    sandbox.build()


def test_names_that_windows_cannot_have_are_warned_of(sandbox: Sandbox) -> None:
    names = ["aux.txt", "CON", "docs/nul.tar.gz", "end.", "space ", "a:b.txt", "com1"]
    fine = ["console.txt", "auxiliary", "com10", "my.con", ".well-known/com"]
    for name in (*names, *fine):
        sandbox.write(f"content/static/{name}", "text")
    sandbox.write("content/apps/prn.yaml", "name: Printer\n")
    sandbox.release("2.0", "7")
    (sandbox.root / f"{RELEASES}/2.0-7.yaml").write_text(
        'version: "2.0"\nbuild: "7"\ndate: 2026-05-01\nios: {url: https://a.example/a.ipa}\nnotes: "![x](aux.png)"\n'
    )
    sandbox.write(f"{RELEASES}/aux.png", png(20))
    expected = sorted([f"content/static/{name}" for name in names] + [f"{RELEASES}/aux.png", "content/apps/prn.yaml"])
    assert told(sandbox) == [(path, "windows-name") for path in expected]
    first, again = sandbox.build().problems, sandbox.build().problems
    assert first == again and len(first) == len(expected), "they are said though nothing changed"


def test_a_path_that_is_too_long_for_windows_is_warned_of_once(sandbox: Sandbox) -> None:
    sandbox.write(f"content/static/{'folder/' * 28}a-file.txt", "text")
    assert told(sandbox) == [(f"content/static/{'folder/' * 28}a-file.txt", "windows-name")]


def test_capital_letters_are_warned_of_on_netlify(sandbox: Sandbox) -> None:
    sandbox.release("2.0-RC1", "7")
    assert told(sandbox) == []
    sandbox.write("content/site.yaml", f"{SITE}hosting: netlify\n")
    assert told(sandbox) == [(f"{RELEASES}/2.0-RC1-7.yaml", "host-changes-case")]
