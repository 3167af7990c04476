"""Rendering through the layers, and what people are told when it goes wrong."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import jinja2
import msgspec
import pytest
from markupsafe import Markup, escape

from otasite.problems import Location
from otasite.theming.templates import Renderer

from .conftest import Project, shown


class App(msgspec.Struct, frozen=True):
    name: str
    subtitle: str = ""


@pytest.fixture
def stacked(project: Project) -> Project:
    """Four layers; each has its own a.html that extends the one below."""
    project.write("themes/top/theme.yaml", "parent: middle\n")
    project.write("themes/middle/theme.yaml", "")
    project.template("a.html", "[default{% block b %} d{% endblock %}]")
    for name, layer in (("middle", "themes/middle/"), ("top", "themes/top/"), ("site", "")):
        text = f'{{% extends "@theme/a.html" %}}{{% block b %}} {name}{{{{ super() }}}}{{% endblock %}}'
        project.template("a.html", text, layer)
    return project


def test_overrides_stack_and_each_reaches_the_one_below(stacked: Project) -> None:
    assert stacked.render("a.html", theme="top") == "[default site top middle d]"


def test_a_level_without_the_template_is_passed_over(stacked: Project) -> None:
    (stacked.root / "themes/middle/templates/a.html").unlink()
    assert stacked.render("a.html", theme="top") == "[default site top d]"


def test_theme_prefix_works_in_include_and_import_too(stacked: Project) -> None:
    stacked.template("a.html", '<{% include "@theme/a.html" %}>', "")
    stacked.template("m.html", "{% macro hi() %}default{% endmacro %}")
    stacked.template("m.html", '{% from "@theme/m.html" import hi %}{% macro ho() %}{{ hi() }}!{% endmacro %}', "")
    stacked.template("b.html", '{% import "m.html" as m %}{{ m.ho() }}')
    assert stacked.render("a.html", theme="top") == "<[default top middle d]>"
    assert stacked.render("b.html", theme="top") == "default!"


def test_a_short_name_always_means_the_uppermost_template(stacked: Project) -> None:
    stacked.template("page.html", '{% extends "base.html" %}{% block main %}x{% endblock %}')
    stacked.template("base.html", "default {% block main %}{% endblock %}")
    stacked.template("base.html", "site {% block main %}{% endblock %}", "")
    assert stacked.render("page.html", theme="top") == "site x"


def test_a_template_may_include_another_of_its_layer_from_below(stacked: Project) -> None:
    """What a lower template includes by its short name is overridden as well."""
    stacked.template("page.html", '{% include "part.html" %}')
    stacked.template("part.html", "default")
    stacked.template("part.html", "site", "")
    assert stacked.render("page.html") == "site"


def test_everything_is_escaped_in_every_kind_of_file(project: Project) -> None:
    for name in ("a.html", "a.xml", "a.svg"):
        project.template(name, '<a title="{{ x }}">{{ x }}</a>')
        rendered = project.render(name, {"x": "\"'<script>&"})
        assert rendered == '<a title="&#34;&#39;&lt;script&gt;&amp;">&#34;&#39;&lt;script&gt;&amp;</a>'


def test_a_text_file_escapes_nothing_but_a_page_that_includes_one_does(project: Project) -> None:
    project.template("a.txt", "{{ x }}")
    project.template("b.html", '{% include "a.txt" %}')
    project.template("c.html", '{% extends "a.txt" %}')
    project.template("d.txt", '{% include "b.html" %}')
    rendered = {name: project.render(name, {"x": "<&>"}) for name in ("a.txt", "b.html", "c.html", "d.txt")}
    assert rendered == {"a.txt": "<&>", "b.html": "&lt;&amp;&gt;", "c.html": "&lt;&amp;&gt;", "d.txt": "<&>"}


class Shouted(str):
    """A text that claims to be equal to every other."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


class Markedup(str):
    def __html__(self) -> str:
        return "<b>bold</b>"


@pytest.mark.parametrize(
    "value",
    [
        "<&>",
        Markup("<&>"),
        Shouted("<&>"),
        Markedup("<&>"),
        "\ud800<",
        "&lt;",
        "",
        None,
        True,
        1,
        1.5,
        ["<"],
        {"<": ">"},
    ],
    ids=repr,
)
def test_what_is_remembered_of_escaping_never_stands_for_another_value(project: Project, value: object) -> None:
    """Texts that look the same, and are not, come before and after in all orders."""
    project.template("a.html", "{% for x in values %}{{ x }}|{% endfor %}")
    others = ["<&>", Markup("<&>"), Shouted("<"), "1", "True", "None"]
    values = [value, *others, value, *reversed(others), value]
    assert project.render("a.html", {"values": values}) == "".join(f"{escape(item)}|" for item in values)


def test_blocks_leave_no_blank_lines(project: Project) -> None:
    project.template("a.html", "a\n  {% if true %}\n  b\n  {% endif %}\n{# note #}\nc\n")
    assert project.render("a.html") == "a\n  b\nc\n"


def test_rendering_twice_gives_the_same(project: Project) -> None:
    project.template("a.html", "{% for k, v in x|dictsort %}{{ k }}{{ v }}{% endfor %}")
    assert project.render("a.html", {"x": {"b": 2, "a": 1}}) == "a1b2"


@pytest.mark.parametrize("text", ["{{ lipsum() }}", "{{ [1, 2]|random }}"])
def test_nothing_random_is_at_hand(project: Project, text: str) -> None:
    project.template("a.html", text)
    assert project.render_problem("a.html").code in ("template-undefined", "template-syntax")


# --- problems


def test_an_unknown_field_names_line_page_and_the_right_field(project: Project) -> None:
    project.template("a.html", "<p>\n{{ app.subtitel }}\n</p>")
    problem = project.render_problem("a.html", {"app": App("Depot")})
    assert problem.code == "template-undefined"
    assert problem.location == Location("themes/default/templates/a.html", 2)
    assert problem.message == "the app has no “subtitel” (while rendering demo/index.html)"
    assert problem.hint == "did you mean “subtitle”?"


def test_an_unknown_name_is_suggested_from_what_the_page_has(project: Project) -> None:
    project.template("a.html", "\n\n{{ ap.name }}")
    problem = project.render_problem("a.html", {"app": App("Depot")})
    assert (problem.code, problem.location) == ("template-undefined", Location("themes/default/templates/a.html", 3))
    assert "app" in problem.hint


@pytest.mark.parametrize(
    "text",
    [
        "{{ nothing }}",
        "{% if nothing %}{% endif %}",
        "{% for a in nothing %}{% endfor %}",
        "{{ app.nothing }}",
        "{{ app.nothing|length }}",
        "{{ data.nothing }}",
        "{{ data['nothing'] }}",
        "{{ none.nothing }}",
        "{{ data.nothing ~ 'x' }}",
        "{{ nothing == 1 }}",
    ],
)
def test_any_use_of_what_does_not_exist_is_an_error(project: Project, text: str) -> None:
    project.template("a.html", text)
    problem = project.render_problem("a.html", {"app": App("x"), "data": {"some": 1}})
    assert shown([problem]) == ["themes/default/templates/a.html:1:1 template-undefined"]


def test_asking_whether_something_exists_is_allowed(project: Project) -> None:
    project.template("a.html", "{{ 'yes' if nothing is defined else 'no' }}{{ nothing|default('x') }}")
    assert project.render("a.html") == "nox"


def test_an_error_is_located_in_the_innermost_template(project: Project) -> None:
    project.template(
        "page.html", '{% extends "base.html" %}\n{% block main %}\n{% include "part.html" %}{% endblock %}'
    )
    project.template("base.html", "\n\n{% block main %}{% endblock %}")
    project.template("part.html", '\n{% import "m.html" as m %}\n{{ m.show(1) }}', "")
    project.template("m.html", "{% macro show(x) %}\n\n{{ x.y }}{% endmacro %}")
    problem = project.render_problem("page.html")
    assert problem.location == Location("themes/default/templates/m.html", 3)
    project.template("m.html", "{% macro show() %}{% endmacro %}")
    assert project.render_problem("page.html").location == Location("templates/part.html", 3)


@pytest.mark.parametrize(
    ("text", "line", "code", "words"),
    [
        ("a\n{% if %}", 2, "template-syntax", "Expected an expression"),
        ("a\n{% for x in y %}", 2, "template-syntax", "end of template"),
        ("\n\n{{ x|nosuch }}", 3, "template-syntax", "nosuch"),
        ("{{ x is nosuch }}", 1, "template-syntax", "nosuch"),
        ("\n{{ 1 + 'a' }}", 2, "template-error", "unsupported operand"),
        ("\n{{ 1 / 0 }}", 2, "template-error", "division by zero"),
        ("\n{{ x() }}", 2, "template-undefined", "x"),
        ('\n{% include "missing.html" %}', 2, "template-missing", "missing.html"),
        ('\n{% extends "missing.html" %}', 2, "template-missing", "missing.html"),
        ('\n{% include "@theme/a.html" %}', 2, "template-missing", "@theme/a.html"),
        ('\n{% include "../secret" %}', 2, "template-missing", "secret"),
        ('\n{% include "themes/default/templates/a.html" %}', 2, "template-missing", "a.html"),
        ('\n{% include "a.html" %}', 2, "template-error", "without end"),
        ('\n{{ asset("site.css") }}', 2, "unknown-asset", "site.css"),
        ('\n{{ t("no.key") }}', 2, "unknown-translation", "no.key"),
        ("\n{{ 'tomorrow'|date }}", 2, "template-value", "tomorrow"),
        ("\n{{ none|filesize }}", 2, "template-value", "None"),
    ],
)
def test_every_error_has_a_place_and_a_page(project: Project, text: str, line: int, code: str, words: str) -> None:
    project.template("a.html", text)
    problem = project.render_problem("a.html")
    assert (problem.code, problem.location) == (code, Location("themes/default/templates/a.html", line))
    assert words in problem.message
    assert "while rendering demo/index.html" in problem.message


def test_a_syntax_error_in_an_included_template_is_located_there(project: Project) -> None:
    project.template("a.html", '{% include "b.html" %}')
    project.template("b.html", "\n{% endif %}")
    assert project.render_problem("a.html").location == Location("themes/default/templates/b.html", 2)


def test_a_missing_page_template_says_so(project: Project) -> None:
    project.template("index.html", "x")
    problem = project.render_problem("indx.html")
    assert (problem.code, problem.location) == ("template-missing", None)
    assert "index.html" in problem.hint


def test_optional_includes_and_alternatives_work(project: Project) -> None:
    project.template("a.html", '{% include "no.html" ignore missing %}{% include ["no.html", "b.html"] %}')
    project.template("b.html", "b")
    assert project.render("a.html") == "b"


def test_no_message_shows_a_path_of_the_machine(project: Project) -> None:
    project.template("a.html", "{{ 1/0 }}")
    problem = project.render_problem("a.html")
    assert str(project.root) not in f"{problem.message}{problem.hint}{problem.location}"


# --- what is rendered is what was hashed


def test_a_file_that_changes_after_loading_does_not_change_the_pages(project: Project) -> None:
    project.template("a.html", "old")
    renderer = Renderer(project.load())
    project.template("a.html", "new")
    assert renderer.render("a.html", "en", {}, "p") == "old"
    assert project.render("a.html") == "new"


def test_threads_share_a_renderer(project: Project, tmp_path: Path) -> None:
    project.template("base.html", "{% block b %}{% endblock %}")
    project.template("a.html", '{% extends "base.html" %}{% block b %}{{ t("k") }}{{ x }}{% endblock %}')
    project.locale("en", {"k": "en"})
    project.locale("de", {"k": "de"})
    renderer = Renderer(project.load())
    results: list[str] = []

    def work(number: int) -> None:
        language = ("en", "de")[number % 2]
        results.extend(renderer.render("a.html", language, {"x": number}, "p") for _ in range(50))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(results)) == ["de1", "de3", "en0", "en2"]
    assert len(results) == 200


def test_loading_a_theme_needs_neither_jinja_nor_babel() -> None:
    import subprocess

    code = "import sys, otasite.theming.themes; print(sorted({'jinja2', 'babel'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _compilations(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which templates one page makes Jinja compile."""
    compiled: list[str] = []
    original = jinja2.Environment.compile

    def counted(self: jinja2.Environment, source: str, name: str, filename: str) -> object:
        compiled.append(name.rpartition("/")[2])
        return original(self, source, name, filename)

    with monkeypatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", counted)
        renderer.render("a.html", "en", {}, "p")
    return compiled


def test_a_later_renderer_compiles_only_what_changed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.template("base.html", "{% block b %}{% endblock %}")
    project.template("a.html", '{% extends "base.html" %}{% block b %}{{ t("k") }}{% endblock %}')
    project.locale("en", {"k": "old"})
    first = Renderer(project.load())
    assert sorted(_compilations(first, monkeypatch)) == ["a.html", "base.html"]
    assert _compilations(Renderer(project.load(), earlier=first), monkeypatch) == []
    project.template("base.html", "{# edited #}{% block b %}{% endblock %}")
    second = Renderer(project.load(), earlier=first)
    assert _compilations(second, monkeypatch) == ["base.html"]
    project.locale("en", {"k": "new"}, "")
    third = Renderer(project.load(), earlier=second)
    assert sorted(_compilations(third, monkeypatch)) == ["a.html", "base.html"]  # texts are compiled into templates
    assert third.render("a.html", "en", {}, "p") == "new"
