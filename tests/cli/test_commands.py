"""The commands as a person uses them: words, exit codes, files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from otasite.cli import COMMANDS, cli, ending
from otasite.cli.choices import Group, OneOf
from tests.projects import Sandbox, example


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def shell(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "otasite", *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output


def test_an_unknown_command_gets_a_suggestion() -> None:
    result = run("biuld")
    assert result.exit_code == 2
    assert "did you mean “build”?" in result.output


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("check --format jsn", "Did you mean “json”?"),
        ("diff a.ipa b.ipa --format githb", "Did you mean “github”?"),
        ("new release x --platform andriod", "Did you mean “android”?"),
        ("hosting config nignx", "Did you mean “nginx”?"),
        ("hosting check netlfy", "Did you mean “netlify”?"),
        ("schema sites", "Did you mean “site”?"),
        ("completion zhs", "Did you mean “zsh”?"),
        ("theme ejcet", "did you mean “eject”?"),
    ],
)
def test_a_choice_that_does_not_exist_gets_a_suggestion(words: str, meant: str) -> None:
    result = run(*words.split())
    assert (result.exit_code, meant in result.output) == (2, True), result.output


def test_every_choice_of_the_command_line_makes_suggestions() -> None:
    def commands(command: click.Command) -> Iterator[click.Command]:
        yield command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                yield from commands(command.get_command(context, name) or click.Command("none"))

    every = list(commands(cli))
    choices = [param.type for command in every for param in command.params if isinstance(param.type, click.Choice)]
    assert len(choices) > 8 and all(isinstance(choice, OneOf) for choice in choices)
    assert all(isinstance(command, Group) for command in every if isinstance(command, click.Group))


def test_a_new_site_builds_at_once(tmp_path: Path) -> None:
    assert run("new", "site", tmp_path / "my-apps", "--title", "Our: apps").exit_code == 0
    result = run("build", "-C", tmp_path / "my-apps")
    assert result.exit_code == 0, result.output
    assert result.output.count("[example-address]") == result.output.count(": warning: ") == 2
    assert "<h1" in (tmp_path / "my-apps/dist/hello/index.html").read_text()
    assert "Our: apps" in (tmp_path / "my-apps/dist/index.html").read_text()
    assert run("check", "-C", tmp_path / "my-apps").exit_code == 0


def test_nothing_is_uploaded_with_addresses_that_are_examples(sandbox: Sandbox) -> None:
    result = run("deploy", "s3://bucket-of-apps", "-C", sandbox.root)
    assert result.exit_code != 0 and "only examples" in str(result.exception)
    run("build", "-C", sandbox.root)
    ready = run("deploy", "s3://bucket-of-apps", "--dist", sandbox.root / "dist")
    assert ready.exit_code != 0 and "such as https://apps.example.com" in str(ready.exception)


def test_the_demo_can_be_a_start(tmp_path: Path) -> None:
    assert run("new", "site", tmp_path / "demo", "--demo").exit_code == 0
    assert (tmp_path / "demo/content/apps/rider/app.yaml").is_file()
    assert (tmp_path / "demo/schema/app.json").is_file()


@pytest.mark.parametrize("words", [("--title", "Mine"), ("--base-url", "https://mine.example.com/")])
def test_the_demo_is_taken_as_it_is(tmp_path: Path, words: tuple[str, str]) -> None:
    result = run("new", "site", tmp_path / "demo", "--demo", *words)
    assert result.exit_code != 0 and "of its own" in str(result.exception)
    assert not (tmp_path / "demo").exists()


def test_a_site_starts_in_a_clone_that_holds_a_readme(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text("# Ours\n")
    assert run("new", "site", tmp_path).exit_code == 0
    assert (tmp_path / "README.md").read_text() == "# Ours\n"
    assert (tmp_path / "content/site.yaml").is_file()


def test_notes_in_a_file_that_is_not_there_are_no_notes(sandbox: Sandbox) -> None:
    result = run("add", sandbox.write("a.ipa", b""), "-C", sandbox.root, "--notes", "notthere.md")
    assert result.exit_code != 0 and str(result.exception) == "there is no file notthere.md"


def test_a_site_is_not_started_over_other_files(sandbox: Sandbox) -> None:
    result = shell("new", "site", sandbox.root)
    assert (result.returncode, "is not empty" in result.stderr) == (2, True)


def test_a_new_app_and_release_build(sandbox: Sandbox) -> None:
    assert run("new", "app", "-C", sandbox.root, "tool", "--title", "Tool #1").exit_code == 0
    result = run(
        "new", "release", "-C", sandbox.root, "tool", "1.10", "0123", "--channel", "beta", "--date", "2026-01-02"
    )
    assert result.output == "content/apps/tool/releases/1.10-0123.yaml\n"
    assert run("build", "-C", sandbox.root).exit_code == 0
    assert (sandbox.dist / "tool/1.10-0123/manifest.plist").is_file()


def test_a_release_for_an_unknown_app(sandbox: Sandbox) -> None:
    result = shell("new", "release", "-C", sandbox.root, "note", "1", "1")
    assert result.returncode == 2
    assert "did you mean “notes”?" in result.stderr


def test_list(sandbox: Sandbox) -> None:
    assert run("list", "-C", sandbox.root).output == "notes  Notes  ios  2 releases  1.1 (2), 2026-05-02\n"
    lines = run("list", "-C", sandbox.root, "notes").output.splitlines()
    assert lines == ["1.1-2  2026-05-02  stable  ios", "1.0-1  2026-05-01  stable  ios"]
    apps = json.loads(run("list", "-C", sandbox.root, "--json").output)
    assert apps[0]["id"] == "notes"


@pytest.mark.parametrize("path", ["dist/notes/1.1-2/index.html", "notes/1.1-2/"])
def test_explain(sandbox: Sandbox, path: str) -> None:
    output = run("explain", "-C", sandbox.root, path).output
    assert "content/apps/notes/releases/1.1-2.yaml" in output
    assert "release.html" in output


def test_explain_what_is_not_there(sandbox: Sandbox) -> None:
    result = shell("explain", "-C", sandbox.root, "notes/indx.html")
    assert result.returncode == 2
    assert "did you mean “notes/index.html”?" in result.stderr


def test_clean_removes_own_files_only(sandbox: Sandbox) -> None:
    run("build", "-C", sandbox.root)
    sandbox.write("dist/CNAME", "x")
    result = run("clean", "-C", sandbox.root)
    assert "left there" in result.output
    assert sandbox.files() == {"CNAME": b"x"}
    (sandbox.dist / "CNAME").unlink()
    sandbox.dist.rmdir()
    run("build", "-C", sandbox.root)
    run("clean", "-C", sandbox.root)
    assert not sandbox.dist.exists()


@pytest.mark.parametrize("below", ["", "site", "site/dist"])
def test_a_file_in_the_way_of_the_output_is_named(sandbox: Sandbox, tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("mine")
    result = run("build", "-C", sandbox.root, "--out", tmp_path / "file" / below)
    assert str(result.exception) == f"{tmp_path / 'file'} is a file, not a folder"


def test_build_says_what_it_did_and_for_which_address(sandbox: Sandbox) -> None:
    output = run("build", "-C", sandbox.root, "--base-url", "https://other.example").output
    assert "dist/: 1 app, 2 releases, " in output
    assert "for https://other.example/ (from --base-url)" in output


@pytest.mark.parametrize("epoch", ["yesterday", "9" * 17, "9" * 400])
def test_a_moment_that_there_is_not(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, epoch: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    result = shell("build", "-C", sandbox.root)
    assert result.returncode == 2
    assert "which is no moment" in result.stderr and "Traceback" not in result.stderr


def test_build_tells_where_the_time_went(sandbox: Sandbox) -> None:
    first = run("build", "-C", sandbox.root, "--stats").output
    size = sum(map(len, sandbox.files().values()))
    assert re.search(rf"bytes written +{size:,} of {size:,} in dist/", first)
    assert re.search(r"parsed files +0 of \d", first)
    assert re.search(r"notes +0 of \d", first)
    assert re.search(r"\d\.\d ms  notes/(\S+/)?index\.html", first)
    assert re.search(r"QR codes +0 of 5", first)
    sandbox.release("1.2", "3")
    again = run("build", "-C", sandbox.root, "--stats").output
    assert re.search(r"parsed files +4 of 5", again)
    assert re.search(r"notes +2 of 3", again)
    assert re.search(r"QR codes +0 of 1", again)


def test_outside_a_project(tmp_path: Path) -> None:
    result = shell("build", cwd=tmp_path)
    assert result.returncode == 2
    assert "there is no content/site.yaml here" in result.stderr
    assert "otasite new site" in result.stderr


def test_eject_a_template(sandbox: Sandbox) -> None:
    output = run("theme", "eject", "-C", sandbox.root, "404.html").output
    assert output.startswith("templates/404.html (from ")
    assert run("build", "-C", sandbox.root).exit_code == 0
    assert "every copy" in run("theme", "drift", "-C", sandbox.root).output


def test_schema(tmp_path: Path) -> None:
    run("schema", "--out", tmp_path / "schema")
    names = ["app.json", "facts.json", "release.json", "site.json"]
    assert sorted(path.name for path in (tmp_path / "schema").iterdir()) == names
    assert json.loads(run("schema", "site").output) == json.loads((tmp_path / "schema/site.json").read_text())


def test_links(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.write("content/apps/secret.yaml", "name: Secret\nvisibility: unlisted\n")
    assert run("links", "-C", sandbox.root).exit_code == 1
    monkeypatch.setenv("OTASITE_SECRET", "x")
    result = run("links", "-C", sandbox.root)
    assert result.exit_code == 0
    assert result.output.startswith("secret  https://apps.example.com/u/")
    run("build", "-C", sandbox.root)
    folder = result.output.split("https://apps.example.com/")[1].strip()
    assert (sandbox.dist / folder / "index.html").is_file()


@pytest.mark.parametrize("demo", [(), ("--demo",)])
def test_a_new_site_for_github_pages(tmp_path: Path, demo: tuple[str, ...]) -> None:
    folder = tmp_path / "my-apps"
    install = ("--install", "git+https://example.com/x y")
    assert run("new", "site", folder, "--github", "--pre-commit", *install, *demo).exit_code == 0
    workflow = (folder / ".github/workflows/pages.yml").read_text()
    printed = run("hosting", "workflow", *install).stdout
    assert workflow == printed
    assert "python -I -m pip install 'git+https://example.com/x y'\n" in workflow
    assert (folder / ".pre-commit-config.yaml").is_file()
    assert run("build", "-C", folder, "--base-url", "https://octocat.github.io/my-apps/").exit_code == 0
    files = {path.name for path in (folder / "dist").iterdir()}
    assert ".nojekyll" in files and "_headers" not in files, "its files are those of GitHub Pages"
    assert run("hosting", "check", "-C", folder).output == "GitHub Pages can take this site\n"


def test_a_site_without_a_host_has_no_limits_to_check(sandbox: Sandbox) -> None:
    result = shell("hosting", "check", "-C", sandbox.root)
    assert result.returncode == 2
    assert "site.yaml names no host" in result.stderr
    result = shell("hosting", "check", "--plan", "paid", "-C", sandbox.root)
    assert (result.returncode, "none is given" in result.stderr) == (2, True)


def test_an_error_shows_the_line_of_its_own_project_from_any_folder(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = Sandbox(tmp_path / "elsewhere")
    elsewhere.write("content/site.yaml", "title: Of another project\n")
    sandbox.write("content/site.yaml", "title: [\n")
    monkeypatch.chdir(elsewhere.root)
    assert ending.run(cli, ["list", "-C", str(sandbox.root)]) == 1
    told = capsys.readouterr().err
    assert "content/site.yaml:1:8: error" in told and "1 | title: [" in told and "another" not in told
