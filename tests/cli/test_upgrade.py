"""``otasite upgrade``: YAML of earlier versions is rewritten, and breaks of own templates are listed with a diff."""

from __future__ import annotations

import errno
import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from otasite.cli import cli
from otasite.theming.eject import eject
from otasite.workshop.template_breaks import _EVERYWHERE, GONE
from tests.projects import Sandbox, example

APP = "content/apps/notes/app.yaml"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path / "project")


def upgrade(sandbox: Sandbox, *words: str) -> Result:
    return CliRunner().invoke(cli, ["upgrade", "-C", str(sandbox.root), *words])


def text(sandbox: Sandbox, path: str) -> str:
    return (sandbox.root / path).read_text("utf-8")


def test_a_project_of_today_needs_nothing(sandbox: Sandbox) -> None:
    result = upgrade(sandbox)
    assert (result.exit_code, result.stdout) == (0, "0 files of YAML rewritten\n")


def test_a_dry_run_shows_the_diff_and_writes_nothing(sandbox: Sandbox) -> None:
    before = text(sandbox, APP) + "x-jira: RID-1  # ours\n"
    sandbox.write(APP, before)
    result = upgrade(sandbox, "--dry-run")
    assert result.exit_code == 1
    assert "-x-jira: RID-1  # ours\n+extra:\n+  jira: RID-1  # ours\n" in result.stdout
    assert "1 file of YAML to rewrite" in result.stdout
    assert text(sandbox, APP) == before


def test_what_was_rewritten_builds_without_the_warning(sandbox: Sandbox) -> None:
    sandbox.write(APP, text(sandbox, APP) + "x-jira: RID-1  # ours\n")
    assert [problem.code for problem in sandbox.check()] == ["deprecated-key"]
    assert upgrade(sandbox).exit_code == 0
    assert text(sandbox, APP).endswith("extra:\n  jira: RID-1  # ours\n")
    assert sandbox.check() == ()
    assert sandbox.open().unit("notes").app.extra == {"jira": "RID-1"}


def test_an_answer_says_that_files_were_written_only_when_they_were(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = text(sandbox, APP) + "x-jira: RID-1\n"
    sandbox.write(APP, before)

    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        result = upgrade(sandbox, "--json")
    assert isinstance(result.exception, OSError) and result.stdout == ""
    assert text(sandbox, APP) == before
    (sandbox.root / APP).chmod(0o600)
    assert json.loads(upgrade(sandbox, "--json").stdout)["written"]
    assert stat.S_IMODE((sandbox.root / APP).stat().st_mode) in (0o600, 0o666), "rights stay"  # Windows has one


def test_times_without_a_zone_are_those_of_utc_unless_the_site_has_its_own(sandbox: Sandbox) -> None:
    path = "content/apps/notes/releases/1.0-1.yaml"
    sandbox.write(path, text(sandbox, path).replace("2026-05-01", "2026-05-01T10:00"))
    sandbox.write("content/site.yaml", text(sandbox, "content/site.yaml") + "timezone: Europe/Berlin\n")
    assert upgrade(sandbox).stdout == "0 files of YAML rewritten\n"
    sandbox.write("content/site.yaml", text(sandbox, "content/site.yaml").replace("timezone: Europe/Berlin\n", ""))
    assert upgrade(sandbox).exit_code == 0
    assert "date: 2026-05-01T10:00Z\n" in text(sandbox, path)


def test_files_that_cannot_be_read_do_not_keep_others_from_being_rewritten(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/releases/1.0-1.yaml", "version: [")
    sandbox.write(APP, text(sandbox, APP) + "x-jira: RID-1\n")
    result = upgrade(sandbox)
    assert result.exit_code == 1
    assert "releases/1.0-1.yaml:1" in result.stderr
    assert "extra:" in text(sandbox, APP)


def test_templates_that_read_what_went_are_listed_with_a_diff(sandbox: Sandbox) -> None:
    template = "{# site.policy #}\n<p>{{ site.policy }}</p>\n{% set page2 = site.titel %}\n"
    sandbox.write("templates/partials/mine.html", template)
    sandbox.write("templates/release.html", "{% if newest %}{{ newest.path }}{% endif %}\n")
    result = upgrade(sandbox)
    assert result.exit_code == 1
    assert "templates/partials/mine.html:2:1: error: “site.policy” went in 0.2.0" in result.stderr
    assert "+<p>{{ page.policy }}</p>" in result.stdout
    assert " {# site.policy #}" in result.stdout
    assert "did you mean “title”?" in result.stderr
    assert "+{% if (newer or [none])[0] %}{{ (newer or [none])[0].path }}{% endif %}" in result.stdout
    assert text(sandbox, "templates/partials/mine.html") == template


def test_a_template_without_end_of_brackets_is_told_and_ends_no_run(sandbox: Sandbox) -> None:
    sandbox.write("templates/brackets-without-end.html", "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}")
    assert upgrade(sandbox).exit_code == 0
    (told,) = [each for each in sandbox.check() if each.code == "template-syntax"]
    assert "too deep" in told.message and str(told.location) == "templates/brackets-without-end.html"


def test_blocks_that_nothing_shows_and_copies_whose_original_moved_on_are_breaks(sandbox: Sandbox) -> None:
    sandbox.write("templates/app.html", "{% extends '@theme/app.html' %}{% block gone %}x{% endblock %}\n")
    eject(sandbox.open().theme, "404.html", sandbox.root)
    copy = text(sandbox, "templates/404.html")
    mark, _, body = copy.partition("\n")
    digest = mark.partition("sha256:")[2][:16]
    sandbox.write("templates/404.html", f"{mark.replace(digest, '0' * 16)}\n<!-- old -->\n{body}")
    found = json.loads(upgrade(sandbox, "--json").stdout)
    assert [each["problem"]["code"] for each in found["templates"]] == ["template-block", "override-drift"]
    assert "-<!-- old -->" in found["templates"][1]["diff"]


def test_the_table_of_what_went_names_nothing_that_is_there() -> None:
    for each in GONE:
        holder, _, field = each.was.partition(".")
        assert not field or field not in _EVERYWHERE[holder]
        holder, _, field = each.now.partition(".")
        assert holder not in _EVERYWHERE or field in _EVERYWHERE[holder]
