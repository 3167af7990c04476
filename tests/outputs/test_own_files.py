"""``files:``: what a theme or a site has its templates make beside the pages."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.projects import APP, SITE, Sandbox, example

APP_FILE = '{"app": {{ app.name|tojson }}, "newest": {{ release.version|tojson }}, "in": "{{ page.language }}"}'


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path)


def declare(sandbox: Sandbox, *files: str, site: str = SITE) -> None:
    sandbox.write("content/site.yaml", site + "files:\n" + "".join(f"  - {{{file}}}\n" for file in files))


def own(sandbox: Sandbox, ending: str) -> set[str]:
    return {path for path in sandbox.files() if path.endswith(ending)}


def test_there_is_one_for_each_of_its_kind_in_every_language(sandbox: Sandbox) -> None:
    sandbox.release("2.0", "9", channel="beta")
    for per, value in (("site", "apps"), ("app", "app"), ("channel", "channel"), ("release", "release")):
        sandbox.write(f"templates/files/{per}.json", f"{{{{ {value}|tojson }}}}")
    pers = ("site", "app", "channel", "release")
    files = [f"path: own/{per}.json, template: files/{per}.json, per: {per}" for per in pers]
    declare(sandbox, *files, site=SITE + "languages: [en, de]\n")
    sandbox.build()
    places = {
        "site": ("",),
        "app": ("notes/",),
        "channel": ("notes/stable/", "notes/beta/"),
        "release": ("notes/1.0-1/", "notes/1.1-2/", "notes/2.0-9/"),
    }
    for per, folders in places.items():
        expected = {f"{language}{folder}own/{per}.json" for folder in folders for language in ("", "de/")}
        assert own(sandbox, f"own/{per}.json") == expected
    assert json.loads(sandbox.read("notes/2.0-9/own/release.json"))["version"] == "2.0"
    assert json.loads(sandbox.read("own/site.json"))[0]["versions"][0]["version"] == "1.1"


def test_that_of_a_category_has_its_apps(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/app.yaml", APP + "category: Field & Work\n")
    sandbox.write("content/apps/other/app.yaml", APP.replace("Notes", "<Other>") + "category: Games\n")
    sandbox.write("content/apps/none/app.yaml", APP.replace("Notes", "None"))
    sandbox.write(
        "templates/files/list.xml",
        '<apps of="{{ category }}">{% for app in apps %}<app>{{ app.name }}</app>{% endfor %}</apps>',
    )
    declare(sandbox, "path: 'lists/{category}.xml', template: files/list.xml, per: category")
    sandbox.build()
    assert own(sandbox, ".xml") >= {"lists/field-work.xml", "lists/games.xml"}
    assert not (sandbox.dist / "lists/-.xml").exists()
    found = ET.fromstring(sandbox.read("lists/games.xml"))
    assert (found.get("of"), [app.text for app in found]) == ("Games", ["<Other>"])


def test_an_unlisted_app_has_its_own_in_its_folder_alone(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/app.yaml", APP + "visibility: unlisted\ncategory: Games\n")
    sandbox.write("templates/files/app.json", APP_FILE)
    sandbox.write("templates/files/all.json", "{{ apps|tojson }}")
    declare(
        sandbox,
        "path: own.json, template: files/app.json, per: app",
        "path: all.json, template: files/all.json",
        "path: 'of-{category}.json', template: files/all.json, per: category",
    )
    sandbox.build(secret="s" * 32)
    assert sandbox.read("all.json") == "[]"
    (path,) = own(sandbox, "own.json")
    assert path.startswith("u/")
    assert not own(sandbox, "of-games.json")


def test_a_site_has_its_own_in_place_of_the_themes(sandbox: Sandbox) -> None:
    declared = "[{path: a.json, template: files/a.json}, {path: b.json, template: files/a.json}]"
    sandbox.write("themes/ours/theme.yaml", f"version: '1'\nfiles: {declared}\n")
    sandbox.write("themes/ours/templates/files/a.json", '"of the theme"')
    sandbox.write("templates/files/b.json", '"of the site"')
    declare(sandbox, "path: b.json, template: files/b.json", site=SITE + "theme: ours\n")
    sandbox.build()
    assert (sandbox.read("a.json"), sandbox.read("b.json")) == ('"of the theme"', '"of the site"')


def test_they_follow_templates_and_content(sandbox: Sandbox) -> None:
    sandbox.write("templates/files/app.json", APP_FILE)
    declare(sandbox, "path: own.json, template: files/app.json, per: app")
    sandbox.build()
    assert json.loads(sandbox.read("notes/own.json")) == {"app": "Notes", "newest": "1.1", "in": "en"}
    sandbox.release("2.0", "9", date="2026-05-20")
    sandbox.build()
    assert json.loads(sandbox.read("notes/own.json"))["newest"] == "2.0"
    sandbox.write("templates/files/app.json", "{}")
    sandbox.build()
    assert sandbox.read("notes/own.json") == "{}"
    sandbox.write("content/site.yaml", SITE)
    sandbox.build()
    assert not (sandbox.dist / "notes/own.json").exists()


@pytest.mark.parametrize(
    ("file", "mistake"),
    [
        ("path: own.json, template: files/none.json", "content/site.yaml:9:32: template-missing"),
        ("path: ../own.json, template: files/app.json", "content/site.yaml:9:12: bad-value"),
        ("path: /own.json, template: files/app.json", "content/site.yaml:9:12: bad-value"),
        ("path: own, template: files/app.json", "content/site.yaml:9:12: bad-value"),
        ("path: own.json, template: files/app.json, per: page", "content/site.yaml:9:53: bad-value"),
        ("path: own.json, template: files/app.json, for: app", "content/site.yaml:9:48: unknown-key"),
        ("path: own.json", "content/site.yaml:9:5: missing-key"),
        ("path: own.json, template: files/app.json, per: category", "content/site.yaml:9:12: bad-value"),
        ("path: '{category}.json', template: files/app.json, per: app", "content/site.yaml:9:12: bad-value"),
        ("path: index.html, template: files/app.json, per: app", "content/apps/notes/app.yaml: path-clash"),
        ("path: own.xml, template: files/app.json, per: app", "templates/files/app.json: file-malformed"),
        ("path: own.txt, template: files/bad.json, type: json", "templates/files/bad.json: file-malformed"),
    ],
)
def test_mistakes_have_their_place(sandbox: Sandbox, file: str, mistake: str) -> None:
    sandbox.write("templates/files/app.json", APP_FILE)
    sandbox.write("templates/files/bad.json", "{")
    declare(sandbox, file)
    assert mistake in sandbox.mistakes()


def test_the_mistakes_of_several_templates_are_told_together(sandbox: Sandbox) -> None:
    sandbox.write("templates/files/one.json", "{{ site.nmae }}")
    sandbox.write("templates/files/two.json", "{{ app.nmae }}")
    files = [f"path: {name}.json, template: files/{name}.json, per: app" for name in ("one", "two")]
    declare(sandbox, *files)
    assert sorted(sandbox.mistakes()) == [
        "templates/files/one.json:1:1: template-undefined",
        "templates/files/two.json:1:1: template-undefined",
    ]


def test_a_mistake_of_a_theme_is_one_of_its_file(sandbox: Sandbox) -> None:
    sandbox.write("themes/ours/theme.yaml", "version: '1'\nfiles: [{path: a.json, template: none.json}]\n")
    sandbox.write("content/site.yaml", SITE + "theme: ours\n")
    assert "themes/ours/theme.yaml:2:34: template-missing" in sandbox.mistakes()


def test_text_that_is_no_text_breaks_json_and_nothing_else(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/notes/app.yaml", APP.replace("Notes", "'Say \"hi\" </script>'"))
    sandbox.write("templates/files/app.json", APP_FILE)
    sandbox.write("templates/files/app.txt", "{{ app.name }}")
    declare(
        sandbox, "path: a.json, template: files/app.json, per: app", "path: a.txt, template: files/app.txt, per: app"
    )
    sandbox.build()
    assert json.loads(sandbox.read("notes/a.json"))["app"] == 'Say "hi" </script>'
    assert "</script>" not in sandbox.read("notes/a.json")
    assert sandbox.read("notes/a.txt") == 'Say "hi" </script>'
