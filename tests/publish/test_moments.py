"""Times of day need a zone, and what lies ahead is named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner

from otasite.cli import cli
from tests.projects import SITE, Sandbox, example

RELEASE = 'version: "3"\nbuild: "3"\ndate: {date}\nios:\n  url: https://a.example/a.ipa\n{more}'
PATH = "content/apps/notes/releases/3-3.yaml"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path)


@pytest.mark.parametrize("date", ["2026-05-09T10:00", "2026-05-09T10:00:30", "2026-05-09 10:00"])
def test_a_time_without_a_zone_is_an_error_that_says_how_to_write_it(sandbox: Sandbox, date: str) -> None:
    sandbox.write(PATH, RELEASE.format(date=f'"{date}"', more=""))
    (problem,) = sandbox.check()
    assert (str(problem.location), problem.is_error) == (f"{PATH}:3:7", True)
    assert problem.code == "no-time-zone"
    assert f"{date}Z" in problem.hint and f"{date}+02:00" in problem.hint


def test_a_time_without_a_zone_is_one_of_the_sites(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", f"{SITE}timezone: Europe/Berlin\n")
    sandbox.write(PATH, RELEASE.format(date="2026-05-09T10:00", more="  signing: {expires: 2027-01-01T10:00}\n"))
    workshop = sandbox.open()
    release = next(each for each in workshop.unit("notes").app.releases if each.source == PATH)
    assert release.date == "2026-05-09T10:00:00+02:00"
    assert release.timestamp == dt.datetime(2026, 5, 9, 8, tzinfo=dt.UTC)
    assert release.ios is not None and release.ios.signing.expires == dt.datetime(2027, 1, 1, 9, tzinfo=dt.UTC)
    assert workshop.problems() == ()


@pytest.mark.parametrize("name", ["Europe/Berln", "../etc/passwd", "/", "Europe", "+02:00"])
def test_a_zone_that_there_is_not(sandbox: Sandbox, name: str) -> None:
    sandbox.write("content/site.yaml", f'{SITE}timezone: "{name}"\n')
    (problem,) = sandbox.open().newest.findings.problems
    assert (problem.code, str(problem.location)) == ("unknown-timezone", "content/site.yaml:8:11")
    assert problem.hint


@pytest.mark.parametrize("date", ["2026-05-09", "2026-05-09T10:00Z", "2026-05-09T10:00:30+02:00"])
def test_a_date_and_a_time_with_its_zone_are_right(sandbox: Sandbox, date: str) -> None:
    sandbox.write(PATH, RELEASE.format(date=date, more=""))
    assert sandbox.check() == ()


def test_the_end_of_a_profile_needs_a_zone_too(sandbox: Sandbox) -> None:
    more = "  signing: {type: ad-hoc, expires: 2027-01-01T10:00}\n"
    sandbox.write(PATH, RELEASE.format(date="2026-05-09", more=more))
    assert [problem.code for problem in sandbox.check()] == ["no-time-zone"]


def test_a_build_knows_what_lies_ahead_and_forgets_it_when_it_is_there(sandbox: Sandbox) -> None:
    for day in range(2, 9):
        sandbox.release(f"4.{day}", str(day), date=f"2026-06-{day:02}")
    for _ in range(2):  # the second has nothing to do
        report = sandbox.build()
        assert [each.version for each in report.ahead] == [f"4.{day}" for day in range(2, 9)]
    report = sandbox.build(now=dt.datetime(2026, 6, 7, tzinfo=dt.UTC))
    assert [each.version for each in report.ahead] == ["4.8"]
    assert "4.7" in sandbox.read("notes/index.html")


@pytest.mark.parametrize("command", ["build", "check"])
def test_build_and_check_say_what_lies_ahead(sandbox: Sandbox, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780272000")  # 2026-06-01
    for day in range(2, 9):
        sandbox.release(f"4.{day}", str(day), date=f"2026-06-{day:02}T09:30Z")
    said = CliRunner().invoke(cli, [command, "-C", str(sandbox.root)]).output
    assert "ahead: notes 4.2 (2), from 2026-06-02 09:30 UTC\n" in said
    assert "4.6 (6)" in said and "4.7" not in said and "ahead: 2 more\n" in said
    assert "the site changes by itself on 2026-06-02 at 09:30 UTC: build it again then\n" in said


@pytest.mark.parametrize("character", ["\a", "\x1b", "\x7f", "\x85\x86", "\ufffe", "\uffff", "\ufdd0"])
def test_what_is_no_character_is_a_problem_with_its_place(sandbox: Sandbox, character: str) -> None:
    sandbox.write(PATH, RELEASE.format(date="2026-05-09", more=""))
    sandbox.write(PATH.replace(".yaml", ".md"), f"One\n\ntwo {character}\n")
    escaped = "".join(f"\\u{ord(each):04x}" for each in character)
    sandbox.write("content/apps/notes/app.yaml", f'name: "No{escaped}tes"\nbundle_id: com.example.app\n')
    found = sorted((str(problem.location), problem.code) for problem in sandbox.check())
    column = 4 + len(character)
    assert found == [
        ("content/apps/notes/app.yaml:1:7", "control-character"),
        (f"{PATH.replace('.yaml', '.md')}:3:{column}", "control-character"),
    ]


def test_announce_knows_the_channels(sandbox: Sandbox) -> None:
    done = CliRunner().invoke(cli, ["announce", "--channel", "stabel", "--dry-run", "-C", str(sandbox.root)])
    assert "there is no channel “stabel”" in str(done.exception) + done.output
