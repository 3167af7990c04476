"""A project held open: each thing is loaded when it is asked for, and mistakes elsewhere make no difference."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from otasite.catalogue.sources import Changes
from otasite.cli import cli
from otasite.problems import ProblemsFound, Refused
from otasite.site.artifacts import Artifact
from otasite.workshop.unit import AppUnit
from otasite.workshop.workshop import open_project
from tests.preview.projects import let_files_age
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


def test_a_change_in_one_app_leaves_the_others_as_they_are(sandbox: Sandbox) -> None:
    other = sandbox.write("content/apps/other.yaml", "name: Other\nbundle_id: com.example.other\n")
    workshop = sandbox.open()
    before = {artifact.path: artifact for artifact in workshop.files()}
    other.write_text("name: Changed\nbundle_id: com.example.other\n", "utf-8")
    assert workshop.refresh(Changes(files=frozenset({"content/apps/other.yaml"}))) == ["other"]
    after = {artifact.path: artifact for artifact in workshop.files()}
    assert [app.name for app in workshop.apps] == ["Notes", "Changed"]
    assert after["notes/index.html"] is before["notes/index.html"]
    assert b"Changed" in after["other/index.html"].data()
    assert b"Changed" in after["index.html"].data()


def test_a_mistake_leaves_the_last_good_state_until_it_goes(sandbox: Sandbox) -> None:
    workshop = sandbox.open()
    good = workshop.render("index.html")
    site = sandbox.write("content/site.yaml", f"titel: Wrong\n{SITE}")
    workshop.refresh(Changes(files=frozenset({"content/site.yaml"})))
    assert [problem.code for problem in workshop.problems()] == ["unknown-key"]
    assert workshop.assembly.is_sound
    site.write_text(SITE.replace("Test Apps", "Other Apps"), "utf-8")
    workshop.refresh(Changes(files=frozenset({"content/site.yaml"})))
    assert workshop.problems() == ()
    assert workshop.render("index.html") == good.replace(b"Test Apps", b"Other Apps")


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The apps that were read as a whole since the test began."""
    found: list[str] = []
    plan_all = AppUnit.plan_all

    def counted(unit: AppUnit) -> object:
        found.append(unit.source.id)
        return plan_all(unit)

    monkeypatch.setattr(AppUnit, "plan_all", counted)
    return found


@pytest.mark.parametrize("more", [{}, {"drafts": True}, {"drafts": True, "future": True}])
def test_what_a_build_found_out_is_not_found_out_again(
    sandbox: Sandbox, planned: list[str], more: dict[str, object]
) -> None:
    sandbox.write("content/apps/other.yaml", "name: Other\nbundle_id: com.example.other\n")
    let_files_age(sandbox.root)
    sandbox.build()
    planned.clear()
    workshop = sandbox.open(**more)
    assert workshop.render("catalogue.json") == (sandbox.dist / "catalogue.json").read_bytes()
    assert planned == []
    assert workshop.render("notes/index.html") == (sandbox.dist / "notes/index.html").read_bytes()
    assert planned == ["notes"]


def test_a_build_without_drafts_knows_nothing_of_an_app_that_has_some(sandbox: Sandbox, planned: list[str]) -> None:
    draft = sandbox.release("2.0", "20")
    draft.write_text(f"draft: true\n{draft.read_text('utf-8')}", "utf-8")
    sandbox.write("content/apps/other.yaml", "name: Other\nbundle_id: com.example.other\n")
    let_files_age(sandbox.root)
    sandbox.build()
    planned.clear()
    assert b'"2.0"' in sandbox.open(drafts=True).render("catalogue.json")
    assert planned == ["notes"]


def test_a_project_is_found_from_any_folder_in_it(sandbox: Sandbox) -> None:
    assert open_project(sandbox.root / "content" / "apps").project.root == sandbox.root
    with pytest.raises(Refused, match=r"there is no content/site\.yaml"):
        open_project(sandbox.root.parent)
