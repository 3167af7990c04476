"""``content/data/`` and what a theme says of it and of ``extra:``: values, mistakes, and what is made again."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.projects import APP, SITE, Sandbox, example

THEME = """\
extra:
  app:
    owner: {type: text, required: true}
    tint: color
  release:
    qa:
      keys:
        by: {type: text, required: true}
        passed: {type: boolean}
        phones: {type: integer, minimum: 1}
  site:
    banner: text
data:
  team: {of: {keys: {name: {type: text, required: true}, age: integer}}}
  news: list
"""
INDEX = """\
{% extends "@theme/index.html" %}
{% block main %}
<p id="own">
{%- for one in data.team %}{{ one.name }} {{ one.age|default("?", true) }}{{ "!" if one.age is number }};{% endfor %}
{{- data.news|length }}{{ site.extra.banner }}{{ data["places"].home }}</p>
{% endblock %}
"""
RELEASE = """\
{% extends "@theme/release.html" %}
{% block after %}
{% set qa = release.extra.qa %}
<p id="own">{{ app.extra.owner }} {% if qa %}{{ qa.by }} {{ qa.passed is true }} {{ qa.phones }}{% endif %}</p>
{% endblock %}
"""


def project(root: Path) -> Sandbox:
    sandbox = example(root)
    sandbox.write("content/site.yaml", SITE + "theme: ours\nlanguages: [en, de]\n")
    sandbox.write("themes/ours/theme.yaml", THEME)
    sandbox.write("content/data/team.yaml", "- {name: {en: Ada, de: Adam}, age: 36}\n- {name: Bo}\n")
    sandbox.write("content/data/places.json", '{"home": {"en": "Here", "de": "Hier"}}')
    sandbox.write("templates/index.html", INDEX)
    sandbox.write("templates/release.html", RELEASE)
    app = sandbox.root / "content/apps/notes/app.yaml"
    app.write_text(app.read_text() + "extra: {owner: Cy}\ndefaults: {extra: {qa: {by: Di}}}\n")
    return sandbox


def test_typed_data_reaches_pages_in_their_language(tmp_path: Path) -> None:
    sandbox = project(tmp_path)
    release = sandbox.root / "content/apps/notes/releases/1.0-1.yaml"
    release.write_text(release.read_text() + 'extra: {qa: {by: Ed, passed: true, phones: "7"}}\n')
    sandbox.build()
    assert '<p id="own">Ada 36!;Bo ?;0Here</p>' in sandbox.read("index.html")
    assert '<p id="own">Adam 36!;Bo ?;0Hier</p>' in sandbox.read("de/index.html")
    assert '<p id="own">Cy Ed True 7</p>' in sandbox.read("notes/1.0-1/index.html")
    assert '<p id="own">Cy Di False None</p>' in sandbox.read("notes/1.1-2/index.html")
    assert json.loads(sandbox.read("catalogue.json"))["apps"][0]["extra"] == {"owner": "Cy", "tint": ""}


@pytest.mark.parametrize(
    ("name", "text", "written"),
    [
        ("team.csv", 'name,age\nAda,36\n"Bo, the\nsecond",\n', "Ada 36!;Bo, the\nsecond ?;"),
        ("team.json", '[{"name": "Ada", "age": 36},\t{"name": "B\\u00f6", "age": null}]', "Ada 36!;Bö ?;"),
    ],
)
def test_other_formats_say_the_same(name: str, text: str, written: str, tmp_path: Path) -> None:
    sandbox = project(tmp_path)
    (sandbox.root / "content/data/team.yaml").unlink()
    sandbox.write(f"content/data/{name}", text.replace('second",\n', 'second",\n'))
    if name.endswith(".csv"):  # an empty field is empty text, which is no number
        assert sandbox.mistakes() == ["content/data/team.csv:4:1: bad-value"]
        sandbox.write("content/data/team.csv", text.replace('second",', 'second",7'))
        written = written.replace("?;", "7!;")
    sandbox.build()
    assert f'<p id="own">{written}0Here</p>' in sandbox.read("index.html")


MISTAKES = {
    "a wrong type in data": ("content/data/team.yaml", "- {name: Ada, age: old}\n", "1:20: bad-value"),
    "a missing key in data": ("content/data/team.yaml", "- {age: 36}\n", "1:3: missing-key"),
    "an unknown key in data": ("content/data/team.yaml", "- {name: Ada, agee: 36}\n", "1:15: unknown-key"),
    "no list": ("content/data/team.yaml", "name: Ada\n", "1:1: wrong-type"),
    "YAML that is none": ("content/data/team.yaml", "- {name: Ada\n", "1:3: yaml-syntax"),
    "JSON that is none": ("content/data/more.json", '{"a": [1,,2]}', "1:10: data-file"),
    "a number that is none": ("content/data/more.json", '{"a": NaN}', " data-file"),
    "a number without end": ("content/data/more.json", '{"a": 1e999}', " data-file"),
    "a key twice": ("content/data/more.json", '{"a": 1, "a": 2}', " data-file"),
    "depth without end": ("content/data/more.json", "[" * 100_000, " data-file"),
    "more depth than YAML may have": ("content/data/places.json", "[" * 41 + "]" * 41, " data-file"),
    "half a character": ("content/data/more.json", '["\\ud800"]', " data-file"),
    "a row too long": ("content/data/more.csv", "a,b\n1,2\n1,2,3\n", "3:1: data-file"),
    "a quote that stays open": ("content/data/more.csv", 'a\n"b\n', "2:1: data-file"),
    "semicolons": ("content/data/more.csv", "a;b\n1;2\n", "1:1: data-file"),
    "a column twice": ("content/data/more.csv", "a,a\n1,2\n", "1:1: data-file"),
    "a name with a dot": ("content/data/a.b.csv", "a\n", " bad-name"),
    "another ending": ("content/data/team.txt", "Ada", " stray-file"),
    "the other ending of YAML": ("content/data/places.yml", "a: b", " yml-ending"),
    "a wrong value of a release": (
        "content/apps/notes/releases/1.0-1.yaml",
        "extra: {qa: {by: Ed, phones: 0}}\nversion: 1.0\nbuild: 1\ndate: 2026-05-01\nios: {url: https://a.example/b}\n",
        "1:30: bad-value",
    ),
    "a value that an app must have": (
        "content/apps/notes/app.yaml", APP + "extra: {tint: red}\n", "4:8: missing-key",
    ),
    "a wrong value of the site": (
        "content/site.yaml", SITE + "theme: ours\nlanguages: [en, de]\nextra: {banner: [a]}\n", "10:17: wrong-type",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("path", "text", "report"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_told_with_their_place(path: str, text: str, report: str, tmp_path: Path) -> None:
    sandbox = project(tmp_path)
    sandbox.write(path, text)
    sandbox.write("templates/index.html", "")
    sandbox.write("templates/release.html", "")
    found = sandbox.mistakes()
    assert f"{path}:{report}" in found
    assert {line.rpartition(": ")[2] for line in found} <= {report.rpartition(" ")[2], "bad-value"}


def test_a_key_that_stands_twice_among_very_many_is_found_soon(tmp_path: Path) -> None:
    sandbox = example(tmp_path / "project")
    keys = [f'"{number}": 1' for number in range(100_000)]
    sandbox.write("content/data/more.json", "{" + ", ".join([*keys, keys[-1]]) + "}")
    before = time.process_time()
    (problem,) = sandbox.check()
    assert "the key “99999” stands twice" in problem.message
    assert time.process_time() - before < 30  # with a look at all keys for each it was minutes


def test_two_files_of_a_name_are_a_mistake(tmp_path: Path) -> None:
    sandbox = project(tmp_path)
    sandbox.write("content/data/team.json", "[]")
    assert sandbox.mistakes() == ["content/data/team.yaml: data-file"]


def test_a_wrong_default_is_told_once_and_where_it_is(tmp_path: Path) -> None:
    sandbox = project(tmp_path)
    app = sandbox.root / "content/apps/notes/app.yaml"
    app.write_text(app.read_text().replace("{by: Di}", "{by: Di, phones: many}"))
    assert sandbox.mistakes() == ["content/apps/notes/app.yaml:5:41: bad-value"]


def test_what_is_almost_a_key_of_the_theme_is_warned_of(tmp_path: Path) -> None:
    sandbox = project(tmp_path)
    app = sandbox.root / "content/apps/notes/app.yaml"
    app.write_text(app.read_text().replace("owner: Cy", "owner: Cy, tnt: x, mine: y"))
    (problem,) = [problem for problem in sandbox.check() if problem.code == "unknown-extra"]
    assert (str(problem.location), problem.hint) == ("content/apps/notes/app.yaml:4:20", "did you mean “tint”?")


def made(sandbox: Sandbox, before: dict[str, bytes]) -> set[str]:
    """The pages that a build changes."""
    sandbox.build()
    after = sandbox.files()
    return {path for path in after if path.endswith(".html") and after[path] != before.get(path)}


def test_only_pages_that_can_read_a_changed_datum_are_made_again(tmp_path: Path) -> None:
    sandbox = project(tmp_path / "project")
    sandbox.write("content/data/names.csv", "name\nAda\n")
    macro = "{% macro names() %}{% for row in data.names %}{{ row.name }}{% endfor %}{% endmacro %}"
    sandbox.write("templates/partials/names.html", macro)
    use = '{% from "partials/names.html" import names with context %}{{ names() }}'
    sandbox.write(
        "templates/channel.html", f'{{% extends "@theme/channel.html" %}}{{% block news %}}{use}{{% endblock %}}'
    )
    sandbox.build()
    before = sandbox.files()
    count = sandbox.build().effort.rendered
    sandbox.write("content/data/names.csv", "name\nEve\n")
    assert made(sandbox, before) == {"notes/stable/index.html", "de/notes/stable/index.html"}
    before = sandbox.files()
    sandbox.write("content/data/team.yaml", "[{name: Flo}]\n")
    assert (made(sandbox, before), count) == ({"index.html", "de/index.html"}, 0)
    sandbox.build(out=tmp_path / "clean", cache=False)
    assert sandbox.files(tmp_path / "clean") == sandbox.files()
