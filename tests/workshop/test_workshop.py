"""A project held open: each thing is loaded when it is asked for, and mistakes elsewhere make no difference."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from otasite.cli import cli
from otasite.problems import ProblemsFound, Refused
from otasite.site.artifacts import Artifact
from otasite.workshop.workshop import open_project
from tests.projects import SITE, Sandbox, example


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def run(sandbox: Sandbox, *words: str) -> Result:
    return CliRunner(env={"OTASITE_SECRET": "a-secret-that-nobody-can-guess"}).invoke(
        cli, [*words, "-C", str(sandbox.root)], catch_exceptions=False
    )


def test_a_mistake_in_another_app_does_not_keep_a_file_from_being_found(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/broken.yaml", "name: Broken\nplatform: ios\n")
    found = sandbox.open().find("notes/index.html")
    assert isinstance(found, Artifact)
    assert found.source == "content/apps/notes/app.yaml"
    told = run(sandbox, "explain", "notes/index.html")
    assert told.exit_code == 0
    assert "template     themes/default/templates/app.html" in told.stdout


def test_a_wrong_folder_of_another_app_does_not_matter_either(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/empty/releases/1.0-1.yaml", "version: '1.0'\n")
    told = run(sandbox, "explain", "notes/index.html")
    assert told.exit_code == 0
    assert "content/apps/empty: error: this app's folder has no app.yaml" in told.stderr


def test_mistakes_of_the_app_itself_are_told(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/app.yaml", "name: Notes\nplatform: ios\n")
    with pytest.raises(ProblemsFound, match="there is no key"):
        sandbox.open().find("notes/index.html")


def test_the_sites_own_files_are_found_without_the_broken_apps(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/broken.yaml", "name: Broken\nplatform: ios\n")
    workshop = sandbox.open()
    assert isinstance(workshop.find("index.html"), Artifact)
    assert [problem.code for problem in workshop.problems()] == ["unknown-key"]


def test_an_unknown_file_gets_a_suggestion(sandbox: Sandbox) -> None:
    with pytest.raises(Refused) as refused:
        sandbox.open().find("notes/indx.html")
    assert refused.value.hint == "did you mean “notes/index.html”?"


def test_the_files_are_those_of_a_build(sandbox: Sandbox) -> None:
    sandbox.build()
    assert sorted(artifact.path for artifact in sandbox.open().files()) == sorted(sandbox.files())


def test_a_broken_channel_is_told_once_and_not_as_missing(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", SITE.replace("{title: Beta, keep: 3}", "{title: Beta, keep: none}"))
    sandbox.release("2.0", "20", channel="beta")
    for command in ("list", "check"):
        told = run(sandbox, command)
        assert told.exit_code == 1
        assert "unknown-channel" not in told.output, command
        assert "1 error" in told.output, command
    with pytest.raises(ProblemsFound) as found:
        run(sandbox, "links")
    assert [problem.code for problem in found.value.problems] == ["bad-value"]


def test_a_syntax_error_in_site_yaml_is_told_and_nothing_else(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", "title: [\n")
    sandbox.release("2.0", "20", channel="beta")
    for command in ("list", "check"):
        told = run(sandbox, command)
        assert told.exit_code == 1
        assert "1 error" in told.output, command


def test_links_name_what_can_be_read(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/secret.yaml", "name: Secret\nvisibility: unlisted\n")
    sandbox.write("content/apps/broken.yaml", "name: Broken\nplatform: ios\n")
    told = run(sandbox, "links")
    assert told.exit_code == 1
    assert told.stdout.startswith("secret")
    assert "there is no key" in told.stderr


def test_what_is_loaded_stays_until_somebody_says_that_files_changed(sandbox: Sandbox) -> None:
    workshop = sandbox.open()
    assert [len(app.releases) for app in workshop.apps] == [2]
    sandbox.release("3.0", "30")
    assert [len(app.releases) for app in workshop.apps] == [2]
    workshop.refresh()
    assert [len(app.releases) for app in workshop.apps] == [3]


def test_a_project_is_found_from_any_folder_in_it(sandbox: Sandbox) -> None:
    assert open_project(sandbox.root / "content" / "apps").project.root == sandbox.root
    with pytest.raises(Refused, match=r"there is no content/site\.yaml"):
        open_project(sandbox.root.parent)
