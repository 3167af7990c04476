"""A site full of mistakes reports all of them in one run, each where it is, and leaves the last good site alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from otasite.cli import cli
from otasite.cli.report import problem_lines
from otasite.cli.terminal import Styled
from otasite.problems import ProblemsFound
from otasite.problems.excerpts import Excerpts
from tests.projects import Sandbox, example

MISTAKES = Path(__file__).parent.parent / "corpus" / "mistakes"


@pytest.fixture
def broken(tmp_path: Path) -> Sandbox:
    """A project that was built when it was good, and then got all the mistakes."""
    sandbox = example(tmp_path / "project")
    sandbox.build()
    shutil.rmtree(sandbox.root / "content")
    shutil.copytree(MISTAKES / "content", sandbox.root / "content")
    return sandbox


def first_lines(error: ProblemsFound, root: Path) -> list[str]:

    firsts = [next(iter(problem_lines(problem, Excerpts(root)))) for problem in error.problems]
    return ["".join(piece.text if isinstance(piece, Styled) else piece for piece in line) for line in firsts]


def test_every_mistake_is_reported_in_one_run(broken: Sandbox) -> None:
    good = broken.files()
    with pytest.raises(ProblemsFound) as caught:
        broken.build()
    assert first_lines(caught.value, broken.root) == (MISTAKES / "expected.txt").read_text("utf-8").splitlines()
    assert len(caught.value.problems) >= 30
    assert all(problem.hint for problem in caught.value.problems)
    assert broken.files() == good


def test_the_same_with_workers(broken: Sandbox) -> None:
    with pytest.raises(ProblemsFound) as caught:
        broken.build(workers=2)
    assert first_lines(caught.value, broken.root) == (MISTAKES / "expected.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("command", ["build", "check"])
def test_the_exit_code_says_so(broken: Sandbox, command: str) -> None:
    result = CliRunner().invoke(cli, [command, "-C", str(broken.root)])
    assert result.exit_code == 1
    assert "content/site.yaml:2:1: error: there is no key “titel” here" in result.output


def test_github_annotations(broken: Sandbox) -> None:
    result = CliRunner().invoke(cli, ["check", "-C", str(broken.root), "--format", "github"])
    assert (
        "::error file=content/site.yaml,line=3,col=11,title=bad-base-url::site.yaml: “http://apps.example.com” is "
        "not https%0AiOS installs apps from https addresses only: write https://host/"
    ) in result.stdout.splitlines()


def test_json(broken: Sandbox) -> None:
    result = CliRunner().invoke(cli, ["check", "-C", str(broken.root), "--format", "json"])
    problems = json.loads(result.stdout)
    assert len(problems) == len((MISTAKES / "expected.txt").read_text("utf-8").splitlines())
    assert {"code", "message", "hint", "location", "severity", "page", "pages"} >= problems[0].keys()
