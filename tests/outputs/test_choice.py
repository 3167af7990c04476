"""``outputs:`` says for the site and for each app what is published besides pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from otasite.catalogue.model import settings_of
from otasite.catalogue.output_choice import OutputKind
from otasite.catalogue.schema import schema
from otasite.outputs import registry
from otasite.outputs.output import Output, made_of
from otasite.outputs.registry import output_kinds, outputs
from otasite.site.artifacts import Artifact
from otasite.site.published import PublishedApp, PublishedSite
from otasite.typed_yaml.record import Record
from tests.projects import APP, SITE, Sandbox, example


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path)


def has_badge(sandbox: Sandbox, site: str = "", app: str = "") -> bool:
    sandbox.write("content/site.yaml", SITE + site)
    sandbox.write("content/apps/notes/app.yaml", APP + app)
    sandbox.build(secret="s" * 32)
    return bool(list(sandbox.dist.rglob("badge.svg")))


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


class VersionsRecord(Record, frozen=True, kw_only=True):
    """``versions:`` of the site's ``outputs:``.

    file: Where it stands.
    """

    file: Annotated[str, Meta(pattern=r"^[a-z]+\.json\Z", description="A name.json.")] = "versions.json"


class Versions(Output[str]):
    """A new output, as the docstring of ``otasite.outputs.output`` has it, with a setting."""

    name = "versions"
    asked = OutputKind(
        in_site="The newest version of each app.", in_app="Its line there.", site_settings=VersionsRecord
    )
    leaves = str

    def leave(self, app: PublishedApp) -> str:
        return app.shown[0].version if app.shown else ""

    def of_site(self, site: PublishedSite, left: Mapping[str, str]) -> Iterator[Artifact]:
        path = settings_of(site.context.site, self.name, VersionsRecord).file
        yield made_of(path, left, partial(msgspec.json.encode, left))


@pytest.fixture
def with_versions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The outputs as they are with one module more."""
    more = tuple(sorted((*outputs(), Versions()), key=lambda output: output.name))
    monkeypatch.setattr(registry, "outputs", lambda: more)
    registry.output_kinds.cache_clear()
    yield
    registry.output_kinds.cache_clear()


@pytest.mark.usefixtures("with_versions")
def test_a_class_is_all_that_a_new_output_takes(sandbox: Sandbox) -> None:
    sandbox.write("content/site.yaml", SITE + "outputs: {versions: {file: newest.json}}\n")
    sandbox.build()
    assert sandbox.read("newest.json") == '{"notes":"1.1"}'
    sandbox.write("content/apps/notes/app.yaml", APP + "outputs: {versions: false}\n")
    sandbox.build()
    assert sandbox.read("newest.json") == "{}"
    sandbox.write("content/site.yaml", SITE + "outputs: {versions: {file: ../newest.json}}\n")
    assert "content/site.yaml:8:28: bad-value" in sandbox.mistakes()
    sandbox.write("content/site.yaml", SITE + "outputs: [version]\n")
    assert any("did you mean “versions”?" in problem.hint for problem in sandbox.check())
    described = schema("site", output_kinds())["definitions"]
    assert described["SiteOutputs"]["properties"]["versions"]["description"] == "The newest version of each app."
    assert "file" in described["Versions"]["properties"]
