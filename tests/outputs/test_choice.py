"""``outputs:`` says for the site and for each app what is published besides pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from otasite.catalogue.output_choice import OUTPUTS
from otasite.outputs.registry import outputs
from tests.projects import APP, SITE, Sandbox, example


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path)


def has_badge(sandbox: Sandbox, site: str = "", app: str = "") -> bool:
    sandbox.write("content/site.yaml", SITE + site)
    sandbox.write("content/apps/notes/app.yaml", APP + app)
    sandbox.build(secret="s" * 32)
    return bool(list(sandbox.dist.rglob("badge.svg")))


def test_yaml_knows_just_the_outputs_that_wait_for_being_asked() -> None:
    assert tuple(output.name for output in outputs() if output.on_request) == OUTPUTS


@pytest.mark.parametrize(
    ("site", "app", "there"),
    [
        ("", "", False),
        ("outputs: [badges]\n", "", True),
        ("outputs: {badges: true}\n", "", True),
        ("outputs: {badges: }\n", "", True),
        ("outputs: {badges: false}\n", "", False),
        ("", "outputs: [badges]\n", True),
        ("", "outputs: {badges: }\n", True),
        ("outputs: {badges: false}\n", "outputs: {badges: true}\n", True),
        ("outputs: [badges]\n", "outputs: {badges: false}\n", False),
        ("outputs: [badges]\n", "outputs: []\n", True),
        ("outputs: [badges]\n", "visibility: unlisted\n", False),
        ("outputs: [badges]\n", "visibility: hidden\n", False),
    ],
)
def test_an_app_counts_before_the_site(sandbox: Sandbox, site: str, app: str, there: bool) -> None:
    assert has_badge(sandbox, site, app) is there


def test_switching_off_leaves_nothing_behind(sandbox: Sandbox) -> None:
    assert has_badge(sandbox, "outputs: [badges]\n")
    assert not has_badge(sandbox)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("outputs: [badge]\n", "content/site.yaml:8:11: bad-value"),
        ("outputs: {badge: true}\n", "content/site.yaml:8:11: unknown-key"),
        ("outputs: {badges: some}\n", "content/site.yaml:8:19: bad-value"),
    ],
)
def test_mistakes_have_their_place(sandbox: Sandbox, text: str, mistake: str) -> None:
    sandbox.write("content/site.yaml", SITE + text)
    assert mistake in sandbox.mistakes()


def test_an_unlisted_app_that_asks_for_outputs_is_told(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/app.yaml", APP + "visibility: unlisted\noutputs: [badges]\n")
    (problem,) = [problem for problem in sandbox.check() if problem.code == "outputs-not-public"]
    assert (str(problem.location), problem.severity) == ("content/apps/notes/app.yaml:5:1", "warning")


@pytest.mark.parametrize("name", ["fdroid", "altstore"])
def test_an_index_that_no_app_can_be_in_is_told(sandbox: Sandbox, name: str) -> None:
    sandbox.write("content/site.yaml", SITE + f"outputs: [{name}]\n")
    (problem,) = sandbox.check()
    assert (problem.code, str(problem.location), problem.severity) == (
        "output-empty",
        "content/site.yaml:8:10",
        "warning",
    )
    assert sandbox.build().problems == (problem,)
    assert sandbox.build().problems == (problem,), "also when nothing has changed"
