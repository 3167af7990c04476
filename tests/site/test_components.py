"""Components in Markdown: what they show, where they stay code, and what is told of a call that is wrong."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from otasite.catalogue.sources import Changes
from otasite.problems import Findings, ProblemsFound
from otasite.site.artifacts import Artifact
from otasite.site.calls import MAX_CALLS, without_calls
from otasite.site.notes import Notes
from otasite.site.views import ReleasePage
from otasite.theming.components import components_of
from otasite.theming.layers import read_site_layer
from otasite.workshop.workshop import Workshop
from tests.projects import APP, NOW, SITE, Sandbox, example
from tests.site.pictures import png

PAGE = "content/pages/start.md"
NOTES = "content/apps/notes/app.yaml"
ALL_SIX = """\
# Start

{{< install app="notes" >}}

The newest is {{< latest app=notes >}}, and the code is `{{< latest app="code" >}}`.

    {{< install indented >}}

```
{{< install app="fenced" >}}
```

- {{< qr app='notes' release="1.0-1" >}}
- Beta: {{< latest app=notes channel=beta >}}

{{< note text="Mind & the *gap*" kind="warning" >}}
{{< download app="notes" platform="ios" >}}

{{< video src="film.mp4" title="How it goes" poster="poster.png" captions="/said.vtt" >}}

\\{{< written >}} and <b title="{{< latest app='notes' >}}">bold</b>
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    sandbox = example(tmp_path_factory.mktemp("components"))
    sandbox.write("content/site.yaml", SITE + "languages: [en, de]\n")
    sandbox.write(PAGE, ALL_SIX)
    sandbox.write("content/pages/film.mp4", b"film")
    sandbox.write("content/pages/poster.png", png(64, height=32))
    sandbox.write("content/static/said.vtt", "WEBVTT\n")
    sandbox.write(NOTES, f"{APP}description: |\n  {{{{< latest >}}}}\n\n  Words.\n")
    path = sandbox.root / "content/apps/notes/releases/1.1-2.yaml"
    path.write_text(path.read_text().replace("*1.1*.", '*1.1*.\n\n  {{< install release="1.0-1" >}}\n'))
    sandbox.write("content/apps/other.yaml", 'name: Other\ndescription: See {{< latest app="notes" >}}.\n')
    sandbox.write(
        "templates/files/all.json",
        '{"html": {{ (release.notes if release else "")|tojson }}, "escaped": {{ app.description|e|tojson }}}',
    )
    site = (sandbox.root / "content/site.yaml").read_text()
    sandbox.write("content/site.yaml", f"{site}files: [{{path: all.json, template: files/all.json, per: app}}]\n")
    sandbox.build()
    return sandbox


def test_each_bundled_component_shows_what_it_names(built: Sandbox) -> None:
    page = built.read("start/index.html")
    assert 'href="itms-services://?action=download-manifest' in page
    assert 'The newest is <a href="../notes/1.1-2/">1.1 (2)</a>, and' in page
    assert 'src="../notes/1.0-1/qr.svg" alt="QR code of https://apps.example.com/notes/1.0-1/"' in page
    assert '<div class="banner warn" role="note">\n<p><strong>Warning</strong><br>' in page
    assert "Mind &amp; the *gap*</p>" in page
    assert "<li>Beta: No build yet</li>" in page, "a channel may be empty"
    assert 'href="https://downloads.example.com/notes-2.ipa" download>Download notes-2.ipa</a>' in page
    assert 'aria-label="How it goes" poster="../start/files/poster.' in page
    assert 'type="video/mp4"' in page and 'width="64" height="32"' in page
    assert 'src="../said.vtt" default' in page
    assert any(path.startswith("start/files/film.") for path in built.files())


def test_what_a_component_shows_is_in_the_language_of_the_page(built: Sandbox) -> None:
    page = built.read("de/start/index.html")
    assert '<a href="../../de/notes/1.1-2/">1.1 (2)</a>' in page
    assert "notes-2.ipa laden</a>" in page and "<strong>Warnung</strong>" in page


def test_code_and_tags_keep_what_is_written(built: Sandbox) -> None:
    page = built.read("start/index.html")
    for written in ("latest app=&quot;code&quot;", "install indented", "install app=&quot;fenced&quot;", "written"):
        assert f"{{{{&lt; {written} &gt;}}}}" in page.replace(">}}", "&gt;}}")
    assert "<b>bold</b>" in page


def test_texts_of_an_app_speak_of_that_app_by_themselves(built: Sandbox) -> None:
    page = built.read("notes/index.html")
    assert '<p><a href="../notes/1.1-2/">1.1 (2)</a></p>' in page
    assert "Version 1.0 (1)" in page, "the notes show the release that they name"
    assert 'See <a href="../notes/1.1-2/">1.1 (2)</a>.' in built.read("other/index.html")
    assert '<meta name="description" content="Write things down">' in page


def test_a_description_for_search_has_no_components(sandbox: Sandbox) -> None:
    sandbox.write(PAGE, '{{< latest app="notes" >}}\n\nWords, {{< latest app="notes" >}}!\n')
    sandbox.build()
    assert '<meta name="description" content="Words, !">' in sandbox.read("start/index.html")


def test_readers_without_pages_get_a_link_or_nothing(built: Sandbox) -> None:
    notes = json.loads(built.read("notes/latest.json"))["channels"]["stable"]["notes_html"]
    link = '<p><a href="https://apps.example.com/notes/1.0-1/">Notes 1.0</a></p>'
    assert notes.rstrip().endswith(link)
    assert link.replace("<", "&lt;").replace(">", "&gt;") in built.read("notes/feed.xml")
    own = json.loads(built.read("notes/all.json"))
    assert own["html"].strip() == "<p>Notes of <em>1.1</em>.</p>" and "<p>" not in own["escaped"]
    assert not [path for path, data in built.files().items() if "\ufdd5".encode() in data or b"{{<" in data]


def test_without_calls_leaves_code_as_it_is() -> None:
    assert without_calls('a {{< x y="1" >}} b `{{< z >}}`\n```\n{{< z >}}\n```') == (
        "a  b `{{< z >}}`\n```\n{{< z >}}\n```"
    )


#: A call, and what is told of it: column, code, and parts of message and hint.
WRONG = [
    ('{{< instal app="notes" >}}', 5, "component", "no component “instal”", "did you mean “install”?"),
    ('{{< install ap="notes" >}}', 13, "component", "no argument “ap”", "did you mean “app”?"),
    ("{{< install >}}", 5, "component", "which app", 'add app="…"'),
    ('{{< qr app="note" >}}', 13, "component-target", "no app “note”", "did you mean “notes”?"),
    ('{{< qr app="notes" release="1.0-2" >}}', 29, "component-target", "no release “1.0-2”", "did you mean"),
    ('{{< qr app="notes" channel="stabel" >}}', 29, "component-target", "“stabel”", "did you mean “stable”?"),
    ('{{< install app="notes" platform="io" >}}', 25, "component", "cannot be “io”", "did you mean “ios”?"),
    ('{{< note text="a" text="b" >}}', 10, "component", "there twice", "remove"),
    ("{{< note >}}", 5, "component", "needs the argument “text”", 'text="…"'),
    ("{{< note text=a b >}}", 1, "component", "cannot be read", "code span"),
    ('Words {{< note text="a" >}}', 11, "component", "among words", "line of its own"),
    ('{{< video src="gone.mp4" title="a" >}}', 16, "broken-link", "gone.mp4", ""),
    ('{{< video src="/gone.mp4" title="b" >}}', 16, "missing-file", "content/static/gone.mp4", "content/static/"),
    ('{{< video src="/../pages/out.mp4" title="e" >}}', 16, "missing-file", "/../pages", "content/static/"),
    ('{{< video src="a%00/b.mp4" title="f" >}}', 16, "broken-link", "there is no file", ""),
    (f'{{{{< video src="{"a" * 300}/b.mp4" title="g" >}}}}', 16, "broken-link", "there is no file", ""),
    ('{{< video src="film.mov" title="c" >}}', 16, "component", "none of: mp4, webm", ""),
    ('{{< video src="https://example.net/a.mp4" title="d" >}}', 16, "broken-link", "https:/example.net", ""),
]


def test_what_is_wrong_with_a_call_has_its_place_and_what_to_do(sandbox: Sandbox) -> None:
    sandbox.write("content/pages/out.mp4", b"film")
    sandbox.write(PAGE, "# Start\n" + "".join(f"\n{written}\n" for written, *_ in WRONG))
    told = {str(problem.location): problem for problem in sandbox.check()}
    for number, (written, column, code, message, hint) in enumerate(WRONG):
        problem = told.pop(f"{PAGE}:{3 + 2 * number}:{column}", None)
        assert problem is not None, (written, told)
        assert problem.code == code and message in problem.message and hint in problem.hint, written
    assert not told


def test_calls_in_yaml_have_their_places_too(sandbox: Sandbox) -> None:
    sandbox.write(NOTES, APP + """description: 'See {{< latest app="note" >}}, {{< qr >}}'\n""")
    assert [f"{each.location}: {each.code}" for each in sandbox.check()] == [
        f"{NOTES}:4:35: component-target",
        f"{NOTES}:4:50: component",
    ]
    sandbox.write(NOTES, APP + 'description: "See {{< latest app=\\"note\\" >}}"\n')
    assert [each.location.line for each in sandbox.check() if each.location] == [4], "with escapes in it, too"


def test_an_app_that_not_everybody_can_see_is_shown_by_its_own_texts_alone(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/secret.yaml", "name: Secret\nvisibility: unlisted\ndescription: '{{< latest >}}!'\n")
    sandbox.write(PAGE, "# Start\n\n{{< install app=secret >}}\n")
    sandbox.build(secret="a long secret that nobody guesses")
    assert "unlisted: no other text can show it" in "".join(each.message for each in sandbox.check())
    pages = {path: data for path, data in sandbox.files().items() if path.endswith(".html")}
    own = [path for path, data in pages.items() if b"Secret" in data]
    assert own and all(path.startswith("u/") for path in own)
    sandbox.write("content/apps/secret.yaml", "name: Secret\nvisibility: hidden\n")
    assert "hidden: no other text can show it" in "".join(each.message for each in sandbox.check())


def test_a_project_adds_components_and_changes_the_bundled_ones(sandbox: Sandbox) -> None:
    sandbox.write(
        "templates/components/duty.html",
        "{#\narguments:\n  who: {required: true}\n  hours: integer\n  late: boolean\n#}\n"
        "<p>{{ arguments.who }}: {{ arguments.hours + 1 }}{% if arguments.late %} late{% endif %}</p>\n",
    )
    sandbox.write("templates/components/latest.html", "<b>{{ app.name }}, {{ page.title }}, {{ site.title }}</b>\n")
    sandbox.write(PAGE, '{{< duty who="<Mira>" hours=3 late=true >}}\n\nA {{< latest app=notes >}}\n')
    sandbox.build()
    page = sandbox.read("start/index.html")
    assert "<p>&lt;Mira&gt;: 4 late</p>" in page
    assert "<p>A <b>Notes, Start, Test Apps</b></p>" in page, "what the bundled one says of itself still counts"


def test_a_mistake_in_a_component_has_its_line_and_the_page(sandbox: Sandbox) -> None:
    sandbox.write("templates/components/latest.html", "<b>\n{{ app.nam }}</b>\n")
    sandbox.write(PAGE, "A {{< latest app=notes >}}\n")
    with pytest.raises(ProblemsFound) as raised:
        sandbox.build()
    (problem,) = raised.value.problems
    assert str(problem.location) == "templates/components/latest.html:2:1"
    assert problem.page == "start/" and problem.hint == "did you mean “name”?"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("arguments: {a: txt}", "component-template"),
        ("arguments: {a: choice}", "component-template"),
        ("arguments: {a: {type: choice, choices: [x], default: y}}", "component-template"),
        ("arguments: {a: {type: app, default: rider}}", "component-template"),
        ("arguments: {a: release}", "component-template"),
        ("arguments: {a: app, b: app}", "component-template"),
        ("inlin: true", "unknown-key"),
        ("inline: perhaps", "bad-value"),
        ("arguments: [", "yaml-syntax"),
    ],
)
def test_what_a_component_says_of_itself_is_checked(tmp_path: Path, said: str, code: str) -> None:
    ejected = "{# otasite: ejected from default 1.0.0 sha256:0123456789abcdef #}\n"
    for start, line in (("", 2), (ejected, 3)):
        path = tmp_path / "templates/components/own.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{start}{{#\n{said}\n#}}\n<p></p>", "utf-8")
        (problem,) = components_of([read_site_layer(tmp_path, Findings())]).problems()
        assert problem.code == code
        assert str(problem.location).startswith(f"templates/components/own.html:{line}:")


def test_a_broken_component_is_told_once_and_only_warned_of_by_its_own_line(sandbox: Sandbox) -> None:
    sandbox.write("templates/components/notes.html", "{#\narguments: {a: txt}\n#}\n<p></p>")
    sandbox.write(PAGE, "{{< notes >}}\n\n{{< notes a=1 >}}\n")
    assert [f"{each.location}: {each.code}" for each in sandbox.check()] == [
        "templates/components/notes.html:2:16: component-template"
    ]


def test_a_page_changes_when_the_app_does_that_it_shows(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/other.yaml", "name: Other\ndescription: See {{< latest app=notes >}}.\n")
    sandbox.write(PAGE, "A {{< latest app=notes >}}\n")
    sandbox.build()
    sandbox.release("1.2", "3", date="2026-05-03")
    sandbox.build()
    assert "1.2 (3)</a>" in sandbox.read("start/index.html") and "1.2 (3)</a>" in sandbox.read("other/index.html")
    (sandbox.root / "content/apps/notes/releases/1.2-3.yaml").unlink()
    sandbox.build()
    assert "1.1 (2)</a>" in sandbox.read("start/index.html") and "1.1 (2)</a>" in sandbox.read("other/index.html")


def test_drafts_and_the_future_of_another_app_come_and_go_with_it(sandbox: Sandbox) -> None:
    sandbox.write("content/apps/other.yaml", "name: Other\ndescription: See {{< latest app=notes >}}.\n")
    sandbox.release("1.3", "4", date="2026-06-02")
    path = sandbox.release("1.2", "3", date="2026-05-03")
    path.write_text(path.read_text() + "draft: true\n")
    for options, shown in (
        ({}, "1.1 (2)"),
        ({"drafts": True}, "1.2 (3)"),
        ({}, "1.1 (2)"),
        ({"now": NOW + dt.timedelta(days=3)}, "1.3 (4)"),
    ):
        sandbox.build(**options)
        assert f'See <a href="../notes/{shown.replace(" (", "-").rstrip(")")}/">{shown}' in sandbox.read(
            "other/index.html"
        )


def test_a_preview_follows_releases_that_components_show(sandbox: Sandbox) -> None:
    sandbox.write(NOTES, f"{APP}description: '{{{{< install >}}}}'\n")
    path = sandbox.root / "content/apps/notes/releases/1.1-2.yaml"
    workshop = Workshop(sandbox.project, sandbox.options(), watched=True)
    warning = b"Delete the app before"
    assert warning not in workshop.render("notes/index.html")
    path.write_text(path.read_text() + "  reinstall: true\n")
    workshop.refresh(Changes(files=frozenset({str(path.relative_to(sandbox.root))})))
    assert workshop.render("notes/index.html").count(warning) == 2, "the page's own, and that of the description"
    older = workshop.find("notes/1.0-1/index.html")
    assert isinstance(older, Artifact) and isinstance(older.inputs, ReleasePage)
    fresh = Workshop(sandbox.project, sandbox.options()).find(older.path)
    assert isinstance(fresh, Artifact) and older.inputs == fresh.inputs, "what shows the description is made again"


def test_calls_without_end_are_refused() -> None:
    converted = Notes().converted("{{< a >}}\n" * (MAX_CALLS + 1))
    assert "components" in converted.fault
    assert without_calls("{{<" * 90_000) == "{{<" * 90_000, "and what is no call costs no time"


def test_a_text_without_calls_asks_for_no_component() -> None:
    converted = Notes().converted("Plain {{ braces }} and a < b")
    assert converted.calls == () and not converted.needs_more
