"""Templates compiled for speed give the text that Jinja's own code gives, or leave it to that."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace as Thing

import jinja2
import pytest
from markupsafe import Markup
from msgspec.structs import replace

from otasite.problems import ProblemsFound
from otasite.site.views import TEMPLATES, PageView
from otasite.theming.environment import ThemeEnvironment
from otasite.theming.fast_code import FastCode
from otasite.theming.formats import Formats
from otasite.theming.locales import load_translations
from otasite.theming.templates import Renderer
from otasite.theming.themes import Theme, load_theme
from tests.themes.default.pages import NOWHERE, context
from tests.themes.default.samples import samples as default_samples
from tests.themes.store.samples import samples as store_samples
from tests.theming.conftest import Project

CONTEXT: dict[str, object] = {
    "app": Thing(name="A & B", icon=Thing(hue=3), plain={"key": "<v>"}, extra={"deep": {"key": "<e>"}}),
    "items": (Thing(name="one", open=True), Thing(name="two", open=False)),
    "html": Markup("<b>bold</b>"),
    "none": None,
    "data": {"contacts": {"mail": "a@b.example"}},
}


def environments(theme: Theme, language: str = "en") -> tuple[ThemeEnvironment, ThemeEnvironment]:
    """One with Jinja's own code, one with fast code."""
    formats = Formats(language)
    translations = load_translations(theme, language, format_count=formats.number)
    plain = ThemeEnvironment(theme, translations, formats)
    return plain, ThemeEnvironment(theme, translations, formats, code=FastCode)


def text(environment: ThemeEnvironment, name: str, values: Mapping[str, object]) -> str:
    return environment.get_template(environment.qualify(name)).render(values)


@pytest.mark.parametrize(
    "page",
    [
        "{{ app.name }}{{ app.icon.hue + 1 }}{{ html }}{{ app.name|upper }}",
        "{{ app.extra.deep.key }}{{ app.extra.other is defined }}{{ data.contacts.mail }}",
        "{{ app.missing|default('-') }}{{ app.icon.other is defined }}{{ nobody is defined }}{{ none is none }}",
        "{% for item in items if item.open %}{{ loop.index }}{% include 'row.html' %}{% else %}none{% endfor %}",
        "{% include 'sets.html' %}{{ x is defined }}{% set x = 1 %}{% include 'sets.html' %}{{ x }}",
        "{% set y = 'o' %}{% for item in items %}{% set y = item.name %}{% include 'y.html' %}{% endfor %}{{ y }}",
        "{% set item = items[0] %}{% macro m(b) %}{{ b }}{% include 'row.html' %}{% endmacro %}{{ m(b=html) }}",
        "{% macro row() %}{{ caller() }}!{% endmacro %}{% call row() %}{{ app.name }}{% endcall %}",
        "{% with item = items[1] %}{% include 'row.html' %}{% endwith %}{% include 'with_macro.html' %}",
        "{% include 'absent.html' ignore missing %}{% include ['absent.html', 'y.html'] ignore missing %}",
        "{% include 'alone.html' without context %}{{ app.name }}{% include 'alone.html' %}",
        "{% from 'forms.html' import field %}{% import 'forms.html' as all %}{{ field('<') }}{{ all.field('>') }}",
        "{% filter upper %}{{ app.name }}{% include 'alone.html' %}{% endfilter %}",
        "{% set kept %}{{ app.name }}{% include 'alone.html' %}{% endset %}{{ kept }}{{ kept|length }}",
        "{% autoescape false %}{{ app.name }}{% include 'alone.html' %}{% endautoescape %}{{ app.name }}",
        "{% macro m() %}{{ app.name }}{% endmacro %}{% autoescape false %}{{ m() }}{% endautoescape %}{{ m() }}",
        "{% extends 'frame.html' %}{% block main %}{{super()}}{{ self.title() }}{% include '2.html' %}{% endblock %}",
        "{% if app.icon.hue > 2 %}{% extends 'frame.html' %}{% endif %}{% block title %}t{% endblock %}",
        "{% include 'blocks.html' %}{% block title %}mine{% endblock %}",
        "{{ t('named', name=app.name) }}{{ t('named', name=html) }}{{ t('plain') }}{{ range(3)|join(app.name) }}",
        "{% set ns = namespace(n=0) %}{% for i in items %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
    ],
)
def test_fast_code_gives_the_same_text(project: Project, page: str) -> None:
    project.template("page.html", page)
    project.template("row.html", "<{{ item.name }}>{% include 'alone.html' %}\n")
    project.template(
        "2.html", "{% set title = app.name %}{% for row in items %}{{ loop.last }}{% endfor %}{{ title }}"
    )
    project.template("sets.html", "{% set x = (x if x is defined else 4) + 1 %}{{ x }}")
    project.template("y.html", "[{{ y|default('no y') }}]")
    project.template("alone.html", "{% set z = '<alone>' %}{{ z }}")
    project.template("with_macro.html", "{% macro m(a) %}{{ a }}{{ app.name }}{% endmacro %}{{ m(1) }}")
    project.template("forms.html", "{% macro field(value) %}<i value='{{ value }}'>{% endmacro %}")
    project.template("blocks.html", "{% block title %}theirs{% endblock %}")
    project.template("frame.html", "<{% block title %}T{% endblock %}|{% block main %}M{{ app.name }}{% endblock %}>")
    project.locale("en", {"named": "100 % of {name} & {name}", "plain": "plain"})
    plain, fast = environments(project.load())
    assert text(fast, "page.html", CONTEXT) == text(plain, "page.html", CONTEXT)


@pytest.mark.parametrize(
    ("page", "part"),
    [
        ("{% for item in items %}{% include 'part.html' %}{% endfor %}", "{{ loop.index }}"),
        ("{% include 'part.html' %}", "{{ app.plain.key }}{{ app.plain.items() | length }}"),
        ("{{ nobody }}", ""),
        ("{{ app.nothing }}", ""),
        ("{% include 'gone.html' %}", ""),
    ],
)
def test_what_is_unusual_is_left_to_jinjas_own_code(project: Project, page: str, part: str) -> None:
    project.template("page.html", page)
    project.template("part.html", part)
    plain, fast = environments(project.load())
    with pytest.raises((jinja2.TemplateError, AttributeError)):
        text(fast, "page.html", CONTEXT)
    renderer = Renderer(project.load())
    for _ in range(2):  # the second time it is known to be unusual
        try:
            wanted = text(plain, "page.html", CONTEXT)
        except jinja2.TemplateError:
            with pytest.raises(ProblemsFound) as raised:
                renderer.render("page.html", "en", CONTEXT, "p")
            assert raised.value.problems[0].location
        else:
            assert renderer.render("page.html", "en", CONTEXT, "p") == wanted


PRODUCTS = {path: view for path, view in default_samples().items() if path.startswith("driver/")}


@pytest.mark.parametrize(("name", "pages"), [("default", default_samples()), ("store", store_samples() | PRODUCTS)])
def test_no_page_of_a_bundled_theme_is_unusual(name: str, pages: dict[str, PageView]) -> None:
    theme = load_theme(name, site_root=NOWHERE)
    plain, fast = environments(theme)
    for path, view in pages.items():
        if view.page.language == "en":
            values = context(view) | {"site": replace(view.site, options=theme.options)}
            template = TEMPLATES[type(view)]
            assert text(fast, template, values) == text(plain, template, values), path


def test_a_template_follows_what_it_includes_through_edits_and_overrides(project: Project) -> None:
    project.template("page.html", "{% include 'part.html' %}")
    project.template("part.html", "one")
    first = Renderer(project.load())
    assert first.render("page.html", "en", {}, "p") == "one"
    project.template("part.html", "two")
    second = Renderer(project.load(), earlier=first)
    assert second.render("page.html", "en", {}, "p") == "two"
    project.template("part.html", "ours, then {% include '@theme/part.html' %}", layer="")
    third = Renderer(project.load(), earlier=second)
    assert third.render("page.html", "en", {}, "p") == "ours, then two"


def test_templates_that_include_each_other_end_with_a_problem(project: Project) -> None:
    project.template("page.html", "{% include 'other.html' %}")
    project.template("other.html", "{% include 'page.html' %}")
    assert project.render_problem("page.html").code.startswith("template")


def test_includes_that_double_each_time_stay_apart(project: Project) -> None:
    for number in range(9):
        project.template(f"p{number}.html", f"{{% include 'p{number + 1}.html' %}}" * 2)
    project.template("p9.html", ".")
    assert project.render("p0.html") == "." * 512
