"""Data of a site's own (``extra:``) reaches templates and JSON: with defaults, and in the language of the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.projects import SITE, Sandbox

APP = """\
name: Notes
bundle_id: com.example.app
extra:
  team: {en: Paper, de: Papier}
  people: [{name: Ada, role: {de: Leitung, en: Lead}}]
defaults:
  extra: {qa: nobody, room: "007"}
  ios: {extra: {lane: adhoc}}
"""
RELEASE = """\
version: {version}
build: 1
date: 2026-05-01
{extra}
ios: {{url: https://downloads.example.com/notes-1.ipa}}
"""
#: Shows all there is, wherever it is.
BLOCK = """\
{{% extends "@theme/{name}" %}}
{{% block {block} %}}
{{{{ super() }}}}
<p id="own">{{{{ {shown} }}}}</p>
{{% endblock %}}
"""
ON_RELEASES = (
    'site.extra.floor ~ "|" ~ app.extra.team ~ "|" ~ app.extra.people[0].role ~ "|" ~ release.extra.qa ~ "|" '
    '~ release.extra.room ~ "|" ~ release.ios.extra.lane ~ "|" ~ history|map(attribute="extra.qa")|join(",")'
)


def project(root: Path) -> Sandbox:
    sandbox = Sandbox(root)
    sandbox.write("content/site.yaml", SITE + "languages: [en, de]\nextra: {floor: {en: first, de: erster}}\n")
    sandbox.write("content/apps/notes/app.yaml", APP)
    sandbox.write("content/apps/notes/releases/1.yaml", RELEASE.format(version="1.0", extra=""))
    sandbox.write("content/apps/notes/releases/2.yaml", RELEASE.format(version="1.1", extra="extra: {qa: Bo <b>}"))
    sandbox.write("templates/release.html", BLOCK.format(name="release.html", block="after", shown=ON_RELEASES))
    index = 'apps|map(attribute="extra.team")|join'
    sandbox.write("templates/index.html", BLOCK.format(name="index.html", block="main", shown=index))
    return sandbox


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    sandbox = project(tmp_path_factory.mktemp("project"))
    sandbox.build()
    return sandbox


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("notes/1.1-1/", "first|Paper|Lead|Bo &lt;b&gt;|007|adhoc|nobody"),
        ("de/notes/1.1-1/", "erster|Papier|Leitung|Bo &lt;b&gt;|007|adhoc|nobody"),
        ("notes/1.0-1/", "first|Paper|Lead|nobody|007|adhoc|"),
        ("de/", "Papier"),
    ],
)
def test_pages_show_it_in_their_language_and_escaped(page: str, shown: str, built: Sandbox) -> None:
    assert f'<p id="own">{shown}</p>' in built.read(f"{page}index.html")


def test_it_is_in_the_json_in_the_first_language(built: Sandbox) -> None:
    catalogue = json.loads(built.read("catalogue.json"))
    (app,) = catalogue["apps"]
    assert catalogue["extra"] == {"floor": "first"}
    assert app["extra"] == {"team": "Paper", "people": [{"name": "Ada", "role": "Lead"}]}
    assert [release["extra"] for release in app["releases"]] == [
        {"qa": "Bo <b>", "room": "007"},
        {"qa": "nobody", "room": "007"},
    ]
    assert app["releases"][0]["ios"]["extra"] == {"lane": "adhoc"}
    assert json.loads(built.read("notes/latest.json"))["channels"]["stable"]["extra"]["qa"] == "Bo <b>"


def test_a_change_renders_the_pages_that_show_it_and_no_others(tmp_path: Path) -> None:
    sandbox = project(tmp_path)
    sandbox.write("content/apps/other.yaml", "name: Other\nextra: {team: Glue}\n")
    sandbox.build()
    before = sandbox.files()
    sandbox.write("content/apps/notes/releases/1.yaml", RELEASE.format(version="1.0", extra="extra: {qa: Cy}"))
    sandbox.build()
    after = sandbox.files()
    changed = {path for path in after if after[path] != before[path] and path.endswith(".html")}
    assert changed == {f"{prefix}notes/{name}/index.html" for prefix in ("", "de/") for name in ("1.0-1", "1.1-1")}
    sandbox.build(out=tmp_path / "clean", cache=False)
    assert sandbox.files(tmp_path / "clean") == after


def test_a_key_may_be_called_as_a_method_of_mappings_is(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    sandbox.write("content/site.yaml", SITE + "extra: {items: 3, teams: [{values: a, get: b}], plain: {x: 1}}\n")
    shown = (
        'site.extra.items ~ "|" ~ site.extra["items"] ~ "|" ~ teams(site) ~ "|" ~ site.extra.plain.items()|list|join'
    )
    macro = "{% macro teams(site) %}{% for team in site.extra.teams %}{{ team.values }}{{ team.get }}{% endfor %}"
    block = BLOCK.format(name="index.html", block="main", shown=shown)
    sandbox.write("templates/index.html", block.replace("{% block", macro + "{% endmacro %}{% block", 1))
    sandbox.build()
    (own,) = re.findall('<p id="own">(.*)</p>', sandbox.read("index.html"))
    assert own == "3|3|ab|(&#39;x&#39;, &#39;1&#39;)"


def test_a_key_that_is_missing_is_a_mistake_with_what_there_is(tmp_path: Path) -> None:
    sandbox = project(tmp_path)
    index = BLOCK.format(name="index.html", block="main", shown="site.extra.flor")
    sandbox.write("templates/index.html", index)
    (problem, *_) = [problem for problem in sandbox.check() if problem.code == "template-undefined"]
    assert (str(problem.location), problem.hint) == ("templates/index.html:4:1", "did you mean “floor”?")


def test_what_is_no_mapping_is_a_mistake(tmp_path: Path) -> None:
    sandbox = project(tmp_path)
    sandbox.write("content/apps/notes/releases/1.yaml", RELEASE.format(version="1.0", extra="extra: [a]"))
    assert sandbox.mistakes() == ["content/apps/notes/releases/1.yaml:4:8: wrong-type"]
