from __future__ import annotations

from pathlib import Path

import pytest

from otasite.memory import Memory
from otasite.problems import Problem, ProblemsFound
from otasite.theming.checks import check_templates
from otasite.theming.locale_checks import check_locales

from .conftest import HEADER, TWO_FORMS, Project, shown

LOCALES = "themes/default/locales/"


@pytest.fixture
def project(project: Project) -> Project:
    plural = (
        'msgid "builds"\nmsgid_plural "builds"\nmsgstr[0] "{count} build of {app}"\nmsgstr[1] "{count} of {app}"\n'
    )
    singular = 'msgid "install"\nmsgstr "Install {app}"\n\nmsgid "help"\nmsgstr "Help"\n\n'
    project.write(f"{LOCALES}en.po", HEADER.format(TWO_FORMS) + singular + plural)
    return project


def templates(project: Project, text: str) -> list[Problem]:
    project.template("page.html", text)
    return check_templates(project.load())


def test_a_theme_that_is_the_same_is_judged_once(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.template("page.html", "{{ t('nothing') }}{{ asset('none.css') }}")
    memory = Memory(tmp_path / "memory")
    found = check_templates(project.load(), memory=memory)
    assert [problem.code for problem in found] == ["unknown-translation", "unknown-asset"]
    with monkeypatch.context() as patch:
        patch.setattr("otasite.theming.checks.ThemeEnvironment", None)
        assert check_templates(project.load(), memory=memory) == found
    project.template("page.html", "{{ asset('none.css') }}")
    assert [problem.code for problem in check_templates(project.load(), memory=memory)] == ["unknown-asset"]


def test_templates_without_mistakes_give_no_problems(project: Project) -> None:
    project.write("themes/default/static/site.css", "")
    project.template("base.html", "{% block main %}{% endblock %}")
    text = """\
    {% extends "base.html" %}{% import "base.html" as b %}{% include "x.html" ignore missing %}
    {% block main %}{{ t("install", app=1) }}{{ n("builds", 3, app=1) }}{{ t("help" if x else "install", app=1) }}
    {{ asset("site.css") }}{{ t("dynamic." ~ x) }}{{ t(x) }}{{ asset(x) }}{% include x %}{{ t("install", **x) }}
    {{ nothing.here() }}{{ x|date|upper }}{% endblock %}
    """
    assert templates(project, text) == []


def test_all_mistakes_of_all_templates_and_layers_are_found_in_one_go(project: Project) -> None:
    project.template("a.html", "\n{% if %}", "")
    project.template("b.html", "{{ x|nosuch }}")
    text = """\
    {% extends "nobase.html" %}
    {% include "@theme/page.html" %}
    {{ asset("site.cs") }}
    {{ t("instal", app=1) }}
    {{ t("install") }}
    {{ n("builds", 3) }}
    {{ t("builds") }}{{ n("help", 1) }}
    {% if x %}{{ t("a" if x else "help") }}{% endif %}
    {% from "nomacros.html" import m %}
    {{ n("install", **x) }}
    """
    place = "themes/default/templates/page.html"
    assert sorted(shown(templates(project, text))) == sorted(
        [
            "templates/a.html:2:1 template-syntax",
            "themes/default/templates/b.html:1:1 template-syntax",
            f"{place}:1:1 template-missing",
            f"{place}:2:1 template-missing",
            f"{place}:3:1 unknown-asset",
            f"{place}:4:1 unknown-translation",
            f"{place}:5:1 translation-value",
            f"{place}:6:1 translation-value",
            f"{place}:7:1 unknown-translation",
            f"{place}:7:1 unknown-translation",
            f"{place}:8:1 unknown-translation",
            f"{place}:9:1 template-missing",
        ]
    )


def test_an_override_that_reaches_below_is_no_mistake(project: Project) -> None:
    project.template("base.html", "x")
    project.template("base.html", '{% extends "@theme/base.html" %}', "")
    assert check_templates(project.load()) == []


def test_an_override_with_a_name_slightly_off_is_warned_of(project: Project) -> None:
    for name in ("release.html", "app.html", "partials/facts.html"):
        project.template(name, "")
    project.template("app.html", '{% include ["partials/fact.html", "x.html"] %}', "")
    for name in ("relaese.html", "partials/fact.html", "partials/banner.html", "invoice.html"):
        project.template(name, "", "")
    (problem,) = check_templates(project.load())
    assert shown([problem]) == ["templates/relaese.html template-unused"]
    assert (problem.severity, problem.hint) == ("warning", "did you mean “release.html”?")


def test_a_block_that_no_parent_has_is_warned_of(project: Project) -> None:
    inside = "{% block main %}{% block mine %}shown{% endblock %}{% endblock %}"
    project.template("app.html", '{% extends "base.html" %}\n' + inside + "\n{% block foter %}{% endblock %}", "")
    project.template("release.html", "{% extends base %}{% block any %}{% endblock %}", "")
    project.template("base.html", "{% block main %}{% endblock %}{% block footer %}{% endblock %}", "")
    (problem,) = check_templates(project.load())
    assert shown([problem]) == ["templates/app.html:3:1 template-block"]
    assert (problem.severity, problem.hint) == ("warning", "did you mean “footer”?")


def test_english_texts_that_cannot_be_read_are_reported(project: Project) -> None:
    project.write(f"{LOCALES}en.po", "oops")
    with pytest.raises(ProblemsFound):
        check_templates(project.load())


# --- locales


def locales(project: Project, text: str, *languages: str) -> list[Problem]:
    project.write(f"{LOCALES}de.po", HEADER.format(TWO_FORMS) + text)
    return check_locales(project.load(), languages=languages)


COMPLETE = """\
msgid "install"
msgstr "{app} installieren"

msgid "help"
msgstr "Hilfe"

msgid "builds"
msgid_plural "builds"
msgstr[0] "ein Build von {app}"
msgstr[1] "{count} Builds von {app}"
"""


def test_a_complete_translation_has_no_problems(project: Project) -> None:
    assert locales(project, COMPLETE, "en", "de", "de-AT") == []


def test_missing_texts_are_one_warning_per_language_of_the_site(project: Project) -> None:
    text = 'msgid "help"\nmsgstr "Hilfe"\n'
    assert locales(project, text) == []
    (problem,) = locales(project, text, "en", "de")
    assert shown([problem]) == [f"{LOCALES}de.po translation-missing"]
    assert "2 of 3 texts" in problem.message
    assert problem.severity == "warning"


def test_a_language_without_any_catalogue_is_a_warning_without_a_place(project: Project) -> None:
    (problem,) = check_locales(project.load(), languages=["en", "nl"])
    assert (problem.code, problem.location) == ("translation-missing", None)


def test_keys_that_english_does_not_have_are_warned_of_with_a_suggestion(project: Project) -> None:
    (problem,) = locales(project, 'msgid "instal"\nmsgstr "x"\n')
    assert shown([problem]) == [f"{LOCALES}de.po:5:1 unknown-translation"]
    assert "install" in problem.hint
    assert problem.severity == "warning"


def test_placeholders_must_be_those_of_english(project: Project) -> None:
    text = COMPLETE.replace('"{app} inst', '"{apps} inst').replace('"Hilfe"', '"Hilfe {count}"')
    problems = locales(project, text)
    assert [(p.location.line, p.severity) for p in problems if p.location] == [
        (5, "error"),
        (5, "warning"),
        (8, "error"),
    ]
    assert {problem.code for problem in problems} == {"translation-placeholder"}


def test_plural_forms_must_be_where_english_has_them(project: Project) -> None:
    problems = locales(
        project, 'msgid "builds"\nmsgstr "x"\n\nmsgid "help"\nmsgid_plural "help"\nmsgstr[0] "x"\nmsgstr[1] "x"\n'
    )
    assert sorted(shown(problems)) == [f"{LOCALES}de.po:5:1 translation-form", f"{LOCALES}de.po:8:1 translation-form"]


def test_broken_catalogues_and_odd_names_are_reported_together(project: Project) -> None:
    project.write(f"{LOCALES}fr.po", "oops")
    project.write(f"{LOCALES}pt_BR.po", "")
    project.write("locales/nosuch.po", "")
    assert sorted(shown(locales(project, COMPLETE))) == [
        "locales/nosuch.po locale-name",
        f"{LOCALES}fr.po:1:1 locale-file",
        f"{LOCALES}pt_BR.po locale-name",
    ]


def test_a_site_may_add_its_own_english_texts(project: Project) -> None:
    project.locale("en", {"own": "Own"}, "")
    project.locale("de", {"own": "Eigen"}, "")
    assert locales(project, COMPLETE, "de") == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a {}\nb { color: red;\n", 2, "“{” is not closed"),
        ("a { color: red; }\n}", 2, "nothing is open"),
        ("a {}\n/* b {}", 2, "this comment does not end"),
        ('a { content: "x;\n }', 1, "this text in quotes does not end"),
        ("a {\n width: calc(1px + (2px);\n}", 2, "“(” is not closed before “}”"),
    ],
)
def test_what_is_not_closed_in_a_stylesheet_is_warned_of(project: Project, text: str, line: int, said: str) -> None:
    project.write("themes/default/static/a.css", text)
    (problem,) = check_templates(project.load())
    assert shown([problem]) == [f"themes/default/static/a.css:{line}:1 broken-css"]
    assert said in problem.message
    assert problem.severity == "warning"


@pytest.mark.parametrize(
    "text",
    [
        "/* } */ a::after { content: '}\\'' \"\\\"{\"; }",
        "a { background: url( data:image/svg+xml;utf8,<svg%20a='>) }",
        ".a\\:b\\(c { width: calc((1px + 2px) * 2) } [data-a='('] {}",
        "@media print { a { color: red } }",
    ],
)
def test_signs_in_quotes_comments_and_addresses_open_nothing(project: Project, text: str) -> None:
    project.write("themes/default/static/a.css", text)
    assert check_templates(project.load()) == []
